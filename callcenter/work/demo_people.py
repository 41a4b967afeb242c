"""The people of the demonstration at their browsers: they sign in and post the very forms of the pages, nothing else."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from secrets import token_urlsafe
from urllib.parse import quote, urlencode, urlsplit

from callcenter.services.demo.company import PASSWORD

#: seconds an answer may take
PATIENCE = 20
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
_DISPATCHERS = ("dispatcher01", "dispatcher02", "lead01", "lead02", "supervisor01", *(f"agent0{n}" for n in range(1, 9)))
_CALLERS_BACK = ("callback01", "lead01", "lead02", "supervisor01")


class CannotPlay(Exception):
    """The demonstration cannot go on; the message says why."""


@dataclass(slots=True)
class Answer:
    status: int
    location: str
    text: str

    @property
    def is_done(self) -> bool:
        return self.status in (200, 204, 302, 303)


@dataclass(slots=True)
class Browser:
    """One person's browser: keeps cookies and the forgery token."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        answer = self._ask("GET", path, None, dict(headers or {}))
        found = _TOKEN.search(answer.text)
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """Sends a form as the page would, with a fresh key."""
        return self.send(path, {"csrf_token": self.token, "key": token_urlsafe(18), **form}, {})

    def send(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Sends exactly this form."""
        return self._ask("POST", path, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded", **headers})

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        host = urlsplit(self.address).netloc
        line = HTTPConnection(host, timeout=PATIENCE)
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            line.request(method, path, body, {**headers, "Accept": "text/html", "Accept-Language": "zh", **({"Cookie": kept} if kept else {})})
            answer = line.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                name, _, rest = cookie.partition("=")
                self.cookies[name] = rest.partition(";")[0]
            return Answer(answer.status, answer.headers.get("Location", ""), answer.read().decode("utf-8", "replace"))
        finally:
            line.close()


@dataclass(slots=True)
class Company:
    """Everybody who acts; each signs in once, when first needed."""

    address: str
    browsers: dict[str, Browser | None] = field(default_factory=dict)

    def browser(self, user: str) -> Browser | None:
        """The person's browser, signed in; None for somebody who cannot sign in."""
        if user not in self.browsers:
            browser = Browser(self.address)
            browser.get("/sign-in")
            browser.post("/sign-in", {"user": user, "password": PASSWORD})
            self.browsers[user] = browser if browser.get("/me").status == 200 else None
        return self.browsers[user]

    def desk(self, user: str, path: str, form: Mapping[str, str]) -> Answer | None:
        """A form of the desk, sent by *user*."""
        browser = self.browser(user)
        return browser.post(f"/desk/{path}", form) if browser else None

    def register(self, user: str, sid: str, form: Mapping[str, str]) -> str | None:
        """The intake form; the new ticket's number. A written day repeats itself: each caller is said to have another matter."""
        answer = self.desk(user, "tickets", {"call": sid, "apart": "yes", **form})
        found = re.search(r"[?&]done=([^&]+)", answer.location) if answer else None
        return found[1] if found else None

    def act(self, number: str, action: str, form: Mapping[str, str], by: Iterable[str]) -> str | None:
        """An act on a ticket by the first of these people who may; who it was."""
        for user in by:
            browser = self.browser(user)
            if browser and browser.post(f"/tickets/{quote(number)}/acts/{action}", form).is_done:
                return user
        return None

    def dispatch(self, number: str) -> str | None:
        """The best candidate of the dispatcher's list, one click; who is sent."""
        for user in _DISPATCHERS:
            browser = self.browser(user)
            page = browser.get("/dispatch") if browser else None
            if browser is None or page is None or page.status != 200:
                continue
            form = re.search(rf'<form id="send-{re.escape(number)}".*?</form>', page.text, re.DOTALL)
            to = re.search(r'name="to"[^>]*?value="([^"]+)"', form[0]) if form else None
            if to and browser.post(f"/dispatch/{quote(number)}/dispatch", {"to": to[1]}).is_done:
                return to[1]
        return None

    def field_act(self, number: str, action: str, form: Mapping[str, str], handler: str) -> str | None:
        """What the handler does on site; for one without a telephone of ours, the dispatcher on their word."""
        return self.act(number, action, form, (handler, *_DISPATCHERS))

    def verify(self, number: str) -> str | None:
        """Warranty work is looked at by the engineers instead of handing in a slip."""
        return self.act(number, "verify", {"passed": "yes", "note": "现场查看合格"}, ("engineering01", "pm01", "pm02", "pm03"))

    def call_back(self, number: str, form: Mapping[str, str], owner: str) -> str | None:
        """The follow-up call."""
        return self.act(number, "record_callback", form, (*_CALLERS_BACK, owner))
