"""Reports from the draft to the correction: written on, checked, signed, kept, sent, acknowledged; what changes later is an entry of its own."""

import csv
import io
import re
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from callcenter import cli
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import audit, proving, tickets
from callcenter.services.demo import company
from callcenter.services.recurring import periods, shifts
from callcenter.services.reports import behind, building, correcting, drafting, files, listing, sending, showing, signing
from callcenter.storage import ledger
from callcenter.storage.report_tables import ReportCorrectionRow, ReportDraftRow, ReportSignedRow
from callcenter.storage.tables import TicketRow
from tests.hotlines import NINE
from tests.services.test_periods import at, installed, late_dispatch, period, promise, told

DAY = ("daily_close", "2026-03-10", "")
MORNING = at("2026-03-11T08:00")


@pytest.fixture
def day(hotline):
    """A day with one burst pipe nobody was sent to, over and drafted."""
    late_dispatch(hotline)
    periods.open_due(hotline, at("2026-03-11T00:01"))
    return hotline


@pytest.fixture
def sqlite_day(sqlite_hotline):
    late_dispatch(sqlite_hotline)
    periods.open_due(sqlite_hotline, at("2026-03-11T00:01"))
    return sqlite_hotline


def sign(hotline, by="lead01", now=MORNING, **more):
    periods.confirm(hotline, *DAY[:2], by, now, **more)


def shown(hotline, user="lead01", now=MORNING, language="zh", which=DAY):
    with hotline.store.reading() as session:
        return showing.show(hotline, session, listing.line(hotline, session, user, *which, now), user, language, now)


def total(text):
    return next(s for s in text["sections"] if s["key"] == "types")["rows"][-1][1:]


def reclassified(hotline, now):
    """Two days later the burst pipe turns out to have been a dripping tap."""
    with hotline.store.reading() as session:
        number = session.scalar(sa.select(TicketRow.number))
    tickets.carry_out(hotline, number, Act(Action.RECLASSIFY, "supervisor01", {"category": "104", "reason": "现场核实为龙头滴漏"}), "again", now)
    return number


def test_the_clock_drafts_the_day_once_when_it_is_over(sqlite_day):
    periods.open_due(sqlite_day, at("2026-03-11T00:06"))
    with sqlite_day.store.reading() as session:
        drafts = session.scalars(sa.select(ReportDraftRow)).all()
        assert [d.drafted_at for d in drafts] == [at("2026-03-11T00:01")]
        assert total(drafts[0].content["zh"]) == total(drafts[0].content["en"]) == ["1", "0", "1"]


def test_notes_are_kept_two_writers_notice_each_other_and_the_writer_does_not_check(day):
    drafting.write(day, *DAY, "lead01", {"night": "夜间巡查正常", "nothing": "x"}, 0, MORNING)
    with pytest.raises(Refused, match="changed_meanwhile"):
        drafting.write(day, *DAY, "supervisor01", {"night": "另一份"}, 0, MORNING)
    with pytest.raises(Refused, match="not_allowed"):
        drafting.write(day, *DAY, "agent01", {"night": "x"}, 1, MORNING)
    with pytest.raises(Refused, match="own_report"):
        drafting.check(day, *DAY, "lead01", MORNING)
    drafting.check(day, *DAY, "supervisor01", MORNING)
    assert shown(day).draft.checked_by == "supervisor01"
    drafting.write(day, *DAY, "lead01", {"night": "夜间巡查正常,02:10 电梯困人演练"}, 1, MORNING)
    assert (shown(day).draft.checked_by, shown(day).notes) == (None, {"night": "夜间巡查正常,02:10 电梯困人演练"})


def test_what_is_signed_is_what_was_seen_and_stays_with_its_notes_and_its_hash(day):
    drafting.write(day, *DAY, "lead01", {"night": "无事"}, 0, MORNING)
    seen = shown(day).seen
    with pytest.raises(Refused, match="report_changed"):
        sign(day, seen="0" * 64)
    sign(day, seen=seen)
    found = shown(day)
    assert (found.notes, found.line.confirmed_by, found.differences) == ({"night": "无事"}, "林海", [])
    assert found.signed.row.sha256 == signing.digest(found.signed.row.content)
    with pytest.raises(Refused, match="report_signed"):
        drafting.write(day, *DAY, "lead01", {"night": "改"}, 1, MORNING)
    assert [to for _, to in told(day, "report_signed", "/reports/daily_close/2026-03-10")] == ["pm01", "pm02", "pm03"]


