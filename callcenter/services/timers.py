"""Promises that fall due: every rung fires once, in order, however late, in one transaction with what it says (TIMERS.md 3)."""

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from heapq import heappop, heappush

from sqlalchemy.orm import Session

from callcenter.domain import promises, rules
from callcenter.domain.ticket import Act, Break, Effect, Escalate, Staff, Start, Tell, Ticket
from callcenter.domain.vocabulary import Action, Clock, Role, TicketType
from callcenter.services.acting import Writing
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import period_promises
from callcenter.services.telephone import call_promises
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
            due = timers.due_kinds(session, now, limit)
        if not due:
            return total
        fired = _fire_batch(hotline, now, due, limit, log)
        total += fired
        if fired < limit:
            return total


def _fire_batch(hotline: Hotline, now: datetime, due: Collection[str], limit: int, log: Log | None) -> int:
    """Up to *limit* rungs of those kinds in one transaction; when one of them fails, once more with each on its own."""
    try:
        with hotline.store.transaction() as session:
            firing = _Firing(session, hotline, now, log)
            return firing.in_order(due, limit, firing.fire)
    except Exception:  # noqa: BLE001 - which timer it was, and what becomes of it, is found out by firing them singly
        with hotline.store.transaction() as session:
            firing = _Firing(session, hotline, now, log)
            return firing.in_order(due, limit, firing.attempt)


def settle(hotline: Hotline, number: str, now: datetime) -> None:
    """Before anybody acts on a ticket: fire, in a transaction of its own, whatever fell due on it strictly before *now*."""
    with hotline.store.reading() as session:
        if not timers.ticket_is_due(session, number, now):
            return
    with hotline.store.transaction() as session:
        row, firing = facts.locked(session, number), _Firing(session, hotline, now, log.error)
        while row is not None and (timer := timers.due_of(session, row.id, None, now)) is not None:
            firing.attempt(timer)


def settle_call(session: Session, hotline: Hotline, call: CallRow, now: datetime) -> None:
    """The same for a call, within the caller's transaction."""
    while (timer := timers.due_of(session, None, call.id, now)) is not None:
        _Firing(session, hotline, now, log.error).attempt(timer)


class _Firing:
    """One transaction's firing: what is known meanwhile of the people and of the tickets claimed."""

    def __init__(self, session: Session, hotline: Hotline, now: datetime, log: Log | None) -> None:
        self.session, self.hotline, self.now, self.log = session, hotline, now, log
        self.staff = facts.staff(session, now)
        self.known: dict[int, Ticket] = {}

    def in_order(self, due: Collection[str], limit: int, fire: Callable[[TimerRow], None]) -> int:
        """Fire what is claimed by the time it was due, the further rungs of a ladder that slept among the others."""
        claimed, fired = timers.claim(self.session, self.now, limit, due), 0
        self.known = facts.tickets(self.session, (c.subject for c in claimed if isinstance(c.subject, TicketRow)))
        until = self.now if len(claimed) < limit else max((c.timer.due_at for c in claimed if c.timer.due_at), default=self.now)
        waiting = [(c.timer.due_at, c.timer.id, c.timer) for c in claimed]
        while waiting and fired < limit:
            due_at, id_, timer = heappop(waiting)
            if timer.due_at == due_at:
                fire(timer)
                fired += 1
            if timer.due_at is not None and timer.due_at <= until and timer.retry_at is None:
                heappush(waiting, (timer.due_at, id_, timer))
        return fired

    def attempt(self, timer: TimerRow) -> None:
        """Fire; a poisoned timer is put off, shown and tried again, and holds up nobody else."""
        timer_id = timer.id
        try:
            with self.session.begin_nested():
                self.fire(timer)
        except Exception as wrong:  # noqa: BLE001 - whatever it is, the next timer is not to blame
            self.session.expire_all()
            self.known.clear()
            timers.failed(self.session, timer_id, f"{type(wrong).__name__}: {wrong}", self.now)
            if self.log is not None:
                self.log(f"timer {timer_id}: {type(wrong).__name__}: {wrong}")

    def fire(self, timer: TimerRow) -> None:
        """One rung: the proof that it fired, the timer's next step, and what it says and does."""
        staff = facts.recounted(self.session, self.staff)
        if timer.call_id is not None:
            call_promises.fire(self.session, self.hotline, staff, timer, self.now)
        elif timer.period_id is not None:
            period_promises.fire(self.session, self.hotline, staff, timer, self.now)
        else:
            self._of_ticket(staff, timer)

    def _of_ticket(self, staff: Staff, timer: TimerRow) -> None:
        session, now = self.session, self.now
        row, promise = session.get_one(TicketRow, timer.ticket_id), session.get_one(PromiseRow, timer.promise_id)
        policy = self.hotline.rulebook.of(session, row.policy_id)
        rule = policy.promise(Clock(promise.clock), TicketType(row.type))
        known = facts.promise(promise)
        if rule is None or not known.running or known.paused_at is not None:
            timer.due_at = None
            return
        due = promises.next_due(policy, rule, known, row.appointment_start, timer.armed_from, timer.step)
        if due.at > now:  # the ticket's kind or window changed since it was armed: never early, it waits for its new time
            timer.due_at = due.at
            return
        ticket = self._ticket(row)
        firing = promises.fire(policy, rule, ticket, known, due)
        key = f"timer:{timer.id}:{timer.gen}:{timer.step}"
        timers.fired(session, timer, due.rung, due.at, now, firing.quiet or "told")
        timers.set_next(session, policy, rule, promise, timer, row.appointment_start)
        if firing.effects:
            effects = list(rules.with_promises(policy, ticket, firing.effects))
            Writing(session, self.hotline, row, now, staff).apply(effects, ticket.state, f"timer:{rule.key}", _said(rule.key, due, now), key, ticket)
            self._forget(row, effects)

    def _ticket(self, row: TicketRow) -> Ticket:
        """The ticket as it stands now, read again only after something was written that it shows."""
        if row.id not in self.known:
            self.known[row.id] = facts.ticket(self.session, row)
        return self.known[row.id]

    def _forget(self, row: TicketRow, effects: Iterable[Effect]) -> None:
        """Telling changes no ticket, a promise or an escalation its own, an act perhaps another one too."""
        kinds = {type(effect) for effect in effects} - {Tell}
        if kinds - {Break, Escalate, Start}:
            self.known.clear()
        elif kinds:
            self.known.pop(row.id, None)


def _said(clock: Clock, due: promises.Due, now: datetime) -> Act:
    """The act a firing is written down as."""
    return Act(Action.NOTE, Role.SYSTEM, {"clock": clock, "rung": due.rung, "due": due.at, "late": now > due.at,
                                          "late_ms": max(0, int((now - due.at).total_seconds() * 1000))})
