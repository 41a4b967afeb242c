"""Figures about a whole matter: its one postponement, its second contact, who stayed with it, whatever became of its tickets."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action
from callcenter.services import figures, tickets, timers
from callcenter.services.hotline import Hotline
from callcenter.storage.codec import from_ms
from tests.hotlines import NINE

HOUR, DAY, MS = timedelta(hours=1), timedelta(days=1), timedelta(milliseconds=1)
TOLD = {"reason": "material", "told_via": "phone", "attitude": "understands", "initiated_by": "company"}
SENT = ((2, "dispatch", "dispatcher01", {"to": "plumber01"}), (3, "accept", "plumber01", {}), (12, "arrive", "plumber01", {}))
DONE = ((40, "complete", "plumber01", {"result": "已更换", "result_explained": True}), (50, "return_slip", "dispatcher01", {}),
        (70, "record_callback", "agent01", {"contact_result": "reached", "satisfaction": "satisfied", "solved": True}))


class Desk:
    """What happens, minute by minute, in a hotline of its own."""

    def __init__(self, hotline: Hotline) -> None:
        self.hotline, self.keys = hotline, 0

    def open(self, at: datetime, by: str = "agent01", **fields: object) -> str:
        self.keys += 1
        given = {"customer_name": "周敏", "content": "厨房水管漏水", "category": "101", "room": "青禾家园5栋1单元302",
                 "contact_phone": "19000000001", **fields}
        return tickets.open_ticket(self.hotline, Act(Action.OPEN_TICKET, by, given), f"desk-{self.keys}", at).number

    def act(self, at: datetime, action: str, by: str, number: str, **fields: object) -> None:
        self.keys += 1
        timers.fire_due(self.hotline, at)
        tickets.carry_out(self.hotline, number, Act(Action(action), by, fields), f"desk-{self.keys}", at)

    def run(self, since: datetime, number: str, *acts: tuple[float, str, str, dict[str, object]]) -> None:
        for minutes, action, by, said in acts:
            self.act(since + timedelta(minutes=minutes), action, by, number, **said)

    def counted(self, code: str, now: datetime, since: datetime | None = None, until: datetime | None = None) -> tuple[int, int]:
        with self.hotline.store.reading() as session:
            figure, = figures.all_figures(self.hotline, session, now, since, until, codes={code})
        return figure.numerator, figure.denominator

    def cases(self, code: str, now: datetime) -> list[tuple[datetime, str]]:
        with self.hotline.store.reading() as session:
            found = figures.members(self.hotline, session, code, now, part="denominator", page=None).cases
        return [(from_ms(c.at), c.of) for c in found]


@pytest.fixture
def desk(sqlite_hotline: Hotline) -> Iterator[Desk]:
    return Desk(sqlite_hotline)


def test_a_time_made_good_after_the_promise_was_broken_is_the_one_postponement_from_that_moment_on(desk: Desk) -> None:
    number = desk.open(NINE)
    desk.run(NINE, number, *SENT)
    made_good = NINE + 50 * HOUR
    desk.act(made_good, "recovery_promise", "supervisor01", number, reason="缺件", new_promise_at=made_good + 10 * HOUR)
    assert desk.cases("K10", made_good + MS) == [(made_good, number)]
    assert desk.counted("K10", made_good + MS, made_good, made_good + MS) == (1, 1)
    assert desk.counted("K10", made_good + MS, NINE - MS, made_good) == (0, 0)


def test_a_matter_registered_anew_is_raised_again_at_that_moment_whatever_period_its_first_ticket_was_busy_in(desk: Desk) -> None:
    first = desk.open(NINE)
    desk.run(NINE, first, *SENT, *DONE)
    closed, again = NINE + 70 * timedelta(minutes=1), NINE + 10 * DAY
    assert desk.counted("K20", again, closed, closed + DAY) == (0, 1)
    desk.open(again)
    assert desk.cases("K20", again + MS) == [(again, first)]
    assert desk.counted("K20", again + MS, again - HOUR, again + MS) == (1, 1)
    assert desk.counted("K34", again + MS, closed, closed + DAY) == (0, 1)  # it had to be done again


def test_of_two_tickets_merged_into_the_later_one_only_a_new_contact_is_a_second_time(desk: Desk) -> None:
    first, second = desk.open(NINE), desk.open(NINE + HOUR, contact_phone="19000000002")
    desk.act(NINE + 2 * HOUR, "merge", "supervisor01", first, into=second)
    assert desk.cases("K20", NINE + 3 * HOUR) == []
    desk.act(NINE + 3 * HOUR, "add_contact", "agent02", second, content="还没有人来")
    assert desk.cases("K20", NINE + 4 * HOUR) == [(NINE + 3 * HOUR, second)]


def test_a_contact_heard_while_two_tickets_were_one_is_still_a_second_time_when_they_are_taken_apart(desk: Desk) -> None:
    first, second = desk.open(NINE), desk.open(NINE + HOUR, contact_phone="19000000002")
    desk.act(NINE + 2 * HOUR, "merge", "supervisor01", second, into=first)
    desk.act(NINE + 3 * HOUR, "add_contact", "agent02", first, content="还没有人来")
    desk.act(NINE + 4 * HOUR, "unmerge", "supervisor01", second)
    assert desk.cases("K20", NINE + 5 * HOUR) == [(NINE + 3 * HOUR, first)]


def test_a_complaint_about_who_took_it_belongs_to_the_supervisor_from_the_start_and_stays_with_the_first_responder(desk: Desk) -> None:
    number = desk.open(NINE, type="complaint_service", category="906", content="态度", accused=["agent01"], accused_dept="order")
    desk.run(NINE, number, (4, "hand_over_complaint", "supervisor01", {"department": "order"}),
             (30, "reply", "supervisor01", {"text": "已处理并致歉", "customer_confirmed": True}),
             (35, "judge_complaint", "supervisor01", {"valid": True, "reason": "核实"}), (40, "ack_completion", "agent01", {}),
             (90, "record_callback", "lead01", {"contact_result": "reached", "satisfaction": "satisfied", "solved": True}))
    assert desk.counted("K21", NINE + DAY) == (1, 1)
