"""What the rules know about a ticket, what somebody asks for, and what they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from callcenter.domain.device_time import Device
from callcenter.domain.vocabulary import (
    CONTENT,
    FOUND_BY_US,
    Action,
    Channel,
    Clock,
    Deed,
    Department,
    Moment,
    Role,
    Satisfaction,
    State,
    Status,
    TicketType,
    Trade,
    Trigger,
    Urgency,
)


class Refused(Exception):
    """The rules do not allow it. Nothing of what was asked happens.

    Args:
        code: the reason's code (see `refusals`), part of the rehearsal contract.
        said: what the reason's text names (missing fields, the time, the person …).
        consequences: effects of the attempt itself, where the trade demands them (a second postponement is escalated).
    """

    def __init__(self, code: str, *, consequences: tuple["Effect", ...] = (), **said: Any) -> None:
        super().__init__(code)
        self.code = code
        self.said = said
        self.consequences = consequences


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here or for us."""

    user: str
    name: str
    roles: frozenset[Role]
    trades: frozenset[Trade] = frozenset()
    department: Department | None = None
    compounds: frozenset[str] = frozenset()  #: empty: all of them
    certificates: Mapping[str, datetime] = field(default_factory=dict)  #: name → valid until
    phone: str | None = None
    can_sign_in: bool = True
    active: bool = True
    language: str = "zh"

    def covers(self, compound: str | None) -> bool:
        return not self.compounds or compound is None or compound in self.compounds


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody, and who is on duty at one moment (with which roles, where, until when)."""

    people: Mapping[str, Person]
    duty: Mapping[str, "Duty"]
    load: Mapping[str, int] = field(default_factory=dict)  #: open jobs by user
    last_sent: Mapping[str, int] = field(default_factory=dict)  #: the running number of everybody's last dispatch
    urgent_load: Mapping[str, int] = field(default_factory=dict)  #: open urgent jobs by user: these give way to nobody

    def on_duty(self, user: str) -> bool:
        """Outside firms answer round the clock; everybody else by the roster."""
        person = self.people.get(user)
        return person is not None and person.active and (user in self.duty or Role.CONTRACTOR in person.roles)

    def roles(self, user: str) -> frozenset[Role]:
        """Badge roles, and those the roster gives for this shift."""
        person = self.people.get(user)
        duty = self.duty.get(user)
        return (person.roles if person else frozenset()) | (duty.roles if duty else frozenset())

    def holders(self, role: Role, compound: str | None = None) -> list[str]:
        """Who holds *role* on duty for *compound*, in a fixed order."""
        return sorted(u for u, d in self.duty.items()
                      if role in d.acting and u in self.people and self.people[u].active
                      and d.covers(compound) and self.people[u].covers(compound))


@dataclass(frozen=True, slots=True)
class Duty:
    """One person's turn on the roster."""

    roles: frozenset[Role]
    until: datetime | None
    compounds: frozenset[str] = frozenset()
    acting: frozenset[Role] = frozenset()  #: the roles this turn answers for

    def covers(self, compound: str | None) -> bool:
        return not self.compounds or compound is None or compound in self.compounds


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise row, with all that its status is judged from."""

    key: Clock
    started_at: datetime
    due_at: datetime
    first_due_at: datetime
    cycle: int = 1
    about: str = ""
    kept_at: datetime | None = None
    excused_at: datetime | None = None
    voided_at: datetime | None = None
    broken_at: datetime | None = None
    paused_at: datetime | None = None
    id: int = 0

    @property
    def running(self) -> bool:
        """Still to be kept, in time or late."""
        return self.kept_at is None and self.voided_at is None and self.excused_at is None

    def status(self, now: datetime) -> Status:
        """Kept if kept no later than due; broken from the first millisecond after, whether or not anybody looked (4.1-2, 4.1-3)."""
        if self.voided_at is not None:
            until = min(self.voided_at, self.paused_at or self.voided_at)
            return Status.BROKEN if self.broken_at is not None or until > self.due_at else Status.VOID
        if self.excused_at is not None:
            return Status.EXCUSED
        if self.kept_at is not None:
            return Status.KEPT if self.kept_at <= self.due_at else Status.BROKEN
        if self.paused_at is not None:
            return Status.BROKEN if self.paused_at > self.due_at else Status.RUNNING
        return Status.BROKEN if self.broken_at is not None or now > self.due_at else Status.RUNNING


@dataclass(frozen=True, slots=True)
class Assignment:
    """One dispatch: to whom, and how far they came."""

    to: str
    at: datetime
    by: str
    team: bool = False
    accepted_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    voided_at: datetime | None = None
    cycle: int = 1
    id: int = 0


@dataclass(frozen=True, slots=True)
class Escalated:
    """An escalation that is still open."""

    id: int
    level: int
    trigger: Trigger
    at: datetime
    acknowledged_at: datetime | None
    promise: Clock | None
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A saved record of a form (F02 … F27): who wrote what when."""

    code: str
    at: datetime
    by: str
    fields: Mapping[str, Any]
    id: int = 0


