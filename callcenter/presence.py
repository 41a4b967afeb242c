"""Who has which ticket open right now: kept in Redis, forgotten by itself, and without Redis simply not known."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from redis import Redis, RedisError

from callcenter import events

log = logging.getLogger(__name__)

#: an open page says so this often …
SAID_EVERY = timedelta(seconds=20)
#: … and is forgotten this long after it has last said so
FORGOTTEN_AFTER = timedelta(seconds=50)


def looks(redis: "Redis | None", number: str, user: str, tab: str, now: datetime) -> list[str] | None:
    """Write down that *user* has the ticket open in one of their tabs; who has it open beside them, None where nobody can know."""
    def say(pipe: Any, key: str) -> None:
        pipe.zadd(key, {f"{user} {tab}": _milliseconds(now + FORGOTTEN_AFTER)})

    return _said(redis, number, user, say, now)


def leaves(redis: "Redis | None", number: str, user: str, tab: str, now: datetime) -> None:
    """The page is closed, or out of sight."""
    _said(redis, number, user, lambda pipe, key: pipe.zrem(key, f"{user} {tab}"), now)


def _said(redis: "Redis | None", number: str, user: str, say: Callable[[Any, str], None], now: datetime) -> list[str] | None:
    """Everybody else who is there afterwards; whoever has the ticket open is told when the people there are others than before."""
    if redis is None:
        return None
    key = f"callcenter:looking:{number}"
    try:
        with redis.pipeline() as pipe:
            pipe.zremrangebyscore(key, "-inf", _milliseconds(now))
            pipe.zrange(key, 0, -1)
            say(pipe, key)
            pipe.zrange(key, 0, -1)
            pipe.pexpire(key, FORGOTTEN_AFTER)
            _, before, _, after, _ = pipe.execute()
    except RedisError as error:
        log.warning("who has %s open is not known: %s", number, error)
        return None
    here = _users(after)
    if here != _users(before):
        events.publish(redis, "looking", number=number)
    return [one for one in here if one != user]


def _users(members: Sequence[Any]) -> list[str]:
    return sorted({events.text(member).partition(" ")[0] for member in members})


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
