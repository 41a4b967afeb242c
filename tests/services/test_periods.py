"""Days, weeks, months, surveys and shifts: opened once, reminded of until confirmed, and what was confirmed stays (C24–C28, scenarios 29, 35, 36)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from callcenter.domain.days import LOCAL
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, Status
from callcenter.services import audit, reports, tickets, timers
from callcenter.services.demo import company
from callcenter.services.recurring import periods, shifts
from callcenter.storage import facts, ledger
from callcenter.storage import timers as timer_rows
from callcenter.storage.report_tables import ReportSignedRow
from callcenter.storage.tables import DutyRow, MessageRow, PeriodRow, PolicyRow, PromiseRow, TimerFireRow, TimerRow
from tests.hotlines import NINE


def at(text):
    """A local moment as an aware UTC time."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


def clock_until(hotline, until, start=NINE):
    """What a clock process does: opens what is due every half hour, fires every timer at its own second."""
    now = start
    while now < until:
        now = min(until, now + timedelta(minutes=30))
        while True:
            with hotline.store.reading() as session:
                due = timer_rows.next_due_at(session)
            if due is None or due > now:
                break
            timers.fire_due(hotline, due)
        periods.open_due(hotline, now)
        timers.fire_due(hotline, now)


def installed(hotline, when):
    """As if the hotline had been installed at *when*: nothing before it is owed."""
    with hotline.store.transaction() as session:
        session.execute(sa.update(PolicyRow).values(stored_at=when))


def period(hotline, kind, key, compound=""):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(PeriodRow).where(PeriodRow.kind == kind, PeriodRow.key == key, PeriodRow.compound == compound))


def promise(hotline, kind, key, compound=""):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(PromiseRow).join(PeriodRow, PeriodRow.id == PromiseRow.period_id).where(
            PeriodRow.kind == kind, PeriodRow.key == key, PeriodRow.compound == compound))


def told(hotline, notice, word=""):
    with hotline.store.reading() as session:
        return [(m.created_at, m.to) for m in session.scalars(sa.select(MessageRow).where(MessageRow.notice == notice).order_by(MessageRow.id))
                if word in m.text]


def report(hotline, kind, key, now):
    with hotline.store.reading() as session:
        row = session.scalar(sa.select(PeriodRow).where(PeriodRow.kind == kind, PeriodRow.key == key))
        return reports.build(hotline, session, row, now)


def kept(hotline, row):
    """The report as it was signed."""
    with hotline.store.reading() as session:
        return session.scalar(sa.select(ReportSignedRow).where(ReportSignedRow.period_id == row.id))


def late_dispatch(hotline):
    """A burst pipe that nobody was sent to in time."""
    act = Act(Action.OPEN_TICKET, "agent01", {"category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "水管爆裂",
                                              "contact_phone": "19000000001"})
    return tickets.open_ticket(hotline, act, "late", NINE).number


def test_the_day_is_opened_at_midnight_and_lists_its_breaches_by_name_and_reason(hotline):
    number = late_dispatch(hotline)
    clock_until(hotline, at("2026-03-11T00:30"))
    row = period(hotline, "daily_close", "2026-03-10")
    assert (row.since, row.until) == (at("2026-03-10T00:00"), at("2026-03-11T00:00"))
    assert promise(hotline, "daily_close", "2026-03-10").due_at == at("2026-03-11T09:00")
    found = [[reports.said(cell, "zh") for cell in line]
             for line in report(hotline, "daily_close", "2026-03-10", NINE + timedelta(days=1)).rows("breaches")]
    assert [(line[0], line[3], line[4], line[6], line[8]) for line in found] == [
        (number, "三分钟派单", "03-10 09:03:00", "王芳", "到时尚未派单"), (number, "急修 30 分钟到场", "03-10 09:30:00", "王芳", "到时尚未派单")]
    assert found[0][2] == "梧桐里3栋***"


