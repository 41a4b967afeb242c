"""The channel of live events: that something changed, told to every open browser through Redis; ids only, never words."""

import json
import logging
import re
from typing import Any

from redis import Redis, RedisError

log = logging.getLogger(__name__)

STREAM = "callcenter:events"
KINDS = frozenset({"ticket", "call", "promise", "message", "looking"})
#: About as many events are kept for browsers that reconnect; older gaps are closed by fetching the page again.
KEPT = 5000

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def publish(redis: "Redis | None", kind: str, **data: str | int) -> str | None:
    """Tells every open browser that something changed; the event's id, or None when Redis could not take it (nothing
    is lost: pages ask again). ValueError for an unknown kind or anything that is not an id."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of event {kind!r}; one of {sorted(KINDS)}")
    for name, value in data.items():
        if not _ID.fullmatch(str(value)):
            raise ValueError(f"{name}: events carry ids only, never words")
    if redis is None:
        return None
    try:
        stored = redis.xadd(STREAM, {"kind": kind, "data": json.dumps(data)}, maxlen=KEPT, approximate=True)
    except RedisError as error:
        log.warning("live event not published: %s", error)
        return None
    return text(stored)


def text(value: Any) -> str:
    """What Redis gives, bytes or not, as text."""
    return value.decode() if isinstance(value, bytes) else str(value)
