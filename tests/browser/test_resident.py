"""A resident's telephone in a real browser: a matter reported online, followed behind its link, asked for again; with scripts and without."""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from callcenter.storage.tables import MessageRow, TicketRow
from tests.browser.conftest import _serve
from tests.browser.test_dispatch import hotline_now  # noqa: F401
from tests.browser.test_field import camera
from tests.web.office import PAGES, application

WORDS = {"zh": ("下一步", "提交", "查看进度", "催一下", "补充说明", "发送", "正在安排人员"),
         "en": ("Next", "Send", "See where it stands", "Ask again", "Add a word", "Send", "we are finding somebody")}


@pytest.fixture
def site(hotline_now, tmp_path):  # noqa: F811
    app = application(hotline_now, (*PAGES, "tickets", "resident", "public", "survey_public", "report"))
    app.extensions["parts"].settings = replace(app.extensions["parts"].settings, data_dir=tmp_path / "data")
    yield from _serve(app)


def newest(hotline, notice: str) -> str:
    with hotline.store.reading() as session:
        return session.scalars(sa.select(MessageRow.text).where(MessageRow.notice == notice).order_by(MessageRow.id.desc())).first() or ""


@pytest.mark.parametrize(("language", "width", "scripts"), [("zh", 390, True), ("en", 360, False)])
def test_a_matter_is_reported_followed_and_asked_for_again(hotline_now, site, browser, language, width, scripts):  # noqa: F811
    next_, submit, follow, urge, add, send, stands = WORDS[language]
    address = site.address
    with browser.new_context(viewport={"width": width, "height": 780}, java_script_enabled=scripts, is_mobile=True) as context:
        context.add_cookies([{"name": "language", "value": language, "url": address}])
        page = context.new_page()
        page.goto(f"{address}/public")
        page.locator("a[href='/report']").click()
        page.select_option("[name=category]", "104")
        page.select_option("[name=compound]", "WTL")
        for name, typed in (("where", "3栋2单元1602"), ("content", "水龙头滴水"), ("name", "周女士"), ("phone", "19000000001")):
            page.fill(f"[name={name}]", typed)
        page.get_by_role("button", name=next_, exact=True).click()
        page.fill("[name=code]", re.search(r"\d{6}", newest(hotline_now, "report_code"))[0])
        page.get_by_role("button", name=submit, exact=True).click()
        link = page.get_by_role("link", name=follow).get_attribute("href")
        page.goto(link.replace("https://hotline.example", address))
        expect(page.locator("#now-title")).to_contain_text(stands)
        page.get_by_role("button", name=urge, exact=True).click()
        expect(page.locator(".kept")).to_be_visible()
        expect(page.get_by_role("button", name=urge, exact=True)).to_be_disabled()
        page.locator("summary", has_text=add).click()
        page.fill("#say-text", "钥匙在门卫")
        page.locator("form[action$='/say']").get_by_role("button", name=send, exact=True).click()
        expect(page.locator("#history")).to_contain_text("钥匙在门卫")
        page.locator("#photo-form input[type=file]").set_input_files(camera())
        if not scripts:
            page.locator("#photo-form button").click()
        expect(page.locator(".resident-photos img")).to_be_visible()
        expect(page.locator(".kept")).to_be_visible()
        if scripts:
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with hotline_now.store.reading() as session:
        assert session.scalars(sa.select(TicketRow.channel)).all() == ["web_form"]
