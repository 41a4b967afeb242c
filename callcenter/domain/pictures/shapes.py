"""What a picture is made of, and how much room words take in it."""

from typing import NamedTuple

#: the width of every picture; the page scales it to the room there is
WIDTH = 480.0
#: room kept for a full-width character: the size words have on a telephone, where the picture is small
EM = 16.0
#: from a line's middle down to the words' baseline
BASELINE = 5.0


class Rect(NamedTuple):
    """A filled rectangle. `title` is what it says when it is pointed at, `href` where it leads."""

    x: float
    y: float
    width: float
    height: float
    look: str
    title: str = ""
    href: str | None = None
    kind: str = "rect"


class Dot(NamedTuple):
    """A point that is marked."""

    x: float
    y: float
    radius: float
    look: str
    title: str = ""
    href: str | None = None
    kind: str = "dot"


class Line(NamedTuple):
    """Points that are joined."""

    points: tuple[tuple[float, float], ...]
    look: str
    kind: str = "line"

    @property
    def path(self) -> str:
        """As an attribute of SVG says it."""
        return " ".join(f"{round(x, 2):g},{round(y, 2):g}" for x, y in self.points)


class Words(NamedTuple):
    """Words at a place; *anchor* is start, middle or end."""

    x: float
    y: float
    text: str
    look: str = "axis"
    anchor: str = "start"
    kind: str = "words"


Shape = Rect | Dot | Line | Words


class Drawing(NamedTuple):
    """A picture: its size and its shapes, the hindmost first."""

    width: float
    height: float
    shapes: tuple[Shape, ...]

    def of(self, look: str) -> list[Shape]:
        """The shapes of one look."""
        return [s for s in self.shapes if s.look.split()[0] == look]


def wide(text: str) -> float:
    """How wide words are at most; a Chinese character takes a full width, others three fifths of it, an m nearly all."""
    return sum(EM if ord(c) >= 0x2E80 or c in "mMW" else 0.6 * EM for c in text)


def cut(text: str, room: float) -> str:
    """*text*, shortened with an ellipsis where it does not fit."""
    if wide(text) <= room:
        return text
    while text and wide(text) + EM > room:
        text = text[:-1]
    return text.rstrip() + "…"