def test_a_day_unsigned_by_nine_is_the_supervisors_and_goes_on_reminding(hotline):
    clock_until(hotline, at("2026-03-12T09:00"))
    assert told(hotline, "period_due", "2026-03-10 日结") == [(at("2026-03-11T08:00"), "lead01")] or \
        told(hotline, "period_due", "2026-03-10 日结") == [(at("2026-03-11T08:00"), "lead02")]
    overdue = told(hotline, "period_overdue", "2026-03-10 日结")
    assert overdue == [(at("2026-03-11T09:00"), "supervisor01"), (at("2026-03-12T09:00"), "supervisor01")]


def test_a_day_signed_in_time_reminds_nobody_and_stays_as_it_read(hotline):
    number = late_dispatch(hotline)
    clock_until(hotline, at("2026-03-11T07:30"))
    periods.confirm(hotline, "daily_close", "2026-03-10", "lead01", at("2026-03-11T07:30"))
    periods.confirm(hotline, "daily_close", "2026-03-10", "lead01", at("2026-03-11T07:31"))
    clock_until(hotline, at("2026-03-11T10:00"), at("2026-03-11T07:30"))
    assert told(hotline, "period_due", "2026-03-10 日结") == told(hotline, "period_overdue", "2026-03-10 日结") == []
    row = period(hotline, "daily_close", "2026-03-10")
    assert (row.confirmed_by, row.confirmed_at) == ("lead01", at("2026-03-11T07:30"))
    assert any(number in line for section in kept(hotline, row).content["report"]["zh"]["sections"] for line in section["rows"])
    assert facts.promise(promise(hotline, "daily_close", "2026-03-10")).status(row.confirmed_at) is Status.KEPT
    with pytest.raises(Refused, match="already_confirmed"):
        periods.confirm(hotline, "daily_close", "2026-03-10", "supervisor01", at("2026-03-11T10:00"))
    with pytest.raises(DBAPIError), hotline.store.transaction() as session:
        session.execute(sa.text("UPDATE period SET confirmed_by = 'lead02' WHERE confirmed_by IS NOT NULL"))


def test_signing_late_first_fires_what_was_due_and_stays_late(hotline):
    clock_until(hotline, at("2026-03-11T00:30"))
    periods.confirm(hotline, "daily_close", "2026-03-10", "supervisor01", at("2026-03-11T09:00:01"))
    row = promise(hotline, "daily_close", "2026-03-10")
    assert facts.promise(row).status(at("2026-03-11T10:00")) is Status.BROKEN
    with hotline.store.reading() as session:
        timer = session.scalar(sa.select(TimerRow).where(TimerRow.promise_id == row.id))
        fires = session.scalars(sa.select(TimerFireRow.late_ms).where(TimerFireRow.timer_id == timer.id).order_by(TimerFireRow.step)).all()
        assert (list(fires), timer.due_at) == ([3_601_000, 1000], None)
        assert list(ledger.faults(session)) == []


def test_only_who_answers_for_it_confirms(sqlite_hotline):
    hotline, refused = sqlite_hotline, r"not_allowed|not_a_report"
    clock_until(hotline, at("2026-04-01T00:30"), at("2026-03-31T23:30"))
    with hotline.store.reading() as session:
        shift = session.scalar(sa.select(PeriodRow.key).where(PeriodRow.kind == "handover").limit(1))
    for kind, key, by in (
            ("daily_close", "2026-03-10", "agent01"), ("daily_close", "2026-03-10", "dispatcher01"), ("daily_close", "2026-03-10", "admin01"),
            ("daily_close", "2026-03-10", "nobody"), ("weekly_report", "2026-W11", "lead01"), ("monthly_report", "2026-03", "agent01"),
            ("handover", shift, "supervisor01")):
        with pytest.raises(Refused, match=refused):
            periods.confirm(hotline, kind, key, by, at("2026-04-01T08:00"))


