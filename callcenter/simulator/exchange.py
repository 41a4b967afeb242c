"""The exchange: lines that ring, are picked up, talk and end, and the news of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from callcenter.simulator import conferences, forms, program, queue_pair, queues
from callcenter.simulator.calls import Call, Callback, Heard, Nobody, Person, Text
from callcenter.simulator.conferences import Conference
from callcenter.simulator.posts import Answer, Posts
from callcenter.simulator.program import Program
from callcenter.simulator.queues import Entry, Queue
from callcenter.simulator.recordings import Recordings, Texts
from callcenter.simulator.timeline import Timeline
from callcenter.simulator.twiml import Fault, Verb
from callcenter.simulator.verbs import VERBS, Messaging

#: seconds from asking for a telephone to its ringing
SETS_UP_IN = 0.3
NOT_THERE = 480


@dataclass(frozen=True, slots=True)
class Addresses:
    """What the hotline's number is configured with."""

    voice: str
    status: str
    fallback: str
    text: str

    @classmethod
    def under(cls, base: str) -> "Addresses":
        """As README.md tells to configure the number."""
        return cls(*(f"{base}/twilio/{name}" for name in ("voice", "status", "fallback", "sms")))


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something Twilio's debugger would show."""

    at: float
    code: int
    text: str
    url: str
    call: str


