"""What the worker does: one-line calls into services. A lost job is no loss, the clock finds what it left."""

import logging
import os
import socket
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from rq import Queue, SimpleWorker
from sqlalchemy.exc import DBAPIError

from callcenter import clock
from callcenter.services.hotline import Hotline
from callcenter.services.ledgers import jobs as exports
from callcenter.services.messages import outbox
from callcenter.telephony.port import Phone
from callcenter.work.ticking import beat
from callcenter.work.waking import QUEUE, Waker

log = logging.getLogger(__name__)

#: how often a worker says that it lives
EVERY = 10.0
#: calls whose place comes within this time are waited for, in at most so many rounds
SOON, ROUNDS = timedelta(seconds=2), 100


@dataclass(slots=True)
class _Here:
    hotline: Hotline | None = None
    phone: Phone | None = None
    exports_wait: threading.Event = field(default_factory=threading.Event)


_here = _Here()


def deliver() -> int:
    """Hand every waiting message to the telephone."""
    if _here.hotline is None or _here.phone is None:
        raise RuntimeError("deliver() runs in the worker process only")
    done = outbox.deliver(_here.hotline, _here.phone, clock.now())
    for _ in range(ROUNDS):  # calls wait for their place in the second; what else has come is taken along
        pause = outbox.next_call_in(_here.hotline, clock.now())
        if pause is None or pause > SOON:
            break
        clock.sleep(pause.total_seconds())
        done += outbox.deliver(_here.hotline, _here.phone, clock.now())
    return done


def write_exports() -> None:
    """Have the long ledgers that wait written: beside the deliveries, which never wait for them."""
    _here.exports_wait.set()


def work(hotline: Hotline, phone: Phone, waker: Waker, export_folder: Path) -> None:
    """Take jobs until told to stop. In this very process: our jobs are short, and a fork for each would cost ten times their work."""
    _here.hotline, _here.phone = hotline, phone
    for life, given in ((_live, (hotline,)), (_write, (hotline, export_folder))):
        threading.Thread(target=life, args=given, daemon=True).start()
    SimpleWorker([Queue(QUEUE, connection=waker.redis)], connection=waker.redis).work(logging_level="WARNING")


def _write(hotline: Hotline, folder: Path) -> None:
    """Long ledgers one after the other; every now and then also those whose job was lost."""
    name = f"worker:{socket.gethostname()}:{os.getpid()}"
    while True:
        _here.exports_wait.wait(EVERY)
        _here.exports_wait.clear()
        try:
            exports.write_waiting(hotline, folder, name, clock.now)
        except DBAPIError as away:
            log.warning("no list could be written: %s", away)


def _live(hotline: Hotline) -> None:
    name = f"worker:{socket.gethostname()}:{os.getpid()}"
    while True:
        beat(hotline, name, "worker", clock.now())
        clock.sleep(EVERY)
