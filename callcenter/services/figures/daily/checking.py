"""The summary held against the rows: every figure, every value of every dimension."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from callcenter.domain.figures import FIGURES, Tally, daily
from callcenter.services.figures import asking
from callcenter.services.figures.asking import TIME, Question
from callcenter.services.figures.daily.answering import SUMMED, Cut, Tallies, occurring, steady
from callcenter.services.hotline import Hotline


class Difference(NamedTuple):
    """Where the two are not the same: numerator, denominator and excluded as summed up, and as counted from the rows."""

    code: str
    dimension: str
    value: str
    summed: tuple[int, ...]
    counted: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.code} {self.dimension} {self.value or '—'}: {_said(self.summed)} / {_said(self.counted)}"


def differences(hotline: Hotline, session: Session, now: datetime, since: datetime | None = None,
                until: datetime | None = None) -> list[Difference] | None:
    """
    Every difference over the cases decided in [since, until); None where there is no summary to compare.

    Reads every row of the period, and holds the sums alone.
    """
    ask = Question(now, since, until)
    counted = _counted(hotline, session, ask)
    found: list[Difference] = []
    for dimension in (daily.ALL, *daily.DIMENSIONS):
        answer = steady(hotline, session, ask, SUMMED, Cut(dimension, apart=dimension != daily.ALL))
        if answer is None:
            return None
        found += _compared(dimension, answer.tallies, counted[dimension])
    return found


def _counted(hotline: Hotline, session: Session, ask: Question) -> dict[str, Tallies]:
    """The rows counted once, summed up under every dimension."""
    found: dict[str, Tallies] = defaultdict(dict)
    for case in asking.cases(hotline, session, ask, SUMMED):
        for dimension in (daily.ALL, *daily.DIMENSIONS):
            key = case.code, "" if dimension == daily.ALL else case.dimensions.get(dimension, "")
            tally = found[dimension].get(key)
            if tally is None:
                tally = found[dimension][key] = Tally(FIGURES[case.code])
            tally.add(case)
    return found


def _compared(dimension: str, summed: Tallies, counted: Tallies) -> Iterator[Difference]:
    ours, theirs = ({(code, value): _numbers(tally) for code, value, tally in occurring(tallies)} for tallies in (summed, counted))
    nothing: tuple[int, ...] = ()
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key):
            yield Difference(*(key[0], dimension, key[1]), ours.get(key, nothing), theirs.get(key, nothing))


def _numbers(tally: Tally) -> tuple[int, ...]:
    """What must be the same; a stretch of time is cut at midnights, so that only its length counts."""
    amounts = (tally.of_hits, tally.of_misses, *(n for pair in sorted((+tally.amounts).items()) for n in pair))
    return amounts if tally.definition.code in TIME else (tally.hits, tally.misses, tally.excluded, *amounts)


def _said(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers[:5])) or "—"
