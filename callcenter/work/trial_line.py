"""A trial's telephone line without an account: what `callcenter run` tells its children, so that the simulator plays the provider."""

import socket
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from callcenter.config import Settings
from callcenter.telephony.signatures import accepted_tokens

#: names the port of the simulator that `callcenter run` starts, for its own children only
PORT = "CALLCENTER_LINE_PORT"
#: the number of a line without an account; it belongs to nobody
NUMBER = "+864000000000"
#: who has any of these set has said what the telephone is
GIVEN = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_NUMBER", "TWILIO_API", "PUBLIC_BASE_URL")


def environ(settings: Settings, given: Mapping[str, str]) -> dict[str, str]:
    """The settings of a trial account on a free port of this machine; nothing unless this is a trial whose telephone nobody set."""
    if given.get("CALLCENTER_DEMO") != "1" or any(given.get(name) for name in GIVEN):
        return {}
    port, token = _free_port(), accepted_tokens(replace(settings, demo=True))[0]
    return {
        PORT: str(port), "TWILIO_API": f"http://127.0.0.1:{port}", "TWILIO_ACCOUNT_SID": account(token), "TWILIO_AUTH_TOKEN": token,
        "TWILIO_NUMBER": NUMBER, "PUBLIC_BASE_URL": f"http://{settings.bind}"}


def account(token: str) -> str:
    """An account id made of the trial's secret: the same for every process of the trial, and nobody's real one."""
    return f"AC{sha256(token.encode()).hexdigest()[:32]}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as anywhere:
        port: int = anywhere.getsockname()[1]
        return port
