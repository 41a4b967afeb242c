"""A month of the roster for one role: people by days, the shifts it knows, and whoever is on leave."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from callcenter.domain.days import local
from callcenter.domain.registers import Register
from callcenter.domain.roster import Away, Turn
from callcenter.domain.rotation import WAITED, Trouble, shift_of, troubles
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Role
from callcenter.services.registers import entries
from callcenter.services.rosters.weeks import between, editable, leave, midnight
from callcenter.storage import facts

DAY = timedelta(days=1)
#: at most so many kinds of shift are offered, each with a key of its own
MOST_KINDS = 8
_USUAL = ((8, 16, "早班"), (16, 24, "中班"), (0, 8, "夜班"), (8, 20, "白班"), (20, 32, "夜班"))


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """A shift that can be given: from and until in minutes since the day's midnight, and its name."""

    start: int
    end: int
    name: str

    @property
    def code(self) -> str:
        """As a form sends it."""
        return f"{self.start}-{self.end}-{self.name}"

    @property
    def hours(self) -> tuple[str, str]:
        """From and until as they are typed."""
        return _clock(self.start), _clock(self.end if self.end <= 24 * 60 else self.end - 24 * 60)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody's month."""

    person: Person
    #: the turns that begin on each day
    turns: list[list[Turn]]
    #: days on leave
    away: list[bool]
    #: at work; nights that are only waited through are not counted
    hours: float
    #: whether the reader may change it
    may: bool


@dataclass(frozen=True, slots=True)
class Month:
    """People by days."""

    days: list[date]
    lines: list[Line]
    kinds: list[Kind]
    troubles: list[Trouble]


def first_of(day: date) -> date:
    return day.replace(day=1)


def after(first: date) -> date:
    """The first day of the month after."""
    return (first + 31 * DAY).replace(day=1)


def month(session: Session, by: Person, role: Role, first: date) -> Month:
    """The month that begins on *first*: everybody who holds the role or has a turn for it."""
    since, until = midnight(first), midnight(after(first))
    around, people = between(session, since - DAY, until + DAY), facts.people(session)
    gone = leave(session, since, until)
    own = [t for t in around if role in t.roles]
    shown = [t for t in own if since <= t.start < until]
    users = {t.user for t in shown} | {u for u, p in people.items() if role in p.roles and p.active}
    days = [first + n * DAY for n in range((after(first) - first).days)]
    staff = [people[u] for u in sorted(users) if u in people]
    lines = [_line(person, shown, gone, days, by) for person in staff]
    wrong = [t for t in troubles(around, gone, since, until) if t.turn.user in users]
    return Month(days, lines, _kinds(own), wrong)


def _line(person: Person, turns: list[Turn], gone: list[Away], days: list[date], by: Person) -> Line:
    own = [t for t in turns if t.user == person.user]
    leaves = [a for a in gone if a.user == person.user]
    by_day = [[t for t in own if local(t.start).date() == day] for day in days]
    away = [any(a.since <= midnight(day) < a.until for a in leaves) for day in days]
    hours = sum((t.end - t.start).total_seconds() for t in own if shift_of(t) not in WAITED) / 3600
    may = person.active and entries.edits(Register.ROSTER, by.roles) and editable(by, person)
    return Line(person, by_day, away, hours, may)


def kind_of(turn: Turn) -> Kind:
    start = local(turn.start)
    since = start.hour * 60 + start.minute
    return Kind(since, since + int((turn.end - turn.start).total_seconds() // 60), turn.shift)


def _kinds(turns: list[Turn]) -> list[Kind]:
    """The shifts in use, the most frequent kept, in order of their beginning; the usual ones where there are none."""
    counted = Counter(kind_of(t) for t in turns)
    found = [kind for kind, _ in counted.most_common(MOST_KINDS)]
    return sorted(found or [Kind(start * 60, end * 60, name) for start, end, name in _USUAL])


def turns_on(session: Session, user: str, role: Role, day: date) -> list[Turn]:
    """Somebody's turns for a role that begin on a day."""
    since: datetime = midnight(day)
    return [t for t in between(session, since, since + DAY) if t.user == user and role in t.roles and t.start >= since]
