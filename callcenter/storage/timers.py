"""Arming, resting and claiming timers. A timer row looks at one promise; the promise row alone says what is true."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import promises
from callcenter.domain.policy import Policy, PromiseRule
from callcenter.storage.codec import Moment
from callcenter.storage.facts import promise as as_promise
from callcenter.storage.store import wake_later
from callcenter.storage.tables import Base, CallRow, PeriodRow, PromiseRow, TicketRow, TimerRow

#: pauses after a failed firing; after the last the timer is shown as dead and tried every hour
PAUSES = tuple(timedelta(seconds=s) for s in (1, 5, 30, 120, 600, 3600))


def _not_put_off(now: Any) -> sa.ColumnElement[bool]:
    return sa.or_(TimerRow.retry_at.is_(None), TimerRow.retry_at <= now)


_NOW: sa.BindParameter[datetime] = sa.bindparam("now", type_=Moment)
_DUE = sa.and_(TimerRow.due_at <= _NOW, _not_put_off(_NOW))
_TICKET_DUE = (sa.select(TimerRow.__table__.c.id).join(TicketRow, TicketRow.id == TimerRow.ticket_id)
               .where(TicketRow.number == sa.bindparam("number"), TimerRow.due_at < _NOW).limit(1))
#: PostgreSQL's statistics come from quieter times: it would read and sort the whole backlog for every batch (measured: 300 against 3 ms)
_WALK_THE_INDEX = sa.text("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), "
                          "set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), "
                          "set_config('plan_cache_mode', 'force_custom_plan', true)")
_OF = sa.select(TimerRow).where(TimerRow.promise_id == sa.bindparam("promise"))
_FIRED = sa.insert(Base.metadata.tables["timer_fire"])
_DUE_OF_TICKET, _DUE_OF_CALL = (
    sa.select(TimerRow).where(TimerRow.due_at < _NOW, _not_put_off(_NOW), key == sa.bindparam("key"))
    .order_by(TimerRow.due_at, TimerRow.id).limit(1).execution_options(populate_existing=True) for key in (TimerRow.ticket_id, TimerRow.call_id))
_NEXT_DUE = sa.select(sa.func.min(TimerRow.due_at)).where(TimerRow.due_at.is_not(None), TimerRow.retry_at.is_(None))


def _claiming(subject: type[TicketRow | CallRow | PeriodRow], key: Any) -> sa.Executable:
    """The due timers, oldest first; what they are about is loaded and locked along. SQLite, having one writer, leaves out the locks."""
    return (sa.select(TimerRow, subject, PromiseRow).join(subject, subject.id == key).join(PromiseRow, PromiseRow.id == TimerRow.promise_id)
            .where(_DUE).order_by(TimerRow.due_at, TimerRow.id).limit(sa.bindparam("limit", type_=sa.Integer))
            .with_for_update(of=[TimerRow, subject], skip_locked=True).execution_options(populate_existing=True))


_CLAIMING = {"ticket": _claiming(TicketRow, TimerRow.ticket_id), "call": _claiming(CallRow, TimerRow.call_id),
             "period": _claiming(PeriodRow, TimerRow.period_id)}
#: what the next due timers are about: a look that spares asking for calls and periods every time
_NEXT = (sa.select(sa.case((TimerRow.call_id.is_not(None), "call"), (TimerRow.period_id.is_not(None), "period"), else_="ticket").label("kind"))
         .where(_DUE).order_by(TimerRow.due_at, TimerRow.id).limit(sa.bindparam("limit", type_=sa.Integer)).subquery())
_DUE_KINDS = sa.select(_NEXT.c.kind).distinct()


class Claimed(NamedTuple):
    """A due timer, what it is about, and the promise it watches."""

    timer: TimerRow
    subject: TicketRow | CallRow | PeriodRow
    promise: PromiseRow


def arm(session: Session, policy: Policy, rule: PromiseRule, row: PromiseRow, window_start: datetime | None, now: datetime) -> None:
    """Start the timer of a new or moved promise from its first rung that is not yet past."""
    timer = of(session, row)
    if timer is None:
        begin(session, policy, rule, row, window_start, now)
        return
    timer.gen, timer.step, timer.fails, timer.retry_at, timer.armed_from = timer.gen + 1, 0, 0, None, now
    set_next(session, policy, rule, row, timer, window_start)


def begin(session: Session, policy: Policy, rule: PromiseRule, row: PromiseRow, window_start: datetime | None, now: datetime) -> None:
    """The same for a promise written just now, which cannot have a timer yet."""
    timer = TimerRow(promise_id=row.id, ticket_id=row.ticket_id, call_id=row.call_id, period_id=row.period_id, gen=1, step=0, fails=0,
                     armed_from=min(now, row.started_at))
    session.add(timer)
    set_next(session, policy, rule, row, timer, window_start)


def set_next(session: Session, policy: Policy, rule: PromiseRule, row: PromiseRow, timer: TimerRow, window_start: datetime | None) -> None:
    """Set the timer to its step's time, or to rest when the promise no longer runs."""
    promise = as_promise(row)
    resting = not promise.running or promise.paused_at is not None
    timer.due_at = None if resting else promises.next_due(policy, rule, promise, window_start, timer.armed_from, timer.step).at
    if timer.due_at is not None:
        wake_later(session, "timer", due_at=timer.due_at)


