"""A day of calls in virtual time: the simulator, the whole application, and the clock's work done at the very moment it is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from callcenter import clock
from callcenter.domain.telephone import AgentState
from callcenter.domain.vocabulary import Role
from callcenter.services import agents, offering, timers
from callcenter.services.hotline import Hotline
from callcenter.simulator.exchange import Exchange
from callcenter.simulator.people import Agent
from callcenter.storage import facts
from callcenter.storage import timers as timer_rows
from callcenter.storage.tables import CallRow
from callcenter.storage.telephone_tables import AgentSpanRow
from callcenter.web.deliveries import identity_of


@dataclass
class Stage:
    """Time passes for everybody at once."""

    exchange: Exchange
    hotline: Hotline
    app: Flask
    start: datetime

    @property
    def now(self) -> datetime:
        return self.exchange.timeline.stamp()

    def run(self, seconds: float) -> None:
        """Let so many seconds pass; timers and after-call work are seen to between two happenings, never late."""
        timeline = self.exchange.timeline
        until = timeline.now + seconds
        while True:
            upcoming, due = timeline.next_at(), self._due()
            if due is not None and due <= until and (upcoming is None or due <= upcoming):
                timeline.move_to(due)
                self._see_to_it()
            elif upcoming is not None and upcoming <= until:
                timeline.step()
            else:
                timeline.move_to(until)
                self._see_to_it()
                return

    def _due(self) -> float | None:
        """When the clock has something to do, in seconds of the line."""
        with self.hotline.store.reading() as session:
            found = [at for at in (timer_rows.next_due_at(session), agents.next_due(session)) if at is not None]
        return (min(found) - self.start).total_seconds() if found else None

    def _see_to_it(self) -> None:
        timers.fire_due(self.hotline, self.now)
        agents.settle_due(self.hotline, self.now)
        offering.end_overdue(self.hotline, self.now)

    def calls(self) -> list[CallRow]:
        with self.hotline.store.reading() as session:
            return list(session.scalars(sa.select(CallRow).order_by(CallRow.id)))

    def spans(self, user: str) -> list[AgentSpanRow]:
        with self.hotline.store.reading() as session:
            return list(session.scalars(sa.select(AgentSpanRow).where(AgentSpanRow.user == user).order_by(AgentSpanRow.since_at, AgentSpanRow.id)))


def on_duty(hotline: Hotline, now: datetime) -> list[str]:
    """Everybody whose telephone may ring at that moment."""
    with hotline.store.reading() as session:
        staff = facts.staff(session, now)
        return list(dict.fromkeys([*staff.holders(Role.AGENT), *staff.holders(Role.LEAD)]))


def seat(stage: Stage, users: Iterable[str], **habits: object) -> dict[str, Agent]:
    """These people sign on and sit at their browser telephones; everybody else on duty is offline."""
    seated = list(users)
    for user in on_duty(stage.hotline, stage.now):
        agents.choose(stage.hotline, user, AgentState.AVAILABLE if user in seated else AgentState.OFFLINE, stage.now)
    found = {user: Agent(stage.exchange, f"client:{identity_of(user)}", user, **habits) for user in seated}  # type: ignore[arg-type]
    stage.exchange.people.update({agent.address: agent for agent in found.values()})
    return found


def back_to_work(stage: Stage, users: Iterable[str], every: float = 30.0) -> None:
    """Whoever missed a call says a while later that they are there again."""
    for user in users:
        span = stage.spans(user)[-1]
        if span.state == AgentState.MISSED and stage.now - span.since_at >= timedelta(seconds=every):
            agents.choose(stage.hotline, user, AgentState.AVAILABLE, stage.now)
    stage.exchange.timeline.after(every, back_to_work, stage, users, every)


def told_by(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application reads the line's time."""
    monkeypatch.setattr(clock, "now", lambda: stage.now.astimezone(UTC))
