"""Calls: arriving, answered once, held, ended, abandoned and called back (DOMAIN.md C01–C03, C23; F01)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import ANSWERING, OPEN, URGENT, CallState, Clock, ContactResult, Disposition, Moment, ReturnCall, Role
from callcenter.services import numbers, places
from callcenter.services import timers as firing
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import agents, call_promises, offering
from callcenter.storage import facts
from callcenter.storage.tables import CallEventRow, CallRow, CustomerRow, PromiseRow, TicketRow
from callcenter.storage.telephone_tables import RecordingRow

#: a Chinese ring cycle is one second of tone and four of silence
RING_SECONDS = 5

#: what the hotline itself writes down about an abandoned call that nobody will call back
UNASKED = frozenset({Disposition.WITHHELD, Disposition.ALREADY_DUE})


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the desk and the telephone need to know when a call comes in."""

    sid: str
    state: CallState
    number: str | None
    households: list[places.Household]
    open_tickets: list[str]  #: the household's open matters, oldest first: never raise twice
    agents: list[str]  #: who may be rung, the owners of an open matter first
    answered_by: str | None


def ring_count(ring_started_at: datetime, answered_at: datetime | None) -> int | None:
    """How often it rang before it was answered (F01)."""
    if answered_at is None:
        return None
    return max(1, ceil((answered_at - ring_started_at).total_seconds() / RING_SECONDS))


def arrive(hotline: Hotline, sid: str, from_number: str | None, now: datetime, to_number: str | None = None, *,
           greeted: bool = False) -> Arrival:
    """
    A call comes in. A repeated delivery, also one at the same moment, finds the call as it stands and starts nothing anew.

    Args:
        greeted: the caller hears the notice and the greeting first; the rings are counted from the first telephone that rings.
    """
    try:
        return _arrive(hotline, sid, from_number, now, to_number, greeted)
    except IntegrityError:  # its twin was a moment faster: now there is a call to find
        return _arrive(hotline, sid, from_number, now, to_number, greeted)


def _arrive(hotline: Hotline, sid: str, from_number: str | None, now: datetime, to_number: str | None, greeted: bool) -> Arrival:
    with hotline.store.transaction() as session:
        call = _locked(session, sid)
        if call is None:
            call = _new(session, hotline, sid, from_number, to_number, now, greeted)
        return _arrival(session, call, now)


def _new(session: Session, hotline: Hotline, sid: str, from_number: str | None, to_number: str | None, now: datetime,
         greeted: bool) -> CallRow:
    key = numbers.comparable(from_number)
    known = places.households(session, from_number)
    call = CallRow(sid=sid, direction="inbound", from_number=from_number if key else None, phone_key=key, to_number=to_number,
                   state=CallState.GREETED if greeted else CallState.RINGING, ring_started_at=now,
                   customer_id=known[0].customer_id if known else None,
                   hold_ms=0, return_call=ReturnCall.NONE, recording_notice=hotline.rulebook.policy.telephone.record,
                   emergency=_in_danger(session, key, known), language="zh", voicemail=False, chain_seq=0, chain_head="")
    session.add(call)
    session.flush()
    if not greeted:
        call_promises.start(session, hotline, call, Moment.RINGING, now)
    call_promises.event(session, call, "call_arrives", Role.CUSTOMER, now, {"from": numbers.masked(from_number)})
    return call


def _in_danger(session: Session, key: str | None, known: list[places.Household]) -> bool:
    """Somebody whose emergency is open goes before everybody else."""
    mine = sa.or_(TicketRow.room_id.in_([h.room_id for h in known]), TicketRow.phone_key == key)
    return key is not None and session.scalar(sa.select(TicketRow.id).where(
        TicketRow.state.in_(OPEN), TicketRow.type.in_(URGENT), mine).limit(1)) is not None


