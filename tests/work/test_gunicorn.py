"""Gunicorn under our settings serves, and ends the live streams when it is told to stop."""

import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection

import pytest

# Stands in for the desk: one endless stream, ended by the hub's close_all() and by nothing else.
DESK = '''
import sys, threading, types
closed = threading.Event()
sys.modules["callcenter.web.live"] = types.SimpleNamespace(close_all=closed.set)
def desk(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    yield b"hello\\n"
    closed.wait()
    yield b"bye\\n"
'''


@pytest.fixture
def served(tmp_path):
    """The port of a gunicorn of our own and its process."""
    (tmp_path / "desk.py").write_text(DESK)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:callcenter.work.gunicorn_conf", "--pythonpath", tmp_path, "desk:desk"],
        env={**os.environ, "BIND": f"127.0.0.1:{port}", "CALLCENTER_WEB_THREADS": "8", "CALLCENTER_DATA": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    yield port, process
    if process.poll() is None:
        process.kill()
        process.wait()


def test_a_live_stream_is_said_goodbye_to_when_the_desk_stops(served):
    port, process = served
    line = _ask(port, "/live")
    stream = line.getresponse()
    assert stream.readline() == b"hello\n"
    process.send_signal(signal.SIGTERM)
    assert stream.read() == b"bye\n"
    assert process.wait(15) == 0
    line.close()


def _ask(port: int, path: str) -> HTTPConnection:
    """An asked question, as soon as somebody is there to hear it."""
    until = time.monotonic() + 15  # noqa: TID251 - a test waits for a process, no promise is judged
    while True:
        line = HTTPConnection("127.0.0.1", port, timeout=15)
        try:
            line.request("GET", path)
        except ConnectionRefusedError:
            assert time.monotonic() < until, "nobody answered"  # noqa: TID251
            time.sleep(0.02)
        else:
            return line
