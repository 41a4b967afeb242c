"""Files taken into the registers: all faults named with their line, nothing written unless all is right, nothing twice on a second run."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.forms import Field
from callcenter.domain.registers import SHEETS, Sheet
from callcenter.domain.ticket import Refused
from callcenter.services import places
from callcenter.services.hotline import Hotline
from callcenter.services.registers import archive, staff, working_days
from callcenter.services.registers.entries import CONSOLE
from callcenter.services.registers.typed import Misfit, read
from callcenter.services.rosters import weeks
from callcenter.storage import facts
from callcenter.storage.tables import CompoundRow, CustomerRow, DutyRow, PersonRow, RoomRow

#: what became of a line
ADDED, CHANGED, SAME = "added", "changed", "same"
#: faults listed at most; whoever has more mends these first
MOST = 200

Entry = Callable[[Session, Mapping[str, Any], datetime, str], str]


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be taken in, and why."""

    line: int
    column: str
    why: Refused


@dataclass(slots=True)
class Taken:
    """What a file has done, or would have."""

    counts: dict[str, int] = field(default_factory=lambda: {ADDED: 0, CHANGED: 0, SAME: 0})
    faults: list[Fault] = field(default_factory=list)
    written: bool = False


class _UndoneError(Exception):
    """Rolls the transaction back."""


def template(kind: str) -> str:
    """The header of a file of this kind with an example line, as CSV."""
    sheet, out = SHEETS[kind], io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in sheet.columns])
    writer.writerow([sheet.example[column.name] for column in sheet.columns])
    return out.getvalue()


def take_in(hotline: Hotline, kind: str, data: bytes, name: str, now: datetime, check: bool = False) -> Taken:
    """
    Take a file into the register *kind*; its lines count as changes by the command line, with the file's name as the reason.

    Args:
        check: find out only; nothing is written.
    """
    taken = Taken()
    try:
        with hotline.store.transaction() as session:
            _lines(session, SHEETS[kind], _ENTRIES[kind], data, name, now, taken)
            if kind == "people":
                facts.people_changed(session)
            if taken.faults or check:
                raise _UndoneError
        taken.written = True
    except _UndoneError:
        pass
    return taken


def _lines(session: Session, sheet: Sheet, enter: Entry, data: bytes, name: str, now: datetime, taken: Taken) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for line, typed in _read(sheet, data, taken):
        if len(taken.faults) >= MOST:
            return
        try:
            values = read(sheet.columns, typed)
            same = tuple(typed.get(c.name, "").strip() for c in sheet.columns)
            if same in seen:
                raise Refused("same_line", line=seen[same])
            seen[same] = line
            with session.begin_nested():
                taken.counts[enter(session, values, now, name)] += 1
        except Misfit as misfit:
            taken.faults += [Fault(line, column, why) for column, why in misfit.wrong.items()]
        except Refused as no:
            taken.faults.append(Fault(line, "", no))


def _read(sheet: Sheet, data: bytes, taken: Taken) -> Iterator[tuple[int, dict[str, str]]]:
    """Every line that is not empty, under the columns' names; a header may say them in either language."""
    if b"\0" in data:  # a workbook or a picture
        taken.faults.append(Fault(1, "", Refused("not_a_table", why="binary, 不是文本文件")))
        return
    rows = csv.reader(io.StringIO(_text(data), newline=""), strict=True)
    try:
        header = [_column(sheet, cell) for cell in next(rows, [])]
        if not _headed(sheet, header, taken):
            return
        for row in rows:
            if any(cell.strip() for cell in row):
                yield rows.line_num, {column.name: cell for column, cell in zip(header, row, strict=False) if isinstance(column, Field)}
    except csv.Error as wrong:
        taken.faults.append(Fault(rows.line_num, "", Refused("not_a_table", why=str(wrong))))


def _text(data: bytes) -> str:
    """UTF-8, or what Chinese spreadsheets write."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def _column(sheet: Sheet, cell: str) -> Field | str:
    text = "".join(letter for letter in cell.strip() if letter.isprintable())[:40]
    return next((c for c in sheet.columns if text.lower() in (c.name, c.zh, c.en.lower())), text)


def _headed(sheet: Sheet, header: list[Field | str], taken: Taken) -> bool:
    """Whether the header names every column that must be there and none that is unknown or twice there."""
    valid = ", ".join(c.name for c in sheet.columns)
    names = [c.name for c in header if isinstance(c, Field)]
    for cell in header:
        if isinstance(cell, str) and cell:
            taken.faults.append(Fault(1, cell, Refused("unknown_field", field=cell, valid=valid)))
        elif isinstance(cell, Field) and names.count(cell.name) > 1:
            taken.faults.append(Fault(1, cell.name, Refused("already_there", what=cell)))
    missing = tuple(c for c in sheet.columns if c.must and c.name not in names)
    if missing:
        taken.faults.append(Fault(1, "", Refused("missing", fields=missing)))
    return not taken.faults


def _room(session: Session, values: Mapping[str, Any], now: datetime, reason: str) -> str:
    compound = session.get(CompoundRow, values["compound_code"])
    archive.save_compound(session, CONSOLE, {
        "code": values["compound_code"], "name": values["compound"], "region": values["region"],
        "handed_over": compound.handed_over_at if compound else values["handed_over"]}, now, reason)
    text = places.tidy(values["room"] or archive.address(values["compound"], values["building"], values["entrance"], values["number"]))
    row = session.scalar(sa.select(RoomRow).where(RoomRow.text == text))
    if row is None:
        archive.add_room(session, CONSOLE, {**values, "compound": values["compound_code"]}, now, reason)
        return ADDED
    if row.compound != values["compound_code"]:
        raise Refused("already_there", what=f"{text} ({row.compound})")
    return CHANGED if archive.change_room(session, CONSOLE, row, values, now, reason) else SAME


def _customer(session: Session, values: Mapping[str, Any], now: datetime, reason: str) -> str:
    room = session.scalar(sa.select(RoomRow).where(RoomRow.text == places.tidy(values["room"]), RoomRow.valid_to.is_(None)))
    if room is None:
        raise Refused("unknown_place", place=values["room"])
    row: CustomerRow | None = archive.same(session, room.id, values["name"], values["phone"])
    if row is None:
        archive.add_customer(session, CONSOLE, room, values, now, reason)
        return ADDED
    return CHANGED if archive.change_customer(session, CONSOLE, row, values, now, reason) else SAME


def _person(session: Session, values: Mapping[str, Any], now: datetime, reason: str) -> str:
    if session.get(PersonRow, values["user"]) is None:
        staff.enter(session, CONSOLE, values, now, reason)
        return ADDED
    return CHANGED if staff.rewrite(session, CONSOLE, values["user"], values, now, reason) else SAME


def _turn(session: Session, values: Mapping[str, Any], now: datetime, reason: str) -> str:
    start, end = weeks.times(values)
    there = session.scalars(sa.select(DutyRow).where(DutyRow.user == values["user"], DutyRow.start_at == start, DutyRow.end_at == end))
    if any(values["role"] in row.roles for row in there):
        return SAME
    weeks.enter(session, CONSOLE, values, now, reason)
    return ADDED


def _day(session: Session, values: Mapping[str, Any], now: datetime, reason: str) -> str:
    return ADDED if working_days.set_day(session, CONSOLE, values, now, "file", reason) else SAME


_ENTRIES: Mapping[str, Entry] = {"rooms": _room, "customers": _customer, "people": _person, "roster": _turn, "calendar": _day}
