"""The generated year, made once: about two thousand matters, or as many as CALLCENTER_YEAR says."""

import os
from collections.abc import Iterator

import pytest

from callcenter.services.hotline import Hotline
from callcenter.services.rulebook import Rulebook
from callcenter.storage.store import Store, make_engine
from tests.year import generate

MATTERS = int(os.environ.get("CALLCENTER_YEAR", "2000"))


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hotline, generate.Made]]:
    """A hotline with a year behind it, and what was made."""
    store = Store(make_engine(f"sqlite:///{tmp_path_factory.mktemp('year') / 'year.sqlite3'}"))
    generate.company(store)
    made = generate.make(store, MATTERS)
    yield Hotline(store, Rulebook()), made
    store.engine.dispose()
