"""Rules tried out before they are put into force: read as the program would read them, and a written day played under them.

A day is played by a process of its own, bounded in time and memory, one at a time on this machine, with a database in memory: the
hotline at work is not touched. Nothing here puts rules into force; that takes the files and a restart.
"""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from callcenter import resources
from callcenter.domain import policy_file
from callcenter.domain.reading import PolicyError
from callcenter.domain.ticket import Refused
from callcenter.services.rulebook import Rulebook
from callcenter.storage.tables import PolicyFileRow

#: bytes of a file of the rules, and of a written day
LARGEST, LARGEST_DAY = 200_000, 60_000
#: seconds a day may take in all, waiting for its turn on the processors included
PATIENCE = 60
#: lines of a timeline that are shown
MOST_LINES = 400
DAYS = "rehearsals"


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with a proposed file, and in which line; nothing: it could be put into force."""

    error: str = ""
    line: int = 0
    #: the text is good, but its version number is an older text's
    only_version: bool = False


@dataclass(frozen=True, slots=True)
class Played:
    """A day that was played: whether everything held, its timeline, and what did not hold."""

    title: str = ""
    held: bool = False
    lines: list[Mapping[str, Any]] = field(default_factory=list)
    wrong: list[Mapping[str, Any]] = field(default_factory=list)
    #: why it could not be played at all
    unusable: str = ""


def days() -> dict[str, str]:
    """The written days that come with the program: name → title."""
    return {path.stem: _title(path) for path in sorted((resources.folder("workflows") / DAYS).glob("*.toml"))}


def _title(path: Path) -> str:
    first = next((line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("title")), path.stem)
    return first.partition("=")[2].strip().strip('"') or path.stem


def day(name: str) -> str:
    """The text of a written day that comes with the program.

    Raises:
        Refused: "unknown_record" for any other name.
    """
    if name not in days():
        raise Refused("unknown_record")
    return (resources.folder("workflows") / DAYS / f"{name}.toml").read_text(encoding="utf-8")


def check(session: Session, rulebook: Rulebook, name: str, text: str) -> Checked:
    """Read the rules of today with one file exchanged, exactly as a start would read them."""
    if len(text.encode()) > LARGEST:
        return Checked(f"{name}: > {LARGEST // 1000} KB")
    try:
        policy = policy_file.parse({**rulebook.texts, name: text})
    except (PolicyError, RecursionError) as wrong:
        return Checked(str(wrong) or name, _line(str(wrong)))
    kept = session.get(PolicyFileRow, (name, policy.versions[name]))
    if kept is not None and text != rulebook.texts[name]:
        return Checked(f"{name}: version: 第 {policy.versions[name]} 版已有,请把 version 加一 "
                       f"(version {policy.versions[name]} exists; add one to version)", 0, True)
    return Checked()


def _line(error: str) -> int:
    """Of "flows.toml:12: …" the 12."""
    parts = error.split(":", 2)
    return int(parts[1]) if len(parts) > 1 and parts[1].strip().isdigit() else 0


def play(rules: Mapping[str, str], written: str, lock: Path) -> Played:
    """Play a written day under these rules.

    Args:
        lock: a file all processes of this hotline share; whoever holds it plays.

    Raises:
        Refused: "rehearsal_busy" while another day is being played, "too_long" for one that is too large.
    """
    if len(written.encode()) > LARGEST_DAY:
        raise Refused("rehearsal_too_large", largest=LARGEST_DAY // 1000)
    with _turn(lock), tempfile.TemporaryDirectory(prefix="rehearsal-") as made:
        folder = Path(made)
        (folder / "rules").mkdir()
        for name in policy_file.FILES:
            (folder / "rules" / name).write_text(rules[name], encoding="utf-8")
        (folder / "day.toml").write_text(written, encoding="utf-8")
        return _read(*_run(folder))


@contextmanager
def _turn(lock: Path) -> Iterator[None]:
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("rehearsal_busy") from None
        yield


def _run(folder: Path) -> tuple[int | None, str]:
    """The process's answer; None: it took too long and was ended. It gets none of our settings and no secret."""
    package = str(Path(__file__).resolve().parents[3])
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV") if name in os.environ}
    with (folder / "out").open("w+", encoding="utf-8") as out:
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "callcenter.services.rehearsal.bounded", str(folder)], stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.DEVNULL, cwd=folder, env={**kept, "PYTHONPATH": package, "PYTHONIOENCODING": "utf-8"}, timeout=PATIENCE,
                check=False, start_new_session=True)
        except subprocess.TimeoutExpired:
            return None, ""
        out.seek(0)
        return done.returncode, out.read()


def _read(code: int | None, out: str) -> Played:
    try:
        lines = [json.loads(line) for line in out.splitlines()]
    except ValueError:
        lines = []
    if code == 2 and lines:
        return Played(unusable=str(lines[-1]["text"]))
    if code not in (0, 1) or not lines:
        return Played(unusable="时间或内存超出限度,没有排练完 (stopped: it took more time or memory than it may)")
    verdict, told = lines[-1], lines[:-1]
    return Played(str(verdict["title"]), bool(verdict["ok"]), told[:MOST_LINES], [line for line in told if not line["ok"]])
