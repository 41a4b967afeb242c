"""What Twilio's webhooks say, read without trusting it: the call's id, the agent, the moment, and the key that makes a repeat known."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

from flask import Request, abort

#: Twilio's ids are two letters and 32 hex digits; other telephones may use shorter ones
_SID = re.compile(r"[A-Za-z]{2}[A-Za-z0-9_-]{1,62}")
#: what tells one delivery about a call from another when Twilio sent no token
_TELLING = ("CallSid", "ParentCallSid", "SequenceNumber", "Timestamp", "CallStatus", "DialCallSid", "DialCallStatus", "MessageSid",
            "MessageStatus", "ErrorCode")
TERMINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
#: a provider's stamp has whole seconds; what happened within that second happened at its end at the latest
_WITHIN_THE_SECOND = timedelta(milliseconds=999)
#: news that is older was held up so long that only the day is believed
OLDEST = timedelta(days=1)
LONGEST_NUMBER = 64


def sid_of(form: Mapping[str, str], *names: str) -> str:
    """The first of these ids that is there; 400 when none is, or when it cannot be one."""
    found = next((form[name] for name in names if form.get(name)), "")
    if not _SID.fullmatch(found):
        abort(400, f"{' / '.join(names)}: {found[:40]!r}")
    return found


def number_of(form: Mapping[str, str], name: str) -> str | None:
    """A telephone number, SIP or client address as it was sent, without what cannot be printed; None for none."""
    text = "".join(c for c in form.get(name, "") if c.isprintable())[:LONGEST_NUMBER].strip()
    return text or None


def moment_of(form: Mapping[str, str], now: datetime) -> datetime:
    """When it happened: never later than *now*, and never earlier than it can have been."""
    try:
        stamp = parsedate_to_datetime(form.get("Timestamp", ""))
        if stamp.tzinfo is None:
            stamp = stamp.replace(tzinfo=UTC)
        return max(now - OLDEST, min(now, stamp.astimezone(UTC) + _WITHIN_THE_SECOND))
    except (ValueError, OverflowError):
        return now


def key_of(asked: Request) -> str:
    """Names this very delivery: Twilio's own token, else what it is about; a repeat has the same."""
    token = asked.headers.get("I-Twilio-Idempotency-Token", "")
    told = [token] if token else [asked.query_string.decode("ascii", "replace"), *(f"{n}={asked.form.get(n, '')}" for n in _TELLING)]
    return f"twilio:{asked.path.rpartition('/')[2]}:{sha256(chr(0).join(told).encode('utf-8', 'replace')).hexdigest()}"


def identity_of(user: str) -> str:
    """The name of a person's browser telephone: letters, digits and underscores only, as Twilio wants it."""
    return "agent_" + re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", user)[:115]
