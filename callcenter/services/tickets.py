"""The only write path of a ticket: `carry_out` for every act, `open_ticket` for the first one. One transaction each."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import rules
from callcenter.domain.rules import intake
from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Act, Refused, Staff, Ticket
from callcenter.domain.vocabulary import Action, State
from callcenter.services import merging, numbers, places, timers
from callcenter.services.acting import Writing
from callcenter.services.hotline import Hotline
from callcenter.services.quality import lint
from callcenter.services.telephone import call_promises
from callcenter.storage import facts
from callcenter.storage.tables import CallRow, CompoundRow, EventRow, MatterRow, TicketRow


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act led to."""

    number: str
    state: State
    event_id: int
    repeated: bool = False  #: the same request had been carried out before; nothing was done again


def carry_out(hotline: Hotline, number: str, act: Act, key: str, now: datetime, *, seen: int | None = None) -> Outcome:
    """
    Do *act* on the ticket, or refuse it; whatever was due on the ticket before *now* fires first, in its own transaction.

    Args:
        key: names this request. Asking again with the same key gives the same answer and changes nothing.
        seen: the dispatch the person decided from. Once another is in force the act is refused, however close the two were.

    Raises:
        Refused: the rules do not allow it; nothing of what was asked has happened.
    """
    timers.settle(hotline, number, now)
    refused: Refused | None = None
    with hotline.store.transaction() as session:
        row = facts.locked(session, number)
        if row is None:
            raise Refused("unknown_ticket", number=number)
        done = _done_before(session, f"act:{key}")
        if done is not None:
            return _again(done, row, act)
        if seen is not None:
            _as_seen(session, row, seen)
        writing = Writing(session, hotline, row, now)
        try:
            event = writing.decide(act, f"act:{key}")
        except Refused as no:
            if not no.consequences:
                raise
            refused = no
            said = Act(act.action, act.by, {**act.fields, "refused": no.code, "said": no.said})
            event = writing.apply(no.consequences, writing.state, f"{act.action}_refused", said, f"act:{key}")
        if refused is None:
            lint.count(session, row.id, act.action, act.fields, act.by, f"act:{key}", now)
        if act.get("call"):
            _recorded(session, str(act.get("call")), row.number, now)
        outcome = Outcome(row.number, State(row.state), event.id)
    if refused is not None:
        raise refused
    return outcome


def open_ticket(hotline: Hotline, act: Act, key: str, now: datetime, call_sid: str | None = None) -> Outcome:
    """
    Register a ticket: ticket, matter, owner, promises, a timer for each, event and messages in one commit.

    Raises:
        Refused: a mandatory field is missing or makes no sense; nothing was saved.
    """
    with hotline.store.transaction() as session:
        done = _done_before(session, f"act:{key}")
        if done is not None and done.action == Action.OPEN_TICKET:
            row = facts.locked_by_id(session, done.ticket_id or 0)
            return Outcome(row.number, State(row.state), done.id, repeated=True)
        if done is not None:
            raise Refused("key_reused")
        return _open(session, hotline, act, key, now, call_sid or act.get("call"))


def _open(session: Session, hotline: Hotline, act: Act, key: str, now: datetime, call_sid: str | None) -> Outcome:
    policy, staff = hotline.rulebook.policy, facts.staff(session, now)
    call = None
    if call_sid:
        call = session.scalar(sa.select(CallRow).where(CallRow.sid == call_sid).with_for_update())
        if call is None:
            raise Refused("unknown_call", call=call_sid)
    heard = intake.Heard(call.sid, call.from_number, call.answered_at, call.answered_by, call.ended_at) if call else None
    if act.get("contact_phone"):
        numbers.checked(act.get("contact_phone"))
    place = places.find(session, act.get("room"), act.get("place"))
    parent = merging.other(session, act.get("parent")) if act.get("parent") else None
    opening = intake.open_ticket(policy, staff, place, heard, act, now, parent)
    opening = intake.numbered(opening, _number(session, opening.ticket, place, now))
    earlier = _earlier(session, hotline, opening.ticket, now)
    row = _insert(session, hotline, opening.ticket, call, earlier)
    effects = list(rules.with_promises(policy, opening.ticket, opening.effects))
    if earlier is not None:
        effects += intake.taken_up_again(earlier.repeat_contacts)
    event = Writing(session, hotline, row, now, staff).apply(effects, State.NEW, Action.OPEN_TICKET, act, f"act:{key}")
    if call is not None:
        call_promises.recorded(session, call, opening.ticket.number, now)
    return Outcome(row.number, State(row.state), event.id)


