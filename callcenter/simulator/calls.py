"""What an exchange keeps: calls, queues, conferences, recordings, texts, and what each telephone heard."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from callcenter.simulator.conferences import Conference, Participant
    from callcenter.simulator.dialling import Dialling
    from callcenter.simulator.program import Program
    from callcenter.simulator.queues import Entry

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class Listener(Protocol):
    """What waits for the keys and words of a caller: a question, or a recording."""

    def key(self, key: str) -> None:
        """A key was pressed."""

    def words(self, text: str) -> None:
        """Something was said."""


class Person(Protocol):
    """Who is at a telephone. Told what happens there; acts through the exchange."""

    address: str
    name: str

    def on(self, call: "Call", what: str, text: str = "") -> None:
        """*what*: ringing say music asked beep talking alone left over."""


@dataclass(frozen=True, slots=True)
class Callback:
    """Where news of a call goes, and which."""

    url: str = ""
    events: frozenset[str] = frozenset({"completed"})


@dataclass(slots=True)
class Heard:
    """Something a telephone heard or did."""

    at: float
    stamp: datetime
    what: str
    text: str


@dataclass(slots=True, eq=False)
class Call:
    """One line, from asking for it to its end."""

    sid: str
    source: str
    target: str
    direction: str
    person: Person
    made_at: float
    made: datetime
    callback: Callback = Callback()
    parent: "Call | None" = None
    status: str = "queued"
    address: str = ""  #: of the document it is at
    fallback: str = ""
    #: how it was asked for over REST: Url or Twiml, Timeout …
    wish: dict[str, str] = field(default_factory=dict)
    ringing_at: float | None = None
    answered_at: float | None = None
    over_at: float | None = None
    began: datetime | None = None
    ended: datetime | None = None
    sip: int = 200
    sequence: int = 0
    #: raised whenever the call goes another way; what was asked for earlier then counts no more
    turn: int = 0
    program: "Program | None" = None
    listener: Listener | None = None
    entry: "Entry | None" = None
    part: "Participant | None" = None
    dialling: "Dialling | None" = None  #: the <Dial> it waits in or is bridged by
    rung_by: "Dialling | None" = None  #: the <Dial> that made it
    recording: "Recording | None" = None
    talking: bool = False
    talked_first_at: float | None = None
    heard: list[Heard] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether the line is gone."""
        return self.status in OVER

    @property
    def room(self) -> "Conference | None":
        """The conference it is in."""
        return self.part.room if self.part else None


@dataclass(slots=True, eq=False)
class Recording:
    """A recording of a call or of a message left."""

    sid: str
    call: Call
    source: str
    began_at: float
    began: datetime
    callback: Callback
    status: str = "in-progress"
    over_at: float | None = None
    silent: float = 0.0  #: seconds of pauses
    conference_sid: str = ""

    @property
    def seconds(self) -> int:
        """Its length."""
        return max(0, round((self.over_at or self.began_at) - self.began_at))


@dataclass(slots=True, eq=False)
class Text:
    """A text message, sent or received."""

    sid: str
    source: str
    target: str
    body: str
    direction: str
    made: datetime
    status: str
    callback: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


class Nobody:
    """A telephone that is not there."""

    def __init__(self, address: str) -> None:
        self.address = self.name = address

    def on(self, call: Call, what: str, text: str = "") -> None:
        """Nobody hears it."""
