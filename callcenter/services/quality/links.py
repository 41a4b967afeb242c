"""Which tickets a record of the quality books is about, and which records a ticket has led to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import corrective
from callcenter.domain.quality import ActionState, Book, FeedbackState
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Department, Word
from callcenter.storage.action_tables import ActionRow, FeedbackRow, QualityLinkRow
from callcenter.storage.tables import TicketRow

#: no record is about more
MOST = 200


@dataclass(frozen=True, slots=True)
class Linked:
    """A record that a ticket has led to."""

    book: Book
    number: str
    state: Word
    department: Department


def add(session: Session, book: Book, record_id: int, numbers: Collection[str], by: Person) -> None:
    """
    Join a record with its tickets.

    Raises:
        Refused: "unknown_ticket" for one that does not exist or is not within reach.
    """
    rows = {row.number: row for row in session.scalars(sa.select(TicketRow).where(TicketRow.number.in_(list(numbers)[:MOST])))}
    for number in sorted(numbers)[:MOST]:
        row = rows.get(number)
        if row is None or not by.covers(row.compound):
            raise Refused("unknown_ticket", number=number)
        session.add(QualityLinkRow(book=book.value, record_id=record_id, ticket_id=row.id))


def tickets(session: Session, book: Book, record_ids: Iterable[int]) -> dict[int, list[str]]:
    """The numbers of each record's tickets."""
    found: dict[int, list[str]] = {}
    rows = session.execute(
        sa.select(QualityLinkRow.record_id, TicketRow.number).join(TicketRow, TicketRow.id == QualityLinkRow.ticket_id)
        .where(QualityLinkRow.book == book, QualityLinkRow.record_id.in_(list(record_ids))).order_by(TicketRow.id))
    for record_id, number in rows:
        found.setdefault(record_id, []).append(number)
    return found


def of_ticket(session: Session, number: str, by: Person) -> list[Linked]:
    """The records a ticket has led to, as far as they are *by*'s to read."""
    mine = sa.select(QualityLinkRow.record_id).join(TicketRow, TicketRow.id == QualityLinkRow.ticket_id).where(TicketRow.number == number)
    actions = session.scalars(sa.select(ActionRow).where(
        ActionRow.id.in_(mine.where(QualityLinkRow.book == Book.ACTION))).order_by(ActionRow.id))
    sent = session.scalars(sa.select(FeedbackRow).where(
        FeedbackRow.id.in_(mine.where(QualityLinkRow.book == Book.FEEDBACK))).order_by(FeedbackRow.id))
    found = [Linked(Book.ACTION, a.number, ActionState(a.state), Department(a.department)) for a in actions
             if corrective.sees(by, Department(a.department), tuple(a.supporting), a.compound)]
    return found + [Linked(Book.FEEDBACK, f.number, FeedbackState(f.state), Department(f.department)) for f in sent
                    if corrective.sees(by, Department(f.department), (f.submitted_by_department,), f.compound)]
