"""What may stand as a value in a rehearsal file: times, words of a vocabulary, texts, numbers, lists (REHEARSAL.md)."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from callcenter.domain import forms

_PIECE = re.compile(r"(\d+(?:\.\d+)?)(ms|min|d|h|m|s)")
_UNIT = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "min": 60_000, "s": 1000, "ms": 1}

#: what a field of each kind is written as (zh, en)
_WRITTEN = {"flag": ("true 或 false", "true or false"), "number": ("整数", "a whole number"), "money": ("金额", "an amount"),
            "list": ("文字列表", "a list of texts"), "items": ("文字或列表", "a text or a list")}
_TEXT = ("文字", "a text")
_KINDS: dict[str, tuple[type, ...]] = {"flag": (bool,), "number": (int,), "money": (int, float), "items": (str, list)}


class Unusable(ValueError):
    """The file cannot be played; the text says where and what would be valid."""


def offset(text: str) -> timedelta:
    """Read "9s", "2m30s", "1h", "2d4h", "179.9s".

    Raises:
        ValueError: it is none of these.
    """
    pieces = _PIECE.findall(text)
    if not pieces or "".join(n + u for n, u in pieces) != text:
        raise ValueError(text)
    return timedelta(milliseconds=round(sum(float(n) * _UNIT[u] for n, u in pieces)))


def moment(where: str, value: Any, start: datetime) -> datetime:
    """A time of the file: since start, or an offset date-time."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    try:
        written = datetime.fromisoformat(value)
        if written.tzinfo is not None:
            return written
    except (ValueError, TypeError):
        pass  # not an offset date-time in quotes: then it must be a time since start
    try:
        return start + offset(value)
    except (ValueError, TypeError, OverflowError):
        raise Unusable(f"{where}: 时间 {value!r} 应写成如 9s、2m30s、2d4h 或带时区的时间 (such as 9s, 2m30s, 2d4h or an offset date-time)") from None


def text(where: str, value: Any) -> str:
    """A text as it stands in quotes.

    Raises:
        Unusable: it is something else.
    """
    if not isinstance(value, str):
        raise _wrong(where, value, _TEXT)
    return value


def table(where: str, value: Any) -> Mapping[str, Any]:
    """What is written with dots, such as `promise.dispatch = …`."""
    if not isinstance(value, dict):
        raise _wrong(where, value, ("点号写法,如 promise.dispatch", "written with a dot, such as promise.dispatch"))
    return value


def texts(where: str, value: Any) -> list[str]:
    """A list of texts; one alone needs no brackets."""
    one = [value] if isinstance(value, str) else value
    if not isinstance(one, list) or not all(isinstance(v, str) for v in one):
        raise _wrong(where, value, _WRITTEN["list"])
    return one


def plain(where: str, value: Any) -> Any:
    """A single value: a text, a number, yes or no, a time."""
    if isinstance(value, (list, dict)):
        raise _wrong(where, value, ("单个值", "a single value"))
    return value


def number(where: str, value: Any) -> float:
    """How many, or how much at least."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(where, value, ("数字", "a number"))
    return value


def field(where: str, spec: forms.Field, value: Any, start: datetime) -> Any:
    """The value of a field of an act, as the rules take it.

    Raises:
        Unusable: no value of this kind; what is merely forbidden is left for the rules to refuse.
    """
    if spec.kind == "moment":
        return moment(where, value, start)
    if isinstance(spec.kind, type):
        return word(where, spec.kind, value)
    if spec.kind == "list":
        return texts(where, value)
    if spec.kind in ("line", "text", "person"):
        return text(where, _as_text(value))
    written = _KINDS[spec.kind]
    if not isinstance(value, written) or (isinstance(value, bool) and spec.kind != "flag"):
        raise _wrong(where, value, _WRITTEN[spec.kind])
    return value


def word(where: str, kind: type[StrEnum], value: Any) -> str:
    """A word of a vocabulary, by its code or by its Chinese name."""
    named = next((w for w in kind if value in (w.value, getattr(w, "zh", None))), None)
    if named is None:
        raise Unusable(f"{where}: {value!r} 不认识;可用 (valid): {', '.join(kind)}")
    return named.value


def _as_text(value: Any) -> Any:
    """Numbers, times, yes and no where a text is meant, as people would write them."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float, datetime)) else value


def _wrong(where: str, value: Any, written: tuple[str, str]) -> Unusable:
    return Unusable(f"{where}: {value!r} 写法不对,应为{written[0]} (should be {written[1]})")
