"""The duty roster by weeks: turns added, moved, removed and copied, and where somebody who must be there is missing (F24, 17.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import roster
from callcenter.domain.coverage import ALSO, Level, Post, levels
from callcenter.domain.days import LOCAL, local
from callcenter.domain.policy import Policy
from callcenter.domain.registers import Change, Register
from callcenter.domain.roster import Away, Gap, Need, Turn
from callcenter.domain.rotation import Trouble, troubles
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Role, Trade
from callcenter.services.hotline import Hotline
from callcenter.services.registers import entries, staff
from callcenter.storage import facts
from callcenter.storage.tables import DutyRow, LeaveRow

WEEK, DAY = timedelta(days=7), timedelta(days=1)
#: who may let somebody answer for a role that is not on their badge
LENDERS = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.PM, Role.QUALITY})
#: nobody answers for these by a turn
NEVER_LENT = frozenset({Role.ADMIN, Role.AUDITOR, Role.GM, Role.CONTRACTOR})
LONGEST_TURN = timedelta(hours=24)
#: change anybody's turns
_WIDE = entries.EDITORS[Register.ROSTER] - {Role.DEPT_HEAD}


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the roster, Monday first."""

    days: list[date]
    #: people in the order of their roles, each with the turns that begin on each day
    rows: list[tuple[Person, list[list[Turn]]]]
    gaps: list[Gap]
    away: list[Away]
    #: too little rest, shifts while on leave, of everybody
    troubles: list[Trouble]
    #: post → how many are there, from when until when
    levels: dict[Post, list[Level]]


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def key(at: datetime) -> str:
    """The week a turn belongs to, as its history is kept: 2026-W11."""
    year, week, _ = local(at).date().isocalendar()
    return f"{year}-W{week:02d}"


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def week(session: Session, policy: Policy, first: date, now: datetime, only: frozenset[str] = frozenset()) -> Week:
    """The week that begins on *first*; `only`: of these roles, though what is missing is looked for among all.
    In the week that is running nobody is missed in the hours gone by."""
    since, until = midnight(first), midnight(first + WEEK)
    around, people = between(session, since - DAY, until), facts.people(session)
    turns, gone = [t for t in around if t.end > since], leave(session, since, until)
    certificate = policy.certificates.get(Trade.ELECTRICIAN)
    found = roster.gaps(turns, people, gone, certificate, now if since < now < until else since, until)
    shown = [t for t in turns if local(t.start).date() >= first and (not only or t.roles & only)]
    users = sorted({t.user for t in shown}, key=lambda u: (min((list(Role).index(r) for t in shown if t.user == u for r in t.roles), default=99), u))
    days = [first + timedelta(days=n) for n in range(7)]
    rows = [(people[u], [[t for t in shown if t.user == u and local(t.start).date() == day] for day in days]) for u in users if u in people]
    there = {post: levels(post, turns, people, gone, certificate, since, until) for post in (*Need, *ALSO)}
    return Week(days, rows, found, gone, troubles(around, gone, since, until), there)


def between(session: Session, since: datetime, until: datetime) -> list[Turn]:
    """The turns that touch this time, in order of their beginning."""
    rows = session.scalars(sa.select(DutyRow).where(DutyRow.start_at < until, DutyRow.end_at > since).order_by(DutyRow.start_at, DutyRow.user))
    return [_turn(row) for row in rows]


def _turn(row: DutyRow) -> Turn:
    return Turn(row.id, row.user, frozenset(Role(r) for r in row.roles), row.start_at, row.end_at, row.shift, frozenset(row.compounds))


def leave(session: Session, since: datetime, until: datetime) -> list[Away]:
    """Leave that touches this time and was not withdrawn."""
    return [Away(row.user, row.since, row.until) for row in session.scalars(sa.select(LeaveRow).where(
        LeaveRow.withdrawn_at.is_(None), LeaveRow.since < until, LeaveRow.until > since))]


