"""Tickets as lines of a list: found by words, number, room or telephone, each with the promise that falls due next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Promise, Staff
from callcenter.domain.vocabulary import (
    DEPARTMENT_OF,
    OPEN,
    URGENT,
    Clock,
    Department,
    Role,
    State,
    Status,
    TicketType,
    Urgency,
)
from callcenter.services.permitted import OFFICE, blind_to_follow_up
from callcenter.storage import facts
from callcenter.storage.tables import AssignmentRow, PromiseRow, TicketRow

PER_PAGE = 30
#: telling of a follow-up call that is about to be made (CB13)
FOLLOW_UP_CLOCKS = frozenset({Clock.CALLBACK, Clock.CALLBACK_RETRY, Clock.MIDTERM_CALL})


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket in a list."""

    number: str
    type: TicketType
    state: State
    urgent: bool
    level: int
    place: str
    compound: str | None
    content: str
    customer_name: str
    owner: str
    assignee: str | None
    received_at: datetime
    closed_at: datetime | None
    promise_at: datetime | None
    promise: Promise | None  #: the running promise that falls due next
    late: bool  #: a running promise is past its due time

    @property
    def open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Wish:
    """What a list is to show."""

    view: str = "open"  #: open, mine, overdue or all
    text: str = ""
    type: TicketType | None = None
    state: State | None = None
    compound: str | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a list, and how many there are in all."""

    lines: list[Line] = field(default_factory=list)
    total: int = 0
    page: int = 1
    pages: int = 1


def find(session: Session, policy: Policy, user: str, wish: Wish, now: datetime) -> Found:
    """The tickets *user* may read that fit *wish*, the nearest promise first; closed ones after, the newest first."""
    staff = facts.staff(session, now)
    where = [scope(staff, policy, user), *_wanted(staff, user, wish, now)]
    total = session.scalar(sa.select(sa.func.count()).select_from(TicketRow).where(*where)) or 0
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(1, wish.page), pages)
    due = _next_due()
    rows = session.scalars(sa.select(TicketRow).where(*where).order_by(
        TicketRow.state.not_in(OPEN), due.is_(None), due, TicketRow.id.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    return Found(lines(session, list(rows), now, blind=blind_to_follow_up(staff, user)), total, page, pages)


def scope(staff: Staff, policy: Policy, user: str) -> sa.ColumnElement[bool]:
    """The tickets *user* may read, as `permitted.may_read` says for one."""
    person = staff.people.get(user)
    if person is None or not person.active:
        return sa.false()
    own = sa.or_(TicketRow.owner == user, TicketRow.first_responder == user, TicketRow.acting_follower == user,
                 TicketRow.receiver == user, TicketRow.specialist == user, _sent_to(user, sorted(person.trades)))
    roles, duty = staff.roles(user), staff.duty.get(user)
    seen = set(person.compounds) | (set(duty.compounds) if duty and person.compounds else set())
    here = sa.or_(TicketRow.compound.in_(sorted(seen)), TicketRow.compound.is_(None)) if person.compounds else sa.true()
    if roles & OFFICE:
        return sa.or_(own, here)
    if Role.DEPT_HEAD in roles and person.department is not None:
        return sa.or_(own, sa.and_(here, of_department(policy, person.department)))
    return own


def _sent_to(user: str, trades: Sequence[str]) -> sa.ColumnElement[bool]:
    team = sa.and_(AssignmentRow.team, AssignmentRow.voided_at.is_(None), AssignmentRow.to.in_(trades)) if trades else sa.false()
    return TicketRow.id.in_(sa.select(AssignmentRow.ticket_id).where(sa.or_(AssignmentRow.to == user, team)))


def of_department(policy: Policy, department: Department) -> sa.ColumnElement[bool]:
    """The matters a department answers for: named on the ticket, else by the trade of its category."""
    codes = [c.code for c in policy.categories.values() if DEPARTMENT_OF.get(c.trades[0], Department.ENGINEERING) is department]
    by_trade: sa.ColumnElement[bool] = TicketRow.category.in_(codes)
    if department is Department.ENGINEERING:
        building = TicketRow.type.in_([TicketType.WARRANTY_REPAIR, TicketType.LEGACY_ISSUE])
        by_trade = sa.or_(by_trade, building, TicketRow.category.is_(None))
    return sa.or_(TicketRow.department == department, sa.and_(TicketRow.department.is_(None), by_trade))


def _wanted(staff: Staff, user: str, wish: Wish, now: datetime) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    if wish.view in ("open", "mine", "overdue") and wish.state is None:
        where.append(TicketRow.state.in_(OPEN))
    if wish.view == "mine":
        where.append(mine(user))
    if wish.view == "overdue":
        where.append(overdue(now))
    where += [column == value for column, value in ((TicketRow.type, wish.type), (TicketRow.compound, wish.compound)) if value]
    if wish.state is not None:
        where.append(in_state(wish.state, blind_to_follow_up(staff, user)))
    if wish.text.strip():
        where += [_says(word, by_phone=bool(staff.roles(user) & OFFICE)) for word in wish.text.split()[:5]]
    return where


def in_state(state: State, blind: bool) -> sa.ColumnElement[bool]:
    """Asked for by somebody who may not know of follow-up calls, those tickets count as completed (CB13)."""
    if not blind:
        return TicketRow.state == state
    seen = {State.COMPLETED: [State.COMPLETED, State.CALLBACK_DUE], State.CALLBACK_DUE: []}
    return TicketRow.state.in_(seen.get(state, [state]))


def mine(user: str) -> sa.ColumnElement[bool]:
    """Owned, followed in somebody's absence, or with me as a job."""
    return sa.or_(sa.and_(TicketRow.owner == user, TicketRow.acting_follower.is_(None)), TicketRow.acting_follower == user,
                  TicketRow.assignee == user)


