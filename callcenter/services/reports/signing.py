"""Signed reports: frozen word for word with a hash, corrected by entries chained onto it, verified by the doctor."""

import copy
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.services.reports import drafting
from callcenter.storage.codec import dumps
from callcenter.storage.ledger import Fault
from callcenter.storage.report_tables import ReportCorrectionRow, ReportSignedRow
from callcenter.storage.tables import EventRow, PeriodRow

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Signed:
    """A report as it stands: what was signed, and every correction since, in order."""

    row: ReportSignedRow
    corrections: Sequence[ReportCorrectionRow]

    @property
    def hash(self) -> str:
        """The end of the chain: it vouches for everything before it."""
        return self.corrections[-1].hash if self.corrections else self.row.sha256

    @property
    def current(self) -> dict[str, Any]:
        """The content with its corrections in place; what was signed stays as it was."""
        content = copy.deepcopy(self.row.content)
        for one in self.corrections:
            put(content, one.about, one.now)
        return content


def freeze(session: Session, period: PeriodRow, report: dict[str, Any], by: str, now: datetime) -> str:
    """Keep *report* and what people wrote on it for ever; the hash of it."""
    draft = drafting.draft(session, period.id)
    content = {"report": report, "notes": dict(draft.notes) if draft else {}}
    sha = digest(content)
    session.add(ReportSignedRow(period_id=period.id, content=content, sha256=sha, signed_by=by, signed_at=now))
    return sha


def digest(content: Any) -> str:
    """The hash a content must have."""
    return hashlib.sha256(dumps(content).encode()).hexdigest()


def seal(prev_hash: str, period_id: int, seq: int, about: str, was: Any, now: Any, why: str, by: str, at: datetime) -> str:
    """The hash a correction must have; it covers the one before it."""
    return digest([prev_hash, period_id, seq, about, was, now, why, by, at])


def signed(session: Session, period_id: int) -> Signed | None:
    """The signed report of a period; None while nobody has signed one."""
    row = session.scalar(sa.select(ReportSignedRow).where(ReportSignedRow.period_id == period_id))
    if row is None:
        return None
    return Signed(row, list(session.scalars(
        sa.select(ReportCorrectionRow).where(ReportCorrectionRow.period_id == period_id).order_by(ReportCorrectionRow.seq))))


def held(content: dict[str, Any], about: str) -> Any:
    """What a content says about "section:…" (with what its numbers count) or "note:…"; None where it has no such section."""
    what, _, name = about.partition(":")
    if what == "note":
        return content["notes"].get(name, "")
    found = {language: next((s["rows"] for s in content["report"][language]["sections"] if named(s) == name), None) for language in LANGUAGES}
    if found["zh"] is None:
        return None
    behind = content["report"].get("behind")
    return found if behind is None else {**found, "behind": behind.get(name, {})}


def put(content: dict[str, Any], about: str, value: Any) -> None:
    """Set what a content says about "section:…" or "note:…"."""
    what, _, name = about.partition(":")
    if what == "note":
        content["notes"][name] = value
        return
    for language in LANGUAGES:
        for section in content["report"][language]["sections"]:
            if named(section) == name:
                section["rows"] = value[language]
    if "behind" in value:
        content["report"].setdefault("behind", {})[name] = value["behind"]


def named(section: dict[str, Any]) -> str:
    """A section's name within its report; the ones kept longest have none of their own."""
    return str(section.get("name") or (f"{section['key']}/{section['department']}" if section.get("department") else section["key"]))


def faults(session: Session) -> Iterator[Fault]:
    """Every signed report and correction that no longer is what was signed: content, chain, or the hash in the ledger."""
    told = _told(session)
    for row in session.scalars(sa.select(ReportSignedRow).order_by(ReportSignedRow.id).execution_options(yield_per=50)):
        name = _name(session, row.period_id)
        if digest(row.content) != row.sha256:
            yield Fault(f"{name}: content was changed", f"{name.zh}:内容被改动")
        if told.get(row.period_id, row.sha256) != row.sha256:
            yield Fault(f"{name}: not what the ledger says was signed", f"{name.zh}:不是日志所记签发的那份")
        yield from _chain(session, row, name)
    yield from _missing(session, told)


def _name(session: Session, period_id: int) -> Fault:
    """What people call the report, in both languages."""
    period = session.get(PeriodRow, period_id)
    said = f"{period_id}" if period is None else " ".join(filter(None, (period.kind, period.key, period.compound)))
    return Fault(f"report of period {said}", f"报表 {said}")


def _told(session: Session) -> dict[int, str]:
    """What the ledger knows of each report's hash."""
    rows = session.execute(sa.select(EventRow.period_id, EventRow.data).where(
        EventRow.action.in_(("period_confirmed", "handed_over")), EventRow.period_id.is_not(None)))
    return {id_: data["report_sha"] for id_, data in rows if id_ is not None and "report_sha" in data}


def _chain(session: Session, row: ReportSignedRow, name: Fault) -> Iterator[Fault]:
    before, seq = row.sha256, 0
    mine = sa.select(ReportCorrectionRow).where(ReportCorrectionRow.period_id == row.period_id)
    for one in session.scalars(mine.order_by(ReportCorrectionRow.seq)):
        seq += 1
        if one.seq != seq or one.prev_hash != before:
            yield Fault(f"{name}: a correction before number {one.seq} is missing", f"{name.zh}:第 {one.seq} 次更正之前缺了一次")
        if seal(one.prev_hash, one.period_id, one.seq, one.about, one.was, one.now, one.why, one.by, one.at) != one.hash:
            yield Fault(f"{name}: correction {one.seq} was changed", f"{name.zh}:第 {one.seq} 次更正被改动")
        before = one.hash
    last = session.scalar(sa.select(sa.func.count()).select_from(EventRow).where(
        EventRow.action == "report_corrected", EventRow.period_id == row.period_id)) or 0
    if last != seq:
        yield Fault(f"{name}: the ledger knows {last} corrections, there are {seq}", f"{name.zh}:日志记有 {last} 次更正,现有 {seq} 次")


def _missing(session: Session, told: dict[int, str]) -> Iterator[Fault]:
    """Reports the ledger says were signed, and that are not there."""
    there = set(session.scalars(sa.select(ReportSignedRow.period_id)))
    for id_ in sorted(told.keys() - there):
        name = _name(session, id_)
        yield Fault(f"{name}: signed and gone", f"{name.zh}:签发过,现在没有了")
