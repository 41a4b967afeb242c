"""Random people do random things at random times to every kind of ticket; a small model of its own says what may never happen."""

import sqlite3
from datetime import timedelta
from functools import lru_cache

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from callcenter.domain import forms, reaching
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, State, Trade
from callcenter.services import audit, demo_company, people, tickets, timers
from callcenter.services.hotline import Hotline
from callcenter.services.rulebook import Rulebook
from callcenter.storage import facts, ledger, schema
from callcenter.storage.store import Store, make_engine
from callcenter.storage.tables import EscalationRow, EventRow, FormRow, MessageRow, PromiseRow, TicketRow, TimerFireRow
from tests.hotlines import NINE
from tests.services import what_must_hold as must

#: one category or type of every kind, in a room still in warranty, one long out of it, and common parts
OPENINGS = (
    {"category": "101", "room": "梧桐里3栋2单元1602"}, {"category": "105", "room": "青禾家园5栋1单元302"},
    {"category": "104", "room": "梧桐里3栋2单元1602"}, {"category": "205", "place": "梧桐里地下车库B1-C区"},
    {"category": "A02", "room": "青禾家园5栋1单元302"}, {"category": "801", "room": "青禾家园5栋1单元302"},
    *({"type": t, "room": "青禾家园5栋1单元302"} for t in (
        "complaint_quality", "complaint_service", "suggestion", "inquiry", "legacy_issue", "praise", "item_release",
        "business_call", "emergency_referral", "daily_repair", "special_service")))
DESK = ("agent01", "agent03", "lead01", "dispatcher01", "supervisor01", "callback01")
#: how far the clock goes at a time, in seconds
PAUSES = (0, 1, 59, 60, 119, 120, 179, 180, 181, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 345600, 604800)
#: refusals that are themselves an event: somebody wanted to postpone who may not
RECORDED = {"refused_second", "refused_late"}
SETTINGS = settings(max_examples=6, stateful_step_count=30, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
                    suppress_health_check=list(HealthCheck))


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


