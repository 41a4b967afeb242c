"""A generated year measured: making it, summing it up, its figures from rows and from sums, on SQLite or an empty PostgreSQL database."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.services import figures
from callcenter.services.figures import Scope, daily
from callcenter.services.hotline import Hotline
from callcenter.services.rulebook import Rulebook
from callcenter.storage.store import Store, make_engine
from scripts.benches.engine import took
from tests.year import generate, multiplying

#: matters of the year: BENCH_YEAR, else so many on SQLite and on PostgreSQL
MATTERS = {"SQLite": 100_000, "PostgreSQL": 1_000_000}
#: made by the engine's own rows; beyond that PostgreSQL makes the same again, earlier
FIRST = 20_000
#: the rows of a whole year are counted up to so many matters: it takes minutes
RAW = 100_000
#: every figure is asked for so often; the one in the middle is printed
TIMES = 5
WINDOWS = (("a day", 1), ("a month", 31), ("the year", 365))


def year() -> Iterator[str]:
    """Generation by its parts, then the figures over windows that end with the year."""
    with _database() as (name, url):
        opened = Hotline(Store(make_engine(url)), Rulebook())
        matters = int(os.environ.get("BENCH_YEAR", MATTERS[name]))
        until = yield from _made(opened, matters)
        for words, days in WINDOWS if matters <= RAW else WINDOWS[:1]:
            with opened.store.reading() as session:
                seconds = took(lambda since=until - timedelta(days=days): figures.all_figures(opened, session, until, since, until, listed=True))
            yield f"all figures of {words}, from the raw rows: {seconds:.2f} s"
        yield from _summed(opened, until)
        with opened.store.reading() as session:
            yield from answers(opened, session, until)
        opened.store.engine.dispose()


def _made(opened: Hotline, matters: int) -> Iterator[str]:
    """The rows of the year; returns its end."""
    generate.company(opened.store)
    times = 1 if opened.store.sqlite else max(1, matters // FIRST)
    made = generate.make(opened.store, matters // times)
    rows = sum(made.rows.values())
    yield f"{opened.store.engine.dialect.name}: {made.matters} matters, {rows} rows; {made.stories} played in {made.seconds['play']:.1f} s"
    yield f"copied in {made.seconds['copy']:.1f} s, {rows / made.seconds['copy']:.0f} rows a second"
    if times > 1:
        more: list[int] = []
        seconds = took(lambda: more.append(multiplying.multiply(opened.store.engine, times)))
        yield f"made {times} times as large, what the figures read: {times * made.matters} matters, {more[0]} more rows in {seconds:.0f} s"
    return made.until


def _summed(opened: Hotline, until: datetime) -> Iterator[str]:
    counted: list[int] = []
    processes = 1 if opened.store.sqlite else min(4, os.cpu_count() or 1)
    seconds = took(lambda: counted.append(daily.rebuild(opened, until, processes=processes)))
    yield f"summed up by day: {counted[0]} tickets and calls in {seconds:.1f} s by {processes}, {counted[0] / seconds:.0f} a second"


def answers(opened: Hotline, session: Session, until: datetime) -> Iterator[str]:
    """All figures from the daily sums, and one broken down: the median of some askings; on PostgreSQL what the slowest statement does."""
    year = until - timedelta(days=365)

    def asked(since: datetime, **more: Any) -> Callable[[], object]:
        return lambda: figures.all_figures(opened, session, until, since, until, **more)

    questions: list[tuple[str, Callable[[], object]]] = [(f"all figures of {words}", asked(until - timedelta(days=days))) for words, days in WINDOWS]
    questions += [
        ("all figures of the year, one compound", asked(year, scope=Scope(frozenset({"QH"})))),
        ("all figures of the year, one category", asked(year, where={"category": "101"})),
        *((f"K04 of the year by {by}", lambda by=by: figures.broken_down(opened, session, "K04", by, until, year, until))  # type: ignore[misc]
          for by in ("compound", "category", "technician", "building"))]
    for words, ask in questions:
        yield f"{words}, from the daily sums: {statistics.median(took(ask) for _ in range(TIMES)):.3f} s"
    if not opened.store.sqlite:
        yield from _slowest(session, questions[2][1])


def _slowest(session: Session, ask: Callable[[], object]) -> Iterator[str]:
    """The plan of the slowest statement of a question."""
    connection, begun, found = session.connection(), [0.0], [(0.0, "", None)]

    def before(*_: Any) -> None:
        begun[0] = time.perf_counter()

    def after(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        found.append((time.perf_counter() - begun[0], statement, parameters))

    heard = (("before_cursor_execute", before), ("after_cursor_execute", after))
    for name, listener in heard:
        sa.event.listen(connection, name, listener)
    ask()
    for name, listener in heard:
        sa.event.remove(connection, name, listener)
    seconds, statement, parameters = max(found, key=lambda one: one[0])
    yield f"{len(found) - 1} statements, {sum(one[0] for one in found):.3f} s; the slowest, {seconds:.3f} s:"
    yield from (f"    {line}" for line, in connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters))


@contextmanager
def _database() -> Iterator[tuple[str, str]]:
    """An empty database: PostgreSQL's when DATABASE_URL names one, else a file of SQLite's."""
    asked = os.environ.get("DATABASE_URL", "")
    if asked.startswith("postgres"):
        yield "PostgreSQL", "postgresql+psycopg://" + asked.partition("://")[2]
        return
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", f"sqlite:///{folder}/year.sqlite3"
