"""The engine measured within this process: a rehearsed fortnight, a burst of due timers, acts by one and by eight at once."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from callcenter import clock
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets, timers
from callcenter.services.demo import company
from callcenter.services.hotline import Hotline
from callcenter.services.rehearsal import playing
from callcenter.services.rehearsal import reading as rehearsal_file
from callcenter.services.rulebook import Rulebook
from callcenter.storage import schema
from callcenter.storage.store import Store, make_engine
from callcenter.storage.tables import PromiseRow, TicketRow, TimerFireRow, TimerRow

FORTNIGHT = """\
title = "一张没人管的急修单,放两个星期"
start = 2026-03-10T09:00:00+08:00
cast = "demo"

[[step]]
at = "0s"
act = "open_ticket"
as = "t1"
by = "agent01"
category = "101"
room = "梧桐里3栋2单元1602"
customer_name = "周敏"
content = "厨房水管爆裂,水漫到客厅"

[[expect]]
at = "14d"
unguarded = 0
"""
BURST, ACTS = 1000, 200


def took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def hotline(url: str, now: datetime) -> Iterator[Hotline]:
    """A hotline with the demo company on an empty database."""
    store = Store(make_engine(url))
    schema.upgrade(store.engine)
    with store.transaction() as session:
        company.load(session, now, now + timedelta(days=21))
    opened = Hotline(store, Rulebook())
    opened.rulebook.install(store, now)
    yield opened
    store.engine.dispose()


def open_tickets(opened: Hotline, many: int, now: datetime) -> list[str]:
    """Ordinary repairs, registered now."""
    fields = {"category": "105", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "contact_phone": "19000000001"}
    return [tickets.open_ticket(opened, Act(Action.OPEN_TICKET, "agent01", {**fields, "content": f"第 {n} 处"}), f"open-{n}", now).number
            for n in range(many)]


def add_due(opened: Hotline, many: int, first: datetime, apart: timedelta) -> None:
    """That many further promises with a reminder to owner and department, one due every *apart* from *first* on."""
    with opened.store.transaction() as session:
        ids = list(session.scalars(sa.select(TicketRow.id)))
        rows = [PromiseRow(ticket_id=ids[n % len(ids)], clock="supervision", about=f"bench{n}", cycle=1, started_at=first - timedelta(hours=20),
                           due_at=first + n * apart + timedelta(hours=4), first_due_at=first + n * apart + timedelta(hours=4), paused_ms=0)
                for n in range(many)]
        session.add_all(rows)
        session.flush()
        session.add_all(TimerRow(promise_id=row.id, ticket_id=row.ticket_id, due_at=row.due_at - timedelta(hours=4), step=0, gen=1,
                                 armed_from=row.started_at, fails=0) for row in rows)


def fortnight() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fortnight.toml"
        path.write_text(FORTNIGHT, encoding="utf-8")
        script = rehearsal_file.read(path)
    staged = playing.stage(script, Rulebook())
    seconds = took(playing.Rehearsal(staged, script).play)
    with staged.store.reading() as session:
        fired = session.scalar(sa.select(sa.func.count()).select_from(TimerFireRow)) or 0
    staged.store.engine.dispose()
    yield f"a fortnight of one unattended urgent ticket: {seconds:.2f} s, {fired} rungs fired, {seconds / fired * 1000:.2f} ms each"


def firing() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        now = clock.now()
        with hotline(f"sqlite:///{folder}/bench.sqlite3", now) as opened:
            open_tickets(opened, 50, now)
            add_due(opened, BURST, now, timedelta())
            seconds = took(lambda: timers.fire_due(opened, now))
    yield f"{BURST} timers due at once, SQLite: {seconds:.2f} s, {BURST / seconds:.0f} a second, {seconds / BURST * 1000:.2f} ms each"


def acts() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/bench.sqlite3"}
        if "postgres" in os.environ.get("DATABASE_URL", ""):
            urls["PostgreSQL"] = "postgresql+psycopg://" + os.environ["DATABASE_URL"].partition("://")[2]
        for name, url in urls.items():
            now = clock.now()
            with hotline(url, now) as opened:
                numbers = open_tickets(opened, 16, now)
                for threads in (1, 8):
                    yield f"{name}: {ACTS / _notes(opened, numbers, threads, now):.0f} acts a second by {threads} at once"


def _notes(opened: Hotline, numbers: list[str], threads: int, now: datetime) -> float:
    """Seconds that many notes take, each with its decision, event, chain and commit."""
    def note(n: int) -> None:
        tickets.carry_out(opened, numbers[n % len(numbers)], Act(Action.NOTE, "agent01", {"text": "已联系"}), f"note-{threads}-{n}", now)
    with ThreadPoolExecutor(threads) as pool:
        return took(lambda: list(pool.map(note, range(ACTS))))
