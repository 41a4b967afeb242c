"""Follow-up calls by machine: off unless a kind is named, and only the customer's own key counts as reached."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, TicketType
from callcenter.services import tickets
from callcenter.services.calling_out import follow_up_calls, machine_calls
from callcenter.storage import facts, ledger
from callcenter.storage.tables import CustomerRow, MessageRow, TicketRow
from callcenter.telephony.paper_phone import PaperPhone
from tests.hotlines import NINE
from tests.telephony.test_escalation_calls import Network, deliver
from tests.telephony.twilio_posts import Post

HOUR = timedelta(hours=1)


def allow(hotline, *kinds):
    """The company turns it on."""
    policy = hotline.rulebook.policy
    hotline.rulebook.policy = replace(policy, follow_up=replace(policy.follow_up, automatic=frozenset(map(TicketType, kinds))))


def finished(hotline, why="sample", **changed):
    """A daily repair that waits for its follow-up call; its number."""
    act = Act(Action.OPEN_TICKET, "agent01", {"category": "105", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "换灯",
                                              "contact_phone": "19000000001"})
    number = tickets.open_ticket(hotline, act, "open", NINE).number
    with hotline.store.transaction() as session:
        row = session.scalar(sa.select(TicketRow))
        assert row.type == "daily_repair"
        row.state, row.completed_at, row.callback_needed, row.completed_by = "callback_due", NINE, True, "plumber01"
        row.details = {**row.details, "callback_why": why}
        for name, value in changed.items():
            setattr(row, name, value)
        session.execute(sa.update(MessageRow).values(status="sent", next_try_at=None))
    return number


def rung(hotline, network=None, now=NINE + HOUR):
    network = network or Network()
    assert follow_up_calls.begin(hotline, network, now)
    deliver(hotline, network, now)
    with hotline.store.reading() as session:
        return session.scalar(sa.select(MessageRow).where(MessageRow.script == "follow_up").order_by(MessageRow.id.desc()))


def ticket(hotline):
    with hotline.store.reading() as session:
        row = session.scalar(sa.select(TicketRow))
        return facts.ticket(session, row)


def answers(hotline, call, *keys, now=NINE + HOUR):
    """Picks up and presses what each question is answered with; the last thing said."""
    said = machine_calls.picked_up(hotline, call.key, call.provider_sid, now)
    for key in keys:
        pressed, words = (key, "") if len(key) < 2 else ("", key)
        said = machine_calls.heard(hotline, call.key, call.provider_sid, said.step, pressed, words, now)
    return said


def test_nobody_is_called_by_a_machine_unless_the_company_names_the_kind(hotline):
    finished(hotline)
    assert follow_up_calls.begin(hotline, Network(), NINE + HOUR) is None
    allow(hotline, "daily_repair")
    assert follow_up_calls.begin(hotline, PaperPhone(), NINE + HOUR) is None
    assert follow_up_calls.begin(hotline, Network(), NINE + HOUR) is not None
    assert follow_up_calls.begin(hotline, Network(), NINE + HOUR) is None  # one at a time


@pytest.mark.parametrize("changed", [{"why": "type"}, {"why": "rework"}, {"cycle": 2}, {"contact_phone": None}, {"state": "rework"}])
def test_what_people_call_about_is_left_to_people(hotline, changed):
    finished(hotline, **changed)
    allow(hotline, "daily_repair")
    assert follow_up_calls.begin(hotline, Network(), NINE + HOUR) is None


@pytest.mark.parametrize(("column", "value"), [("do_not_call", True), ("preferred_window", "晚上八点后")])
def test_whoever_asked_not_to_be_called_or_named_an_hour_is_not_called(hotline, column, value):
    finished(hotline)
    allow(hotline, "daily_repair")
    with hotline.store.transaction() as session:
        session.execute(sa.update(CustomerRow).values({column: value}))
    assert follow_up_calls.begin(hotline, Network(), NINE + HOUR) is None


def test_never_outside_the_calling_hours(hotline):
    finished(hotline)
    allow(hotline, "daily_repair")
    for late in (4, 11.5, 22):  # 13:00, 20:30, 07:00
        assert follow_up_calls.begin(hotline, Network(), NINE + late * HOUR) is None


def test_content_solved_and_on_time_closes_it_in_the_customers_name(hotline):
    finished(hotline)
    allow(hotline, "daily_repair")
    said = answers(hotline, rung(hotline), "2", "1", "1")
    assert "谢谢" in said.texts[0]
    [form] = ticket(hotline).records("F04")
    assert (form.by, form.fields["satisfaction"], form.fields["method"], form.fields["solved"], form.fields["on_time"]) == (
        "customer", "satisfied", "phone", True, True)
    assert ticket(hotline).state == "closed"
    with hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []


@pytest.mark.parametrize("keys", [("4",), ("5",), ("2", "2"), ("", "4")])
def test_a_dissatisfied_answer_or_an_unsolved_problem_is_acted_on_at_once(hotline, keys):
    finished(hotline)
    allow(hotline, "daily_repair")
    said = answers(hotline, rung(hotline), *keys)
    assert (said.step, "按0" in said.texts[0]) == ("sorry", True)
    assert ticket(hotline).state == "rework"
    assert ticket(hotline).matter.dissatisfied_rounds == 1


def test_what_was_said_counts_only_once_a_key_confirms_it(hotline):
    finished(hotline)
    allow(hotline, "daily_repair")
    call = rung(hotline)
    said = answers(hotline, call, "我觉得基本满意吧")
    assert "基本满意" in said.texts[0]
    assert ticket(hotline).records("F04") == []
    machine_calls.heard(hotline, call.key, call.provider_sid, said.step, "1", "", NINE + HOUR)
    machine_calls.placed(hotline, call.key, call.provider_sid, "completed", NINE + HOUR)
    assert ticket(hotline).records("F04")[0].fields["satisfaction"] == "fairly"


@pytest.mark.parametrize(("word", "result"), [("no-answer", "no_answer"), ("busy", "busy"), ("completed", "no_answer")])
def test_no_key_is_an_attempt_that_reached_nobody_once(hotline, word, result):
    """A mailbox picks up too: without a key nobody was reached."""
    finished(hotline)
    allow(hotline, "daily_repair")
    call = rung(hotline)
    if word == "completed":
        answers(hotline, call, "", "")
    for _ in range(3):
        machine_calls.placed(hotline, call.key, call.provider_sid, word, NINE + HOUR)
    [form] = ticket(hotline).records("F04")
    assert (form.by, form.fields["contact_result"], form.fields.get("satisfaction")) == ("system", result, None)
    assert ticket(hotline).state == "callback_due"
    assert follow_up_calls.begin(hotline, Network(), NINE + 1.5 * HOUR) is None  # two hours apart
    assert follow_up_calls.begin(hotline, Network(), NINE + 6 * HOUR) is not None


def test_hanging_up_after_a_content_key_still_counts_as_the_answer(hotline):
    finished(hotline)
    allow(hotline, "daily_repair")
    call = rung(hotline)
    answers(hotline, call, "1")
    machine_calls.placed(hotline, call.key, call.provider_sid, "completed", NINE + HOUR)
    assert ticket(hotline).records("F04")[0].fields["satisfaction"] == "very_satisfied"


def test_a_machine_may_never_write_down_that_somebody_was_reached(hotline):
    number = finished(hotline)
    for fields in ({"contact_result": "reached", "satisfaction": "satisfied"}, {"contact_result": "refused"}):
        with pytest.raises(Refused) as no:
            tickets.carry_out(hotline, number, Act(Action.RECORD_CALLBACK, "system", fields), str(fields), NINE + HOUR)
        assert no.value.code == "only_the_customer_answers"


def test_zero_leads_to_a_person_like_any_caller(app, line, watch):
    hotline = app.extensions["hotline"]
    finished(hotline)
    allow(hotline, "daily_repair")
    call = rung(hotline)
    watch.now = NINE + HOUR
    form = {"CallSid": call.provider_sid, "From": "+864000000000", "To": "+8619000000001", "Direction": "outbound-api", "CallStatus": "in-progress"}
    first = line.post(Post("say", form, {"key": call.key})).get_data(as_text=True)
    assert 'input="dtmf speech"' in first
    assert 'language="cmn-Hans-CN"' in first
    said = line.post(Post("heard", {**form, "Digits": "0"}, {"key": call.key, "step": "ask1"})).get_data(as_text=True)
    assert "/twilio/voice</Redirect>" in said
    assert "<Say" in line.post(Post("voice", form)).get_data(as_text=True)
    line.post(Post("placed", {**form, "CallStatus": "completed"}, {"key": call.key}))
    assert ticket(hotline).records("F04") == []  # the person who takes it writes it down
    with hotline.store.reading() as session:
        assert session.scalar(sa.select(MessageRow.outcome).where(MessageRow.id == call.id)) == "0"
