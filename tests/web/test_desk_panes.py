"""The three panes of the desk: my matters and views, the matter in the middle with everything that happened, its customer beside it."""

import re
from urllib.parse import unquote

import pytest

from callcenter.services.telephone import calls
from tests.web.office import Hand, Office, application

CALLER, ROOM = "19000000001", "梧桐里3栋2单元1602"


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    office = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    office.app = application(sqlite_hotline, ("acts", "desk", "talk", "tickets", "panes", "presence", "macros", "ledgers"))
    return office


def pane(page: str, id_: str) -> str:
    """The section of that id."""
    return page.split(f'id="{id_}"', 1)[1].split("</section>", 1)[0]


def test_a_matter_opens_in_the_middle_with_its_acts_and_its_story_and_the_customer_beside_it(office):
    other = office.opens(content="灯不亮", category="204", convenient_time="随时")
    number = office.opens()
    agent = office.visitor("agent01")
    page = agent.page("/desk")
    assert f'href="/desk?ticket={number}"' in pane(page, "my-tickets")
    page = agent.page(f"/desk?ticket={number}")
    assert re.search(rf'id="line-{number}"><a href="/desk\?ticket={number}" aria-current="true"', page)
    assert page.count("<h1") == 1
    assert f'data-src="/tickets/{number}?part=head&amp;desk=1"' in page
    assert f'data-src="/tickets/{number}?part=story"' in page
    (back,) = set(re.findall(rf'/tickets/{number}/acts/urge\?next=([^"]+)"', agent.fragment(f"/tickets/{number}?part=head&desk=1")))
    assert unquote(back) == f"/desk?ticket={number}"
    customer = pane(page, "customer")
    assert CALLER in customer
    assert ROOM in customer
    assert f'id="other-matters-{other}"' in customer
    assert "没有通话" not in page


def test_a_matter_that_is_not_theirs_is_not_there_at_the_desk_either(office):
    agent = office.visitor("agent01")
    agent.page("/desk?ticket=JX19990101-0001", 404)


def test_during_a_call_the_callers_matter_opens_beside_it_and_both_stay(office):
    number = office.opens()
    calls.arrive(office.hotline, "CA0", CALLER, office.hand.now)
    office.hand.move(minutes=2)
    calls.ended(office.hotline, "CA0", office.hand.now)
    agent = office.visitor("agent01")
    calls.arrive(office.hotline, "CA1", CALLER, office.hand.now)
    agent.post("/desk/calls/CA1/answer")
    page = agent.page("/desk")
    assert f'href="/desk?call=CA1&amp;ticket={number}"' in page
    assert "未接" in pane(page, "contacts")
    both = agent.page(f"/desk?call=CA1&ticket={number}")
    assert all(f'id="{part}"' in both for part in ("pop", "desk-matter", "intake", "customer"))
    assert 'href="/desk?call=CA1"' in both  # put away, back at the call


def test_the_customer_beside_a_matter_or_a_call_is_read_again_by_itself_and_says_in_english_who_they_are(office):
    number = office.opens()
    agent = office.visitor("agent01", "en")
    page = agent.page(f"/desk?ticket={number}")
    assert f'data-src="/desk?part=customer&amp;ticket={number}"' in page
    other = office.opens(content="灯不亮", category="204", convenient_time="随时")
    again = agent.fragment(f"/desk?part=customer&ticket={number}")
    assert f'id="other-matters-{other}"' in again
    assert "周敏 · Owner" in again
    office.does(other, "cancel", "lead01", reason="客户取消")
    assert f'id="history-{other}"' in agent.fragment(f"/desk?part=customer&ticket={number}")
    calls.arrive(office.hotline, "CA1", CALLER, office.hand.now)
    assert f"周敏 · {ROOM} <span class=\"muted\">Owner</span>" in agent.fragment("/desk?part=calls")
    agent.post("/desk/calls/CA1/answer")
    line = agent.fragment("/desk?part=line&call=CA1")
    assert "<b>周敏</b> <span class=\"muted\">Owner</span>" in line
    assert f'id="history-{other}"' in agent.fragment("/desk?part=customer&call=CA1")
    assert 'data-src="/desk?part=customer&amp;call=CA1"' in agent.page("/desk")
    assert agent.client.get(f"/desk/rooms?q={ROOM}").json[0]["people"][0]["relation"] == "Owner"


def test_saved_views_stand_on_the_left_counted_no_further_than_a_limit(office):
    for n in range(3):
        office.opens(content=f"漏水 {n}")
    agent = office.visitor("agent01")
    assert "在台帐里筛选后保存为视图" in agent.page("/desk")
    agent.post("/ledgers/F02/views", script=False, name="漏水的", counted="yes", q="漏水")
    views = agent.fragment("/desk/views")
    assert re.search(r'漏水的</span><span class="push"><span class="chip chip-warn">3</span>', views)
    assert "/ledgers/F02?" in views


def test_after_a_return_call_that_reached_nobody_the_next_one_lies_open(office):
    for sid, number in (("CM1", "19000000001"), ("CM2", "19000000003"), ("CM3", "19000000005")):
        calls.arrive(office.hotline, sid, number, office.hand.now)
        office.hand.move(minutes=1)
        calls.ended(office.hotline, sid, office.hand.now)
    agent = office.visitor("agent01")
    page = agent.page("/desk")
    assert re.search(r'id="missed-CM1"><summary class="row" data-key="b"', page)
    assert re.search(r'id="returned-CM1">.*?name="next" value="CM2".*?保存，下一个', page, re.S)
    answer = agent.post("/desk/calls/CM1/returned", contact_result="no_answer", next="CM2")
    assert answer.headers["X-Location"] == "/desk?back=CM2"
    page = agent.page("/desk?back=CM2")
    assert 'id="missed-CM2" open>' in page
    assert 'id="missed-CM1"' not in page
    last = agent.post("/desk/calls/CM3/returned", contact_result="no_answer")
    assert last.headers["X-Location"] == "/desk"
