"""The figures of the telephone over the live database: calls, agents' time, and who took how many."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import call_figures
from callcenter.domain.call_figures import CallFigure, Heard, Span
from callcenter.domain.telephone import AgentState
from callcenter.domain.vocabulary import URGENT, TicketType
from callcenter.services.board_figures import CEILINGS
from callcenter.services.hotline import Hotline
from callcenter.services.many_tickets import chunks
from callcenter.storage.tables import CallRow, PersonRow, TicketRow
from callcenter.storage.telephone_tables import AgentSpanRow

#: what was settled this long after the call was still settled on it: the time there is to write it down (C03)
WRITTEN_DOWN_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One agent's time and calls in a period."""

    user: str
    name: str
    calls: int
    talked: timedelta
    time: dict[AgentState, timedelta]


@dataclass(frozen=True, slots=True)
class Line:
    """A figure and what it is held against."""

    figure: CallFigure
    target: float | None

    @property
    def text(self) -> str:
        """"98.3 %" (cut, not rounded) or "12 s"; a dash when there is nothing to divide by."""
        value = self.figure.value
        if value is None:
            return "—"
        return f"{int(value * 1000 + 1e-9) / 10:.1f} %" if self.figure.unit == "share" else f"{value:.0f} s"

    @property
    def target_text(self) -> str | None:
        sign = "≤" if self.figure.code in CEILINGS else "≥"
        return None if self.target is None else f"{sign} {self.target * 100:g} %"

    @property
    def tone(self) -> str:
        """ok or bad against the target; neutral without one, without data, and under thirty cases."""
        value = self.figure.value
        if value is None or self.target is None or self.figure.few:
            return "neutral"
        met = value <= self.target if self.figure.code in CEILINGS else value >= self.target
        return "ok" if met else "bad"


@dataclass(frozen=True, slots=True)
class Telephone:
    """The telephone in a period: figures, and every agent's part of it."""

    figures: list[Line]
    agents: list[AgentDay]
    offered: int
    answered: int


def telephone(hotline: Hotline, session: Session, now: datetime, since: datetime, until: datetime | None = None) -> Telephone:
    """Everything over the inbound calls that began to ring in [*since*, *until*) and the agents' time within it, as of *now*."""
    until = min(until or now, now)
    spans = _spans(session, since, until)
    calls = _calls(session, since, until, now)
    targets = hotline.rulebook.policy.targets
    lines = [Line(f, targets.get(f.code)) for f in call_figures.compute(calls, spans, now)]
    return Telephone(lines, _agents(session, calls, spans, now), len(calls),
                     sum(1 for c in calls if c.answered_at is not None))


def _spans(session: Session, since: datetime, until: datetime) -> list[Span]:
    """Cut to the period; an open one lasts until its end."""
    rows = session.scalars(sa.select(AgentSpanRow).where(
        AgentSpanRow.since_at < until, sa.or_(AgentSpanRow.until_at.is_(None), AgentSpanRow.until_at > since)).order_by(AgentSpanRow.id))
    return [Span(r.user, AgentState(r.state), max(r.since_at, since), min(r.until_at or until, until)) for r in rows]


def _calls(session: Session, since: datetime, until: datetime, now: datetime) -> list[Heard]:
    rows = list(session.scalars(sa.select(CallRow).where(
        CallRow.direction == "inbound", CallRow.ring_started_at >= since, CallRow.ring_started_at < until).order_by(CallRow.id)))
    about, again, wrapped = _tickets(session, rows), _rings(session, rows), _wrap_up(session, rows, until)
    return [_heard(row, about[row.id], again, wrapped.get(row.id, timedelta(0))) for row in rows]


def _heard(row: CallRow, tickets: Sequence[TicketRow], rings: dict[str, list[datetime]], wrap_up: timedelta) -> Heard:
    end = row.ended_at or row.ring_started_at
    settled = bool(row.disposition or tickets) and all(
        t.completed_at is not None and t.completed_at <= end + WRITTEN_DOWN_WITHIN for t in tickets)
    return Heard(row.sid, row.ring_started_at, row.answered_at, row.ended_at, row.answered_by, wrap_up,
                 row.emergency or any(TicketType(t.type) in URGENT for t in tickets), settled,
                 _next(rings.get(row.phone_key or "", []), row.ring_started_at))


def _next(moments: list[datetime], after: datetime) -> datetime | None:
    place = bisect_right(moments, after)
    return moments[place] if place < len(moments) else None


def _tickets(session: Session, rows: Sequence[CallRow]) -> dict[int, list[TicketRow]]:
    found: dict[int, list[TicketRow]] = defaultdict(list)
    for part in chunks([r.id for r in rows]):
        for ticket in session.scalars(sa.select(TicketRow).where(TicketRow.call_id.in_(part))):
            found[ticket.call_id or 0].append(ticket)
    return found


def _rings(session: Session, rows: Sequence[CallRow]) -> dict[str, list[datetime]]:
    """When each of these callers was heard of, in order."""
    found: dict[str, list[datetime]] = defaultdict(list)
    for part in chunks(sorted({r.phone_key for r in rows if r.phone_key})):
        query = sa.select(CallRow.phone_key, CallRow.ring_started_at).where(CallRow.direction == "inbound", CallRow.phone_key.in_(part))
        for key, at in session.execute(query.order_by(CallRow.ring_started_at)):
            found[str(key)].append(at)
    return found


def _wrap_up(session: Session, rows: Sequence[CallRow], until: datetime) -> dict[int, timedelta]:
    found: dict[int, timedelta] = defaultdict(timedelta)
    for part in chunks([r.id for r in rows]):
        spans = session.scalars(sa.select(AgentSpanRow).where(AgentSpanRow.call_id.in_(part), AgentSpanRow.state == AgentState.WRAP_UP))
        for span in spans:
            found[span.call_id or 0] += max(timedelta(0), (span.until_at or until) - span.since_at)
    return found


def _agents(session: Session, calls: Sequence[Heard], spans: Sequence[Span], now: datetime) -> list[AgentDay]:
    time = call_figures.by_agent(spans)
    mine: dict[str, list[Heard]] = defaultdict(list)
    for call in calls:
        if call.answered_by and call.answered_at:
            mine[call.answered_by].append(call)
    people = sorted({*time, *mine})
    names = {p.user: p.name for part in chunks(people) for p in session.scalars(sa.select(PersonRow).where(PersonRow.user.in_(part)))}
    return [AgentDay(u, names.get(u, u), len(mine[u]), sum(((c.ended_at or now) - (c.answered_at or now) for c in mine[u]), timedelta(0)),
                     dict(time.get(u, {}))) for u in people]
