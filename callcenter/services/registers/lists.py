"""The lists of the registers, searched and in pages: people, and rooms with who lives there."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import OPEN
from callcenter.services import numbers, places
from callcenter.storage.tables import CompoundRow, CustomerRow, LeaveRow, PersonRow, RoomRow, TicketRow

PAGE = 30


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was looked for."""

    rows: list[Any]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Home:
    """A room and who lives there now."""

    room: RoomRow
    residents: list[CustomerRow]


def matching(text: str = "", role: str = "", compound: str = "") -> sa.Select[Any]:
    """The user names of people by name, user name or employee number, by role, and by a compound they look after."""
    query = sa.select(PersonRow.user)
    if text:
        query = query.where(sa.or_(*(column.ilike(f"%{_like(text)}%", escape="\\") for column in (
            PersonRow.name, PersonRow.user, PersonRow.employee_no))))
    if role:
        query = query.where(_holds(PersonRow.roles, role))
    if compound:  # whoever has none looks after all
        query = query.where(sa.or_(_holds(PersonRow.compounds, compound), sa.cast(PersonRow.compounds, sa.Text) == "[]"))
    return query


def _holds(column: Any, code: str) -> sa.ColumnElement[bool]:
    return sa.cast(column, sa.Text).like(f'%"{_like(code)}"%', escape="\\")


def away_now(session: Session, now: datetime) -> dict[str, datetime]:
    """Who is on leave at *now*, and until when."""
    rows = session.execute(sa.select(LeaveRow.user, LeaveRow.until).where(
        LeaveRow.withdrawn_at.is_(None), LeaveRow.since <= now, LeaveRow.until > now))
    return {row.user: row.until for row in rows}


def homes(session: Session, text: str = "", compound: str = "", scope: Collection[str] = (), page: int = 1, building: str = "") -> Found:
    """Rooms by address, or by the name or number (four digits at least) of somebody who lives there.

    Args:
        scope: compounds that may be seen; empty: all.
    """
    query = sa.select(RoomRow).where(RoomRow.valid_to.is_(None))
    if compound:
        query = query.where(RoomRow.compound == compound)
    if building:
        query = query.where(RoomRow.building == building)
    if scope:
        query = query.where(RoomRow.compound.in_(scope))
    if text:
        query = query.where(_meant(text))
    found = page_of(session, query, RoomRow.id, page)
    lived = residents(session, [room.id for room in found.rows])
    return Found([Home(room, lived.get(room.id, [])) for room in found.rows], found.total, found.page, found.pages)


def _meant(text: str) -> sa.ColumnElement[bool]:
    pieces = [_like(piece) for piece in re.findall(r"[^\d\W]+|\d+", places.tidy(text))]
    wanted: list[sa.ColumnElement[bool]] = [CustomerRow.name.like(f"%{_like(text)}%", escape="\\")]
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 4 and re.fullmatch(r"[\d\s+\-]+", text):
        key = numbers.comparable(text)
        wanted += [column.like(f"%{digits}") for column in (CustomerRow.phone_key, CustomerRow.other_key)]
        wanted += [CustomerRow.phone_key == key, CustomerRow.other_key == key]
    lives = sa.select(CustomerRow.room_id).where(CustomerRow.valid_to.is_(None), sa.or_(*wanted))
    by_address = RoomRow.text.like("%" + "%".join(pieces) + "%", escape="\\") if pieces else sa.false()
    return sa.or_(by_address, RoomRow.id.in_(lives))


def residents(session: Session, room_ids: Collection[int], ended: bool = False) -> dict[int, list[CustomerRow]]:
    """Who lives in these rooms, or lived there once."""
    there = CustomerRow.valid_to.is_not(None) if ended else CustomerRow.valid_to.is_(None)
    found: dict[int, list[CustomerRow]] = {}
    for row in session.scalars(sa.select(CustomerRow).where(CustomerRow.room_id.in_(room_ids), there).order_by(CustomerRow.id)):
        found.setdefault(row.room_id, []).append(row)
    return found


def compounds(session: Session, scope: Collection[str] = ()) -> list[CompoundRow]:
    """The compounds somebody may see, by region and name."""
    query = sa.select(CompoundRow).order_by(CompoundRow.region, CompoundRow.code)
    return list(session.scalars(query.where(CompoundRow.code.in_(scope)) if scope else query))


def rooms_in(session: Session) -> dict[str, int]:
    """How many rooms each compound has."""
    query = sa.select(RoomRow.compound, sa.func.count().label("rooms")).where(RoomRow.valid_to.is_(None)).group_by(RoomRow.compound)
    return {row.compound: row.rooms for row in session.execute(query)}


@dataclass(frozen=True, slots=True)
class Building:
    """A building: its rooms by state, who is registered there, and what is open."""

    name: str
    rooms: int
    households: int
    people: int
    states: dict[str, int]
    open: int


def buildings(session: Session, compound: str) -> list[Building]:
    """The buildings of a compound, 2 before 10."""
    standing = (RoomRow.compound == compound, RoomRow.valid_to.is_(None))
    states: dict[str, dict[str, int]] = {}
    for name, state, n in session.execute(sa.select(RoomRow.building, RoomRow.state, sa.func.count()).where(*standing)
                                          .group_by(RoomRow.building, RoomRow.state)):
        states.setdefault(name, {})[state] = n
    lived = {name: (homes, n) for name, homes, n in session.execute(
        sa.select(RoomRow.building, sa.func.count(sa.distinct(RoomRow.id)), sa.func.count()).join(CustomerRow, CustomerRow.room_id == RoomRow.id)
        .where(*standing, CustomerRow.valid_to.is_(None)).group_by(RoomRow.building))}
    left = {row[0]: row[1] for row in session.execute(
        sa.select(RoomRow.building, sa.func.count()).join(TicketRow, TicketRow.room_id == RoomRow.id)
        .where(*standing, TicketRow.state.in_(OPEN)).group_by(RoomRow.building))}
    return [Building(name, sum(states[name].values()), *lived.get(name, (0, 0)), states[name], left.get(name, 0))
            for name in sorted(states, key=lambda name: (int(re.sub(r"\D", "", name) or 0), name))]


def page_of(session: Session, query: sa.Select[Any], order: Any, page: int) -> Found:
    """One page of a query's rows."""
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    return Found(list(session.scalars(query.order_by(order).limit(PAGE).offset((page - 1) * PAGE))), total, page, pages)


def _like(text: str) -> str:
    """What was typed, with what LIKE takes for a joker made plain."""
    return re.sub(r"([\\%_])", r"\\\1", text.strip()[:60])
