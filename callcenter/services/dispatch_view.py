"""What the dispatcher sees: who waits, who can be sent and why, what is on the way, and who is free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import dispatching, reaching, refusals
from callcenter.domain.policy import Policy
from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Act, Assignment, Person, Promise, Refused, Staff, Ticket
from callcenter.domain.vocabulary import FIELDWORK, URGENT, Action, Because, Clock, Role, State, Status, SuspendReason, TicketType, Trade
from callcenter.services import many_tickets, numbers, permitted
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import AssignmentRow, CompoundRow, TicketRow

#: a list longer than this is no list; the rest is found under /tickets
MOST = 150
WAITING = (State.NEW, State.REWORK)
UNDER_WAY = (State.DISPATCHED, State.ACCEPTED, State.ON_SITE, State.SUSPENDED)
#: trades that never go out
_AT_THE_DESK = frozenset({Trade.CS, Trade.REFERRAL})
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
    since: datetime | None
    departed: bool
    asks: str  #: the handler's request to suspend
    choices: tuple[Choice, ...]

    @property
    def options(self) -> list[tuple[str, str]]:
        """Who else could have the job, for a list to choose from."""
        return [(c.user, " · ".join((c.name, *c.reasons))) for c in self.choices]


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody who can be sent today."""

    user: str
    name: str
    trades: str
    until: datetime | None
    jobs: int
    at: str  #: where they are working now
    certificates: tuple[tuple[str, bool], ...]  #: name, still valid


@dataclass(frozen=True, slots=True)
class Board:
    waiting: tuple[Waiting, ...]
    under_way: tuple[tuple[State, tuple[UnderWay, ...]], ...]
    on_duty: tuple[OnDuty, ...]
    left_out: int  #: tickets beyond what the lists hold


def may_enter(staff: Staff, user: str, roles: frozenset[str]) -> str | None:
    """None when *user* may dispatch now; for an agent while a dispatcher is on duty, that dispatcher's name."""
    if roles & {Role.DISPATCHER, Role.LEAD, Role.DEPT_HEAD, Role.SUPERVISOR, Role.PM}:
        return None
    on_duty = [staff.people[u].name for u in staff.holders(Role.DISPATCHER) if u != user]
    return "、".join(on_duty) or None


def board(hotline: Hotline, session: Session, user: str, now: datetime, language: str = "zh", compound: str | None = None) -> Board:
    """Everything on the dispatcher's page, for the compounds *user* answers for; the most urgent first."""
    staff = facts.staff(session, now)
    rows, left_out = _rows(session, staff, user, compound)
    tickets = many_tickets.load(session, rows)
    policies = {row.id: hotline.rulebook.of(session, row.policy_id) for row in rows}
    made = _Maker(policies, staff, user, now, language, {r.id: r.level for r in rows}, _voided(session, rows))
    waiting = sorted((made.waiting(t) for t in tickets if t.state in WAITING), key=_pressing)
    return Board(tuple(waiting), _by_state([made.under_way(t) for t in tickets if t.state in UNDER_WAY]),
                 _on_duty(staff, tickets, now, language, compound), left_out)


def compounds(session: Session, covered: frozenset[str]) -> dict[str, str]:
    """Code → name of the compounds a list may be narrowed to; nothing *covered* by name means all of them."""
    rows = session.execute(sa.select(CompoundRow.code, CompoundRow.name).order_by(CompoundRow.code))
    return {code: name for code, name in rows if not covered or code in covered}


def winner(session: Session, number: str) -> tuple[str, str, datetime] | None:
    """Who sent whom to the ticket last, and when: what the slower of two dispatchers is told."""
    row = session.scalar(sa.select(AssignmentRow).join(TicketRow, TicketRow.id == AssignmentRow.ticket_id)
                         .where(TicketRow.number == number, AssignmentRow.voided_at.is_(None)).order_by(AssignmentRow.id.desc()).limit(1))
    if row is None:
        return None
    people = Staff(facts.people(session), {})
    return name_of(people, row.by), name_of(people, row.to), row.at


def _rows(session: Session, staff: Staff, user: str, compound: str | None) -> tuple[list[TicketRow], int]:
    """Open fieldwork that waits or is under way, in the person's scope; and how many do not fit."""
    where = [TicketRow.type.in_(FIELDWORK), scope(staff, user, compound)]
    found: list[TicketRow] = []
    left_out = 0
    for states in (WAITING, UNDER_WAY):
        rows = list(session.scalars(sa.select(TicketRow).where(TicketRow.state.in_(states), *where)
                                    .order_by(TicketRow.received_at).limit(MOST + 1)))
        left_out += len(rows) > MOST
        found += [r for r in rows[:MOST] if r.type != TicketType.SPECIAL_SERVICE or r.details.get("quote_accepted_at") or states is UNDER_WAY]
    return found, left_out


