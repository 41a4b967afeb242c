"""Calls the hotline makes itself: what is said when somebody picks up, the keys they press, and how the line stands."""

import logging
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from twilio.twiml.voice_response import Gather, VoiceResponse

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.services.calling_out import machine_calls
from callcenter.services.calling_out.spoken import Spoken
from callcenter.services.telephone import calls
from callcenter.web.deliveries import moment_of, number_of, sid_of
from callcenter.web.line.signed import VOICES, base, blueprint, hotline, hung_up, keep, said
from callcenter.web.security import open_to_all

log = logging.getLogger(__name__)

#: seconds of silence before it is said again
WAITS = 6
#: Mandarin, as the provider's recogniser names it
HEARS = "cmn-Hans-CN"


@blueprint.post("/say")
@open_to_all
def say() -> ResponseReturnValue:
    """Somebody, or a mailbox, has picked up."""
    now, key = clock.now(), request.args.get("key", "")
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    try:
        return said(_document(machine_calls.picked_up(hotline(), key, sid, now), key))
    except Refused as unknown:
        log.warning("call %s: nothing to say: %s", sid, unknown.code)
        return said(hung_up())


@blueprint.post("/heard")
@open_to_all
def heard() -> ResponseReturnValue:
    """A key was pressed, or something said, or neither."""
    now, key, step = clock.now(), request.args.get("key", ""), request.args.get("step", "")[:40]
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    try:
        spoken = machine_calls.heard(hotline(), key, sid, step, request.form.get("Digits", ""), request.form.get("SpeechResult", ""), now)
    except Refused as unknown:
        log.warning("call %s: nobody listens: %s", sid, unknown.code)
        return said(hung_up())
    if spoken.person:
        calls.arrive(hotline(), sid, number_of(request.form, "To"), now, number_of(request.form, "From"))
    return said(_document(spoken, key))


@blueprint.post("/placed")
@open_to_all
def placed() -> ResponseReturnValue:
    """A line of ours rings, is picked up, or is over."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    machine_calls.placed(hotline(), request.args.get("key", ""), sid, request.form.get("CallStatus", ""), now, moment_of(request.form, now))
    return "", 204


def _document(spoken: Spoken, key: str) -> VoiceResponse:
    """One turn as TwiML: an answer is awaited under the name of its step, and silence is an answer too."""
    document, voice = VoiceResponse(), VOICES[spoken.language]
    says: VoiceResponse | Gather = document
    if spoken.step is not None:
        more = {"language": HEARS, "speech_timeout": "auto"} if spoken.words else {}
        says = Gather(input="dtmf speech" if spoken.words else "dtmf", num_digits=1, timeout=WAITS, method="POST", action_on_empty_result=True,
                      action=f"{base()}/twilio/heard?{urlencode({'key': key, 'step': spoken.step})}", **more)
    for text in spoken.texts:
        says.say(text, **voice)
    if spoken.step is not None:
        document.append(says)
    elif spoken.person:
        document.redirect(f"{base()}/twilio/voice", method="POST")
    else:
        document.hangup()
    return document
