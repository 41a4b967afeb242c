"""Twilio: texts and calls that really go out, each failure told apart by whether anything may have gone out already."""

import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from callcenter.config import Settings
from callcenter.telephony.port import NotSent, Undeliverable, Unsure

log = logging.getLogger(__name__)

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

    def __init__(self, settings: Settings, demo: bool, http_client: Any = None) -> None:
        self._settings, self._demo, self._http_client = settings, demo, http_client
        self._client: Any = None

    def send_text(self, to: str, text: str, key: str) -> str:
        """Send a text message; a receipt comes to /twilio/message-status."""
        return self._ask(to, lambda client: client.messages.create(
            to=to, from_=self._settings.twilio_number, body=text, **self._receipt(key)))

    def call_person(self, to: str, text: str, key: str) -> str:
        """Ring and say it twice; whether somebody answered comes to /twilio/message-status."""
        return self._ask(to, lambda client: client.calls.create(
            to=to, from_=self._settings.twilio_number, twiml=spoken(text), timeout=RINGS_FOR, **self._receipt(key)))

    def _receipt(self, key: str) -> dict[str, str]:
        """Where the receipt goes; none without a public address, which Twilio would refuse (21609)."""
        base = self._settings.public_base_url
        return {"status_callback": f"{base}/twilio/message-status?{urlencode({'key': key})}"} if base else {}

    def _ask(self, to: str, send: Callable[[Any], Any]) -> str:
        if self._demo or DEMO_NUMBER.fullmatch(to):
            raise Undeliverable("演示数据不得外发 / demo data never leaves through a real account")
        import requests
        from twilio.base.exceptions import TwilioException, TwilioRestException

        try:
            return str(send(self._connected()).sid)
        except TwilioRestException as refused:
            raise _refusal(refused.status, f"{refused.code}: {refused.msg}") from refused
        except requests.exceptions.RequestException as broken:
            raise _break(broken) from broken
        except TwilioException as wrong:
            status = getattr(wrong, "status", None)
            raise _refusal(status if isinstance(status, int) else 400, str(wrong)) from wrong

    def _connected(self) -> Any:
        if self._client is None:
            from twilio.http.http_client import TwilioHttpClient
            from twilio.rest import Client

            transport = self._http_client or TwilioHttpClient(timeout=TIMEOUT)
            self._client = Client(self._settings.twilio_account_sid, self._settings.twilio_auth_tokens[0], http_client=transport)
        return self._client


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
