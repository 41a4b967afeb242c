"""Rooms, common parts and the people who live there: found by what was typed or by the number that rang."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.rules.intake import Place
from callcenter.domain.ticket import Refused
from callcenter.services import numbers
from callcenter.storage.tables import CompoundRow, CustomerRow, PlaceRow, RoomRow


@dataclass(frozen=True, slots=True)
class Household:
    """Somebody known under a number, and where they live."""

    customer_id: int
    name: str
    relation: str
    room_id: int
    room: str
    compound: str
    care: str | None = None


def find(session: Session, room: str | None, place: str | None) -> Place:
    """The room, or the common part, that was meant; a place nobody has listed is taken in the compound it names.

    Raises:
        Refused: "no_place" when neither was given, "unknown_place" when the room is not in the archive.
    """
    if room:
        row = session.scalar(sa.select(RoomRow).where(RoomRow.text == tidy(room), RoomRow.valid_to.is_(None)))
        if row is None:
            raise Refused("unknown_place", place=room)
        return Place(row.compound, row.text, row.id, row.handed_over_at)
    if not place:
        raise Refused("no_place")
    text = tidy(place)
    known = session.scalar(sa.select(PlaceRow).where(sa.or_(PlaceRow.text == text, PlaceRow.text.endswith(text)), PlaceRow.valid_to.is_(None)))
    if known is not None:
        return Place(known.compound, known.text, None, known.handed_over_at, public=True)
    compound = next((c for c in session.scalars(sa.select(CompoundRow)) if text.startswith(c.name) or c.name in text), None)
    return Place(compound.code if compound else None, text, None, compound.handed_over_at if compound else None, public=True)


def tidy(text: str) -> str:
    """As the archive writes it: no blanks, plain digits, 号楼 and 幢 as 栋, no 室 at the end."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"(?:号楼|幢|座)", "栋", plain).removesuffix("室")


def households(session: Session, number: str | None) -> list[Household]:
    """Everybody known under *number*, whatever way it was written."""
    key = numbers.comparable(number)
    if key is None:
        return []
    rows = session.execute(sa.select(CustomerRow, RoomRow).join(RoomRow, RoomRow.id == CustomerRow.room_id)
                           .where(reached_at([key])).order_by(CustomerRow.id))
    return [Household(c.id, c.name, c.relation, r.id, r.text, r.compound, c.care_flag) for c, r in rows]


def reached_at(keys: Collection[str]) -> sa.ColumnElement[bool]:
    """Customers who can be reached at one of these numbers, as they are compared; nobody who has moved out."""
    return sa.or_(CustomerRow.phone_key.in_(keys), CustomerRow.other_key.in_(keys))


def customer_in(session: Session, room_id: int | None, phone: str | None) -> int | None:
    """The customer of a room with this number, if the archive knows one."""
    key = numbers.comparable(phone)
    if room_id is None or key is None:
        return None
    return session.scalar(sa.select(CustomerRow.id).where(CustomerRow.room_id == room_id, reached_at([key])).limit(1))


def suggest(session: Session, text: str, limit: int = 12) -> list[RoomRow]:
    """Rooms whose address holds the pieces typed, for the intake form."""
    return list(session.scalars(sa.select(RoomRow).where(named(text), RoomRow.valid_to.is_(None)).order_by(RoomRow.id).limit(limit)))


def named(text: str) -> sa.ColumnElement[bool]:
    """Rooms whose address holds the pieces typed, in their order; none where nothing was."""
    pieces = re.findall(r"[^\d\W_]+|\d+", tidy(text))
    return RoomRow.text.like("%" + "%".join(pieces) + "%") if pieces else sa.false()
