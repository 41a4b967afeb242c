"""The one write path: once per request, one winner, one transaction."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import audit, tickets, timers
from callcenter.storage import ledger
from callcenter.storage.tables import AssignmentRow, EventRow, MessageRow, PersonRow, PromiseRow, TicketRow, TimerFireRow
from tests.hotlines import NINE

BURST = {"category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "水管爆裂", "contact_phone": "19000000001"}


def opened(hotline, by="agent01", **fields):
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, by, {**BURST, **fields}), f"open-{fields}", NINE).number


def do(hotline, number, action, by, after=timedelta(seconds=60), key=None, **fields):
    return tickets.carry_out(hotline, number, Act(Action(action), by, fields), key or f"{action}-{by}-{after}", NINE + after)


def together(*calls):
    def run(call):
        try:
            return call()
        except Refused as refused:
            return refused
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def count(hotline, table, *where):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where))


def test_one_request_delivered_eight_times_is_carried_out_once(hotline):
    number = opened(hotline)
    answers = together(*[lambda: do(hotline, number, "dispatch", "dispatcher01", key="same", to="plumber01")] * 8)
    assert [a.state for a in answers] == ["dispatched"] * 8
    assert sum(not a.repeated for a in answers) == 1
    assert count(hotline, EventRow, EventRow.action == "dispatch") == 1


def test_of_two_who_change_the_handler_at_the_same_moment_the_later_is_told_what_happened_meanwhile(hotline):
    number = opened(hotline)
    do(hotline, number, "dispatch", "dispatcher01", to="plumber01")
    with hotline.store.reading() as session:
        seen = session.scalar(sa.select(AssignmentRow.id))

    def change(by, to):
        act = Act(Action.REASSIGN, by, {"to": to, "reason": "更近"})
        return tickets.carry_out(hotline, number, act, f"{by}-{to}", NINE + timedelta(seconds=61), seen=seen)

    answers = together(lambda: change("dispatcher01", "plumber02"), lambda: change("lead01", "plumber02"))
    refused = [a for a in answers if isinstance(a, Refused)]
    assert [no.code for no in refused] == ["sent_meanwhile"]
    with hotline.store.reading() as session:
        last = session.scalars(sa.select(AssignmentRow).order_by(AssignmentRow.id.desc())).first()
        assert session.scalar(sa.select(sa.func.count()).select_from(AssignmentRow)) == 2
        assert refused[0].said["person"] == session.get(PersonRow, last.to).name
    assert change(last.by, "plumber02").repeated


def test_of_eight_dispatchers_at_once_one_succeeds_and_seven_are_told_why(hotline):
    number = opened(hotline)
    answers = together(*[lambda k=k: do(hotline, number, "dispatch", "dispatcher01", key=f"k{k}", to="plumber01") for k in range(8)])
    refusals = [a for a in answers if isinstance(a, Refused)]
    assert len(refusals) == 7
    assert {r.code for r in refusals} == {"not_next"}
    assert count(hotline, MessageRow, MessageRow.notice == "assigned") == 1


def test_a_key_used_for_something_else_is_refused(hotline):
    number = opened(hotline)
    do(hotline, number, "dispatch", "dispatcher01", key="k", to="plumber01")
    with pytest.raises(Refused, match="key_reused"):
        do(hotline, number, "reject", "plumber01", key="k", reason="远")


def test_a_refused_act_changes_nothing(hotline):
    number = opened(hotline)
    before = count(hotline, EventRow), count(hotline, MessageRow)
    with pytest.raises(Refused, match="not_allowed"):
        do(hotline, number, "dispatch", "plumber01", to="plumber02")
    assert (count(hotline, EventRow), count(hotline, MessageRow)) == before


@pytest.mark.parametrize(("after", "status"), [(180_000, "kept"), (180_001, "broken")])
def test_three_minutes_are_kept_to_the_millisecond_also_when_the_clock_slept_an_hour(hotline, after, status):
    number = opened(hotline)
    do(hotline, number, "dispatch", "dispatcher01", timedelta(milliseconds=after), to="plumber01")
    do(hotline, number, "accept", "plumber01", timedelta(milliseconds=after + 1000))
    timers.fire_due(hotline, NINE + timedelta(hours=1))
    with hotline.store.reading() as session:
        row = session.scalar(sa.select(PromiseRow).where(PromiseRow.clock == "dispatch"))
        from callcenter.storage.facts import promise
        assert promise(row).status(NINE + timedelta(hours=1)) == status


def test_eight_clocks_fire_each_rung_once_and_in_order(hotline):
    for n in range(20):
        opened(hotline, content=f"第 {n} 处")
    together(*[lambda: timers.fire_due(hotline, NINE + timedelta(minutes=4), limit=3) for _ in range(8)])
    while timers.fire_due(hotline, NINE + timedelta(minutes=4)):
        pass
    with hotline.store.reading() as session:
        fires = session.execute(sa.select(TimerFireRow.timer_id, TimerFireRow.step).order_by(TimerFireRow.fired_at)).all()
        assert len(set(fires)) == len(fires)
        offered = session.scalars(sa.select(MessageRow.key).where(MessageRow.notice == "offered")).all()
        assert len(offered) == len(set(offered))
    assert count(hotline, EventRow, EventRow.action == "offer_all") == 20
    assert count(hotline, EventRow, EventRow.action == "timer:dispatch") == 40  # the warning and the breach of each


def test_acting_late_never_silences_a_breach(hotline):
    number = opened(hotline)
    do(hotline, number, "dispatch", "dispatcher01", timedelta(minutes=6), to="plumber01")
    with hotline.store.reading() as session:
        late = session.scalars(sa.select(TimerFireRow.late_ms).order_by(TimerFireRow.due_at)).all()
        told = set(session.scalars(sa.select(MessageRow.to).where(MessageRow.level == 2)))
    assert late[:3] == [240_000, 180_000, 60_000]  # warning, breach, supervisor: in order, each with how late it came
    assert "supervisor01" in told


@pytest.mark.parametrize("statement", [
    "UPDATE ticket SET first_responder = 'agent02'",
    "UPDATE ticket SET received_at = received_at + 1",
    "DELETE FROM ticket",
    "UPDATE event SET done_by = 'nobody'",
    "DELETE FROM event",
    "UPDATE form SET saved_by = 'nobody'",
    "UPDATE matter SET postponements = 2",
    "UPDATE promise SET first_due_at = first_due_at + 60000",
])
def test_raw_sql_cannot_break_what_must_never_break(hotline, statement):
    opened(hotline)
    with pytest.raises(DBAPIError), hotline.store.transaction() as session:
        session.execute(sa.text(statement))


def test_the_chain_of_events_shows_a_changed_byte(hotline):
    number = opened(hotline)
    do(hotline, number, "dispatch", "dispatcher01", to="plumber01")
    with hotline.store.reading() as session:
        assert list(ledger.faults(session)) == []
    with hotline.store.transaction() as session:
        if hotline.store.sqlite:
            session.execute(sa.text("DROP TRIGGER event_no_update"))
        else:
            session.execute(sa.text('ALTER TABLE event DISABLE TRIGGER USER'))
        session.execute(sa.text("UPDATE event SET done_by = 'agent03' WHERE action = 'dispatch'"))
    with hotline.store.reading() as session:
        assert any("was changed" in fault for fault in ledger.faults(session))


def test_nothing_open_is_without_a_running_timer(hotline):
    number = opened(hotline)
    do(hotline, number, "dispatch", "dispatcher01", to="plumber01")
    for hours in (1, 30, 200, 400):
        timers.fire_due(hotline, NINE + timedelta(hours=hours))
        with hotline.store.reading() as session:
            assert audit.unguarded(hotline, session) == []
    assert count(hotline, TicketRow, TicketRow.number == number) == 1
