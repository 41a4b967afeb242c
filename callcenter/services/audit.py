"""The doctor: is every open thing guarded, does the ledger hold, are clocks alive, how late do timers fire (ARCHITECTURE 1, idea 8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import OPEN, CallState, ReturnCall
from callcenter.services.figures import daily
from callcenter.services.hotline import Hotline
from callcenter.services.reports import signing
from callcenter.storage import ledger
from callcenter.storage.tables import CallRow, EscalationRow, MessageRow, NodeRow, PeriodRow, PromiseRow, TicketRow, TimerFireRow, TimerRow

#: a clock that has not been seen for longer is taken for dead
SILENT = timedelta(seconds=10)
#: a due timer waiting longer than this means nobody fires
WAITING = timedelta(seconds=5)
#: sums of figures older than so many minutes, with so many events since, mean nobody adds them up
STALE, MANY = 60, 5_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    name: str
    ok: bool
    zh: str
    en: str

    def text(self, language: str = "zh") -> str:
        return self.en if language.startswith("en") else self.zh


def examine(hotline: Hotline, now: datetime, *, processes: bool = True) -> list[Finding]:
    """Everything the doctor looks at, healthy or not. `processes=False` leaves out clocks and workers (a database at rest)."""
    with hotline.store.reading() as session:
        findings = [_guarded(hotline, session), _chained(session), _signed(session),
                    _due(session, now), _failing(session), _parked(session), _lateness(session, now), _summed(session, now)]
        return findings + (_alive(session, now) if processes else [])


def unguarded(hotline: Hotline, session: Session) -> list[str]:
    """Open things that no armed timer watches: there must never be one (idea 8)."""
    return [*_tickets(session), *_calls(session), *_periods(session), *_escalations(hotline, session)]


def _tickets(session: Session) -> Iterator[str]:
    armed = sa.select(TimerRow.ticket_id).where(TimerRow.due_at.is_not(None), TimerRow.ticket_id.is_not(None))
    for number in session.scalars(sa.select(TicketRow.number).where(TicketRow.state.in_(OPEN), TicketRow.id.not_in(armed))):
        yield f"ticket {number}"


def _calls(session: Session) -> Iterator[str]:
    """Ringing and held calls and due return calls have a timer; somebody talking is the named reason for an answered one."""
    armed = sa.select(TimerRow.call_id).where(TimerRow.due_at.is_not(None), TimerRow.call_id.is_not(None))
    waiting = sa.or_(CallRow.state.in_([CallState.RINGING, CallState.HELD]), CallRow.return_call == ReturnCall.DUE)
    for sid in session.scalars(sa.select(CallRow.sid).where(waiting, CallRow.id.not_in(armed))):
        yield f"call {sid}"


def _periods(session: Session) -> Iterator[str]:
    """A day, a week, a month, a survey or a handover that nobody has confirmed goes on reminding."""
    armed = sa.select(TimerRow.period_id).where(TimerRow.due_at.is_not(None), TimerRow.period_id.is_not(None))
    unwatched = sa.select(PeriodRow.kind, PeriodRow.key).where(PeriodRow.confirmed_at.is_(None), PeriodRow.id.not_in(armed))
    for kind, key in session.execute(unwatched):
        yield f"{kind} {key}"


def _escalations(hotline: Hotline, session: Session) -> Iterator[str]:
    armed = (sa.select(PromiseRow.about).join(TimerRow, TimerRow.promise_id == PromiseRow.id)
             .where(PromiseRow.clock == "escalation_ack", TimerRow.due_at.is_not(None)))
    watched = set(session.scalars(armed))
    lowest = hotline.rulebook.policy.escalation.acknowledge_from
    open_ = sa.select(EscalationRow.id).where(
        EscalationRow.ended_at.is_(None), EscalationRow.acknowledged_at.is_(None), EscalationRow.level >= lowest)
    for id_ in session.scalars(open_):
        if str(id_) not in watched:
            yield f"escalation {id_}"


def _guarded(hotline: Hotline, session: Session) -> Finding:
    lost = unguarded(hotline, session)
    named = ", ".join(lost[:5])
    return Finding("guarded", not lost, f"每个未结事项都有计时器看守{':漏 ' + named if lost else ''}",
                   f"every open thing is guarded by a timer{': not ' + named if lost else ''}")


def _chained(session: Session) -> Finding:
    broken = [fault for fault, _ in zip(ledger.faults(session), range(5), strict=False)]
    return Finding("ledger", not broken, f"日志链完整{':' + ';'.join(f.zh for f in broken) if broken else ''}",
                   f"the ledger's chain holds{': ' + '; '.join(broken) if broken else ''}")


def _signed(session: Session) -> Finding:
    broken = [fault for fault, _ in zip(signing.faults(session), range(5), strict=False)]
    return Finding("reports", not broken, f"已签发的报表未被改动{':' + ';'.join(f.zh for f in broken) if broken else ''}",
                   f"signed reports are as they were signed{': ' + '; '.join(broken) if broken else ''}")


def _due(session: Session, now: datetime) -> Finding:
    oldest = session.scalar(sa.select(sa.func.min(TimerRow.due_at)).where(TimerRow.due_at.is_not(None)))
    waiting = max(timedelta(0), now - oldest) if oldest else timedelta(0)
    return Finding("due", waiting <= WAITING, f"最久的到期计时器已等 {waiting.total_seconds():.1f} 秒",
                   f"the oldest due timer has waited {waiting.total_seconds():.1f} s")


def _failing(session: Session) -> Finding:
    rows = list(session.execute(sa.select(TimerRow.id, TimerRow.last_error).where(TimerRow.fails > 0).limit(5)))
    named = "; ".join(f"{i}: {e}" for i, e in rows)
    return Finding("failing", not rows, f"没有触发失败的计时器{':' + named if rows else ''}",
                   f"no timer fails to fire{': ' + named if rows else ''}")


def _parked(session: Session) -> Finding:
    parked = session.scalar(sa.select(sa.func.count()).select_from(MessageRow).where(MessageRow.status == "parked")) or 0
    return Finding("parked", parked == 0, f"无法送达而搁置的消息 {parked} 条", f"{parked} messages are parked, undeliverable")


def _lateness(session: Session, now: datetime) -> Finding:
    late = sorted(session.scalars(sa.select(TimerFireRow.late_ms).where(TimerFireRow.fired_at > now - timedelta(days=1))))
    p99 = late[min(len(late) - 1, int(len(late) * 0.99))] if late else 0
    return Finding("lateness", p99 <= 1000, f"24 小时内触发 {len(late)} 次,迟延 p99 {p99} 毫秒",
                   f"{len(late)} rungs fired in 24 h, lateness p99 {p99} ms")


def _summed(session: Session, now: datetime) -> Finding:
    """Old sums are not wrong: what has come since is counted on the way, or everything is, which takes longer."""
    found = daily.freshness(session)
    if not found.complete or found.as_of is None:
        return Finding("figures", True, "指标还没有按日汇总(由时钟进程补上)", "the figures are not summed up by day yet (the clock sees to it)")
    minutes = max(0, (now - found.as_of) // timedelta(minutes=1))
    return Finding("figures", minutes <= STALE or found.events < MANY, f"指标汇总于 {minutes} 分钟前,之后有 {found.events} 条日志",
                   f"the figures are summed up as of {minutes} min ago, with {found.events} events since")


def _alive(session: Session, now: datetime) -> list[Finding]:
    findings = []
    for kind, zh in (("clock", "时钟"), ("worker", "工作进程")):
        seen = session.scalar(sa.select(sa.func.max(NodeRow.seen_at)).where(NodeRow.kind == kind))
        limit = SILENT if kind == "clock" else SILENT * 3
        ok = seen is not None and now - seen <= limit
        age = "—" if seen is None else f"{(now - seen).total_seconds():.0f} s"
        findings.append(Finding(kind, ok, f"{zh}最近一次心跳 {age} 前", f"{kind} last seen {age} ago"))
    return findings
