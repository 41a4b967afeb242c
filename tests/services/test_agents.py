"""Agents' time: chosen by the person, moved by calls, ended by the clock; every second in exactly one state."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Refused
from callcenter.services.recurring import shifts
from callcenter.services.telephone import agents, agents_view, calls, offering, waiting
from callcenter.storage.tables import MessageRow
from callcenter.storage.telephone_tables import AgentSpanRow, OfferRow
from tests.hotlines import NINE

CALLER = "+8619000000001"


def at(seconds):
    return NINE + timedelta(seconds=seconds)


def spans(hotline, user="agent01"):
    with hotline.store.reading() as session:
        return list(session.scalars(sa.select(AgentSpanRow).where(AgentSpanRow.user == user).order_by(AgentSpanRow.id)))


def states(hotline, user="agent01"):
    return [str(s.state) for s in spans(hotline, user)]


def rung(hotline, sid, now):
    calls.arrive(hotline, sid, CALLER, now, greeted=True)
    return waiting.forward(hotline, sid, now)


def test_the_first_visit_to_the_desk_while_on_duty_makes_an_agent_free_and_only_the_first(sqlite_hotline):
    assert agents.sign_on(sqlite_hotline, "agent01", NINE)
    assert not agents.sign_on(sqlite_hotline, "agent01", at(5))
    agents.choose(sqlite_hotline, "agent01", "meal", at(10))
    assert not agents.sign_on(sqlite_hotline, "agent01", at(20))
    assert states(sqlite_hotline) == ["available", "meal"]


@pytest.mark.parametrize("user", ["agent05", "plumber02", "supervisor01"])
def test_who_is_off_duty_or_does_not_answer_is_not_signed_on_by_a_visit(sqlite_hotline, user):
    assert not agents.sign_on(sqlite_hotline, user, NINE)
    assert spans(sqlite_hotline, user) == []


@pytest.mark.parametrize(("user", "state", "reason", "code"), [
    ("agent01", "talking", "", "bad_value"), ("agent01", "asleep", "", "bad_value"), ("agent01", "break", "  ", "reason_needed"),
    ("plumber02", "available", "", "may_not_answer"), ("nobody", "available", "", "unknown_person")])
def test_what_cannot_be_chosen_is_refused(sqlite_hotline, user, state, reason, code):
    with pytest.raises(Refused) as no:
        agents.choose(sqlite_hotline, user, state, NINE, reason)
    assert no.value.code == code
    assert spans(sqlite_hotline, user) == []


def test_a_call_moves_its_agent_from_ringing_over_talking_to_after_call_work_that_ends_to_the_millisecond(hotline):
    agents.choose(hotline, "agent01", "available", NINE)
    assert rung(hotline, "CA1", at(10)).step.users == ("agent01",)
    calls.answered(hotline, "CA1", "agent01", at(14))
    with pytest.raises(Refused, match="agent_busy"):
        agents.choose(hotline, "agent01", "offline", at(20))
    calls.ended(hotline, "CA1", at(60))
    assert agents.settle_due(hotline, at(89.999)) == 0
    assert agents.settle_due(hotline, at(200)) == 1
    found = spans(hotline)
    assert [str(s.state) for s in found] == ["available", "offered", "talking", "wrap_up", "available"]
    assert [s.since_at for s in found] == [NINE, at(10), at(14), at(60), at(90)]
    assert [s.until_at for s in found] == [at(10), at(14), at(60), at(90), None]


def test_after_call_work_is_finished_early_once_the_call_is_recorded_and_not_before(sqlite_hotline):
    agents.choose(sqlite_hotline, "agent01", "available", NINE)
    rung(sqlite_hotline, "CA1", NINE)
    calls.answered(sqlite_hotline, "CA1", "agent01", at(3))
    calls.ended(sqlite_hotline, "CA1", at(60))
    with pytest.raises(Refused) as no:
        agents.choose(sqlite_hotline, "agent01", "available", at(62))
    assert (no.value.code, states(sqlite_hotline)[-1]) == ("record_first", "wrap_up")
    calls.dispose(sqlite_hotline, "CA1", "agent01", "wrong_number", at(63))
    agents.choose(sqlite_hotline, "agent01", "available", at(65))
    assert states(sqlite_hotline)[-2:] == ["wrap_up", "available"]
    assert agents.settle_due(sqlite_hotline, at(200)) == 0


def test_who_does_not_answer_counts_as_away_until_they_say_otherwise_and_the_lead_is_told(sqlite_hotline):
    agents.choose(sqlite_hotline, "agent01", "available", NINE)
    rung(sqlite_hotline, "CA1", NINE)
    waiting.unanswered(sqlite_hotline, "CA1", at(10))
    assert states(sqlite_hotline)[-1] == "missed"
    with sqlite_hotline.store.reading() as session:
        assert session.scalar(sa.select(OfferRow.state).where(OfferRow.user == "agent01")) == "timeout"
        assert [m.to for m in session.scalars(sa.select(MessageRow).where(MessageRow.notice == "agent_away"))] == ["lead02"]
    agents.choose(sqlite_hotline, "agent01", "available", at(20))
    assert states(sqlite_hotline)[-1] == "available"


def test_a_ringing_whose_end_nobody_reported_is_over_by_itself(sqlite_hotline):
    agents.choose(sqlite_hotline, "agent01", "available", NINE)
    rung(sqlite_hotline, "CA1", NINE)
    assert offering.end_overdue(sqlite_hotline, at(60)) == 0
    assert offering.end_overdue(sqlite_hotline, at(70)) == 1
    assert states(sqlite_hotline)[-1] == "missed"


def test_signing_out_and_the_end_of_the_shift_make_offline_and_the_next_visit_signs_on_again(sqlite_hotline):
    agents.sign_on(sqlite_hotline, "agent01", NINE)
    agents.sign_out(sqlite_hotline, "agent01", at(10))
    assert agents.sign_on(sqlite_hotline, "agent01", at(20))
    shifts.start(sqlite_hotline, "agent01", "s1", at(25))
    shifts.end(sqlite_hotline, "agent01", at(30))
    assert states(sqlite_hotline) == ["available", "offline", "available", "offline"]
    with sqlite_hotline.store.reading() as session:
        assert agents_view.mine(session, "agent01", at(31)).state is None
