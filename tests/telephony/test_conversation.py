"""Hold, consultation, transfer, supervision and the room, on both databases, with a telephone network that writes down what it is asked."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Refused
from callcenter.services.telephone import call_notes, calls, line_news, lines, softphone
from callcenter.services.telephone.conducting import Conductor
from callcenter.services.telephone.lines import Hears
from callcenter.services.telephone.supervising import Supervising
from callcenter.storage import ledger
from callcenter.storage.tables import AccessRow, CallRow, EventRow, PromiseRow
from callcenter.storage.telephone_tables import LineRow
from callcenter.telephony.paper_phone import PaperPhone
from callcenter.telephony.port import NotSent, Undeliverable, Unsure
from tests.hotlines import NINE
from tests.telephony.fake_phone import FakePhone
from tests.telephony.twilio_posts import CALLER, call_sid

SID, CHILD = call_sid(1), call_sid(2)
NO = NotSent("503 busy")


def at(seconds):
    return NINE + timedelta(seconds=seconds)


class Talk:
    """A call that agent01 has answered, talking with the caller directly."""

    def __init__(self, hotline, answered_by="agent01"):
        self.hotline, self.phone = hotline, FakePhone()
        self.conductor = Conductor(hotline, self.phone)
        self.supervising = Supervising(self.conductor)
        calls.arrive(hotline, SID, CALLER, at(0))
        for word, when in (("ringing", 1), ("in-progress", 4)):
            calls.store_delivery(hotline, f"{SID}:{word}", SID, "agent",
                                 {"CallSid": CHILD, "ParentCallSid": SID, "CallStatus": word, "agent": answered_by}, at(when))
        calls.answered(hotline, SID, answered_by, at(4))

    def call(self):
        with self.hotline.store.reading() as session:
            return session.scalar(sa.select(CallRow).where(CallRow.sid == SID))

    def lines(self):
        with self.hotline.store.reading() as session:
            return list(session.scalars(sa.select(LineRow).order_by(LineRow.id)))

    def line(self, who):
        return next(x for x in reversed(self.lines()) if who in (x.user, x.number, x.role))

    def states(self):
        return {x.user or x.number: str(x.state) for x in self.lines() if x.role != "caller"}

    def hears(self, now):
        call = self.call()
        return lines.caller_hears(call, self.lines(), now)

    def enters(self, who, now):
        line = self.line(who)
        return self.conductor.entered(line.key, line.sid or CHILD, now)

    def events(self):
        with self.hotline.store.reading() as session:
            assert list(ledger.faults(session)) == []
            return [e.action for e in session.scalars(sa.select(EventRow).where(EventRow.call_id.is_not(None)).order_by(EventRow.id))]

    def on_hold(self, now=10):
        self.conductor.hold(SID, "agent01", at(now))
        self.enters("agent01", at(now + 1))
        self.phone.taken()
        return self

    def consulting(self, who="agent02", answers=True):
        self.conductor.consult(SID, "agent01", who, at(20))
        self.enters("agent01", at(21))
        if answers:
            self.enters(who, at(25))
        self.phone.taken()
        return self


@pytest.fixture
def talk(hotline):
    return Talk(hotline)


@pytest.fixture
def one_talk(sqlite_hotline):
    """Where the database makes no difference."""
    return Talk(sqlite_hotline)


def refused(code):
    return pytest.raises(Refused, match=f"^{code}$")


# ---- hold ------------------------------------------------------------------------------------------------

def test_on_hold_the_agents_line_is_fetched_into_the_room_and_the_caller_hears_music(talk):
    talk.conductor.hold(SID, "agent01", at(10))
    agent = talk.line("agent01")
    assert talk.phone.taken() == [("redirect", CHILD, f"/twilio/room?line={agent.key}")]
    assert (talk.call().state, talk.hears(at(10))) == ("held", Hears.MUSIC)
    assert talk.enters("agent01", at(11)).hears is Hears.ROOM
    assert talk.hears(at(11)) is Hears.MUSIC


def test_back_on_the_line_the_caller_joins_the_agent_in_the_room_and_the_hold_is_counted(talk):
    talk.on_hold(10).conductor.resume(SID, "agent01", at(50))
    caller = talk.line("caller")
    assert talk.phone.taken() == [("redirect", SID, f"/twilio/room?line={caller.key}")]
    assert (talk.call().state, talk.call().hold_ms, talk.hears(at(50))) == ("answered", 40_000, Hears.ROOM)


def test_a_second_hold_moves_the_callers_line_alone(one_talk):
    one_talk.on_hold().conductor.resume(SID, "agent01", at(20))
    one_talk.phone.taken()
    one_talk.conductor.hold(SID, "agent01", at(30))
    assert one_talk.phone.taken() == [("redirect", SID, f"/twilio/room?line={one_talk.line('caller').key}")]


def test_a_hold_the_provider_refuses_leaves_the_call_as_it_was(talk):
    talk.phone.refuses["redirect"] = NO
    with refused("line_failed"):
        talk.conductor.hold(SID, "agent01", at(10))
    assert (talk.call().state, talk.call().held_at) == ("answered", None)
    assert (talk.line("agent01").mode, talk.line("agent01").state) == ("bridged", "talking")
    assert talk.call().room is None, "the end of this call is the end of a call between two"


def test_resuming_works_while_the_provider_does_not_listen_since_the_music_asks_by_itself(one_talk):
    one_talk.on_hold().phone.refuses["redirect"] = NO
    one_talk.conductor.resume(SID, "agent01", at(30))
    assert (one_talk.call().state, one_talk.hears(at(31))) == ("answered", Hears.ROOM)


def test_a_doubtful_answer_is_asked_once_more_and_then_believed(one_talk):
    one_talk.phone.refuses["redirect"] = Unsure("timeout")
    one_talk.conductor.hold(SID, "agent01", at(10))
    assert [verb for verb, *_ in one_talk.phone.taken()] == ["redirect", "redirect"]
    assert one_talk.call().state == "held"


@pytest.mark.parametrize(("user", "code"), [("agent02", "not_your_call"), ("plumber01", "not_your_call")])
def test_others_leave_the_call_alone(one_talk, user, code):
    with refused(code):
        one_talk.conductor.hold(SID, user, at(10))
    assert one_talk.phone.taken() == []


@pytest.mark.parametrize("user", ["agent01", "lead01", "supervisor01"])
def test_the_answerer_and_those_in_charge_may_hold(one_talk, user):
    one_talk.conductor.hold(SID, user, at(10))
    assert one_talk.call().state == "held"


def test_without_a_line_the_clocks_run_and_nothing_else_is_possible(hotline):
    talk = Talk(hotline)
    by_hand = Conductor(hotline, PaperPhone())
    by_hand.hold(SID, "agent01", at(10))
    by_hand.resume(SID, "agent01", at(40))
    assert (talk.call().hold_ms, talk.call().room, talk.lines()) == (30_000, None, [])
    for act in (lambda: by_hand.consult(SID, "agent01", "agent02", at(50)), lambda: by_hand.hand_on(SID, "agent01", "119", at(50)),
                lambda: by_hand.leave(SID, "agent01", at(50)), lambda: by_hand.pause(SID, "agent01", True, at(50)),
                lambda: Supervising(by_hand).take_part(SID, "lead01", "listen", at(50))):
        with refused("no_line"):
            act()
    by_hand.end(SID, "agent01", at(60))
    assert talk.call().state == "ended"


def test_a_call_typed_in_has_no_line_even_when_there_is_a_provider(sqlite_hotline):
    phone = FakePhone()
    calls.arrive(sqlite_hotline, "hand-1", CALLER, at(0))
    calls.answered(sqlite_hotline, "hand-1", "agent01", at(1))
    conductor = Conductor(sqlite_hotline, phone)
    conductor.hold("hand-1", "agent01", at(2))
    conductor.resume("hand-1", "agent01", at(3))
    conductor.end("hand-1", "agent01", at(4))
    assert phone.asked == []


# ---- consultation, three, transfer -----------------------------------------------------------------------

def test_a_consultation_rings_the_colleague_and_puts_the_caller_on_hold(talk):
    talk.conductor.consult(SID, "agent01", "agent02", at(20))
    asked = talk.line("agent02")
    assert talk.phone.taken() == [
        ("place", "client:agent_agent02", f"/twilio/room?line={asked.key}"), ("redirect", CHILD, f"/twilio/room?line={talk.line('agent01').key}")]
    assert (talk.call().state, asked.state, asked.role) == ("held", "asked", "consulted")
    talk.enters("agent01", at(21))
    assert talk.enters("agent02", at(25)).hears is Hears.ROOM
    assert talk.hears(at(26)) is Hears.MUSIC, "they talk alone"
    assert talk.states() == {"agent01": "talking", "agent02": "talking"}


def test_a_technician_is_rung_on_the_number_in_the_register_and_a_contractor_too(one_talk):
    for who, second in (("plumber01", 20), ("builder01", 22)):
        one_talk.conductor.consult(SID, "agent01", who, at(second))
    assert [to for verb, to, *_ in one_talk.phone.taken() if verb == "place" and to.startswith("+86")] != []


def test_the_caller_joins_a_consultation_and_makes_three(talk):
    talk.consulting().conductor.resume(SID, "agent01", at(40))
    assert talk.hears(at(40)) is Hears.ROOM
    assert talk.states() == {"agent01": "talking", "agent02": "talking"}


def test_a_warm_transfer_leaves_the_caller_with_the_colleague_and_the_ownership_where_it_was(talk):
    talk.consulting().conductor.resume(SID, "agent01", at(40))
    talk.phone.taken()
    talk.conductor.leave(SID, "agent01", at(50))
    assert talk.phone.taken() == [("hang_up", CHILD)]
    assert talk.states() == {"agent01": "over", "agent02": "talking"}
    assert (talk.call().answered_by, talk.call().state, talk.hears(at(50))) == ("agent01", "answered", Hears.ROOM)
    talk.conductor.hold(SID, "agent02", at(60))
    assert talk.call().state == "held", "whoever has the call now may do what the agent could"


def test_leaving_during_a_consultation_takes_the_caller_off_hold(one_talk):
    one_talk.consulting().conductor.leave(SID, "agent01", at(50))
    assert one_talk.phone.taken() == [("hang_up", CHILD), ("redirect", SID, f"/twilio/room?line={one_talk.line('caller').key}")]
    assert (one_talk.call().state, one_talk.hears(at(50))) == ("answered", Hears.ROOM)


def test_leaving_while_the_colleague_still_rings_keeps_the_caller_on_music_until_they_pick_up(one_talk):
    one_talk.consulting(answers=False).conductor.leave(SID, "agent01", at(22))
    assert (one_talk.call().state, one_talk.hears(at(23))) == ("held", Hears.MUSIC)
    one_talk.phone.taken()
    one_talk.enters("agent02", at(30))
    assert one_talk.phone.taken() == [("redirect", SID, f"/twilio/room?line={one_talk.line('caller').key}")]
    assert (one_talk.call().state, one_talk.hears(at(30))) == ("answered", Hears.ROOM)


def test_nobody_leaves_a_caller_alone(one_talk):
    with refused("nobody_left"):
        one_talk.conductor.leave(SID, "agent01", at(20))
    one_talk.on_hold(30)
    with refused("nobody_left"):
        one_talk.conductor.leave(SID, "agent01", at(40))
    assert one_talk.line("agent01").state == "talking"


def test_an_agent_the_provider_will_not_let_go_is_still_in_the_call(one_talk):
    one_talk.consulting().phone.refuses["hang_up"] = NO
    with refused("line_failed"):
        one_talk.conductor.leave(SID, "agent01", at(50))
    assert (one_talk.states(), one_talk.line("agent01").mode) == ({"agent01": "talking", "agent02": "talking"}, None)


def test_a_consultation_whose_line_cannot_be_placed_leaves_the_call_as_it_was(talk):
    talk.phone.refuses["place"] = Undeliverable("21214: not a number")
    with refused("line_failed"):
        talk.conductor.consult(SID, "agent01", "agent02", at(20))
    assert (talk.call().state, talk.states()) == ("answered", {"agent01": "talking", "agent02": "over"})
    assert talk.line("agent01").mode == "bridged"


def test_a_consultation_whose_agent_cannot_be_moved_hangs_up_the_colleague_again(one_talk):
    one_talk.phone.refuses["redirect"] = NO
    with refused("line_failed"):
        one_talk.conductor.consult(SID, "agent01", "agent02", at(20))
    assert one_talk.phone.taken()[-1][0] == "hang_up"
    assert (one_talk.call().state, one_talk.states()) == ("answered", {"agent01": "talking", "agent02": "over"})


def test_a_doubtful_line_may_ring_and_counts_once_it_is_there(one_talk):
    one_talk.phone.refuses["place"] = Unsure("read timeout")
    one_talk.conductor.consult(SID, "agent01", "agent02", at(20))
    assert (one_talk.line("agent02").state, one_talk.line("agent02").sid) == ("asked", None)
    one_talk.conductor.entered(one_talk.line("agent02").key, call_sid(7), at(25))
    assert (one_talk.line("agent02").state, one_talk.line("agent02").sid) == ("talking", call_sid(7))


@pytest.mark.parametrize(("to", "code"), [
    ("nobody", "unknown_person"), ("13800000000", "number_not_allowed"), ("agent01", "already_in_call"), ("", "unknown_person")])
def test_only_people_of_the_house_and_emergency_numbers_are_rung(one_talk, to, code):
    with refused(code):
        one_talk.conductor.consult(SID, "agent01", to, at(20))
    assert (one_talk.call().state, one_talk.phone.taken()) == ("answered", [])
    assert one_talk.line("agent01").mode == "bridged"


def test_a_consultation_that_is_not_wanted_any_more_stops_ringing_and_the_caller_comes_back(one_talk):
    one_talk.consulting(answers=False).conductor.drop(SID, "agent01", one_talk.line("agent02").key, at(24))
    assert one_talk.phone.taken() == [("hang_up", one_talk.line("agent02").sid)]
    assert one_talk.line("agent02").outcome == "dropped"
    assert one_talk.enters("agent02", at(25)).hears is Hears.OVER, "picked up at the last moment, it is told to hang up"
    one_talk.conductor.resume(SID, "agent01", at(26))
    assert one_talk.hears(at(26)) is Hears.ROOM


def test_an_emergency_number_takes_over_once_it_answers_and_never_before(talk):
    talk.conductor.hand_on(SID, "agent01", "119", at(20))
    line = talk.line("119")
    assert talk.phone.taken() == [("place", "119", f"/twilio/room?line={line.key}")]
    assert (talk.call().state, line.role) == ("answered", "outside"), "the agent stays with the caller"
    talk.enters("119", at(30))
    assert talk.phone.taken() == [("hang_up", CHILD)]
    assert (talk.states(), talk.hears(at(30))) == ({"agent01": "over", "119": "talking"}, Hears.ROOM)
    assert "line_asked" in talk.events()
    assert talk.call().answered_by == "agent01"


def test_an_emergency_number_that_does_not_answer_leaves_the_agent_with_the_caller(one_talk):
    one_talk.conductor.hand_on(SID, "agent01", "119", at(20))
    line = one_talk.line("119")
    line_news.heard(one_talk.hotline, line.key, line.sid, "no-answer", at(50), at(50))
    one_talk.conductor.settle(SID, at(50))
    assert (one_talk.states(), one_talk.call().state) == ({"agent01": "talking", "119": "over"}, "answered")
    assert [v for v, *_ in one_talk.phone.taken()] == ["place"]


def test_a_colleague_on_a_telephone_of_their_own_must_press_a_key_to_take_over(one_talk):
    softphone.choose(one_talk.hotline, "agent02", "phone", "138 1111 2222", "agent02", at(10))
    one_talk.conductor.hand_on(SID, "agent01", "agent02", at(20))
    assert one_talk.phone.taken() == [("place", "+8613811112222", f"/twilio/room?line={one_talk.line('agent02').key}&asks=1")]


def test_an_agent_who_cannot_be_let_go_sees_it_and_leaves_by_hand(one_talk):
    one_talk.conductor.hand_on(SID, "agent01", "agent02", at(20))
    one_talk.phone.refuses["hang_up"] = NO
    one_talk.enters("agent02", at(30))
    assert (one_talk.states(), one_talk.line("agent01").mode) == ({"agent01": "talking", "agent02": "talking"}, "bridged")
    one_talk.phone.refuses.clear()
    one_talk.conductor.leave(SID, "agent01", at(40))
    assert (one_talk.states()["agent01"], one_talk.hears(at(40))) == ("over", Hears.ROOM)


# ---- supervisors -----------------------------------------------------------------------------------------

def test_a_supervisor_listens_on_their_own_telephone_and_that_is_written_down_before_a_word_is_heard(talk):
    talk.phone.refuses["place"] = NO
    with refused("line_failed"):
        talk.supervising.take_part(SID, "supervisor01", "listen", at(20))
    with talk.hotline.store.reading() as session:
        assert [(r.by, r.what, r.about) for r in session.scalars(sa.select(AccessRow))] == [
            ("supervisor01", "listening", {"call": SID, "mode": "listen"})]
    assert (talk.line("agent01").mode, talk.call().state) == ("bridged", "answered")
    talk.phone.refuses.clear()
    talk.phone.taken()
    talk.supervising.take_part(SID, "supervisor01", "listen", at(30))
    assert [(v, s) for v, s, *_ in talk.phone.taken()] == [("place", "client:agent_supervisor01"), ("redirect", CHILD)]
    assert talk.enters("supervisor01", at(33)).mode == "listen"
    talk.enters("agent01", at(31))
    assert talk.hears(at(34)) is Hears.ROOM


def test_a_supervisor_changes_from_listening_to_whispering_to_joining(one_talk):
    one_talk.supervising.take_part(SID, "lead01", "listen", at(20))
    for who in ("agent01", "lead01"):
        one_talk.enters(who, at(22))
    one_talk.phone.taken()
    line = one_talk.line("lead01")
    one_talk.supervising.take_part(SID, "lead01", "whisper", at(30))
    one_talk.supervising.take_part(SID, "lead01", "join", at(40))
    assert one_talk.phone.taken() == [
        ("take_part", line.sid, "muted=False", f"whisper_to={CHILD}"), ("take_part", line.sid, "muted=False", "whisper_to=")]
    one_talk.phone.refuses["take_part"] = NO
    with refused("line_failed"):
        one_talk.supervising.take_part(SID, "lead01", "listen", at(50))
    assert one_talk.line("lead01").mode == "join"
    one_talk.supervising.stop(SID, "lead01", at(60))
    assert (one_talk.states(), one_talk.hears(at(60))) == ({"agent01": "talking", "lead01": "over"}, Hears.ROOM)


@pytest.mark.parametrize(("user", "may"), [
    ("supervisor01", True), ("pm01", True), ("quality01", True), ("lead01", True), ("agent02", False), ("admin01", False),
    ("auditor01", False), ("plumber01", False), ("agent01", False)])
def test_who_may_listen(one_talk, user, may):
    if may:
        one_talk.supervising.take_part(SID, user, "listen", at(20))
    else:
        with refused("not_your_call"):
            one_talk.supervising.take_part(SID, user, "listen", at(20))
    assert bool([v for v, *_ in one_talk.phone.taken() if v == "place"]) is may


def test_a_listener_is_no_company(one_talk):
    one_talk.supervising.take_part(SID, "lead01", "listen", at(20))
    for who in ("agent01", "lead01"):
        one_talk.enters(who, at(22))
    line_news.left_room(one_talk.hotline, CHILD, at(30), at(30))
    assert one_talk.hears(at(30)) is Hears.ALONE


# ---- who is gone -----------------------------------------------------------------------------------------

def test_a_caller_who_hangs_up_while_the_colleague_rings_stops_the_ringing(talk):
    talk.consulting(answers=False)
    calls.ended(talk.hotline, SID, at(24))
    talk.conductor.settle(SID, at(24))
    assert sorted(talk.phone.taken()) == sorted([("hang_up", CHILD), ("hang_up", talk.line("agent02").sid)])
    assert set(talk.states().values()) == {"over"}
    talk.conductor.settle(SID, at(25))
    assert talk.phone.taken() == [], "once"
    assert talk.enters("agent02", at(26)).hears is Hears.OVER


def test_others_are_over_for_us_even_when_the_provider_cannot_hang_them_up(one_talk):
    one_talk.consulting().phone.refuses["hang_up"] = NO
    calls.ended(one_talk.hotline, SID, at(30))
    one_talk.conductor.settle(SID, at(30))
    assert set(one_talk.states().values()) == {"over"}


def test_an_agent_whose_browser_closes_leaves_a_caller_who_is_fetched_and_rung_through(talk):
    talk.on_hold().conductor.resume(SID, "agent01", at(20))
    talk.phone.taken()
    line_news.left_room(talk.hotline, CHILD, at(30), at(30))
    talk.conductor.settle(SID, at(30))
    assert talk.phone.taken() == [("redirect", SID, f"/twilio/room?line={talk.line('caller').key}")]
    rung = line_news.ring_anybody(talk.hotline, SID, at(31))
    assert rung[0].user == "agent01", "their browser may be back"
    assert "agent02" in {r.user for r in rung}
    line_news.heard(talk.hotline, rung[1].key, call_sid(9), "in-progress", at(35), at(35))
    assert talk.call().answered_by == "agent01"
    talk.conductor.hold(SID, rung[1].user, at(40))
    assert talk.phone.taken() == [("redirect", call_sid(9), f"/twilio/room?line={rung[1].key}")]


def test_an_agent_who_vanishes_while_the_caller_is_on_hold_is_noticed_by_the_music(one_talk):
    one_talk.on_hold()
    line_news.left_room(one_talk.hotline, CHILD, at(30), at(30))
    assert one_talk.hears(at(30)) is Hears.ALONE


def test_when_nobody_picks_up_for_a_caller_left_alone_we_call_back(talk):
    talk.on_hold()
    line_news.left_room(talk.hotline, CHILD, at(30), at(30))
    rung = line_news.ring_anybody(talk.hotline, SID, at(31))
    for one in rung:
        line_news.heard(talk.hotline, one.key, call_sid(100 + len(one.key) + rung.index(one)), "no-answer", at(51), at(51))
    assert line_news.ring_anybody(talk.hotline, SID, at(52)) == []
    assert line_news.promise_return(talk.hotline, SID, at(52))
    with talk.hotline.store.reading() as session:
        promise = session.scalar(sa.select(PromiseRow).where(PromiseRow.clock == "missed_call"))
        assert (promise.due_at, talk.call().return_call) == (at(52 + 600), "due")


def test_a_line_that_never_came_is_not_waited_for(one_talk):
    one_talk.phone.refuses["place"] = Unsure("timeout")
    one_talk.conductor.hand_on(SID, "agent01", "agent02", at(20))
    one_talk.conductor.leave(SID, "agent01", at(21))
    assert [one_talk.hears(at(s)) for s in (22, 94, 96)] == [Hears.MUSIC, Hears.MUSIC, Hears.ALONE]


def test_an_agent_lost_on_the_way_into_the_room_is_not_waited_for(one_talk):
    one_talk.conductor.hold(SID, "agent01", at(10))
    assert [one_talk.hears(at(s)) for s in (11, 24, 26)] == [Hears.MUSIC, Hears.MUSIC, Hears.ALONE]


def test_news_that_comes_late_or_twice_moves_no_line_back(one_talk):
    one_talk.consulting()
    line = one_talk.line("agent02")
    for word in ("initiated", "ringing", "in-progress", "ringing"):
        line_news.heard(one_talk.hotline, line.key, line.sid, word, at(40), at(22))
    assert one_talk.line("agent02").state == "talking"
    for word, second in (("completed", 50), ("completed", 51), ("in-progress", 52), ("no-answer", 53)):
        line_news.heard(one_talk.hotline, line.key, line.sid, word, at(second), at(second))
    gone = one_talk.line("agent02")
    assert (gone.state, gone.outcome, gone.over_at) == ("over", "completed", at(50))
    assert one_talk.events().count("line_over") == 1


def test_that_the_callers_line_leaves_the_conference_for_the_music_says_nothing(one_talk):
    one_talk.on_hold()
    line_news.left_room(one_talk.hotline, SID, at(12), at(12))
    assert (one_talk.call().state, one_talk.hears(at(12))) == ("held", Hears.MUSIC)


def test_a_line_nobody_asked_for_belongs_nowhere(one_talk):
    assert one_talk.conductor.entered("made-up", call_sid(8), at(20)) is None
    assert line_news.heard(one_talk.hotline, "made-up", call_sid(8), "completed", at(20), at(20)) is None


# ---- the end, the recording, notes -----------------------------------------------------------------------

def test_the_agent_ends_the_call_for_everybody(one_talk):
    one_talk.consulting().conductor.end(SID, "agent01", at(60))
    assert {sid for verb, sid in one_talk.phone.taken() if verb == "hang_up"} == {SID, CHILD, one_talk.line("agent02").sid}
    assert (one_talk.call().state, one_talk.call().ended_by) == ("ended", "agent01")


@pytest.mark.parametrize(("no", "state"), [(NO, "answered"), (Unsure("timeout"), "answered"), (Undeliverable("20404: not found"), "ended")])
def test_a_call_that_cannot_be_hung_up_goes_on_unless_the_provider_knows_no_such_call(one_talk, no, state):
    one_talk.phone.refuses["hang_up"] = no
    if state == "ended":
        one_talk.conductor.end(SID, "agent01", at(60))
    else:
        with refused("line_failed"):
            one_talk.conductor.end(SID, "agent01", at(60))
    assert one_talk.call().state == state


def test_the_recording_pauses_for_words_that_must_not_be_kept(talk):
    talk.conductor.pause(SID, "agent01", True, at(20))
    assert (talk.phone.taken(), talk.call().recording_paused_at) == ([("record", SID, "paused")], at(20))
    with refused("nothing_changes"):
        call_notes.pause(talk.hotline, SID, "agent01", True, at(21))
    talk.on_hold(30).conductor.pause(SID, "agent01", False, at(40))
    assert (talk.phone.taken(), talk.call().recording_paused_at) == ([("record_room", talk.call().room, "in-progress")], None)


def test_a_recording_the_provider_will_not_pause_is_not_shown_as_paused(one_talk):
    one_talk.phone.refuses["record"] = NO
    with refused("line_failed"):
        one_talk.conductor.pause(SID, "agent01", True, at(20))
    assert one_talk.call().recording_paused_at is None


def test_notes_stand_in_the_ledger_in_their_order(talk):
    for second, text in ((20, " 水从天花板滴下 "), (30, "已关总阀")):
        call_notes.note(talk.hotline, SID, "agent01", text, at(second))
    with talk.hotline.store.reading() as session:
        assert call_notes.notes(session, talk.call().id) == [(at(20), "agent01", "水从天花板滴下"), (at(30), "agent01", "已关总阀")]
    with refused("bad_value"):
        call_notes.note(talk.hotline, SID, "agent01", "  ", at(40))
    assert talk.events().count("call_note") == 2


# ---- telephones ------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("kind", "address", "dialled"), [
    ("browser", "", "client:agent_agent02"), ("phone", "138-1111-2222", "+8613811112222"), ("phone", "+44 20 7946 0958", "+442079460958"),
    ("sip", "sip:li@pbx.example.com:5060", "sip:li@pbx.example.com:5060"), ("sip", "li@pbx.example.com", "sip:li@pbx.example.com")])
def test_an_agent_chooses_a_telephone(hotline, kind, address, dialled):
    softphone.choose(hotline, "agent02", "phone", "13800000000", "agent02", at(0))
    softphone.choose(hotline, "agent02", kind, address, "agent02", at(1))
    with hotline.store.reading() as session:
        from callcenter.storage import facts
        assert softphone.telephone(session, facts.staff(session, at(2)), "agent02").dialled == dialled


@pytest.mark.parametrize(("kind", "address", "code"), [
    ("pigeon", "", "bad_value"), ("phone", "12", "number_invalid"), ("phone", "sip:x@y", "number_invalid"), ("phone", "", "number_invalid"),
    ("sip", "not an address", "sip_invalid"), ("sip", "a@b?x=1", "sip_invalid"), ("sip", "", "sip_invalid")])
def test_a_telephone_that_cannot_be_rung_is_not_taken(sqlite_hotline, kind, address, code):
    with refused(code):
        softphone.choose(sqlite_hotline, "agent02", kind, address, "agent02", at(0))


@pytest.mark.parametrize("user", ["agent01", "张三", "a.b-c_d", "x" * 300])
def test_the_name_of_a_browser_telephone_has_letters_digits_and_underscores_only(user):
    name = softphone.identity_of(user)
    assert name.replace("_", "").isalnum()
    assert name.isascii()
    assert len(name) <= 121
