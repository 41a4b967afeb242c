"""Working days in China, 调休 included; a year nobody has published yet is answered by what is known, never by an error."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import chinese_calendar

#: who said so: the State Council's plan, the statutory days computed ahead, or the weekday alone
Source = Literal["chinesecalendar", "holidays", "weekday"]

#: from this month on the next year's plan should be there
_PLAN_IS_OUT = 12


def is_workday(day: date) -> tuple[bool, Source]:
    """Whether offices work on *day*, and who says so; make-up days are known only for years that are loaded."""
    if year_loaded(day.year):
        return bool(chinese_calendar.is_workday(day)), "chinesecalendar"
    days_off, made_up = _computed(day.year)
    works = day in made_up or (day.weekday() < 5 and day not in days_off)
    return works, "holidays" if days_off else "weekday"


def next_workday(day: date) -> date:
    """The first working day after *day*."""
    following = day + timedelta(days=1)
    while not is_workday(following)[0]:
        following += timedelta(days=1)
    return following


@lru_cache(maxsize=64)
def year_loaded(year: int) -> bool:
    """Whether the State Council's plan for *year*, make-up days included, is installed."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except (NotImplementedError, ValueError):
        return False
    return True


def year_missing(today: date) -> int | None:
    """The year whose plan should be installed by *today* and is not: this one, or from 1 December on the next."""
    due = [today.year, today.year + 1] if today.month >= _PLAN_IS_OUT else [today.year]
    return next((year for year in due if not year_loaded(year)), None)


@lru_cache(maxsize=64)
def _computed(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The statutory days off and the weekend days worked that `holidays` works out for *year*; nothing where it knows nothing."""
    import holidays  # takes a tenth of a second, and only a year that is not loaded needs it

    known = holidays.country_holidays("CN", years=year)
    return frozenset(known), frozenset(known.weekend_workdays)
