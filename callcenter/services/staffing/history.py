"""What the recorded weeks say about the telephone, added up in the database: calls by hour, handling time, waiting, giving up."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import demand
from callcenter.domain.days import local, midnight
from callcenter.domain.demand import Estimate, Pattern
from callcenter.domain.telephone import AgentState
from callcenter.services import calendar
from callcenter.services.demo import written_day
from callcenter.storage.codec import from_ms
from callcenter.storage.tables import CallRow, RoomRow
from callcenter.storage.telephone_tables import AgentSpanRow

_HOUR, _DAY = 3_600_000, timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """The estimates and the days they come from."""

    pattern: Pattern
    days: int
    calls: int
    handling: Estimate
    patience: Estimate | None


def seen(session: Session, now: datetime, weeks: int) -> Seen:
    """What the last *weeks* weeks show, up to last midnight; from the first whole day on which the hotline was there."""
    until = midnight(now)
    since = max(until - timedelta(weeks=weeks), _first_whole_day(session) or until)
    days = {(since + n * _DAY).astimezone(until.tzinfo).date() for n in range(max(0, (until - since) // _DAY))}
    kinds = {day: demand.kind_of(day, calendar.is_workday(day, session)[0]) for day in sorted(days)}
    counts = _by_hour(session, since, until)
    handling, patience = _handling(session, since, until)
    return Seen(Pattern(kinds, counts, written_day.HOURS, _households(session, now) * demand.A_HOUSEHOLD), len(days), sum(counts.values()),
                handling, patience)


def _ms(column: Any) -> sa.ColumnElement[Any]:
    return sa.type_coerce(column, sa.BigInteger)


def _within(since: datetime, until: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return CallRow.direction == "inbound", CallRow.ring_started_at >= since, CallRow.ring_started_at < until


def _first_whole_day(session: Session) -> datetime | None:
    first = session.scalar(sa.select(sa.func.min(CallRow.ring_started_at)).where(CallRow.direction == "inbound"))
    return midnight(first) + _DAY if first is not None else None


def _by_hour(session: Session, since: datetime, until: datetime) -> dict[tuple[date, int], int]:
    """Calls of every local day and hour that had any; the zone is whole hours from UTC."""
    hour = (_ms(CallRow.ring_started_at) // _HOUR).label("hour")
    found: dict[tuple[date, int], int] = defaultdict(int)
    for at, calls in session.execute(sa.select(hour, sa.func.count()).where(*_within(since, until)).group_by(hour)):
        when = local(from_ms(int(at) * _HOUR))
        found[when.date(), when.hour] += calls
    return found


def _handling(session: Session, since: datetime, until: datetime) -> tuple[Estimate, Estimate | None]:
    """Talk with hold and after-call work of each answered call, and the patience of callers."""
    ring, answer, end = (_ms(c) for c in (CallRow.ring_started_at, CallRow.answered_at, CallRow.ended_at))
    over = sa.and_(CallRow.answered_at.is_not(None), CallRow.ended_at.is_not(None))
    gone = sa.and_(CallRow.answered_at.is_(None), CallRow.ended_at.is_not(None))
    talked, answered, waited, given_up = session.execute(sa.select(
        sa.func.sum(sa.case((over, end - answer), else_=0)), sa.func.sum(sa.case((over, 1), else_=0)),
        sa.func.sum(sa.func.coalesce(answer, end, ring) - ring), sa.func.sum(sa.case((gone, 1), else_=0))).where(*_within(since, until))).one()
    after = session.scalar(sa.select(sa.func.sum(_ms(AgentSpanRow.until_at) - _ms(AgentSpanRow.since_at))).where(
        AgentSpanRow.since_at >= since, AgentSpanRow.since_at < until, AgentSpanRow.state == AgentState.WRAP_UP, AgentSpanRow.call_id.is_not(None)))
    return (demand.mean(timedelta(milliseconds=int(talked or 0) + int(after or 0)), int(answered or 0), demand.ASSUMED_HANDLING),
            demand.patience(timedelta(milliseconds=int(waited or 0)), int(given_up or 0)))


def _households(session: Session, now: datetime) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(RoomRow).where(RoomRow.handed_over_at <= now, RoomRow.valid_to.is_(None))) or 0
