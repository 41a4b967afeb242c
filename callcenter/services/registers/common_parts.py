"""Common parts (a lift, a garage, a gate): entered, renamed and ended, with every change kept; new ones are found while typing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.registers import Change, Register
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import OPEN
from callcenter.services import places
from callcenter.services.intake import keys
from callcenter.services.registers import entries
from callcenter.services.registers.archive import compound_of
from callcenter.storage.tables import PlaceRow, TicketRow


@dataclass(frozen=True, slots=True)
class Part:
    """A common part and how much is open there."""

    row: PlaceRow
    open: int


def parts(session: Session, scope: Collection[str], compound: str = "", text: str = "", ended: bool = False) -> list[Part]:
    """The common parts somebody may see, by compound and name, with their open tickets."""
    query = sa.select(PlaceRow).where(PlaceRow.valid_to.is_not(None) if ended else PlaceRow.valid_to.is_(None))
    query = query.where(PlaceRow.compound.in_(scope)) if scope else query
    query = query.where(PlaceRow.compound == compound) if compound else query
    query = query.where(PlaceRow.text.contains(places.tidy(text), autoescape=True)) if text else query
    rows = list(session.scalars(query.order_by(PlaceRow.compound, PlaceRow.text).limit(500)))
    counted = _open(session, [row.text for row in rows])
    return [Part(row, counted.get(row.text, 0)) for row in rows]


def _open(session: Session, texts: Collection[str]) -> dict[str, int]:
    query = sa.select(TicketRow.place, sa.func.count()).where(TicketRow.place.in_(texts), TicketRow.state.in_(OPEN)).group_by(TicketRow.place)
    return {row[0]: row[1] for row in session.execute(query)}


def within(session: Session, by: Person, place_id: int, *, lock: bool = True) -> PlaceRow:
    """A common part in the reach of whoever asks.

    Raises:
        Refused: "unknown_record", which also stands for out of reach.
    """
    row = session.get(PlaceRow, place_id, with_for_update=lock)
    if row is None or not by.covers(row.compound):
        raise Refused("unknown_record")
    return row


def add(session: Session, by: Person, values: Mapping[str, Any], now: datetime, reason: str = "") -> PlaceRow:
    """Enter a common part; its compound's name is put before it where that is missing.

    Raises:
        Refused: "not_allowed", "already_there", "unknown_place" for an unknown compound, "out_of_reach".
    """
    entries.demand(Register.PLACES, by)
    compound = compound_of(session, by, values["compound"])
    row = PlaceRow(compound=compound.code, text=_named(session, compound.name, values["place"]), handed_over_at=values["handed_over"])
    session.add(row)
    session.flush()
    keys.of_place(session, row)
    entries.keep(session, Register.PLACES, str(row.id), Change.ADDED, by.user, now, {}, snapshot(row), reason)
    return row


def change(session: Session, by: Person, row: PlaceRow, values: Mapping[str, Any], now: datetime, reason: str = "") -> bool:
    """Rename a common part or put its handing over right; tickets keep the name they were registered under. False when nothing differs.

    Raises:
        Refused: "not_allowed", "already_there", "unknown_record" when it has ended.
    """
    entries.demand(Register.PLACES, by)
    if row.valid_to is not None:
        raise Refused("unknown_record")
    before, compound = snapshot(row), compound_of(session, by, row.compound)
    row.text, row.handed_over_at = _named(session, compound.name, values["place"], row.id), values["handed_over"]
    keys.of_place(session, row)
    return entries.keep(session, Register.PLACES, str(row.id), Change.CHANGED, by.user, now, before, snapshot(row), reason)


def end(session: Session, by: Person, row: PlaceRow, now: datetime, reason: str = "") -> None:
    """A common part that is none any more; its past stays.

    Raises:
        Refused: "not_allowed", "unknown_record" when it has ended already, "still_open" naming the tickets open there.
    """
    entries.demand(Register.PLACES, by)
    if row.valid_to is not None:
        raise Refused("unknown_record")
    left = list(session.scalars(sa.select(TicketRow.number).where(TicketRow.place == row.text, TicketRow.state.in_(OPEN)).order_by(TicketRow.number)))
    if left:
        raise Refused("still_open", person=row.text, numbers=left[:12], count=len(left))
    before, row.valid_to = snapshot(row), now
    keys.of_place(session, row)
    entries.keep(session, Register.PLACES, str(row.id), Change.ENDED, by.user, now, before, snapshot(row), reason)


def take_back(session: Session, by: Person, row: PlaceRow, now: datetime, reason: str = "") -> None:
    """It is there again, or was ended by mistake.

    Raises:
        Refused: "not_allowed", "unknown_record" when it has not ended.
    """
    entries.demand(Register.PLACES, by)
    if row.valid_to is None:
        raise Refused("unknown_record")
    before, row.valid_to = snapshot(row), None
    keys.of_place(session, row)
    entries.keep(session, Register.PLACES, str(row.id), Change.BACK, by.user, now, before, snapshot(row), reason)


def snapshot(row: PlaceRow) -> dict[str, Any]:
    """An entry as its history compares it."""
    return {"place": row.text, "handed_over": row.handed_over_at, "valid_to": row.valid_to}


def _named(session: Session, compound: str, typed: str, own: int | None = None) -> str:
    text = places.tidy(typed)
    text = text if text.startswith(compound) else compound + text
    there = session.scalar(sa.select(PlaceRow.id).where(PlaceRow.text == text, PlaceRow.id != (own or 0)))
    if there is not None:
        raise Refused("already_there", what=text)
    return text
