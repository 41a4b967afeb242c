"""Technicians and firms side by side: how long from a dispatch to their being on site."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.services.pictures import Ask, ms, within
from callcenter.storage.tables import AssignmentRow, TicketRow

_A = AssignmentRow
#: in how many rows people are compared; whoever had fewer jobs is left to the table of figures
MOST = 12


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Somebody's arrivals: the first quarter of them, the half and three quarters took no longer than this."""

    user: str
    n: int
    low: timedelta
    middle: timedelta
    high: timedelta


def arrivals(session: Session, ask: Ask) -> list[Arrivals]:
    """The dispatches of the period that stood and led to an arrival, by whom they were sent to; those with the most of them, the fastest first."""
    took = (ms(_A.arrived_at) - ms(_A.at)).label("took")
    rows = sa.select(_A.to.label("user"), took, sa.func.row_number().over(partition_by=_A.to, order_by=took).label("place"),
                     sa.func.count().over(partition_by=_A.to).label("n")).where(
        *within(_A.at, ask.since, ask.end), _A.arrived_at.is_not(None), _A.voided_at.is_(None), sa.not_(_A.team))
    if ask.narrow:
        rows = rows.join(TicketRow, TicketRow.id == _A.ticket_id).where(*ask.tickets)
    held = rows.subquery()
    places = [(held.c.n * part + 3) // 4 for part in (1, 2, 3)]
    query = sa.select(held.c.user, held.c.n, held.c.place, held.c.took).where(sa.or_(*(held.c.place == place for place in places)))
    found: dict[str, tuple[int, dict[int, int]]] = {}
    for user, n, place, took_ms in session.execute(query):
        found.setdefault(user, (n, {}))[1][place] = took_ms
    busiest = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))[:MOST]
    return sorted((_arrivals(user, n, at) for user, (n, at) in busiest), key=lambda a: (a.middle, a.user))


def _arrivals(user: str, n: int, at: dict[int, int]) -> Arrivals:
    low, middle, high = (timedelta(milliseconds=at[(n * part + 3) // 4]) for part in (1, 2, 3))
    return Arrivals(user, n, low, middle, high)
