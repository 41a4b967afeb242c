"""What somebody out in the compound needs on a phone: their jobs, the one next step of each, and jobs open to all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Promise, Staff, Ticket
from callcenter.domain.vocabulary import COMPLAINTS, FIELDWORK, URGENT, Action, Clock, Role, State, TicketType
from callcenter.services import many_tickets, numbers, permitted
from callcenter.services.dispatch.board import WATCHED, scope, waiting_words
from callcenter.services.field import photos
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.field_tables import AttachmentRow
from callcenter.storage.tables import CustomerRow, TicketRow

MOST = 60
#: a job stays on the handler's page until its slip is back
MINE = (State.DISPATCHED, State.ACCEPTED, State.ON_SITE, State.SUSPENDED, State.COMPLETED)
#: what an office department answers for
DEPARTMENTS = (*sorted(COMPLAINTS), TicketType.SUGGESTION)
#: acts offered beside the next step, in this order
BESIDE = (Action.MAKE_SAFE, Action.NO_ACCESS, Action.PRE_VISIT_CALL, Action.AGREE_APPOINTMENT, Action.SUSPEND, Action.ASK_SUSPEND,
          Action.REJECT, Action.NOTE)


#: the way of a job outside
WALK = (Action.ACCEPT, Action.DEPART, Action.ARRIVE, Action.COMPLETE)


@dataclass(frozen=True, slots=True)
class Job:
    """One job as its handler sees it."""

    ticket: Ticket
    category: str
    urgent: bool
    mine: bool  #: False: open to whoever takes it first
    next: Action | None
    beside: tuple[Action, ...]
    due: Promise | None
    clock: Clock | None
    phone: str  #: the whole number where the person may ring it, else masked, else ""
    may_ring: bool
    care: str  #: what to mind on this household
    owner: str
    signature: bool  #: the customer must sign
    waits: str  #: what the person has asked to wait for
    departed: bool
    reject_only: bool  #: dispatched, not accepted: the only other way is to give it back
    pays: bool  #: the customer pays for it, or has been quoted a price
    quoted: float | None  #: what the customer agreed to
    coded: bool  #: the customer was told a code for the arrival
    photos: tuple[AttachmentRow, ...]

    @property
    def number(self) -> str:
        return self.ticket.number


@dataclass(frozen=True, slots=True)
class Field:
    jobs: tuple[Job, ...]
    offered: tuple[Job, ...]
    slips: tuple[Job, ...]


def field(hotline: Hotline, session: Session, user: str, now: datetime, language: str = "zh") -> Field:
    """The jobs of *user*: nearest promise first; then slips to return, then jobs open to everybody qualified."""
    staff = facts.staff(session, now)
    rows = _mine(session, staff, user)
    mine = _made(hotline, session, staff, rows, user, now, language, mine=True)
    offered = _made(hotline, session, staff, _offered(session, staff, user), user, now, language, mine=False)
    jobs = sorted((j for j in mine if j.ticket.state is not State.COMPLETED), key=_nearest)
    slips = sorted((j for j in mine if j.ticket.state is State.COMPLETED), key=_nearest)
    return Field(tuple(jobs), tuple(sorted((j for j in offered if j.next), key=_nearest)), tuple(slips))


def _mine(session: Session, staff: Staff, user: str) -> list[TicketRow]:
    """Sent to the person or to their team; for the head of an office department, what was handed over to it."""
    person = staff.people.get(user)
    if person is None:
        return []
    teams = [t.value for t in person.trades] if Role.CONTRACTOR not in person.roles else []
    mine: sa.ColumnElement[bool] = TicketRow.assignee.in_([user, *teams])
    if Role.DEPT_HEAD in staff.roles(user):
        handed = sa.and_(TicketRow.type.in_(DEPARTMENTS), TicketRow.department == person.department, scope(staff, user, None))
        mine = sa.or_(mine, handed)
    return list(session.scalars(sa.select(TicketRow).where(TicketRow.state.in_(MINE), mine).order_by(TicketRow.received_at.desc()).limit(MOST)))


def _offered(session: Session, staff: Staff, user: str) -> list[TicketRow]:
    """Fieldwork nobody has been sent to; whether it is open to all and to this person is judged after."""
    person = staff.people.get(user)
    if person is None or not person.trades or Role.CONTRACTOR in person.roles:
        return []
    rows = session.scalars(sa.select(TicketRow).where(
        TicketRow.state.in_([State.NEW, State.REWORK]), TicketRow.type.in_(FIELDWORK), scope(staff, user, None))
        .order_by(TicketRow.received_at).limit(MOST * 3))
    return [row for row in rows if row.details.get("offered_at")]


def _made(hotline: Hotline, session: Session, staff: Staff, rows: Sequence[TicketRow], user: str, now: datetime,
          language: str, mine: bool) -> list[Job]:
    policies = {row.id: hotline.rulebook.of(session, row.policy_id) for row in rows}
    care = _care(session, [row.customer_id for row in rows if row.customer_id])
    flags = {row.id: care.get(row.customer_id or 0, "") for row in rows}
    pictures = photos.of_tickets(session, [row.id for row in rows])
    jobs = []
    for ticket in many_tickets.load(session, rows):
        policy = policies[ticket.id]
        may = permitted.permitted_on(policy, staff, ticket, user, now)
        category = policy.categories.get(ticket.category or "")
        due = next((p for c in _clocks(ticket) if (p := ticket.running(c)) is not None), None)
        ring = permitted.sees_phone(policy, staff, ticket, user, now) and bool(ticket.contact_phone)
        jobs.append(Job(
            ticket, category.label(language) if category else "", ticket.type in URGENT or ticket.urgency == "urgent", mine,
            next_step(ticket, may), _beside(ticket, may), due, due.key if due else None, _phone(staff, ticket, user, ring), ring, flags[ticket.id],
            name_of(staff, ticket.owner), ticket.type in policy.signature, waiting_words(ticket, language),
            bool(ticket.assignment and ticket.assignment.departed_at), Action.REJECT in may,
            bool(category and category.payable) or ticket.type is TicketType.SPECIAL_SERVICE or ticket.details.get("quoted_amount") is not None,
            ticket.details.get("quoted_amount"), bool(ticket.contact_phone), tuple(pictures.get(ticket.id, ()))))
    return jobs


def _clocks(ticket: Ticket) -> tuple[Clock, ...]:
    if ticket.state is State.COMPLETED:
        return (Clock.SLIP_RETURN,)
    if ticket.type in DEPARTMENTS:
        return (Clock.FEEDBACK, Clock.COMPLETION)
    return WATCHED.get(ticket.state, (Clock.DISPATCH,))


def next_step(ticket: Ticket, may: Sequence[Action]) -> Action | None:
    """The one thing to do now, of what the person may do; None when it is somebody else's turn."""
    job = ticket.assignment
    wish: tuple[Action, ...] = {
        State.NEW: (Action.ACCEPT,), State.REWORK: (Action.ACCEPT,), State.DISPATCHED: (Action.ACCEPT,),
        State.ACCEPTED: (Action.ARRIVE, Action.REPLY) if job is None or job.departed_at else (Action.DEPART, Action.ARRIVE),
        State.ON_SITE: (Action.COMPLETE, Action.REPLY), State.SUSPENDED: (Action.RESUME,), State.COMPLETED: (Action.RETURN_SLIP,),
    }.get(ticket.state, ())
    return next((action for action in wish if action in may), None)


