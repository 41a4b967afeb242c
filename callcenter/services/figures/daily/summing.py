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
_PLACES = ("hits", "misses", "apart", "hit_amount", "miss_amount")


class Days(NamedTuple):
    """Local days from the first to before the last; none: without bound."""

    first: int | None = None
    last: int | None = None

    def hold(self, day: int) -> bool:
        return (self.first is None or day >= self.first) and (self.last is None or day < self.last)

    def within(self, column: sa.orm.InstrumentedAttribute[int]) -> list[sa.ColumnElement[bool]]:
        return [*([column >= self.first] if self.first is not None else []), *([column < self.last] if self.last is not None else [])]


def add(session: Session, sums: Sums) -> None:
    """Add to what the days hold."""
    days = [dict(zip(("dimension", "code", "value", "day", *_PLACES), (*key, *values), strict=True))
            for key, values in sorted(sums.days.items()) if any(values)]
    spread = [dict(zip(("dimension", "value", "day", "second", "n"), (*key, n), strict=True)) for key, n in sorted(sums.spread.items()) if n]
    _upsert(session, _D, days, _PLACES, adding=True)
    _upsert(session, _S, spread, ("n",), adding=True)


def keep(session: Session, changes: Iterable[Change]) -> None:
    """Write down what was counted."""
    rows = [change.after.row(change.kind.name) for change in changes if change.moved]
    _upsert(session, _K, rows, ("matter_id", "seq", "since_at", "next_at", "cases"), adding=False)


def _upsert(session: Session, table: type[Any], rows: Sequence[dict[str, Any]], places: Sequence[str], *, adding: bool) -> None:
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(table.__table__)
    new = {name: table.__table__.c[name] + statement.excluded[name] if adding else statement.excluded[name] for name in places}
    statement = statement.on_conflict_do_update(index_elements=list(table.__table__.primary_key.columns), set_=new)
    if rows:
        _each(session, statement, rows)


def _each(session: Session, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Straight to the driver: plain values by the thousand need no processing (a third of the time)."""
    compiled = statement.compile(dialect=session.get_bind().dialect, column_keys=list(rows[0]))
    names, connection = compiled.positiontup, session.connection()
    for start in range(0, len(rows), _AT_ONCE):
        part: list[Any] = list(rows[start:start + _AT_ONCE])
        connection.exec_driver_sql(compiled.string, part if names is None else [tuple([row[name] for name in names]) for row in part])


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
