"""The demo company's duty roster (DOMAIN.md 17.5): who is on duty when, worked out from the date alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from callcenter.domain.days import LOCAL, local
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Role

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that begins on some day: from and until in hours since that day's midnight."""

    users: tuple[str, ...]
    role: Role
    start: int
    end: int
    shift: str


#: the same every day
_DAILY = (
    Turn(("supervisor01",), Role.SUPERVISOR, 8, 20, "白班"),
    Turn(("engineering01", "order01", "environment01"), Role.DEPT_HEAD, 8, 20, "白班"),
    Turn(("pm01", "pm02", "pm03"), Role.PM, 8, 20, "白班"),
    Turn(("quality01",), Role.QUALITY, 9, 18, "常日班"),
    Turn(("callback01",), Role.CALLBACK, 9, 20, "常日班"),
    Turn(("plumber01", "plumber02", "electrician01", "electrician03", "handyman01", "handyman02",
          "lowvolt01", "lowvolt02", "mason01", "hvac01", "equipment01"), Role.TECHNICIAN, 8, 20, "工程白班"),
    # electrician02 holds the night: of the three certificates one has run out
    Turn(("plumber03", "electrician02", "handyman03"), Role.TECHNICIAN, 20, 32, "工程夜班"),
    # sleeps on site and gets up for a burst pipe, a power cut, somebody locked out or a pump that stopped
    Turn(("plumber01", "electrician01", "handyman01", "equipment01"), Role.TECHNICIAN, 20, 32, "夜间备勤"),
    Turn(("guard01",), Role.STAFF, 8, 20, "秩序白班"),
    Turn(("guard01",), Role.STAFF, 20, 32, "夜间备勤"),
    Turn(("cleaner01", "cleaner02", "gardener01"), Role.STAFF, 8, 18, "环境日班"),
)
_GROUPS = (("agent01", "agent02"), ("agent03", "agent04"), ("agent05", "agent06"), ("agent07", "agent08"))
#: 四班三运转: night, early, middle, rest; in this order nobody's next shift follows without a pause of eight hours
_AGENT_SHIFTS = ((0, 8, "夜班"), (8, 16, "早班"), (16, 24, "中班"), None)
_NIGHT_LEADERS = ("engineering01", "order01", "environment01")


def rows(people: Iterable[Person], start: datetime, until: datetime) -> list[dict[str, Any]]:
    """Rows for every turn that begins on a local day from the day before *start* to the day of *until*."""
    scope = {p.user: sorted(p.compounds) for p in people}
    first, last = local(start).date() - _ONE_DAY, local(until).date()
    days = (first + _ONE_DAY * n for n in range((last - first).days + 1))
    return [row for day in days for turn in turns(day) for row in _rows(turn, day, scope)]


def turns(day: date) -> Iterator[Turn]:
    """Every turn that begins on *day*."""
    yield from _DAILY
    yield from _agents(day)
    yield from _leads(day)
    yield Turn((("dispatcher01", "dispatcher02")[day.day % 2],), Role.DISPATCHER, 8, 22, "派单班")
    yield Turn((_NIGHT_LEADERS[day.toordinal() % 3],), Role.SUPERVISOR, 20, 32, "值班领导")
    yield Turn((("guard02", "guard03")[day.toordinal() % 2],), Role.STAFF, 20, 32, "秩序夜班")


def _agents(day: date) -> Iterator[Turn]:
    for n, group in enumerate(_GROUPS):
        shift = _AGENT_SHIFTS[(day.toordinal() - n) % 4]
        if shift is not None:
            yield Turn(group, Role.AGENT, *shift)


def _leads(day: date) -> Iterator[Turn]:
    """Day and night change hands every Monday; that day is halved, so that nobody goes from a night into a whole day."""
    by_day, by_night = ("lead01", "lead02") if (day.toordinal() - 1) // 7 % 2 == 0 else ("lead02", "lead01")
    if day.weekday() == 0:
        yield Turn((by_night,), Role.LEAD, 8, 14, "值班长白班")
        yield Turn((by_day,), Role.LEAD, 14, 20, "值班长白班")
    else:
        yield Turn((by_day,), Role.LEAD, 8, 20, "值班长白班")
    yield Turn((by_night,), Role.LEAD, 20, 32, "值班长夜班")


def _rows(turn: Turn, day: date, scope: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=LOCAL)
    start_at, end_at = midnight + timedelta(hours=turn.start), midnight + timedelta(hours=turn.end)
    for user in turn.users:
        yield {"user_name": user, "roles": [turn.role], "start_at": start_at, "end_at": end_at,
               "compounds": scope[user], "shift": turn.shift}
