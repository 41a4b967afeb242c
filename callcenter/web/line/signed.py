"""In front of every webhook: the signature, the delivery kept as it came; and how TwiML is said."""

import logging
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

from callcenter.services import telling
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import calls
from callcenter.telephony.signatures import accepted_tokens
from callcenter.web.deliveries import key_of
from callcenter.web.security import csrf

log = logging.getLogger(__name__)
blueprint = Blueprint("calls", __name__, url_prefix="/twilio")
csrf.exempt(blueprint)

#: Twilio's own are far below a kilobyte
LONGEST_BODY = 64_000
#: a file that tells nothing; players and caches fetch it without a signature
UNSIGNED = frozenset({"calls.music_file"})
VOICES = {"zh": {"language": "zh-CN", "voice": "Polly.Zhiyu"}, "en": {"language": "en-US", "voice": "Polly.Joanna"}}


@blueprint.before_request
def signed_by_twilio() -> ResponseReturnValue | None:
    """Nothing unsigned gets in, whatever it looks like, and without a token nothing at all."""
    if request.endpoint in UNSIGNED:
        return None
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
    return base() + raw


def base() -> str:
    """Scheme and host under which the provider reaches us."""
    return str(current_app.config.get("PUBLIC_BASE_URL") or f"{request.scheme}://{request.host}")


def hotline() -> Hotline:
    """The hotline behind this application."""
    found: Hotline = current_app.extensions["hotline"]
    return found


def keep(sid: str, now: datetime) -> None:
    """The delivery as it came, once. What it asks for is done anyway: the first time may have failed half-way."""
    told = {name: values[0] if len(values) == 1 else values for name, values in request.form.lists()}
    calls.store_delivery(hotline(), key_of(request), sid, request.path.rpartition("/")[2], {**request.args.to_dict(), **told}, now)


def words(notice: str, language: str = "zh", **facts: Any) -> str:
    """The text of a notice of workflows/notices.toml."""
    return telling.words(hotline().rulebook.policy, notice, facts, language)


def speak(document: Any, notice: str, language: str = "zh", **facts: Any) -> None:
    """Say a notice in *document*, in the voice of the language."""
    document.say(words(notice, language, **facts), **VOICES[language])


def said(document: Any) -> Response:
    """TwiML, as it goes out."""
    return Response(str(document), mimetype="text/xml")


def hung_up() -> VoiceResponse:
    """The end of the line."""
    document = VoiceResponse()
    document.hangup()
    return document
