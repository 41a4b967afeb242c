"""The register of people: who may sign in, with which badge, and whose certificate is running out."""

import hmac
import re
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import scrypt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import BADGES, Role, Trade
from callcenter.services import numbers
from callcenter.storage import facts
from callcenter.storage.store import Store
from callcenter.storage.tables import CompoundRow, PersonRow

#: wrong passwords in a row that lock a name, and for how long
TRIES, LOCKED_FOR = 10, timedelta(minutes=15)
SHORTEST, LONGEST = 8, 256
#: a hash that no password has
NO_PASSWORD = "!"  # noqa: S105 - the absence of one
#: scrypt's n: 32 MB and a sixth of a second for every try
WORK = 2**15
#: at most so many are worked out at once; a crowd at the door must not take the memory the calls need
_hashing = threading.BoundedSemaphore(4)
_USER_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")


@dataclass(frozen=True, slots=True)
class Badge:
    """A person who may sign in, as the pages need to know them."""

    user: str
    name: str
    roles: frozenset[str]
    #: codes of compounds; empty: all of them
    compounds: frozenset[str]
    #: raised by whatever must end the sessions begun before it
    session_version: int
    #: the password is good for one sign-in
    must_change: bool = False


@dataclass(frozen=True, slots=True)
class Expiring:
    """A certificate that runs out soon, or already has."""

    user: str
    name: str
    certificate: str
    until: datetime


class People:
    """The register, as the doors use it."""

    def __init__(self, store: Store, work: int = WORK) -> None:
        self._store, self._work = store, work

    def find(self, user_name: str) -> Badge | None:
        """The person as they stand now; None when unknown, gone, or without a sign-in."""
        with self._store.reading() as session:
            row = session.get(PersonRow, user_name)
            return _badge(row) if row is not None and _may_enter(row) else None

    def check(self, user_name: str, password: str, now: datetime) -> Badge | None:
        """
        The person, when the password is right and the name is not locked.

        Ten wrong ones in a row lock a name for fifteen minutes; nothing in the answer, nor the work done for it, tells
        a locked or an unknown name from a wrong password.
        """
        user = user_name.strip().lower()
        with self._store.reading() as session:
            row = session.get(PersonRow, user)
            kept = row.password_hash if row is not None and _may_enter(row) else None
        right = matches(kept or self._nobodys, password)
        return self._recorded(user, kept if right else None, now)

    def set_password(self, user: str, password: str, must_change: bool = False) -> None:
        """Give somebody a new password; a lock ends, and so do their sessions. `must_change`: they choose their own at the next sign-in.

        Raises:
            Refused: "unknown_person", or "bad_value" for one too short or too long.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise Refused("bad_value", field="password", value="•••", valid=f"{SHORTEST}–{LONGEST}")
        kept = hashed(password, self._work)
        with self._store.transaction() as session:
            row = locked(session, user)
            row.password_hash, row.failed_sign_ins, row.locked_until, row.must_change = kept, 0, None, must_change
            row.session_version += 1

    def add_person(self, person: Person) -> None:
        """Enter a new colleague; they sign in once a password is set.

        Raises:
            Refused: "bad_value" or "number_invalid", naming what is wrong.
        """
        with self._store.transaction() as session:
            if session.get(PersonRow, person.user) is not None or not free(person.user):
                raise Refused("bad_value", field="user", value=person.user, valid="a–z 0–9 . _ -")
            row = PersonRow(user=person.user, active=True, session_version=1, failed_sign_ins=0, is_demo=False)
            fill_in(session, row, person)
            session.add(row)
            facts.people_changed(session)

    def change_person(self, person: Person) -> None:
        """Write somebody's entry anew; their sessions end when badge, compounds or sign-in have changed.

        Raises:
            Refused: as `add_person`, and "unknown_person".
        """
        with self._store.transaction() as session:
            row = locked(session, person.user)
            before = opened_on(row)
            row.active = person.active
            fill_in(session, row, person)
            if opened_on(row) != before:
                row.session_version += 1
            facts.people_changed(session)

    def expiring_certificates(self, now: datetime, within: timedelta = timedelta(days=30)) -> list[Expiring]:
        """Certificates of people who work here that run out by *now* + *within*, or have; the most urgent first."""
        with self._store.reading() as session:
            found = [Expiring(p.user, p.name, name, until) for p in facts.people(session).values() if p.active
                     for name, until in p.certificates.items() if until <= now + within]
        return sorted(found, key=lambda e: (e.until, e.user))

    @cached_property
    def _nobodys(self) -> str:
        """What an unknown name's password is compared with."""
        return hashed(secrets.token_hex(16), self._work)

    def _recorded(self, user: str, verified: str | None, now: datetime) -> Badge | None:
        """Write the try down; the badge when *verified* is still the person's hash and they are not locked."""
        with self._store.transaction() as session:
            row = session.get(PersonRow, user, with_for_update=True)
            if row is None or not _may_enter(row) or (row.locked_until is not None and now < row.locked_until):
                return None
            if verified is not None and verified == row.password_hash:
                row.failed_sign_ins, row.locked_until = 0, None
                return _badge(row)
            row.failed_sign_ins += 1
            if row.failed_sign_ins >= TRIES:
                row.failed_sign_ins, row.locked_until = 0, now + LOCKED_FOR
            return None