class Exchange:
    """
    One account with one number.

    Args:
        stranger: who is at a telephone nobody was put at; None: nobody, it is out of service.
        api: where our own REST API is reached, for the addresses of recordings.
    """

    verbs = VERBS

    def __init__(self, account: str, number: str, addresses: Addresses, posts: Posts, rng: random.Random, *,
                 stranger: Callable[[str], Person] | None = None, api: str = "http://127.0.0.1:4010") -> None:
        self.account, self.number, self.addresses, self.posts, self.rng = account, number, addresses, posts, rng
        self.timeline: Timeline = posts.timeline
        self.api, self._stranger = api, stranger
        self.calls: dict[str, Call] = {}
        self.people: dict[str, Person] = {}
        self.queues: dict[str, Queue] = {}
        self.conferences: list[Conference] = []
        self.complaints: list[Complaint] = []
        self.ringing_since: dict[str, float] = {}
        self.recordings, self.texts = Recordings(self), Texts(self)

    # --- what people do

    def call_in(self, person: Person, target: str = "") -> Call:
        """*person* rings the hotline."""
        call = self.new_call("inbound", person.address, target or self.number, person=person, callback=Callback(self.addresses.status))
        call.status, call.ringing_at, call.fallback = "ringing", self.timeline.now, self.addresses.fallback
        program.fetch(self, call, self.addresses.voice, {}, "call", lambda: self.hang_up(call))
        return call

    def pick_up(self, call: Call) -> None:
        """Answer a telephone that rings, or as soon as it does while it is still looked for; nothing when it has stopped."""
        if call.direction == "inbound":
            return
        if call.status == "initiated":
            self.timeline.after(SETS_UP_IN, self._picked_up, call)
        else:
            self._picked_up(call)

    def _picked_up(self, call: Call) -> None:
        if call.status != "ringing":
            return
        self._in_progress(call)
        self.news(call, "answered")
        if call.rung_by:
            call.rung_by.picked_up(call)
        else:
            self._begin_document(call)

    def refuse(self, call: Call) -> None:
        """Do not take it."""
        if call.status == "ringing" and call.direction != "inbound":
            self.end(call, "busy", 486)

    def hang_up(self, call: Call) -> None:
        """Either side puts the telephone down; a line that was never taken up was not answered."""
        if call.status in ("ringing", "queued", "initiated"):
            self.end(call, "no-answer" if call.direction == "inbound" else "canceled", 487)
        else:
            self.end(call, "completed")

    def press(self, call: Call, keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.hear(call, "key", key)
            if call.listener:
                call.listener.key(key)

    def speak(self, call: Call, words: str) -> None:
        """Say something to whatever listens."""
        self.hear(call, "spoke", words)
        if call.listener:
            call.listener.words(words)

    # --- lines

    def new_sid(self, kind: str) -> str:
        """Two letters and 32 hex digits."""
        return f"{kind}{self.rng.getrandbits(128):032x}"

    def new_call(self, direction: str, source: str, target: str, *, person: Person | None = None, parent: Call | None = None,
                 callback: Callback | None = None) -> Call:
        """A line that does nothing yet."""
        who = person or self.somebody_at(target)
        call = Call(self.new_sid("CA"), source, target, direction, who, self.timeline.now, self.timeline.stamp(), callback or Callback(), parent)
        self.calls[call.sid] = call
        return call

    def somebody_at(self, address: str) -> Person:
        """Who is at that telephone."""
        if address not in self.people:
            self.people[address] = self._stranger(address) if self._stranger else Nobody(address)
        return self.people[address]

    def ring(self, call: Call) -> None:
        """The telephone is looked for, then it rings."""
        if call.is_over:
            return
        call.status = "initiated"
        self.news(call, "initiated")
        self.timeline.after(SETS_UP_IN, self._rings, call)

    def _rings(self, call: Call) -> None:
        if call.is_over:
            return
        if isinstance(call.person, Nobody):
            self.end(call, "no-answer" if call.target.startswith("client:") else "failed", NOT_THERE)
            return
        call.status, call.ringing_at = "ringing", self.timeline.now
        self.news(call, "ringing")
        self.hear(call, "ringing", call.source)

    def _begin_document(self, call: Call) -> None:
        """A call asked for over REST was picked up."""
        def at_end() -> None:
            self.hang_up(call)

        if call.wish.get("Twiml"):
            self.timeline.after(0, self._inline, call)
        else:
            about = {"AnsweredBy": getattr(call.person, "answered_by", "human")} if call.wish.get("MachineDetection") else {}
            program.fetch(self, call, call.wish["Url"], about, "call", at_end, call.wish.get("Method", "POST"))

    def _inline(self, call: Call) -> None:
        if not call.is_over and program.follow(self, call, Answer(200, call.wish["Twiml"]), self.addresses.voice, "call", lambda: self.hang_up(call)):
            self.hang_up(call)

    def takes_up(self, call: Call, verbs: tuple[Verb, ...]) -> None:
        """An inbound call is answered by its first document, unless that rejects it or rings on until somebody is there."""
        first = verbs[0] if verbs else None
        if first is not None and (first.name == "Reject" or (first.name == "Dial" and first.says("answerOnBridge"))):
            return
        self.take_up(call)

    def take_up(self, call: Call) -> None:
        """From now on it is connected."""
        if call.status == "ringing":
            self._in_progress(call)

    def _in_progress(self, call: Call) -> None:
        call.status, call.answered_at, call.began = "in-progress", self.timeline.now, self.timeline.stamp()

    def note_ringing(self, caller: Call) -> None:
        """The caller begins to wait for a person: that is where rings are counted from."""
        self.ringing_since.setdefault(caller.sid, self.timeline.now)

    def redirect(self, call: Call, url: str, inline: str = "") -> None:
        """REST sends the call to another document."""
        self.leave_everything(call)
        call.turn += 1
        if inline:
            call.wish["Twiml"] = inline
            self.timeline.after(0, self._inline, call)
        else:
            program.fetch(self, call, url, {}, "call", lambda: self.hang_up(call))

    def leave_everything(self, call: Call) -> None:
        """Out of queue, bridge and conference, without going on from there."""
        if call.entry:
            queues.gone(self, call.entry, "redirected")
        if call.dialling:
            call.dialling.caller_over(moved=True)
        if call.rung_by:
            call.rung_by.child_moved(call)
        if call.part:
            conferences.leave(self, call.part, moved=True)
        self.silent(call)

    def end(self, call: Call, status: str, sip: int = 200) -> None:
        """The line is gone; everything that hangs on it learns of it."""
        if call.is_over:
            return
        call.status, call.sip, call.over_at, call.ended = status, sip, self.timeline.now, self.timeline.stamp()
        call.turn += 1
        if isinstance(call.listener, Messaging):
            call.listener.gone()
        call.listener = None
        self.silent(call)
        if call.entry:
            queues.gone(self, call.entry, "hangup")
        if call.dialling:
            call.dialling.caller_over()
        if call.part:
            conferences.leave(self, call.part)
        if call.rung_by:
            call.rung_by.child_over(call)
        self.news(call, "completed")
        self.hear(call, "over", status)

    # --- conversation

    def talk(self, one: Call, other: Call) -> None:
        """The two hear each other."""
        self.talks(one)
        self.talks(other)

    def talks(self, call: Call) -> None:
        """The line is in a conversation."""
        if call.talking or call.is_over:
            return
        call.talking = True
        if call.program is not None and call.program.place == "music":
            call.turn, call.program = call.turn + 1, None
        if call.talked_first_at is None:
            call.talked_first_at = self.timeline.now
        self.hear(call, "talking", "")

    def silent(self, call: Call) -> None:
        """The line is in no conversation."""
        if call.talking:
            call.talking = False
            self.hear(call, "left", "")

    def bridge_queued(self, entry: Entry, walking: Program, verb: Verb) -> None:
        """Somebody taken out of the queue and whoever took them; when either hangs up, the other goes on."""
        queue_pair.Pair(self, entry, walking, verb)

    def hear(self, call: Call, what: str, text: str) -> None:
        """Written down for that telephone, and its person is told."""
        call.heard.append(Heard(self.timeline.now, self.timeline.stamp(), what, text))
        self.timeline.after(0, call.person.on, call, what, text)

    def text_arrives(self, text: Text) -> None:
        """A text reaches its telephone."""
        person = self.somebody_at(text.target)
        receive = getattr(person, "reads", None)
        if receive:
            receive(text)

    # --- news

    def form(self, call: Call) -> dict[str, str]:
        """What every webhook about this call says."""
        return forms.of_call(self.account, call)

    def news(self, call: Call, event: str) -> None:
        """Told if it was asked for; an inbound number only hears of the end."""
        if call.callback.url and event in call.callback.events:
            talked = 0.0 if call.answered_at is None else self.timeline.now - call.answered_at
            self.posts.tell(call.callback.url, forms.of_progress(self.account, call, self.timeline.stamp(), talked))
            call.sequence += 1

    def post_only(self, call: Call, url: str, about: dict[str, str]) -> None:
        """An action whose answer cannot be carried out any more."""
        program.post_only(self, call, url, about)

    def complain(self, url: str, fault: Fault, call: Call | None) -> None:
        """Kept for the debugger."""
        self.complaints.append(Complaint(self.timeline.now, fault.code, fault.text, url, call.sid if call else ""))

    # --- rooms

    def queue(self, name: str) -> Queue:
        """The queue of that name."""
        if name not in self.queues:
            self.queues[name] = Queue(name, self.new_sid("QU"))
        return self.queues[name]

    def conference(self, name: str, callback: Callback) -> Conference:
        """The conference of that name that is not over, else a new one."""
        for room in self.conferences:
            if room.name == name and room.status != "completed":
                return room
        self.conferences.append(Conference(self.new_sid("CF"), name, self.timeline.stamp(), callback))
        return self.conferences[-1]
