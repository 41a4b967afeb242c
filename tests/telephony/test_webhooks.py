"""Calls as Twilio tells them: repeated, out of order, from rivals, with nobody there."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from callcenter.services import audit, timers
from callcenter.services.telephone import calls
from callcenter.storage import facts, ledger
from callcenter.storage.tables import CallEventRow, CallRow, DutyRow, EventRow, MessageRow, PromiseRow
from callcenter.storage.telephone_tables import OfferRow
from tests.hotlines import NINE
from tests.telephony.twilio_posts import (
    CALLER,
    Post,
    abandoned_call,
    agent_leg,
    answered_call,
    call_sid,
    dial_ended,
    inbound,
    progress,
    ringing_call,
    seconds,
    shuffled,
)

SID = call_sid()


def the_call(hotline, sid=SID):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(CallRow).where(CallRow.sid == sid))


def count(hotline, table, *where):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where))


def promises(hotline, now):
    """The promises that stand, with what became of them; those called off on a false word are gone."""
    with hotline.store.reading() as session:
        rows = [facts.promise(row) for row in session.scalars(sa.select(PromiseRow).where(PromiseRow.voided_at.is_(None)))]
        return sorted((str(p.key), str(p.status(now))) for p in rows)


def nobody_on_duty(hotline):
    with hotline.store.transaction() as session:
        session.execute(sa.delete(DutyRow))


def rings(line, sid=SID, caller=CALLER):
    """A caller is greeted and rung for; what the second answer says."""
    for post in ringing_call(sid, caller):
        said = line.post(post).get_data(as_text=True)
    return said


def test_a_caller_hears_the_recording_notice_first_and_every_agent_on_duty_is_rung(line, hotline):
    answer = line.post(Post("voice", inbound(SID)))
    said = answer.get_data(as_text=True)
    assert answer.mimetype == "text/xml"
    assert said.index("本次通话将被录音") < said.index("和邻物业服务") < said.index("/twilio/ring</Redirect>")
    assert the_call(hotline).state == "greeted"
    assert promises(hotline, NINE) == []
    said = line.post(Post("ring", inbound(SID))).get_data(as_text=True)
    for user in ("agent01", "agent02", "lead02"):
        assert f">agent_{user}</Client>" in said
        assert f"/twilio/agent?agent={user}\"" in said
    assert the_call(hotline).state == "ringing"
    assert promises(hotline, NINE) == [("answer", "running")]


def test_the_owner_of_an_open_matter_is_rung_first(line, hotline, watch):
    from callcenter.domain.ticket import Act
    from callcenter.domain.vocabulary import Action
    from callcenter.services import tickets
    tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent02", {
        "category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "水管爆裂", "contact_phone": "19000000001"}), "k", NINE)
    said = rings(line)
    assert said.index("agent_agent02") < said.index("agent_agent01")


def test_with_nobody_on_duty_the_caller_hears_that_we_call_back_and_the_return_call_is_due_at_once(line, hotline, watch):
    nobody_on_duty(hotline)
    first = rings(line)
    assert "十分钟内给您回电" in first
    assert "<Hangup" in first
    assert the_call(hotline).return_call == "due"
    assert promises(hotline, watch.now) == [("missed_call", "running")]
    assert line.post(Post("ring", inbound(SID))).get_data(as_text=True) == first


@pytest.mark.parametrize("token", [None, "9f3c1f9e-2f6b-4a52-9f2a-6c1a5c7f0b11"])
def test_the_same_webhook_a_hundred_times_in_any_order_leaves_one_record(line, hotline, watch, token):
    posts = answered_call(SID, "agent01", NINE, NINE + seconds(8), NINE + seconds(60))
    watch.forward(90)
    headers = [{"I-Twilio-Idempotency-Token": f"{token}-{n}"} if token else {} for n in range(len(posts))]
    times = 12  # 8 kinds of delivery, each a dozen times: 96 posts and the call's own first hundred
    many = [(post, header) for post, header in zip(posts, headers, strict=True)] * times
    random.Random(5).shuffle(many)
    for post, header in many:
        assert line.post(post, **header).status_code in (200, 204)
    assert count(hotline, CallRow) == 1
    assert count(hotline, CallEventRow) == len(posts)
    assert count(hotline, EventRow, EventRow.action == "call_answered") == 1
    assert count(hotline, EventRow, EventRow.action == "call_ends") == 1
    assert the_call(hotline).answered_by == "agent01"


def test_one_webhook_a_hundred_times_at_once_is_one_call(app, hotline, watch):
    from tests.telephony.twilio_posts import Line

    def post(n):
        return Line(app.test_client()).post(ringing_call(SID)[n % 2]).status_code
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(post, range(100))) == {200}
    assert (count(hotline, CallRow), count(hotline, CallEventRow), count(hotline, PromiseRow)) == (1, 2, 1)
    with hotline.store.reading() as session:
        assert list(session.scalars(sa.select(EventRow.action).order_by(EventRow.seq))) == ["call_arrives", "call_rings", "call_offered"]
        assert sorted(session.scalars(sa.select(OfferRow.user))) == ["agent01", "agent02", "lead02"]


def test_of_eight_rivals_answering_one_call_one_wins(app, line, hotline, watch):
    from tests.telephony.twilio_posts import Line
    rivals = [f"agent0{n}" for n in range(1, 9)]
    rings(line)
    watch.forward(4)

    def answer(n):
        form = agent_leg(SID, call_sid(1000 + n), rivals[n], "in-progress", NINE + seconds(3), 2)
        return Line(app.test_client()).post(Post("agent", form, {"agent": rivals[n]})).status_code
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answer, range(8))) == [204] * 8
    assert the_call(hotline).answered_by in rivals
    assert count(hotline, EventRow, EventRow.action == "call_answered") == 1
    assert promises(hotline, watch.now) == [("answer", "kept")]


@pytest.mark.parametrize("status", ["completed", "no-answer", "busy", "failed", "canceled"])
def test_a_caller_who_hangs_up_before_an_answer_is_owed_a_return_call_within_the_same_second(line, hotline, watch, status):
    rings(line)
    watch.forward(9)
    line.post(Post("status", {**inbound(SID), **progress(status, NINE + seconds(9), 0)}))
    call = the_call(hotline)
    assert (call.state, call.return_call, call.ended_at) == ("abandoned", "due", NINE + seconds(9))
    with hotline.store.reading() as session:
        due = session.scalar(sa.select(PromiseRow).where(PromiseRow.clock == "missed_call"))
        assert (due.started_at, due.due_at) == (NINE + seconds(9), NINE + seconds(609))
        assert audit.unguarded(hotline, session) == []
        assert list(ledger.faults(session)) == []
    assert count(hotline, MessageRow, MessageRow.notice == "missed_call") > 0


def test_the_end_may_be_reported_before_the_beginning(line, hotline, watch):
    """Twilio sends the webhook of a caller who is gone at once together with the status no-answer."""
    line.post(Post("status", {**inbound(SID), **progress("no-answer", NINE, 0)}))
    assert the_call(hotline).return_call == "due"
    assert "<Response><Hangup /></Response>" in line.post(Post("voice", inbound(SID))).get_data(as_text=True)
    assert the_call(hotline).state == "abandoned"
    assert count(hotline, CallRow) == 1


def test_an_answer_whose_news_was_overtaken_by_the_end_still_counts(line, hotline, watch):
    rings(line)
    watch.forward(40)
    line.post(Post("status", {**inbound(SID), **progress("completed", NINE + seconds(30), 0)}))
    assert the_call(hotline).state == "abandoned"
    line.post(Post("agent", agent_leg(SID, call_sid(1000), "agent01", "in-progress", NINE + seconds(7), 2), {"agent": "agent01"}))
    call = the_call(hotline)
    assert (call.state, call.answered_by, call.return_call) == ("ended", "agent01", "none")
    assert call.answered_at == NINE + seconds(7.999)
    assert promises(hotline, watch.now) == [("answer", "kept"), ("register", "running")]
    with hotline.store.reading() as session:
        assert audit.unguarded(hotline, session) == []


def test_news_of_an_answer_after_the_caller_had_gone_changes_nothing(line, hotline, watch):
    rings(line)
    watch.forward(40)
    line.post(Post("status", {**inbound(SID), **progress("completed", NINE + seconds(10), 0)}))
    line.post(Post("agent", agent_leg(SID, call_sid(1000), "agent01", "in-progress", NINE + seconds(12), 2), {"agent": "agent01"}))
    assert (the_call(hotline).state, the_call(hotline).answered_by) == ("abandoned", None)


@pytest.mark.parametrize("outcome", ["no-answer", "busy", "failed"])
def test_when_nobody_picks_up_the_caller_hears_that_we_call_back(line, hotline, watch, outcome):
    rings(line)
    watch.forward(40)
    assert "十分钟内给您回电" in line.post(Post("dialled", dial_ended(SID, outcome))).get_data(as_text=True)
    assert the_call(hotline).return_call == "due"
    line.post(Post("status", {**inbound(SID), **progress("completed", NINE + seconds(55), 0)}))
    assert the_call(hotline).ended_at == NINE + seconds(40)
    assert promises(hotline, watch.now) == [("missed_call", "running")]


def test_a_second_missed_call_of_the_same_number_makes_no_second_return_call(line, hotline, watch):
    for n in (1, 2, 3):
        line.post(Post("voice", inbound(call_sid(n))))
        line.post(Post("status", {**inbound(call_sid(n)), **progress("completed", watch.now, 0)}))
        watch.forward(60)
    assert count(hotline, CallRow, CallRow.return_call == "due") == 1


def test_who_rings_again_and_is_answered_is_not_called_back(line, hotline, watch):
    for post in abandoned_call(call_sid(1), NINE, NINE + seconds(9)):
        line.post(post)
    watch.forward(120)
    for post in answered_call(call_sid(2), "agent02", watch.now, watch.now + seconds(4), watch.now + seconds(80)):
        line.post(post)
    assert the_call(hotline, call_sid(1)).return_call == "cancelled"
    assert ("missed_call", "running") not in promises(hotline, watch.now)


@pytest.mark.parametrize("caller", ["anonymous", "+266696687", "", "client:reception", "sip:12345@example.com", "+86110"])
def test_a_caller_may_have_any_number_or_none(line, hotline, watch, caller):
    assert "<Dial" in rings(line, SID, caller)
    watch.forward(9)
    line.post(Post("status", {**inbound(SID, caller), **progress("completed", watch.now, 0)}))
    assert the_call(hotline).state == "abandoned"
    assert the_call(hotline).return_call == ("none" if caller in ("anonymous", "+266696687", "") else "due")


def test_what_arrives_is_kept_as_it_came(line, hotline):
    line.post(Post("voice", {**inbound(SID), "Invented": "2027", "FromCity": "浦东新区"}))
    with hotline.store.reading() as session:
        event = session.scalar(sa.select(CallEventRow))
    assert (event.sid, event.kind) == (SID, "voice")
    assert event.payload == {**inbound(SID), "Invented": "2027", "FromCity": "浦东新区"}


def test_calls_we_make_ourselves_are_no_callers(line, hotline):
    line.post(Post("status", {**inbound(SID), "Direction": "outbound-api", **progress("completed", NINE, 0)}))
    assert count(hotline, CallRow) == 0


def test_an_answer_within_three_rings_keeps_the_promise_and_one_after_breaks_it(line, hotline, watch):
    for n, rang in ((1, 14), (2, 16)):
        start = watch.now
        rings(line, call_sid(n))
        watch.forward(rang + 2)
        timers.fire_due(hotline, watch.now)
        line.post(Post("agent", agent_leg(call_sid(n), call_sid(1000 + n), "agent01", "in-progress", start + seconds(rang), 2), {"agent": "agent01"}))
        calls.dispose(hotline, call_sid(n), "agent01", "咨询", watch.now)
    assert promises(hotline, watch.now) == [("answer", "broken"), ("answer", "kept")]


def test_the_fallback_puts_the_caller_through_and_has_words_when_nothing_else_works(line, hotline, app, monkeypatch):
    failing = {**inbound(SID), "ErrorCode": "11200", "ErrorUrl": "https://hotline.example.com/twilio/voice"}
    assert "<Dial" in line.post(Post("fallback", failing)).get_data(as_text=True)
    monkeypatch.setattr(calls, "arrive", lambda *_: 1 / 0)
    answer = line.post(Post("fallback", {**failing, "CallSid": call_sid(2)}))
    assert answer.status_code == 200
    assert "<Say" in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["voice", "menu", "ring", "whisper", "wait", "wait-key", "left", "voicemail", "voicemail-done", "recording",
                                  "status", "agent", "dialled", "message-status", "fallback"])
def test_a_signed_request_about_no_call_is_turned_away(line, hotline, path):
    for sid in ("", "x", "CA" + "0" * 200, "CA\x00", "CA'; DROP TABLE call"):
        assert line.post(Post(path, {**inbound(sid), "CallStatus": "completed"})).status_code == 400
    assert count(hotline, CallRow) == 0


# ---- whatever the order -----------------------------------------------------------------------------------------

def outcome(hotline, now):
    call = the_call(hotline)
    return {"calls": count(hotline, CallRow), "state": call.state, "answered_by": call.answered_by, "answered_at": call.answered_at,
            "return_call": call.return_call, "disposition": call.disposition, "promises": promises(hotline, now)}


STORIES = {
    "answered": lambda: answered_call(SID, "agent01", NINE, NINE + seconds(8), NINE + seconds(60), others=("agent02", "lead02")),
    "answered late": lambda: answered_call(SID, "agent02", NINE, NINE + seconds(33), NINE + seconds(90)),
    "abandoned": lambda: abandoned_call(SID, NINE, NINE + seconds(9)),
    "gone at once": lambda: abandoned_call(SID, NINE, NINE, "no-answer"),
}


def told(line, hotline, watch, posts):
    """The story told within one minute after it happened; between the posts the clock fires what is due."""
    for post in posts:
        assert line.post(post).status_code in (200, 204)
        timers.fire_due(hotline, watch.now)
    return outcome(hotline, watch.now)


def wiped(hotline):
    """The hotline as it was before any call (events are never deleted otherwise)."""
    with hotline.store.transaction() as session:
        for table in ("call_event", "event", "timer_fire"):
            if hotline.store.sqlite:
                session.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_no_delete"))
            else:
                session.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for table in ("offer", "message", "timer_fire", "timer", "promise", "event", "call_event", "call"):
            session.execute(sa.text(f'DELETE FROM "{table}"'))


@pytest.mark.parametrize("story", STORIES)
def test_any_order_and_any_repetition_of_the_webhooks_leaves_the_same_call(line, hotline, watch, story):
    posts = STORIES[story]()
    watch.now = NINE + timedelta(seconds=100)
    wiped(hotline)
    expected = told(line, hotline, watch, posts)
    assert expected["calls"] == 1

    @settings(max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(st.permutations(range(len(posts))), st.lists(st.integers(0, len(posts) - 1), max_size=4))
    def any_order(order, again):
        wiped(hotline)
        assert told(line, hotline, watch, [posts[n] for n in [*order, *again]]) == expected

    any_order()


def test_a_hundred_shuffled_repeats_of_a_call_leave_what_one_telling_leaves(line, hotline, watch):
    posts = STORIES["answered"]()
    watch.now = NINE + timedelta(seconds=100)
    expected = told(line, hotline, watch, posts)
    told(line, hotline, watch, shuffled(posts, 100 // len(posts) + 1, seed=11))
    assert outcome(hotline, watch.now) == expected
    assert count(hotline, CallEventRow) == len(posts)
    assert count(hotline, CallRow, CallRow.from_number == CALLER) == 1
