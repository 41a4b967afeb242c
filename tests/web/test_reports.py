"""Reports, exports and paper forms as browsers have them (scenarios 30, 33)."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from callcenter.domain.figures import Figure
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Department, Role
from callcenter.services import access, masking
from callcenter.services.recurring import periods
from callcenter.storage import facts
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
    assert "查看并签发" in lead.page("/reports")
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
    for path in ("/reports", "/reports/daily_close/2026-03-10"):
        page = office.visitor("supervisor01", "en").page(path)
        main = page[page.index("<main"):page.index("</main>")]
        words = re.sub(r"<[^>]+>|梧桐里\S*|和邻物业服务|青禾家园|望江苑", " ", main)
        assert set(re.findall(r"[一-鿿]+", words)) - names == set(), path


@pytest.mark.parametrize("user", ["agent01", "plumber01", "admin01"])
def test_reports_are_not_for_everybody(office, user):
    office.visitor(user).page("/reports", 403)


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


@pytest.mark.parametrize("statement", ["UPDATE access_log SET accessed_by = 'nobody'", "DELETE FROM access_log"])
def test_the_access_log_cannot_be_changed(hotline, statement):
    access.record(hotline, "export", "quality01", offices.NINE, {}, unmasked=True, reason="复核")
    with pytest.raises(DBAPIError), hotline.store.transaction() as session:
        session.execute(sa.text(statement))


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
