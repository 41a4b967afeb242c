"""The dispatch board under a hand: carried by pointer and by keys, several at once, two dispatchers, and what changed meanwhile."""

from datetime import timedelta

from playwright.sync_api import expect

from callcenter import clock
from callcenter.domain.days import local
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from tests.browser.test_dispatch import enter, hotline_now, office_site, opens  # noqa: F401


def carry(page, number: str, user: str) -> None:
    """Press on the ticket, move onto the person, let go."""
    page.locator(f"#wait-{number} > summary .job-title").hover()
    page.mouse.down()
    page.mouse.move(600, 300)
    page.locator(f"#on-duty-{user} b").first.hover()
    expect(page.locator(".ghost")).to_have_count(1)
    expect(page.locator(f"#on-duty-{user}.tech-over")).to_have_count(1)
    page.mouse.up()


def test_a_ticket_is_dragged_or_carried_by_keys_or_sent_from_the_list(office_site, hotline_now, page):  # noqa: F811
    first, second, third = (opens(hotline_now, key) for key in "abc")
    enter(office_site, page, "dispatcher01", "/dispatch")
    expect(page.locator(".connection[data-state=live]")).to_be_visible()
    expect(page.locator("#crew > li").first).to_contain_text("1. 首选: 水工")
    carry(page, first, "plumber02")
    expect(page.locator("#dispatch-done")).to_have_text(f"{first} 已派给 陈强")
    expect(page.locator(f"#job-{first}")).to_contain_text("陈强")

    page.locator(f"#grip-{second}").focus()
    page.keyboard.press("Space")
    expect(page.locator("#alert")).to_contain_text(f"已拿起 {second}")
    best = page.locator("#crew > li.tech-over")
    expect(best).to_contain_text("首选")
    page.keyboard.press("Escape")
    expect(page.locator("#alert")).to_have_text(f"已放回 {second}")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#alert")).to_contain_text("可派")
    name = page.locator("#crew > li.tech-over b").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(f"#job-{second}")).to_contain_text(name)

    expect(page.locator(f"#wait-{third}")).to_have_attribute("open", "")
    page.select_option(f"#pick-to-{third}", "plumber01")
    page.click(f"#pick-{third} button")
    expect(page.locator(f"#job-{third}")).to_contain_text("刘洋")
    expect(page.locator(".looked")).to_be_hidden()


def test_whoever_cannot_go_is_refused_by_the_rules_and_the_ticket_stays(office_site, hotline_now, page):  # noqa: F811
    number = opens(hotline_now, "a")
    enter(office_site, page, "dispatcher01", "/dispatch")
    expect(page.locator(".connection[data-state=live]")).to_be_visible()
    expect(page.locator("#on-duty-mason01")).to_contain_text("工种不符")
    carry(page, number, "mason01")
    expect(page.locator("#dispatch-told")).to_contain_text(number)
    expect(page.locator(f"#wait-{number}")).to_be_visible()


def test_several_at_once_with_one_refused_and_a_half_typed_reason_outlives_the_news(office_site, hotline_now, page):  # noqa: F811
    first, second = opens(hotline_now, "a"), opens(hotline_now, "b")
    enter(office_site, page, "dispatcher01", "/dispatch")
    expect(page.locator(".connection[data-state=live]")).to_be_visible()
    expect(page.locator("#bulk")).to_be_hidden()
    page.check(f"#picked-{first}")
    page.check(f"#picked-{second}")
    expect(page.locator("#bulk-count")).to_have_text("已选 2 件")
    page.fill("#bulk-reason", "同一栋")
    page.select_option("#bulk-to", "plumber01")
    act = Act(Action.DISPATCH, "supervisor01", {"to": "plumber02"})
    tickets.carry_out(hotline_now, second, act, "rival", clock.now())
    expect(page.locator(f"#job-{second}")).to_contain_text("陈强")
    expect(page.locator("#bulk-reason")).to_have_value("同一栋")
    expect(page.locator("#bulk-to")).to_have_value("plumber01")
    expect(page.locator("#bulk-count")).to_have_text("已选 1 件")
    expect(page.locator(f"#job-{second} .look")).to_have_text("有变动：状态、处理人")
    expect(page.locator("#looked")).to_contain_text("有变动 1 件")
    page.click("#looked button")
    expect(page.locator("#looked")).to_be_hidden()
    third = opens(hotline_now, "c")
    expect(page.locator(f"#ticket-{third} .look")).to_have_text("新")
    page.check(f"#picked-{third}")
    hotline_now.store.wake = lambda kind, ids: None  # the last one goes without anybody being told
    tickets.carry_out(hotline_now, third, act, "rival again", clock.now())
    page.click("#bulk .btn-primary")
    expect(page.locator(f"#result-{first}")).to_contain_text("✓ 已派给 刘洋")
    expect(page.locator(f"#result-{third}")).to_contain_text("▲")
    expect(page.locator("#bulk")).to_be_hidden()


def test_the_day_stays_within_the_screen_and_shows_its_clash(office_site, hotline_now, page):  # noqa: F811
    start = clock.now() + timedelta(minutes=45)
    numbers = [opens(hotline_now, key, appointment_start=start, appointment_end=start + timedelta(minutes=30)) for key in "ab"]
    for number in numbers:
        tickets.carry_out(hotline_now, number, Act(Action.DISPATCH, "dispatcher01", {"to": "plumber01"}), f"send {number}", clock.now())
    page.set_viewport_size({"width": 390, "height": 844})
    enter(office_site, page, "dispatcher01", f"/dispatch/day?date={local(start).date()}")
    expect(page.locator(f"#clash-{numbers[0]}")).to_contain_text(f"时间重叠 {numbers[1]}")
    for path in ("/dispatch/day", "/dispatch/buildings", "/dispatch"):
        page.goto(office_site.address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
