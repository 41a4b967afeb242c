"""When a call of the hotline's own may be placed: so many a second for the whole account, and one at a time for one person."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callcenter.storage.tables import MessageRow, RunRow

#: the one row that every process takes its place from
_JOB, _NEXT = "telephone", "next call"
#: a call that was placed and of which nothing was heard since keeps nobody's line this long
RINGING_AT_MOST = timedelta(minutes=2)
#: asked again after this long
AGAIN = timedelta(seconds=10)
#: among so many of the latest messages
LATEST = 2000


def take(session: Session, per_second: int, now: datetime) -> datetime | None:
    """Take the next place, in the caller's transaction; None: it is now. Else when to ask again, and no place was taken."""
    row = _row(session, now)
    if row.at > now + RINGING_AT_MOST:
        row.at = now  # the clock was set back
    if row.at > now:
        return row.at
    row.at = now + timedelta(milliseconds=1000 // max(1, per_second))
    return None


def _row(session: Session, now: datetime) -> RunRow:
    asked = sa.select(RunRow).where(RunRow.job == _JOB, RunRow.period == _NEXT).with_for_update().execution_options(populate_existing=True)
    row = session.scalar(asked)
    if row is None:
        try:
            with session.begin_nested():
                session.add(RunRow(job=_JOB, period=_NEXT, at=now))
        except IntegrityError:
            pass  # another process was first
        row = session.scalars(asked).one()
    return row


def busy_until(session: Session, message: MessageRow, now: datetime) -> datetime | None:
    """When to ask again because the person is being rung by us already: they would only be found busy. None: they are free."""
    newest = session.scalar(sa.select(sa.func.max(MessageRow.id))) or 0
    ringing = session.scalar(sa.select(MessageRow.id).where(
        MessageRow.id > newest - LATEST, MessageRow.id != message.id, MessageRow.channel == "call", MessageRow.phone == message.phone,
        MessageRow.script.is_not(None), MessageRow.outcome.is_(None), MessageRow.status.in_(["sending", "sent", "delivered"]),
        sa.or_(MessageRow.sent_at.is_(None), MessageRow.sent_at > now - RINGING_AT_MOST)).limit(1))
    return now + AGAIN if ringing is not None else None
