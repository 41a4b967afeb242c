"""How every figure went in the weeks before the end of a period: one statement over the daily sums, nothing read case by case."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures import FIGURES, Figure, Tally, Unit, daily, to_ms
from callcenter.services.figures.asking import TELEPHONE, TICKETS, TIME, Question
from callcenter.services.figures.daily import answering, state
from callcenter.storage.figure_tables import FigureDayRow

#: as many weeks of so many days
WEEKS, DAYS = 12, 7
#: what whole days add up to: no medians, nothing divided by what is no number of cases, nothing over twelve months
CODES = frozenset(code for code in (TICKETS | TELEPHONE) - TIME if not FIGURES[code].outside and FIGURES[code].unit is not Unit.MEDIAN)
_D = FigureDayRow
_PLACES = (_D.hits, _D.misses, _D.apart, _D.hit_amount, _D.miss_amount)

#: figure → its value in each week, the latest last; None where nothing was decided
Courses = Mapping[str, Sequence[Figure | None]]


def courses(session: Session, ask: Question) -> Courses:
    """The figures of *ask*, week by week, up to its last whole day; nothing where there are no sums for such a question."""
    cut, mark = answering.cut_of(ask), state.read(session)
    if cut is None or mark is None or not mark.complete:
        return {}
    last = daily.day_of(to_ms(ask.end))
    first = last - WEEKS * DAYS
    week = ((_D.day - first) // DAYS).label("week")
    query = sa.select(_D.code, week, *(sa.func.sum(place) for place in _PLACES)).where(
        _D.dimension == cut.dimension, _D.code.in_(sorted(CODES)), _D.day >= first, _D.day < last,
        *([] if cut.values is None else [_D.value.in_(sorted(cut.values))])).group_by(_D.code, week)
    found: dict[str, list[Figure | None]] = {}
    for code, n, *sums in session.connection().execute(query):
        tally = Tally(FIGURES[code])
        tally.add_sums(*(int(s) for s in sums))
        figure = tally.figure(ask.end)
        found.setdefault(code, [_none(code, ask)] * WEEKS)[int(n)] = figure if figure.value is not None else None
    return found


def _none(code: str, ask: Question) -> Figure | None:
    """A week without a case: of things that are counted there were none, of anything else nothing can be said."""
    return Tally(FIGURES[code]).figure(ask.end) if FIGURES[code].unit is Unit.COUNT else None
