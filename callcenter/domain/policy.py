"""What the company promises, as the program holds it: frozen data read from workflows/*.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from callcenter.domain.telephone import Strategy
from callcenter.domain.vocabulary import (
    Action,
    Anchor,
    Channel,
    Clock,
    Condition,
    Deed,
    DispatchMode,
    Moment,
    Role,
    State,
    SuspendReason,
    TicketType,
    Trade,
)


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: when, who is told, how high it stands, and what it does."""

    at: timedelta
    anchor: Anchor
    tell: tuple[Role, ...]
    level: int  #: 0: only a reminder; above 0 an escalation that somebody must acknowledge
    when: Condition | None
    do: Deed | None
    only: frozenset[TicketType]  #: empty: every type


@dataclass(frozen=True, slots=True)
class Ladder:
    key: str
    acknowledge: timedelta
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class PromiseRule:
    """A promise of hotline.toml: from which moment, until which act, within what time, watched by which ladder."""

    key: Clock
    on: str  #: "ticket", "call" or "period"
    types: frozenset[TicketType]
    channels: frozenset[Channel]  #: empty: every channel
    start: Moment
    until: frozenset[str]
    within: timedelta
    within_for: Mapping[Channel, timedelta]  #: another length for what came in by these channels
    promised: bool  #: a time agreed with the customer takes the place of `within`
    excused_by: Action | None
    pauses: frozenset[SuspendReason]
    per: str  #: "cycle": anew with every rework; "matter": once; "each": every time its moment comes
    windows: bool  #: moves to the next calling window
    by_shift_end: bool
    ladder: Ladder
    workday: bool = False  #: falling on a day off it is due at the same hour of the next working day
    signed_by: tuple[Role, ...] = ()  #: a report: whose signature it needs, any one of them
    sent_to: tuple[Role, ...] = ()  #: a report: who is told once it is signed


@dataclass(frozen=True, slots=True)
class Step:
    state: State
    action: Action
    after: State | None  #: None: the state stays
    who: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Flow:
    type: TicketType
    steps: Mapping[tuple[State, Action], Step]

    def next(self, state: State, action: Action) -> Step | None:
        return self.steps.get((state, action))

    def actions_from(self, state: State) -> list[Action]:
        """What may be done to a ticket in *state*, in the order of the file."""
        return [action for (at, action) in self.steps if at == state]


@dataclass(frozen=True, slots=True)
class Category:
    code: str
    zh: str
    en: str
    type: TicketType
    trades: tuple[Trade, ...]
    public: bool
    payable: bool
    certificate: bool
    may_be_urgent: bool
    second_call: bool
    warranty: str | None  #: the part whose warranty counts
    script: str | None
    price: float | None
    unit: str | None
    retired: bool
    mode: DispatchMode

    def label(self, language: str = "zh") -> str:
        return self.en if language.startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class Postponement:
    times: int
    longest: timedelta
    needs: tuple[str, ...]
    call_required: frozenset[TicketType]
    approve_longer: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Escalation:
    levels: tuple[tuple[Role, ...], ...]
    acknowledge_from: int  #: from this level up somebody must take an escalation up
    climb_to: int  #: how high the system climbs by itself
    acknowledge_urgent: timedelta
    repeat: timedelta
    repeat_top: timedelta
    urge_every: timedelta
    suspensions: int

    def roles(self, level: int) -> tuple[Role, ...]:
        """Who acts on *level* (1 …)."""
        return self.levels[level - 1]

    @property
    def top(self) -> int:
        return len(self.levels)


@dataclass(frozen=True, slots=True)
class FollowUp:
    windows: tuple[tuple[timedelta, timedelta], ...]  #: from and until, since local midnight
    attempts: int
    attempt_days: int
    attempt_apart: timedelta
    wait_for_reply: timedelta
    floor: float
    sample: float
    reopen_within: timedelta
    unsatisfied_rounds: int
    automatic: frozenset[TicketType]  #: samples of these kinds are called by the machine first
    shares: Mapping[TicketType, float]


@dataclass(frozen=True, slots=True)
class Ownership:
    may_transfer: frozenset[Role]
    absent_after: timedelta


@dataclass(frozen=True, slots=True)
class MenuKey:
    """One key of the only menu there may be."""

    key: str
    words: tuple[str, str]
    language: str | None  #: speak it from here on
    emergency: bool  #: past everybody else, and the emergency words first


@dataclass(frozen=True, slots=True)
class Telephone:
    """How calls reach agents (DOMAIN.md C01–C03, C23, 11)."""

    strategy: Strategy
    sticky: bool  #: whoever answers for an open matter of the caller is rung first
    ring_for: timedelta  #: one agent at a time, this long
    ring_all_after: timedelta  #: then everybody who is free, and the shift lead
    missed_limit: int  #: so many missed in a row, and an agent counts as away
    wrap_up: timedelta
    announce_every: timedelta  #: the waiting words and the position
    offer_return_after: timedelta  #: from here on: press 1 and keep your place
    voicemail_after: timedelta
    longest_wait: timedelta
    most_waiting: int
    record: bool
    menu: tuple[MenuKey, ...]
    emergency_numbers: tuple[str, ...]  #: the only outside numbers a call may be handed on to without asking


@dataclass(frozen=True, slots=True)
class Notice:
    """Words to be spoken, sent or printed, in both languages."""

    key: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything of workflows/*.toml; a ticket runs to its end under the one it was opened under."""

    versions: Mapping[str, int]  #: file name → version
    company: tuple[str, str]
    hotline: str
    ownership: Ownership
    promises: tuple[PromiseRule, ...]
    ladders: Mapping[str, Ladder]
    escalation: Escalation
    postponement: Postponement
    team_ahead: timedelta
    follow_up: FollowUp
    telephone: Telephone
    signature: frozenset[TicketType]
    targets: Mapping[str, float]
    flows: Mapping[TicketType, Flow]
    categories: Mapping[str, Category]
    warranty_years: Mapping[str, int]
    certificates: Mapping[Trade, str]
    notices: Mapping[str, Notice]

    def promises_for(self, type_: TicketType, channel: Channel | None = None) -> tuple[PromiseRule, ...]:
        """The promises that hold for a ticket of *type_* that came in by *channel*."""
        return tuple(p for p in self.promises if p.on == "ticket" and type_ in p.types
                     and (not p.channels or channel in p.channels))

    def promise(self, key: Clock, type_: TicketType | None) -> PromiseRule | None:
        """The rule of promise *key* for tickets of *type_* (None: for calls)."""
        return next((p for p in self.promises if p.key == key and (p.on == "call" if type_ is None else type_ in p.types)), None)

    def period_promise(self, key: Clock) -> PromiseRule | None:
        """The rule of promise *key* about a day, a week, a month, a survey or a shift."""
        return next((p for p in self.promises if p.key == key and p.on == "period"), None)
