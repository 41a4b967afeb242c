"""Reports, exports and paper forms as browsers have them (scenarios 30, 33)."""

import csv
import io
import re
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from callcenter.domain.figures import Figure
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Department, Role
from callcenter.services import access, exports, masking, periods
from callcenter.storage import facts
from callcenter.storage.tables import AccessRow
from tests.web import office as offices
from tests.web.office import Hand, Office


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = offices.application(sqlite_hotline, (*offices.PAGES, "reports") if "reports" not in offices.PAGES else offices.PAGES)
    return made


def day_over(office):
    """The day is over; what that opens is open."""
    office.hand.move(hours=16)
    periods.open_due(office.hotline, office.hand.now)


def test_the_lead_reads_the_day_with_its_breaches_and_confirms_it(office):
    number = office.opens()
    day_over(office)
    lead = office.visitor("lead01")
    assert "查看并确认" in lead.page("/reports")
    page = lead.page("/reports/daily_close/2026-03-10")
    assert number in page
    assert "到时尚未派单" in page
    assert lead.post("/reports/daily_close/2026-03-10", script=False).status_code == 303
    again = lead.page("/reports/daily_close/2026-03-10")
    assert "林海 于" in again
    assert 'id="confirm"' not in again


def test_every_page_of_a_report_speaks_english_too(office):
    office.opens()
    day_over(office)
    with office.hotline.store.reading() as session:
        names = {p.name for p in facts.people(session).values()}
    for path in ("/reports", "/reports/daily_close/2026-03-10", "/reports/export"):
        page = office.visitor("supervisor01", "en").page(path)
        main = page[page.index("<main"):page.index("</main>")]
        words = re.sub(r"<[^>]+>|梧桐里\S*|和邻物业服务|青禾家园|望江苑", " ", main)
        assert set(re.findall(r"[一-鿿]+", words)) - names == set(), path


@pytest.mark.parametrize("user", ["agent01", "plumber01", "admin01"])
def test_reports_are_not_for_everybody(office, user):
    office.visitor(user).page("/reports", 403)
    office.visitor(user).page("/reports/export", 403)


def test_who_may_not_confirm_is_told_so(office):
    day_over(office)
    answer = office.visitor("quality01").post("/reports/daily_close/2026-03-10", script=False)
    assert answer.status_code == 422
    assert "没有这个权限" in answer.get_data(as_text=True)


def test_a_departments_head_sees_the_weekly_report_of_their_own_department_and_signs(office):
    office.opens(category="903", content="保安态度不好", accused_dept="order", customer_name="李雷")
    office.hand.now += timedelta(days=6)
    periods.open_due(office.hotline, office.hand.now)
    head = office.visitor("order01")
    head.page("/reports/daily_close/2026-03-10", 404)
    assert office.visitor("supervisor01").post("/reports/weekly_report/2026-W11", script=False).status_code == 303
    page = head.page("/reports/weekly_report/2026-W11")
    assert "秩序部" in page
    assert "工程部" not in page
    assert head.post("/reports/weekly_report/2026-W11", script=False, do="sign", department="engineering").status_code == 422
    assert head.post("/reports/weekly_report/2026-W11", script=False, do="sign", department="order").status_code == 303
    assert "秩序部 已签收" in head.page("/reports/weekly_report/2026-W11")


def taken(office, user="supervisor01", **form):
    wish = {"kind": "ledger", "format": "csv", "since": "2026-03-10", "until": "2026-03-10", **form}
    return office.visitor(user).post("/reports/export", script=False, **wish)


def logged(office):
    with office.hotline.store.reading() as session:
        return [(r.by, r.what, r.unmasked, r.reason, r.about["tickets"]) for r in session.scalars(sa.select(AccessRow).order_by(AccessRow.id))]


def test_a_ledger_is_masked_and_that_it_was_taken_is_written_down(office):
    number = office.opens()
    answer = taken(office)
    held = answer.get_data()
    assert held.startswith(b"\xef\xbb\xbf")
    head, line = csv.reader(io.StringIO(held.decode("utf-8-sig")))
    row = dict(zip(head, line, strict=True))
    assert (row["工单编号"], row["客户姓名"], row["住址"], row["联系方式"]) == (number, "周**", "梧桐里3栋***", "190****0001")
    assert row["首问责任人"] == "王芳"
    assert logged(office) == [("supervisor01", "export", False, "", 1)]


def test_only_quality_takes_names_and_numbers_in_full_and_only_with_a_reason(office):
    office.opens()
    assert taken(office, unmasked="yes", reason="想看").status_code == 403
    refused = taken(office, "quality01", unmasked="yes", reason=" ")
    assert (refused.status_code, logged(office)) == (422, [])
    whole = taken(office, "quality01", unmasked="yes", reason="投诉复核").get_data().decode("utf-8-sig")
    assert "梧桐里3栋2单元1602" in whole
    assert "19000000001" in whole
    assert logged(office) == [("quality01", "export", True, "投诉复核", 1)]


@pytest.mark.parametrize("statement", ["UPDATE access_log SET accessed_by = 'nobody'", "DELETE FROM access_log"])
def test_the_access_log_cannot_be_changed(hotline, statement):
    access.record(hotline, "export", "quality01", offices.NINE, {}, unmasked=True, reason="复核")
    with pytest.raises(DBAPIError), hotline.store.transaction() as session:
        session.execute(sa.text(statement))


