"""What is kept by hashes held against them in one go: the ledger's chains, signed reports with their corrections, and where every ticket stands."""

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.services.reports import signing
from callcenter.storage import ledger
from callcenter.storage.ledger import Fault
from callcenter.storage.report_tables import ReportCorrectionRow, ReportSignedRow
from callcenter.storage.tables import EventRow, TicketRow


class Extent(NamedTuple):
    """How much was looked at."""

    events: int
    tickets: int
    reports: int
    corrections: int


def faults(session: Session) -> Iterator[Fault]:
    """Everything that is not as it was written, the ledger first."""
    yield from ledger.faults(session)
    yield from signing.faults(session)
    yield from _states(session)


def extent(session: Session) -> Extent:
    """How much there is to be looked at."""
    return Extent(*(session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                    for table in (EventRow, TicketRow, ReportSignedRow, ReportCorrectionRow)))


def _states(session: Session) -> Iterator[Fault]:
    """Tickets that stand elsewhere than their last act left them."""
    last = sa.select(EventRow.ticket_id, sa.func.max(EventRow.seq).label("seq")).where(
        EventRow.ticket_id.is_not(None), EventRow.after.is_not(None)).group_by(EventRow.ticket_id).subquery()
    astray = sa.select(TicketRow.number, TicketRow.state, EventRow.after).join(last, last.c.ticket_id == TicketRow.id).join(
        EventRow, sa.and_(EventRow.ticket_id == TicketRow.id, EventRow.seq == last.c.seq)).where(EventRow.after != TicketRow.state)
    for number, state, left in session.execute(astray.order_by(TicketRow.id)):
        yield Fault(f"{number}: stands at {state}, the ledger left it at {left}", f"{number}:现在是 {state},日志里最后是 {left}")
