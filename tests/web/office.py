"""The working pages on a real hotline with the demo company, under a clock that the test holds in its hand."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

import callcenter
from callcenter import clock, resources
from callcenter.config import Settings
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import people, tickets, timers
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.telephony.paper_phone import PaperPhone
from callcenter.web import init_web
from callcenter.web.security import SignedIn, open_to_all
from tests.hotlines import NINE

PAGES = ("acts", "dispatch", "field", "supervise", "rules")


@pytest.fixture
def office(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> "Office":
    """On both databases."""
    return Office(hotline, Hand(monkeypatch, hotline))


@pytest.fixture
def one_office(sqlite_hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> "Office":
    """On one of them, where the database makes no difference."""
    return Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))


class Desk:
    """The people of the hotline as the pages ask for them; everybody's password is their user name."""

    def __init__(self, hotline: Hotline) -> None:
        self.register, self.hotline = people.People(hotline.store), hotline

    def find(self, user: str) -> SignedIn | None:
        badge = self.register.find(user)
        return badge and SignedIn(badge.user, badge.name, badge.roles, badge.compounds, badge.session_version, badge.must_change)

    def check(self, user: str, password: str, now: datetime) -> SignedIn | None:
        return self.find(user) if user == password else None


class Hand:
    """The clock: it stands still until the test moves it, and then every timer fires at its own second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, hotline: Hotline) -> None:
        self.now, self.hotline = NINE, hotline
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def move(self, **by: float) -> None:
        until = self.now + timedelta(**by)
        while self.now < until:
            self.now = min(until, self.now + timedelta(seconds=30))
            timers.fire_due(self.hotline, self.now)


class Office:
    """An application, its hotline and its clock; `acts` is the short way to do what other pages do."""

    def __init__(self, hotline: Hotline, hand: Hand) -> None:
        self.hotline, self.hand, self._keys = hotline, hand, 0
        self.app = application(hotline)

    def opens(self, by: str = "agent01", **fields: object) -> str:
        """A ticket is registered; its number."""
        given = {"customer_name": "周敏", "content": "厨房水管爆裂", "category": "101", "room": "梧桐里3栋2单元1602",
                 "contact_phone": "19000000001", **fields}
        act = Act(Action.OPEN_TICKET, by, {k: v for k, v in given.items() if v is not None})
        return tickets.open_ticket(self.hotline, act, self.key(), self.hand.now).number

    def does(self, number: str, action: str, by: str, **fields: object) -> None:
        tickets.carry_out(self.hotline, number, Act(Action(action), by, fields), self.key(), self.hand.now)

    def refuses(self, number: str, action: str, by: str, **fields: object) -> str:
        with pytest.raises(Refused) as no:
            self.does(number, action, by, **fields)
        return no.value.code

    def key(self) -> str:
        self._keys += 1
        return f"test-{self._keys}"

    def on_duty(self, user: str) -> bool:
        with self.hotline.store.reading() as session:
            return facts.staff(session, self.hand.now).on_duty(user)

    def visitor(self, user: str, language: str = "zh") -> "Visitor":
        return Visitor(self.app.test_client(), user, language)


def application(hotline: Hotline, pages: Iterable[str] = PAGES, **config: object) -> Flask:
    """The pages named, with everything they rest on."""
    app = Flask("callcenter", template_folder=str(resources.folder("templates")),
                static_folder=str(Path(callcenter.__file__).parent / "static"))
    app.config.update(SECRET_KEY="planted for tests", COMPANY_NAME="和邻物业服务", HOTLINE_NUMBER="400-000-0000", **config)
    settings = Settings(data_dir=Path("var"), database_url="sqlite://", redis_url="unix:///nobody", demo=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache()  # compiled once, not once a test
    app.extensions.update(hotline=hotline, people=Desk(hotline), parts=SimpleNamespace(settings=settings, hotline=hotline, phone=PaperPhone()))
    for page in dict.fromkeys([*pages, "agents"]):  # the head of the desk and the board ask for it
        app.register_blueprint(import_module(f"callcenter.web.{page}").blueprint)
    app.add_url_rule("/healthz", "healthz", open_to_all(lambda: "ok"))
    if "tickets" not in pages:
        app.add_url_rule("/tickets/<number>", "tickets.show", lambda number: number)
    init_web(app)
    return app


class Visitor:
    """Somebody signed in, with a browser that runs no scripts unless the test plays them."""

    def __init__(self, client: FlaskClient, user: str, language: str) -> None:
        self.client, self.user, self.keys = client, user, 0
        client.set_cookie("language", language)
        page = client.get("/sign-in").get_data(as_text=True)
        self.token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
        answer = client.post("/sign-in", data={"user": user, "password": user, "csrf_token": self.token})
        assert answer.status_code == 303, answer.get_data(as_text=True)

    def page(self, path: str, status: int = 200, **headers: str) -> str:
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
        return answer.get_data(as_text=True)

    def fragment(self, path: str) -> str:
        return self.page(path, **{"X-Partial": "1"})

    def post(self, path: str, script: bool = True, **data: str):
        self.keys += 1
        headers = {"X-Partial": "1"} if script else {}
        return self.client.post(path, data={"csrf_token": self.token, "key": f"{self.user}-{self.keys}", **data}, headers=headers)
