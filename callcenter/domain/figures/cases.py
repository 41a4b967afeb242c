"""The atom of every figure: one case, decided at one instant, for or against; figures are nothing but sums of cases."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from callcenter.domain.vocabulary import Word

#: whole milliseconds since 1970, as the tables keep times: a year has ten million promises, and they are compared, not shown
Ms = int

#: Shanghai has kept one time since 1991
EAST: Ms = 8 * 3_600_000
_HOUR: Ms = 3_600_000
#: 1 January 1970 was a Thursday: hours of the week before it
_THURSDAY = 3 * 24
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Mark(Word):
    """On which side of the line a case stands."""

    HIT = "hit", "分子", "Counted"
    MISS = "miss", "只计分母", "Only in the denominator"
    EXCLUDED = "excluded", "不计", "Excluded"


class Dimension(Word):
    """By what a figure can be filtered and broken down."""

    COMPOUND = "compound", "小区", "Compound"
    BUILDING = "building", "楼栋", "Building"
    CATEGORY = "category", "报事类别", "Category"
    TYPE = "type", "工单类型", "Type"
    TECHNICIAN = "technician", "维修人员", "Technician"
    AGENT = "agent", "责任人/接听人", "Owner or answerer"
    CONTRACTOR = "contractor", "外委单位", "Contractor"
    DEPARTMENT = "department", "部门", "Department"
    ACCUSED = "accused", "被投诉部门", "Accused department"
    SHIFT = "shift", "班次", "Shift"
    HOUR = "hour", "时段", "Hour"
    WEEKDAY = "weekday", "星期", "Weekday"


class Shift(Word):
    """The three turns of a day, by the local hour at which the matter came in."""

    EARLY = "early", "早班 08–16", "Early 08–16"
    LATE = "late", "中班 16–24", "Late 16–24"
    NIGHT = "night", "夜班 00–08", "Night 00–08"


class Weekday(Word):
    """Days of the week, Monday first."""

    MON = "1", "周一", "Monday"
    TUE = "2", "周二", "Tuesday"
    WED = "3", "周三", "Wednesday"
    THU = "4", "周四", "Thursday"
    FRI = "5", "周五", "Friday"
    SAT = "6", "周六", "Saturday"
    SUN = "7", "周日", "Sunday"


_SHIFTS = (Shift.NIGHT.value, Shift.EARLY.value, Shift.LATE.value)
#: local hour of the week → shift, hour, weekday as the dimensions have them
_HOURS = tuple((_SHIFTS[n % 24 // 8], f"{n % 24:02d}", str(n // 24 + 1)) for n in range(7 * 24))

#: dimension → its value, "" where the case has none
Dimensions = Mapping[str, str]


class Case(NamedTuple):
    """One case of one figure."""

    code: str
    #: when it was decided (see `When` of the figure): that instant says to which period it belongs
    at: Ms
    mark: Mark
    #: what it adds: 1, or milliseconds, or sheets
    amount: int
    #: the ticket's number, the call's sid, or the key of whatever else it is about
    of: str
    dimensions: Dimensions


def to_ms(at: datetime) -> Ms:
    """Whole milliseconds since 1970."""
    return (at - _EPOCH) // _MS


def from_ms(at: Ms) -> datetime:
    """The aware UTC time of that many milliseconds."""
    return _EPOCH + timedelta(0, 0, at * 1000)


def hour_of(at: Ms) -> tuple[str, str, str]:
    """Shift, hour and weekday of an instant, by the clock on the wall."""
    return _HOURS[((at + EAST) // _HOUR + _THURSDAY) % len(_HOURS)]
