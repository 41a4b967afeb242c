"""Whether a SQLite file is at today's schema, found out without loading the database library: a second start need not wait for it."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path


def newest() -> str | None:
    """The newest revision there is, by the names of the migrations' files (0001_…, 0002_…)."""
    files = sorted(p.name for p in (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py"))
    found = re.match(r"\d+", files[-1]) if files else None
    return found[0] if found else None


def is_current(file: Path) -> bool:
    """True when *file* exists and its schema is the newest; False whenever that is not certain."""
    if not file.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return False
    return row is not None and row[0] == newest()
