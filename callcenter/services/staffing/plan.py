"""The next seven days hour by hour: calls expected, agents needed for three rings, agents on the roster, and who is missing round the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy.orm import Session

from callcenter.domain import demand, roster, staffing
from callcenter.domain.days import LOCAL, local, midnight
from callcenter.domain.demand import DayKind, Estimate
from callcenter.domain.fields import Field
from callcenter.domain.policy import Policy
from callcenter.domain.roster import Gap, Need, Turn
from callcenter.domain.staffing import Demand, Performance
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Role, Trade
from callcenter.services import calendar
from callcenter.services.rosters import weeks as registers_roster
from callcenter.services.staffing import history
from callcenter.services.staffing.history import Seen
from callcenter.storage import facts

DAYS = 7
_HOUR = timedelta(hours=1)
#: who must be there at every hour for K33
ROUND_THE_CLOCK = (Need.AGENT, Need.WATER, Need.ELECTRIC)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: this share of calls answered within so many seconds, by the experience of so many weeks."""

    target: float = 0.95
    seconds: int = 15
    weeks: int = 8


FIELDS = (Field("target", "目标接听率(%)", "Target (%)", "number"), Field("seconds", "几秒之内", "Within seconds", "number"),
          Field("weeks", "看前几周", "Weeks looked at", "number"))
#: field → least and most
LIMITS = {"target": (50.0, 99.9), "seconds": (1, 120), "weeks": (1, 26)}


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one day."""

    at: datetime
    calls: Estimate
    needed: int
    there: int
    done: Performance  #: what those on the roster make of it
    missing: tuple[Need, ...]
    past: bool

    @property
    def gap(self) -> int:
        """People too few."""
        return max(0, self.needed - self.there)


@dataclass(frozen=True, slots=True)
class DayPlan:
    day: date
    kind: DayKind
    hours: tuple[Hour, ...]

    @property
    def calls(self) -> float:
        return sum(h.calls.value for h in self.hours)

    @property
    def short(self) -> int:
        """Hours with too few agents, of those still to come."""
        return sum(1 for h in self.hours if h.gap and not h.past)

    @property
    def hours_needed(self) -> int:
        return sum(h.needed for h in self.hours)

    @property
    def hours_there(self) -> int:
        return sum(h.there for h in self.hours)

    @property
    def level(self) -> float | None:
        """The share answered in time over the whole day with those on the roster."""
        return sum(h.done.level * h.calls.value for h in self.hours) / self.calls if self.calls else None

    @property
    def covered(self) -> int:
        """Hours with everybody who must be there round the clock."""
        return sum(1 for h in self.hours if not h.missing)


@dataclass(frozen=True, slots=True)
class Plan:
    wish: Wish
    seen: Seen
    days: tuple[DayPlan, ...]
    gaps: tuple[Gap, ...]

    @property
    def covered(self) -> tuple[int, int]:
        """K33: hours covered, and hours."""
        return sum(day.covered for day in self.days), sum(len(day.hours) for day in self.days)


def wish(target: str | None, seconds: str | None, weeks: str | None) -> Wish:
    """
    What was typed; the usual where nothing was.

    Raises:
        Refused: "bad_value" names the field and what would be valid.
    """
    usual = Wish()
    return Wish(_number("target", target, usual.target * 100) / 100, int(_number("seconds", seconds, usual.seconds)),
                int(_number("weeks", weeks, usual.weeks)))


def _number(name: str, typed: str | None, usual: float) -> float:
    low, high = LIMITS[name]
    try:
        value = float(typed) if typed and typed.strip() else usual
    except ValueError:
        value = -1.0
    if not low <= value <= high or (name != "target" and value != int(value)):
        raise Refused("bad_value", field=next(f for f in FIELDS if f.name == name), value=str(typed)[:20], valid=f"{low:g}–{high:g}")
    return value


def make(session: Session, policy: Policy, asked: Wish, now: datetime) -> Plan:
    """Seven days from today's midnight; nothing is changed by looking."""
    since = midnight(now)
    until = since + DAYS * timedelta(days=1)
    seen, people = history.seen(session, now, asked.weeks), facts.people(session)
    turns, away = registers_roster.between(session, since, until), registers_roster.leave(session, since, until)
    gaps = [g for g in roster.gaps(turns, people, away, policy.certificates.get(Trade.ELECTRICIAN), since, until) if g.need in ROUND_THE_CLOCK]
    agents = [span for turn in turns if _answers(turn, people) for span in roster.served(turn, away)]
    days = tuple(_day(session, local(since + n * timedelta(days=1)).date(), seen, asked, agents, gaps, now) for n in range(DAYS))
    return Plan(asked, seen, days, tuple(gaps))


def _answers(turn: Turn, people: dict[str, Person]) -> bool:
    return Role.AGENT in turn.roles and turn.user in people and people[turn.user].active


def _day(session: Session, day: date, seen: Seen, asked: Wish, agents: Sequence[tuple[datetime, datetime]], gaps: Sequence[Gap],
         now: datetime) -> DayPlan:
    kind = demand.kind_of(day, calendar.is_workday(day, session)[0])
    start = datetime(day.year, day.month, day.day, tzinfo=LOCAL)
    return DayPlan(day, kind, tuple(_hour(start + n * _HOUR, seen.pattern.expected(kind, n), seen, asked, agents, gaps, now) for n in range(24)))


def _hour(at: datetime, calls: Estimate, seen: Seen, asked: Wish, agents: Sequence[tuple[datetime, datetime]], gaps: Sequence[Gap],
          now: datetime) -> Hour:
    patience = seen.patience.value if seen.patience else None
    there = demand.least([(a.timestamp(), b.timestamp()) for a, b in agents], at.timestamp(), (at + _HOUR).timestamp())
    load = Demand(calls.value, seen.handling.value, patience)
    missing = tuple(dict.fromkeys(g.need for g in gaps if g.since < at + _HOUR and g.until > at))
    # somebody sits at the telephone round the clock, calls or not
    needed = max(1, _needed(load, asked.target, asked.seconds))
    return Hour(at, calls, needed, there, _performed(load, there, asked.seconds), missing, at + _HOUR <= now)


@lru_cache(maxsize=2048)
def _needed(load: Demand, target: float, within: float) -> int:
    return staffing.needed(load, target, within)


@lru_cache(maxsize=2048)
def _performed(load: Demand, agents: int, within: float) -> Performance:
    return staffing.perform(load, agents, within)