def _recorded(session: Session, sid: str, number: str, now: datetime) -> None:
    """The call an act came from has been written down (C03)."""
    call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid).with_for_update())
    if call is None:
        raise Refused("unknown_call", call=sid)
    call_promises.recorded(session, call, number, now)


def _number(session: Session, ticket: Ticket, place: intake.Place, now: datetime) -> str:
    several = (session.scalar(sa.select(sa.func.count()).select_from(CompoundRow)) or 0) > 1
    day = intake.number(ticket.type, (place.compound or "") if several else "", now, 0).removesuffix("-0000")
    return f"{day}-{facts.count(session, 'ticket:' + day):04d}"


def _earlier(session: Session, hotline: Hotline, ticket: Ticket, now: datetime) -> MatterRow | None:
    """The matter this registration takes up again: the same room and category, closed or withdrawn within thirty days.
    Its counters go on, so that registering anew wins no second postponement (4.3, T18)."""
    room_id = ticket.details.get("room_id")
    if room_id is None or ticket.category is None:
        return None
    since = now - hotline.rulebook.policy.follow_up.reopen_within
    row = session.scalar(sa.select(TicketRow).where(
        TicketRow.room_id == room_id, TicketRow.category == ticket.category, TicketRow.closed_at >= since,
        TicketRow.state.in_([State.CLOSED, State.CLOSED_UNSATISFIED, State.CANCELLED])).order_by(TicketRow.id.desc()).limit(1))
    return session.get_one(MatterRow, row.matter_id) if row is not None else None


def _insert(session: Session, hotline: Hotline, ticket: Ticket, call: CallRow | None, earlier: MatterRow | None) -> TicketRow:
    room_id = ticket.details.get("room_id")
    matter = earlier or MatterRow(received_at=ticket.received_at, first_responder=ticket.first_responder)
    session.add(matter)
    session.flush()
    row = TicketRow(
        number=ticket.number, matter_id=matter.id, policy_id=hotline.rulebook.id, type=ticket.type, state=ticket.state,
        category=ticket.category, urgency=ticket.urgency, channel=ticket.channel, compound=ticket.compound, room_id=room_id,
        place=ticket.place, content=ticket.content, customer_name=ticket.customer_name,
        customer_id=places.customer_in(session, room_id, ticket.contact_phone),
        contact_phone=ticket.contact_phone, phone_key=numbers.comparable(ticket.contact_phone), call_id=call.id if call else None,
        received_at=ticket.received_at, registered_at=ticket.registered_at, promise_at=ticket.promise_at,
        first_responder=ticket.first_responder, registrar=ticket.registrar, owner=ticket.owner, accused=list(ticket.accused),
        cycle=1, appointment_start=ticket.appointment_start, appointment_end=ticket.appointment_end, details=dict(ticket.details),
        level=0, version=0, suspensions=0, signed=False, attempts=0, chain_seq=0, chain_head="")
    session.add(row)
    session.flush()
    return row


def _as_seen(session: Session, row: TicketRow, seen: int) -> None:
    """Whoever decides from what a page showed is refused when somebody else has been sent since; the ticket is locked here."""
    stands = facts.ticket(session, row).assignment
    if stands is not None and stands.id != seen:
        people = Staff(facts.people(session), {})
        raise Refused("sent_meanwhile", by=name_of(people, stands.by), person=name_of(people, stands.to), when=stands.at)


_OF_KEY = sa.select(EventRow).where(EventRow.key == sa.bindparam("asked"))


def _done_before(session: Session, key: str) -> EventRow | None:
    return session.scalar(_OF_KEY, {"asked": key})


def _again(done: EventRow, row: TicketRow, act: Act) -> Outcome:
    """The answer of the first time; a key used for something else is refused."""
    if done.ticket_id != row.id or done.action.removesuffix("_refused") != act.action or done.by != act.by:
        raise Refused("key_reused")
    if done.action.endswith("_refused"):
        said = done.data["fields"]
        raise Refused(str(said["refused"]), **said["said"])
    return Outcome(row.number, State(done.after or row.state), done.id, repeated=True)
