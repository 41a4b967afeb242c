"""A small foreground supervisor: ordered start, readiness, restart with back-off, ordered stop, nothing left over.

It has one thread and never waits for one child alone, so a silent, chatty or dying child cannot hold up the others.
"""

import fcntl
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TextIO
from zoneinfo import ZoneInfo

from callcenter import clock
from callcenter.work import processes

_TURN = 0.2  # seconds between two looks at the children
_STEADY = 30.0  # seconds after which a child counts as running well again
_LAST_CALL = 2.0  # seconds between the second SIGTERM and the kill
_SHANGHAI = ZoneInfo("Asia/Shanghai")


def _nothing() -> None:
    pass


class CannotStart(RuntimeError):
    """The reason, in one line a person can act on, why nothing was started or why the start was given up."""


@dataclass(frozen=True)
class Child:
    """A program the supervisor keeps running."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    #: Asked again and again; the next child starts once it says yes. None: ready when started.
    ready: Callable[[], bool] | None = None
    #: Seconds it may take to get ready (or, for a step, to be done).
    ready_within: float = 30
    #: A step of the start: must end with 0 before the next child starts, and is not started again.
    once: bool = False
    #: Seconds between SIGTERM and the harder ways.
    grace: float = 12
    #: Stopped after all the others, which may need it to say goodbye.
    stops_last: bool = False


class _Running:
    """What the supervisor knows about one child at this moment."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.failures = 0
        self.start_again_at: float | None = None
        self.half_line = b""

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Runs the children of one data folder until SIGTERM, SIGINT or SIGHUP; a second signal hurries the stop."""

    def __init__(self, children: Sequence[Child], data_dir: Path, out: TextIO = sys.stdout) -> None:
        self._running = [_Running(child) for child in children]
        self._data_dir, self._out = data_dir, out
        self._signals = 0
        self._pipes = selectors.DefaultSelector()

    def run(self, when_ready: Callable[[], None] = _nothing, before_start: Callable[[], None] = _nothing) -> int:
        """Starts all, calls `when_ready`, then watches. 0 after an asked-for stop; CannotStart says why it did not start.

        `before_start` may refuse (CannotStart) once it is sure that this folder is ours. All children are gone at the end,
        whichever way it ends.
        """
        with self._only_one():
            before_start()
            self._listen()
            try:
                began = clock.monotonic()
                if self._start_all():
                    self.say("run", f"已就绪 / ready in {clock.monotonic() - began:.1f} s")
                    when_ready()
                    self._watch()
            finally:
                self._stop_all()
        return 0

    def say(self, name: str, line: str) -> None:
        """One line of the log. When nobody reads it any more, the hotline runs on in silence."""
        try:
            print(f"{clock.now().astimezone(_SHANGHAI):%H:%M:%S} {name:<7}│ {line}", file=self._out, flush=True)
        except OSError:
            self._out = open(os.devnull, "w")  # noqa: SIM115 - lives as long as we do

    def _only_one(self) -> TextIO:
        """Holds the folder's lock until closed (or until this process is gone); names who holds it otherwise."""
        page = open(self._data_dir / "supervisor.lock", "a+")  # noqa: SIM115 - closed by the caller
        try:
            fcntl.flock(page, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            page.seek(0)
            holder = page.read().strip()
            page.close()
            raise CannotStart(f"已在运行 / already running on {self._data_dir} (pid {holder})") from None
        page.truncate(0)
        page.write(f"{os.getpid()}\n")
        page.flush()
        return page

    def _listen(self) -> None:
        for wanted in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(wanted) != signal.SIG_IGN:  # nohup means: run on when the terminal goes
                signal.signal(wanted, self._asked_to_stop)

    def _asked_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _start_all(self) -> bool:
        """True when every child is ready, False when asked to stop meanwhile."""
        for one in self._running:
            self._start(one)
            if not self._wait_ready(one):
                return False
        return True

    def _start(self, one: _Running) -> None:
        one.start_again_at = None
        one.started_at = clock.monotonic()
        one.process = processes.start(one.child.argv, one.child.environ)
        if one.process.stdout:
            os.set_blocking(one.process.stdout.fileno(), False)
            self._pipes.register(one.process.stdout, selectors.EVENT_READ, one)

    def _wait_ready(self, one: _Running) -> bool:
        child, until = one.child, one.started_at + one.child.ready_within
        while not self._signals:
            if not one.alive:
                return self._ended_at_start(one)
            if not child.once and (child.ready is None or child.ready()):
                return True
            if clock.monotonic() > until:
                raise CannotStart(f"{child.name}: {child.ready_within:g} 秒内未就绪 / not ready in time")
            self._turn(0.03)
        return False

    def _ended_at_start(self, one: _Running) -> bool:
        """A step that ended well is ready; anything else that ended is the reason not to start."""
        code = self._bury(one)
        if one.child.once and code == 0:
            return True
        raise CannotStart(f"{one.child.name}: 启动失败 / ended with {code} before it was ready")

    def _watch(self) -> None:
        kept = [one for one in self._running if not one.child.once]
        while not self._signals:
            self._turn(_TURN)
            for one in kept:
                self._look_after(one)

    def _look_after(self, one: _Running) -> None:
        now = clock.monotonic()
        if one.alive:
            if now - one.started_at > _STEADY:
                one.failures = 0
        elif one.start_again_at is None:
            self._note_death(one, now)
        elif now >= one.start_again_at:
            self._start(one)

    def _note_death(self, one: _Running, now: float) -> None:
        """Quarter of a second, half, one … thirty at most: a broken child must not eat the machine."""
        code = self._bury(one)
        pause = min(30.0, 0.25 * 2**one.failures)
        one.failures += 1
        one.start_again_at = now + pause
        self.say(one.child.name, f"已退出 / ended with {code}; 重启于 / again in {pause:g} s")

    def _bury(self, one: _Running) -> int | None:
        """Ends what the dead child left behind, lest it stand in the next one's way; says its last words; gives its exit code."""
        if one.process is None:
            return None
        for pid in processes.end_session(one.process.pid):
            self.say(one.child.name, f"结束遗留进程 / ended a left-over process {pid}")
        self._drain(one)
        return one.process.returncode

    def _turn(self, seconds: float) -> None:
        """Passes on what the children say, for that long at most."""
        for key, _ in self._pipes.select(seconds):
            self._pass_on(key.data)

    def _pass_on(self, one: _Running) -> bool:
        """Says the lines that are there; False when there was nothing to read (yet, or ever again)."""
        pipe = one.process.stdout if one.process else None
        if pipe is None or pipe.closed:
            return False
        said = pipe.read(65536)  # None: nothing now; empty: closed
        if said == b"":
            self._pipes.unregister(pipe)
            pipe.close()
        *lines, one.half_line = (one.half_line + (said or b"")).split(b"\n")
        for line in lines:
            self.say(one.child.name, line.decode(errors="replace").rstrip())
        return bool(said)

    def _drain(self, one: _Running) -> None:
        """What is left in a dead child's pipe, then the pipe is closed."""
        while self._pass_on(one):
            continue
        pipe = one.process.stdout if one.process else None
        if pipe and not pipe.closed:
            self._pipes.unregister(pipe)
            pipe.close()
        if one.half_line:
            self.say(one.child.name, one.half_line.decode(errors="replace"))
            one.half_line = b""

    def _stop_all(self) -> None:
        began = clock.monotonic()
        self._stop([one for one in self._running if not one.child.stops_last])
        self._stop([one for one in self._running if one.child.stops_last])
        self.say("run", f"已停止 / stopped in {clock.monotonic() - began:.1f} s")

    def _stop(self, group: list[_Running]) -> None:
        """SIGTERM and time to finish; a second SIGTERM (RQ ends its job on it); the kill."""
        self._send(group, signal.SIGTERM)
        grace = max((one.child.grace for one in group), default=0.0)
        self._wait_gone(group, grace, hurried=True)
        self._send(group, signal.SIGTERM)
        self._wait_gone(group, _LAST_CALL, hurried=False)
        self._send(group, signal.SIGKILL)
        for one in group:
            if one.process:
                one.process.wait()
                self._bury(one)

    def _send(self, group: list[_Running], what: signal.Signals) -> None:
        for one in group:
            if one.process and one.alive:
                one.process.send_signal(what)

    def _wait_gone(self, group: list[_Running], seconds: float, *, hurried: bool) -> None:
        until = clock.monotonic() + seconds
        while any(one.alive for one in group) and clock.monotonic() < until:
            if hurried and self._signals > 1:
                return
            self._turn(0.05)
