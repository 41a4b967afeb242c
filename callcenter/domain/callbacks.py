"""Which closed tickets must be called after all, so that every compound, technician and category reaches its share (CB2). Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

#: topping up begins on the fifth day before the month is over
LAST_DAYS = 5

Stratum = tuple[str, str, str]  #: compound, technician, category


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket completed in the month, as the sample sees it."""

    number: str
    stratum: Stratum
    place: float  #: its fixed place between 0 and 1; lower is drawn sooner
    reached: bool = False  #: somebody spoke to the customer
    hopeful: bool = False  #: the call is still to be made and may yet reach them
    closed_uncalled: bool = False  #: closed without a call: may be drawn


def needed(completed: int, floor: float) -> int:
    """How many of *completed* must be reached; 30 % of ten are three, whatever floating point says."""
    return ceil(Fraction(str(floor)) * completed)


def to_draw(cases: Iterable[Case], floor: float) -> list[str]:
    """The tickets to be drawn in addition, each stratum's lowest places first; nothing where those waiting may suffice."""
    drawn = [case for stratum in by_stratum(cases).values() for case in _missing(stratum, floor)]
    return [case.number for case in sorted(drawn, key=lambda c: (c.place, c.number))]


def by_stratum(cases: Iterable[Case]) -> Mapping[Stratum, Sequence[Case]]:
    """The cases of every compound, technician and category."""
    strata: dict[Stratum, list[Case]] = defaultdict(list)
    for case in cases:
        strata[case.stratum].append(case)
    return strata


def _missing(stratum: Sequence[Case], floor: float) -> list[Case]:
    have = sum(1 for case in stratum if case.reached or case.hopeful)
    may_be_drawn = sorted((c for c in stratum if c.closed_uncalled and not c.reached and not c.hopeful), key=lambda c: (c.place, c.number))
    return may_be_drawn[:max(0, needed(len(stratum), floor) - have)]


def last_days(day: date) -> bool:
    """Whether *day* is one of the month's last five: the time to top up."""
    return (day + timedelta(days=LAST_DAYS)).month != day.month


def last_day(day: date) -> bool:
    """Whether the month ends with *day*: whoever still waits then is taken as not reached."""
    return (day + timedelta(days=1)).month != day.month
