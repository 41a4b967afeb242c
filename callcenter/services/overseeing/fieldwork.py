"""Who is at which job now: the step, since when, and whether its promise is late; and who on duty has none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import FIELDWORK, URGENT, Clock, Role, State, TicketType, Urgency, Word
from callcenter.services import masking
from callcenter.services.views.ticket_list import still_running
from callcenter.storage.tables import AssignmentRow, PromiseRow, TicketRow

#: lines of the list
MOST = 60
#: a job is somebody's from being sent until it is done
_AT_WORK = (State.DISPATCHED, State.ACCEPTED, State.ON_SITE)
#: the promises a handler keeps; a late one of these marks the job
_THEIRS = (Clock.ACCEPT, Clock.ARRIVE_URGENT, Clock.ARRIVE_APPT, Clock.MAKE_SAFE, Clock.COMPLETION)


class Step(Word):
    """How far somebody is with the job."""

    SENT = "sent", "已派，未接单", "Sent, not accepted"
    ACCEPTED = "accepted", "已接单，未出发", "Accepted, not left"
    ON_THE_WAY = "on_the_way", "在路上", "On the way"
    ON_SITE = "on_site", "在现场", "On site"
    FREE = "free", "空闲", "Free"


@dataclass(frozen=True, slots=True)
class AtWork:
    """Somebody and the job they have; on duty without one: no number."""

    name: str
    step: Step
    since: datetime | None
    number: str = ""
    type: TicketType | None = None
    urgent: bool = False
    place: str = ""  #: a home only to its building
    due_at: datetime | None = None  #: of the promise of theirs that falls due first
    late: bool = False


def at_work(session: Session, staff: Staff, within: sa.ColumnElement[bool], now: datetime) -> list[AtWork]:
    """Jobs under way, the late ones first, then by the promise that falls due; technicians on duty without one at the end."""
    rows = session.execute(
        sa.select(AssignmentRow, TicketRow).join(TicketRow, TicketRow.id == AssignmentRow.ticket_id)
        .where(TicketRow.state.in_(_AT_WORK), TicketRow.type.in_(FIELDWORK), AssignmentRow.voided_at.is_(None),
               AssignmentRow.cycle == TicketRow.cycle, within).order_by(AssignmentRow.id.desc()).limit(MOST)).all()
    due = _due(session, [ticket.id for _, ticket in rows])
    jobs = [_job(sent, ticket, staff, due.get(ticket.id), now) for sent, ticket in rows]
    jobs.sort(key=lambda j: (not j.late, j.due_at is None, j.due_at or j.since or now))
    busy = {sent.to for sent, _ in rows}
    return [*jobs, *(AtWork(name_of(staff, user), Step.FREE, None) for user in staff.holders(Role.TECHNICIAN) if user not in busy)]


def _due(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When the first promise of each job's handler falls due."""
    rows = session.execute(sa.select(PromiseRow.ticket_id, sa.func.min(PromiseRow.due_at)).where(
        PromiseRow.ticket_id.in_(ids), PromiseRow.clock.in_(_THEIRS), still_running()).group_by(PromiseRow.ticket_id))
    return {ticket_id: at for ticket_id, at in rows if ticket_id is not None}


def _job(sent: AssignmentRow, ticket: TicketRow, staff: Staff, due_at: datetime | None, now: datetime) -> AtWork:
    step, since = _step(sent)
    type_ = TicketType(ticket.type)
    return AtWork(name_of(staff, sent.to), step, since, ticket.number, type_, type_ in URGENT or ticket.urgency == Urgency.URGENT,
                  masking.place(ticket.place, ticket.room_id is not None), due_at, due_at is not None and due_at < now)


def _step(sent: AssignmentRow) -> tuple[Step, datetime]:
    """The furthest step taken, and when it was."""
    if sent.arrived_at is not None:
        return Step.ON_SITE, sent.arrived_at
    if sent.departed_at is not None:
        return Step.ON_THE_WAY, sent.departed_at
    if sent.accepted_at is not None:
        return Step.ACCEPTED, sent.accepted_at
    return Step.SENT, sent.at
