"""What the lines of a conversation are told, document by document, and what the reports about them do."""

from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa

from callcenter.services.telephone import calls
from callcenter.services.telephone.conducting import Conductor
from callcenter.services.telephone.supervising import Supervising
from callcenter.storage import ledger
from callcenter.storage.tables import CallRow
from callcenter.storage.telephone_tables import LineRow, RecordingRow
from tests.hotlines import NINE
from tests.telephony.fake_phone import FakePhone, placed_sid
from tests.telephony.twilio_posts import BASE, CALLER, Post, agent_leg, call_sid, inbound, progress

SID, CHILD = call_sid(1), call_sid(2)
ROOM = f"{BASE}/twilio/room"


class Talk:
    """agent01 talks with the caller; the webhooks, the watch and a telephone network of our own."""

    def __init__(self, app, line, hotline, watch):
        self.line, self.hotline, self.watch, self.phone = line, hotline, watch, FakePhone()
        app.extensions["parts"] = replace(app.extensions["parts"], phone=self.phone)
        self.conductor = Conductor(hotline, self.phone)
        calls.arrive(hotline, SID, CALLER, watch.now)
        self.tell("agent", agent_leg(SID, CHILD, "agent01", "in-progress", watch.now, 2), agent="agent01")

    def tell(self, path, form, **query):
        return self.line.post(Post(path, form, query))

    def document(self, path, sid, **query):
        """The verbs of the answer, in their order."""
        answer = self.tell(path, {**inbound(sid), "CallStatus": "in-progress", **query.pop("form", {})}, **query)
        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
        return ElementTree.fromstring(answer.get_data(as_text=True))

    def of(self, who):
        with self.hotline.store.reading() as session:
            return next(x for x in session.scalars(sa.select(LineRow).order_by(LineRow.id.desc())) if who in (x.user, x.number, x.role))

    def call(self):
        with self.hotline.store.reading() as session:
            return session.scalar(sa.select(CallRow).where(CallRow.sid == SID))

    def comes(self, who, sid=None):
        line = self.of(who)
        return self.document("room", sid or line.sid, line=line.key)

    def leaves(self, sid, sequence=9):
        self.tell("room-status", {"ConferenceSid": "CF" + "1" * 32, "FriendlyName": "x", "StatusCallbackEvent": "participant-leave",
                                  "CallSid": sid, "SequenceNumber": str(sequence), **{k: v for k, v in progress("x", self.watch.now, 1).items()
                                                                                     if k == "Timestamp"}}, call=SID)

    def hold(self):
        self.conductor.hold(SID, "agent01", self.watch.now)
        self.comes("agent01")
        self.phone.taken()


@pytest.fixture
def hotline(sqlite_hotline):
    """The documents do not care which database there is; the facts behind them are tried on both."""
    return sqlite_hotline


@pytest.fixture
def talk(app, line, hotline, watch):
    return Talk(app, line, hotline, watch)


def verbs(document):
    return [v.tag for v in document]


def test_an_agent_comes_into_the_room_silently_and_nobodys_leaving_ends_it(talk):
    talk.conductor.hold(SID, "agent01", NINE)
    document = talk.comes("agent01")
    conference = document.find("Dial/Conference")
    assert conference.text == talk.call().room
    assert "19000000001" not in conference.text
    assert {k: conference.get(k) for k in ("beep", "endConferenceOnExit", "startConferenceOnEnter", "waitUrl", "muted", "coach")} == {
        "beep": "false", "endConferenceOnExit": "false", "startConferenceOnEnter": "true", "waitUrl": "", "muted": None, "coach": None}
    assert conference.get("statusCallback") == f"{BASE}/twilio/room-status?call={SID}"
    assert conference.get("record") == "record-from-start"
    assert document.find("Dial").get("action") == f"{BASE}/twilio/room-left?line={talk.of('agent01').key}"


