"""Pictures whose rows are read like a list: shares of a whole added up, spreads beside each other, moments on a line of time."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from callcenter.domain.pictures.scales import ticks, time_ticks
from callcenter.domain.pictures.shapes import BASELINE, EM, WIDTH, Dot, Drawing, Line, Rect, Shape, Words, cut, wide

#: room for the names of rows: as much as the longest needs, within bounds
_LEAST, _MOST = 96.0, 204.0
_ROW, _TOP = 30.0, 28.0


class Row(NamedTuple):
    """A row's number."""

    label: str
    value: float
    title: str
    href: str | None = None


class Spread(NamedTuple):
    """Where the middle half of somebody's cases lies, and the one in the middle."""

    label: str
    low: float
    middle: float
    high: float
    note: str
    title: str
    href: str | None = None
    #: a second kind of row is drawn with another sign
    other: bool = False


class Event(NamedTuple):
    """Something at a moment: 0 is the beginning of the time shown, 1 its end."""

    at: float
    title: str
    href: str | None = None


def pareto(held: Sequence[Row], whole: float, number: Callable[[float], str]) -> Drawing:
    """Bars, the longest first, with a line for what they come to together as a share of *whole*; its scale is at the top."""
    left, right = _left([row.label for row in held]), WIDTH - 24
    shapes = _frame([(f"{n} %", n / 100) for n in (0, 25, 50, 75, 100)], len(held), left, right)
    most = max(ticks(max((r.value for r in held), default=0)))
    reached, line = 0.0, [(left, _TOP)]
    values = []
    for n, row in enumerate(held):
        y = _TOP + n * _ROW
        long = (right - left) * row.value / most
        shapes += [_name(row.label, left, y), Rect(left, y + 5, long, _ROW - 10, "mark part-0", row.title, row.href)]
        values.append(_beside(number(row.value), left, long, right, y))
        reached += row.value
        line.append((left + (right - left) * (reached / whole if whole else 0), y + _ROW))
    if held:
        shapes += [Line(tuple(line), "sum"), *(Dot(x, y, 3, "sum-point") for x, y in line[1:]), *values]
    return _drawing(shapes, len(held))


def _beside(text: str, left: float, long: float, right: float, y: float) -> Words:
    """The number behind its bar; in it where there is no room behind."""
    if left + long + 6 + wide(text) <= right:
        return Words(left + long + 6, y + _ROW / 2 + BASELINE, text, "value")
    return Words(left + long - 6, y + _ROW / 2 + BASELINE, text, "value-in", "end")


def spreads(held: Sequence[Spread], seconds: Callable[[float], str], target: float | None = None, target_name: str = "") -> Drawing:
    """A line of time for each row: a bar over its middle half, a mark on the one in the middle, the number of cases at the end."""
    left, right = _left([row.label for row in held]), WIDTH - 62
    steps = time_ticks(max((r.high for r in held), default=0) if target is None else max(target, *(r.high for r in held), 0))
    shapes = _frame([(seconds(s), s / steps[-1]) for s in steps], len(held), left, right)

    def x(value: float) -> float:
        return left + (right - left) * value / steps[-1]

    for n, row in enumerate(held):
        y = _TOP + n * _ROW + _ROW / 2
        look = "mark part-1" if row.other else "mark part-0"
        shapes += [_name(row.label, left, y - _ROW / 2), Rect(x(row.low), y - 5, max(1.5, x(row.high) - x(row.low)), 10, look, row.title, row.href)]
        sign: Shape = Rect(x(row.middle) - 5, y - 8, 10, 16, "middle", row.title, row.href) if row.other else Dot(
            x(row.middle), y, 7, "middle", row.title, row.href)
        shapes += [sign, Words(WIDTH, y + BASELINE, row.note, "axis", "end")]
    if target is not None and held:
        shapes += [Line(((x(target), _TOP - 6), (x(target), _TOP + len(held) * _ROW)), "limit"),
                   Words(x(target) + 4, _TOP + len(held) * _ROW + EM, target_name, "limit-name")]
    return _drawing(shapes, len(held) + (1 if target is not None and held else 0))


def moments(held: Sequence[tuple[str, str, Sequence[Event]]], named: Sequence[tuple[float, str]]) -> Drawing:
    """A line of time for each row with a dot for each event, its name in two lines; *named* are the moments written at the top."""
    left, right, high = _left([name for label, below, _ in held for name in (label, below)]), WIDTH - 16, 1.5 * _ROW
    shapes = _frame([(text, at) for at, text in named], len(held), left, right, high)
    for n, (label, below, events) in enumerate(held):
        y = _TOP + (n + 0.5) * high
        ends = [left + (right - left) * e.at for e in events]
        shapes += [Words(0, y - 4, cut(label, left - 8), "name"), Words(0, y + EM - 2, cut(below, left - 8), "axis"),
                   Line(((min(ends, default=left), y), (max(ends, default=left), y)), "reach")]
        shapes += [Dot(at, y, 6, "event", e.title, e.href) for at, e in zip(ends, events, strict=True)]
    return _drawing(shapes, len(held), high)


def _left(names: Sequence[str]) -> float:
    """Where the rows begin: behind their names, a long one is cut."""
    return min(_MOST, max(_LEAST, 8 + max(map(wide, names), default=0)))


def _name(label: str, left: float, y: float) -> Words:
    return Words(0, y + _ROW / 2 + BASELINE, cut(label, left - 8), "name")


def _frame(steps: Sequence[tuple[str, float]], rows: int, left: float, right: float, high: float = _ROW) -> list[Shape]:
    """The lines down and their names; a name that would run into the one before is left out."""
    shapes: list[Shape] = []
    free = 0.0
    for text, share in steps:
        x = left + (right - left) * share
        shapes.append(Line(((x, _TOP - 4), (x, _TOP + rows * high)), "level" if share else "floor"))
        if x - wide(text) / 2 >= free:
            at = min(x, WIDTH - wide(text) / 2)
            shapes.append(Words(at, _TOP - 10, text, "axis", "middle"))
            free = at + wide(text) / 2 + 4
    return shapes


def _drawing(shapes: Sequence[Shape], rows: int, high: float = _ROW) -> Drawing:
    return Drawing(WIDTH, _TOP + max(1, rows) * high + 6, tuple(shapes))
