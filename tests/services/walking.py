"""A walk through the hotline's life: people register and act, time passes, and a small model of its own says what may never happen."""

import sqlite3
from collections import Counter
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import reaching, refusals
from callcenter.domain.ticket import Act, Refused, Staff, Ticket
from callcenter.domain.vocabulary import COMPLAINTS, OPEN, Action, State, TicketType
from callcenter.services import people, permitted, tickets, timers
from callcenter.services.demo import company as demo_company
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import shifts
from callcenter.services.rulebook import Rulebook
from callcenter.storage import facts, ledger, schema
from callcenter.storage import timers as timer_rows
from callcenter.storage.store import Store, make_engine
from callcenter.storage.tables import EventRow, MessageRow, TicketRow
from tests.hotlines import NINE
from tests.services import what_must_hold as must
from tests.services.walking_forms import Sight, filled

DESK = ("agent01", "agent03", "lead01", "dispatcher01", "supervisor01", "callback01")
#: a home long out of its warranty, one still in it, and the common parts of both
ROOMS = ("青禾家园5栋1单元302", "青禾家园6栋1单元402", "梧桐里3栋2单元1602")
PLACES = ("梧桐里地下车库B1-C区", "青禾家园文化广场")
#: refusals that are themselves an event: somebody wanted to postpone who may not
RECORDED = {"refused_second", "refused_late"}
#: what nobody who was offered the act may hear
NOT_OFFERED = {"not_next", "out_of_scope"}
#: nobody waits longer for the right moment
PATIENCE = timedelta(days=9)


@lru_cache(maxsize=1)
def company() -> sqlite3.Connection:
    """The demo company in memory, with a roster for half a year, to be copied."""
    engine = make_engine("sqlite://")
    store = Store(engine)
    schema.create_at_once(engine)
    with store.transaction() as session:
        demo_company.load(session, NINE, NINE + timedelta(days=180), people.NO_PASSWORD)
    with engine.connect() as connection:
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        connection.connection.driver_connection.backup(copy)
    engine.dispose()
    return copy


@lru_cache(maxsize=1)
def rules() -> Rulebook:
    return Rulebook()


def fresh() -> Hotline:
    """A hotline of its own, in memory, in less than a hundredth of a second."""
    engine = make_engine("sqlite://")
    hotline = Hotline(Store(engine), Rulebook.__new__(Rulebook))
    hotline.rulebook.__dict__.update(rules().__dict__, _known={})
    with engine.connect() as connection:
        company().backup(connection.connection.driver_connection)
    hotline.rulebook.install(hotline.store, NINE)
    return hotline


