"""One matter played through the real engine: whoever may act acts, clocks fire at their own second, due times are aimed at exactly."""

import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from random import Random
from typing import Any

import sqlalchemy as sa

from callcenter.domain import dispatching, reaching
from callcenter.domain.ticket import Act, Refused, Ticket
from callcenter.domain.vocabulary import Action, Clock, State, TicketType
from callcenter.services import tickets, timers
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import calls
from callcenter.storage import facts
from callcenter.storage import timers as timer_rows
from callcenter.storage.tables import EscalationRow, PromiseRow, TicketRow
from tests.hotlines import NINE
from tests.services.walking import company, fresh, rules

#: a story is played to the end of what it has to tell, or left as it stands
MS = timedelta(milliseconds=1)
GOLDEN = (5 ** .5 - 1) / 2
ROOMS = ("青禾家园5栋1单元302", "青禾家园6栋1单元402", "梧桐里3栋2单元1602", "望江苑2栋1单元803")
PLACES = ("梧桐里地下车库B1-C区", "青禾家园文化广场")
PHONES = tuple(f"190000000{n:02d}" for n in range(1, 13))


@cache
def _stage() -> Hotline:
    """One hotline for every story, so that each statement is compiled once."""
    return fresh()


def staged() -> Hotline:
    """The stage as it was before the last story: the company, the rules, no ticket."""
    hotline = _stage()
    with hotline.store.engine.connect() as connection:
        company().backup(connection.connection.driver_connection)
    hotline.rulebook.install(hotline.store, NINE)
    return hotline


class Luck:
    """Numbers between 0 and 1, spread evenly at every place that asks, so that a few dozen stories hold what happens once in twenty."""

    def __init__(self) -> None:
        self._asked: Counter[object] = Counter()

    def draw(self, place: object) -> float:
        self._asked[place] += 1
        return (Random(str(place)).random() + self._asked[place] * GOLDEN) % 1


class Left(Exception):
    """The matter is left as it stands: nobody goes on with it."""


