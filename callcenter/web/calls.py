"""Twilio's webhooks: each is signed, kept as it came, carried out by services/calls, and answered with TwiML."""

import logging
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Dial, VoiceResponse

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import CallState
from callcenter.services import calls, receipts, telling
from callcenter.services.calls import Arrival
from callcenter.services.hotline import Hotline
from callcenter.telephony.signatures import accepted_tokens
from callcenter.web.deliveries import TERMINAL, identity_of, key_of, moment_of, number_of, sid_of
from callcenter.web.security import csrf, open_to_all

log = logging.getLogger(__name__)
blueprint = Blueprint("calls", __name__, url_prefix="/twilio")
csrf.exempt(blueprint)

#: Twilio's own are far below a kilobyte
LONGEST_BODY = 64_000
#: how many telephones ring at once: the most a <Dial> may hold
MOST_TELEPHONES = 10
#: seconds they ring before the caller hears that we call back: eight rings
RINGS_FOR = 40
VOICE = {"language": "zh-CN", "voice": "Polly.Zhiyu"}
#: spoken when even the rules cannot be read
LAST_WORDS = "非常抱歉,系统暂时无法接通,我们会尽快给您回电。如遇火情、燃气泄漏、人身危险,请立即拨打119、110或120。"
OVER = frozenset({CallState.ENDED, CallState.ABANDONED})


@blueprint.before_request
def signed_by_twilio() -> ResponseReturnValue | None:
    """In front of every webhook: nothing unsigned gets in, whatever it looks like, and without a token nothing at all."""
    request.max_content_length = LONGEST_BODY
    tokens = accepted_tokens(current_app.extensions["parts"].settings)
    if not tokens:
        log.error("a webhook was refused: TWILIO_AUTH_TOKEN is not set, so no signature can be checked")
        return _refused()
    if any(_is_signed(token) for token in tokens):
        return None
    log.warning("a webhook with a wrong signature was refused (%s); is PUBLIC_BASE_URL the address Twilio calls?", request.path)
    return _refused()


def _refused() -> ResponseReturnValue:
    return Response("signature refused\n", 403, mimetype="text/plain")


def _is_signed(token: str) -> bool:
    """The library raises on malformed hosts, ports and characters: such a request is simply not signed."""
    try:
        return bool(RequestValidator(token).validate(_asked_url(), request.form, request.headers.get("X-Twilio-Signature", "")))
    except (ValueError, TypeError, IndexError):
        return False


def _asked_url() -> str:
    """The address as Twilio called it: our public name, then path and query byte by byte as they came."""
    raw = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "")
    if not raw.startswith("/"):
        raw = request.full_path if request.query_string else request.path
    return _base() + raw


def _base() -> str:
    return str(current_app.config.get("PUBLIC_BASE_URL") or f"{request.scheme}://{request.host}")


def _hotline() -> Hotline:
    found: Hotline = current_app.extensions["hotline"]
    return found


def _kept(sid: str, now: datetime) -> None:
    """The delivery as it came, once. What it asks for is done anyway: the first time may have failed half-way."""
    told = {name: values[0] if len(values) == 1 else values for name, values in request.form.lists()}
    calls.store_delivery(_hotline(), key_of(request), sid, request.path.rpartition("/")[2], {**request.args.to_dict(), **told}, now)


@blueprint.post("/voice")
@open_to_all
def voice() -> ResponseReturnValue:
    """A caller is on the line: what they hear, and whose telephones ring."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    _kept(sid, now)
    return _said(_plan(sid, now))


def _plan(sid: str, now: datetime) -> VoiceResponse:
    arrival = calls.arrive(_hotline(), sid, number_of(request.form, "From"), now, number_of(request.form, "To"))
    if not arrival.agents and arrival.state not in (CallState.ANSWERED, CallState.HELD):
        calls.ended(_hotline(), sid, now)
        return _we_call_back()
    if arrival.state in OVER:
        return _hung_up()
    return _ring(arrival)


def _ring(arrival: Arrival) -> VoiceResponse:
    """The notice before anything is recorded, a greeting, then everybody's telephone at once."""
    words = VoiceResponse()
    words.say(_words("recording_notice"), **VOICE)
    words.say(_words("greeting"), **VOICE)
    dial = Dial(timeout=RINGS_FOR, action=f"{_base()}/twilio/dialled", method="POST")
    for user in arrival.agents[:MOST_TELEPHONES]:
        dial.client(identity_of(user), status_callback_event="initiated ringing answered completed", status_callback_method="POST",
                    status_callback=f"{_base()}/twilio/agent?{urlencode({'agent': user})}")
    words.append(dial)
    return words


