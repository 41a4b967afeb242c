"""Webhooks as they go out: signed, with a token a repeat keeps, tried again once, and, when asked for, lost, doubled, late or shuffled."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Lock
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from callcenter import clock
from callcenter.simulator.timeline import Timeline
from callcenter.telephony.signatures import sign

#: what Twilio waits for an answer at most, in seconds
TIME_LIMIT = 15
LONGEST_ANSWER = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 when nothing did."""

    status: int
    text: str = ""

    @property
    def is_good(self) -> bool:
        """Whether Twilio would use it."""
        return 200 <= self.status < 300


class Transport(Protocol):
    """Carries one webhook to the hotline and its answer back; never raises."""

    def __call__(self, method: str, url: str, form: dict[str, str], headers: dict[str, str]) -> Answer: ...


def over_http(method: str, url: str, form: dict[str, str], headers: dict[str, str]) -> Answer:
    """By HTTP, one connection a webhook; an address other than this machine's is never asked."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        return Answer(0, f"not on this machine: {url}")
    line = HTTPConnection(parts.hostname, parts.port or 80, timeout=TIME_LIMIT)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        body = urlencode(form) if method == "POST" else None
        line.request(method, target, body, {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "TwilioProxy/1.1", **headers})
        answer = line.getresponse()
        return Answer(answer.status, answer.read(LONGEST_ANSWER).decode("utf-8", "replace"))
    except (OSError, HTTPException) as broken:
        return Answer(0, f"{type(broken).__name__}: {broken}")
    finally:
        line.close()


@dataclass(frozen=True, slots=True)
class Chaos:
    """How badly news travels: the share that is lost, doubled or late, and within how many seconds everything is shuffled."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    late_by: float = 30.0
    shuffled_within: float = 0.0

    @classmethod
    def read(cls, text: str) -> "Chaos":
        """From "lost=0.05,dup=0.1,late=0.02,shuffle"; ValueError for anything else."""
        names = {"lost": "lost", "dup": "doubled", "late": "late", "shuffle": "shuffled_within"}
        given: dict[str, float] = {}
        for part in filter(None, text.replace(" ", "").split(",")):
            name, _, value = part.partition("=")
            if name not in names:
                raise ValueError(f"chaos: {name!r}; lost=0.05,dup=0.1,late=0.02,shuffle")
            given[names[name]] = float(value or (5 if name == "shuffle" else 0.1))
        return cls(**given)


@dataclass(slots=True)
class Ledger:
    """What was posted, how it ended, and how long the answers took."""

    posted: int = 0
    failed: int = 0
    lost: int = 0
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def slowest(self, share: float) -> float:
        """The time within which that share of the answers came; 0 before the first."""
        ranked = sorted(self.seconds)
        return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else 0.0


class Posts:
    """
    Sends webhooks: *ask* for TwiML, *tell* news. Answers come back as happenings of the timeline.

    Args:
        hands: how many go out at the same time; 0: one after the other, at the moment they are sent.
        ids: where tokens come from; *rng* decides the rest.
        travel: the least and the most seconds one is under way, on a line whose time stands still meanwhile.
    """

    def __init__(self, timeline: Timeline, transport: Transport, token: str, rng: random.Random, chaos: Chaos | None = None, hands: int = 0,
                 travel: tuple[float, float] = (0.0, 0.0), ids: random.Random | None = None) -> None:
        self.timeline, self.ledger, self.chaos = timeline, Ledger(), chaos or Chaos()
        self._transport, self._token, self._rng, self._count, self._travel = transport, token, rng, Lock(), travel
        self._ids = ids or rng
        self._hands = ThreadPoolExecutor(hands, "posts") if hands else None

    def ask(self, url: str, form: dict[str, str], done: Callable[[Answer], None], method: str = "POST") -> None:
        """Ask for a document; *done* gets the answer. It may go out twice, like news."""
        token = self._new_token()
        if self._rng.random() < self.chaos.doubled:
            self.timeline.after(self._rng.random(), self._send, method, url, form, token, _nobody)
        self.timeline.after(self._rng.uniform(*self._travel), self._send, method, url, form, token, done)

    def tell(self, url: str, form: dict[str, str]) -> None:
        """News of a call: it may be lost, doubled, late or out of order, as the chaos says."""
        token, chaos = self._new_token(), self.chaos
        if self._rng.random() < chaos.lost:
            self.ledger.lost += 1
            return
        wait = self._rng.uniform(*self._travel) + self._rng.random() * chaos.shuffled_within
        if self._rng.random() < chaos.late:
            wait += chaos.late_by
        times = 2 if self._rng.random() < chaos.doubled else 1
        for n in range(times):
            self.timeline.after(wait + n, self._send, "POST", url, form, token, _nobody)

    def close(self) -> None:
        """Let what is under way finish."""
        if self._hands:
            self._hands.shutdown(wait=False, cancel_futures=True)

    def _new_token(self) -> str:
        return f"{self._ids.getrandbits(128):032x}"

    def _send(self, method: str, url: str, form: dict[str, str], token: str, done: Callable[[Answer], None]) -> None:
        if self._hands is None:
            self._give_back(done, self._carried(method, url, form, token))
            return
        try:
            self._hands.submit(lambda: self._give_back(done, self._carried(method, url, form, token)))
        except RuntimeError:
            pass  # closed: the day is over

    def _give_back(self, done: Callable[[Answer], None], answer: Answer) -> None:
        if done is not _nobody:
            self.timeline.after(0, done, answer)

    def _carried(self, method: str, url: str, form: dict[str, str], token: str) -> Answer:
        """The answer; without any, once more."""
        address, _, _ = url.partition("#")
        if method == "GET":
            address, form = address + ("&" if "?" in address else "?") + urlencode(form), {}
        headers = {"X-Twilio-Signature": sign(self._token, address, form), "I-Twilio-Idempotency-Token": token}
        answer = self._once(method, address, form, headers)
        return answer if answer.status else self._once(method, address, form, headers)

    def _once(self, method: str, url: str, form: dict[str, str], headers: dict[str, str]) -> Answer:
        began = clock.monotonic()
        answer = self._transport(method, url, form, headers)
        took = clock.monotonic() - began
        with self._count:
            self.ledger.posted += 1
            self.ledger.seconds.append(took)
            if not answer.is_good:
                self.ledger.failed += 1
                self.ledger.failures.append(f"{answer.status} {url}: {answer.text[:200]}")
        return answer


def _nobody(_answer: Answer) -> None:
    """News needs no answer."""
