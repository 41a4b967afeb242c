"""Ledgers and forms on paper, as a browser makes a PDF of them: A4, the head on every page, nothing cut off at the right."""

import re
import threading
from datetime import timedelta

import pytest
from werkzeug.serving import make_server

from callcenter import clock
from tests.hotlines import NINE
from tests.services.test_ledgers import day_of_work
from tests.web import office as offices

#: A4 in points
SHORT, LONG = 595, 842


@pytest.fixture
def printer(sqlite_hotline, monkeypatch, page):
    """Gives the pages of what is printed at an address: width, height; and how far its content reaches beyond the paper."""
    number = day_of_work(sqlite_hotline)
    office = offices.Office(sqlite_hotline, offices.Hand(monkeypatch, sqlite_hotline))
    for n in range(70):
        office.opens(category="104", content=f"第{n}件:客厅灯不亮,换过灯泡仍不亮", room="青禾家园5栋1单元302")
    monkeypatch.setattr(clock, "now", lambda: NINE + timedelta(hours=8))
    app = offices.application(sqlite_hotline, (*offices.PAGES, "tickets", "reports", "ledgers"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    page.goto(f"{address}/sign-in")
    page.fill("[name=user]", "supervisor01")
    page.fill("[name=password]", "supervisor01")
    page.click("main form button")
    page.wait_for_selector("body[data-user]")

    def printed(path, language="zh"):
        page.context.add_cookies([{"name": "language", "value": language, "url": address}])
        answer = page.goto(address + path.replace("N", number))
        assert answer.ok, page.inner_text("main")[:600]
        pdf = page.pdf(prefer_css_page_size=True)
        sizes = [(round(float(w)), round(float(h))) for w, h in re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)]
        across = sizes[0][0] > sizes[0][1]
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 1046 if across else 703, "height": 900})  # the paper without its margins, at 96 dpi
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        page.emulate_media(media="null")
        return sizes, beyond

    yield printed
    page.goto("about:blank")
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_ledgers_print_across_and_forms_upright_and_nothing_is_cut_off(printer):
    for language in ("zh", "en"):
        sizes, beyond = printer("/ledgers/F02/print", language)
        assert set(sizes) == {(LONG, SHORT)}
        assert 2 <= len(sizes) <= 6
        assert beyond <= 0
        for form, pages in (("ledger", 1), ("work_order", 3), ("follow_up", 1), ("notice", 1), ("supervision", 1)):
            sizes, beyond = printer(f"/tickets/N/print/{form}", language)
            assert set(sizes) == {(SHORT, LONG)}, form
            assert len(sizes) <= pages, form
            assert beyond <= 0, form
