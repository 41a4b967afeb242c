"""What a recorded act says, without anybody's name, number or words: only what the rules look at stays."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from callcenter.domain import forms
from callcenter.domain.forms import Field
from callcenter.domain.vocabulary import Action, Satisfaction

WORDS = "(记录从略)"
#: one-line fields that hold a code or a place of the archive, not somebody's words
CODES = frozenset({"category", "room", "place", "initiated_by", "severity", "service_item", "quantity", "adopted", "call", "parent", "into",
                   "urgent", "contact_id"})
#: answers by text that the rules read
_ANSWERS = {"1", "2", "3", "4", "5", "满意", "不满意", *(word.zh for word in Satisfaction)}


class Numbers:
    """A made-up number for each caller, the same one every time; none of them can be dialled."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def of(self, key: str | None) -> str | None:
        if key is None:
            return None
        return self._given.setdefault(key, f"1900000{len(self._given) + 1:04d}")


def fields(action: Action, said: Mapping[str, Any], phone: str | None) -> dict[str, Any]:
    """The fields of an act with every text replaced; *phone* stands for the number to reach the customer at."""
    known = {f.name: f for f in forms.fields_of(action)}
    return {name: _masked(known[name], value, phone) for name, value in said.items() if name in known and value is not None}


def _masked(field: Field, value: Any, phone: str | None) -> Any:
    if field.name == "contact_phone":
        return phone
    if field.name == "customer_name":
        return "住户"
    if field.name == "text" and str(value).strip() in _ANSWERS:
        return value
    if field.kind == "items" or (field.kind in ("text", "line") and field.name not in CODES):
        return WORDS
    return value


def moved(said: Mapping[str, Any], recorded_at: datetime, now: datetime) -> dict[str, Any]:
    """Times that lay behind the act move with it; times that lay ahead (appointments, promises) stay on the calendar."""
    by = now - recorded_at
    return {k: v + by if isinstance(v, datetime) and v <= recorded_at else v for k, v in said.items()}
