"""One's own state at the desk, who may hear a recording, numbers blocked by a lead."""

import pytest
import sqlalchemy as sa

from callcenter.services.telephone import agents, calls, voicemail
from callcenter.services.telephone.voicemail import Recorded
from callcenter.storage.tables import AccessRow
from callcenter.telephony import recordings
from tests.hotlines import NINE
from tests.web import office


@pytest.fixture
def house(sqlite_hotline, monkeypatch):
    made = office.Office(sqlite_hotline, office.Hand(monkeypatch, sqlite_hotline))
    made.app = office.application(sqlite_hotline, ("acts", "desk", "tickets", "supervise", "followups"))
    return made


def test_the_first_visit_to_the_desk_signs_on_and_a_break_needs_a_reason(house):
    agent = house.visitor("agent01")
    assert 'data-agent-state="available"' in agent.page("/desk")
    assert agent.post("/desk/state", state="break").status_code == 422
    assert agent.post("/desk/state", state="break", reason="喝水").status_code in (204, 303)
    page = agent.page("/desk")
    assert 'data-agent-state="break"' in page
    assert "喝水" in page


def test_the_board_shows_who_does_what_and_who_waits(house):
    agents.choose(house.hotline, "agent01", "meal", NINE)
    calls.arrive(house.hotline, "CA1", "+8619000000001", NINE)
    page = house.visitor("lead02").page("/supervise/desk")
    assert "用餐" in page
    assert "未签到" in page


def test_a_lead_blocks_the_number_of_a_call_with_a_reason_and_unblocks_it(house):
    calls.arrive(house.hotline, "CA1", "+8619000000001", NINE)
    lead = house.visitor("lead02")
    assert lead.post("/desk/calls/CA1/block", days="7").status_code == 422
    assert lead.post("/desk/calls/CA1/block", days="7", reason="反复骚扰").status_code in (204, 303)
    assert "反复骚扰" in lead.page("/supervise/desk")
    assert lead.post("/desk/blocked/1/end").status_code in (204, 303)
    assert "反复骚扰" not in lead.page("/supervise/desk")


def test_a_recording_is_played_to_its_agent_and_written_down_and_never_to_others(house, monkeypatch):
    monkeypatch.setattr(recordings, "opened", lambda settings, address: iter([b"sound"]))
    calls.arrive(house.hotline, "CA1", "+8619000000001", NINE)
    calls.answered(house.hotline, "CA1", "agent01", NINE)
    voicemail.stored(house.hotline, "CA1", Recorded("RE1", "conversation", "completed", "https://api.twilio.com/RE1", 60), NINE)
    people = ("agent01", "agent02", "lead02", "supervisor01", "admin01")
    tried = {user: house.visitor(user).client.get("/desk/recordings/1").status_code for user in people}
    assert tried == {"agent01": 200, "agent02": 403, "lead02": 200, "supervisor01": 200, "admin01": 403}
    with house.hotline.store.reading() as session:
        logged = list(session.scalars(sa.select(AccessRow.by).where(AccessRow.what == "recording").order_by(AccessRow.id)))
    assert logged == ["agent01", "lead02", "supervisor01"]
