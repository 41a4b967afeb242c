"""What is counted next when everything is counted anew, and how a counted piece is put into the summary: whole, once, or not at all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures.cases import Ms, from_ms, to_ms
from callcenter.services.figures.daily import stale, state, summing
from callcenter.services.figures.daily.counting import KINDS, TICKET, Kind
from callcenter.services.figures.daily.state import Mark
from callcenter.services.hotline import Hotline
from callcenter.storage.figure_tables import FigureMarkRow


def anew(session: Session, mark: Mark, toward: str, now: datetime) -> dict[str, Any]:
    """Where counting everything begins: with the first, and with all that is written from now on still to come."""
    if mark.toward == toward:
        return {}
    began = {"toward": toward, "ticket_done": 0, "call_done": 0}
    return began if mark.complete else began | stale.settled(session, now)._asdict()


def next_piece(session: Session, mark: Mark, size: int) -> tuple[Kind, list[int], Ms]:
    """Those that came in next, and when the last of them did: of one day many add to the same sums."""
    for kind in KINDS:
        after = kind.came > from_ms(mark.done(kind.name))
        last = session.scalar(sa.select(kind.came).where(after).order_by(kind.came).offset(size - 1).limit(1))
        last = last or session.scalar(sa.select(sa.func.max(kind.came)).where(after))
        if last is not None:
            return kind, list(session.scalars(sa.select(kind.ids).where(after, kind.came <= last))), to_ms(last)
    return TICKET, [], 0


def put(hotline: Hotline, mark: Mark, moved: Mapping[str, Any], rows: summing.Rows) -> bool:
    """Add what was counted and move the mark, unless the summary was written to since *mark* was read."""
    with hotline.store.transaction() as session:
        if locked(session).generation != mark.generation:
            return False
        summing.add(session, rows)
        summing.keep(session, rows)
        move(session, mark, **moved)
    return True


def locked(session: Session) -> Mark:
    """The mark, which nobody else moves until this transaction is over."""
    session.execute(sa.select(FigureMarkRow.id).with_for_update())
    return state.found(session)


def move(session: Session, mark: Mark, **moved: Any) -> None:
    """Move the mark: every move is another generation."""
    session.execute(sa.update(FigureMarkRow).where(FigureMarkRow.id == state.ONLY).values(generation=mark.generation + 1, **moved))
