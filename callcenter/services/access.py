"""Who may take personal data out of the hotline, and the log of those who did (DOMAIN.md 10, 18.4)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Role
from callcenter.services.hotline import Hotline
from callcenter.storage.tables import AccessRow

#: masked lists; quality, whose whole ones are logged, may have masked ones too
EXPORTERS = frozenset({Role.SUPERVISOR, Role.PM, Role.QUALITY})
#: names, numbers and homes in full, with a reason
UNMASKERS = frozenset({Role.QUALITY})
#: whoever of these is shown a whole number has looked, and that is written down
LOGGED = frozenset({Role.QUALITY})
#: any call; an agent their own, a lead their team's
LISTENERS = frozenset({Role.SUPERVISOR, Role.PM, Role.QUALITY})


def may_export(roles: Collection[str], *, unmasked: bool = False) -> bool:
    """Whether somebody with these badges may take a list out, and in full."""
    return not (UNMASKERS if unmasked else EXPORTERS).isdisjoint(roles)


def may_play_recording(person: Person, answered_by: Person | None) -> bool:
    """Whether *person* may listen to a call that *answered_by* took: an agent to their own, a lead to their team's; an administrator to none."""
    if person.roles & LISTENERS:
        return True
    if answered_by is None:
        return False
    own = Role.AGENT in person.roles and person.user == answered_by.user
    return own or (Role.LEAD in person.roles and person.department == answered_by.department)


def record(hotline: Hotline, what: str, by: str, now: datetime, about: Mapping[str, Any], *, unmasked: bool = False, reason: str = "") -> int:
    """
    Write down that data is about to be taken out; to be called before the first byte leaves.

    Raises:
        Refused: "reason_needed" for data in full without one.
    """
    if unmasked and not reason.strip():
        raise Refused("reason_needed")
    with hotline.store.transaction() as session:
        row = AccessRow(at=now, by=by, what=what, about=dict(about), unmasked=unmasked, reason=reason.strip()[:400])
        session.add(row)
        session.flush()
        return row.id


def shown(hotline: Hotline, number: str, by: str, roles: Collection[str], now: datetime) -> None:
    """Write down that the page of ticket *number* is about to show the customer's whole number to somebody whose looking is logged."""
    if not LOGGED.isdisjoint(roles):
        record(hotline, "phone", by, now, {"ticket": number}, unmasked=True, reason="工单页 / ticket page")


def latest(session: Session, limit: int = 50) -> list[AccessRow]:
    """What was taken out last, newest first."""
    return list(session.scalars(sa.select(AccessRow).order_by(AccessRow.id.desc()).limit(limit)))
