"""One ticket as its page shows it: cut to what its reader may see, with its promises, its timeline and the acts open to them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import dispatching, reaching
from callcenter.domain.policy import Category, Policy
from callcenter.domain.ticket import Form, Person, Promise, Refused, Staff, Ticket
from callcenter.domain.vocabulary import Action, Clock, Department, State, Status
from callcenter.services import numbers, permitted
from callcenter.services.dispatch.board import waiting_words
from callcenter.services.hotline import Hotline
from callcenter.services.views import ticket_list, ticket_story
from callcenter.services.views.ticket_list import FOLLOW_UP_CLOCKS
from callcenter.storage import facts
from callcenter.storage.tables import CompoundRow, CustomerRow, EscalationRow, RoomRow, TicketRow

#: these end a ticket; they stand apart from the next step
ENDING = (Action.CANCEL, Action.MERGE, Action.CLOSE_UNSATISFIED, Action.DECLINE_QUOTE)


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """One promise as it stands: what it is, until when, and what became of it."""

    promise: Promise
    status: Status
    by: timedelta | None  #: how late it was kept, or is by now
    moved: bool  #: not the time first promised
    paused: bool

    @property
    def clock(self) -> Clock:
        return self.promise.key


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody of the household."""

    name: str
    relation: str
    phone: str | None
    care: str | None
    window: str | None
    do_not_call: bool


@dataclass(frozen=True, slots=True)
class Household:
    """Where it is and who lives there."""

    compound: str | None
    room: str | None
    state: str | None
    handed_over: datetime | None
    residents: tuple[Resident, ...]


@dataclass(frozen=True, slots=True)
class Raised:
    """An escalation that is still open."""

    level: int
    reason: str
    clock: Clock | None
    at: datetime
    told: tuple[str, ...]
    acknowledged_by: str | None
    due_at: datetime | None  #: until when somebody must take it up


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Everything the page of one ticket shows to one reader."""

    ticket: Ticket
    policy: Policy
    state: State
    level: int
    category: Category | None
    department: Department
    phone: str | None
    phone_whole: bool
    handlers: tuple[str, ...]
    promises: tuple[PromiseLine, ...]
    household: Household
    raised: tuple[Raised, ...]
    story: tuple[ticket_story.Entry, ...]
    next_acts: tuple[Action, ...]
    other_acts: tuple[Action, ...]
    ending_acts: tuple[Action, ...]
    merged: tuple[str, ...]  #: numbers that were merged into this one
    people: dict[str, Person]
    waits: str = ""  #: what the handler has asked to wait for

    @property
    def days(self) -> list[tuple[datetime, str, list[ticket_story.Entry]]]:
        """The timeline by local day."""
        return ticket_story.by_day(self.story)

    def name(self, user: str | None) -> str:
        """The person's name; the user name where the register does not know them."""
        return self.people[user].name if user in self.people else user or ""


def page(hotline: Hotline, session: Session, number: str, user: str, now: datetime, language: str = "zh") -> TicketPage:
    """
    The ticket as *user* may see it.

    Raises:
        Refused: "unknown_ticket" when there is none, or none for this reader.
    """
    row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
    if row is None:
        raise Refused("unknown_ticket", number=number)
    policy, staff, ticket = hotline.rulebook.of(session, row.policy_id), facts.staff(session, now), facts.ticket(session, row)
    if not permitted.may_read(policy, staff, ticket, user):
        raise Refused("unknown_ticket", number=number)
    return replace(_page(session, row, policy, staff, ticket, user, now), waits=waiting_words(ticket, language))


def _page(session: Session, row: TicketRow, policy: Policy, staff: Staff, ticket: Ticket, user: str, now: datetime) -> TicketPage:
    blind, whole = permitted.blind_to_follow_up(staff, user), permitted.sees_phone(policy, staff, ticket, user, now)
    acts = permitted.permitted_on(policy, staff, ticket, user, now)
    moving, other, ending = _sorted_acts(policy, ticket, acts)
    return TicketPage(
        ticket=ticket, policy=policy, state=shown_state(ticket, blind), level=row.level,
        category=policy.categories.get(ticket.category or ""), department=dispatching.department_for(policy, ticket),
        phone=shown_phone(staff, ticket, user, whole), phone_whole=whole,
        handlers=tuple(reaching.handlers(staff, ticket)) or tuple(u for u in [ticket.assignee] if u),
        promises=tuple(promise_lines(ticket.promises, now, blind)), household=_household(session, row, whole),
        raised=tuple(r for r in _raised(session, row, ticket) if not (blind and r.clock in FOLLOW_UP_CLOCKS)),
        story=tuple(ticket_story.story(session, [row, *_of_one_matter(session, row, policy, staff, user)], staff, user, blind=blind, phone=whole)),
        next_acts=moving, other_acts=other, ending_acts=ending, merged=_merged(session, row), people=dict(staff.people))


