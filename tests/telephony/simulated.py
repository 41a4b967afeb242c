"""The line simulator in virtual time: in front of documents written by a test, or of the whole application."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask

from callcenter.simulator.calls import Call, Person
from callcenter.simulator.exchange import Addresses, Exchange
from callcenter.simulator.people import Somebody
from callcenter.simulator.posts import Answer, Chaos, Posts
from callcenter.simulator.rest import Rest
from callcenter.simulator.timeline import Timeline
from tests.hotlines import NINE
from tests.telephony.twilio_posts import ACCOUNT, BASE, CALLER, HOTLINE, TOKEN


@dataclass
class Script:
    """A hotline that says what a test writes: path → the inside of <Response>, or a status; keeps what it was asked."""

    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __call__(self, method: str, url: str, form: dict[str, str], headers: dict[str, str]) -> Answer:
        parts = urlsplit(url)
        name = parts.path.removeprefix("/twilio/")
        self.asked.append((name, {**dict(parse_qsl(parts.query)), **form}))
        page = self.pages.get(name, "")
        if callable(page):
            page = page(form)
        if isinstance(page, int):
            return Answer(page, "broken")
        return Answer(200, page if page.startswith("<?") or not page else f"<Response>{page}</Response>")

    def of(self, name: str) -> list[dict[str, str]]:
        """What that path was told, in order."""
        return [form for asked, form in self.asked if asked == name]

    def names(self) -> list[str]:
        return [name for name, _ in self.asked]


def exchange_over(transport: Any, seed: int = 1, chaos: Chaos | None = None, start: datetime = NINE, travel: tuple[float, float] = (0.0, 0.0),
                  stranger: Callable[[str], Person] | None = None) -> Exchange:
    """An exchange whose time stands still until it is moved."""
    rng = random.Random(seed)
    return Exchange(ACCOUNT, HOTLINE, Addresses.under(BASE), Posts(Timeline(start), transport, TOKEN, rng, chaos, travel=travel), rng,
                    stranger=stranger)


def put(exchange: Exchange, *addresses: str) -> list[Somebody]:
    """Telephones that ring."""
    people = [Somebody(exchange, address) for address in addresses]
    exchange.people.update({person.address: person for person in people})
    return people


def ring(exchange: Exchange, number: str = CALLER) -> Call:
    """A call from somebody who does nothing by themselves."""
    return exchange.call_in(put(exchange, number)[0])


def child_of(exchange: Exchange, call: Call, address: str) -> Call:
    """The newest line of that call to that telephone."""
    return [c for c in exchange.calls.values() if c.parent is call and c.target == address][-1]


def heard(call: Call) -> list[str]:
    """What was said to that telephone."""
    return [h.text for h in call.heard if h.what == "say"]


@dataclass
class Wsgi:
    """Carries webhooks to the application in this very process."""

    app: Flask

    def __call__(self, method: str, url: str, form: dict[str, str], headers: dict[str, str]) -> Answer:
        answer = self.app.test_client().open(url.removeprefix(BASE), method=method, data=form, headers=headers, base_url="http://127.0.0.1:8000")
        return Answer(answer.status_code, answer.get_data(as_text=True))


@dataclass
class Reply:
    """What twilio-python's transport gives back."""

    status_code: int
    content: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        import json

        return "" if self.content is None else json.dumps(self.content)


@dataclass
class RestClient:
    """In place of twilio-python's transport: asks the simulator of this very process."""

    rest: Rest

    def request(self, method: str, url: str, params: Any = None, data: Any = None, *more: Any, **named: Any) -> Reply:
        path = re.sub(r"^.*/Accounts/[^/]+/", "", urlsplit(url).path).removesuffix(".json")
        sent = urlencode({k: v for k, v in (data or params or {}).items() if v is not None}, doseq=True)
        given: dict[str, list[str]] = {}
        for name, value in parse_qsl(sent, keep_blank_values=True):
            given.setdefault(name, []).append(value)
        return Reply(*self.rest.answer(method.upper(), path, given))
