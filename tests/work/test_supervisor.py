"""The supervisor keeps its children running and leaves nothing behind, however it ends (real processes throughout)."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# A child writes its id, and on SIGTERM its name into the book of farewells.
CHILD = """
import os, signal, sys, pathlib
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def farewell(*_):
    with open(folder / "farewells", "a") as book:
        book.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, farewell)
draft = folder / (name + ".draft")
draft.write_text(str(os.getpid()))
draft.rename(folder / name)
print(name, "läuft 就绪", flush=True)
while True:
    signal.pause()
"""
DEAF = CHILD.replace("signal.signal(signal.SIGTERM, farewell)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
# Starts a second process that leaves the group, as RQ's work horse does.
WITH_HORSE = """
import os, signal, sys, pathlib, time
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
draft = folder / (name + ".draft")
if os.fork() == 0:
    os.setpgid(0, 0)
    draft.write_text(str(os.getpid()))
    draft.rename(folder / "horse")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    (folder / name).write_text(str(os.getpid()))
while True:
    signal.pause()
"""
HOUSE = """
import pathlib, sys
from callcenter.work.supervisor import CannotStart, Child, Supervisor
folder = pathlib.Path(sys.argv[1])
CHILD, DEAF, WITH_HORSE = {child!r}, {deaf!r}, {horse!r}
def child(name, text=CHILD, **how):
    return Child(name, [sys.executable, "-S", "-c", text, name, str(folder)], **how)
try:
    sys.exit(Supervisor({children}, folder).run(lambda: (folder / "ready").touch()))
except CannotStart as reason:
    print(reason, file=sys.stderr)
    sys.exit(2)
