"""Drafts that could not be counted: written into the period's history, tried again after a growing pause, shown until one succeeds."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import period_promises
from callcenter.storage.tables import EventRow, PeriodRow

#: until the second try; each further pause is twice as long, up to the longest
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=1)
#: so much of what went wrong is kept
_LONGEST = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """How often a draft could not be counted, when last, what went wrong, and when it is tried again."""

    times: int
    at: datetime
    what: str
    again_at: datetime


def said(wrong: Exception) -> str:
    """What went wrong, for whoever is asked to mend it."""
    if isinstance(wrong, Refused) and wrong.said.get("what"):
        return str(wrong.said["what"])
    return " ".join(f"{type(wrong).__name__}: {wrong}".split())[:_LONGEST]


def record(hotline: Hotline, period_id: int, wrong: Exception, now: datetime) -> None:
    """Write down that a draft failed; where even that is not possible, the log alone has it."""
    try:
        with hotline.store.transaction() as session:
            period = session.get_one(PeriodRow, period_id, with_for_update=True, populate_existing=True)
            before = of(session, [period_id]).get(period_id)
            if before is not None and before.again_at > now:
                return  # another clock has just tried it
            times = before.times + 1 if before else 1
            period_promises.event(session, period, "report_not_drafted", Role.SYSTEM, now, f"period:{period_id}:not_drafted:{times}",
                                  {"times": times, "what": said(wrong)})
    except Exception:
        log.exception("报表草稿失败未能记录 (a failed draft could not be written down): period %s", period_id)


def of(session: Session, period_ids: Collection[int]) -> dict[int, Failure]:
    """The last failure of each of these periods that had one."""
    if not period_ids:
        return {}
    rows = session.execute(sa.select(EventRow.period_id, EventRow.at, EventRow.data).where(
        EventRow.period_id.in_(list(period_ids)), EventRow.action == "report_not_drafted").order_by(EventRow.id))
    return {id_: _failure(at, int(data["times"]), str(data["what"])) for id_, at, data in rows if id_ is not None}


def _failure(at: datetime, times: int, what: str) -> Failure:
    pause = min(FIRST_PAUSE * 2 ** min(times - 1, 10), LONGEST_PAUSE)
    return Failure(times, at, what, at + pause)