@dataclass(frozen=True, slots=True)
class Matter:
    """What the customer wants solved; its counters survive rework, merging and re-registration."""

    id: int
    received_at: datetime
    postponements: int = 0
    urges: int = 0
    last_urge_at: datetime | None = None
    repeat_contacts: int = 0
    dissatisfied_rounds: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """Everything the rules may look at."""

    id: int
    number: str
    type: TicketType
    state: State
    category: str | None
    urgency: Urgency
    channel: Channel
    compound: str | None
    place: str
    content: str
    customer_name: str
    contact_phone: str | None
    received_at: datetime
    registered_at: datetime
    promise_at: datetime | None
    first_responder: str
    registrar: str
    owner: str
    matter: Matter
    cycle: int = 1
    cycle_started_at: datetime | None = None
    acting_follower: str | None = None
    receiver: str | None = None
    specialist: str | None = None
    appointment_start: datetime | None = None
    appointment_end: datetime | None = None
    accused: tuple[str, ...] = ()
    department: Department | None = None
    suspended_from: State | None = None
    suspend_reason: str | None = None
    suspensions: int = 0
    signed: bool = False
    callback_needed: bool | None = None
    attempts: int = 0
    completed_by: str | None = None
    completed_at: datetime | None = None
    closed_at: datetime | None = None
    evidence: str | None = None
    merged_into: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    promises: tuple[Promise, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    escalations: tuple[Escalated, ...] = ()
    forms: tuple[Form, ...] = ()

    @property
    def assignment(self) -> Assignment | None:
        """The dispatch in force in this cycle, if any."""
        live = [a for a in self.assignments if a.voided_at is None and a.cycle == self.cycle]
        return live[-1] if live else None

    @property
    def assignee(self) -> str | None:
        return self.assignment.to if self.assignment else None

    @property
    def incident(self) -> str | None:
        """The mass incident whose work order does the work for this caller too; once taken up again it is a job of its own."""
        return self.details.get("parent") if self.cycle == self.details.get("parent_cycle", 1) else None

    @property
    def has_customer(self) -> bool:
        """Whether there is somebody to ask how it went: not for what a patrol or a device found."""
        return self.channel not in FOUND_BY_US or bool(self.contact_phone)

    def promise(self, key: Clock, about: str | None = None) -> Promise | None:
        """The newest promise of that kind."""
        return next((p for p in reversed(self.promises) if p.key == key and about in (None, p.about)), None)

    def running(self, key: Clock) -> Promise | None:
        return next((p for p in reversed(self.promises) if p.key == key and p.running), None)

    def records(self, code: str) -> list[Form]:
        """The saved records of one form, oldest first."""
        return [f for f in self.forms if f.code == code]


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody asks for an action on a ticket."""

    action: Action
    by: str  #: a user name, "customer" or "system"
    fields: Mapping[str, Any] = field(default_factory=dict)
    device: Device | None = None  #: made on a telephone without network, at that time by its clock

    def get(self, name: str, default: Any = None) -> Any:
        return self.fields.get(name, default)

    def content(self) -> bool:
        """Whether the customer said yes in a follow-up: satisfied at least fairly, and solved."""
        return self.get("satisfaction") in CONTENT and self.get("solved", True) is not False


# ---- what a decision consists of -----------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Set:
    """New values of the ticket's own columns."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Count:
    """New values of the matter's counters."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Start:
    """A promise begins."""

    key: Clock
    started_at: datetime
    due_at: datetime
    about: str = ""


@dataclass(frozen=True, slots=True)
class Keep:
    key: Clock
    at: datetime
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Excuse:
    key: Clock
    at: datetime


@dataclass(frozen=True, slots=True)
class Void:
    """The promise no longer applies (cancelled, superseded)."""

    key: Clock
    at: datetime
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Reopen:
    """A promise thought kept runs on as if it had never stopped (DOMAIN.md 4.2)."""

    key: Clock


@dataclass(frozen=True, slots=True)
class Move:
    """The due time changes; the ladder starts over from now on."""

    key: Clock
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    key: Clock
    at: datetime


@dataclass(frozen=True, slots=True)
class Resume:
    """A paused promise runs on; its due time moves by the length of the pause."""

    key: Clock
    at: datetime


@dataclass(frozen=True, slots=True)
class Break:
    """The ladder has reached the due time: written down once."""

    key: Clock
    about: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Assign:
    to: str
    at: datetime
    by: str
    team: bool = False
    override: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp on the dispatch in force: accepted_at, departed_at, arrived_at, voided_at, completed_at."""

    name: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Save:
    """A record of a form."""

    form: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tell:
    """A message to whoever holds the roles at that second, to named people, or to the customer."""

    notice: str
    roles: tuple[Role, ...] = ()
    people: tuple[str, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)
    level: int = 0


@dataclass(frozen=True, slots=True)
class Escalate:
    level: int
    trigger: Trigger
    reason: str
    clock: Clock | None = None
    tell: tuple[Role, ...] = ()  #: empty: the roles of the level
    notice: str = "escalated"
    acknowledge: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """An open escalation is in somebody's hands."""

    id: int
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class EndEscalations:
    """Escalations end: those about *clock*, those set off by *trigger*, or all of them."""

    clock: Clock | None
    outcome: str
    trigger: Trigger | None = None


@dataclass(frozen=True, slots=True)
class Then:
    """A further act that follows from this one, by the system, in the same transaction."""

    action: Action
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ForChildren:
    """The same act, by the system, on every open ticket of this mass incident."""

    action: Action
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happened:
    """A moment from which promises may count."""

    moment: Moment
    at: datetime
    about: str = ""
    due_at: datetime | None = None  #: the time agreed with the customer, where one was


Effect = (Set | Count | Start | Keep | Excuse | Void | Reopen | Move | Pause | Resume | Break | Assign | Stamp | Save | Tell
          | Escalate | Acknowledge | EndEscalations | Then | ForChildren | Happened)


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything one act changes; it is recorded whole or not at all."""

    state: State
    effects: tuple[Effect, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Firing:
    """What a rung of a ladder does when its time has come."""

    effects: tuple[Effect, ...]
    quiet: str = ""  #: why nobody was told
    deed: Deed | None = None


def satisfied(value: str | None) -> bool:
    """Counted as satisfied (CB16)."""
    return value is not None and Satisfaction(value) in CONTENT
