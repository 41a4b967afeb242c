"""<Dial>: telephones that ring together, the first that is picked up, the two bridged, and what the action is told."""

from callcenter.simulator import conferences, program, queues
from callcenter.simulator.calls import Call, Callback, Recording
from callcenter.simulator.program import Program
from callcenter.simulator.timeline import Happening
from callcenter.simulator.twiml import Verb

PREFIX = {"Client": "client:", "Sip": "", "Number": ""}
#: what a <Dial> nobody answered is called, by what became of its telephones; the first that fits
ENDS = ("busy", "no-answer", "failed", "canceled")


def dial(walking: Program, verb: Verb) -> None:
    """A conference, a queue, or telephones that ring."""
    nouns = verb.inside or (Verb("Number", {}, verb.text),)
    if nouns[0].name == "Conference":
        conferences.join(walking, verb, nouns[0])
    elif nouns[0].name == "Queue":
        queues.take_next(walking, verb, nouns[0])
    else:
        Dialling(walking, verb, nouns).begin()


class Dialling:
    """One <Dial> under way, from the ringing to its action."""

    def __init__(self, walking: Program, verb: Verb, nouns: tuple[Verb, ...]) -> None:
        self.walking, self.verb, self.caller = walking, verb, walking.call
        self._exchange, self._nouns = walking.exchange, nouns
        self.children: list[Call] = []
        self.winner: Call | None = None
        self.bridged_at: float | None = None
        self._ended: list[str] = []
        self._recording: Recording | None = None
        self._limit: Happening | None = None
        self.is_done = False

    def begin(self) -> None:
        """Every telephone rings at once, each with callbacks of its own."""
        self.caller.dialling = self
        self._exchange.note_ringing(self.caller)
        for noun in self._nouns:
            self.children.append(self._child(noun))
        self._limit = self.walking.after(float(self.verb.number("timeout", 30)), self._nobody)
        for child in list(self.children):
            self._exchange.ring(child)
        if not self.children:
            self._finish("failed")

    def _child(self, noun: Verb) -> Call:
        address = next((part.text for part in noun.inside if part.name == "Identity"), noun.text)
        url = noun.get("statusCallback")
        events = frozenset(noun.get("statusCallbackEvent", "completed").split())
        child = self._exchange.new_call(
            "outbound-dial", self.verb.get("callerId") or self.caller.source, PREFIX[noun.name] + address, parent=self.caller,
            callback=Callback(self.walking.absolute(url) if url else "", events))
        child.rung_by = self
        child.wish = {"Url": self.walking.absolute(noun.get("url"))} if noun.get("url") else {}
        return child

    def picked_up(self, child: Call) -> None:
        """The first gets the call; the others fall silent. A document of its own is heard before the two are bridged."""
        if self.winner is not None or self.is_done:
            self._exchange.end(child, "no-answer", 487)
            return
        self.winner = child
        for other in [c for c in self.children if c is not child]:
            self._exchange.end(other, "no-answer", 487)
        if child.wish.get("Url"):
            program.fetch(self._exchange, child, child.wish["Url"], {}, "whisper", self._bridge)
        else:
            self._bridge()

    def _bridge(self) -> None:
        child = self.winner
        if child is None or child.is_over or self.caller.is_over or self.is_done:
            return
        if self._limit:
            self._limit.call_off()
        self.bridged_at = self._exchange.timeline.now
        self._exchange.take_up(self.caller)
        if self.verb.get("record", "do-not-record") not in ("do-not-record", "false"):
            self._recording = self._exchange.recordings.begin(self.caller, "DialVerb", self.walking.absolute, self.verb)
        self._exchange.talk(self.caller, child)
        self._limit = self.walking.after(float(self.verb.number("timeLimit", 14400)), lambda: self._exchange.hang_up(child))

    def _nobody(self) -> None:
        """The time for ringing is over."""
        if self.winner is not None:
            return
        for child in list(self.children):
            self._exchange.end(child, "no-answer", 487)

    def child_over(self, child: Call) -> None:
        """A telephone fell silent, or the conversation ended at its side."""
        self._ended.append(child.status)
        if child in self.children:
            self.children.remove(child)
        if child is self.winner:
            self._finish("completed" if self.bridged_at is not None else "no-answer")
        elif not self.children and self.winner is None:
            self._finish(next((end for end in ENDS if end in self._ended), "no-answer"))

    def child_moved(self, child: Call) -> None:
        """Another document for the one who answered: that side leaves the bridge alive."""
        child.rung_by = None
        if child in self.children:
            self.children.remove(child)
        self._exchange.silent(child)
        if child is self.winner:
            self._finish("completed")

    def caller_over(self, moved: bool = False) -> None:
        """The caller has gone, or was sent elsewhere: whoever rang or talked is let go; of a caller gone the action is told."""
        if self.is_done:
            return
        self._stop()
        for child in list(self.children):
            self._exchange.end(child, "completed" if child is self.winner else "canceled", 200 if child is self.winner else 487)
        if not moved and self.verb.get("action"):
            result = "completed" if self.winner else "canceled"
            self._exchange.post_only(self.caller, self.walking.absolute(self.verb.get("action")), self._about(result))

    def _finish(self, result: str) -> None:
        """The caller goes on: with the action, else with the next verb."""
        if self.is_done:
            return
        about = self._about(result)
        self._stop()
        self._exchange.silent(self.caller)
        if self.verb.get("action"):
            self.walking.go(self.verb.get("action"), about, self.verb.get("method"))
        else:
            self.walking.resume()

    def _stop(self) -> None:
        self.is_done, self.caller.dialling = True, None
        if self._limit:
            self._limit.call_off()
        if self._recording:
            self._exchange.recordings.end(self._recording)

    def _about(self, result: str) -> dict[str, str]:
        about = {"DialCallStatus": result, "DialBridged": str(self.bridged_at is not None).lower()}
        last = self.winner or (self.children[0] if self.children else None)
        if last is not None:
            about["DialCallSid"] = last.sid
        if self.bridged_at is not None:
            about["DialCallDuration"] = str(round(self._exchange.timeline.now - self.bridged_at))
        if self._recording:
            about |= {"RecordingSid": self._recording.sid, "RecordingUrl": self._exchange.recordings.address(self._recording)}
        return about
