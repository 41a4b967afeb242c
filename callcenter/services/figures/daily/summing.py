"""The sums as rows: added to in the database, read summed up again."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callcenter.domain.figures.daily import Sums
from callcenter.services.figures.daily.counting import Change
from callcenter.storage.figure_tables import FigureCountedRow, FigureDayRow, FigureSpreadRow

_D, _S, _K = FigureDayRow, FigureSpreadRow, FigureCountedRow
_AT_ONCE = 2_000
#: rows from which on PostgreSQL is given them in one piece
MANY = 200
_KEPT = ("matter_id", "seq", "since_at", "next_at", "cases")
_PLACES = ("hits", "misses", "apart", "hit_amount", "miss_amount")


class Days(NamedTuple):
    """Local days from the first to before the last; none: without bound."""

    first: int | None = None
    last: int | None = None

    def hold(self, day: int) -> bool:
        return (self.first is None or day >= self.first) and (self.last is None or day < self.last)

    def within(self, column: sa.orm.InstrumentedAttribute[int]) -> list[sa.ColumnElement[bool]]:
        return [*([column >= self.first] if self.first is not None else []), *([column < self.last] if self.last is not None else [])]


class Rows(NamedTuple):
    """What is to be written, as rows."""

    days: Sequence[tuple[Any, ...]]
    spread: Sequence[tuple[Any, ...]]
    kept: Sequence[tuple[Any, ...]]


def rows_of(changes: Iterable[Change], sums: Sums | None = None) -> Rows:
    """What these changes, and sums already made, come to."""
    sums, kept = sums or Sums(), []
    for change in changes:
        for cases, sign in change.difference():
            sums.add(cases, sign)
        if change.moved:
            after = change.after
            kept.append((change.kind, after.id, after.matter_id, after.seq, *after.valid, after.cases))
    return Rows(sums.rows(), sorted((*key, n) for key, n in sums.spread.items() if n), kept)


def add(session: Session, rows: Rows) -> None:
    """Add to what the days hold."""
    _write(session, _D, ("dimension", "code", "value", "day", *_PLACES), rows.days, _PLACES, adding=True)
    _write(session, _S, ("dimension", "value", "day", "second", "n"), rows.spread, ("n",), adding=True)


def keep(session: Session, rows: Rows) -> None:
    """Write down what was counted."""
    _write(session, _K, ("kind", "id", *_KEPT), rows.kept, _KEPT, adding=False)


def _write(session: Session, table: type[Any], columns: Sequence[str], rows: Sequence[tuple[Any, ...]], places: Sequence[str], *,
           adding: bool) -> None:
    """Insert the rows; where one is there, add these *places* to it or put them in their stead."""
    if len(rows) >= MANY and session.get_bind().dialect.name == "postgresql":
        _copied(session, table.__table__, columns, rows, places, adding=adding)
        return
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = _upserting(insert(table.__table__), table.__table__, places, adding=adding)
    compiled = statement.compile(dialect=session.get_bind().dialect, column_keys=list(columns))
    names, connection = compiled.positiontup, session.connection()
    order = None if names is None else [columns.index(name) for name in names]
    for start in range(0, len(rows), _AT_ONCE):  # straight to the driver: plain values by the thousand need no processing (a third of the time)
        part = rows[start:start + _AT_ONCE]
        connection.exec_driver_sql(compiled.string, [dict(zip(columns, row, strict=True)) for row in part] if order is None
                                   else [tuple([row[n] for n in order]) for row in part])


def _upserting(statement: Any, table: Any, places: Sequence[str], *, adding: bool) -> Any:
    new = {name: table.c[name] + statement.excluded[name] if adding else statement.excluded[name] for name in places}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=new)


def _copied(session: Session, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], places: Sequence[str], *,
            adding: bool) -> None:
    """By the ten thousand: copied into a table of this connection's own, and from there in one statement."""
    own = sa.table(f"new_{table.name}", *(sa.column(name) for name in columns))
    connection = session.connection()
    named = ", ".join(f'"{name}"' for name in columns)
    connection.exec_driver_sql(f'CREATE TEMPORARY TABLE IF NOT EXISTS "{own.name}" (LIKE "{table.name}") ON COMMIT DELETE ROWS')
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{own.name}" ({named}) FROM STDIN') as copying:
        for row in rows:
            copying.write_row(row)
    chosen = sa.select(*(own.c[name] for name in columns))
    connection.execute(_upserting(postgresql.insert(table).from_select(list(columns), chosen), table, places, adding=adding))


def clear(session: Session) -> None:
    """Forget everything that was counted."""
    for table in (_D, _S, _K):
        session.execute(sa.delete(table))


def _among(column: sa.orm.InstrumentedAttribute[str], values: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    return [] if values is None else [column.in_(sorted(values))]


def sums(session: Session, dimension: str, values: Collection[str] | None, codes: Collection[str],
         days: Days) -> Iterator[tuple[str, str, list[int]]]:
    """What figures come to over these days, value by value: (figure, value, hits, misses, excluded and the amounts of both)."""
    chosen = [_D.dimension == dimension, _D.code.in_(sorted(codes)), *days.within(_D.day), *_among(_D.value, values)]
    query = sa.select(_D.code, _D.value, *(sa.func.sum(getattr(_D, name)) for name in _PLACES)).where(*chosen).group_by(_D.code, _D.value)
    for code, value, *found in session.connection().execute(query):
        yield code, value, [int(n) for n in found]


def spread(session: Session, dimension: str, values: Collection[str] | None, days: Days) -> Iterator[tuple[str, int, int]]:
    """How often a median's amount was so many seconds: (value, second, how often)."""
    chosen = [_S.dimension == dimension, *days.within(_S.day), *_among(_S.value, values)]
    query = sa.select(_S.value, _S.second, sa.func.sum(_S.n)).where(*chosen).group_by(_S.value, _S.second)
    for value, second, n in session.connection().execute(query):
        yield value, second, int(n)
