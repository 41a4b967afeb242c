"""One's own account: the password changed by whoever knows it, given anew by an administrator, and the browsers somebody is signed in with."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.registers import Change, Register
from callcenter.domain.ticket import Refused
from callcenter.services import people
from callcenter.services.hotline import Hotline
from callcenter.services.registers import entries
from callcenter.storage.people_tables import SignInRow
from callcenter.storage.tables import MessageRow, PersonRow

#: of one's own; length is what makes a password strong
SHORTEST, STRONG = 10, 16
#: a sign-in that was not seen for so long has ended by itself (web.security keeps the same time)
LASTS = timedelta(hours=12)
#: and is forgotten after this
KEPT = timedelta(days=30)
#: letters and digits nobody takes for another
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
NEWS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A browser somebody is signed in with."""

    browser: str
    began_at: datetime
    seen_at: datetime
    this: bool


def begin(hotline: Hotline, user: str, browser: str, now: datetime) -> str:
    """Write down that somebody has signed in; what their cookie is to carry."""
    token = secrets.token_urlsafe(24)
    with hotline.store.transaction() as session:
        if session.get(PersonRow, user) is not None:
            session.execute(sa.delete(SignInRow).where(SignInRow.user == user, SignInRow.seen_at < now - KEPT))
            session.add(SignInRow(user=user, token=_hash(token), browser=browser[:60], began_at=now, seen_at=now))
    return token


def seen(hotline: Hotline, token: str, now: datetime) -> None:
    """The browser is still there."""
    with hotline.store.transaction() as session:
        session.execute(sa.update(SignInRow).where(SignInRow.token == _hash(token)).values(seen_at=now))


def end(hotline: Hotline, token: str, now: datetime) -> None:
    """Somebody has signed out."""
    with hotline.store.transaction() as session:
        session.execute(sa.update(SignInRow).where(SignInRow.token == _hash(token), SignInRow.ended_at.is_(None)).values(ended_at=now))


def end_all(session: Session, user: str, now: datetime, but: str = "") -> None:
    """Every sign-in of somebody has ended, but for one; their session version must be raised with it."""
    session.execute(sa.update(SignInRow).where(SignInRow.user == user, SignInRow.ended_at.is_(None), SignInRow.token != _hash(but))
                    .values(ended_at=now))


def sign_ins(session: Session, user: str, token: str, now: datetime) -> list[SignIn]:
    """The browsers somebody is signed in with, this one first, then the one seen last."""
    rows = session.scalars(sa.select(SignInRow).where(SignInRow.user == user, SignInRow.ended_at.is_(None), SignInRow.seen_at > now - LASTS))
    found = [SignIn(row.browser, row.began_at, row.seen_at, row.token == _hash(token)) for row in rows]
    return sorted(found, key=lambda s: (not s.this, -s.seen_at.timestamp()))


def end_others(hotline: Hotline, user: str, token: str, now: datetime) -> None:
    """Every other browser of somebody is signed out at its next request; this one must be signed in anew by the caller."""
    with hotline.store.transaction() as session:
        people.locked(session, user).session_version += 1
        end_all(session, user, now, but=token)


def change_password(hotline: Hotline, user: str, current: str, new: tuple[str, str], token: str, now: datetime) -> None:
    """
    Give oneself a new password; every other sign-in ends, and so does this one until the caller begins it anew.

    Args:
        new: as it was typed, twice.

    Raises:
        Refused: "password_wrong" (which counts as a wrong try at the door), "passwords_differ", "password_short", "password_weak".
    """
    register = people.People(hotline.store)
    if len(current) > people.LONGEST or register.check(user, current, now) is None:
        raise Refused("password_wrong")
    if new[0] != new[1]:
        raise Refused("passwords_differ")
    _strong(user, new[0], current)
    register.set_password(user, new[0])
    with hotline.store.transaction() as session:
        end_all(session, user, now, but=token)
        entries.keep(session, Register.PEOPLE, user, Change.PASSWORD, user, now, {}, {})


def _strong(user: str, new: str, current: str) -> None:
    if not SHORTEST <= len(new) <= people.LONGEST:
        raise Refused("password_short", shortest=SHORTEST)
    if new == current or user in new.lower() or len(set(new)) < 4:
        raise Refused("password_weak")


def one_time_password() -> str:
    """A password somebody can be told by telephone; good for one sign-in, at which it must be changed."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def news(session: Session, user: str, now: datetime) -> Sequence[MessageRow]:
    """What somebody was told lately that belongs to no ticket and no call: gaps of the roster, certificates, reports, corrective actions."""
    return session.scalars(sa.select(MessageRow).where(
        MessageRow.to == user, MessageRow.channel == "screen", MessageRow.ticket_id.is_(None), MessageRow.call_id.is_(None),
        MessageRow.created_at > now - NEWS).order_by(MessageRow.id.desc()).limit(20)).all()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
