"""The words that rooms, common parts and people are found by: made when they are entered, and for whoever was there before."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callcenter.services.intake.spelling import spelled
from callcenter.storage.desk_tables import SearchKeyRow
from callcenter.storage.store import Store
from callcenter.storage.tables import CompoundRow, CustomerRow, PlaceRow, RoomRow

ROOM, PLACE, CUSTOMER = "room", "place", "customer"
#: rows of one transaction of `fill`
BATCH = 1000
#: no word is longer
LONGEST = 64


def of_room(session: Session, row: RoomRow) -> None:
    """The words of a room, anew; none for one that is no room any more."""
    _keep(session, ROOM, row.id, room_words(row) if row.valid_to is None else set())


def of_place(session: Session, row: PlaceRow) -> None:
    """The words of a common part, anew; none for one that has ended."""
    compound = session.get_one(CompoundRow, row.compound)
    _keep(session, PLACE, row.id, place_words(row.text, compound.name) if row.valid_to is None else set())


def of_customer(session: Session, row: CustomerRow) -> None:
    """The words of a customer, anew; none for somebody who has moved out."""
    _keep(session, CUSTOMER, row.id, customer_words(row) if row.valid_to is None else set())


def room_words(row: RoomRow) -> set[str]:
    """梧桐里3栋2单元1602 → 3-2-1602, 3-1602, 2-1602, 1602."""
    numbers = [n.lower() for n in re.findall(r"[A-Za-z]*\d+[A-Za-z]?", _after_compound(row))]
    words = {"-".join(numbers[at:]) for at in range(len(numbers))}
    if len(numbers) > 2:
        words.add(f"{numbers[0]}-{numbers[-1]}")
    return _short(words)


def place_words(text: str, compound: str) -> set[str]:
    """Of 梧桐里东门岗: 东门岗, dongmengang, dmg."""
    part = text.removeprefix(compound)
    bare = re.sub(r"[\d\W]+|栋|单元", "", part)
    return _short({part.lower(), bare.lower(), *spelled(bare)})


def customer_words(row: CustomerRow) -> set[str]:
    """Of 王芳 19000000001: 王芳, 芳, wangfang, wf, the number and its last four digits."""
    name = row.name.strip().lower()
    numbers = [digits for key in (row.phone_key, row.other_key) if len(digits := national(key)) >= 4]
    given = {name[1:]} if len(name) > 1 and not name.isascii() else set(name.split())
    return _short({name, *given, *spelled(row.name), *numbers, *(n[-4:] for n in numbers)})


def national(key: str | None) -> str:
    """The digits of a number as people say them: without the country's own code."""
    return "".join(c for c in (key or "").partition(";")[0].removeprefix("+86") if c.isdigit())


def _after_compound(row: RoomRow) -> str:
    """What follows the compound's name: its own digits (东方1号) are nobody's building."""
    at = row.text.find(row.building) if row.building else -1
    return row.text[at:] if at > 0 else row.text


def _short(words: Iterable[str]) -> set[str]:
    return {word[:LONGEST] for word in words if word}


def _keep(session: Session, kind: str, ref: int, words: set[str]) -> None:
    there = set(session.scalars(sa.select(SearchKeyRow.word).where(SearchKeyRow.kind == kind, SearchKeyRow.ref == ref)))
    if gone := there - words:
        session.execute(sa.delete(SearchKeyRow).where(SearchKeyRow.kind == kind, SearchKeyRow.ref == ref, SearchKeyRow.word.in_(gone)))
    _add(session, [{"kind": kind, "ref": ref, "word": word} for word in sorted(words - there)])


def _add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Two processes may find the same room without words: the later adds nothing."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    if rows:
        session.execute(insert(SearchKeyRow).on_conflict_do_nothing(), rows)


# ---- whoever was there before ----------------------------------------------------------------------------

def fill(store: Store) -> int:
    """Words for every room, common part and customer that has none yet, some thousand in a transaction; how many there were."""
    return sum(_fill(store, kind) for kind in (ROOM, PLACE, CUSTOMER))


def _fill(store: Store, kind: str) -> int:
    done = 0
    while True:
        with store.transaction() as session:
            found = _WITHOUT[kind](session)
            _add(session, [{"kind": kind, "ref": ref, "word": word} for ref, words in found for word in sorted(words)])
        done += len(found)
        if len(found) < BATCH:
            return done


def _without(table: type[RoomRow] | type[PlaceRow] | type[CustomerRow], kind: str) -> sa.ColumnElement[bool]:
    return ~sa.exists().where(SearchKeyRow.kind == kind, SearchKeyRow.ref == table.id)


def _rooms(session: Session) -> list[tuple[int, set[str]]]:
    rows = session.scalars(sa.select(RoomRow).where(RoomRow.valid_to.is_(None), RoomRow.text != "", _without(RoomRow, ROOM)).limit(BATCH))
    return [(row.id, room_words(row) or {row.text[:LONGEST].lower()}) for row in rows]


def _places(session: Session) -> list[tuple[int, set[str]]]:
    rows = session.execute(sa.select(PlaceRow, CompoundRow.name).join(CompoundRow, CompoundRow.code == PlaceRow.compound)
                           .where(PlaceRow.valid_to.is_(None), _without(PlaceRow, PLACE)).limit(BATCH))
    return [(row.id, place_words(row.text, name) or {row.text[:LONGEST].lower()}) for row, name in rows]


def _customers(session: Session) -> list[tuple[int, set[str]]]:
    rows = session.scalars(sa.select(CustomerRow).where(CustomerRow.valid_to.is_(None), _without(CustomerRow, CUSTOMER)).limit(BATCH))
    return [(row.id, customer_words(row) or {"?"}) for row in rows]


_WITHOUT: dict[str, Callable[[Session], list[tuple[int, set[str]]]]] = {ROOM: _rooms, PLACE: _places, CUSTOMER: _customers}
