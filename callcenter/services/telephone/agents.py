"""Agents' time: one open stretch a person, closed and the next opened in the same instant; the only writer of agent_span (DOMAIN.md 11)."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callcenter.domain.telephone import CHOSEN, AgentState, OfferState
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.store import wake_later
from callcenter.storage.tables import CallRow, TicketRow
from callcenter.storage.telephone_tables import AgentPhoneRow, AgentSpanRow, OfferRow

#: whose time is kept
KEPT = frozenset({Role.AGENT, Role.LEAD})
#: on the line: the person cannot choose another state before the call has ended
ON_THE_LINE = frozenset({AgentState.OFFERED, AgentState.TALKING})
#: why somebody became offline without choosing it; on duty they count as not signed on, and the desk signs them on again
SIGNED_OUT, SHIFT_OVER = "signed_out", "shift_over"
LEFT = frozenset({SIGNED_OUT, SHIFT_OVER})
#: the longest reason somebody may write
REASON_LENGTH = 100


def current(session: Session, user: str) -> AgentSpanRow | None:
    """The open stretch of *user*; None for somebody who has never signed on."""
    return session.scalar(sa.select(AgentSpanRow).where(AgentSpanRow.user == user, AgentSpanRow.until_at.is_(None)))


def everybody(session: Session) -> dict[str, AgentSpanRow]:
    """The open stretch of everybody who has one, by user."""
    return {row.user: row for row in session.scalars(sa.select(AgentSpanRow).where(AgentSpanRow.until_at.is_(None)))}


def telephones(session: Session, users: Collection[str]) -> dict[str, tuple[str, str | None]]:
    """What kind of telephone each works with, and its number or SIP address; who is missing works with the browser's."""
    rows = session.execute(sa.select(AgentPhoneRow.user, AgentPhoneRow.kind, AgentPhoneRow.address).where(AgentPhoneRow.user.in_(users)))
    return {str(user): (str(kind), address) for user, kind, address in rows}


def signed_on(span: AgentSpanRow | None) -> bool:
    """Whether the person has said where they are: signed on, or offline by their own choice."""
    return span is not None and not (span.state == AgentState.OFFLINE and span.reason in LEFT)


# ---- what the person does --------------------------------------------------------------------------------

def choose(hotline: Hotline, user: str, state: str, now: datetime, reason: str = "") -> AgentState:
    """
    The person says what they do now. Choosing 空闲 also ends after-call work and a missed call.

    Raises:
        Refused: "bad_value" for a state that cannot be chosen, "reason_needed" for a break without one, "agent_busy" while a
            call rings or is talked on, "record_first" while nothing is written down about the call just ended,
            "may_not_answer" for somebody who is neither agent nor lead.
    """
    if state not in set(CHOSEN):
        raise Refused("bad_value", field="state", value=state[:40], valid=", ".join(CHOSEN))
    reason = reason.strip()[:REASON_LENGTH]
    if state == AgentState.BREAK and not reason:
        raise Refused("reason_needed")
    with hotline.store.transaction() as session:
        _is_agent(session, user, now)
        open_ = _locked(session, user)
        if open_ is not None and open_.state in ON_THE_LINE:
            raise Refused("agent_busy", state=AgentState(open_.state))
        if state == AgentState.AVAILABLE and open_ is not None and open_.state == AgentState.WRAP_UP and _unrecorded(session, open_.call_id):
            raise Refused("record_first")
        if open_ is None or open_.state != state or open_.reason != reason:
            _move(session, open_, user, AgentState(state), now, reason)
        return AgentState(state)


def _unrecorded(session: Session, call_id: int | None) -> bool:
    """Whether a caller's call has neither a ticket nor a note: after-call work is for that. It ends by its time all the same (C01 before C03)."""
    call = session.get(CallRow, call_id) if call_id is not None else None
    if call is None or call.direction != "inbound" or call.disposition:
        return False
    return session.scalar(sa.select(TicketRow.id).where(TicketRow.call_id == call.id).limit(1)) is None


def _is_agent(session: Session, user: str, now: datetime) -> None:
    staff = facts.staff(session, now)
    person = staff.people.get(user)
    if person is None:
        raise Refused("unknown_person", person=user)
    if not person.active or not staff.roles(user) & KEPT:
        raise Refused("may_not_answer", person=person.name, who=sorted(KEPT))


def sign_on(hotline: Hotline, user: str, now: datetime) -> bool:
    """The first visit to the desk while on duty: free, unless the person has chosen a state already. True when they are signed on by it."""
    with hotline.store.reading() as session:
        if signed_on(current(session, user)) or not _on_duty(session, user, now):
            return False
    try:
        with hotline.store.transaction() as session:
            open_ = _locked(session, user)
            if signed_on(open_):
                return False
            _move(session, open_, user, AgentState.AVAILABLE, now)
    except IntegrityError:  # another window of theirs was a moment faster
        return False
    return True


def _on_duty(session: Session, user: str, now: datetime) -> bool:
    staff = facts.staff(session, now)
    return staff.on_duty(user) and bool(staff.roles(user) & KEPT)


def leave(session: Session, user: str, why: str, now: datetime) -> None:
    """Signed out, or the shift is over: offline, whatever they did before. Who never signed on stays so."""
    open_ = _locked(session, user)
    if open_ is not None and open_.state != AgentState.OFFLINE:
        _move(session, open_, user, AgentState.OFFLINE, now, why)


