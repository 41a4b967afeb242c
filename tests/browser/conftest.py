"""A real browser (Debian's Chromium, driven by Playwright) and the tiny hotline on a loopback port."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import expect
from redis import Redis
from werkzeug.serving import make_server

from callcenter import clock
from callcenter.web.live import Hub
from tests.web.tiny import PASSWORD, tiny_app

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
#: Keeps the browser from talking to anybody by itself.
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


#: A busy machine is slow, not wrong: what is waited for is long in coming (seconds).
PATIENCE = 30
expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items):
    """Without a Chromium these tests are skipped, with the reason."""
    reason = pytest.mark.skip(reason="no Chromium: apt-get install chromium fonts-noto-cjk")
    for item in items:
        if "tests/browser/" in item.nodeid and not CHROMIUM:
            item.add_marker(reason)


@pytest.fixture(scope="session")
def base_url() -> None:
    """Every test names its own site; the plugin's fixture of this name is written in a way pytest 10 forbids."""
    return


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": QUIET}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": {"width": 1440, "height": 900}}


@dataclass
class Site:
    """The running hotline: its address and the application behind it."""

    address: str
    app: Flask

    def sign_in(self, page, user: str = "wangfang") -> None:
        page.goto(f"{self.address}/sign-in")
        page.fill("[name=user]", user)
        page.fill("[name=password]", PASSWORD)
        page.click("main form button")
        page.wait_for_selector("body[data-user]")
        page.wait_for_load_state()  # with its scripts


@pytest.fixture
def site(redis_url: str) -> Iterator[Site]:
    """With live updates over a real Redis."""
    with Redis.from_url(redis_url) as connection:
        app = tiny_app()
        app.extensions["redis"] = connection
        app.extensions["live"] = Hub(connection, most=50, heartbeat=0.2)
        yield from _serve(app)


@pytest.fixture
def site_without_redis() -> Iterator[Site]:
    yield from _serve(tiny_app())


def until_it_is_so(come_true: Callable[[], object]) -> None:
    """Returns as soon as it is so; for what no page shows."""
    until = clock.monotonic() + PATIENCE
    while not come_true():
        assert clock.monotonic() < until, "waited in vain"
        clock.sleep(0.05)


def _serve(app: Flask) -> Iterator[Site]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", app)
    hub = app.extensions.get("live")
    if hub:
        hub.close()
        if hub._reader:
            hub._reader.join(10)
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture(autouse=True)
def a_quiet_page(page) -> Iterator[list[str]]:
    """No page says anything on the console, breaks its content policy, or asks another host for anything."""
    wrong: list[str] = []
    page.context.set_default_timeout(2 * PATIENCE * 1000)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: None if _expected(said) else wrong.append(said.text))
    page.on("request", lambda asked: None if urlsplit(asked.url).hostname in {"127.0.0.1", None} else wrong.append(asked.url))
    yield wrong
    assert wrong == []


def _expected(said) -> bool:
    """The browser itself notes every refused or unreachable request; tests cause some on purpose."""
    return said.type not in {"error", "warning"} or said.text.startswith("Failed to load resource")
