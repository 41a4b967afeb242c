"""The half-yearly survey: planned, issued, answered, followed up, closed, published and forgotten (F15, K17, K30, DOMAIN.md 18.5)."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from callcenter.domain import surveys
from callcenter.domain.days import LOCAL
from callcenter.domain.surveys import Home, Item, Spoilt, Tried, Way
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import ComplaintKind, Satisfaction, TicketType
from callcenter.services import figures, links
from callcenter.services.messages import number_rules
from callcenter.services.recurring import periods
from callcenter.services.reports import build, plain
from callcenter.services.surveys import asking, closing, coverage, following, listing, planning, results, sheets
from callcenter.services.surveys.planning import Plan
from callcenter.storage import facts, ledger
from callcenter.storage.report_tables import ReportSignedRow
from callcenter.storage.survey_tables import AnswerRow, SheetRow, SurveyRow
from callcenter.storage.tables import CompoundRow, CustomerRow, FormRow, MessageRow, PeriodRow, PersonRow, RoomRow, TicketRow
from tests.hotlines import NINE

FINE = dict.fromkeys(Item, "satisfied")
CLOSES = datetime(2026, 4, 1, tzinfo=LOCAL).astimezone(UTC)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


def hamlet(hotline):
    """A compound of nine lived-in homes in two buildings and one vacant one; who lives there has a number, but for two homes."""
    with hotline.store.transaction() as session:
        session.add(CompoundRow(code="HM", name="小院", region="东区"))
        session.get_one(PersonRow, "pm01").compounds = ["WTL", "HM"]
        facts.people_changed(session)
        session.flush()
        for n, state in enumerate(("自住",) * 6 + ("出租",) * 3 + ("空置",), start=1):
            room = RoomRow(compound="HM", building=str(1 + n % 2), entrance="1", number=f"{n}01", text=f"小院{1 + n % 2}栋1单元{n}01", state=state)
            session.add(room)
            session.flush()
            if state != "空置" and n not in (2, 3):
                tenant = "租客" if state == "出租" else "业主"
                session.add(CustomerRow(room_id=room.id, name=f"住户{n}", relation=tenant, phone=f"1900000010{n}", phone_key=f"+861900000010{n}",
                                        no_texts=n == 4, do_not_call=n == 5, language="en" if n == 6 else "zh"))
    periods.open_due(hotline, NINE)


def planned(hotline, **said):
    return planning.plan(hotline, "2026H1", "HM", "supervisor01", NINE, Plan(**{"planned_for": NINE, "closes_at": CLOSES, **said}))


def issued(hotline, **said):
    hamlet(hotline)
    number = planned(hotline, **said)
    planning.issue(hotline, number, "pm01", NINE)
    return number


def rows(hotline, number):
    with hotline.store.reading() as session:
        return list(session.scalars(sa.select(SheetRow).where(SheetRow.survey_id == number).order_by(SheetRow.id)))


def survey(hotline, number):
    with hotline.store.reading() as session:
        return session.get_one(SurveyRow, number)


def found(hotline, reads, number, *more):
    with hotline.store.reading() as session:
        return reads(session, session.get_one(SurveyRow, number), *more)


def texts(hotline, notice):
    with hotline.store.reading() as session:
        return list(session.scalars(sa.select(MessageRow).where(MessageRow.notice == notice).order_by(MessageRow.id)))


def token(message):
    return next(word for word in message.text.replace(" (", " ").split() if "/s/" in word).partition("/s/")[2]


def refusal(call, *given, **named):
    with pytest.raises(Refused) as no:
        call(*given, **named)
    return no.value.code


def fresh(marks=FINE, **said):
    return surveys.answer({str(i): str(s) for i, s in marks.items()}, **said)


@pytest.fixture
def small(sqlite_hotline):
    return sqlite_hotline


# ---- the sheet, by itself ---------------------------------------------------------------------------------

def test_a_sheet_needs_its_last_item_and_no_other():
    assert surveys.answer({"overall": "fairly"}).marks == {Item.OVERALL: Satisfaction.FAIRLY}
    assert refusal(surveys.answer, {"desk": "satisfied"}) == "no_overall"
    assert refusal(surveys.answer, {"overall": "great"}) == "bad_value"
    assert refusal(surveys.answer, FINE, opinion="很" * 501) == "opinion_too_long"
    assert refusal(surveys.answer, FINE, opinion="  ", request=True) == "nothing_asked"


@pytest.mark.parametrize(("marks", "request_", "owed"), [
    (FINE, False, None),
    (FINE | {Item.OVERALL: "fairly"}, False, None),
    (FINE, True, (TicketType.SUGGESTION, None)),
    (FINE | {Item.FACILITIES: "dissatisfied"}, True, (TicketType.COMPLAINT_QUALITY, ComplaintKind.FACILITIES)),
    (FINE | {Item.GREENERY: "very_dissatisfied"}, False, (TicketType.COMPLAINT_SERVICE, ComplaintKind.ENVIRONMENT)),
    (FINE | {Item.OVERALL: "dissatisfied"}, False, (TicketType.COMPLAINT_SERVICE, ComplaintKind.OTHER)),
    (FINE | {Item.FACILITIES: "dissatisfied", Item.REPAIR: "dissatisfied"}, False, (TicketType.COMPLAINT_SERVICE, ComplaintKind.SERVICE)),
])
def test_every_dissatisfied_item_and_every_request_is_owed_a_matter(marks, request_, owed):
    found = surveys.owed(fresh(marks, opinion="请修灯", request=request_))
    assert (found and (found.type, found.kind)) == owed


def test_a_sample_takes_its_share_of_every_building_and_way_of_living_and_is_always_the_same():
    homes = [Home(n, str(n % 3), "自住" if n % 4 else "出租") for n in range(1, 121)]
    drawn = surveys.drawn(homes, 30, "WTL:2026H1")
    assert surveys.drawn(reversed(homes), 30, "WTL:2026H1") == drawn
    assert surveys.drawn(homes, 30, "WTL:2026H2") != drawn
    for part in {(h.building, h.state) for h in homes}:
        of = [h for h in homes if (h.building, h.state) == part]
        assert sum(h in of for h in drawn) == -(-len(of) * 30 // 100)
    assert set(drawn) <= set(surveys.drawn(homes, 60, "WTL:2026H1"))
    assert surveys.drawn(homes, 100, "x") == homes


# ---- planning and issuing ---------------------------------------------------------------------------------

def test_a_survey_is_planned_by_those_who_answer_for_it_within_its_half_year(small):
    hamlet(small)
    plan = lambda by, **said: planning.plan(  # noqa: E731
        small, "2026H1", "HM", by, NINE, Plan(**{"planned_for": NINE, "closes_at": CLOSES, **said}))
    assert refusal(plan, "agent01") == "not_allowed"
    assert refusal(plan, "pm02") == "not_allowed", "looks after another compound"
    for wrong in ({"planned_for": at("2025-12-31T00:00")}, {"closes_at": NINE}, {"closes_at": at("2026-07-02T00:00")}, {"share": 0}, {"share": 101},
                  {"remind_after": 0}):
        assert refusal(plan, "supervisor01", **wrong) == "bad_value", wrong
    number = plan("supervisor01")
    assert plan("supervisor01", share=95) == number
    with small.store.reading() as session:
        line = listing.line(session, number)
        assert (line.stage, line.planned_for, line.survey.share) == (surveys.Stage.PLANNED, NINE, 95)


def test_every_lived_in_home_gets_one_sheet_by_a_way_that_reaches_it(hotline):
    number = issued(hotline)
    assert planning.issue(hotline, number, "pm01", NINE) == 9
    sent = rows(hotline, number)
    assert [s.way for s in sent] == ["sms", "paper", "paper", "paper", *["sms"] * 5], "no resident, no resident, no texts wished"
    found_ = texts(hotline, "survey_invite")
    assert len(found_) == 6
    assert all(m.channel == "sms" and m.status == "waiting" and m.ticket_id is None for m in found_)
    assert "半年意见征询" in found_[0].text
    assert "half-year survey" in next(m for m in found_ if m.phone == "19000000106").text
    assert survey(hotline, number).households == 9
    assert refusal(planned, hotline) == "survey_issued"
    with hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []


def test_who_stopped_texts_by_text_gets_paper(small):
    hamlet(small)
    number_rules.stop_texts(small, "+8619000000101", NINE)
    number = planned(small)
    planning.issue(small, number, "pm01", NINE)
    assert rows(small, number)[0].way == "paper"


def test_a_survey_by_telephone_leaves_out_who_is_not_to_be_called(small):
    number = issued(small, way=Way.PHONE)
    assert [s.way for s in rows(small, number)] == ["phone", "paper", "paper", "phone", "paper", *["phone"] * 4]
    assert texts(small, "survey_invite") == []
    calls = found(small, lambda session, s: asking.call_list(small, session, s, NINE), number)
    assert (len(calls.rows), calls.total, calls.allowed_from) == (6, 6, NINE)


# ---- answering --------------------------------------------------------------------------------------------

def test_a_household_answers_by_its_link_and_may_change_its_mind_until_the_close(hotline):
    number = issued(hotline)
    key = token(texts(hotline, "survey_invite")[0])
    sheets.answer_by_link(hotline, key, fresh(opinion="门禁很好"), NINE + timedelta(hours=1))
    sheets.answer_by_link(hotline, key, fresh(FINE | {Item.OVERALL: "fairly"}), NINE + timedelta(hours=2))
    with hotline.store.reading() as session:
        opened = sheets.by_link(hotline, session, key, NINE + timedelta(hours=3))
        assert opened.answer.marks[Item.OVERALL] is Satisfaction.FAIRLY
        kept = list(session.scalars(sa.select(AnswerRow).order_by(AnswerRow.version)))
    assert [(a.version, a.answers["overall"], a.opinion, a.entered_by) for a in kept] == [(1, "satisfied", "门禁很好", None), (2, "fairly", "", None)]
    assert found(hotline, coverage.coverage, number).returned == 1, "one sheet, one answer"


def test_a_link_of_another_sheet_or_purpose_or_time_opens_nothing(small):
    issued(small)
    key = token(texts(small, "survey_invite")[0])
    nonce = key.split(".")[0]
    opening = lambda which, now=NINE: refusal(sheets.answer_by_link, small, which, fresh(), now)  # noqa: E731
    assert opening(key.replace(nonce, "x" * len(nonce))) == "link_wrong"
    assert opening(links.make(small.secret, "resident", nonce, CLOSES)) == "link_wrong"
    assert opening(links.make(small.secret, "survey", "nobody", CLOSES)) == "link_wrong"
    assert opening(key, CLOSES + timedelta(milliseconds=1)) == "link_expired"
    sheets.answer_by_link(small, key, fresh(), CLOSES)


def test_what_is_typed_in_names_who_typed_it_and_never_covers_the_household_s_own_answer(hotline):
    number = issued(hotline)
    first, second = rows(hotline, number)[:2]
    sheets.enter(hotline, second.id, fresh(), Way.PAPER, "agent01", NINE)
    sheets.enter(hotline, second.id, fresh(FINE | {Item.DESK: "fairly"}), Way.PAPER, "agent02", NINE)
    entered = rows(hotline, number)[1]
    assert (entered.entered_by, entered.returned_by, entered.version) == ("agent02", "paper", 2)
    sheets.answer_by_link(hotline, token(texts(hotline, "survey_invite")[0]), fresh(), NINE)
    assert refusal(sheets.enter, hotline, first.id, fresh(), Way.PAPER, "agent01", NINE) == "sheet_returned"
    assert refusal(sheets.enter, hotline, second.id, fresh(), Way.PAPER, "plumber01", NINE) == "not_allowed"
    assert refusal(sheets.enter, hotline, second.id, fresh(), Way.SMS, "agent01", NINE) == "bad_value"


def test_nobody_is_called_at_night_or_against_their_wish_and_after_three_tries_no_more(small):
    number = issued(small, way=Way.PHONE)
    sheet, against = (rows(small, number)[n] for n in (0, 4))
    night = at("2026-03-10T21:00")
    assert refusal(asking.tried, small, sheet.id, Tried.NO_ANSWER, "agent01", night) == "outside_calling_hours"
    assert refusal(sheets.enter, small, sheet.id, fresh(), Way.PHONE, "agent01", night) == "outside_calling_hours"
    assert refusal(sheets.enter, small, against.id, fresh(), Way.PHONE, "agent01", NINE) == "do_not_call"
    listed = lambda now: [c.sheet_id for c in found(small, lambda session, s: asking.call_list(small, session, s, now), number).rows]  # noqa: E731
    for n in range(3):
        when = NINE + timedelta(days=n)
        assert sheet.id in listed(when)
        asking.tried(small, sheet.id, Tried.NO_ANSWER, "agent01", when)
        assert sheet.id not in listed(when + timedelta(hours=1))
    assert sheet.id not in listed(NINE + timedelta(days=3))
    other = rows(small, number)[3]
    asking.tried(small, other.id, Tried.REFUSED, "agent01", NINE)
    assert other.id not in listed(NINE + timedelta(days=3)), "who declined is left alone"


def test_who_has_not_answered_is_reminded_once_and_then_called(small):
    number = issued(small)
    invited = texts(small, "survey_invite")
    sheets.answer_by_link(small, token(invited[0]), fresh(), NINE)
    assert asking.remind_due(small, NINE + timedelta(days=4, hours=23)) == 0
    assert asking.remind_due(small, NINE + timedelta(days=5)) == 5
    assert asking.remind_due(small, NINE + timedelta(days=9)) == 0
    assert {m.phone for m in texts(small, "survey_reminder")} == {m.phone for m in invited[1:]}
    calls = found(small, lambda session, s: asking.call_list(small, session, s, NINE + timedelta(days=5)), number)
    assert calls.total == 4, "five were reminded, one of them does not want to be called"


def test_a_spoilt_sheet_is_back_and_does_not_count(small):
    number = issued(small)
    first, second = rows(small, number)[1:3]
    sheets.spoil(small, first.id, Spoilt.BLANK, Way.PAPER, "agent01", NINE)
    sheets.enter(small, second.id, fresh(), Way.PAPER, "agent01", NINE)
    assert refusal(sheets.spoil, small, second.id, Spoilt.TWICE, Way.PAPER, "agent01", NINE) == "not_allowed"
    sheets.spoil(small, second.id, Spoilt.TWICE, Way.PAPER, "lead01", NINE)
    now = found(small, coverage.coverage, number)
    assert (now.issued, now.returned, now.valid) == (9, 2, 0)
    assert found(small, results.of, number).overall.n == 0


# ---- what is not well becomes a matter --------------------------------------------------------------------

def matter(hotline, number):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(TicketRow).where(TicketRow.number == number))


def test_a_dissatisfied_household_becomes_one_matter_however_often_it_answers(hotline):
    number = issued(hotline)
    key = token(texts(hotline, "survey_invite")[0])
    sheets.answer_by_link(hotline, key, fresh(FINE | {Item.ORDER: "dissatisfied"}, opinion="门岗没人"), NINE)
    ref = rows(hotline, number)[0].followup_ref
    opened = matter(hotline, ref)
    assert (opened.type, opened.channel, opened.customer_name, opened.contact_phone) == ("complaint_service", "survey", "住户1", "19000000101")
    assert opened.details["complaint_kind"] == "order"
    assert opened.content == "半年征询 2026H1,秩序不满意。意见:门岗没人"
    assert (opened.first_responder, opened.owner) == ("system", "lead02"), "the lead on duty"
    for _ in range(2):  # worse, then the same again
        sheets.answer_by_link(hotline, key, fresh(FINE | {Item.DESK: "very_dissatisfied"}), NINE + timedelta(hours=1))
    assert rows(hotline, number)[0].followup_ref == ref
    with hotline.store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(TicketRow)) == 1
        added = list(session.scalars(sa.select(FormRow).where(FormRow.ticket_id == opened.id, FormRow.code == "F25")))
    assert [f.fields for f in added] == [{"text": "后来的答卷:半年征询 2026H1,客服非常不满意", "channel": "survey"}]
    assert [(m.to, m.text.partition("):")[2]) for m in texts(hotline, "text_in")] == [("lead02", "后来的答卷:半年征询 2026H1,客服非常不满意")]


def test_a_worse_answer_after_the_matter_was_settled_becomes_another(small):
    number = issued(small)
    key = token(texts(small, "survey_invite")[0])
    sheets.answer_by_link(small, key, fresh(FINE | {Item.ORDER: "dissatisfied"}), NINE)
    first = rows(small, number)[0].followup_ref
    with small.store.transaction() as session:
        session.scalar(sa.select(TicketRow).where(TicketRow.number == first)).state = "closed"
    sheets.answer_by_link(small, key, fresh(FINE), NINE + timedelta(hours=1))
    assert rows(small, number)[0].followup_ref == first
    sheets.answer_by_link(small, key, fresh(FINE | {Item.ORDER: "very_dissatisfied"}), NINE + timedelta(hours=2))
    second = rows(small, number)[0].followup_ref
    assert second != first
    assert matter(small, second).state == "new"
    assert [m.number for m in found(small, results.matters, number)] == [second, first], "every one of them, what is open first"
    running = half_report(small, NINE + timedelta(hours=3))
    assert ([row[1] for row in running["followed"]], [row[0] for row in running["dissatisfied"]]) == (["2", "1", "1"], [first, second])
    periods.confirm(small, "survey", "2026H1", "pm01", NINE + timedelta(days=1), "HM")
    closing.publish(small, number, "pm01", NINE + timedelta(days=1))
    assert closing.anonymise(small, NINE + timedelta(days=1)) == 1
    assert [m.number for m in found(small, results.matters, number)] == [second, first], "also when the sheet has forgotten them"


def test_the_agent_who_types_a_request_in_owns_it(small):
    number = issued(small)
    sheets.enter(small, rows(small, number)[1].id, fresh(opinion="请加装充电桩", request=True), Way.VISIT, "agent01", NINE)
    opened = matter(small, rows(small, number)[1].followup_ref)
    assert (opened.type, opened.owner, opened.customer_name) == ("suggestion", "agent01", "住户")


def test_an_anonymous_complaint_is_the_supervisor_s_and_names_nobody(small):
    number = issued(small)
    sheets.answer_by_link(small, token(texts(small, "survey_invite")[0]), fresh(FINE | {Item.OVERALL: "dissatisfied"}, anonymous=True), NINE)
    opened = matter(small, rows(small, number)[0].followup_ref)
    assert (opened.owner, opened.customer_name) == ("supervisor01", "匿名住户")
    assert (opened.contact_phone, opened.room_id, opened.customer_id) == (None, None, None)
    assert (opened.place, opened.compound) == ("小院", "HM")


def test_a_matter_that_a_crash_left_out_is_opened_by_the_next_round(small, monkeypatch):
    number = issued(small)
    with monkeypatch.context() as broken:
        broken.setattr(following.tickets, "open_ticket", lambda *_: (_ for _ in ()).throw(OSError("gone")))
        with pytest.raises(OSError, match="gone"):
            sheets.enter(small, rows(small, number)[1].id, fresh(FINE | {Item.REPAIR: "dissatisfied"}), Way.PAPER, "agent01", NINE)
    assert rows(small, number)[1].to_follow
    assert following.sweep(small, NINE) == 1
    assert following.sweep(small, NINE) == 0
    assert matter(small, rows(small, number)[1].followup_ref).owner == "agent01"


# ---- results, close, publication --------------------------------------------------------------------------

def answered(hotline, number, *overall):
    """The paper sheets and then the others come back, with these answers to the last item."""
    for sheet, step in zip(rows(hotline, number), overall, strict=False):
        sheets.enter(hotline, sheet.id, fresh(FINE | {Item.OVERALL: step}), Way.PAPER if sheet.id % 2 else Way.VISIT, "agent01", NINE)


def test_results_count_lenient_and_strict_beside_each_other(small):
    number = issued(small)
    answered(small, number, "very_satisfied", "satisfied", "fairly", "fairly", "dissatisfied")
    now = found(small, results.of, number)
    assert (now.overall.content, now.overall.strict, now.overall.n) == (4, 2, 5)
    assert (now.item(Item.GREENERY).content, now.item(Item.GREENERY).n) == (5, 5)
    assert [(m.type, m.over) for m in found(small, results.matters, number)] == [("complaint_service", False)]
    with small.store.reading() as session:
        counted = results.sheets(session, NINE, NINE + timedelta(milliseconds=1))
        assert [s.content for s in counted] == [True] * 4 + [False]
        assert results.sheets(session, NINE - timedelta(days=1), NINE) == [], "the end of a period is the next one's"
        assert results.surveys_finished(session, None, CLOSES) == []


def test_coverage_says_by_building_and_way_what_is_out_and_back(small):
    number = issued(small)
    answered(small, number, *["satisfied"] * 8)
    now = found(small, coverage.coverage, number)
    assert [(p.name, p.issued, p.returned) for p in now.buildings] == [("1", 4, 4), ("2", 5, 4)]
    assert [(p.name, p.issued, p.returned) for p in now.ways] == [("sms", 6, 5), ("paper", 3, 3)]
    assert now.issued_enough
    assert now.returned_enough, "eight of nine"
    assert not now.phone_too_many


def test_closing_counts_the_sheets_freezes_them_and_ends_the_promise(hotline):
    number = issued(hotline)
    answered(hotline, number, "satisfied", "fairly", "dissatisfied")
    assert refusal(closing.publish, hotline, number, "pm01", NINE) == "survey_not_over"
    typed = {"issued": 1, "returned": 1, "satisfied": 1}
    assert refusal(periods.confirm, hotline, "survey", "2026H1", "supervisor01", NINE, "HM", typed) == "not_allowed"
    periods.confirm(hotline, "survey", "2026H1", "pm01", NINE + timedelta(days=9), "HM", typed)
    with hotline.store.reading() as session:
        kept = session.scalar(sa.select(PeriodRow).where(PeriodRow.kind == "survey", PeriodRow.compound == "HM")).content
        assert [kept[n] for n in ("issued", "returned", "valid", "satisfied")] == [9, 3, 3, 2], "what was typed does not count"
        assert [(f.compound, f.issued, f.returned, f.content) for f in results.surveys_finished(session, None, CLOSES)] == [("HM", 9, 3, 2)]
        assert [(h.compound_name, h.open_matters, h.before) for h in results.report(session, "2026H1")] == [("小院", 1, None)]
    late = rows(hotline, number)[5]
    assert refusal(sheets.enter, hotline, late.id, fresh(), Way.PAPER, "agent01", NINE) == "survey_over"
    assert refusal(sheets.answer_by_link, hotline, token(texts(hotline, "survey_invite")[1]), fresh(), NINE) == "survey_over"
    assert found(hotline, results.of, number).overall.n == 3


def test_published_sheets_forget_whose_they_were_and_keep_what_was_said(hotline):
    number = issued(hotline)
    sheets.answer_by_link(hotline, token(texts(hotline, "survey_invite")[0]), fresh(opinion="先前的话"), NINE)
    sheets.answer_by_link(hotline, token(texts(hotline, "survey_invite")[0]), fresh(FINE | {Item.DESK: "dissatisfied"}, opinion="现在的话"), NINE)
    ref = rows(hotline, number)[0].followup_ref
    periods.confirm(hotline, "survey", "2026H1", "pm01", NINE, "HM")
    assert closing.anonymise(hotline, NINE) == 0, "not published yet"
    assert refusal(closing.publish, hotline, number, "supervisor01", NINE) == "not_allowed"
    closing.publish(hotline, number, "pm01", NINE)
    assert closing.anonymise(hotline, NINE) == 1
    assert closing.anonymise(hotline, NINE) == 0
    sheet = rows(hotline, number)[0]
    assert (sheet.room_id, sheet.customer_id, sheet.followup_ref, sheet.building, sheet.opinion) == (None, None, None, "2", "现在的话")
    with hotline.store.reading() as session:
        assert {a.opinion for a in session.scalars(sa.select(AnswerRow))} == {""}
        assert list(ledger.faults(session)) == []
    assert [m.number for m in found(hotline, results.matters, number)] == [ref], "the survey still knows its matters"
    assert refusal(sheets.answer_by_link, hotline, token(texts(hotline, "survey_invite")[0]), fresh(), NINE) == "link_wrong"


def test_a_survey_counted_by_hand_is_closed_with_typed_numbers_as_ever(small):
    hamlet(small)
    planned(small)
    periods.confirm(small, "survey", "2026H1", "pm01", NINE, "HM", {"issued": 9, "returned": 8, "satisfied": 8})
    assert refusal(planning.issue, small, 1, "pm01", NINE) == "survey_over"


@pytest.mark.parametrize("change", [
    "UPDATE survey_answer SET answers = '{}'", "UPDATE survey_answer SET opinion = 'x'", "DELETE FROM survey_answer", "DELETE FROM survey_sheet",
    "UPDATE survey_sheet SET building = '9'", "UPDATE survey_sheet SET room_id = room_id + 1 WHERE version = 1",
    "UPDATE survey SET results = '{}'", "UPDATE survey SET closed_at = NULL, results = NULL"])
def test_the_database_keeps_answers_and_results_as_they_were(closed_once, change):
    with pytest.raises(DBAPIError), closed_once.store.transaction() as session:
        session.execute(sa.text(change))


@pytest.fixture
def closed_once(hotline):
    number = issued(hotline)
    answered(hotline, number, "satisfied")
    periods.confirm(hotline, "survey", "2026H1", "pm01", NINE, "HM")
    return hotline


def half_report(hotline, now):
    """The half-yearly report of the hamlet, section by section, as a Chinese reader has it."""
    with hotline.store.reading() as session:
        period = session.scalar(sa.select(PeriodRow).where(PeriodRow.kind == "survey", PeriodRow.compound == "HM", PeriodRow.key == "2026H1"))
        return {s["key"]: s["rows"] for s in plain(build(hotline, session, period, now), "zh")["sections"]}


def overall(hotline, now):
    with hotline.store.reading() as session:
        found_ = {f.code: f for f in figures.all_figures(hotline, session, now, NINE - timedelta(days=80), NINE + timedelta(days=80))}
        return [(found_[code].numerator, found_[code].denominator) for code in ("K17", "K30", "K30b", "K30c")]


def before_this(hotline):
    """The hamlet's survey of the half before: two of four were content."""
    autumn = at("2025-07-01T00:00")
    with hotline.store.transaction() as session:
        period = PeriodRow(kind="survey", key="2025H2", compound="HM", since=autumn, until=at("2026-01-01T00:00"), opened_at=autumn, content={},
                           chain_seq=0, chain_head="", confirmed_at=at("2025-12-10T10:00"), confirmed_by="pm01")
        session.add(period)
        session.flush()
        kept = {"households": 9, "issued": 5, "returned": 4, "valid": 4, "satisfied": 2, "came": {"paper": 4},
                "items": {"overall": {"satisfied": 1, "fairly": 1, "dissatisfied": 2}, "desk": {"satisfied": 4}}}
        session.add(SurveyRow(period_id=period.id, compound="HM", key="2025H2", planned_for=autumn, planned_by="pm01",
                              closes_at=at("2025-12-10T10:00"), share=50, way="paper", remind_after=7, households=9, issued_at=autumn,
                              issued_by="pm01", closed_at=at("2025-12-10T10:00"), results=kept))


