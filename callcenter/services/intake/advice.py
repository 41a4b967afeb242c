"""What to answer while a matter is being typed: warranty and its basis, who could come and when, what to promise, what is open already."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import days, dispatching
from callcenter.domain.appointments import USUAL
from callcenter.domain.days import LOCAL
from callcenter.domain.policy import Policy
from callcenter.domain.rules import intake
from callcenter.domain.rules.intake import Place
from callcenter.domain.ticket import Act, Matter, Refused, Ticket
from callcenter.domain.vocabulary import AT_HOME, OPEN, URGENT, Action, Channel, Clock, State, TicketType, Urgency
from callcenter.services import numbers, places
from callcenter.services.views import ticket_list
from callcenter.services.views.ticket_list import Line
from callcenter.storage import facts
from callcenter.storage.tables import RoomRow, TicketRow

#: the hours visits are proposed in, of the local day
HOURS = ((9, 11), (14, 16), (16, 18), (18, 20))
#: so many proposals, none sooner than this, none later than that
PROPOSALS, NOTICE, AHEAD = 3, timedelta(hours=1), timedelta(days=4)
#: so many open matters are shown
TWINS = 5


@dataclass(frozen=True, slots=True)
class Warranty:
    """Whether the part concerned is under warranty, and what that is judged from."""

    part: str
    until: datetime
    inside: bool
    handed_over: datetime
    years: int
    own: bool  #: the archive holds a day of its own for this room


@dataclass(frozen=True, slots=True)
class Proposal:
    """A time somebody fit for the job could come."""

    start: datetime
    end: datetime
    free: int
    #: the promise that goes with it, where the usual one would end before
    promise: datetime | None


@dataclass(frozen=True, slots=True)
class Twin:
    """An open matter of this household or place."""

    line: Line
    same: bool  #: of the same category: most likely the very one


@dataclass(frozen=True, slots=True)
class Advice:
    """Everything the agent may say about what was typed so far; whatever cannot be told yet is empty."""

    type: TicketType | None = None
    warranty: Warranty | None = None
    proposals: tuple[Proposal, ...] = ()
    free_now: int | None = None
    arrive_by: datetime | None = None
    promise: datetime | None = None
    within: timedelta | None = None
    two_days: bool = False
    three_minutes: bool = False
    twins: tuple[Twin, ...] = ()


def advise(session: Session, policy: Policy, fields: Mapping[str, Any], phone: str | None, by: str, now: datetime) -> Advice:
    """
    What to say about *fields* as they stand.

    Args:
        phone: the caller's number, or the one that was typed.
    """
    place = _place(session, fields)
    twins = tuple(_twins(session, fields, place, phone, now))
    try:
        type_, _ = intake.type_of(policy, Act(Action.OPEN_TICKET, by, fields), place or Place(None, ""), now)
    except Refused:
        return Advice(twins=twins)
    rule, arrival = policy.promise(Clock.COMPLETION, type_), policy.promise(Clock.ARRIVE_URGENT, type_)
    sent = policy.promise(Clock.DISPATCH, type_) is not None
    likely = _ticket(type_, place, fields, by, now)
    return Advice(
        type_, _warranty(session, policy, fields, place, now),
        tuple(_proposals(session, policy, likely, rule.within if rule else None, now)) if type_ in AT_HOME else (),
        len(dispatching.candidates(policy, facts.staff(session, now), likely, now)) if sent else None,
        now + arrival.within if arrival else None, now + rule.within if rule else None, rule.within if rule else None,
        policy.promise(Clock.FEEDBACK, type_) is not None, sent, twins)


def same_matter(session: Session, fields: Mapping[str, Any], now: datetime) -> str | None:
    """The number of an open ticket for the same room, or the same common part, and of the same category; None where there is none."""
    if not fields.get("category"):
        return None
    place = _place(session, fields)
    return next((twin.line.number for twin in _twins(session, fields, place, None, now) if twin.same), None)


def _place(session: Session, fields: Mapping[str, Any]) -> Place | None:
    try:
        return places.find(session, fields.get("room"), fields.get("place"))
    except Refused:
        return None


def _warranty(session: Session, policy: Policy, fields: Mapping[str, Any], place: Place | None, now: datetime) -> Warranty | None:
    category = policy.categories.get(fields.get("category") or "")
    if category is None or category.warranty is None or place is None:
        return None
    room = session.get(RoomRow, place.room_id) if place.room_id else None
    own = (room.warranty or {}).get(category.warranty) if room else None
    until = own or intake.warranty_until(policy, category.code, place)
    if until is None:
        return None
    return Warranty(category.warranty, until, now < until, place.handed_over or until, policy.warranty_years[category.warranty], own is not None)


# ---- who could come, and when ----------------------------------------------------------------------------

def _ticket(type_: TicketType, place: Place | None, fields: Mapping[str, Any], by: str, now: datetime) -> Ticket:
    """The ticket this would become, as far as finding somebody for it needs."""
    urgency = Urgency.URGENT if type_ in URGENT else Urgency.NORMAL
    return Ticket(0, "", type_, State.NEW, fields.get("category"), urgency, Channel.PHONE, place.compound if place else None,
                  place.text if place else "", "", "", None, now, now, None, by, by, by, Matter(0, now))


def _proposals(session: Session, policy: Policy, ticket: Ticket, within: timedelta | None, now: datetime) -> list[Proposal]:
    """The next hours in which somebody of the trade is on the roster and not bound by another appointment."""
    found: list[Proposal] = []
    day = days.midnight(now)
    while len(found) < PROPOSALS and day < now + AHEAD:
        for first, last in HOURS:
            start = datetime.combine(day.date(), time(first), LOCAL)
            end = datetime.combine(day.date(), time(last), LOCAL)
            if start >= now + NOTICE and len(found) < PROPOSALS and (free := _free(session, policy, ticket, start, end)):
                found.append(Proposal(start, end, free, days.day_end(end) if within and end > now + within else None))
        day = days.midnight(day + timedelta(hours=36))
    return found


def _free(session: Session, policy: Policy, ticket: Ticket, start: datetime, end: datetime) -> int:
    fit = {c.person.user for c in dispatching.candidates(policy, facts.staff(session, start), ticket, start)}
    rows = session.execute(sa.select(TicketRow.assignee, TicketRow.appointment_start, TicketRow.appointment_end).where(
        TicketRow.assignee.in_(fit), TicketRow.state.in_(OPEN), TicketRow.appointment_start < end,
        TicketRow.appointment_start > start - timedelta(days=1)))
    bound = {user for user, since, until in rows if since is not None and (since + USUAL if until is None else until) > start}
    return len(fit - bound)


# ---- what is open already --------------------------------------------------------------------------------

def _twins(session: Session, fields: Mapping[str, Any], place: Place | None, phone: str | None, now: datetime) -> list[Twin]:
    """Open matters of the room, of the common part, or of the caller's number; those of the same category first."""
    key = numbers.comparable(phone)
    where = [TicketRow.phone_key == key] if key else []
    if place is not None and place.room_id is not None:
        where.append(TicketRow.room_id == place.room_id)
    elif place is not None and place.compound is not None:
        where.append(sa.and_(TicketRow.compound == place.compound, TicketRow.category == fields.get("category"), TicketRow.place == place.text))
    if not where:
        return []
    rows = list(session.scalars(sa.select(TicketRow).where(TicketRow.state.in_(OPEN), sa.or_(*where)).order_by(TicketRow.id.desc()).limit(20)))
    lines = {line.number: line for line in ticket_list.lines(session, rows, now)}
    found = [Twin(lines[row.number], _same(row, fields, place)) for row in rows]
    return sorted(found, key=lambda twin: not twin.same)[:TWINS]


def _same(row: TicketRow, fields: Mapping[str, Any], place: Place | None) -> bool:
    there = place is not None and (row.room_id == place.room_id if place.room_id else row.room_id is None and row.place == place.text)
    return there and row.category is not None and row.category == fields.get("category")
