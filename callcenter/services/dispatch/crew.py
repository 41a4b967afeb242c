"""The crew beside the lists: who is there, on what, where and since when, with what skills; and who comes next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import refusals
from callcenter.domain.ticket import Person, Staff
from callcenter.domain.vocabulary import State, Trade
from callcenter.services import numbers
from callcenter.services.dispatch.scope import scope
from callcenter.storage.tables import AssignmentRow, CompoundRow, DutyRow, TicketRow

#: trades that never go out
AT_THE_DESK = frozenset({Trade.CS, Trade.REFERRAL})
#: whose turn begins within this stands in the list already, as not there yet
AHEAD = timedelta(hours=12)
#: the nearer to the end of a job, the more it says where somebody is
_NEARNESS = (State.ON_SITE, State.ACCEPTED, State.DISPATCHED)


@dataclass(frozen=True, slots=True)
class Current:
    """The job somebody is on, and the last step they took."""

    number: str
    state: State
    place: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Technician:
    """Somebody who can be sent today."""

    user: str
    name: str
    trades: str
    until: datetime | None
    starts: datetime | None  #: not there yet: when their turn begins
    jobs: int
    current: Current | None
    certificates: tuple[tuple[str, datetime, bool], ...]  #: name, until when, still valid
    compounds: str  #: empty: all of them
    phone: str  #: masked


def crew(session: Session, staff: Staff, user: str, now: datetime, language: str, compound: str | None = None) -> tuple[Technician, ...]:
    """Everybody of a trade on the roster now, the free first; then those whose turn is next. Places outside *user*'s scope are not told."""
    ahead = _ahead(session, now)
    people = [p for u in {*staff.duty, *ahead} if (p := staff.people.get(u)) and p.active and p.covers(compound) and p.trades - AT_THE_DESK]
    current = _current(session, staff, user, [p.user for p in people])
    names = {row[0]: row[1] for row in session.execute(sa.select(CompoundRow.code, CompoundRow.name))}
    found = [_technician(staff, p, ahead, current, names, now, language) for p in people]
    return tuple(sorted(found, key=lambda t: (t.starts is not None, t.jobs > 0, t.trades, t.user)))


def _technician(staff: Staff, person: Person, ahead: dict[str, datetime], current: dict[str, Current], names: dict[str, str],
                now: datetime, language: str) -> Technician:
    duty = staff.duty.get(person.user)
    certificates = tuple((name, until, until > now) for name, until in sorted(person.certificates.items()))
    where = refusals.shown([names.get(code, code) for code in sorted(person.compounds)], language)
    return Technician(
        person.user, person.name, refusals.shown(sorted(person.trades), language), duty.until if duty else None,
        None if duty else ahead.get(person.user), staff.load.get(person.user, 0), current.get(person.user), certificates, where,
        numbers.masked(person.phone))


def _ahead(session: Session, now: datetime) -> dict[str, datetime]:
    """Whose next turn begins soon, and when."""
    rows = session.execute(sa.select(DutyRow.user, sa.func.min(DutyRow.start_at))
                           .where(DutyRow.start_at > now, DutyRow.start_at <= now + AHEAD).group_by(DutyRow.user))
    return {row[0]: row[1] for row in rows}


def _current(session: Session, staff: Staff, user: str, crew: Iterable[str]) -> dict[str, Current]:
    """The job each is on, as far as the reader may know of it."""
    rows = session.execute(
        sa.select(TicketRow, AssignmentRow).join(AssignmentRow, AssignmentRow.ticket_id == TicketRow.id)
        .where(TicketRow.assignee.in_(list(crew)), TicketRow.state.in_(_NEARNESS), AssignmentRow.voided_at.is_(None),
               AssignmentRow.cycle == TicketRow.cycle, AssignmentRow.to == TicketRow.assignee, scope(staff, user, None))
        .order_by(AssignmentRow.id.desc()))
    found: dict[str, Current] = {}
    for ticket, job in rows:
        one = Current(ticket.number, State(ticket.state), ticket.place, job.arrived_at or job.departed_at or job.accepted_at or job.at)
        held = found.get(job.to)
        if held is None or _NEARNESS.index(one.state) < _NEARNESS.index(held.state):
            found[job.to] = one
    return found
