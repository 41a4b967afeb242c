"""A day of calls in virtual time: the simulator, the whole application, and the clock's work done at the very moment it is due."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from callcenter import clock
from callcenter.domain.telephone import AgentState
from callcenter.domain.vocabulary import Role
from callcenter.services import timers
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import agents, calling_forward, offering
from callcenter.simulator.exchange import Exchange
from callcenter.simulator.people import Agent
from callcenter.simulator.posts import Chaos
from callcenter.simulator.rest import Rest
from callcenter.storage import facts
from callcenter.storage import timers as timer_rows
from callcenter.storage.tables import CallRow, DutyRow
from callcenter.storage.telephone_tables import AgentSpanRow
from callcenter.telephony import choice
from callcenter.telephony.twilio_phone import TwilioPhone
from callcenter.web.deliveries import identity_of
from tests.hotlines import NINE
from tests.telephony.conftest import app_of, settings_of
from tests.telephony.simulated import RestClient, Wsgi, exchange_over
from tests.telephony.twilio_posts import HOTLINE


@dataclass
class Stage:
    """Time passes for everybody at once."""

    exchange: Exchange
    hotline: Hotline
    app: Flask
    phone: TwilioPhone
    start: datetime = NINE
    #: callers who are being fetched from the line
    _fetched: dict[str, datetime] = field(default_factory=dict)
    #: when the clock has something to do, as of so many webhooks
    _known: tuple[int, float | None] = (-1, None)

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
                self._look_around()
            else:
                timeline.move_to(until)
                self._see_to_it()
                return

    def _look_around(self) -> None:
        """A webhook may have freed somebody: the clock is woken and fetches whose turn it is."""
        if self._known[0] != self.exchange.posts.ledger.posted and self.exchange.queue("hotline").entries:
            self._fetched = calling_forward.call_forward(self.hotline, self.phone, self.now, self._fetched)

    def _due(self) -> float | None:
        """When the clock has something to do, in seconds of the line; asked again when a webhook may have changed it."""
        if self._known[0] != self.exchange.posts.ledger.posted:
            self._known = self.exchange.posts.ledger.posted, self._asked()
        return self._known[1]

    def _asked(self) -> float | None:
        with self.hotline.store.reading() as session:
            found = [at for at in (timer_rows.next_due_at(session), agents.next_due(session)) if at is not None]
        return (min(found) - self.start).total_seconds() if found else None

    def _see_to_it(self) -> None:
        timers.fire_due(self.hotline, self.now)
        agents.settle_due(self.hotline, self.now)
        offering.end_overdue(self.hotline, self.now)
        self._fetched = calling_forward.call_forward(self.hotline, self.phone, self.now, self._fetched)
        self._known = (-1, None)

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


def roster(stage: Stage, users: Iterable[str]) -> list[str]:
    """These agents have a shift of six hours from now on, for every compound."""
    with stage.hotline.store.transaction() as session:
        for user in (given := list(users)):
            session.add(DutyRow(user=user, roles=[Role.AGENT], start_at=stage.now, end_at=stage.now + timedelta(hours=6), compounds=[], shift="day"))
    return given


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
            stage._known = (-1, None)
    stage.exchange.timeline.after(every, back_to_work, stage, users, every)


@contextmanager
def opened(hotline: Hotline, folder: Path, monkeypatch: pytest.MonkeyPatch, chaos: Chaos | None = None,
           travel: tuple[float, float] = (0.0, 0.0)) -> Iterator[Stage]:
    """The application reads the line's time, and its provider is the simulator, both ways."""
    wsgi = Wsgi(None)  # type: ignore[arg-type]  # the application comes below: each needs the other
    exchange = exchange_over(wsgi, seed=3, chaos=chaos, travel=travel)
    settings = settings_of(hotline, folder, twilio_number=HOTLINE, twilio_api="http://127.0.0.1:9")
    phone = TwilioPhone(settings, demo=False, http_client=RestClient(Rest(exchange)))
    monkeypatch.setattr(clock, "now", lambda: exchange.timeline.stamp().astimezone(UTC))
    monkeypatch.setattr(choice, "choose", lambda _settings: phone)
    wsgi.app = app_of(settings)
    yield Stage(exchange, wsgi.app.extensions["hotline"], wsgi.app, phone)
    wsgi.app.extensions["parts"].hotline.store.engine.dispose()
