"""A report to take away: the same sections, rows and words as on its page, as CSV or as a workbook."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import xlsxwriter

from callcenter.services.ledgers.cells import safe

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: a number as a report writes it, longer ones are texts
_DIGITS = 15


def lines(head: list[tuple[str, str]], text: dict[str, Any], notes: list[tuple[str, str]], departments: dict[str, str]) -> Iterator[list[str]]:
    """Every line of the file: the head, section after section with its own headings, and what was written by hand."""
    for name, value in head:
        yield [name, value]
    for section in text["sections"]:
        yield []
        yield [" · ".join(filter(None, (departments.get(section["department"] or ""), section["title"])))]
        yield list(section["columns"])
        yield from section["rows"] or [["—"]]
    for title, note in notes:
        yield []
        yield [title]
        yield [note]


def as_csv(rows: Iterator[list[str]]) -> bytes:
    """UTF-8 with the mark spreadsheets ask for; no cell is a formula."""
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
    return buffer.getvalue().encode()


def as_xlsx(rows: Iterator[list[str]], heads: int) -> bytes:
    """One sheet, A4, whole numbers as numbers, everything else as text and none of it a formula."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        cell = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 12, 16)
        before: list[str] = []
        after_title = False
        for y, row in enumerate(rows):
            title = y < heads or (not before and y >= heads)
            style = bold if title or after_title else cell
            after_title = title and y >= heads
            before = row
            for x, text in enumerate(row):
                _put(sheet, y, x, text, style)
    return file.getvalue()


def _put(sheet: Any, y: int, x: int, text: str, style: Any) -> None:
    if text.isascii() and text.isdigit() and len(text) < _DIGITS and (text == "0" or text[0] != "0"):
        sheet.write_number(y, x, int(text), style)
    else:
        sheet.write_string(y, x, text[:32_767], style)
