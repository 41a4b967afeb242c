"""Links that open the wall without a sign-in: made by name, seen in a list, taken back at once; their history is in the ledger."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.registers import Change
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role, Word
from callcenter.services import links
from callcenter.services.hotline import Hotline
from callcenter.services.registers import entries
from callcenter.storage import ledger
from callcenter.storage.tables import EventRow, RegisterRow

PURPOSE = "wall"
#: how long a link may be good for, in days
DAYS = (7, 30, 90, 365)
#: who makes links and takes them back; whose wall a link shows, as long as they may see it themselves
MAKERS = frozenset({Role.SUPERVISOR, Role.PM})
LONGEST_NAME = 40
_SHOWN = 50


class Book(Word):
    """The kind of these entries in the ledger."""

    WALL = "wall_link", "大屏链接", "Wall link"


@dataclass(frozen=True, slots=True)
class WallLink:
    """One link: for which screen, by whom, until when, and whether it was taken back."""

    key: str
    name: str
    by: str
    made_at: datetime
    until: datetime
    ended_at: datetime | None
    ended_by: str

    def good(self, now: datetime) -> bool:
        return self.ended_at is None and now <= self.until


def make(hotline: Hotline, user: str, name: str, days: int, now: datetime) -> WallLink:
    """
    A new link to the wall of *user*; what it opens is named by a random word.

    Raises:
        Refused: "not_allowed", "bad_value" for a length nobody offers.
    """
    if days not in DAYS:
        raise Refused("bad_value", field="days", value=days, valid=", ".join(map(str, DAYS)))
    key, until = secrets.token_urlsafe(12), now + timedelta(days=days)
    with hotline.store.transaction() as session:
        _demand(session, user)
        entries.keep(session, Book.WALL, key, Change.ADDED, user, now, {}, {"name": name.strip()[:LONGEST_NAME], "until": until})
        return _read(session, [_entry(session, key)])[0]


def end(hotline: Hotline, user: str, key: str, now: datetime) -> None:
    """
    Take a link back: the next time its screen asks, it is shown nothing more. Doing it twice is fine.

    Raises:
        Refused: "not_allowed", "link_wrong" when there is none.
    """
    with hotline.store.transaction() as session:
        _demand(session, user)
        held = _read(session, [_entry(session, key)])[0]
        if held.ended_at is None:
            entries.keep(session, Book.WALL, key, Change.ENDED, user, now, {"name": held.name, "until": held.until}, {})


def opened(hotline: Hotline, session: Session, token: str, now: datetime) -> WallLink:
    """
    The link behind an address: signed by us, not expired, not taken back, its maker still in office.

    Raises:
        Refused: "link_wrong", "link_expired".
    """
    held = _read(session, [_entry(session, links.read(hotline.secret, PURPOSE, token, now))])[0]
    try:
        _demand(session, held.by)
    except Refused:
        raise Refused("link_wrong") from None
    if not held.good(now):
        raise Refused("link_wrong")
    return held


def address(hotline: Hotline, held: WallLink) -> str:
    """What is typed into the television's browser."""
    return f"{hotline.address}/w/{links.make(hotline.secret, PURPOSE, held.key, held.until)}"


def listed(session: Session) -> list[WallLink]:
    """The links made last, the newest first."""
    rows = session.scalars(sa.select(RegisterRow).where(RegisterRow.kind == Book.WALL).order_by(RegisterRow.id.desc()).limit(_SHOWN))
    return _read(session, list(rows))


def _demand(session: Session, user: str) -> None:
    person = entries.who(session, user)
    if person.roles.isdisjoint(MAKERS):
        raise Refused("not_allowed", action=Book.WALL, who=[r for r in Role if r in MAKERS])


def _entry(session: Session, key: str) -> RegisterRow:
    found = session.scalar(sa.select(RegisterRow).where(RegisterRow.kind == Book.WALL, RegisterRow.key == key))
    if found is None:
        raise Refused("link_wrong")
    return found


def _read(session: Session, rows: Sequence[RegisterRow]) -> list[WallLink]:
    """The links as their events tell them."""
    chains = {ledger.chain_of(row): row for row in rows}
    told: dict[str, list[EventRow]] = {chain: [] for chain in chains}
    for event in session.scalars(sa.select(EventRow).where(EventRow.chain.in_(chains)).order_by(EventRow.seq)):
        told[event.chain].append(event)
    return [_link(row, told[chain]) for chain, row in chains.items()]


def _link(row: RegisterRow, events: Sequence[EventRow]) -> WallLink:
    made, ended = events[0], events[1] if len(events) > 1 else None
    fields: Mapping[str, Any] = made.data["fields"]
    return WallLink(row.key, fields["name"][1], made.by, made.at, fields["until"][1], ended.at if ended else None, ended.by if ended else "")