class Hours(RuleBasedStateMachine):
    """A stretch of the hotline's life."""

    @initialize()
    def begin(self):
        self.hotline, self.now, self.count = fresh(), NINE, 0
        self.first, self.owner, self.broken, self.seen = {}, {}, set(), 0
        self.lineage = {}

    def teardown(self):
        if hasattr(self, "hotline"):
            with self.hotline.store.reading() as session:
                assert list(ledger.faults(session)) == []
                assert list(must.own_work_faults(session, rules().policy)) == []
            self.hotline.store.engine.dispose()

    # ---- what people do ----

    @rule(opening=st.sampled_from(OPENINGS), by=st.sampled_from(DESK), some=st.randoms(use_true_random=False))
    def somebody_registers(self, opening, by, some):
        fields = {**opening, "customer_name": "周敏", "content": "请尽快处理", **some.choice([{}, {"contact_phone": "19000000001"}])}
        if opening.get("type", "").startswith("complaint"):
            fields |= some.choice([{}, {"accused": [by]}, {"severity": "major"}, {"accused_dept": "order"}])
        if some.random() < .3:
            fields["appointment_start"] = self.now + timedelta(hours=some.choice([1, 5, 30]))
        try:
            self.key = f"open{self.count}"
            number = tickets.open_ticket(self.hotline, Act(Action.OPEN_TICKET, by, fields), self._key(), self.now).number
        except Refused as no:
            raise AssertionError(f"{by} could not register {fields}: {no.code} {no.said}") from None
        with self.hotline.store.reading() as session:
            row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
            self.first[number], self.owner[number] = row.first_responder, row.owner
            assert row.first_responder == by
            assert row.owner == by or by in row.accused
        self._people_told(None)

    @precondition(lambda self: self.first)
    @rule(some=st.randoms(use_true_random=False))
    def somebody_does_what_comes_next(self, some):
        number, action, by = self._likely(some)
        self._do(number, Act(action, by, self._fields(action, number, some)))

    @precondition(lambda self: self.first)
    @rule(some=st.randoms(use_true_random=False), action=st.sampled_from([a for a in Action if a is not Action.OPEN_TICKET]))
    def somebody_does_anything(self, some, action):
        number = some.choice(sorted(self.first))
        with self.hotline.store.reading() as session:
            by = some.choice([*sorted(facts.people(session)), "customer", "system"])
        self._do(number, Act(action, by, self._fields(action, number, some)))

    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes(self, seconds):
        self._on(self.now + timedelta(seconds=seconds, milliseconds=seconds % 7))

    # ---- how it is done ----

    def _key(self) -> str:
        self.count += 1
        return f"k{self.count}"

    def _on(self, until):
        """The clock goes on; every timer fires at its own second, as a living clock process would have it."""
        from callcenter.storage import timers as rows
        fired = 0
        while True:
            with self.hotline.store.reading() as session:
                due = rows.next_due_at(session)
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            failed = []
            rungs = timers.fire_due(self.hotline, self.now, log=failed.append)
            assert failed == []
            assert rungs, f"a timer due at {due} does not fire"
            fired += rungs
            self._people_told(None)
            assert fired < 5_000, "the clock never comes to rest"
        self.now = max(until, self.now)

    def _likely(self, some):
        """A ticket, an act its flow allows, and somebody who may do it."""
        number = some.choice(sorted(self.first))
        with self.hotline.store.reading() as session:
            ticket = facts.ticket(session, session.scalar(sa.select(TicketRow).where(TicketRow.number == number)))
            staff, policy = facts.staff(session, self.now), rules().policy
            steps = [s for (at, _), s in policy.flows[ticket.type].steps.items() if at == ticket.state]
            moving = [s for s in steps if s.after not in (None, State.CANCELLED, State.MERGED)]
            step = some.choice(moving) if moving and some.random() < .6 else some.choice(steps) if steps else None
            if step is None:
                return number, Action.NOTE, "agent01"
            able = [u for u in [*sorted(staff.people), "customer", "system"]
                    if step.who & reaching.roles_on(policy, staff, ticket, Act(step.action, u), self.now)]
            return number, step.action, some.choice(able or ["agent01"])

    def _fields(self, action, number, some):
        """A form as somebody might fill it in."""
        filled = {f.name: self._value(f, number, some) for f in forms.fields_of(action) if f.must or some.random() < .5}
        if some.random() < .02 and filled:
            filled.pop(some.choice(sorted(filled)))
        if "told_at" in filled:
            filled["told_at"] = self.now
        return {k: v for k, v in filled.items() if k not in ("call", "contact_id")}

    def _value(self, field, number, some):
        if isinstance(field.kind, type):
            return some.choice(list(field.kind))
        if field.name in ("into", "parent", "urgent"):
            return some.choice(sorted(self.first))
        if field.kind == "person":
            return self._person(number, some)
        return {"moment": self.now + timedelta(hours=some.choice([-1, 1, 3, 20, 50, 90, 150, 400])), "flag": some.random() < .8,
                "money": some.choice([10, 60, 500]), "number": some.choice([1, 2, 3, 4, 5, 9]), "list": ["order"]}.get(
                    field.kind, {"initiated_by": some.choice(["company", "customer"]), "category": some.choice(["101", "105", "A02", "801"]),
                                 "text": some.choice(["1", "2", "3", "谢谢"])}.get(field.name, "写明情况"))

    def _person(self, number, some):
        with self.hotline.store.reading() as session:
            if some.random() < .2:
                return some.choice([*sorted(facts.people(session)), "nobody99", *Trade])
            row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
            staff = facts.staff(session, self.now)
            fit = reaching.dispatching.candidates(rules().policy, staff, facts.ticket(session, row), self.now)
            return some.choice([c.person.user for c in fit] or ["agent02"])

    def _do(self, number, act):
        """Ask for it; whatever is due first fires first, so that a refusal has nothing else to explain a change."""
        self._on(self.now)
        with self.hotline.store.reading() as session:
            before = must.dump(session)
        try:
            outcome = tickets.carry_out(self.hotline, number, act, self._key(), self.now)
        except Refused as no:
            self._changed_nothing(number, no, before, act)
            return
        self._changed_only_what_it_may(number, act, outcome)
        self._people_told(act)

    def _changed_nothing(self, number, no, before, act):
        from callcenter.domain import refusals
        assert all(refusals.text(no, language) for language in ("zh", "en"))
        with self.hotline.store.reading() as session:
            after = must.dump(session)
            if no.code not in RECORDED:
                assert after == before, f"{no.code} of {act} changed something"
            else:
                assert after["matter"] == before["matter"]
                assert {e.action for e in session.scalars(sa.select(EventRow).where(EventRow.id > len(before["event"])))} <= {
                    "postpone_refused", "supervise"}
        self._people_told(act)

    def _changed_only_what_it_may(self, number, act, outcome):
        with self.hotline.store.reading() as session:
            row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
            if act.action is Action.TRANSFER_OWNER:
                assert {"supervisor", "pm", "quality"} & {str(r) for r in facts.staff(session, self.now).roles(act.by)}
                self.owner[number] = act.fields["to"]
            if row.state == "closed" and outcome.state == "closed":
                assert list(must.evidence_faults(session, row)) == []

    def _people_told(self, act):
        with self.hotline.store.reading() as session:
            new = list(session.scalars(sa.select(MessageRow).where(MessageRow.id > self.seen).order_by(MessageRow.id)))
            self.seen = new[-1].id if new else self.seen
            assert list(must.stranger_faults(session, facts.staff(session, self.now), new, act)) == []

    # ---- what always holds ----

    @invariant()
    def nobody_else_becomes_first_responder_or_owner(self):
        with self.hotline.store.reading() as session:
            for row in must.tickets(session):
                assert (row.first_responder, row.owner) == (self.first[row.number], self.owner[row.number])

    @invariant()
    def nothing_open_is_unguarded_and_every_running_promise_can_still_be_kept(self):
        with self.hotline.store.reading() as session:
            assert audit.unguarded(self.hotline, session) == []
            for row in must.tickets(session):
                for p in must.of(session, PromiseRow, row):
                    if row.state not in must.ENDS and not (p.kept_at or p.voided_at or p.excused_at):
                        assert not must.hopeless(rules().policy, row, p), f"{row.type} in {row.state}: nobody can keep {p.clock}"
                    assert row.state not in must.ENDS or p.kept_at or p.voided_at or p.excused_at, f"{p.clock} outlives its ticket"

    @invariant()
    def promises_are_judged_by_their_times_and_stay_broken(self):
        with self.hotline.store.reading() as session:
            for p in session.scalars(sa.select(PromiseRow)):
                said = facts.promise(p).status(self.now)
                assert said == must.verdict(p, self.now), f"{p.clock} {p.id}"
                assert p.id not in self.broken or said == "broken", f"{p.clock} was broken and is now {said}"
                if said == "broken":
                    self.broken.add(p.id)

    @invariant()
    def the_promised_time_is_the_one_that_is_watched(self):
        with self.hotline.store.reading() as session:
            for row in must.tickets(session):
                watched = [p for p in must.of(session, PromiseRow, row) if p.clock in ("completion", "recovery")
                           and p.cycle == row.cycle and not (p.kept_at or p.voided_at)]
                if row.state not in must.ENDS and watched and row.type not in must.RECORDED_ONLY:
                    assert row.promise_at == watched[-1].due_at, f"{row.number} {row.state}"

    @invariant()
    def no_matter_is_postponed_twice(self):
        with self.hotline.store.reading() as session:
            for row in must.tickets(session):
                granted = [f for f in must.of(session, FormRow, row) if f.code == "F09" and f.fields.get("result") == "granted"
                           and f.fields.get("initiated_by") != "customer"]
                assert len(granted) <= 1, row.number

    @invariant()
    def no_rung_fires_early_and_every_open_escalation_reached_somebody(self):
        with self.hotline.store.reading() as session:
            assert session.scalar(sa.select(sa.func.count()).where(TimerFireRow.fired_at < TimerFireRow.due_at)) == 0
            lost = [e.id for e in session.scalars(sa.select(EscalationRow).where(EscalationRow.ended_at.is_(None))) if not e.told]
            assert lost == []

    def check_invariants(self, *more, **named):
        if hasattr(self, "hotline"):
            super().check_invariants(*more, **named)


Hours.TestCase.settings = SETTINGS
TestHours = Hours.TestCase
