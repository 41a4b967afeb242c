"""The style sheet keeps its promises: contrast in both looks, nothing fetched from elsewhere."""

import re
from itertools import product
from pathlib import Path

import pytest

from callcenter import resources

STATIC = Path(resources.__file__).parent / "static"
CSS = (STATIC / "app.css").read_text()
GROUNDS, WASHES = ("ground", "paper", "sunk"), ("ok", "warn", "bad", "info")
PAIRS = [
    *product(("ink", "soft"), GROUNDS), *((tone, f"{tone}-wash") for tone in WASHES), *product(WASHES, ("paper",)),
    ("ink", "bad-wash"), ("ink", "accent-wash"), ("soft", "accent-wash"), ("accent", "paper"), ("accent-ink", "accent"),
    ("bar-ink", "bar"), ("bar-soft", "bar"),
]  # fmt: skip


def tokens(look: str) -> dict[str, str]:
    blocks = re.findall(r":root(?::not\(\[data-look\]\))? \{(.*?)\}", CSS, re.S)[:2]
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,8})", block)) for block in blocks)
    return light if look == "light" else {**light, **dark}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(two * 2 for two in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_word_stands_out_from_its_ground(look):
    held = tokens(look)
    assert {pair: round(contrast(*map(held.get, pair)), 2) for pair in PAIRS if contrast(*map(held.get, pair)) < 4.5} == {}


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_edge_of_a_field_can_be_seen(look):
    held = tokens(look)
    assert all(contrast(held["line-strong"], held[ground]) >= 3 for ground in ("paper", "sunk"))


def test_dark_chosen_by_hand_is_the_dark_of_the_system():
    system, chosen = (re.search(rf":root{which} \{{(.*?)\}}", CSS, re.S)[1] for which in (r":not\(\[data-look\]\)", r'\[data-look="dark"\]'))
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
