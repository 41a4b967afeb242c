"""A telephone network of the test's own: it writes down what it is asked, and says no when it is told to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.telephony.port import Account, PlacedCall


@dataclass
class FakePhone:
    """Accepts everything; *refuses* holds what it answers instead, by verb."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    refuses: dict[str, Exception] = field(default_factory=dict)
    name = "fake"
    repeatable = False
    live = True

    def _do(self, verb: str, *what: str) -> None:
        self.asked.append((verb, *what))
        if verb in self.refuses:
            raise self.refuses[verb]

    def taken(self) -> list[tuple[str, ...]]:
        """What was asked since the last look."""
        asked, self.asked = self.asked, []
        return asked

    def send_text(self, to: str, text: str, key: str) -> str:
        self._do("send_text", to)
        return f"SM{len(self.asked):032x}"

    def call_person(self, to: str, text: str, key: str) -> str:
        self._do("call_person", to)
        return f"CA{len(self.asked):032x}"

    def place(self, to: str, path: str, status_path: str, rings_for: int) -> str:
        self._do("place", to, path)
        return placed_sid(path)

    def redirect(self, sid: str, path: str) -> None:
        self._do("redirect", sid, path)

    def hang_up(self, sid: str) -> None:
        self._do("hang_up", sid)

    def take_part(self, room: str, sid: str, *, hold: bool | None = None, muted: bool | None = None, whisper_to: str | None = None) -> None:
        self._do("take_part", sid, f"muted={muted}", f"whisper_to={whisper_to}")

    def record(self, sid: str, status: str) -> None:
        self._do("record", sid, status)

    def record_room(self, room: str, status: str) -> None:
        self._do("record_room", room, status)

    def recent_calls(self, to: str, since: datetime) -> Sequence[PlacedCall]:
        return ()

    def recent_texts(self, to: str, since: datetime) -> Sequence[PlacedCall]:
        return ()

    def account(self) -> Account | None:
        return None


def placed_sid(path: str) -> str:
    """The provider's name for the line placed for that path: the same for the same key."""
    return "CA" + path.split("line=")[1].split("&")[0].encode().hex()[:32].ljust(32, "0")
