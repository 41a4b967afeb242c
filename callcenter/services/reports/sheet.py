"""A report as sections of rows: cells are words, times, numbers and names, said in either language when it is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from callcenter.domain import days, refusals
from callcenter.domain.vocabulary import Clock, Department, Word


@dataclass(frozen=True, slots=True)
class Both:
    """Words of a report that no vocabulary has."""

    zh: str
    en: str

    def label(self, language: str = "zh") -> str:
        return self.en if language.startswith("en") else self.zh


class Count(int):
    """A number that knows the tickets, or the calls, it counts."""

    tickets: tuple[str, ...]

    def __new__(cls, tickets: Iterable[str]) -> Self:
        known = tuple(tickets)
        made = super().__new__(cls, len(known))
        made.tickets = known
        return made


class Missed(str):
    """A share that knows the tickets that fell short of it."""

    tickets: tuple[str, ...]

    def __new__(cls, text: str, tickets: Iterable[str]) -> Self:
        made = super().__new__(cls, text)
        made.tickets = tuple(tickets)
        return made


Cell = str | int | float | Word | Both | datetime | timedelta | None


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a report."""

    key: str
    title: Both
    columns: tuple[Both, ...]
    rows: tuple[tuple[Cell, ...], ...]
    department: Department | None = None  #: only this department's
    #: every row is about the ticket its first cell names
    listed: bool = False
    #: the columns that are compared when the report is recounted; none: all
    compared: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The section's name within its report: its key, with the department it is about."""
        return f"{self.key}/{self.department.value}" if self.department else self.key


@dataclass(frozen=True, slots=True)
class Report:
    """What a period's report says."""

    kind: Clock
    key: str
    since: datetime
    until: datetime
    sections: tuple[Section, ...]

    def rows(self, key: str) -> tuple[tuple[Cell, ...], ...]:
        """The rows of a section; of a section per department those of all."""
        return tuple(row for s in self.sections if s.key == key for row in s.rows)


def section(key: str, title: tuple[str, str], columns: str, rows: Iterable[Iterable[Cell]], department: Department | None = None,
            compared: tuple[int, ...] = ()) -> Section:
    """A section whose columns are named `中文|English` one after the other, with two spaces between."""
    named = tuple(Both(*column.strip().split("|")) for column in columns.split("  ") if column.strip())
    listed = named[0].en == "Number"
    return Section(key, Both(*title), named, tuple(tuple(row) for row in rows), department, listed, (0,) if listed and not compared else compared)


def plain(report: Report, language: str, department: str | None = None) -> dict[str, Any]:
    """The report as text in one language; with *department*, without what is another department's alone."""
    return {"kind": report.kind.value, "key": report.key, "since": report.since, "until": report.until, "sections": [
        _plain(s, language) for s in report.sections if department is None or s.department in (None, department)]}


def _plain(s: Section, language: str) -> dict[str, Any]:
    opens = sorted({x for row in s.rows for x, cell in enumerate(row) if tickets_of(cell)})
    return {"key": s.key, "name": s.name, "title": s.title.label(language), "department": s.department.value if s.department else None,
            "listed": s.listed, "compared": list(s.compared), "opens": opens, "columns": [c.label(language) for c in s.columns],
            "rows": [[said(cell, language) for cell in row] for row in s.rows]}


def tickets_of(cell: Cell) -> tuple[str, ...]:
    """The tickets behind a number."""
    return cell.tickets if isinstance(cell, (Count, Missed)) else ()


def said(cell: Cell, language: str) -> str:
    """A cell as a reader has it; a dash for nothing, never an invented zero."""
    if cell is None or cell == "":
        return "—"
    if isinstance(cell, Both):
        return cell.label(language)
    if isinstance(cell, datetime):
        return days.local(cell).strftime("%m-%d %H:%M:%S")
    if isinstance(cell, timedelta):
        return _length(cell)
    if isinstance(cell, float):
        return f"{cell:.1f}"
    if isinstance(cell, Count):
        return str(int(cell))
    if isinstance(cell, Missed):
        return str(cell)
    return refusals.shown(cell, language)


def _length(span: timedelta) -> str:
    """1:02:03 in hours, minutes, seconds; milliseconds only below a second, so that late by little is not late by nothing."""
    if timedelta() < span < timedelta(seconds=1):
        return f"0:00:00.{span // timedelta(milliseconds=1):03d}"
    seconds = int(span.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def share(part: int, whole: int) -> str:
    """29/30 96.6%: both numbers always, the share cut and not rounded; a dash over nothing."""
    return f"{part}/{whole} {int(part * 1000 / whole) / 10:.1f}%" if whole else "—"
