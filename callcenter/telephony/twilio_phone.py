"""Twilio: texts and calls that really go out, each failure told apart by whether anything may have gone out already."""

import logging
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from callcenter.config import Settings
from callcenter.telephony.port import Account, NotSent, PlacedCall, Undeliverable, Unsure

log = logging.getLogger(__name__)
Got = TypeVar("Got")

#: seconds for connecting and for each answer; twilio's own default is to wait for ever
TIMEOUT = 10
#: invented people have 190-0000-xxxx; such a number never leaves the house
DEMO_NUMBER = re.compile(r"(?:\+?86)?1900000\d{4}")
#: how long a colleague's telephone rings, in seconds
RINGS_FOR = 40
VOICE: dict[str, Any] = {"language": "zh-CN", "voice": "Polly.Zhiyu"}


class TwilioPhone:
    """
    Sends through Twilio's REST API; the library is loaded with the first message.

    Args:
        demo: whether this hotline holds the demo company; then nothing is ever sent.
        http_client: in place of Twilio's own, for tests.
    """

    name = "twilio"
    repeatable = False
    live = True

    def __init__(self, settings: Settings, demo: bool, http_client: Any = None) -> None:
        self._settings, self._demo, self._http_client = settings, demo, http_client
        self._client: Any = None

    @property
    def calls_per_second(self) -> int:
        """As the account was granted."""
        return self._settings.twilio_calls_per_second

    def send_text(self, to: str, text: str, key: str) -> str:
        """Send a text message; a receipt comes to /twilio/message-status."""
        return str(self._ask(to, lambda client: client.messages.create(
            to=to, from_=self._settings.twilio_number, body=text, **self._receipt(key))).sid)

    def call_person(self, to: str, text: str, key: str) -> str:
        """Ring and say it twice; whether somebody answered comes to /twilio/message-status."""
        return str(self._ask(to, lambda client: client.calls.create(
            to=to, from_=self._settings.twilio_number, twiml=spoken(text), timeout=RINGS_FOR, **self._receipt(key))).sid)

    def place(self, to: str, path: str, status_path: str, rings_for: int) -> str:
        """Twilio asks *path* for TwiML once somebody picks up; each of the four steps is reported by itself."""
        return str(self._ask(to, lambda client: client.calls.create(
            to=to, from_=self._settings.twilio_number, url=self._public(path), timeout=rings_for, status_callback=self._public(status_path),
            status_callback_event=["initiated", "ringing", "answered", "completed"])).sid)

    def redirect(self, sid: str, path: str) -> None:
        """The line's TwiML so far ends where it stands."""
        self._ask(None, lambda client: client.calls(sid).update(url=self._public(path), method="POST"))

    def hang_up(self, sid: str) -> None:
        """Twilio refuses to end what has ended (21220): that is what was wanted."""
        try:
            self._ask(None, lambda client: client.calls(sid).update(status="completed"))
        except Undeliverable as over:
            if "21220" not in str(over):
                raise

    def take_part(self, room: str, sid: str, *, hold: bool | None = None, muted: bool | None = None, whisper_to: str | None = None) -> None:
        """The conference is looked up by its name; the music on hold is ours."""
        change: dict[str, Any] = {} if hold is None else {"hold": hold, "hold_url": self._public("/twilio/music")}
        if muted is not None:
            change["muted"] = muted
        if whisper_to is not None:
            change |= {"coaching": bool(whisper_to)} | ({"call_sid_to_coach": whisper_to} if whisper_to else {})

        self._ask(None, lambda client: client.conferences(_conference(client, room)).participants(sid).update(**change))

    def record(self, sid: str, status: str) -> None:
        """The recording that runs now; a pause leaves silence, so that times in the recording stay true."""
        self._ask(None, lambda client: client.calls(sid).recordings("Twilio.CURRENT").update(status=status, **_pause(status)))

    def record_room(self, room: str, status: str) -> None:
        """The recording of the whole conference."""
        self._ask(None, lambda client: client.conferences(_conference(client, room)).recordings("Twilio.CURRENT").update(
            status=status, **_pause(status)))

    def recent_calls(self, to: str, since: datetime) -> Sequence[PlacedCall]:
        """From Twilio's own list, newest first, fifty at most."""
        rows = self._ask(None, lambda client: list(client.calls.page(to=to, start_time_after=since, page_size=50)))
        return [PlacedCall(r.sid, str(r.to), str(r.status), r.date_created) for r in rows]

    def recent_texts(self, to: str, since: datetime) -> Sequence[PlacedCall]:
        """From Twilio's own list, newest first, fifty at most."""
        rows = self._ask(None, lambda client: list(client.messages.page(to=to, date_sent_after=since, page_size=50)))
        return [PlacedCall(r.sid, str(r.to), str(r.status), r.date_created) for r in rows]

    def account(self) -> Account | None:
        """Asked for now: two requests."""
        found = self._ask(None, lambda client: client.api.accounts(self._settings.twilio_account_sid).fetch())
        numbers = self._ask(None, lambda client: list(
            client.incoming_phone_numbers.page(phone_number=self._settings.twilio_number, page_size=1)))
        number = numbers[0] if numbers else None
        return Account(status=str(found.status), trial=str(found.type).lower() == "trial", number_known=number is not None,
                       voice_url=_text(number, "voice_url"), fallback_url=_text(number, "voice_fallback_url"),
                       status_url=_text(number, "status_callback"), sms_url=_text(number, "sms_url"))

    def _public(self, path: str) -> str:
        if not self._settings.public_base_url:
            raise Undeliverable("没有设置 PUBLIC_BASE_URL / PUBLIC_BASE_URL is not set: the provider could not reach us")
        return self._settings.public_base_url + path

    def _receipt(self, key: str) -> dict[str, str]:
        """Where the receipt goes; none without a public address, which Twilio would refuse (21609)."""
        base = self._settings.public_base_url
        return {"status_callback": f"{base}/twilio/message-status?{urlencode({'key': key})}"} if base else {}

    def _ask(self, to: str | None, send: Callable[[Any], Got]) -> Got:
        if self._demo or (to and DEMO_NUMBER.fullmatch(to) and not self._settings.twilio_api):
            raise Undeliverable("演示数据不得外发 / demo data never leaves through a real account")
        import requests
        from twilio.base.exceptions import TwilioException, TwilioRestException

        try:
            return send(self._connected())
        except TwilioRestException as refused:
            raise _refusal(refused.status, f"{refused.code}: {refused.msg}") from refused
        except requests.exceptions.RequestException as broken:
            raise _break(broken) from broken
        except TwilioException as wrong:
            status = getattr(wrong, "status", None)
            raise _refusal(status if isinstance(status, int) else 400, str(wrong)) from wrong

    def _connected(self) -> Any:
        if self._client is None:
            from twilio.rest import Client

            transport = self._http_client or _transport(self._settings.twilio_api)
            self._client = Client(self._settings.twilio_account_sid, self._settings.twilio_auth_tokens[0], http_client=transport)
        return self._client


