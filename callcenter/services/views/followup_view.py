"""Follow-up calls that are due: whom to call now, how often it was tried, and when the customer wants to be called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import days
from callcenter.domain.policy import Policy
from callcenter.domain.rules.follow_up import half_way_ahead
from callcenter.domain.ticket import Promise, Staff
from callcenter.domain.vocabulary import COMPLAINTS, OPEN, Action, Clock, Role, State, TicketType
from callcenter.services import permitted
from callcenter.services.views.ticket_list import scope
from callcenter.storage import facts
from callcenter.storage.tables import AssignmentRow, CustomerRow, FormRow, PromiseRow, TicketRow

#: who makes follow-up calls; never the field (CB13)
CALLERS = frozenset({Role.AGENT, Role.LEAD, Role.SUPERVISOR, Role.PM, Role.CALLBACK})
_CLOCKS = (Clock.CALLBACK, Clock.CALLBACK_RETRY, Clock.RECONTACT, Clock.MIDTERM_CALL)

#: these say by themselves why the customer is called
_NAMED = (Clock.RECONTACT, Clock.MIDTERM_CALL)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: when, by whom, with what result."""

    at: datetime
    by: str
    result: str


@dataclass(frozen=True, slots=True)
class DueCall:
    """One customer to be called."""

    number: str
    action: Action  #: record_callback, or recontact after a department's answer
    type: TicketType
    place: str
    customer_name: str
    content: str
    owner: str
    completed_at: datetime | None
    why: str  #: why this one is called: type, sample, rework, breach, …
    promise: Promise | None
    attempts: tuple[Attempt, ...]
    window: str | None
    care: str | None
    do_not_call: bool
    callable_at: datetime  #: the next moment that is inside a calling window and far enough from the last try

    def now_is_fine(self, now: datetime) -> bool:
        return not self.do_not_call and self.callable_at <= now


def due_calls(session: Session, policy: Policy, user: str, now: datetime) -> list[DueCall]:
    """
    The calls *user* may make, those that may be made now first, each by its due time; do-not-call customers at the end.

    Empty for technicians, departments and outside firms, and for whoever did the work.
    """
    staff = facts.staff(session, now)
    if permitted.blind_to_follow_up(staff, user) or not staff.roles(user) & CALLERS:
        return []
    rows = list(session.scalars(sa.select(TicketRow).where(scope(staff, policy, user), *_due(staff, policy, user, now))))
    found = calls_for(session, policy, rows, now)
    return sorted(found, key=lambda c: (c.do_not_call, c.callable_at, c.promise.due_at if c.promise else c.callable_at, c.number))


def _due(staff: Staff, policy: Policy, user: str, now: datetime) -> list[sa.ColumnElement[bool]]:
    """Waiting for the call, for the specialist's, or for the one half-way through a long service; not the complaints of an
    agent's own desk, and nobody's own work (CB3, CB5)."""
    half_way = sa.and_(PromiseRow.clock == Clock.MIDTERM_CALL, PromiseRow.due_at <= now + half_way_ahead(policy))
    again = sa.select(PromiseRow.ticket_id).where(
        sa.or_(PromiseRow.clock == Clock.RECONTACT, half_way), PromiseRow.kept_at.is_(None), PromiseRow.voided_at.is_(None),
        PromiseRow.ticket_id.is_not(None))
    where = [TicketRow.state.in_(OPEN), sa.or_(TicketRow.state == State.CALLBACK_DUE, TicketRow.id.in_(again)),
             TicketRow.id.not_in(sa.select(AssignmentRow.ticket_id).where(AssignmentRow.to == user))]
    if not staff.roles(user) & (CALLERS - {Role.AGENT}):
        own = sa.or_(TicketRow.owner == user, TicketRow.acting_follower == user, TicketRow.specialist == user)
        where += [own, sa.or_(TicketRow.type.not_in(list(COMPLAINTS)), TicketRow.specialist == user)]
    return where


def calls_for(session: Session, policy: Policy, rows: Sequence[TicketRow], now: datetime) -> list[DueCall]:
    ids = [row.id for row in rows]
    if not ids:
        return []
    promises: dict[int, PromiseRow] = {}
    for held in session.scalars(sa.select(PromiseRow).where(
            PromiseRow.ticket_id.in_(ids), PromiseRow.clock.in_(_CLOCKS), PromiseRow.kept_at.is_(None),
            PromiseRow.voided_at.is_(None)).order_by(PromiseRow.due_at.desc())):
        promises[held.ticket_id or 0] = held
    tries: dict[int, list[FormRow]] = {i: [] for i in ids}
    for form in session.scalars(sa.select(FormRow).where(FormRow.ticket_id.in_(ids), FormRow.code.in_(["F04", "F04M"])).order_by(FormRow.id)):
        tries[form.ticket_id or 0].append(form)
    customers = _customers(session, rows)
    return [_call(policy, row, promises.get(row.id), tries[row.id], customers.get(row.id), now) for row in rows]


def _customers(session: Session, rows: Sequence[TicketRow]) -> dict[int, CustomerRow]:
    """Whom each ticket is for: the customer it names, else whoever lives in the room under that number."""
    keys = {row.phone_key for row in rows if row.phone_key}
    found = list(session.scalars(sa.select(CustomerRow).where(CustomerRow.phone_key.in_(keys)).order_by(CustomerRow.id))) if keys else []
    by_id, by_phone = {c.id: c for c in found}, {c.phone_key: c for c in reversed(found)}
    matched = {row.id: by_id.get(row.customer_id or 0) or by_phone.get(row.phone_key) for row in rows}
    return {number: customer for number, customer in matched.items() if customer is not None}


def _action(row: TicketRow, waiting: Clock | None) -> Action:
    """What the call is recorded as."""
    if row.state == State.CALLBACK_DUE:
        return Action.RECORD_CALLBACK
    return Action.MIDTERM_CALL if waiting is Clock.MIDTERM_CALL else Action.RECONTACT


def _call(policy: Policy, row: TicketRow, promise: PromiseRow | None, tries: Sequence[FormRow], customer: CustomerRow | None,
          now: datetime) -> DueCall:
    current = [f for f in tries if row.cycle_started_at is None or f.at >= row.cycle_started_at]
    after = current[-1].at + policy.follow_up.attempt_apart if current else now
    waiting = Clock(promise.clock) if promise else None
    return DueCall(
        number=row.number, action=_action(row, waiting),
        type=TicketType(row.type), place=row.place, customer_name=row.customer_name, content=row.content, owner=row.owner,
        completed_at=row.completed_at, why=waiting.value if waiting in _NAMED else str(row.details.get("callback_why") or ""),
        promise=facts.promise(promise) if promise else None,
        attempts=tuple(Attempt(f.at, f.by, str(f.fields.get("contact_result") or "")) for f in current),
        window=customer.preferred_window if customer else None, care=customer.care_flag if customer else None,
        do_not_call=bool(customer and customer.do_not_call), callable_at=days.next_window(policy.follow_up, max(now, after)))
