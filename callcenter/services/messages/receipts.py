"""Receipts of messages: whether what was handed to the provider arrived; they come late, twice and out of order."""

from datetime import datetime

import sqlalchemy as sa

from callcenter.services.hotline import Hotline
from callcenter.storage.store import wake_later
from callcenter.storage.tables import MessageRow

#: the provider's words for texts and calls → ours; every other word is only on the way
ARRIVED = frozenset({"delivered", "read", "completed"})
FAILED = frozenset({"undelivered", "failed", "canceled", "busy", "no-answer"})
#: a later word never takes back a higher one
_RANK = {"waiting": 0, "unknown": 0, "sending": 0, "sent": 1, "parked": 2, "delivered": 3}


def receipt(hotline: Hotline, key: str | None, provider_sid: str, word: str, now: datetime, reason: str = "") -> bool:
    """
    Note down a provider's word about a message; False when no such message is known.

    Args:
        key: the message's own key. With it a message of which nobody knew whether it went out is found again.
    """
    with hotline.store.transaction() as session:
        named = MessageRow.key == key if key else MessageRow.provider_sid == provider_sid
        row = session.scalar(sa.select(MessageRow).where(named).with_for_update().execution_options(populate_existing=True))
        if row is None or (row.provider_sid or provider_sid) != provider_sid:
            return False  # unknown, or the word is about an earlier try
        after = "delivered" if word in ARRIVED else "parked" if word in FAILED else "sent"
        if _RANK.get(row.status, 9) >= _RANK[after] or (row.status == "waiting" and (row.tries == 0 or after == "parked")):
            return True  # nothing new, or it is to be sent again anyway
        row.provider_sid, row.sent_at, row.next_try_at = provider_sid, row.sent_at or now, None
        row.status, row.last_error = after, f"{word} {reason}".strip()[:500] if after == "parked" else None
        wake_later(session, "message")
        return True
