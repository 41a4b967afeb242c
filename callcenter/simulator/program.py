"""Walks a document verb by verb: what the caller hears, where the call goes next."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from callcenter.simulator import twiml
from callcenter.simulator.calls import Call
from callcenter.simulator.posts import Answer
from callcenter.simulator.timeline import Happening
from callcenter.simulator.twiml import Verb

if TYPE_CHECKING:
    from callcenter.simulator.exchange import Exchange

#: characters spoken in a second
CHINESE, LATIN = 4.5, 14.0
#: seconds a piece of music is taken to last; it is not fetched
TUNE = 10.0
APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."
HTTP_FAILED = 11200


def spoken_seconds(text: str) -> float:
    """How long it takes to say it."""
    wide = sum(ord(c) > 0x2E7F for c in text)
    return 0.3 + wide / CHINESE + (len(text) - wide) / LATIN


class Program:
    """
    A document being carried out for a call.

    Args:
        place: what the document is for, see grammar.PLACES.
        at_end: what happens when it has nothing more to say.
    """

    def __init__(self, exchange: "Exchange", call: Call, verbs: tuple[Verb, ...], address: str, place: str, at_end: Callable[[], None]) -> None:
        self.exchange, self.call, self.address, self.place, self.at_end = exchange, call, address, place, at_end
        self._verbs, self._at = verbs, 0
        self.turn = call.turn

    @property
    def is_current(self) -> bool:
        """Whether the call still follows it."""
        return self.call.program is self and self.call.turn == self.turn and not self.call.is_over

    def step(self) -> None:
        """The next verb; nothing when the call has gone another way."""
        if not self.is_current:
            return
        if self._at >= len(self._verbs):
            self.at_end()
            return
        verb = self._verbs[self._at]
        self._at += 1
        self.exchange.verbs[verb.name](self, verb)

    @property
    def is_first(self) -> bool:
        """Whether the verb under way is the first of the document."""
        return self._at == 1

    def resume(self) -> None:
        """Go on with the verb after the one that led elsewhere."""
        self.call.turn += 1
        self.turn, self.call.program = self.call.turn, self
        self.step()

    def after(self, seconds: float, do: Callable[[], None]) -> Happening:
        """Do it then, if the call still follows this document."""
        return self.exchange.timeline.after(seconds, lambda: do() if self.is_current else None)

    def absolute(self, address: str) -> str:
        """An address of the document as seen from where it came from."""
        return urljoin(self.address, address)

    def go(self, address: str, about: dict[str, str] | None = None, method: str = "") -> None:
        """Follow the document of another address in the same place."""
        fetch(self.exchange, self.call, self.absolute(address), about or {}, self.place, self.at_end, method or "POST")

    def say(self, verb: Verb) -> float:
        """Let the caller hear a Say, Play or Pause; how long it takes, or infinity for music without end."""
        hear = self.exchange.hear
        if verb.name == "Pause":
            return float(verb.number("length", 1))
        times = verb.number("loop", 1)
        if verb.name == "Say":
            hear(self.call, "say", verb.text)
            return spoken_seconds(verb.text) * (times or 1000)
        hear(self.call, "music", self.absolute(verb.text) if verb.text else verb.get("digits"))
        return TUNE * times if times else float("inf")


def fetch(exchange: "Exchange", call: Call, url: str, about: dict[str, str], place: str, at_end: Callable[[], None], method: str = "POST",
          again: bool = True) -> None:
    """Ask for a document and follow it. What cannot be used is asked for at the fallback, once; then the call ends with an apology."""
    call.turn += 1
    call.program, call.listener, turn = None, None, call.turn

    def got(answer: Answer) -> None:
        if call.turn != turn or call.is_over:
            return
        fault = follow(exchange, call, answer, url, place, at_end)
        if fault is None:
            return
        if again and call.fallback:
            failed = {"ErrorCode": str(fault.code), "ErrorUrl": url}
            exchange.leave_everything(call)
            fetch(exchange, call, call.fallback, failed, "call", lambda: exchange.hang_up(call), again=False)
        else:
            exchange.leave_everything(call)
            exchange.take_up(call)
            exchange.hear(call, "say", APPLICATION_ERROR)
            exchange.timeline.after(spoken_seconds(APPLICATION_ERROR), exchange.hang_up, call)

    exchange.posts.ask(url, exchange.form(call) | about, got, method)


def follow(exchange: "Exchange", call: Call, answer: Answer, url: str, place: str, at_end: Callable[[], None]) -> twiml.Fault | None:
    """Carry out an answer; what was wrong, when nothing of it can be."""
    if not answer.is_good:
        fault = twiml.Fault(HTTP_FAILED, f"{answer.status} {answer.text[:120]}", True)
        exchange.complain(url, fault, call)
        return fault
    document = twiml.read(answer.text, place)
    for fault in document.faults:
        exchange.complain(url, fault, call)
    if document.fatal:
        return document.fatal
    call.address = url
    if place == "call":
        exchange.takes_up(call, document.verbs)
    run(exchange, call, document.verbs, url, place, at_end)
    return None


def run(exchange: "Exchange", call: Call, verbs: tuple[Verb, ...], url: str, place: str, at_end: Callable[[], None]) -> None:
    """Follow these verbs from now on."""
    call.turn += 1
    call.listener = None
    call.program = Program(exchange, call, verbs, url, place, at_end)
    call.program.step()


def post_only(exchange: "Exchange", call: Call, url: str, about: dict[str, str]) -> None:
    """An action that is asked for although the caller has gone: its answer cannot be carried out, but it must be one."""

    def got(answer: Answer) -> None:
        if not answer.is_good:
            exchange.complain(url, twiml.Fault(HTTP_FAILED, f"{answer.status} {answer.text[:120]}"), call)
            return
        for fault in twiml.read(answer.text).faults:
            exchange.complain(url, fault, call)

    exchange.posts.ask(url, exchange.form(call) | about, got)
