"""A caller's way through the documents: greeted, rung for, in line, called forward, called back, a message left; own telephones press a key."""

import io
import re
import shutil
import wave
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter import resources
from callcenter.services.telephone import agents
from callcenter.storage.tables import CallRow
from callcenter.storage.telephone_tables import AgentPhoneRow, OfferRow, RecordingRow
from callcenter.telephony import music
from tests.hotlines import NINE
from tests.telephony.conftest import app_of, settings_of
from tests.telephony.twilio_posts import Line, Post, agent_leg, call_sid, dial_ended, inbound, progress, ringing_call, seconds

SID, CHILD = call_sid(), call_sid(1000)


def says(line, path, sid=SID, query=None, **more):
    answer = line.post(Post(path, {**inbound(sid), "CallStatus": "in-progress", **more}, query or {}))
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def rings(line, sid=SID, caller="+8619000000001"):
    for post in ringing_call(sid, caller):
        said = line.post(post).get_data(as_text=True)
    return said


def the_call(hotline, sid=SID):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(CallRow).where(CallRow.sid == sid))


@pytest.fixture
def hotline(sqlite_hotline):
    """What is heard does not depend on the database; who is rung is tried on both in tests/services/test_offering.py."""
    return sqlite_hotline


@pytest.fixture
def busy(hotline, line, watch):
    """agent01 is signed on and talks; the others are in a meeting."""
    agents.choose(hotline, "agent01", "available", watch.now)
    for user in ("agent02", "lead02"):
        agents.choose(hotline, user, "meeting", watch.now)
    rings(line, call_sid(7), "+8619000000777")
    line.post(Post("agent", agent_leg(call_sid(7), call_sid(1007), "agent01", "in-progress", watch.now, 2), {"agent": "agent01"}))
    watch.forward(10)


def test_one_signed_on_agent_is_rung_alone_and_recorded_from_the_answer_on(line, hotline, watch):
    agents.choose(hotline, "agent01", "available", watch.now)
    said = rings(line)
    assert re.findall(r">(agent_\w+)<", said) == ["agent_agent01"]
    assert 'record="record-from-answer-dual"' in said
    assert 'timeout="10"' in said
    assert said == says(line, "ring")
    watch.forward(10)
    assert "<Dial" in says(line, "dialled", **dial_ended(SID, "no-answer"))  # now those on duty who have not signed on


def test_in_line_words_place_and_music_then_keys_for_a_return_call_and_a_message(line, hotline, watch, busy):
    assert "<Enqueue" in rings(line)
    first = says(line, "wait")
    assert "您排在第 1 位" in first
    assert "请按 1" not in first
    assert "/twilio/music.wav?half=" in first
    watch.forward(45)
    later = says(line, "wait")
    assert ("请按 1" in later, "请按 2" in later) == (True, False)
    watch.forward(80)
    assert "留言请按 2" in says(line, "wait")
    assert "/twilio/wait</Redirect>" in says(line, "wait-key", Digits="9")
    assert "保留您的位置" in says(line, "wait-key", Digits="1")
    assert (the_call(hotline).state, the_call(hotline).return_call) == ("abandoned", "due")
    assert "<Hangup" in says(line, "wait")


def test_whose_turn_has_come_leaves_the_line_and_the_free_agent_is_rung(line, hotline, watch, busy):
    rings(line)
    assert "<Leave" not in says(line, "wait")
    line.post(Post("status", {**inbound(call_sid(7)), **progress("completed", watch.now, 0)}))
    watch.forward(29)
    assert "<Leave" not in says(line, "wait")  # after-call work
    watch.forward(2)
    assert "<Leave" in says(line, "wait")
    assert ">agent_agent01<" in says(line, "left", QueueResult="leave")
    with hotline.store.reading() as session:
        assert session.scalar(sa.select(OfferRow.state).order_by(OfferRow.id.desc())) == "pending"


def test_who_hangs_up_in_line_is_called_back(line, hotline, watch, busy):
    rings(line)
    watch.forward(30)
    assert "<Hangup" in says(line, "left", QueueResult="hangup")
    assert (the_call(hotline).state, the_call(hotline).return_call) == ("abandoned", "due")


def test_a_message_is_recorded_kept_and_a_return_call_is_due(line, hotline, watch, busy):
    rings(line)
    watch.forward(125)
    assert "<Leave" in says(line, "wait-key", Digits="2")
    assert "/twilio/voicemail</Redirect>" in says(line, "left", QueueResult="leave")
    said = says(line, "voicemail")
    assert 'maxLength="120"' in said
    assert 'finishOnKey="#"' in said
    recorded = {"RecordingSid": "RE" + "1" * 32, "RecordingUrl": "https://api.twilio.com/x/RE1", "RecordingDuration": "12"}
    for _ in range(2):
        assert "留言已收到" in says(line, "voicemail-done", **recorded)
        line.post(Post("recording", {**inbound(SID), **recorded, "RecordingStatus": "completed"}, {"kind": "voicemail"}))
    with hotline.store.reading() as session:
        [row] = session.scalars(sa.select(RecordingRow))
    assert (row.kind, row.status, row.duration_s) == ("voicemail", "completed", 12)
    assert (the_call(hotline).return_call, the_call(hotline).voicemail) == ("due", True)


