"""What the dispatcher's lists say of a ticket: the sheets that templates read."""

from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.ticket import Promise
from callcenter.domain.vocabulary import Action, Clock, State, Status, TicketType

WAITING = (State.NEW, State.REWORK)
UNDER_WAY = (State.DISPATCHED, State.ACCEPTED, State.ON_SITE, State.SUSPENDED)
#: the promise that counts in each state
WATCHED = {State.DISPATCHED: (Clock.ACCEPT,), State.ACCEPTED: (Clock.ARRIVE_URGENT, Clock.ARRIVE_APPT),
           State.ON_SITE: (Clock.MAKE_SAFE, Clock.COMPLETION), State.SUSPENDED: (Clock.SUSPENSION,)}


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody who can be sent, and why they stand where they stand."""

    user: str
    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vendor:
    """An outside firm, for when nobody here can do it."""

    user: str
    name: str
    trade: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Unfit:
    """Somebody of the right trade who cannot be sent, and why not."""

    user: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Job:
    """What both lists say of a ticket."""

    number: str
    type: TicketType
    state: State
    urgent: bool
    category: str
    content: str
    place: str
    compound: str | None
    customer: str
    phone: str
    owner: str
    received_at: datetime
    registered_at: datetime
    appointment_start: datetime | None
    appointment_end: datetime | None
    level: int
    cycle: int
    urges: int
    due: Promise | None
    status: Status
    may: frozenset[Action]
    look: str  #: what a dispatcher who looked before would find different


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket nobody has been sent to."""

    job: Job
    offered_at: datetime | None
    arrival: Promise | None
    before: str  #: what became of the dispatch before, if there was one
    choices: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    unfit: tuple[Unfit, ...]
    vendors: tuple[Vendor, ...]
    trades: str

    @property
    def nobody(self) -> bool:
        return not self.choices


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A ticket somebody has been sent to."""

    job: Job
    handler: str
    sent: int  #: the dispatch in force, by its number: a change made from an older page is told so
    since: datetime | None
    departed: bool
    asks: str  #: the handler's request to suspend
    choices: tuple[Choice, ...]

    @property
    def options(self) -> list[tuple[str, str]]:
        """Who else could have the job, for a list to choose from."""
        return [(c.user, " · ".join((c.name, *c.reasons))) for c in self.choices]
