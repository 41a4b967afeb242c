"""A cell as it is read and as it is stored: words by name, local times, yes and no, amounts; never a formula."""

from datetime import datetime
from typing import Any

from callcenter.domain import days, materials
from callcenter.domain.vocabulary import Word
from callcenter.services.paper.records import Both

#: a text that begins like this is a formula to a spreadsheet
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def text(cell: Any, language: str) -> str:
    """A cell as text: words by name, times in local time to the second, yes and no, rows of materials in one line."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return ("yes" if cell else "no") if language.startswith("en") else ("是" if cell else "否")
    if isinstance(cell, (Word, Both)):
        return cell.label(language)
    if isinstance(cell, datetime):
        return days.local(cell).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, float):
        return f"{cell:.2f}"
    if isinstance(cell, (list, tuple)):
        return "; ".join(materials.line(item) if isinstance(item, dict) else str(item) for item in cell)
    return str(cell)


def typed(cell: Any, language: str) -> Any:
    """A cell as a workbook holds it: a time without zone in local time, a number, else text."""
    if isinstance(cell, datetime):
        return days.local(cell).replace(tzinfo=None, microsecond=0)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return cell
    return text(cell, language)


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def plain(cell: Any, language: str) -> str:
    """A cell of a text file: numbers as they are, texts made safe."""
    said = text(cell, language)
    return said if isinstance(cell, (int, float)) and not isinstance(cell, bool) else safe(said)
