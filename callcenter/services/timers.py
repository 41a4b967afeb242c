"""Promises that fall due: every rung fires once, in order, however late, in one transaction with what it says (TIMERS.md 3)."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import promises, rules
from callcenter.domain.ticket import Act, Staff
from callcenter.domain.vocabulary import Action, Clock, Role, TicketType
from callcenter.services import call_promises
from callcenter.services.acting import Writing
from callcenter.services.hotline import Hotline
from callcenter.storage import facts, timers
from callcenter.storage.tables import CallRow, PromiseRow, TicketRow, TimerRow

#: timers fired in one transaction
BATCH = 200


def fire_due(hotline: Hotline, now: datetime, limit: int = BATCH, log: Callable[[str], None] | None = None) -> int:
    """
    Fire every timer due by *now*, oldest first; return how many rungs fired. What falls due by firing is for the next call.

    Safe in several processes at once: each rung fires once. A timer whose firing fails is put off and named in the log.
    """
    total = 0
    while True:
        with hotline.store.reading() as session:
            if not timers.is_due(session, now):
                return total
        fired = _fire_batch(hotline, now, limit, log)
        total += fired
        if fired < limit:
            return total


def _fire_batch(hotline: Hotline, now: datetime, limit: int, log: Callable[[str], None] | None) -> int:
    fired = 0
    with hotline.store.transaction() as session:
        staff = facts.staff(session, now)
        for timer in timers.claim(session, now, limit):
            timer_id = timer.id
            try:
                with session.begin_nested():
                    _fire(session, hotline, staff, timer, now)
                fired += 1
            except Exception as wrong:  # noqa: BLE001 - one poisoned timer must not hold up the others; it is shown and retried
                session.expire_all()
                timers.failed(session, timer_id, f"{type(wrong).__name__}: {wrong}", now)
                if log is not None:
                    log(f"timer {timer_id}: {type(wrong).__name__}: {wrong}")
    return fired


def settle(hotline: Hotline, number: str, now: datetime) -> None:
    """Before anybody acts on a ticket: fire, in a transaction of its own, whatever fell due on it strictly before *now*."""
    with hotline.store.reading() as session:
        row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
        if row is None or timers.due_of(session, row.id, None, now) is None:
            return
    with hotline.store.transaction() as session:
        row = facts.locked(session, number)
        staff = facts.staff(session, now)
        while row is not None and (timer := timers.due_of(session, row.id, None, now)) is not None:
            _fire(session, hotline, staff, timer, now)
            session.flush()


def settle_call(session: Session, hotline: Hotline, call: CallRow, now: datetime) -> None:
    """The same for a call, within the caller's transaction."""
    while (timer := timers.due_of(session, None, call.id, now)) is not None:
        _fire(session, hotline, facts.staff(session, now), timer, now)
        session.flush()


def _fire(session: Session, hotline: Hotline, staff: Staff, timer: TimerRow, now: datetime) -> None:
    """One rung: what it says and does, the proof that it fired, and the timer's next step."""
    if timer.call_id is not None:
        call_promises.fire(session, hotline, staff, timer, now)
        return
    row = session.get_one(TicketRow, timer.ticket_id, populate_existing=True)
    promise = session.get_one(PromiseRow, timer.promise_id, populate_existing=True)
    policy = hotline.rulebook.of(session, row.policy_id)
    rule = policy.promise(Clock(promise.clock), TicketType(row.type))
    known = facts.promise(promise)
    if rule is None or not known.running or known.paused_at is not None:
        timer.due_at = None
        return
    ticket = facts.ticket(session, row)
    due = promises.next_due(policy, rule, known, row.appointment_start, timer.armed_from, timer.step)
    firing = promises.fire(policy, rule, ticket, known, due)
    key = f"timer:{timer.id}:{timer.gen}:{timer.step}"
    timers.fired(session, timer, due.rung, due.at, now, firing.quiet or "told")
    gen = timer.gen
    if firing.effects:
        act = Act(Action.NOTE, Role.SYSTEM, {"clock": rule.key, "rung": due.rung, "due": due.at, "late": now > due.at,
                                                   "late_ms": max(0, int((now - due.at).total_seconds() * 1000))})
        effects = list(rules.with_promises(policy, ticket, firing.effects))
        Writing(session, hotline, row, now, staff).apply(effects, ticket.state, f"timer:{rule.key}", act, key, ticket)
    session.flush()
    if timer.gen == gen:
        timers.set_next(session, policy, rule, promise, timer, row.appointment_start)
