"""The desk in a real browser: a call rings, is answered by a key, registered, and its ticket counts down."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from redis import Redis

from callcenter import clock
from callcenter.app import PAGES
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.events import KINDS, publish
from callcenter.services import tickets
from callcenter.services.desk import macros
from callcenter.services.telephone import calls
from callcenter.storage.tables import CallRow, TicketRow, sa
from callcenter.web.live import Hub
from tests.browser.conftest import Site, _serve
from tests.hotlines import NINE
from tests.web.office import application

CALLER, ROOM = "19000000001", "梧桐里3栋2单元1602"


class DeskSite:
    """The desk of a real hotline on a loopback port; what its transactions wake goes out as live events."""

    def __init__(self, site: Site, hotline) -> None:
        self.site, self.hotline, self.address = site, hotline, site.address

    def sign_in(self, page, user: str = "agent01") -> None:
        page.goto(f"{self.address}/sign-in")
        page.fill("[name=user]", user)
        page.fill("[name=password]", user)
        page.click("main form button")
        page.wait_for_selector("body[data-user]")
        page.wait_for_load_state()

    def rings(self, sid: str = "CA1", number: str | None = CALLER) -> None:
        calls.arrive(self.hotline, sid, number, clock.now())

    def all(self, table):
        with self.hotline.store.reading() as session:
            return list(session.scalars(sa.select(table).order_by(table.id)))


@pytest.fixture
def desk(sqlite_hotline, redis_url, monkeypatch) -> Iterator[DeskSite]:
    # the demo roster begins at nine on a Tuesday; the clock runs on from there
    started = clock.now()
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: NINE + (real() - started))
    with Redis.from_url(redis_url) as connection:
        app = application(sqlite_hotline, PAGES)
        app.extensions["redis"] = connection
        app.extensions["live"] = Hub(connection, most=50, heartbeat=0.2)
        sqlite_hotline.store.wake = lambda kind, ids: kind in KINDS and publish(connection, kind, **ids)
        for site in _serve(app):
            yield DeskSite(site, sqlite_hotline)


def test_a_call_picked_up_at_a_telephone_comes_up_on_the_desk_by_itself_and_a_note_is_one_key_away(page, desk):
    desk.sign_in(page)
    page.goto(f"{desk.address}/desk")
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    desk.rings()
    expect(page.locator("#ring-dialog[open]")).to_be_visible()
    calls.answered(desk.hotline, "CA1", "agent01", clock.now())
    expect(page.locator("#pop h1")).to_have_text(CALLER)
    expect(page.locator("#intake")).to_be_visible()
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("#call-notes [name=note]")).to_be_focused()
    calls.ended(desk.hotline, "CA1", clock.now())
    expect(page.locator("#after-call")).to_be_visible()


def test_a_call_rings_is_answered_with_enter_registered_and_its_ticket_counts_down(page, desk):
    desk.sign_in(page)
    page.goto(f"{desk.address}/desk")
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    desk.rings()
    dialog = page.locator("#ring-dialog[open]")
    expect(dialog).to_contain_text("190****0001")
    expect(dialog).to_contain_text(f"周敏 · {ROOM}")
    page.keyboard.press("Enter")
    expect(page.locator("#pop h1")).to_have_text(CALLER)
    assert desk.all(CallRow)[0].answered_by == "agent01"
    expect(page.locator("#connection[data-state=live]")).to_be_visible()  # the keys are listened to from here on
    page.fill("#category-search", "爆管")
    page.keyboard.press("Enter")
    expect(page.locator("#f-category")).to_have_value("101")
    expect(page.locator("#category-facts")).to_contain_text("急修")
    page.fill("#f-content", "厨房水管爆裂")
    page.check("#told-yes")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#done")).to_contain_text("我们将在二日内向您反馈处理结果")
    expect(page.locator("#connection[data-state=live]")).to_be_visible()  # the keys are listened to from here on
    page.keyboard.press("o")
    (ticket,) = desk.all(TicketRow)
    expect(page.locator("#ticket-head h1")).to_have_text(ticket.number)
    left = page.locator("#ticket-promises .due").first
    expect(left).to_have_text(re.compile(r"剩 2:\d\d"))
    before = left.inner_text()
    expect(left).not_to_have_text(before)


def test_a_form_with_gaps_shows_them_all_and_keeps_every_word(page, desk):
    desk.sign_in(page)
    page.goto(f"{desk.address}/desk?new=1")
    page.fill("#f-content", "水从楼上漏下来，客厅都湿了")
    page.click("#intake .btn-big")
    expect(page.locator("#intake .form-error")).to_contain_text("还缺")
    for name in ("category", "room", "customer_name", "contact_phone"):
        expect(page.locator(f"#f-{name}-error")).to_have_text("必填")
    expect(page.locator("#f-content")).to_have_value("水从楼上漏下来，客厅都湿了")
    page.reload()
    expect(page.locator("#f-content")).to_have_value("水从楼上漏下来，客厅都湿了")
    assert desk.all(TicketRow) == []


def test_a_room_is_found_while_typing_and_says_who_lives_there_and_what_is_under_warranty(page, desk):
    desk.sign_in(page)
    page.goto(f"{desk.address}/desk?new=1")
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    page.select_option("#f-category", "104")
    page.locator("#f-room").press_sequentially("梧桐里3栋2单元16")
    expect(page.locator("#rooms-found li").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#f-room")).to_have_value(ROOM)
    expect(page.locator("#category-facts")).to_contain_text("保修期内，至 2027年6月16日")


def test_an_emergency_puts_the_words_to_say_on_the_screen(page, desk):
    desk.sign_in(page)
    page.goto(f"{desk.address}/desk?new=1")
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    expect(page.locator("#script")).to_be_hidden()
    page.fill("#category-search", "困人")
    page.keyboard.press("Enter")
    expect(page.locator("#script")).to_contain_text("请保持镇静，不要扒门".replace("，", ","))


def test_a_call_that_rings_while_somebody_is_typing_takes_nothing_out_of_their_hands(page, desk):
    desk.sign_in(page)
    page.goto(f"{desk.address}/desk?new=1")
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    page.locator("#f-content").press_sequentially("还在打字")
    desk.rings()
    expect(page.locator("#ringing")).to_be_visible()
    page.locator("#f-content").press_sequentially("，继续")
    expect(page.locator("#f-content")).to_have_value("还在打字，继续")
    expect(page.locator("#ring-dialog[open]")).to_have_count(0)


def test_an_act_opens_its_form_in_a_dialog_is_refused_there_and_carried_out(page, desk):
    desk.sign_in(page, "lead01")
    page.goto(f"{desk.address}/desk?new=1")
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    page.select_option("#f-category", "101")
    for name, value in {"room": ROOM, "customer_name": "周敏", "contact_phone": CALLER, "content": "爆管"}.items():
        page.fill(f"#f-{name}", value)
    page.check("#told-yes")
    page.click("#intake .btn-big")
    page.click("#done a.btn-primary")
    expect(page.locator("#ticket-head")).to_be_visible()
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    page.locator("#ticket-acts").get_by_role("link", name=Action.DISPATCH.zh, exact=True).click()
    dialog = page.locator("#act-dialog[open]")
    dialog.get_by_role("button", name=Action.DISPATCH.zh).click()
    expect(dialog.locator("#f-dispatch-to-error")).to_have_text("必填")
    page.select_option("#f-dispatch-to", "plumber01")
    with page.expect_navigation():  # the live update may show the new state first, on the page about to be left
        dialog.get_by_role("button", name=Action.DISPATCH.zh).click()
    expect(page.locator("#ticket-head")).to_contain_text("已派单")
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    page.click(".story button[data-show=act]")
    expect(page.locator(".timeline li[data-sort=message]").first).to_be_hidden()
    expect(page.locator(".timeline li[data-sort~=act]").first).to_be_visible()
    page.reload()  # what was chosen stays chosen
    expect(page.locator(".story button[data-show=act]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".timeline li[data-sort=message]").first).to_be_hidden()


def test_a_matter_is_worked_at_the_desk_by_keys_with_a_ready_text_while_a_colleague_looks_in(page, desk, browser):
    given = {"customer_name": "周敏", "content": "厨房水管爆裂", "category": "101", "room": ROOM, "contact_phone": CALLER}
    number = tickets.open_ticket(desk.hotline, Act(Action.OPEN_TICKET, "agent01", given), "one", clock.now()).number
    text = {"title": "家有老人", "kind": "note", "body": "{客户姓名}家有老人，{编号} 请轻敲门。"}
    macros.add(desk.hotline, text, False, "agent01", {"agent"}, clock.now())
    desk.sign_in(page)
    page.goto(f"{desk.address}/desk")
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    page.keyboard.press("]")
    expect(page.locator("#desk-matter")).to_contain_text(number)
    expect(page.locator("#customer")).to_contain_text(CALLER)
    expect(page.locator("#connection[data-state=live]")).to_be_visible()

    context = browser.new_context(locale="zh-CN")
    other = context.new_page()
    desk.sign_in(other, "lead01")
    other.goto(f"{desk.address}/tickets/{number}")
    expect(other.locator(".lookers")).to_have_text("王芳 正在查看")
    expect(page.locator(".lookers")).to_have_text("林海 正在查看")
    context.close()  # a browser that is gone says nothing any more: the next time it is asked for, or within the minute

    composing = "{key: 'q', isComposing: true, bubbles: true, cancelable: true}"
    page.evaluate(f"() => {{ document.body.dispatchEvent(new KeyboardEvent('keydown', {composing})) }}")  # choosing a character is no shortcut
    expect(page.locator("#desk-matter")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#help[open]")).to_contain_text("收起")
    page.keyboard.press("Escape")
    expect(page.locator("#help[open]")).to_have_count(0)

    page.keyboard.press("n")
    dialog = page.locator("#act-dialog[open]")
    field = dialog.locator("textarea").first
    expect(field).to_be_focused()
    field.press_sequentially("注意：")
    page.keyboard.press("Control+/")
    search = dialog.locator(".picker-box input")
    expect(search).to_be_focused()
    expect(dialog.locator(".picker-list li b").first).to_have_text("家有老人")  # one's own before everybody's
    search.fill("没有这样的")
    expect(dialog.locator(".picker-list li")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(field).to_be_focused()
    expect(dialog).to_be_visible()
    page.keyboard.press("Control+/")
    expect(dialog.locator(".picker-list li b").first).to_have_text("家有老人")
    page.keyboard.press("Enter")
    expect(field).to_have_value(f"注意：周敏家有老人，{number} 请轻敲门。")
    with page.expect_navigation():
        dialog.get_by_role("button", name=Action.NOTE.zh, exact=True).click()
    expect(page.locator("#desk-matter .timeline")).to_contain_text("请轻敲门。")
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    page.click(".story button[data-show=recording]")
    expect(page.locator(".story .none")).to_be_visible()
    expect(page.locator(".timeline li[data-sort~=act]").first).to_be_hidden()
    page.keyboard.press("q")
    expect(page.locator("#by-hand")).to_be_visible()

    page.goto(f"{desk.address}/macros")
    expect(page.locator("#connection[data-state=live]")).to_be_visible()
    page.locator("#f-body").press_sequentially("这个没办法")
    expect(page.locator("[data-phrases-of=f-body]")).to_contain_text("没办法")
    page.click("[data-put=f-body] >> nth=0")
    expect(page.locator("#f-body")).to_have_value("这个没办法{编号}")
