"""Offers: which telephones ring for a caller next, and what becomes of each offer (DOMAIN.md 4 C01; TELEPHONY.md E)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import offering
from callcenter.domain.days import midnight
from callcenter.domain.offering import ON_DUTY_RINGS_FOR, Reachable
from callcenter.domain.policy import Telephone
from callcenter.domain.telephone import AgentState, OfferReason, OfferState
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import OPEN, CallState, Moment, Role
from callcenter.services import places
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import agents, call_promises, waiting_line
from callcenter.storage import facts
from callcenter.storage.tables import CallRow, TicketRow
from callcenter.storage.telephone_tables import AgentSpanRow, OfferRow

#: how many telephones a provider rings at once for one call
MOST_TELEPHONES = 10
#: a ringing whose end was never reported ends by itself this long after it should have
GRACE = timedelta(seconds=30)


class Then(Enum):
    """How a caller goes on."""

    RING = "ring"
    WAIT = "wait"
    GOODBYE = "goodbye"  #: nobody will come: words, and a return call
    CONNECT = "connect"  #: somebody has taken the call already
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Step:
    """The next step of a caller's way."""

    then: Then
    users: tuple[str, ...] = ()
    rings_for: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who can be reached for one caller at this moment."""

    free: list[Reachable]
    #: on duty without having signed on
    absent: list[Reachable]
    #: somebody on duty has signed on and not gone offline: they may come free
    staffed: bool


def begins_to_ring(session: Session, hotline: Hotline, call: CallRow, now: datetime) -> None:
    """The first telephone rings, or would: from here on the three rings are counted (C01)."""
    if call.state != CallState.GREETED:
        return
    call.state, call.ring_started_at = CallState.RINGING, now
    call_promises.start(session, hotline, call, Moment.RINGING, now)
    call_promises.event(session, call, "call_rings", Role.SYSTEM, now, {})


def next_step(session: Session, hotline: Hotline, call: CallRow, now: datetime) -> Step:
    """Whom to ring for the locked *call*, or that it has to wait. A repeated question while telephones ring gets the same answer;
    people who have not signed on are rung once."""
    if call.state in (CallState.ENDED, CallState.ABANDONED):
        return Step(Then.OVER)
    rule = hotline.rulebook.policy.telephone
    if call.answered_by is not None:
        return Step(Then.CONNECT, (call.answered_by,), rule.ring_for)
    begins_to_ring(session, hotline, call, now)
    if pending := _pending(session, call.id):
        return Step(Then.RING, tuple(o.user for o in pending), _lasts(rule, OfferReason(pending[0].why), now - call.ring_started_at))
    agents.settle(session, now)
    desk = _desk(session, rule, call, now)
    if desk.free and waiting_line.ahead(session, rule, call, now) < len(desk.free):
        return _offer(session, rule, call, desk, now)
    absent = [] if desk.free else [r.user for r in desk.absent if r.user not in _tried(session, call)]
    if absent:
        return _offer_all(session, call, OfferReason.ON_DUTY, absent, ON_DUTY_RINGS_FOR, now)
    return Step(Then.WAIT if desk.staffed else Then.GOODBYE)


def _offer(session: Session, rule: Telephone, call: CallRow, desk: _Desk, now: datetime) -> Step:
    rung_for = now - call.ring_started_at
    why, users = offering.choose(rule, desk.free, owners(session, call), _tried(session, call), rung_for)
    if why is OfferReason.EVERYBODY:
        users += [r.user for r in desk.absent if r.lead]
    return _offer_all(session, call, why, users, _lasts(rule, why, rung_for), now)


def _tried(session: Session, call: CallRow) -> set[str]:
    return set(session.scalars(sa.select(OfferRow.user).where(OfferRow.call_id == call.id)))


def _lasts(rule: Telephone, why: OfferReason, rung_for: timedelta) -> timedelta:
    return offering.rings_for(rule, why, rung_for)


def _offer_all(session: Session, call: CallRow, why: OfferReason, users: Iterable[str], lasts: timedelta, now: datetime) -> Step:
    """Written down for everybody rung, but for those whose telephone rings for another caller at this moment."""
    rung = tuple(dict.fromkeys(users))[:MOST_TELEPHONES]
    busy = set(session.scalars(sa.select(OfferRow.user).where(OfferRow.user.in_(rung), OfferRow.state == OfferState.PENDING)))
    round_ = (session.scalar(sa.select(sa.func.max(OfferRow.round)).where(OfferRow.call_id == call.id)) or 0) + 1
    for user in rung:
        if user not in busy:
            session.add(OfferRow(call_id=call.id, user=user, round=round_, why=why, state=OfferState.PENDING, offered_at=now))
    session.flush()
    agents.offered(session, [u for u in rung if u not in busy], call, now)
    call_promises.event(session, call, "call_offered", Role.SYSTEM, now, {"to": list(rung), "why": why, "round": round_})
    return Step(Then.RING, rung, lasts)


# ---- who can be reached ----------------------------------------------------------------------------------

def owners(session: Session, call: CallRow) -> list[str]:
    """Whoever answers for the open matters of the caller's number or home, oldest first."""
    if call.phone_key is None:
        return []
    rooms = [h.room_id for h in places.households(session, call.from_number)]
    mine = sa.or_(TicketRow.room_id.in_(rooms), TicketRow.phone_key == call.phone_key)
    return list(dict.fromkeys(session.scalars(sa.select(TicketRow.owner).where(TicketRow.state.in_(OPEN), mine).order_by(TicketRow.id))))


