"""Firing: a poisoned timer holds nobody up and is shown, what slept is made up in order, an act settles what was due before it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import audit, tickets, timers
from callcenter.storage import facts
from callcenter.storage.tables import MessageRow, PromiseRow, TicketRow, TimerFireRow, TimerRow
from tests.hotlines import NINE

BREACH = NINE + timedelta(minutes=3)


def opened(hotline, name, **fields):
    given = {"category": "105", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": name, "contact_phone": "19000000001"}
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", {**given, **fields}), f"open-{name}", NINE).number


def fires(hotline, number, clock="dispatch"):
    """Step, due and lateness of every rung fired for one promise of a ticket."""
    with hotline.store.reading() as session:
        rows = session.execute(
            sa.select(TimerFireRow.step, TimerFireRow.due_at, TimerFireRow.late_ms)
            .join(TimerRow, TimerRow.id == TimerFireRow.timer_id).join(PromiseRow, PromiseRow.id == TimerRow.promise_id)
            .join(TicketRow, TicketRow.id == PromiseRow.ticket_id)
            .where(TicketRow.number == number, PromiseRow.clock == clock).order_by(TimerFireRow.step))
        return [tuple(row) for row in rows]


def complaint(hotline, name, now):
    return next(f for f in audit.examine(hotline, now, processes=False) if f.name == name)


@pytest.fixture
def poisoned(hotline, monkeypatch):
    """Firing anything on the ticket called 毒 fails until it is cured."""
    healthy, cured = timers.promises.fire, []

    def fire(policy, rule, ticket, promise, due):
        if ticket.content == "毒" and not cured:
            raise RuntimeError("毒")
        return healthy(policy, rule, ticket, promise, due)
    monkeypatch.setattr(timers.promises, "fire", fire)
    return opened(hotline, "毒"), cured


def test_a_poisoned_timer_is_put_off_and_named_while_the_others_fire(hotline, poisoned):
    number, _ = poisoned
    healthy, said = opened(hotline, "好"), []
    timers.fire_due(hotline, BREACH, log=said.append)
    assert fires(hotline, number) == []
    assert [step for step, _, _ in fires(hotline, healthy)] == [0, 1]
    assert any("RuntimeError: 毒" in line for line in said)
    failing = complaint(hotline, "failing", BREACH)
    assert not failing.ok
    assert "RuntimeError: 毒" in failing.en


def test_it_is_tried_again_after_its_pause_and_makes_up_what_it_missed(hotline, poisoned):
    number, cured = poisoned
    timers.fire_due(hotline, BREACH)
    cured.append(True)
    timers.fire_due(hotline, BREACH + timedelta(milliseconds=999))
    assert fires(hotline, number) == []
    timers.fire_due(hotline, BREACH + timedelta(seconds=1))
    assert fires(hotline, number) == [(0, BREACH - timedelta(minutes=1), 61_000), (1, BREACH, 1_000)]
    assert complaint(hotline, "failing", BREACH + timedelta(seconds=1)).ok


def test_a_poisoned_timer_does_not_keep_people_from_their_ticket(hotline, poisoned):
    number, _ = poisoned
    outcome = tickets.carry_out(hotline, number, Act(Action.DISPATCH, "dispatcher01", {"to": "plumber01"}), "k", NINE + timedelta(seconds=150))
    assert outcome.state == "dispatched"
    assert not complaint(hotline, "failing", NINE + timedelta(seconds=150)).ok


def test_rungs_that_fell_due_while_nobody_was_awake_fire_in_order_each_with_how_late_it_came(hotline):
    number = opened(hotline, "睡")
    woken = BREACH + timedelta(minutes=57)
    timers.fire_due(hotline, woken)
    assert fires(hotline, number) == [
        (0, BREACH - timedelta(minutes=1), 3_480_000), (1, BREACH, 3_420_000), (2, BREACH + timedelta(minutes=2), 3_300_000),
        (3, BREACH + timedelta(minutes=7), 3_000_000)]  # the last speaks on urgent tickets only, and is written down all the same


def test_what_slept_is_made_up_by_the_time_it_was_due_across_all_promises(hotline):
    opened(hotline, "急", category="101", type="urgent_repair")
    opened(hotline, "缓")
    timers.fire_due(hotline, NINE + timedelta(minutes=40))
    with hotline.store.reading() as session:
        claimed = sa.select(MessageRow.key).where(MessageRow.key.like("timer:%"), MessageRow.key.not_like("%+%")).order_by(MessageRow.id)
        timer_and_step = [tuple(int(part) for part in key.split(":")[1:4]) for key in session.scalars(claimed)]
        due = {(f.timer_id, f.gen, f.step): f.due_at for f in session.scalars(sa.select(TimerFireRow))}
    times = [due[rung] for rung in timer_and_step]
    assert len(set(times)) > 3
    assert times == sorted(times)


def test_a_timer_that_an_earlier_rung_has_put_to_rest_does_not_fire(hotline):
    number = opened(hotline, "急", category="101", type="urgent_repair")
    tickets.carry_out(hotline, number, Act(Action.DISPATCH, "dispatcher01", {"to": "plumber01"}), "sent", NINE + timedelta(seconds=30))
    timers.fire_due(hotline, NINE + timedelta(hours=1))
    assert fires(hotline, number) == []


def test_firing_again_at_the_same_moment_changes_nothing(hotline):
    number = opened(hotline, "再")
    timers.fire_due(hotline, BREACH)
    before = fires(hotline, number)
    assert timers.fire_due(hotline, BREACH) == 0
    assert fires(hotline, number) == before


def test_an_act_at_the_very_millisecond_comes_before_the_rung(hotline):
    number = opened(hotline, "准")
    tickets.carry_out(hotline, number, Act(Action.DISPATCH, "dispatcher01", {"to": "plumber01"}), "k", BREACH)
    timers.fire_due(hotline, BREACH + timedelta(minutes=30))
    assert [step for step, _, _ in fires(hotline, number)] == [0]


@pytest.fixture
def asked(hotline):
    """How often the database is asked something while a block runs."""
    questions = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith(("SELECT", "WITH")):
            questions.append(statement)
    sa.event.listen(hotline.store.engine, "before_cursor_execute", note)
    return questions


def test_firing_for_many_tickets_asks_the_database_no_more_than_for_two(hotline, asked):
    for n in range(2):
        opened(hotline, f"少{n}")
    asked.clear()
    assert timers.fire_due(hotline, NINE + timedelta(minutes=2)) == 2
    for_two = len(asked)
    for n in range(12):
        opened(hotline, f"多{n}", category="201")
    asked.clear()
    assert timers.fire_due(hotline, NINE + timedelta(minutes=2)) == 12
    assert len(asked) == for_two


def test_tickets_read_together_are_the_same_as_read_one_by_one(hotline):
    for name in ("甲", "乙", "丙"):
        opened(hotline, name)
    timers.fire_due(hotline, NINE + timedelta(minutes=6))
    with hotline.store.reading() as session:
        rows = list(session.scalars(sa.select(TicketRow)))
        assert facts.tickets(session, rows) == {row.id: facts.ticket(session, row) for row in rows}
        assert facts.tickets(session, []) == {}
