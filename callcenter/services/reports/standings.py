"""What every department and contractor did in a quarter, and on which list that puts them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import ratings
from callcenter.domain.policy import Policy
from callcenter.domain.ratings import Record
from callcenter.domain.vocabulary import CONTENT, Clock, Department, Role, TicketType
from callcenter.services.reports.facts import department_of, named
from callcenter.services.reports.sheet import Both, Cell, Count, Missed, share
from callcenter.storage import facts
from callcenter.storage.tables import EventRow, FormRow, PromiseRow, TicketRow

COLUMNS = ("部门/单位|Department or contractor  按时|In time  满意|Satisfied  有效投诉|Valid complaints  返修|Rework  榜单|List  原因|Reason")
#: the promises somebody is judged by
JUDGED = (Clock.ARRIVE_URGENT, Clock.ARRIVE_APPT, Clock.COMPLETION, Clock.FEEDBACK)
#: of a ticket, what tells whose it is
_WHOSE = (TicketRow.number, TicketRow.department, TicketRow.category, TicketRow.type, TicketRow.details, TicketRow.assignee, TicketRow.completed_by)


@dataclass(slots=True)
class _Tally:
    kept: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    content: list[str] = field(default_factory=list)
    unhappy: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    rework: list[str] = field(default_factory=list)

    @property
    def record(self) -> Record:
        due, answers = len(self.kept) + len(self.late), len(self.content) + len(self.unhappy)
        return Record(due, len(self.kept), answers, len(self.content), len(self.complaints), len(self.rework))


def rows(policy: Policy, session: Session, since: datetime, until: datetime) -> Iterator[tuple[Cell, ...]]:
    """A line for every department and every contractor that had anything to do, the red list first."""
    people = facts.people(session)
    contractors = {u for u, p in people.items() if Role.CONTRACTOR in p.roles}
    tallies: dict[Department | str, _Tally] = defaultdict(_Tally)
    for name, numbers in _happened(session, since, until):
        for whose in _whose(policy, numbers, contractors):
            getattr(tallies[whose], name).append(numbers.number)
    order = list(ratings.Rating)
    for whose, tally in sorted(tallies.items(), key=lambda found: (order.index(ratings.rate(found[1].record)), str(found[0]))):
        yield _line(Both(whose.zh, whose.en) if isinstance(whose, Department) else people[whose].name, tally)


def _line(name: Cell, tally: _Tally) -> tuple[Cell, ...]:
    record = tally.record
    why = list(ratings.reasons(record))
    return (name, Missed(share(record.kept, record.due), tally.late), Missed(share(record.content, record.answers), tally.unhappy),
            Count(tally.complaints), Count(tally.rework), ratings.rate(record),
            Both("、".join(zh for zh, _ in why), ", ".join(en for _, en in why)) if why else None)


def _whose(policy: Policy, row: Any, contractors: set[str]) -> Iterator[Department | str]:
    yield department_of(policy, named(row.type, row.department, row.details), row.category, TicketType(row.type))
    if (worker := row.completed_by or row.assignee) in contractors:
        yield worker


def _happened(session: Session, since: datetime, until: datetime) -> Iterator[tuple[str, Any]]:
    """Everything of the window that somebody is judged by: what it counts as, and the ticket."""
    yield from _promises(session, since, until)
    for row in session.execute(_about(FormRow, FormRow.fields, FormRow.code).where(
            FormRow.code.in_(("F04", "F05")), FormRow.at >= since, FormRow.at < until)):
        if row.code == "F05" and row.fields.get("validity") == "valid":
            yield "complaints", row
        elif row.code == "F04" and row.fields.get("satisfaction"):
            yield "content" if row.fields["satisfaction"] in CONTENT else "unhappy", row
    for row in session.execute(_about(EventRow).where(
            EventRow.at >= since, EventRow.at < until, EventRow.after == "rework", EventRow.before != "rework")):
        yield "rework", row


def _promises(session: Session, since: datetime, until: datetime) -> Iterator[tuple[str, Any]]:
    """Due in the window and neither excused nor void; kept by its due time or late, also when it is open still."""
    for row in session.execute(_about(PromiseRow, PromiseRow.due_at, PromiseRow.kept_at).where(
            PromiseRow.clock.in_(JUDGED), PromiseRow.due_at >= since, PromiseRow.due_at < until, PromiseRow.excused_at.is_(None),
            PromiseRow.voided_at.is_(None), PromiseRow.paused_at.is_(None), TicketRow.state.not_in(["cancelled", "merged"]))):
        yield "kept" if row.kept_at is not None and row.kept_at <= row.due_at else "late", row


def _about(source: Any, *columns: Any) -> sa.Select[Any]:
    return sa.select(*_WHOSE, *columns).select_from(source).join(TicketRow, TicketRow.id == source.ticket_id).order_by(TicketRow.id)
