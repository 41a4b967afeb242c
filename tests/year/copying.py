"""Whole matters copied within the database, one INSERT … SELECT a table: other ids, numbers and keys, times moved, another room of the compound."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import sqlalchemy as sa

from callcenter.storage.codec import Moment
from callcenter.storage.tables import Base, RoomRow
from tests.year.templates import KEYS, NAMES, TABLES, TEXTS, Template, pieces

#: rows are staged under these names beside the real tables, and dropped in the end
STAGED = "year_{}"
#: a telephone of a copy is one of so many
PHONES = 4000
#: so many copies in one statement
AT_ONCE = 20_000
_DAY = re.compile(r"\d{8}-\d{4}$")

#: table → column → how many times and numbers stand in its texts, at most
Slots = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of one template: how far its times move, its day in numbers, and how far rooms and telephones turn."""

    number: int
    template: int
    shift: int
    day: str
    turn: int


def copy_all(connection: sa.Connection, played: Sequence[Template], copies: Sequence[Copy]) -> dict[str, int]:
    """Write every copy's rows; returns how many of each table."""
    slots = {name: _slots(played, name) for name in TABLES}
    tables = _tables(slots)
    tables.create_all(connection)
    _stage(connection, tables, slots, played, copies)
    for name in TABLES:
        _copy(connection, name, tables, slots[name], len(copies))
    tables.drop_all(connection)
    return {name: sum(len(played[c.template].rows[name]) for c in copies) for name in TABLES}


def _stage(connection: sa.Connection, tables: sa.MetaData, slots: Slots, played: Sequence[Template], copies: Sequence[Copy]) -> None:
    """Write the templates' rows, cut into pieces, the copies to be made with the first id of each, and the rooms to turn among."""
    rooms = _rooms(connection, tables.tables["year_room"])
    for name in TABLES:
        rows = [_staged(name, number, row, rooms, slots[name], numbers) for number, t in enumerate(played)
                for numbers in [_numbers(t)] for row in t.rows[name]]
        if rows:
            connection.execute(sa.insert(tables.tables[STAGED.format(name)]), rows)
    connection.execute(sa.insert(tables.tables["year_copy"]), list(_copies(connection, played, copies)))
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE year_copy")


def _copy(connection: sa.Connection, name: str, tables: sa.MetaData, slots: dict[str, int], copies: int) -> None:
    """Write every copy's rows of one table."""
    chosen, into = _selected(name, tables, slots), Base.metadata.tables[name]
    for first in range(0, copies, AT_ONCE):
        part = chosen.where(tables.tables["year_copy"].c.number.between(first + 1, first + AT_ONCE))
        connection.execute(sa.insert(into).from_select([c.name for c in chosen.selected_columns], part, include_defaults=False))


def finish(connection: sa.Connection) -> None:
    """Let the database know how full its tables are, and where ids go on."""
    if connection.dialect.name == "postgresql":
        for name in (*TABLES, "period"):
            connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), (SELECT coalesce(max(id), 1) FROM \"{name}\"))")
    connection.exec_driver_sql("ANALYZE")


# ---- what is staged ----

def _slots(played: Sequence[Template], name: str) -> dict[str, int]:
    """How many times and numbers stand in a text of each column, at most."""
    most = dict.fromkeys(TEXTS.get(name, ()), 0)
    for template in played:
        numbers = _numbers(template)
        for row in template.rows[name]:
            for column in most:
                most[column] = max(most[column], len(_cut(name, column, row, numbers)[1]))
    return most


def _cut(name: str, column: str, row: dict[str, Any], numbers: dict[str, int]) -> tuple[list[str | None], list[tuple[str, int]]]:
    return pieces(row[column], numbers, escalation=name == "promise" and row["clock"] == "escalation_ack")


def _numbers(template: Template) -> dict[str, int]:
    return {t["number"]: t["id"] for t in template.rows["ticket"]}