def _desk(session: Session, rule: Telephone, call: CallRow, now: datetime) -> _Desk:
    """Free people are held for this caller until the transaction ends: two callers never get the same one."""
    staff = facts.staff(session, now)
    spans = agents.everybody(session)
    here = dict.fromkeys([*staff.holders(Role.AGENT), *staff.holders(Role.LEAD)])
    wanted = [u for u in here if u in spans and spans[u].state == AgentState.AVAILABLE]
    held = set(_held(session, wanted))
    compounds = {h.compound for h in places.households(session, call.from_number)}
    answered, offered = _counts(session, wanted, now)

    def reachable(user: str, since: datetime | None) -> Reachable:
        return Reachable(user, Role.AGENT not in staff.roles(user), _fits(staff, user, compounds, call.language), since,
                         answered.get(user, 0), offered.get(user, 0))

    own = owners(session, call) if not any(u in spans for u in here) else []
    absent = [u for u in here if not agents.signed_on(spans.get(u))]
    return _Desk(
        free=[reachable(u, spans[u].since_at) for u in wanted if u in held],
        absent=[reachable(u, None) for u in dict.fromkeys([*(o for o in own if o in absent), *absent])],
        staffed=any(agents.signed_on(spans.get(u)) and spans[u].state != AgentState.OFFLINE for u in here))


def _held(session: Session, users: Collection[str]) -> Iterable[str]:
    return session.scalars(sa.select(AgentSpanRow.user).where(
        AgentSpanRow.user.in_(users), AgentSpanRow.until_at.is_(None), AgentSpanRow.state == AgentState.AVAILABLE)
        .order_by(AgentSpanRow.user).with_for_update(skip_locked=True))


def _fits(staff: Staff, user: str, compounds: Collection[str], language: str) -> bool:
    person, duty = staff.people[user], staff.duty.get(user)
    there = not compounds or any(person.covers(c) and (duty is None or duty.covers(c)) for c in compounds)
    return there and (language == "zh" or person.language == language)


