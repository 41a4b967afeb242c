"""What a company's first administrator types: the first person, and files of rooms, customers, people, roster and calendar."""

import getpass
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from callcenter.domain import refusals
from callcenter.domain.ticket import Refused
from callcenter.services.hotline import Hotline
from callcenter.services.registers import first as registers_first
from callcenter.services.registers import importing
from callcenter.services.registers.importing import ADDED, CHANGED, SAME


def add_admin(hotline: Hotline, name: str, user: str, now: datetime, *, from_stdin: bool, again: bool, lang: str) -> int:
    """Enter an administrator; 0 done, 1 refused with the reason on stderr."""
    try:
        registers_first.may_begin(hotline, again)
        password = _read_line() if from_stdin else _asked(getpass.getpass)
        registers_first.add_admin(hotline, name, user, password, now, again)
    except Refused as no:
        print(f"callcenter: {refusals.text(no, lang)}", file=sys.stderr)
        return 1
    print(f"系统管理员 {name}({user})可以登录了 / {user} may sign in as an administrator")
    return 0


def _read_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _asked(ask: Callable[[str], str]) -> str:
    """Typed twice the same.

    Raises:
        Refused: "bad_value" when they differ.
    """
    first, second = ask("密码 / password: "), ask("再输一遍 / again: ")
    if first != second:
        raise Refused("bad_value", field="password", value="•••", valid="两遍相同 / twice the same")
    return first


def take_in(hotline: Hotline, kind: str, file: Path, now: datetime, *, check: bool, lang: str) -> int:
    """Take a file in; 0 all right, 1 with faults (each as file:line), 2 when the file cannot be read."""
    try:
        data = file.read_bytes()
    except OSError as wrong:
        print(f"callcenter: {file}: {wrong.strerror}", file=sys.stderr)
        return 2
    taken = importing.take_in(hotline, kind, data, file.name, now, check)
    for fault in taken.faults:
        column = f"{fault.column}: " if fault.column else ""
        print(f"{file}:{fault.line}: {column}{refusals.text(fault.why, lang)}", file=sys.stderr)
    if taken.faults:
        print("什么都没有写入 / nothing was written", file=sys.stderr)
        return 1
    counts = taken.counts
    print(f"{'已写入 / written' if taken.written else '可以写入(未写入) / would be written'}: 新增 / added {counts[ADDED]}, "
          f"修改 / changed {counts[CHANGED]}, 未变 / same {counts[SAME]}")
    return 0
