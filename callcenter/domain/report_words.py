"""What people write on a report beside its numbers, and what each report is called in the plan (DOMAIN.md 12)."""

from collections.abc import Mapping

from callcenter.domain.forms import Field
from callcenter.domain.vocabulary import Clock, Role

#: the plan's names
CODES: Mapping[Clock, str] = {
    Clock.HANDOVER: "RP-S", Clock.DAILY_CLOSE: "RP-D", Clock.WEEKLY_REPORT: "RP-W", Clock.MONTHLY_REPORT: "RP-M",
    Clock.QUARTERLY_REPORT: "RP-Q", Clock.SURVEY: "RP-H", Clock.YEARLY_REPORT: "RP-Y"}

#: what is written by hand, and by whom it may be written and checked
NOTES: Mapping[Clock, tuple[Field, ...]] = {
    Clock.DAILY_CLOSE: (Field("night", "夜间值班记录", "Night duty notes", "text"), Field("remarks", "补充说明", "Remarks", "text")),
    Clock.WEEKLY_REPORT: (Field("feedback", "致各部门", "To the departments", "text"),
                          Field("meeting", "质量周会结论与措施", "Conclusions and measures of the quality meeting", "text")),
    Clock.MONTHLY_REPORT: (Field("summary", "月度工作总结", "Summary of the month's work", "text"),
                           Field("training", "培训安排", "Training planned", "text"),
                           Field("measures", "下月措施", "Measures for the next month", "text")),
    Clock.QUARTERLY_REPORT: (Field("assessment", "季度评价意见", "Assessment of the quarter", "text"),
                             Field("measures", "改进措施", "Measures", "text")),
    Clock.SURVEY: (Field("measures", "对业主意见的整改承诺", "What will be put right", "text"),),
    Clock.YEARLY_REPORT: (Field("summary", "年度总结", "Summary of the year", "text"),
                          Field("measures", "来年措施", "Measures for the next year", "text")),
}
WRITERS = frozenset({Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY})
#: a note is no longer than this
LONGEST = 4000
