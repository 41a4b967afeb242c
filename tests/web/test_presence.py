"""Who else has a ticket open: seen by the office at once, forgotten by itself, never told to the field, and nothing without Redis."""

import pytest
from redis import Redis

from callcenter.events import STREAM
from tests.web.office import Hand, Office, application


@pytest.fixture
def office(sqlite_hotline, monkeypatch, redis_url):
    office = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    office.app = application(sqlite_hotline, ("acts", "desk", "talk", "tickets", "presence"))
    with Redis.from_url(redis_url) as connection:
        office.app.extensions["redis"] = connection
        yield office


def looks(visitor, number: str, tab: str = "a", **more: str):
    return visitor.post(f"/tickets/{number}/looking", tab=tab, **more)


def told(office) -> int:
    return office.app.extensions["redis"].xlen(STREAM)


def test_two_who_have_a_ticket_open_see_each_other_until_one_leaves_or_falls_silent(office):
    number, other = office.opens(), office.opens(content="别的事")
    agent, lead = office.visitor("agent01"), office.visitor("lead01")
    assert "正在查看" not in looks(agent, number).get_data(as_text=True)
    assert told(office) == 1
    assert "王芳 正在查看" in looks(lead, number).get_data(as_text=True)
    assert told(office) == 2
    assert "王芳" not in looks(lead, other).get_data(as_text=True)
    heard = told(office)
    assert "正在查看" in looks(agent, number).get_data(as_text=True)  # saying it again is no news
    looks(lead, number, tab="b")
    looks(lead, number, tab="b", leaves="yes")
    assert told(office) == heard
    assert "正在查看" in looks(agent, number).get_data(as_text=True)  # one of two tabs was closed
    looks(lead, number, leaves="yes")
    assert told(office) == heard + 1
    assert "正在查看" not in looks(agent, number).get_data(as_text=True)
    looks(lead, number)
    office.hand.move(seconds=60)
    assert "正在查看" not in looks(agent, number).get_data(as_text=True)  # a computer that was simply switched off


def test_the_field_is_seen_but_sees_nobody_and_who_may_not_open_the_ticket_is_nowhere(office):
    number = office.opens()
    office.does(number, "dispatch", "lead01", to="plumber01")
    agent, plumber = office.visitor("agent01", "en"), office.visitor("plumber01")
    looks(agent, number)
    assert looks(plumber, number).get_data(as_text=True).strip() == ""
    assert "is looking at this" in looks(agent, number).get_data(as_text=True)
    assert looks(office.visitor("plumber02"), number).status_code == 404
    assert looks(agent, number, tab="<b>").status_code == 400
    assert f'data-looking="/tickets/{number}/looking"' in agent.page(f"/tickets/{number}")


def test_without_redis_nobody_is_known_to_be_there_and_the_page_stops_asking(office):
    number = office.opens()
    agent = office.visitor("agent01")
    with Redis.from_url("redis://127.0.0.1:1/0") as nobody:
        office.app.extensions["redis"] = nobody
        assert looks(agent, number).status_code == 204
    del office.app.extensions["redis"]
    assert looks(agent, number).status_code == 204
    assert agent.page(f"/tickets/{number}")