class Play:
    """A stretch of the stage's life around one matter; it lasts until the next begins. `left_at`: the matter is left after so many acts."""

    def __init__(self, some: Random, luck: Luck, left_at: int | None = None) -> None:
        self.luck = luck
        self.hotline, self.some, self.left_at = staged(), some, left_at
        self.now = NINE + timedelta(days=some.randrange(12), seconds=some.randrange(86_400), milliseconds=some.randrange(1000))
        self.number, self.count, self.taken, self.sid = "", 0, 0, ""

    # ---- time ----

    def until(self, moment: datetime) -> None:
        """Every timer due before *moment* fires at its own second; then it is *moment*."""
        fired = 0
        while True:
            with self.hotline.store.reading() as session:
                due = timer_rows.next_due_at(session)
            if due is None or due >= moment:
                break
            self.now = max(self.now, due)
            fired += timers.fire_due(self.hotline, self.now, log=_fail)
            if fired > 3:
                fired = 0
                self._taken_up()
        self.now = max(moment, self.now)

    def _taken_up(self) -> None:
        """Somebody high enough takes up what has been escalated, so that it need not be said for ever."""
        waiting = sa.select(TicketRow.number).join(EscalationRow, EscalationRow.ticket_id == TicketRow.id).where(
            EscalationRow.acknowledged_at.is_(None), EscalationRow.ended_at.is_(None)).distinct().order_by(TicketRow.number)
        with self.hotline.store.reading() as session:
            numbers = list(session.scalars(waiting))
        for number in numbers:
            self.taken += 1
            with suppress(Refused):
                tickets.carry_out(self.hotline, number, Act(Action.ACKNOWLEDGE, "quality01"), f"t{self.taken}", self.now)

    def wait(self, shortest: float, longest: float) -> None:
        """Some seconds pass."""
        self.until(self.now + timedelta(milliseconds=self.some.randrange(int(shortest * 1000), int(longest * 1000) + 1)))

    def aim(self, clock: Clock, at_most: float = 3600 * 30, late: float = .15) -> None:
        """Until shortly before, exactly at, a millisecond beside, or well after the due time of the running promise."""
        due = self.due(clock)
        if due is None or due <= self.now:
            self.wait(20, 600)
            return
        length = min((due - self.now).total_seconds(), at_most)
        match self.luck.draw(clock):
            case x if x < .05 and length < at_most:
                self.until(due)
            case x if x < .08 and length < at_most:
                self.until(due + MS)
            case x if x < .11 and length < at_most:
                self.until(due - MS)
            case x if x < .11 + late and length < at_most:
                self.until(due + timedelta(milliseconds=self.some.randrange(2, int(length * 400) + 3)))
            case _:
                self.wait(length * .05, length * .9)

    def due(self, clock: Clock) -> datetime | None:
        """When the running promise of that kind is due."""
        with self.hotline.store.reading() as session:
            return session.scalar(sa.select(PromiseRow.due_at).join(TicketRow, TicketRow.id == PromiseRow.ticket_id).where(
                TicketRow.number == self.number, PromiseRow.clock == clock, PromiseRow.kept_at.is_(None), PromiseRow.voided_at.is_(None),
                PromiseRow.excused_at.is_(None)).order_by(PromiseRow.id.desc()).limit(1))

    # ---- what is known ----

    @property
    def ticket(self) -> Ticket:
        with self.hotline.store.reading() as session:
            row = session.scalar(sa.select(TicketRow).where(TicketRow.number == self.number))
            assert row is not None
            return facts.ticket(session, row)

    @property
    def state(self) -> State:
        with self.hotline.store.reading() as session:
            return State(session.scalar(sa.select(TicketRow.state).where(TicketRow.number == self.number)))

    def chance(self, share: float) -> bool:
        """Whether it happens this time; *share* of the times it is asked at this place in a story."""
        return self.luck.draw(sys._getframe(1).f_lineno) < share

    # ---- what people do ----

    def key(self) -> str:
        self.count += 1
        if self.left_at is not None and self.count > self.left_at:
            raise Left
        return f"k{self.count}"

    def ring(self, *, answered: bool = True, known: bool = True) -> str:
        """A caller rings; somebody answers in time or late, talks, perhaps holds. The call goes on until `hang_up`."""
        self.sid = f"CA{self.count}-{self.some.randrange(10**6):06d}"
        calls.arrive(self.hotline, self.sid, self.some.choice(PHONES) if known else None, self.now)
        exactly = [15_000, 15_001, 4999, 5000, 14_999]
        self.until(self.now + timedelta(milliseconds=self.some.choice([*exactly, *(self.some.randrange(900, 14_000) for _ in exactly),
                                                                       self.some.randrange(15_002, 40_000)])))
        if not answered:
            calls.ended(self.hotline, self.sid, self.now, "customer")
            return self.sid
        calls.answered(self.hotline, self.sid, f"agent{self.some.randrange(1, 9):02d}", self.now)
        self.wait(15, 90)
        if self.chance(.15):
            calls.held(self.hotline, self.sid, self.now)
            self.wait(5, 50)
            calls.resumed(self.hotline, self.sid, self.now)
        return self.sid

    def hang_up(self) -> None:
        self.wait(1, 40)
        calls.ended(self.hotline, self.sid, self.now, self.some.choice(["customer", "agent"]))

    def open(self, type_: TicketType, by: str = "", **more: Any) -> str:
        """Somebody registers the matter, with or without a call."""
        fields = {"customer_name": "周敏", "content": "请尽快处理", "type": type_.value, **self._where(type_), **more}
        if self.sid and "channel" not in fields:
            fields["call"] = self.sid
            with self.hotline.store.reading() as session:
                by = str(calls.locked(session, self.sid).answered_by)
        elif by != "system" and self.chance(.8):
            fields.setdefault("contact_phone", self.some.choice(PHONES))
        act = Act(Action.OPEN_TICKET, by or self.some.choice(["agent01", "agent03", "lead01", "supervisor01"]), fields)
        self.number = tickets.open_ticket(self.hotline, act, self.key(), self.now).number
        return self.number

    def _where(self, type_: TicketType) -> dict[str, str]:
        fitting = sorted(c.code for c in rules().policy.categories.values() if c.type is type_ and not c.retired)
        where = {"place": self.some.choice(PLACES)} if type_ is TicketType.PUBLIC_REPAIR else {"room": self.some.choice(ROOMS)}
        return {**where, **({"category": self.some.choice(fitting)} if fitting else {})}

    def do(self, action: Action, by: str | None = None, number: str | None = None, **fields: Any) -> bool:
        """Somebody who may does it; False when the rules refuse it to everybody who was asked."""
        for user in (by,) if by else self._able(action):
            try:
                tickets.carry_out(self.hotline, number or self.number, Act(action, user, fields), self.key(), self.now)
            except Refused:
                continue
            return True
        return False

    def _able(self, action: Action) -> Iterable[str]:
        """Three people at most whom the flow lets do it, in no particular order; the owner first now and then."""
        policy, ticket = rules().policy, self.ticket
        step = policy.flows[ticket.type].next(ticket.state, action)
        if step is None:
            return ()
        with self.hotline.store.reading() as session:
            staff = facts.staff(session, self.now)
            users = sorted(staff.people)
            self.some.shuffle(users)
            users = [ticket.owner, *users] if self.chance(.5) else users
            able = (u for u in users if step.who & reaching.roles_on(policy, staff, ticket, Act(action, u), self.now))
            return list(islice(able, 3))

    def whom(self) -> str:
        """Somebody fit for the job and on duty, else a plumber."""
        ticket = self.ticket
        with self.hotline.store.reading() as session:
            staff = facts.staff(session, self.now)
            fit = [c.person.user for c in dispatching.candidates(rules().policy, staff, ticket, self.now)]
        return self.some.choice(fit or ["plumber01"])


def _fail(text: str) -> None:
    raise AssertionError(text)
