"""A six-digit code by text proves that a number is the asker's; nothing is kept but how often it was asked for and tried."""

import hmac
import re
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from callcenter.domain.days import local
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services import links, numbers, telling
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.store import wake_later
from callcenter.storage.tables import MessageRow

PURPOSE = "proof"
VALID = timedelta(minutes=10)
#: wrong codes before a new one is needed; codes a number gets a day; codes the house sends an hour
MOST_TRIES, MOST_A_DAY, MOST_AN_HOUR = 5, 5, 200
#: a mobile number of this country: texts to others may cost whatever somebody likes
_MOBILE = re.compile(r"\+861[3-9]\d{9}")


def mobile(typed: str) -> str:
    """The number as it is compared.

    Raises:
        Refused: "number_mobile" when no text could reach it.
    """
    key = numbers.comparable(typed) or ""
    if not _MOBILE.fullmatch(key):
        raise Refused("number_mobile")
    return key


def send(hotline: Hotline, typed: str, language: str, now: datetime) -> str:
    """
    Text a code to the number; a ticket to be handed back together with it.

    Raises:
        Refused: "number_mobile", "proof_enough" when too many were asked for.
    """
    key, nonce = mobile(typed), secrets.token_urlsafe(12)
    with hotline.store.transaction() as session:
        hour = facts.count(session, f"proof:{local(now):%Y%m%d%H}")
        day = facts.count(session, f"proof:{local(now):%Y%m%d}:{_hidden(hotline, key)}")
        if day > MOST_A_DAY or hour > MOST_AN_HOUR:
            raise Refused("proof_enough")
        text = telling.words(hotline.rulebook.policy, "report_code", {"code": _code(hotline, nonce, key)}, language)
        session.add(MessageRow(key=f"proof:{nonce}", to="customer", role=Role.CUSTOMER, phone=key, channel="sms", notice="report_code",
                               text=text, level=0, created_at=now, next_try_at=now, status="waiting"))
        wake_later(session, "message")
    return links.make(hotline.secret, PURPOSE, nonce, now + VALID)


def proven(hotline: Hotline, proof: str, typed: str, code: str, now: datetime) -> str:
    """
    The word that names this proof, once the code is right for the number.

    Raises:
        Refused: "proof_wrong", "proof_over" after ten minutes, too many tries or with another's ticket.
    """
    key = mobile(typed)
    try:
        nonce = links.read(hotline.secret, PURPOSE, proof, now)
    except Refused:
        raise Refused("proof_over") from None
    with hotline.store.transaction() as session:
        tries = facts.count(session, f"proof:{nonce}")
    if tries > MOST_TRIES:
        raise Refused("proof_over")
    if not hmac.compare_digest(_code(hotline, nonce, key).encode(), code.strip().encode()):
        raise Refused("proof_wrong")
    return nonce


def _code(hotline: Hotline, nonce: str, key: str) -> str:
    made = hmac.new(hotline.secret.encode(), f"callcenter.proof:{nonce}:{key}".encode(), sha256).digest()
    return f"{int.from_bytes(made[:8], 'big') % 1_000_000:06d}"


def _hidden(hotline: Hotline, key: str) -> str:
    """A number as a counter may be called after it."""
    return hmac.new(hotline.secret.encode(), f"callcenter.counted:{key}".encode(), sha256).hexdigest()[:24]
