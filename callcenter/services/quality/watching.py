"""What is overdue in the book of corrective actions is told, one level after the other, and never forgotten."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import corrective
from callcenter.domain.quality import ActionState, Book, Deed
from callcenter.domain.vocabulary import Role
from callcenter.services.hotline import Hotline
from callcenter.services.quality import messages
from callcenter.services.registers import entries
from callcenter.storage.action_tables import ActionRow

AT_ONCE = 100


def tell_due(hotline: Hotline, now: datetime) -> int:
    """Every rung that has come, in order, each once however many clocks ask; how many spoke."""
    with hotline.store.transaction() as session:
        due = session.scalars(sa.select(ActionRow).where(ActionRow.tell_at.is_not(None), ActionRow.tell_at <= now)
                              .order_by(ActionRow.tell_at, ActionRow.id).limit(AT_ONCE).with_for_update(skip_locked=True))
        return sum(_tell(session, hotline, row, now) for row in due)


def _tell(session: Session, hotline: Hotline, row: ActionRow, now: datetime) -> int:
    """The rungs of one action up to *now*; of the weekly repetitions a clock was away for, only the last."""
    since = (row.recheck_at if row.cleared_at else None) or row.due_at
    spoken = 0
    while corrective.step_due(since, row.told_step) <= now:
        if row.told_step < len(corrective.STEPS) or corrective.step_due(since, row.told_step + 1) > now:
            _rung(session, hotline, row, since, now)
            spoken += 1
        row.told_step += 1
    row.tell_at = corrective.step_due(since, row.told_step)
    return spoken


def _rung(session: Session, hotline: Hotline, row: ActionRow, since: datetime, now: datetime) -> None:
    step, role = row.told_step, corrective.step_role(row.told_step)
    asked = messages.checkers(session, row) if role is Role.DEPT_HEAD and row.state in (ActionState.TO_CHECK, ActionState.CLEARED) \
        else messages.holders(session, role, row)
    notice = "action_recheck" if row.cleared_at else "action_overdue"
    told = messages.tell(session, hotline, row, notice, asked, now, f"{notice}:{int(since.timestamp())}:{step}")
    entries.keep(session, Book.ACTION, row.number, Deed.TOLD, Role.SYSTEM, now, {"told": None},
                   {"told": told, "late_days": max(timedelta(0), now - since).days})
