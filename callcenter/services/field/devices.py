"""The step an act made offline follows on, and what its event keeps of the device's time."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import device_time
from callcenter.domain.ticket import Act
from callcenter.storage.tables import EventRow, TicketRow


def record(session: Session, row: TicketRow, act: Act, now: datetime) -> dict[str, Any]:
    """What the act's event says of its device; nothing for an act that came at once."""
    if act.device is None:
        return {}
    return {"device": device_time.record(act.device, now, previous(session, row, act.by))}


def previous(session: Session, row: TicketRow, by: str) -> datetime | None:
    """When the step before was done: the last that moved the ticket, or the person's own last one."""
    moved = sa.or_(EventRow.before != EventRow.after, EventRow.by == by)
    last = session.execute(sa.select(EventRow.at, EventRow.data).where(
        EventRow.ticket_id == row.id, moved, sa.not_(EventRow.action.startswith("timer:")),
        sa.not_(EventRow.action.endswith("_refused"))).order_by(EventRow.id.desc()).limit(1)).first()
    return device_time.done_at(last[0], last[1].get("device")) if last else None
