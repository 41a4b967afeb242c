"""The page of simulated telephones: who may play, what is shown, and what reaches the simulator."""

from collections.abc import Callable

import pytest
from flask import Flask

from callcenter import clock
from callcenter.services.telephone import calls
from callcenter.simulator.line import Account, open_line
from callcenter.web.phones import _told_once
from tests.telephony.conftest import app_of, settings_of
from tests.telephony.test_paper_page import Reader
from tests.telephony.twilio_posts import ACCOUNT, BASE, HOTLINE, TOKEN

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def hotline(sqlite_hotline):
    """A page does not care which database there is."""
    return sqlite_hotline


@pytest.fixture
def simulator():
    line = open_line(Account(ACCOUNT, TOKEN, HOTLINE, NOBODY))
    yield line
    line.close()


@pytest.fixture
def make(hotline, tmp_path, watch):
    made = []

    def app_with(**changed: object) -> Flask:
        made.append(app_of(settings_of(hotline, tmp_path, **changed)))
        return made[-1]

    yield app_with
    for app in made:
        app.extensions["parts"].hotline.store.engine.dispose()


def test_a_hotline_with_a_real_line_has_no_such_page(make):
    reader = Reader(make(), "lead01")
    assert reader.get("/phones").status_code == 404
    assert reader.post("/phones/call", **{"from": "19000000001"}).status_code == 404


@pytest.mark.parametrize(("demo", "user", "code"), [
    (True, "agent01", 200), (True, "plumber01", 200), (False, "agent01", 403), (False, "lead01", 200)])
def test_on_a_trial_everybody_plays_elsewhere_only_who_leads(make, simulator, demo, user, code):
    app = make(demo=demo, twilio_api=simulator.server.address, twilio_number=HOTLINE)
    assert Reader(app, user).get("/phones").status_code == code


def test_a_call_from_the_page_rings_the_hotline_and_shows_its_telephone(make, simulator):
    reader = Reader(make(demo=True, twilio_api=simulator.server.address, twilio_number=HOTLINE), "agent01")
    assert reader.post("/phones/call", **{"from": "190 0000 0101"}).status_code == 204
    [call] = simulator.exchange.calls.values()
    assert (call.source, call.target, call.direction) == ("+8619000000101", HOTLINE, "inbound")
    part = reader.get("/phones", **{"X-Partial": "1"}).get_data(as_text=True)
    assert "<html" not in part
    assert call.sid in part
    assert reader.post("/phones/hang_up", sid=call.sid).status_code == 204
    assert reader.post("/phones/press", sid=call.sid, keys="1").status_code == 409
    assert simulator.exchange.calls[call.sid].is_over


def test_an_agent_s_telephone_bears_the_agent_s_name(make, simulator):
    with simulator.timeline.lock:
        call = simulator.exchange.new_call("outbound-dial", "+8619000000101", "client:agent_agent01")
        simulator.exchange.ring(call)
    reader = Reader(make(demo=True, twilio_api=simulator.server.address, twilio_number=HOTLINE), "lead01")
    page = reader.get("/phones").get_data(as_text=True)
    assert "agent_agent01" not in page
    assert 'id="phone-' + call.sid in page


def test_without_an_answer_of_the_simulator_the_page_says_so(make):
    reader = Reader(make(demo=True, twilio_api=NOBODY, twilio_number=HOTLINE), "lead01")
    assert "模拟线路没有应答" in reader.get("/phones").get_data(as_text=True)
    assert reader.post("/phones/call", **{"from": "19000000101"}).status_code == 503


def test_webhooks_of_the_simulator_go_nowhere_but_to_this_machine():
    from callcenter.simulator.posts import over_http

    assert over_http("POST", f"{BASE}/twilio/voice", {}, {}).status == 0


def test_whoever_answers_at_the_desk_picks_up_the_telephone_beside_it(make, hotline, simulator):
    with simulator.timeline.lock:
        caller = simulator.exchange.new_call("inbound", "+8619000000001", HOTLINE)
        own, other = (simulator.exchange.new_call("outbound-dial", "+8619000000001", f"client:agent_{user}", parent=caller)
                      for user in ("agent01", "agent02"))
        for telephone in (own, other):
            simulator.exchange.ring(telephone)
    calls.arrive(hotline, caller.sid, "+8619000000001", clock.now())
    reader = Reader(make(demo=True, twilio_api=simulator.server.address, twilio_number=HOTLINE), "agent01")
    assert reader.post(f"/desk/calls/{caller.sid}/answer").status_code in (200, 204, 303)
    until(lambda: (own.status, other.status) == ("in-progress", "ringing"))


def until(come_true: Callable[[], object]) -> None:
    """Returns as soon as it is so: the simulator's telephones ring and speak in real time."""
    latest = clock.monotonic() + 15
    while not come_true():
        assert clock.monotonic() < latest, "waited in vain"
        clock.sleep(0.02)


def test_music_that_goes_on_is_one_line_among_the_words_heard():
    heard = [{"what": "say"}, {"what": "music"}, {"what": "asked"}, {"what": "music"}, {"what": "say"}, {"what": "music"}]
    assert [one["what"] for one in _told_once(heard)] == ["say", "music", "say", "music"]