def test_a_caller_on_hold_hears_words_once_and_music_that_asks_again(talk):
    talk.hold()
    key = talk.of("caller").key
    first = talk.comes("caller")
    assert verbs(first) == ["Say", "Play", "Redirect"]
    assert (first.find("Play").text, first.find("Redirect").text) == (f"{BASE}/twilio/music.wav?half=1", f"{ROOM}?line={key}&again=1")
    again = talk.document("room", SID, line=key, again="1")
    assert verbs(again) == ["Play", "Redirect"]
    assert again.find("Redirect").text == f"{ROOM}?line={key}&again=2"
    talk.conductor.resume(SID, "agent01", NINE)
    assert talk.document("room", SID, line=key, again="2").find("Dial/Conference").text == talk.call().room


def test_a_listener_is_muted_a_whisperer_coaches_the_agent_and_who_joins_is_heard(talk):
    talk.hold()
    supervising = Supervising(talk.conductor)
    for mode, muted, coach in (("listen", "true", None), ("whisper", None, CHILD), ("join", None, None)):
        supervising.take_part(SID, "lead01", mode, talk.watch.now)
        conference = talk.comes("lead01").find("Dial/Conference")
        assert (conference.get("muted"), conference.get("coach")) == (muted, coach)
        supervising.stop(SID, "lead01", talk.watch.now)


def test_nothing_is_recorded_in_a_room_while_the_recording_is_paused(talk):
    talk.conductor.pause(SID, "agent01", True, NINE)
    talk.conductor.hold(SID, "agent01", NINE)
    assert talk.comes("agent01").find("Dial/Conference").get("record") is None


def test_the_recording_of_a_room_is_written_down_once(talk):
    form = {"RecordingSid": "RE" + "a" * 32, "RecordingUrl": "https://api.twilio.com/x", "RecordingDuration": "17", "ConferenceSid": "CF" + "1" * 32}
    for status in ("in-progress", "completed", "completed", "in-progress"):
        talk.tell("room-recording", {**form, "RecordingStatus": status}, call=SID)
    with talk.hotline.store.reading() as session:
        assert [(r.kind, r.status, r.duration_s) for r in session.scalars(sa.select(RecordingRow))] == [("conversation", "completed", 17)]


def test_a_mailbox_never_takes_over_a_resident(talk):
    talk.conductor.hand_on(SID, "agent01", "agent02", NINE)
    line = talk.of("agent02")
    asked = talk.document("room", line.sid, line=line.key, asks="1")
    assert verbs(asked) == ["Gather", "Hangup"]
    assert asked.find("Gather").get("action") == f"{ROOM}?line={line.key}&asks=1"
    assert verbs(talk.document("room", line.sid, line=line.key, asks="1", form={"Digits": "5"})) == ["Hangup"]
    assert talk.of("agent02").state == "asked"
    assert talk.document("room", line.sid, line=line.key, asks="1", form={"Digits": "1"}).find("Dial/Conference") is not None
    assert talk.phone.taken()[-1] == ("hang_up", CHILD)


def test_when_the_caller_hangs_up_the_colleague_stops_ringing(talk):
    talk.conductor.consult(SID, "agent01", "agent02", NINE)
    talk.comes("agent01")
    talk.phone.taken()
    talk.tell("status", {**inbound(SID), **progress("completed", NINE + timedelta(seconds=5), 0)})
    assert set(talk.phone.taken()) == {("hang_up", CHILD), ("hang_up", talk.of("agent02").sid)}
    assert talk.call().state == "ended"
    assert verbs(talk.comes("agent02")) == ["Hangup"]


def test_when_the_agents_browser_closes_the_caller_is_fetched_told_and_rung_through(talk):
    talk.hold()
    talk.conductor.resume(SID, "agent01", NINE)
    talk.comes("caller")
    talk.phone.taken()
    talk.watch.forward(30)
    talk.leaves(CHILD)
    key = talk.of("caller").key
    assert talk.phone.taken() == [("redirect", SID, f"/twilio/room?line={key}")]
    document = talk.comes("caller")
    assert verbs(document) == ["Say", "Dial"]
    assert "中断" in document.find("Say").text
    dial = document.find("Dial")
    assert dial.get("action") == f"{BASE}/twilio/room-left?line={key}&rang=1"
    rung = [c.text for c in dial]
    assert rung[0] == "agent_agent01"
    assert "agent_agent02" in rung
    assert len(rung) <= 10
    talk.tell("line-status", {**agent_leg(SID, call_sid(7), "agent02", "in-progress", talk.watch.now, 2)}, line=talk.of("agent02").key)
    assert talk.of("agent02").state == "talking"
    assert verbs(talk.document("room-left", SID, line=key, rang="1", form={"DialCallStatus": "completed"})) == ["Hangup"]
    assert (talk.call().state, talk.call().answered_by) == ("ended", "agent01")


