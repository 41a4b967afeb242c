"""The tickets behind one number of a report, as they count now, as far as they are the reader's to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import State, TicketType
from callcenter.services import many_tickets, masking
from callcenter.services.hotline import Hotline
from callcenter.services.reports import building, listing, sheet
from callcenter.services.reports.listing import Line
from callcenter.storage import facts
from callcenter.storage.tables import PeriodRow, TicketRow

#: shown at most
MOST = 300


@dataclass(frozen=True, slots=True)
class Ticket:
    """One of them."""

    number: str
    type: TicketType
    state: State
    place: str
    owner: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Behind:
    """Where the number stands, how many tickets it counts, and those the reader may see."""

    section: str
    where: str
    total: int
    tickets: Sequence[Ticket]


def behind(hotline: Hotline, session: Session, line: Line, user: str, name: str, row: str, column: int, language: str,
           now: datetime) -> Behind | None:
    """The line *row* of section *name*, in the words of whoever made the link; None when the report has no such number."""
    staff = facts.staff(session, now)
    only = listing.only_department(staff, user)
    report = building.build(hotline, session, session.get_one(PeriodRow, line.id), now)
    for section in (s for s in report.sections if s.name == name and only in (None, s.department)):
        for cells in section.rows:
            if cells and row in {sheet.said(cells[0], spoken) for spoken in ("zh", "en")} and 0 <= column < len(cells):
                numbers = list(dict.fromkeys(sheet.tickets_of(cells[column])))
                where = f"{sheet.said(cells[0], language)} · {section.columns[column].label(language)}"
                return Behind(section.title.label(language), where, len(numbers), _tickets(session, staff.people[user].compounds, numbers[:MOST]))
    return None


def _tickets(session: Session, compounds: frozenset[str], numbers: Sequence[str]) -> list[Ticket]:
    people = facts.people(session)
    mine = [TicketRow.compound.in_(sorted(compounds))] if compounds else []
    rows = [row for part in many_tickets.chunks(numbers) for row in session.scalars(sa.select(TicketRow).where(TicketRow.number.in_(part), *mine))]
    return [Ticket(r.number, TicketType(r.type), State(r.state), masking.place(r.place, r.room_id is not None),
                   people[r.owner].name if r.owner in people else r.owner, r.received_at)
            for r in sorted(rows, key=lambda r: (r.received_at, r.number))]
