"""People entered, changed, sent on leave and ended, with every change kept; the last administrator and open work are looked after."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.registers import Change, Register
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import OPEN, Role
from callcenter.services import accounts, people
from callcenter.services.hotline import Hotline
from callcenter.services.registers import entries
from callcenter.services.registers.typed import end_of
from callcenter.storage import facts
from callcenter.storage.tables import AssignmentRow, CompoundRow, DutyRow, LeaveRow, PersonRow, TicketRow


def add(hotline: Hotline, by: Person, values: Mapping[str, Any], now: datetime, reason: str = "") -> None:
    """Enter a new colleague.

    Raises:
        Refused: "not_allowed", "bad_value", "number_invalid", "already_there".
    """
    entries.demand(Register.PEOPLE, by)
    with hotline.store.transaction() as session:
        enter(session, by, values, now, reason)


def enter(session: Session, by: Person, values: Mapping[str, Any], now: datetime, reason: str = "") -> None:
    """The same within a transaction of somebody else's."""
    user = str(values["user"])
    if session.get(PersonRow, user) is not None or not people.free(user):
        raise Refused("bad_value", field="user", value=user, valid="a–z 0–9 . _ - (2–32)")
    row = PersonRow(user=user, active=True, session_version=1, failed_sign_ins=0, is_demo=False)
    _write(session, row, values)
    session.add(row)
    facts.people_changed(session)
    entries.keep(session, Register.PEOPLE, user, Change.ADDED, by.user, now, {}, snapshot(row), reason)


def change(hotline: Hotline, by: Person, user: str, values: Mapping[str, Any], now: datetime, reason: str = "", seen: int | None = None) -> None:
    """Write somebody's entry anew; sessions end when badge, compounds or sign-in have changed.

    Raises:
        Refused: as `add`, and "unknown_person", "own_roles", "last_admin", "changed_meanwhile".
    """
    entries.demand(Register.PEOPLE, by)
    with hotline.store.transaction() as session:
        entries.not_older(session, Register.PEOPLE, user, seen)
        rewrite(session, by, user, values, now, reason)


def rewrite(session: Session, by: Person, user: str, values: Mapping[str, Any], now: datetime, reason: str = "") -> bool:
    """The same within a transaction of somebody else's; False when nothing differs."""
    facts.people_changed(session)  # first: two administrators who take the badge from each other come one after the other
    row = people.locked(session, user)
    before, entered = snapshot(row), people.opened_on(row)
    if user == by.user and frozenset(values["roles"]) != frozenset(row.roles):
        raise Refused("own_roles")
    if not (Role.ADMIN in values["roles"] and values["can_sign_in"]):
        _not_the_last_admin(session, row)
    _write(session, row, values)
    if people.opened_on(row) != entered:
        row.session_version += 1
        accounts.end_all(session, user, now)
    return entries.keep(session, Register.PEOPLE, user, Change.CHANGED, by.user, now, before, snapshot(row), reason)


def deactivate(hotline: Hotline, by: Person, user: str, now: datetime, reason: str = "") -> None:
    """Somebody has left: no sign-in, no duty, the turns ahead taken off the roster.

    Raises:
        Refused: "not_allowed", "unknown_person", "own_roles", "last_admin", "still_open" naming what is to be handed over first.
    """
    entries.demand(Register.PEOPLE, by)
    with hotline.store.transaction() as session:
        facts.people_changed(session)
        row = people.locked(session, user)
        if user == by.user:
            raise Refused("own_roles")
        _not_the_last_admin(session, row)
        left = open_work(session, user)
        if left:
            raise Refused("still_open", person=row.name, numbers=left[:12], count=len(left))
        before = snapshot(row)
        row.active, row.session_version = False, row.session_version + 1
        accounts.end_all(session, user, now)
        turns = _off_the_roster(session, user, now)
        entries.keep(session, Register.PEOPLE, user, Change.ENDED, by.user, now, before, {**snapshot(row), "turns_removed": turns or None}, reason)


def _off_the_roster(session: Session, user: str, now: datetime) -> int:
    """Turns ahead go, a running one is replaced by one that ends now; how many."""
    rows = list(session.scalars(sa.select(DutyRow).where(DutyRow.user == user, DutyRow.end_at > now)))
    for row in rows:
        if row.start_at < now:
            session.add(DutyRow(user=user, roles=row.roles, start_at=row.start_at, end_at=now, shift=row.shift, compounds=row.compounds))
        session.delete(row)
    return len(rows)


def take_back(hotline: Hotline, by: Person, user: str, now: datetime, reason: str = "") -> None:
    """Somebody who had left works here again; they sign in with the password they had.

    Raises:
        Refused: "not_allowed", "unknown_person".
    """
    entries.demand(Register.PEOPLE, by)
    with hotline.store.transaction() as session:
        row = people.locked(session, user)
        before, row.active = snapshot(row), True
        facts.people_changed(session)
        entries.keep(session, Register.PEOPLE, user, Change.BACK, by.user, now, before, snapshot(row), reason)


def reset_password(hotline: Hotline, by: Person, user: str, now: datetime) -> str:
    """A password for one sign-in, which is to be shown once and told to them; that it was set is kept, the password is not.

    Raises:
        Refused: "not_allowed", "unknown_person".
    """
    entries.demand(Register.PEOPLE, by)
    once = accounts.one_time_password()
    people.People(hotline.store).set_password(user, once, must_change=True)
    with hotline.store.transaction() as session:
        accounts.end_all(session, user, now)
        entries.keep(session, Register.PEOPLE, user, Change.PASSWORD, by.user, now, {}, {})
    return once


