"""Links that open one thing without a sign-in: signed, expiring, good for one purpose; they carry no personal data."""

import hashlib
import re
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, Signer

from callcenter.domain.ticket import Refused

#: what a link may name: a random word kept in a row, or a row's number; never a name, an address or a telephone number
_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: longer than any of ours; what is longer is not even looked at
_LONGEST = 200
#: a token at the end of one of our addresses
_TOKEN = re.compile(r"(/[rs]/)[A-Za-z0-9_-]+\.[A-Za-z0-9]+\.[A-Za-z0-9_-]+")


def make(secret: str, purpose: str, subject: str, expires_at: datetime) -> str:
    """
    A token for an address: short, safe in a URL, opening *subject* for *purpose* until *expires_at*, that instant included.

    A link is taken back by what its subject names: keep a random word in the row and change it, and every link made with it is void.

    Raises:
        ValueError: there is no secret, or the subject would not fit into an address.
    """
    if not _SUBJECT.fullmatch(subject):
        raise ValueError("a link names a row by letters, digits, - and _")
    return _signer(secret, purpose).sign(f"{subject}.{_short(_milliseconds(expires_at))}").decode()


def read(secret: str, purpose: str, token: str, now: datetime) -> str:
    """
    What the link opens. The signature is compared in constant time before anything in the token is believed.

    Raises:
        Refused: "link_wrong" for one that was changed or made for something else, "link_expired".
    """
    try:
        held = _signer(secret, purpose).unsign(token[:_LONGEST]).decode()
    except (BadSignature, UnicodeError):
        raise Refused("link_wrong") from None
    subject, _, until = held.rpartition(".")
    if now > _EPOCH + timedelta(milliseconds=int(until, 36)):
        raise Refused("link_expired")
    return subject


def hidden(text: str) -> str:
    """A text as colleagues read it: a link opens something for its customer alone."""
    return _TOKEN.sub(r"\1…", text)


def _signer(secret: str, purpose: str) -> Signer:
    """A key of its own for every purpose, so that a link for one opens nothing else."""
    if not secret:
        raise ValueError("links need a secret")
    return Signer(secret, salt=f"callcenter.link.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256)


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _short(number: int) -> str:
    """A whole number in base 36."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