def stages(job: Job) -> tuple[Action, ...]:
    """The next step and those after it, in order: a telephone without network goes on from one to the other by itself."""
    if job.next is None or job.next not in WALK or not job.mine or job.ticket.type not in FIELDWORK:
        return (job.next,) if job.next else ()
    return WALK[WALK.index(job.next):]


def _beside(ticket: Ticket, may: Sequence[Action]) -> tuple[Action, ...]:
    fits = ticket.type is TicketType.URGENT_REPAIR and not ticket.details.get("made_safe_at")
    own = Action.SUSPEND in may  # who may decide need not ask
    return tuple(a for a in BESIDE if a in may and (a is not Action.MAKE_SAFE or fits) and not (own and a is Action.ASK_SUSPEND))


def _phone(staff: Staff, ticket: Ticket, user: str, ring: bool) -> str:
    """The number to ring; masked until the job is accepted; nothing for outside firms, ever."""
    if ring:
        return ticket.contact_phone or ""
    return "" if Role.CONTRACTOR in staff.roles(user) else numbers.masked(ticket.contact_phone)


def _care(session: Session, ids: Sequence[int]) -> dict[int, str]:
    rows = [r for part in many_tickets.chunks(sorted(set(ids))) for r in session.execute(
        sa.select(CustomerRow.id, CustomerRow.care_flag).where(CustomerRow.id.in_(part), CustomerRow.care_flag.is_not(None)))]
    return {id_: flag or "" for id_, flag in rows}


def _nearest(job: Job) -> tuple[bool, bool, datetime]:
    """Urgent ones on top, then what falls due first."""
    return not job.urgent, job.due is None, job.due.due_at if job.due else job.ticket.received_at
