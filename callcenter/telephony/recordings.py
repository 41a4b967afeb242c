"""Recordings lie with the provider: fetched with the account's key and handed on piece by piece, never kept here."""

from collections.abc import Iterator

from callcenter.config import Settings
from callcenter.telephony.port import NotSent, Undeliverable

PROVIDER = "https://api.twilio.com"
#: seconds for connecting and for each piece
TIMEOUT = 10
PIECE = 64 * 1024


def opened(settings: Settings, address: str) -> Iterator[bytes]:
    """
    The sound of a recording (MP3), beginning to arrive.

    Raises:
        Undeliverable: the address is not the provider's, or there is no such recording, or no account to ask with.
        NotSent: the provider does not answer now.
    """
    import requests

    if not address.startswith(PROVIDER + "/") or not settings.twilio_account_sid or not settings.twilio_auth_tokens:
        raise Undeliverable("没有可取的录音 / there is no recording to be fetched")
    url = (settings.twilio_api or PROVIDER) + address.removeprefix(PROVIDER) + ".mp3"
    try:
        answer = requests.get(url, auth=(settings.twilio_account_sid, settings.twilio_auth_tokens[0]), stream=True, timeout=TIMEOUT,
                              allow_redirects=False)
    except requests.exceptions.RequestException as away:
        raise NotSent(f"{type(away).__name__}") from away
    if answer.status_code != 200:
        answer.close()
        raise (NotSent if answer.status_code >= 500 else Undeliverable)(f"{answer.status_code}")
    pieces: Iterator[bytes] = answer.iter_content(PIECE)
    return pieces
