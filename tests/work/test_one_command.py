"""`callcenter run` brings up the whole hotline, mends it while it runs, and takes all of it down again."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

#: How each child of the supervisor is known by its command line.
WORDS = {"redis": "(valkey|redis)-server", "line": "callcenter simulate", "worker": "callcenter worker", "clock": "callcenter clock",
         "web": "gunicorn"}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the processes of one run in /proc")


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def hotline(tmp_path, port):
    """Starts the hotline on the folder of this test; whatever still runs at its end is ended."""
    started = []

    def start():
        ours = ("CALLCENTER_", "DATABASE_", "REDIS_", "TWILIO_", "BIND", "PORT", "PUBLIC_", "SECRET_")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        environ |= {"CALLCENTER_DATA": str(tmp_path), "PORT": str(port), "CALLCENTER_WEB_THREADS": "8"}
        with open(tmp_path / "log", "w") as log:
            started.append(subprocess.Popen([sys.executable, "-m", "callcenter", "run"], env=environ, stdout=log, stderr=log))
        wait_until(lambda: "Ctrl-C" in said(tmp_path) or started[-1].poll() is not None, tmp_path)
        assert started[-1].poll() is None, said(tmp_path)
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        process.wait(30)


def test_it_answers_mends_itself_leaves_nothing_and_starts_again_where_it_stopped(hotline, tmp_path, port):
    first = hotline()
    assert f"http://127.0.0.1:{port}/" in said(tmp_path)
    assert answer(port, "/healthz") == 200
    assert answer(port, "/sign-in") == 200
    for name in WORDS:
        [before] = child(name, tmp_path)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda before=before, name=name: child(name, tmp_path) - {before}, tmp_path)
    wait_until(lambda: answer(port, "/healthz") == 200, tmp_path)
    first.send_signal(signal.SIGTERM)
    assert first.wait(30) == 0
    assert family(tmp_path) == {}
    again = hotline()
    assert answer(port, "/sign-in") == 200
    again.kill()
    again.wait()
    wait_until(lambda: family(tmp_path) == {}, tmp_path)


def said(folder: Path) -> str:
    return (folder / "log").read_text(encoding="utf-8", errors="replace")


def answer(port: int, path: str) -> int:
    """The status of that page; 0 when nobody answers."""
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", path)
        return line.getresponse().status
    except OSError:
        return 0
    finally:
        line.close()


def family(folder: Path) -> dict[int, str]:
    """Every living process that works on this folder, with its command line (Redis writes its title over its environment)."""
    mark, found = str(folder).encode(), {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes()
            if words and (mark in words or b"CALLCENTER_DATA=" + mark in (place / "environ").read_bytes()):
                found[int(place.name)] = words.replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # gone while we looked
    return found


def is_leader(pid: int) -> bool:
    """A child of the supervisor leads its own session; what it forked does not."""
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def child(name: str, folder: Path) -> set[int]:
    """The supervisor's child of that name: at most one."""
    return {pid for pid, words in family(folder).items() if is_leader(pid) and re.search(WORDS[name], words)}


def wait_until(come_true, folder: Path) -> None:
    until = time.monotonic() + 60  # noqa: TID251 - a test waits for a process, no promise is judged
    while not come_true():
        assert time.monotonic() < until, said(folder)  # noqa: TID251
        time.sleep(0.05)
