"""Texts that come in: stop and start, answers to a follow-up, staff on their own job, replies, and what waits at the desk."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.services.messages import number_rules, text_inbox, text_jobs, texts
from callcenter.storage import ledger
from callcenter.storage.tables import EventRow, FormRow, MessageRow, PersonRow, PromiseRow, TicketRow
from callcenter.storage.telephone_tables import NumberRuleRow, TextRow
from tests.hotlines import NINE
from tests.telephony.twilio_posts import HOTLINE, Post, message_sid

CALLER = "+8619000000001"
MINUTE = timedelta(minutes=1)


def opened(hotline, phone="19000000001", **fields):
    given = {"category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "水管爆裂", "contact_phone": phone, **fields}
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", given), f"open:{given['content']}", NINE).number


def does(hotline, number, action, by, now=NINE, **fields):
    tickets.carry_out(hotline, number, Act(Action(action), by, fields), f"{action}:{by}:{now}", now)


def rows(hotline, table, *where):
    with hotline.store.reading() as session:
        return list(session.scalars(sa.select(table).where(*where).order_by(table.id)))


def test_a_text_nobody_expects_waits_at_the_desk_and_everybody_there_sees_it(hotline):
    said = texts.received(hotline, message_sid(1), CALLER, "楼道灯坏了", NINE)
    assert "尽快与您联系" in said
    with hotline.store.reading() as session:
        [one] = text_inbox.waiting(session, hotline)
    assert (one.body, one.kind, one.due_at) == ("楼道灯坏了", "new", NINE + 3 * MINUTE)
    assert "*" in one.phone
    assert rows(hotline, MessageRow, MessageRow.notice == "text_waiting")


def test_the_same_text_delivered_again_is_answered_the_same_and_kept_once(hotline):
    number = opened(hotline)
    said = [texts.received(hotline, message_sid(1), CALLER, "什么时候来", NINE + n * MINUTE) for n in range(3)]
    assert len(set(said)) == 1
    assert len(rows(hotline, TextRow)) == 1
    assert len(rows(hotline, EventRow, EventRow.action == "note")) == 1
    [told] = rows(hotline, MessageRow, MessageRow.notice == "text_in")
    assert (told.to, number in told.text, "什么时候来" in told.text) == ("agent01", True, True)
    with hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []


@pytest.mark.parametrize("word", ["退订", "TD", "t", "STOP", "取消", " 退订。"])
def test_stop_words_turn_progress_texts_off_and_the_owner_is_asked_to_phone_what_must_be_told(hotline, word):
    number = opened(hotline)
    assert "停发" in texts.received(hotline, message_sid(1), CALLER, word, NINE)
    assert texts.received(hotline, message_sid(2), CALLER, word, NINE) is None  # said once
    before = len(rows(hotline, MessageRow, MessageRow.role == "customer"))
    does(hotline, number, "dispatch", "dispatcher01", to="plumber01")
    does(hotline, number, "accept", "plumber01", NINE + MINUTE)
    does(hotline, number, "depart", "plumber01", NINE + 2 * MINUTE)
    assert len(rows(hotline, MessageRow, MessageRow.role == "customer")) == before
    does(hotline, number, "cancel", "supervisor01", NINE + 3 * MINUTE, reason="客户撤销")
    [task] = rows(hotline, MessageRow, MessageRow.notice == "tell_by_phone")
    assert task.to == "agent01"
    assert "撤销" in task.text
    assert len(rows(hotline, MessageRow, MessageRow.role == "customer")) == before


def test_start_turns_them_on_again(hotline):
    texts.received(hotline, message_sid(1), CALLER, "退订", NINE)
    assert "已恢复" in texts.received(hotline, message_sid(2), CALLER, "恢复", NINE + MINUTE)
    with hotline.store.reading() as session:
        assert not number_rules.takes_no_texts(session, CALLER)
        assert session.scalar(sa.select(NumberRuleRow.ended_at)) == NINE + MINUTE


def waiting_for_an_answer(hotline):
    """Three calls reached nobody: the customer was asked by text."""
    number = opened(hotline)
    with hotline.store.transaction() as session:
        row = session.scalar(sa.select(TicketRow))
        row.state, row.completed_at, row.callback_needed = "callback_due", NINE, True
        session.add(PromiseRow(ticket_id=row.id, clock="callback_retry", about="wait", cycle=1, started_at=NINE, due_at=NINE + timedelta(days=3),
                               first_due_at=NINE + timedelta(days=3), paused_ms=0))
    return number


@pytest.mark.parametrize(("word", "state", "satisfaction"), [("2", "closed", "fairly"), ("不满意", "rework", "dissatisfied")])
def test_an_answer_to_the_follow_up_counts_as_the_customers_own(hotline, word, state, satisfaction):
    waiting_for_an_answer(hotline)
    assert "谢谢" in texts.received(hotline, message_sid(1), CALLER, word, NINE + MINUTE)
    texts.received(hotline, message_sid(1), CALLER, word, NINE + 2 * MINUTE)
    [form] = rows(hotline, FormRow, FormRow.code == "F04")
    assert (form.fields["satisfaction"], form.fields["method"], form.by) == (satisfaction, "sms", "customer")
    assert rows(hotline, TicketRow)[0].state == state


def test_a_number_without_a_question_is_no_answer(hotline):
    opened(hotline)
    texts.received(hotline, message_sid(1), CALLER, "1", NINE)
    assert rows(hotline, TextRow)[0].kind == "reply"
    assert rows(hotline, FormRow, FormRow.code == "F04") == []


def phone_of(hotline, user):
    return next(p.phone for p in rows_of_people(hotline) if p.user == user)


def rows_of_people(hotline):
    with hotline.store.reading() as session:
        return list(session.scalars(sa.select(PersonRow)))


def test_a_technician_moves_the_one_job_by_text_to_its_end(hotline):
    number = opened(hotline)
    does(hotline, number, "dispatch", "dispatcher01", to="plumber01")
    mine = phone_of(hotline, "plumber01")
    for n, (word, state) in enumerate([("1", "accepted"), ("出发了", "accepted"), ("到了", "on_site")]):
        assert number in texts.received(hotline, message_sid(n), mine, word, NINE + (n + 1) * MINUTE)
        assert rows(hotline, TicketRow)[0].state == state
    assert "没有记录" in texts.received(hotline, message_sid(8), mine, "4 换了阀门", NINE + 10 * MINUTE)  # the customer was not told
    assert "已记录" in texts.received(hotline, message_sid(9), mine, f"{number} 完工 换了阀门,已说明", NINE + 11 * MINUTE)
    assert rows(hotline, TicketRow)[0].state in ("completed", "callback_due")
    assert {e.by for e in rows(hotline, EventRow, EventRow.action.in_(["accept", "depart", "arrive", "complete"]))} == {"plumber01"}


def test_what_staff_write_unclearly_is_answered_with_how_to_say_it(hotline):
    number = opened(hotline)
    does(hotline, number, "dispatch", "dispatcher01", to="plumber01")
    said = texts.received(hotline, message_sid(1), phone_of(hotline, "plumber01"), "堵车了", NINE)
    assert "1接单" in said
    assert number in said
    assert rows(hotline, TicketRow)[0].state == "dispatched"


@pytest.mark.parametrize(("body", "meant"), [
    ("1", (None, "accept", "")), ("3。", (None, "arrive", "")), ("WTL-JX20260310-0001 2", ("WTL-JX20260310-0001", "depart", "")),
    ("bx20261122-0001,到了", ("BX20261122-0001", "arrive", "")), ("4 好了 已说明", (None, "complete", "好了 已说明")),
    ("10", None), ("1号楼停电", None), ("明天到", None), ("", None)])
def test_words_of_staff_are_understood_or_not_at_all(body, meant):
    assert text_jobs.understood(body) == meant


def test_a_ticket_of_a_text_counts_from_when_it_came_and_has_its_own_clock(hotline):
    texts.received(hotline, message_sid(1), CALLER, "厨房漏水", NINE)
    [text] = rows(hotline, TextRow)
    fields = {"category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏"}
    number = text_inbox.register(hotline, text.id, "agent02", fields, "k", NINE + MINUTE)
    [ticket] = rows(hotline, TicketRow)
    assert (ticket.number, ticket.channel, ticket.received_at, ticket.content) == (number, "sms", NINE, "厨房漏水")
    [clock] = rows(hotline, PromiseRow, PromiseRow.clock == "channel_reply")
    assert clock.due_at == NINE + 3 * MINUTE
    with pytest.raises(Refused) as no:
        text_inbox.close(hotline, text.id, "agent01", NINE + 2 * MINUTE)
    assert no.value.code == "already_seen_to"


def test_an_answer_goes_out_through_the_outbox_and_a_late_one_is_told_to_the_lead_once(hotline):
    texts.received(hotline, message_sid(1), CALLER, "物业费怎么交", NINE)
    texts.received(hotline, message_sid(2), CALLER, "在吗", NINE)
    first, second = rows(hotline, TextRow)
    text_inbox.answer(hotline, first.id, "agent01", "前台或公众号均可", NINE + MINUTE)
    [out] = rows(hotline, MessageRow, MessageRow.notice == "text_answer")
    assert (out.status, out.phone, out.text) == ("waiting", CALLER, "前台或公众号均可")
    assert text_inbox.remind(hotline, NINE + 4 * MINUTE) > 0
    assert text_inbox.remind(hotline, NINE + 5 * MINUTE) == 0
    assert {m.key.split(":")[1] for m in rows(hotline, MessageRow, MessageRow.key.like("text:%:late:%"))} == {str(second.id)}
    with pytest.raises(Refused):
        text_inbox.answer(hotline, second.id, "agent01", "  ", NINE)


def test_the_webhook_answers_in_the_same_breath_or_with_nothing(line):
    form = {"MessageSid": message_sid(1), "From": CALLER, "To": HOTLINE, "Body": "退订"}
    assert "<Message>" in line.post(Post("sms", form)).get_data(as_text=True)
    assert "<Message>" in line.post(Post("sms", form)).get_data(as_text=True)
    again = line.post(Post("sms", {**form, "MessageSid": message_sid(2)})).get_data(as_text=True)
    assert again.endswith(("<Response />", "<Response/>"))
    assert line.send(Post("sms", form)).status_code == 403
    assert line.post(Post("sms", {**form, "MessageSid": "x"})).status_code == 400


