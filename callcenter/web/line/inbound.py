"""A caller's way: notice, greeting, telephones that ring, and what happens when nobody picks up."""

import logging
from datetime import datetime
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from twilio.twiml.voice_response import Dial, VoiceResponse

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import CallState
from callcenter.services import calls
from callcenter.services.calls import Arrival
from callcenter.web.deliveries import TERMINAL, identity_of, moment_of, number_of, sid_of
from callcenter.web.line.signed import VOICES, base, blueprint, hotline, hung_up, keep, said, speak
from callcenter.web.security import open_to_all

log = logging.getLogger(__name__)

#: how many telephones ring at once: the most a <Dial> may hold
MOST_TELEPHONES = 10
#: seconds they ring before the caller hears that we call back: eight rings
RINGS_FOR = 40
#: spoken when even the rules cannot be read
LAST_WORDS = "非常抱歉,系统暂时无法接通,我们会尽快给您回电。如遇火情、燃气泄漏、人身危险,请立即拨打119、110或120。"
OVER = frozenset({CallState.ENDED, CallState.ABANDONED})


@blueprint.post("/voice")
@open_to_all
def voice() -> ResponseReturnValue:
    """A caller is on the line: what they hear, and whose telephones ring."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    return said(_plan(sid, now))


def _plan(sid: str, now: datetime) -> VoiceResponse:
    arrival = calls.arrive(hotline(), sid, number_of(request.form, "From"), now, number_of(request.form, "To"))
    if not arrival.agents and arrival.state not in (CallState.ANSWERED, CallState.HELD):
        calls.ended(hotline(), sid, now)
        return _we_call_back()
    if arrival.state in OVER:
        return hung_up()
    return _ring(arrival)


def _ring(arrival: Arrival) -> VoiceResponse:
    """The notice before anything is recorded, a greeting, then everybody's telephone at once."""
    words = VoiceResponse()
    speak(words, "recording_notice")
    speak(words, "greeting")
    dial = Dial(timeout=RINGS_FOR, action=f"{base()}/twilio/dialled", method="POST")
    for user in arrival.agents[:MOST_TELEPHONES]:
        dial.client(identity_of(user), status_callback_event="initiated ringing answered completed", status_callback_method="POST",
                    status_callback=f"{base()}/twilio/agent?{urlencode({'agent': user})}")
    words.append(dial)
    return words


def _we_call_back() -> VoiceResponse:
    words = VoiceResponse()
    speak(words, "no_agent")
    words.hangup()
    return words


@blueprint.post("/agent")
@open_to_all
def agent() -> ResponseReturnValue:
    """An agent's telephone rings, is picked up or falls silent; the first to pick up is the first responder."""
    now = clock.now()
    sid = sid_of(request.form, "ParentCallSid", "CallSid")
    keep(sid, now)
    if request.form.get("CallStatus") == "in-progress":
        _answered(sid, request.args.get("agent", ""), now)
    return "", 204


def _answered(sid: str, user: str, now: datetime) -> None:
    """News of an answer may come before the news of the call. Who came too late hears it from the silent line."""
    at = moment_of(request.form, now)
    calls.arrive(hotline(), sid, number_of(request.form, "From"), at)
    try:
        calls.answered(hotline(), sid, user, now, at)
    except Refused as late:
        log.info("call %s: the answer of %s does not count: %s", sid, user, late.code)


@blueprint.post("/status")
@open_to_all
def status() -> ResponseReturnValue:
    """How the caller's line stands. Its end may be reported before its beginning, and unanswered it means: call back."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    if request.form.get("Direction", "inbound") == "inbound":
        at = moment_of(request.form, now)
        calls.arrive(hotline(), sid, number_of(request.form, "From"), at, number_of(request.form, "To"))
        if request.form.get("CallStatus") in TERMINAL:
            calls.ended(hotline(), sid, now, at=at)
    return "", 204


@blueprint.post("/dialled")
@open_to_all
def dialled() -> ResponseReturnValue:
    """The ringing is over: somebody talked with the caller, or nobody picked up."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    arrival = calls.arrive(hotline(), sid, number_of(request.form, "From"), now, number_of(request.form, "To"))
    talked = request.form.get("DialCallStatus") in ("completed", "answered")
    if talked and arrival.answered_by is None:
        return said(hung_up())  # who answered is on its way; the caller's own status will end the call
    state = calls.ended(hotline(), sid, now)
    return said(hung_up() if talked or state == CallState.ENDED else _we_call_back())


@blueprint.post("/fallback")
@open_to_all
def fallback() -> ResponseReturnValue:
    """Twilio could not use an answer of ours: the caller is asked for again, and whatever fails, hears that we call back."""
    log.error("Twilio asks the fallback: error %s at %s", request.form.get("ErrorCode"), request.form.get("ErrorUrl", "")[:200])
    sid = sid_of(request.form, "CallSid")
    try:
        now = clock.now()
        keep(sid, now)
        return said(_plan(sid, now))
    except Exception:
        log.exception("call %s could not be put through", sid)
        words = VoiceResponse()
        words.say(LAST_WORDS, **VOICES["zh"])
        return said(words)
