"""What the blanks of ready texts stand for where they are put in: a ticket, a text message that is answered, a call with its form."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from flask import current_app, request

from callcenter.domain.macros import Blank
from callcenter.domain.ticket import Ticket
from callcenter.domain.vocabulary import Action, Clock
from callcenter.services.desk import customer
from callcenter.services.messages import text_inbox
from callcenter.storage import facts
from callcenter.storage.tables import TicketRow
from callcenter.web import desk_intake, forms
from callcenter.web.acts import hotline, read_ticket
from callcenter.web.formats import moment
from callcenter.web.security import signed_in

#: what the customer was promised, and when somebody comes: the first of these that runs
_PROMISED = (Clock.COMPLETION, Clock.MAKE_SAFE, Clock.ARRIVE_URGENT, Clock.ARRIVE_APPT, Clock.FEEDBACK)
_COMING = (Clock.ARRIVE_URGENT, Clock.ARRIVE_APPT)


def values(now: datetime) -> Mapping[Blank, str]:
    """Of the ticket that the address names, the text message, or the call with the form sent along; who writes and for whom is always known."""
    number, text = request.args.get("ticket", ""), request.args.get("text", "")
    common = {Blank.ME: signed_in().name, Blank.COMPANY: str(current_app.config["COMPANY_NAME"])}
    if number:
        return common | _of_ticket(read_ticket(number, now).ticket)
    if text.isascii() and text.isdigit() and len(text) < 10:
        return common | _of_text(int(text), now)
    return common | _of_call(request.args["call"], now) if "call" in request.args else common


def _of_ticket(ticket: Ticket) -> dict[Blank, str]:
    running = {p.key: p.due_at for p in ticket.promises if p.running}
    promised = ticket.promise_at or next((running[key] for key in _PROMISED if key in running), None)
    coming = next((running[key] for key in _COMING if key in running), None)
    with hotline().store.reading() as session:
        owner = facts.people(session).get(ticket.owner)
    return {Blank.NUMBER: ticket.number, Blank.OWNER: owner.name if owner else ticket.owner, Blank.PROMISE: _when(promised),
            Blank.ARRIVAL: _when(coming), Blank.RESIDENT: ticket.customer_name, Blank.PLACE: ticket.place}


def _of_text(text_id: int, now: datetime) -> dict[Blank, str]:
    """Of a text only somebody's name is known, until it belongs to a ticket."""
    with hotline().store.reading() as session:
        one = text_inbox.one(session, hotline(), text_id)
        number = session.scalar(sa.select(TicketRow.number).where(TicketRow.number == one.ticket)) if one and one.ticket else None
    if number:
        return _of_ticket(read_ticket(number, now).ticket)
    return {Blank.RESIDENT: one.name} if one else {}


def _of_call(sid: str, now: datetime) -> dict[Blank, str]:
    """Of the form as far as it is filled in, then of the one household that the number belongs to; a note may name what the call has become."""
    with hotline().store.reading() as session:
        caller = customer.caller(session, sid, signed_in().user)
    if caller.ticket and request.args.get("note"):
        return _of_ticket(read_ticket(caller.ticket, now).ticket)
    fields, _ = forms.readable(Action.OPEN_TICKET, request.form)
    told = desk_intake.advised(fields, sid, now)["advice"]
    coming = fields.get("appointment_start") or told.arrive_by or (told.proposals[0].start if told.proposals else None)
    return {Blank.RESIDENT: fields.get("customer_name") or caller.name, Blank.PLACE: fields.get("room") or fields.get("place") or caller.room,
            Blank.OWNER: signed_in().name, Blank.PROMISE: _when(fields.get("promise_at") or told.promise), Blank.ARRIVAL: _when(coming)}


def _when(at: datetime | None) -> str:
    return moment(at) if at else ""