def times(values: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """From and until of a turn as typed; an end not after the beginning is on the next day."""
    start: datetime = values["date"] + values["start"]
    end: datetime = values["date"] + values["end"]
    return start, end if end > start else end + DAY


def add(hotline: Hotline, by: Person, values: Mapping[str, Any], now: datetime) -> None:
    """Give somebody a turn.

    Raises:
        Refused: "not_allowed", "unknown_person", "shift_over", "shift_overlaps", "on_leave", "role_not_theirs".
    """
    with hotline.store.transaction() as session:
        enter(session, by, values, now)


def enter(session: Session, by: Person, values: Mapping[str, Any], now: datetime, reason: str = "", told: bool = True) -> None:
    """The same within a transaction of somebody else's; `told`: with an entry of its own in the week's history."""
    start, end = times(values)
    role: Role = values["role"]
    person = _person(session, by, values["user"])
    if end <= now:
        raise Refused("shift_over", when=end)
    _fits(session, by, person, {role}, start, end, now)
    compounds = staff.codes(session, values["compounds"]) or person.compounds
    _put(session, person.user, {role}, start, end, values["shift"] or "", sorted(compounds))
    if told:
        entries.keep(session, Register.ROSTER, key(start), Change.TURN_ADDED, by.user, now, {}, _said(person, {role}, start, end), reason)


def move(hotline: Hotline, by: Person, turn_id: int, to: datetime, user: str, now: datetime) -> None:
    """Let a turn that has not begun begin at *to* instead, or give it to somebody else; it stays as long as it was.

    Raises:
        Refused: as `add`, and "unknown_record".
    """
    with hotline.store.transaction() as session:
        old = _locked(session, turn_id)
        if old.start_at <= now or to <= now:
            raise Refused("shift_over", when=old.start_at)
        before, person, roles = _person(session, by, old.user), _person(session, by, user), {Role(r) for r in old.roles}
        end = to + (old.end_at - old.start_at)
        _fits(session, by, person, roles, to, end, now, instead=old.id)
        _put(session, user, roles, to, end, old.shift, old.compounds)
        session.delete(old)
        entries.keep(session, Register.ROSTER, key(to), Change.TURN_MOVED, by.user, now,
                       _said(before, roles, old.start_at, old.end_at), _said(person, roles, to, end))


def remove(hotline: Hotline, by: Person, turn_id: int, now: datetime) -> None:
    """Take a turn off the roster; one that is running ends now, one that is over stays as it was.

    Raises:
        Refused: "not_allowed", "unknown_record", "shift_over".
    """
    with hotline.store.transaction() as session:
        old = _locked(session, turn_id)
        person, roles = _person(session, by, old.user), {Role(r) for r in old.roles}
        if old.end_at <= now:
            raise Refused("shift_over", when=old.end_at)
        if old.start_at < now:
            _put(session, old.user, roles, old.start_at, now, old.shift, old.compounds)
        session.delete(old)
        entries.keep(session, Register.ROSTER, key(old.start_at), Change.TURN_REMOVED, by.user, now,
                       _said(person, roles, old.start_at, old.end_at), _said(person, roles, old.start_at, now) if old.start_at < now else {})


def copy_week(hotline: Hotline, by: Person, first: date, now: datetime) -> tuple[int, int]:
    """Repeat the week before *first*'s; turns that do not fit (leave, another turn, gone, past) are left out. How many came, how many did not."""
    entries.demand(Register.ROSTER, by)
    copied = left_out = 0
    with hotline.store.transaction() as session:
        since = midnight(first)
        for turn in [t for t in between(session, since - WEEK, since) if t.start >= since - WEEK]:
            if _copied(session, by, turn, now):
                copied += 1
            else:
                left_out += 1
        if copied:
            entries.keep(session, Register.ROSTER, key(since), Change.LOADED, by.user, now, {}, {"copied": copied, "left_out": left_out})
    return copied, left_out


def _copied(session: Session, by: Person, turn: Turn, now: datetime) -> bool:
    """Whether a turn could be repeated a week later; what the copier may lend plays no part: it was lent already."""
    start, end = turn.start + WEEK, turn.end + WEEK
    try:
        person = _person(session, by, turn.user)
    except Refused:
        return False
    taken = any(t.user == turn.user for t in between(session, start, end))
    if taken or start <= now or staff.away(session, turn.user, start, end) is not None:
        return False
    if turn.user == by.user and not turn.roles <= person.roles:
        return False
    _put(session, turn.user, set(turn.roles), start, end, turn.shift, sorted(turn.compounds))
    return True


def _person(session: Session, by: Person, user: str) -> Person:
    """Somebody whose turns *by* may change: a department head only their own people's."""
    entries.demand(Register.ROSTER, by)
    person = facts.people(session).get(user)
    if person is None or not person.active:
        raise Refused("unknown_person", person=user)
    if not editable(by, person):
        raise Refused("not_allowed", action=Register.ROSTER, who=[r for r in Role if r in _WIDE])
    return person


def editable(by: Person, person: Person) -> bool:
    """Whether somebody who edits the roster may change this person's turns: a department head only their own people's."""
    return not by.roles.isdisjoint(_WIDE) or (by.department is not None and person.department == by.department)


def _fits(session: Session, by: Person, person: Person, roles: set[Role], start: datetime, end: datetime, now: datetime,
          instead: int | None = None) -> None:
    lent = roles - person.roles
    if lent and (lent & NEVER_LENT or by.user == person.user or by.roles.isdisjoint(LENDERS)):
        raise Refused("role_not_theirs", person=person.name, role=sorted(lent))
    if end - start > LONGEST_TURN:
        raise Refused("shift_too_long")
    other = next((t for t in between(session, start, end) if t.user == person.user and t.id != instead), None)
    if other is not None:
        raise Refused("shift_overlaps", person=person.name, when=other.start)
    if staff.away(session, person.user, start, end) is not None:
        raise Refused("on_leave", person=person.name)


def _locked(session: Session, turn_id: int) -> DutyRow:
    row = session.get(DutyRow, turn_id, with_for_update=True)
    if row is None:
        raise Refused("unknown_record")
    return row


def _put(session: Session, user: str, roles: set[Role], start: datetime, end: datetime, shift: str, compounds: Sequence[str]) -> None:
    """A new row each time: whoever keeps the roster in memory tells by the newest id that it has changed."""
    session.add(DutyRow(user=user, roles=sorted(roles), start_at=start, end_at=end, shift=shift, compounds=list(compounds)))
    session.flush()


def _said(person: Person, roles: set[Role], start: datetime, end: datetime) -> dict[str, Any]:
    return {"user": person.name, "roles": sorted(roles), "start": start, "end": end}
