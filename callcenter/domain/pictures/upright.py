"""Pictures that stand upright: columns (beside or on top of each other), a share over time against its target, a spark beside a number."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from callcenter.domain.pictures.scales import share_ticks, ticks
from callcenter.domain.pictures.shapes import BASELINE, WIDTH, Dot, Drawing, Line, Rect, Shape, Words, wide

_TOP, _FLOOR, _HEIGHT = 30.0, 206.0, 240.0
#: a second line of names
_LINE = 20.0
#: free to either side of a column, of the room it has
_GAP = 0.16


class Column(NamedTuple):
    """One column, or several parts of it."""

    label: str
    values: tuple[float, ...]
    #: what each part says when it is pointed at
    titles: tuple[str, ...]
    hrefs: tuple[str | None, ...] = ()


class Point(NamedTuple):
    """A share of one stretch of time; None where there was nothing."""

    label: str
    value: float | None
    title: str
    href: str | None = None
    few: bool = False


def columns(held: Sequence[Column], number: Callable[[float], str], *, grouped: bool = False, limit_after: int | None = None,
            limit: str = "") -> Drawing:
    """
    Columns over their names. Their parts stand on top of each other, or side by side if *grouped*.

    Args:
        limit_after: the column after which a time limit lies, with its name *limit*.
    """
    most = max((max(c.values) if grouped else sum(c.values) for c in held), default=0)
    steps = ticks(most)
    left = max(wide(number(s)) for s in steps) + 8
    shapes = _levels(left, [(number(s), s / steps[-1]) for s in steps])
    room = (WIDTH - left - 4) / max(1, len(held))
    for n, column in enumerate(held):
        x = left + n * room
        shapes += _column(column, n, x + room * _GAP, room * (1 - 2 * _GAP), steps[-1], grouped)
        whole = sum(column.values)
        if whole and not grouped and wide(number(whole)) <= room:
            shapes.append(Words(x + room / 2, _y(whole / steps[-1]) - 6, number(whole), "value", "middle"))
    names, lines = _all_names([c.label for c in held], left, room)
    shapes += names
    if limit_after is not None:
        at = left + (limit_after + 1) * room
        shapes += [Line(((at, _TOP - 12), (at, _FLOOR)), "limit"), Words(at + 5, _TOP - 12 + BASELINE, limit, "limit-name")]
    return Drawing(WIDTH, _HEIGHT + (lines - 1) * _LINE, tuple(shapes))


def _column(column: Column, n: int, x: float, width: float, top: float, grouped: bool) -> list[Shape]:
    shapes: list[Shape] = []
    base, count = 0.0, len(column.values)
    for part, value in enumerate(column.values):
        href = column.hrefs[part] if part < len(column.hrefs) else None
        high, low = _y((base + value) / top), _y(base / top)
        at, broad = (x + part * width / count, width / count) if grouped else (x, width)
        if value:
            shapes.append(Rect(at, high, broad, low - high, f"mark part-{part}", column.titles[part], href))
        base = 0.0 if grouped else base + value
    return shapes


def trend(held: Sequence[Point], percent: Callable[[float], str], target: float | None = None, target_name: str = "") -> Drawing:
    """A share over time: the ground on which the target is met, the line, a dot for each stretch (hollow where there were few cases)."""
    known = [p.value for p in held if p.value is not None]
    steps = share_ticks(min([*known, *([target] if target is not None else [])], default=0))
    low, span = steps[0], steps[-1] - steps[0]
    left = max(wide(percent(s)) for s in steps) + 8
    shapes = _levels(left, [(percent(s), (s - low) / span) for s in steps])
    room = (WIDTH - left - 12) / max(1, len(held))
    if target is not None:
        at = _y((target - low) / span)
        shapes = [Rect(left, _TOP, WIDTH - left, at - _TOP, "target-ground"), *shapes, Line(((left, at), (WIDTH, at)), "limit"),
                  Words(WIDTH, _TOP - 12 + BASELINE, target_name, "limit-name", "end")]
    points = [(left + (n + 0.5) * room, _y((p.value - low) / span), p) for n, p in enumerate(held) if p.value is not None]
    shapes += [Line(tuple((x, y) for x, y, _ in points), "trend")] if len(points) > 1 else []
    shapes += [Dot(x, y, 4.5, "point few" if p.few else "point", p.title, p.href) for x, y, p in points]
    shapes += _names([p.label for p in held], left, room)
    return Drawing(WIDTH, _HEIGHT, tuple(shapes))


def spark(values: Sequence[float | None], width: float = 96, height: float = 24) -> Drawing:
    """The course of a number, without an axis; the last one known is marked. What is missing is passed over."""
    known = [(n, v) for n, v in enumerate(values) if v is not None]
    if not known:
        return Drawing(width, height, ())
    low, high = min(v for _, v in known), max(v for _, v in known)
    step, inner = (width - 8) / max(1, len(values) - 1), height - 8
    points = tuple((4 + n * step, 4 + (inner / 2 if high == low else inner * (high - v) / (high - low))) for n, v in known)
    line: list[Shape] = [Line(points, "trend")] if len(points) > 1 else []
    return Drawing(width, height, (*line, Dot(*points[-1], 3, "point")))


def _y(share: float) -> float:
    """How high a part of the axis stands."""
    return _FLOOR - (_FLOOR - _TOP) * share


def _levels(left: float, steps: Sequence[tuple[str, float]]) -> list[Shape]:
    """The lines across and their values."""
    shapes: list[Shape] = []
    for text, share in steps:
        shapes += [Line(((left, _y(share)), (WIDTH, _y(share))), "level" if share else "floor"),
                   Words(left - 6, _y(share) + BASELINE, text, "axis", "end")]
    return shapes


def _all_names(labels: Sequence[str], left: float, room: float) -> tuple[list[Shape], int]:
    """Every name where one line or two, in turn lower, have the room, and the lines there are; else as many as one line has."""
    if room < _widest(labels) <= 2 * room:
        return [_under(label, n, left, room, n % 2) for n, label in enumerate(labels)], 2
    return _names(labels, left, room), 1


def _names(labels: Sequence[str], left: float, room: float) -> list[Shape]:
    """As many names below the floor as there is room for; the last one always."""
    stride = max(1, -int(-_widest(labels) // room))
    shown = [n for n in range(len(labels)) if (len(labels) - 1 - n) % stride == 0]
    return [_under(labels[n], n, left, room) for n in shown]


def _widest(labels: Sequence[str]) -> float:
    return max((wide(label) for label in labels), default=0) + 1


def _under(label: str, n: int, left: float, room: float, line: int = 0) -> Words:
    return Words(min(left + (n + 0.5) * room, WIDTH - wide(label) / 2), _FLOOR + 20 + line * _LINE, label, "axis", "middle")
