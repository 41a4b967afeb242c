"""Working days set by people: a day put right by hand, or a year's plan taken in, with the change kept in the year's history."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from callcenter.domain.days import local
from callcenter.domain.registers import Change, Register
from callcenter.domain.ticket import Person
from callcenter.services import calendar
from callcenter.services.registers import entries
from callcenter.storage.tables import CalendarDayRow


def set_day(session: Session, by: Person, values: Mapping[str, Any], now: datetime, source: calendar.Source = "manual", reason: str = "") -> bool:
    """Say whether a day is worked; False when the table says so already.

    Raises:
        Refused: "not_allowed".
    """
    entries.demand(Register.CALENDAR, by)
    day, name = local(values["date"]).date(), values["name"] or ""
    row = session.get(CalendarDayRow, day, with_for_update=True)
    before = _said(day, row.is_workday, row.name, row.source) if row else {}
    if row is not None and (row.is_workday, row.name) == (values["is_workday"], name) and row.source in calendar.SET_BY_PEOPLE:
        return False
    if row is None:
        row = CalendarDayRow(day=day)
        session.add(row)
    row.is_workday, row.name, row.source = values["is_workday"], name, source
    session.flush()
    return entries.keep(session, Register.CALENDAR, str(day.year), Change.CHANGED, by.user, now, before,
                          _said(day, row.is_workday, row.name, row.source), reason)


def load_year(session: Session, by: Person, year: int, now: datetime) -> int:
    """Write a year into the table from the best source there is; what people have set stays. How many days changed.

    Raises:
        Refused: "not_allowed".
    """
    entries.demand(Register.CALENDAR, by)
    changed = calendar.load(session, [year])
    session.flush()
    if changed:
        source = calendar.worked_out(date(year, 1, 1))[1]
        entries.keep(session, Register.CALENDAR, str(year), Change.LOADED, by.user, now, {}, {"days": changed, "source": source})
    return changed


def _said(day: date, works: bool, name: str, source: str) -> dict[str, Any]:
    return {"date": day.isoformat(), "is_workday": works, "name": name, "source": source}
