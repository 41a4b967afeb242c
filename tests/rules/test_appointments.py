"""Appointments of one person: which of them cannot both be kept, and why."""

from datetime import datetime, timedelta

from callcenter.domain.appointments import Clash, Visit, clashes, joined, lanes
from callcenter.domain.days import LOCAL

TEN = datetime(2026, 3, 10, 10, 0, tzinfo=LOCAL)
TURN = [(TEN - timedelta(hours=2), TEN + timedelta(hours=10))]


def visit(number: str, minute: int, lasts: int | None = 60, compound: str = "WJ", building: str = "4") -> Visit:
    start = TEN + timedelta(minutes=minute)
    return Visit(number, start, None if lasts is None else start + timedelta(minutes=lasts), compound, building)


def test_two_visits_at_the_same_time_overlap_and_each_names_the_other():
    found = clashes([visit("A", 0), visit("B", 59)], TURN)
    assert found == {"A": ((Clash.OVERLAP, "B"),), "B": ((Clash.OVERLAP, "A"),)}


def test_one_after_the_other_in_the_same_building_is_no_clash():
    assert clashes([visit("A", 0), visit("B", 60)], TURN) == {"A": (), "B": ()}


def test_another_building_takes_ten_minutes_and_another_compound_thirty():
    assert clashes([visit("A", 0), visit("B", 69, building="5")], TURN)["B"] == ((Clash.TOO_FAR, "A"),)
    assert clashes([visit("A", 0), visit("B", 70, building="5")], TURN)["B"] == ()
    assert clashes([visit("A", 0), visit("B", 89, compound="QH")], TURN)["B"] == ((Clash.TOO_FAR, "A"),)
    assert clashes([visit("A", 0), visit("B", 90, compound="QH")], TURN)["B"] == ()


def test_a_visit_without_an_agreed_end_is_reckoned_as_an_hour():
    assert clashes([visit("A", 0, None), visit("B", 45)], TURN)["A"] == ((Clash.OVERLAP, "B"),)


def test_a_visit_that_outlasts_the_turn_is_outside_it_and_turns_that_touch_are_one():
    later = visit("A", 570)
    assert clashes([later], TURN)["A"] == ((Clash.OFF_DUTY, ""),)
    assert clashes([later], [*TURN, (TURN[0][1], TURN[0][1] + timedelta(hours=1))])["A"] == ()
    assert joined([*TURN, *TURN]) == TURN


def test_only_overlapping_visits_need_a_second_lane():
    a, b, c = visit("A", 0), visit("B", 30), visit("C", 60)
    assert lanes([c, b, a]) == [[a, c], [b]]
    assert lanes([]) == []
