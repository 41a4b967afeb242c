"""A supervision order is answered, a record is reviewed: by somebody else than whoever wrote it (F03, F04, F17)."""

from itertools import count

import pytest

from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from tests.hotlines import NINE
from tests.services.test_long_work import ticket, told

KEYS = count()


def do(hotline, number, action, by, **fields):
    return tickets.carry_out(hotline, number, Act(Action(action), by, fields), f"review{next(KEYS)}", NINE)


@pytest.fixture
def number(hotline):
    about = {"category": "104", "room": "青禾家园5栋1单元302", "customer_name": "周敏", "content": "水龙头漏水"}
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", about), "opened", NINE).number


def refused(hotline, number, action, by, **fields):
    with pytest.raises(Refused) as no:
        do(hotline, number, action, by, **fields)
    return no.value.code


def test_the_answer_to_an_order_reaches_whoever_ordered_it_and_the_order_runs_on(hotline, number):
    assert refused(hotline, number, "answer_supervision", "engineering01", text="已安排") == "no_order"
    do(hotline, number, "supervise", "pm02", reason="业主两次来电", department="engineering", assessed=True)
    do(hotline, number, "answer_supervision", "engineering01", text="今天下午换件")
    assert "今天下午换件" in told(hotline, number, "supervision_answered")["pm02"]
    found = ticket(hotline, number)
    assert found.running("supervision") is not None
    assert [f.fields.get("feedback") for f in found.records("F17")] == [None, "今天下午换件"]


def test_a_record_is_reviewed_once_it_is_there_and_never_by_whoever_wrote_it(hotline, number):
    assert refused(hotline, number, "review", "engineering01", record="F03", opinion="合格") == "no_record"
    do(hotline, number, "dispatch", "engineering01", to="plumber01")
    assert refused(hotline, number, "review", "engineering01", record="F03", opinion="合格") == "own_record"
    do(hotline, number, "accept", "plumber01")
    do(hotline, number, "arrive", "plumber01")
    do(hotline, number, "review", "engineering01", record="F03", opinion="用料合理")
    kept = ticket(hotline, number).records("F03")[-1].fields
    assert (kept["reviewed_by"], kept["review_note"]) == ("engineering01", "用料合理")
    assert ticket(hotline, number).state == "on_site"
