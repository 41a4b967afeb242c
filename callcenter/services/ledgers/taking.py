"""A list taken out of the house: who may, written down before its first line, its head, its lines."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.days import local
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Channel, Department, Role, State, TicketType
from callcenter.services import access
from callcenter.services.hotline import Hotline
from callcenter.services.ledgers import catalogue, filters
from callcenter.services.ledgers.columns import MOMENTS, Ledger
from callcenter.services.ledgers.files import FORMATS, Head
from callcenter.services.ledgers.filters import Filters
from callcenter.services.ledgers.reading import Asked, Reader
from callcenter.services.paper.records import Both
from callcenter.storage import facts
from callcenter.storage.tables import CompoundRow


@dataclass(frozen=True, slots=True)
class Wish:
    """Which list, cut down to what, in which columns (none: all), for whose eyes."""

    ledger: Ledger
    filters: Filters
    columns: tuple[str, ...] = ()
    ending: str = "xlsx"
    unmasked: bool = False
    language: str = "zh"
    reason: str = field(default="", repr=False)

    def held(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {"filters": self.filters.args(), "columns": list(self.columns), "unmasked": self.unmasked, "language": self.language}


def kept(code: str, ending: str, held: Mapping[str, Any]) -> Wish:
    """The wish of a job."""
    ledger = catalogue.LEDGERS[code]
    return Wish(ledger, filters.read(ledger, held["filters"]), tuple(held["columns"]), ending, held["unmasked"], held["language"])


def allowed(wish: Wish, roles: Collection[str]) -> None:
    """
    Refuse who may not take this list out.

    Raises:
        Refused: "not_allowed"; "reason_needed" for names, numbers and homes in full without one; "bad_value" for an unknown format.
    """
    if wish.ending not in FORMATS:
        raise Refused("bad_value", field="format", value=wish.ending[:40], valid=", ".join(FORMATS))
    if not access.may_export(roles, unmasked=wish.unmasked) or wish.ledger.roles.isdisjoint(roles):
        raise Refused("not_allowed", action=EXPORTING, who=[Role(r) for r in sorted(access.UNMASKERS if wish.unmasked else access.EXPORTERS)])
    if wish.unmasked and not wish.reason.strip():
        raise Refused("reason_needed")


EXPORTING = Both("导出", "export")


def snapshot(hotline: Hotline, session: Session) -> None:
    """From here on *session* sees the database as it is now, however long the list takes; SQLite's readings are so anyway."""
    if not hotline.store.sqlite:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def count(hotline: Hotline, wish: Wish, user: str, now: datetime) -> int:
    """How many lines the list has."""
    with hotline.store.reading() as session:
        return Reader(hotline, session, Asked(wish.ledger, wish.filters, user, wish.language, now)).count()


def write_down(hotline: Hotline, wish: Wish, user: str, lines: int, now: datetime) -> None:
    """Before the first line leaves: who takes what, and why."""
    about = {"list": wish.ledger.code, "filters": wish.filters.args(), "format": wish.ending, "lines": lines}
    access.record(hotline, "export", user, now, about, unmasked=wish.unmasked, reason=wish.reason)


def lines(hotline: Hotline, session: Session, wish: Wish, user: str, now: datetime) -> tuple[Head, Iterator[list[Any]]]:
    """The list of one snapshot: its head, which says how many lines follow, and the lines."""
    snapshot(hotline, session)
    reader = Reader(hotline, session, Asked(wish.ledger, wish.filters, user, wish.language, now))
    columns = wish.ledger.chosen(wish.columns) if wish.columns else wish.ledger.columns
    told = Head(wish.ledger.title.label(wish.language), tuple(_notes(session, reader, wish, user, now)), columns, wish.language)
    return told, (reader.cells(entry, columns, unmasked=wish.unmasked) for entry in reader.entries())


def _notes(session: Session, reader: Reader, wish: Wish, user: str, now: datetime) -> Iterator[str]:
    en = wish.language.startswith("en")
    cut = "; ".join(described(session, wish.ledger, wish.filters, wish.language))
    yield f"{'Filters' if en else '条件'}{': ' if en else ':'}{cut or ('none' if en else '无')}"
    name, total = facts.people(session)[user].name, reader.count()
    at = local(now).strftime("%Y-%m-%d %H:%M:%S")
    masked = ("In full", "完整") if wish.unmasked else ("Names, numbers and homes masked", "姓名、电话、住址已脱敏")
    yield f"Printed {at} by {name} ({user}) · {total} lines · {masked[0]}" if en else f"打印:{at} · {name}({user}) · 共 {total} 行 · {masked[1]}"


def described(session: Session, ledger: Ledger, wish: Filters, language: str) -> Iterator[str]:
    """The filters in words: name and value of each that is filled in."""
    if wish.since or wish.until or wish.by:
        name = MOMENTS[wish.by or next(iter(ledger.source.moments))].label(language)
        yield f"{name} {wish.since or '…'} – {wish.until or '…'}"
    people = facts.people(session)
    for key, value in wish.args().items():
        if key in NAMES:
            yield f"{NAMES[key].label(language)} {_value(session, people, key, value, language)}"


NAMES: Mapping[str, Both] = {
    "compound": Both("小区", "Compound"), "building": Both("楼栋", "Building"), "type": Both("类型", "Type"), "category": Both("类别", "Category"),
    "state": Both("状态", "State"), "owner": Both("责任人", "Owner"), "technician": Both("维修人", "Technician"),
    "department": Both("部门", "Department"), "accused": Both("被投诉部门", "Accused department"), "channel": Both("渠道", "Channel"),
    "overdue": Both("超时", "Overdue"), "dissatisfied": Both("不满意", "Dissatisfied"), "q": Both("查找", "Search")}
OVERDUE = {"now": Both("现在超时", "Now overdue"), "ever": Both("曾经超时", "Ever late")}
_WORDS: Mapping[str, Any] = {"type": TicketType, "state": State, "department": Department, "accused": Department, "channel": Channel}


def _value(session: Session, people: Mapping[str, Any], key: str, value: str, language: str) -> str:
    if key in _WORDS:
        return str(_WORDS[key](value).label(language))
    if key in ("owner", "technician"):
        return people[value].name if value in people else value
    if key == "compound":
        return session.scalar(sa.select(CompoundRow.name).where(CompoundRow.code == value)) or value
    if key == "overdue":
        return OVERDUE[value].label(language)
    return value if key != "dissatisfied" else Both("是", "yes").label(language)


__all__ = ["EXPORTING", "NAMES", "OVERDUE", "Wish", "allowed", "count", "described", "kept", "lines", "snapshot", "write_down"]
