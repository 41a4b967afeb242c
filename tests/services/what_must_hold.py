"""What must hold of the hotline whatever anybody does: small questions to the database, asked independently of the rules."""

from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa

from callcenter.domain.policy import Policy
from callcenter.services import audit
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
        "recorded": lambda: ticket.type in RECORDED_ONLY or "parent" in ticket.details,
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
    if rule is None or promise.clock not in STEPS or ticket.type in RECORDED_ONLY:  # those are closed on record at any time
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


def running(p: PromiseRow) -> bool:
    return not (p.kept_at or p.voided_at or p.excused_at)


class Model:
    """What was true before: who registered and who owns, which promises were broken, which closings have been looked at."""

    def __init__(self) -> None:
        self.first: dict[str, str] = {}
        self.owner: dict[str, str] = {}
        self.broken: set[int] = set()
        self.closings: set[tuple] = set()

    def opened(self, row: TicketRow) -> None:
        self.first[row.number], self.owner[row.number] = row.first_responder, row.owner

    def faults(self, hotline, session, policy: Policy, now) -> list[str]:
        """Everything that ought never to be, of all tickets; nothing on a good day."""
        promises, forms = defaultdict(list), defaultdict(list)
        for p in session.scalars(sa.select(PromiseRow).where(PromiseRow.ticket_id.is_not(None)).order_by(PromiseRow.id)):
            promises[p.ticket_id].append(p)
        for f in session.scalars(sa.select(FormRow).where(FormRow.code == "F09").order_by(FormRow.id)):
            forms[f.ticket_id].append(f.fields)
        found = [*audit.unguarded(hotline, session), *_rung_faults(session)]
        for row in tickets(session):
            found += [*self._ownership(row), *promise_faults(policy, row, promises[row.id]), *self._judged(promises[row.id], now),
                      *_postponement_faults(row, forms[row.id]), *self._closed(session, row)]
        return found

    def _ownership(self, row: TicketRow) -> Iterator[str]:
        """Nobody else becomes first responder, or owner but by a transfer."""
        if (row.first_responder, row.owner) != (self.first[row.number], self.owner[row.number]):
            yield f"{row.number} belongs to {row.first_responder}, {row.owner}, not {self.first[row.number]}, {self.owner[row.number]}"

    def _judged(self, promises: list[PromiseRow], now) -> Iterator[str]:
        """A promise is judged by its times, and what was broken stays broken."""
        for p in promises:
            said = facts.promise(p).status(now)
            if said != verdict(p, now) or (p.id in self.broken and said != "broken"):
                yield f"{p.clock} {p.id} is {said}, by its times {verdict(p, now)}, broken before: {p.id in self.broken}"
            if said == "broken" and now > p.due_at:  # at the very millisecond it may still be kept (4.1-3)
                self.broken.add(p.id)

    def _closed(self, session, row: TicketRow) -> Iterator[str]:
        """Every closing is looked at once."""
        closing = (row.number, row.state, row.closed_at)
        if row.state in ("closed", "closed_unsatisfied") and closing not in self.closings:
            self.closings.add(closing)
            yield from evidence_faults(session, row) if row.state == "closed" else unsatisfied_faults(session, row)


def promise_faults(policy: Policy, row: TicketRow, promises: list[PromiseRow]) -> Iterator[str]:
    """What runs on an open ticket can still be kept, nothing outlives its ticket, only a suspension stops a clock, and the time that was
    promised is the one that is watched."""
    for p in filter(running, promises):
        if row.state in ENDS and p.clock != "second_call":
            yield f"{row.number} is {row.state}: {p.clock} outlives it"
        elif row.state not in ENDS and hopeless(policy, row, p):
            yield f"{row.type} in {row.state}: nobody can keep {p.clock}"
        if p.paused_at is not None and row.state != "suspended":
            yield f"{row.number} is {row.state}, and {p.clock} stands still"
    watched = [p for p in promises if p.clock in ("completion", "recovery") and p.cycle == row.cycle and not (p.kept_at or p.voided_at)]
    if row.state not in ENDS and watched and row.type not in RECORDED_ONLY and row.promise_at != watched[-1].due_at:
        yield f"{row.number} in {row.state} promises {row.promise_at}, but {watched[-1].clock} is due {watched[-1].due_at}"


def _postponement_faults(row: TicketRow, said: list[dict]) -> Iterator[str]:
    granted = [f for f in said if f.get("result") == "granted" and f.get("initiated_by") != "customer"]
    if len(granted) > 1:
        yield f"{row.number} was postponed {len(granted)} times"


def _rung_faults(session) -> Iterator[str]:
    """No rung fires early, and every open escalation reached somebody."""
    for fire in session.scalars(sa.select(TimerFireRow).where(TimerFireRow.fired_at < TimerFireRow.due_at)):
        yield f"rung {fire.id} fired at {fire.fired_at}, before {fire.due_at}"
    for escalation in session.scalars(sa.select(EscalationRow).where(EscalationRow.ended_at.is_(None))):
        if not escalation.told:
            yield f"escalation {escalation.id} reached nobody"


def unsatisfied_faults(session, ticket: TicketRow) -> Iterator[str]:
    """Only a project manager gives a customer up, after two rounds at least."""
    last = [e for e in of(session, EventRow, ticket) if e.action == "close_unsatisfied"][-1]
    roles = {str(r) for r in facts.people(session)[last.by].roles}
    if "pm" not in roles or session.get_one(MatterRow, ticket.matter_id).dissatisfied_rounds < 2:
        yield f"{ticket.number} was given up by {last.by} too early"