def _tables(slots: Slots) -> sa.MetaData:
    """The staging tables: the real columns without any key, and for texts their pieces."""
    staged = sa.MetaData()
    for name in TABLES:
        columns = [sa.Column(c.name, sa.BigInteger if isinstance(c.type, (Moment, sa.BigInteger)) else _plain(c.type)) for c in
                   Base.metadata.tables[name].columns if c.name not in TEXTS.get(name, ())]
        for column, many in slots[name].items():
            columns += [sa.Column(f"{column}_p{n}", sa.Text) for n in range(many + 1)]
            columns += [sa.Column(f"{column}_k{n}", sa.Text) for n in range(many)] + [sa.Column(f"{column}_v{n}", sa.BigInteger) for n in range(many)]
        extra = [sa.Column("room_turn", sa.Integer), sa.Column("rooms", sa.Integer), sa.Column("room_compound", sa.Text)] if name == "ticket" else []
        sa.Table(STAGED.format(name), staged, sa.Column("template", sa.Integer, index=True), *columns, *extra)
    sa.Table("year_copy", staged, sa.Column("number", sa.Integer, primary_key=True), sa.Column("template", sa.Integer),
             sa.Column("shift", sa.BigInteger), sa.Column("day", sa.Text), sa.Column("turn", sa.Integer),
             *(sa.Column(f"base_{name}", sa.BigInteger) for name in TABLES))
    sa.Table("year_room", staged, sa.Column("compound", sa.Text, primary_key=True),
             sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False), sa.Column("id", sa.BigInteger), sa.Column("text", sa.Text))
    return staged


