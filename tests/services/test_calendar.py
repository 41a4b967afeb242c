"""Working days: the published plan, the years beyond it, and the warning that the next plan is missing."""

from datetime import date, timedelta

import pytest

from callcenter.services import calendar


@pytest.mark.parametrize(("day", "works"), [
    (date(2026, 1, 4), True),      # a Sunday made up
    (date(2026, 2, 14), True),     # a Saturday made up
    (date(2026, 2, 16), False),    # 除夕, a Monday
    (date(2026, 2, 23), False),
    (date(2026, 2, 24), True),
    (date(2026, 10, 7), False),
    (date(2026, 10, 10), True),
    (date(2026, 11, 21), False),   # a plain Saturday
    (date(2026, 11, 23), True),
])
def test_a_published_year_knows_its_days_off_and_its_made_up_weekends(day: date, works: bool) -> None:
    assert calendar.is_workday(day) == (works, "chinesecalendar")


def test_2026_has_thirty_three_days_of_holiday_and_six_made_up_weekend_days() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    made_up = [day for day in days if day.weekday() >= 5 and calendar.is_workday(day)[0]]
    assert [f"{day:%m-%d}" for day in made_up] == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    assert sum(calendar.is_workday(day)[0] for day in days) == 248


@pytest.mark.parametrize(("day", "works"), [
    (date(2099, 1, 1), False), (date(2099, 10, 1), False), (date(2099, 11, 4), True), (date(2099, 11, 7), False),
])
def test_a_year_nobody_has_published_is_answered_from_the_statutory_days(day: date, works: bool) -> None:
    assert calendar.is_workday(day) == (works, "holidays")


def test_weekend_days_the_statutory_source_calls_worked_are_worked(monkeypatch: pytest.MonkeyPatch) -> None:
    saturday = date(2099, 2, 7)
    monkeypatch.setattr(calendar, "_computed", lambda year: (frozenset({date(2099, 2, 2)}), frozenset({saturday})))
    assert calendar.is_workday(saturday) == (True, "holidays")


@pytest.mark.parametrize("year", [1, 1900, 2150, 9999])
def test_no_year_raises_and_the_farthest_go_by_the_weekday(year: int) -> None:
    days = [date(year, 3, 1) + timedelta(days=n) for n in range(7)]
    assert [calendar.is_workday(day) for day in days] == [(day.weekday() < 5, "weekday") for day in days]


def test_the_turn_of_the_year_into_an_unpublished_one_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "year_loaded", lambda year: year <= 2026)
    assert calendar.is_workday(date(2026, 12, 31)) == (True, "chinesecalendar")
    assert calendar.is_workday(date(2027, 1, 1)) == (False, "holidays")
    assert calendar.next_workday(date(2026, 12, 31)) == date(2027, 1, 4)
    assert calendar.next_workday(date(2027, 2, 4)) == date(2027, 2, 11)


def test_the_next_workday_skips_the_whole_spring_festival_and_takes_the_made_up_saturday() -> None:
    assert calendar.next_workday(date(2026, 2, 13)) == date(2026, 2, 14)
    assert calendar.next_workday(date(2026, 2, 14)) == date(2026, 2, 24)


def test_a_year_is_loaded_when_its_plan_is_installed() -> None:
    assert calendar.year_loaded(2026)
    assert not calendar.year_loaded(2099)
    assert not calendar.year_loaded(10_000)


def test_the_missing_plan_of_the_next_year_is_named_from_december_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "year_loaded", lambda year: year <= 2026)
    assert calendar.year_missing(date(2026, 11, 30)) is None
    assert calendar.year_missing(date(2026, 12, 1)) == 2027
    assert calendar.year_missing(date(2027, 3, 1)) == 2027
    assert calendar.year_missing(date(2025, 12, 31)) is None
