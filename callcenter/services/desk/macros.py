"""Texts kept ready: one's own and everybody's; entered, changed, retired, each with its history; filled in for the ticket at hand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import macros, phrases
from callcenter.domain.forms import Field
from callcenter.domain.macros import Blank, MacroBook, MacroKind
from callcenter.domain.registers import Change
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import ANSWERING, Role
from callcenter.services.hotline import Hotline
from callcenter.services.registers import entries
from callcenter.services.registers.typed import Misfit
from callcenter.storage.desk_tables import MacroRow

#: who uses texts kept ready, and who keeps those of everybody
USERS = ANSWERING
KEEPERS = frozenset({Role.LEAD, Role.SUPERVISOR})
#: texts in use that one person may have, and that everybody shares
MOST, MOST_SHARED = 40, 100


@dataclass(frozen=True, slots=True)
class Macro:
    """One text as its page shows it."""

    key: int
    title: str
    kind: MacroKind
    body: str
    position: int
    shared: bool
    retired_at: datetime | None
    may_change: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """One text taken up to be changed: how many changes it has seen, and the latest of them."""

    macro: Macro
    version: int
    history: Sequence[entries.Kept]


@dataclass(frozen=True, slots=True)
class Ready:
    """One text filled in, or what it lacks here."""

    key: int
    title: str
    text: str
    shared: bool
    missing: list[Blank]


def ready(session: Session, user: str, kind: MacroKind, values: Mapping[Blank, str]) -> list[Ready]:
    """The texts of one kind that *user* may put in, their own first, filled in with *values*."""
    rows = session.scalars(sa.select(MacroRow).where(_of(user), MacroRow.kind == kind, MacroRow.retired_at.is_(None)).order_by(
        MacroRow.owner.is_(None), MacroRow.position, MacroRow.title, MacroRow.id))
    return [Ready(row.id, row.title, *_filled(row.body, values, row.owner is None)) for row in rows]


def _filled(body: str, values: Mapping[Blank, str], shared: bool) -> tuple[str, bool, list[Blank]]:
    text, missing = macros.filled(body, values)
    return text, shared, missing


def kept(session: Session, user: str, roles: Collection[str]) -> list[Macro]:
    """Everything *user* may use, in order, the retired ones they could bring back at the end."""
    rows = session.scalars(sa.select(MacroRow).where(_of(user)).order_by(
        MacroRow.retired_at.is_not(None), MacroRow.owner.is_(None), MacroRow.kind, MacroRow.position, MacroRow.title, MacroRow.id))
    found = [_macro(row, user, roles) for row in rows]
    return [m for m in found if m.retired_at is None or m.may_change]


def opened(session: Session, key: int, user: str, roles: Collection[str]) -> Opened | None:
    """A text that *user* may change, with its history; None for any other."""
    row = session.scalar(sa.select(MacroRow).where(MacroRow.id == key, _of(user)))
    if row is None or not may_change(row.owner, user, roles):
        return None
    return Opened(_macro(row, user, roles), entries.version(session, MacroBook.MACRO, str(key)),
                  entries.history(session, MacroBook.MACRO, str(key), roles, 20))


def _macro(row: MacroRow, user: str, roles: Collection[str]) -> Macro:
    return Macro(row.id, row.title, MacroKind(row.kind), row.body, row.position, row.owner is None, row.retired_at,
                 may_change(row.owner, user, roles))


def may_change(owner: str | None, user: str, roles: Collection[str]) -> bool:
    """One's own always; everybody's by leads and supervisors."""
    return owner == user if owner is not None else not KEEPERS.isdisjoint(roles)


def add(hotline: Hotline, typed: Mapping[str, str], shared: bool, user: str, roles: Collection[str], now: datetime) -> int:
    """
    Keep a text ready; its key.

    Raises:
        Misfit: with every field that is wrong.
        Refused: "not_allowed" for everybody's text by somebody who does not keep those, "too_many_macros".
    """
    fields = _read(typed)
    if shared:
        _demand_keeper(roles)
    with hotline.store.transaction() as session:
        row = MacroRow(owner=None if shared else user, **fields)
        _room_for(session, row.owner)
        session.add(row)
        session.flush()
        entries.keep(session, MacroBook.MACRO, str(row.id), Change.ADDED, user, now, {}, _as_kept(row))
        return row.id


def change(hotline: Hotline, key: int, typed: Mapping[str, str], version: int | None, user: str, roles: Collection[str], now: datetime) -> None:
    """
    Put a text right.

    Raises:
        Misfit: with every field that is wrong.
        Refused: "unknown_macro", also for somebody else's; "not_allowed", "changed_meanwhile".
    """
    fields = _read(typed)
    with hotline.store.transaction() as session:
        row = _mine(session, key, user, roles)
        entries.not_older(session, MacroBook.MACRO, str(key), version)
        before = _as_kept(row)
        for name, value in fields.items():
            setattr(row, name, value)
        entries.keep(session, MacroBook.MACRO, str(key), Change.CHANGED, user, now, before, _as_kept(row))


def retire(hotline: Hotline, key: int, back: bool, user: str, roles: Collection[str], now: datetime) -> None:
    """
    Offer a text no longer, or again; asked for twice it is done once.

    Raises:
        Refused: "unknown_macro", "not_allowed", "too_many_macros".
    """
    with hotline.store.transaction() as session:
        row = _mine(session, key, user, roles)
        if (row.retired_at is None) is back:
            return
        if back:
            _room_for(session, row.owner)
        row.retired_at = None if back else now
        entries.keep(session, MacroBook.MACRO, str(key), Change.BACK if back else Change.ENDED, user, now, {}, {})


def _of(user: str) -> sa.ColumnElement[bool]:
    return sa.or_(MacroRow.owner == user, MacroRow.owner.is_(None))


def _mine(session: Session, key: int, user: str, roles: Collection[str]) -> MacroRow:
    row = session.scalar(sa.select(MacroRow).where(MacroRow.id == key, _of(user)).with_for_update())
    if row is None:
        raise Refused("unknown_macro")
    if not may_change(row.owner, user, roles):
        _demand_keeper(roles)
    return row


def _demand_keeper(roles: Collection[str]) -> None:
    if KEEPERS.isdisjoint(roles):
        raise Refused("not_allowed", action=MacroBook.MACRO, who=[r for r in Role if r in KEEPERS])


def _room_for(session: Session, owner: str | None) -> None:
    whose = MacroRow.owner == owner if owner is not None else MacroRow.owner.is_(None)
    most = MOST if owner is not None else MOST_SHARED
    held = session.scalar(sa.select(sa.func.count()).select_from(MacroRow).where(whose, MacroRow.retired_at.is_(None))) or 0
    if held >= most:
        raise Refused("too_many_macros", most=most)


def _as_kept(row: MacroRow) -> dict[str, object]:
    return {"title": row.title, "kind": row.kind, "body": row.body, "position": row.position}


def _read(typed: Mapping[str, str]) -> dict[str, object]:
    """The fields as they were typed, tidy; everything that is wrong with them at once."""
    title, body = " ".join(typed.get("title", "").split()), typed.get("body", "").replace("\r\n", "\n").strip()
    kind, position = typed.get("kind", ""), typed.get("position", "").strip() or "0"
    wrong = {f.name: no for f, no in ((macros.TITLE, _long(macros.TITLE, title, macros.LONGEST_TITLE)), (macros.BODY, _body(body)),
                                      (macros.KIND, _among(kind)), (macros.POSITION, _whole(position))) if no is not None}
    if wrong:
        raise Misfit(wrong)
    return {"title": title, "kind": kind, "body": body, "position": int(position)}


def _long(field: Field, text: str, longest: int) -> Refused | None:
    if not text:
        return Refused("missing", fields=(field,))
    return Refused("too_long", field=field, longest=longest) if len(text) > longest else None


def _body(body: str) -> Refused | None:
    if (no := _long(macros.BODY, body, macros.LONGEST_BODY)) is not None:
        return no
    if strange := macros.unknown(body):
        return Refused("unknown_blank", blank=strange, valid=list(Blank))
    found = phrases.phrases(body)
    return Refused("phrase_in_macro", phrases=found) if found else None


def _among(kind: str) -> Refused | None:
    return None if kind in set(MacroKind) else Refused("missing", fields=(macros.KIND,))


def _whole(text: str) -> Refused | None:
    right = text.isascii() and text.isdigit() and len(text) <= 3
    return None if right else Refused("bad_value", field=macros.POSITION, value=text[:40], valid="0–999")
