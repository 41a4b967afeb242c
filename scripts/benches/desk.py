"""The desk measured among fifty thousand customers: the search box, and the screen pop from a call's arrival to the page around it."""

import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import redis
import sqlalchemy as sa

from callcenter import clock, events
from callcenter.config import redis_socket
from callcenter.services.demo.company import PASSWORD
from callcenter.services.hotline import Hotline
from callcenter.services.intake import finding, keys
from callcenter.services.telephone import calls
from callcenter.storage.tables import CustomerRow, RoomRow
from callcenter.work.demo_people import Browser
from scripts.benches.engine import hotline, open_tickets, took
from scripts.benches.whole import first_answer, process

if TYPE_CHECKING:
    from playwright.sync_api import Page

CUSTOMERS = 50_000
TYPED = ("zm", "zhoumin", "周敏", "敏", "wang", "l", "1602", "3-2-1602", "wtl3-2-1602", "梧桐3栋1602", "周敏1602", "zm1602", "0001", "19000000001",
         "00000001", "dianti", "5栋1单元电梯", "梧桐里")
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏", "伟芳娜敏静丽强磊洋艳勇军杰娟涛超明霞平刚桂英文博雨桐子涵建国"
POPS = 20
#: promises the moment at which the dialog has been drawn: two frames after it opened
SEEN_AT = """() => { const dialog = document.getElementById('ring-dialog');
    window.seenAt = new Promise((seen) => { new MutationObserver((_, watch) => { if (!dialog.open) return; watch.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => seen(performance.timeOrigin + performance.now()))); })
    .observe(dialog, { attributes: true }); }); }"""


def desk() -> Iterator[str]:
    """Words made for everybody, searches one after the other, and calls that ring, are answered and come up with two open matters."""
    with tempfile.TemporaryDirectory() as name, hotline(f"sqlite:///{name}/callcenter.sqlite3", clock.now()) as opened:
        _settle(opened)
        yield f"search words for {CUSTOMERS:,} customers and their rooms: {took(lambda: keys.fill(opened.store)):.1f} s, once"
        yield from _searches(opened)
        open_tickets(opened, 2, clock.now())
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with process([sys.executable, "-m", "callcenter", "run"], Path(name), PORT=str(port)):
            first_answer(port)
            yield from _pops(opened, port)
            yield from _in_a_browser(opened, port, Path(name))


def _settle(opened: Hotline) -> None:
    """So many customers more, two a room, in a compound of their own buildings."""
    rooms = [{"compound": "WTL", "building": f"{b}", "entrance": f"{e}", "number": f"{f}01", "text": f"梧桐里{b}栋{e}单元{f}01", "state": "自住"}
             for b, e, f in product(range(100, 305), (1, 2, 3, 4), range(1, 32))]
    names = [f"{a}{b}{c}" for a, b, c in product(_SURNAMES, _GIVEN, _GIVEN)]
    with opened.store.transaction() as session:
        session.execute(sa.insert(RoomRow), rooms)
        ids = list(session.scalars(sa.select(RoomRow.id).where(RoomRow.building >= "100", sa.func.length(RoomRow.building) == 3)))
        session.execute(sa.insert(CustomerRow), [
            {"room_id": ids[n // 2 % len(ids)], "name": names[n * 7 % len(names)], "relation": "业主", "phone": f"1390{n:07d}",
             "phone_key": f"+861390{n:07d}"}
            for n in range(CUSTOMERS)])


def _searches(opened: Hotline) -> Iterator[str]:
    times = {typed: [] for typed in TYPED}
    for typed in TYPED * 6:
        with opened.store.reading() as session:
            began = time.perf_counter()
            finding.find(session, typed, ())
            times[typed].append((time.perf_counter() - began) * 1000)
    every = sorted(ms for held in times.values() for ms in held[1:])
    slowest = max(times, key=lambda typed: _middle(times[typed]))
    yield (f"search box: p50 {_middle(every):.1f} ms, p95 {every[int(len(every) * 0.95)]:.1f} ms over {len(TYPED)} kinds of words; "
           f"slowest “{slowest}” {_middle(times[slowest]):.1f} ms")


def _pops(opened: Hotline, port: int) -> Iterator[str]:
    browser = Browser(f"http://127.0.0.1:{port}")
    browser.get("/sign-in")
    browser.post("/sign-in", {"user": "agent01", "password": PASSWORD})
    browser.get("/desk")
    card, answer, page = [], [], []
    for n in range(POPS):
        sid = f"CAbench{n}"
        calls.arrive(opened, sid, "19000000001", clock.now())
        card.append(took(lambda: browser.get("/desk?part=calls", {"X-Partial": "1"})) * 1000)
        answer.append(took(lambda sid=sid: browser.post(f"/desk/calls/{sid}/answer", {})) * 1000)
        page.append(took(lambda sid=sid: browser.get(f"/desk?call={sid}")) * 1000)
        calls.ended(opened, sid, clock.now())
        calls.dispose(opened, sid, "agent01", "wrong_number", clock.now())
    whole = [a + b + c for a, b, c in zip(card, answer, page, strict=True)]
    yield (f"screen pop, {POPS} calls of a household with two open matters: card {_middle(card):.0f} ms, answering {_middle(answer):.0f} ms, "
           f"page {_middle(page):.0f} ms; together p50 {_middle(whole):.0f} ms, max {max(whole):.0f} ms")


def _in_a_browser(opened: Hotline, port: int, folder: Path) -> Iterator[str]:
    """From the moment the call is told of to the dialog with the caller on the agent's screen: the desk stands open in Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        yield "screen pop in a browser: not measured, Playwright is not installed"
        return
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not browser_path:
        yield "screen pop in a browser: not measured, there is no Chromium"
        return
    with redis.Redis(unix_socket_path=str(redis_socket(folder))) as live, sync_playwright() as play:
        opened.store.wake = lambda kind, ids: events.publish(live, kind, **ids) if kind in events.KINDS else None
        page = play.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]).new_page()
        page.goto(f"http://127.0.0.1:{port}/sign-in")
        page.fill("[name=user]", "agent01")
        page.fill("[name=password]", PASSWORD)
        page.click("main form button")
        waits = [_seen(opened, page, f"http://127.0.0.1:{port}/desk", f"CAscreen{n}") for n in range(POPS)]
    yield f"screen pop in Chromium, from the call's news to the dialog drawn, {POPS} calls: p50 {_middle(waits):.0f} ms, max {max(waits):.0f} ms"


def _seen(opened: Hotline, page: "Page", address: str, sid: str) -> float:
    """Milliseconds from the news of that call to its dialog; the call is over afterwards."""
    page.goto(address)
    page.wait_for_selector("#connection[data-state=live]")
    page.evaluate(SEEN_AT)
    told = clock.now().timestamp() * 1000
    calls.arrive(opened, sid, "19000000001", clock.now())
    seen: float = page.evaluate("() => window.seenAt")
    calls.ended(opened, sid, clock.now())
    calls.dispose(opened, sid, "agent01", "wrong_number", clock.now())
    return seen - told


def _middle(held: Sequence[float]) -> float:
    return sorted(held)[len(held) // 2]
