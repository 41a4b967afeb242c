"""A generated year made larger within PostgreSQL: every row of it again, with other ids, numbers and keys, some days earlier each time."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from callcenter.storage import schema as _every_table  # noqa: F401
from callcenter.storage.codec import Moment
from callcenter.storage.tables import Base
from tests.year.templates import KEYS, NAMES, TABLES

#: what the figures do not read is not made again: nobody waits for these timers, nobody is told again, and acts that changed nothing are left out
ONLY = {"timer": "false", "escalation": "false", "message": "notice = 'completed'", "promise": "period_id IS NULL",
        "event": "coalesce(ticket_id, call_id) IS NOT NULL AND state_before IS DISTINCT FROM state_after"}
#: a copy is this much earlier than the one before it: not in step with days, so that the same fault seldom meets itself
EARLIER = 31 * 3_600_000 + 1_234_567
_ROUND = 17


def multiply(engine: sa.Engine, times: int) -> int:
    """Make the year in an otherwise empty PostgreSQL database *times* as large; returns how many rows were written."""
    with engine.begin() as connection, bare(connection):
        first = {name: _newest(connection, name) for name in TABLES}
        rows = 0
        for name in TABLES:
            for copy in range(1, times):
                rows += connection.execute(_again(name, copy, first), execution_options={"preserve_rowcount": True}).rowcount
        for name in TABLES:
            connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), (SELECT max(id) FROM \"{name}\"))")
        connection.exec_driver_sql("ANALYZE")
    return rows


@contextmanager
def bare(connection: sa.Connection) -> Iterator[None]:
    """Without checks, triggers and all indexes but the primary keys while it lasts: they are made again at the end, all at once."""
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    names = tuple(TABLES)
    unique = list(connection.execute(sa.text(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'u' AND conrelid::regclass::text = ANY(:names)"), {"names": [_quoted(connection, n) for n in names]}))
    for table, name, _ in unique:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    indexes = list(connection.execute(sa.text(
        "SELECT quote_ident(indexname), indexdef FROM pg_indexes WHERE tablename = ANY(:names) AND indexname NOT IN "
        "(SELECT conname FROM pg_constraint)"), {"names": list(names)}))
    for name, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    yield
    for _, made in indexes:
        connection.exec_driver_sql(made)
    for table, name, made in unique:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {made}")


def _quoted(connection: sa.Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)


def _newest(connection: sa.Connection, name: str) -> int:
    return int(connection.scalar(sa.select(sa.func.coalesce(sa.func.max(Base.metadata.tables[name].c.id), 0))) or 0)


def _again(name: str, copy: int, first: dict[str, int]) -> sa.Insert:
    """Every row there was in the beginning, once more."""
    table = Base.metadata.tables[name]
    chosen = sa.select(*(_value(name, column, copy, first).label(column.name) for column in table.columns)).where(
        table.c.id <= first[name], sa.text(ONLY.get(name, "true"))).order_by(table.c.id)
    return sa.insert(table).from_select([c.name for c in table.columns], chosen, include_defaults=False)


def _value(name: str, column: sa.Column[object], copy: int, first: dict[str, int]) -> sa.ColumnElement[object]:
    called = column.name
    if called == "id":
        return column + copy * first[name]
    if called in NAMES:
        return column + copy * first[NAMES[called]]
    if isinstance(column.type, Moment):
        return sa.type_coerce(column, sa.BigInteger) - (copy % _ROUND * EARLIER + copy // _ROUND * 7_654_321)
    if called in KEYS.get(name, ()) or (name, called) in (("ticket", "number"), ("ticket", "merged_into")):
        return sa.type_coerce(column, sa.Text) + f"~{copy}"
    if (name, called) == ("event", "chain"):
        ticket, call = (column.table.c[f"{of}_id"] + copy * first[of] for of in ("ticket", "call"))
        return sa.case((column.table.c.ticket_id.is_not(None), "ticket:" + sa.cast(ticket, sa.Text)), else_="call:" + sa.cast(call, sa.Text))
    return column
