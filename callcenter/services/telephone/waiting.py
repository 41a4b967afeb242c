"""A caller's way to somebody: rung for, waiting in line, called forward, called back in their place (DOMAIN.md 4 C01, C23)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.policy import Telephone
from callcenter.domain.telephone import LineRole
from callcenter.domain.vocabulary import CallState, Role
from callcenter.services import timers as firing
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import call_promises, calls, offering, waiting_line
from callcenter.services.telephone.offering import Step, Then
from callcenter.storage.tables import CallRow
from callcenter.storage.telephone_tables import LineRow

OVER = (CallState.ENDED, CallState.ABANDONED)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the caller hears next, and in which language."""

    step: Step
    language: str
    emergency: bool
    numbered: bool  #: their number is known: they can be called back
    full: bool = False  #: too many wait already
    voicemail: bool = False  #: they asked to leave a message
    missed: bool = False  #: over without an answer: a repeated question gets the same words


@dataclass(frozen=True, slots=True)
class Wait:
    """What a caller in line hears now."""

    leave: bool  #: out of the line: their turn, or the end of waiting
    over: bool
    language: str
    emergency: bool
    place: int | None  #: told honestly, and never a worse one than before; None: nothing is said about it
    usual: timedelta | None  #: how long it usually takes, when that is known and still ahead
    may_return: bool  #: press 1: called back, in the same place
    may_record: bool  #: press 2: leave a message
    announce: bool
    waited: timedelta


def greeted(hotline: Hotline, sid: str, now: datetime, language: str | None = None, emergency: bool = False) -> None:
    """The caller chose from the menu."""
    with hotline.store.transaction() as session:
        call = calls.locked(session, sid)
        if call.state not in OVER and (language not in (None, call.language) or (emergency and not call.emergency)):
            call.language, call.emergency = language or call.language, call.emergency or emergency
            call_promises.event(session, call, "call_chose", Role.CUSTOMER, now, {"language": call.language, "emergency": call.emergency})


def forward(hotline: Hotline, sid: str, now: datetime) -> Turn:
    """The caller's next step: telephones to ring, a place in the line, or words and a return call."""
    with hotline.store.transaction() as session:
        call = calls.locked(session, sid)
        firing.settle_call(session, hotline, call, now)
        return _turn(session, hotline, call, offering.next_step(session, hotline, call, now), now)


def unanswered(hotline: Hotline, sid: str, now: datetime) -> Turn:
    """Nobody picked up: who was rung missed it, and the next are rung."""
    with hotline.store.transaction() as session:
        call = calls.locked(session, sid)
        firing.settle_call(session, hotline, call, now)
        if call.answered_by is None and call.state not in OVER:
            offering.unanswered(session, hotline, call, now)
        return _turn(session, hotline, call, offering.next_step(session, hotline, call, now), now)


def silent(hotline: Hotline, sid: str, user: str, refused: bool, now: datetime) -> None:
    """One of several telephones has fallen silent while the others ring on."""
    with hotline.store.transaction() as session:
        call = calls.locked(session, sid)
        if call.answered_by is None and call.state not in OVER:
            offering.unanswered(session, hotline, call, now, user, refused)


def _turn(session: Session, hotline: Hotline, call: CallRow, step: Step, now: datetime) -> Turn:
    rule, full = hotline.rulebook.policy.telephone, False
    if step.then is Then.WAIT and call.queued_at is None:
        full = waiting_line.length(session) >= rule.most_waiting
        if not full:
            call.queued_at = now
            call_promises.event(session, call, "call_waits", Role.SYSTEM, now, {"place": waiting_line.place(session, call, now)})
    elif step.then is Then.WAIT and call.queued_at is not None and now - call.queued_at >= rule.longest_wait:
        step = Step(Then.GOODBYE)
    return Turn(Step(Then.GOODBYE) if full else step, call.language, call.emergency, call.phone_key is not None, full, call.voicemail,
                call.state == CallState.ABANDONED)


def look(hotline: Hotline, sid: str, now: datetime) -> Wait:
    """What the caller hears while waiting: a few reads, and a write only when a better place is told."""
    rule = hotline.rulebook.policy.telephone
    with hotline.store.reading() as session:
        call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
        if call is None or call.state in OVER:
            return Wait(False, True, "zh", False, None, None, False, False, False, timedelta())
        waited = now - (call.queued_at or now)
        leave = call.answered_by is not None or waited >= rule.longest_wait or offering.turn_has_come(session, rule, call, now)
        announce = not leave and _announces(rule, waited)
        place = waiting_line.place(session, call, now) if announce else None
        usual = waiting_line.usual_wait(session, now) if announce and call.told_place is None else None
    if place is not None and not _told(hotline, call, place):
        place = None
    return Wait(leave, False, call.language, call.emergency, place, usual if usual and usual > waited else None,
                waited >= rule.offer_return_after and call.phone_key is not None, waited >= rule.voicemail_after, announce, waited)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a call is when its telephones have stopped ringing."""

    answered: bool
    over: bool
    line: str | None  #: the key of the caller's own line, once the lines have moved to a conference


def standing(hotline: Hotline, sid: str) -> Standing:
    """Read only; an unknown call stands nowhere."""
    with hotline.store.reading() as session:
        call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
        if call is None:
            return Standing(False, True, None)
        line = session.scalar(sa.select(LineRow.key).where(LineRow.call_id == call.id, LineRow.role == LineRole.CALLER)) if call.room else None
        return Standing(call.answered_by is not None, call.state in OVER, line)


#: what a caller hears between two questions of ours lasts about this long
DOCUMENT = timedelta(seconds=20)


def _announces(rule: Telephone, waited: timedelta) -> bool:
    return rule.announce_every <= DOCUMENT or waited % rule.announce_every < DOCUMENT


def _told(hotline: Hotline, call: CallRow, place: int) -> bool:
    """Whether *place* may be told: it is no worse than what the caller has heard. Written down when it is better."""
    if call.told_place is not None and place >= call.told_place:
        return place == call.told_place
    with hotline.store.transaction() as session:
        session.execute(sa.update(CallRow).where(
            CallRow.id == call.id, sa.or_(CallRow.told_place.is_(None), CallRow.told_place > place)).values(told_place=place))
    return True


def wants_return(hotline: Hotline, sid: str, now: datetime) -> bool:
    """Pressed 1: the call ends, the return call keeps the place. False when it is too early or there is no number to call."""
    rule = hotline.rulebook.policy.telephone
    with hotline.store.transaction() as session:
        call = calls.locked(session, sid)
        if call.state != CallState.RINGING or call.phone_key is None or call.queued_at is None or now - call.queued_at < rule.offer_return_after:
            return call.return_asked_at is not None
        call.return_asked_at = now
        call_promises.event(session, call, "return_asked", Role.CUSTOMER, now, {"since": call.queued_at})
    calls.ended(hotline, sid, now, Role.CUSTOMER)
    return True


def wants_to_record(hotline: Hotline, sid: str, now: datetime) -> bool:
    """Pressed 2: out of the line, to leave a message. False when it is too early."""
    rule = hotline.rulebook.policy.telephone
    with hotline.store.transaction() as session:
        call = calls.locked(session, sid)
        if call.state == CallState.RINGING and call.queued_at is not None and now - call.queued_at >= rule.voicemail_after:
            call.voicemail = True
        return call.voicemail
