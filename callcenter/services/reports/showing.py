"""A report as its page shows it: what it says, what was written, who signed and acknowledged, what was corrected, what reads differently now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from callcenter.domain.forms import Field
from callcenter.domain.report_words import CODES, NOTES
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Clock, Department, Role
from callcenter.services.hotline import Hotline
from callcenter.services.reports import correcting, drafting, listing, signing
from callcenter.services.reports.correcting import Difference
from callcenter.services.reports.listing import Line
from callcenter.services.reports.signing import Signed
from callcenter.storage import facts
from callcenter.storage.report_tables import ReportCorrectionRow, ReportDraftRow
from callcenter.storage.tables import PeriodRow

#: recounting these takes long: a draft is shown as the clock stored it, a signed one compared, until somebody asks for a recount
LONG = frozenset({Clock.MONTHLY_REPORT, Clock.QUARTERLY_REPORT, Clock.YEARLY_REPORT})


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction, its cells in the reader's language."""

    row: ReportCorrectionRow
    title: str
    cells: tuple[tuple[str, str, str, str], ...]
    more: int


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A department of a weekly report: who acknowledged it, when, or nobody yet."""

    department: Department
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the page needs."""

    line: Line
    code: str
    text: dict[str, Any]
    #: section → "row/column" of the numbers whose members are kept; None of a report kept before there were any
    behind: dict[str, Any] | None
    notes: dict[str, str]
    fields: tuple[Field, ...]
    people: dict[str, Person]
    draft: ReportDraftRow | None
    signed: Signed | None
    #: the hash of what is shown, for whoever signs it
    seen: str
    #: what is shown was counted then and not since; None where it was counted for this page, or signed
    as_of: datetime | None
    corrections: Sequence[Correction]
    #: an unsigned report: since it was drafted; a signed one: since it was signed
    differences: Sequence[Difference]
    compared: bool
    acknowledgements: Sequence[Acknowledgement]
    may_write: bool
    may_correct: bool


def show(hotline: Hotline, session: Session, line: Line, user: str, language: str, now: datetime, *, compare: bool = False) -> Shown:
    """*line*'s report for *user*; a long one is recounted after signing only if *compare* asks for it."""
    period, staff = session.get_one(PeriodRow, line.id), facts.staff(session, now)
    found, draft = signing.signed(session, line.id), drafting.draft(session, line.id)
    look = _recounted(line.kind, found, draft, compare)
    live = drafting.in_both(hotline, session, period, now) if look else None
    content = found.current if found else _unsigned(live, draft)
    department = listing.only_department(staff, user)
    blind = department is not None
    return Shown(
        line=line, code=CODES.get(line.kind, ""), text=_only(content["report"][language], department),
        behind=content["report"].get("behind"), notes={} if blind else content["notes"],
        fields=NOTES.get(line.kind, ()), people=dict(staff.people), draft=draft, signed=found,
        seen="" if found else signing.digest(content["report"]), as_of=draft.drafted_at if draft and not found and not look else None,
        corrections=[_correction(one, found, language) for one in found.corrections] if found and not blind else [],
        differences=_differing(found, draft, live, language) if live and not blind else [], compared=look,
        acknowledgements=[a for a in _acknowledged(line, staff.people) if department in (None, a.department)],
        may_write=line.confirmed_at is None and bool(NOTES.get(line.kind)) and drafting.may_write(staff, user, line.compound),
        may_correct=found is not None and correcting.may_correct(hotline, session, period, user, now))


def _recounted(kind: Clock, found: Signed | None, draft: ReportDraftRow | None, compare: bool) -> bool:
    """Whether the page counts the report anew."""
    if found is None:
        return draft is None or kind not in LONG
    return kind not in correcting.SNAPSHOTS and (compare or kind not in LONG)


def _unsigned(live: dict[str, Any] | None, draft: ReportDraftRow | None) -> dict[str, Any]:
    return {"report": live or (draft.content if draft else {}), "notes": dict(draft.notes) if draft else {}}


def _only(text: dict[str, Any], department: str | None) -> dict[str, Any]:
    """A department's head sees what is their own department's."""
    if department is None:
        return text
    return {**text, "sections": [s for s in text["sections"] if s["department"] == department]}


def _differing(found: Signed | None, draft: ReportDraftRow | None, live: dict[str, Any], language: str) -> list[Difference]:
    kept = found.current["report"] if found else draft.content if draft else None
    return list(correcting.between(kept[language], live[language])) if kept else []


def _correction(row: ReportCorrectionRow, found: Signed, language: str) -> Correction:
    what, _, name = row.about.partition(":")
    kind = Clock(found.row.content["report"][language]["kind"])
    if what == "note":
        field = next((f for f in NOTES.get(kind, ()) if f.name == name), None)
        title = field.label(language) if field else name
        return Correction(row, title, (("", "", row.was or "—", row.now or "—"),), 0)
    section = next(s for s in found.row.content["report"][language]["sections"] if signing.named(s) == name)
    title = section["title"] + (f" · {Department(section['department']).label(language)}" if section["department"] else "")
    cells = correcting.cells({**section, "rows": row.was[language]}, {**section, "rows": row.now[language]})
    return Correction(row, title, tuple(cells[:correcting.SHOWN]), max(0, len(cells) - correcting.SHOWN))


def _acknowledged(line: Line, people: Any) -> list[Acknowledgement]:
    """Every department that has a head, whether it has acknowledged or not."""
    if line.kind is not Clock.WEEKLY_REPORT or line.confirmed_at is None:
        return []
    heads = {p.department for p in people.values() if p.active and Role.DEPT_HEAD in p.roles and p.department}
    found = []
    for department in Department:
        sign = line.signed.get(department)
        if sign or department in heads:
            by = people[sign["by"]].name if sign and sign["by"] in people else (sign["by"] if sign else "")
            found.append(Acknowledgement(department, by, sign["at"] if sign else None))
    return found
