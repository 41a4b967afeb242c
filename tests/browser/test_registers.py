"""The roster under a hand: a month filled by keyboard, and cleared again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from callcenter import clock
from callcenter.domain.days import local
from tests.browser.conftest import Site, _serve
from tests.browser.test_dispatch import enter, hotline_now  # noqa: F401
from tests.web.office import PAGES, application

REGISTERS = ("registers", "registers_people", "registers_archive", "registers_roster", "registers_month", "registers_calendar", "registers_places",
             "registers_certificates", "registers_categories", "reports")


@pytest.fixture
def register_site(hotline_now) -> Iterator[Site]:  # noqa: F811
    yield from _serve(application(hotline_now, (*PAGES, *REGISTERS)))


def test_a_month_is_filled_and_cleared_by_keyboard_alone(register_site, page):
    first = (local(clock.now()).date().replace(day=1) + timedelta(days=75)).replace(day=1)
    enter(register_site, page, "lead01", f"/registers/roster/month?month={first:%Y-%m}")
    cell = page.locator(f'button[value="agent01:{first.isoformat()}"]')
    beside = page.locator(f'button[value="agent02:{first.replace(day=2).isoformat()}"]')
    expect(page.locator("#month")).to_have_attribute("data-keys", "ready")
    cell.focus()
    page.keyboard.press("2")
    expect(page.locator("[name=kind]").nth(1)).to_be_checked()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(beside).to_be_focused()
    page.keyboard.press("Enter")
    expect(beside).to_have_text("早")
    expect(beside).to_be_focused()
    expect(page.locator("#month")).to_have_attribute("data-keys", "ready")
    page.keyboard.press("0")
    expect(page.locator("[name=kind][value=erase]")).to_be_checked()
    page.keyboard.press("Enter")
    expect(beside).to_have_text("·")
    expect(cell).to_have_text("·")