def _we_call_back() -> VoiceResponse:
    words = VoiceResponse()
    words.say(_words("no_agent"), **VOICE)
    words.hangup()
    return words


def _hung_up() -> VoiceResponse:
    words = VoiceResponse()
    words.hangup()
    return words


def _words(notice: str) -> str:
    return telling.words(_hotline().rulebook.policy, notice, {}, "zh")


def _said(words: Any) -> Response:
    return Response(str(words), mimetype="text/xml")


@blueprint.post("/agent")
@open_to_all
def agent() -> ResponseReturnValue:
    """An agent's telephone rings, is picked up or falls silent; the first to pick up is the first responder."""
    now = clock.now()
    sid = sid_of(request.form, "ParentCallSid", "CallSid")
    _kept(sid, now)
    if request.form.get("CallStatus") == "in-progress":
        _answered(sid, request.args.get("agent", ""), now)
    return "", 204


def _answered(sid: str, user: str, now: datetime) -> None:
    """News of an answer may come before the news of the call. Who came too late hears it from the silent line."""
    at = moment_of(request.form, now)
    calls.arrive(_hotline(), sid, number_of(request.form, "From"), at)
    try:
        calls.answered(_hotline(), sid, user, now, at)
    except Refused as late:
        log.info("call %s: the answer of %s does not count: %s", sid, user, late.code)


@blueprint.post("/status")
@open_to_all
def status() -> ResponseReturnValue:
    """How the caller's line stands. Its end may be reported before its beginning, and unanswered it means: call back."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    _kept(sid, now)
    if request.form.get("Direction", "inbound") == "inbound":
        at = moment_of(request.form, now)
        calls.arrive(_hotline(), sid, number_of(request.form, "From"), at, number_of(request.form, "To"))
        if request.form.get("CallStatus") in TERMINAL:
            calls.ended(_hotline(), sid, now, at=at)
    return "", 204


@blueprint.post("/dialled")
@open_to_all
def dialled() -> ResponseReturnValue:
    """The ringing is over: somebody talked with the caller, or nobody picked up."""
    now = clock.now()
    sid = sid_of(request.form, "CallSid")
    _kept(sid, now)
    arrival = calls.arrive(_hotline(), sid, number_of(request.form, "From"), now, number_of(request.form, "To"))
    talked = request.form.get("DialCallStatus") in ("completed", "answered")
    if talked and arrival.answered_by is None:
        return _said(_hung_up())  # who answered is on its way; the caller's own status will end the call
    state = calls.ended(_hotline(), sid, now)
    return _said(_hung_up() if talked or state == CallState.ENDED else _we_call_back())


@blueprint.post("/message-status")
@open_to_all
def message_status() -> ResponseReturnValue:
    """A receipt for something we sent or said."""
    now = clock.now()
    sid = sid_of(request.form, "MessageSid", "SmsSid", "CallSid")
    _kept(sid, now)
    word = request.form.get("MessageStatus") or request.form.get("SmsStatus") or request.form.get("CallStatus", "")
    receipts.receipt(_hotline(), request.args.get("key"), sid, word, now, request.form.get("ErrorCode", ""))
    return "", 204


@blueprint.post("/fallback")
@open_to_all
def fallback() -> ResponseReturnValue:
    """Twilio could not use an answer of ours: the caller is asked for again, and whatever fails, hears that we call back."""
    log.error("Twilio asks the fallback: error %s at %s", request.form.get("ErrorCode"), request.form.get("ErrorUrl", "")[:200])
    sid = sid_of(request.form, "CallSid")
    try:
        now = clock.now()
        _kept(sid, now)
        return _said(_plan(sid, now))
    except Exception:
        log.exception("call %s could not be put through", sid)
        words = VoiceResponse()
        words.say(LAST_WORDS, **VOICE)
        return _said(words)