def scope(staff: Staff, user: str, compound: str | None) -> sa.ColumnElement[bool]:
    """The compounds *user* answers for by badge and today's turn, narrowed to *compound*; tickets without a place are everybody's."""
    person, duty = staff.people.get(user), staff.duty.get(user)
    own = set(person.compounds) if person else set()
    if own and duty is not None and duty.compounds:
        own |= duty.compounds
    within = sa.or_(TicketRow.compound.in_(own), TicketRow.compound.is_(None)) if own else sa.true()
    return sa.and_(within, TicketRow.compound == compound) if compound else within


def _voided(session: Session, rows: Sequence[TicketRow]) -> dict[int, AssignmentRow]:
    """The last dispatch of each waiting ticket that came to nothing."""
    waiting = [row.id for row in rows if row.state in WAITING]
    found = many_tickets.of_tickets(session, AssignmentRow, waiting, AssignmentRow.voided_at.is_not(None))
    return {ticket_id: jobs[-1] for ticket_id, jobs in found.items()}


def waiting_words(ticket: Ticket, language: str) -> str:
    """What a handler who asks for a suspension waits for, and for how long; "" when nobody asks."""
    asked = ticket.details.get("suspend_asked")
    if not asked:
        return ""
    until = refusals.shown(asked["until"], language) if asked.get("until") else ""
    return " · ".join(part for part in (SuspendReason(asked["reason"]).label(language), until, asked.get("note")) if part)


def _pressing(waiting: Waiting) -> tuple[bool, bool, datetime, datetime]:
    """Running three minutes first: urgent work that is late already, then the nearest breach; what the customer agreed
    to wait for comes by its appointment."""
    job = waiting.job
    running = job.due is not None and job.due.running
    due = job.due.due_at if job.due and running else job.appointment_start or job.received_at
    return not running, not (job.urgent and job.status is Status.BROKEN), due, job.received_at


def _by_state(jobs: list[UnderWay]) -> tuple[tuple[State, tuple[UnderWay, ...]], ...]:
    return tuple((state, tuple(sorted((j for j in jobs if j.job.state is state), key=_nearest))) for state in UNDER_WAY)


def _nearest(under_way: UnderWay) -> tuple[bool, datetime]:
    job = under_way.job
    return job.due is None, job.due.due_at if job.due else job.received_at


