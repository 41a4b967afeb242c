"""Who may open a ticket, what they may do on it now, and whom a form may name: asked before a button is shown."""

from collections.abc import Callable, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import dispatching, reaching
from callcenter.domain.policy import Policy
from callcenter.domain.rules.answers import judges_own
from callcenter.domain.rules.intake import OWNING
from callcenter.domain.ticket import Act, Person, Staff, Ticket
from callcenter.domain.vocabulary import ENDED, URGENT, Action, Clock, Role, State
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import TicketRow

#: read every ticket of the compounds they look after
OFFICE = frozenset({Role.AGENT, Role.LEAD, Role.DISPATCHER, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.GM,
                    Role.CALLBACK, Role.AUDITOR})
#: never told who is about to be called, so that nobody prepares the answer (CB13)
FIELD = frozenset({Role.TECHNICIAN, Role.CONTRACTOR, Role.DEPT_HEAD})

#: acts that the flow allows but that have nothing to act on just now
_POINTLESS: dict[Action, Callable[[Ticket, datetime], bool]] = {
    Action.ACKNOWLEDGE: lambda t, now: not any(e.acknowledged_at is None for e in t.escalations),
    Action.ASK_SUSPEND: lambda t, now: bool(t.details.get("suspend_asked")),
    Action.DECLINE_SUSPEND: lambda t, now: not t.details.get("suspend_asked"),
    Action.ACCEPT_OWNERSHIP: lambda t, now: t.receiver is None,
    Action.ACK_COMPLETION: lambda t, now: t.completed_at is None,
    Action.RECORD_CONSENT: lambda t, now: t.running(Clock.DISPATCH) is None,
    Action.RECOVERY_PROMISE: lambda t, now: t.promise_at is None or now <= t.promise_at,
    Action.POSTPONE: lambda t, now: t.promise_at is None,
    Action.SEND_NOTICE: lambda t, now: t.state not in (State.REWORK,) and not t.matter.dissatisfied_rounds and not t.escalations,
    Action.ANSWER_SUPERVISION: lambda t, now: not t.records("F17"),
    Action.REVIEW: lambda t, now: not any(t.records(code) for code in ("F03", "F04", "F05")),
    Action.ANSWER_NOTICE: lambda t, now: not any("problem" in f.fields for f in t.records("F10")),
    Action.RECONTACT: lambda t, now: not t.records("F10"),
    Action.ACCEPT_QUOTE: lambda t, now: t.details.get("quoted_amount") is None,
    Action.DECLINE_QUOTE: lambda t, now: t.details.get("quoted_amount") is None,
    Action.UNMERGE: lambda t, now: t.merged_into is None,
    Action.PREEMPT: lambda t, now: t.type in URGENT,
    Action.LEAVE_INCIDENT: lambda t, now: t.incident is None,
    Action.RESTORE: lambda t, now: t.incident is None and not t.details.get("incident"),
}


def permitted(hotline: Hotline, session: Session, number: str, user: str, now: datetime) -> list[Action]:
    """
    What *user* may do now on the ticket, in the flow's order; empty when there is no such ticket.

    A form may still be refused for what is typed into it: the rules decide again when it is sent.
    """
    row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
    if row is None:
        return []
    policy = hotline.rulebook.of(session, row.policy_id)
    return permitted_on(policy, facts.staff(session, now), facts.ticket(session, row), user, now)


def permitted_on(policy: Policy, staff: Staff, ticket: Ticket, user: str, now: datetime) -> list[Action]:
    """The same, where ticket and staff have been read already."""
    person = staff.people.get(user)
    if person is None or reaching.reads_only(person):
        return []
    flow = policy.flows[ticket.type]
    found = []
    for action in dict.fromkeys(flow.actions_from(ticket.state)):
        step = flow.next(ticket.state, action)
        roles = reaching.roles_on(policy, staff, ticket, Act(action, user), now)
        own = action is Action.JUDGE_COMPLAINT and judges_own(staff, ticket, person)
        if step is not None and step.who & roles and not own and not _pointless(action, ticket, now):
            found.append(action)
    return found