def test_a_clock_that_slept_for_a_month_opens_every_day_week_and_month_once_and_eight_at_once_open_none_twice(hotline):
    after = at("2026-04-11T00:10")
    with ThreadPoolExecutor(8) as pool:
        opened = sum(pool.map(lambda _: periods.open_due(hotline, after), range(8)))
    with hotline.store.reading() as session:
        keys = session.execute(sa.select(PeriodRow.kind, PeriodRow.key, PeriodRow.compound).where(PeriodRow.kind != "handover")).all()
        unguarded = audit.unguarded(hotline, session)
    by_kind = {kind: sorted(k for kd, k, _ in keys if kd == kind) for kind in ("daily_close", "weekly_report", "monthly_report", "survey")}
    assert (by_kind["daily_close"][0], by_kind["daily_close"][-1], len(by_kind["daily_close"])) == ("2026-03-10", "2026-04-10", 32)
    assert by_kind["weekly_report"] == ["2026-W11", "2026-W12", "2026-W13", "2026-W14"]
    assert by_kind["monthly_report"] == ["2026-03"]
    assert by_kind["survey"] == ["2026H1"] * 3
    assert len(keys) == len(set(keys))
    assert opened == len(keys) + count(hotline, "handover")
    assert unguarded == []
    assert periods.open_due(hotline, after) == 0


def count(hotline, kind):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(PeriodRow).where(PeriodRow.kind == kind))


@pytest.mark.parametrize(("key", "now", "due"), [
    ("2026-W11", "2026-03-16T00:10", "2026-03-16T12:00"),   # an ordinary Monday
    ("2026-W14", "2026-04-06T00:10", "2026-04-07T12:00"),   # 清明: Monday off
    ("2026-W40", "2026-10-05T00:10", "2026-10-08T12:00"),   # 国庆: off until Wednesday
    ("2026-W53", "2027-01-04T00:10", "2027-01-04T12:00"),   # over the turn of the year
    ("2027-W05", "2027-02-08T00:10", "2027-02-11T12:00"),   # 春节 of a year nobody has published yet: worked out, never an error
])
def test_the_weekly_report_is_due_on_monday_or_the_next_working_day(sqlite_hotline, key, now, due):
    installed(sqlite_hotline, at(now) - timedelta(days=1))
    periods.open_due(sqlite_hotline, at(now))
    assert promise(sqlite_hotline, "weekly_report", key).due_at == at(due)


def test_the_month_is_due_on_the_third_at_six_whatever_day_that_is(sqlite_hotline):
    installed(sqlite_hotline, at("2026-12-30T00:00"))
    periods.open_due(sqlite_hotline, at("2027-01-01T00:00"))
    assert promise(sqlite_hotline, "monthly_report", "2026-12").due_at == at("2027-01-03T18:00")


def test_no_survey_planned_by_the_first_of_may_reminds_the_project_manager_of_that_compound(hotline):
    periods.open_due(hotline, NINE)
    periods.plan_survey(hotline, "2026H1", "QH", "pm02", NINE, at("2026-05-20T09:00"))
    timers.fire_due(hotline, at("2026-04-30T23:59:59"))
    assert told(hotline, "period_unplanned") == []
    timers.fire_due(hotline, at("2026-05-01T00:00"))
    assert sorted(told(hotline, "period_unplanned")) == [(at("2026-05-01T00:00"), "pm01"), (at("2026-05-01T00:00"), "pm03")]
    assert promise(hotline, "survey", "2026H1", "QH").due_at == at("2026-07-01T00:00")


def test_the_second_half_years_reminder_comes_on_the_first_of_november(sqlite_hotline):
    installed(sqlite_hotline, at("2026-07-01T00:00"))
    periods.open_due(sqlite_hotline, at("2026-07-01T00:00"))
    timers.fire_due(sqlite_hotline, at("2026-11-01T00:00"))
    assert {to for when, to in told(sqlite_hotline, "period_unplanned", "2026H2") if when == at("2026-11-01T00:00")} == {"pm01", "pm02", "pm03"}