class Walk:
    """A stretch of one hotline's life; `done` counts what people carried out, by act and kind of ticket, over several walks."""

    def __init__(self, done: Counter[tuple[Action, TicketType]] | None = None, tried: Counter[Action] | None = None) -> None:
        self.hotline, self.now, self.count, self.seen = fresh(), NINE, 0, 0
        self.done, self.tried = Counter() if done is None else done, Counter() if tried is None else tried
        self.model, self.surprised = must.Model(), []

    def end(self) -> None:
        """The walk is over: the ledger holds and nobody judged their own work."""
        with self.hotline.store.reading() as session:
            found = [*ledger.faults(session), *must.own_work_faults(session, rules().policy)]
        self.hotline.store.engine.dispose()
        assert found == [], "\n".join(map(str, found))

    # ---- what people do ----

    def register(self, type_: TicketType, some: Random) -> str:
        """Somebody at the desk registers a ticket of that kind."""
        by, fields = some.choice(DESK), {"customer_name": "周敏", "content": "请尽快处理", "type": type_.value, **_where(type_, some)}
        if type_ in COMPLAINTS:
            fields |= some.choice([{}, {"accused": [by]}, {"severity": "major"}, {"accused_dept": "order"}])
        if some.random() < .3:
            fields["appointment_start"] = self.now + timedelta(hours=some.choice([1, 5, 30]))
        fields |= some.choice([{}, {"contact_phone": "19000000001"}, {"channel": some.choice(["gov_hotline", "walk_in"])}])
        number = tickets.open_ticket(self.hotline, Act(Action.OPEN_TICKET, by, fields), self._key(), self.now).number
        with self.hotline.store.reading() as session:
            row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
            assert row.first_responder == by
            assert row.owner == by or by in row.accused
            self.model.opened(row)
        self.done[Action.OPEN_TICKET, type_] += 1
        self._people_told(None)
        return number

    def likely(self, type_: TicketType, some: Random) -> None:
        """Somebody does what the flow lets them do on a ticket of that kind, rather what has seldom been done so far."""
        with self.hotline.store.reading() as session:
            known, staff = self._tickets(session), facts.staff(session, self.now)
            mine = [t for t in known if t.type is type_]
            ticket = _chosen([t for t in mine if t.state in OPEN], mine, some)
            asked = self._asked(staff, ticket, some) if ticket else None
            act = self._act(staff, ticket, known, *asked, some) if ticket and asked else None
        if ticket is None or act is None:
            self.register(type_, some)
        else:
            self.attempt(ticket, act, some, offered=True)

    def anything(self, action: Action, some: Random) -> None:
        """Somebody tries an act on some ticket, whoever they are and whatever state it is in."""
        with self.hotline.store.reading() as session:
            known, staff = self._tickets(session), facts.staff(session, self.now)
            if not known:
                return
            ticket, by = some.choice(known), some.choice([*sorted(staff.people), "customer", "system"])
            act = self._act(staff, ticket, known, action, by, some)
        self.attempt(ticket, act, some)

    def _tickets(self, session: Session) -> list[Ticket]:
        return list(facts.tickets(session, session.scalars(sa.select(TicketRow).order_by(TicketRow.id))).values())

    def _act(self, staff: Staff, ticket: Ticket, known: list[Ticket], action: Action, by: str, some: Random) -> Act:
        others = tuple(t for t in known if t.id != ticket.id)
        return Act(action, by, filled(Sight(rules().policy, staff, ticket, others, by, self.now), action, some))

    def change_shift(self, some: Random) -> None:
        """Somebody begins, hands over, signs or ends a shift."""
        what, by, to = some.choice(["start_shift", "hand_over_shift", "sign_handover", "end_shift"]), some.choice(DESK), some.choice(DESK)
        try:
            shifts.act(self.hotline, what, by, {"to": to}, self._key(), self.now)
        except Refused as no:
            _said(no)
        self._people_told(None)

    def _asked(self, staff: Staff, ticket: Ticket, some: Random) -> tuple[Action, str] | None:
        """An act and somebody who may do it now; what was done least often on tickets of the kind is the likeliest."""
        policy = rules().policy
        flow = policy.flows[ticket.type]
        roles = {u: reaching.roles_on(policy, staff, ticket, Act(Action.NOTE, u), self.now) for u in [*sorted(staff.people), "customer"]}
        steps = {a: flow.next(ticket.state, a) for a in flow.actions_from(ticket.state)}
        able = {a: users for a, s in steps.items() if s and (users := [u for u, r in roles.items() if s.who & r])}
        while able:
            action = some.choices(list(able), [_weight(steps[a].after, self.done[a, ticket.type], self.tried[a]) for a in able])[0]
            by = some.choice(able.pop(action))
            if by == "customer" or action in permitted.permitted_on(policy, staff, ticket, by, self.now):
                return action, by
        return None

    # ---- how it is done ----

    def _key(self) -> str:
        self.count += 1
        return f"k{self.count}"

    def until(self, moment: datetime, most: int = 5_000) -> None:
        """The clock goes on; every timer fires at its own second, as a living clock process would have it. After *most* rungs it stays there."""
        fired = 0
        while True:
            with self.hotline.store.reading() as session:
                due = timer_rows.next_due_at(session)
            if due is None or due > moment:
                break
            self.now = max(self.now, due)
            failed: list[str] = []
            rungs = timers.fire_due(self.hotline, self.now, log=failed.append)
            assert failed == []
            assert rungs, f"a timer due at {due} does not fire"
            fired += rungs
            assert fired < 5_000, "the clock never comes to rest"
            self._people_told(None)
            if fired >= most:
                return
        self.now = max(moment, self.now)

    def attempt(self, ticket: Ticket, act: Act, some: Random, *, offered: bool = False) -> None:
        """Ask for it; whatever is due first fires first, so that a refusal has nothing else to explain a change."""
        self.until(self.now)
        self.tried[act.action] += 1
        with self.hotline.store.reading() as session:
            before = must.dump(session)
        try:
            outcome = tickets.carry_out(self.hotline, ticket.number, act, self._key(), self.now)
        except Refused as no:
            _said(no)
            self.surprised += [f"{act.action} was offered to {act.by}, and refused: {no.code}"] if offered and no.code in NOT_OFFERED else []
            self._changed_nothing(no, before, act)
            self._waits_for(no, some)
            return
        if act.by != "system":
            self.done[act.action, ticket.type] += 1
        with self.hotline.store.reading() as session:
            if act.action is Action.TRANSFER_OWNER:
                assert {"supervisor", "pm", "quality"} & {str(r) for r in facts.staff(session, self.now).roles(act.by)}
                self.model.owner[outcome.number] = act.fields["to"]
        self._people_told(act)

    def _waits_for(self, no: Refused, some: Random) -> None:
        """Whoever was told when it will be time comes back then, now and then."""
        when = no.said.get("when")
        if no.code == "too_early" and isinstance(when, datetime) and when - self.now < PATIENCE and some.random() < .5:
            self.until(when)

    def _changed_nothing(self, no: Refused, before: dict[str, list[tuple]], act: Act) -> None:
        with self.hotline.store.reading() as session:
            after = must.dump(session)
            if no.code == "wrong_code":  # a guess is written down, so that four digits cannot be tried out
                assert {k: v for k, v in after.items() if k not in ("event", "ticket")} == {
                    k: v for k, v in before.items() if k not in ("event", "ticket")}, f"a wrong code of {act} changed more than its count"
            elif no.code not in RECORDED:
                assert after == before, f"{no.code} of {act} changed something"
            else:
                assert after["matter"] == before["matter"]
                assert {e.action for e in session.scalars(sa.select(EventRow).where(EventRow.id > len(before["event"])))} <= {
                    "postpone_refused", "supervise"}
        self._people_told(act)

    def _people_told(self, act: Act | None) -> None:
        with self.hotline.store.reading() as session:
            new = list(session.scalars(sa.select(MessageRow).where(MessageRow.id > self.seen).order_by(MessageRow.id)))
            if new:
                self.seen = new[-1].id
                strangers = list(must.stranger_faults(session, facts.staff(session, self.now), new, act))
                assert strangers == [], "\n".join(strangers)

    def holds(self) -> None:
        """Everything that must hold, holds."""
        with self.hotline.store.reading() as session:
            found = self.model.faults(self.hotline, session, rules().policy, self.now)
        assert found + self.surprised == [], "\n".join(found + self.surprised)


def _said(no: Refused) -> None:
    """Every refusal has its words."""
    assert all(refusals.text(no, language) for language in ("zh", "en"))


def _where(type_: TicketType, some: Random) -> dict[str, str]:
    """A category of the kind, where there is one, and a room or a public place."""
    fitting = sorted(c.code for c in rules().policy.categories.values() if c.type is type_ and not c.retired)
    where = {"place": some.choice(PLACES)} if type_ is TicketType.PUBLIC_REPAIR else {"room": some.choice(ROOMS)}
    return {**where, **({"category": some.choice(fitting)} if fitting else {})}


def _weight(after: State | None, here: int, anywhere: int) -> float:
    """What was done seldom, and what leads the work on."""
    return (8 if after in OPEN else 1) / ((1 + here) * (1 + anywhere) ** 2)


def _chosen(open_: list[Ticket], mine: list[Ticket], some: Random) -> Ticket | None:
    """Mostly an open one; none when it is time to register another."""
    if not open_ or (len(open_) < 3 and some.random() < .15):
        return some.choice(mine) if mine and some.random() < .3 else None
    return some.choice(open_ if some.random() < .85 else mine)
