"""Click to call: one's own telephone first, then the customer, with the hotline's number shown to both; who may ring whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import reaching
from callcenter.domain.policy import Policy
from callcenter.domain.telephone import LineRole, LineState
from callcenter.domain.ticket import Refused, Staff, Ticket
from callcenter.domain.vocabulary import ANSWERING, CallState, Disposition, ReturnCall, Role
from callcenter.services import numbers, permitted
from callcenter.services.calling_out import placed_calls
from callcenter.services.hotline import Hotline
from callcenter.services.surveys import asking, rights
from callcenter.services.telephone import call_promises, softphone
from callcenter.services.views import followup_view
from callcenter.storage import facts
from callcenter.storage.tables import CallRow, CustomerRow, TicketRow
from callcenter.storage.telephone_tables import LineRow
from callcenter.telephony.port import NotSent, Phone, Undeliverable, Unsure

#: how long one's own telephone rings, in seconds
RINGS_FOR = 30
#: calls one person may place in a minute
MOST_A_MINUTE = 6
PURPOSES = ("ticket", "return", "follow_up", "survey")
#: what stands as the note of a call about a survey
SURVEYED = "意见征询 / survey"
#: who may be rung about a ticket, besides whoever reported it
WHOM = ("contact", "other", "owner", "handler")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to ring about: a ticket, a call that was missed, a survey's sheet. The number is never theirs to name."""

    purpose: str = "ticket"
    ticket: str | None = None
    call: str | None = None
    whom: str = "contact"
    sheet: int | None = None


@dataclass(frozen=True, slots=True)
class _Target:
    number: str
    customer_id: int | None
    written: str  #: what stands as the call's note: the ticket, or that it was a return call


def place(hotline: Hotline, phone: Phone, user: str, wish: Wish, key: str, now: datetime) -> str:
    """
    Ring *user*'s own telephone, and once they pick up the customer; the id of the call. The same key places one call.

    Raises:
        Refused: it is not theirs to ring, there is no number or no line, they ring too often, or the provider will not.
    """
    sid = f"out-{uuid5(NAMESPACE_URL, key).hex}"
    if not phone.live:
        raise Refused("no_telephone_line")
    with hotline.store.transaction() as session:
        if session.scalar(sa.select(CallRow.id).where(CallRow.sid == sid)) is not None:
            return sid
        staff = facts.staff(session, now)
        target = _target(session, hotline, staff, user, wish, now)
        own = softphone.telephone(session, staff, user)
        if own is None:
            raise Refused("no_own_telephone")
        _not_too_often(session, user, now)
        line_key = _begin(session, hotline, sid, user, wish, target, now)
    try:
        child = phone.place(own.dialled, f"/twilio/connect?line={line_key}", f"/twilio/connect-status?line={line_key}", RINGS_FOR)
    except Unsure:
        return sid  # it may ring: the line's own news will tell
    except (NotSent, Undeliverable) as no:
        placed_calls.over(hotline, sid, None, now, str(no)[:200])
        raise Refused("call_not_placed", why=str(no)[:120]) from no
    placed_calls.named(hotline, line_key, child)
    return sid


def may_place(policy: Policy, staff: Staff, ticket: Ticket, user: str, now: datetime) -> bool:
    """Who may ring the customer of a ticket: whoever sees the number, the desk, and an outside firm while the job is its own."""
    if reaching.reads_only(staff.people.get(user)):
        return False
    if permitted.sees_phone(policy, staff, ticket, user, now):
        return True
    if Role.CONTRACTOR in staff.roles(user):
        over = ticket.closed_at is not None and now - ticket.closed_at >= timedelta(days=1)
        return not over and any(a.to == user and a.accepted_at is not None and a.voided_at is None for a in ticket.assignments)
    return Role.AGENT in staff.roles(user) and permitted.may_read(policy, staff, ticket, user)


def _target(session: Session, hotline: Hotline, staff: Staff, user: str, wish: Wish, now: datetime) -> _Target:
    if wish.purpose == "return":
        return _missed(session, staff, user, wish)
    if wish.purpose == "survey":
        return _surveyed(session, hotline, user, wish.sheet or 0, now)
    row = session.scalar(sa.select(TicketRow).where(TicketRow.number == wish.ticket))
    if row is None:
        raise Refused("unknown_ticket", number=wish.ticket or "")
    policy, ticket = hotline.rulebook.of(session, row.policy_id), facts.ticket(session, row)
    if wish.purpose == "follow_up":
        _is_due(session, policy, user, row.number, now)
    elif not may_place(policy, staff, ticket, user, now):
        raise Refused("may_not_ring")
    number = _number(session, staff, row, ticket, wish.whom)
    if number is None:
        raise Refused("no_number_known")
    return _Target(number, row.customer_id, row.number)


