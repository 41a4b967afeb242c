"""Click to call: who may ring whom, both numbers hidden, and what comes of it whatever order the news comes in."""

import itertools
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import audit, tickets
from callcenter.services.calling_out import placed_calls, placing
from callcenter.services.calling_out.placing import Wish
from callcenter.services.desk import desk_view
from callcenter.services.telephone import agents, calls
from callcenter.storage import ledger
from callcenter.storage.tables import CallRow, CustomerRow, EventRow, PromiseRow
from callcenter.storage.telephone_tables import AgentSpanRow, LineRow, RecordingRow
from callcenter.telephony.paper_phone import PaperPhone
from callcenter.telephony.port import NotSent, Unsure
from tests.hotlines import NINE
from tests.services.test_surveys import issued, rows
from tests.telephony.twilio_posts import HOTLINE, Post, call_sid, progress

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
MISSED, OWN, OTHER = call_sid(7), call_sid(801), call_sid(802)


class Network:
    """A telephone with a line, which remembers whom it rang."""

    live, name, repeatable, calls_per_second = True, "network", False, 10

    sids = itertools.count(900)

    def __init__(self, wrong=None):
        self.wrong, self.rung = wrong, []

    def place(self, to, path, status_path, rings_for):
        if self.wrong:
            raise self.wrong
        self.rung.append((to, path, status_path))
        return call_sid(next(self.sids))


def opened(hotline, **fields):
    given = {"category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "水管爆裂",
             "contact_phone": "19000000001", **fields}
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", given), "open", NINE).number


def does(hotline, number, action, by, now=NINE, **fields):
    tickets.carry_out(hotline, number, Act(Action(action), by, fields), f"{action}:{by}:{now}", now)


def the_call(hotline, sid):
    with hotline.store.reading() as session:
        return session.scalars(sa.select(CallRow).where(CallRow.sid == sid)).one()


def line_keys(hotline, sid):
    """The person's own line and the customer's."""
    with hotline.store.reading() as session:
        rows = session.scalars(sa.select(LineRow).join(CallRow, CallRow.id == LineRow.call_id).where(CallRow.sid == sid).order_by(LineRow.id))
        return [row.key for row in rows]


def refusal(hotline, user, wish, phone=None, key="k", now=NINE):
    with pytest.raises(Refused) as no:
        placing.place(hotline, phone or Network(), user, wish, key, now)
    return no.value.code


def missed(hotline, number="+8619000000002", sid=MISSED):
    calls.arrive(hotline, sid, number, NINE)
    calls.ended(hotline, sid, NINE + 20 * SECOND)


def test_ones_own_telephone_rings_first_and_the_number_dialled_is_never_the_askers_to_name(hotline):
    network, number = Network(), opened(hotline)
    sid = placing.place(hotline, network, "agent01", Wish("ticket", number), "k", NINE)
    assert placing.place(hotline, network, "agent01", Wish("ticket", number), "k", NINE) == sid
    [(to, path, status)] = network.rung
    assert to == "client:agent_agent01"
    assert "19000000001" not in path + status
    call = the_call(hotline, sid)
    assert (call.direction, call.state, call.placed_by, call.about_ticket) == ("outbound", "dialling", "agent01", number)
    assert call.to_number == "+8619000000001"
    with hotline.store.reading() as session:
        [placed] = session.scalars(sa.select(EventRow).where(EventRow.action == "call_placed"))
        assert "19000000001" not in str(placed.data)


def test_picked_up_answered_and_over_in_order(hotline):
    sid = placing.place(hotline, Network(), "agent01", Wish("ticket", opened(hotline)), "k", NINE)
    own, other = line_keys(hotline, sid)
    bridge = placed_calls.picked_up(hotline, own, OWN, NINE + 5 * SECOND)
    assert (bridge.number, bridge.customer_line, bridge.record) == ("+8619000000001", other, True)
    placed_calls.customer_line(hotline, other, OTHER, "in-progress", NINE + 9 * SECOND, NINE + 9 * SECOND)
    call = the_call(hotline, sid)
    assert (call.state, call.answered_by, call.answered_at) == ("answered", "agent01", NINE + 9 * SECOND)
    placed_calls.customer_line(hotline, other, OTHER, "completed", NINE + MINUTE, NINE + MINUTE)
    call = the_call(hotline, sid)
    assert (call.state, call.ended_at, call.return_call) == ("ended", NINE + MINUTE, "none")
    assert placed_calls.picked_up(hotline, own, OWN, NINE + MINUTE) is None
    with hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []
        assert audit.unguarded(hotline, session) == []
        assert not session.scalar(sa.select(sa.func.count()).select_from(PromiseRow).where(PromiseRow.call_id == call.id))


