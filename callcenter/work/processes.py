"""One child process at a time: started in a session of its own, bound to our life, ended with all it left behind."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def start(argv: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Starts the program with its output on a pipe.

    Ctrl-C does not reach it (own session), and on Linux it gets SIGTERM when we die, however we die. The kernel ties that to
    the thread that starts it, so call this from the main thread of a process without other threads.
    """
    return subprocess.Popen(
        list(argv),
        env={**environ, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,  # read without waiting; a buffer would hold back what select() announced
        preexec_fn=_bound_to(os.getpid()),
    )


def end_session(leader: int) -> list[int]:
    """Kills whatever still runs in the session of that (already dead) child; gives the ids.

    A group kill is not enough: RQ's work horse leaves its worker's group, and would run on beside the next worker.
    """
    left = list(_members(leader))
    for pid in left:
        _kill(pid)
    return left


def _bound_to(parent: int) -> Callable[[], None]:
    def bind() -> None:
        os.setsid()
        if _LIBC:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the line above could take effect
            os._exit(0)

    return bind


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it went by itself in the meantime


def _members(session: int) -> Iterator[int]:
    """Processes of that session; where there is no /proc, none are known."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # "pid (any name) state parent group session …"
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # gone while we looked
        if int(fields[3]) == session and fields[0] not in "ZX":
            yield int(folder.name)
