"""The paper phone: nothing leaves the house; the message itself is the paper, shown on its page."""

import logging
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from callcenter.telephony.port import Account, PlacedCall, Undeliverable

NO_LINE = "没有接电话线路,请人工拨打 / no telephone line; dial by hand"

log = logging.getLogger(__name__)


class PaperPhone:
    """A provider that accepts everything and sends nothing: for trials, demonstrations and tests."""

    name = "paper"
    repeatable = True
    live = False
    calls_per_second = 100

    def send_text(self, to: str, text: str, key: str) -> str:
        """Accepted; the same key gives the same id."""
        return self._written("SM", key)

    def call_person(self, to: str, text: str, key: str) -> str:
        """Accepted; the same key gives the same id."""
        return self._written("CA", key)

    def place(self, to: str, path: str, status_path: str, rings_for: int) -> str:
        """There is no line to ring on."""
        raise Undeliverable(NO_LINE)

    def redirect(self, sid: str, path: str) -> None:
        """There is no line."""
        raise Undeliverable(NO_LINE)

    def hang_up(self, sid: str) -> None:
        """Nothing was connected, so nothing is left connected."""

    def take_part(self, room: str, sid: str, *, hold: bool | None = None, muted: bool | None = None, whisper_to: str | None = None) -> None:
        """There is no line."""
        raise Undeliverable(NO_LINE)

    def record(self, sid: str, status: str) -> None:
        """Nothing is recorded."""

    def record_room(self, room: str, status: str) -> None:
        """Nothing is recorded."""

    def recent_calls(self, to: str, since: datetime) -> Sequence[PlacedCall]:
        """Nothing ever went out."""
        return ()

    def recent_texts(self, to: str, since: datetime) -> Sequence[PlacedCall]:
        """Nothing ever went out."""
        return ()

    def account(self) -> Account | None:
        """There is none."""
        return None

    @staticmethod
    def _written(kind: str, key: str) -> str:
        sid = f"{kind}paper{sha256(key.encode()).hexdigest()[:24]}"
        log.info("written on paper: %s", sid)
        return sid
