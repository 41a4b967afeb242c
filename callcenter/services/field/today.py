"""What a technician finished today, and the listed items with their prices."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.days import midnight
from callcenter.domain.policy import Policy
from callcenter.storage.tables import AssignmentRow, TicketRow

MOST = 30


def done(session: Session, user: str, now: datetime) -> Sequence[tuple[TicketRow, datetime]]:
    """The jobs *user* completed since midnight, the latest first, with when."""
    rows = session.execute(
        sa.select(TicketRow, AssignmentRow.completed_at).join(AssignmentRow, AssignmentRow.ticket_id == TicketRow.id)
        .where(AssignmentRow.to == user, AssignmentRow.completed_at >= midnight(now), AssignmentRow.voided_at.is_(None))
        .order_by(AssignmentRow.completed_at.desc()).limit(MOST))
    return [(ticket, at) for ticket, at in rows if at is not None]


def items(policy: Policy, language: str) -> list[tuple[str, float, str]]:
    """The price list: name, price, unit."""
    return [(c.label(language), c.price, c.unit or "") for c in policy.categories.values() if c.price is not None and not c.retired]
