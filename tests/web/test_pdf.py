"""Reports and forms as PDF, where WeasyPrint is installed: the document is read back; where it is not, nobody is offered one."""

import io
import re
import shutil
import subprocess
from datetime import timedelta

import pytest

from callcenter import pdf
from callcenter.services.recurring import periods
from tests.web import office as offices
from tests.web.office import Hand, Office

WORK_ORDER = "/tickets/{}/print/work_order"


def why_not() -> str:
    """Why no PDF can be made and read back here; nothing where it can."""
    try:
        import pypdf  # noqa: F401
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as missing:
        return f"weasyprint, its libraries or pypdf: {missing}"
    fonts = shutil.which("fc-list")
    found = subprocess.run([fonts, ":lang=zh"], capture_output=True, check=False).stdout if fonts else b""
    return "" if found else "no font with Chinese characters (fonts-noto-cjk)"


MISSING = why_not()
real = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = offices.application(sqlite_hotline, (*offices.PAGES, "reports"))
    return made


def read(answer):
    """The pages of a document as text without blanks."""
    from pypdf import PdfReader

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return [re.sub(r"\s", "", page.extract_text()) for page in PdfReader(io.BytesIO(answer.data)).pages]


@real
def test_the_work_order_is_a_pdf_of_three_copies_with_the_number_masked(office):
    number = office.opens(content="厨房爆管", convenient_time="随时")
    pages = "".join(read(office.visitor("agent01").client.get(WORK_ORDER.format(number) + "?as=pdf")))
    for copy in ("客服联", "工程联", "业主联"):
        assert pages.count(copy) == 1
    assert pages.count("工程维修单") >= 3
    assert pages.count("厨房爆管") == 3
    assert "190****0001" in pages
    assert "19000000001" not in pages


@real
def test_a_report_is_a_pdf_with_its_sections_and_without_its_buttons(office):
    office.opens()
    office.hand.now += timedelta(days=22)
    with office.hotline.store.reading() as session:
        month = next(one for one in periods.due(session, office.hand.now) if one.kind == "monthly_report")
    periods.open_one(office.hotline, month, office.hand.now)
    answer = office.visitor("supervisor01", "en").client.get("/reports/monthly_report/2026-03/pdf")
    pages = "".join(read(answer))
    assert "RP-M-2026-03.pdf" in answer.headers["Content-Disposition"]
    for said in ("Monthlyreport", "Notsignedyet", "Figures", "Responsetimes", "Firstresponders", "Print:"):
        assert said in pages
    assert "Excel" not in pages


@pytest.mark.parametrize(("form", "said"), [
    ("ledger", "业主报修台帐"), ("work_order", "工程维修单"), ("follow_up", "回访记录表"), ("complaint", "投诉单"), ("notice", "书面通知单"),
    ("supervision", "督办单")])
def test_each_form_goes_to_paper_with_its_styles_in_itself_and_nothing_to_press(office, monkeypatch, form, said):
    sheets = []
    monkeypatch.setattr(pdf, "installed", lambda: True)
    monkeypatch.setattr(pdf, "made", lambda html: sheets.append(html) or b"%PDF-")
    number = office.opens() if form == "work_order" else office.opens(category="903", content="保安态度不好", accused_dept="order")
    office.does(number, "supervise", "supervisor01", reason="业主多次来电", department="order")
    if form == "notice":
        office.does(number, "send_notice", "supervisor01", department="order", problem="态度生硬", due_at=office.hand.now + timedelta(days=1))
    visitor = office.visitor("supervisor01")
    path = f"/tickets/{number}/print/{form}"
    assert f'href="{path}?as=pdf"' in visitor.page(path)
    assert visitor.client.get(f"{path}?as=pdf").data == b"%PDF-"
    assert f"<h1>{said}</h1>" in sheets[0]
    assert "@page { size: A4" in sheets[0]
    assert "<script" not in sheets[0]


def test_without_the_library_nobody_is_offered_a_pdf(office, monkeypatch):
    monkeypatch.setattr(pdf, "installed", lambda: False)
    number = office.opens()
    visitor = office.visitor("supervisor01")
    assert "as=pdf" not in visitor.page(WORK_ORDER.format(number))
    visitor.page(WORK_ORDER.format(number) + "?as=pdf", 404)
    office.hand.move(hours=16)
    periods.open_due(office.hotline, office.hand.now)
    assert "/pdf" not in visitor.page("/reports/daily_close/2026-03-10")
    visitor.page("/reports/daily_close/2026-03-10/pdf", 404)


def test_what_cannot_be_made_says_so_and_is_logged(office, monkeypatch):
    monkeypatch.setattr(pdf, "installed", lambda: True)
    monkeypatch.setattr(pdf.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, b"", b"OSError: cannot load library"))
    page = office.visitor("agent01").page(WORK_ORDER.format(office.opens()) + "?as=pdf", 503)
    assert "PDF 没有生成成功" in page


@real
def test_no_address_is_opened_for_a_pdf(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim")
    made = pdf.made(f'<link rel="attachment" href="{secret.as_uri()}"><img src="http://127.0.0.1:9/x.png"><p>nur Text</p>')
    from pypdf import PdfReader

    document = PdfReader(io.BytesIO(made))
    assert "nur Text" in document.pages[0].extract_text()
    assert document.attachments == {}
