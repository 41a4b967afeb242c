"""The tables of the ledgers: views people have saved, and lists too long to be handed over at once."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.codec import Json
from callcenter.storage.tables import AssignmentRow, Base, CallRow, EscalationRow, Id, TicketRow


class SavedViewRow(Base):
    """Somebody's way to look at a ledger: what it is cut down to, and which columns it shows."""

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ledger: Mapped[str]
    name: Mapped[str]
    owner: Mapped[str] = mapped_column(sa.ForeignKey("person.user_name"), index=True)
    #: what the address says: filter → value
    filters: Mapped[dict[str, Any]] = mapped_column(Json)
    columns: Mapped[list[str]]
    #: the roles whose holders see it too, each within their own compounds
    shared_with: Mapped[list[str]]
    #: how many lines there are is shown beside its name
    counted: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("owner", "ledger", "name"),)


class ExportJobRow(Base):
    """A list being written to a file: for whom, how far, and until when it lies there."""

    __tablename__ = "export_job"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ledger: Mapped[str]
    ending: Mapped[str]
    #: filters, columns, language, unmasked
    wish: Mapped[dict[str, Any]] = mapped_column(Json)
    asked_by: Mapped[str] = mapped_column(sa.ForeignKey("person.user_name"), index=True)
    asked_at: Mapped[datetime]
    #: waiting, running, ready, cancelled, failed, expired
    state: Mapped[str]
    lines: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    #: which process writes it, and when it last said so
    worker: Mapped[str | None]
    seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    #: the file's name in the data folder, and its size
    file: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    error: Mapped[str | None]

    __table_args__ = (
        sa.Index("export_job_unfinished", "id", sqlite_where=sa.text("state IN ('waiting', 'running', 'ready')"),
                 postgresql_where=sa.text("state IN ('waiting', 'running', 'ready')")),
        sa.CheckConstraint("state IN ('waiting', 'running', 'ready', 'cancelled', 'failed', 'expired')", name="known_state"))


#: the ledgers' orders beside `ticket_received`: by a moment and, within it, by key, so that a page begins where the one before ended
ORDERS = (
    sa.Index("ticket_completed", TicketRow.completed_at, TicketRow.id, sqlite_where=sa.text("completed_at IS NOT NULL"),
             postgresql_where=sa.text("completed_at IS NOT NULL")),
    sa.Index("ticket_closed", TicketRow.closed_at, TicketRow.id, sqlite_where=sa.text("closed_at IS NOT NULL"),
             postgresql_where=sa.text("closed_at IS NOT NULL")),
    sa.Index("assignment_sent", AssignmentRow.at, AssignmentRow.id),
    sa.Index("escalation_raised", EscalationRow.at, EscalationRow.id),
    sa.Index("call_rung", CallRow.ring_started_at, CallRow.id),
)
