"""A generated year measured: making it, its figures from the rows and from the daily sums, on SQLite or an empty PostgreSQL database."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from callcenter.services import figures
from callcenter.services.figures import daily
from callcenter.services.hotline import Hotline
from callcenter.services.rulebook import Rulebook
from callcenter.storage.store import Store, make_engine
from scripts.benches.engine import took
from tests.year import generate

#: matters of the year: BENCH_YEAR, else so many on SQLite and on PostgreSQL
#: the rows of a whole year are counted up to so many matters: it takes minutes
RAW = 100_000
MATTERS = {"SQLite": 100_000, "PostgreSQL": 1_000_000}


def year() -> Iterator[str]:
    """Generation by its parts, then the figures over windows that end with the year."""
    with _database() as (name, url):
        matters = int(os.environ.get("BENCH_YEAR", MATTERS[name]))
        opened = Hotline(Store(make_engine(url)), Rulebook())
        generate.company(opened.store)
        made = generate.make(opened.store, matters)
        rows = sum(made.rows.values())
        yield f"{name}: {made.matters} matters, {rows} rows; {made.stories} played in {made.seconds['play']:.1f} s"
        yield f"copied in {made.seconds['copy']:.1f} s, {rows / made.seconds['copy']:.0f} rows a second"
        windows = (("a day", 1), ("a month", 31), ("the year", 365))
        for words, days in windows if matters <= RAW else windows[:2]:
            seconds = _figures(opened, made.until - timedelta(days=days), made.until)
            yield f"all figures of {words}, from the raw rows: {seconds:.2f} s"
        yield from _summed(opened, made.until, windows)
        opened.store.engine.dispose()


def _figures(opened: Hotline, since: datetime, until: datetime, *, listed: bool = True) -> float:
    with opened.store.reading() as session:
        return took(lambda: figures.all_figures(opened, session, until, since, until, listed=listed))


def _summed(opened: Hotline, until: datetime, windows: tuple[tuple[str, int], ...]) -> Iterator[str]:
    """The same once everything is summed up by day, and one figure broken down."""
    counted: list[int] = []
    seconds = took(lambda: counted.append(daily.rebuild(opened, until)))
    yield f"summed up by day: {counted[0]} tickets and calls in {seconds:.1f} s, {counted[0] / seconds:.0f} a second"
    for words, days in windows:
        yield f"all figures of {words}, from the daily sums: {_figures(opened, until - timedelta(days=days), until, listed=False):.2f} s"
    with opened.store.reading() as session:
        for by in ("compound", "technician", "building"):
            seconds = took(lambda by=by: figures.broken_down(opened, session, "K04", by, until, until - timedelta(days=365), until))
            yield f"K04 of the year by {by}: {seconds:.2f} s"


@contextmanager
def _database() -> Iterator[tuple[str, str]]:
    """An empty database: PostgreSQL's when DATABASE_URL names one, else a file of SQLite's."""
    asked = os.environ.get("DATABASE_URL", "")
    if asked.startswith("postgres"):
        yield "PostgreSQL", "postgresql+psycopg://" + asked.partition("://")[2]
        return
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", f"sqlite:///{folder}/year.sqlite3"