def test_a_survey_ends_with_its_sheets_and_only_with_sheets_that_add_up(hotline):
    periods.open_due(hotline, NINE)
    close = lambda by, **sheets: periods.confirm(hotline, "survey", "2026H1", by, NINE + timedelta(days=60), "WTL", sheets)  # noqa: E731
    with pytest.raises(Refused, match="not_allowed"):
        close("pm02", issued=500, returned=420, satisfied=413)
    with pytest.raises(Refused, match="too_many_returned"):
        close("pm01", issued=400, returned=420, satisfied=413)
    with pytest.raises(Refused, match="bad_value"):
        close("pm01", issued=500, returned=420)
    close("pm01", issued=500, returned=420, satisfied=413)
    lines = {reports.said(a, "zh"): b for a, b in report(hotline, "survey", "2026H1", NINE).rows("survey")}
    assert period(hotline, "survey", "2026H1", "WTL").content["satisfied"] == 413
    assert "综合满意率" in lines


def turn_of(hotline, user):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(DutyRow).where(DutyRow.user == user, DutyRow.start_at <= NINE, DutyRow.end_at > NINE))


def test_open_tickets_not_handed_over_a_quarter_of_an_hour_before_the_shift_ends_are_told_to_the_lead(hotline):
    with hotline.store.transaction() as session:
        company.on_duty_exactly(session, ["agent01", "lead01", "dispatcher01"], NINE - timedelta(hours=1), NINE + timedelta(hours=7))
    late_dispatch(hotline)
    end = turn_of(hotline, "agent01").end_at
    periods.open_due(hotline, NINE)
    timers.fire_due(hotline, end - timedelta(minutes=15, milliseconds=1))
    assert told(hotline, "handover_due") == []
    timers.fire_due(hotline, end - timedelta(minutes=15))
    assert sorted(to for _, to in told(hotline, "handover_due", "王芳")) == ["agent01", "lead01"]
    shifts.hand_over(hotline, "agent01", "agent02", "厨房水管,配件明早到", "h1", end - timedelta(minutes=5))
    timers.fire_due(hotline, end + timedelta(hours=3))
    assert told(hotline, "handover_overdue", "王芳") == []


def test_a_shift_with_nothing_open_ends_without_a_word(hotline):
    periods.open_due(hotline, NINE)
    timers.fire_due(hotline, NINE + timedelta(hours=20))
    assert told(hotline, "handover_due") == told(hotline, "handover_overdue") == []
    with hotline.store.reading() as session:
        assert audit.unguarded(hotline, session) == []


def test_the_weekly_report_tells_every_department_and_each_head_signs_for_their_own(hotline):
    periods.open_due(hotline, at("2026-03-16T00:10"))
    with pytest.raises(Refused, match="not_a_report"):
        periods.acknowledge(hotline, "2026-W11", "engineering", "engineering01", at("2026-03-16T10:00"))
    periods.confirm(hotline, "weekly_report", "2026-W11", "supervisor01", at("2026-03-16T10:00"))
    assert {to for _, to in told(hotline, "report_sent")} == {"engineering01", "order01", "environment01"}
    with pytest.raises(Refused, match="not_allowed"):
        periods.acknowledge(hotline, "2026-W11", "engineering", "order01", at("2026-03-16T11:00"))
    periods.acknowledge(hotline, "2026-W11", "engineering", "engineering01", at("2026-03-16T11:00"))
    assert period(hotline, "weekly_report", "2026-W11").content["signed"]["engineering"]["by"] == "engineering01"


def test_the_month_counts_what_its_rows_say(hotline):
    number = late_dispatch(hotline)
    clock_until(hotline, at("2026-03-10T12:00"))
    periods.open_due(hotline, at("2026-04-01T00:00"))
    month = report(hotline, "monthly_report", "2026-03", at("2026-04-02T00:00"))
    results = {row[0]: row[2] for row in month.rows("figures")}
    assert results["K04"] == "0/1 0.0% (n=1)"
    assert results["K05"] == "0/1 0.0% (n=1)"
    assert results["K16"] == "—"
    assert [(reports.said(name, "zh"), new, ended) for name, new, ended in month.rows("categories")] == [("101 爆管/大量跑水", 1, 0)]
    assert number.startswith("JX") or number
