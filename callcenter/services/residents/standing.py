"""Where a matter stands, as its customer may read it: no telephone, no full address, no note of the house, nothing of a neighbour's."""

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import dispatching, residents
from callcenter.domain.photographs import Photograph
from callcenter.domain.policy import Category
from callcenter.domain.residents import Happening, Next, Stand, Step
from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Staff, Ticket
from callcenter.domain.vocabulary import FIELDWORK, OPEN, Action, Clock, ContactResult, Role, Satisfaction, State, TicketType, Trade
from callcenter.services import masking
from callcenter.services.field import arrivals
from callcenter.services.hotline import Hotline
from callcenter.services.residents import picturing
from callcenter.services.residents.opening import Opened
from callcenter.storage import facts
from callcenter.storage.tables import EventRow

#: a telephone number in what somebody wrote
_NUMBER = re.compile(r"\+?\d[\d\- ]{5,}\d")
#: the newest are shown
MOST = 40


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the history."""

    at: datetime
    what: Happening
    words: str = ""  #: the customer's own


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything the page shows."""

    number: str
    type: TicketType
    category: Category | None
    place: str
    content: str
    received_at: datetime
    state: State
    steps: list[tuple[Step, str]]
    stand: Stand
    next: Next
    owner: str
    technician: str | None
    team: Trade | None
    code: str | None
    visit: str  #: the ticket under which somebody comes
    arrive_by: datetime | None
    appointment: datetime | None
    promise_at: datetime | None
    late: bool
    paused: bool  #: the promise stands still while the work cannot go on
    moved: bool
    history: list[Told]
    photos: list[tuple[int, Photograph]]  #: their ids, the oldest first
    may_rate: bool
    may_speak: bool
    may_wish: bool  #: for a time: somebody is still to come
    may_urge: bool
    urge_again_at: datetime | None  #: asked again so lately that asking once more changes nothing before then
    satisfaction: Satisfaction | None
    merged: bool

    @property
    def open(self) -> bool:
        return self.state in OPEN


def standing(hotline: Hotline, session: Session, opened: Opened, now: datetime) -> Standing:
    """The page behind a link at *now*."""
    row, on = opened.row, opened.going_on
    policy, staff, ticket = hotline.rulebook.of(session, on.policy_id), facts.staff(session, now), facts.ticket(session, on)
    open_ = ticket.state in OPEN
    arrive, pause = ticket.running(Clock.ARRIVE_URGENT), policy.escalation.urge_every
    urged = ticket.matter.last_urge_at
    due, paused = _promised(ticket)
    technician, team = _technician(staff, ticket) if opened.own else (None, None)
    return Standing(
        number=row.number, type=TicketType(row.type), category=policy.categories.get(row.category or ""),
        place=masking.place(row.place, row.room_id is not None), content=unnamed(row.content, row.customer_name, row.place),
        received_at=row.received_at, state=ticket.state, steps=residents.steps(ticket), stand=residents.stand(ticket),
        next=residents.follows(ticket) if opened.own else Next.TOGETHER, owner=name_of(staff, ticket.owner), technician=technician, team=team,
        code=arrivals.code(session, on) if opened.own and _expected(ticket) else None, visit=on.number,
        arrive_by=arrive.due_at if arrive and open_ else None,
        appointment=on.appointment_start if opened.own and _ahead(ticket) else None,
        promise_at=due, late=due is not None and now > due and not paused, paused=paused,
        moved=ticket.matter.postponements > 0 and _unfinished(ticket), history=_history(session, row.id),
        photos=[(p.id, Photograph(p.kind)) for p in picturing.seen(session, opened)],
        may_rate=opened.own and policy.flows[ticket.type].next(ticket.state, Action.CUSTOMER_REPLY) is not None and not ticket.details.get("answer"),
        may_speak=opened.own and open_, may_wish=opened.own and _ahead(ticket),
        may_urge=_unfinished(ticket) and policy.flows[ticket.type].next(ticket.state, Action.URGE) is not None,
        urge_again_at=urged + pause if urged is not None and now - urged < pause else None,
        satisfaction=_satisfaction(ticket) if opened.own else None, merged=row.id != on.id)


def unnamed(text: str, name: str, place: str) -> str:
    """What was written down about the matter, without the name, the full address and any telephone number in it."""
    for secret, shown in ((place, masking.place(place, True)), (name, masking.name(name))):
        if len(secret) > 1:
            text = text.replace(secret, shown)
    return _NUMBER.sub(lambda found: masking.phone(found[0]), text)


def _unfinished(ticket: Ticket) -> bool:
    return ticket.state in OPEN and ticket.state not in (State.COMPLETED, State.VERIFYING, State.CALLBACK_DUE)


def _promised(ticket: Ticket) -> tuple[datetime | None, bool]:
    """Until when it is promised, and whether that stands still at present."""
    if not _unfinished(ticket):
        return None, False
    running = ticket.running(Clock.COMPLETION)
    return (running.due_at, running.paused_at is not None) if running else (ticket.promise_at, False)


def _ahead(ticket: Ticket) -> bool:
    return ticket.type in FIELDWORK and ticket.state in (State.NEW, State.DISPATCHED, State.ACCEPTED, State.REWORK)


def _expected(ticket: Ticket) -> bool:
    """Somebody was sent and is not there yet."""
    return ticket.type in FIELDWORK and ticket.state in (State.DISPATCHED, State.ACCEPTED) and ticket.assignment is not None


def _technician(staff: Staff, ticket: Ticket) -> tuple[str | None, Trade | None]:
    """Who comes: by what they are called at the door, or the team."""
    if ticket.type not in FIELDWORK or ticket.assignment is None or not _unfinished(ticket):
        return None, None
    person = staff.people.get(ticket.assignment.to)
    if person is None:
        return None, dispatching.team_of(ticket.assignment.to)
    return person.name.split()[0] if " " in person.name else person.name[:1], None


def _satisfaction(ticket: Ticket) -> Satisfaction | None:
    """What the customer said themselves of this round's work."""
    since = ticket.cycle_started_at or ticket.registered_at
    said = [f.fields["satisfaction"] for f in ticket.records("F04") if f.fields.get("kind") == Action.CUSTOMER_REPLY and f.at >= since]
    return Satisfaction(said[-1]) if said else None


def _history(session: Session, ticket_id: int) -> list[Told]:
    """What its customer hears of, the newest first."""
    rows = session.scalars(sa.select(EventRow).where(
        EventRow.ticket_id == ticket_id, sa.or_(EventRow.action.in_([*residents.TOLD, *residents.CALLS]),
                                                sa.and_(EventRow.action == Action.NOTE, EventRow.by == Role.CUSTOMER)))
        .order_by(EventRow.id.desc()).limit(MOST))
    return [told for told in map(_told, rows) if told is not None]


def _told(row: EventRow) -> Told | None:
    fields = row.data.get("fields") or {}
    if row.action == Action.NOTE:
        words = str(fields.get("text") or "").removeprefix(residents.WISH)
        return Told(row.at, Happening.WISHED if fields.get("wish") else Happening.SAID, words)
    if row.action in residents.CALLS:
        return Told(row.at, Happening.CALLED) if fields.get("contact_result") == ContactResult.REACHED else None
    return Told(row.at, residents.TOLD[row.action])
