"""The line of callers: who is before whom, emergencies first, and who waits for a return call in their place (DOMAIN.md 4 C01, C23)."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.policy import Telephone
from callcenter.domain.telephone import AgentState, OfferState
from callcenter.domain.vocabulary import CallState, ReturnCall
from callcenter.storage.tables import CallRow
from callcenter.storage.telephone_tables import AgentSpanRow, OfferRow

_RUNG = sa.select(OfferRow.call_id).where(OfferRow.state == OfferState.PENDING)
#: waits for somebody to come free; whoever's telephones ring waits no longer
WAITING = sa.and_(CallRow.state == CallState.RINGING, CallRow.queued_at.is_not(None), CallRow.id.not_in(_RUNG))
#: asked to be called back and keeps the place
KEEPS_PLACE = sa.and_(CallRow.return_call == ReturnCall.DUE, CallRow.return_asked_at.is_not(None), CallRow.queued_at.is_not(None))


def _before(call: CallRow, now: datetime) -> sa.ColumnElement[bool]:
    """Emergencies before everybody else, then who came first; a caller who does not wait yet stands at the end."""
    since = call.queued_at or now
    sooner = sa.or_(CallRow.queued_at < since, sa.and_(CallRow.queued_at == since, CallRow.id < call.id))
    return sa.and_(CallRow.emergency, sooner) if call.emergency else sa.or_(CallRow.emergency, sooner)


def ahead(session: Session, rule: Telephone, call: CallRow, now: datetime) -> int:
    """How many others have a claim on a free agent before *call*: callers who wait, and return calls that kept their place and are
    due to somebody who has just come free."""
    waiting = session.scalar(sa.select(sa.func.count()).select_from(CallRow).where(WAITING, CallRow.id != call.id, _before(call, now))) or 0
    return waiting + _claims(session, rule, call, now)


def _claims(session: Session, rule: Telephone, call: CallRow, now: datetime) -> int:
    """Whoever has just come free calls those first who kept their place; after the length of one offer a caller on the line goes before."""
    kept = session.scalar(sa.select(sa.func.count()).select_from(CallRow).where(KEEPS_PLACE, _before(call, now))) or 0
    if not kept or call.emergency:
        return 0
    fresh = sa.select(sa.func.count()).select_from(AgentSpanRow).where(
        AgentSpanRow.until_at.is_(None), AgentSpanRow.state == AgentState.AVAILABLE, AgentSpanRow.since_at > now - rule.ring_for)
    return min(kept, session.scalar(fresh) or 0)


def place(session: Session, call: CallRow, now: datetime) -> int:
    """The caller's place in the line, from 1: everybody before them counts, those who wait for a return call too."""
    before = sa.select(sa.func.count()).select_from(CallRow).where(sa.or_(WAITING, KEEPS_PLACE), CallRow.id != call.id, _before(call, now))
    return (session.scalar(before) or 0) + 1


def length(session: Session) -> int:
    """How many callers wait."""
    return session.scalar(sa.select(sa.func.count()).select_from(CallRow).where(WAITING)) or 0


def in_order(session: Session) -> list[CallRow]:
    """Who waits, in the order in which they are served."""
    return list(session.scalars(sa.select(CallRow).where(WAITING).order_by(CallRow.emergency.desc(), CallRow.queued_at, CallRow.id)))


#: fewer waits than this, or older ones, tell nothing about the next
ENOUGH, LOOKS_BACK = 5, timedelta(minutes=30)


def usual_wait(session: Session, now: datetime) -> timedelta | None:
    """What four of five callers who waited lately waited at most; None when there were too few to say."""
    rows: list[Any] = list(session.execute(sa.select(CallRow.queued_at, CallRow.answered_at).where(
        CallRow.answered_at > now - LOOKS_BACK, CallRow.queued_at.is_not(None), CallRow.direction == "inbound")))
    waits = sorted(answered - queued for queued, answered in rows if answered >= queued)
    return waits[len(waits) * 4 // 5] if len(waits) >= ENOUGH else None