def _counts(session: Session, users: Collection[str], now: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """Calls answered since midnight, and the running number of the last offer, by user."""
    if len(users) < 2:
        return {}, {}
    answered = sa.select(CallRow.answered_by, sa.func.count()).where(
        CallRow.answered_by.in_(users), CallRow.ring_started_at >= midnight(now)).group_by(CallRow.answered_by)
    last = sa.select(OfferRow.user, sa.func.max(OfferRow.id)).where(OfferRow.user.in_(users)).group_by(OfferRow.user)
    return {str(u): int(n) for u, n in session.execute(answered)}, {str(u): int(n) for u, n in session.execute(last)}


# ---- what becomes of an offer ----------------------------------------------------------------------------

def _pending(session: Session, call_id: int) -> list[OfferRow]:
    return list(session.scalars(sa.select(OfferRow).where(OfferRow.call_id == call_id, OfferRow.state == OfferState.PENDING)
                                .order_by(OfferRow.id).with_for_update().execution_options(populate_existing=True)))


def answered(session: Session, call: CallRow, user: str, now: datetime) -> None:
    """*user* has the call: their offer is accepted, the others fall silent, and another caller's offer to them with it."""
    theirs = session.scalar(sa.select(OfferRow).where(OfferRow.user == user, OfferRow.state == OfferState.PENDING)
                            .with_for_update().execution_options(populate_existing=True))
    pending = _pending(session, call.id)
    if theirs is not None:
        _settle(theirs, OfferState.ACCEPTED if theirs.call_id == call.id else OfferState.RESCINDED, now)
    _all(session, [o for o in pending if o.user != user], OfferState.RESCINDED, now)
    agents.talking(session, user, call, now)


def gone(session: Session, call: CallRow, now: datetime) -> None:
    """The caller is no longer there: every telephone falls silent."""
    _all(session, _pending(session, call.id), OfferState.CANCELED, now)


def unanswered(session: Session, hotline: Hotline, call: CallRow, now: datetime, user: str | None = None, refused: bool = False) -> None:
    """The ringing is over and nobody picked up: everybody rung, or *user* alone, missed it; after so many in a row they count as away."""
    late = [o for o in _pending(session, call.id) if user is None or o.user == user]
    away = _all(session, late, OfferState.REJECTED if refused else OfferState.TIMEOUT, now, hotline.rulebook.policy.telephone.missed_limit)
    if late:
        call_promises.event(session, call, "call_unanswered", Role.SYSTEM, now, {"by": [o.user for o in late], "away": away})
    staff = facts.staff(session, now)
    for missed in away:
        call_promises.tell(session, hotline, staff, call, f"call:{call.id}:away:{call.chain_seq}:{missed}", "agent_away", (Role.LEAD,), now,
                           {"who": staff.people[missed].name})


def _all(session: Session, offers: Iterable[OfferRow], state: OfferState, now: datetime, missed_limit: int | None = None) -> list[str]:
    """Settle them all; who counts as away by it. In the order of names: two callers never wait for each other."""
    away = []
    for offer in sorted(offers, key=lambda o: o.user):
        _settle(offer, state, now)
        session.flush()
        if agents.no_longer_offered(session, offer.user, offer.call_id, now, missed_limit):
            away.append(offer.user)
    return away


def _settle(offer: OfferRow, state: OfferState, now: datetime) -> None:
    offer.state, offer.settled_at = state, max(now, offer.offered_at)


def overdue(session: Session, rule: Telephone, now: datetime) -> list[int]:
    """The calls with offers whose end was never reported."""
    return list(session.scalars(sa.select(OfferRow.call_id).where(
        OfferRow.state == OfferState.PENDING, OfferRow.offered_at <= now - longest(rule)).distinct().order_by(OfferRow.call_id)))


def longest(rule: Telephone) -> timedelta:
    """No telephone rings longer than this."""
    return max(rule.ring_for, ON_DUTY_RINGS_FOR) + GRACE


def turn_has_come(session: Session, rule: Telephone, call: CallRow, now: datetime) -> bool:
    """Whether a caller in line goes on: somebody free is theirs, or nobody is left who could come free. Reads only."""
    staff, spans = facts.staff(session, now), agents.everybody(session)
    here = {*staff.holders(Role.AGENT), *staff.holders(Role.LEAD)}
    on = [s for u, s in spans.items() if u in here and agents.signed_on(s) and s.state != AgentState.OFFLINE]
    free = sum(s.state == AgentState.AVAILABLE or (s.ends_at is not None and s.ends_at <= now) for s in on)
    return not on or (free > 0 and waiting_line.ahead(session, rule, call, now) < free)


def end_overdue(hotline: Hotline, now: datetime) -> int:
    """Offers whose end was never reported are over; in the clock. Returns of how many calls."""
    rule = hotline.rulebook.policy.telephone
    with hotline.store.reading() as session:
        lost = overdue(session, rule, now)
    for call_id in lost:
        with hotline.store.transaction() as session:
            call = session.get_one(CallRow, call_id, with_for_update=True, populate_existing=True)
            unanswered(session, hotline, call, now)
    return len(lost)
