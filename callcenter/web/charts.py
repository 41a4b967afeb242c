"""A picture as a page shows it: its title, what it says in a sentence, the drawing, and the table with the very same numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext

from callcenter.domain.figures import FEW
from callcenter.domain.pictures import Drawing
from callcenter.web.languages import language

#: seconds → how many of them are written on an axis
_UNITS: tuple[tuple[int, Callable[[str], str]], ...] = (
    (86400, lambda n: gettext("%(n)s天", n=n)), (3600, lambda n: gettext("%(n)s时", n=n)), (60, lambda n: gettext("%(n)s分", n=n)),
    (1, lambda n: gettext("%(n)s秒", n=n)))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the table behind a picture."""

    text: str
    href: str | None = None
    number: bool = True
    #: further words that lead somewhere
    also: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture with everything that is said about it."""

    #: names it on its page and in its address
    name: str
    title: str
    #: one sentence, computed from the same numbers
    finding: str
    drawing: Drawing
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    #: on how many cases it rests
    n: int = 0
    #: how it is counted
    note: str = ""
    #: the looks of the drawing and what they stand for
    legend: tuple[tuple[str, str], ...] = ()
    #: where the cases are listed: address and name
    more: tuple[str, str] | None = None
    #: n is what is counted, not a sample that could be too small
    judged: bool = True

    @property
    def few(self) -> bool:
        """Too few cases to judge by."""
        return self.judged and self.n < FEW


def plain(*texts: object, numbers: bool = True) -> tuple[Cell, ...]:
    """A row of the table: a name, then numbers that lead nowhere."""
    return tuple(Cell(str(text), number=numbers and n > 0) for n, text in enumerate(texts))


def number(value: float) -> str:
    """1,234; one place behind the point where it is no whole number."""
    return f"{value:,.0f}" if abs(value - round(value)) < 1e-9 else f"{value:,.1f}"


def percent(share: float | None) -> str:
    """Cut, not rounded: 99.96 % is not 100 %. A dash for nothing."""
    return "—" if share is None else f"{int(share * 1000 + 1e-9) / 10:g} %"


def short(span: timedelta | float) -> str:
    """A round length of time in its largest unit, for axes."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    return next((str(said(number(seconds / unit))) for unit, said in _UNITS if seconds >= unit), "0")


def day(at: date) -> str:
    """Month and day."""
    return f"{at.month}-{at.day}" if language() == "zh" else f"{at:%b} {at.day}"


def stretch(first: date, after: date) -> str:
    """A day, or the first and the last day of several; a whole month by its name."""
    last = after - timedelta(days=1)
    if first == last:
        return day(first)
    if first.day == 1 and after.day == 1 and (after - first).days <= 31:
        return str(gettext("%(n)s 月", n=first.month)) if language() == "zh" else f"{first:%b}"
    return f"{day(first)} – {day(last)}"


def nothing(name: str, title: str, columns: Sequence[str], note: str = "") -> Picture:
    """A picture of which there is nothing to be drawn."""
    return Picture(name, title, "", Drawing(0, 0, ()), tuple(columns), (), note=note)
