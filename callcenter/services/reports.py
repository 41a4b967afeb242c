"""The reports of periods (DOMAIN.md 12), recounted from calls, events, promises and records each time they are asked for."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import Clock
from callcenter.services import figures, report_day, report_facts, report_month, report_week
from callcenter.services.hotline import Hotline
from callcenter.services.report_sheet import Both, Report, Section, plain, said, section
from callcenter.storage.tables import PeriodRow


def build(hotline: Hotline, session: Session, period: PeriodRow, now: datetime) -> Report:
    """The report of a period as its end found it, or as it stands at *now* while the period runs."""
    since, until = period.since, max(min(period.until, now), period.since)
    return Report(Clock(period.kind), period.key, since, period.until, tuple(_sections(hotline, session, period, since, until)))


def _sections(hotline: Hotline, session: Session, period: PeriodRow, since: datetime, until: datetime) -> Iterable[Section]:
    if period.kind == Clock.SURVEY:
        return _survey(period)
    facts = report_facts.read(hotline.rulebook.policy, session, since, until)
    match Clock(period.kind):
        case Clock.DAILY_CLOSE:
            return report_day.sections(facts)
        case Clock.WEEKLY_REPORT:
            return report_week.sections(facts)
        case Clock.HANDOVER:
            return report_day.shift(facts, period.content["user"])
    return report_month.sections(facts, figures.all_figures(hotline, session, until, since, until))


def _survey(period: PeriodRow) -> Iterable[Section]:
    """What the half-year's survey brought (F15, K17, K30)."""
    content = period.content
    issued, returned, satisfied = (content.get(name) for name in ("issued", "returned", "satisfied"))
    yield section("survey", ("意见征询", "Survey"), "项目|Item  结果|Result", [
        (Both("计划时间", "Planned for"), content.get("planned_for")), (Both("发放户数", "Sheets issued"), issued),
        (Both("回收户数", "Sheets returned"), returned), (Both("满意+基本满意", "Satisfied or fairly"), satisfied),
        (Both("综合满意率", "Overall satisfaction"), _share(satisfied, returned)), (Both("回收率", "Returned"), _share(returned, issued))])


def _share(part: int | None, whole: int | None) -> str | None:
    return f"{part}/{whole} {int(part * 1000 / whole) / 10:.1f}%" if part is not None and whole else None


__all__ = ["Report", "Section", "build", "plain", "said"]