def _missed(session: Session, staff: Staff, user: str, wish: Wish) -> _Target:
    call = session.scalar(sa.select(CallRow).where(CallRow.sid == wish.call))
    if call is None:
        raise Refused("unknown_call", call=wish.call or "")
    if not staff.roles(user) & ANSWERING:
        raise Refused("may_not_ring")
    number = _dialled(call.from_number)
    if call.return_call != ReturnCall.DUE or number is None:
        raise Refused("call_over")
    return _Target(number, call.customer_id, Disposition.RETURN_CALL)


def _surveyed(session: Session, hotline: Hotline, user: str, sheet_id: int, now: datetime) -> _Target:
    """A household that has not answered yet, at an hour at which it may be called."""
    survey, sheet = rights.sheet(session, sheet_id)
    rights.demand(session, user, rights.ENTERERS, survey.compound, now)
    asking.may_be_called(hotline, session, sheet, now)
    found = asking.contact(session, sheet_id)
    number = _dialled(found.phone) if found else None
    if number is None:
        raise Refused("no_number_known")
    return _Target(number, sheet.customer_id, SURVEYED)


def _is_due(session: Session, policy: Policy, user: str, number: str, now: datetime) -> None:
    """Only a follow-up that is theirs to make, and never to somebody who asked not to be called."""
    due = next((c for c in followup_view.due_calls(session, policy, user, now) if c.number == number), None)
    if due is None:
        raise Refused("may_not_ring")
    if due.do_not_call:
        raise Refused("do_not_call")


def _number(session: Session, staff: Staff, row: TicketRow, ticket: Ticket, whom: str) -> str | None:
    """A number on record for this ticket, or a colleague's."""
    if whom in ("owner", "handler"):
        person = staff.people.get((ticket.acting_follower or ticket.owner) if whom == "owner" else ticket.assignee or "")
        return _dialled(person.phone) if person else None
    if whom == "other":
        customer = session.get(CustomerRow, row.customer_id) if row.customer_id else None
        return _dialled(customer.other_phone) if customer else None
    return _dialled(row.contact_phone)


def _dialled(number: str | None) -> str | None:
    key = numbers.comparable(number)
    return key.partition(";")[0] if key and key.startswith("+") else None


def _not_too_often(session: Session, user: str, now: datetime) -> None:
    mine = sa.select(sa.func.count()).select_from(CallRow).where(CallRow.placed_by == user)
    if (session.scalar(mine.where(CallRow.ring_started_at > now - timedelta(minutes=1))) or 0) >= MOST_A_MINUTE:
        raise Refused("too_many_calls", most=MOST_A_MINUTE)
    if session.scalar(mine.where(CallRow.ended_at.is_(None), CallRow.state == CallState.DIALLING)):
        raise Refused("already_dialling")


def _begin(session: Session, hotline: Hotline, sid: str, user: str, wish: Wish, target: _Target, now: datetime) -> str:
    call = CallRow(sid=sid, direction="outbound", to_number=target.number, state=CallState.DIALLING, ring_started_at=now,
                   customer_id=target.customer_id, disposition=target.written, recording_notice=hotline.rulebook.policy.telephone.record,
                   hold_ms=0, return_call=ReturnCall.NONE, placed_by=user, about_ticket=wish.ticket, chain_seq=0, chain_head="")
    session.add(call)
    session.flush()
    line_key = token_urlsafe(18)
    for name, role, whose in ((line_key, LineRole.AGENT, user), (token_urlsafe(18), LineRole.CALLER, None)):
        session.add(LineRow(call_id=call.id, key=name, role=role, user=whose, number=None if whose else target.number, state=LineState.ASKED,
                            asked_by=user, asked_at=now))
    call_promises.event(session, call, "call_placed", user, now, {
        "purpose": wish.purpose, "to": numbers.masked(target.number), "ticket": wish.ticket, "returns": wish.call})
    return line_key
