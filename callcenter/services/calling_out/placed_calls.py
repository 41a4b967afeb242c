"""How a call that somebody placed goes on: their own telephone, the customer's, and what came of it; late news takes nothing back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.telephone import LineRole, LineState
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import CallState, ContactResult, ReturnCall
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import agents, call_promises, calls
from callcenter.storage import facts
from callcenter.storage.tables import CallRow, CustomerRow, EventRow
from callcenter.storage.telephone_tables import LineRow

#: the provider's word for a customer's line that nobody picked up → what it counts as; hung up by the caller it counts as no attempt
RESULTS = {"busy": ContactResult.BUSY, "no-answer": ContactResult.NO_ANSWER, "failed": ContactResult.NO_ANSWER}
TERMINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
#: two telephones ring one after the other; then the end was lost
DIALLING_AT_MOST = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Bridge:
    """What the person's own line does once they have picked up."""

    sid: str
    number: str
    customer: str  #: how the customer is called; "" when nobody knows
    customer_line: str
    record: bool
    language: str


def named(hotline: Hotline, line_key: str, provider_sid: str) -> None:
    """The provider has named a line."""
    with hotline.store.transaction() as session:
        line = _line(session, line_key)
        line.sid = line.sid or provider_sid


def picked_up(hotline: Hotline, line_key: str, provider_sid: str, now: datetime) -> Bridge | None:
    """The person has picked up their own telephone: whom to ring for them; None when the call is over already."""
    with hotline.store.transaction() as session:
        line = _line(session, line_key)
        call = _call(session, line)
        if call.ended_at is not None or line.state == LineState.OVER:
            return None
        line.sid = line.sid or provider_sid
        _talks(line, now)
        agents.talking(session, line.user or "", call, now)
        other = session.scalars(sa.select(LineRow).where(LineRow.call_id == call.id, LineRow.role == LineRole.CALLER)).one()
        customer = session.get(CustomerRow, call.customer_id) if call.customer_id else None
        person = facts.people(session).get(line.user or "")
        return Bridge(call.sid, other.number or "", customer.name if customer else "", other.key, call.recording_notice,
                      "en" if person and person.language.startswith("en") else "zh")


def own_line(hotline: Hotline, line_key: str, provider_sid: str, word: str, now: datetime, at: datetime) -> None:
    """News of the person's own line: when it is over, so is the call."""
    with hotline.store.transaction() as session:
        call, line = _told(session, line_key, provider_sid, word)
        if word == "in-progress":
            _talks(line, at)
        sid, over_now = call.sid, word in TERMINAL and call.ended_at is None
    if over_now:
        over(hotline, sid, None, at, "" if word == "completed" else word, now)


def customer_line(hotline: Hotline, line_key: str, provider_sid: str, word: str, now: datetime, at: datetime) -> None:
    """News of the customer's line: answered, it is the person's call; not answered, that was an attempt."""
    with hotline.store.transaction() as session:
        call, line = _told(session, line_key, provider_sid, word)
        if word in ("in-progress", "completed"):
            _answered(session, call, line, at, now)
        sid = call.sid
    if word in TERMINAL:
        over(hotline, sid, RESULTS.get(word), at, word, now)


def _told(session: Session, line_key: str, provider_sid: str, word: str) -> tuple[CallRow, LineRow]:
    """The call and its line, which is known by the provider's number from its first news on."""
    line = _line(session, line_key)
    call = _call(session, line)
    line.sid = line.sid or provider_sid
    if word == "ringing" and line.state == LineState.ASKED:
        line.state = LineState.RINGING
    return call, line


def _answered(session: Session, call: CallRow, line: LineRow, at: datetime, now: datetime) -> None:
    _talks(line, at)
    if call.answered_at is None:
        call.answered_at, call.answered_by = at, call.placed_by
        if call.ended_at is None:
            call.state = CallState.ANSWERED
        call_promises.event(session, call, "customer_answers", call.placed_by or "", now, {"at": at})


def _talks(line: LineRow, at: datetime) -> None:
    line.talking_at = min(line.talking_at or at, at)
    if line.state != LineState.OVER:
        line.state = LineState.TALKING


def over(hotline: Hotline, sid: str, result: ContactResult | None, at: datetime, why: str = "", now: datetime | None = None) -> None:
    """
    The call is over, once. A return call nobody answered is written down as tried; nothing is ever written down as reached: that the
    person who spoke does.
    """
    with hotline.store.transaction() as session:
        call = session.scalars(sa.select(CallRow).where(CallRow.sid == sid).with_for_update().execution_options(populate_existing=True)).one()
        if call.ended_at is not None:
            return
        at = max(at, call.answered_at or at, call.ring_started_at)
        if call.state == CallState.HELD and call.held_at is not None:
            call.hold_ms += int((at - call.held_at).total_seconds() * 1000)
            call.held_at = None
        call.state, call.ended_at, call.ended_by = CallState.ENDED, at, "" if call.answered_at else why
        session.execute(sa.update(LineRow).where(LineRow.call_id == call.id, LineRow.state != LineState.OVER)
                        .values(state=LineState.OVER, over_at=at, outcome=why))
        agents.call_over(session, call, at, hotline.rulebook.policy.telephone.wrap_up)
        tried = result if call.answered_at is None else None
        call_promises.event(session, call, "call_ends", call.placed_by or "", now or at, {"state": call.state, "at": at, "result": tried, "why": why})
        missed, by = _returns(session, call), call.placed_by or ""
    if missed is not None and tried is not None:
        _attempted(hotline, missed, by, tried, now or at)


def _returns(session: Session, call: CallRow) -> str | None:
    """The missed call this one returns."""
    placed = session.scalar(sa.select(EventRow).where(EventRow.call_id == call.id, EventRow.action == "call_placed"))
    missed = placed.data.get("returns") if placed else None
    due = missed and session.scalar(sa.select(CallRow.id).where(CallRow.sid == missed, CallRow.return_call == ReturnCall.DUE))
    return missed if due else None


def _attempted(hotline: Hotline, missed: str, by: str, result: ContactResult, now: datetime) -> None:
    try:
        calls.returned(hotline, missed, by, result, now)
    except Refused:
        return  # they rang again meanwhile, or a colleague was faster


def sweep(hotline: Hotline, now: datetime) -> int:
    """End what has been dialling for implausibly long; returns how many."""
    with hotline.store.reading() as session:
        lost = list(session.scalars(sa.select(CallRow.sid).where(
            CallRow.state == CallState.DIALLING, CallRow.ended_at.is_(None), CallRow.ring_started_at < now - DIALLING_AT_MOST)))
    for sid in lost:
        over(hotline, sid, None, now, "lost")
    return len(lost)


def _line(session: Session, line_key: str) -> LineRow:
    line = session.scalar(sa.select(LineRow).where(LineRow.key == line_key).with_for_update().execution_options(populate_existing=True))
    if line is None:
        raise Refused("unknown_call", call=line_key[:40])
    return line


def _call(session: Session, line: LineRow) -> CallRow:
    return session.scalars(sa.select(CallRow).where(CallRow.id == line.call_id).with_for_update().execution_options(populate_existing=True)).one()
