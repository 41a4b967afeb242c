"""Which period and which part of the house a page of figures looks at, as its address says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from flask import request
from flask_babel import lazy_gettext

from callcenter.domain import days
from callcenter.domain.figures import Dimension

#: the word in the address → how it is called
NAMES = {"today": lazy_gettext("今天"), "7d": lazy_gettext("7 天"), "30d": lazy_gettext("30 天"), "month": lazy_gettext("本月"),
         "last_month": lazy_gettext("上月"), "quarter": lazy_gettext("本季"), "half": lazy_gettext("半年"), "year": lazy_gettext("本年"),
         "dates": lazy_gettext("自选日期")}
#: whole days before today
_BACK = {"today": 0, "7d": 7, "30d": 30}
#: months that belong together
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
#: in the address: cases that have no value of a dimension
NONE = "-"


@dataclass(frozen=True, slots=True)
class Span:
    """From a local midnight to a local midnight; the end belongs to the next period."""

    name: str
    since: datetime
    until: datetime
    #: what was typed that makes no period
    wrong: bool = False
    first: str = ""
    last: str = ""
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def first_day(self) -> str:
        """The first day, as an input of type date has it."""
        return days.local(self.since).date().isoformat()

    @property
    def last_day(self) -> str:
        """The last day that belongs to it."""
        return (days.local(self.until).date() - timedelta(days=1)).isoformat()

    @property
    def asked(self) -> dict[str, str]:
        """The same in an address."""
        dates = {"first": self.first, "last": self.last} if self.name == "dates" else {}
        return {"period": self.name, **dates, **{name: value or NONE for name, value in self.where.items()}}

    def other(self, **changed: str | None) -> dict[str, str]:
        """An address with some of it changed, or left out."""
        return {name: value for name, value in {**self.asked, **changed}.items() if value is not None}


def span(now: datetime, usual: str = "7d") -> Span:
    """The period and the filter the address asks for; the usual ones where it makes no sense."""
    name = request.args.get("period", "")
    first, last = request.args.get("first", "").strip(), request.args.get("last", "").strip()
    where = {d.value: "" if held == NONE else held for d in Dimension if (held := request.args.get(d.value, "").strip()[:80])}
    if name == "dates" and (first or last):
        found = _dates(first, last)
        if found is None:
            return Span(usual, *_named(usual, now), wrong=True, first=first, last=last, where=where)
        return Span(name, *found, first=first, last=last, where=where)
    if name not in NAMES or name == "dates":
        name = usual
    return Span(name, *_named(name, now), where=where)


def _dates(first: str, last: str) -> tuple[datetime, datetime] | None:
    """Both days belong to it; one alone is a day."""
    try:
        one, other = (date.fromisoformat(day) for day in (first or last, last or first))
        since, until = _midnight(one), _midnight(other + timedelta(days=1))
    except (ValueError, OverflowError):
        return None
    return (since, until) if since < until and one.year >= 2000 else None


def _named(name: str, now: datetime) -> tuple[datetime, datetime]:
    if name in _BACK:
        return days.midnight(now - timedelta(days=_BACK[name])), days.day_end(now)
    today = days.local(now).date()
    if name == "last_month":
        end = today.replace(day=1)
        return _midnight((end - timedelta(days=1)).replace(day=1)), _midnight(end)
    months = _MONTHS[name]
    start = today.replace(month=(today.month - 1) // months * months + 1, day=1)
    return _midnight(start), _midnight(_months_later(start, months))


def _months_later(day: date, months: int) -> date:
    over, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + over, month=month + 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), days.LOCAL)