"""


@dataclass
class House:
    """A supervisor in a process of its own, and the folder its children write to."""

    folder: Path
    process: "subprocess.Popen[str]"

    def pid(self, name: str) -> int:
        """The id a child wrote; waits for it."""
        wait_until(lambda: (self.folder / name).exists() and (self.folder / name).read_text())
        return int((self.folder / name).read_text())

    def ready(self) -> None:
        wait_until((self.folder / "ready").exists)

    def ended(self) -> int:
        return self.process.wait(15)


def wait_until(come_true: Callable[[], object]) -> None:
    """Returns as soon as it is so; fails when it is not so for a long while."""
    until = time.monotonic() + 15  # noqa: TID251 - a test waits for a process, no promise is judged
    while not come_true():
        assert time.monotonic() < until, "waited in vain"  # noqa: TID251
        time.sleep(0.01)


def with_every_signal() -> None:
    """As if started from a terminal, also when this test run was started by nohup or in the background: the supervisor respects what is ignored."""
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_DFL)


def runs(pid: int) -> bool:
    """True for a process that is neither gone nor a zombie nobody has buried yet."""
    if not Path("/proc/self").exists():
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
        return bool(state) and not state.startswith("Z")
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], House]]:
    """Starts a supervisor with the children written down; whatever still runs at the end of the test is ended."""
    houses: list[House] = []

    def build(children: str) -> House:
        text = HOUSE.format(child=CHILD, deaf=DEAF, horse=WITH_HORSE, children=textwrap.dedent(children))
        process = subprocess.Popen(
            [sys.executable, "-c", text, str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            preexec_fn=with_every_signal,
        )
        houses.append(House(tmp_path, process))
        return houses[-1]

    yield build
    for house in houses:
        if house.process.poll() is None:
            house.process.terminate()
        house.process.communicate(timeout=15)


def test_a_dead_child_is_started_again_and_the_others_are_not_disturbed(start):
    house = start("[child('web'), child('clock')]")
    house.ready()
    web, clock = house.pid("web"), house.pid("clock")
    os.kill(web, signal.SIGKILL)
    wait_until(lambda: house.pid("web") != web)
    assert runs(house.pid("web"))
    assert house.pid("clock") == clock
    assert runs(clock)


def test_what_a_dead_child_leaves_behind_is_ended_before_it_starts_again(start):
    house = start("[child('worker', WITH_HORSE)]")
    house.ready()
    horse, worker = house.pid("horse"), house.pid("worker")
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: house.pid("horse") != horse)
    assert not runs(horse)


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_asked_to_stop_it_ends_with_0_and_leaves_nothing_and_redis_goes_last(start, asked):
    house = start("[child('redis', stops_last=True), child('worker'), child('web')]")
    house.ready()
    pids = [house.pid(name) for name in ("redis", "worker", "web")]
    house.process.send_signal(asked)
    assert house.ended() == 0
    assert [pid for pid in pids if runs(pid)] == []
    farewells = (house.folder / "farewells").read_text().split()
    assert sorted(farewells[:2]) == ["web", "worker"]
    assert farewells[2] == "redis"


def test_a_child_that_will_not_stop_and_its_horse_are_ended_after_the_grace(start):
    house = start("[child('deaf', DEAF, grace=0.1), child('worker', WITH_HORSE, grace=0.1)]")
    house.ready()
    pids = [house.pid(name) for name in ("deaf", "worker", "horse")]
    house.process.terminate()
    assert house.ended() == 0
    assert [pid for pid in pids if runs(pid)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel tells children that their parent was killed")
def test_when_the_supervisor_itself_is_killed_its_children_end_too(start):
    house = start("[child('redis', stops_last=True), child('web')]")
    house.ready()
    pids = [house.pid(name) for name in ("redis", "web")]
    house.process.kill()
    house.ended()
    wait_until(lambda: not any(map(runs, pids)))


def test_a_second_one_on_the_same_folder_is_refused_and_the_first_runs_on(start):
    first = start("[child('web')]")
    first.ready()
    web = first.pid("web")
    second = start("[child('web')]")
    assert second.ended() == 2
    assert f"already running on {first.folder} (pid {first.process.pid})" in second.process.stderr.read()
    assert first.pid("web") == web
    assert runs(web)


def test_the_folder_is_free_again_after_a_kill(start):
    first = start("[child('web')]")
    first.ready()
    first.process.kill()
    first.ended()
    (first.folder / "ready").unlink()
    start("[child('web')]").ready()


def test_the_next_child_starts_only_when_the_one_before_is_ready(start):
    house = start("""[
        child('redis', ready=lambda: (folder / 'redis answers').exists()),
        child('web'),
    ]""")
    house.pid("redis")
    assert not (house.folder / "web").exists()
    (house.folder / "redis answers").touch()
    house.ready()
    house.pid("web")


def test_a_step_runs_once_to_its_end_before_the_next_child_starts(start):
    step = "print('schema 1')"
    house = start(f"[child('upgrade', {step!r}, once=True), child('web')]")
    house.ready()
    os.kill(house.pid("web"), signal.SIGKILL)
    house.process.terminate()
    assert house.ended() == 0
    assert house.process.stdout.read().count("schema 1") == 1


@pytest.mark.parametrize(
    ("children", "reason"),
    [
        ("child('upgrade', 'raise SystemExit(3)', once=True)", "/ ended with 3 "),
        ("child('clock', '1', ready=lambda: False)", "/ ended with 0 "),
        ("child('clock', ready=lambda: False, ready_within=0.2)", "clock: 0.2 秒内未就绪"),
    ],
)
def test_a_start_that_fails_says_why_and_leaves_nothing(start, children, reason):
    house = start(f"[child('redis', ready=(folder / 'redis').exists), {children}, child('web')]")
    assert house.ended() == 2
    assert reason in house.process.stderr.read()
    assert not runs(house.pid("redis"))
    assert not (house.folder / "web").exists()


def test_every_line_carries_the_name_of_who_said_it_the_last_words_too(start):
    complaint = "import sys; sys.stderr.write('bad page'); sys.exit(1)"
    house = start(f"[child('web'), child('upgrade', {complaint!r}, once=True)]")
    assert house.ended() == 2
    lines = [line.split(" ", 1)[1] for line in house.process.stdout.read().splitlines()]
    assert "upgrade│ bad page" in lines


def test_it_runs_on_when_nobody_reads_its_log_any_more(start):
    house = start("[child('web')]")
    house.ready()
    house.process.stdout.close()
    web = house.pid("web")
    os.kill(web, signal.SIGKILL)
    wait_until(lambda: house.pid("web") != web)
    house.process.terminate()
    assert house.process.wait(15) == 0