def _pointless(action: Action, ticket: Ticket, now: datetime) -> bool:
    asked = _POINTLESS.get(action)
    return asked is not None and asked(ticket, now)


def may_read(policy: Policy, staff: Staff, ticket: Ticket, user: str) -> bool:
    """Whether *user* may open the ticket: the office its compounds, a department its matters, everybody their own."""
    person = staff.people.get(user)
    if person is None or not person.active:
        return False
    if user in (ticket.owner, ticket.first_responder, ticket.acting_follower, ticket.receiver, ticket.specialist):
        return True
    duty = staff.duty.get(user)
    in_scope = person.covers(ticket.compound) or (duty is not None and bool(duty.compounds) and duty.covers(ticket.compound))
    roles = staff.roles(user)
    if roles & OFFICE:
        return in_scope
    if Role.DEPT_HEAD in roles and in_scope and person.department == dispatching.department_for(policy, ticket):
        return True
    return _own_job(staff, ticket, user)


def _own_job(staff: Staff, ticket: Ticket, user: str) -> bool:
    """Sent there, now or earlier, by name or with the team."""
    teams = (dispatching.team_of(a.to) for a in ticket.assignments if a.team and a.voided_at is None)
    return user in {a.to for a in ticket.assignments} or any(t is not None and t in staff.people[user].trades for t in teams)


def of_the_trade(policy: Policy, staff: Staff, ticket: Ticket, user: str) -> bool:
    """Whether the job could have been offered to *user*: they hear why it is no longer to be had."""
    person = staff.people.get(user)
    return person is not None and person.active and bool(person.trades & set(dispatching.trades_for(policy, ticket)))


def sees_phone(policy: Policy, staff: Staff, ticket: Ticket, user: str, now: datetime) -> bool:
    """Whether *user* sees the customer's whole number (DOMAIN.md 10): contractors never, technicians while the job is theirs,
    a department its own matters."""
    roles = staff.roles(user)
    if roles & {Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY}:
        return True
    if Role.DEPT_HEAD in roles and staff.people[user].department == dispatching.department_for(policy, ticket):
        return True
    if Role.AGENT in roles and user in (ticket.owner, ticket.acting_follower, ticket.first_responder, ticket.registrar):
        return True
    if Role.CALLBACK in roles and (ticket.state is State.CALLBACK_DUE or user in (ticket.owner, ticket.specialist)):
        return True
    if Role.DISPATCHER in roles:
        return ticket.state not in ENDED
    if Role.TECHNICIAN in roles:
        return _job_phone(ticket, user, now)
    return False


def _job_phone(ticket: Ticket, user: str, now: datetime) -> bool:
    """From accepting the job until a day after the ticket was closed."""
    accepted = any(a.to == user and a.accepted_at is not None and a.voided_at is None for a in ticket.assignments)
    return accepted and (ticket.closed_at is None or (now - ticket.closed_at).total_seconds() < 24 * 3600)


def blind_to_follow_up(staff: Staff, user: str) -> bool:
    """Technicians, departments and outside firms do not see that a customer is about to be called (CB13)."""
    roles = staff.roles(user)
    return bool(roles & FIELD) and not roles & OFFICE


def choosable(hotline: Hotline, session: Session, number: str | None, action: Action, now: datetime) -> list[Person]:
    """The people a form of *action* may name, the fittest first."""
    staff = facts.staff(session, now)
    row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number)) if number else None
    if row is not None and action in (Action.DISPATCH, Action.REASSIGN):
        policy = hotline.rulebook.of(session, row.policy_id)
        return [c.person for c in dispatching.candidates(policy, staff, facts.ticket(session, row), now)]
    people = [p for p in staff.people.values() if p.active and (row is None or p.covers(row.compound))]
    if action in (Action.TRANSFER_OWNER, Action.FOLLOW):
        people = [p for p in people if p.roles & OWNING]
    return _on_duty_first(staff, people)


def _on_duty_first(staff: Staff, people: Iterable[Person]) -> list[Person]:
    return sorted(people, key=lambda p: (not staff.on_duty(p.user), p.user))
