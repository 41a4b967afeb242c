"""Working days in China, 调休 included, as the hotline's own table has them; a year nobody has published yet degrades and never raises (17.8)."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import chinese_calendar
import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.storage.tables import CalendarDayRow

#: who said so: the State Council's plan, the statutory days computed ahead, the weekday alone, a file taken in, or a person
Source = Literal["chinesecalendar", "holidays", "weekday", "file", "manual"]
#: these are not replaced when a better source comes along
SET_BY_PEOPLE = ("file", "manual")
#: these say that the year's plan, make-up days included, is known
PUBLISHED = ("chinesecalendar", "file")

#: from this month on the next year's plan should be there
_PLAN_IS_OUT = 12


def is_workday(day: date, session: Session | None = None) -> tuple[bool, str]:
    """Whether offices work on *day*, and who says so: the table if it has the day, else what is installed or can be worked out."""
    kept = session.get(CalendarDayRow, day) if session is not None else None
    return (kept.is_workday, kept.source) if kept is not None else worked_out(day)


def next_workday(day: date, session: Session | None = None) -> date:
    """The first working day after *day*."""
    following = day + timedelta(days=1)
    while not is_workday(following, session)[0]:
        following += timedelta(days=1)
    return following


def worked_out(day: date) -> tuple[bool, Source]:
    """Whether offices work on *day* as far as the installed sources know; make-up days only for published years."""
    if year_loaded(day.year):
        return bool(chinese_calendar.is_workday(day)), "chinesecalendar"
    days_off, made_up = _computed(day.year)
    works = day in made_up or (day.weekday() < 5 and day not in days_off)
    return works, "holidays" if days_off else "weekday"


@lru_cache(maxsize=64)
def year_loaded(year: int) -> bool:
    """Whether the State Council's plan for *year*, make-up days included, is installed."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except (NotImplementedError, ValueError):
        return False
    return True


def year_missing(today: date, session: Session | None = None) -> int | None:
    """The year whose plan should be known by *today* and is not: this one, or from 1 December on the next."""
    due = [today.year, today.year + 1] if today.month >= _PLAN_IS_OUT else [today.year]
    return next((year for year in due if not year_known(year, session)), None)


def year_known(year: int, session: Session | None = None) -> bool:
    """Whether the plan for *year* is installed or was taken in from a file."""
    if year_loaded(year):
        return True
    return session is not None and session.scalar(
        sa.select(CalendarDayRow.day).where(*_in(year), CalendarDayRow.source.in_(PUBLISHED)).limit(1)) is not None


def load(session: Session, years: Iterable[int]) -> int:
    """Write whole years into the table from the best source there is; what people have set stays. How many days changed."""
    changed = 0
    for year in years:
        kept = {row.day: row for row in session.scalars(sa.select(CalendarDayRow).where(*_in(year)))}
        changed += sum(_loaded(session, day, kept.get(day)) for day in _days(year))
    return changed


def _loaded(session: Session, day: date, row: CalendarDayRow | None) -> bool:
    works, source = worked_out(day)
    if row is None:
        session.add(CalendarDayRow(day=day, is_workday=works, name=name_of(day), source=source))
        return True
    if row.source in SET_BY_PEOPLE or row.source == source:
        return False
    row.is_workday, row.name, row.source = works, name_of(day), source
    return True


def keep(session: Session, today: date) -> int:
    """This year and the next in the table, brought up to date when a better source was installed. How many days changed."""
    missing = [year for year in (today.year, today.year + 1) if _behind(session, year)]
    return load(session, missing)


def _behind(session: Session, year: int) -> bool:
    """Whether a day of the year is missing in the table, or stands there from another source than the one there is now."""
    best = worked_out(date(year, 1, 1))[1]
    right = CalendarDayRow.source.in_((best, *SET_BY_PEOPLE))
    return (session.scalar(sa.select(sa.func.count()).select_from(CalendarDayRow).where(*_in(year), right)) or 0) < len(_days(year))


def days_of(session: Session, year: int) -> Mapping[date, tuple[bool, str, str]]:
    """Every day of *year*: whether worked, its name, who says so."""
    kept = {row.day: (row.is_workday, row.name, row.source) for row in session.scalars(sa.select(CalendarDayRow).where(*_in(year)))}
    return {day: kept.get(day) or _unkept(day) for day in _days(year)}


def _unkept(day: date) -> tuple[bool, str, str]:
    works, source = worked_out(day)
    return works, name_of(day), source


def name_of(day: date) -> str:
    """The holiday a day belongs to, in Chinese; empty for an ordinary day."""
    if year_loaded(day.year):
        _, name = chinese_calendar.get_holiday_detail(day)
        return _ZH.get(name or "", "")
    return _names(day.year).get(day, "")


_ZH = {"New Year's Day": "元旦", "Spring Festival": "春节", "Tomb-sweeping Day": "清明节", "Labour Day": "劳动节", "Dragon Boat Festival": "端午节",
       "National Day": "国庆节", "Mid-autumn Festival": "中秋节", "Anti-Fascist 70th Day": "抗战胜利 70 周年"}


def _in(year: int) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return CalendarDayRow.day >= date(year, 1, 1), CalendarDayRow.day <= date(year, 12, 31)


def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1)]


@lru_cache(maxsize=64)
def _computed(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The statutory days off and the weekend days worked that `holidays` works out for *year*; nothing where it knows nothing."""
    import holidays  # takes a tenth of a second, and only a year that is not loaded needs it

    known = holidays.country_holidays("CN", years=year)
    return frozenset(known), frozenset(known.weekend_workdays)


@lru_cache(maxsize=64)
def _names(year: int) -> Mapping[date, str]:
    import holidays

    return {day: str(name) for day, name in holidays.country_holidays("CN", years=year, language="zh_CN").items()}
