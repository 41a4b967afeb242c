"""Compounds, rooms and the people who live there: entered, put right and ended, with every change kept (F14, R110–R112)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.registers import CONTACT, Change, Register, RoomState
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import OPEN
from callcenter.services import numbers, places
from callcenter.services.intake import keys
from callcenter.services.registers import entries
from callcenter.storage.tables import CompoundRow, CustomerRow, RoomRow, TicketRow


def save_compound(session: Session, by: Person, values: Mapping[str, Any], now: datetime, reason: str = "") -> CompoundRow:
    """Enter a compound, or change the one with this code.

    Raises:
        Refused: "already_there" when another compound has the name, "bad_value" for a malformed code.
    """
    code, name = str(values["code"]), str(values["name"])
    if not (code.isascii() and code.isalnum() and len(code) <= 16):
        raise Refused("bad_value", field="code", value=code[:40], valid="WTL")
    if session.scalar(sa.select(CompoundRow.code).where(CompoundRow.name == name, CompoundRow.code != code)):
        raise Refused("already_there", what=name)
    row = session.get(CompoundRow, code, with_for_update=True)
    before = _compound(row) if row else {}
    if row is None:
        row = CompoundRow(code=code)
        session.add(row)
    row.name, row.region, row.handed_over_at = name, values["region"], values["handed_over"]
    session.flush()
    entries.keep(session, Register.COMPOUNDS, code, Change.CHANGED if before else Change.ADDED, by.user, now, before, _compound(row), reason)
    return row


def add_room(session: Session, by: Person, values: Mapping[str, Any], now: datetime, reason: str = "") -> RoomRow:
    """Enter a room; its address is made of compound, building, entrance and number unless one is given.

    Raises:
        Refused: "already_there", "unknown_place" for an unknown compound, "out_of_reach".
    """
    compound = compound_of(session, by, values["compound"])
    text = places.tidy(values["room"] or address(compound.name, values["building"], values["entrance"], values["number"]))
    if session.scalar(sa.select(RoomRow.id).where(RoomRow.text == text)) is not None:
        raise Refused("already_there", what=text)
    row = RoomRow(compound=compound.code, text=text, warranty={})
    _fill_room(row, values)
    session.add(row)
    session.flush()
    keys.of_room(session, row)
    entries.keep(session, Register.ROOMS, str(row.id), Change.ADDED, by.user, now, {}, room_snapshot(row), reason)
    return row


def change_room(session: Session, by: Person, row: RoomRow, values: Mapping[str, Any], now: datetime, reason: str = "") -> bool:
    """Put a room right; its compound stays. False when nothing differs.

    Raises:
        Refused: "already_there" when another room has the address, "out_of_reach".
    """
    compound = compound_of(session, by, row.compound)
    before = room_snapshot(row)
    text = places.tidy(values["room"] or address(compound.name, values["building"], values["entrance"], values["number"]))
    if session.scalar(sa.select(RoomRow.id).where(RoomRow.text == text, RoomRow.id != row.id)) is not None:
        raise Refused("already_there", what=text)
    row.text = text
    _fill_room(row, values)
    keys.of_room(session, row)
    return entries.keep(session, Register.ROOMS, str(row.id), Change.CHANGED, by.user, now, before, room_snapshot(row), reason)


def end_room(session: Session, by: Person, row: RoomRow, now: datetime, reason: str = "") -> None:
    """A room that is none any more; its past stays.

    Raises:
        Refused: "still_open" while tickets of it are open, "still_lived_in", "out_of_reach".
    """
    compound_of(session, by, row.compound)
    left = list(session.scalars(sa.select(TicketRow.number).where(TicketRow.room_id == row.id, TicketRow.state.in_(OPEN))))
    if left:
        raise Refused("still_open", person=row.text, numbers=left[:12], count=len(left))
    if session.scalar(sa.select(CustomerRow.id).where(CustomerRow.room_id == row.id, CustomerRow.valid_to.is_(None)).limit(1)):
        raise Refused("still_lived_in", place=row.text)
    before, row.valid_to = room_snapshot(row), now
    keys.of_room(session, row)
    entries.keep(session, Register.ROOMS, str(row.id), Change.ENDED, by.user, now, before, room_snapshot(row), reason)


def add_customer(session: Session, by: Person, room: RoomRow, values: Mapping[str, Any], now: datetime, reason: str = "") -> CustomerRow:
    """Enter somebody who lives in, owns or rents a room.

    Raises:
        Refused: "already_there" when the room has somebody of that name and number, "out_of_reach", "number_invalid".
    """
    compound_of(session, by, room.compound)
    if same(session, room.id, values["name"], values["phone"]) is not None:
        raise Refused("already_there", what=f"{values['name']} · {room.text}")
    row = CustomerRow(room_id=room.id, is_demo=False)
    _fill_customer(row, values)
    session.add(row)
    session.flush()
    keys.of_customer(session, row)
    entries.keep(session, Register.CUSTOMERS, str(row.id), Change.ADDED, by.user, now, {}, snapshot(row), reason)
    return row


def change_customer(session: Session, by: Person, row: CustomerRow, values: Mapping[str, Any], now: datetime, reason: str = "") -> bool:
    """Put a customer's entry right at once (R111). False when nothing differs.

    Raises:
        Refused: "not_allowed" for whoever may only put numbers and contact window right and changed more, "out_of_reach".
    """
    room = session.get_one(RoomRow, row.room_id)
    compound_of(session, by, room.compound)
    before = snapshot(row)
    if row.valid_to is not None:
        raise Refused("unknown_record")
    _fill_customer(row, values)
    after = snapshot(row)
    if {name for name in after if after[name] != before[name]} - CONTACT:
        entries.demand(Register.CUSTOMERS, by)
    keys.of_customer(session, row)
    return entries.keep(session, Register.CUSTOMERS, str(row.id), Change.CHANGED, by.user, now, before, after, reason)


def end_customer(session: Session, by: Person, row: CustomerRow, now: datetime, reason: str = "") -> None:
    """Somebody has moved out or sold: their number is nobody's here any more, their past stays.

    Raises:
        Refused: "unknown_record" when they have ended already, "out_of_reach".
    """
    compound_of(session, by, session.get_one(RoomRow, row.room_id).compound)
    if row.valid_to is not None:
        raise Refused("unknown_record")
    before = snapshot(row)
    row.valid_to, row.phone_key, row.other_key = now, None, None
    keys.of_customer(session, row)
    entries.keep(session, Register.CUSTOMERS, str(row.id), Change.ENDED, by.user, now, before, snapshot(row), reason)


def same(session: Session, room_id: int, name: str, phone: str | None) -> CustomerRow | None:
    """The customer of a room with this name and, if one is given, this number."""
    rows = session.scalars(sa.select(CustomerRow).where(
        CustomerRow.room_id == room_id, CustomerRow.name == name, CustomerRow.valid_to.is_(None)).order_by(CustomerRow.id))
    key = numbers.comparable(phone)
    return next((row for row in rows if key is None or row.phone_key is None or row.phone_key == key), None)


def room_within(session: Session, by: Person, room_id: int, *, lock: bool = True) -> RoomRow:
    """A room in the reach of whoever asks.

    Raises:
        Refused: "unknown_record", which also stands for out of reach.
    """
    row = session.get(RoomRow, room_id, with_for_update=lock)
    if row is None or not by.covers(row.compound):
        raise Refused("unknown_record")
    return row


def customer_within(session: Session, by: Person, customer_id: int, *, lock: bool = True) -> CustomerRow:
    """A customer in the reach of whoever asks.

    Raises:
        Refused: "unknown_record", which also stands for out of reach.
    """
    row = session.get(CustomerRow, customer_id, with_for_update=lock)
    if row is None or not by.covers(session.get_one(RoomRow, row.room_id).compound):
        raise Refused("unknown_record")
    return row


def address(compound: str, building: str, entrance: str | None, number: str) -> str:
    """As people say it: 梧桐里3栋2单元1602."""
    house = f"{building}栋" if building.isascii() and building.isalnum() else building
    return f"{compound}{house}{f'{entrance}单元' if entrance else ''}{number}"


def compound_of(session: Session, by: Person, wanted: str) -> CompoundRow:
    """A compound by code or name, in the reach of whoever asks."""
    found = session.scalar(sa.select(CompoundRow).where(sa.or_(CompoundRow.code == wanted, CompoundRow.name == wanted)))
    if found is None:
        raise Refused("unknown_place", place=wanted)
    if not by.covers(found.code):
        raise Refused("out_of_reach", place=found.name)
    return found


def _fill_room(row: RoomRow, values: Mapping[str, Any]) -> None:
    row.building, row.entrance, row.number = values["building"], values["entrance"] or "", values["number"]
    row.state, row.area = (values["state"] or RoomState.OWNED).value, values["area"]
    row.handed_over_at, row.warranty = values["handed_over"], dict(values["warranty"])


def _fill_customer(row: CustomerRow, values: Mapping[str, Any]) -> None:
    row.name, row.relation = values["name"], str(values["relation"])
    row.phone, row.phone_key = values["phone"], numbers.comparable(values["phone"])
    row.other_phone, row.other_key = values["other_phone"], numbers.comparable(values["other_phone"])
    row.preferred_window, row.care_flag = values["preferred_window"], values["care_flag"]
    row.language = values["language"] or "zh"
    row.do_not_call, row.no_texts, row.nuisance = values["do_not_call"], values["no_texts"], values["nuisance"]


def _compound(row: CompoundRow) -> dict[str, Any]:
    return {"name": row.name, "region": row.region, "handed_over": row.handed_over_at}


def room_snapshot(row: RoomRow) -> dict[str, Any]:
    """A room's entry as its history compares it."""
    return {"room": row.text, "building": row.building, "entrance": row.entrance, "number": row.number, "state": row.state, "area": row.area,
            "handed_over": row.handed_over_at, "warranty": dict(row.warranty or {}), "valid_to": row.valid_to}


def snapshot(row: CustomerRow) -> dict[str, Any]:
    """An entry as its history compares it."""
    return {"name": row.name, "relation": row.relation, "phone": row.phone, "other_phone": row.other_phone,
            "preferred_window": row.preferred_window, "language": row.language, "do_not_call": row.do_not_call, "no_texts": row.no_texts,
            "nuisance": row.nuisance, "care_flag": row.care_flag, "valid_to": row.valid_to}
