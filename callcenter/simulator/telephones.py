"""The page of telephones as data: who rings, who talks, what each telephone hears; and what a person does at one of them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from callcenter.simulator.calls import Call
from callcenter.simulator.exchange import Exchange
from callcenter.simulator.people import Caller, Somebody
from callcenter.simulator.refusals import Given, Refusal, one
from callcenter.simulator.summary import summarise

#: how much a telephone still shows of what it heard, and for how long a call that is over is shown
SHOWN, LINGERS = 40, 120.0
#: the events a person sees; the rest is for the log
SEEN = frozenset({"say", "music", "silence", "key", "spoke", "ringing", "talking", "left", "beep", "asked", "over"})


@dataclass(slots=True)
class Trouble:
    """What the REST API is asked to suffer, each so many times: rate (20429), down (503), timeout, reset."""

    rate: int = 0
    down: int = 0
    timeout: int = 0
    reset: int = 0

    def next(self) -> str:
        """The next one to suffer, and one less of it; "" for none."""
        for name in ("rate", "down", "timeout", "reset"):
            if getattr(self, name) > 0:
                setattr(self, name, getattr(self, name) - 1)
                return name
        return ""


@dataclass(slots=True)
class Telephones:
    """Everything a person can see and do at the simulated telephones."""

    exchange: Exchange
    trouble: Trouble = field(default_factory=Trouble)

    def answer(self, method: str, path: str, given: Given) -> tuple[int, Any]:
        """Status and body for a path below /line."""
        doing: dict[str, Callable[[Given], Any]] = {
            "call": self._call, "pick_up": self._pick_up, "hang_up": self._hang_up, "press": self._press, "speak": self._speak,
            "text": self._text, "trouble": self._suffer}
        try:
            if method == "GET" and path == "telephones":
                return 200, self.shown()
            if method == "GET" and path == "summary":
                return 200, summarise(self.exchange).as_data()
            if method == "POST" and path in doing:
                return 200, doing[path](given)
            raise Refusal(404, 20404, path)
        except Refusal as refused:
            return refused.status, refused.body

    def shown(self) -> dict[str, Any]:
        """Every call that is alive or has just ended, newest first, and the texts."""
        now = self.exchange.timeline.now
        calls = [c for c in self.exchange.calls.values() if c.over_at is None or now - c.over_at < LINGERS]
        texts = [{"from": t.source, "to": t.target, "body": t.body, "status": t.status, "at": t.made.isoformat()}
                 for t in self.exchange.texts.all[-SHOWN:]]
        return {"number": self.exchange.number, "calls": [self._shown(c) for c in reversed(calls)], "texts": texts[::-1],
                "complaints": [asdict(c) for c in self.exchange.complaints[-10:]]}

    def _shown(self, call: Call) -> dict[str, Any]:
        waits = call.entry
        return {"sid": call.sid, "at": call.source if call.direction == "inbound" else call.target,
                "other": call.target if call.direction == "inbound" else call.source, "direction": call.direction, "status": call.status,
                "parent": call.parent.sid if call.parent else None, "talking": call.talking, "queue": waits.queue.name if waits else None,
                "position": waits.queue.entries.index(waits) + 1 if waits else None, "room": call.room.name if call.room else None,
                "hold": bool(call.part and call.part.hold), "recording": bool(call.recording), "since": call.made.isoformat(),
                "over": call.is_over,
                "heard": [{"at": h.stamp.isoformat(), "what": h.what, "text": h.text} for h in call.heard if h.what in SEEN][-SHOWN:]}

    def _call(self, given: Given) -> dict[str, str]:
        source = one(given, "from").strip()
        if not source or len(source) > 64 or not source.isprintable():
            raise Refusal(400, 21212, "from")
        person = self.exchange.somebody_at(source)
        if isinstance(person, Caller):
            person = self.exchange.people[source] = Somebody(self.exchange, source)
        return {"sid": self.exchange.call_in(person).sid}

    def _pick_up(self, given: Given) -> dict[str, str]:
        self.exchange.pick_up(self._live(given))
        return {}

    def _hang_up(self, given: Given) -> dict[str, str]:
        call = self._live(given)
        if call.status == "ringing" and call.direction != "inbound":
            self.exchange.refuse(call)
        else:
            self.exchange.hang_up(call)
        return {}

    def _press(self, given: Given) -> dict[str, str]:
        keys = one(given, "keys")
        if not keys or len(keys) > 20 or not set(keys) <= set("0123456789*#"):
            raise Refusal(400, 20001, "keys")
        self.exchange.press(self._live(given), keys)
        return {}

    def _speak(self, given: Given) -> dict[str, str]:
        words = one(given, "words").strip()
        if not words or len(words) > 500:
            raise Refusal(400, 20001, "words")
        self.exchange.speak(self._live(given), words)
        return {}

    def _text(self, given: Given) -> dict[str, str]:
        source, body = one(given, "from").strip(), one(given, "body").strip()
        if not source or not body or len(body) > 1600:
            raise Refusal(400, 20001, "from, body")
        return {"sid": self.exchange.texts.receive(source, body).sid}

    def _suffer(self, given: Given) -> dict[str, int]:
        for name in ("rate", "down", "timeout", "reset"):
            times = one(given, name)
            if times.isdigit():
                setattr(self.trouble, name, int(times))
        return asdict(self.trouble)

    def _live(self, given: Given) -> Call:
        call = self.exchange.calls.get(one(given, "sid"))
        if call is None or call.is_over:
            raise Refusal(409, 21220, "that call is over")
        return call
