"""Every rehearsal file of this folder holds: the acceptance scenarios of the trade, as a supervisor writes them."""

from pathlib import Path

import pytest

from callcenter import resources
from callcenter.services.rehearsal import playing, reading
from callcenter.services.rehearsal import timeline as rehearsal_text
from callcenter.services.rulebook import Rulebook
from tests.servers import fresh_postgres_database

FILES = sorted(Path(__file__).parent.glob("*.toml"))
RULES = Rulebook()


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_scenario_holds(path):
    script = reading.read(path)
    played = playing.Rehearsal(playing.stage(script, RULES), script)
    assert played.play(), "\n".join(rehearsal_text.timeline(path, played))


@pytest.mark.parametrize("stem", ["01_three_rings", "08_postponed_once", "14_warranty", "17_dissatisfied", "merge_and_undo"])
def test_the_scenario_holds_on_postgresql_too(stem, postgres_url):
    path = Path(__file__).parent / f"{stem}.toml"
    script = reading.read(path)
    with fresh_postgres_database(postgres_url) as url:
        hotline = playing.stage(script, RULES, url)
        played = playing.Rehearsal(hotline, script)
        assert played.play(), "\n".join(rehearsal_text.timeline(path, played))
        hotline.store.engine.dispose()


def test_the_days_that_come_with_the_rules_are_scenarios_of_this_folder_word_for_word():
    shipped = sorted((resources.folder("workflows") / "rehearsals").glob("*.toml"))
    assert shipped
    assert [day.name for day in shipped if day.read_bytes() != (Path(__file__).parent / day.name).read_bytes()] == []
