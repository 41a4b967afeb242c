"""A hotline with the demo company, fresh for every test, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcenter.services.demo import company
from callcenter.services.hotline import Hotline
from callcenter.services.rulebook import Rulebook
from callcenter.storage import schema
from callcenter.storage.store import Store, make_engine
from tests.emptied import Emptied
from tests.servers import fresh_postgres_database

#: nine in the morning on an ordinary Tuesday, Shanghai time
NINE = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
#: read and checked once; every hotline holds a copy of its own
RULES = Rulebook()


def fill(url: str, now: datetime = NINE) -> None:
    """Today's schema and the demo company, with a roster from the day before *now* to three weeks after."""
    engine = make_engine(url)
    schema.create_at_once(engine)
    with Store(engine).transaction() as session:
        company.load(session, now, now + timedelta(days=21))
    engine.dispose()


def open_hotline(url: str, now: datetime = NINE) -> Hotline:
    """A hotline on a filled database."""
    hotline = Hotline(Store(make_engine(url, **({} if url.startswith("sqlite") else {"pool_size": 12}))), RULES.copy(),
                      "planted for tests", "https://hotline.example")
    hotline.rulebook.install(hotline.store, now)
    return hotline


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the demo company, to be copied."""
    path = tmp_path_factory.mktemp("filled") / "hotline.sqlite3"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_hotline(filled_sqlite: Path, tmp_path: Path) -> Iterator[Hotline]:
    """A hotline on a SQLite file of its own."""
    copy = tmp_path / "hotline.sqlite3"
    shutil.copy(filled_sqlite, copy)
    hotline = open_hotline(f"sqlite:///{copy}")
    yield hotline
    hotline.store.engine.dispose()


@pytest.fixture(scope="session")
def filled_postgres(postgres_url: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the demo company, to be copied."""
    with fresh_postgres_database(postgres_url) as url:
        fill(url)
        yield url.split("://postgres@/")[1].split("?")[0]


@pytest.fixture(scope="session")
def emptied_postgres(postgres_url: str, filled_postgres: str) -> Iterator[Emptied]:
    """The PostgreSQL database of this process, brought back to the demo company for each test."""
    emptied = Emptied(postgres_url, filled_postgres)
    yield emptied
    emptied.end()


@pytest.fixture
def postgres_hotline(emptied_postgres: Emptied) -> Iterator[Hotline]:
    """A hotline on a PostgreSQL database with the demo company and nothing else."""
    hotline = open_hotline(emptied_postgres.again())
    yield hotline
    hotline.store.engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def hotline(request: pytest.FixtureRequest) -> Hotline:
    """The same test on both databases."""
    found: Hotline = request.getfixturevalue(f"{request.param}_hotline")
    return found