@dataclass(frozen=True, slots=True)
class _Maker:
    """Turns tickets into what the page says of them, for one reader at one moment."""

    policies: dict[int, Policy]
    staff: Staff
    user: str
    now: datetime
    language: str
    levels: dict[int, int]
    voided: dict[int, AssignmentRow]

    def waiting(self, ticket: Ticket) -> Waiting:
        policy = self.policies[ticket.id]
        trades = dispatching.trades_for(policy, ticket)
        choices = self._choices(policy, ticket)
        arrival = ticket.running(Clock.ARRIVE_URGENT) or ticket.running(Clock.ARRIVE_APPT)
        return Waiting(
            self.job(ticket, (Clock.DISPATCH,)), ticket.details.get("offered_at"), arrival, self._before(ticket), choices,
            self._teams(policy, ticket), self._unfit(policy, ticket), self._vendors() if not choices else (),
            refusals.shown(trades, self.language))

    def under_way(self, ticket: Ticket) -> UnderWay:
        job, assigned = self.job(ticket, WATCHED[ticket.state]), ticket.assignment
        choices = self._choices(self.policies[ticket.id], ticket) if Action.REASSIGN in job.may else ()
        return UnderWay(job, name_of(self.staff, assigned.to) if assigned else "", _since(ticket, assigned),
                        bool(assigned and assigned.departed_at), waiting_words(ticket, self.language),
                        tuple(c for c in choices if c.user != ticket.assignee))

    def job(self, ticket: Ticket, clocks: tuple[Clock, ...]) -> Job:
        policy = self.policies[ticket.id]
        roles = reaching.roles_on(policy, self.staff, ticket, Act(Action.DISPATCH, self.user), self.now)
        due = next((p for c in clocks if (p := ticket.running(c) or ticket.promise(c)) is not None), None)
        category = policy.categories.get(ticket.category or "")
        return Job(
            ticket.number, ticket.type, ticket.state, ticket.type in URGENT or ticket.urgency == "urgent",
            category.label(self.language) if category else "", ticket.content, ticket.place, ticket.compound, ticket.customer_name,
            self._phone(ticket), name_of(self.staff, ticket.owner), ticket.received_at, ticket.registered_at,
            ticket.appointment_start, ticket.appointment_end, self.levels.get(ticket.id, 0), ticket.cycle, ticket.matter.urges,
            due, due.status(self.now) if due else Status.NONE, _allowed(policy, ticket, roles))

    def _phone(self, ticket: Ticket) -> str:
        seen = permitted.sees_phone(self.policies[ticket.id], self.staff, ticket, self.user, self.now)
        return (ticket.contact_phone or "") if seen else numbers.masked(ticket.contact_phone)

    def _choices(self, policy: Policy, ticket: Ticket) -> tuple[Choice, ...]:
        found = dispatching.candidates(policy, self.staff, ticket, self.now)
        return tuple(Choice(c.person.user, c.person.name, tuple(self._said(r) for r in c.reasons)) for c in found)

    def _said(self, pair: tuple[str, str]) -> str:
        return pair[1] if self.language.startswith("en") else pair[0]

    def _teams(self, policy: Policy, ticket: Ticket) -> tuple[Choice, ...]:
        """Trade teams, where the appointment is far enough ahead to name somebody later (4.2)."""
        start = ticket.appointment_start
        if start is None or start - self.now < policy.team_ahead:
            return ()
        teams = ((t, dispatching.members(self.staff, t, ticket.compound)) for t in dispatching.trades_for(policy, ticket))
        return tuple(Choice(t.value, t.label(self.language), tuple(self.staff.people[u].name for u in users)) for t, users in teams if users)

    def _unfit(self, policy: Policy, ticket: Ticket) -> tuple[Unfit, ...]:
        """People of the trade who cannot go: the dispatcher should not have to wonder."""
        trades = frozenset(dispatching.trades_for(policy, ticket))
        ours = (p for p in self.staff.people.values() if p.active and p.trades & trades)
        found = [(p, self._why(policy, ticket, p)) for p in sorted(ours, key=lambda p: p.user)]
        return tuple(Unfit(p.name, why) for p, why in found if why)

    def _why(self, policy: Policy, ticket: Ticket, person: Person) -> str:
        code = "owner_is_handler" if person.user == ticket.owner else dispatching.unfit(policy, self.staff, ticket, person, self.now)
        if code is None:
            return ""
        certificate = dispatching.certificate_needed(policy, ticket, person) or ""
        return refusals.text(Refused(code, person=person.name, trades="", certificate=certificate), self.language)

    def _vendors(self) -> tuple[Vendor, ...]:
        firms = sorted((p for p in self.staff.people.values() if p.active and Role.CONTRACTOR in p.roles), key=lambda p: p.user)
        return tuple(Vendor(p.user, p.name, refusals.shown(sorted(p.trades), self.language), p.phone) for p in firms)

    def _before(self, ticket: Ticket) -> str:
        row = self.voided.get(ticket.id)
        if row is None or row.cycle != ticket.cycle:
            return ""
        reason = Because(row.void_reason).label(self.language) if row.void_reason in set(Because) else row.void_reason or ""
        return f"{name_of(self.staff, row.to)}: {reason}"


def _allowed(policy: Policy, ticket: Ticket, roles: frozenset[Role]) -> frozenset[Action]:
    """What somebody with these roles may do to the ticket as it stands; asked once a ticket, for a whole list."""
    flow = policy.flows[ticket.type]
    steps = ((action, flow.next(ticket.state, action)) for action in flow.actions_from(ticket.state))
    return frozenset(action for action, step in steps if step is not None and step.who & roles)


def _since(ticket: Ticket, job: Assignment | None) -> datetime | None:
    """Since when it stands as it stands."""
    if job is None:
        return None
    return job.at if ticket.state is State.DISPATCHED else job.arrived_at or job.departed_at or job.accepted_at or job.at


def _on_duty(staff: Staff, tickets: Sequence[Ticket], now: datetime, language: str, compound: str | None) -> tuple[OnDuty, ...]:
    """Everybody of a trade on the roster now, the free first."""
    where = {t.assignee: t.place for t in tickets if t.state is State.ON_SITE}
    people = [p for u in staff.duty if (p := staff.people.get(u)) and p.active and p.covers(compound) and p.trades - _AT_THE_DESK]
    found = [OnDuty(p.user, p.name, refusals.shown(sorted(p.trades), language), staff.duty[p.user].until, staff.load.get(p.user, 0),
                    where.get(p.user, ""), tuple((name, until > now) for name, until in sorted(p.certificates.items()))) for p in people]
    return tuple(sorted(found, key=lambda p: (p.jobs > 0, p.trades, p.user)))


__all__ = ["MOST", "Board", "Choice", "Job", "OnDuty", "UnderWay", "Waiting", "board", "compounds", "may_enter", "scope", "winner"]
