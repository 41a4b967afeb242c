"""Figures side by side over the months, and what came in by category and by hour: the sections that pictures of a report are drawn from."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures import Figure
from callcenter.domain.figures.cases import Weekday
from callcenter.domain.policy import Policy
from callcenter.domain.vocabulary import Clock
from callcenter.services.pictures import Ask, calls, tickets
from callcenter.services.reports import shares
from callcenter.services.reports.sheet import Both, Cell, Section, section, share
from callcenter.storage.report_tables import ReportCorrectionRow, ReportDraftRow, ReportSignedRow
from callcenter.storage.tables import PeriodRow

#: what months are compared by
CODES = ("K01", "K04", "K05", "K06", "K08", "K09", "K10", "K12", "K14", "K16", "K19", "K20", "K22", "K34")
#: with this one
MONTHS = 12
_SHARE = re.compile(r"\d+/\d+ [\d.]+%")


def twelve_months(session: Session, key: str, since: datetime, figures: Sequence[Figure], targets: Mapping[str, float]) -> Section:
    """Up to twelve months, those before as their own reports have them: what was reported is what is compared. Only this month is compared
    when the report is recounted."""
    before = list(session.execute(sa.select(PeriodRow.id, PeriodRow.key).where(
        PeriodRow.kind == Clock.MONTHLY_REPORT, PeriodRow.since < since).order_by(PeriodRow.since.desc()).limit(MONTHS - 1)))[::-1]
    held = [(month, found) for id_, month in before if (found := _reported(session, id_))]
    columns = "  ".join(["编号|Code", "指标|Figure", *(f"{month}|{month}" for month, _ in held), f"{key}|{key}", "目标|Target"])
    rows = ((f.code, Both(f.zh, f.en), *(found.get(f.code) for _, found in held), share(f.numerator, f.denominator),
             shares.aim(f.code, targets.get(f.code))) for f in figures if f.code in CODES)
    return section("trend", ("十二个月走势", "Twelve months"), columns, rows, compared=(0, 2 + len(held)))


def _reported(session: Session, period_id: int) -> dict[str, str]:
    """The shares of a month as its report has them: corrected, signed, else drafted; nothing where there is none."""
    corrected = session.scalar(sa.select(ReportCorrectionRow).where(
        ReportCorrectionRow.period_id == period_id, ReportCorrectionRow.about == "section:figures").order_by(ReportCorrectionRow.seq.desc()).limit(1))
    if corrected is not None:
        return _shares(corrected.now["zh"])
    content = session.scalar(sa.select(ReportSignedRow.content).where(ReportSignedRow.period_id == period_id))
    report = content["report"] if content else session.scalar(sa.select(ReportDraftRow.content).where(ReportDraftRow.period_id == period_id))
    return _shares(next((s["rows"] for s in report["zh"]["sections"] if s["key"] == "figures"), [])) if report else {}


def _shares(rows: Iterable[Sequence[str]]) -> dict[str, str]:
    return {row[0]: found[0] for row in rows if len(row) > 2 and (found := _SHARE.match(row[2]))}


def categories(session: Session, policy: Policy, since: datetime, until: datetime) -> Section:
    """What was received, by category, most first."""
    found = tickets.categories(session, Ask(until, since, until))
    whole = sum(n for _, n in found)
    return section("categories", ("按类别", "By category"), "类别|Category  受理|Received  占比|Share",
                   ((_category(policy, code), n, share(n, whole)) for code, n in found))


def _category(policy: Policy, code: str) -> Cell:
    category = policy.categories.get(code)
    if category is not None:
        return Both(f"{category.code} {category.zh}", f"{category.code} {category.en}")
    return code or Both("未分类", "None")


def hours(session: Session, since: datetime, until: datetime) -> Section:
    """The calls that came in, by hour and weekday; nothing where there were none."""
    week = calls.by_hour(session, Ask(until, since, until))
    columns = "  ".join(["钟点|Hour", *(f"{day.zh}|{day.en}" for day in Weekday)])
    return section("hours", ("来电时段", "Calls by hour"), columns, _hours(week) if week.n else ())


def _hours(week: calls.Week) -> Iterator[tuple[Cell, ...]]:
    for hour in range(24):
        yield f"{hour:02d}–{hour + 1:02d}", *(day[hour] for day in week.calls)
