"""A report in the browser: written on, checked, counted anew, signed, corrected, taken away as a file; and the sheet of a shift."""

import csv
import html
import io
import re
import zipfile
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from callcenter.services.demo import company
from callcenter.services.recurring import periods
from callcenter.services.reports import drafting
from callcenter.storage import facts
from tests.hotlines import NINE
from tests.web import office as offices
from tests.web.office import Hand, Office

DAY = "/reports/daily_close/2026-03-10"
WORKBOOK = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = offices.application(sqlite_hotline, (*offices.PAGES, "reports"))
    return made


@pytest.fixture
def day(office):
    """A day with one burst pipe, over and drafted."""
    office.number = office.opens()
    office.hand.now += timedelta(hours=23)
    periods.open_due(office.hotline, office.hand.now)
    return office


def version_of(page):
    return re.search(r'name="version" value="(\d+)"', page)[1]


def seen_of(page):
    return re.search(r'name="seen" value="(\w+)"', page)[1]


def tables(page):
    """Every table of the report's sections: its rows as a reader has them."""
    sections = re.findall(r'<section class="card stack report-section" id="s-.*?</section>', page, re.S)
    return [[[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]
             for row in re.findall(r"<tr>(.*?)</tr>", section.partition("<tbody>")[2], re.S)] for section in sections]


def workbook(body):
    """The rows of a workbook's first sheet."""
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheet = next(name for name in book.namelist() if name.startswith("xl/worksheets/"))
        root = ElementTree.fromstring(book.read(sheet))
        shared = ["".join(t.text or "" for t in item.iter(f"{WORKBOOK}t")) for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))] \
            if "xl/sharedStrings.xml" in book.namelist() else []
    return [[_cell(cell, shared) for cell in row] for row in root.iter(f"{WORKBOOK}row")]


def _cell(cell, shared):
    text = "".join(t.text or "" for t in cell.iter() if t.tag in (f"{WORKBOOK}t", f"{WORKBOOK}v"))
    return shared[int(text)] if cell.get("t") == "s" else text


def test_notes_are_kept_checked_by_another_and_stand_on_what_is_signed(day):
    lead, supervisor = day.visitor("lead01"), day.visitor("supervisor01")
    first = version_of(lead.page(DAY))
    assert lead.post(DAY, script=False, do="write", version=first, **{"note-night": "02:10 巡查正常"}).status_code == 303
    stale = supervisor.post(DAY, script=False, do="write", version=first, **{"note-night": "另一份记录"})
    assert (stale.status_code, "另一份记录" in stale.get_data(as_text=True)) == (422, True), "what was typed stays on the page"
    long = lead.post(DAY, script=False, do="write", version="1", **{"note-night": "长" * 4001})
    assert (long.status_code, "长" * 4001 in long.get_data(as_text=True)) == (422, True)
    assert lead.post(DAY, script=False, do="check").status_code == 422, "the writer is not the one who checks"
    assert supervisor.post(DAY, script=False, do="check").status_code == 303
    page = lead.page(DAY)
    assert "已核对" in page
    assert lead.post(DAY, script=False, seen=seen_of(page)).status_code == 303
    signed = day.visitor("quality01").page(DAY)
    assert ("02:10 巡查正常" in signed, 'id="write"' in signed, "SHA-256" in signed) == (True, False, True)
    assert lead.post(DAY, script=False, do="write", version="1", **{"note-night": "改"}).status_code == 422


def test_late_data_is_offered_as_a_correction_with_both_numbers_a_reason_and_a_history(day):
    lead = day.visitor("lead01")
    assert lead.post(DAY, script=False).status_code == 303
    assert 'id="differs"' not in lead.page(DAY)
    day.does(day.number, "reclassify", "supervisor01", category="104", reason="现场核实为龙头滴漏")
    page = lead.page(DAY)
    about = re.findall(r'name="about" value="([^"]+)"', page)
    assert "section:types" in about
    assert 'id="recount"' in page
    assert 'name="about"' not in day.visitor("gm01").page(DAY), "who neither signs nor checks may not correct"
    assert lead.post(DAY, script=False, do="recount", about="section:types", why=" ").status_code == 422
    assert lead.post(DAY, script=False, do="recount", about="section:types", why="现场核实后改类别").status_code == 303
    assert lead.post(DAY, script=False, do="rewrite", note="night", text="补记", why="").status_code == 422
    assert lead.post(DAY, script=False, do="rewrite", note="night", text="补记:02:10 巡查", why="漏填").status_code == 303
    after = lead.page(DAY)
    history = after[after.index('id="corrections"'):]
    assert all(said in history for said in ("现场核实后改类别", "漏填", "补记:02:10 巡查", "林海"))
    assert "签发后更正 2 次" in after
    taken = lead.client.get(f"{DAY}/csv").get_data(as_text=True)
    assert ("更正 2 次" in taken, "补记:02:10 巡查" in taken) == (True, True)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_screen_workbook_and_csv_have_the_same_rows(day, language):
    visitor = day.visitor("lead01", language)
    screen = [row for table in tables(visitor.page(DAY)) for row in table]
    taken = {ending: visitor.client.get(f"{DAY}/{ending}") for ending in ("csv", "xlsx")}
    assert [taken[e].headers["Content-Disposition"] for e in taken] == [f'attachment; filename="RP-D-2026-03-10.{e}"' for e in taken]
    read = list(csv.reader(io.StringIO(taken["csv"].get_data().decode("utf-8-sig"))))
    assert len(screen) == 10
    assert [row for row in screen if row not in read] == []
    assert [row for row in workbook(taken["xlsx"].get_data()) if any(row)] == [row for row in read if any(row)]


