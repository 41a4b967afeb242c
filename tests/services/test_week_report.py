"""A week over the turn of the year, played: what each department reads in its weekly report, and who has acknowledged it (RP-W)."""

from datetime import datetime, timedelta

import pytest

from callcenter.domain.days import LOCAL
from callcenter.domain.ticket import Refused
from callcenter.services.recurring import periods
from callcenter.services.rehearsal import reading as rehearsal_file
from callcenter.services.rehearsal.playing import Rehearsal, stage
from callcenter.services.reports import build, plain, sending
from callcenter.services.reports.locking import found
from callcenter.services.rulebook import Rulebook
from tests.services.test_periods import told

START = datetime(2026, 12, 30, 10, tzinfo=LOCAL)
MONDAY = datetime(2027, 1, 4, tzinfo=LOCAL)
HOME = {"room": "青禾家园5栋1单元302", "customer_name": "周敏", "contact_phone": "19000000001"}


def step(at, act, by, ticket, **fields):
    return {"at": at, "act": act, "by": by, **({"as": ticket, **HOME} if act == "open_ticket" else {"ticket": ticket}), **fields}


WEEK = [
    # Wednesday: a repair, done well in the eyes of those who did it
    step("0s", "open_ticket", "agent01", "pipe", category="105", content="马桶堵了"),
    step("1m", "dispatch", "dispatcher01", "pipe", to="plumber01"),
    step("2m", "accept", "plumber01", "pipe"),
    step("20m", "arrive", "plumber01", "pipe"),
    step("50m", "complete", "plumber01", "pipe", result="已疏通", result_explained=True),
    step("55m", "return_slip", "dispatcher01", "pipe"),
    # New Year's Eve: it is blocked again, in writing to the department
    step("29h", "record_callback", "agent01", "pipe", contact_result="reached", satisfaction="dissatisfied", reason="又堵了"),
    step("29h30m", "send_notice", "agent01", "pipe", department="engineering", problem="当天再次堵塞", due_at="48h"),
    step("30h", "answer_notice", "engineering01", "pipe", measure="全段疏通并录像"),
    # New Year's Day, and the last second of Sunday; the next second is next week's
    step("47h", "open_ticket", "agent01", "guard", category="903", content="门岗态度生硬", accused_dept="order"),
    step("47h10m", "hand_over_complaint", "agent01", "guard", department="order"),
    step("4d13h59m59s", "open_ticket", "agent01", "late", category="903", content="保安深夜喧哗", accused_dept="order"),
    step("4d14h", "open_ticket", "agent01", "next", category="903", content="门岗不开门", accused_dept="order"),
]


@pytest.fixture(scope="module")
def week():
    script = rehearsal_file.script({"title": "跨年的一周", "start": START, "cast": "demo", "step": WEEK}, "week")
    hotline = stage(script, Rulebook())
    played = Rehearsal(hotline, script)
    assert played.play(), [line for line in played.lines if not line.ok]
    with hotline.store.reading() as session:
        over = [one for one in periods.due(session, MONDAY) if one.kind == "weekly_report"]
    assert [(one.key, one.since, one.until) for one in over] == [("2026-W53", MONDAY - timedelta(days=7), MONDAY)]
    periods.open_one(hotline, over[0], MONDAY)
    return hotline, played.numbers


@pytest.fixture(scope="module")
def text(week):
    hotline, _ = week
    with hotline.store.reading() as session:
        return plain(build(hotline, session, found(session, "weekly_report", "2026-W53", ""), MONDAY), "zh")


def rows(text, key, department=None):
    return next(s["rows"] for s in text["sections"] if (s["key"], s["department"]) == (key, department))


def test_every_department_has_its_line_of_the_week_and_of_no_second_beyond_it(text, week):
    _, number = week
    assert rows(text, "departments") == [
        ["工程部", "1", "0/1 0.0%", "1", "0", "0", "3"], ["秩序部", "0", "—", "0", "2", "0", "3"], ["环境部", "0", "—", "0", "0", "0", "0"],
        ["客服部", "0", "—", "0", "0", "0", "0"]]
    assert [(row[0], row[3]) for row in rows(text, "reported", "order")] == [
        (number["guard"], "01-01 09:00:00"), (number["late"], "01-03 23:59:59")], "the accused department's from registration on, handed over or not"
    assert rows(text, "reported", "customer_service") == []
    assert number["next"] not in str(text["sections"])


def test_the_department_reads_who_was_dissatisfied_what_is_overdue_and_its_own_measures(text, week):
    pipe = week[1]["pipe"]
    assert rows(text, "answers", "engineering") == [["不满意", "1"]]
    assert rows(text, "dissatisfied", "engineering") == [[pipe, "日常报修", "青禾家园5栋***", "12-31 15:00:00", "不满意", "又堵了", "王芳"]]
    assert [row[3:6] for row in rows(text, "overdue", "engineering")] == [
        ["三分钟派单", "12-31 15:03:00", "80:57:00"], ["专人再联系", "01-01 16:00:00", "56:00:00"], ["承诺办结", "01-02 15:00:00", "33:00:00"]]
    assert rows(text, "measures", "engineering") == [
        [pipe, "12-31 15:30:00", "当天再次堵塞", "—"], [pipe, "12-31 16:00:00", "—", "全段疏通并录像"]]
    assert rows(text, "agenda") == [["903 服务态度", "2"], ["105 马桶/地漏堵塞", "1"]]


def test_each_department_acknowledges_and_those_who_have_not_are_reminded_the_day_after(week):
    hotline, at_ten = week[0], MONDAY + timedelta(hours=10)
    periods.confirm(hotline, "weekly_report", "2026-W53", "supervisor01", at_ten)
    with pytest.raises(Refused, match="not_allowed"):
        periods.acknowledge(hotline, "2026-W53", "order", "engineering01", at_ten)
    periods.acknowledge(hotline, "2026-W53", "engineering", "engineering01", at_ten + timedelta(hours=1))
    sending.remind(hotline, at_ten + timedelta(days=1))
    assert {to for _, to in told(hotline, "report_unread")} == {"order01", "environment01"}
    with hotline.store.reading() as session:
        signs = found(session, "weekly_report", "2026-W53", "").content["signed"]
    assert {name: (sign["by"], sign["at"]) for name, sign in signs.items()} == {"engineering": ("engineering01", at_ten + timedelta(hours=1))}
