"""Live updates: every browser hears of everything once and in order, and nothing breaks when Redis is away."""

import json
import queue
import threading
from collections import defaultdict

import pytest
from redis import Redis

from callcenter import events
from callcenter.web import live
from tests.web.conftest import Visitor
from tests.web.tiny import tiny_app

PATIENTLY = 10  # seconds until a test gives up on another thread; never waited for when things work


class Ear:
    """Reads a stream in a thread, as a browser would; each kind of event waits in its own line."""

    def __init__(self, hub: live.Hub, last_event_id: str | None = None) -> None:
        self.heard: dict[str, queue.Queue] = defaultdict(queue.Queue)
        self.stream = hub.stream(hub.join(), last_event_id)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        for chunk in self.stream:
            for part in chunk.decode().split("\n\n"):
                held = dict(line.split(": ", 1) for line in part.split("\n") if line)
                if "event" in held:
                    self.heard[held["event"]].put((held.get("id"), json.loads(held["data"])))

    def next(self, kind: str) -> tuple[str | None, dict]:
        return self.heard[kind].get(timeout=PATIENTLY)

    def until_live(self) -> "Ear":
        while not self.next("state")[1]["live"]:
            pass
        return self


@pytest.fixture
def redis(redis_url):
    with Redis.from_url(redis_url) as connection:
        yield connection


@pytest.fixture
def hub(redis):
    hub = live.Hub(redis, most=3, heartbeat=0.05)
    yield hub
    hub.close()
    if hub._reader:
        hub._reader.join(PATIENTLY)


def test_every_listener_hears_every_event_once_and_in_order(hub, redis):
    ears = [Ear(hub).until_live() for _ in range(3)]
    ids = [events.publish(redis, "ticket", id=number) for number in range(50)]
    for ear in ears:
        assert [ear.next("ticket") for _ in range(50)] == [(ids[n], {"id": n}) for n in range(50)]


def test_a_browser_that_comes_back_hears_what_it_missed_and_nothing_twice(hub, redis):
    ids = [events.publish(redis, "ticket", number=n) for n in range(3)]
    ear = Ear(hub, last_event_id=ids[0]).until_live()
    ids.append(events.publish(redis, "ticket", number=3))
    events.publish(redis, "call", id="last")
    assert ear.next("call")[1] == {"id": "last"}
    assert [ear.next("ticket") for _ in range(3)] == [(ids[n], {"number": n}) for n in (1, 2, 3)]
    assert ear.heard["ticket"].empty()


def test_a_listener_that_stops_listening_is_cut(hub, redis):
    listener = hub.join()
    for number in range(live.PATIENCE + 1):
        listener.give((f"1-{number}", b"x"))
    assert listener.cut
    assert len(list(hub.stream(listener, None))) == 1
    assert hub.count() == 0


def test_closing_ends_every_stream_at_once_and_admits_nobody(hub):
    ear = Ear(hub).until_live()
    live._hubs.add(hub)
    live.close_all()
    ear.thread.join(PATIENTLY)
    assert not ear.thread.is_alive()
    assert hub.count() == 0
    assert hub.join() is None


def test_the_badge_is_told_when_redis_goes_and_when_it_comes_back(redis):
    class Flaky:
        away = True

        def __getattr__(self, name):
            if self.away:
                raise live.RedisError("away")
            return getattr(redis, name)

    flaky = Flaky()
    hub = live.Hub(flaky, most=3, heartbeat=0.05)
    try:
        ear = Ear(hub)
        assert ear.next("state") == (None, {"live": False})
        flaky.away = False
        ear.until_live()
        events.publish(redis, "call", id="CA1")
        assert ear.next("call")[1] == {"id": "CA1"}
        flaky.away = True
        assert ear.next("state") == (None, {"live": False})
    finally:
        hub.close()
        hub._reader.join(PATIENTLY)


def test_publishing_without_redis_loses_nothing_and_raises_nothing():
    away = Redis(unix_socket_path="/nowhere/redis.sock")
    assert events.publish(None, "ticket", id=1) is None
    assert events.publish(away, "ticket", id=1) is None


@pytest.mark.parametrize(
    ("kind", "data"),
    [("gossip", {"id": 1}), ("ticket", {"name": "张三"}), ("ticket", {"phone": "+8613812341234"}), ("call", {"id": "a b"})],
)
def test_events_carry_ids_and_never_words(kind, data):
    with pytest.raises(ValueError):
        events.publish(None, kind, **data)


def test_the_stream_is_for_people_who_are_signed_in(redis):
    assert tiny_app().test_client().get("/live").status_code == 302


def test_without_redis_the_page_is_told_to_ask_by_itself(visitor):
    visitor.sign_in("hejing")
    assert visitor.get("/live").status_code == 204


def test_a_full_house_says_when_to_come_again(redis):
    app = tiny_app()
    app.extensions["live"] = live.Hub(redis, most=0)
    visitor = Visitor(app.test_client())
    visitor.sign_in("hejing")
    answer = visitor.get("/live")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_a_browser_that_leaves_before_reading_is_forgotten(redis_url):
    app = tiny_app(REDIS_URL=redis_url, WEB_THREADS=64)
    visitor = Visitor(app.test_client())
    visitor.sign_in("hejing")
    hub = app.extensions["live"]
    try:
        answer = visitor.get("/live", buffered=False, headers={"Last-Event-ID": "nonsense"})
        assert answer.mimetype == "text/event-stream"
        assert (hub.count(), hub.most) == (1, 32)
        answer.close()
        assert hub.count() == 0
    finally:
        hub.close()
        hub._reader.join(PATIENTLY)
        hub.redis.close()
