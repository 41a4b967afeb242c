"""The only reader of time: everything below is handed `now`, so a day can be rehearsed in a second."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """This moment as an aware UTC datetime, cut to whole milliseconds; never later than the real time."""
    read = datetime.now(UTC)
    return read.replace(microsecond=read.microsecond // 1000 * 1000)


def monotonic() -> float:
    """Seconds since some fixed moment; never runs backwards. For waiting and measuring only."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Rest for that long. Only the loops of `work/` rest; nothing that owes somebody something waits by sleeping."""
    time.sleep(seconds)