def answered(hotline: Hotline, sid: str, user: str, now: datetime, at: datetime | None = None) -> Arrival:
    """
    *user* answers. Exactly one person does: they are the first responder.

    Args:
        at: when it happened, if the provider says so; news of an answer that was overtaken by the news of the end
            still counts when it happened before that end.

    Raises:
        Refused: "already_answered" names who was first; "call_over" when the caller is gone; "unknown_call";
            "may_not_answer" when the hotline is not theirs to answer.
    """
    with hotline.store.transaction() as session:
        call = _known(session, sid)
        at = _happened(call, at, now)
        firing.settle_call(session, hotline, call, at)
        _may_answer(session, user, at)
        if call.answered_by == user:
            return _arrival(session, call, now)
        if call.answered_by is not None:
            raise Refused("already_answered", person=_name(session, call.answered_by))
        overtaken = call.state == CallState.ABANDONED and call.ended_at is not None and at <= call.ended_at
        if call.state not in (CallState.GREETED, CallState.RINGING) and not overtaken:
            raise Refused("call_over")
        _rang(session, hotline, call, at)
        call.state, call.answered_at, call.answered_by = CallState.ANSWERED, at, user
        offering.answered(session, call, user, at)
        call_promises.keep(session, call, Clock.ANSWER, at, again=overtaken)
        if overtaken:
            _was_answered_after_all(session, hotline, call)
            agents.call_over(session, call, now, hotline.rulebook.policy.telephone.wrap_up)
        _cancel_return_calls(session, hotline, call, now)
        call_promises.event(session, call, "call_answered", user, now, {"rings": ring_count(call.ring_started_at, at), "at": at})
        return _arrival(session, call, now)


def _rang(session: Session, hotline: Hotline, call: CallRow, at: datetime) -> None:
    """News of an answer may come before the news that it rang: then it rang at that moment."""
    offering.begins_to_ring(session, hotline, call, at)
    begun = sa.select(PromiseRow.id).where(PromiseRow.call_id == call.id, PromiseRow.clock == Clock.ANSWER).limit(1)
    if session.scalar(begun) is None:
        call_promises.start(session, hotline, call, Moment.RINGING, at)


def _may_answer(session: Session, user: str, at: datetime) -> None:
    """Whoever answers becomes the first responder: that is for the desk, by badge or by the roster of that moment."""
    staff = facts.staff(session, at)
    if user not in staff.people:
        raise Refused("unknown_person", person=user)
    if not staff.people[user].active or not staff.roles(user) & ANSWERING:
        raise Refused("may_not_answer", person=staff.people[user].name, who=sorted(ANSWERING))


def _happened(call: CallRow, at: datetime | None, now: datetime) -> datetime:
    """When something about a call happened; it had been ringing by then, even if we heard of the ringing later."""
    at = min(at or now, now)
    call.ring_started_at = min(call.ring_started_at, at)
    return at


def _was_answered_after_all(session: Session, hotline: Hotline, call: CallRow) -> None:
    """The end was reported before the answer: nobody needs to be called back, somebody has to write it down."""
    call.state = CallState.ENDED
    if call.return_call != ReturnCall.DONE:
        call.return_call = ReturnCall.NONE
    if call.disposition in UNASKED:
        call.disposition = None
    call_promises.void(session, call, Clock.MISSED_CALL, call.ended_at or call.ring_started_at)
    if not call.disposition and not _has_ticket(session, call):
        call_promises.start(session, hotline, call, Moment.CALL_ENDED, call.ended_at or call.ring_started_at)


def held(hotline: Hotline, sid: str, now: datetime) -> None:
    """The caller is put on hold; every minute counts (C02)."""
    with hotline.store.transaction() as session:
        call = _known(session, sid)
        if call.state != CallState.ANSWERED:
            raise Refused("call_over")
        call.state, call.held_at = CallState.HELD, now
        call_promises.start(session, hotline, call, Moment.HELD, now)
        call_promises.event(session, call, "call_held", call.answered_by or "", now, {})


def resumed(hotline: Hotline, sid: str, now: datetime) -> None:
    """The agent is back on the line."""
    with hotline.store.transaction() as session:
        call = _known(session, sid)
        firing.settle_call(session, hotline, call, now)
        if call.state != CallState.HELD:
            raise Refused("call_over")
        _back_from_hold(session, hotline, call, now)
        call.state = CallState.ANSWERED
        call_promises.event(session, call, "call_resumed", call.answered_by or "", now, {})


def _back_from_hold(session: Session, hotline: Hotline, call: CallRow, now: datetime) -> None:
    if call.held_at is not None:
        call.hold_ms += int((now - call.held_at).total_seconds() * 1000)
        call.held_at = None
    call_promises.keep(session, call, Clock.HOLD, now)


