"""The plan as a table to take away: one line an hour, in either language; no personal data is in it."""

import csv
import io

from callcenter.services.staffing.plan import Plan

_HEAD = {
    "zh": ("日期", "日类", "时段", "预计来电", "依据天数", "需要坐席", "在班坐席", "缺", "预计三声接听率", "缺岗(24 小时)"),
    "en": ("date", "kind of day", "hour", "expected calls", "days observed", "agents needed", "on the roster",
           "short", "expected in time", "missing (24 h)"),
}
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  #: by it a spreadsheet knows that the text is Unicode


def as_csv(plan: Plan, language: str) -> str:
    """A line for each of the 168 hours."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEAD["en" if language.startswith("en") else "zh"])
    for day in plan.days:
        for hour in day.hours:
            writer.writerow([day.day.isoformat(), day.kind.label(language), f"{hour.at:%H}:00", f"{hour.calls.value:.2f}", hour.calls.cases,
                             hour.needed, hour.there, hour.gap, f"{hour.done.level:.3f}", " ".join(n.label(language) for n in hour.missing)])
    return _MARK + out.getvalue()