def _plain(type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """As it is kept: structures are text."""
    return sa.Text() if isinstance(type_, sa.TypeDecorator) else type_


def _staged(name: str, template: int, row: dict[str, Any], rooms: dict[int, tuple[str, int, int]], slots: dict[str, int],
            numbers: dict[str, int]) -> dict[str, Any]:
    found = {k: v for k, v in row.items() if k not in slots}
    for flag in (c.name for c in Base.metadata.tables[name].columns if isinstance(c.type, sa.Boolean)):
        found[flag] = None if found[flag] is None else bool(found[flag])
    for column, many in slots.items():
        cut, marks = _cut(name, column, row, numbers)
        found |= {f"{column}_p{n}": cut[n] if n < len(cut) else None for n in range(many + 1)}
        found |= {f"{column}_k{n}": marks[n][0] if n < len(marks) else None for n in range(many)}
        found |= {f"{column}_v{n}": marks[n][1] if n < len(marks) else None for n in range(many)}
    if name == "ticket":
        compound, turn, many = rooms.get(row["room_id"] or 0, (None, None, None))
        found |= {"room_compound": compound, "room_turn": turn, "rooms": many, "customer_id": None, "number": _DAY.sub("", row["number"])}
    if name == "message":
        found |= {"status": "delivered", "next_try_at": None}
    if name == "call":
        found["customer_id"] = None
    return {"template": template, **found}


def _rooms(connection: sa.Connection, table: sa.Table) -> dict[int, tuple[str, int, int]]:
    """Every room's place in the round of its compound's rooms; the round is written down too."""
    by: dict[str, list[tuple[int, str]]] = {}
    for id_, compound, text in connection.execute(sa.select(RoomRow.id, RoomRow.compound, RoomRow.text).order_by(RoomRow.id)):
        by.setdefault(compound, []).append((id_, text))
    connection.execute(sa.insert(table), [{"compound": c, "turn": n, "id": id_, "text": text} for c, all_ in by.items()
                                          for n, (id_, text) in enumerate(all_)])
    return {id_: (c, n, len(all_)) for c, all_ in by.items() for n, (id_, _) in enumerate(all_)}


def _copies(connection: sa.Connection, played: Sequence[Template], copies: Sequence[Copy]) -> Iterator[dict[str, Any]]:
    """Every copy with the ids its rows follow on."""
    bases = {name: accumulate([played[c.template].size[name] for c in copies], initial=_newest(connection, name)) for name in TABLES}
    for one in copies:
        yield {"number": one.number, "template": one.template, "shift": one.shift, "day": one.day, "turn": one.turn,
               **{f"base_{name}": next(base) for name, base in bases.items()}}


def _newest(connection: sa.Connection, name: str) -> int:
    return int(connection.scalar(sa.select(sa.func.coalesce(sa.func.max(Base.metadata.tables[name].c.id), 0))) or 0)


# ---- how a row is copied ----

def _selected(name: str, tables: sa.MetaData, slots: dict[str, int]) -> sa.Select[Any]:
    staged, copies, rooms = tables.tables[STAGED.format(name)], tables.tables["year_copy"], tables.tables["year_room"]
    joined = staged.join(copies, copies.c.template == staged.c.template)
    if name == "ticket":
        joined = joined.outerjoin(rooms, sa.and_(rooms.c.compound == staged.c.room_compound,
                                                 rooms.c.turn == (staged.c.room_turn + copies.c.turn) % staged.c.rooms))
    return sa.select(*(_value(name, c, staged, copies, rooms, slots).label(c.name) for c in Base.metadata.tables[name].columns)).select_from(joined)


def _value(name: str, column: sa.Column[Any], staged: sa.Table, copies: sa.Table, rooms: sa.Table, slots: dict[str, int]) -> sa.ColumnElement[Any]:
    """What a column of the copy holds."""
    called = column.name
    if called in slots:
        return _joined(called, slots[called], staged, copies, rooms)
    kept = staged.c[called]
    if called == "id":
        return kept + copies.c[f"base_{name}"]
    if called in NAMES:
        return kept + copies.c[f"base_{NAMES[called]}"]
    if isinstance(column.type, Moment):
        return kept + copies.c.shift
    if called in KEYS.get(name, ()):
        return kept + "~" + sa.cast(copies.c.number, sa.Text)
    match name, called:
        case "ticket", "number":
            return kept + _number(copies, staged.c.id)
        case "ticket", "room_id":
            return rooms.c.id
        case "ticket", "place":
            return sa.func.coalesce(rooms.c.text, kept)
        case _, "phone_key":
            return _phone("+86190", kept, copies)
        case _, ("contact_phone" | "from_number" | "phone"):
            return sa.case((kept.like("190%"), _phone("190", kept, copies)), (kept.like("+86190%"), _phone("+86190", kept, copies)), else_=kept)
        case "event", "chain":
            return sa.case((staged.c.ticket_id.is_not(None), "ticket:" + sa.cast(staged.c.ticket_id + copies.c.base_ticket, sa.Text)),
                           else_="call:" + sa.cast(staged.c.call_id + copies.c.base_call, sa.Text))
    return kept


def _number(copies: sa.Table, ticket: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """The day and the running number of a copied ticket."""
    return copies.c.day + "-" + sa.cast(ticket + copies.c.base_ticket, sa.Text)


def _phone(before: str, kept: sa.ColumnElement[str], copies: sa.Table) -> sa.ColumnElement[str | None]:
    """Another telephone of this hotline's round; none stays none."""
    own = sa.cast(sa.func.substr(kept, sa.func.length(kept) - 3, 4), sa.Integer)
    turned = sa.cast(10_000_000 + (own + copies.c.turn) % PHONES + 100, sa.Text)
    return sa.case((kept.is_(None), None), else_=before + sa.func.substr(turned, 1, 8))


def _joined(column: str, many: int, staged: sa.Table, copies: sa.Table, rooms: sa.Table) -> sa.ColumnElement[str]:
    """The pieces of a text with times and numbers of the copy between them."""
    text: sa.ColumnElement[str] = staged.c[f"{column}_p0"]
    for n in range(many):
        value = staged.c[f"{column}_v{n}"]
        kinds = {"at": sa.cast(value + copies.c.shift, sa.Text), "no": _number(copies, value),
                 "up": sa.cast(value + copies.c.base_escalation, sa.Text)}
        if column == "details":
            kinds["rm"] = sa.cast(rooms.c.id, sa.Text)
        else:
            kinds["rm"] = sa.cast(value, sa.Text)
        between = sa.case(kinds, value=staged.c[f"{column}_k{n}"])
        text = text + sa.func.coalesce(between + staged.c[f"{column}_p{n + 1}"], "")
    return text
