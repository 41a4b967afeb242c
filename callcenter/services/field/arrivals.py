"""What an arrival is checked against: the customer's code, the codes on the doors that lead there, where the compound lies."""

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.arriving import FAR_METRES, Site, code_of
from callcenter.domain.ticket import Act, Ticket
from callcenter.domain.vocabulary import Action
from callcenter.storage.field_tables import DoorRow, SiteRow
from callcenter.storage.tables import EventRow, RoomRow, TicketRow


def code(session: Session, row: TicketRow) -> str | None:
    """The code the customer is told; it rests on the ticket's first event, which no page shows. None without a telephone."""
    if row.contact_phone is None:
        return None
    secret = session.scalar(sa.select(EventRow.hash).where(EventRow.chain == f"ticket:{row.id}", EventRow.seq == 1))
    return code_of(secret, row.cycle) if secret else None


def with_site(session: Session, row: TicketRow, ticket: Ticket, act: Act) -> Ticket:
    """The ticket as the rule about arriving needs it; any other act gets it as it is."""
    if act.action is not Action.ARRIVE or act.get("proof") is None:
        return ticket
    return replace(ticket, details={**ticket.details, "site": site(session, row)})


def site(session: Session, row: TicketRow) -> Site:
    """Everything that can prove that somebody is where this ticket is."""
    found = session.scalar(sa.select(SiteRow).where(SiteRow.compound == row.compound, SiteRow.ended_at.is_(None)))
    doors = session.scalars(sa.select(DoorRow.code).where(
        DoorRow.compound == row.compound, DoorRow.label.in_(list(_labels(session, row))), DoorRow.ended_at.is_(None)))
    return Site(code(session, row), frozenset(doors), (found.latitude, found.longitude) if found else None,
                found.far_metres if found else FAR_METRES)


def _labels(session: Session, row: TicketRow) -> Iterator[str]:
    """The doors that lead there: the entrance of the room, or the common part itself."""
    room = session.get(RoomRow, row.room_id) if row.room_id else None
    yield entrance(room) if room is not None else row.place


def entrance(room: RoomRow) -> str:
    """An entrance as people say it: 梧桐里3栋2单元."""
    said = room.text.removesuffix(room.number)
    return said if said and said != room.text else f"{room.building}-{room.entrance}"


def untold(act: Act) -> Act:
    """The act as the ledger keeps it: a code that was right is nobody's to read afterwards."""
    if act.action is not Action.ARRIVE or act.get("code") is None:
        return act
    return replace(act, fields={k: v for k, v in act.fields.items() if k != "code"})
