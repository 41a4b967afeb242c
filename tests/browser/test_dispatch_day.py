"""A dispatcher's whole day in English with nothing but the keys: nobody touches the mouse, and the keys are always somewhere that can be seen."""

from datetime import timedelta

from playwright.sync_api import expect

from callcenter import clock
from callcenter.domain.days import local
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from tests.browser.test_dispatch import enter, hotline_now, office_site, opens  # noqa: F401

FARTHEST = 80  # presses of Tab; whatever is farther away is out of reach

#: what has the keys and does not show it
UNSEEN = "(el => getComputedStyle(el).outlineStyle === 'none' ? el.outerHTML.slice(0, 200) : '')(document.activeElement)"


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page, place) -> None:
    """With Tab alone, from wherever the keys are; each stop on the way shows that it has them."""
    expect(place).to_be_visible()
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        if place.evaluate("el => el === document.activeElement"):
            return
        assert page.evaluate(UNSEEN) == ""
    raise AssertionError(f"{place} is out of reach")


def choose(page, select, value: str) -> None:
    """With the arrow, in the list that has the keys."""
    expect(select).to_be_focused()
    for _ in range(FARTHEST):
        if select.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{value} cannot be chosen")


def live(page) -> None:
    expect(page.locator(".connection[data-state=live]")).to_be_visible()


def test_a_dispatchers_day_by_keyboard_alone(office_site, hotline_now, page, context):  # noqa: F811
    burst = opens(hotline_now, "burst", category="101", content="水管爆裂", room="梧桐里3栋2单元1602")
    first, second, third, fourth = (opens(hotline_now, key) for key in "abcd")
    start = clock.now() + timedelta(minutes=45)
    clash = [opens(hotline_now, key, appointment_start=start, appointment_end=start + timedelta(minutes=30)) for key in "xy"]
    for number in clash:
        tickets.carry_out(hotline_now, number, Act(Action.DISPATCH, "dispatcher01", {"to": "plumber01"}), f"send {number}", clock.now())
    context.add_cookies([{"name": "language", "value": "en", "url": office_site.address}])
    enter(office_site, page, "dispatcher01", "/dispatch")
    live(page)
    head = lambda number: page.locator(f"#wait-{number} > summary")  # noqa: E731

    press(page, "?")
    sheet = page.locator("#help dl")
    for key, means in (("j k", "next ticket"), ("o", "offer to all"), ("r", "next job under way: reassign"), ("u", "next urgent ticket")):
        expect(sheet).to_contain_text(f"{key} {means}")
    press(page, "Escape", "u")
    expect(head(burst)).to_be_focused()
    press(page, "1")
    best = page.locator(f"#wait-{burst} [data-choice='1']")
    expect(best).to_be_focused()
    expect(best.locator(".choice-why")).to_contain_text("Plumber")
    name = best.locator("b").inner_text()
    press(page, "Enter")
    expect(page.locator(f"#job-{burst}")).to_contain_text(name)
    expect(page.locator("#dispatch-done")).to_have_text(f"{burst}: {name} was sent")
    expect(head(first)).to_be_focused()  # the next one has come up into its place

    press(page, "j", "o")
    expect(page.locator(f"#offer-{second} button")).to_be_focused()
    press(page, "Enter")
    expect(page.locator(f"#ticket-{second}")).to_contain_text("Open to all")
    expect(head(second)).to_be_focused()

    press(page, "r")
    fold = page.locator(f"#reassign-more-{burst} > summary")
    expect(fold).to_be_focused()
    press(page, "Enter", "Tab")
    chosen = page.locator(f"#reassign-to-{burst}")
    expect(chosen).to_be_focused()
    press(page, "ArrowDown")
    other = chosen.evaluate("el => el.selectedOptions[0].text.split(' · ')[0]")
    assert other != name
    press(page, "Tab")
    news = opens(hotline_now, "news", category="101", content="又一处爆管")
    page.keyboard.type("closer by")
    expect(page.locator(f"#wait-{news}")).to_be_visible()  # a live refresh in the middle of a word
    expect(page.locator(f"#reassign-reason-{burst}")).to_be_focused()
    expect(page.locator(f"#reassign-reason-{burst}")).to_have_value("closer by")
    press(page, "Enter")
    expect(page.locator(f"#job-{burst}")).to_contain_text(other)
    expect(fold).to_be_focused()
    expect(page.locator(f"#reassign-more-{burst}")).not_to_have_attribute("open", "")
    expect(page.locator(f"#reassign-reason-{burst}")).to_have_value("")

    press(page, "b")
    expect(page.locator("#dispatch-told")).to_have_text("Choose tickets first")
    press(page, "u")
    expect(head(news)).to_be_focused()
    press(page, "k", "x", "k", "x", "k", "x")
    expect(page.locator("#bulk-count")).to_contain_text("3")
    tickets.carry_out(hotline_now, second, Act(Action.ACCEPT, "plumber02", {}), "grabbed", clock.now())
    expect(page.locator(f"#job-{second}")).to_contain_text("陈强")
    expect(page.locator("#bulk-count")).to_contain_text("2")
    press(page, "b", "Tab")
    choose(page, page.locator("#bulk-to"), "plumber01")
    press(page, "Tab")
    page.keyboard.type("same building")
    press(page, "Enter")
    expect(page.locator("#bulk-told")).to_be_focused()
    for number in (third, fourth):
        expect(page.locator(f"#result-{number}")).to_contain_text("✓")
    expect(page.locator("#bulk")).to_be_hidden()

    tickets.carry_out(hotline_now, first, Act(Action.DISPATCH, "supervisor01", {"to": "plumber02"}), "rival", clock.now())
    expect(page.locator(f"#job-{first} .look")).to_contain_text("Changed: state, handler")
    press(page, "v")
    expect(page.locator("#looked")).to_be_hidden()
    waiting = page.locator(".waiting")
    expect(waiting).to_have_count(1)
    press(page, "k", "2", "Enter")
    expect(waiting).to_have_count(0)
    expect(page.locator("#waiting-title")).to_be_focused()

    page.goto(f"{office_site.address}/dispatch/day?date={local(start).date()}")
    live(page)
    tab_to(page, page.locator(f"#clash-{clash[0]} a", has_text="Reassign"))
    press(page, "Enter")
    tab_to(page, page.locator("main select[name=to]"))
    press(page, "ArrowDown", "Tab", "Enter")  # the reason stands among the further fields
    tab_to(page, page.locator("main [name=reason]"))
    page.keyboard.type("two at one time")
    tab_to(page, page.locator("main").get_by_role("button", name="Reassign"))
    press(page, "Enter")
    expect(page.locator("#clashes")).to_be_focused()
    expect(page.locator(f"#clash-{clash[0]}")).to_have_count(0)
    press(page, "n")
    page.wait_for_url("**date=" + (local(start).date() + timedelta(days=1)).isoformat())
    page.goto(office_site.address + "/dispatch/buildings")
    tab_to(page, page.locator("#compound-WJ").get_by_role("link", name="Building 4"))
    press(page, "Enter")
    page.wait_for_url("**/dispatch?compound=WJ&building=4")
