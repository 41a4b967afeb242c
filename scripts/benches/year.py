"""A generated year measured: making it, its raw figures of a day, a month and the whole, on SQLite or an empty PostgreSQL database."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from callcenter.services import figures
from callcenter.services.hotline import Hotline
from callcenter.services.rulebook import Rulebook
from callcenter.storage.store import Store, make_engine
from scripts.benches.engine import took
from tests.year import generate

#: matters of the year: BENCH_YEAR, else so many on SQLite and on PostgreSQL
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
        for words, days in (("a day", 1), ("a month", 31), ("the year", 365)):
            seconds = _figures(opened, made.until - timedelta(days=days), made.until)
            yield f"all figures of {words}, from the raw rows: {seconds:.2f} s"
        opened.store.engine.dispose()


def _figures(opened: Hotline, since: datetime, until: datetime) -> float:
    with opened.store.reading() as session:
        return took(lambda: figures.all_figures(opened, session, until, since, until))


@contextmanager
def _database() -> Iterator[tuple[str, str]]:
    """An empty database: PostgreSQL's when DATABASE_URL names one, else a file of SQLite's."""
    asked = os.environ.get("DATABASE_URL", "")
    if asked.startswith("postgres"):
        yield "PostgreSQL", "postgresql+psycopg://" + asked.partition("://")[2]
        return
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", f"sqlite:///{folder}/year.sqlite3"
