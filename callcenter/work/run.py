"""`callcenter run`: one command starts Redis, schema, worker, clock and web, and says where to click."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address

from callcenter.config import Settings, SettingsError, host_and_port, redis_socket
from callcenter.work import embedded, trial_line
from callcenter.work.supervisor import CannotStart, Child, Supervisor

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not bound


def run(settings: Settings, bind: str | None = None, environ: Mapping[str, str] = os.environ, *, line: bool = True) -> int:
    """Runs the hotline in the foreground until told to stop; gives the exit code. A trial gets a simulated line, unless told not to.

    0 after an asked-for stop, 2 when it could not start (port taken, already running, no Redis …: the reason is on stderr).
    """
    try:
        if bind:
            host, port = host_and_port(bind, settings.bind_port)
            settings = replace(settings, bind_host=host, bind_port=port)
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        given = children_environ(settings, environ)
        if line:
            given |= trial_line.environ(settings, given)
        supervisor = Supervisor(children(settings, given), settings.data_dir)
        return supervisor.run(partial(_welcome, settings, given), before_start=partial(_port_is_free, settings))
    except (CannotStart, SettingsError, embedded.NoRedisServer, OSError) as reason:
        print(f"callcenter run: {reason}", file=sys.stderr, flush=True)
        return 2


def children_environ(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """What the children see: the same folder and address as we, and demo data only on a private trial.

    A trial is: our own database file, an address of this machine only, and nobody said otherwise (CALLCENTER_DEMO).
    """
    trial = settings.embedded_database and _is_loopback(settings.bind_host)
    demo = settings.demo if environ.get("CALLCENTER_DEMO") else trial
    return {
        **environ,
        "CALLCENTER_DATA": str(settings.data_dir),
        "BIND": settings.bind,
        "CALLCENTER_DEMO": "1" if demo else "0",
    }


def children(settings: Settings, environ: Mapping[str, str]) -> list[Child]:
    """In the order of their start; each is ready before the next begins."""
    web = [sys.executable, "-m", "gunicorn", "-c", "python:callcenter.work.gunicorn_conf", "callcenter.app:create_app()"]
    return [
        *_redis(settings, environ),
        *_line(environ),
        Child("upgrade", _ourselves("upgrade"), environ, once=True, ready_within=600),
        Child("worker", _ourselves("worker"), environ),
        Child("clock", _ourselves("clock"), environ),
        Child("web", web, environ, ready=partial(_web_answers, settings), ready_within=60),
    ]


def _redis(settings: Settings, environ: Mapping[str, str]) -> list[Child]:
    if not settings.embedded_redis:
        return []
    server = embedded.find(environ)
    print(f"Redis: {server.origin} ({server.binary})", flush=True)
    listens_at = redis_socket(settings.data_dir)
    argv = embedded.argv(server, settings.data_dir)
    return [Child("redis", argv, environ, ready=partial(embedded.answers, listens_at), stops_last=True)]


def _line(environ: Mapping[str, str]) -> list[Child]:
    """The line simulator, when this is a trial with one; it only listens until somebody calls."""
    port = environ.get(trial_line.PORT)
    return [Child("line", _ourselves("simulate", "--port", port), environ, ready=partial(_listens, int(port)))] if port else []


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _ourselves(command: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "callcenter", command, *more]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _port_is_free(settings: Settings) -> None:
    """CannotStart when the address cannot be had, before anything is started."""
    address = settings.bind_host, settings.bind_port
    try:
        socket.create_server(address, family=socket.AF_INET6 if ":" in address[0] else socket.AF_INET).close()
    except OSError as reason:
        why = os.strerror(reason.errno or 0)
        raise CannotStart(f"无法监听 / cannot listen on {settings.bind}: {why} (BIND=127.0.0.1:8001 ?)") from None


def _web_answers(settings: Settings) -> bool:
    host = _EVERYWHERE.get(settings.bind_host, settings.bind_host)
    line = HTTPConnection(host, settings.bind_port, timeout=2)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


def _welcome(settings: Settings, environ: Mapping[str, str]) -> None:
    """Where to click; on demo data also who can sign in."""
    shown = replace(settings, bind_host=_EVERYWHERE.get(settings.bind_host, settings.bind_host))
    print(f"\n  打开 / open:  {settings.public_base_url or f'http://{shown.bind}'}/\n", flush=True)
    if environ.get("CALLCENTER_DEMO") == "1":
        print(_demo_people(environ), flush=True)
    if environ.get(trial_line.PORT):
        print(f"  模拟电话 / simulated telephones:  http://{shown.bind}/phones\n", flush=True)
    print("  Ctrl-C 停止 / to stop\n", flush=True)


def _demo_people(environ: Mapping[str, str]) -> str:
    """The people of the demo and how they sign in; empty when that could not be found out (it is only a courtesy)."""
    try:
        asked = subprocess.run(
            _ourselves("people", "--demo"),
            env={**environ, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=20,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return asked.stdout if asked.returncode == 0 else ""
