"""How a ledger is described: its columns with both names and where each value comes from, its lines, its filters, who may read it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Role, TicketType
from callcenter.services import masking
from callcenter.services.ledgers.case import Case
from callcenter.services.paper.records import Both
from callcenter.storage.tables import AssignmentRow, Base, CallRow, EscalationRow, FormRow, ShiftRow, TicketRow

DESK = frozenset({Role.AGENT, Role.DISPATCHER, Role.CALLBACK})
OFFICE = frozenset({Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.GM, Role.AUDITOR})
EVERYBODY = DESK | OFFICE | {Role.DEPT_HEAD}

#: filters of every ledger whose lines belong to tickets
OF_TICKETS = ("compound", "building", "type", "category", "state", "owner", "technician", "department", "channel", "overdue", "dissatisfied", "q")
#: the same where complaints can be among them
WITH_COMPLAINTS = (*OF_TICKETS, "accused")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ledger before it is cut into cells."""

    row: Any
    case: Case | None
    fields: Mapping[str, Any]
    people: Mapping[str, Person]
    session: Session
    language: str

    @property
    def key(self) -> int:
        found: int = self.row.id
        return found

    @property
    def of(self) -> Case:
        """The ticket of a line that has one."""
        if self.case is None:
            raise LookupError(f"a line of {type(self.row).__name__} without a ticket")
        return self.case

    def name(self, user: str | None) -> str:
        return self.people[user].name if user and user in self.people else (user or "")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key, both names, where a line's value comes from, how personal it is."""

    key: str
    title: Both
    value: Callable[[Entry], Any]
    mask: str = ""  #: name, phone or place
    width: int = 12
    shown: bool = False  #: on the screen without being chosen
    total: bool = False  #: summed at the foot of a workbook

    def cell(self, entry: Entry, unmasked: bool) -> Any:
        """The line's value, masked unless said otherwise."""
        value = self.value(entry)
        if unmasked or not self.mask or not value:
            return value
        if self.mask == "place":
            return masking.place(str(value), entry.case is not None and entry.case.row.room_id is not None)
        return masking.phone(str(value)) if self.mask == "phone" else masking.name(str(value))


@dataclass(frozen=True, slots=True)
class Source:
    """The table a ledger's lines are rows of, the moments it can be ordered by (the first by default), and how its rows name a ticket."""

    table: type[Base]
    moments: Mapping[str, InstrumentedAttribute[Any]]
    ticket: InstrumentedAttribute[Any] | None = None


TICKETS = Source(TicketRow, {"received": TicketRow.received_at, "completed": TicketRow.completed_at, "closed": TicketRow.closed_at}, TicketRow.id)
JOBS = Source(AssignmentRow, {"dispatched": AssignmentRow.at}, AssignmentRow.ticket_id)
FORMS = Source(FormRow, {"saved": FormRow.at}, FormRow.ticket_id)
ESCALATIONS = Source(EscalationRow, {"raised": EscalationRow.at}, EscalationRow.ticket_id)
CALLS = Source(CallRow, {"rung": CallRow.ring_started_at})
SHIFTS = Source(ShiftRow, {"handed": ShiftRow.handed_at})

#: the moments by name
MOMENTS: Mapping[str, Both] = {
    "received": Both("受理时间", "Received"), "completed": Both("完成时间", "Completed"), "closed": Both("办结时间", "Closed"),
    "dispatched": Both("派单时间", "Dispatched"), "saved": Both("记录时间", "Recorded"), "raised": Both("升级时间", "Escalated"),
    "rung": Both("振铃时间", "Rang"), "handed": Both("交接时间", "Handed over")}




@dataclass(frozen=True, slots=True)
class Ledger:
    """One of the ledgers F01–F27."""

    code: str
    title: Both
    source: Source
    columns: tuple[Column, ...]
    where: Callable[[], list[sa.ColumnElement[bool]]] = list
    #: what was filled in, of the row and its ticket
    fields: Callable[[Any, Case], Mapping[str, Any]] | None = None
    filters: tuple[str, ...] = OF_TICKETS
    types: Collection[TicketType] = field(default=())  #: only these kinds of ticket can be on it
    roles: frozenset[Role] = EVERYBODY

    def column(self, key: str) -> Column | None:
        return next((c for c in self.columns if c.key == key), None)

    def chosen(self, keys: Collection[str]) -> tuple[Column, ...]:
        """The columns named, in the ledger's order; those always shown when none is."""
        return tuple(c for c in self.columns if (c.key in keys if keys else c.shown)) or tuple(c for c in self.columns if c.shown)


def column(spec: str, value: Callable[[Entry], Any], *, mask: str = "", width: int = 0, shown: bool = False, total: bool = False) -> Column:
    """A column from `key|中文|English`; times are wide, texts wider."""
    key, zh, en = spec.split("|")
    return Column(key, Both(zh, en), value, mask, width or (20 if key.endswith(("_at", "_start", "_end")) else 13), shown, total)


def filled(code: str, begins: Callable[[FormRow], bool] | None = None) -> Callable[[Any, Case], Mapping[str, Any]]:
    """The fields of a line: its own record with what was added later, or all of the ticket's records of that form as one."""
    return (lambda row, case: case.record(row, begins)) if begins else (lambda row, case: case.of(code))


def says(*parts: str) -> sa.ColumnElement[bool]:
    """Records whose canonical text has these fields filled in: `"contact_result":"` finds one that is a text."""
    text = sa.type_coerce(FormRow.fields, sa.Text)
    return sa.and_(*(text.contains(part, autoescape=True) for part in parts))


def local_span(since: datetime | None, until: datetime | None) -> int | None:
    """Whole seconds from one moment to another; None while either is missing."""
    return None if since is None or until is None else int((until - since).total_seconds())


__all__ = ["CALLS", "DESK", "ESCALATIONS", "EVERYBODY", "FORMS", "JOBS", "MOMENTS", "OFFICE", "OF_TICKETS", "SHIFTS", "TICKETS", "WITH_COMPLAINTS",
           "Column", "Entry", "Ledger", "Source", "column", "filled", "local_span", "says"]
