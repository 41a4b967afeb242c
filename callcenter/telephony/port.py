"""The port to the telephone network: what the hotline may ask of a provider, and how a provider says no."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class NotSent(Exception):
    """Certainly nothing went out, and it may work later: the provider is busy or away."""


class Undeliverable(Exception):
    """It will never go out like this: a wrong number, a refused account, data that must not leave."""


class Unsure(Exception):
    """It may or may not have gone out. Repeating it blindly could say it twice; a receipt or a person decides."""


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call the provider knows of: what a doubtful request is compared with."""

    sid: str
    to: str
    status: str
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Account:
    """How the provider has us on its books: what the self-check compares with what it should be."""

    status: str  #: "active", "suspended", "closed"
    trial: bool
    number_known: bool
    voice_url: str
    fallback_url: str
    status_url: str
    sms_url: str


class Phone(Protocol):
    """
    A provider of texts, calls and what can be done to a call in progress. Every method raises NotSent, Undeliverable or Unsure.

    Paths are ours, such as "/twilio/room?call=7"; the provider is given them under the public address and asks for TwiML there.
    """

    @property
    def name(self) -> str:
        """As it is kept with every message sent."""

    @property
    def repeatable(self) -> bool:
        """True when sending the same key again does no harm, so that an interrupted delivery may simply be repeated."""

    @property
    def live(self) -> bool:
        """Whether there is a line at all: without one calls are typed in by hand, and nothing below can be done to them."""

    @property
    def calls_per_second(self) -> int:
        """How many calls the account may place in a second; texts are not counted."""

    def send_text(self, to: str, text: str, key: str) -> str:
        """Send a text message to the E.164 number *to*; the provider's id of it. *key* names it in receipts."""

    def call_person(self, to: str, text: str, key: str) -> str:
        """Ring *to* and say *text* in Mandarin; the provider's id of the call. *key* names it in receipts."""

    def place(self, to: str, path: str, status_path: str, rings_for: int) -> str:
        """Ring *to* (E.164, "client:…" or "sip:…") for so many seconds; who picks up gets the TwiML of *path*, every step of the
        line is reported to *status_path*. The provider's id of the call."""

    def redirect(self, sid: str, path: str) -> None:
        """A call in progress goes on with the TwiML of *path*."""

    def hang_up(self, sid: str) -> None:
        """End a call, ringing or in progress; one that is over already is no error."""

    def take_part(self, room: str, sid: str, *, hold: bool | None = None, muted: bool | None = None, whisper_to: str | None = None) -> None:
        """Change how line *sid* takes part in conference *room*: on hold or not, heard or not, heard by *whisper_to* alone ("" ends that)."""

    def record(self, sid: str, status: str) -> None:
        """The running recording of call *sid*: "paused" (silence is kept in its place), "in-progress" or "stopped"."""

    def record_room(self, room: str, status: str) -> None:
        """The same for the recording of conference *room*."""

    def recent_calls(self, to: str, since: datetime) -> Sequence[PlacedCall]:
        """The calls placed to *to* since then: the answer to whether a doubtful request went out."""

    def recent_texts(self, to: str, since: datetime) -> Sequence[PlacedCall]:
        """The texts sent to *to* since then."""

    def account(self) -> Account | None:
        """The account and the number as the provider has them; None where there is no provider."""
