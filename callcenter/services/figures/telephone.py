"""Inbound calls and agents' time as the figures see them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures.calls import Heard, Span
from callcenter.domain.figures.cases import Ms, hour_of, to_ms
from callcenter.domain.telephone import AgentState
from callcenter.domain.vocabulary import URGENT, TicketType
from callcenter.services.figures.rows import Row, ms
from callcenter.services.many_tickets import CHUNK, chunks
from callcenter.storage.tables import CallRow, CustomerRow, RoomRow, TicketRow
from callcenter.storage.telephone_tables import AgentSpanRow

#: what was settled this long after the call was still settled on it: the time there is to write it down (C03)
WRITTEN_DOWN_WITHIN: Ms = 120_000

_C, _T = CallRow, TicketRow
_CALLS = (sa.select(_C.id, _C.sid, ms(_C.ring_started_at), ms(_C.answered_at), ms(_C.ended_at), _C.answered_by, _C.disposition, _C.emergency,
                    _C.phone_key, RoomRow.compound, RoomRow.building)
          .outerjoin(CustomerRow, CustomerRow.id == _C.customer_id).outerjoin(RoomRow, RoomRow.id == CustomerRow.room_id)
          .where(_C.direction == "inbound").order_by(_C.id))
_TICKETS = sa.select(_T.call_id, _T.type, _T.category, _T.compound, _T.department, ms(_T.completed_at)).order_by(_T.id)
_RINGS = sa.select(_C.phone_key, ms(_C.ring_started_at)).where(_C.direction == "inbound").order_by(_C.ring_started_at)
_WRAP_UP = sa.select(AgentSpanRow.call_id, ms(AgentSpanRow.since_at), ms(AgentSpanRow.until_at)).where(AgentSpanRow.state == AgentState.WRAP_UP)


def calls(session: Session, since: datetime | None, until: datetime | None, now: datetime, end: datetime | None = None) -> Iterator[Heard]:
    """The inbound calls that began to ring in [since, until), as of *now*; after-call work still going on is counted until *end*."""
    bounds = [*([_C.ring_started_at >= since] if since else []), *([_C.ring_started_at < until] if until else [])]
    rows = list(session.connection().execute(_CALLS.where(*bounds)))
    ended = to_ms(end or min(until or now, now))
    for start in range(0, len(rows), CHUNK):
        yield from _heard(session, rows[start:start + CHUNK], ended)


def of_ids(session: Session, ids: Sequence[int], end: Ms) -> Iterator[tuple[int, Heard]]:
    """Those of *ids* that are inbound, with their ids."""
    for part in chunks(ids):
        rows = list(session.connection().execute(_CALLS.where(_C.id.in_(part))))
        yield from zip((r.id for r in rows), _heard(session, rows, end), strict=True)


def _heard(session: Session, rows: Sequence[Row], end: Ms) -> Iterator[Heard]:
    connection, ids = session.connection(), [r.id for r in rows]
    tickets: dict[int, list[Row]] = defaultdict(list)
    rings: dict[str, list[Ms]] = defaultdict(list)
    wrapped: dict[int, Ms] = defaultdict(int)
    wrapping: set[int] = set()
    for ticket in connection.execute(_TICKETS.where(_T.call_id.in_(ids))):
        tickets[ticket.call_id].append(ticket)
    for key, at in connection.execute(_RINGS.where(_C.phone_key.in_({r.phone_key for r in rows if r.phone_key}))):
        rings[key].append(at)
    for call_id, since, until in connection.execute(_WRAP_UP.where(AgentSpanRow.call_id.in_(ids))):
        wrapped[call_id] += max(0, (until or end) - since)
        if until is None:
            wrapping.add(call_id)
    for row in rows:
        yield _call(row, tickets[row.id], rings.get(row.phone_key or "", []), wrapped[row.id], wrapping=row.id in wrapping)


def _call(row: Row, tickets: Sequence[Row], rings: list[Ms], wrap_up: Ms, *, wrapping: bool) -> Heard:
    rang, end = row.ring_started_at, row.ended_at or row.ring_started_at
    settled = bool(row.disposition or tickets) and all(
        t.completed_at is not None and t.completed_at <= end + WRITTEN_DOWN_WITHIN for t in tickets)
    next_ = bisect_right(rings, rang)
    return Heard(row.sid, rang, row.answered_at, row.ended_at, row.answered_by, wrap_up, wrapping,
                 bool(row.emergency) or any(TicketType(t.type) in URGENT for t in tickets), settled, rings[next_] if next_ < len(rings) else None,
                 _dimensions(row, tickets))


def _dimensions(row: Row, tickets: Sequence[Row]) -> dict[str, str]:
    """The compound of the ticket it led to, else of the caller's home."""
    shift, hour, weekday = hour_of(row.ring_started_at)
    about = tickets[0] if tickets else None
    compound = (about.compound if about is not None else row.compound) or ""
    return {"compound": compound, "building": f"{compound}/{row.building}" if row.building and compound == row.compound else "",
            "category": (about.category if about else None) or "", "type": about.type if about else "", "agent": row.answered_by or "",
            "department": (about.department if about else None) or "", "shift": shift, "hour": hour, "weekday": weekday,
            "technician": "", "contractor": ""}


def spans(session: Session, since: datetime, until: datetime) -> list[Span]:
    """Agents' time, cut to the period; an open stretch lasts until its end."""
    rows = session.connection().execute(sa.select(AgentSpanRow.user, AgentSpanRow.state, ms(AgentSpanRow.since_at), ms(AgentSpanRow.until_at)).where(
        AgentSpanRow.since_at < until, sa.or_(AgentSpanRow.until_at.is_(None), AgentSpanRow.until_at > since)).order_by(AgentSpanRow.id))
    first, last = to_ms(since), to_ms(until)
    return [Span(user, AgentState(state), max(start, first), min(last if end is None else end, last)) for user, state, start, end in rows]
