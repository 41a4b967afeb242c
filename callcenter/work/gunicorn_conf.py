"""How gunicorn serves the desk: one process with many threads, for live streams hold a thread each.

Several processes (WEB_CONCURRENCY) are for PostgreSQL; on SQLite one process answers faster than four that queue.
"""

import signal
import sys
import threading
from types import FrameType
from typing import Any

from callcenter.config import Settings

_settings = Settings.from_environment()

bind = _settings.bind
worker_class = "gthread"
threads = _settings.web_threads
worker_connections = 2 * _settings.web_threads
timeout = 60
graceful_timeout = 10
keepalive = 5
control_socket_disable = True  # the default one opens below the home folder, which a service may not have


def post_worker_init(_worker: Any) -> None:
    """Ends the live streams on SIGTERM: they never end by themselves and would sit out the graceful time-out."""
    before = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        # In a thread: a handler must not wait for a lock that the code it interrupted may hold.
        threading.Thread(target=_close_streams, name="close-streams").start()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, stop)


def _close_streams() -> None:
    live = sys.modules.get("callcenter.web.live")
    if live is not None:
        live.close_all()
