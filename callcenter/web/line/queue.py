"""Callers in line: what they hear while they wait, the keys they may press, and how they leave the line."""

from datetime import timedelta

from flask import request
from flask.typing import ResponseReturnValue
from twilio.twiml.voice_response import Gather, VoiceResponse

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.services.telephone import calls, waiting
from callcenter.services.telephone.waiting import Wait
from callcenter.telephony import music
from callcenter.web.deliveries import sid_of
from callcenter.web.line.inbound import document_of
from callcenter.web.line.signed import base, blueprint, hotline, hung_up, keep, said, speak
from callcenter.web.security import open_to_all

#: what Twilio's queue says of a caller who is no longer there
GONE = frozenset({"hangup"})


@blueprint.post("/wait")
@open_to_all
def wait() -> ResponseReturnValue:
    """What the caller hears for the next twenty seconds; asked again when it has been played."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    look = waiting.look(hotline(), sid, now)
    if look.over:
        return said(hung_up())
    if look.leave:
        return said(_leave())
    return said(_waiting(look))


def _leave() -> VoiceResponse:
    document = VoiceResponse()
    document.leave()
    return document


def _waiting(look: Wait) -> VoiceResponse:
    """Words and half of our music, both cut short by a key."""
    document = VoiceResponse()
    gather = Gather(num_digits=1, timeout=1, action=f"{base()}/twilio/wait-key", method="POST")
    if look.announce:
        _announce(gather, look)
    half = int(look.waited / timedelta(seconds=music.HALF_SECONDS)) % 2 + 1
    gather.play(f"{base()}/twilio/music.wav?half={half}")
    document.append(gather)
    return document


def _announce(gather: Gather, look: Wait) -> None:
    if look.emergency:
        speak(gather, "in_danger", look.language)
    speak(gather, "please_wait", look.language)
    if look.place is not None:
        speak(gather, "your_place", look.language, count=look.place)
    if look.usual is not None:
        speak(gather, "usual_wait", look.language, count=max(1, round(look.usual / timedelta(minutes=1))))
    if look.may_return:
        speak(gather, "press_for_return", look.language)
    if look.may_record:
        speak(gather, "press_to_record", look.language)


@blueprint.post("/wait-key")
@open_to_all
def wait_key() -> ResponseReturnValue:
    """1: called back in the same place; 2: leave a message; anything else: the music goes on."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    try:
        return said(_pressed(sid, request.form.get("Digits", "")))
    except Refused:
        return said(hung_up())


def _pressed(sid: str, key: str) -> VoiceResponse:
    now, document = clock.now(), VoiceResponse()
    if key == "1" and waiting.wants_return(hotline(), sid, now):
        speak(document, "return_kept", waiting.look(hotline(), sid, now).language)
        document.hangup()
    elif key == "2" and waiting.wants_to_record(hotline(), sid, now):
        document.leave()
    else:
        document.redirect(f"{base()}/twilio/wait", method="POST")
    return document


@blueprint.post("/left")
@open_to_all
def left() -> ResponseReturnValue:
    """Out of the line: hung up, called forward, or it is time for other words."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    if request.form.get("QueueResult") == "redirected":
        return said(VoiceResponse())  # fetched: the line goes on with what it was sent to
    try:
        if request.form.get("QueueResult") in GONE:
            calls.ended(hotline(), sid, now)
            return said(hung_up())
        turn = waiting.forward(hotline(), sid, now)
    except Refused:
        return said(hung_up())
    if turn.voicemail and turn.step.users == ():
        document = VoiceResponse()
        document.redirect(f"{base()}/twilio/voicemail", method="POST")
        return said(document)
    return said(document_of(sid, turn))
