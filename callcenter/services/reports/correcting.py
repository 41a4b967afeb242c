"""Corrections: a signed report is recounted, what differs is shown with both numbers, and what is put right is an entry of its own."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from callcenter.domain.report_words import LONGEST, NOTES
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Clock, Role
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import period_promises
from callcenter.services.reports import drafting, locking, sending, signing
from callcenter.services.reports.signing import Signed
from callcenter.storage import facts
from callcenter.storage.report_tables import ReportCorrectionRow
from callcenter.storage.tables import PeriodRow

#: how things stood at one moment: a recount later is no correction
SNAPSHOTS = frozenset({Clock.HANDOVER, Clock.SURVEY})
#: lines of one section that are shown one by one
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """What a section says and what its records say now, cell by cell, in one language."""

    about: str
    title: str
    department: str | None
    #: what names the line, the column, what is written, what is counted now
    cells: tuple[tuple[str, str, str, str], ...]
    more: int


def differences(hotline: Hotline, session: Session, period: PeriodRow, found: Signed, language: str, now: datetime) -> list[Difference]:
    """Where a signed report, its corrections included, and a recount differ."""
    live = drafting.in_both(hotline, session, period, now)
    return list(between(found.current["report"][language], live[language]))


def between(kept: Mapping[str, Any], live: Mapping[str, Any]) -> Iterator[Difference]:
    """The differences of two texts of one report, by the columns each section is compared by."""
    counted = {signing.named(s): s for s in live["sections"]}
    for section in kept["sections"]:
        other = counted.get(signing.named(section))
        if other is None or not (found := cells(section, other)):
            continue
        yield Difference(f"section:{signing.named(section)}", section["title"], section["department"], tuple(found[:SHOWN]),
                         max(0, len(found) - SHOWN))


def cells(kept: Mapping[str, Any], live: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Of every cell that differs what names its line, its column, what it was and what it is; of a line that came or went only that."""
    columns = [x for x in live.get("compared") or range(len(live["columns"])) if x < len(live["columns"])]
    was, now = _keyed(kept["rows"], columns), _keyed(live["rows"], columns)
    found = []
    for key in dict.fromkeys([*was, *now]):
        if key not in was or key not in now:
            found.append((key, "", _whole(was, key), _whole(now, key)))
            continue
        found += [(key, live["columns"][x], was[key][x], now[key][x]) for x in columns[1:] if was[key].get(x) != now[key].get(x)]
    return found


def _whole(rows: Mapping[str, Mapping[int, str]], key: str) -> str:
    """A line as one text; a dash where there is none."""
    return (" / ".join(list(rows[key].values())[1:]) or "✓") if key in rows else "—"


def _keyed(rows: list[list[str]], columns: list[int]) -> dict[str, dict[int, str]]:
    """The rows by their first cell; a name that comes again is numbered."""
    times: Counter[str] = Counter()
    keyed = {}
    for row in rows:
        times[row[0]] += 1
        key = row[0] if times[row[0]] == 1 else f"{row[0]} ({times[row[0]]})"
        keyed[key] = {x: row[x] if x < len(row) else "—" for x in columns}
    return keyed


def recount(hotline: Hotline, kind: str, key: str, compound: str, by: str, about: Collection[str], why: str, now: datetime) -> int:
    """
    Put the sections named in *about* right by what the records say now; one entry each. Numbers are only ever put right this way.

    Raises:
        Refused: "unknown_period", "not_allowed", "not_signed", "reason_needed", "nothing_to_correct".
    """
    with hotline.store.transaction() as session:
        period, found = _open(hotline, session, kind, key, compound, by, why, now)
        live = {"report": drafting.in_both(hotline, session, period, now), "notes": {}}
        if Clock(period.kind) in SNAPSHOTS:
            raise Refused("nothing_to_correct")
        differing = {d.about for d in between(found.current["report"]["zh"], live["report"]["zh"])}
        chosen = [name for name in dict.fromkeys(about) if name in differing]
        if not chosen:
            raise Refused("nothing_to_correct")
        for name in chosen:
            found = _enter(session, period, found, name, signing.held(live, name), why.strip(), by, now)
        sending.corrected(session, hotline, period, by, why.strip(), now)
    return len(chosen)


def rewrite(hotline: Hotline, kind: str, key: str, compound: str, by: str, note: str, text: str, why: str, now: datetime) -> None:
    """
    Put what was written by hand right.

    Raises:
        Refused: as recount; "too_long".
    """
    with hotline.store.transaction() as session:
        period, found = _open(hotline, session, kind, key, compound, by, why, now)
        text = text.replace("\r\n", "\n").strip()
        if note not in {f.name for f in NOTES.get(Clock(period.kind), ())} or text == (signing.held(found.current, f"note:{note}") or ""):
            raise Refused("nothing_to_correct")
        if len(text) > LONGEST:
            raise Refused("too_long", field=next(f for f in NOTES[Clock(period.kind)] if f.name == note), longest=LONGEST)
        _enter(session, period, found, f"note:{note}", text, why.strip(), by, now)
        sending.corrected(session, hotline, period, by, why.strip(), now)


def may_correct(hotline: Hotline, session: Session, period: PeriodRow, user: str, now: datetime) -> bool:
    """Whoever may sign such a report may correct it; so may the quality department."""
    staff = facts.staff(session, now)
    rule = hotline.rulebook.policy.period_promise(Clock(period.kind))
    wanted = {*(rule.signed_by if rule else ()), Role.QUALITY}
    person = staff.people.get(user)
    return person is not None and person.active and bool(wanted & staff.roles(user)) and person.covers(period.compound or None)


def _open(hotline: Hotline, session: Session, kind: str, key: str, compound: str, by: str, why: str, now: datetime) -> tuple[PeriodRow, Signed]:
    period = locking.locked(session, kind, key, compound)
    found = signing.signed(session, period.id)
    if found is None:
        raise Refused("not_signed")
    if not may_correct(hotline, session, period, by, now):
        raise Refused("not_allowed", action=Clock(period.kind), who=[Role.QUALITY])
    if not why.strip():
        raise Refused("reason_needed")
    return period, found


def _enter(session: Session, period: PeriodRow, found: Signed, about: str, value: Any, why: str, by: str, now: datetime) -> Signed:
    """One entry, hashed onto the one before it and written into the period's history."""
    was, seq = signing.held(found.current, about), len(found.corrections) + 1
    sealed = signing.seal(found.hash, period.id, seq, about, was, value, why, by, now)
    row = ReportCorrectionRow(period_id=period.id, seq=seq, about=about, was=was, now=value, why=why, by=by, at=now, prev_hash=found.hash,
                              hash=sealed)
    session.add(row)
    session.flush()
    period_promises.event(session, period, "report_corrected", by, now, f"period:{period.id}:corrected:{seq}", {
        "about": about, "why": why, "hash": sealed})
    return Signed(found.row, [*found.corrections, row])