def sign_out(hotline: Hotline, user: str, now: datetime) -> None:
    """The person leaves the desk."""
    with hotline.store.transaction() as session:
        leave(session, user, SIGNED_OUT, now)


# ---- what calls do ---------------------------------------------------------------------------------------

def offered(session: Session, users: Collection[str], call: CallRow, now: datetime) -> None:
    """A call rings at these people's telephones."""
    for user in sorted(users):
        open_ = _locked(session, user)
        if open_ is not None and open_.state != AgentState.OFFERED:
            _move(session, open_, user, AgentState.OFFERED, now, call_id=call.id)


def talking(session: Session, user: str, call: CallRow, now: datetime) -> None:
    """*user* is on the line; who never signed on is not counted."""
    open_ = _locked(session, user)
    if signed_on(open_) and open_ is not None and (open_.state, open_.call_id) != (AgentState.TALKING, call.id):
        _move(session, open_, user, AgentState.TALKING, now, call_id=call.id)


def after_call(session: Session, user: str, call: CallRow, now: datetime, wrap_up: timedelta) -> None:
    """*user* has left the call: after-call work, which ends by itself."""
    open_ = _locked(session, user)
    if open_ is not None and open_.state == AgentState.TALKING and open_.call_id == call.id:
        _move(session, open_, user, AgentState.WRAP_UP, now, call_id=call.id, lasts=wrap_up)


def call_over(session: Session, call: CallRow, now: datetime, wrap_up: timedelta) -> None:
    """Everybody who was on this call has after-call work to do."""
    users = session.scalars(sa.select(AgentSpanRow.user).where(
        AgentSpanRow.call_id == call.id, AgentSpanRow.until_at.is_(None), AgentSpanRow.state == AgentState.TALKING))
    for user in sorted(users):
        after_call(session, user, call, now, wrap_up)


def no_longer_offered(session: Session, user: str, call_id: int, now: datetime, missed_limit: int | None = None) -> bool:
    """
    The telephone of *user* has fallen silent: free again, or, with *missed_limit* offers unanswered in a row, away until they say otherwise.
    True when they now count as away.
    """
    open_ = _locked(session, user)
    if open_ is None or open_.state != AgentState.OFFERED or open_.call_id != call_id:
        return False
    away = missed_limit is not None and _missed_in_a_row(session, user, missed_limit) >= missed_limit
    _move(session, open_, user, AgentState.MISSED if away else AgentState.AVAILABLE, now)
    return away


def _missed_in_a_row(session: Session, user: str, at_most: int) -> int:
    """Unanswered offers since the last answered one, and since they were last away."""
    back = session.scalar(sa.select(sa.func.max(AgentSpanRow.until_at)).where(
        AgentSpanRow.user == user, AgentSpanRow.state == AgentState.MISSED))
    query = sa.select(OfferRow.state).where(
        OfferRow.user == user, OfferRow.state.in_([OfferState.ACCEPTED, OfferState.TIMEOUT, OfferState.REJECTED]))
    if back is not None:
        query = query.where(OfferRow.offered_at >= back)
    states = list(session.scalars(query.order_by(OfferRow.id.desc()).limit(at_most)))
    return next((n for n, state in enumerate(states) if state == OfferState.ACCEPTED), len(states))


# ---- what the clock does ---------------------------------------------------------------------------------

def settle(session: Session, now: datetime) -> int:
    """After-call work that has run out ends at its own moment, however late that is noticed. Returns how many."""
    due = list(session.scalars(sa.select(AgentSpanRow).where(AgentSpanRow.until_at.is_(None), AgentSpanRow.ends_at <= now)
                               .order_by(AgentSpanRow.user).with_for_update(skip_locked=True).execution_options(populate_existing=True)))
    for row in due:
        if row.until_at is None and row.ends_at is not None:
            _move(session, row, row.user, AgentState.AVAILABLE, row.ends_at)
    return len(due)


def settle_due(hotline: Hotline, now: datetime) -> int:
    """The same for the clock, in a transaction of its own; a cheap look first."""
    with hotline.store.reading() as session:
        due = next_due(session)
    if due is None or due > now:
        return 0
    with hotline.store.transaction() as session:
        return settle(session, now)


def next_due(session: Session) -> datetime | None:
    """When the next stretch ends by itself."""
    return session.scalar(sa.select(sa.func.min(AgentSpanRow.ends_at)).where(AgentSpanRow.until_at.is_(None)))


# ---- the one place where a stretch ends and the next begins -----------------------------------------------

def _locked(session: Session, user: str) -> AgentSpanRow | None:
    """Asked twice when nothing is found: on PostgreSQL the stretch waited for may have ended meanwhile, and another begun."""
    query = (sa.select(AgentSpanRow).where(AgentSpanRow.user == user, AgentSpanRow.until_at.is_(None))
             .with_for_update().execution_options(populate_existing=True))
    return session.scalar(query) or session.scalar(query)


def _move(session: Session, open_: AgentSpanRow | None, user: str, state: AgentState, now: datetime, reason: str = "", *,
          call_id: int | None = None, lasts: timedelta | None = None) -> None:
    """News that comes late never reaches back before the stretch that is open."""
    at = now if open_ is None else max(now, open_.since_at)
    if open_ is not None:
        open_.until_at = at
        session.flush()
    session.add(AgentSpanRow(user=user, state=state, reason=reason, call_id=call_id, since_at=at, ends_at=at + lasts if lasts is not None else None))
    session.flush()
    wake_later(session, "call")
