"""The line simulator asked by the hotline's own pages: what its telephones hear, and doing something at one of them."""

import base64
import json
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from callcenter.config import Settings

#: seconds a page waits for the simulator
PATIENCE = 3
#: a telephone somebody may pick up
RINGING = ("queued", "initiated", "ringing")
DOINGS = ("call", "pick_up", "hang_up", "press", "speak", "text")


class NoLine(Exception):
    """The simulator does not answer."""


class Over(Exception):
    """That cannot be done at this telephone, or not any more."""


class SimulatedLine:
    """The simulator behind TWILIO_API, asked with the trial's own account."""

    def __init__(self, settings: Settings) -> None:
        self._at = urlsplit(settings.twilio_api or "")
        owner = f"{settings.twilio_account_sid}:{next(iter(settings.twilio_auth_tokens), '')}"
        self._headers = {"Authorization": f"Basic {base64.b64encode(owner.encode()).decode()}"}

    def telephones(self) -> dict[str, Any]:
        """Every call that is alive or has just ended, and the texts; NoLine when nobody answers."""
        return self._ask("GET", "telephones", None)

    def do(self, doing: str, **about: str) -> None:
        """One of DOINGS; Over when the simulator will not."""
        self._ask("POST", doing, urlencode(about))

    def pick_up(self, address: str, parent: str) -> bool:
        """Picks up the telephone at *address* if the call *parent* rings there; says whether it did."""
        for call in self.telephones()["calls"]:
            if call["at"] == address and call["parent"] == parent and call["status"] in RINGING:
                self.do("pick_up", sid=call["sid"])
                return True
        return False

    def _ask(self, method: str, path: str, body: str | None) -> dict[str, Any]:
        line = HTTPConnection(self._at.hostname or "", self._at.port, timeout=PATIENCE)
        try:
            line.request(method, f"/line/{path}", body, self._headers)
            answer = line.getresponse()
            said: dict[str, Any] = json.loads(answer.read() or b"{}")
        except (OSError, HTTPException, ValueError) as broken:
            raise NoLine(str(broken)) from broken
        finally:
            line.close()
        if answer.status >= 500 or answer.status == 401:
            raise NoLine(f"{answer.status}")
        if answer.status >= 400:
            raise Over(str(said.get("message", answer.status)))
        return said
