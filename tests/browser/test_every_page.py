"""Every page there is, opened in a real Chromium in Chinese and in English: quiet, labelled, small, and no wider than a telephone."""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import Site, _serve
from tests.hotlines import fill, open_hotline
from tests.web.every_page import NOT_HERE, stops
from tests.web.furnished import Furnished, furnish
from tests.web.test_roles import BADGES

BASICS = (Path(__file__).parent / "basics.js").read_text()
#: put there by scripts/test; nothing is fetched from here
AXE = Path(os.environ.get("AXE_CORE", Path(sys.prefix) / "axe-core" / "axe.min.js"))
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LARGEST = 100_000


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[Furnished]:
    url = f"sqlite:///{tmp_path_factory.mktemp('house') / 'hotline.sqlite3'}"
    fill(url)
    hotline = open_hotline(url)
    with pytest.MonkeyPatch.context() as patch:
        yield furnish(hotline, patch)
    hotline.store.engine.dispose()


@pytest.fixture(scope="module")
def house_site(house: Furnished) -> Iterator[Site]:
    house.office.app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 600  # a page after another asks for its own files alone
    yield from _serve(house.office.app)


class Walker:
    """One language and one width; a browser context for each badge; everything wrong with a page is kept under its address."""

    def __init__(self, browser, house: Furnished, site: Site, language: str, width: int, check: str | None = None) -> None:
        self.browser, self.house, self.site, self.language, self.width, self.check = browser, house, site, language, width, check
        self.tabs, self.noise, self.checked = {}, [], {}

    def tab(self, badge: str | None):
        """The badge's own tab, signed in by cookie."""
        if badge not in self.tabs:
            context = self.browser.new_context(viewport={"width": self.width, "height": 800}, locale="zh-CN", timezone_id="Asia/Shanghai")
            kept = {"language": self.language}
            if badge:
                client = self.house.office.visitor(BADGES[badge], self.language).client
                kept["callcenter_session"] = client.get_cookie("callcenter_session").value
            context.add_cookies([{"name": name, "value": value, "url": self.site.address} for name, value in kept.items()])
            context.set_default_navigation_timeout(120_000)  # a busy machine is slow, not wrong
            page = self.tabs[badge] = context.new_page()
            page.on("pageerror", lambda error: self.noise.append(f"error: {error}"))
            page.on("console", self._said)
            page.on("requestfailed", self._failed)
            page.on("request", self._asked)
        return self.tabs[badge]

    def _said(self, said) -> None:
        """Told late, it may still be about the stop before: what is not there, or a part without a head, for which the browser asks an icon."""
        if not NOT_HERE.search(said.location["url"]) and not said.location["url"].endswith("/favicon.ico"):
            self.noise.append(f"{said.type}: {said.text} {said.location['url']}")

    def _asked(self, asked) -> None:
        if urlsplit(asked.url).hostname not in {"127.0.0.1", None}:
            self.noise.append(f"asked elsewhere: {asked.url}")

    def _failed(self, asked) -> None:
        """What a page still waits for is given up when it is left; nothing else may fail."""
        if asked.failure != "net::ERR_ABORTED":
            self.noise.append(f"failed: {asked.url} {asked.failure}")

    def faults(self, badge: str | None, address: str) -> list[str]:
        page = self.tab(badge)
        self.noise.clear()
        answer = page.goto(self.site.address + address)
        if answer.status == 404 and NOT_HERE.search(address):
            return []  # nothing of its kind stands in this house; its own tests open it
        if answer.status == 200 and not answer.body().lstrip().lower().startswith(b"<!doctype html>"):
            return []  # a part that a script puts into its page
        size = len(answer.body())
        wrong = [f"status {answer.status}"] if answer.status != 200 else []
        wrong += [f"{size} bytes"] if size > LARGEST else []
        wrong += [] if page.query_selector("link[rel=icon]") else ["no icon"]
        wrong += page.evaluate(BASICS)
        if self.check and (found := page.evaluate(self.check)):
            self.checked[address] = found
        return wrong + self.noise

    def walk(self, stops: list[tuple[str | None, str]]) -> dict[str, list[str]]:
        try:
            return {f"{address} ({badge})": wrong for badge, address in stops if (wrong := self.faults(badge, address))}
        finally:
            for page in self.tabs.values():
                page.context.close()


def axe() -> str | None:
    """The rules of axe-core as a function of the page; None where they are not there or not the ones we know."""
    if not AXE.exists() or hashlib.sha256(AXE.read_bytes()).hexdigest() != AXE_SHA256:
        return None
    ask = f"await axe.run(document, {{ runOnly: {AXE_RULES}, resultTypes: ['violations'], preload: false }})"
    return f"async () => {{ {AXE.read_text()}; return ({ask}).violations.map((v) => `${{v.id}}: ${{v.nodes.map((n) => n.html).join(' ')}}`); }}"


@pytest.fixture(scope="module")
def wide(browser, house, house_site) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Every page in Chinese on a wide screen: what is wrong with each, and what axe finds."""
    walker = Walker(browser, house, house_site, "zh", 1440, axe())
    return walker.walk(stops(house)), walker.checked


def test_every_page_in_chinese_on_a_wide_screen(wide):
    assert wide[0] == {}


def test_axe_finds_nothing_on_any_page(wide):
    if not axe():
        pytest.skip(f"axe-core is not at {AXE}: scripts/test fetches it where npm is installed")
    assert wide[1] == {}


def test_every_page_in_english_on_the_narrowest_telephone(browser, house, house_site):
    """And where everybody's day begins."""
    own = [(badge, "/") for badge in BADGES]
    assert Walker(browser, house, house_site, "en", 360).walk([*stops(house), *own]) == {}
