"""The style sheet read as data, and the page `/style`: every colour with its contrast, every part the pages are built from in every state."""

import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, render_template
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.pictures import Drawing
from callcenter.domain.pictures.upright import Column, columns
from callcenter.domain.vocabulary import State
from callcenter.web.charts import Picture, number, plain

blueprint = Blueprint("style", __name__)

STATIC = Path(__file__).parent.parent / "static"
GROUNDS, TONES = ("ground", "paper", "sunk"), ("ok", "warn", "bad", "info")
#: words on their ground: each must be read in both looks (4.5 : 1)
READ = (
    *((ink, ground) for ink in ("ink", "soft") for ground in GROUNDS), *((tone, f"{tone}-wash") for tone in TONES),
    *((tone, "paper") for tone in TONES), ("ink", "bad-wash"), ("ink", "accent-wash"), ("soft", "accent-wash"), ("accent", "paper"),
    ("accent-ink", "accent"), ("bar-ink", "bar"), ("bar-soft", "bar"))
#: edges and marks on their ground: each must be seen (3 : 1)
SEEN = (("line-strong", "paper"), ("line-strong", "sunk"), ("focus", "paper"), ("focus", "ground"))


class Contrast(NamedTuple):
    """One colour on another, as a look has them."""

    ink: str
    ground: str
    #: their values, "#16232e"
    colours: tuple[str, str]
    ratio: float
    #: the least it may be
    least: float


def tokens(look: str, css: str) -> dict[str, str]:
    """Name → colour of a look, "light" or "dark"; what the dark does not say is as in the light."""
    blocks = re.findall(r"^(?::root, \.look-light|  :root:not\(\[data-look\]\)) \{(.*?)\}", css, re.S | re.M)
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,8})", block)) for block in blocks)
    return light if look == "light" else {**light, **dark}


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart, 1 to 21, as WCAG counts it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(two * 2 for two in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def contrasts(look: str) -> tuple[Contrast, ...]:
    """Every pair of a look that somebody has to read or see."""
    held = tokens(look, (STATIC / "app.css").read_text(encoding="utf-8"))
    pairs = [(*pair, 4.5) for pair in READ] + [(*pair, 3.0) for pair in SEEN]
    return tuple(Contrast(ink, ground, (held[ink], held[ground]), contrast(held[ink], held[ground]), least) for ink, ground, least in pairs)


@cache
def icons() -> tuple[str, ...]:
    """What is drawn in icons.svg."""
    return tuple(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))


@blueprint.get("/style")
def show() -> str:
    """For whoever builds a page, and for whoever wants to know what a sign means."""
    now = clock.now()
    return render_template(
        "style/page.html", looks=[(look, contrasts(look)) for look in ("light", "dark")], icons=icons(), states=list(State),
        pictures={look: _picture(look) for look in ("light", "dark")},
        dues=[now + timedelta(minutes=12), now + timedelta(seconds=45), now - timedelta(minutes=3)],
        story=[{"at": now - timedelta(minutes=minutes), "kind": kind, "text": text, "who": who} for minutes, kind, text, who in (
            (9, "call", gettext("来电"), gettext("客户")), (8, "step", gettext("派单"), gettext("派单员")),
            (5, "warn", gettext("快到期"), gettext("系统")), (3, "bad", gettext("超时"), gettext("系统")))])


def _picture(look: str) -> Picture:
    """Columns in two parts, with a limit: the looks every chart is made of."""
    parts = (gettext("按时"), gettext("超时"))
    held = {"8:00": (6, 0), "9:00": (9, 2), "10:00": (7, 1)}
    drawn: Drawing = columns([Column(name, values, tuple(f"{name} {part}: {n}" for part, n in zip(parts, values, strict=True)))
                              for name, values in held.items()], number)
    return Picture(f"example-{look}", gettext("图表"), gettext("9 点最多，11 件中 2 件超时。"), drawn, (gettext("时间"), *parts),
                   tuple(plain(name, *values) for name, values in held.items()), n=25, judged=False,
                   legend=(("part-0", parts[0]), ("part-1", parts[1])))
