"""Numbers to which no progress texts are sent, because their owner said so; what must be told goes to a person instead."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import Role
from callcenter.services.hotline import Hotline
from callcenter.storage.telephone_tables import NumberRuleRow

NO_TEXTS = "no_texts"


def takes_no_texts(session: Session, phone_key: str | None) -> bool:
    """Whether the number's owner has asked for no texts."""
    return phone_key is not None and _rule(session, phone_key) is not None


def _rule(session: Session, phone_key: str) -> NumberRuleRow | None:
    return session.scalar(sa.select(NumberRuleRow).where(
        NumberRuleRow.phone_key == phone_key, NumberRuleRow.rule == NO_TEXTS, NumberRuleRow.ended_at.is_(None)))


def stop_texts(hotline: Hotline, phone_key: str | None, now: datetime) -> bool:
    """From now on no progress texts; False when that was so already."""
    with hotline.store.transaction() as session:
        if phone_key is None or _rule(session, phone_key) is not None:
            return False
        session.add(NumberRuleRow(phone_key=phone_key, rule=NO_TEXTS, reason="短信退订 / by text", set_by=Role.CUSTOMER, set_at=now))
        return True


def start_texts(hotline: Hotline, phone_key: str | None, now: datetime) -> bool:
    """Progress texts again; False when they were never stopped."""
    with hotline.store.transaction() as session:
        row = _rule(session, phone_key) if phone_key else None
        if row is None:
            return False
        row.ended_by, row.ended_at = Role.CUSTOMER, now
        return True
