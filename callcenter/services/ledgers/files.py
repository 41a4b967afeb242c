"""A list as a file, CSV or XLSX, written line by line in constant memory whatever its length."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from callcenter.services.ledgers import cells
from callcenter.services.ledgers.columns import Column

#: a sheet of a workbook holds 1,048,576 rows; what is more goes on the next sheet
PER_SHEET = 1_000_000
#: a cell of a workbook holds no more
LONGEST = 32_767
#: bytes handed on at a time
CHUNK = 65_536

Rows = Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the lines of a list: its title, what it is about, its columns."""

    title: str
    notes: tuple[str, ...]  #: period, filters, printed when and by whom, masked or not
    columns: tuple[Column, ...]
    language: str

    @property
    def names(self) -> list[str]:
        return [_NUMBER.get(self.language[:2], "序号"), *(c.title.label(self.language) for c in self.columns)]


#: every line has a running number (F02 序号)
_NUMBER = {"zh": "序号", "en": "No."}
_TOTAL = {"zh": "合计", "en": "Total"}


def as_csv(head: Head, rows: Rows) -> Iterator[bytes]:
    """CSV, UTF-8 with the mark that spreadsheets ask for: the notes, a line of names, the lines; no cell is a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    for note in (head.title, *head.notes):
        writer.writerow([cells.safe(note)])
    writer.writerow(head.names)
    for n, row in enumerate(rows, start=1):
        writer.writerow([n, *(cells.plain(cell, head.language) for cell in row)])
        if buffer.tell() > CHUNK // 2:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> bytes:
    held = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return held


def as_xlsx(head: Head, rows: Rows) -> Iterator[bytes]:
    """A workbook, handed on once it is finished: a workbook's beginning is written last."""
    with TemporaryFile() as file:
        write_xlsx(file, head, rows)
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def write_xlsx(file: IO[bytes] | Path, head: Head, rows: Rows, per_sheet: int = PER_SHEET) -> None:
    """The workbook: times are times, numbers numbers, texts texts and never formulas; it prints on A4 across, its head on every page."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    target = str(file) if isinstance(file, Path) else file
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": head.title, "comments": " · ".join(head.notes)})
        styles = _Styles(book)
        sheet = _Sheet(book, styles, head, 1)
        for n, row in enumerate(rows, start=1):
            if sheet.lines >= per_sheet:
                sheet.close()
                sheet = _Sheet(book, styles, head, sheet.number + 1)
            sheet.write(n, row)
        sheet.close()


class _Styles:
    """How cells look, once a workbook."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.note = book.add_format({"font_color": "#555555"})
        self.name = book.add_format({"bold": True, "border": 1, "bg_color": "#E3EFF9", "text_wrap": True, "valign": "vcenter"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top", "align": "left"})
        self.amount = book.add_format({"num_format": "0.00", "valign": "top"})
        self.whole = book.add_format({"num_format": "0", "valign": "top"})
        self.sum = book.add_format({"bold": True, "top": 1, "num_format": "0.00"})
        self.total = book.add_format({"bold": True, "top": 1})


class _Sheet:
    """One sheet: notes, names, lines, and at its foot what adds up."""

    def __init__(self, book: Any, styles: _Styles, head: Head, number: int) -> None:
        self.styles, self.head, self.number, self.lines = styles, head, number, 0
        self.sheet = book.add_worksheet(_sheet_name(head.title, number))
        self.sums: dict[int, float] = {x: 0 for x, c in enumerate(head.columns, start=1) if c.total}
        self.first = len(head.notes) + 1
        self._page()
        self.sheet.write_string(0, 0, head.title, styles.title)
        for y, note in enumerate(head.notes, start=1):
            self.sheet.write_string(y, 0, note, styles.note)
        for x, name in enumerate(head.names):
            self.sheet.write_string(self.first, x, name, styles.name)

    def _page(self) -> None:
        sheet = self.sheet
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(self.first)
        sheet.set_footer("&L&A&R&P / &N")
        sheet.freeze_panes(self.first + 1, 2)
        sheet.set_column(0, 0, 7)
        for x, column in enumerate(self.head.columns, start=1):
            sheet.set_column(x, x, column.width)

    def write(self, number: int, row: Sequence[Any]) -> None:
        y = self.first + 1 + self.lines
        self.sheet.write_number(y, 0, number, self.styles.whole)
        for x, cell in enumerate(row, start=1):
            self._cell(y, x, cells.typed(cell, self.head.language))
            if x in self.sums and isinstance(cell, (int, float)):
                self.sums[x] += cell
        self.lines += 1

    def _cell(self, y: int, x: int, cell: Any) -> None:
        if isinstance(cell, datetime):
            self.sheet.write_datetime(y, x, cell, self.styles.moment)
        elif isinstance(cell, float):
            self.sheet.write_number(y, x, cell, self.styles.amount)
        elif isinstance(cell, int):
            self.sheet.write_number(y, x, cell, self.styles.whole)
        elif cell:
            self.sheet.write_string(y, x, cell[:LONGEST], self.styles.text)

    def close(self) -> None:
        """The filter over all lines, and the sums of what is shown."""
        last = self.first + self.lines
        if not self.lines:
            return
        self.sheet.autofilter(self.first, 0, last, len(self.head.columns))
        if not self.sums:
            return
        self.sheet.write_string(last + 1, 0, _TOTAL.get(self.head.language[:2], "合计"), self.styles.total)
        for x, held in self.sums.items():
            name = xl_col_to_name(x)
            self.sheet.write_formula(last + 1, x, f"=SUBTOTAL(109,{name}{self.first + 2}:{name}{last + 1})", self.styles.sum, held)


def _sheet_name(title: str, number: int) -> str:
    """At most 31 characters, none of those a sheet's name may not have."""
    name = "".join(c for c in title if c not in "[]:*?/\\'")[:28]
    return name if number == 1 else f"{name} {number}"


#: ending → how it is written for a browser, and what the browser is told it is
FORMATS: dict[str, tuple[Callable[[Head, Rows], Iterator[bytes]], str]] = {
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), "csv": (as_csv, "text/csv; charset=utf-8")}