def test_a_pm_takes_only_their_own_project(office):
    office.opens()
    mine = office.opens(room="青禾家园5栋1单元302", category="104", content="滴漏")
    held = taken(office, "pm02").get_data().decode("utf-8-sig")
    assert [line[0] for line in csv.reader(io.StringIO(held))][1:] == [mine]


@pytest.mark.parametrize(("cell", "safe"), [("=1+1", "'=1+1"), ("+8613800000000", "'+8613800000000"), ("-2", "'-2"), ("@SUM(A1)", "'@SUM(A1)"),
                                            ("\t=1", "'\t=1"), ("水管=漏", "水管=漏"), ("", "")])
def test_no_cell_is_a_formula_to_a_spreadsheet(cell, safe):
    assert exports.safe(cell) == safe
    sheet = zipfile.ZipFile(io.BytesIO(b"".join(exports.as_xlsx(["a"], [[cell]])))).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_work_orders_and_follow_ups_come_as_workbooks(office):
    number = office.opens()
    office.does(number, "dispatch", "dispatcher01" if office.on_duty("dispatcher01") else "dispatcher02", to="plumber01")
    for kind, lines in (("work_orders", 2), ("follow_ups", 1), ("ledger", 2)):
        held = zipfile.ZipFile(io.BytesIO(taken(office, kind=kind, format="xlsx").get_data())).read("xl/worksheets/sheet1.xml").decode()
        assert held.count("<row ") == lines, kind


@pytest.mark.parametrize("wrong", [{"kind": "everything"}, {"format": "pdf"}, {"since": "yesterday"}, {"until": "2026-03-01"}])
def test_an_export_that_makes_no_sense_is_refused_and_not_logged(office, wrong):
    assert taken(office, **wrong).status_code == 422
    assert logged(office) == []


@pytest.mark.parametrize(("form", "status"), [("ledger", 200), ("work_order", 200), ("follow_up", 200), ("complaint", 404), ("nothing", 404)])
def test_a_tickets_forms_are_printed_with_the_number_masked(office, form, status):
    number = office.opens()
    page = office.visitor("agent01").page(f"/tickets/{number}/print/{form}", status)
    assert "19000000001" not in page
    if status == 200:
        assert "190****0001" in page
        assert page.count('class="paper"') == (3 if form == "work_order" else 1)


def test_the_records_a_ticket_has_besides_are_printed_too_and_only_those(office):
    number = office.opens()
    office.visitor("supervisor01").page(f"/tickets/{number}/print/postponement", 404)
    office.does(number, "supervise", "supervisor01", reason="业主多次来电", department="engineering", assessed=True)
    page = office.visitor("supervisor01").page(f"/tickets/{number}/print/supervision")
    for said in ("督办单", "业主多次来电", "工程部", "是否考核"):
        assert said in page
    assert "Supervision order" in office.visitor("supervisor01", "en").page(f"/tickets/{number}/print/supervision")


def test_the_work_order_shows_materials_row_by_row_time_money_and_why_there_is_no_signature(office):
    number = office.opens(category="104")
    for action, by, fields in (("dispatch", "dispatcher01", {"to": "plumber01"}), ("accept", "plumber01", {}), ("arrive", "plumber01", {}),
                               ("complete", "plumber01", {"result": "换阀芯", "result_explained": True, "fault_cause": "老化", "work_minutes": 25,
                                                          "materials": "阀芯/DN20/2 个/35 元\n生料带", "labour_fee": 30,
                                                          "unsigned_reason": "家中只有老人"})):
        office.does(number, action, by, **fields)
    page = office.visitor("agent01").page(f"/tickets/{number}/print/work_order")
    for said in ("阀芯 DN20 2 个 35 元 70", "生料带", "100.0", "家中只有老人", "25"):
        assert said in page


def test_a_complaint_has_its_own_form(office):
    number = office.opens(category="903", content="保安态度不好", accused_dept="order")
    assert "投诉单" in office.visitor("supervisor01").page(f"/tickets/{number}/print/complaint")


def person(user, *roles, department=Department.CUSTOMER_SERVICE):
    return Person(user, user, frozenset(roles), department=department)


@pytest.mark.parametrize(("listener", "allowed"), [
    (person("admin01", Role.ADMIN), False), (person("agent01", Role.AGENT), True), (person("agent02", Role.AGENT), False),
    (person("lead01", Role.LEAD), True), (person("guard01", Role.LEAD, department=Department.ORDER), False),
    (person("supervisor01", Role.SUPERVISOR), True), (person("quality01", Role.QUALITY, department=None), True),
    (person("plumber01", Role.TECHNICIAN, department=Department.ENGINEERING), False), (person("dispatcher01", Role.DISPATCHER), False)])
def test_recordings_are_played_to_those_who_answer_for_the_call_and_never_to_an_administrator(listener, allowed):
    assert access.may_play_recording(listener, person("agent01", Role.AGENT)) is allowed


@pytest.mark.parametrize(("text", "home", "masked"), [("梧桐里3栋2单元1602", True, "梧桐里3栋***"), ("3栋2单元电梯", False, "3栋2单元电梯"),
                                                      ("望江苑商铺5号", True, "望江苑***")])
def test_a_home_is_masked_to_its_building(text, home, masked):
    assert masking.place(text, home) == masked


@pytest.mark.parametrize(("valid", "within"), [(27, True), (28, False)])
def test_valid_complaints_per_household_stand_on_either_side_of_two_percent(office, valid, within):
    figure = Figure("K18", "", "", "", "", valid, 1396)
    assert (figure.value <= office.hotline.rulebook.policy.targets["K18"]) is within
