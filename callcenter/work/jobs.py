"""What the worker does: one-line calls into services. A lost job is no loss, the clock finds what it left."""

import os
import socket
import threading
from dataclasses import dataclass

from rq import Queue, SimpleWorker

from callcenter import clock
from callcenter.services import outbox
from callcenter.services.hotline import Hotline
from callcenter.telephony.port import Phone
from callcenter.work.ticking import beat
from callcenter.work.waking import QUEUE, Waker

#: how often a worker says that it lives
EVERY = 10.0


@dataclass(slots=True)
class _Here:
    hotline: Hotline | None = None
    phone: Phone | None = None


_here = _Here()


def deliver() -> int:
    """Hand every waiting message to the telephone."""
    if _here.hotline is None or _here.phone is None:
        raise RuntimeError("deliver() runs in the worker process only")
    return outbox.deliver(_here.hotline, _here.phone, clock.now())


def work(hotline: Hotline, phone: Phone, waker: Waker) -> None:
    """Take jobs until told to stop. In this very process: our jobs are short, and a fork for each would cost ten times their work."""
    _here.hotline, _here.phone = hotline, phone
    alive = threading.Thread(target=_live, args=(hotline,), daemon=True)
    alive.start()
    SimpleWorker([Queue(QUEUE, connection=waker.redis)], connection=waker.redis).work(logging_level="WARNING")


def _live(hotline: Hotline) -> None:
    name = f"worker:{socket.gethostname()}:{os.getpid()}"
    while True:
        beat(hotline, name, "worker", clock.now())
        clock.sleep(EVERY)
