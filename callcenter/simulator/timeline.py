"""Time on the line: what happens next, in order. It stands still until it is moved (tests), or runs with the clock (demonstrations)."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Condition, RLock
from typing import Any

from callcenter import clock


@dataclass(order=True)
class Happening:
    """Something that will be done at a moment, unless it is called off before."""

    at: float
    turn: int
    do: Callable[..., Any] = field(compare=False)
    args: tuple[Any, ...] = field(compare=False)
    called_off: bool = field(default=False, compare=False)

    def call_off(self) -> None:
        """It will not happen."""
        self.called_off = True


class Timeline:
    """Virtual time, in seconds since *start*: it moves only from one happening to the next, so the same seed gives the same day."""

    def __init__(self, start: datetime) -> None:
        self.lock = RLock()
        self._start, self._now, self._turn = start, 0.0, 0
        self._heap: list[Happening] = []

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return self._now

    def stamp(self) -> datetime:
        """The moment as it is written into webhooks."""
        return datetime.fromtimestamp(self._start.timestamp() + round(self._now, 3), UTC)

    def after(self, seconds: float, do: Callable[..., Any], *args: Any) -> Happening:
        """Have *do* done so many seconds from now; what is asked for first is done first."""
        with self.lock:
            self._turn += 1
            happening = Happening(self.now + max(0.0, seconds), self._turn, do, args)
            heapq.heappush(self._heap, happening)
        return happening

    def next_at(self) -> float | None:
        """When the next thing happens; None when nothing is left."""
        while self._heap and self._heap[0].called_off:
            heapq.heappop(self._heap)
        return self._heap[0].at if self._heap else None

    def move_to(self, at: float) -> None:
        """Let time pass without anything happening; never backwards."""
        self._now = max(self._now, at)

    def step(self) -> bool:
        """Let the next thing happen; False when nothing is left."""
        at = self.next_at()
        if at is None:
            return False
        happening = heapq.heappop(self._heap)
        self.move_to(at)
        happening.do(*happening.args)
        return True

    def run_until(self, at: float) -> None:
        """Let everything happen up to that second."""
        upcoming = self.next_at()
        while upcoming is not None and upcoming <= at:
            self.step()
            upcoming = self.next_at()
        self.move_to(at)


class RealTimeline(Timeline):
    """Time as it passes, *speed* times as fast; a thread of its own lets things happen."""

    def __init__(self, speed: float = 1.0) -> None:
        super().__init__(clock.now())
        self._speed, self._began = speed, clock.monotonic()
        self._news, self._closed = Condition(self.lock), False

    @property
    def now(self) -> float:
        """Seconds of the line's own day."""
        return (clock.monotonic() - self._began) * self._speed

    def stamp(self) -> datetime:
        """The real moment: that is what our own clock is compared with."""
        return clock.now()

    def after(self, seconds: float, do: Callable[..., Any], *args: Any) -> Happening:
        """As above; wakes the thread."""
        with self.lock:
            happening = super().after(seconds, do, *args)
            self._news.notify()
        return happening

    def close(self) -> None:
        """Nothing happens any more."""
        with self.lock:
            self._closed = True
            self._news.notify_all()

    def serve(self, failed: Callable[[], None]) -> None:
        """Let things happen until closed; *failed* is told of an error, and the line goes on."""
        while True:
            with self.lock:
                if self._closed:
                    return
                at = self.next_at()
                if at is None or at > self.now:
                    self._news.wait(None if at is None else (at - self.now) / self._speed)
                    continue
                try:
                    self.step()
                except Exception:  # noqa: BLE001 - one broken line must not end everybody's; it is shown and counted
                    failed()