def test_when_nobody_picks_up_the_caller_hears_that_we_call_back(talk):
    talk.hold()
    talk.leaves(CHILD)
    talk.comes("caller")
    talk.watch.forward(20)
    document = talk.document("room-left", SID, line=talk.of("caller").key, rang="1", form={"DialCallStatus": "no-answer"})
    assert verbs(document) == ["Say", "Hangup"]
    assert "回电" in document.find("Say").text
    assert (talk.call().state, talk.call().return_call) == ("ended", "due")


def test_an_agent_whose_move_is_still_under_way_is_waited_for_a_second(talk):
    Supervising(talk.conductor).take_part(SID, "lead01", "listen", NINE)
    assert verbs(talk.comes("caller")) == ["Pause", "Redirect"]
    talk.comes("agent01")
    assert talk.comes("caller").find("Dial/Conference") is not None


def test_the_end_of_the_dial_leads_the_caller_to_where_they_belong(talk):
    talk.conductor.hold(SID, "agent01", NINE)
    words = talk.document("dialled", SID, form={"DialCallStatus": "completed", "DialCallSid": CHILD})
    assert words.find("Redirect").text == f"{ROOM}?line={talk.of('caller').key}"
    assert talk.call().state == "held"


def test_after_a_hold_that_failed_the_end_of_the_talk_is_the_end_of_the_call(talk):
    from callcenter.domain.ticket import Refused
    from callcenter.telephony.port import NotSent

    talk.phone.refuses["redirect"] = NotSent("503")
    with pytest.raises(Refused):
        talk.conductor.hold(SID, "agent01", NINE)
    assert verbs(talk.document("dialled", SID, form={"DialCallStatus": "completed", "DialCallSid": CHILD})) == ["Hangup"]
    assert talk.call().state == "ended"


def test_a_line_nobody_asked_for_and_a_line_that_is_over_are_hung_up(talk):
    assert verbs(talk.document("room", call_sid(8), line="made-up")) == ["Hangup"]
    assert verbs(talk.document("room-left", call_sid(8), line="made-up")) == ["Hangup"]
    assert talk.tell("line-status", {**inbound(call_sid(8)), "CallStatus": "completed"}, line="made-up").status_code == 204
    talk.conductor.consult(SID, "agent01", "agent02", NINE)
    talk.comes("agent01")
    assert verbs(talk.document("room-left", CHILD, line=talk.of("agent01").key)) == ["Hangup"]


def test_reports_twice_late_and_in_any_order_leave_the_same_lines(talk):
    talk.conductor.consult(SID, "agent01", "agent02", NINE)
    talk.comes("agent01")
    key = talk.of("agent02").key
    sid = placed_sid(f"/twilio/room?line={key}")
    talk.comes("agent02")
    posts = [("completed", 40, 3), ("in-progress", 10, 2), ("ringing", 3, 1), ("completed", 40, 3), ("initiated", 1, 0)]
    talk.watch.forward(60)
    for word, second, n in posts:
        talk.tell("line-status", {**inbound(sid), "Direction": "outbound-api", **progress(word, NINE + timedelta(seconds=second), n)}, line=key)
        talk.leaves(sid, n)
    gone = talk.of("agent02")
    assert (gone.state, gone.outcome) == ("over", "completed")
    assert gone.over_at == NINE + timedelta(seconds=40, milliseconds=999)
    assert talk.call().state == "held"
    with talk.hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []
