"""One field of a form: its two names, its kind, who is asked for it, and which values fit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Channel, TicketType

#: no text of a form is longer
LONGEST = 4000
EVERY_TYPE = frozenset(TicketType)
EVERY_CHANNEL = frozenset(Channel)

Kind = str | type[StrEnum]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    `kind` is text, line (one line), moment, flag, money, number, list, items (text or rows), person or a vocabulary.
    `must`: the rules themselves refuse the act without it, at every door. `desk`: whoever types the form is asked for it
    as well, on tickets of the types `asked_of` that came by the channels `asked_by`, unless one of `instead` is filled in.
    """

    name: str
    zh: str
    en: str
    kind: Kind = "line"
    must: bool = False
    desk: bool = False
    asked_of: frozenset[TicketType] = EVERY_TYPE
    asked_by: frozenset[Channel] = EVERY_CHANNEL
    instead: tuple[str, ...] = ()

    def label(self, language: str = "zh") -> str:
        return self.en if language.startswith("en") else self.zh

    def wanted(self, type_: TicketType | None, channel: Channel | None = None) -> bool:
        """Whether a person is asked for it; what depends on a type or channel not known yet is not."""
        if self.must or not self.desk:
            return self.must
        of_type = self.asked_of is EVERY_TYPE or type_ in self.asked_of
        return of_type and (self.asked_by is EVERY_CHANNEL or channel in self.asked_by)


def empty(value: Any) -> bool:
    """Nothing was filled in; "no" is an answer."""
    return value in (None, "", [])


def lacking(known: Mapping[str, Field], fields: Mapping[str, Any], type_: TicketType | None, channel: Channel | None = None) -> tuple[Field, ...]:
    """Everything a person still has to fill in, in the order of the form."""
    return tuple(f for f in known.values()
                 if f.wanted(type_, channel) and empty(fields.get(f.name)) and not any(fields.get(n) for n in f.instead))


def check_value(field: Field, value: Any) -> None:
    """Refuse a value of the wrong kind.

    Raises:
        Refused: "bad_value" or "too_long".
    """
    if isinstance(field.kind, type):
        if not isinstance(value, str) or value not in set(field.kind):
            raise Refused("bad_value", field=field, value=value, valid=", ".join(field.kind))
        return
    fits: Callable[[], bool] = {
        "moment": lambda: isinstance(value, datetime) and value.tzinfo is not None,
        "flag": lambda: isinstance(value, bool),
        "money": lambda: isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9,
        "number": lambda: isinstance(value, int) and not isinstance(value, bool),
        "items": lambda: isinstance(value, (str, list, tuple)) and len(str(value)) <= LONGEST,
        "list": lambda: isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value),
    }.get(field.kind, lambda: isinstance(value, str) and not _control(value))
    if not fits():
        raise Refused("bad_value", field=field, value=value, valid=field.kind)
    if isinstance(value, str) and len(value) > (LONGEST if field.kind == "text" else 200):
        raise Refused("too_long", field=field, longest=LONGEST if field.kind == "text" else 200)


def _control(text: str) -> bool:
    """Control characters other than line breaks and tabs: PostgreSQL refuses NUL, and no form needs the rest."""
    return any(ord(c) < 32 and c not in "\n\r\t" for c in text)
