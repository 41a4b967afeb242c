"""What was typed into a form or a file becomes the values of a register's entry; everything wrong is said at once."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from callcenter.domain.days import LOCAL, local
from callcenter.domain.forms import Field
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import BADGES, Department, Role, Trade, Word
from callcenter.services import numbers
from callcenter.services.rules.sentences import PARTS

LONGEST = 200
_YES = {"是", "yes", "y", "true", "1", "on", "√"}
_NO = {"否", "no", "n", "false", "0", "off", ""}
_MILLISECOND = timedelta(milliseconds=1)


class Misfit(Refused):
    """Several fields are wrong at once; `wrong` says which and why. Its own code and words are the first one's."""

    def __init__(self, wrong: Mapping[str, Refused]) -> None:
        first = next(iter(wrong.values()))
        super().__init__(first.code, **first.said)
        self.wrong = dict(wrong)


def read(columns: Sequence[Field], typed: Mapping[str, str]) -> dict[str, Any]:
    """
    The values of every column: None for what was left empty, False for a flag that was.

    Raises:
        Misfit: with every missing and every wrong field.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, Refused] = {}
    for column in columns:
        try:
            values[column.name] = _value(column, _tidy(typed.get(column.name) or "", prose=column.kind == "text"))
        except Refused as no:
            wrong[column.name] = no
    if wrong:
        raise Misfit(wrong)
    return values


def _tidy(text: str, prose: bool = False) -> str:
    """One width of letters and digits; prose keeps its Chinese punctuation."""
    return (text if prose else unicodedata.normalize("NFKC", text)).replace("\x00", "").strip()


def _value(column: Field, text: str) -> Any:
    if not text and column.kind != "yes":
        if column.must:
            raise Refused("missing", fields=(column,))
        return _EMPTY[column.kind]() if column.kind in _EMPTY else None
    if isinstance(column.kind, type):
        return word(column.kind, text, column)
    if len(text) > LONGEST * (10 if column.kind in {"certificates", "warranty", "text", "numbers"} else 1):
        raise Refused("too_long", field=column, longest=LONGEST)
    return _READ.get(column.kind, _line)(column, text)


def _line(column: Field, text: str) -> str:
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise Refused("bad_value", field=column, value=text[:40], valid=column.kind)
    return text


def word(kind: type[StrEnum], text: str, column: Field, among: Iterable[StrEnum] | None = None) -> Any:
    """A word by its code or either of its names."""
    allowed = [w for w in kind if among is None or w in set(among)]
    for item in allowed:
        names = {item.zh, item.en.lower()} if isinstance(item, Word) else set()
        if text == item.value or text.lower() in names | {item.value.lower()}:
            return item
    raise Refused("bad_value", field=column, value=text[:40], valid=tuple(allowed))


def _pieces(text: str, also: str = "") -> list[str]:
    return [piece.strip() for piece in re.split(rf"[、,;/\n{also}]+", text) if piece.strip()]


def _words(kind: type[StrEnum], among: Iterable[StrEnum] | None = None) -> Callable[[Field, str], Any]:
    return lambda column, text: frozenset(word(kind, p, column, among) for p in _pieces(text))


def day(column: Field, text: str) -> datetime:
    """A day as its local midnight."""
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    try:
        if found:
            return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=LOCAL)
    except ValueError:
        pass  # 30 February: the same words as for anything else that is no day
    raise Refused("bad_value", field=column, value=text[:40], valid="2026-03-10")


def end_of(at: datetime) -> datetime:
    """The last millisecond of the day that begins *at*: until then something that ends that day holds."""
    return datetime.combine(local(at).date() + timedelta(days=1), time(), LOCAL) - _MILLISECOND


def _clock(column: Field, text: str) -> timedelta:
    """A time of day as the length since midnight; 24:00 is the day's end."""
    found = re.fullmatch(r"(\d{1,2})[::](\d{2})", text)
    if not found or int(found[2]) > 59 or int(found[1]) * 60 + int(found[2]) > 24 * 60:
        raise Refused("bad_value", field=column, value=text[:40], valid="08:00")
    return timedelta(hours=int(found[1]), minutes=int(found[2]))


def _yes(column: Field, text: str) -> bool:
    if text.lower() in _YES:
        return True
    if not text and column.must:
        raise Refused("missing", fields=(column,))
    if text.lower() in _NO:
        return False
    raise Refused("bad_value", field=column, value=text[:40], valid="是 / 否 (yes / no)")


def _area(column: Field, text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,2})?", text) or float(text) <= 0:
        raise Refused("bad_value", field=column, value=text[:40], valid="98.5")
    return float(text)


def _certificates(column: Field, text: str) -> dict[str, tuple[str, datetime]]:
    """One a line or after a semicolon: name, number (may be left out), last day."""
    found: dict[str, tuple[str, datetime]] = {}
    for piece in re.split(r"[;\n]+", text):
        parts = piece.split()
        if not parts:
            continue
        if not 2 <= len(parts) <= 3:
            raise Refused("bad_value", field=column, value=piece.strip()[:40], valid="低压电工证 T3101 2028-12-31")
        found[parts[0]] = (parts[1] if len(parts) == 3 else "", end_of(day(column, parts[-1])))
    return found


def _warranty(column: Field, text: str) -> dict[str, datetime]:
    """One a line or after a semicolon: the part of the building and the last day of its warranty."""
    found = {}
    for piece in re.split(r"[;\n]+", text):
        parts = piece.split()
        if not parts:
            continue
        part = next((p for p, (zh, en) in PARTS.items() if parts[0] in (p, zh, en)), None)
        if part is None or len(parts) != 2:
            raise Refused("bad_value", field=column, value=piece.strip()[:40], valid=f"waterproofing 2030-12-31; {', '.join(PARTS)}")
        found[part] = end_of(day(column, parts[1]))
    return found


def _text(column: Field, text: str) -> str:
    """Several lines."""
    return "\n".join(_line(column, line.rstrip()) for line in text.splitlines())


_EMPTY: Mapping[Any, Callable[[], Any]] = {
    "departments": frozenset, "numbers": frozenset,
    "roles": frozenset, "trades": frozenset, "compounds": frozenset, "certificates": dict, "warranty": dict}
_READ: Mapping[Any, Callable[[Field, str], Any]] = {
    "text": _text, "departments": _words(Department), "numbers": lambda column, text: frozenset(_pieces(text.upper(), r"\s")),
    "day": day, "clock": _clock, "yes": _yes, "area": _area, "certificates": _certificates, "warranty": _warranty,
    "phone": lambda column, text: numbers.checked(text), "roles": _words(Role, BADGES), "trades": _words(Trade),
    "role": lambda column, text: word(Role, text, column, BADGES), "compounds": lambda column, text: frozenset(_pieces(text, r"\s"))}
