"""Expected calls, handling time and patience: what history says, with how many cases, and what is assumed without it."""

from datetime import date, timedelta
from math import log
from random import Random

import pytest

from callcenter.domain.demand import A_HOUSEHOLD, DayKind, Pattern, kind_of, least, mean, patience

FLAT = (1.0,) * 24


def test_a_holiday_on_a_weekday_and_a_weekend_worked_instead_stand_apart():
    assert kind_of(date(2026, 3, 10), True) is DayKind.TUESDAY
    assert kind_of(date(2026, 3, 14), False) is DayKind.SATURDAY
    assert kind_of(date(2026, 10, 1), False) is DayKind.HOLIDAY
    assert kind_of(date(2026, 10, 10), True) is DayKind.MADE_UP


def test_an_hour_is_the_mean_over_all_observed_days_of_its_kind_those_without_a_call_too():
    days = {date(2026, 3, n): DayKind.TUESDAY for n in (3, 10, 17)}
    pattern = Pattern(days, {(date(2026, 3, 3), 9): 4, (date(2026, 3, 10), 9): 2}, FLAT, 24)
    assert (pattern.expected(DayKind.TUESDAY, 9).value, pattern.expected(DayKind.TUESDAY, 9).cases) == (2.0, 3)
    assert pattern.expected(DayKind.TUESDAY, 10).value == 0


def test_a_holiday_never_seen_is_like_a_sunday_and_a_worked_weekend_like_a_monday():
    pattern = Pattern({date(2026, 3, 1): DayKind.SUNDAY, date(2026, 3, 2): DayKind.MONDAY},
                      {(date(2026, 3, 1), 9): 3, (date(2026, 3, 2), 9): 7}, FLAT, 24)
    assert pattern.expected(DayKind.HOLIDAY, 9).value == 3
    assert pattern.expected(DayKind.MADE_UP, 9).value == 7


def test_without_history_the_shape_of_a_day_is_assumed_and_said_so():
    found = Pattern({}, {}, (0.0,) * 8 + (1.0,) * 16, 1400 * A_HOUSEHOLD).expected(DayKind.FRIDAY, 9)
    assert found.assumed
    assert found.value == pytest.approx(37.5 / 16)


def test_few_days_are_marked():
    assert mean(timedelta(seconds=200), 2, timedelta(seconds=180)).few
    assert mean(timedelta(0), 0, timedelta(seconds=180)).value == 180
    assert not mean(timedelta(seconds=300), 3, timedelta(seconds=180)).few


def test_patience_counts_the_waits_cut_short_by_an_answer():
    """Eighty seconds' mean patience, answered after an exponential sixty: the naive mean of those who gave up would be about 34 s."""
    draw = Random(7)
    waited, given_up = 0.0, 0
    for _ in range(20_000):
        patient, answered = -80 * log(1 - draw.random()), -60 * log(1 - draw.random())
        waited += min(patient, answered)
        given_up += patient < answered
    found = patience(timedelta(seconds=waited), given_up)
    assert found is not None
    assert abs(found.value - 80) < 4 * 80 / given_up ** 0.5  # four standard errors of that estimate
    assert patience(timedelta(seconds=10), 0) is None


def test_the_least_number_at_any_moment_of_an_hour_counts():
    assert least([(0, 60), (0, 60)], 0, 60) == 2
    assert least([(0, 30), (30, 60)], 0, 60) == 1
    assert least([(0, 30), (31, 60)], 0, 60) == 0
    assert least([], 0, 60) == 0
    assert least([(-100, 100), (20, 40)], 0, 60) == 1
