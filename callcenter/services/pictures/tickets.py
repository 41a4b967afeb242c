"""What is reported, how old the open part of it is, and what keeps breaking at one place."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.clusters import Cluster, clusters
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import OPEN
from callcenter.services.many_tickets import chunks
from callcenter.services.pictures import Ask, ms, within
from callcenter.services.quality.clusters import faults
from callcenter.services.views import ticket_list
from callcenter.storage.codec import to_ms
from callcenter.storage.tables import TicketRow

#: the ages of open tickets: up to but without each limit
AGES = tuple(timedelta(days=n) for n in (1, 2, 7, 30))


def categories(session: Session, ask: Ask) -> list[tuple[str, int]]:
    """Every category of the tickets that came in, withdrawn and merged ones too, most first; "" for those without one."""
    code = sa.func.coalesce(TicketRow.category, "").label("code")
    query = sa.select(code, sa.func.count()).where(*within(TicketRow.received_at, ask.since, ask.until), *ask.tickets).group_by(code)
    return sorted(((c, n) for c, n in session.execute(query)), key=lambda found: (-found[1], found[0]))


def ages(session: Session, ask: Ask) -> list[tuple[int, int]]:
    """The tickets open now by age: of each band those in time and those with a promise past its due time."""
    old, late = to_ms(ask.now) - ms(TicketRow.received_at), sa.case((ticket_list.overdue(ask.now), 1), else_=0).label("late")
    band = sa.case(*((old < limit // timedelta(milliseconds=1), n) for n, limit in enumerate(AGES)), else_=len(AGES)).label("band")
    query = sa.select(band, late, sa.func.count()).where(TicketRow.state.in_(OPEN), *ask.tickets).group_by(band, late)
    found = [[0, 0] for _ in range(len(AGES) + 1)]
    for n, is_late, tickets in session.execute(query):
        found[n][is_late] = tickets
    return [(in_time, overdue) for in_time, overdue in found]


def again_and_again(session: Session, ask: Ask, by: Person | None) -> Sequence[Cluster]:
    """The clusters of faults received in the period (K36), the largest first."""
    found = clusters(faults(session, ask.since, ask.end, by))
    wanted = [c for c in found if ask.compound is None or c.compound == ask.compound]
    return sorted(wanted, key=lambda c: (-len(c.tickets), c.key))


def received(session: Session, numbers: Sequence[str]) -> dict[str, datetime]:
    """When each of these came in."""
    return {number: at for part in chunks(list(numbers)) for number, at in session.execute(
        sa.select(TicketRow.number, TicketRow.received_at).where(TicketRow.number.in_(part)))}
