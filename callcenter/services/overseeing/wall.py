"""What a television on the wall shows: numbers that call for an act, the nearest promises, escalations, people at work; no customer by name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.services import masking
from callcenter.services.dispatch.board import scope
from callcenter.services.hotline import Hotline
from callcenter.services.overseeing import board as boards
from callcenter.services.overseeing import fieldwork
from callcenter.services.overseeing.board import Pulse, Running, Tiles, Told
from callcenter.services.overseeing.fieldwork import AtWork, Step
from callcenter.services.telephone import agents_view
from callcenter.services.telephone.agents_view import DeskNow
from callcenter.storage import facts
from callcenter.storage.tables import TicketRow

#: lines that can be read from six metres, and pages of one list before the rest is only counted
ROWS, PAGES = 6, 3
#: people stand in two columns
PEOPLE = 2 * ROWS

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Wall:
    """Everything on the wall, cut into pages that fit."""

    tiles: Tiles
    pulse: Pulse
    desk: DeskNow
    promises: list[Sequence[Running]]
    promises_in_all: int
    escalations: list[Sequence[Told]]
    agents: list[Sequence[agents_view.Colleague]]
    technicians: list[Sequence[AtWork]]
    free: int  #: technicians on duty without a job


def wall(hotline: Hotline, session: Session, user: str, now: datetime) -> Wall:
    """The wall for the compounds *user* answers for; homes are named to their building, callers not at all."""
    found = boards.board(hotline, session, user, now)
    desk = agents_view.desk_now(session, now)
    staff = facts.staff(session, now)
    open_ones = [e for e in found.escalations if e.acknowledged_at is None]
    homes = _homes(session, [*(p.number for p in found.promises), *(e.number for e in open_ones)])
    shown = [replace(p, call="", place=masking.place(p.place, p.number in homes)) for p in found.promises]
    told = [replace(e, reason="", place=masking.place(e.place, e.number in homes)) for e in open_ones]
    people = [replace(c, reason="", call=None) for c in desk.people]
    jobs = fieldwork.at_work(session, staff, scope(staff, user, None), now)
    return Wall(found.tiles, found.pulse, replace(desk, people=[]), _pages(shown), found.promises_in_all, _pages(told),
                _pages(people, PEOPLE), _pages([j for j in jobs if j.step is not Step.FREE]), sum(j.step is Step.FREE for j in jobs))


def _homes(session: Session, numbers: Sequence[str]) -> frozenset[str]:
    """Which of these tickets are about somebody's home."""
    return frozenset(session.scalars(sa.select(TicketRow.number).where(TicketRow.number.in_(set(numbers)), TicketRow.room_id.is_not(None))))


def _pages(items: Sequence[One], rows: int = ROWS) -> list[Sequence[One]]:
    """The first pages of a list; none of an empty one."""
    return [items[start:start + rows] for start in range(0, len(items), rows)][:PAGES]
