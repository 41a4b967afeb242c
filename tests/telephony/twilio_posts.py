"""Webhooks as Twilio sends them (captured, with invented numbers and ids), and a line that signs and posts them."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
BASE = "https://hotline.example.com"
CALLER, HOTLINE = "+8619000000001", "+864000000000"


def call_sid(n: int = 1) -> str:
    return f"CA{n:032x}"


def message_sid(n: int = 1) -> str:
    return f"SM{n:032x}"


def inbound(sid: str, caller: str = CALLER) -> dict[str, str]:
    """What every webhook about a caller's line carries, geography and all."""
    return {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallSid": sid, "CallStatus": "ringing", "Direction": "inbound",
        "From": caller, "Caller": caller, "To": HOTLINE, "Called": HOTLINE, "FromCountry": "CN", "FromState": "上海", "FromCity": "",
        "FromZip": "", "CallerCountry": "CN", "CallerState": "上海", "CallerCity": "", "CallerZip": "", "ToCountry": "CN",
        "ToState": "", "ToCity": "", "ToZip": "", "CalledCountry": "CN", "CalledState": "", "CalledCity": "", "CalledZip": "",
        "CallToken": "%7B%22parentCallInfoToken%22%3A%22eyJhbGciOiJFUzI1NiJ9%22%7D", "StirVerstat": "TN-Validation-Failed-C",
    }


def progress(status: str, at: datetime, sequence: int, **more: str) -> dict[str, str]:
    """What a call-progress event adds."""
    ended = {"CallDuration": "17", "Duration": "1", "SipResponseCode": "200"} if status == "completed" else {}
    return {"CallStatus": status, "Timestamp": format_datetime(at), "CallbackSource": "call-progress-events",
            "SequenceNumber": str(sequence), **ended, **more}


def agent_leg(sid: str, child: str, user: str, status: str, at: datetime, sequence: int, caller: str = CALLER) -> dict[str, str]:
    """A status of the browser telephone that the <Dial> rings."""
    return {**inbound(sid, caller), "CallSid": child, "ParentCallSid": sid, "To": f"client:agent_{user}", "Called": f"client:agent_{user}",
            "Direction": "outbound-dial", **progress(status, at, sequence)}


def dial_ended(sid: str, status: str, child: str | None = None, caller: str = CALLER) -> dict[str, str]:
    """The action of the <Dial>."""
    talked = {"DialCallSid": child or call_sid(99), "DialCallDuration": "12", "DialBridged": "true"} if status == "completed" else {}
    return {**inbound(sid, caller), "CallStatus": "in-progress", "DialCallStatus": status, **talked}


@dataclass(frozen=True)
class Post:
    """One webhook: where to, and what it says."""

    path: str
    form: dict[str, str]
    query: dict[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        return f"/twilio/{self.path}" + (f"?{urlencode(self.query)}" if self.query else "")


@dataclass
class Line:
    """Posts webhooks the way Twilio does: to the public address, signed over it with the account's token."""

    client: FlaskClient
    token: str = TOKEN
    base: str = BASE

    def post(self, post: Post, **headers: str) -> Any:
        signature = RequestValidator(self.token).compute_signature(self.base + post.target, post.form)
        return self.send(post, **{"X-Twilio-Signature": signature, **headers})

    def send(self, post: Post, **headers: str) -> Any:
        return self.client.post(post.target, data=post.form, headers=headers, base_url="http://127.0.0.1:8000")


def ringing_call(sid: str, caller: str = CALLER) -> list[Post]:
    """A caller is greeted, and telephones ring."""
    return [Post("voice", inbound(sid, caller)), Post("ring", inbound(sid, caller))]


def answered_call(sid: str, user: str, rings_at: datetime, answered_at: datetime, ended_at: datetime, others: tuple[str, ...] = ()) -> list[Post]:
    """Everything Twilio posts about a call that *user* answers, in the order in which it happens."""
    def leg(n: int, who: str, status: str, at: datetime, sequence: int) -> Post:
        return Post("agent", agent_leg(sid, call_sid(1000 + n), who, status, at, sequence), {"agent": who})

    rivals = list(enumerate(others, start=1))
    return [
        *ringing_call(sid),
        *(leg(n, who, "initiated", rings_at, 0) for n, who in [(0, user), *rivals]),
        *(leg(n, who, "ringing", rings_at, 1) for n, who in [(0, user), *rivals]),
        leg(0, user, "in-progress", answered_at, 2),
        *(leg(n, who, "no-answer", answered_at, 2) for n, who in rivals),
        leg(0, user, "completed", ended_at, 3),
        Post("dialled", dial_ended(sid, "completed", call_sid(1000))),
        Post("status", {**inbound(sid), **progress("completed", ended_at, 0)}),
    ]


def abandoned_call(sid: str, rings_at: datetime, ended_at: datetime, status: str = "completed") -> list[Post]:
    """The caller hangs up while the telephones ring."""
    return [
        *ringing_call(sid),
        Post("agent", agent_leg(sid, call_sid(1000), "agent01", "initiated", rings_at, 0), {"agent": "agent01"}),
        Post("agent", agent_leg(sid, call_sid(1000), "agent01", "ringing", rings_at, 1), {"agent": "agent01"}),
        Post("agent", agent_leg(sid, call_sid(1000), "agent01", "canceled", ended_at, 2), {"agent": "agent01"}),
        Post("dialled", dial_ended(sid, "canceled")),
        Post("status", {**inbound(sid), **progress(status, ended_at, 0)}),
    ]


def shuffled(posts: list[Post], times: int, seed: int) -> list[Post]:
    """Every one of them *times* times, in any order."""
    many = posts * times
    random.Random(seed).shuffle(many)
    return many


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)
