"""Merging two tickets of one matter, and undoing it so that both are exactly as they were (T19)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Act, Decision, Refused, Ticket
from callcenter.domain.vocabulary import Action, Clock, Moment, State, TicketType
from callcenter.services import unmerging
from callcenter.storage import facts, ledger, timers
from callcenter.storage.tables import EscalationRow, EventRow, FormRow, MatterRow, PromiseRow, TicketRow, TimerRow

if TYPE_CHECKING:
    from callcenter.services.acting import Writing

#: what counts from when the matter came in: of two tickets from when the first did; what was agreed with the customer stays agreed
_FROM_THE_FIRST = frozenset({Moment.RECEIVED, Moment.REGISTERED_OR_CALL_ENDED})
#: never copied back: they identify the row or belong to the ledger
_KEPT = frozenset({"id", "chain_seq", "chain_head", "version"})


def other(session: Session, number: object) -> Ticket | None:
    """The second ticket an act is about, locked."""
    row = facts.locked(session, str(number))
    return facts.ticket(session, row) if row else None


def write(writing: "Writing", decision: Decision, act: Act, key: str) -> EventRow:
    """Write a merge (remembering how both stood) or put back what was remembered."""
    if act.action is Action.MERGE:
        return _merge(writing, decision, act, key)
    return _unmerge(writing, decision, act, key)


def _merge(writing: "Writing", decision: Decision, act: Act, key: str) -> EventRow:
    session, row = writing.session, writing.row
    survivor = facts.locked(session, str(act.get("into")))
    if survivor is None:
        raise Refused("unknown_ticket", number=act.get("into"))
    remembered = {"merged": _snapshot(session, row), "survivor": {"matter": _columns(session.get_one(MatterRow, survivor.matter_id)),
                                                                  "received_at": survivor.received_at}}
    event = writing.apply(decision.effects, decision.state, act.action, act, key)
    form = FormRow(ticket_id=row.id, code="merge", at=writing.now, by=act.by, fields={"remembered": remembered, "into": survivor.number})
    _join(session, row, survivor)
    form.fields = {**form.fields, "moved": _counted_from_the_first(writing, row, survivor)}
    session.add(form)
    ledger.append(session, survivor, f"{key}:survivor", "merged_in", act.by, writing.now, before=survivor.state, after=survivor.state,
                  data={"merged": row.number})
    return event


def _join(session: Session, row: TicketRow, survivor: TicketRow) -> None:
    """The survivor's matter keeps the earliest receipt, the first responder of that moment, and all counters."""
    a, b = session.get_one(MatterRow, survivor.matter_id), session.get_one(MatterRow, row.matter_id)
    if b.received_at < a.received_at:
        a.first_responder = b.first_responder
    a.received_at = min(a.received_at, b.received_at)
    a.postponements = max(a.postponements, b.postponements)
    a.urges, a.repeat_contacts = a.urges + b.urges, a.repeat_contacts + b.repeat_contacts
    a.dissatisfied_rounds = max(a.dissatisfied_rounds, b.dissatisfied_rounds)
    a.last_urge_at = max((t for t in (a.last_urge_at, b.last_urge_at) if t), default=None)
    survivor.received_at = min(survivor.received_at, row.received_at)
    row.matter_id = a.id


def _counted_from_the_first(writing: "Writing", row: TicketRow, survivor: TicketRow) -> dict[str, Any]:
    """What the survivor promises from receipt or the end of the call on, and the merged ticket still owed, is due when the earlier of the two is:
    a merge resets no clock (T19, DOMAIN.md 20). Returns the due times as they were."""
    policy, session = writing.hotline.rulebook.of(writing.session, survivor.policy_id), writing.session
    owed = {p.clock: p.due_at for p in session.scalars(sa.select(PromiseRow).where(
        PromiseRow.ticket_id == row.id, PromiseRow.voided_at == writing.now, PromiseRow.kept_at.is_(None), PromiseRow.excused_at.is_(None)))}
    moved: dict[str, Any] = {}
    for promise in _running(session, survivor):
        rule = policy.promise(Clock(promise.clock), TicketType(survivor.type))
        if rule is not None and rule.start in _FROM_THE_FIRST and owed.get(promise.clock, promise.due_at) < promise.due_at:
            moved[str(promise.id)] = promise.due_at
            _due(writing, survivor, promise, owed[promise.clock])
    return moved


def _running(session: Session, ticket: TicketRow) -> list[PromiseRow]:
    return list(session.scalars(sa.select(PromiseRow).where(
        PromiseRow.ticket_id == ticket.id, PromiseRow.kept_at.is_(None), PromiseRow.voided_at.is_(None), PromiseRow.excused_at.is_(None))))


def _due(writing: "Writing", ticket: TicketRow, promise: PromiseRow, due: datetime) -> None:
    """Another due time, and the ladder from now on; what was late only by a time that does not hold any more is not."""
    promise.due_at = due
    if promise.broken_at is not None and due > writing.now:
        promise.broken_at = None
    writing.session.flush()
    policy = writing.hotline.rulebook.of(writing.session, ticket.policy_id)
    rule = policy.promise(Clock(promise.clock), TicketType(ticket.type))
    if rule is not None:
        timers.arm(writing.session, policy, rule, promise, ticket.appointment_start, writing.now)


def _unmerge(writing: "Writing", decision: Decision, act: Act, key: str) -> EventRow:
    session, row = writing.session, writing.row
    form = session.scalar(sa.select(FormRow).where(FormRow.ticket_id == row.id, FormRow.code == "merge").order_by(FormRow.id.desc()).limit(1))
    survivor = facts.locked(session, str(form.fields["into"])) if form else None
    if form is None or survivor is None:
        raise Refused("not_merged")
    remembered: dict[str, Any] = form.fields["remembered"]
    event = writing.apply(decision.effects, State(remembered["merged"]["ticket"]["state"]), act.action, act, key)
    _restore(session, row, remembered["merged"])
    session.flush()
    merges = unmerging.merges_into(session, survivor)
    staying = unmerging.in_force(session, survivor, merges)
    _put(session.get_one(MatterRow, survivor.matter_id), unmerging.counters(session, survivor, form, merges, staying))
    for promise, due in unmerging.due_times(form, merges, staying, _running(session, survivor)):
        if due != promise.due_at:
            _due(writing, survivor, promise, due)
    ledger.append(session, survivor, f"{key}:survivor", "unmerged", act.by, writing.now, before=survivor.state, after=survivor.state,
                  data={"merged": row.number})
    return event


def _snapshot(session: Session, row: TicketRow) -> dict[str, Any]:
    return {"ticket": _columns(row),
            **{name: [_columns(r) for r in session.scalars(sa.select(table).where(table.ticket_id == row.id).order_by(table.id))]
               for name, table in (("promises", PromiseRow), ("timers", TimerRow), ("escalations", EscalationRow))}}


def _restore(session: Session, row: TicketRow, snapshot: dict[str, Any]) -> None:
    _put(row, {k: v for k, v in snapshot["ticket"].items() if k not in _KEPT})
    for name, table in (("promises", PromiseRow), ("timers", TimerRow), ("escalations", EscalationRow)):
        for values in snapshot[name]:
            _put(session.get_one(table, values["id"]), values)


def _columns(row: Any) -> dict[str, Any]:
    return {c.key: getattr(row, c.key) for c in sa.inspect(type(row)).column_attrs}


def _put(row: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name not in ("id",):
            setattr(row, name, value)
