"""A conversation of more than two, or with one on hold: where each line belongs, the music, and a caller who was left alone."""

from urllib.parse import urlencode

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from callcenter import clock
from callcenter.domain.telephone import LineRole, PartMode
from callcenter.services.telephone import call_notes, calls, line_news
from callcenter.services.telephone.conducting import Conductor, room_path
from callcenter.services.telephone.line_news import Place, Rung
from callcenter.services.telephone.lines import Hears
from callcenter.web.deliveries import TERMINAL, moment_of, sid_of
from callcenter.web.line.signed import base, blueprint, hotline, hung_up, keep, said, speak
from callcenter.web.security import open_to_all

#: seconds colleagues are rung for a caller who was left alone
RINGS_FOR = 20
#: reports after which others may have to be hung up, or the caller fetched
_NEWS = frozenset({"status", "agent", "line-status", "room-status", "dialled", "left"})


def conductor() -> Conductor:
    """The hotline and its telephone."""
    return Conductor(hotline(), current_app.extensions["parts"].phone)


@blueprint.post("/room")
@open_to_all
def room() -> ResponseReturnValue:
    """A line asks where it belongs now: the room, the music, or nowhere any more."""
    now, key = clock.now(), request.args.get("line", "")
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    if request.args.get("asks") and request.form.get("Digits") != "1":
        return said(hung_up() if "Digits" in request.form else _asks_for_a_key(key))
    place = conductor().entered(key, sid, now)
    return said(hung_up() if place is None else _belongs(place, key))


def _asks_for_a_key(key: str) -> VoiceResponse:
    """Only a person presses 1: no mailbox ever takes over a resident."""
    document = VoiceResponse()
    gather = Gather(num_digits=1, timeout=8, action=f"{base()}{room_path(key)}&asks=1", method="POST")
    speak(gather, "press_to_take")
    document.append(gather)
    document.hangup()
    return document


def _belongs(place: Place, key: str) -> VoiceResponse:
    if place.hears is Hears.ROOM:
        return _conference(place, key)
    if place.hears in (Hears.MUSIC, Hears.SOON):
        return _waits(place, key)
    return _alone(place, key) if place.hears is Hears.ALONE else hung_up()


def _conference(place: Place, key: str) -> VoiceResponse:
    """Nobody's leaving ends it: who stays behind is for us to see to."""
    document = VoiceResponse()
    dial = Dial(action=f"{base()}/twilio/room-left?{urlencode({'line': key})}", method="POST")
    about = urlencode({"call": place.call_sid})
    more: dict[str, object] = {"muted": True} if place.mode is PartMode.LISTEN else {}
    if place.mode is PartMode.WHISPER:
        more = {"coach": place.whisper_to} if place.whisper_to else {"muted": True}
    if place.record:
        more |= {"record": "record-from-start", "recording_status_callback": f"{base()}/twilio/room-recording?{about}",
                 "recording_status_callback_method": "POST"}
    dial.conference(place.room, beep="false", start_conference_on_enter=True, end_conference_on_exit=False, wait_url="",
                    status_callback=f"{base()}/twilio/room-status?{about}", status_callback_method="POST",
                    status_callback_event="join leave end", **more)
    document.append(dial)
    return document


def _waits(place: Place, key: str) -> VoiceResponse:
    """A while of music, then the question again: what is written down decides, also when nobody can reach the line from outside."""
    document, again = VoiceResponse(), request.args.get("again") == "1"
    if place.hears is Hears.SOON:
        document.pause(length=1)
    else:
        if "again" not in request.args:
            speak(document, "hold_please", place.language)
        document.play(f"{base()}/twilio/music.wav?half={2 if again else 1}", loop=1)
    document.redirect(f"{base()}{room_path(key)}&again={2 if again else 1}", method="POST")
    return document


