"""The promises of a call: begun, kept, fired and told about within the transaction of whoever works on the call (C01–C03, C23)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import promises
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import Clock, Deed, Moment, Role
from callcenter.services import numbers, telling
from callcenter.services.hotline import Hotline
from callcenter.storage import facts, ledger, timers
from callcenter.storage.store import wake_later
from callcenter.storage.tables import CallRow, MessageRow, PromiseRow, TimerRow


def fire(session: Session, hotline: Hotline, staff: Staff, timer: TimerRow, now: datetime) -> None:
    """One rung of a call's promise."""
    call = session.get_one(CallRow, timer.call_id, populate_existing=True)
    row = session.get_one(PromiseRow, timer.promise_id, populate_existing=True)
    policy = hotline.rulebook.policy
    rule, promise = policy.promise(Clock(row.clock), None), facts.promise(row)
    if rule is None or not promise.running:
        timer.due_at = None
        return
    due = promises.next_due(policy, rule, promise, None, timer.armed_from, timer.step)
    rung = rule.ladder.rungs[due.rung]
    if due.at >= promise.due_at and row.broken_at is None:
        row.broken_at = promise.due_at
    roles = (*rung.tell, Role.AGENT) if rung.do is Deed.RING_ALL and not due.repeat else rung.tell
    key = f"timer:{timer.id}:{timer.gen}:{timer.step}"
    timers.fired(session, timer, due.rung, due.at, now, "told")
    notice = {Clock.ANSWER: "call_waiting", Clock.HOLD: "call_held", Clock.REGISTER: "call_unrecorded"}.get(rule.key, "missed_call")
    since = call.held_at if rule.key is Clock.HOLD and call.held_at else promise.started_at
    told = tell(session, hotline, staff, call, key, notice, roles, now, {"due": promise.due_at, "late": f"{int((now - since).total_seconds())}s"})
    event(session, call, f"timer:{rule.key}", Role.SYSTEM, now, {"rung": due.rung, "due": due.at, "told": told,
                                                                  "late_ms": max(0, int((now - due.at).total_seconds() * 1000))}, key)
    session.flush()
    timers.set_next(session, policy, rule, row, timer, None)


def tell(session: Session, hotline: Hotline, staff: Staff, call: CallRow, key: str, notice: str, roles: tuple[Role, ...],
          now: datetime, said: dict[str, Any]) -> list[str]:
    """A message about a call to everybody on duty in these roles; with nobody there, to the next level."""
    policy, told = hotline.rulebook.policy, []
    people = {u: r for r in reversed(roles) for u in _reached(staff, call, r)}
    if not people:
        people = {u: r for r in (Role.LEAD, Role.SUPERVISOR, Role.PM) for u in staff.holders(r)}
    for user, role in sorted(people.items()):
        message = f"{key}:{user}"
        if session.scalar(sa.select(MessageRow.id).where(MessageRow.key == message)) is None:
            text = telling.words(policy, notice, {**said, "phone": numbers.masked(call.from_number)}, staff.people[user].language)
            session.add(MessageRow(key=message, call_id=call.id, to=user, role=role, phone=staff.people[user].phone, channel="screen",
                                   notice=notice, text=text, level=0, created_at=now, status="sent", sent_at=now, tries=0))
            told.append(user)
    wake_later(session, "message")
    return told


def _reached(staff: Staff, call: CallRow, role: Role) -> list[str]:
    if role is Role.OWNER:
        return [call.answered_by] if call.answered_by else []
    return staff.holders(role)


def start(session: Session, hotline: Hotline, call: CallRow, moment: Moment, now: datetime) -> datetime:
    """Begin the promise that counts from *moment* on a call; returns when it is due."""
    policy = hotline.rulebook.policy
    rule = next(r for r in policy.promises if r.on == "call" and r.start is moment)
    due = now + rule.within
    row = PromiseRow(call_id=call.id, clock=rule.key, about="", cycle=1, started_at=now, due_at=due, first_due_at=due, paused_ms=0)
    session.add(row)
    session.flush()
    timers.arm(session, policy, rule, row, None, now)
    return due


def _running(session: Session, call: CallRow, clock: Clock) -> list[PromiseRow]:
    return list(session.scalars(sa.select(PromiseRow).where(
        PromiseRow.call_id == call.id, PromiseRow.clock == clock, PromiseRow.kept_at.is_(None), PromiseRow.voided_at.is_(None))))


def keep(session: Session, call: CallRow, clock: Clock, now: datetime, again: bool = False) -> None:
    """What was promised is done. *again*: also a promise that was called off on the word that the caller had gone."""
    if again:
        session.execute(sa.update(PromiseRow).where(PromiseRow.call_id == call.id, PromiseRow.clock == clock).values(voided_at=None))
    for row in _running(session, call, clock):
        row.kept_at = now
        if now <= row.due_at:
            row.broken_at = None
        session.flush()
        timers.rest(session, row)


def void(session: Session, call: CallRow, clock: Clock, now: datetime) -> None:
    for row in _running(session, call, clock):
        row.voided_at = now
        session.flush()
        timers.rest(session, row)


def event(session: Session, call: CallRow, action: str, by: str, now: datetime, data: dict[str, Any], key: str | None = None) -> None:
    ledger.append(session, call, key or f"call:{call.sid}:{call.chain_seq + 1}", action, by, now, before=None, after=call.state, data=data)
    wake_later(session, "call", sid=call.sid)


def recorded(session: Session, call: CallRow, what: str, now: datetime) -> None:
    """Something was written down about this call: a ticket's number, or a disposition (C03)."""
    call.disposition = call.disposition or what
    keep(session, call, Clock.REGISTER, now)


