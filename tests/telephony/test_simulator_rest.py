"""Twilio's own library and our port talk to the line simulator as to a real account: calls, rooms, recordings, texts, refusals."""

from datetime import timedelta

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from callcenter.config import Settings
from callcenter.simulator.line import Account, open_line
from callcenter.simulator.rest import Rest
from callcenter.telephony.port import NotSent, Undeliverable, Unsure
from callcenter.telephony.twilio_phone import TwilioPhone
from tests.hotlines import NINE
from tests.telephony.simulated import RestClient, Script, child_of, exchange_over, heard, put, ring
from tests.telephony.twilio_posts import ACCOUNT, BASE, CALLER, HOTLINE, TOKEN

ANN, TECHNICIAN = "client:agent_ann", "+8619000000077"


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def exchange(script):
    return exchange_over(script)


@pytest.fixture
def phone(exchange, tmp_path):
    return TwilioPhone(settings(tmp_path), demo=False, http_client=RestClient(Rest(exchange)))


@pytest.fixture
def client(exchange):
    return Client(ACCOUNT, TOKEN, http_client=RestClient(Rest(exchange)))


def settings(folder, api="http://127.0.0.1:4010"):
    return Settings(data_dir=folder, database_url="", redis_url="", public_base_url=BASE, twilio_account_sid=ACCOUNT, twilio_auth_tokens=(TOKEN,),
                    twilio_number=HOTLINE, twilio_api=api)


def test_a_placed_call_rings_and_hears_our_document_once_it_is_picked_up(script, exchange, phone):
    script.pages["say"] = "<Say>有一张工单需要您接手</Say>"
    put(exchange, TECHNICIAN)
    sid = phone.place(TECHNICIAN, "/twilio/say?key=k1", "/twilio/placed?key=k1", 30)
    exchange.timeline.run_until(3)
    assert [f["CallStatus"] for f in script.of("placed")] == ["initiated", "ringing"]
    exchange.pick_up(exchange.calls[sid])
    exchange.timeline.run_until(60)
    assert heard(exchange.calls[sid]) == ["有一张工单需要您接手"]
    assert [f["CallStatus"] for f in script.of("placed")] == ["initiated", "ringing", "in-progress", "completed"]
    assert {f["Direction"] for f in script.of("placed")} == {"outbound-api"}


def test_a_placed_call_that_nobody_picks_up_ends_by_itself(script, exchange, phone):
    put(exchange, TECHNICIAN)
    sid = phone.place(TECHNICIAN, "/twilio/say", "/twilio/placed", 30)
    exchange.timeline.run_until(31)
    assert exchange.calls[sid].status == "no-answer"
    phone.hang_up(sid)
    with pytest.raises(Undeliverable, match="21220"):
        phone.redirect(sid, "/twilio/room")


def test_an_account_places_one_call_a_second(exchange, phone):
    put(exchange, TECHNICIAN)
    sids = [phone.place(TECHNICIAN, "/twilio/say", "/twilio/placed", 30) for _ in range(3)]
    exchange.timeline.run_until(1.9)
    assert [exchange.calls[sid].status for sid in sids] == ["ringing", "ringing", "queued"]


def test_a_bridge_becomes_a_conference_with_hold_and_whisper(script, exchange, phone):
    """The agent's line is moved first; the caller's <Dial> then ends and its action sends the caller after."""
    room = '<Dial><Conference waitUrl="" statusCallback="/twilio/room-status" statusCallbackEvent="join leave hold">call-1</Conference></Dial>'
    script.pages |= {"voice": '<Dial action="/twilio/dialled"><Client>agent_ann</Client></Dial>', "dialled": room, "room": room,
                     "music": "<Play loop=\"0\">/static/hold.wav</Play>"}
    put(exchange, ANN)
    call = ring(exchange)
    exchange.timeline.run_until(2)
    ann = child_of(exchange, call, ANN)
    exchange.pick_up(ann)
    exchange.timeline.run_until(3)
    phone.redirect(ann.sid, "/twilio/room")
    exchange.timeline.run_until(4)
    assert (call.talking, ann.talking, call.room, script.of("dialled")[0]["DialCallStatus"]) == (True, True, ann.room, "completed")
    phone.take_part("call-1", call.sid, hold=True)
    exchange.timeline.run_until(5)
    assert (call.talking, ann.talking, call.heard[-1].text) == (False, False, f"{BASE}/static/hold.wav")
    phone.take_part("call-1", call.sid, hold=False)
    phone.take_part("call-1", ann.sid, muted=True, whisper_to=call.sid)
    exchange.timeline.run_until(6)
    assert (call.talking, ann.part.muted, ann.part.coaching) == (True, True, call.sid)
    assert [f["StatusCallbackEvent"] for f in script.of("room-status")] == [
        "participant-join", "participant-join", "participant-hold", "participant-unhold"]
    with pytest.raises(Undeliverable, match="call-2"):
        phone.take_part("call-2", ann.sid, hold=True)