def _of_one_matter(session: Session, row: TicketRow, policy: Policy, staff: Staff, user: str) -> list[TicketRow]:
    """The other tickets of the matter that the reader may open: merged into this one, registered anew."""
    return list(session.scalars(sa.select(TicketRow).where(
        TicketRow.matter_id == row.matter_id, TicketRow.id != row.id, ticket_list.scope(staff, policy, user)).order_by(TicketRow.id)))


def shown_state(ticket: Ticket, blind: bool) -> State:
    """The state; somebody who may not know of follow-up calls sees the work as completed (CB13)."""
    return State.COMPLETED if blind and ticket.state is State.CALLBACK_DUE else ticket.state


def shown_phone(staff: Staff, ticket: Ticket, user: str, whole: bool) -> str | None:
    """The number as this reader sees it: whole, masked, or, for outside firms, not at all."""
    if whole:
        return ticket.contact_phone
    office = bool(staff.roles(user) & permitted.OFFICE)
    return numbers.masked(ticket.contact_phone) if office and ticket.contact_phone else None


def promise_lines(held: Iterable[Promise], now: datetime, blind: bool = False) -> list[PromiseLine]:
    """The running ones first, by due time; then what became of the others, the newest first."""
    unseen = {Clock.ESCALATION_ACK} | (FOLLOW_UP_CLOCKS if blind else frozenset())  # escalations count down beside their level
    made = [_promise_line(p, now) for p in held if p.key not in unseen]
    running = sorted((p for p in made if p.promise.running), key=lambda p: p.promise.due_at)
    done = sorted((p for p in made if not p.promise.running), key=lambda p: p.promise.due_at, reverse=True)
    return running + done


def _promise_line(promise: Promise, now: datetime) -> PromiseLine:
    status = promise.status(now)
    until = promise.kept_at or promise.voided_at or promise.paused_at or now
    by = until - promise.due_at if status is Status.BROKEN and until > promise.due_at else None
    return PromiseLine(promise, status, by, promise.due_at != promise.first_due_at, promise.running and promise.paused_at is not None)


def _sorted_acts(policy: Policy, ticket: Ticket, acts: list[Action]) -> tuple[tuple[Action, ...], ...]:
    """What moves the ticket on, what else may be done, and what ends it."""
    flow = policy.flows[ticket.type]
    ending = [a for a in acts if a in ENDING]
    steps = ((a, flow.next(ticket.state, a)) for a in acts if a not in ENDING)
    moving = [a for a, step in steps if step is not None and (step.after is not None or a is Action.ACKNOWLEDGE)]
    other = [a for a in acts if a not in ending and a not in moving]
    return tuple(reversed(moving)) if ticket.state is State.CALLBACK_DUE else tuple(moving), tuple(other), tuple(ending)


def _household(session: Session, row: TicketRow, whole: bool) -> Household:
    room = session.get(RoomRow, row.room_id) if row.room_id else None
    compound = session.get(CompoundRow, row.compound) if row.compound else None
    rows = session.scalars(sa.select(CustomerRow).where(
        CustomerRow.room_id == row.room_id, CustomerRow.valid_to.is_(None)).order_by(CustomerRow.id)) if room else ()
    residents = tuple(Resident(c.name, c.relation, c.phone if whole else None, c.care_flag, c.preferred_window, c.do_not_call) for c in rows)
    handed_over = room.handed_over_at if room else compound.handed_over_at if compound else None
    return Household(compound.name if compound else None, room.text if room else None, room.state if room else None, handed_over, residents)


def _raised(session: Session, row: TicketRow, ticket: Ticket) -> list[Raised]:
    due = {p.about: p.due_at for p in ticket.promises if p.key is Clock.ESCALATION_ACK and p.running}
    rows = session.scalars(sa.select(EscalationRow).where(
        EscalationRow.ticket_id == row.id, EscalationRow.ended_at.is_(None)).order_by(EscalationRow.level.desc(), EscalationRow.id))
    return [Raised(e.level, e.reason, Clock(e.clock) if e.clock else None, e.at, tuple(e.told), e.acknowledged_by,
                   due.get(str(e.id))) for e in rows]


def _merged(session: Session, row: TicketRow) -> tuple[str, ...]:
    return tuple(session.scalars(sa.select(TicketRow.number).where(TicketRow.merged_into == row.number).order_by(TicketRow.id)))


def opening(ticket: Ticket) -> Form | None:
    """The form the ticket was registered on (F02, F05 … F08)."""
    found = [f for f in ticket.forms if f.code in ("F02", "F05", "F06", "F07", "F08", "F18")]
    return found[0] if found else None
