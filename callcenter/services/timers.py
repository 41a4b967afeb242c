"""Promises that fall due: every rung fires once, in order, however late, in one transaction with what it says (TIMERS.md 3)."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from heapq import heappop, heappush

from sqlalchemy.orm import Session

from callcenter.domain import promises, rules
from callcenter.domain.ticket import Act, Staff
from callcenter.domain.vocabulary import Action, Clock, Role, TicketType
from callcenter.services import call_promises, period_promises
from callcenter.services.acting import Writing
from callcenter.services.hotline import Hotline
from callcenter.storage import facts, timers
from callcenter.storage.tables import CallRow, PromiseRow, TicketRow, TimerRow

log = logging.getLogger(__name__)

#: where a failed firing is named
Log = Callable[[str], None]
#: timers fired in one transaction
BATCH = 200


def fire_due(hotline: Hotline, now: datetime, limit: int = BATCH, log: Log | None = None) -> int:
    """
    Fire every timer due by *now*, oldest first; return how many rungs fired. Promises that begin by firing are for the next call.

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


def _fire_batch(hotline: Hotline, now: datetime, limit: int, log: Log | None) -> int:
    """Up to *limit* rungs in one transaction; when one of them fails, once more with each on its own."""
    try:
        with hotline.store.transaction() as session:
            return _in_order(session, hotline, now, limit, partial(_fire, session, hotline))
    except Exception:  # noqa: BLE001 - which timer it was, and what becomes of it, is found out by firing them singly
        with hotline.store.transaction() as session:
            return _in_order(session, hotline, now, limit, partial(_attempt, session, hotline, log))


def _in_order(session: Session, hotline: Hotline, now: datetime, limit: int, fire: Callable[[Staff, TimerRow, datetime], None]) -> int:
    """Fire what is claimed by the time it was due, the further rungs of a ladder that slept among the others."""
    claimed, staff, fired = timers.claim(session, now, limit), facts.staff(session, now), 0
    until = now if len(claimed) < limit else max((t.due_at for t in claimed if t.due_at), default=now)
    waiting = [(t.due_at, t.id, t) for t in claimed]
    while waiting and fired < limit:
        due_at, id_, timer = heappop(waiting)
        if timer.due_at == due_at:
            fire(facts.recounted(session, staff), timer, now)
            fired += 1
        if timer.due_at is not None and timer.due_at <= until and timer.retry_at is None:
            heappush(waiting, (timer.due_at, id_, timer))
    return fired


def _attempt(session: Session, hotline: Hotline, log: Log | None, staff: Staff, timer: TimerRow, now: datetime) -> None:
    """Fire; a poisoned timer is put off, shown and tried again, and holds up nobody else."""
    timer_id = timer.id
    try:
        with session.begin_nested():
            _fire(session, hotline, staff, timer, now)
    except Exception as wrong:  # noqa: BLE001 - whatever it is, the next timer is not to blame
        session.expire_all()
        timers.failed(session, timer_id, f"{type(wrong).__name__}: {wrong}", now)
        if log is not None:
            log(f"timer {timer_id}: {type(wrong).__name__}: {wrong}")


def settle(hotline: Hotline, number: str, now: datetime) -> None:
    """Before anybody acts on a ticket: fire, in a transaction of its own, whatever fell due on it strictly before *now*."""
    with hotline.store.reading() as session:
        if not timers.ticket_is_due(session, number, now):
            return
    with hotline.store.transaction() as session:
        row = facts.locked(session, number)
        staff = facts.staff(session, now)
        while row is not None and (timer := timers.due_of(session, row.id, None, now)) is not None:
            _attempt(session, hotline, log.error, facts.recounted(session, staff), timer, now)


def settle_call(session: Session, hotline: Hotline, call: CallRow, now: datetime) -> None:
    """The same for a call, within the caller's transaction."""
    while (timer := timers.due_of(session, None, call.id, now)) is not None:
        _attempt(session, hotline, log.error, facts.staff(session, now), timer, now)


def _fire(session: Session, hotline: Hotline, staff: Staff, timer: TimerRow, now: datetime) -> None:
    """One rung: the proof that it fired, the timer's next step, and what it says and does."""
    if timer.call_id is not None:
        call_promises.fire(session, hotline, staff, timer, now)
        return
    if timer.period_id is not None:
        period_promises.fire(session, hotline, staff, timer, now)
        return
    row, promise = session.get_one(TicketRow, timer.ticket_id), session.get_one(PromiseRow, timer.promise_id)
    policy = hotline.rulebook.of(session, row.policy_id)
    rule = policy.promise(Clock(promise.clock), TicketType(row.type))
    known = facts.promise(promise)
    if rule is None or not known.running or known.paused_at is not None:
        timer.due_at = None
        return
    ticket = facts.ticket(session, row)
    due = promises.next_due(policy, rule, known, row.appointment_start, timer.armed_from, timer.step)
    if due.at > now:  # the ticket's kind or window changed since it was armed: never early, it waits for its new time
        timer.due_at = due.at
        return
    firing = promises.fire(policy, rule, ticket, known, due)
    key = f"timer:{timer.id}:{timer.gen}:{timer.step}"
    timers.fired(session, timer, due.rung, due.at, now, firing.quiet or "told")
    timers.set_next(session, policy, rule, promise, timer, row.appointment_start)
    if firing.effects:
        act = Act(Action.NOTE, Role.SYSTEM, {"clock": rule.key, "rung": due.rung, "due": due.at, "late": now > due.at,
                                                   "late_ms": max(0, int((now - due.at).total_seconds() * 1000))})
        effects = list(rules.with_promises(policy, ticket, firing.effects))
        Writing(session, hotline, row, now, staff).apply(effects, ticket.state, f"timer:{rule.key}", act, key, ticket)