def hashed(password: str, work: int = WORK) -> str:
    """The password's hash with a salt of its own, as "scrypt:n:r:p$salt$hex" (werkzeug reads it too)."""
    salt = secrets.token_urlsafe(12)
    return f"scrypt:{work}:8:1${salt}${_scrypt(password, salt, work, 8, 1)}"


def matches(kept: str, password: str) -> bool:
    """Whether *kept* is the hash of *password*; what is no hash matches nothing."""
    found = re.fullmatch(r"scrypt:(\d+):(\d+):(\d+)\$([^$]+)\$([0-9a-f]+)", kept)
    if found is None:
        return False
    n, r, p = (int(number) for number in found.groups()[:3])
    return hmac.compare_digest(_scrypt(password, found[4], n, r, p), found[5])


def _scrypt(password: str, salt: str, n: int, r: int, p: int) -> str:
    with _hashing:
        return scrypt(password.encode(), salt=salt.encode(), n=n, r=r, p=p, maxmem=132 * n * r * p).hex()


def _may_enter(row: PersonRow) -> bool:
    return row.active and row.can_sign_in


def _badge(row: PersonRow) -> Badge:
    return Badge(row.user, row.name, frozenset(row.roles), frozenset(row.compounds), row.session_version, row.must_change)


def locked(session: Session, user: str) -> PersonRow:
    """Somebody's row, locked until the end of the transaction.

    Raises:
        Refused: "unknown_person".
    """
    row = session.get(PersonRow, user, with_for_update=True)
    if row is None:
        raise Refused("unknown_person", person=user)
    return row


def opened_on(row: PersonRow) -> tuple[object, ...]:
    """What a session was opened on."""
    return sorted(row.roles), sorted(row.compounds), row.can_sign_in, row.active


def free(user: str) -> bool:
    """Whether a user name is well formed and not also the word for a role or a trade, which messages are addressed to."""
    return _USER_NAME.fullmatch(user) is not None and user not in set(Role) | set(Trade)


def fill_in(session: Session, row: PersonRow, person: Person) -> None:
    """Write an entry's fields, checked.

    Raises:
        Refused: "bad_value" or "number_invalid", naming what is wrong.
    """
    if not person.name.strip() or not person.roles or not person.roles <= BADGES:
        raise Refused("bad_value", field="name, roles", value=f"{person.name} {sorted(person.roles)}", valid=sorted(BADGES))
    known = set(session.scalars(sa.select(CompoundRow.code)))
    if not person.compounds <= known:
        raise Refused("bad_value", field="compounds", value=sorted(person.compounds - known), valid=sorted(known))
    row.name, row.phone = person.name.strip(), numbers.checked(person.phone) if person.phone else None
    row.roles, row.trades, row.compounds = sorted(person.roles), sorted(person.trades), sorted(person.compounds)
    row.department, row.certificates = person.department, dict(person.certificates)
    row.language, row.can_sign_in = person.language, person.can_sign_in
