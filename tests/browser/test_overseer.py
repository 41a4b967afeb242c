"""An overseer's board and the wall in a real browser: one key acknowledges, what changes appears, what stands still says so."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from callcenter import clock
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.services.hotline import Hotline
from callcenter.services.overseeing import wall_links
from callcenter.storage.tables import DutyRow
from tests.browser.conftest import Site, _serve
from tests.browser.test_dispatch import enter
from tests.hotlines import fill, open_hotline
from tests.web.office import PAGES, application


@pytest.fixture
def house(tmp_path) -> Iterator[Hotline]:
    """The demo company, everybody on duty: the browser's clock is the real one. Each test, and each second try, counts from nothing."""
    url = f"sqlite:///{tmp_path / 'hotline.sqlite3'}"
    now = clock.now()
    fill(url, now - timedelta(days=1))
    found = open_hotline(url, now)
    with found.store.transaction() as session:
        session.execute(sa.update(DutyRow).values(start_at=now - timedelta(days=1), end_at=now + timedelta(days=1)))
    yield found
    found.store.engine.dispose()


@pytest.fixture
def site(house: Hotline) -> Iterator[Site]:
    yield from _serve(application(house, (*PAGES, "wall")))


def rude(hotline: Hotline, room: str) -> str:
    given = {"customer_name": "周敏", "content": "保安态度差", "category": "906", "room": room, "contact_phone": "19000000001"}
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", given), room, clock.now()).number


def test_a_supervisors_morning_by_keyboard_alone_in_english(site: Site, house: Hotline, page) -> None:
    """The first key shows an escalation, the second acknowledges it and the next is in focus; sounds on request; a number opens its list; judged."""
    page.context.add_cookies([{"name": "language", "value": "en", "url": site.address}])
    first, second = rude(house, "望江苑1栋1单元101"), rude(house, "望江苑1栋1单元102")
    enter(site, page, "supervisor01", "/supervise")
    expect(page.locator("#connection:not([data-state=connecting])")).to_be_visible()  # the scripts are there
    rows = page.locator("[data-acknowledge]")
    expect(rows).to_have_count(2)
    page.keyboard.press("a")
    chosen = page.evaluate("document.activeElement.dataset.acknowledge")
    assert chosen in (first, second)
    page.keyboard.press("a")
    expect(page.locator(".toast-ok")).to_contain_text(chosen)
    expect(rows).to_have_count(1)
    expect(rows).to_be_focused()
    stays = rows.get_attribute("id")
    expect(page.locator("#connection:not([data-state=connecting])")).to_be_visible()
    page.locator("#sample").evaluate("el => el.open = true")
    expect(page.locator("#sample-table p.row")).to_be_visible()
    expect(page.locator("[data-action=sound]")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("s")
    expect(page.get_by_role("switch", name="Give tones")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(page.locator("[data-action=sound]")).to_have_attribute("aria-pressed", "true")
    rows.focus()
    page.evaluate("() => { window.heard = [];"
                  " document.addEventListener('callcenter:sounded', event => heard.push(event.detail.kind)) }")
    rude(house, "望江苑1栋1单元103")
    page.evaluate("dispatchEvent(new Event('online'))")  # without events: asks now instead of in five seconds
    expect(rows).to_have_count(2)
    expect(page.locator(f"#{stays}")).to_be_focused()
    expect(page.locator("#sample-table p.row")).to_be_visible()
    expect(page.locator("#judge .decision")).to_have_count(3)
    assert page.evaluate("heard") == ["raised"]
    tickets.carry_out(house, second, Act(Action.HAND_OVER_COMPLAINT, "agent01", {"department": "order"}), f"{second}-over", clock.now())
    page.evaluate("dispatchEvent(new Event('online'))")
    judge = page.locator(f"#judge-{second} a[data-dialog]")
    expect(judge).to_have_text("Judge validity")
    judge.focus()
    page.keyboard.press("Enter")
    form = page.locator("#act-judge_complaint")
    expect(form.locator("[name=valid]")).to_be_focused()
    form.locator("[name=valid]").select_option("yes")
    form.locator("[name=reason]").focus()
    page.keyboard.type("The guard admits it")
    form.locator(".actions .btn").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".toast-ok")).to_contain_text(second)
    expect(page.locator("#judge .decision")).to_have_count(2)
    page.locator("#tile-unacknowledged").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#escalations$"))


def test_the_wall_fits_follows_and_says_since_when_it_stands_still(site: Site, house: Hotline, browser) -> None:
    held = wall_links.make(house, "supervisor01", "大堂", 30, clock.now())
    address = site.address + wall_links.address(house, held).removeprefix(house.address)
    context = browser.new_context(viewport={"width": 3840, "height": 2160}, timezone_id="Asia/Shanghai", locale="zh-CN")
    page = context.new_page()
    page.clock.install()
    page.goto(address)
    size = page.evaluate("[document.documentElement.scrollHeight <= innerHeight, document.documentElement.scrollWidth <= innerWidth]")
    assert size == [True, True]
    page.set_viewport_size({"width": 1920, "height": 1080})
    assert "周敏" not in page.content()
    before = int(page.locator("#wall-unacknowledged b").inner_text())
    rude(house, "望江苑1栋1单元201")
    page.clock.fast_forward(6000)
    expect(page.locator("#wall-unacknowledged b")).to_have_text(str(before + 1))
    expect(page.locator("#wall-stopped")).to_be_hidden()
    context.set_offline(True)
    page.clock.fast_forward(20000)
    expect(page.locator("#wall-stopped")).to_contain_text("数据停在")
    expect(page.locator("#wall-state")).to_have_attribute("data-state", "offline")
    context.set_offline(False)
    page.clock.fast_forward(31000)
    expect(page.locator("#wall-stopped")).to_be_hidden(timeout=20_000)
    wall_links.end(house, "supervisor01", held.key, clock.now())
    page.clock.fast_forward(6000)
    expect(page.locator("#wall-stopped")).to_contain_text("链接已作废或过期")
    context.close()
