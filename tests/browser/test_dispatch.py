"""The dispatcher at the keyboard, and two dispatchers at once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from redis import Redis

from callcenter import clock
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.events import publish
from callcenter.services import tickets
from callcenter.services.hotline import Hotline
from callcenter.storage.tables import DutyRow
from callcenter.web.live import Hub
from tests.browser.conftest import Site, _serve
from tests.hotlines import fill, open_hotline
from tests.web.office import application


@pytest.fixture
def hotline_now(tmp_path) -> Iterator[Hotline]:
    """The demo company with today's roster."""
    url = f"sqlite:///{tmp_path / 'hotline.sqlite3'}"
    fill(url, clock.now() - timedelta(days=1))
    found = open_hotline(url, clock.now())
    with found.store.transaction() as session:  # everybody is on duty all day: the browser's clock is the real one
        now = clock.now()
        session.execute(sa.update(DutyRow).values(start_at=now - timedelta(days=1), end_at=now + timedelta(days=1)))
    yield found
    found.store.engine.dispose()


@pytest.fixture
def office_site(hotline_now: Hotline, redis_url: str) -> Iterator[Site]:
    with Redis.from_url(redis_url) as connection:
        hotline_now.store.wake = lambda kind, ids: publish(connection, "ticket") and None
        app = application(hotline_now)
        app.extensions["redis"] = connection
        app.extensions["live"] = Hub(connection, most=50, heartbeat=0.2)
        yield from _serve(app)


def enter(site: Site, page, user: str, path: str) -> None:
    page.goto(f"{site.address}/sign-in")
    page.fill("[name=user]", user)
    page.fill("[name=password]", user)
    page.click("main form button")
    page.wait_for_selector("body[data-user]")
    page.goto(site.address + path)


def opens(hotline: Hotline, key: str, **fields: object) -> str:
    given = {"customer_name": "周敏", "content": "水龙头滴漏", "category": "104", "room": "望江苑4栋1单元1203",
             "contact_phone": "19000000001", **fields}
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", given), key, clock.now()).number


def test_a_new_ticket_appears_by_itself_and_the_open_one_stays_open(office_site, hotline_now, page):
    first = opens(hotline_now, "a")
    enter(office_site, page, "dispatcher01", "/dispatch")
    expect(page.locator(".connection[data-state=live]")).to_be_visible()
    page.locator(f"#consent-more-{first} summary").click()
    words = page.locator(f"#consent-explanation-{first}")
    words.fill("水工都在抢修")
    words.evaluate("el => el.setSelectionRange(1, 3)")
    burst = opens(hotline_now, "b", category="101", content="爆管")
    expect(page.locator(f"#wait-{burst}")).to_be_visible()
    expect(words).to_be_focused()
    assert words.evaluate("el => [el.selectionStart, el.selectionEnd]") == [1, 3]
    expect(page.locator(f"#wait-{first}")).to_have_attribute("open", "")
    expect(page.locator(f"#consent-explanation-{first}")).to_have_value("水工都在抢修")


def test_the_slower_dispatcher_reads_who_was_faster_and_sees_the_row_move(office_site, hotline_now, page):
    number = opens(hotline_now, "a")
    hotline_now.store.wake = lambda kind, ids: None  # the slower one has not heard of it yet
    enter(office_site, page, "dispatcher01", "/dispatch")
    choice = page.locator(f"#wait-{number} [data-choice='1']")
    expect(choice).to_be_visible()
    act = Act(Action.DISPATCH, "dispatcher02", {"to": "plumber02"})
    tickets.carry_out(hotline_now, number, act, "rival", clock.now())
    choice.click()
    told = page.locator("#dispatch-told")
    expect(told).to_contain_text(number)
    expect(told).to_contain_text("冯涛 已在")
    expect(told).to_contain_text("派给 陈强")
    expect(page.locator(f"#job-{number}")).to_contain_text("陈强")
    expect(page.locator(f"#wait-{number}")).to_have_count(0)
