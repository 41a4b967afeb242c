"""People at telephones: callers with patience, agents who may be away, staff who press keys, a mailbox. Each keeps a log of their own."""

import random
from dataclasses import dataclass, field
from typing import Any

from callcenter.simulator.calls import Call, Text
from callcenter.simulator.exchange import Exchange


@dataclass(slots=True)
class Log:
    """What one person saw and did, second by second: the figures are compared with this, not with the hotline's own rows."""

    name: str
    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(self, exchange: Exchange, call: Call, what: str, text: str) -> None:
        """One line."""
        self.lines.append({"at": round(exchange.timeline.now, 3), "who": self.name, "call": call.sid, "what": what, "text": text})


@dataclass(slots=True, eq=False)
class Somebody:
    """A telephone that rings and writes down what is heard; whoever is at it is acted from outside (the page of telephones)."""

    exchange: Exchange
    address: str
    name: str = ""
    log: Log = field(init=False)
    texts: list[Text] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = self.name or self.address
        self.log = Log(self.name)

    def on(self, call: Call, what: str, text: str = "") -> None:
        """Written down; subclasses do something about it."""
        self.log.add(self.exchange, call, what, text)

    def reads(self, text: Text) -> None:
        """A text message came."""
        self.texts.append(text)


@dataclass(slots=True, eq=False)
class Caller(Somebody):
    """
    Rings the hotline and wants to talk to somebody.

    Args:
        patience: seconds until they give up, unless they talk by then.
        talks_for: how long the conversation takes; they hang up first.
        keys: (seconds into the call, key) they press while waiting.
        message: what they leave on a mailbox; "" hangs up at the tone.
    """

    patience: float = 60.0
    talks_for: float = 120.0
    keys: tuple[tuple[float, str], ...] = ()
    message: str = ""
    call: Call | None = None

    def ring(self) -> Call:
        """Now."""
        call = self.call = self.exchange.call_in(self)
        self.log.add(self.exchange, call, "rings", "")
        self.exchange.timeline.after(self.patience, self._gives_up, call)
        for at, key in self.keys:
            self.exchange.timeline.after(at, self._presses, call, key)
        return call

    def on(self, call: Call, what: str, text: str = "") -> None:
        """Talks as long as there is something to say; answers when rung."""
        Somebody.on(self, call, what, text)
        after = self.exchange.timeline.after
        if what == "ringing":
            after(4.0, self.exchange.pick_up, call)
        elif what == "talking":
            after(self.talks_for, self._is_done, call)
        elif what == "beep":
            after(0.5, self._leaves, call)

    def _gives_up(self, call: Call) -> None:
        if not call.is_over and call.talked_first_at is None:
            self.log.add(self.exchange, call, "gives_up", "")
            self.exchange.hang_up(call)

    def _presses(self, call: Call, key: str) -> None:
        if not call.is_over and not call.talking:
            self.exchange.press(call, key)

    def _is_done(self, call: Call) -> None:
        if not call.is_over:
            self.exchange.hang_up(call)

    def _leaves(self, call: Call) -> None:
        if self.message:
            self.exchange.speak(call, self.message)
        self.exchange.timeline.after(len(self.message) / 4.5, self._is_done, call)


@dataclass(slots=True, eq=False)
class Agent(Somebody):
    """
    At a browser telephone: answers after a moment, or is not at the desk.

    Args:
        reacts_in: the least and the most seconds until they pick up.
        absent: the share of offers they do not notice.
    """

    reacts_in: tuple[float, float] = (1.5, 5.0)
    absent: float = 0.0
    rng: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - a day to be repeated, not a secret

    def on(self, call: Call, what: str, text: str = "") -> None:
        """One call at a time; a second one rings in vain."""
        Somebody.on(self, call, what, text)
        if what == "ringing" and self.rng.random() >= self.absent:
            self.exchange.timeline.after(self.rng.uniform(*self.reacts_in), self._takes, call)

    def _takes(self, call: Call) -> None:
        busy = any(c is not call and c.person is self and c.status == "in-progress" for c in self.exchange.calls.values())
        if not busy and call.status == "ringing":
            self.log.add(self.exchange, call, "picks_up", "")
            self.exchange.pick_up(call)


@dataclass(slots=True, eq=False)
class Presser(Somebody):
    """A technician or supervisor who picks up, hears what is asked and presses these keys, or says these words, one a question."""

    answers: list[str] = field(default_factory=list)
    reacts_in: float = 3.0
    thinks_for: float = 2.0

    def on(self, call: Call, what: str, text: str = "") -> None:
        """Anything that is no key is spoken."""
        Somebody.on(self, call, what, text)
        if what == "ringing":
            self.exchange.timeline.after(self.reacts_in, self.exchange.pick_up, call)
        elif what == "asked" and self.answers:
            self.exchange.timeline.after(self.thinks_for, self._answers, call, self.answers.pop(0))

    def _answers(self, call: Call, answer: str) -> None:
        if call.is_over:
            return
        if set(answer) <= set("0123456789*#"):
            self.exchange.press(call, answer)
        else:
            self.exchange.speak(call, answer)


@dataclass(slots=True, eq=False)
class Mailbox(Somebody):
    """A machine: picks up, listens for a while, hangs up."""

    listens_for: float = 30.0
    answered_by: str = "machine_start"

    def on(self, call: Call, what: str, text: str = "") -> None:
        """Nobody hears what is said to it."""
        Somebody.on(self, call, what, text)
        if what == "ringing":
            self.exchange.timeline.after(2.0, self._answers, call)

    def _answers(self, call: Call) -> None:
        self.exchange.pick_up(call)
        self.exchange.timeline.after(self.listens_for, self._stops, call)

    def _stops(self, call: Call) -> None:
        if not call.is_over:
            self.exchange.hang_up(call)
