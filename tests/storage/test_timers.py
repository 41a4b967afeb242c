"""Claiming timers: fair and fenced between two who claim at once, what somebody else holds is left to them, and the index is used."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets, timers
from callcenter.storage import facts
from callcenter.storage import timers as timer_rows
from callcenter.storage.tables import EventRow, PromiseRow, TicketRow, TimerFireRow, TimerRow
from tests.hotlines import NINE, open_hotline
from tests.servers import fresh_postgres_database

LATE = NINE + timedelta(minutes=3, seconds=30)


def opened(hotline, n, **fields):
    given = {"category": "201", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": f"第 {n} 处", "contact_phone": "19000000001"}
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", {**given, **fields}), f"open-{n}", NINE + timedelta(seconds=n)).number


def steps_fired(hotline, number):
    """The steps of a ticket's three minutes that have fired."""
    with hotline.store.reading() as session:
        return list(session.scalars(
            sa.select(TimerFireRow.step).join(TimerRow, TimerRow.id == TimerFireRow.timer_id).join(PromiseRow, PromiseRow.id == TimerRow.promise_id)
            .join(TicketRow, TicketRow.id == PromiseRow.ticket_id).where(TicketRow.number == number, PromiseRow.clock == "dispatch")
            .order_by(TimerFireRow.step)))


def test_the_oldest_are_claimed_first_and_never_more_than_asked_for(hotline):
    for n in range(5):
        opened(hotline, n)
    with hotline.store.transaction() as session:
        claimed = timer_rows.claim(session, LATE, 3)
        assert len(claimed) == 3
        assert [c.timer.due_at for c in claimed] == [NINE + timedelta(seconds=120 + n) for n in range(3)]


def test_what_is_not_due_is_not_claimed_and_nothing_is_claimed_early(hotline):
    opened(hotline, 0)
    just_before = NINE + timedelta(seconds=120) - timedelta(milliseconds=1)
    with hotline.store.reading() as session:
        assert not timer_rows.due_kinds(session, just_before, 200)
        assert timer_rows.due_kinds(session, NINE + timedelta(seconds=120), 200) == ["ticket"]
        assert timer_rows.next_due_at(session) == NINE + timedelta(seconds=120)
    assert timers.fire_due(hotline, just_before) == 0


def test_two_who_claim_at_once_never_hold_the_same_timer(postgres_hotline):
    for n in range(6):
        opened(postgres_hotline, n)
    with postgres_hotline.store.transaction() as one, postgres_hotline.store.transaction() as other:
        first = {c.timer.id for c in timer_rows.claim(one, LATE, 4)}
        second = {c.timer.id for c in timer_rows.claim(other, LATE, 4)}
    assert len(first) == 4
    assert len(second) == 2
    assert not first & second


def test_a_ticket_that_somebody_holds_is_left_to_them_and_fires_afterwards(postgres_hotline):
    held, free = opened(postgres_hotline, 0), opened(postgres_hotline, 1)
    with postgres_hotline.store.transaction() as dispatcher:
        facts.locked(dispatcher, held)
        timers.fire_due(postgres_hotline, LATE)
        assert steps_fired(postgres_hotline, held) == []
        assert steps_fired(postgres_hotline, free) == [0, 1]
    timers.fire_due(postgres_hotline, LATE)
    assert steps_fired(postgres_hotline, held) == [0, 1]


def test_a_timer_put_off_waits_for_its_pause_and_is_no_longer_due_meanwhile(hotline):
    opened(hotline, 0)
    with hotline.store.transaction() as session:
        [(timer, _, _)] = timer_rows.claim(session, LATE, 10)
        timer_rows.failed(session, timer.id, "x" * 900, LATE)
        assert len(timer.last_error) == 500
    with hotline.store.reading() as session:
        assert not timer_rows.due_kinds(session, LATE, 200)
        assert timer_rows.due_kinds(session, LATE + timer_rows.PAUSES[0], 200)


def test_the_pauses_grow_to_an_hour_and_stay_there(hotline):
    opened(hotline, 0)
    pauses = []
    with hotline.store.transaction() as session:
        [(timer, _, _)] = timer_rows.claim(session, LATE, 10)
        for _ in range(8):
            timer_rows.failed(session, timer.id, "again", LATE)
            pauses.append(timer.retry_at - LATE)
    assert pauses == [*timer_rows.PAUSES, timer_rows.PAUSES[-1], timer_rows.PAUSES[-1]]


def test_the_proof_of_a_rung_can_be_written_once_only(hotline):
    opened(hotline, 0)
    with hotline.store.transaction() as session:
        [(timer, _, _)] = timer_rows.claim(session, LATE, 10)
        due, step = timer.due_at, timer.step
        timer_rows.fired(session, timer, 0, due, LATE, "told")
    def fire_again():
        with hotline.store.transaction() as session:
            again = session.get_one(TimerRow, timer.id)
            again.step = step
            timer_rows.fired(session, again, 0, due, LATE, "told")
    with pytest.raises(sa.exc.IntegrityError):
        fire_again()


@pytest.fixture
def unread(postgres_url, filled_postgres):
    """A hotline on a database of its own: the planner knows of its tickets what this test tells it, and nothing of tests before."""
    with fresh_postgres_database(postgres_url, filled_postgres) as url:
        hotline = open_hotline(url)
        yield hotline
        hotline.store.engine.dispose()


@pytest.fixture
def crowded(unread):
    """Twenty thousand timers due, which the planner has not been told about."""
    number = opened(unread, 0)
    with unread.store.transaction() as session:
        session.execute(sa.text("ALTER TABLE ticket SET (autovacuum_enabled = false)"))
        session.execute(sa.text("ANALYZE timer"))
        ticket = session.scalar(sa.select(TicketRow.id).where(TicketRow.number == number))
        session.execute(sa.text("""
            INSERT INTO promise (ticket_id, clock, about, cycle, started_at, due_at, first_due_at, paused_ms)
            SELECT :ticket, 'supervision', n::text, 1, :at, :at + n, :at + n, 0 FROM generate_series(1, 20000) n"""),
            {"ticket": ticket, "at": int(NINE.timestamp() * 1000)})
        session.execute(sa.text("""
            INSERT INTO timer (promise_id, ticket_id, due_at, step, gen, armed_from, fails)
            SELECT id, ticket_id, due_at, 0, 1, started_at, 0 FROM promise WHERE clock = 'supervision' AND about <> ''"""))
    return unread


def test_a_claim_among_twenty_thousand_walks_the_index_and_sorts_no_backlog(crowded):
    asked = []
    with crowded.store.transaction() as session:
        connection = session.connection()
        sa.event.listen(connection, "before_cursor_execute", lambda conn, cursor, sql, given, *_: asked.append((sql, given)))
        assert len(timer_rows.claim(session, LATE, 200)) == 200
        [claim] = [(sql, given) for sql, given in asked if "JOIN ticket" in sql]
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {claim[0]}", claim[1]).scalars())
    assert "Index Scan using timer_due" in plan, plan
    assert "->  Sort" not in plan, plan  # an incremental one puts only equal times in order


def test_one_event_a_rung_even_when_ten_ladders_are_late_together(hotline):
    numbers = [opened(hotline, n) for n in range(10)]
    timers.fire_due(hotline, LATE, limit=4)
    while timers.fire_due(hotline, LATE):
        pass
    assert all(steps_fired(hotline, number) == [0, 1] for number in numbers)
    with hotline.store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(EventRow).where(EventRow.action == "timer:dispatch")) == 20
