"""Registers: who may read and change which, and the chain of the ledger that keeps every change (DOMAIN.md 10, 18)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.registers import PHONES, Change, Register
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Role, Word
from callcenter.services import access, masking
from callcenter.services.hotline import Hotline
from callcenter.storage import facts, ledger
from callcenter.storage.tables import EventRow, RegisterRow

_DESK = frozenset({Role.AGENT, Role.LEAD, Role.DISPATCHER, Role.SUPERVISOR, Role.CALLBACK, Role.PM, Role.QUALITY})
#: an administrator keeps people and settings, and sees no customer
READERS: Mapping[Register, frozenset[Role]] = {
    Register.PEOPLE: frozenset({Role.ADMIN, Role.SUPERVISOR, Role.LEAD, Role.PM, Role.QUALITY, Role.AUDITOR}),
    Register.ROSTER: _DESK | {Role.ADMIN, Role.DEPT_HEAD, Role.AUDITOR},
    Register.COMPOUNDS: _DESK | {Role.ADMIN, Role.AUDITOR},
    Register.PLACES: _DESK | {Role.ADMIN, Role.AUDITOR},
    Register.ROOMS: _DESK | {Role.AUDITOR},
    Register.CUSTOMERS: _DESK | {Role.AUDITOR},
    Register.CALENDAR: _DESK | {Role.ADMIN, Role.DEPT_HEAD, Role.AUDITOR},
}
#: a department head edits the turns of their own department
EDITORS: Mapping[Register, frozenset[Role]] = {
    Register.PEOPLE: frozenset({Role.ADMIN}),
    Register.ROSTER: frozenset({Role.ADMIN, Role.SUPERVISOR, Role.LEAD, Role.DISPATCHER, Role.DEPT_HEAD, Role.PM, Role.QUALITY}),
    Register.COMPOUNDS: frozenset({Role.ADMIN, Role.SUPERVISOR, Role.LEAD}),
    Register.PLACES: frozenset({Role.SUPERVISOR, Role.LEAD}),
    Register.ROOMS: frozenset({Role.SUPERVISOR, Role.LEAD}),
    Register.CUSTOMERS: frozenset({Role.SUPERVISOR, Role.LEAD}),
    Register.CALENDAR: frozenset({Role.ADMIN}),
}
#: certificates with their last day; a department head those of their own department
CERTIFICATE_READERS = READERS[Register.PEOPLE] | {Role.DEPT_HEAD}
LEAVE_EDITORS = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.LEAD})
#: may put a customer's number and contact window right, nothing else
CORRECTORS = frozenset({Role.AGENT, Role.CALLBACK, Role.DISPATCHER})
#: the notes about illness and need; on a call itself they stand on the screen of whoever answers
CARE_READERS = frozenset({Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.CALLBACK})
#: a whole telephone number, each time with a reason and logged
UNMASKERS: Mapping[Register, frozenset[Role]] = {
    Register.CUSTOMERS: frozenset({Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY}),
    Register.PEOPLE: frozenset({Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY}),
}
#: the command line: whoever may use it holds the machine
CONSOLE = Person("system", "系统", frozenset({Role.ADMIN, Role.SUPERVISOR, Role.SYSTEM}))


@dataclass(frozen=True, slots=True)
class Kept:
    """One change of an entry, as its page shows it."""

    at: datetime
    by: str
    what: str
    #: field → before, after
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    reason: str = ""


def who(session: Session, user: str) -> Person:
    """The person who asks, as the register has them now.

    Raises:
        Refused: "unknown_person".
    """
    found = facts.people(session).get(user)
    if found is None or not found.active:
        raise Refused("unknown_person", person=user)
    return found


def reads(register: Register, roles: Collection[str]) -> bool:
    return not READERS[register].isdisjoint(roles)


def edits(register: Register, roles: Collection[str]) -> bool:
    return not EDITORS[register].isdisjoint(roles)


def demand(register: Register, by: Person, roles: Collection[Role] | None = None) -> None:
    """Refuse whoever may not change this register.

    Raises:
        Refused: "not_allowed", naming who may.
    """
    allowed = frozenset(roles) if roles is not None else EDITORS[register]
    if by.roles.isdisjoint(allowed):
        raise Refused("not_allowed", action=register, who=[r for r in Role if r in allowed])


def keep(session: Session, register: Word, key: str, what: Word, by: str, now: datetime, before: Mapping[str, Any],
         after: Mapping[str, Any], reason: str = "") -> bool:
    """Write a change into the ledger of its entry, in whichever book it stands; False when nothing differs, and then nothing is written."""
    changed = {name: [before.get(name), after.get(name)] for name in sorted({*before, *after}) if before.get(name) != after.get(name)}
    if not changed and what is Change.CHANGED:
        return False
    entry = _entry(session, register, key)
    ledger.append(session, entry, f"register:{entry.id}:{entry.chain_seq + 1}", f"register:{what}", by, now, before=None, after=None,
                  data={"fields": changed, "reason": reason.strip()[:200]})
    return True


def _entry(session: Session, register: Word, key: str) -> RegisterRow:
    """The entry's chain, locked; made with its first change."""
    found = session.scalar(sa.select(RegisterRow).where(RegisterRow.kind == register, RegisterRow.key == key).with_for_update())
    if found is None:
        found = RegisterRow(kind=register.value, key=key, chain_seq=0, chain_head="")
        session.add(found)
        session.flush()
    return found


def history(session: Session, register: Word, key: str, roles: Collection[str], limit: int = 50) -> list[Kept]:
    """The changes of an entry, the latest first, with telephone numbers masked and care notes only for who may read them."""
    entry = session.scalar(sa.select(RegisterRow).where(RegisterRow.kind == register, RegisterRow.key == key))
    if entry is None:
        return []
    rows = session.scalars(sa.select(EventRow).where(EventRow.chain == ledger.chain_of(entry)).order_by(EventRow.seq.desc()).limit(limit))
    return [Kept(row.at, row.by, row.action.removeprefix("register:"),
                 {name: (_shown(name, old, roles), _shown(name, new, roles)) for name, (old, new) in row.data["fields"].items()},
                 row.data["reason"]) for row in rows]


def version(session: Session, register: Word, key: str) -> int:
    """How many changes an entry has seen; a form that was filled in on an older one is told so."""
    return session.scalar(sa.select(RegisterRow.chain_seq).where(RegisterRow.kind == register, RegisterRow.key == key)) or 0


def not_older(session: Session, register: Word, key: str, seen: int | None) -> None:
    """Refuse a form that was opened before somebody else's change.

    Raises:
        Refused: "changed_meanwhile".
    """
    if seen is not None and version(session, register, key) != seen:
        raise Refused("changed_meanwhile")


def _shown(name: str, value: Any, roles: Collection[str]) -> Any:
    if value and name in PHONES:
        return masking.phone(str(value))
    if value and name == "care_flag" and CARE_READERS.isdisjoint(roles):
        return "•••"
    return value


def unmask(hotline: Hotline, register: Register, key: str, by: Person, reason: str, now: datetime) -> None:
    """Write down that a whole number is about to be shown.

    Raises:
        Refused: "not_allowed", "reason_needed".
    """
    demand(register, by, UNMASKERS.get(register, frozenset()))
    access.record(hotline, "unmask", by.user, now, {"register": register.value, "key": key}, unmasked=True, reason=reason)
