"""Whole calls through the simulator and the application: from the first ring to the end of the conversation, and what is left behind."""

import pytest

from callcenter.domain.telephone import AgentState
from callcenter.domain.vocabulary import CallState, ReturnCall
from callcenter.simulator.people import Caller
from tests.hotlines import NINE
from tests.telephony.simulated import heard
from tests.telephony.staged import on_duty, opened, seat

AGENTS = 2


@pytest.fixture
def stage(sqlite_hotline, tmp_path, monkeypatch):
    with opened(sqlite_hotline, tmp_path, monkeypatch) as made:
        yield made


def caller(stage, **habits):
    person = Caller(stage.exchange, "+8619000000501", "caller", **habits)
    stage.exchange.people[person.address] = person
    return person


def clean(stage):
    """Nothing that Twilio would complain of, and every webhook answered."""
    assert stage.exchange.complaints == []
    assert stage.exchange.posts.ledger.failures == []


def test_a_call_is_greeted_rung_answered_and_ended_with_the_very_seconds_of_the_line(stage):
    team = seat(stage, on_duty(stage.hotline, stage.now)[:AGENTS], reacts_in=(3.0, 3.0))
    line = caller(stage, talks_for=60.0).ring()
    stage.run(600)
    [row] = stage.calls()
    assert [text[:4] for text in heard(line)] == ["为保障服", "您好,和"]
    assert (row.sid, row.state, row.return_call) == (line.sid, CallState.ENDED, ReturnCall.NONE)
    assert row.answered_by in team
    seen = stage.exchange.ringing_since[line.sid], line.talked_first_at, line.over_at
    assert [round((at - NINE).total_seconds(), 3) for at in (row.ring_started_at, row.answered_at, row.ended_at)] == [round(s, 3) for s in seen]
    assert [s.state for s in stage.spans(row.answered_by)] == [
        AgentState.AVAILABLE, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP, AgentState.AVAILABLE]
    clean(stage)


def test_with_everybody_on_the_line_the_next_waits_and_is_put_through_when_somebody_is_free(stage):
    team = seat(stage, on_duty(stage.hotline, stage.now)[:1], reacts_in=(2.0, 2.0))
    first = caller(stage, talks_for=90.0).ring()
    stage.run(30)
    second = Caller(stage.exchange, "+8619000000502", "second", patience=400, talks_for=30.0)
    stage.exchange.people[second.address] = second
    waiting = second.ring()
    stage.run(40)
    assert (first.talking, waiting.entry is not None) == (True, True)
    stage.run(600)
    assert [row.answered_by for row in stage.calls()] == [*team, *team]
    assert waiting.talked_first_at > first.over_at
    clean(stage)


def test_who_gives_up_is_owed_a_return_call_from_that_second(stage):
    seat(stage, on_duty(stage.hotline, stage.now)[:AGENTS], absent=1.0)
    line = caller(stage, patience=20.0).ring()
    stage.run(21)
    [row] = stage.calls()
    assert (row.state, row.return_call) == (CallState.ABANDONED, ReturnCall.DUE)
    assert round((row.ended_at - NINE).total_seconds(), 3) == round(line.over_at, 3)
    clean(stage)


def test_with_nobody_at_the_desk_the_caller_hears_that_we_call_back(stage):
    seat(stage, [])
    line = caller(stage, patience=300.0).ring()
    stage.run(300)
    [row] = stage.calls()
    assert "回电" in heard(line)[-1]
    assert (row.state, row.return_call) == (CallState.ABANDONED, ReturnCall.DUE)
    clean(stage)