def take_leave(hotline: Hotline, by: Person, user: str, values: Mapping[str, Any], now: datetime) -> None:
    """Somebody is away from the first to the last day; no turn can be given to them then, and those they have are shown as unserved.

    Raises:
        Refused: "not_allowed", "unknown_person", "leave_backwards", "on_leave".
    """
    entries.demand(Register.PEOPLE, by, entries.LEAVE_EDITORS)
    since, until = values["since"], end_of(values["until"]) + timedelta(milliseconds=1)
    if until <= since:
        raise Refused("leave_backwards")
    with hotline.store.transaction() as session:
        row = people.locked(session, user)
        if away(session, user, since, until) is not None:
            raise Refused("on_leave", person=row.name)
        session.add(LeaveRow(user=user, since=since, until=until, note=values.get("note") or ""))
        entries.keep(session, Register.PEOPLE, user, Change.LEAVE, by.user, now, {},
                       {"since": since, "until": values["until"], "note": values.get("note")})


def withdraw_leave(hotline: Hotline, by: Person, leave_id: int, now: datetime) -> str:
    """The leave does not take place after all; whose it was.

    Raises:
        Refused: "not_allowed", "unknown_record".
    """
    entries.demand(Register.PEOPLE, by, entries.LEAVE_EDITORS)
    with hotline.store.transaction() as session:
        leave = session.get(LeaveRow, leave_id, with_for_update=True)
        if leave is None or leave.withdrawn_at is not None:
            raise Refused("unknown_record")
        leave.withdrawn_at = now
        entries.keep(session, Register.PEOPLE, leave.user, Change.LEAVE_WITHDRAWN, by.user, now,
                       {"since": leave.since, "until": leave.until - timedelta(milliseconds=1)}, {})
        return leave.user


def away(session: Session, user: str, since: datetime, until: datetime) -> LeaveRow | None:
    """A leave of *user* that touches this time."""
    return session.scalar(sa.select(LeaveRow).where(
        LeaveRow.user == user, LeaveRow.withdrawn_at.is_(None), LeaveRow.since < until, LeaveRow.until > since).limit(1))


def leaves(session: Session, user: str, now: datetime) -> list[LeaveRow]:
    """The leave *user* is on or has ahead."""
    return list(session.scalars(sa.select(LeaveRow).where(
        LeaveRow.user == user, LeaveRow.withdrawn_at.is_(None), LeaveRow.until > now).order_by(LeaveRow.since)))


def waits_for(user: str) -> sa.ColumnElement[bool]:
    """Tickets that wait for *user*: followed, worked on, to be received or called about, or dispatched to them."""
    sent = sa.select(AssignmentRow.ticket_id).where(
        AssignmentRow.to == user, AssignmentRow.voided_at.is_(None), AssignmentRow.completed_at.is_(None))
    return sa.or_(*(column == user for column in (
        TicketRow.owner, TicketRow.assignee, TicketRow.acting_follower, TicketRow.receiver, TicketRow.specialist)), TicketRow.id.in_(sent))


def open_work(session: Session, user: str) -> list[str]:
    """The open tickets that wait for *user*."""
    return list(session.scalars(sa.select(TicketRow.number).where(TicketRow.state.in_(OPEN), waits_for(user)).order_by(TicketRow.number)))


def snapshot(row: PersonRow) -> dict[str, Any]:
    """An entry as its history compares it."""
    return {"name": row.name, "employee_no": row.employee_no, "roles": sorted(row.roles), "department": row.department,
            "trades": sorted(row.trades), "compounds": sorted(row.compounds), "phone": row.phone, "language": row.language,
            "can_sign_in": row.can_sign_in, "active": row.active,
            "certificates": {name: [(row.certificate_numbers or {}).get(name, ""), until] for name, until in sorted(row.certificates.items())}}


def _not_the_last_admin(session: Session, row: PersonRow) -> None:
    """Refuse what would leave nobody who can keep this register.

    Raises:
        Refused: "last_admin".
    """
    if not _keeps_it(row):
        return
    others = session.scalars(sa.select(PersonRow).where(PersonRow.active, PersonRow.can_sign_in, PersonRow.user != row.user))
    if not any(_keeps_it(other) for other in others):
        raise Refused("last_admin", person=row.name)


def _keeps_it(row: PersonRow) -> bool:
    return row.active and row.can_sign_in and Role.ADMIN in row.roles


def _write(session: Session, row: PersonRow, values: Mapping[str, Any]) -> None:
    """The values of a form or a file, checked as `people` checks every entry."""
    compounds = codes(session, values["compounds"])
    held: Mapping[str, tuple[str, datetime]] = values["certificates"]
    people.fill_in(session, row, Person(
        row.user, values["name"], frozenset(values["roles"]), frozenset(values["trades"]), values["department"], compounds,
        {name: until for name, (_, until) in held.items()}, values["phone"], bool(values["can_sign_in"]),
        language=values["language"] or "zh"))
    number = values["employee_no"]
    taken = number and session.scalar(sa.select(PersonRow.name).where(PersonRow.employee_no == number, PersonRow.user != row.user))
    if taken:
        raise Refused("already_there", what=f"{number} ({taken})")
    row.employee_no, row.certificate_numbers = number, {name: n for name, (n, _) in held.items() if n}


def codes(session: Session, wanted: frozenset[str]) -> frozenset[str]:
    """Compounds by code or name; what is neither is left for `people` to refuse."""
    known = {name: code for code, name in session.execute(sa.select(CompoundRow.code, CompoundRow.name))}
    return frozenset(known.get(c, c) for c in wanted)
