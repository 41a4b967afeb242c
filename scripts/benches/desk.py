"""The desk measured among fifty thousand customers: the search box, and the screen pop from a call's arrival to the page around it."""

import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import sqlalchemy as sa

from callcenter import clock
from callcenter.services.hotline import Hotline
from callcenter.services.intake import finding, keys
from callcenter.services.telephone import calls
from callcenter.storage.tables import CustomerRow, RoomRow
from callcenter.work.demo_people import Browser
from scripts.benches.engine import hotline, open_tickets, took
from scripts.benches.whole import first_answer, process

CUSTOMERS = 50_000
TYPED = ("zm", "zhoumin", "周敏", "敏", "wang", "l", "1602", "3-2-1602", "wtl3-2-1602", "梧桐3栋1602", "周敏1602", "zm1602", "0001", "19000000001",
         "00000001", "dianti", "5栋1单元电梯", "梧桐里")
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏", "伟芳娜敏静丽强磊洋艳勇军杰娟涛超明霞平刚桂英文博雨桐子涵建国"
POPS = 20


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
    browser.post("/sign-in", {"user": "agent01", "password": "demo"})
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


def _middle(held: Sequence[float]) -> float:
    return sorted(held)[len(held) // 2]
