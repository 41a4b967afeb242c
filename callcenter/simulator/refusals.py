"""How the REST API says no, and how it reads what it is given."""

from datetime import datetime
from urllib.parse import urlsplit

Given = dict[str, list[str]]


class Refusal(Exception):
    """What Twilio answers instead."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.body = status, {"code": code, "message": text, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}


def one(given: Given, name: str) -> str:
    """The first value of a parameter; "" without one."""
    return given.get(name, [""])[0]


def moment(text: str) -> datetime:
    """A day or a moment, as list filters write them."""
    return datetime.fromisoformat(text.replace("Z", "+00:00") if "T" in text else f"{text}T00:00:00+00:00")


def check_address(name: str, url: str) -> None:
    """Refusal for an address Twilio could not call."""
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or "_" in parts.hostname):
        raise Refusal(400, 21609 if name == "StatusCallback" else 21205, f"{name} is not a valid URL: {url}")