def of(session: Session, row: PromiseRow) -> TimerRow | None:
    return session.scalar(_OF, {"promise": row.id})


def rest(session: Session, row: PromiseRow) -> None:
    """The promise no longer runs: its timer rests, at the step it had reached."""
    session.execute(sa.update(TimerRow).where(TimerRow.promise_id == row.id).values(due_at=None))


def next_due_at(session: Session) -> datetime | None:
    """When the next timer falls due."""
    return session.connection().scalar(_NEXT_DUE)


def ticket_is_due(session: Session, number: str, before: datetime) -> bool:
    """Whether a timer of the ticket called *number* fell due strictly before *before*: a cheap look before taking the write lock."""
    return session.connection().execute(_TICKET_DUE, {"number": number, "now": before}).first() is not None


def due_kinds(session: Session, now: datetime, limit: int) -> Collection[str]:
    """What the next *limit* due timers are about (ticket, call, period); empty when none is due. A cheap look before taking the write lock."""
    return sorted(kind for kind in session.connection().execute(_DUE_KINDS, {"now": now, "limit": limit}).scalars() if kind is not None)


def claim(session: Session, now: datetime, limit: int, kinds: Collection[str] = ("call", "period", "ticket")) -> Sequence[Claimed]:
    """Up to *limit* due timers about these *kinds* of things, oldest first, locked together with what they are about; what others hold is left
    to them.

    Hold on to what is returned: as long as it is there, the session knows these rows and need not read them again.
    """
    connection, given = session.connection(), {"now": now, "limit": limit}
    if connection.dialect.name == "postgresql":
        connection.execute(_WALK_THE_INDEX)
    found = [Claimed(*row) for kind in kinds for row in session.execute(_CLAIMING[kind], given)]
    return sorted(found, key=lambda c: (c.timer.due_at, c.timer.id))[:limit]


def due_of(session: Session, ticket_id: int | None, call_id: int | None, before: datetime) -> TimerRow | None:
    """The oldest timer of one ticket or call that fell due strictly before *before*; one that fails to fire is left out while it rests."""
    which, key = (_DUE_OF_TICKET, ticket_id) if ticket_id else (_DUE_OF_CALL, call_id)
    return session.scalar(which, {"now": before, "key": key})


def due_of_period(session: Session, period_id: int, before: datetime) -> TimerRow | None:
    """A period's timer, if it fell due strictly before *before* and is not resting after a failure."""
    return session.scalar(sa.select(TimerRow).where(TimerRow.period_id == period_id, TimerRow.due_at < before, _not_put_off(before))
                          .execution_options(populate_existing=True))


def fired(session: Session, timer: TimerRow, rung: int, due_at: datetime, now: datetime, outcome: str) -> None:
    """Write the proof at once: this rung of this generation fired, once, so late."""
    session.connection().execute(_FIRED, {"timer_id": timer.id, "gen": timer.gen, "step": timer.step, "rung": rung, "due_at": due_at,
                                          "fired_at": now, "late_ms": max(0, (now - due_at) // timedelta(milliseconds=1)), "outcome": outcome})
    timer.step, timer.fails, timer.retry_at, timer.last_error = timer.step + 1, 0, None, None


def failed(session: Session, timer_id: int, error: str, now: datetime) -> None:
    """A firing that failed is tried again after a growing pause, and blocks nobody else."""
    timer = session.get_one(TimerRow, timer_id)
    timer.fails += 1
    timer.last_error = error[:500]
    timer.retry_at = now + PAUSES[min(timer.fails, len(PAUSES)) - 1]
