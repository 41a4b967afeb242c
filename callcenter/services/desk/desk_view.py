"""The agent's desk as it is shown: calls, missed calls, one's own tickets, and the screen pop with open matters first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.days import add_years, day_end
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Person, Promise, Staff
from callcenter.domain.vocabulary import ANSWERING, OPEN, CallState, Clock, ReturnCall, Role, TicketType
from callcenter.services import numbers, places
from callcenter.services.telephone import call_view
from callcenter.services.views import ticket_list
from callcenter.services.views.ticket_list import Line
from callcenter.storage import facts
from callcenter.storage.tables import CallRow, CompoundRow, CustomerRow, PromiseRow, RoomRow, TicketRow

#: who sits at this desk
DESK = ANSWERING
#: in this order on the right-hand pane
ON_DUTY = (Role.LEAD, Role.DISPATCHER, Role.SUPERVISOR, Role.PM, Role.DEPT_HEAD, Role.AGENT, Role.CALLBACK, Role.TECHNICIAN)
#: so many open matters of one kind in one compound are no accident
OUTBREAK, OUTBREAK_WITHIN = 3, timedelta(hours=24)
#: how far back the history of a household goes
HISTORY, HISTORY_LENGTH = timedelta(days=365), 8
#: a call that ended longer ago is the lead's to settle
UNRECORDED_FOR = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class CallCard:
    """One call in the list of calls."""

    sid: str
    state: CallState
    number: str | None  #: whole for whoever answered it, masked for the others; none when withheld
    caller: str  #: names and rooms under that number
    open_matters: int
    at: datetime
    answered_by: str | None
    promise: Promise | None


@dataclass(frozen=True, slots=True)
class Mass:
    """Several open matters of one kind in one compound: announce it, do not register a twentieth time."""

    compound: str
    category: str
    count: int
    first: str


@dataclass(frozen=True, slots=True)
class Desk:
    """The left and right panes."""

    ringing: list[CallCard]
    mine: CallCard | None
    unrecorded: list[CallCard]
    missed: list[CallCard]
    tickets: list[Line]
    duty: list[tuple[Role, list[Person]]]
    masses: list[Mass]


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody known under the caller's number."""

    name: str
    relation: str
    room: str
    compound: str
    care: str | None
    window: str | None
    do_not_call: bool
    handed_over: datetime | None


@dataclass(frozen=True, slots=True)
class Pop:
    """The screen pop of one call."""

    card: CallCard
    residents: list[Resident]
    matters: list[Line]  #: open ones, the nearest promise first
    history: list[Line]
    registered: list[Line]  #: what has come of this very call
    disposition: str | None
    held_for: timedelta
    answered_at: datetime | None
    ended_at: datetime | None
    inbound: bool = True
    message_at: datetime | None = None  #: when the caller left a message instead of talking


#: word for word as the index of live calls has it: with values given separately SQLite would read every call ever taken
_LIVE = sa.text("call.state IN ('ringing','answered','held')")


def desk(session: Session, policy: Policy, user: str, now: datetime) -> Desk:
    """The panes of *user*'s desk."""
    staff = facts.staff(session, now)
    live = _calls(session, _LIVE)
    missed = _in_turn(_calls(session, CallRow.return_call == ReturnCall.DUE))
    unrecorded = _calls(session, sa.and_(
        CallRow.answered_by == user, CallRow.state == CallState.ENDED, CallRow.disposition.is_(None),
        CallRow.ended_at > now - UNRECORDED_FOR))
    cards = _cards(session, [*live, *missed, *unrecorded], user)
    own = call_view.in_hand(session, live, user)
    mine = [cards[c.id] for c in live if c.id in own]
    return Desk(
        ringing=[cards[c.id] for c in live if c.state == CallState.RINGING], mine=mine[-1] if mine else None,
        unrecorded=[cards[c.id] for c in unrecorded], missed=[cards[c.id] for c in missed],
        tickets=own_tickets(session, user, now), duty=_duty(staff), masses=_masses(session, policy, now))


def own_tickets(session: Session, user: str, now: datetime) -> list[Line]:
    """The open tickets *user* answers for, the nearest promise first."""
    rows = session.scalars(sa.select(TicketRow).where(TicketRow.state.in_(OPEN), ticket_list.mine(user)))
    return ticket_list.nearest_first(ticket_list.lines(session, list(rows), now))


