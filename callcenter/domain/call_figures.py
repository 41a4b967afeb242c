"""The telephone's part of the figures over calls and agents' time at hand: the same definitions, for one page and one team."""

from collections.abc import Sequence
from datetime import datetime

from callcenter.domain.figures.calls import Heard, Span, by_agent, cases_of_call, cases_of_span
from callcenter.domain.figures.cases import to_ms
from callcenter.domain.figures.catalogue import Theme
from callcenter.domain.figures.figure import Figure, counted


def compute(calls: Sequence[Heard], spans: Sequence[Span], now: datetime) -> list[Figure]:
    """Every figure of the telephone over these calls and this agents' time, as of *now*."""
    at = to_ms(now)
    found = counted((case for some in ([cases_of_call(c, at) for c in calls] + [cases_of_span(s) for s in spans]) for case in some), now)
    return [figure for figure in found.values() if figure.theme is Theme.TELEPHONE]



__all__ = ["Heard", "Span", "by_agent", "compute"]