def ended(hotline: Hotline, sid: str, now: datetime, ended_by: str | None = None, at: datetime | None = None) -> CallState:
    """
    The call is over. Unanswered, it is abandoned and a return call is due; answered without anything written down, the
    agent has two minutes to register it. Once over it stays over, whatever arrives later.

    Args:
        at: when it happened, if the provider says so.
    """
    with hotline.store.transaction() as session:
        call = _known(session, sid)
        at = _happened(call, at, now)
        at = max(at, call.answered_at or at)
        firing.settle_call(session, hotline, call, at)
        if call.state in (CallState.ENDED, CallState.ABANDONED):
            return CallState(call.state)
        if call.state == CallState.HELD:
            _back_from_hold(session, hotline, call, at)
        if call.state == CallState.GREETED:
            call.ring_started_at = at  # gone before any telephone rang
        offering.gone(session, call, at)
        agents.call_over(session, call, at, hotline.rulebook.policy.telephone.wrap_up)
        call.ended_at, call.ended_by = at, ended_by
        missed = call.answered_by is None and call.direction == "inbound"  # a call of ours that nobody picked up is owed to nobody
        call.state = CallState.ABANDONED if missed else CallState.ENDED
        if missed:
            _abandoned(session, hotline, call, at)
        elif call.answered_by is not None and not call.disposition and not _has_ticket(session, call):
            call_promises.start(session, hotline, call, Moment.CALL_ENDED, at)
        call_promises.event(session, call, "call_ends", ended_by or Role.CUSTOMER, now, {"state": call.state, "at": at})
        return CallState(call.state)


def _abandoned(session: Session, hotline: Hotline, call: CallRow, now: datetime) -> None:
    """Within the same second a return call is due, one per number (C23)."""
    call_promises.void(session, call, Clock.ANSWER, now)
    if call.phone_key is None:
        if _left_a_message(session, call):
            call_promises.start(session, hotline, call, Moment.CALL_ENDED, now)
        else:
            call.disposition = Disposition.WITHHELD
        return
    _one_at_a_time(session, call.phone_key)
    waiting = session.scalar(sa.select(CallRow).where(CallRow.phone_key == call.phone_key, CallRow.return_call == ReturnCall.DUE))
    if waiting is not None:
        if call.return_asked_at and not waiting.return_asked_at:
            waiting.return_asked_at, waiting.queued_at = call.return_asked_at, call.queued_at
        call.return_call, call.disposition = ReturnCall.CANCELLED, Disposition.ALREADY_DUE
        return
    call.return_call = ReturnCall.DUE
    due = call_promises.start(session, hotline, call, Moment.ABANDONED, now)
    call_promises.tell(session, hotline, facts.staff(session, now), call, f"call:{call.id}:missed", "missed_call", (Role.AGENT,), now, {"due": due})


def _left_a_message(session: Session, call: CallRow) -> bool:
    return session.scalar(sa.select(RecordingRow.id).where(
        RecordingRow.call_id == call.id, RecordingRow.kind == "voicemail", RecordingRow.status != "absent").limit(1)) is not None


def _one_at_a_time(session: Session, phone_key: str) -> None:
    """Two calls from one number that are given up at the same moment must not both find that no return call is due."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(phone_key))))


def returned(hotline: Hotline, sid: str, by: str, result: str, now: datetime) -> ReturnCall:
    """
    A return call was made. Reached, or tried and left, it is done; only an answer cancels the promise as kept.

    Raises:
        Refused: "unknown_call", "call_over" when no return call is due, "bad_value" for an unknown result.
    """
    if result not in set(ContactResult):
        raise Refused("bad_value", field="contact_result", value=result, valid=", ".join(ContactResult))
    with hotline.store.transaction() as session:
        call = _known(session, sid)
        firing.settle_call(session, hotline, call, now)
        if call.return_call != ReturnCall.DUE:
            raise Refused("call_over")
        call.returned_by, call.returned_at = by, now
        call.return_call = ReturnCall.DONE
        call_promises.keep(session, call, Clock.MISSED_CALL, now)
        call_promises.event(session, call, "returned", by, now, {"contact_result": result})
        return ReturnCall(call.return_call)


def _cancel_return_calls(session: Session, hotline: Hotline, call: CallRow, now: datetime) -> None:
    """The caller rang again and was answered: nobody needs to call them back."""
    if call.phone_key is None:
        return
    for missed in session.scalars(sa.select(CallRow).where(CallRow.phone_key == call.phone_key, CallRow.return_call == ReturnCall.DUE)):
        missed.return_call = ReturnCall.CANCELLED
        call_promises.void(session, missed, Clock.MISSED_CALL, now)
        call_promises.event(session, missed, "return_call_cancelled", Role.SYSTEM, now, {"because": call.sid})


def dispose(hotline: Hotline, sid: str, user: str, disposition: str, now: datetime) -> None:
    """What the call was about when no ticket comes of it: a usual answer is kept as its code, the agent's own words as they are."""
    if not disposition.strip() or len(disposition) > 200:
        raise Refused("bad_value", field="disposition", value=disposition[:40], valid="1–200")
    written = Disposition.code(disposition.strip())
    with hotline.store.transaction() as session:
        call = _known(session, sid)
        call_promises.recorded(session, call, written, now)
        call_promises.event(session, call, "recorded", user, now, {"disposition": written})