NEWS = [("own", "ringing", 1), ("own", "in-progress", 5), ("other", "ringing", 6), ("other", "in-progress", 9), ("other", "completed", 60),
        ("own", "completed", 61)]


def test_late_doubled_and_shuffled_news_leaves_the_same_call(sqlite_hotline):
    hotline, number, seen = sqlite_hotline, opened(sqlite_hotline), set()
    for n, order in enumerate(itertools.islice(itertools.permutations(NEWS), 0, 720, 37)):
        now = NINE + n * timedelta(hours=1)
        sid = placing.place(hotline, Network(), "agent01", Wish("ticket", number), f"k{n}", now)
        keys = dict(zip(("own", "other"), line_keys(hotline, sid), strict=True))
        for who, word, second in order + order[:2]:
            tell = placed_calls.own_line if who == "own" else placed_calls.customer_line
            tell(hotline, keys[who], call_sid(2000 + 2 * n + (who == "own")), word, now + 2 * MINUTE, now + second * SECOND)
        call = the_call(hotline, sid)
        seen.add((call.state, call.answered_by, call.answered_at - now <= 60 * SECOND, call.ended_at is not None))
    assert seen == {("ended", "agent01", True, True)}


def test_nobody_answers_a_return_call_and_that_is_written_down_as_tried_never_as_reached(hotline):
    missed(hotline)
    sid = placing.place(hotline, Network(), "agent02", Wish("return", call=MISSED), "k", NINE + MINUTE)
    own, other = line_keys(hotline, sid)
    placed_calls.picked_up(hotline, own, OWN, NINE + MINUTE)
    placed_calls.customer_line(hotline, other, OTHER, "busy", NINE + 2 * MINUTE, NINE + 2 * MINUTE)
    assert (the_call(hotline, MISSED).return_call, the_call(hotline, MISSED).returned_by) == ("done", "agent02")
    with hotline.store.reading() as session:
        [event] = session.scalars(sa.select(EventRow).where(EventRow.action == "returned"))
        assert event.data["contact_result"] == "busy"
    assert refusal(hotline, "agent01", Wish("return", call=MISSED), key="k2", now=NINE + 3 * MINUTE) == "call_over"


def test_an_answered_return_call_waits_for_the_agents_word(hotline):
    missed(hotline)
    sid = placing.place(hotline, Network(), "agent02", Wish("return", call=MISSED), "k", NINE + MINUTE)
    _, other = line_keys(hotline, sid)
    placed_calls.customer_line(hotline, other, OTHER, "in-progress", NINE + 2 * MINUTE, NINE + 2 * MINUTE)
    placed_calls.customer_line(hotline, other, OTHER, "completed", NINE + 3 * MINUTE, NINE + 3 * MINUTE)
    assert the_call(hotline, MISSED).return_call == "due"


def test_hanging_up_before_the_customer_answers_is_no_attempt(hotline):
    missed(hotline)
    sid = placing.place(hotline, Network(), "agent02", Wish("return", call=MISSED), "k", NINE + MINUTE)
    own, other = line_keys(hotline, sid)
    placed_calls.customer_line(hotline, other, OTHER, "canceled", NINE + 2 * MINUTE, NINE + 2 * MINUTE)
    placed_calls.own_line(hotline, own, OWN, "completed", NINE + 2 * MINUTE, NINE + 2 * MINUTE)
    assert the_call(hotline, MISSED).return_call == "due"
    assert the_call(hotline, sid).state == "ended"


def test_a_technician_rings_only_about_a_job_they_have_accepted(hotline):
    number = opened(hotline)
    does(hotline, number, "dispatch", "dispatcher01", to="plumber01")
    assert refusal(hotline, "plumber01", Wish("ticket", number)) == "may_not_ring"
    does(hotline, number, "accept", "plumber01", NINE + MINUTE)
    network = Network()
    placing.place(hotline, network, "plumber01", Wish("ticket", number), "k", NINE + 2 * MINUTE)
    assert network.rung[0][0].startswith("+86")
    assert refusal(hotline, "plumber02", Wish("ticket", number), key="k2") == "may_not_ring"


