"""A Redis-compatible server is found wherever pip or the system put one, and runs in the foreground on a private socket."""

import os
import stat
import subprocess
import time
from pathlib import Path

import pytest
import redis

from callcenter.config import redis_socket
from callcenter.work import embedded


def test_the_server_named_by_the_environment_comes_first(tmp_path):
    named = tmp_path / "my-server"
    named.touch(mode=0o755)
    assert embedded.find({"CALLCENTER_REDIS_SERVER": str(named)}) == embedded.Server("CALLCENTER_REDIS_SERVER", named)


def test_a_named_server_that_is_not_there_falls_back_to_one_that_is(tmp_path):
    assert embedded.find({"CALLCENTER_REDIS_SERVER": str(tmp_path / "none")}).origin != "CALLCENTER_REDIS_SERVER"


def test_without_wheels_the_systems_server_is_taken(tmp_path, monkeypatch):
    (tmp_path / "redis-server").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(embedded, "_installed", lambda wheel: None)
    assert embedded.find({}) == embedded.Server("system", tmp_path / "redis-server")


def test_without_any_server_the_three_ways_out_are_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(embedded, "_installed", lambda wheel: None)
    with pytest.raises(embedded.NoRedisServer) as refusal:
        embedded.find({})
    for way_out in ("callcenter[embedded]", "apt-get install redis-server", "REDIS_URL="):
        assert way_out in str(refusal.value)


@pytest.mark.parametrize("deep", ["", "deep/" * 30])
def test_the_server_answers_keeps_what_it_was_told_and_only_we_can_reach_it(tmp_path, deep):
    data_dir = tmp_path / deep
    data_dir.mkdir(parents=True, exist_ok=True)
    listens_at = redis_socket(data_dir)
    assert not embedded.answers(listens_at)
    for turn in (1, 2):
        server = subprocess.Popen(embedded.argv(embedded.find(), data_dir), stdout=subprocess.DEVNULL)
        try:
            _wait_until_it_answers(listens_at)
            assert server.poll() is None  # in the foreground: the process we started is the server
            assert stat.S_IMODE(listens_at.stat().st_mode) == 0o700
            with redis.Redis.from_url(f"unix://{listens_at}") as connection:
                assert connection.incr("turns") == turn
                assert connection.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        finally:
            server.terminate()
            server.wait(10)
    assert not embedded.answers(listens_at)
    if deep:
        listens_at.parent.rmdir()


def test_a_folder_that_somebody_else_prepared_is_refused(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    trap = tmp_path / "trap"
    trap.symlink_to(tmp_path / "elsewhere")
    monkeypatch.setattr(embedded, "redis_socket", lambda data_dir: trap / "redis.sock")
    with pytest.raises(embedded.NoRedisServer, match="trap"):
        embedded.argv(embedded.Server("system", Path("redis-server")), tmp_path)


def test_a_socket_nobody_listens_at_does_not_answer(tmp_path):
    (tmp_path / "redis.sock").touch()
    assert not embedded.answers(tmp_path / "redis.sock")
    assert os.listdir(tmp_path) == ["redis.sock"]


def _wait_until_it_answers(listens_at: Path) -> None:
    until = time.monotonic() + 15  # noqa: TID251 - a test waits for a process, no promise is judged
    while not embedded.answers(listens_at):
        assert time.monotonic() < until, "the server did not answer"  # noqa: TID251
        time.sleep(0.01)
