"""Strict reading of one policy file: every complaint names the file, the line and the valid choices."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)

_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
_HEADER = re.compile(r"\s*\[\[?([\w.]+)\]\]?")


class PolicyError(ValueError):
    """A policy file says something the program cannot carry out; the text is for the person who edits it."""


def duration(text: object) -> timedelta:
    """Read "45s", "3min", "-2h" or "7d".

    Raises:
        ValueError: *text* is not a whole number and one of s, min, h, d.
    """
    match = re.fullmatch(r"(-?\d+)(s|min|h|d)", text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} 不是时长,应写成如 45s、3min、2h、7d (not a duration)")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


class Table:
    """One table of a policy file, read key by key; `done()` refuses whatever was not asked for."""

    def __init__(self, raw: object, file: str, text: str, path: tuple[str | int, ...] = ()) -> None:
        self.file, self.text, self.path = file, text, path
        if not isinstance(raw, Mapping):
            raise self.error("", f"应是一个表,现为 {raw!r} (a table was expected)")
        self.raw: Mapping[str, Any] = raw
        self.seen: set[str] = set()

    def error(self, key: str | int, said: str) -> PolicyError:
        """The complaint about *key*, with the line where it stands."""
        path = (*self.path, key) if key != "" else self.path
        name = ".".join(str(p) for p in path)
        return PolicyError(f"{self.file}:{line_of(self.text, path)}: {name}: {said}")

    def __contains__(self, key: str) -> bool:
        return key in self.raw

    def get(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        """The value of *key*, which must be of *kind*; missing without a default is refused."""
        self.seen.add(key)
        if key not in self.raw:
            if default is ...:
                raise self.error(key, "缺少这一项 (missing)")
            return default
        value = self.raw[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind in (int, float)):
            raise self.error(key, f"{value!r} 的写法不对 (wrong kind of value)")
        return value

    def string(self, key: str, default: Any = ...) -> str:
        return str(self.get(key, str, default))

    def flag(self, key: str) -> bool:
        return bool(self.get(key, bool, False))

    def whole(self, key: str, least: int = 0) -> int:
        value = int(self.get(key, int))
        if value < least:
            raise self.error(key, f"至少为 {least} (at least {least})")
        return value

    def share(self, key: str) -> float:
        value = float(self.get(key, (int, float)))
        if not 0 <= value <= 1:
            raise self.error(key, f"{value} 应在 0 到 1 之间 (must lie between 0 and 1)")
        return value

    def length(self, key: str, default: timedelta | None = None, *, positive: bool = True) -> timedelta:
        """A length of time; *positive* refuses zero and less."""
        raw = self.get(key, str, ... if default is None else "")
        if raw == "" and default is not None:
            return default
        try:
            value = duration(raw)
        except ValueError as wrong:
            raise self.error(key, str(wrong)) from None
        if positive and value <= timedelta(0):
            raise self.error(key, f"{raw!r} 必须大于零 (must be more than zero)")
        return value

    def word(self, key: str, kind: type[Choice], default: Any = ...) -> Choice:
        value = self.get(key, str, default)
        return value if isinstance(value, kind) else self.choose(key, kind, value)

    def words(self, key: str, kind: type[Choice], default: Any = ...) -> tuple[Choice, ...]:
        values = self.get(key, list, default)
        return tuple(self.choose(key, kind, v) for v in values)

    def choose(self, key: str | int, kind: type[Choice], value: object) -> Choice:
        """The word *value* of the vocabulary *kind*, or a complaint that lists the valid ones."""
        try:
            return kind(str(value))
        except ValueError:
            raise self.error(key, f"{value!r} 不在词表中;可用 (valid): {', '.join(kind)}") from None

    def pair(self, key: str) -> tuple[str, str]:
        """A text in both languages: { zh = "…", en = "…" }."""
        inner = self.table(key)
        both = inner.string("zh"), inner.string("en")
        inner.done()
        return both

    def table(self, key: str, default: Any = ...) -> "Table":
        return Table(self.get(key, dict, default), self.file, self.text, (*self.path, key))

    def tables(self, key: str, default: Any = ...) -> Iterator["Table"]:
        """The tables of a list, in order."""
        for number, raw in enumerate(self.get(key, list, default)):
            yield Table(raw, self.file, self.text, (*self.path, key, number))

    def named(self) -> Iterator[tuple[str, "Table"]]:
        """Every not yet read key with the table under it."""
        for key in [k for k in self.raw if k not in self.seen]:
            yield key, self.table(key)

    def done(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.raw:
            if key not in self.seen:
                raise self.error(key, f"不认识的项;可用 (unknown key; valid): {', '.join(sorted(self.seen))}")


def read(file: str, text: str) -> Table:
    """Parse the TOML *text* of *file*.

    Raises:
        PolicyError: it is not TOML.
    """
    try:
        return Table(tomllib.loads(text), file, text)
    except tomllib.TOMLDecodeError as wrong:
        raise PolicyError(f"{file}: 不是合格的 TOML (not TOML): {wrong}") from None


def line_of(text: str, path: tuple[str | int, ...]) -> int:
    """The line on which *path* stands, as near as can be told; 1 when it is nowhere to be found."""
    lines = text.splitlines()
    at, rest = _block(lines, path)
    for step in rest:
        end = next((i for i in range(at + 1, len(lines)) if _HEADER.match(lines[i])), len(lines))
        if isinstance(step, int):
            items = [i for i in range(at, end) if re.match(r"\s*[\[{]", lines[i]) and not _HEADER.fullmatch(lines[i].strip())]
            at = items[step] if step < len(items) else at
        else:
            wanted = re.compile(rf"(^|[\s{{,]){re.escape(step)}\s*=")
            end = at + 1 if at < len(lines) and "{" in lines[at] else end  # what an inline table lacks is not on the next line
            at = next((i for i in range(at, end) if wanted.search(lines[i])), at)
    return at + 1


def _block(lines: list[str], path: tuple[str | int, ...]) -> tuple[int, tuple[str | int, ...]]:
    """The line of the deepest header that *path* runs through, and what of the path is left below it."""
    for size in range(len(path), 0, -1):
        head = [p for p in path[:size] if isinstance(p, str)]
        if not head or (size < len(path) and isinstance(path[size], int) and not isinstance(path[size - 1], int)
                        and f"[[{'.'.join(head)}]]" in "\n".join(lines)):
            continue
        nth = path[size - 1] if isinstance(path[size - 1], int) else 0
        found = [i for i, line in enumerate(lines) if (m := _HEADER.match(line)) and m[1] == ".".join(head)
                 and (line.strip().startswith("[[") or not isinstance(path[size - 1], int))]
        if isinstance(nth, int) and nth < len(found):
            return found[nth], path[size:]
    return 0, path