@pytest.mark.parametrize("statement", ["UPDATE report_signed SET content = '{}'", "DELETE FROM report_signed"])
def test_raw_sql_changes_no_signed_report(day, statement):
    sign(day)
    with pytest.raises(DBAPIError), day.store.transaction() as session:
        session.execute(sa.text(statement))


def test_a_report_changed_behind_our_back_is_found_by_the_doctor(sqlite_day):
    sign(sqlite_day)
    with sqlite_day.store.transaction() as session:
        assert list(signing.faults(session)) == []
        session.execute(sa.text("DROP TRIGGER report_signed_no_update"))
        session.execute(sa.text("UPDATE report_signed SET content = replace(content, '2026-03-10', '2026-03-09')"))
    with sqlite_day.store.reading() as session:
        assert [fault.partition(": ")[2] for fault in signing.faults(session)] == ["content was changed"]
    assert [f.name for f in audit.examine(sqlite_day, MORNING, processes=False) if not f.ok and f.name == "reports"] == ["reports"]


def test_even_with_its_hash_made_anew_a_changed_report_is_not_what_the_ledger_knows(sqlite_day):
    sign(sqlite_day)
    with sqlite_day.store.transaction() as session:
        session.execute(sa.text("DROP TRIGGER report_signed_no_update"))
        row = session.scalar(sa.select(ReportSignedRow))
        row.content = {**row.content, "notes": {"night": "从未写过"}}
        row.sha256 = signing.digest(row.content)
    with sqlite_day.store.reading() as session:
        assert [fault.partition(": ")[2] for fault in signing.faults(session)] == ["not what the ledger says was signed"]


def test_late_data_is_shown_with_both_numbers_and_corrected_by_an_entry_chained_to_what_was_signed(day):
    sign(day)
    later = at("2026-03-13T10:00")
    number = reclassified(day, later)
    found = shown(day, now=later)
    differing = {d.about: d for d in found.differences}
    assert ("急修", "", "1 / 0 / 1", "—") in differing["section:types"].cells
    assert total(found.text) == ["1", "0", "1"], "what was signed does not change by itself"
    for refused, by, why in (("not_allowed", "agent01", "x"), ("reason_needed", "lead01", " ")):
        with pytest.raises(Refused, match=refused):
            correcting.recount(day, *DAY, by, ["section:types"], why, later)
    with pytest.raises(Refused, match="nothing_to_correct"):
        correcting.recount(day, *DAY, "lead01", ["section:slips"], "核对", later)
    assert correcting.recount(day, *DAY, "lead01", list(differing), "现场核实后改类别", later) == len(differing)
    correcting.rewrite(day, *DAY, "supervisor01", "night", "补记:02:10 巡查", "漏填", later)
    after = shown(day, now=later)
    first, *_, last = after.signed.corrections
    assert (first.prev_hash, last.hash, after.differences) == (found.signed.row.sha256, after.signed.hash, [])
    assert (last.was, last.now, last.why, last.by, after.notes) == ("", "补记:02:10 巡查", "漏填", "supervisor01", {"night": "补记:02:10 巡查"})
    assert not any(number in row for s in after.text["sections"] for row in s["rows"] if s["key"] == "types")
    assert "急修" not in [row[0] for s in after.text["sections"] if s["key"] == "types" for row in s["rows"]]
    assert after.signed.row.content == found.signed.row.content
    assert [to for _, to in told(day, "report_corrected", "漏填")] == ["pm01", "pm02", "pm03"]
    with day.store.reading() as session:
        assert [*signing.faults(session), *ledger.faults(session)] == []
    with pytest.raises(DBAPIError), day.store.transaction() as session:
        session.execute(sa.text("UPDATE report_correction SET why = 'x'"))


