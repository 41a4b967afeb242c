"""The whole hotline measured as processes: lateness through a real clock process, start, memory, pages, a fresh installation."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import sqlalchemy as sa

from callcenter import clock
from callcenter.storage.tables import TimerFireRow
from callcenter.work.demo_people import Browser
from scripts.benches.engine import add_due, hotline, open_tickets

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"agent01": "/desk", "dispatcher01": "/dispatch", "supervisor01": "/supervise"}
PER_SECOND, SECONDS = 100, 10


def lateness() -> Iterator[str]:
    """A hundred timers due every second for ten seconds, fired by `callcenter clock` on SQLite."""
    with tempfile.TemporaryDirectory() as folder, hotline(f"sqlite:///{folder}/callcenter.sqlite3", clock.now()) as opened:
        open_tickets(opened, 50, clock.now())
        first = clock.now() + timedelta(seconds=6)
        add_due(opened, PER_SECOND * SECONDS, first, timedelta(seconds=1) / PER_SECOND)
        with process([sys.executable, "-m", "callcenter", "clock"], Path(folder)):
            late = _fired(opened, first, PER_SECOND * SECONDS)
    late.sort()
    yield (f"{PER_SECOND} due a second for {SECONDS} s, SQLite, one clock process: lateness p50 {late[len(late) // 2]} ms, "
           f"p99 {late[int(len(late) * 0.99)]} ms, max {late[-1]} ms; {len(late)} of {PER_SECOND * SECONDS} fired")


def _fired(opened, first, wanted: int) -> list[int]:  # type: ignore[no-untyped-def]  # a hotline and a time
    """How late each came, once all have come; what there is after a minute."""
    last = clock.monotonic() + 60
    while clock.monotonic() < last:
        time.sleep(0.5)
        with opened.store.reading() as session:
            late = list(session.scalars(sa.select(TimerFireRow.late_ms).where(TimerFireRow.due_at >= first)))
        if len(late) >= wanted:
            return late[:wanted]
    return late or [0]


@contextmanager
def process(argv: list[str], folder: Path, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process on that data folder, with no other settings of ours; stopped at the end."""
    ours = ("CALLCENTER_", "DATABASE_", "REDIS_", "TWILIO_", "BIND", "PORT", "PUBLIC_", "SECRET_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    kept |= {"PYTHONPATH": str(ROOT), "CALLCENTER_DATA": str(folder), **environ}
    with open(folder / "bench.log", "ab") as log:
        started = subprocess.Popen(argv, env=kept, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            yield started
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(30)


def start() -> Iterator[str]:
    """The second start (the demo company is there already), memory at rest, and pages one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for which in ("first start, demo company included", "second start"):
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            began = time.perf_counter()
            with process([sys.executable, "-m", "callcenter", "run"], folder, PORT=str(port)) as running:
                first_answer(port)
                yield f"{which}: {time.perf_counter() - began:.1f} s to the first answer"
                if which == "second start":
                    time.sleep(3)
                    yield from _pages(port)
                    yield from _memory(running.pid)


def first_answer(port: int) -> None:
    last = clock.monotonic() + 120
    while clock.monotonic() < last:
        line = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            line.request("GET", "/sign-in")
            if line.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.02)
        finally:
            line.close()
    raise TimeoutError("no answer within two minutes")


def _memory(leader: int) -> Iterator[str]:
    """Proportional set size of the supervisor and everything below it: shared pages count once in all."""
    total = 0
    for pid in _family(leader):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        pss = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        total += pss
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        yield f"memory {pss / 1024:6.1f} MB  {words.removeprefix(sys.executable).strip()[:70]}"
    yield f"memory {total / 1024:6.1f} MB  all together (PSS)"


def _family(leader: int) -> list[int]:
    parents = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(place.parent.name)] = int(place.read_text(errors="replace").rpartition(")")[2].split()[1])
        except OSError:
            continue  # gone while we looked
    family = [leader]
    for pid in family:
        family += [child for child, parent in parents.items() if parent == pid]
    return family


def _pages(port: int) -> Iterator[str]:
    """Twenty times each, signed in as somebody who works there."""
    for user, page in PAGES.items():
        browser = Browser(f"http://127.0.0.1:{port}")
        browser.get("/sign-in")
        browser.post("/sign-in", {"user": user, "password": "demo"})
        times, status = [], 0
        for _ in range(20):
            began = time.perf_counter()
            status = browser.get(page).status
            times.append((time.perf_counter() - began) * 1000)
        times.sort()
        yield f"page {page}: {status}, median {times[10]:.0f} ms, slowest {times[-1]:.0f} ms"


def setup() -> Iterator[str]:
    """Everything a newcomer waits for: virtual environment, installation, first start."""
    with tempfile.TemporaryDirectory() as name:
        copy, data = Path(name) / "checkout", Path(name) / "data"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "var", "__pycache__"))
        data.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        began = time.perf_counter()
        with process([str(copy / "scripts" / "run")], data, PORT=str(port)):
            _first_answer_within(port, 600)
            yield f"from a fresh checkout to the first answer: {time.perf_counter() - began:.0f} s"


def _first_answer_within(port: int, seconds: int) -> None:
    last = clock.monotonic() + seconds
    while clock.monotonic() < last:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
            continue
        first_answer(port)
        return
