"""What every test may ask for: real servers of its own, and the promise that nothing but loopback is reached."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from itertools import count

import pytest
import redis

from tests import faster
from tests.servers import fresh_postgres_database, postgres_server, redis_server

faster.begin()

#: How often a test that waits for a browser, a process or a line in real time is tried again, and no other: never chaos, never two at once.
#: Its name and why it failed are printed at the end of the run.
AGAIN = 2
_REAL_TIME = ("tests/browser/", "tests/work/", "tests/web/test_live.py", "tests/telephony/test_phones_page.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Who waits in real time on a machine that is busy may be tried again, but not under a debugger."""
    for item in items:
        if item.nodeid.startswith(_REAL_TIME) and "test_chaos" not in item.nodeid and not config.option.usepdb:
            item.add_marker(pytest.mark.flaky(reruns=AGAIN))


def pytest_collection_finish() -> None:
    faster.collect_seldom()


_finished = count(1)


def pytest_runtest_logfinish() -> None:
    faster.collect(next(_finished))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test process; its own database `postgres` stays empty."""
    with postgres_server() as address:
        yield address


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A new, empty PostgreSQL database for this test alone."""
    with fresh_postgres_database(postgres_url) as address:
        yield address


@pytest.fixture(scope="session")
def redis_server_url() -> Iterator[str]:
    """A Redis server of this test process."""
    with redis_server() as address:
        yield address


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """A Redis server without a single key."""
    with redis.Redis.from_url(redis_server_url) as connection:
        connection.flushall()
    return redis_server_url


@pytest.fixture(autouse=True)
def nothing_but_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A test that reaches for another host fails, also when the code swallows the error; gives the hosts reached for."""
    reached: list[str] = []
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def refuse_others(host: object) -> None:
        if not _is_here(host):
            reached.append(str(host))
            raise AssertionError(f"a test must not reach {host}")

    def guarded_connect(self, address):
        refuse_others(address[0] if self.family != socket.AF_UNIX else None)
        return connect(self, address)

    def guarded_connect_ex(self, address):
        refuse_others(address[0] if self.family != socket.AF_UNIX else None)
        return connect_ex(self, address)

    def guarded_look_up(host, *more, **named):
        refuse_others(host)
        return look_up(host, *more, **named)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)
    yield reached
    assert not reached, f"reached for {', '.join(reached)}"


def _is_here(host: object) -> bool:
    """None and '' mean this machine; a name other than localhost would have to be looked up first."""
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        return ip_address(name.partition("%")[0]).is_loopback or name in {"0.0.0.0", "::"}
    except ValueError:
        return name == "localhost" or name == socket.gethostname()

pytest_plugins = ["tests.hotlines"]