def _alone(place: Place, key: str) -> VoiceResponse:
    """Everybody has gone and the caller is still there: colleagues are rung by this very document; without one, we call back."""
    document, now = VoiceResponse(), clock.now()
    rung = line_news.ring_anybody(hotline(), place.call_sid, now)
    if not rung:
        return _call_back(place)
    speak(document, "cut_off", place.language)
    dial = Dial(timeout=RINGS_FOR, action=f"{base()}/twilio/room-left?{urlencode({'line': key, 'rang': 1})}", method="POST")
    for one in rung:
        _rings(dial, one)
    document.append(dial)
    return document


def _rings(dial: Dial, one: Rung) -> None:
    noun = {"client": dial.client, "number": dial.number, "sip": dial.sip}[one.telephone.kind]
    address = f"sip:{one.telephone.address}" if one.telephone.kind == "sip" else one.telephone.address
    noun(address, status_callback=f"{base()}/twilio/line-status?{urlencode({'line': one.key})}", status_callback_method="POST",
         status_callback_event="initiated ringing answered completed")


def _call_back(place: Place) -> VoiceResponse:
    document, now = VoiceResponse(), clock.now()
    line_news.promise_return(hotline(), place.call_sid, now)
    calls.ended(hotline(), place.call_sid, now, "system")
    speak(document, "no_agent", place.language)
    document.hangup()
    return document


@blueprint.post("/room-left")
@open_to_all
def room_left() -> ResponseReturnValue:
    """A line's part in the conversation is over and it is still there: it belongs elsewhere, or the talk with a colleague has ended."""
    now, key = clock.now(), request.args.get("line", "")
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    place = line_news.whereabouts(hotline(), key, now)
    if place is None or place.role is not LineRole.CALLER:
        return said(hung_up())
    talked = request.args.get("rang") and request.form.get("DialCallStatus") in ("completed", "answered")
    if talked and place.hears is Hears.ALONE:
        calls.ended(hotline(), place.call_sid, now)
        return said(hung_up())
    if request.args.get("rang") and not talked:
        line_news.nobody_picked_up(hotline(), place.call_sid, now)
    return said(_belongs(place, key))


@blueprint.post("/line-status")
@open_to_all
def line_status() -> ResponseReturnValue:
    """How somebody's telephone stands who was asked into a call."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    keep(sid, now)
    line_news.heard(hotline(), request.args.get("line", "") or None, sid, request.form.get("CallStatus", ""), now, moment_of(request.form, now))
    return "", 204


@blueprint.post("/room-status")
@open_to_all
def room_status() -> ResponseReturnValue:
    """Who has come into the conference and who has left it; only leaving tells us anything new."""
    now = clock.now()
    keep(sid_of(request.args, "call"), now)
    if request.form.get("StatusCallbackEvent") == "participant-leave":
        line_news.left_room(hotline(), sid_of(request.form, "CallSid"), now, moment_of(request.form, now))
    return "", 204


@blueprint.post("/room-recording")
@open_to_all
def room_recording() -> ResponseReturnValue:
    """A recording of the conference lies ready at the provider's."""
    now = clock.now()
    call, form = sid_of(request.args, "call"), request.form
    keep(call, now)
    lasts = form.get("RecordingDuration", "")
    seconds = int(lasts) if lasts.isascii() and lasts.isdigit() and len(lasts) < 8 else None
    status, address = form.get("RecordingStatus", "completed")[:20], form.get("RecordingUrl", "")[:500]
    call_notes.recorded(hotline(), call, sid_of(form, "RecordingSid"), status, address, seconds, now)
    return "", 204


@blueprint.after_request
def settle(response: Response) -> Response:
    """After every report about a call: the caller gone, the others are hung up; the caller left alone, they are fetched."""
    if request.path.rpartition("/")[2] in _NEWS and response.status_code < 400:
        now, form = clock.now(), request.form
        if request.path.endswith("/agent") and form.get("CallStatus") in TERMINAL:
            line_news.heard(hotline(), None, form.get("CallSid", ""), form["CallStatus"], now, moment_of(form, now))
        sid = request.args.get("call") or line_news.call_of(hotline(), request.args.get("line", ""))
        sid = sid or form.get("ParentCallSid") or form.get("CallSid", "")
        conductor().settle(sid, now)
    return response
