"""Conferences: who is in, who hears whom, on hold, coached, and when it begins and ends."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from callcenter.simulator import forms, program
from callcenter.simulator.calls import Call, Callback, Recording
from callcenter.simulator.program import Program
from callcenter.simulator.twiml import Verb

if TYPE_CHECKING:
    from callcenter.simulator.exchange import Exchange

WORDS = {"conference-start": "start", "conference-end": "end", "participant-join": "join", "participant-leave": "leave",
         "participant-mute": "mute", "participant-unmute": "mute", "participant-hold": "hold", "participant-unhold": "hold",
         "participant-modify": "modify"}


@dataclass(slots=True, eq=False)
class Participant:
    """One line in a conference."""

    call: Call
    room: "Conference"
    walking: Program | None
    dial: Verb
    starts: bool = True
    ends: bool = False
    muted: bool = False
    hold: bool = False
    coaching: str = ""
    wait_url: str = ""

    @property
    def hears(self) -> bool:
        """Whether this line is in the conversation rather than with its music."""
        return not self.hold and self.room.has_started


@dataclass(slots=True, eq=False)
class Conference:
    """A conference by its name."""

    sid: str
    name: str
    made: datetime
    callback: Callback
    status: str = "init"
    has_started: bool = False
    sequence: int = 0
    parts: list[Participant] = field(default_factory=list)
    recording: Recording | None = None


def join(walking: Program, dial: Verb, noun: Verb) -> None:
    """Into the conference of that name, made if need be."""
    exchange, call = walking.exchange, walking.call
    url = noun.get("statusCallback")
    callback = Callback(walking.absolute(url) if url else "", frozenset(noun.get("statusCallbackEvent").split()))
    room = exchange.conference(noun.text, callback)
    wait_url = walking.absolute(noun.get("waitUrl")) if noun.get("waitUrl") else noun.get("waitUrl", "music")
    part = Participant(call, room, walking, dial, noun.says("startConferenceOnEnter", True), noun.says("endConferenceOnExit"), noun.says("muted"),
                       coaching=noun.get("coach"), wait_url=wait_url)
    exchange.take_up(call)
    call.part, call.listener = part, None
    room.parts.append(part)
    if noun.get("record") == "record-from-start" and room.recording is None:
        room.recording = exchange.recordings.begin(call, "Conference", walking.absolute, noun)
        room.recording.conference_sid = room.sid
    tell(exchange, room, "participant-join", part)
    settle(exchange, room)


def settle(exchange: "Exchange", room: Conference) -> None:
    """After every change: has it begun, and who is talking with somebody?"""
    if room.status == "init" and any(part.starts for part in room.parts):
        room.status = "in-progress"
    if not room.has_started and room.status == "in-progress" and len(room.parts) > 1:
        room.has_started = True
        tell(exchange, room, "conference-start")
    for part in list(room.parts):
        others = [other for other in room.parts if other is not part and other.hears]
        if part.hears and others:
            exchange.talks(part.call)
        else:
            exchange.silent(part.call)
            _music(exchange, part)


def _music(exchange: "Exchange", part: Participant) -> None:
    """What is heard before it begins, or alone."""
    call = part.call
    if call.program is not None and call.program.place == "music":
        return
    if part.wait_url.startswith("http"):
        _loop(exchange, part, part.wait_url)
    elif not call.heard or call.heard[-1].what not in ("music", "silence"):
        exchange.hear(call, "music" if part.wait_url else "silence", "")


def _loop(exchange: "Exchange", part: Participant, url: str) -> None:
    """The waiting document again and again, while it is to be heard."""
    def again() -> None:
        exchange.timeline.after(1.0, _loop, exchange, part, url)

    call = part.call
    if call.part is part and not call.is_over and not call.talking:
        program.fetch(exchange, call, url, {"ConferenceSid": part.room.sid}, "music", again)


def change(exchange: "Exchange", part: Participant, wish: dict[str, str]) -> None:
    """Hold, mute, coach, as REST asks; each change is told."""
    if "Hold" in wish:
        part.hold = wish["Hold"].lower() == "true"
        tell(exchange, part.room, "participant-hold" if part.hold else "participant-unhold", part)
        _stop_music(part)
        if part.hold and wish.get("HoldUrl"):
            exchange.silent(part.call)
            _loop(exchange, part, wish["HoldUrl"])
    if "Muted" in wish:
        part.muted = wish["Muted"].lower() == "true"
        tell(exchange, part.room, "participant-mute" if part.muted else "participant-unmute", part)
    if "Coaching" in wish:
        part.coaching = wish.get("CallSidToCoach", part.coaching) if wish["Coaching"].lower() == "true" else ""
        tell(exchange, part.room, "participant-modify", part)
    if "EndConferenceOnExit" in wish and not part.hold:
        part.ends = wish["EndConferenceOnExit"].lower() == "true"
    settle(exchange, part.room)


def _stop_music(part: Participant) -> None:
    part.call.turn += 1
    part.call.program = None


def leave(exchange: "Exchange", part: Participant, moved: bool = False) -> None:
    """Out of the conference; the last one out, or one whom it ends with, ends it. Who stays on the line goes on with the action."""
    room, call = part.room, part.call
    if part not in room.parts:
        return
    room.parts.remove(part)
    call.part = None
    exchange.silent(call)
    tell(exchange, room, "participant-leave", part)
    if part.ends or not room.parts:
        end(exchange, room)
    else:
        settle(exchange, room)
    if not moved:
        _go_on(exchange, part)


def _go_on(exchange: "Exchange", part: Participant) -> None:
    action, walking = part.dial.get("action"), part.walking
    if walking is None:
        return
    about = {"DialCallStatus": "answered"}
    if part.call.is_over:
        if action:
            exchange.post_only(part.call, walking.absolute(action), about)
    elif action:
        program.fetch(exchange, part.call, walking.absolute(action), about, walking.place, walking.at_end)
    else:
        walking.resume()


def end(exchange: "Exchange", room: Conference) -> None:
    """Over for everybody in it."""
    if room.status == "completed":
        return
    room.status = "completed"
    for part in list(room.parts):
        leave(exchange, part)
    if room.recording:
        exchange.recordings.end(room.recording)
    tell(exchange, room, "conference-end")


def tell(exchange: "Exchange", room: Conference, what: str, part: Participant | None = None) -> None:
    """News of the conference, if it was asked for."""
    room.sequence += 1
    if not room.callback.url or WORDS[what] not in room.callback.events:
        return
    about = {"AccountSid": exchange.account, "ConferenceSid": room.sid, "FriendlyName": room.name, "StatusCallbackEvent": what,
             "SequenceNumber": str(room.sequence), "Timestamp": forms.rfc2822(exchange.timeline.stamp())}
    if part is not None:
        about |= {"CallSid": part.call.sid, "Muted": str(part.muted).lower(), "Hold": str(part.hold).lower(),
                  "Coaching": str(bool(part.coaching)).lower(), "EndConferenceOnExit": str(part.ends).lower(),
                  "StartConferenceOnEnter": str(part.starts).lower()}
        if part.coaching:
            about["CallSidToCoach"] = part.coaching
    exchange.posts.tell(room.callback.url, about)
