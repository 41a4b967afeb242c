"""Drafts: the clock keeps every report as it read when its period ended; people write on it and check it until it is signed."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from callcenter.domain.report_words import LONGEST, NOTES, WRITERS
from callcenter.domain.ticket import Refused, Staff
from callcenter.domain.vocabulary import Clock
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import period_promises
from callcenter.services.reports import building, failing, locking, members, sheet
from callcenter.storage import facts
from callcenter.storage.codec import dumps
from callcenter.storage.report_tables import ReportDraftRow
from callcenter.storage.tables import PeriodRow

#: a shift and a survey are open before they end: there is nothing to draft in advance
UNDRAFTED = (Clock.HANDOVER, Clock.SURVEY)

log = logging.getLogger(__name__)


def draft_due(hotline: Hotline, now: datetime) -> int:
    """Draft every report whose period is over and that nobody has drafted or confirmed; how many were new. Safe in several clocks at once."""
    with hotline.store.reading() as session:
        waiting = list(session.scalars(
            sa.select(PeriodRow.id).outerjoin(ReportDraftRow, ReportDraftRow.period_id == PeriodRow.id).where(
                PeriodRow.kind.not_in(UNDRAFTED), PeriodRow.confirmed_at.is_(None), PeriodRow.until <= now,
                ReportDraftRow.period_id.is_(None)).order_by(PeriodRow.id)))
        failed = failing.of(session, waiting)
    return sum(_tried(hotline, id_, now) for id_ in waiting if id_ not in failed or failed[id_].again_at <= now)


def _tried(hotline: Hotline, id_: int, now: datetime) -> bool:
    """A report that cannot be counted stays undrafted, says so on the page of reports and is tried again; the next one is not to blame."""
    try:
        return _drafted(hotline, id_, now)
    except Exception as wrong:
        log.exception("报表草稿未能生成 (a report could not be drafted): period %s", id_)
        failing.record(hotline, id_, wrong, now)
        return False


def _drafted(hotline: Hotline, id_: int, now: datetime) -> bool:
    """Counted outside the transaction that writes it: a year takes a while, and nobody has to wait for it."""
    with hotline.store.reading() as session:
        content = in_both(hotline, session, session.get_one(PeriodRow, id_), now)
    try:
        with hotline.store.transaction() as session:
            period = session.get_one(PeriodRow, id_, with_for_update=True, populate_existing=True)
            if period.confirmed_at is not None or session.get(ReportDraftRow, id_) is not None:
                return False
            session.add(ReportDraftRow(period_id=id_, drafted_at=now, content=content, notes={}, version=0))
            session.flush()
            period_promises.event(session, period, "report_drafted", "system", now, f"period:{id_}:drafted", {})
    except IntegrityError:
        return False
    return True


def refresh(hotline: Hotline, kind: str, key: str, compound: str, by: str, now: datetime) -> None:
    """
    Count a draft anew from what the records say now; what was written on it stays, a check of other numbers is void.

    Raises:
        Refused: "unknown_period", "not_allowed", "report_signed".
    """
    with hotline.store.reading() as session:
        content = in_both(hotline, session, locking.found(session, kind, key, compound), now)
    with hotline.store.transaction() as session:
        row = _own(hotline, session, kind, key, compound, by, now)
        if dumps(row.content) != dumps(content):
            row.content, row.checked_by, row.checked_at = content, None, None
        row.drafted_at = now
        period = session.get_one(PeriodRow, row.period_id)
        period_promises.event(session, period, "report_drafted", by, now, f"period:{period.id}:drafted:{period.chain_seq}", {})


def in_both(hotline: Hotline, session: Session, period: PeriodRow, now: datetime) -> dict[str, Any]:
    """
    The report recounted, as text in both languages, with the names of what its numbers count.

    Raises:
        Refused: "report_uncountable": something in its records is not as it should be.
    """
    try:
        report = building.build(hotline, session, period, now)
        texts = {language: sheet.plain(report, language) for language in ("zh", "en")}
    except (SQLAlchemyError, Refused):
        raise
    except Exception as wrong:
        log.exception("报表未能统计 (a report could not be counted): %s %s", period.kind, period.key)
        raise Refused("report_uncountable", period=f"{period.kind} {period.key}", what=failing.said(wrong)) from wrong
    return {**texts, "behind": members.kept(report.sections)}


def draft(session: Session, period_id: int) -> ReportDraftRow | None:
    """The draft of a period's report."""
    return session.get(ReportDraftRow, period_id, populate_existing=True)


def write(hotline: Hotline, kind: str, key: str, compound: str, by: str, notes: Mapping[str, str], version: int, now: datetime) -> None:
    """
    Save what *by* wrote on a report; a check made before is void.

    Raises:
        Refused: "unknown_period", "not_allowed", "report_signed", "changed_meanwhile" when somebody saved since *version*, "too_long".
    """
    with hotline.store.transaction() as session:
        row = _own(hotline, session, kind, key, compound, by, now)
        if row.version != version:
            raise Refused("changed_meanwhile")
        period = session.get_one(PeriodRow, row.period_id)
        after = _read(Clock(period.kind), notes)
        if after == row.notes:
            return
        row.notes, row.version, row.written_by, row.written_at = after, row.version + 1, by, now
        row.checked_by = row.checked_at = None
        period_promises.event(session, period, "report_written", by, now, f"period:{period.id}:written:{row.version}", {"notes": after})


def _read(kind: Clock, notes: Mapping[str, str]) -> dict[str, str]:
    """The notes this kind of report has, trimmed, empty ones left out."""
    found = {}
    for field in NOTES.get(kind, ()):
        text = notes.get(field.name, "").replace("\r\n", "\n").strip()
        if len(text) > LONGEST:
            raise Refused("too_long", field=field, longest=LONGEST)
        if text:
            found[field.name] = text
    return found


def check(hotline: Hotline, kind: str, key: str, compound: str, by: str, now: datetime) -> None:
    """*by* has read the report through; somebody else than whoever wrote on it last.

    Raises:
        Refused: "unknown_period", "not_allowed", "report_signed", "own_report".
    """
    with hotline.store.transaction() as session:
        row = _own(hotline, session, kind, key, compound, by, now)
        if row.written_by == by:
            raise Refused("own_report")
        row.checked_by, row.checked_at = by, now
        period = session.get_one(PeriodRow, row.period_id)
        period_promises.event(session, period, "report_checked", by, now, f"period:{period.id}:checked:{period.chain_seq}", {"version": row.version})


def _own(hotline: Hotline, session: Session, kind: str, key: str, compound: str, by: str, now: datetime) -> ReportDraftRow:
    """The draft to be worked on, made now where the clock has made none; refused to who may not, or once it is signed."""
    period = locking.locked(session, kind, key, compound)
    if not may_write(facts.staff(session, now), by, compound) or Clock(period.kind) not in NOTES:
        raise Refused("not_allowed", action=Clock(period.kind), who=sorted(WRITERS))
    if period.confirmed_at is not None:
        raise Refused("report_signed")
    row = draft(session, period.id)
    if row is None:
        row = ReportDraftRow(period_id=period.id, drafted_at=now, content=in_both(hotline, session, period, now), notes={}, version=0)
        session.add(row)
        session.flush()
    return row


def may_write(staff: Staff, user: str, compound: str = "") -> bool:
    """Whether *user* may write on a report and check it, by badge or by this shift's roster."""
    person = staff.people.get(user)
    return person is not None and person.active and bool(WRITERS & staff.roles(user)) and person.covers(compound or None)
