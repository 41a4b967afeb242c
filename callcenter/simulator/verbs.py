"""The plain verbs: saying, asking for keys or words, recording a message, going elsewhere, hanging up."""

from collections.abc import Callable

from callcenter.simulator import dialling, queues
from callcenter.simulator.program import Program
from callcenter.simulator.timeline import Happening
from callcenter.simulator.twiml import Verb

FOREVER = float("inf")


def speak(program: Program, verb: Verb) -> None:
    """Say, Play, Pause; music without end is heard until something else happens."""
    seconds = program.say(verb)
    if seconds != FOREVER:
        program.after(seconds, program.step)


def redirect(program: Program, verb: Verb) -> None:
    """The rest of the document is not heard; one that only sends to itself is caught by the time a request takes."""
    address = verb.text or program.address
    program.after(0.01, lambda: program.go(address, method=verb.get("method")))


def hang_up(program: Program, _verb: Verb) -> None:
    """The end of the line."""
    program.exchange.hang_up(program.call)


def reject(program: Program, verb: Verb) -> None:
    """Refuse the call before it costs anything."""
    program.exchange.end(program.call, "busy" if verb.get("reason") == "busy" else "no-answer", 486 if verb.get("reason") == "busy" else 603)


def leave(program: Program, _verb: Verb) -> None:
    """Out of the queue; outside of one it means nothing."""
    if program.call.entry:
        queues.leave(program.exchange, program.call.entry, "leave")
    else:
        program.step()


def message(program: Program, verb: Verb) -> None:
    """Send a text while the call goes on."""
    body = next((part.text for part in verb.inside if part.name == "Body"), verb.text)
    call = program.call
    callback = verb.get("statusCallback")
    program.exchange.texts.send(verb.get("from", call.target), verb.get("to", call.source), body, program.absolute(callback) if callback else "")
    program.step()


class Gathering:
    """A question: prompts that a key interrupts, then so much time for an answer."""

    def __init__(self, program: Program, verb: Verb) -> None:
        self._program, self._verb = program, verb
        self._keys, self._prompt = "", 0
        self._waiting: Happening | None = None
        self._takes = verb.get("input", "dtmf").split()
        program.call.listener = self
        program.exchange.hear(program.call, "asked", " ".join(self._takes))
        self._go_on()

    def _go_on(self) -> None:
        """The next prompt; after the last the time for an answer begins."""
        if self._prompt < len(self._verb.inside):
            seconds = self._program.say(self._verb.inside[self._prompt])
            self._prompt += 1
            self._wait(seconds, self._go_on)
        else:
            self._wait(self._patience, self._give_up)

    @property
    def _patience(self) -> float:
        return float(self._verb.number("timeout", 5))

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        if self._waiting:
            self._waiting.call_off()
        self._waiting = self._program.after(seconds, then) if seconds != FOREVER else None

    def key(self, key: str) -> None:
        """Stops the prompts; enough keys, or the finishing one, are an answer."""
        if "dtmf" not in self._takes or not self._program.is_current:
            return
        if key == self._verb.get("finishOnKey", "#"):
            self._answer({"Digits": self._keys, "FinishedOnKey": key})
            return
        self._keys += key
        if len(self._keys) == self._verb.number("numDigits", 0):
            self._answer({"Digits": self._keys})
        else:
            self._wait(self._patience, self._give_up)

    def words(self, text: str) -> None:
        """What was said is an answer when words are asked for."""
        if "speech" in self._takes and self._program.is_current:
            self._answer({"SpeechResult": text, "Confidence": "0.91"})

    def _give_up(self) -> None:
        if self._keys:
            self._answer({"Digits": self._keys})
        elif self._verb.says("actionOnEmptyResult"):
            self._answer({"Digits": ""} if self._takes == ["dtmf"] else {"SpeechResult": "", "Confidence": "0"})
        else:
            self._stop()
            self._program.step()

    def _answer(self, about: dict[str, str]) -> None:
        self._stop()
        self._program.go(self._verb.get("action") or self._program.address, about, self._verb.get("method"))

    def _stop(self) -> None:
        self._program.call.listener = None
        if self._waiting:
            self._waiting.call_off()


class Messaging:
    """<Record>: a message is left after the tone."""

    def __init__(self, program: Program, verb: Verb) -> None:
        self._program, self._verb, self._said = program, verb, False
        call, exchange = program.call, program.exchange
        self._recording = exchange.recordings.begin(call, "RecordVerb", program.absolute, verb)
        call.listener = self
        exchange.hear(call, "beep", "")
        self._longest = program.after(float(verb.number("maxLength", 3600)), lambda: self._done(""))
        self._silence = program.after(float(verb.number("timeout", 5)), self._silent)

    def key(self, key: str) -> None:
        """Any key of the finishing ones ends the message."""
        if key in self._verb.get("finishOnKey", "1234567890*#"):
            self._done(key)

    def words(self, text: str) -> None:
        """It is being spoken: silence is judged anew afterwards."""
        self._said = True
        self._silence.call_off()
        self._silence = self._program.after(len(text) / 4.5 + self._verb.number("timeout", 5), lambda: self._done(""))

    def gone(self) -> None:
        """The caller hung up: what was said so far is the message."""
        exchange, call = self._program.exchange, self._program.call
        self._stop()
        if self._said:
            exchange.recordings.end(self._recording)
            exchange.post_only(call, self._address, self._about("hangup"))
        else:
            exchange.recordings.end(self._recording, "absent")

    def _silent(self) -> None:
        """Nothing was said: there is no message, and the document goes on."""
        self._stop()
        self._program.exchange.recordings.end(self._recording, "absent")
        self._program.step()

    @property
    def _address(self) -> str:
        return self._program.absolute(self._verb.get("action") or self._program.address)

    def _about(self, key: str) -> dict[str, str]:
        kept = self._recording
        return {"RecordingSid": kept.sid, "RecordingUrl": self._program.exchange.recordings.address(kept), "RecordingDuration": str(kept.seconds),
                "Digits": key}

    def _done(self, key: str) -> None:
        self._stop()
        self._program.exchange.recordings.end(self._recording)
        self._program.go(self._address, self._about(key), self._verb.get("method"))

    def _stop(self) -> None:
        self._program.call.listener = None
        self._longest.call_off()
        self._silence.call_off()


VERBS: dict[str, Callable[[Program, Verb], object]] = {
    "Say": speak, "Play": speak, "Pause": speak, "Redirect": redirect, "Hangup": hang_up, "Reject": reject, "Leave": leave,
    "Message": message, "Gather": Gathering, "Record": Messaging, "Enqueue": queues.enqueue, "Dial": dialling.dial,
}
