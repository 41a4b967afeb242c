"""Recurring faults (K36): the tickets of the last days, grouped by kind and place, with what has been made of each group."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import clusters as faults_
from callcenter.domain.clusters import Cluster, Fault
from callcenter.domain.quality import Origin
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import REPAIRS, State, TicketType
from callcenter.services.hotline import Hotline
from callcenter.services.registers.lists import Found
from callcenter.storage.action_tables import ActionRow, FeedbackRow
from callcenter.storage.tables import CompoundRow, RoomRow, TicketRow

#: clusters that ended longer ago are no longer shown
SHOWN = timedelta(days=14)
MONTH = timedelta(days=30)
#: what breaks: work, and complaints about what was built
COUNTED = REPAIRS | {TicketType.COMPLAINT_QUALITY}
HOUSE = sa.case((RoomRow.id.is_not(None), RoomRow.building.concat("栋")), else_=TicketRow.place)
#: what makes a ticket a fault; a mass incident counts once, by its parent
FAULT = (TicketRow.category.is_not(None), TicketRow.type.in_(sorted(COUNTED)), TicketRow.state.not_in([State.CANCELLED, State.MERGED]),
         sa.cast(TicketRow.details, sa.Text).not_like('%"parent":"%'))


@dataclass(frozen=True, slots=True)
class Standing:
    """A cluster, in words, with the records made of it."""

    cluster: Cluster
    compound: str
    category: str
    feedback: str | None
    action: str | None


def faults(session: Session, since: datetime, until: datetime, by: Person | None = None) -> list[Fault]:
    """The faults received in [since, until) of whose kind there are three at the place; a mass incident counts once, by its parent."""
    where = [TicketRow.received_at >= since, TicketRow.received_at < until, *FAULT]
    if by is not None and by.compounds:
        where.append(TicketRow.compound.in_(by.compounds))
    kind = (sa.func.coalesce(TicketRow.compound, ""), HOUSE, TicketRow.category)
    counted = sa.func.count().over(partition_by=kind).label("alike")
    rows = sa.select(TicketRow.number, TicketRow.received_at, kind[0].label("compound"), HOUSE.label("place"), TicketRow.category, counted) \
        .outerjoin(RoomRow, RoomRow.id == TicketRow.room_id).where(*where).subquery()
    found = session.execute(sa.select(rows).where(rows.c.alike >= faults_.LEAST))
    return [Fault(r.number, r.received_at, r.compound, r.place, r.category) for r in found]


def standing(session: Session, hotline: Hotline, by: Person | None, now: datetime, shown: timedelta = SHOWN) -> list[Standing]:
    """The clusters that stand, the latest first."""
    found = faults_.clusters(faults(session, now - shown - faults_.WITHIN, now + timedelta(milliseconds=1), by))
    found = [c for c in found if c.last_at >= now - shown]
    keys = [c.key for c in found]
    sent = {key: number for key, number in session.execute(  # noqa: C416 - a row is no pair to every version of the library's types
        sa.select(FeedbackRow.cluster_key, FeedbackRow.number).where(FeedbackRow.cluster_key.in_(keys)).order_by(FeedbackRow.id))}
    opened = {key: number for key, number in session.execute(  # noqa: C416
        sa.select(ActionRow.origin_key, ActionRow.number).where(
            ActionRow.origin == Origin.CLUSTER, ActionRow.origin_key.in_(keys)).order_by(ActionRow.id))}
    names = {code: name for code, name in session.execute(sa.select(CompoundRow.code, CompoundRow.name))}  # noqa: C416
    return [Standing(c, names.get(c.compound, c.compound), c.category, sent.get(c.key), opened.get(c.key)) for c in found]


def one(session: Session, by: Person, key: str, now: datetime, shown: timedelta = SHOWN) -> Cluster | None:
    """The cluster of that key, while it stands."""
    held = faults_.clusters(faults(session, now - shown - faults_.WITHIN, now + timedelta(milliseconds=1), by))
    return next((c for c in held if c.key == key), None)


def alike(session: Session, compound: str | None, place: str, category: str | None, now: datetime) -> int:
    """How many tickets of this kind the place has had within thirty days (F21)."""
    if category is None:
        return 0
    query = sa.select(sa.func.count()).select_from(TicketRow).outerjoin(RoomRow, RoomRow.id == TicketRow.room_id).where(
        TicketRow.received_at > now - MONTH, TicketRow.received_at <= now, TicketRow.category == category,
        TicketRow.state.not_in([State.CANCELLED, State.MERGED]), sa.func.coalesce(HOUSE, "") == place)
    if compound:
        query = query.where(TicketRow.compound == compound)
    return session.scalar(query) or 0


def in_pages(standing: list[Standing], page: int, size: int = 30) -> Found:
    """One page of them."""
    pages = max(1, -(-len(standing) // size))
    page = min(max(1, page), pages)
    return Found(standing[(page - 1) * size:page * size], len(standing), page, pages)
