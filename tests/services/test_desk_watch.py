"""What the clock looks after on the desk: people who did not come, calls that never ended."""

from datetime import timedelta

import sqlalchemy as sa

from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.services.demo import company
from callcenter.services.recurring import shifts
from callcenter.services.telephone import calls
from callcenter.storage.tables import CallRow, TicketRow
from tests.hotlines import NINE

LEAK = {"category": "105", "room": "青禾家园5栋1单元302", "customer_name": "周敏", "content": "马桶堵了"}
EIGHT = NINE - timedelta(hours=1)


def follower(hotline, number):
    with hotline.store.reading() as session:
        return session.scalar(sa.select(TicketRow.acting_follower).where(TicketRow.number == number))


def an_owner_who_left_yesterday(hotline):
    """agent01 used shifts yesterday, owns an open ticket, and is on the roster from eight today with lead01."""
    with hotline.store.transaction() as session:
        company.on_duty_exactly(session, ["agent01", "lead01"], EIGHT, NINE + timedelta(hours=8))
    shifts.start(hotline, "agent01", "s1", NINE - timedelta(hours=20))
    shifts.end(hotline, "agent01", NINE - timedelta(hours=12))
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", LEAK), "open", NINE - timedelta(hours=11)).number


def test_fifteen_minutes_into_a_shift_not_begun_the_lead_follows_the_open_tickets(hotline):
    number = an_owner_who_left_yesterday(hotline)
    assert shifts.mark_absent(hotline, EIGHT + timedelta(minutes=14, seconds=59)) == []
    assert shifts.mark_absent(hotline, EIGHT + timedelta(minutes=15)) == [number]
    assert follower(hotline, number) == "lead01"
    assert shifts.mark_absent(hotline, EIGHT + timedelta(minutes=16)) == []


def test_whoever_comes_late_has_the_tickets_back(hotline):
    number = an_owner_who_left_yesterday(hotline)
    shifts.mark_absent(hotline, EIGHT + timedelta(minutes=15))
    shifts.start(hotline, "agent01", "s2", EIGHT + timedelta(minutes=20))
    assert follower(hotline, number) is None
    assert shifts.mark_absent(hotline, EIGHT + timedelta(minutes=30)) == []


def test_a_call_that_rings_for_ten_minutes_was_given_up_and_is_called_back(hotline):
    calls.arrive(hotline, "lost", "19000000001", NINE)
    assert calls.sweep(hotline, NINE + timedelta(minutes=10)) == 0
    assert calls.sweep(hotline, NINE + timedelta(minutes=10, seconds=1)) == 1
    with hotline.store.reading() as session:
        call = session.scalars(sa.select(CallRow).where(CallRow.sid == "lost")).one()
    assert (call.state, call.return_call) == ("abandoned", "due")


def test_a_long_talk_is_left_alone_for_four_hours(hotline):
    calls.arrive(hotline, "long", "19000000001", NINE)
    calls.answered(hotline, "long", "agent01", NINE + timedelta(seconds=5))
    assert calls.sweep(hotline, NINE + timedelta(hours=4)) == 0
    assert calls.sweep(hotline, NINE + timedelta(hours=4, seconds=1)) == 1