def test_a_number_opens_the_tickets_it_counts(day):
    lead = day.visitor("lead01")
    links = {html.unescape(x) for x in re.findall(rf'href="({re.escape(DAY)}/behind[^"]+)"', lead.page(DAY))}
    assert any(day.number in lead.page(link) for link in links)
    lead.page(f"{DAY}/behind?section=types&row=没有&column=1", 404)
    lead.page(f"{DAY}/behind?section=types&row=合计&column=x", 404)
    day.visitor("agent01").page(f"{DAY}/behind?section=types&row=合计&column=1", 404)


def test_a_quarter_is_shown_as_drafted_until_somebody_counts_it_anew(office):
    quarter, number = "/reports/quarterly_report/2026-Q1", office.opens()
    office.hand.now = NINE + timedelta(days=22)
    with office.hotline.store.reading() as session:
        over = next(one for one in periods.due(session, office.hand.now) if one.kind == "quarterly_report")
    periods.open_one(office.hotline, over, office.hand.now)
    drafting.draft_due(office.hotline, office.hand.now)
    pm = office.visitor("pm01")
    page = pm.page(quarter)
    assert "数字按 " in page
    office.hand.now += timedelta(hours=1)
    office.does(number, "reclassify", "supervisor01", category="104", reason="现场核实为龙头滴漏")
    assert tables(pm.page(quarter)) == tables(page), "looking counts nothing"
    refused = pm.post(quarter, script=False, seen=seen_of(page))
    assert (refused.status_code, "内容刚有变动" in refused.get_data(as_text=True)) == (422, True)
    assert office.visitor("gm01").post(quarter, script=False, do="refresh").status_code == 422
    assert pm.post(quarter, script=False, do="refresh").status_code == 303
    again = pm.page(quarter)
    assert tables(again) != tables(page)
    assert pm.post(quarter, script=False, seen=seen_of(again)).status_code == 303


def test_a_shift_is_handed_over_and_signed_for_on_the_page_of_shifts(office):
    end = NINE + timedelta(hours=7)
    with office.hotline.store.transaction() as session:
        company.on_duty_exactly(session, ["agent01", "lead01", "dispatcher01"], NINE - timedelta(hours=1), end)
    number = office.opens()
    periods.open_due(office.hotline, NINE)
    office.hand.now = end - timedelta(minutes=5)
    giver, taker = office.visitor("agent01"), office.visitor("agent02")
    assert number in giver.page("/reports/shifts")
    refused = giver.post("/reports/shifts", script=False, do="hand_over", to="", notes="配件明早到")
    assert (refused.status_code, "配件明早到" in refused.get_data(as_text=True)) == (422, True)
    assert giver.post("/reports/shifts", script=False, do="hand_over", to="agent02", notes="配件明早到", equipment="耳机一副坏").status_code == 303
    waiting = taker.page("/reports/shifts")
    with office.hotline.store.reading() as session:
        assert f"{facts.people(session)['agent01'].name} 于" in waiting[waiting.index("待您签收"):]
    sheet = html.unescape(re.search(r'href="(/reports/handover/[^"]+)"', waiting)[1])
    read = taker.page(sheet)
    assert all(said in read for said in (number, "配件明早到", "耳机一副坏"))
    office.visitor("agent03").page(sheet, 404)
    assert taker.post("/reports/shifts", script=False, do="sign").status_code == 303
    assert "双方已签" in giver.page("/reports/shifts")
    with office.hotline.store.reading() as session:
        assert f"{facts.people(session)['agent02'].name} 于" in giver.page(sheet)


@pytest.mark.parametrize(("user", "there", "not_there"), [
    ("agent01", ["/reports/shifts"], "/field/checks"), ("dispatcher01", ["/reports/shifts", "/field/checks"], "/surveys"),
    ("supervisor01", ["/field/checks"], "/reports/shifts"), ("plumber01", [], "/reports/shifts")])
def test_ones_own_page_leads_to_the_shifts_and_forms_one_may_open(office, user, there, not_there):
    page = office.visitor(user).page("/me")
    assert ([path for path in there if f'href="{path}"' in page], f'href="{not_there}"' in page) == (there, False)
    assert ("班次与表单" in page) is bool(there)
