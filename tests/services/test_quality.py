"""Corrective actions, feedback, notices and orders as registers, forbidden phrases counted (F16, F21, F10, F17, K31, K35, K36)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from callcenter.domain.days import LOCAL, local
from callcenter.domain.quality import ActionState, Book, Deed, Looked, Source
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, Department
from callcenter.services import tickets
from callcenter.services.messages import text_inbox, texts
from callcenter.services.quality import action_lists, actions, clusters, counts, feedback, links, notices, origins, watching
from callcenter.services.quality.actions import From
from callcenter.services.registers import entries
from callcenter.storage import ledger
from callcenter.storage.action_tables import ActionRow, PhraseHitRow
from callcenter.storage.tables import MessageRow
from callcenter.storage.telephone_tables import TextRow
from tests.hotlines import NINE

DAY = timedelta(days=1)


def day(n):
    """The local day n days after the first, as a form gives it."""
    return local(NINE).replace(hour=0, tzinfo=LOCAL) + n * DAY


def asked(**other):
    return {"source": Source.MEETING, "category": "电梯", "compound": "QH", "problem": "3 栋电梯一周内三次停运", "department": Department.ENGINEERING,
            "supporting": frozenset(), "person": None, "due": day(7), "measure": "", **other}


def opened(hotline, by="supervisor01", **other):
    return actions.open_action(hotline, by, asked(**other), NINE)


def row(hotline, number):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(ActionRow).where(ActionRow.number == number))


def refuses(code, call, *given, **named):
    with pytest.raises(Refused) as no:
        call(*given, **named)
    assert no.value.code == code


def told(hotline, notice):
    with hotline.store.reading() as session:
        return [to for (to,) in session.execute(sa.select(MessageRow.to).where(MessageRow.notice == notice).order_by(MessageRow.id))]


def corrected(hotline, number, now=NINE):
    actions.do(hotline, "engineering01", number, Deed.BEGUN, {"measure": "更换门机"}, now)
    actions.do(hotline, "engineering01", number, Deed.SUBMITTED, {"progress": "已更换"}, now)


def opens(hotline, key, now=NINE, **fields):
    given = {"customer_name": "周敏", "content": "电梯停运", "category": "302", "room": "梧桐里3栋2单元1602",
             "contact_phone": "19000000001", **fields}
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", given), key, now).number


def does(hotline, number, action, by, key, now=NINE, **fields):
    tickets.carry_out(hotline, number, Act(action, by, fields), key, now)


def test_an_action_goes_from_the_meeting_to_cleared_and_is_looked_at_again(hotline):
    number = opened(hotline)
    assert number == "ZG20260310-01"
    assert opened(hotline) == "ZG20260310-02"
    assert told(hotline, "action_opened") == ["engineering01", "engineering01"]
    corrected(hotline, number)
    assert told(hotline, "action_to_check") == ["supervisor01"]
    actions.do(hotline, "supervisor01", number, Deed.PASSED, {"check_result": "运行正常", "recheck": day(20)}, NINE + DAY)
    held = row(hotline, number)
    assert (held.state, held.cleared_at, local(held.recheck_at).date()) == (ActionState.CLEARED, NINE + DAY, day(20).date())
    actions.do(hotline, "quality01", number, Deed.HELD, {"recheck_result": Looked.HELD, "recheck_note": "未再发生"}, NINE + 20 * DAY)
    with hotline.store.reading() as session:
        history = entries.history(session, Book.ACTION, number, ())
        assert [k.what for k in reversed(history)] == [Deed.OPENED, Deed.BEGUN, Deed.SUBMITTED, Deed.PASSED, Deed.HELD]
        assert list(ledger.faults(session)) == []


def test_a_failed_look_back_reopens_it_under_its_first_due_day(hotline):
    number = opened(hotline)
    corrected(hotline, number)
    actions.do(hotline, "supervisor01", number, Deed.PASSED, {"check_result": "正常"}, NINE + DAY)
    later = NINE + 31 * DAY
    refuses("due_needed", actions.do, hotline, "supervisor01", number, Deed.REOPENED, {"recheck_note": "又坏了"}, later)
    actions.do(hotline, "supervisor01", number, Deed.REOPENED, {"recheck_note": "又坏了", "due": day(40)}, later)
    held = row(hotline, number)
    assert (held.state, held.round, held.cleared_at, local(held.first_due_at).date()) == (ActionState.IN_HAND, 2, None, day(7).date())
    with hotline.store.reading() as session:
        [due] = counts.actions_due(session, NINE, NINE + 30 * DAY)
        assert (due.on_time(later), due.first_cleared_at) == (False, NINE + DAY)


def test_nobody_checks_their_own_department_and_only_its_head_corrects(hotline):
    number = opened(hotline)
    refuses("not_allowed", actions.do, hotline, "order01", number, Deed.BEGUN, {"measure": "x"}, NINE)
    refuses("not_allowed", actions.do, hotline, "supervisor01", number, Deed.BEGUN, {"measure": "x"}, NINE)
    refuses("not_next_in_book", actions.do, hotline, "supervisor01", number, Deed.PASSED, {"check_result": "x"}, NINE)
    refuses("not_allowed", actions.open_action, hotline, "engineering01", asked(), NINE)
    own = opened(hotline, by="quality01", department=Department.CUSTOMER_SERVICE)
    actions.do(hotline, "supervisor01", own, Deed.BEGUN, {"measure": "培训"}, NINE)
    actions.do(hotline, "supervisor01", own, Deed.SUBMITTED, {"progress": "已培训"}, NINE)
    refuses("own_department", actions.do, hotline, "supervisor01", own, Deed.PASSED, {"check_result": "好"}, NINE)
    actions.do(hotline, "pm02", own, Deed.PASSED, {"check_result": "好"}, NINE)


def test_a_manager_of_another_project_neither_sees_nor_clears_it(sqlite_hotline):
    number = opened(sqlite_hotline)
    corrected(sqlite_hotline, number)
    refuses("not_allowed", actions.do, sqlite_hotline, "pm01", number, Deed.CHANGED, {}, NINE)
    refuses("own_department", actions.do, sqlite_hotline, "pm01", number, Deed.PASSED, {"check_result": "好"}, NINE)
    refuses("out_of_reach", actions.open_action, sqlite_hotline, "pm01", asked(), NINE)
    refuses("compound_needed", actions.open_action, sqlite_hotline, "pm01", asked(compound=None), NINE)
    with sqlite_hotline.store.reading() as session:
        for user, total in (("pm01", 0), ("pm02", 1), ("order01", 0), ("engineering01", 1), ("auditor01", 1)):
            me = entries.who(session, user)
            assert action_lists.found(session, me, action_lists.Wish(), NINE).total == total, user
            if not total:
                refuses("unknown_record", action_lists.one, session, me, number)


def test_another_due_day_needs_a_reason_and_makes_nothing_timely(hotline):
    number = opened(hotline)
    with hotline.store.reading() as session:
        seen = entries.version(session, Book.ACTION, number)
    refuses("reason_needed", actions.change, hotline, "supervisor01", number, asked(due=day(9)), NINE, "", seen)
    actions.change(hotline, "supervisor01", number, asked(due=day(9)), NINE, "等配件", seen)
    refuses("changed_meanwhile", actions.change, hotline, "supervisor01", number, asked(), NINE, "", seen)
    corrected(hotline, number)
    actions.do(hotline, "supervisor01", number, Deed.PASSED, {"check_result": "好"}, NINE + 8 * DAY)
    with hotline.store.reading() as session:
        [due] = counts.actions_due(session, None, None)
        assert due.on_time(NINE + 8 * DAY) is False
        assert counts.actions_due(session, due.due_at, due.due_at) == []
        assert len(counts.actions_due(session, due.due_at, due.due_at + timedelta(milliseconds=1))) == 1


def test_what_is_overdue_climbs_level_by_level_and_is_never_forgotten(hotline):
    number = opened(hotline)
    due = row(hotline, number).due_at
    assert watching.tell_due(hotline, due - timedelta(milliseconds=1)) == 0
    assert [watching.tell_due(hotline, due), watching.tell_due(hotline, due)] == [1, 0]
    assert told(hotline, "action_overdue") == ["engineering01"]
    watching.tell_due(hotline, due + DAY)
    watching.tell_due(hotline, due + 3 * DAY)
    assert told(hotline, "action_overdue") == ["engineering01", "supervisor01", "pm02"]
    assert watching.tell_due(hotline, due + 40 * DAY) == 1, "of the weekly repetitions that were missed only the last speaks"
    assert told(hotline, "action_overdue")[3:] == ["pm02"]
    assert row(hotline, number).tell_at == due + 45 * DAY


def test_a_clock_that_was_away_still_tells_every_level_in_order(sqlite_hotline):
    number = opened(sqlite_hotline, person="plumber01")
    due = row(sqlite_hotline, number).due_at
    assert watching.tell_due(sqlite_hotline, due + 4 * DAY) == 3
    assert told(sqlite_hotline, "action_overdue") == ["engineering01", "plumber01", "supervisor01", "pm02"]


def test_a_look_back_that_is_due_is_told_and_ends_with_the_look(sqlite_hotline):
    number = opened(sqlite_hotline)
    corrected(sqlite_hotline, number)
    actions.do(sqlite_hotline, "supervisor01", number, Deed.PASSED, {"check_result": "好", "recheck": day(10)}, NINE)
    assert watching.tell_due(sqlite_hotline, NINE + 9 * DAY) == 0
    assert watching.tell_due(sqlite_hotline, NINE + 11 * DAY) == 1
    assert told(sqlite_hotline, "action_recheck") == ["supervisor01"]
    actions.do(sqlite_hotline, "supervisor01", number, Deed.HELD, {"recheck_note": "好"}, NINE + 11 * DAY)
    assert watching.tell_due(sqlite_hotline, NINE + 60 * DAY) == 0


@pytest.mark.parametrize(("table", "change"), [
    ("corrective_action", "UPDATE corrective_action SET first_due_at = first_due_at + 1"), ("corrective_action", "DELETE FROM corrective_action"),
    ("quality_link", "DELETE FROM quality_link"), ("quality_feedback", "DELETE FROM quality_feedback"),
    ("phrase_hit", "UPDATE phrase_hit SET phrase = 'x'"), ("phrase_hit", "DELETE FROM phrase_hit")])
def test_the_database_itself_refuses(books, table, change):
    with pytest.raises(DBAPIError, match="never"), books.store.transaction() as session:
        session.execute(sa.text(change))




@pytest.fixture
def books(hotline):
    """A hotline with a row in every book."""
    number = opens(hotline, "one")
    actions.open_action(hotline, "supervisor01", asked(compound="WTL"), NINE, From(tickets=(number,)))
    feedback.send(hotline, "engineering01", written(tickets=frozenset({number})), NINE)
    asks = opens(hotline, "asks", category="908", content="装修手续怎么办")
    does(hotline, asks, Action.ANSWER_INQUIRY, "agent01", "answers", answer="这个我不知道")
    return hotline


def written(**other):
    return {"compound": "WTL", "place": "3栋", "equipment": "2 号梯", "component": "门机", "maker": "", "builder": "", "category": "302",
            "phenomenon": "反复停运", "tickets": frozenset(), "submitted_by_department": Department.CUSTOMER_SERVICE,
            "department": Department.ENGINEERING, **other}


def test_three_stops_of_a_lift_in_a_week_stand_as_a_cluster_and_become_a_feedback(hotline):
    found = [opens(hotline, f"lift{n}", NINE + n * DAY) for n in (0, 3)]
    with hotline.store.reading() as session:
        assert clusters.standing(session, hotline, None, NINE + 4 * DAY) == []
    found.append(opens(hotline, "lift7", NINE + 7 * DAY, room="梧桐里3栋1单元101"))
    opens(hotline, "other", NINE + 7 * DAY, room="梧桐里4栋1单元101")
    now = NINE + 7 * DAY
    with hotline.store.reading() as session:
        [one] = clusters.standing(session, hotline, entries.who(session, "quality01"), now)
        assert (one.cluster.tickets, one.cluster.place, one.compound, one.feedback) == (tuple(found), "3栋", "梧桐里", None)
        assert clusters.standing(session, hotline, entries.who(session, "pm02"), now) == []
        draft = origins.draft(session, hotline, entries.who(session, "quality01"), "cluster", one.cluster.key, now)
        assert draft.made_from.tickets == tuple(found)
        assert [c.tickets for c in counts.clusters(session, NINE, now + timedelta(seconds=1))] == [tuple(found)]
        assert counts.clusters(session, NINE, now) == []
    number = feedback.send(hotline, "quality01", written(tickets=frozenset(found)), now, one.cluster.key)
    refuses("already_there", feedback.send, hotline, "quality01", written(), now, one.cluster.key)
    with hotline.store.reading() as session:
        assert clusters.standing(session, hotline, None, now)[0].feedback == number == "ZL20260317-01"
        assert feedback.one(session, entries.who(session, "quality01"), number).same_in_30_days == 3
        [linked] = links.of_ticket(session, found[0], entries.who(session, "supervisor01"))
        assert (linked.book, linked.number) == (Book.FEEDBACK, number)


def test_a_feedback_is_answered_by_its_department_and_closed_by_quality(hotline):
    number = feedback.send(hotline, "supervisor01", written(), NINE)
    assert told(hotline, "feedback_sent") == ["engineering01"]
    refuses("not_allowed", feedback.answer, hotline, "order01", number, "x", NINE)
    refuses("not_allowed", feedback.close, hotline, "quality01", number, "x", NINE)
    feedback.answer(hotline, "engineering01", number, "通知厂家更换门机", NINE)
    assert told(hotline, "feedback_answered") == ["supervisor01"]
    feedback.close(hotline, "quality01", number, "已更换", NINE)
    refuses("not_allowed", feedback.answer, hotline, "engineering01", number, "又", NINE)


def complains(hotline, key, **fields):
    return opens(hotline, key, category="903", content="保安态度不好", accused_dept="order", customer_name="李雷", **fields)


def test_notices_and_orders_stand_in_lists_with_their_answers(hotline):
    number = complains(hotline, "complains")
    due = NINE + 2 * DAY
    does(hotline, number, Action.SEND_NOTICE, "supervisor01", "notice", department="order", problem="态度", due_at=due, responsible_person="order01")
    does(hotline, number, Action.SUPERVISE, "supervisor01", "order", reason="限期", due_at=due, department="order")
    policy = hotline.rulebook.policy

    def listed(kind, user="supervisor01", now=NINE, **wish):
        with hotline.store.reading() as session:
            return notices.found(session, policy, entries.who(session, user), kind, notices.Wish(**wish), now).rows

    [notice], [order] = listed(notices.NOTICE), listed(notices.ORDER)
    assert (notice.ticket, notice.department, notice.person, notice.due_at, notice.overdue) == (number, "order", "order01", due, False)
    assert (order.text, order.sent_by, order.signed_by) == ("限期", "supervisor01", None)
    assert listed(notices.NOTICE, "engineering01") == []
    assert len(listed(notices.NOTICE, "order01")) == 1
    assert listed(notices.NOTICE, department="engineering") == []
    assert listed(notices.NOTICE, "pm02") == []
    assert listed(notices.NOTICE, now=due, state="overdue") == []
    assert len(listed(notices.NOTICE, now=due + timedelta(milliseconds=1), state="overdue")) == 1
    does(hotline, number, Action.ANSWER_NOTICE, "order01", "answer", NINE + DAY, measure="已道歉")
    does(hotline, number, Action.ANSWER_SUPERVISION, "order01", "answers", NINE + DAY, text="已整改")
    [notice], [order] = listed(notices.NOTICE, state="answered"), listed(notices.ORDER, state="answered")
    assert (notice.answer, notice.signed_by, notice.signed_at) == ("已道歉", "order01", NINE + DAY)
    assert (order.answer, order.overdue) == ("已整改", False)
    assert listed(notices.NOTICE) == listed(notices.NOTICE, since=NINE + DAY) == []


def test_an_action_made_from_a_notice_takes_over_what_is_known(sqlite_hotline):
    number = complains(sqlite_hotline, "complains")
    does(sqlite_hotline, number, Action.SEND_NOTICE, "supervisor01", "notice", department="order", problem="态度", due_at=NINE + DAY)
    with sqlite_hotline.store.reading() as session:
        me = entries.who(session, "supervisor01")
        [line] = notices.found(session, sqlite_hotline.rulebook.policy, me, notices.NOTICE, notices.Wish(), NINE).rows
        draft = origins.draft(session, sqlite_hotline, me, "notice", str(line.id), NINE)
    assert (draft.made_from.tickets, draft.values["department"], draft.values["source"]) == ((number,), "order", Source.COMPLAINT)
    made = actions.open_action(sqlite_hotline, "supervisor01", {**asked(), **draft.values, "due": day(3), "category": "服务"}, NINE, draft.made_from)
    with sqlite_hotline.store.reading() as session:
        assert [one.number for one in links.of_ticket(session, number, me)] == [made]
        assert links.of_ticket(session, number, entries.who(session, "engineering01")) == []


def test_what_was_written_to_a_customer_all_the_same_is_counted_once(hotline):
    number = opens(hotline, "asks", category="908", content="装修手续怎么办")
    for _ in range(2):
        does(hotline, number, Action.ANSWER_INQUIRY, "agent01", "answers", answer="这个我不知道,没办法")
    with hotline.store.reading() as session:
        hits = counts.phrase_hits(session, NINE, NINE + DAY)
        assert [(h.by, h.phrase, h.source) for h in hits] == [("agent01", "不知道", "lint"), ("agent01", "没办法", "lint")]
        assert counts.phrase_hits(session, None, NINE) == []


def test_a_refused_act_and_a_note_among_colleagues_count_nothing(sqlite_hotline):
    number = opens(sqlite_hotline, "asks", category="908", content="装修手续怎么办")
    refuses("not_allowed", does, sqlite_hotline, number, Action.ANSWER_INQUIRY, "plumber01", "x", answer="不知道")
    does(sqlite_hotline, number, Action.NOTE, "agent01", "note", text="客户说不知道")
    with sqlite_hotline.store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PhraseHitRow)) == 0


def test_an_answer_by_text_is_read_as_well(sqlite_hotline):
    texts.received(sqlite_hotline, "SM1", "+8619000000777", "你们管不管", NINE)
    with sqlite_hotline.store.reading() as session:
        waiting = session.scalar(sa.select(TextRow.id))
    text_inbox.answer(sqlite_hotline, waiting, "agent01", "这事我们不管", NINE)
    with sqlite_hotline.store.reading() as session:
        assert [(h.place, h.phrase) for h in session.scalars(sa.select(PhraseHitRow))] == [("text_answer", "我们不管")]
