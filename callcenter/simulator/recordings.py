"""Recordings and text messages of the account."""

import io
import random
import wave
from collections.abc import Callable
from typing import TYPE_CHECKING

from callcenter.simulator import forms, twiml
from callcenter.simulator.calls import Call, Callback, Recording, Text
from callcenter.simulator.posts import Answer
from callcenter.simulator.twiml import Verb

if TYPE_CHECKING:
    from callcenter.simulator.exchange import Exchange

#: seconds until a finished recording can be fetched, and until a text is delivered
READY_AFTER, DELIVERED_AFTER = 1.5, 1.0


class Recordings:
    """Begun, paused, ended, announced once they can be fetched."""

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange, self.all = exchange, dict[str, Recording]()

    def begin(self, call: Call, source: str, absolute: Callable[[str], str], verb: Verb) -> Recording:
        """A recording runs; its callback is the verb's."""
        url = verb.get("recordingStatusCallback")
        events = frozenset(verb.get("recordingStatusCallbackEvent", "completed").split())
        made = Recording(self._exchange.new_sid("RE"), call, source, self._exchange.timeline.now, self._exchange.timeline.stamp(),
                         Callback(absolute(url) if url else "", events))
        self.all[made.sid] = made
        call.recording = made
        self._tell(made)
        return made

    def end(self, kept: Recording, status: str = "completed") -> None:
        """It can be fetched a moment later, and then it is announced."""
        if kept.over_at is not None:
            return
        kept.over_at = self._exchange.timeline.now
        kept.call.recording = None
        self._exchange.timeline.after(READY_AFTER, self._ready, kept, status)

    def change(self, call: Call, status: str) -> Recording | None:
        """Pause, go on, stop: the recording that runs; None when none does."""
        kept = call.recording or next((r for r in self.all.values() if call.room and r.conference_sid == call.room.sid and r.over_at is None), None)
        if kept is None:
            return None
        if status == "stopped":
            self.end(kept)
        else:
            kept.status = status
        return kept

    def address(self, kept: Recording) -> str:
        """Where it is fetched."""
        return f"{self._exchange.api}/2010-04-01/Accounts/{self._exchange.account}/Recordings/{kept.sid}"

    def _ready(self, kept: Recording, status: str) -> None:
        kept.status = status
        self._tell(kept)

    def _tell(self, kept: Recording) -> None:
        if not kept.callback.url or kept.status not in kept.callback.events:
            return
        about = {"AccountSid": self._exchange.account, "RecordingSid": kept.sid, "RecordingUrl": self.address(kept), "CallSid": kept.call.sid,
                 "RecordingStatus": kept.status, "RecordingChannels": "1", "RecordingSource": kept.source,
                 "RecordingStartTime": forms.rfc2822(kept.began)}
        if kept.conference_sid:
            about |= {"ConferenceSid": kept.conference_sid}
        if kept.over_at is not None:
            about |= {"RecordingDuration": str(kept.seconds)}
        self._exchange.posts.tell(kept.callback.url, about)


def sound(seconds: int) -> bytes:
    """A file of that length: a quiet hiss, 8 kHz, so that there is something to play."""
    rng, kept = random.Random(seconds), io.BytesIO()  # noqa: S311 - noise, not a secret
    with wave.open(kept, "wb") as page:
        page.setnchannels(1)
        page.setsampwidth(1)
        page.setframerate(8000)
        page.writeframes(bytes(rng.randrange(124, 133) for _ in range(8000)) * max(1, min(seconds, 600)))
    return kept.getvalue()


class Texts:
    """Text messages in both directions."""

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange, self.all = exchange, list[Text]()

    def send(self, source: str, target: str, body: str, callback: str) -> Text:
        """From the hotline to a telephone; receipts: sent, delivered."""
        text = self._keep(source, target, body, "outbound-api", "queued", callback)
        self._exchange.timeline.after(0.2, self._goes, text, "sent")
        self._exchange.timeline.after(DELIVERED_AFTER, self._goes, text, "delivered")
        return text

    def receive(self, source: str, body: str) -> Text:
        """From a telephone to the hotline; what it answers is sent back."""
        exchange = self._exchange
        text = self._keep(source, exchange.number, body, "inbound", "received", "")

        def got(answer: Answer) -> None:
            document = twiml.read(answer.text, "text") if answer.is_good else twiml.Document((), (twiml.Fault(11200, str(answer.status), True),))
            for fault in document.faults:
                exchange.complain(exchange.addresses.text, fault, None)
            for verb in () if document.fatal else document.verbs:
                said = next((part.text for part in verb.inside if part.name == "Body"), verb.text)
                self.send(exchange.number, verb.get("to", source), said, "")

        exchange.posts.ask(exchange.addresses.text, forms.of_text(exchange.account, text), got)
        return text

    def _keep(self, source: str, target: str, body: str, direction: str, status: str, callback: str) -> Text:
        text = Text(self._exchange.new_sid("SM"), source, target, body, direction, self._exchange.timeline.stamp(), status, callback)
        self.all.append(text)
        return text

    def _goes(self, text: Text, status: str) -> None:
        text.status = status
        if status == "delivered":
            self._exchange.text_arrives(text)
        if text.callback:
            self._exchange.posts.tell(text.callback, forms.of_receipt(self._exchange.account, text))
