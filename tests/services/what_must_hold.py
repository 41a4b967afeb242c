"""What must hold of the hotline whatever anybody does: small questions to the database, asked independently of the rules."""

from collections.abc import Iterator

import sqlalchemy as sa

from callcenter.domain.policy import Policy
from callcenter.storage import facts
from callcenter.storage.tables import (
    AssignmentRow,
    EscalationRow,
    EventRow,
    FormRow,
    MatterRow,
    MessageRow,
    PromiseRow,
    TicketRow,
    TimerFireRow,
    TimerRow,
)

ENDS = {"closed", "closed_unsatisfied", "cancelled", "merged"}
GOOD = {"very_satisfied", "satisfied", "fairly"}
STANDING = {"pm", "quality", "gm"}
RECORDED_ONLY = {"praise", "item_release", "business_call"}
#: what keeps the promises that are not kept by an act of that name
KEEPING = {"reached": {"record_callback", "recontact", "customer_reply"}, "attempt": {"record_callback", "recontact", "customer_reply"}}
#: promises of one step of the work; the others end with the ticket itself
STEPS = {"dispatch", "accept", "arrive_urgent", "arrive_appt", "make_safe", "complaint_handover", "slip_return", "verify", "quote",
         "dissat_notice", "recontact", "expert_answer", "callback", "callback_retry", "transfer", "suspension", "judgement"}

TABLES = (TicketRow, MatterRow, PromiseRow, TimerRow, TimerFireRow, AssignmentRow, EscalationRow, FormRow, EventRow, MessageRow)


def dump(session) -> dict[str, list[tuple]]:
    """Every row of every table that an act may touch."""
    return {t.__tablename__: [tuple(r) for r in session.connection().exec_driver_sql(f'SELECT * FROM "{t.__tablename__}"')] for t in TABLES}


def tickets(session) -> list[TicketRow]:
    return list(session.scalars(sa.select(TicketRow).order_by(TicketRow.id)))


def of(session, table, ticket) -> list:
    return list(session.scalars(sa.select(table).where(table.ticket_id == ticket.id).order_by(table.id)))


def verdict(p: PromiseRow, now) -> str:
    """How a promise stands, from its times alone, a second way of saying it."""
    until = p.kept_at or p.excused_at or p.voided_at or now
    if p.paused_at is not None:
        until = min(until, p.paused_at)
    if (p.broken_at is not None and p.kept_at is None) or (until > p.due_at and p.excused_at is None):
        return "broken"
    return "kept" if p.kept_at else "excused" if p.excused_at else "void" if p.voided_at else "running"


def doers(session, ticket) -> set[str]:
    """Whoever was sent, or belongs to a team that was sent, or gave the answer."""
    people = facts.people(session)
    found = {ticket.completed_by} - {None}
    for job in of(session, AssignmentRow, ticket):
        found |= {u for u, p in people.items() if job.to in p.trades} if job.team else {job.to}
    return found


def evidence_faults(session, ticket) -> Iterator[str]:
    """A closed ticket shows on what grounds (DOMAIN.md T13–T17, R053)."""
    forms = of(session, FormRow, ticket)
    calls = [f.fields for f in forms if f.code == "F04" and "contact_result" in f.fields]
    grounds = {
        "callback": lambda: any(c["contact_result"] == "refused" or c.get("satisfaction") in GOOD for c in calls),
        "signature": lambda: (ticket.signed or _signed_at_close(session, ticket)
                              or any(f.fields.get("signature") or f.fields.get("confirmed") for f in forms)),
        "customer_confirm": lambda: ticket.signed or "parent" in ticket.details,
        "answered": lambda: any(f.code == "F07" and f.fields.get("answer") for f in forms),
        "unreachable": lambda: sum(bool(c.get("counts")) for c in calls) >= 3,
        "recorded": lambda: ticket.type in RECORDED_ONLY,
    }
    if ticket.evidence not in grounds or not grounds[ticket.evidence]():
        yield f"{ticket.number} {ticket.type} was closed on {ticket.evidence!r} without it"
    if ticket.type.startswith("complaint") and not any("validity" in f.fields for f in forms):
        yield f"{ticket.number} is a complaint closed unjudged"


def _signed_at_close(session, ticket) -> bool:
    return any(e.data["fields"].get("signature") for e in of(session, EventRow, ticket) if e.action == "close")


def stranger_faults(session, staff, messages, act=None) -> Iterator[str]:
    """Every message goes to a real person: on duty, named on the ticket, or holding an office for good."""
    named_now = {v for v in (act.fields if act else {}).values() if isinstance(v, str)}
    for message in messages:
        if message.to == "customer":
            continue
        person = staff.people.get(message.to)
        ticket = session.get_one(TicketRow, message.ticket_id)
        named = {ticket.first_responder, ticket.owner, ticket.acting_follower, ticket.receiver, ticket.specialist,
                 *(j.to for j in of(session, AssignmentRow, ticket))} | named_now
        if person is None or not person.active:
            yield f"message {message.id} goes to {message.to!r}, who is nobody"
        elif not (staff.on_duty(message.to) or message.to in named or {str(r) for r in person.roles} & STANDING):
            yield f"message {message.id} ({message.notice}) wakes {message.to}, who is off duty and not named on the ticket"


def own_work_faults(session, policy: Policy) -> Iterator[str]:
    """Nobody closes, calls back, verifies or cancels their own work."""
    for ticket in tickets(session):
        events, jobs = of(session, EventRow, ticket), of(session, AssignmentRow, ticket)
        people = facts.people(session)
        for event in events:
            if event.action not in {"close", "record_callback", "recontact", "verify", "close_unsatisfied"}:
                continue
            before = [j for j in jobs if j.at <= event.at]
            did = {j.to for j in before if not j.team} | {u for j in before if j.team for u, p in people.items() if j.to in p.trades}
            if event.by in did:
                yield f"{ticket.number}: {event.by} did {event.action} on their own work"


def hopeless(policy: Policy, ticket, promise: PromiseRow) -> bool:
    """Whether a running promise can no longer be kept by anybody, whatever they do next."""
    rule = next((r for r in policy.promises if r.key == promise.clock and ticket.type in r.types), None)
    if rule is None or promise.clock not in STEPS:
        return False
    keeping = set().union(*(KEEPING.get(word, {word}) for word in rule.until))
    steps = policy.flows[ticket.type].steps
    seen, more = set(), {ticket.state}
    while more:
        seen |= more
        if any(str(a) in keeping for s, a in steps if s in seen):
            return False
        more = {str(step.after) for (s, _), step in steps.items() if s in seen and step.after} - seen - ENDS
        more |= {"rework"} - seen if seen & {"callback_due", "verifying"} else set()
        if ticket.state == "suspended" and ticket.suspended_from:
            more |= {ticket.suspended_from} - seen
    return True
