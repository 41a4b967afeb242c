"""Waking after a commit: the clock for a near timer, the worker for a message, browsers for a change. Losing it loses nothing."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from redis import Redis, RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError

from callcenter import clock

log = logging.getLogger(__name__)

#: the clock looks by itself this often, so only nearer timers need a poke
CAP = timedelta(seconds=1)
POKE = "callcenter:clock:poke"
QUEUE = "urgent"

Publish = Callable[..., object]


class Waker:
    """Wakes clock, worker and browsers through Redis; silent when Redis is away, for the database holds the truth."""

    def __init__(self, redis_url: str, publish: Publish) -> None:
        self.redis: Redis = Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=1, health_check_interval=30)
        self._publish = publish

    def wake(self, kind: str, ids: dict[str, object]) -> None:
        """Called by the store after a commit."""
        try:
            if kind == "timer":
                self._poke(ids.get("due_at"))
                self._publish(self.redis, "promise")
            elif kind == "export":
                self._enqueue("write_exports")
            elif kind == "message":
                self._enqueue("deliver")
                self._publish(self.redis, "message")
            else:
                self._publish(self.redis, kind, **{k: v for k, v in ids.items() if isinstance(v, (str, int))})
        except (RedisError, OSError) as away:
            log.warning("nobody was woken: %s", away)

    def _poke(self, due_at: object) -> None:
        if isinstance(due_at, datetime) and due_at - clock.now() < CAP:
            with self.redis.pipeline(transaction=False) as pipe:
                pipe.lpush(POKE, 1)
                pipe.ltrim(POKE, 0, 0)
                pipe.expire(POKE, 60)
                pipe.execute()

    def _enqueue(self, job: str) -> None:
        try:
            Queue(QUEUE, connection=self.redis).enqueue(f"callcenter.work.jobs.{job}", job_id=job, unique=True, result_ttl=0, failure_ttl=60)
        except DuplicateJobError:
            pass  # one is waiting already; it will take this along

    def wait(self, at_most: timedelta) -> None:
        """Sleep until poked or until *at_most* has passed; without Redis simply sleep."""
        seconds = max(0.001, at_most.total_seconds())
        try:
            self.redis.blpop([POKE], timeout=seconds)
        except (RedisError, OSError):
            clock.sleep(seconds)

    def alive(self) -> bool:
        """Whether Redis answers."""
        try:
            return bool(self.redis.ping())
        except (RedisError, OSError):
            return False


