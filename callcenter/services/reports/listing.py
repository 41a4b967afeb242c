"""The reports as their page lists them: what still waits for somebody, and what was signed lately, kind by kind."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Promise, Staff
from callcenter.domain.vocabulary import Clock, Department, Role
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import periods
from callcenter.services.reports import failing
from callcenter.services.reports.failing import Failure
from callcenter.storage import facts
from callcenter.storage.report_tables import ReportCorrectionRow, ReportDraftRow
from callcenter.storage.tables import CompoundRow, PeriodRow, PromiseRow, ShiftRow

#: signed ones shown
LATEST = 40
#: a handover is of interest from an hour before the shift ends
HANDOVER_AHEAD = timedelta(hours=1)
#: who reads every report of their compounds
OVERSEERS = frozenset({Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.AUDITOR, Role.GM})


@dataclass(frozen=True, slots=True)
class Line:
    """One report, and how it stands."""

    id: int
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
    corrections: int = 0
    failed: Failure | None = None  #: why there is no draft yet

    @property
    def late(self) -> bool:
        """Confirmed too late."""
        return bool(self.promise and self.promise.kept_at and self.promise.kept_at > self.promise.due_at)

    @property
    def signed(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.content.get("signed", {})
        return found


def lines(hotline: Hotline, session: Session, user: str, now: datetime, kind: str = "") -> tuple[list[Line], list[Line]]:
    """What is still to be signed, nearest first, and what was signed, latest first, of every *kind* or of one; a department's head sees the
    weekly reports."""
    staff, policy = facts.staff(session, now), hotline.rulebook.policy
    only = [PeriodRow.kind == kind] if kind else []
    waiting = _read(policy, session, staff, user, *only, PeriodRow.confirmed_at.is_(None), sa.or_(
        PeriodRow.kind != Clock.HANDOVER, PeriodRow.until <= now + HANDOVER_AHEAD))
    shown = [*only, *([] if kind else [PeriodRow.kind != Clock.HANDOVER]), PeriodRow.confirmed_by != Role.SYSTEM]
    done = _read(policy, session, staff, user, *shown, PeriodRow.confirmed_at.is_not(None), latest=True)
    drafted = sa.select(ReportDraftRow.period_id).where(ReportDraftRow.period_id.in_([line.id for line in waiting]))
    failed = failing.of(session, {line.id for line in waiting} - set(session.scalars(drafted)))
    waiting = [replace(line, failed=failed.get(line.id)) for line in waiting]
    return sorted(waiting, key=lambda line: (line.promise.due_at if line.promise else line.until, line.key)), done


def shifts(hotline: Hotline, session: Session, user: str, now: datetime) -> list[Line]:
    """The sheets of this person's shifts that end soon or are over, and those handed over to them, the latest first."""
    return _read(hotline.rulebook.policy, session, facts.staff(session, now), user, PeriodRow.kind == Clock.HANDOVER,
                 PeriodRow.until <= now + HANDOVER_AHEAD, mine(user), latest=True)


def mine(user: str) -> sa.ColumnElement[bool]:
    """The shifts *user* had, and those that were handed over to them."""
    received = sa.exists().where(ShiftRow.handed_to == user, ShiftRow.user == PeriodRow.confirmed_by, ShiftRow.handed_at == PeriodRow.confirmed_at)
    return sa.or_(PeriodRow.key.startswith(f"{user}@", autoescape=True), received)


def line(hotline: Hotline, session: Session, user: str, kind: str, key: str, compound: str, now: datetime) -> Line | None:
    """One report; None when there is none, or none of this reader's."""
    found = _read(hotline.rulebook.policy, session, facts.staff(session, now), user,
                  PeriodRow.kind == kind, PeriodRow.key == key, PeriodRow.compound == compound)
    return found[0] if found else None


def only_department(staff: Staff, user: str) -> Department | None:
    """The department whose parts alone the reader may see; None for who sees all."""
    person = staff.people.get(user)
    if person is None or Role.DEPT_HEAD not in person.roles or person.roles & OVERSEERS:
        return None
    return person.department


def _read(policy: Policy, session: Session, staff: Staff, user: str, *where: sa.ColumnElement[bool], latest: bool = False) -> list[Line]:
    query = sa.select(PeriodRow, PromiseRow, _corrections()).outerjoin(PromiseRow, PromiseRow.period_id == PeriodRow.id).where(
        *where, _readable(staff, user))
    query = query.order_by(PeriodRow.until.desc(), PeriodRow.id.desc()).limit(LATEST) if latest else query.order_by(PeriodRow.until)
    names = {row.code: row.name for row in session.scalars(sa.select(CompoundRow))}
    return [_line(policy, staff, names, user, period, promise, corrections) for period, promise, corrections in session.execute(query)]


def _corrections() -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).where(ReportCorrectionRow.period_id == PeriodRow.id).correlate(PeriodRow).scalar_subquery()


def _readable(staff: Staff, user: str) -> sa.ColumnElement[bool]:
    """Overseers read what concerns their compounds, a department's head the weekly reports, an agent the sheets of their own shifts."""
    person = staff.people.get(user)
    if person is None:
        return sa.false()
    if staff.roles(user) & OVERSEERS or person.roles & OVERSEERS:
        return PeriodRow.compound.in_(["", *sorted(person.compounds)]) if person.compounds else sa.true()
    weekly = PeriodRow.kind == Clock.WEEKLY_REPORT if Role.DEPT_HEAD in person.roles else sa.false()
    return sa.or_(weekly, sa.and_(PeriodRow.kind == Clock.HANDOVER, mine(user)))


def _line(policy: Policy, staff: Staff, names: Mapping[str, str], user: str, period: PeriodRow, promise: PromiseRow | None, corrections: int) -> Line:
    def called(who: str | None) -> str:
        return staff.people[who].name if who and who in staff.people else (who or "")

    person = staff.people.get(user)
    signs = person.department if person and Role.DEPT_HEAD in person.roles else None
    open_to_sign = period.kind == Clock.WEEKLY_REPORT and period.confirmed_at is not None and signs not in period.content.get("signed", {})
    return Line(
        period.id, Clock(period.kind), period.key, period.compound, names.get(period.compound, ""), period.since, period.until,
        facts.promise(promise) if promise else None, period.confirmed_at, called(period.confirmed_by), period.content,
        called(period.content.get("user")),
        period.confirmed_at is None and periods.may_confirm(policy, period.kind, staff, user, period.compound),
        signs if open_to_sign else None, corrections)
