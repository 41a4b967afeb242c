"""Saved views of ledgers: filters and columns under a name, for oneself or shared with roles; counted beside it, no further than a limit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import BADGES
from callcenter.services.hotline import Hotline
from callcenter.services.ledgers import catalogue, filters
from callcenter.services.ledgers.columns import Ledger
from callcenter.services.ledgers.reading import Asked, Reader
from callcenter.storage.ledger_tables import SavedViewRow

#: views a person may have, how long a name may be, how many are counted on one page, and how far
MOST, LONGEST, COUNTED, FAR = 40, 40, 8, 1000


@dataclass(frozen=True, slots=True)
class View:
    """One saved view as its reader sees it."""

    key: int
    ledger: Ledger
    name: str
    owner: str
    mine: bool
    args: Mapping[str, Any]  #: the address's filters and columns
    shared_with: tuple[str, ...]
    counted: bool
    count: int | None  #: FAR stands for that many or more


def save(hotline: Hotline, ledger: Ledger, name: str, wish: filters.Filters, columns: Sequence[str], shared_with: Collection[str], counted: bool,
         user: str, now: datetime, key: int | None = None) -> int:
    """
    Keep the view under *name*, or, with its *key*, change one's own.

    Raises:
        Refused: "missing_name", "too_long_name", "name_taken", "too_many_views", "unknown_view".
    """
    name = " ".join(name.split())
    if not name:
        raise Refused("view_name_missing")
    if len(name) > LONGEST:
        raise Refused("view_name_long", longest=LONGEST)
    try:
        with hotline.store.transaction() as session:
            row = _own(session, key, user) if key is not None else _new(session, ledger, user, now)
            row.name, row.changed_at, row.counted = name, now, counted
            row.shared_with = sorted(set(shared_with) & set(BADGES))
            if key is None:
                row.filters, row.columns = dict(wish.args()), [c for c in columns if ledger.column(c)]
            session.flush()
            return row.id
    except IntegrityError:
        raise Refused("view_name_taken", name=name) from None


def _new(session: Session, ledger: Ledger, user: str, now: datetime) -> SavedViewRow:
    held = session.scalar(sa.select(sa.func.count()).select_from(SavedViewRow).where(SavedViewRow.owner == user)) or 0
    if held >= MOST:
        raise Refused("too_many_views", most=MOST)
    row = SavedViewRow(ledger=ledger.code, name="", owner=user, filters={}, columns=[], shared_with=[], counted=False, changed_at=now)
    session.add(row)
    return row


def _own(session: Session, key: int, user: str) -> SavedViewRow:
    row = session.get(SavedViewRow, key)
    if row is None or row.owner != user:
        raise Refused("unknown_view")
    return row


def delete(hotline: Hotline, key: int, user: str) -> None:
    """Forget one's own view.

    Raises:
        Refused: "unknown_view", also for somebody else's.
    """
    with hotline.store.transaction() as session:
        session.delete(_own(session, key, user))


def seen(hotline: Hotline, session: Session, user: str, roles: Collection[str], language: str, now: datetime, only: Ledger | None = None,
         *, counting: bool = False) -> list[View]:
    """The views of somebody: their own, then those shared with one of their roles; the first few that ask for it are counted."""
    rows = session.scalars(sa.select(SavedViewRow).where(sa.or_(SavedViewRow.owner == user, SavedViewRow.shared_with != []),
                                                         *([SavedViewRow.ledger == only.code] if only else [])).order_by(SavedViewRow.name))
    found, left = [], COUNTED if counting else 0
    for row in sorted(rows, key=lambda r: r.owner != user):
        ledger = catalogue.ledger(row.ledger, roles)
        if ledger is None or not (row.owner == user or set(row.shared_with) & set(roles)):
            continue
        wish, left = filters.read(ledger, row.filters), left - bool(row.counted)
        counted = Reader(hotline, session, Asked(ledger, wish, user, language, now)).count(FAR) if row.counted and left >= 0 else None
        args = {**wish.args(), **({"col": list(row.columns)} if row.columns else {}), "view": row.id}
        found.append(View(row.id, ledger, row.name, row.owner, row.owner == user, args, tuple(row.shared_with), row.counted, counted))
    return found


__all__ = ["FAR", "View", "delete", "save", "seen"]
