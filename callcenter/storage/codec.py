"""How values are kept: times as whole milliseconds UTC, structures as canonical JSON that remembers its times."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970, UTC.

    Raises:
        ValueError: *at* has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return (at - _EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    """The aware UTC time of that many milliseconds."""
    return _EPOCH + timedelta(0, 0, ms * 1000)


class Moment(sa.TypeDecorator[datetime]):
    """An aware time, kept as integer milliseconds UTC: exact at every boundary, the same on both databases."""

    impl = sa.BigInteger
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[datetime | None], int | None]:
        return lambda value: None if value is None else to_ms(value)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[int | None], datetime | None]:
        return lambda value: None if value is None else from_ms(value)


class Json(sa.TypeDecorator[Any]):
    """A structure as canonical JSON text."""

    impl = sa.Text
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], str | None]:
        return lambda value: None if value is None else dumps(value)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[str | None], Any]:
        return lambda value: None if value is None else loads(value)


def dumps(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, times as {"$at": ms}; equal values give equal text."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def loads(text: str) -> Any:
    return _DECODER.decode(text)


def _time(value: dict[str, Any]) -> Any:
    return from_ms(value["$at"]) if len(value) == 1 and "$at" in value else value


_DECODER = json.JSONDecoder(object_hook=_time)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$at": to_ms(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(v) for v in value)
    return value