def test_a_correction_taken_out_or_rewritten_is_found(sqlite_day):
    sign(sqlite_day)
    correcting.rewrite(sqlite_day, *DAY, "lead01", "night", "一", "漏填", MORNING)
    correcting.rewrite(sqlite_day, *DAY, "lead01", "night", "二", "写错", MORNING)
    with sqlite_day.store.transaction() as session:
        for verb in ("update", "delete"):
            session.execute(sa.text(f"DROP TRIGGER report_correction_no_{verb}"))
        session.execute(sa.delete(ReportCorrectionRow).where(ReportCorrectionRow.seq == 1))
        session.execute(sa.update(ReportCorrectionRow).values(why="没有写错"))
    with sqlite_day.store.reading() as session:
        assert [fault.partition(": ")[2] for fault in signing.faults(session)] == [
            "a correction before number 2 is missing", "correction 2 was changed", "the ledger knows 2 corrections, there are 1"]


def test_the_command_finds_in_a_copy_everything_that_was_tampered_with(sqlite_day, tmp_path, monkeypatch, capsys):
    sign(sqlite_day)
    correcting.rewrite(sqlite_day, *DAY, "lead01", "night", "一", "漏填", MORNING)
    monkeypatch.setattr("callcenter.storage.schema.current", lambda engine: ("newest", "newest"))
    copy, asked = tmp_path / "copy.sqlite3", ["verify", "--database", f"sqlite:///{tmp_path / 'copy.sqlite3'}"]
    with closing(sqlite3.connect(sqlite_day.store.engine.url.database)) as real, closing(sqlite3.connect(copy)) as taken:
        real.backup(taken)
    assert cli.main(asked) == 0
    assert re.fullmatch(r"✓ 与当初写下的一致:日志 \d+ 条、工单 \d+ 张、签发的报表 1 份、更正 1 次\n", capsys.readouterr().out)
    with closing(sqlite3.connect(copy)) as taken:
        for name, in taken.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            taken.execute(f"DROP TRIGGER {name}")
        number, = taken.execute("SELECT number FROM ticket ORDER BY id LIMIT 1").fetchone()
        chain, = taken.execute("SELECT 'period:' || period_id FROM report_signed").fetchone()
        for statement in ("UPDATE ticket SET state = 'merged' WHERE id = 1", "UPDATE report_signed SET content = replace(content, '03-10', '03-09')",
                          "UPDATE report_correction SET why = 'x'", "UPDATE event SET done_by = 'agent03' WHERE chain = 'ticket:1' AND seq = 1",
                          "DELETE FROM event WHERE id = (SELECT max(id) FROM event WHERE period_id = (SELECT period_id FROM report_signed))"):
            assert taken.execute(statement).rowcount == 1, statement
        taken.commit()
    assert cli.main([*asked, "--lang", "en"]) == 1
    *found, last = capsys.readouterr().out.splitlines()
    assert {line.removeprefix("✗ ").partition(" (")[0].partition(", the ledger")[0] for line in found} >= {
        "ticket:1: event 1", f"{chain}: the last events are missing", "report of period daily_close 2026-03-10: content was changed",
        "report of period daily_close 2026-03-10: correction 1 was changed", f"{number}: stands at merged"}
    assert re.match(rf"✗ {len(found)} differences; looked at \d+ events, ", last)
    assert cli.main(asked) == 1
    assert f"✗ {chain}:最后几条不见了" in capsys.readouterr().out
    assert cli.main(["verify", "--database", "sqlite:////nowhere/h.sqlite3"]) == 2
    with sqlite_day.store.reading() as session:
        assert list(proving.faults(session)) == []


def test_page_workbook_and_csv_say_the_same_numbers_and_the_numbers_open_their_tickets(sqlite_day):
    sign(sqlite_day)
    found = shown(sqlite_day)
    rows = list(files.lines([("日结", "")], found.text, [], {}))
    read = list(csv.reader(io.StringIO(files.as_csv(iter(rows)).decode("utf-8-sig"))))
    assert [row for row in read if row] == [row for row in rows if row]
    for section in found.text["sections"]:
        assert all(row in read for row in section["rows"])
    assert files.as_xlsx(iter(rows), 1).startswith(b"PK")
    with sqlite_day.store.reading() as session:
        line = listing.line(sqlite_day, session, "lead01", *DAY, MORNING)
        tickets_ = behind.behind(sqlite_day, session, line, "lead01", "types", "合计", 1, "zh", MORNING)
        assert (tickets_.total, [(t.kind, t.name) for t in tickets_.members]) == (1, [("ticket", session.scalar(sa.select(TicketRow.number)))])
        assert behind.behind(sqlite_day, session, line, "lead01", "types", "没有这行", 1, "zh", MORNING) is None


