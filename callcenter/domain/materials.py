"""Materials of a work order (F03): a line each, name/size/quantity/unit price, become rows with their amount."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

ORDER = ("name", "size", "quantity", "price", "amount")
_PARTED = re.compile(r"\s*[/|\t\uff0f\uff5c]\s*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def rows(typed: Any) -> Any:
    """
    The materials as rows of name, size, quantity, price and amount.

    What was not written in parts stays as it was written: "none", or a sentence, is an answer too.
    """
    lines = [_PARTED.split(line.strip()) for line in typed.splitlines() if line.strip()] if isinstance(typed, str) else []
    if not any(len(parts) > 2 for parts in lines):
        return typed
    return [_row(parts) for parts in lines]


def _row(parts: Sequence[str]) -> dict[str, Any]:
    name, size, quantity, price = [*parts, "", "", ""][:4]
    many, each = _number(quantity), _number(price)
    return {"name": name, "size": size, "quantity": quantity, "price": price,
            "amount": None if many is None or each is None else round(many * each, 2)}


def _number(text: str) -> float | None:
    found = _NUMBER.search(text)
    return float(found[0]) if found else None


def line(row: Mapping[str, Any]) -> str:
    """One row as it is read, in the order of the form."""
    order = [*(k for k in ORDER if k in row), *(k for k in row if k not in ORDER)]
    return " ".join(f"{row[k]:g}" if isinstance(row[k], float) else str(row[k]) for k in order if row[k] not in (None, ""))


def total(materials: Any) -> float:
    """What the priced rows come to."""
    return round(sum(row.get("amount") or 0 for row in materials), 2) if isinstance(materials, (list, tuple)) and all(
        isinstance(row, dict) for row in materials) else 0.0
