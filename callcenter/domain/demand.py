"""How many calls to expect in an hour, how long one takes and how long callers wait: from history, every estimate with its number of cases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from callcenter.domain.vocabulary import Word

#: contacts a household makes a day, by the assumption of DOMAIN.md 17.2 (30–45 from 1,400 households)
A_HOUSEHOLD = 37.5 / 1400
#: what a call takes with what is done after it, where nothing is known
ASSUMED_HANDLING = timedelta(seconds=180)
#: an estimate from fewer cases says so
FEW = 3


class DayKind(Word):
    """Days that bring like numbers of calls."""

    MONDAY = "0", "星期一", "Monday"
    TUESDAY = "1", "星期二", "Tuesday"
    WEDNESDAY = "2", "星期三", "Wednesday"
    THURSDAY = "3", "星期四", "Thursday"
    FRIDAY = "4", "星期五", "Friday"
    SATURDAY = "5", "星期六", "Saturday"
    SUNDAY = "6", "星期日", "Sunday"
    HOLIDAY = "holiday", "节假日", "Public holiday"
    MADE_UP = "made_up", "调休上班", "Working weekend"


#: a kind of day that was not seen yet is taken for another
_LIKE: Mapping[DayKind, DayKind] = {DayKind.HOLIDAY: DayKind.SUNDAY, DayKind.MADE_UP: DayKind.MONDAY}


def kind_of(day: date, is_workday: bool) -> DayKind:
    """Public holidays on weekdays, and weekends worked instead, stand apart."""
    if is_workday == (day.weekday() < 5):
        return DayKind(str(day.weekday()))
    return DayKind.MADE_UP if is_workday else DayKind.HOLIDAY


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and how many cases it rests on; none: it is an assumption."""

    value: float
    cases: int

    @property
    def assumed(self) -> bool:
        return self.cases == 0

    @property
    def few(self) -> bool:
        return 0 < self.cases < FEW


class Pattern:
    """What an hour of each kind of day has brought."""

    def __init__(self, days: Mapping[date, DayKind], counts: Mapping[tuple[date, int], int], shape: Sequence[float], daily: float) -> None:
        """*days*: all that were observed, those without a call too; *shape* and *daily*: what is assumed where nothing was."""
        self._days: dict[DayKind, list[date]] = {}
        for day, kind in days.items():
            self._days.setdefault(kind, []).append(day)
        self._counts, self._shape, self._daily = counts, shape, daily

    def expected(self, kind: DayKind, hour: int) -> Estimate:
        """The mean of this hour over the observed days of the kind, or of the kind it is like; else the assumed shape of a day."""
        seen = self._days.get(kind) or self._days.get(_LIKE.get(kind, kind)) or []
        if not seen:
            return Estimate(self._daily * self._shape[hour] / sum(self._shape), 0)
        return Estimate(sum(self._counts.get((day, hour), 0) for day in seen) / len(seen), len(seen))


def mean(total: timedelta, cases: int, assumed: timedelta) -> Estimate:
    """An average in seconds."""
    return Estimate(total.total_seconds() / cases, cases) if cases else Estimate(assumed.total_seconds(), 0)


def patience(waited: timedelta, given_up: int) -> Estimate | None:
    """
    The mean patience of callers in seconds: all the waiting there was, of those answered too, for each who gave up (the estimate for waits
    cut short by an answer, waiting without memory). None while nobody gave up: then callers are taken to wait for ever, the cautious case.
    """
    return Estimate(waited.total_seconds() / given_up, given_up) if given_up and waited else None


def least(stretches: Iterable[tuple[float, float]], since: float, until: float) -> int:
    """How many of *stretches* at least run at the same time, at every moment of [*since*, *until*)."""
    inside = [(max(a, since), min(b, until)) for a, b in stretches if a < until and b > since]
    moments = {since, *(b for _, b in inside if b < until)}
    return min(sum(1 for a, b in inside if a <= at < b) for at in moments)
