"""The report of a period, recounted from calls, events, promises and records each time it is asked for."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import Clock
from callcenter.services import figures
from callcenter.services.hotline import Hotline
from callcenter.services.reports import day, facts, half, month, quarter, shift, week, year
from callcenter.services.reports.sheet import Report, Section
from callcenter.storage.tables import PeriodRow


def build(hotline: Hotline, session: Session, period: PeriodRow, now: datetime) -> Report:
    """The report of a period as its end found it, or as it stands at *now* while the period runs."""
    since, until = period.since, max(min(period.until, now), period.since)
    return Report(Clock(period.kind), period.key, since, period.until, tuple(_sections(hotline, session, period, since, until)))


def _sections(hotline: Hotline, session: Session, period: PeriodRow, since: datetime, until: datetime) -> Iterable[Section]:
    kind = Clock(period.kind)
    match kind:
        case Clock.SURVEY:
            return half.sections(hotline, session, period, until)
        case Clock.QUARTERLY_REPORT:
            return quarter.sections(hotline, session, since, until)
        case Clock.YEARLY_REPORT:
            return year.sections(hotline, session, since, until)
    window = facts.read(hotline.rulebook.policy, session, since, until)
    match kind:
        case Clock.DAILY_CLOSE:
            return day.sections(window)
        case Clock.WEEKLY_REPORT:
            return week.sections(session, window)
        case Clock.HANDOVER:
            return shift.sections(session, window, period.content["user"])
    return month.sections(session, period.key, window, figures.all_figures(hotline, session, until, since, until, listed=True))
