"""What a report counts: calls, tickets, events, promises and records of a window, read anew from the rows every time."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Person, Promise
from callcenter.domain.vocabulary import COMPLAINTS, DEPARTMENT_OF, ENDED, OPEN, Clock, Department, State, Status, TicketType, Trade
from callcenter.services import masking
from callcenter.storage import facts
from callcenter.storage.tables import AssignmentRow, CallRow, EscalationRow, EventRow, FormRow, PromiseRow, ShiftRow, TicketRow

#: rows are read by this many ids at a time
PAGE = 900


@dataclass(frozen=True, slots=True)
class Facts:
    """One window as it stood at its end."""

    policy: Policy
    since: datetime
    until: datetime
    people: dict[str, Person]
    tickets: dict[int, TicketRow]
    calls: list[CallRow]
    events: list[EventRow]
    forms: list[FormRow]
    shifts: list[ShiftRow]
    #: promises that ended in the window or were running when it ended
    promises: list[tuple[int, Promise]]
    #: the state at the window's end of every ticket that was open then
    open_at_end: dict[int, State]
    assignments: dict[int, list[AssignmentRow]] = field(default_factory=dict)
    escalations: dict[int, list[EscalationRow]] = field(default_factory=dict)

    def name(self, user: str | None) -> str:
        return self.people[user].name if user in self.people else (user or "")

    def opened(self) -> list[TicketRow]:
        """Tickets registered in the window."""
        return [t for t in self.tickets.values() if self.since <= t.registered_at < self.until]

    def acted(self, action: str) -> list[EventRow]:
        """What was done in the window and not refused."""
        return [e for e in self.events if e.action == action]

    def ended(self) -> list[tuple[TicketRow, EventRow]]:
        """Tickets that ended in the window, by the event that ended them."""
        return [(self.tickets[e.ticket_id], e) for e in self.events
                if e.ticket_id is not None and e.after in ENDED and e.before not in ENDED]

    def broken(self, *clocks: Clock) -> list[tuple[TicketRow, Promise]]:
        """Promises that fell due in the window and were not kept in time, judged by their times alone."""
        return [(self.tickets[id_], p) for id_, p in self.promises
                if p.key in clocks and self.since <= p.due_at < self.until and p.status(self.until) is Status.BROKEN]

    def answers(self) -> list[FormRow]:
        """Follow-up calls of the window (F04) that were made, answered or not."""
        return [f for f in self.forms if f.code == "F04" and f.fields.get("contact_result")]

    def place(self, ticket: TicketRow) -> str:
        return masking.place(ticket.place, ticket.room_id is not None)

    def department(self, ticket: TicketRow) -> Department:
        """The department that answers for the ticket."""
        return department_of(self.policy, named(ticket.type, ticket.department, ticket.details), ticket.category, TicketType(ticket.type))


_USUAL = {TicketType.COMPLAINT_SERVICE: Trade.CS, TicketType.SUGGESTION: Trade.CS, TicketType.INQUIRY: Trade.CS, TicketType.PRAISE: Trade.CS,
          TicketType.HELP_ORDER: Trade.GUARD}


def named(type_: str, department: str | None, details: Mapping[str, Any]) -> str | None:
    """The department named on a ticket; a complaint is the accused department's from its registration, also before it is handed over."""
    return department or (details.get("accused_dept") if type_ in COMPLAINTS else None)


def department_of(policy: Policy, named: str | None, code: str | None, type_: TicketType) -> Department:
    """The department named on a ticket, else that of its category's trade, else that of its type."""
    if named:
        return Department(named)
    category = policy.categories.get(code or "")
    trade = category.trades[0] if category and category.trades else _USUAL.get(type_, Trade.HANDYMAN)
    return DEPARTMENT_OF.get(trade, Department.ENGINEERING)


def read(policy: Policy, session: Session, since: datetime, until: datetime) -> Facts:
    """The window from *since* to, not including, *until*."""
    events = list(session.scalars(sa.select(EventRow).where(
        EventRow.at >= since, EventRow.at < until, sa.not_(EventRow.action.startswith("timer:"))).order_by(EventRow.id)))
    forms = list(session.scalars(sa.select(FormRow).where(FormRow.at >= since, FormRow.at < until).order_by(FormRow.id)))
    promises = [(p.ticket_id, facts.promise(p)) for p in session.scalars(_promises(since, until)) if p.ticket_id is not None]
    open_at_end = _open_at(session, until)
    ids = {e.ticket_id for e in events} | {f.ticket_id for f in forms} | {t for t, _ in promises} | open_at_end.keys()
    tickets = {t.id: t for t in _of(session, TicketRow, TicketRow.id, ids)}
    return Facts(
        policy, since, until, facts.people(session), tickets, _calls(session, since, until), events, forms, _shifts(session, since, until),
        promises, open_at_end, _grouped(_of(session, AssignmentRow, AssignmentRow.ticket_id, ids)),
        _grouped(_of(session, EscalationRow, EscalationRow.ticket_id, ids)))


def _promises(since: datetime, until: datetime) -> sa.Select[Any]:
    running = sa.and_(*(sa.or_(c.is_(None), c >= until) for c in (PromiseRow.kept_at, PromiseRow.voided_at, PromiseRow.excused_at)))
    due, kept = (sa.and_(c >= since, c < until) for c in (PromiseRow.due_at, PromiseRow.kept_at))
    return sa.select(PromiseRow).where(
        PromiseRow.ticket_id.is_not(None), PromiseRow.started_at < until, sa.or_(running, due, kept)).order_by(PromiseRow.id)


def _open_at(session: Session, until: datetime) -> dict[int, State]:
    """Tickets open at *until*, with the state their last event before it left them in."""
    maybe = sa.select(TicketRow.id).where(TicketRow.registered_at < until, sa.or_(
        TicketRow.state.in_(OPEN), TicketRow.closed_at >= until, TicketRow.closed_at.is_(None)))
    last = (sa.select(sa.func.max(EventRow.id)).where(EventRow.ticket_id.in_(maybe), EventRow.at < until, EventRow.after.is_not(None))
            .group_by(EventRow.ticket_id))
    found = session.execute(sa.select(EventRow.ticket_id, EventRow.after).where(EventRow.id.in_(last)))
    return {id_: State(after) for id_, after in found if id_ is not None and after in OPEN}


def _calls(session: Session, since: datetime, until: datetime) -> list[CallRow]:
    return list(session.scalars(sa.select(CallRow).where(
        CallRow.direction == "inbound", CallRow.ring_started_at >= since, CallRow.ring_started_at < until).order_by(CallRow.id)))


def _shifts(session: Session, since: datetime, until: datetime) -> list[ShiftRow]:
    return list(session.scalars(sa.select(ShiftRow).where(ShiftRow.handed_at >= since, ShiftRow.handed_at < until).order_by(ShiftRow.id)))


def _of(session: Session, table: Any, column: Any, ids: set[int | None]) -> list[Any]:
    wanted = sorted(i for i in ids if i is not None)
    return [row for start in range(0, len(wanted), PAGE)
            for row in session.scalars(sa.select(table).where(column.in_(wanted[start:start + PAGE])).order_by(table.id))]


def _grouped(rows: list[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.ticket_id].append(row)
    return found