def test_what_a_number_counts_is_told_page_by_page(sqlite_hotline, monkeypatch):
    monkeypatch.setattr(behind, "SHOWN", 1)
    for n, room in enumerate(("1601", "1602", "1502")):
        fields = {"category": "104", "room": f"梧桐里3栋2单元{room}", "customer_name": "周敏", "content": "滴水", "contact_phone": "19000000001"}
        tickets.open_ticket(sqlite_hotline, Act(Action.OPEN_TICKET, "agent01", fields), f"key-{n}", NINE)
    periods.open_due(sqlite_hotline, at("2026-03-11T00:01"))
    sign(sqlite_hotline)
    with sqlite_hotline.store.reading() as session:
        line = listing.line(sqlite_hotline, session, "lead01", *DAY, MORNING)
        pages = [behind.behind(sqlite_hotline, session, line, "lead01", "types", "合计", 1, "zh", MORNING, page=n) for n in (1, 2, 3, 99)]
    assert [(one.total, one.listed, one.named, one.page, one.pages) for one in pages] == [(3, 3, 3, n, 3) for n in (1, 2, 3, 3)]
    assert len({one.members[0].name for one in pages}) == 3


def test_a_number_of_a_signed_report_opens_what_it_counted_then_and_a_correction_brings_its_own(day):
    sign(day)
    number = reclassified(day, MORNING + timedelta(days=2))
    later = MORNING + timedelta(days=3)

    def types():
        with day.store.reading() as session:
            line = listing.line(day, session, "lead01", *DAY, later)
            rows = [row[0] for row in next(s for s in shown(day, now=later).text["sections"] if s["key"] == "types")["rows"]]
            found = [behind.behind(day, session, line, "lead01", "types", row, 1, "zh", later, at) for at, row in enumerate(rows)]
        return {row: [m.name for m in one.members] for row, one in zip(rows, found, strict=True) if one.total}

    assert types() == {"急修": [number], "合计": [number]}
    correcting.recount(day, *DAY, "lead01", ["section:types"], "现场核实", later)
    assert types() == {"日常报修": [number], "合计": [number]}
    with day.store.reading() as session:
        assert list(signing.faults(session)) == []


def test_a_report_that_cannot_be_counted_says_so_is_tried_again_ever_later_and_is_forgotten_once_it_succeeds(sqlite_hotline, monkeypatch):
    late_dispatch(sqlite_hotline)
    midnight = at("2026-03-11T00:01")

    def failed(now):
        periods.open_due(sqlite_hotline, now)
        with sqlite_hotline.store.reading() as session:
            waiting, _ = listing.lines(sqlite_hotline, session, "supervisor01", now, "daily_close")
        return [(f.times, f.at, f.what, f.again_at) if (f := line.failed) else None for line in waiting]

    with monkeypatch.context() as broken:
        broken.setattr(building.day, "sections", lambda _: 1 / 0)
        what, five = "ZeroDivisionError: division by zero", timedelta(minutes=5)
        first = [(1, midnight, what, midnight + five)]
        assert failed(midnight) == failed(midnight + timedelta(minutes=4)) == first
        assert failed(midnight + five) == [(2, midnight + five, what, midnight + 3 * five)]
        with pytest.raises(Refused, match="report_uncountable"):
            shown(sqlite_hotline, now=midnight + five)
    assert failed(midnight + 3 * five) == [None]
    with sqlite_hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []
    assert total(shown(sqlite_hotline).text) == ["1", "0", "1"]


