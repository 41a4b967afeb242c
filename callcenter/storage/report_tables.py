"""The tables of reports: what the clock drafted and people wrote, what was signed, and every correction after that."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.codec import Json
from callcenter.storage.tables import Base, Id


class ReportDraftRow(Base):
    """A report as it read when its period ended, and what people wrote on it until it was signed."""

    __tablename__ = "report_draft"

    period_id: Mapped[int] = mapped_column(sa.ForeignKey("period.id"), primary_key=True, autoincrement=False)
    drafted_at: Mapped[datetime]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    notes: Mapped[dict[str, Any]] = mapped_column(Json)
    #: raised by every saving: two people writing at once notice each other
    version: Mapped[int] = mapped_column(default=0)
    written_by: Mapped[str | None]
    written_at: Mapped[datetime | None]
    checked_by: Mapped[str | None]
    checked_at: Mapped[datetime | None]

    __table_args__ = (sa.CheckConstraint("(checked_at IS NULL) = (checked_by IS NULL)", name="checked_by_somebody"),)


class ReportSignedRow(Base):
    """A report word for word as it was signed, with the hash of its content. Append-only, one a period."""

    __tablename__ = "report_signed"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    period_id: Mapped[int] = mapped_column(sa.ForeignKey("period.id"), unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    sha256: Mapped[str]
    signed_by: Mapped[str]
    signed_at: Mapped[datetime]


class ReportCorrectionRow(Base):
    """One correction of a signed report: what was, what is now, why, by whom, hashed onto what came before. Append-only."""

    __tablename__ = "report_correction"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    period_id: Mapped[int] = mapped_column(sa.ForeignKey("period.id"))
    seq: Mapped[int]
    #: "section:types", "section:overdue/engineering" or "note:summary"
    about: Mapped[str]
    was: Mapped[Any] = mapped_column(Json, nullable=False)
    now: Mapped[Any] = mapped_column("is_now", Json, nullable=False)
    why: Mapped[str]
    by: Mapped[str] = mapped_column("corrected_by")
    at: Mapped[datetime] = mapped_column("corrected_at")
    prev_hash: Mapped[str]
    hash: Mapped[str]

    __table_args__ = (sa.UniqueConstraint("period_id", "seq"), sa.CheckConstraint("why <> ''", name="with_a_reason"))
