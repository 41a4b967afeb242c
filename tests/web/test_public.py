"""The page everybody may open: what it tells comes from the rules and the figures, and nothing of it is anybody's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.pledges import Pledge, pledges, unit
from callcenter.services.residents import publicly
from tests.web import office as offices
from tests.web.office import Hand, Office


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = offices.application(sqlite_hotline, (*offices.PAGES, "public", "survey_public"))
    return made


def test_a_stranger_reads_number_promises_prices_and_how_to_complain(office):
    client = office.app.test_client()
    answer = client.get("/public")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for told in ('href="tel:4000000000"', "3 分钟内", "30 分钟内", "更换水龙头", "30 元 / 个", "我要投诉", "件数太少"):
        assert told in page
    client.set_cookie("language", "en")
    assert "CNY 50 / hour" in client.get("/public").get_data(as_text=True)
    assert 'href="/public"' in client.get("/sign-in").get_data(as_text=True)


def test_the_promises_are_those_of_the_rules_in_force(office):
    policy = office.hotline.rulebook.policy
    told = dict(pledges(policy))
    assert set(told) == set(Pledge)
    changed = replace(policy, promises=tuple(replace(p, within=timedelta(minutes=4)) if p.key == "dispatch" else p for p in policy.promises))
    assert dict(pledges(changed))[Pledge.DISPATCH] == timedelta(minutes=4)
    assert Pledge.QUOTE not in dict(pledges(replace(policy, promises=tuple(p for p in policy.promises if p.key != "quote"))))


def test_a_service_no_longer_offered_has_no_price_there(office):
    policy = office.hotline.rulebook.policy
    kept = replace(policy, categories={**policy.categories, "A01": replace(policy.categories["A01"], retired=True)})
    assert "A01" in {c.code for c in publicly.prices(policy)}
    assert "A01" not in {c.code for c in publicly.prices(kept)}
    assert {unit(c.unit or "", "en").isascii() for c in publicly.prices(policy)} == {True}


def test_the_months_figures_are_counted_once_in_ten_minutes_and_never_of_a_few(office):
    month, hand = publicly.Month(), office.hand
    first = {f.code: f for f in month.figures(office.hotline, hand.now)}
    for n in range(6):
        number = office.opens(room=f"梧桐里3栋2单元{n + 1}01", contact_phone=f"1900000010{n}")
        office.does(number, "dispatch", "dispatcher01", to="plumber01")
    assert {f.code: f for f in month.figures(office.hotline, hand.now + timedelta(minutes=9))} == first
    later = {f.code: f for f in month.figures(office.hotline, hand.now + timedelta(minutes=11))}
    assert (later["K04"].n, publicly.few(later["K04"]), publicly.few(later["K16"])) == (6, False, True)
    assert publicly.first_of_month(hand.now).isoformat() == "2026-02-28T16:00:00+00:00"