def pop(session: Session, policy: Policy, sid: str, user: str, now: datetime) -> Pop | None:
    """The screen pop of the call *sid*: who it may be, their open matters before anything else, then their history."""
    call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
    if call is None:
        return None
    card = _cards(session, [call], user)[call.id]
    rooms = [h.room_id for h in places.households(session, call.from_number)]
    theirs = sa.or_(TicketRow.room_id.in_(rooms), TicketRow.phone_key == call.phone_key) if call.phone_key else sa.false()
    of_call = list(session.scalars(sa.select(TicketRow).where(TicketRow.call_id == call.id).order_by(TicketRow.id)))
    matters = session.scalars(sa.select(TicketRow).where(TicketRow.state.in_(OPEN), theirs, TicketRow.id.not_in([t.id for t in of_call])))
    held = timedelta(milliseconds=call.hold_ms) + (now - call.held_at if call.held_at else timedelta())
    return Pop(
        card, _residents(session, call), ticket_list.nearest_first(ticket_list.lines(session, list(matters), now)),
        ticket_list.lines(session, ticket_list.since(session, theirs, now, HISTORY, HISTORY_LENGTH), now),
        ticket_list.lines(session, of_call, now), call.disposition, held, call.answered_at, call.ended_at,
        message_at=call.ended_at if call.voicemail and call.answered_by is None else None)


def answered_by(session: Session, sid: str) -> str | None:
    """Who answered the call; None when nobody did or there is no such call."""
    return session.scalar(sa.select(CallRow.answered_by).where(CallRow.sid == sid))


def number_of(session: Session, sid: str) -> str | None:
    """The number the call came from; None when it was withheld."""
    return session.scalar(sa.select(CallRow.from_number).where(CallRow.sid == sid))


def _calls(session: Session, where: sa.ColumnElement[bool] | sa.TextClause) -> list[CallRow]:
    return list(session.scalars(sa.select(CallRow).where(where).order_by(CallRow.ring_started_at, CallRow.id).limit(50)))


def _in_turn(calls: list[CallRow]) -> list[CallRow]:
    """Callers who asked to be called back keep their place; the others in the order of their calls."""
    return sorted(calls, key=lambda c: (c.return_asked_at is None, (c.queued_at if c.return_asked_at else None) or c.ring_started_at, c.id))


def _cards(session: Session, calls: Sequence[CallRow], user: str) -> dict[int, CallCard]:
    """The calls as cards: three queries for all of them."""
    keys = {c.phone_key for c in calls if c.phone_key}
    callers: dict[str, list[str]] = {}
    rooms: dict[str, set[int]] = {}
    known = sa.select(CustomerRow, RoomRow.text).join(RoomRow, RoomRow.id == CustomerRow.room_id).where(places.reached_at(keys))
    for customer, room in session.execute(known.order_by(CustomerRow.id)) if keys else ():
        for key in {customer.phone_key, customer.other_key} & keys:
            callers.setdefault(str(key), []).append(f"{customer.name} · {room}")
            rooms.setdefault(str(key), set()).add(customer.room_id)
    matters = _open_matters(session, keys, rooms)
    promises, part = _promises(session, [c.id for c in calls]), call_view.taking_part(session, user)
    return {c.id: CallCard(
        c.sid, CallState(c.state), _number(c, c.answered_by == user or c.id in part),
        "；".join(callers.get(c.phone_key or "", [])), matters.get(c.phone_key or "", 0),
        c.ring_started_at, c.answered_by, promises.get(c.id)) for c in calls}


def _number(call: CallRow, mine: bool) -> str | None:
    """Whole for whoever talks with them or has to ring them back; of a call that we placed nobody sees more than the ends."""
    if call.direction != "inbound":
        return numbers.masked(call.to_number) or None
    return call.from_number if mine or call.return_call == ReturnCall.DUE else numbers.masked(call.from_number) or None


def _open_matters(session: Session, keys: set[str], rooms: dict[str, set[int]]) -> dict[str, int]:
    if not keys:
        return {}
    homes = {room for held in rooms.values() for room in held}
    found = list(session.execute(sa.select(TicketRow.phone_key, TicketRow.room_id).where(
        TicketRow.state.in_(OPEN), sa.or_(TicketRow.phone_key.in_(keys), TicketRow.room_id.in_(homes)))))
    return {key: sum(p == key or r in rooms.get(key, ()) for p, r in found) for key in keys}


