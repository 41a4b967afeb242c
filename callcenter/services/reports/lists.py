"""The lists that several reports have in common: breaches with names and reasons, what is overdue, who was dissatisfied."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from callcenter.domain.ticket import Promise
from callcenter.domain.vocabulary import CONTENT, Because, Clock, Satisfaction, Status, TicketType, Trigger
from callcenter.services.reports.facts import Facts
from callcenter.services.reports.sheet import Both, Cell
from callcenter.storage.tables import FormRow, TicketRow

#: acknowledgements are counted with what they acknowledge, and a reminder to postpone with what it reminds of
_NOT_LISTED = frozenset({Clock.ESCALATION_ACK, Clock.POSTPONE_NOTICE, Clock.SUSPENSION})

BREACH_COLUMNS = "编号|Number  类型|Type  地点|Place  时限|Promise  到期|Due  迟|Late by  责任人|Owner  处理人|Handler  原因|Reason"
OVERDUE_COLUMNS = "编号|Number  类型|Type  地点|Place  时限|Promise  到期|Due  已超时|Overdue by  责任人|Owner"

DUTY_COLUMNS = "时间|At  交班|From  接班|To  未结|Open  记录|Notes"
DISSATISFIED_COLUMNS = "编号|Number  类型|Type  地点|Place  时间|At  满意度|Answer  原因|Reason  责任人|Owner"


def breaches(facts: Facts, *clocks: Clock) -> Iterator[tuple[Cell, ...]]:
    """Promises broken in the window: whose they were, by how much, and why as far as the records tell."""
    for ticket, promise in sorted(facts.broken(*clocks), key=lambda found: found[1].due_at):
        handlers = "、".join(dict.fromkeys(facts.name(a.to) for a in facts.assignments.get(ticket.id, []) if a.cycle == promise.cycle))
        yield (ticket.number, TicketType(ticket.type), facts.place(ticket), promise.key, promise.due_at,
               min(promise.kept_at or facts.until, facts.until) - promise.due_at, facts.name(ticket.owner), handlers, why(facts, ticket, promise))


def why(facts: Facts, ticket: TicketRow, promise: Promise) -> Both:
    """The reason the records give: nobody qualified, a dispatch rejected or not accepted, nobody sent at all, or simply too late."""
    if any(e.trigger == Trigger.NOBODY_QUALIFIED and e.at <= promise.due_at for e in facts.escalations.get(ticket.id, [])):
        return Both("无合格人员在岗", "nobody qualified on duty")
    jobs = [a for a in facts.assignments.get(ticket.id, []) if a.cycle == promise.cycle]
    lost = next((a for a in reversed(jobs) if a.voided_at is not None and a.at <= promise.due_at), None)
    if lost is not None:
        known = Because(lost.void_reason) if lost.void_reason in set(Because) else Both(lost.void_reason or "退单", lost.void_reason or "rejected")
        return Both(f"{facts.name(lost.to)}:{known.zh}", f"{facts.name(lost.to)}: {known.en}")
    if not any(a.at <= promise.due_at for a in jobs):
        return Both("到时尚未派单", "nobody was sent in time")
    set_out = any(a.departed_at and a.departed_at <= promise.due_at for a in jobs)
    if promise.key in (Clock.ARRIVE_URGENT, Clock.ARRIVE_APPT) and not set_out:
        return Both("到时尚未出发", "nobody had set out")
    return Both("迟到", "too late")


def overdue(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    """Promises of tickets open at the window's end that were late then."""
    late = [(facts.tickets[id_], p) for id_, p in facts.promises
            if id_ in facts.open_at_end and p.key not in _NOT_LISTED and p.due_at < facts.until and _runs_late(p, facts)]
    for ticket, promise in sorted(late, key=lambda found: found[1].due_at):
        yield (ticket.number, TicketType(ticket.type), facts.place(ticket), promise.key, promise.due_at, facts.until - promise.due_at,
               facts.name(ticket.owner))


def _runs_late(promise: Promise, facts: Facts) -> bool:
    return ran_at(promise, facts.until) and promise.status(facts.until) is Status.BROKEN


def ran_at(promise: Promise, at: datetime) -> bool:
    """Whether the promise was neither kept nor given up before *at*."""
    return all(ended is None or ended >= at for ended in (promise.kept_at, promise.voided_at, promise.excused_at))


def dissatisfied(facts: Facts, answers: Iterable[FormRow]) -> Iterator[tuple[Cell, ...]]:
    """Customers who said so when called."""
    for form in answers:
        said = form.fields.get("satisfaction")
        if said is not None and said not in CONTENT:
            ticket = facts.tickets[form.ticket_id or 0]
            yield (ticket.number, TicketType(ticket.type), facts.place(ticket), form.at, Satisfaction(said),
                   form.fields.get("reason") or form.fields.get("opinion") or form.fields.get("text"), facts.name(ticket.owner))


def duty(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    """The shifts handed over in the window, with what was written down for those who came."""
    for shift in facts.shifts:
        yield shift.handed_at, facts.name(shift.user), facts.name(shift.handed_to), len(shift.tickets), shift.notes


def reached(form: FormRow) -> bool:
    """Somebody spoke to the customer, or they answered in writing; declining to answer is an answer (CB12)."""
    return form.fields.get("contact_result") in ("reached", "refused")
