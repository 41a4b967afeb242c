"""What a supervisor types about figures: printed for a period, compared with the rows, summed up anew."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from callcenter import cli
from callcenter.domain.days import LOCAL
from callcenter.storage.figure_tables import FigureDayRow
from callcenter.storage.store import Store, make_engine
from callcenter.work.figures import Unreadable, bounds_of


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The demo company, nothing summed up yet."""
    monkeypatch.setenv("CALLCENTER_DATA", str(tmp_path / "data"))
    for name in ("DATABASE_URL", "REDIS_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_NUMBER", "PUBLIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main(["upgrade"]) == 0
    store = Store(make_engine(f"sqlite:///{next((tmp_path / 'data').glob('*.sqlite3'))}"))
    yield store
    store.engine.dispose()


def test_figures_are_printed_summed_up_and_compared(house, capsys) -> None:
    assert cli.main(["figures", "--check"]) == 2
    assert cli.main(["figures", "--rebuild"]) == 0
    assert cli.main(["figures", "--check"]) == 0
    assert "✓" in capsys.readouterr().out
    assert cli.main(["figures", "--period", "2026-03", "--json", "--lang", "en"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert next(p for p in printed if p["code"] == "K04") | {"name": ""} == {
        "code": "K04", "name": "", "value": None, "numerator": 0, "denominator": 0, "excluded": 0, "unit": "share", "target": 1.0, "met": None}
    with house.transaction() as session:
        session.execute(sa.insert(FigureDayRow), [{"dimension": "all", "code": "K04", "value": "", "day": 20_000, "hits": 1, "misses": 0, "apart": 0,
                                                   "hit_amount": 1, "miss_amount": 0}])
    assert cli.main(["figures", "--check"]) == 1
    assert "✗ K04 all" in capsys.readouterr().out


def test_periods_are_local_days_months_and_years() -> None:
    def local(*parts: int) -> datetime:
        return datetime(*parts, tzinfo=LOCAL)  # type: ignore[misc,arg-type]

    assert bounds_of("2026-02", None, None) == (local(2026, 2, 1), local(2026, 3, 1))
    assert bounds_of("2028", None, None) == (local(2028, 1, 1), local(2029, 1, 1))
    assert bounds_of("2026-12-31", None, None) == (local(2026, 12, 31), local(2027, 1, 1))
    assert bounds_of(None, "2026-03-10", "2026-03-11") == (local(2026, 3, 10), local(2026, 3, 12))
    assert bounds_of(None, None, None) == (None, None)
    for wrong in ("2026-13", "yesterday", "2026-02-30", "2026-02-03-04", ""):
        with pytest.raises(Unreadable):
            bounds_of(wrong, None, None)
