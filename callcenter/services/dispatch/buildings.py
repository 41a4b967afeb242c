"""The grid of buildings: how much is open, urgent and overdue behind every number on the wall."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import FIELDWORK, URGENT, Urgency
from callcenter.services.dispatch.scope import scope
from callcenter.services.dispatch.sheets import UNDER_WAY, WAITING
from callcenter.storage.tables import PromiseRow, RoomRow, TicketRow

#: what is no room: lifts, garages, gates
COMMON = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One building, or a compound's common parts (an empty name)."""

    building: str
    open: int
    urgent: int
    overdue: int


def inside(compound: str, building: str) -> sa.ColumnElement[bool]:
    """The tickets of one building, or of the common parts."""
    rooms = sa.select(RoomRow.id).where(RoomRow.compound == compound, RoomRow.building == building)
    return TicketRow.room_id.is_(None) if building == COMMON else TicketRow.room_id.in_(rooms)


def grid(session: Session, staff: Staff, user: str, now: datetime, compounds: dict[str, str]) -> dict[str, tuple[Cell, ...]]:
    """Compound → its buildings in their order, empty ones included, the common parts last; open fieldwork in *user*'s scope only."""
    counted = _counts(session, staff, user, now)
    found: dict[str, list[str]] = {code: [] for code in compounds}
    standing = sa.select(RoomRow.compound, RoomRow.building).where(RoomRow.compound.in_(compounds), RoomRow.valid_to.is_(None)).distinct()
    for code, building in session.execute(standing):
        found[code].append(building)
    return {code: tuple(Cell(b, *counted.get((code, b), (0, 0, 0))) for b in [*sorted(buildings, key=in_order), COMMON])
            for code, buildings in found.items()}


def in_order(building: str) -> tuple[int, str]:
    """2栋 before 10栋."""
    digits = "".join(c for c in building if c.isdigit())
    return int(digits) if digits else 0, building


def _counts(session: Session, staff: Staff, user: str, now: datetime) -> dict[tuple[str | None, str], tuple[int, int, int]]:
    """(compound, building) → open, urgent, overdue; in one statement, of open tickets alone."""
    late = sa.exists().where(PromiseRow.ticket_id == TicketRow.id, PromiseRow.due_at < now, PromiseRow.kept_at.is_(None),
                             PromiseRow.voided_at.is_(None), PromiseRow.excused_at.is_(None), PromiseRow.paused_at.is_(None))
    urgent = sa.or_(TicketRow.type.in_(URGENT), TicketRow.urgency == Urgency.URGENT)
    one = sa.literal(1)
    rows = session.execute(
        sa.select(TicketRow.compound, RoomRow.building, sa.func.count(TicketRow.id), sa.func.sum(sa.case((urgent, one), else_=0)),
                  sa.func.sum(sa.case((late, one), else_=0)))
        .outerjoin(RoomRow, RoomRow.id == TicketRow.room_id)
        .where(TicketRow.state.in_(WAITING + UNDER_WAY), TicketRow.type.in_(FIELDWORK), scope(staff, user, None))
        .group_by(TicketRow.compound, RoomRow.building))
    return {(row[0], row[1] or COMMON): (row[2], row[3], row[4]) for row in rows}