@pytest.mark.parametrize("user", ["admin01", "auditor01"])
def test_whoever_only_reads_rings_nobody(hotline, user):
    assert refusal(hotline, user, Wish("ticket", opened(hotline))) == "may_not_ring"


def test_only_numbers_on_record_are_rung(hotline):
    number = opened(hotline, contact_phone="110")
    assert refusal(hotline, "agent01", Wish("ticket", number)) == "no_number_known"
    assert refusal(hotline, "agent01", Wish("ticket", number, whom="other")) == "no_number_known"
    assert refusal(hotline, "agent01", Wish("ticket", "nothing")) == "unknown_ticket"
    assert refusal(hotline, "agent01", Wish("return", call="CAnone")) == "unknown_call"
    assert refusal(hotline, "agent01", Wish("follow_up", number)) == "may_not_ring"


def test_a_household_of_a_survey_is_rung_in_calling_hours_by_whoever_types_in_and_never_against_its_wish(sqlite_hotline):
    survey = issued(sqlite_hotline)
    sheets = {sheet.customer_id: sheet.id for sheet in rows(sqlite_hotline, survey)}
    with sqlite_hotline.store.reading() as session:
        known = session.scalars(sa.select(CustomerRow).where(CustomerRow.id.in_([key for key in sheets if key])).order_by(CustomerRow.id)).all()
    silent, home = next(c for c in known if c.do_not_call), next(c for c in known if not c.do_not_call)
    wish = Wish("survey", sheet=sheets[home.id])
    sid = placing.place(sqlite_hotline, Network(), "callback01", wish, "k", NINE)
    assert (the_call(sqlite_hotline, sid).to_number, the_call(sqlite_hotline, sid).customer_id) == (home.phone_key, home.id)
    assert refusal(sqlite_hotline, "callback01", Wish("survey", sheet=sheets[silent.id]), key="k1") == "do_not_call"
    assert refusal(sqlite_hotline, "plumber01", wish, key="k2") == "not_allowed"
    assert refusal(sqlite_hotline, "callback01", wish, key="k3", now=NINE - 2 * 60 * MINUTE) == "outside_calling_hours"
    assert refusal(sqlite_hotline, "callback01", Wish("survey"), key="k4") == "unknown_survey"


def test_nobody_rings_more_often_than_six_times_a_minute_or_twice_at_once(hotline):
    number, codes = opened(hotline), []
    placing.place(hotline, Network(), "agent01", Wish("ticket", number), "k0", NINE)
    assert refusal(hotline, "agent01", Wish("ticket", number), key="again") == "already_dialling"
    for n in range(1, 8):
        placed_calls.sweep(hotline, NINE + 10 * MINUTE)
        try:
            placing.place(hotline, Network(), "agent01", Wish("ticket", number), f"k{n}", NINE + n * SECOND)
        except Refused as no:
            codes.append(no.code)
    assert codes == ["too_many_calls", "too_many_calls"]


def test_without_a_line_nothing_is_begun_and_a_provider_that_refuses_ends_it(hotline):
    number = opened(hotline)
    assert refusal(hotline, "agent01", Wish("ticket", number), PaperPhone()) == "no_telephone_line"
    assert refusal(hotline, "agent01", Wish("ticket", number), Network(NotSent("429"))) == "call_not_placed"
    with hotline.store.reading() as session:
        assert [c.state for c in session.scalars(sa.select(CallRow))] == ["ended"]
    sid = placing.place(hotline, Network(Unsure("timeout")), "agent01", Wish("ticket", number), "k2", NINE + MINUTE)
    assert the_call(hotline, sid).state == "dialling"  # it may ring yet
    assert placed_calls.sweep(hotline, NINE + 10 * MINUTE) == 1


