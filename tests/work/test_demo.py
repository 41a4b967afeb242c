"""`callcenter demo` against a running hotline: signed webhooks and posted forms, and an account that adds up."""

import re
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from callcenter import clock
from callcenter.services.demo import written_day
from callcenter.storage.tables import CallRow, TicketRow
from callcenter.work import demo
from tests.hotlines import NINE
from tests.telephony.conftest import app_of, settings_of


@pytest.fixture
def server(sqlite_hotline, tmp_path, monkeypatch):
    """A hotline on a loopback port, where it is nine in the morning; gives its settings and its address."""
    began = clock.monotonic()
    monkeypatch.setattr(clock, "now", lambda: NINE + timedelta(milliseconds=int((clock.monotonic() - began) * 1000)))
    settings = settings_of(sqlite_hotline, tmp_path, public_base_url=None, twilio_auth_tokens=(), twilio_account_sid=None, demo=True)
    app = app_of(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield settings, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["parts"].hotline.store.engine.dispose()


def test_the_day_is_the_same_every_time_and_in_order():
    day = written_day.write(40)
    assert day == written_day.write(40)
    assert [d.at for d in day] == sorted(d.at for d in day)
    assert day[0].what == "ring"
    assert sum(d.what == "ring" for d in day) == 40
    assert timedelta(hours=18) < day[-1].at < timedelta(hours=36)
    assert day[0].fields["from"] == "+8619000000001"


def test_every_number_of_the_day_is_one_that_cannot_be_dialled():
    assert all(d.fields["from"].startswith("+861900000") for d in written_day.write(200) if d.what == "ring")


def test_calls_become_tickets_and_the_account_adds_up(server, sqlite_hotline, capsys):
    settings, address = server
    assert demo.run(settings, speed=100_000, calls=6, base_url=address) == 0
    said = capsys.readouterr().out
    with sqlite_hotline.store.reading() as session:
        rung, answered = session.execute(sa.select(sa.func.count(CallRow.id), sa.func.count(CallRow.answered_at))).one()
        opened, accepted = session.execute(sa.select(sa.func.count(TicketRow.id), sa.func.count(TicketRow.assignee))).one()
        callers = set(session.scalars(sa.select(CallRow.from_number)))
    assert rung == 6
    assert answered >= 4
    assert opened >= 3
    assert accepted >= 1
    assert "+8619000000001" in callers
    assert re.search(r"来电 / calls +6\n", said)
    assert f"ring {6}" in said


def test_only_this_machine_is_played_on(tmp_path, sqlite_hotline, capsys):
    settings = settings_of(sqlite_hotline, tmp_path)
    for address in ("http://hotline.example.com", "https://127.0.0.1:8000", "http://192.0.2.1:8000", "ftp://127.0.0.1"):
        assert demo.run(settings, 60, 5, address) == 2
    assert "127.0.0.1:8000" in capsys.readouterr().err


def test_a_hotline_that_is_not_there_ends_it_with_one_line(tmp_path, sqlite_hotline, capsys):
    assert demo.run(settings_of(sqlite_hotline, tmp_path), 60, 5, "http://127.0.0.1:9") == 2
    assert capsys.readouterr().err.startswith("callcenter demo: ")


def test_without_the_servers_secret_nothing_is_played(server, tmp_path, capsys):
    settings, address = server
    assert demo.run(replace(settings, data_dir=tmp_path / "elsewhere"), 60, 5, address) == 2
    assert "CALLCENTER_DATA" in capsys.readouterr().err
