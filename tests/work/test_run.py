"""`callcenter run` refuses what cannot work before it starts anything, and offers demo data only on a private trial."""

import fcntl
import socket

import pytest

from callcenter.config import Settings
from callcenter.telephony.choice import choose
from callcenter.telephony.signatures import accepted_tokens, trial_token
from callcenter.telephony.twilio_phone import TwilioPhone
from callcenter.work import embedded, run, simulate, trial_line


def settings(tmp_path, **environ):
    return Settings.from_environment({"CALLCENTER_DATA": str(tmp_path), **environ})


@pytest.mark.parametrize(
    ("environ", "demo"),
    [
        ({}, "1"),
        ({"BIND": "localhost:8001"}, "1"),
        ({"BIND": "[::1]:8001"}, "1"),
        ({"BIND": "0.0.0.0"}, "0"),
        ({"BIND": "192.168.1.5"}, "0"),
        ({"DATABASE_URL": "postgresql:///hotline"}, "0"),
        ({"CALLCENTER_DEMO": "0"}, "0"),
        ({"CALLCENTER_DEMO": "1", "BIND": "0.0.0.0"}, "1"),
        ({"CALLCENTER_DEMO": "1", "DATABASE_URL": "postgresql:///hotline"}, "1"),
    ],
)
def test_demo_data_comes_unasked_only_where_nobody_else_can_reach_it(tmp_path, environ, demo):
    given = run.children_environ(settings(tmp_path, **environ), environ)
    assert given["CALLCENTER_DEMO"] == demo


def test_children_read_the_very_settings_we_have(tmp_path, monkeypatch):
    ours = settings(tmp_path, PORT="8123")
    monkeypatch.chdir("/")
    theirs = Settings.from_environment(run.children_environ(ours, {"PORT": "8123", "CALLCENTER_DEMO": "0"}))
    assert theirs == ours


def test_redis_comes_first_goes_last_and_the_schema_is_ready_before_anyone_works(tmp_path, capsys):
    children = run.children(settings(tmp_path), {})
    assert [child.name for child in children] == ["redis", "upgrade", "worker", "clock", "web"]
    assert [child.name for child in children if child.stops_last] == ["redis"]
    assert [child.name for child in children if child.once] == ["upgrade"]
    assert capsys.readouterr().out.startswith(f"Redis: {embedded.find().origin} (")


def line_of(tmp_path, **environ):
    ours = settings(tmp_path, **environ)
    return trial_line.environ(ours, run.children_environ(ours, environ))


def test_a_private_trial_gets_a_line_of_its_own_and_every_process_reads_the_same_account(tmp_path):
    given = line_of(tmp_path)
    theirs = Settings.from_environment({"CALLCENTER_DATA": str(tmp_path), "CALLCENTER_DEMO": "1", **given})
    assert theirs.twilio_api == f"http://127.0.0.1:{given[trial_line.PORT]}"
    assert theirs.public_base_url == "http://127.0.0.1:8000"
    assert accepted_tokens(theirs) == (trial_token(settings(tmp_path)),), "who plays a day from another window signs with the same secret"
    assert simulate.account_of(theirs).sid == theirs.twilio_account_sid
    assert isinstance(choose(theirs), TwilioPhone)


def test_the_line_listens_before_anybody_works_and_does_without_when_there_is_none(tmp_path):
    names = [child.name for child in run.children(settings(tmp_path), line_of(tmp_path))]
    assert names == ["redis", "line", "upgrade", "worker", "clock", "web"]


@pytest.mark.parametrize("environ", [{"CALLCENTER_DEMO": "0"}, {"BIND": "0.0.0.0"}, {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32},
                                     {"TWILIO_AUTH_TOKEN": "secret"}, {"PUBLIC_BASE_URL": "https://hotline.example.com"}])
def test_who_has_said_what_the_telephone_is_gets_no_simulated_line(tmp_path, environ):
    assert line_of(tmp_path, **environ) == {}


def test_with_a_redis_of_the_company_none_is_started(tmp_path):
    children = run.children(settings(tmp_path, REDIS_URL="redis://queue.example.com"), {})
    assert [child.name for child in children] == ["upgrade", "worker", "clock", "web"]


def test_a_port_already_taken_is_said_at_once_and_nothing_is_started(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert run.run(settings(tmp_path / "data"), bind=address) == 2
    assert f"cannot listen on {address}: Address already in use" in capsys.readouterr().err
    assert not (tmp_path / "data" / "redis.sock").exists()


def test_a_second_run_hears_of_the_first_rather_than_of_its_port(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken, open(tmp_path / "supervisor.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run.run(settings(tmp_path), bind=f"127.0.0.1:{taken.getsockname()[1]}") == 2
    assert f"already running on {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["a host", "127.0.0.1:99999"])
def test_a_bad_address_is_said_in_one_line(tmp_path, capsys, address):
    assert run.run(settings(tmp_path), bind=address) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_data_folder_that_cannot_be_made_is_said_in_one_line(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert run.run(settings(tmp_path / "file" / "data")) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err