def still_running() -> sa.ColumnElement[bool]:
    """Promises that count down now."""
    return sa.and_(PromiseRow.kept_at.is_(None), PromiseRow.voided_at.is_(None), PromiseRow.excused_at.is_(None),
                   PromiseRow.paused_at.is_(None))


def overdue(now: datetime) -> sa.ColumnElement[bool]:
    """A promise still runs past its due time: the very expression the timers go by."""
    return TicketRow.id.in_(sa.select(PromiseRow.ticket_id).where(
        PromiseRow.ticket_id.is_not(None), still_running(), PromiseRow.due_at < now))


def _next_due() -> sa.ScalarSelect[datetime]:
    asked = sa.select(sa.func.min(PromiseRow.due_at)).where(PromiseRow.ticket_id == TicketRow.id, still_running())
    return asked.correlate(TicketRow).scalar_subquery()


def _says(word: str, by_phone: bool) -> sa.ColumnElement[bool]:
    """Number, name, place or what was reported; four digits and more may be the end of a telephone number."""
    fits = [c.icontains(word, autoescape=True) for c in (TicketRow.number, TicketRow.customer_name, TicketRow.place, TicketRow.content)]
    digits = "".join(c for c in word if c.isdigit())
    if by_phone and len(digits) >= 4 and len(digits) == len(word.lstrip("+").replace("-", "")):
        fits.append(TicketRow.phone_key.endswith(digits, autoescape=True))
    return sa.or_(*fits)


def lines(session: Session, rows: Sequence[TicketRow], now: datetime, blind: bool = False) -> list[Line]:
    """The rows as lines; one query for all their promises."""
    running: dict[int, list[Promise]] = {row.id: [] for row in rows}
    asked = sa.select(PromiseRow).where(PromiseRow.ticket_id.in_(list(running)), still_running()).order_by(PromiseRow.due_at)
    for row in session.scalars(asked) if rows else ():
        if not blind or row.clock not in FOLLOW_UP_CLOCKS:
            running[row.ticket_id or 0].append(facts.promise(row))
    return [_line(row, running[row.id], now, blind) for row in rows]


def _line(row: TicketRow, running: Sequence[Promise], now: datetime, blind: bool) -> Line:
    state = State(row.state)
    return Line(
        row.number, TicketType(row.type), State.COMPLETED if blind and state is State.CALLBACK_DUE else state,
        row.urgency == Urgency.URGENT or row.type in URGENT, row.level, row.place, row.compound, row.content, row.customer_name,
        row.owner, row.assignee, row.received_at, row.closed_at, row.promise_at, running[0] if running else None,
        any(p.status(now) is Status.BROKEN for p in running))


def nearest_first(found: Iterable[Line]) -> list[Line]:
    """By the promise that falls due next; those without one at the end."""
    return sorted(found, key=lambda line: (line.promise is None, line.promise.due_at if line.promise else line.received_at))


def since(session: Session, where: sa.ColumnElement[bool], now: datetime, within: timedelta, limit: int) -> list[TicketRow]:
    """The newest ended tickets among *where*: what this household had before."""
    return list(session.scalars(sa.select(TicketRow).where(
        where, TicketRow.state.not_in(OPEN), TicketRow.received_at > now - within).order_by(TicketRow.id.desc()).limit(limit)))


def registered_by(session: Session, number: str, user: str, now: datetime) -> Line | None:
    """The ticket *user* has just registered."""
    rows = list(session.scalars(sa.select(TicketRow).where(TicketRow.number == number, TicketRow.registrar == user)))
    return next(iter(lines(session, rows, now)), None)
