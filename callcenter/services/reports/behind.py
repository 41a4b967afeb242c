"""What is behind one number of a report: the names kept with it when it was counted, as far as they are the reader's to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from callcenter.services.hotline import Hotline
from callcenter.services.reports import drafting, listing, members, showing, signing
from callcenter.services.reports.listing import Line
from callcenter.services.reports.members import Member
from callcenter.storage import facts
from callcenter.storage.tables import PeriodRow

#: on one page
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Behind:
    """Where the number stands, how many it counts, and one page of those the reader may see."""

    section: str
    where: str
    total: int
    members: Sequence[Member]
    #: as they were kept with the report; else counted for this page
    kept: bool
    #: how many of them all pages account for: what was counted twice stands there once
    listed: int
    #: of how many the names are known; of very many the first (members.KEPT)
    named: int
    page: int = 1
    pages: int = 1


def behind(hotline: Hotline, session: Session, line: Line, user: str, name: str, row: str, column: int, language: str,
           now: datetime, at: int | None = None, page: int = 1) -> Behind | None:
    """
    The line *row* of section *name*, in the words of whoever made the link; None when the report has no such number.

    Args:
        at: which line it was, where two are called the same.
        page: which page of its members, from 1; too great a one gives the last.
    """
    staff = facts.staff(session, now)
    only, kept = listing.only_department(staff, user), _kept(session, line)
    report = kept if kept and "behind" in kept else drafting.in_both(hotline, session, session.get_one(PeriodRow, line.id), now)
    section = next((s for s in report[language]["sections"] if signing.named(s) == name and only in (None, s["department"])), None)
    if section is None or not 0 <= column < len(section["columns"]):
        return None
    lines = [n for n, called in enumerate(_called(report, name)) if row in called]
    if not lines:
        return None
    y = at if at in lines else lines[0]
    total, names = report["behind"].get(name, {}).get(f"{y}/{column}", (0, []))
    found = members.read(session, hotline.rulebook.policy, names, staff.people[user].compounds)
    pages = max(1, -(-len(found) // SHOWN))
    page = min(max(1, page), pages)
    return Behind(section["title"], f"{section['rows'][y][0]} · {section['columns'][column]}", total, found[(page - 1) * SHOWN:page * SHOWN],
                  report is kept, sum(m.times for m in found), len(names), page, pages)


def _kept(session: Session, line: Line) -> dict[str, Any] | None:
    """What the page shows, where it was not counted for it: the report as it stands signed, or a long one's draft."""
    if (found := signing.signed(session, line.id)) is not None:
        report: dict[str, Any] = found.current["report"]
        return report
    draft = drafting.draft(session, line.id) if line.kind in showing.LONG else None
    return draft.content if draft else None


def _called(report: dict[str, Any], name: str) -> list[set[str]]:
    """What each line of a section is called, in both languages."""
    both = [next(s["rows"] for s in report[language]["sections"] if signing.named(s) == name) for language in signing.LANGUAGES]
    return [{row[0] for row in rows if row} for rows in zip(*both, strict=False)]
