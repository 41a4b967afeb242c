"""Live updates: events go through one Redis stream, one reader a process hands them to every open browser (SSE)."""

import json
import logging
import queue
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from weakref import WeakSet

from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from redis import Redis, RedisError

from callcenter import clock
from callcenter.events import KEPT, STREAM, text

log = logging.getLogger(__name__)
pages = Blueprint("live", __name__)

HEARTBEAT_SECONDS = 15.0
#: A browser that takes nothing for this many events is cut; it reconnects and is told what it missed.
PATIENCE = 200
#: After this long a stream is asked to come again, so that signing out ends it everywhere.
LONGEST = timedelta(minutes=15)
#: Threads of the web process that streams leave to ordinary pages.
SPARE_THREADS = 32
RETRY_AFTER_SECONDS = 30

_EVENT_ID = re.compile(r"\d{1,20}-\d{1,20}")

Event = tuple[str, bytes]
_END: Event = ("", b"")


def _event(event_id: Any, fields: dict[Any, Any]) -> Event:
    held = {text(name): text(value) for name, value in fields.items()}
    identity = text(event_id)
    return identity, f"id: {identity}\nevent: {held['kind']}\ndata: {held['data']}\n\n".encode()


def _order(event_id: str) -> tuple[int, int]:
    milliseconds, _, number = event_id.partition("-")
    return int(milliseconds or 0), int(number or 0)


def _state(live: bool) -> bytes:
    """Tells the badge whether events flow or the page must ask by itself."""
    return f"event: state\ndata: {json.dumps({'live': live})}\n\n".encode()


@dataclass(eq=False)
class Listener:
    """One open stream. It holds a queue rather than being one: gevent's queue takes no attributes."""

    waiting: "queue.Queue[Event]" = field(default_factory=lambda: queue.Queue(maxsize=PATIENCE))
    cut: bool = False

    def give(self, event: Event) -> None:
        """Hands over an event, or cuts a listener that has stopped listening."""
        try:
            self.waiting.put_nowait(event)
        except queue.Full:
            self.cut = True


class Hub:
    """The listeners of one process and the thread that reads for all of them; started by the first listener."""

    def __init__(self, redis: "Redis", most: int, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self.redis, self.most, self.heartbeat = redis, most, heartbeat
        self.flowing = False
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._reader: threading.Thread | None = None

    def join(self) -> Listener | None:
        """A new listener; None when the house is full or closing."""
        with self._lock:
            if self._closing.is_set() or len(self._listeners) >= self.most:
                return None
            listener = Listener()
            self._listeners.add(listener)
            if self._reader is None:
                self._reader = threading.Thread(target=self._read, daemon=True, name="live-reader")
                self._reader.start()
        return listener

    def leave(self, listener: Listener) -> None:
        """Forgets a listener; leaving twice is fine."""
        with self._lock:
            self._listeners.discard(listener)

    def count(self) -> int:
        """How many streams are open in this process."""
        with self._lock:
            return len(self._listeners)

    def close(self) -> None:
        """Ends every stream at once, so that the server can stop; the browsers reconnect by themselves."""
        self._closing.set()
        with self._lock:
            for listener in self._listeners:
                listener.cut = True
                listener.give(_END)

    def stream(self, listener: Listener, last_event_id: str | None) -> Iterator[bytes]:
        """What one browser is sent: the state, what it missed, then events as they come, each once and in order."""
        try:
            yield b"retry: 2000\n\n" + _state(self.flowing)
            seen = last_event_id or ""
            for event_id, frame in self._missed(last_event_id):
                seen = event_id
                yield frame
            until = clock.now() + LONGEST
            while not listener.cut and clock.now() < until:
                event_id, frame = self._next(listener)
                if not event_id:
                    yield frame
                elif _order(event_id) > _order(seen):
                    seen = event_id
                    yield frame
        finally:
            self.leave(listener)

    def _next(self, listener: Listener) -> Event:
        try:
            return listener.waiting.get(timeout=self.heartbeat)
        except queue.Empty:
            return "", b": still here\n\n"

    def _missed(self, last_event_id: str | None) -> list[Event]:
        if not last_event_id:
            return []
        try:
            found: Any = self.redis.xrange(STREAM, min=f"({last_event_id}", count=KEPT)
        except RedisError:
            return []  # the page fetches itself anew on reconnecting anyway
        return [_event(event_id, fields) for event_id, fields in found]

    def _read(self) -> None:
        """Reads for ever; while Redis is away it says so and tries again, and tells nobody an event twice."""
        last = ""
        while not self._closing.is_set():
            try:
                last = last or self._newest()
                found: Any = self.redis.xread({STREAM: last}, block=1000, count=500) or ()
            except RedisError as error:
                self._tell_state(False, error)
                self._closing.wait(1)
                continue
            self._tell_state(True)
            for _, items in found:
                for event_id, fields in items:
                    last = text(event_id)
                    self._tell(_event(event_id, fields))

    def _newest(self) -> str:
        """The id to read on from; asked for once, since `$` would skip what comes between two reads."""
        found: Any = self.redis.xrevrange(STREAM, count=1)
        return text(found[0][0]) if found else "0-0"

    def _tell_state(self, flowing: bool, reason: object = None) -> None:
        if self.flowing == flowing:
            return
        self.flowing = flowing
        log.info("live events %s %s", "flow" if flowing else "stopped; pages ask by themselves:", reason or "")
        self._tell(("", _state(flowing)))

    def _tell(self, event: Event) -> None:
        with self._lock:
            for listener in self._listeners:
                listener.give(event)


_hubs: "WeakSet[Hub]" = WeakSet()


def close_all() -> None:
    """Ends every stream of this process; the web server calls it when told to stop."""
    for hub in list(_hubs):
        hub.close()


@pages.get("/live")
def live() -> ResponseReturnValue:
    """The event stream. 204: there is none here, ask by yourself. 503 with Retry-After: full, ask by yourself for now."""
    hub: Hub | None = current_app.extensions.get("live")
    if hub is None:
        return "", 204
    listener = hub.join()
    if listener is None:
        return "", 503, {"Retry-After": str(RETRY_AFTER_SECONDS)}
    asked = request.headers.get("Last-Event-ID", "")
    response = Response(hub.stream(listener, asked if _EVENT_ID.fullmatch(asked) else None), mimetype="text/event-stream")
    response.call_on_close(lambda: hub.leave(listener))
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    return response


def init_live(app: Flask) -> None:
    """A hub on REDIS_URL (none without it), with room for WEB_THREADS less those that serve ordinary pages."""
    app.register_blueprint(pages)
    address = app.config.get("REDIS_URL")
    given: Redis | None = app.extensions.get("redis")
    if given is None and address:
        # a socket must outlive the reader's one-second wait, yet a dead server must be noticed
        given = Redis.from_url(address, socket_timeout=5, socket_connect_timeout=2)
    if given is not None:
        room = max(8, int(app.config.get("WEB_THREADS", 600)) - SPARE_THREADS)
        hub = Hub(given, room, float(app.config.get("LIVE_HEARTBEAT_SECONDS", HEARTBEAT_SECONDS)))
        app.extensions["live"] = hub
        _hubs.add(hub)