def test_the_half_yearly_report_and_the_figures_count_the_same_sheets_before_and_after_the_close(hotline):
    number = issued(hotline)
    before_this(hotline)
    answered(hotline, number, "very_satisfied", "satisfied", "fairly", "dissatisfied", "dissatisfied")
    sheets.spoil(hotline, rows(hotline, number)[4].id, Spoilt.NOT_RESIDENT, Way.PAPER, "supervisor01", NINE)
    running = half_report(hotline, NINE)
    lines = dict(running["survey"])
    assert [lines[name] for name in ("入住户数", "发放户数", "回收户数", "其中有效", "综合满意率", "其中满意及以上(不含基本满意)")] == [
        "9", "9", "5", "4", "3/4 75.0%", "2/4 50.0%"]
    assert (lines["发放率(要求 ≥ 90%)"], lines["回收率(要求 ≥ 80%)"], lines["结束时间"]) == ("9/9 100.0%", "5/9 55.5%", "—")
    assert running["items"][-1] == ["综合", "4", "1", "1", "1", "1", "0", "3/4 75.0%", "2/4 50.0%", "2/4 50.0%", "↑25.0"]
    assert running["items"][1][-2:] == ["—", "—"], "the half before said nothing of repairs"
    assert running["before"][:2] == [["发放率", "9/9 100.0%", "5/9 55.5%"], ["回收率", "5/9 55.5%", "4/5 80.0%"]]
    assert [row[:4] for row in running["buildings"]] == [["1", "4", "2", "0"], ["2", "5", "3", "1"]]
    assert running["ways"][0][0] == "短信链接"
    assert [row[1] for row in running["followed"]] == ["2", "0", "2"], "the matter of a sheet that does not count goes on"
    assert overall(hotline, NINE + timedelta(hours=1)) == [(3, 4), (0, 0), (0, 0), (0, 0)]
    periods.confirm(hotline, "survey", "2026H1", "pm01", NINE + timedelta(days=9), "HM")
    closed = half_report(hotline, NINE + timedelta(days=10))
    assert dict(closed["survey"])["结束时间"] == "03-19 09:00:00"
    assert {k: v for k, v in closed.items() if k != "survey"} == {k: v for k, v in running.items() if k != "survey"}
    assert overall(hotline, NINE + timedelta(days=10)) == [(3, 4), (1, 1), (9, 9), (5, 9)]
    with hotline.store.reading() as session:
        kept = session.scalar(sa.select(ReportSignedRow)).content["report"]
    assert {s["key"]: s["rows"] for s in kept["zh"]["sections"]} == closed, "what was signed is what was counted"