def test_a_recording_is_paused_and_stopped_while_it_runs(script, exchange, phone):
    script.pages["voice"] = '<Dial record="record-from-answer-dual" recordingStatusCallback="/twilio/recording"><Client>agent_ann</Client></Dial>'
    put(exchange, ANN)
    call = ring(exchange)
    exchange.timeline.run_until(2)
    with pytest.raises(Undeliverable):
        phone.record(call.sid, "paused")
    exchange.pick_up(child_of(exchange, call, ANN))
    exchange.timeline.run_until(10)
    phone.record(call.sid, "paused")
    assert call.recording.status == "paused"
    phone.record(call.sid, "stopped")
    exchange.timeline.run_until(20)
    assert [(f["RecordingStatus"], f["RecordingDuration"]) for f in script.of("recording")] == [("completed", "8")]


def test_a_text_gets_its_receipts_and_is_found_again(script, exchange, phone):
    [person] = put(exchange, CALLER)
    sid = phone.send_text(CALLER, "您的工单已派出", "m1")
    exchange.timeline.run_until(5)
    assert [f["MessageStatus"] for f in script.of("message-status")] == ["sent", "delivered"]
    assert [t.body for t in person.texts] == ["您的工单已派出"]
    assert [(t.sid, t.status) for t in phone.recent_texts(CALLER, NINE - timedelta(days=1))] == [(sid, "delivered")]


def test_a_text_that_comes_in_is_answered(script, exchange):
    [person] = put(exchange, CALLER)
    script.pages["sms"] = "<Message>已收到</Message>"
    exchange.texts.receive(CALLER, "水管漏水")
    exchange.timeline.run_until(5)
    assert (script.of("sms")[0]["Body"], [t.body for t in person.texts]) == ("水管漏水", ["已收到"])


def test_calls_placed_are_found_again(exchange, phone):
    put(exchange, TECHNICIAN)
    sid = phone.place(TECHNICIAN, "/twilio/say", "/twilio/placed", 30)
    assert [c.sid for c in phone.recent_calls(TECHNICIAN, NINE - timedelta(minutes=1))] == [sid]
    assert not phone.recent_calls(TECHNICIAN, NINE + timedelta(minutes=1))


@pytest.mark.parametrize(("asked", "code"), [
    ({"to": "nobody", "url": "http://x/"}, 21211), ({"to": CALLER}, 21205), ({"to": CALLER, "url": "ftp://x"}, 21205),
    ({"to": CALLER, "url": "http://x/", "status_callback_event": ["initiated ringing"]}, 21626),
])
def test_what_twilio_refuses_is_refused_with_its_number(client, asked, code):
    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(from_=HOTLINE, **asked)
    assert refused.value.code == code


def test_over_http_only_the_owner_of_the_account_is_served_and_trouble_comes_when_asked_for(tmp_path):
    import requests

    line = open_line(Account(ACCOUNT, TOKEN, HOTLINE, "http://127.0.0.1:9"))
    try:
        api = f"{line.server.address}/2010-04-01/Accounts/{ACCOUNT}"
        assert requests.get(f"{api}/Calls.json", timeout=5).status_code == 401
        assert requests.get(f"{api}/Nothing.json", auth=(ACCOUNT, TOKEN), timeout=5).status_code == 404
        phone = TwilioPhone(settings(tmp_path, line.server.address), demo=False)
        assert phone.send_text(CALLER, "您好", "m1").startswith("SM")
        for trouble, meets in (("rate", NotSent), ("down", NotSent), ("reset", Unsure)):
            requests.post(f"{line.server.address}/line/trouble", data={trouble: "1"}, auth=(ACCOUNT, TOKEN), timeout=5)
            with pytest.raises(meets):
                phone.send_text(CALLER, "您好", "m2")
        shown = requests.get(f"{line.server.address}/line/telephones", auth=(ACCOUNT, TOKEN), timeout=5).json()
        assert [t["body"] for t in shown["texts"]] == ["您好"]
    finally:
        line.close()