def _text(number: Any, name: str) -> str:
    return str(getattr(number, name, None) or "")


def _conference(client: Any, room: str) -> str:
    """The provider's id of the conference that goes by this name now."""
    found = client.conferences.list(friendly_name=room, status="in-progress", limit=1)
    if not found:
        raise Undeliverable(f"没有这个会议 / no such conference: {room}")
    return str(found[0].sid)


def _pause(status: str) -> dict[str, str]:
    return {"pause_behavior": "silence"} if status == "paused" else {}


class _Rewired:
    """Twilio's transport, asking a simulator on this machine instead."""

    def __init__(self, transport: Any, instead: str) -> None:
        self._transport, self._instead = transport, instead

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        """The same request, to the other address."""
        return self._transport.request(method, re.sub(r"^https://[a-z0-9.-]+\.twilio\.com", self._instead, url), *args, **more)


def _transport(instead: str | None) -> Any:
    """Twilio's own client, with a time limit."""
    from twilio.http.http_client import TwilioHttpClient

    real = TwilioHttpClient(timeout=TIMEOUT)
    return real if instead is None else _Rewired(real, instead)


def browser_token(settings: Settings, identity: str, seconds: int) -> str | None:
    """What a browser telephone signs in with, good for so long; None while the account's API key or application is not set."""
    key, secret, app = settings.twilio_api_key_sid, settings.twilio_api_key_secret, settings.twilio_app_sid
    if not (settings.twilio_account_sid and key and secret and app):
        return None
    from twilio.jwt.access_token import AccessToken
    from twilio.jwt.access_token.grants import VoiceGrant

    token = AccessToken(settings.twilio_account_sid, key, secret, identity=identity, ttl=seconds)
    token.add_grant(VoiceGrant(outgoing_application_sid=app, incoming_allow=True))
    return str(token.to_jwt())


def spoken(text: str) -> str:
    """TwiML that says *text* twice: whoever was woken by the ringing misses the first."""
    from twilio.twiml.voice_response import VoiceResponse

    words = VoiceResponse()
    words.say(text, **VOICE)
    words.pause(length=1)
    words.say(text, **VOICE)
    return str(words)


def _refusal(status: int, reason: str) -> Exception:
    """Twilio answered: too busy or broken (again later), or it will not do it."""
    said = f"{status} {reason}"[:300]
    return NotSent(said) if status == 429 or status >= 500 else Undeliverable(said)


def _break(broken: Exception) -> Exception:
    """No answer. Only a connection that never stood proves that nothing went out."""
    import requests
    from urllib3.exceptions import NewConnectionError

    said = f"{type(broken).__name__}: {broken}"[:300]
    inner = getattr(broken.args[0] if broken.args else None, "reason", None)
    before = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
    if isinstance(broken, before) or isinstance(inner, NewConnectionError):
        return NotSent(said)
    return Unsure(said)
