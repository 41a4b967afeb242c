"""The port to the telephone network: what the outbox may ask of a provider, and how a provider says no."""

from typing import Protocol


class NotSent(Exception):
    """Certainly nothing went out, and it may work later: the provider is busy or away."""


class Undeliverable(Exception):
    """It will never go out like this: a wrong number, a refused account, data that must not leave."""


class Unsure(Exception):
    """It may or may not have gone out. Repeating it blindly could say it twice; a receipt or a person decides."""


class Phone(Protocol):
    """A provider of texts and calls. Both ways out raise NotSent, Undeliverable or Unsure."""

    @property
    def name(self) -> str:
        """As it is kept with every message sent."""

    @property
    def repeatable(self) -> bool:
        """True when sending the same key again does no harm, so that an interrupted delivery may simply be repeated."""

    def send_text(self, to: str, text: str, key: str) -> str:
        """Send a text message to the E.164 number *to*; the provider's id of it. *key* names it in receipts."""

    def call_person(self, to: str, text: str, key: str) -> str:
        """Ring *to* and say *text* in Mandarin; the provider's id of the call. *key* names it in receipts."""
