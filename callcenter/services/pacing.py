"""When a call of the hotline's own may be placed: so many a second for the whole account, and one at a time for one person."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.storage import facts
from callcenter.storage.tables import CounterRow, MessageRow

_NEXT = "telephone:next call"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: a call that was placed and of which nothing was heard since keeps nobody's line this long
RINGING_AT_MOST = timedelta(minutes=2)
#: asked again after this long
AGAIN = timedelta(seconds=10)
LATEST = 2000


def take(session: Session, per_second: int, now: datetime) -> datetime | None:
    """Take the next place, in the caller's transaction; None: it is now. Else when to ask again, and no place was taken."""
    if session.get(CounterRow, _NEXT) is None:
        facts.count(session, _NEXT)
    row = session.get_one(CounterRow, _NEXT, with_for_update=True, populate_existing=True)
    at = (now - _EPOCH) // timedelta(milliseconds=1)
    if row.value > at + RINGING_AT_MOST // timedelta(milliseconds=1):
        row.value = at  # the clock was set back
    if row.value > at:
        return _EPOCH + timedelta(milliseconds=row.value)
    row.value = at + 1000 // max(1, per_second)
    return None


def busy_until(session: Session, message: MessageRow, now: datetime) -> datetime | None:
    """When to ask again because the person is being rung by us already: they would only be found busy. None: they are free."""
    newest = session.scalar(sa.select(sa.func.max(MessageRow.id))) or 0
    ringing = session.scalar(sa.select(MessageRow.id).where(
        MessageRow.id > newest - LATEST, MessageRow.id != message.id, MessageRow.channel == "call", MessageRow.phone == message.phone,
        MessageRow.script.is_not(None), MessageRow.outcome.is_(None), MessageRow.status.in_(["sending", "sent", "delivered"]),
        sa.or_(MessageRow.sent_at.is_(None), MessageRow.sent_at > now - RINGING_AT_MOST)).limit(1))
    return now + AGAIN if ringing is not None else None
