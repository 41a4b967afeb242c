"""The wallboard: readable numbers, nobody's name or number, links that can be taken back; and who may make them."""

import re
from datetime import timedelta

import pytest

from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services.overseeing import fieldwork, wall_links
from callcenter.services.overseeing.fieldwork import Step
from callcenter.storage import facts, ledger
from callcenter.storage.tables import PersonRow, TicketRow
from tests.web import office as offices
from tests.web.office import Office, one_office  # noqa: F401

HOME = "梧桐里3栋2单元1602"


@pytest.fixture
def house(one_office: Office) -> Office:  # noqa: F811
    one_office.app = offices.application(one_office.hotline, (*offices.PAGES, "wall"))
    return one_office


def tile(page: str, name: str) -> str:
    return re.search(rf'id="wall-{name}">.*?<b>(\d+)</b>', page, re.S)[1]


def link(house: Office, by: str = "supervisor01") -> str:
    """A link as its maker finds it on the page, without the host."""
    visitor = house.visitor(by)
    assert visitor.post("/wall/links", script=False, name="大堂电视", days="90").status_code == 303
    return re.search(r'value="https://hotline\.example(/w/[^"]+)"', visitor.page("/wall/links"))[1]


def test_the_wall_counts_and_names_homes_only_to_their_building(house: Office) -> None:
    number = house.opens(category="104", content="水龙头滴漏", room=HOME)
    house.hand.move(minutes=4)
    page = house.visitor("auditor01").page("/wall")
    assert (tile(page, "dispatch"), tile(page, "overdue")) == ("1", "1")
    assert "▲ 超时 1" in page
    assert number in page
    assert "梧桐里3栋***" in page
    for secret in (HOME, "周敏", "19000000001"):
        assert secret not in page


def test_the_wall_is_for_those_who_oversee(house: Office) -> None:
    for user, status in (("supervisor01", 200), ("lead01", 200), ("pm01", 200), ("auditor01", 200), ("agent01", 403), ("plumber01", 403)):
        house.visitor(user).page("/wall", status)
    house.visitor("lead01").page("/wall/links", 403)


def test_a_link_opens_the_wall_without_a_sign_in_until_it_is_taken_back(house: Office) -> None:
    house.opens(room=HOME)
    address, stranger = link(house), house.app.test_client()
    seen = stranger.get(address, headers={"X-Partial": "1"})
    assert seen.status_code == 200
    assert "周敏" not in seen.get_data(as_text=True)
    assert seen.headers["Referrer-Policy"] == "no-referrer"
    shen = house.visitor("supervisor01")
    end = re.search(r'action="(/wall/links/[^"]+/end)"', shen.page("/wall/links"))[1]
    assert shen.post(end, script=False).status_code == 303
    assert stranger.get(address).status_code == 404
    assert "已作废" in shen.page("/wall/links")
    assert address not in shen.page("/wall/links")


def test_a_link_ends_with_its_time_with_its_maker_and_with_any_change(house: Office) -> None:
    address, stranger = link(house), house.app.test_client()
    assert stranger.get(address + "x").status_code == 404
    with house.hotline.store.transaction() as session:
        session.query(PersonRow).filter_by(user="supervisor01").one().active = False
        facts.people_changed(session)
    assert stranger.get(address).status_code == 404
    with house.hotline.store.transaction() as session:
        session.query(PersonRow).filter_by(user="supervisor01").one().active = True
        facts.people_changed(session)
    assert stranger.get(address).status_code == 200
    house.hand.now += timedelta(days=91)
    assert stranger.get(address).status_code == 410


def test_a_link_shows_no_more_than_its_maker_may_see(house: Office) -> None:
    number = house.opens(room=HOME)
    stranger = house.app.test_client()
    assert number in stranger.get(link(house, "pm01")).get_data(as_text=True)
    assert number not in stranger.get(link(house, "pm02")).get_data(as_text=True)


def test_who_made_and_ended_a_link_stands_in_the_ledger(house: Office) -> None:
    held = wall_links.make(house.hotline, "supervisor01", " 大堂 ", 30, house.hand.now)
    assert (held.name, held.until) == ("大堂", house.hand.now + timedelta(days=30))
    wall_links.end(house.hotline, "pm01", held.key, house.hand.now)
    wall_links.end(house.hotline, "supervisor01", held.key, house.hand.now)
    with house.hotline.store.reading() as session:
        ended = wall_links.listed(session)[0]
        assert (ended.by, ended.ended_by, ended.good(house.hand.now)) == ("supervisor01", "pm01", False)
        assert list(ledger.faults(session)) == []
    with pytest.raises(Refused, match="not_allowed"):
        wall_links.make(house.hotline, "lead01", "", 30, house.hand.now)
    with pytest.raises(Refused, match="not_allowed"):
        wall_links.end(house.hotline, "lead01", held.key, house.hand.now)


def test_who_is_at_which_job_the_late_ones_first_and_who_is_free(house: Office) -> None:
    number = house.opens(room=HOME)
    house.does(number, "dispatch", "dispatcher01", to="plumber01")
    sent = house.hand.now
    house.hand.move(minutes=1)
    house.does(number, "accept", "plumber01")
    accepted = house.hand.now

    def first():
        with house.hotline.store.reading() as session:
            staff = facts.staff(session, house.hand.now)
            found = fieldwork.at_work(session, staff, TicketRow.id > 0, house.hand.now)
            assert {one.step for one in found[1:]} == {Step.FREE}
            assert len(found) == len(staff.holders(Role.TECHNICIAN))
            return found[0]

    assert (first().number, first().step, first().since, first().late) == (number, Step.ACCEPTED, accepted, False)
    assert first().place == "梧桐里3栋***"
    house.hand.move(minutes=40)
    assert first().late
    assert sent < accepted


def test_the_wall_speaks_english(house: Office) -> None:
    page = house.visitor("supervisor01", "en").page("/wall")
    assert "Waiting for dispatch" in page
    assert "Who is doing what" in page
