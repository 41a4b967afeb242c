"""Texts that come in: answered at once, or not at all."""

from flask import request
from flask.typing import ResponseReturnValue
from twilio.twiml.messaging_response import MessagingResponse

from callcenter import clock
from callcenter.services.messages import texts
from callcenter.web.deliveries import number_of, sid_of
from callcenter.web.line.signed import blueprint, hotline, keep, said
from callcenter.web.security import open_to_all


@blueprint.post("/sms")
@open_to_all
def sms() -> ResponseReturnValue:
    """A text: what is answered goes back in the same breath."""
    now = clock.now()
    sid = sid_of(request.form, "MessageSid", "SmsSid")
    keep(sid, now)
    reply = texts.received(hotline(), sid, number_of(request.form, "From"), request.form.get("Body", ""), now)
    document = MessagingResponse()
    if reply is not None:
        document.message(reply)
    return said(document)
