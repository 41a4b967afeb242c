"""Many tickets read as the rules see them, in a handful of statements however many there are; records of forms are left out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Assignment, Escalated, Matter, Promise, Ticket
from callcenter.domain.vocabulary import Channel, Clock, Department, State, TicketType, Trigger, Urgency
from callcenter.storage import facts
from callcenter.storage.tables import AssignmentRow, EscalationRow, FormRow, MatterRow, PromiseRow, TicketRow

#: ids named in one statement
CHUNK = 900

Key = TypeVar("Key", int, str)
Row = TypeVar("Row", PromiseRow, AssignmentRow, EscalationRow, FormRow)


def load(session: Session, rows: Sequence[TicketRow]) -> list[Ticket]:
    """The tickets of *rows*, in their order, with promises, dispatches and open escalations."""
    ids = [row.id for row in rows]
    promises = of_tickets(session, PromiseRow, ids)
    jobs = of_tickets(session, AssignmentRow, ids)
    raised = of_tickets(session, EscalationRow, ids, EscalationRow.ended_at.is_(None))
    matters = _matters(session, [row.matter_id for row in rows])
    return [_ticket(row, matters[row.matter_id], [facts.promise(p) for p in promises[row.id]],
                    [_assignment(a) for a in jobs[row.id]], [_escalation(e) for e in raised[row.id]]) for row in rows]


def of_tickets(session: Session, table: type[Row], ids: Sequence[int], *only: sa.ColumnElement[bool]) -> dict[int, list[Row]]:
    """The rows of *table* that belong to these tickets, oldest first, by ticket; no entry is missing."""
    found: dict[int, list[Row]] = defaultdict(list)
    for part in chunks(ids):
        for row in session.scalars(sa.select(table).where(table.ticket_id.in_(part), *only).order_by(table.id)):
            found[row.ticket_id or 0].append(row)
    return found


def chunks(ids: Sequence[Key]) -> Iterable[Sequence[Key]]:
    """The ids, or numbers, in pieces that a statement can name."""
    return (ids[start:start + CHUNK] for start in range(0, len(ids), CHUNK))


def _matters(session: Session, ids: Sequence[int]) -> dict[int, Matter]:
    rows = [row for part in chunks(sorted(set(ids))) for row in session.scalars(sa.select(MatterRow).where(MatterRow.id.in_(part)))]
    return {r.id: Matter(r.id, r.received_at, r.postponements, r.urges, r.last_urge_at, r.repeat_contacts, r.dissatisfied_rounds)
            for r in rows}


def _assignment(row: AssignmentRow) -> Assignment:
    return Assignment(row.to, row.at, row.by, row.team, row.accepted_at, row.departed_at, row.arrived_at, row.voided_at, row.cycle, row.id)


def _escalation(row: EscalationRow) -> Escalated:
    clock = Clock(row.clock) if row.clock else None
    return Escalated(row.id, row.level, Trigger(row.trigger), row.at, row.acknowledged_at, clock, tuple(row.told))


def _ticket(row: TicketRow, matter: Matter, promises: list[Promise], jobs: list[Assignment], raised: list[Escalated]) -> Ticket:
    return Ticket(
        id=row.id, number=row.number, type=TicketType(row.type), state=State(row.state), category=row.category,
        urgency=Urgency(row.urgency), channel=Channel(row.channel), compound=row.compound, place=row.place, content=row.content,
        customer_name=row.customer_name, contact_phone=row.contact_phone, received_at=row.received_at,
        registered_at=row.registered_at, promise_at=row.promise_at, first_responder=row.first_responder, registrar=row.registrar,
        owner=row.owner, matter=matter, cycle=row.cycle, cycle_started_at=row.cycle_started_at,
        acting_follower=row.acting_follower, receiver=row.receiver, specialist=row.specialist,
        appointment_start=row.appointment_start, appointment_end=row.appointment_end, accused=tuple(row.accused),
        department=Department(row.department) if row.department else None,
        suspended_from=State(row.suspended_from) if row.suspended_from else None, suspend_reason=row.suspend_reason,
        suspensions=row.suspensions, signed=row.signed, callback_needed=row.callback_needed, attempts=row.attempts,
        completed_by=row.completed_by, completed_at=row.completed_at, closed_at=row.closed_at, evidence=row.evidence,
        merged_into=row.merged_into, details=row.details, promises=tuple(promises), assignments=tuple(jobs),
        escalations=tuple(raised))
