"""The codes on the doors and where the compounds lie: made, replaced and set by whoever looks after the compound; the old ones stay on record."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.arriving import position
from callcenter.domain.ticket import Refused
from callcenter.services.field.arrivals import entrance
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.field_tables import DoorRow, SiteRow
from callcenter.storage.tables import CompoundRow, PlaceRow, RoomRow

#: nothing that is read as something else
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 8
NEAREST, FARTHEST = 50, 20_000


@dataclass(frozen=True, slots=True)
class Door:
    """A door of the compound and the code on it, if there is one."""

    label: str
    code: str | None
    made_at: datetime | None = None


def compounds(session: Session, user: str, now: datetime) -> Sequence[CompoundRow]:
    """The compounds *user* looks after."""
    person = facts.staff(session, now).people[user]
    return [row for row in session.scalars(sa.select(CompoundRow).order_by(CompoundRow.code)) if person.covers(row.code)]


def of_compound(session: Session, compound: str) -> list[Door]:
    """Every entrance and common part, in the order of their names."""
    made = {row.label: row for row in _current(session, compound)}
    labels = sorted({*_labels(session, compound), *made})
    return [Door(label, made[label].code, made[label].made_at) if label in made else Door(label, None) for label in labels]


def _current(session: Session, compound: str) -> Sequence[DoorRow]:
    return session.scalars(sa.select(DoorRow).where(DoorRow.compound == compound, DoorRow.ended_at.is_(None))).all()


def _labels(session: Session, compound: str) -> set[str]:
    first = sa.select(sa.func.min(RoomRow.id)).where(
        RoomRow.compound == compound, RoomRow.valid_to.is_(None)).group_by(RoomRow.building, RoomRow.entrance)
    rooms = session.scalars(sa.select(RoomRow).where(RoomRow.id.in_(first)))
    places = session.scalars(sa.select(PlaceRow.text).where(PlaceRow.compound == compound, PlaceRow.valid_to.is_(None)))
    return {*(entrance(room) for room in rooms), *places}


def make(hotline: Hotline, compound: str, label: str | None, by: str, now: datetime) -> int:
    """
    New codes: for the door *label* in place of its old one, else for every door that has none. How many were made.

    Raises:
        Refused: the compound is none of theirs, or has no such door.
    """
    with hotline.store.transaction() as session:
        _looks_after(session, compound, by, now)
        doors = of_compound(session, compound)
        wanted = [d.label for d in doors if d.label == label] if label else [d.label for d in doors if d.code is None]
        if label and not wanted:
            raise Refused("unknown_place", place=label)
        for one in wanted:
            session.execute(sa.update(DoorRow).where(
                DoorRow.compound == compound, DoorRow.label == one, DoorRow.ended_at.is_(None)).values(ended_at=now))
            code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
            session.add(DoorRow(compound=compound, label=one, code=code, made_by=by, made_at=now))
        return len(wanted)


def site(session: Session, compound: str) -> SiteRow | None:
    """Where the compound lies, if somebody has said so."""
    return session.scalar(sa.select(SiteRow).where(SiteRow.compound == compound, SiteRow.ended_at.is_(None)))


def place(hotline: Hotline, compound: str, where: str, far: str, by: str, now: datetime) -> None:
    """
    Set the middle of the compound and how far from it an arrival is worth a look; the earlier one ends.

    Raises:
        Refused: "bad_position", "bad_distance", or the compound is none of theirs.
    """
    latitude, longitude, _ = position(where)
    if not far.isascii() or not far.isdigit() or not NEAREST <= int(far[:9]) <= FARTHEST:
        raise Refused("bad_distance", least=NEAREST, most=FARTHEST)
    with hotline.store.transaction() as session:
        _looks_after(session, compound, by, now)
        session.execute(sa.update(SiteRow).where(SiteRow.compound == compound, SiteRow.ended_at.is_(None)).values(ended_at=now))
        session.add(SiteRow(compound=compound, latitude=latitude, longitude=longitude, far_metres=int(far), set_by=by, set_at=now))


def _looks_after(session: Session, compound: str, by: str, now: datetime) -> None:
    if compound not in {row.code for row in compounds(session, by, now)}:
        raise Refused("unknown_place", place=compound)
