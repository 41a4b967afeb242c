"""The week as a grid of hours: the more, the larger and the stronger the square, so that it can be read without colour."""

from collections.abc import Callable, Sequence
from math import sqrt

from callcenter.domain.pictures.shapes import BASELINE, WIDTH, Drawing, Rect, Shape, Words, wide

_TOP = 24.0
#: shades besides nothing at all
LEVELS = 5


def heat(values: Sequence[Sequence[float]], days: Sequence[str], title: Callable[[int, int], str],
         href: Callable[[int, int], str | None] = lambda _d, _h: None) -> Drawing:
    """
    A square for each hour of the week: its area is the number, its shade one of five; the greatest has a frame.

    Args:
        values: seven rows of 24.
        title, href: what a square says and where it leads, by day and hour.
    """
    left = max((wide(d) for d in days), default=0) + 8
    side = (WIDTH - left) / 24
    most = max((max(row, default=0) for row in values), default=0)
    shapes: list[Shape] = [Words(left + hour * side, _TOP - 8, f"{hour:02d}", "axis") for hour in range(0, 24, 3)]
    shapes += [Words(left - 6, _TOP + (n + 0.5) * side + BASELINE, day, "axis", "end") for n, day in enumerate(days)]
    framed = False
    for day, row in enumerate(values):
        for hour, value in enumerate(row):
            x, y = left + hour * side, _TOP + day * side
            shapes.append(Rect(x + 0.5, y + 0.5, side - 1, side - 1, "cell", title(day, hour), href(day, hour) if value else None))
            if value:
                long = (side - 3) * max(0.18, sqrt(value / most))
                shapes.append(Rect(x + (side - long) / 2, y + (side - long) / 2, long, long, f"heat heat-{level(value, most)}",
                                   title(day, hour), href(day, hour)))
            if value and value == most and not framed:
                framed = True
                shapes.append(Rect(x + 0.5, y + 0.5, side - 1, side - 1, "frame"))
    return Drawing(WIDTH, _TOP + len(values) * side + 4, tuple(shapes))


def level(value: float, most: float) -> int:
    """Its shade: 0 for nothing, 1 to 5 by its share of the most."""
    if value <= 0 or most <= 0:
        return 0
    return min(LEVELS, int(value / most * LEVELS - 1e-9) + 1)