def test_quarter_and_year_end_with_new_years_eve_and_fall_due_on_working_days(sqlite_hotline):
    installed(sqlite_hotline, at("2026-12-31T23:59"))
    periods.open_due(sqlite_hotline, at("2027-01-01T00:00:01"))
    quarter, year = (period(sqlite_hotline, kind, key) for kind, key in (("quarterly_report", "2026-Q4"), ("yearly_report", "2026")))
    assert (quarter.since, quarter.until) == (at("2026-10-01T00:00"), at("2027-01-01T00:00"))
    assert (year.since, year.until) == (at("2026-01-01T00:00"), at("2027-01-01T00:00"))
    assert promise(sqlite_hotline, "quarterly_report", "2026-Q4").due_at == at("2027-01-11T18:00"), "the 10th is a Sunday"
    assert promise(sqlite_hotline, "yearly_report", "2026").due_at == at("2027-01-20T18:00")
    for kind, key, by, refused in (("quarterly_report", "2026-Q4", "supervisor01", "not_allowed"), ("yearly_report", "2026", "pm01", "not_allowed"),
                                   ("yearly_report", "2027", "quality01", "unknown_period")):
        with pytest.raises(Refused, match=refused):
            periods.confirm(sqlite_hotline, kind, key, by, at("2027-01-05T10:00"))
    periods.confirm(sqlite_hotline, "yearly_report", "2026", "quality01", at("2027-01-05T10:00"))
    text = shown(sqlite_hotline, "quality01", at("2027-01-05T10:00"), which=("yearly_report", "2026", "")).text
    goals = next(s for s in text["sections"] if s["key"] == "goals")["rows"]
    assert {row[5] for row in goals if row[0].endswith("K04")} == {"没有记录,不能证明"}


def test_a_department_that_has_not_acknowledged_is_reminded_daily_and_its_supervisor_from_the_second_day(sqlite_hotline):
    monday = at("2026-03-16T10:00")
    periods.open_due(sqlite_hotline, at("2026-03-16T00:10"))
    periods.confirm(sqlite_hotline, "weekly_report", "2026-W11", "supervisor01", monday)
    periods.acknowledge(sqlite_hotline, "2026-W11", "engineering", "engineering01", monday)
    assert sending.remind(sqlite_hotline, monday + timedelta(hours=23, minutes=59)) == 0
    assert [sending.remind(sqlite_hotline, monday + timedelta(days=1)) for _ in range(2)] == [2, 0]
    assert {to for _, to in told(sqlite_hotline, "report_unread")} == {"order01", "environment01"}
    sending.remind(sqlite_hotline, monday + timedelta(days=2))
    assert "supervisor01" in {to for _, to in told(sqlite_hotline, "report_unread")}


def test_the_sheet_of_a_shift_is_filled_in_frozen_with_the_handing_over_and_signed_by_both(sqlite_hotline):
    with sqlite_hotline.store.transaction() as session:
        company.on_duty_exactly(session, ["agent01", "lead01", "dispatcher01"], NINE - timedelta(hours=1), NINE + timedelta(hours=7))
    number = late_dispatch(sqlite_hotline)
    end = NINE + timedelta(hours=7)
    periods.open_due(sqlite_hotline, NINE)
    shifts.hand_over(sqlite_hotline, "agent01", "agent02", "配件明早到", "h1", end - timedelta(minutes=5))
    shifts.sign(sqlite_hotline, "agent02", "s1", end)
    with sqlite_hotline.store.reading() as session:
        sheet = next(line for line in listing.shifts(sqlite_hotline, session, "agent02", end) if line.content["user"] == "agent01")
        assert sheet.signed["receiver"]["by"] == "agent02"
        assert listing.line(sqlite_hotline, session, "agent03", "handover", sheet.key, "", end) is None, "nobody else's agent reads it"
        found = showing.show(sqlite_hotline, session, sheet, "agent02", "zh", end)
    open_ = next(s for s in found.text["sections"] if s["key"] == "open")["rows"]
    urgent = next(s for s in found.text["sections"] if s["key"] == "urgent")["rows"]
    assert ([row[0] for row in open_], [row[0] for row in urgent]) == ([number], [number])
    with sqlite_hotline.store.reading() as session:
        assert [*signing.faults(session), *ledger.faults(session)] == []
