"""The reports as their page lists them: what still waits for somebody, and what was confirmed lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Promise, Staff
from callcenter.domain.vocabulary import Clock, Department, Role
from callcenter.services import periods
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import CompoundRow, PeriodRow, PromiseRow

#: confirmed ones shown
LATEST = 40
#: a handover is of interest from an hour before the shift ends
HANDOVER_AHEAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One report, and how it stands."""

    kind: Clock
    key: str
    compound: str
    compound_name: str
    since: datetime
    until: datetime
    promise: Promise | None
    confirmed_at: datetime | None
    confirmed_by: str  #: as people call them
    content: Mapping[str, Any]
    who: str  #: whose shift it is
    may_confirm: bool
    signs_for: Department | None  #: the department the reader signs for and has not yet

    @property
    def late(self) -> bool:
        """Confirmed too late."""
        return bool(self.promise and self.promise.kept_at and self.promise.kept_at > self.promise.due_at)

    @property
    def signed(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.content.get("signed", {})
        return found


def lines(hotline: Hotline, session: Session, user: str, now: datetime) -> tuple[list[Line], list[Line]]:
    """What is still to be confirmed, nearest first, and what was confirmed, latest first; a department's head sees the weekly reports."""
    staff = facts.staff(session, now)
    waiting = _read(session, staff, user, PeriodRow.confirmed_at.is_(None), sa.or_(
        PeriodRow.kind != Clock.HANDOVER, PeriodRow.until <= now + HANDOVER_AHEAD))
    done = _read(session, staff, user, PeriodRow.confirmed_at.is_not(None), PeriodRow.kind != Clock.HANDOVER, latest=True)
    return sorted(waiting, key=lambda line: (line.promise.due_at if line.promise else line.until, line.key)), done


def line(session: Session, user: str, kind: str, key: str, compound: str, now: datetime) -> Line | None:
    """One report; None when there is none, or none of this reader's."""
    found = _read(session, facts.staff(session, now), user, PeriodRow.kind == kind, PeriodRow.key == key, PeriodRow.compound == compound)
    return found[0] if found else None


def only_department(staff: Staff, user: str) -> Department | None:
    """The department whose parts alone the reader may see; None for who sees all."""
    person = staff.people.get(user)
    if person is None or person.roles & {Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.AUDITOR}:
        return None
    return person.department


def _read(session: Session, staff: Staff, user: str, *where: sa.ColumnElement[bool], latest: bool = False) -> list[Line]:
    query = sa.select(PeriodRow, PromiseRow).outerjoin(PromiseRow, PromiseRow.period_id == PeriodRow.id).where(*where)
    if only_department(staff, user) is not None:
        query = query.where(PeriodRow.kind == Clock.WEEKLY_REPORT)
    query = query.order_by(PeriodRow.confirmed_at.desc(), PeriodRow.id.desc()).limit(LATEST) if latest else query.order_by(PeriodRow.until)
    names = {row.code: row.name for row in session.scalars(sa.select(CompoundRow))}
    return [_line(staff, names, user, period, promise) for period, promise in session.execute(query)]


def _line(staff: Staff, names: Mapping[str, str], user: str, period: PeriodRow, promise: PromiseRow | None) -> Line:
    def called(who: str | None) -> str:
        return staff.people[who].name if who and who in staff.people else (who or "")

    person = staff.people.get(user)
    signs = person.department if person and Role.DEPT_HEAD in person.roles else None
    open_to_sign = period.kind == Clock.WEEKLY_REPORT and period.confirmed_at is not None and signs not in period.content.get("signed", {})
    return Line(
        Clock(period.kind), period.key, period.compound, names.get(period.compound, ""), period.since, period.until,
        facts.promise(promise) if promise else None, period.confirmed_at, called(period.confirmed_by), period.content,
        called(period.content.get("user")), period.confirmed_at is None and periods.may_confirm(period.kind, staff, user, period.compound),
        signs if open_to_sign else None)