def store_delivery(hotline: Hotline, key: str, sid: str, kind: str, payload: dict[str, Any], now: datetime) -> bool:
    """Keep a provider's delivery as it came; False when this very delivery was there before."""
    try:
        with hotline.store.transaction() as session:
            if session.scalar(sa.select(CallEventRow.id).where(CallEventRow.key == key)) is not None:
                return False
            session.add(CallEventRow(key=key, sid=sid, kind=kind, received_at=now, payload=payload))
    except IntegrityError:  # its twin was stored at the same moment
        return False
    return True


def locked(session: Session, sid: str) -> CallRow:
    """The call, held until the transaction ends.

    Raises:
        Refused: "unknown_call".
    """
    return _known(session, sid)


def _locked(session: Session, sid: str) -> CallRow | None:
    return session.scalar(sa.select(CallRow).where(CallRow.sid == sid).with_for_update().execution_options(populate_existing=True))


def _known(session: Session, sid: str) -> CallRow:
    call = _locked(session, sid)
    if call is None:
        raise Refused("unknown_call", call=sid)
    return call


def _has_ticket(session: Session, call: CallRow) -> bool:
    return session.scalar(sa.select(TicketRow.id).where(TicketRow.call_id == call.id).limit(1)) is not None


def _name(session: Session, user: str) -> str:
    return facts.people(session)[user].name if user in facts.people(session) else user


def _arrival(session: Session, call: CallRow, now: datetime) -> Arrival:
    known = places.households(session, call.from_number)
    rooms = [h.room_id for h in known]
    mine = sa.or_(TicketRow.room_id.in_(rooms), TicketRow.phone_key == call.phone_key) if call.phone_key else sa.false()
    tickets = list(session.scalars(sa.select(TicketRow).where(TicketRow.state.in_(OPEN), mine).order_by(TicketRow.id)))
    staff = facts.staff(session, now)
    owners = [t.owner for t in tickets if t.owner in staff.duty]
    agents = list(dict.fromkeys([*owners, *staff.holders(Role.AGENT), *staff.holders(Role.LEAD)]))
    return Arrival(call.sid, CallState(call.state), call.from_number, known, [t.number for t in tickets], agents, call.answered_by)


def stuck(session: Session, now: datetime, after: timedelta) -> list[CallRow]:
    """Calls that have been ringing or talking for implausibly long: their end was never reported."""
    return list(session.scalars(sa.select(CallRow).where(
        CallRow.state.in_([CallState.GREETED, CallState.RINGING, CallState.ANSWERED, CallState.HELD]), CallRow.ring_started_at < now - after)))


#: nobody lets it ring this long, nobody talks this long: the end was never reported
RINGING_AT_MOST, TALKING_AT_MOST = timedelta(minutes=10), timedelta(hours=4)


def sweep(hotline: Hotline, now: datetime) -> int:
    """End the calls whose end was lost on the way; an unanswered one becomes a return call like any other. Returns how many."""
    waits = hotline.rulebook.policy.telephone.longest_wait
    with hotline.store.reading() as session:
        lost = [c.sid for c in stuck(session, now, RINGING_AT_MOST)
                if c.ring_started_at < now - (TALKING_AT_MOST if c.answered_by else waits + RINGING_AT_MOST if c.queued_at else RINGING_AT_MOST)]
    for sid in lost:
        ended(hotline, sid, now, "sweep")
    return len(lost)


def known_customer(session: Session, customer_id: int | None) -> CustomerRow | None:
    """The customer a call was matched to."""
    return session.get(CustomerRow, customer_id) if customer_id else None
