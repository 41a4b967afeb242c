"""The share of follow-up calls: every compound, technician and category reaches its floor, and nobody is drawn twice (CB2, scenario 16)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain import callbacks
from callcenter.domain.callbacks import Case

FLOOR = 0.30
NAMES = st.sampled_from(["WTL", "QH", "WJ"]), st.sampled_from([f"t{n:02d}" for n in range(10)]), st.sampled_from(["101", "104", "205"])
STATES = st.sampled_from(["reached", "hopeful", "closed_uncalled", "unreachable"])


@st.composite
def months(draw):
    """A month's tickets: three compounds, ten technicians, some called, some waiting, most closed without a call."""
    made = draw(st.lists(st.tuples(st.tuples(*NAMES), STATES, st.floats(0, 1, exclude_max=True)), max_size=120))
    return [Case(f"BX-{n:04d}", stratum, place, **({state: True} if state != "unreachable" else {}))
            for n, (stratum, state, place) in enumerate(made)]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(months())
def test_every_stratum_reaches_its_floor_once_all_who_are_called_are_reached(cases):
    drawn = set(callbacks.to_draw(cases, FLOOR))
    called = [replace(c, reached=c.reached or c.hopeful or c.number in drawn) for c in cases]
    for stratum in callbacks.by_stratum(called).values():
        could = sum(1 for c in stratum if c.reached or c.closed_uncalled)
        reached = sum(1 for c in stratum if c.reached)
        assert reached >= min(callbacks.needed(len(stratum), FLOOR), could)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(months())
def test_a_rerun_draws_nobody_twice_and_nobody_new(cases):
    drawn = set(callbacks.to_draw(cases, FLOOR))
    again = [replace(c, hopeful=True, closed_uncalled=False) if c.number in drawn else c for c in cases]
    assert callbacks.to_draw(again, FLOOR) == []


@settings(max_examples=100, deadline=None, derandomize=True)
@given(months(), st.randoms(use_true_random=False))
def test_the_draw_does_not_depend_on_the_order_of_the_tickets(cases, random):
    shuffled = list(cases)
    random.shuffle(shuffled)
    assert callbacks.to_draw(shuffled, FLOOR) == callbacks.to_draw(cases, FLOOR)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(months())
def test_no_more_are_drawn_than_are_missing_and_only_those_closed_without_a_call(cases):
    by_number = {c.number: c for c in cases}
    drawn = callbacks.to_draw(cases, FLOOR)
    assert all(by_number[n].closed_uncalled for n in drawn)
    for stratum in callbacks.by_stratum(cases).values():
        have = sum(1 for c in stratum if c.reached or c.hopeful)
        assert sum(1 for c in stratum if c.number in drawn) <= max(0, callbacks.needed(len(stratum), FLOOR) - have)


@pytest.mark.parametrize(("completed", "floor", "needed"), [
    (0, 0.3, 0), (1, 0.3, 1), (3, 0.3, 1), (4, 0.3, 2), (10, 0.3, 3), (20, 0.3, 6), (30, 0.1, 3)])
def test_thirty_percent_of_ten_are_three_whatever_floating_point_says(completed, floor, needed):
    assert callbacks.needed(completed, floor) == needed


@pytest.mark.parametrize(("day", "last", "final"), [
    (date(2026, 2, 23), False, False), (date(2026, 2, 24), True, False), (date(2026, 2, 28), True, True), (date(2028, 2, 24), False, False),
    (date(2028, 2, 29), True, True), (date(2026, 12, 27), True, False), (date(2026, 12, 31), True, True), (date(2027, 1, 1), False, False)])
def test_topping_up_begins_five_days_before_the_month_is_over(day, last, final):
    assert (callbacks.last_days(day), callbacks.last_day(day)) == (last, final)
