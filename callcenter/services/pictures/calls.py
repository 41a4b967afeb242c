"""Calls that came in, by weekday and hour of the local clock."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.days import local
from callcenter.services.pictures import Ask, ms, within
from callcenter.storage.codec import from_ms
from callcenter.storage.tables import CallRow, CustomerRow, RoomRow, TicketRow

_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Week:
    """Calls of each hour of the week, Monday first, and how often each weekday has begun in the period so far."""

    calls: tuple[tuple[int, ...], ...]
    days: tuple[int, ...]

    @property
    def n(self) -> int:
        return sum(map(sum, self.calls))


def by_hour(session: Session, ask: Ask) -> Week:
    """The inbound calls that began to ring in the period; a call belongs to its ticket's compound, else to its caller's home (as in the figures)."""
    hour = (ms(CallRow.ring_started_at) // _HOUR).label("hour")
    query = sa.select(hour, sa.func.count()).where(CallRow.direction == "inbound", *within(CallRow.ring_started_at, ask.since, ask.end))
    if ask.narrow:
        query = query.outerjoin(CustomerRow, CustomerRow.id == CallRow.customer_id).outerjoin(RoomRow, RoomRow.id == CustomerRow.room_id)
        query = query.where(*ask.places(_place()))
    calls = [[0] * 24 for _ in range(7)]
    for at, n in session.execute(query.group_by(hour)):
        when = local(from_ms(int(at) * _HOUR))
        calls[when.weekday()][when.hour] += n
    return Week(tuple(map(tuple, calls)), _days(ask))


def _place() -> sa.ColumnElement[str | None]:
    """The compound of the first ticket the call led to, where it led to one; else of the caller's home."""
    of_call = TicketRow.call_id == CallRow.id
    first = sa.select(TicketRow.compound).where(of_call).order_by(TicketRow.id).limit(1).correlate(CallRow).scalar_subquery()
    return sa.case((sa.select(TicketRow.id).where(of_call).correlate(CallRow).exists(), first), else_=RoomRow.compound)


def _days(ask: Ask) -> tuple[int, ...]:
    found = [0] * 7
    day = ask.since
    while day < ask.end:
        found[local(day).weekday()] += 1
        day += timedelta(days=1)
    return tuple(found)
