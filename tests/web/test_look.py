"""The style sheet keeps its promises: contrast in both looks, nothing fetched from elsewhere."""

import re
from pathlib import Path

import pytest

from callcenter import resources
from callcenter.app import PAGES
from callcenter.web import style
from tests.web import office

STATIC = Path(resources.__file__).parent / "static"
CSS = (STATIC / "app.css").read_text()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_word_stands_out_from_its_ground_and_every_edge_can_be_seen(look):
    held = style.contrasts(look)
    assert len(held) > 20
    assert {(c.ink, c.ground): round(c.ratio, 2) for c in held if c.ratio < c.least} == {}


def test_contrast_is_counted_as_the_guidelines_do():
    assert (style.contrast("#000", "#ffffff"), style.contrast("#777777", "#777")) == (21.0, 1.0)
    assert round(style.contrast("#767676", "#fff"), 2) == 4.54


def test_dark_chosen_by_hand_is_the_dark_of_the_system():
    system, chosen = (
        re.search(rf":root{which} \{{(.*?)\}}", CSS, re.S)[1] for which in (r":not\(\[data-look\]\)", r'\[data-look="dark"\], \.look-dark'))
    assert system.split() == chosen.replace("color-scheme: dark;", "").split()


def test_a_choice_is_kept_by_the_browser_and_stands_in_every_page_before_it_is_painted(visitor):
    visitor.sign_in("wangfang")
    assert '<html lang="zh-CN">' in visitor.get("/me").get_data(as_text=True)
    assert visitor.post("/look", {"look": "dark", "density": "dense"}).headers["Location"] == "/me"
    assert '<html lang="zh-CN" data-look="dark" data-density="dense">' in visitor.get("/me").get_data(as_text=True)
    assert visitor.post("/look", {"look": "auto", "next": "//evil.example"}).headers["Location"] == "/me"
    assert '<html lang="zh-CN" data-density="dense">' in visitor.get("/me").get_data(as_text=True)
    assert visitor.post("/look", {"look": "pink"}).status_code == 400
    assert visitor.post("/look").status_code == 400


def test_nothing_is_fetched_from_elsewhere():
    for file in (f for f in STATIC.rglob("*.*") if f.suffix not in {".wav", ".png"}):
        found = re.findall(r"(?:https?:)?//[\w.-]+\.\w+|@import", re.sub(r"http://www\.w3\.org/\S+", "", file.read_text()))
        assert found == [], file


def test_every_icon_the_pages_ask_for_is_drawn():
    from callcenter.web.people import DOORS

    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    assert {door.icon for door in DOORS} | {"phone", "person", "sound", "muted"} <= drawn


def test_the_style_page_shows_every_part_in_both_looks(sqlite_hotline, monkeypatch):
    """Every class of a part that app.css draws is on the page, and every icon; what it says of a colour is what the style sheet says."""
    made = office.Office(sqlite_hotline, office.Hand(monkeypatch, sqlite_hotline))
    made.app = office.application(sqlite_hotline, PAGES)
    page = made.visitor("agent01").page("/style")
    shown = {name for held in re.findall(r'class="([^"]*)"', page) for name in held.split()}
    parts = {f"{part}-{tone}" for part in ("chip", "toast", "figure") for tone in ("ok", "warn", "bad")}
    parts |= {"btn-primary", "btn-bad", "btn-big", "btn-wide", "due-running", "due-soon", "due-late", "step-done", "step-now", "step-next", "empty",
              "form-error", "field-wrong", "timeline-bad", "draft-note", "facts", "views", "list", "links", "to-cards", "choices", "search", "chart",
              "connection", "look-light", "look-dark", "hint", "optional", "error"}
    assert parts - shown == set()
    assert {name for name in style.icons() if f"icons.svg#{name}" not in page} == set()
    assert all(f"{c.ratio:.1f}" in page for look in ("light", "dark") for c in style.contrasts(look))
    ids = re.findall(r'\sid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
