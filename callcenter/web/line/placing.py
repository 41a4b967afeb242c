"""Click to call, as the provider asks for it: one's own telephone is picked up, the customer is rung, and hears the notice first."""

from urllib.parse import urlencode

from flask import current_app, request
from flask.typing import ResponseReturnValue
from twilio.twiml.voice_response import Dial, VoiceResponse

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.services.calling_out import placed_calls
from callcenter.services.calling_out.placed_calls import Bridge
from callcenter.web.deliveries import moment_of, sid_of
from callcenter.web.line.signed import base, blueprint, hotline, hung_up, keep, said, speak
from callcenter.web.security import open_to_all

#: how long the customer's telephone rings, in seconds
RINGS_FOR = 40


@blueprint.post("/connect")
@open_to_all
def connect() -> ResponseReturnValue:
    """The person has picked up: the customer is rung with the hotline's number shown."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    try:
        bridge = placed_calls.picked_up(hotline(), request.args.get("line", ""), sid, now)
    except Refused:
        bridge = None
    return said(hung_up() if bridge is None else _bridged(bridge))


def _bridged(bridge: Bridge) -> VoiceResponse:
    document = VoiceResponse()
    speak(document, "connecting", bridge.language, who=bridge.customer or ("the customer" if bridge.language == "en" else "客户"))
    number = current_app.extensions["parts"].settings.twilio_number
    record = {"record": "record-from-answer-dual", "recording_status_callback": f"{base()}/twilio/recording?{urlencode({'call': bridge.sid})}",
              "recording_status_callback_method": "POST"} if bridge.record else {}
    dial = Dial(timeout=RINGS_FOR, action=f"{base()}/twilio/connected", method="POST", **({"caller_id": number} if number else {}), **record)
    named = urlencode({"line": bridge.customer_line})
    first = {"url": f"{base()}/twilio/notice", "method": "POST"} if bridge.record else {}
    dial.number(bridge.number, status_callback=f"{base()}/twilio/customer-status?{named}", status_callback_method="POST",
                status_callback_event="initiated ringing answered completed", **first)
    document.append(dial)
    return document


@blueprint.post("/notice")
@open_to_all
def notice() -> ResponseReturnValue:
    """What the customer hears before anybody speaks: that the call is recorded."""
    keep(sid_of(request.form, "CallSid"), clock.now())
    document = VoiceResponse()
    speak(document, "recording_notice")
    return said(document)


@blueprint.post("/connected")
@open_to_all
def connected() -> ResponseReturnValue:
    """The customer's line is over, or never was: so is the person's."""
    keep(sid_of(request.form, "CallSid"), clock.now())
    return said(hung_up())


@blueprint.post("/connect-status")
@open_to_all
def connect_status() -> ResponseReturnValue:
    """How the person's own line stands."""
    return _news(placed_calls.own_line)


@blueprint.post("/customer-status")
@open_to_all
def customer_status() -> ResponseReturnValue:
    """How the customer's line stands."""
    return _news(placed_calls.customer_line)


def _news(tell) -> ResponseReturnValue:  # type: ignore[no-untyped-def]  # one of the two above, which look alike
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    try:
        tell(hotline(), request.args.get("line", ""), sid, request.form.get("CallStatus", ""), now, moment_of(request.form, now))
    except Refused:
        return "", 204  # a line nobody knows: kept as it came
    return "", 204
