"""Messages left and conversations recorded: the words before, and where the recording lies."""

from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from twilio.twiml.voice_response import VoiceResponse

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.services.telephone import voicemail as messages
from callcenter.services.telephone.voicemail import Recorded
from callcenter.web.deliveries import number_of, sid_of
from callcenter.web.line.signed import base, blueprint, hotline, hung_up, keep, said, speak
from callcenter.web.security import open_to_all

#: seconds a message may last, and of silence after which it is over
LONGEST, SILENCE = 120, 6


@blueprint.post("/voicemail")
@open_to_all
def voicemail() -> ResponseReturnValue:
    """Leave a message after the tone; the hash key ends it."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    words = VoiceResponse()
    language = messages.asked(hotline(), sid, number_of(request.form, "From"), now)
    if language is None:
        return said(hung_up())
    speak(words, "leave_message", language)
    words.record(max_length=LONGEST, timeout=SILENCE, finish_on_key="#", play_beep=True, trim="trim-silence", method="POST",
                 action=f"{base()}/twilio/voicemail-done", recording_status_callback=f"{base()}/twilio/recording?{urlencode({'kind': 'voicemail'})}",
                 recording_status_callback_method="POST", recording_status_callback_event="completed absent")
    speak(words, "nothing_recorded", language)
    words.hangup()
    return said(words)


@blueprint.post("/voicemail-done")
@open_to_all
def voicemail_done() -> ResponseReturnValue:
    """The message was left: thanks, and a return call is due."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    try:
        language = messages.left(hotline(), sid, _recorded("voicemail"), now)
    except Refused:
        return said(hung_up())
    words = VoiceResponse()
    speak(words, "message_kept", language)
    words.hangup()
    return said(words)


@blueprint.post("/recording")
@open_to_all
def recording() -> ResponseReturnValue:
    """A recording lies ready at the provider's, or there is none; a call that we placed is named by ourselves, not by its line."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    kind = "voicemail" if request.args.get("kind") == "voicemail" else "conversation"
    found = _recorded(kind)
    if found is not None:
        messages.stored(hotline(), request.args.get("call") or sid, found, now)
    return "", 204


def _recorded(kind: str) -> Recorded | None:
    form = request.form
    if not form.get("RecordingSid"):
        return None
    seconds = form.get("RecordingDuration", "")
    return Recorded(sid_of(form, "RecordingSid"), kind, form.get("RecordingStatus", "completed")[:20], form.get("RecordingUrl", "")[:500] or None,
                    int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 7 else None)
