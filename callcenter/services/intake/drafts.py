"""Half-filled intake forms: kept for their writer and the call, on whatever machine they sit down at; gone once registered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callcenter.services import numbers
from callcenter.services.hotline import Hotline
from callcenter.storage.desk_tables import DraftRow
from callcenter.storage.tables import CallRow, EventRow

#: nobody looks for a form that old; what stands in it is personal
KEPT = timedelta(hours=24)
#: the whole of a form, in characters
LONGEST = 20_000
#: so many of one's own are listed
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed, and when it was kept."""

    call: str  #: "" without one
    key: str
    fields: Mapping[str, str]
    saved_at: datetime
    about: str = ""  #: the caller's number, masked
    answered_at: datetime | None = None


def save(hotline: Hotline, user: str, call: str, key: str, fields: Mapping[str, str], now: datetime) -> bool:
    """
    Keep what *user* has typed for this call; the last writer's words stand. False when there is nothing to keep any more:
    the form is empty, too long, or has been registered already.

    Args:
        key: the form's own key, as it will be registered under.
    """
    typed = {name: value for name, value in fields.items() if value.strip()}
    if sum(map(len, typed.values())) > LONGEST:
        return False
    try:
        return _save(hotline, user, call, key, typed, now)
    except IntegrityError:  # the same person on two machines, at the same moment: now there is one to write into
        return _save(hotline, user, call, key, typed, now)


def _save(hotline: Hotline, user: str, call: str, key: str, typed: dict[str, str], now: datetime) -> bool:
    with hotline.store.transaction() as session:
        session.execute(sa.delete(DraftRow).where(DraftRow.saved_at < now - KEPT))
        if not typed or registered(session, key):
            session.execute(_own(user, call))
            return False
        row = session.scalar(sa.select(DraftRow).where(DraftRow.user == user, DraftRow.call == call).with_for_update())
        if row is None:
            session.add(DraftRow(user=user, call=call, key=key, fields=typed, saved_at=now))
        else:
            row.key, row.fields, row.saved_at = key, typed, now
    return True


def forget(hotline: Hotline, now: datetime) -> None:
    """Throw away what nobody has come back for."""
    with hotline.store.transaction() as session:
        session.execute(sa.delete(DraftRow).where(DraftRow.saved_at < now - KEPT))


def drop(hotline: Hotline, user: str, call: str) -> None:
    """Throw one's own draft away."""
    with hotline.store.transaction() as session:
        session.execute(_own(user, call))


def read(session: Session, user: str, call: str, now: datetime) -> Draft | None:
    """What *user* had typed for this call and has not registered."""
    row = session.scalar(sa.select(DraftRow).where(DraftRow.user == user, DraftRow.call == call, DraftRow.saved_at >= now - KEPT))
    if row is None or registered(session, row.key):
        return None
    return Draft(row.call, row.key, row.fields, row.saved_at)


def waiting(session: Session, user: str, now: datetime) -> list[Draft]:
    """One's own unfinished forms, the newest first, each with the call it belongs to."""
    rows = session.execute(sa.select(DraftRow, CallRow).outerjoin(CallRow, CallRow.sid == DraftRow.call).where(
        DraftRow.user == user, DraftRow.saved_at >= now - KEPT).order_by(DraftRow.saved_at.desc(), DraftRow.id.desc()).limit(SHOWN))
    return [Draft(d.call, d.key, d.fields, d.saved_at, numbers.masked(c.from_number) if c else "", c.answered_at if c else None)
            for d, c in rows if not registered(session, d.key)]


def registered(session: Session, key: str) -> bool:
    """Whether a ticket has been registered with this form already."""
    return session.scalar(sa.select(EventRow.id).where(EventRow.key == f"act:{key}").limit(1)) is not None


def _own(user: str, call: str) -> sa.Delete:
    return sa.delete(DraftRow).where(DraftRow.user == user, DraftRow.call == call)
