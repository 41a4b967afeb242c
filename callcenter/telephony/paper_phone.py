"""The paper phone: nothing leaves the house; the message itself is the paper, shown on its page."""

import logging
from hashlib import sha256

log = logging.getLogger(__name__)


class PaperPhone:
    """A provider that accepts everything and sends nothing: for trials, demonstrations and tests."""

    name = "paper"
    repeatable = True

    def send_text(self, to: str, text: str, key: str) -> str:
        """Accepted; the same key gives the same id."""
        return self._written("SM", key)

    def call_person(self, to: str, text: str, key: str) -> str:
        """Accepted; the same key gives the same id."""
        return self._written("CA", key)

    @staticmethod
    def _written(kind: str, key: str) -> str:
        sid = f"{kind}paper{sha256(key.encode()).hexdigest()[:24]}"
        log.info("written on paper: %s", sid)
        return sid