def test_without_a_number_the_caller_is_asked_for_a_message_when_nobody_comes(line, hotline, watch):
    rings(line, caller="anonymous")
    watch.forward(40)
    said = line.post(Post("dialled", dial_ended(SID, "no-answer", caller="anonymous"))).get_data(as_text=True)
    assert "请留下您的电话" in said
    assert "/twilio/voicemail</Redirect>" in said
    assert the_call(hotline).state == "ringing"


def test_an_agents_own_telephone_counts_only_after_the_key(line, hotline, watch):
    with hotline.store.transaction() as session:
        session.add(AgentPhoneRow(user="agent01", kind="phone", address="+8619000009999", set_by="lead02", set_at=NINE))
    agents.choose(hotline, "agent01", "available", watch.now)
    said = rings(line)
    assert ">+8619000009999</Number>" in said
    assert "/twilio/whisper?agent=agent01&amp;call=" in said
    watch.forward(3)
    line.post(Post("agent", agent_leg(SID, CHILD, "agent01", "in-progress", watch.now, 2), {"agent": "agent01", "asks": "1"}))
    assert the_call(hotline).answered_by is None
    query = {"agent": "agent01", "call": SID}
    assert "<Gather" in says(line, "whisper", CHILD, query)
    assert "<Hangup" in says(line, "whisper", CHILD, query, Digits="2")
    assert says(line, "whisper", CHILD, query, Digits="1").endswith("<Response />")
    assert the_call(hotline).answered_by == "agent01"


def test_who_gives_up_during_the_greeting_rang_for_no_time_and_is_called_back(line, hotline, watch):
    line.post(Post("voice", inbound(SID)))
    watch.forward(8)
    line.post(Post("status", {**inbound(SID), **progress("completed", NINE + seconds(8), 0)}))
    call = the_call(hotline)
    assert (call.state, call.return_call, call.ended_at - call.ring_started_at) == ("abandoned", "due", timedelta())


def test_the_music_is_half_a_minute_quiet_without_a_click_and_open_to_players(line, app):
    answer = app.test_client().get("/twilio/music.wav")
    assert (answer.status_code, answer.mimetype, "max-age" in answer.headers["Cache-Control"]) == (200, "audio/wav", True)
    with wave.open(io.BytesIO(answer.get_data())) as file:
        assert (file.getnframes() / file.getframerate(), file.getnchannels()) == (30, 1)
        samples = memoryview(file.readframes(file.getnframes())).cast("h")
    assert 4000 < max(samples) < 10000
    assert abs(samples[0] - samples[-1]) < 1500
    assert len(music.tune(1)) == len(music.tune(2)) < len(music.tune())


@pytest.fixture
def menu(hotline, tmp_path, watch):
    """The hotline under rules with a menu: 2 for English, 9 for a danger."""
    shutil.copytree(resources.folder("workflows"), tmp_path / "rules")
    file = tmp_path / "rules" / "hotline.toml"
    keys = """
[[telephone.menu]]
key = "2"
words = { zh = "英语服务请按 2。", en = "For English, press 2." }
language = "en"

[[telephone.menu]]
key = "9"
words = { zh = "遇到危险请按 9。", en = "In danger, press 9." }
emergency = true

[signature]"""
    text = file.read_text(encoding="utf-8")
    assert text.count("\n[signature]") == 1
    version = hotline.rulebook.policy.versions["hotline.toml"]
    text = text.replace("\n[signature]", keys).replace(f"version = {version}\n", f"version = {version + 1}\n", 1)
    file.write_text(text, encoding="utf-8")
    settings = settings_of(hotline, tmp_path, workflows_dir=tmp_path / "rules")
    made = app_of(settings)
    yield Line(made.test_client())
    made.extensions["parts"].hotline.store.engine.dispose()


def test_a_menu_of_one_level_is_read_out_and_silence_leads_to_a_person_all_the_same(menu):
    said = menu.post(Post("voice", inbound(SID))).get_data(as_text=True)
    assert "For English, press 2." in said  # in its own language and voice
    assert "遇到危险请按 9。" in said
    assert 'numDigits="1"' in said
    assert "/twilio/menu" in said
    assert "/twilio/ring" in said[said.index("</Gather>"):]


def test_the_language_chosen_carries_through_and_a_danger_comes_first(menu, hotline):
    menu.post(Post("voice", inbound(SID)))
    assert "/twilio/ring" in says(menu, "menu", Digits="2")
    assert the_call(hotline).language == "en"
    menu.post(Post("voice", inbound(call_sid(2))))
    danger = says(menu, "menu", call_sid(2), Digits="9")
    assert "119" in danger
    assert the_call(hotline, call_sid(2)).emergency
    menu.post(Post("voice", inbound(call_sid(3))))
    assert "/twilio/" in says(menu, "menu", call_sid(3), Digits="5")  # no such key: on to a person
    assert the_call(hotline, call_sid(3)).language == "zh"


def test_whoever_is_on_hold_hears_our_own_music_again_and_again(line):
    assert '<Play loop="0">https://hotline.example.com/twilio/music.wav</Play>' in says(line, "music")