def test_the_webhooks_ring_the_customer_with_the_hotlines_number_after_the_notice(app, line, watch):
    hotline = app.extensions["hotline"]
    with hotline.store.transaction() as session:
        session.execute(sa.update(CustomerRow).values(do_not_call=False))
    sid = placing.place(hotline, Network(), "agent01", Wish("ticket", opened(hotline)), "k", NINE)
    own, other = line_keys(hotline, sid)
    form = {"CallSid": OWN, "From": HOTLINE, "To": "client:agent_agent01", "Direction": "outbound-api", "CallStatus": "in-progress"}
    said = line.post(Post("connect", form, {"line": own})).get_data(as_text=True)
    assert "<Number" in said
    assert "+8619000000001" in said
    assert "/twilio/notice" in said
    assert "录音" in line.post(Post("notice", {**form, "CallSid": OTHER})).get_data(as_text=True)
    child = {**form, "CallSid": OTHER, "ParentCallSid": OWN, "To": "+8619000000001"}
    for word, second in (("in-progress", 9), ("completed", 30)):
        watch.now = NINE + second * SECOND
        line.post(Post("customer-status", {**child, **progress(word, watch.now, 1)}, {"line": other}))
    assert "<Hangup" in line.post(Post("connected", {**form, "DialCallStatus": "completed"})).get_data(as_text=True)
    assert the_call(hotline, sid).answered_by == "agent01"
    assert line.post(Post("connect", form, {"line": "nobody's"})).get_data(as_text=True).count("<Hangup") == 1


def test_whoever_rings_a_customer_is_talking_and_then_has_after_call_work(hotline):
    agents.sign_on(hotline, "agent01", NINE)
    sid = placing.place(hotline, Network(), "agent01", Wish("ticket", opened(hotline)), "k", NINE)
    own, other = line_keys(hotline, sid)
    placed_calls.picked_up(hotline, own, OWN, NINE + 5 * SECOND)
    placed_calls.customer_line(hotline, other, OTHER, "in-progress", NINE + 9 * SECOND, NINE + 9 * SECOND)
    placed_calls.customer_line(hotline, other, OTHER, "completed", NINE + MINUTE, NINE + MINUTE)
    with hotline.store.reading() as session:
        spans = session.scalars(sa.select(AgentSpanRow).where(AgentSpanRow.user == "agent01").order_by(AgentSpanRow.id))
        assert [(row.state, row.since_at - NINE) for row in spans] == [
            ("available", 0 * SECOND), ("talking", 5 * SECOND), ("wrap_up", MINUTE)]


def test_a_call_of_ours_that_is_ended_by_hand_before_an_answer_is_owed_to_nobody(hotline):
    sid = placing.place(hotline, Network(), "agent01", Wish("ticket", opened(hotline)), "k", NINE)
    assert calls.ended(hotline, sid, NINE + 9 * SECOND, "agent01") == "ended"
    call = the_call(hotline, sid)
    assert (call.return_call, call.answered_by) == ("none", None)
    with hotline.store.reading() as session:
        assert audit.unguarded(hotline, session) == []


def test_the_recording_of_a_call_of_ours_is_found_by_the_call_it_belongs_to(app, line):
    hotline = app.extensions["hotline"]
    sid = placing.place(hotline, Network(), "agent01", Wish("ticket", opened(hotline)), "k", NINE)
    line.post(Post("recording", {"CallSid": OWN, "RecordingSid": "RE" + "7" * 32, "RecordingStatus": "completed", "RecordingDuration": "21",
                                 "RecordingUrl": "https://api.twilio.com/r"}, {"call": sid}))
    with hotline.store.reading() as session:
        kept = session.scalars(sa.select(RecordingRow)).one()
        assert (kept.call_id, kept.duration_s, kept.kind) == (the_call(hotline, sid).id, 21, "conversation")


def test_at_the_desk_a_call_of_ours_shows_the_ends_of_the_number_it_went_to(hotline):
    sid = placing.place(hotline, Network(), "agent01", Wish("ticket", opened(hotline)), "k", NINE)
    own, other = line_keys(hotline, sid)
    placed_calls.picked_up(hotline, own, OWN, NINE + 5 * SECOND)
    placed_calls.customer_line(hotline, other, OTHER, "in-progress", NINE + 9 * SECOND, NINE + 9 * SECOND)
    with hotline.store.reading() as session:
        shown = desk_view.desk(session, hotline.rulebook.policy, "agent01", NINE + 10 * SECOND)
    assert shown.mine.number == "190****0001"
