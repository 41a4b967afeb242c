"""A resident in a real browser: a matter reported online and followed behind its link; without scripts in Chinese, by keyboard alone in English."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from callcenter import clock
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import links, tickets
from callcenter.services.residents import opening
from callcenter.storage.tables import MatterRow, MessageRow, TicketRow
from tests.browser.conftest import _serve
from tests.browser.test_dispatch import hotline_now  # noqa: F401
from tests.browser.test_field import camera
from tests.web.office import PAGES, application


@pytest.fixture
def site(hotline_now, tmp_path):  # noqa: F811
    app = application(hotline_now, (*PAGES, "tickets", "resident", "public", "survey_public", "report"))
    app.extensions["parts"].settings = replace(app.extensions["parts"].settings, data_dir=tmp_path / "data")
    yield from _serve(app)


def newest(hotline, notice: str) -> str:
    with hotline.store.reading() as session:
        return session.scalars(sa.select(MessageRow.text).where(MessageRow.notice == notice).order_by(MessageRow.id.desc())).first() or ""


def test_without_scripts_a_matter_is_reported_followed_and_asked_for_again(hotline_now, site, browser):  # noqa: F811
    with browser.new_context(viewport={"width": 360, "height": 780}, java_script_enabled=False, is_mobile=True) as context:
        context.add_cookies([{"name": "language", "value": "zh", "url": site.address}])
        page = context.new_page()
        page.goto(f"{site.address}/report")
        page.select_option("[name=category]", "104")
        page.select_option("[name=compound]", "WTL")
        for name, typed in (("where", "3栋2单元1602"), ("content", "水龙头滴水"), ("name", "周女士"), ("phone", "19000000001")):
            page.fill(f"[name={name}]", typed)
        page.get_by_role("button", name="下一步", exact=True).click()
        page.fill("[name=code]", re.search(r"\d{6}", newest(hotline_now, "report_code"))[0])
        page.get_by_role("button", name="提交", exact=True).click()
        link = page.get_by_role("link", name="查看进度").get_attribute("href")
        page.goto(link.replace("https://hotline.example", site.address))
        expect(page.locator("#now-title")).to_contain_text("正在安排人员")
        page.get_by_role("button", name="催一下", exact=True).click()
        expect(page.locator(".kept")).to_be_visible()
        expect(page.get_by_role("button", name="催一下", exact=True)).to_be_disabled()
        page.locator("summary", has_text="补充说明").click()
        page.fill("#say-text", "钥匙在门卫")
        page.locator("form[action$='/say']").get_by_role("button", name="发送", exact=True).click()
        expect(page.locator("#history")).to_contain_text("钥匙在门卫")
        page.locator("#photo-form input[type=file]").set_input_files(camera())
        page.locator("#photo-form button").click()
        expect(page.locator(".resident-photos img")).to_be_visible()
        expect(page.locator(".kept")).to_be_visible()


class Keys:
    """Somebody without a mouse: goes on by Tab until a thing has the focus, and presses a key there."""

    def __init__(self, page) -> None:
        self.page = page

    def to(self, what, key: str = "", types: str = "") -> None:
        expect(what).to_be_visible()
        for _ in range(60):
            if what.evaluate("el => el === document.activeElement"):
                break
            self.page.keyboard.press("Tab")
        expect(what).to_be_focused()
        if types:
            self.page.keyboard.type(types)
        if key:
            self.page.keyboard.press(key)


def test_by_keyboard_alone_in_english_from_the_public_page_to_the_rating_of_the_work(hotline_now, site, page):  # noqa: F811
    page.set_viewport_size({"width": 390, "height": 844})
    page.context.add_cookies([{"name": "language", "value": "en", "url": site.address}])
    keys = Keys(page)
    page.goto(f"{site.address}/public")
    keys.to(page.locator("a[href='/report']"), "Enter")
    send = page.get_by_role("button", name="Next", exact=True)
    keys.to(page.locator("[name=where]"), types="Building 3, flat 1602")
    keys.to(send, "Enter")
    wrong = page.locator("[name=category]")  # what is missing is said at its field, the first of them has the focus, no word is lost
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"#{wrong.get_attribute('aria-describedby').split()[-1]}")).to_have_text("Required")
    expect(page.locator("[name=where]")).to_have_value("Building 3, flat 1602")
    wrong.select_option("101")
    keys.to(page.locator("[name=compound]"))
    page.locator("[name=compound]").select_option("WTL")
    for name, typed in (("content", "Water under the sink"), ("name", "Ms Zhou"), ("phone", "19000000001")):
        keys.to(page.locator(f"[name={name}]"), types=typed)
    keys.to(send, "Enter")
    expect(page.get_by_role("heading", name="Please call now")).to_be_visible()
    expect(page.locator("main a[href='tel:4000000000']").first).to_be_visible()
    keys.to(page.get_by_role("button", name="Go back and change it", exact=True), "Enter")
    expect(page.locator("[name=content]")).to_have_value("Water under the sink")
    page.locator("[name=category]").select_option("105")
    keys.to(send, "Enter")
    expect(page.locator("[name=code]")).to_be_visible()  # it was sent
    keys.to(page.locator("[name=code]"), "Enter", types=re.search(r"\d{6}", newest(hotline_now, "report_code"))[0])
    number = page.locator(".resident-done b.num").inner_text()
    link = page.get_by_role("link", name="See where it stands").get_attribute("href").replace("https://hotline.example", site.address)
    followed_behind_the_link(hotline_now, page, keys, link, number)
    shut_links_say_so(site, page, link, hotline_now)


def followed_behind_the_link(hotline, page, keys: Keys, link: str, number: str) -> None:
    """The promise and the owner, a word, photographs told once, an urge, the work done and rated."""
    page.goto(link)
    expect(page.locator("#now-title")).to_contain_text("we are finding somebody")
    told = page.locator(".resident-facts")
    expect(told).to_contain_text("Owner")
    expect(told.locator(".due")).to_have_count(1)
    assert re.search(r"1[39]0\d{8}|190\*", page.locator("main").inner_text()) is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    say = page.locator("form[action$='/say']")
    keys.to(page.locator("summary", has_text="Add a word"), "Enter")
    keys.to(say.locator("textarea"), types="The key is with the guard")
    keys.to(say.get_by_role("button"), "Enter")
    expect(page.locator("#kept")).to_be_focused()
    expect(page.locator("#history")).to_contain_text("The key is with the guard")
    keys.to(page.locator("#photo-form input[type=file]"))
    page.locator("#photo-form input[type=file]").set_input_files([camera(600), camera(700)])
    expect(page.locator(".resident-photos img")).to_have_count(2)
    expect(page.locator("#kept")).to_be_focused()
    urge = page.get_by_role("button", name="Ask again", exact=True)
    page.keyboard.press("Shift+Tab")  # the form stands above
    for _ in range(40):
        if urge.evaluate("el => el === document.activeElement"):
            break
        page.keyboard.press("Shift+Tab")
    keys.to(urge, "Enter")
    expect(page.locator("#kept")).to_be_focused()
    expect(urge).to_be_disabled()
    worked_through(hotline, number)
    page.goto(link)
    best = page.locator("[name=satisfaction]").first
    keys.to(best, "Space")
    keys.to(page.locator("#rate button"), "Enter")
    expect(page.locator("#kept")).to_be_focused()
    expect(page.locator("#rate")).to_have_count(0)
    with hotline.store.reading() as session:
        matter = session.scalars(sa.select(MatterRow).join(TicketRow, TicketRow.matter_id == MatterRow.id).where(TicketRow.number == number)).one()
        notices = session.scalars(sa.select(MessageRow.notice).where(MessageRow.notice.in_(["text_in", "photo_in", "urged"]))).all()
    assert (matter.urges, notices.count("text_in"), notices.count("photo_in")) == (1, 1, 1)
    assert "urged" in notices


def worked_through(hotline, number: str) -> None:
    """Sent, done and explained by the plumber."""
    steps = (("dispatch", "dispatcher01", {"to": "plumber01"}), ("accept", "plumber01", {}), ("arrive", "plumber01", {}),
             ("complete", "plumber01", {"result": "new washer", "result_explained": True}), ("return_slip", "lead01", {}))
    for action, by, fields in steps:
        tickets.carry_out(hotline, number, Act(Action(action), by, fields), f"{number}-{action}", clock.now())


def shut_links_say_so(site, page, link: str, hotline) -> None:
    """A link that was changed, and one that has run out: each in words, with the number to call."""
    subject = link.rsplit("/", 1)[1].split(".")[0]
    over = links.make("planted for tests", opening.PURPOSE, subject, clock.now() - timedelta(minutes=1))
    for address, said in ((link[:-3] + "zzz", "This link does not open"), (f"{site.address}/r/{over}", "This link has expired")):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(said)
        expect(page.locator("main a[href='tel:4000000000']")).to_be_visible()
