"""What may or may not have gone out, compared with the provider's own list: found, it was sent; absent, a reminder is said again, the rest waits
for a person. Nothing is ever repeated blindly."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import Role
from callcenter.services import numbers
from callcenter.services.hotline import Hotline
from callcenter.services.messages.outbox import LEASE
from callcenter.storage.store import wake_later
from callcenter.storage.tables import CallRow, MessageRow
from callcenter.storage.telephone_tables import LineRow
from callcenter.telephony.port import NotSent, Phone, PlacedCall, Undeliverable, Unsure

log = logging.getLogger(__name__)

#: asked about after this long; what the provider does not list by then never went out
AFTER, ABSENT_AFTER = timedelta(minutes=1), timedelta(minutes=5)
#: the provider's clock and ours
SLACK = timedelta(seconds=30)
MOST = 20
_IN_DOUBT = sa.text("message.status IN ('parked', 'unknown')")
_ON_THE_WAY = sa.text("message.status IN ('waiting', 'sending')")


@dataclass(frozen=True, slots=True)
class _Doubt:
    id: int
    channel: str
    number: str
    asked_at: datetime


def reconcile(hotline: Hotline, phone: Phone, now: datetime) -> int:
    """Settle what has been in doubt for a minute; how many were. A provider that does not answer is asked again the next time."""
    if not phone.live:
        return 0
    with hotline.store.reading() as session:
        doubts = _doubts(session, now)
    settled = 0
    for doubt in doubts:
        ask = phone.recent_calls if doubt.channel == "call" else phone.recent_texts
        try:
            found = ask(doubt.number, doubt.asked_at - SLACK)
        except (NotSent, Unsure, Undeliverable) as away:
            log.warning("the provider's list could not be read: %s", away)
            return settled
        settled += _settle(hotline, phone, doubt, found, now)
    return settled


def _doubts(session: Session, now: datetime) -> list[_Doubt]:
    unknown = sa.select(MessageRow).where(_IN_DOUBT, MessageRow.status == "unknown", MessageRow.sent_at < now - AFTER)
    sending = sa.select(MessageRow).where(_ON_THE_WAY, MessageRow.status == "sending", MessageRow.next_try_at < now - AFTER + LEASE)
    rows = [*session.scalars(unknown.order_by(MessageRow.id).limit(MOST)), *session.scalars(sending.order_by(MessageRow.id).limit(MOST))]
    return [_Doubt(row.id, row.channel, key.partition(";")[0], _asked_at(row)) for row in rows if (key := numbers.comparable(row.phone))]


def _asked_at(row: MessageRow) -> datetime:
    """When it was handed over."""
    if row.status == "sending" and row.next_try_at is not None:
        return row.next_try_at - LEASE
    return row.sent_at or row.created_at


def _settle(hotline: Hotline, phone: Phone, doubt: _Doubt, found: Sequence[PlacedCall], now: datetime) -> int:
    with hotline.store.transaction() as session:
        row = session.get_one(MessageRow, doubt.id, with_for_update=True, populate_existing=True)
        if row.status not in ("unknown", "sending") or _asked_at(row) != doubt.asked_at:
            return 0  # a receipt was faster
        ours = next((f for f in _by_time(found, doubt.asked_at) if not _is_known(session, f.sid)), None)
        if ours is not None:
            row.status, row.provider, row.provider_sid, row.sent_at = "sent", phone.name, ours.sid, doubt.asked_at
            row.next_try_at = row.last_error = None
        elif now - doubt.asked_at < ABSENT_AFTER:
            return 0
        elif row.role == Role.CUSTOMER:
            row.status, row.next_try_at, row.last_error = "parked", None, "服务商没有记录,请人工决定 / unknown to the provider"
        else:
            row.status, row.next_try_at, row.sent_at, row.last_error = "waiting", now, None, "服务商没有记录 / unknown to the provider"
        wake_later(session, "message")
        return 1


def _by_time(found: Sequence[PlacedCall], since: datetime) -> list[PlacedCall]:
    """Those of the time in question, the nearest first."""
    near = [f for f in found if f.asked_at is None or abs(f.asked_at - since) <= AFTER + SLACK]
    return sorted(near, key=lambda f: abs(f.asked_at - since) if f.asked_at else AFTER + SLACK)


def _is_known(session: Session, sid: str) -> bool:
    """Whether it is another message, or a line of a call."""
    return any(session.scalar(query.limit(1)) is not None for query in (
        sa.select(MessageRow.id).where(MessageRow.provider_sid == sid), sa.select(LineRow.id).where(LineRow.sid == sid),
        sa.select(CallRow.id).where(CallRow.sid == sid)))
