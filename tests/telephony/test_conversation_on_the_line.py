"""Hold, consultation, transfer and a lost agent on simulated lines: Twilio's own library, its requests, our documents, nobody in silence."""

import pytest

from callcenter.domain.vocabulary import CallState
from callcenter.services.telephone.conducting import Conductor
from callcenter.services.telephone.supervising import Supervising
from callcenter.simulator.people import Agent, Caller
from callcenter.storage.telephone_tables import LineRow
from callcenter.web.deliveries import identity_of
from tests.telephony.simulated import heard
from tests.telephony.staged import on_duty, opened, seat
from tests.telephony.test_simulated_calls import clean


@pytest.fixture
def stage(sqlite_hotline, tmp_path, monkeypatch):
    with opened(sqlite_hotline, tmp_path, monkeypatch) as made:
        yield made


class Stays(Caller):
    """A caller who does not hang up because the other side fell silent."""

    def on(self, call, what, text=""):
        if what != "alone":
            super().on(call, what, text)


class Talk:
    """A caller who talks with an agent, and a colleague who is free."""

    def __init__(self, stage):
        self.stage = stage
        self.team = seat(stage, on_duty(stage.hotline, stage.now)[:2], reacts_in=(2.0, 2.0))
        person = Stays(stage.exchange, "+8619000000501", "caller", talks_for=400.0)
        stage.exchange.people[person.address] = person
        self.line = person.ring()
        stage.run(40)
        [call] = stage.calls()
        assert call.state == CallState.ANSWERED
        self.sid, self.agent = call.sid, call.answered_by
        self.colleague = next(user for user in self.team if user != self.agent)
        self.conductor = Conductor(stage.hotline, stage.phone)

    def lines(self):
        with self.stage.hotline.store.reading() as session:
            return {row.user or row.role: str(row.state) for row in session.query(LineRow).order_by(LineRow.id)}

    def heard(self):
        return [h.what for h in self.line.heard][-1]


@pytest.fixture
def talk(stage):
    return Talk(stage)


def test_the_caller_hears_music_on_hold_and_the_agent_again_afterwards(talk, stage):
    talk.conductor.hold(talk.sid, talk.agent, stage.now)
    stage.run(20)
    assert talk.line.over_at is None
    assert "music" in talk.heard()
    talk.conductor.resume(talk.sid, talk.agent, stage.now)
    stage.run(5)
    assert talk.lines() == {"caller": "talking", talk.agent: "talking"}
    assert talk.line.talking
    stage.run(600)
    assert [row.state for row in stage.calls()] == [CallState.ENDED]
    assert talk.lines()[talk.agent] == "over"
    clean(stage)


def test_a_consultation_becomes_three_and_then_a_transfer(talk, stage):
    talk.conductor.consult(talk.sid, talk.agent, talk.colleague, stage.now)
    stage.run(15)
    assert talk.lines() == {"caller": "talking", talk.agent: "talking", talk.colleague: "talking"}
    assert "music" in talk.heard()
    talk.conductor.resume(talk.sid, talk.agent, stage.now)
    stage.run(5)
    assert talk.line.talking
    talk.conductor.leave(talk.sid, talk.agent, stage.now)
    stage.run(5)
    assert (talk.lines()[talk.agent], talk.lines()[talk.colleague]) == ("over", "talking")
    assert talk.line.over_at is None
    stage.run(600)
    [row] = stage.calls()
    assert (row.state, row.answered_by, set(talk.lines().values()) - {"talking"}) == (CallState.ENDED, talk.agent, {"over"})
    clean(stage)


def test_a_supervisor_listens_without_anybody_hearing_a_break(talk, stage):
    boss = Agent(stage.exchange, f"client:{identity_of('supervisor01')}", "supervisor01", reacts_in=(1.0, 1.0))
    stage.exchange.people[boss.address] = boss
    Supervising(talk.conductor).take_part(talk.sid, "supervisor01", "listen", stage.now)
    stage.run(10)
    assert talk.lines() == {"caller": "talking", talk.agent: "talking", "supervisor01": "talking"}
    Supervising(talk.conductor).take_part(talk.sid, "supervisor01", "whisper", stage.now)
    Supervising(talk.conductor).stop(talk.sid, "supervisor01", stage.now)
    stage.run(5)
    assert (talk.lines()["supervisor01"], talk.line.talking) == ("over", True)
    stage.run(600)
    clean(stage)


def test_an_agent_cut_off_in_the_room_is_followed_by_words_and_by_a_colleague(talk, stage):
    talk.conductor.hold(talk.sid, talk.agent, stage.now)
    stage.run(5)
    talk.conductor.resume(talk.sid, talk.agent, stage.now)
    stage.run(5)
    with stage.hotline.store.reading() as session:
        sid = session.query(LineRow).filter(LineRow.user == talk.agent).one().sid
    talk.team[talk.agent].reacts_in = (300.0, 300.0)
    stage.phone.hang_up(sid)  # the browser closes
    stage.run(15)
    assert any("中断" in text for text in heard(talk.line))
    assert talk.lines()[talk.colleague] == "talking"
    assert talk.line.talking
    stage.run(600)
    [row] = stage.calls()
    assert (row.state, row.answered_by) == (CallState.ENDED, talk.agent)
    clean(stage)


def test_a_caller_who_hangs_up_while_a_colleague_rings_leaves_no_telephone_ringing(talk, stage):
    talk.team[talk.colleague].reacts_in = (25.0, 25.0)
    talk.conductor.consult(talk.sid, talk.agent, talk.colleague, stage.now)
    stage.run(5)
    stage.phone.hang_up(talk.sid)
    stage.run(3)
    assert talk.lines()[talk.colleague] == "over"
    assert talk.lines()[talk.agent] == "over"
    assert [row.state for row in stage.calls()] == [CallState.ENDED]
    stage.run(60)
    clean(stage)