def _promises(session: Session, calls: Sequence[int]) -> dict[int, Promise]:
    """The running promise of each call that falls due next."""
    if not calls:
        return {}
    rows = session.scalars(sa.select(PromiseRow).where(
        PromiseRow.call_id.in_(calls), PromiseRow.kept_at.is_(None), PromiseRow.voided_at.is_(None)).order_by(PromiseRow.due_at.desc()))
    return {row.call_id or 0: facts.promise(row) for row in rows}


def _residents(session: Session, call: CallRow) -> list[Resident]:
    if call.phone_key is None:
        return []
    rows = session.execute(sa.select(CustomerRow, RoomRow, CompoundRow).join(RoomRow, RoomRow.id == CustomerRow.room_id).join(
        CompoundRow, CompoundRow.code == RoomRow.compound).where(places.reached_at([call.phone_key])).order_by(CustomerRow.id))
    return [Resident(c.name, c.relation, r.text, o.name, c.care_flag, c.preferred_window, c.do_not_call, r.handed_over_at)
            for c, r, o in rows]


def _duty(staff: Staff) -> list[tuple[Role, list[Person]]]:
    return [(role, [staff.people[u] for u in staff.holders(role)]) for role in ON_DUTY if staff.holders(role)]


def _masses(session: Session, policy: Policy, now: datetime) -> list[Mass]:
    """What many people are calling about just now."""
    rows = session.execute(sa.select(TicketRow.compound, TicketRow.category, TicketRow.number).where(
        TicketRow.state.in_(OPEN), TicketRow.category.is_not(None), TicketRow.compound.is_not(None),
        TicketRow.received_at > now - OUTBREAK_WITHIN).order_by(TicketRow.id))
    first: dict[tuple[str, str], str] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for compound, category, number in rows:
        kind = str(compound), str(category)
        counts[kind] += 1
        first.setdefault(kind, number)
    public = {k: n for k, n in counts.items() if n >= OUTBREAK and policy.categories[k[1]].public}
    names = {c.code: c.name for c in session.scalars(sa.select(CompoundRow))} if public else {}
    return [Mass(names.get(compound, compound), category, n, first[compound, category]) for (compound, category), n in public.items()]


# ---- what the intake form knows --------------------------------------------------------------------------

def warranty_until(policy: Policy, handed_over: datetime | None) -> dict[str, datetime]:
    """Part of the building → last moment of its warranty, for a room handed over then."""
    if handed_over is None:
        return {}
    return {part: day_end(add_years(handed_over, years)) for part, years in policy.warranty_years.items()}


def rooms(session: Session, policy: Policy, text: str, limit: int = 10) -> list[tuple[RoomRow, list[CustomerRow], dict[str, datetime]]]:
    """Rooms for what was typed so far, with who lives there and until when each part is under warranty."""
    found = _beginning(session, text, limit)
    found += [r for r in places.suggest(session, text, limit) if r.id not in {f.id for f in found}][: limit - len(found)]
    rows = session.scalars(sa.select(CustomerRow).where(
        CustomerRow.room_id.in_([r.id for r in found]), CustomerRow.valid_to.is_(None)).order_by(CustomerRow.id))
    people: dict[int, list[CustomerRow]] = {}
    for row in rows if found else ():
        people.setdefault(row.room_id, []).append(row)
    return [(r, people.get(r.id, []), warranty_until(policy, r.handed_over_at) | r.warranty) for r in found]


def _beginning(session: Session, text: str, limit: int) -> list[RoomRow]:
    """Rooms whose address begins as typed: the likeliest."""
    typed = places.tidy(text)
    query = sa.select(RoomRow).where(RoomRow.text.startswith(typed, autoescape=True), RoomRow.valid_to.is_(None)).order_by(RoomRow.id).limit(limit)
    return list(session.scalars(query)) if typed else []


def default_promises(policy: Policy) -> dict[TicketType, timedelta]:
    """What each type promises when no other time was agreed."""
    found = {t: policy.promise(Clock.COMPLETION, t) for t in TicketType}
    return {t: rule.within for t, rule in found.items() if rule is not None}
