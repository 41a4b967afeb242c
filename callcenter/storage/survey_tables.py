"""The tables of the half-yearly survey: the survey, a sheet for every household asked, and every version of its answer (F15)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.codec import Json
from callcenter.storage.tables import Base, Id


class SurveyRow(Base):
    """One compound's survey of one half-year; its history is its period's."""

    __tablename__ = "survey"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    period_id: Mapped[int] = mapped_column(sa.ForeignKey("period.id"), unique=True)
    compound: Mapped[str] = mapped_column(sa.ForeignKey("compound.code"))
    #: 2026H1
    key: Mapped[str]
    planned_for: Mapped[datetime]
    planned_by: Mapped[str]
    #: answers are taken until then
    closes_at: Mapped[datetime]
    #: percent of the lived-in homes of every building
    share: Mapped[int]
    #: how sheets go out where a household can be reached that way; else on paper
    way: Mapped[str]
    #: those who have not answered are reminded once, so many days after the issue
    remind_after: Mapped[int]
    #: lived-in homes when the sheets went out
    households: Mapped[int | None]
    issued_at: Mapped[datetime | None]
    issued_by: Mapped[str | None]
    reminded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    #: the results as they stood at the close
    results: Mapped[dict[str, Any] | None] = mapped_column(Json)
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]
    anonymised_at: Mapped[datetime | None]
    #: the matters its sheets became and no longer name: those before a sheet's last one, and all once the sheets have forgotten theirs
    matters: Mapped[list[str]] = mapped_column(default=list)

    __table_args__ = (
        sa.UniqueConstraint("compound", "key"),
        sa.CheckConstraint("share BETWEEN 1 AND 100", name="share_of_a_hundred"),
        sa.CheckConstraint("(closed_at IS NULL) = (results IS NULL)", name="closed_with_results"),
        sa.CheckConstraint("published_at IS NULL OR closed_at IS NOT NULL", name="closed_before_published"),
        sa.CheckConstraint("anonymised_at IS NULL OR published_at IS NOT NULL", name="published_before_anonymised"))


class SheetRow(Base):
    """One household's sheet. After publication it names nobody: the building stays, room, customer and link go."""

    __tablename__ = "survey_sheet"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.id"))
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("room.id"))
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"))
    building: Mapped[str]
    #: how the home is lived in
    state: Mapped[str]
    way: Mapped[str]
    #: what the link names; a new one voids every link sent before
    nonce: Mapped[str] = mapped_column(unique=True)
    issued_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    #: calls that brought no answer
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    tried_by: Mapped[str | None]
    tried_result: Mapped[str | None]
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[str | None]
    #: who typed it; none where the household did so itself
    entered_by: Mapped[str | None]
    #: item → step
    answers: Mapped[dict[str, Any] | None] = mapped_column(Json)
    opinion: Mapped[str] = mapped_column(default="")
    request: Mapped[bool] = mapped_column(default=False)
    anonymous: Mapped[bool] = mapped_column(default=False)
    #: why it does not count
    spoilt: Mapped[str | None]
    #: a matter is still to be opened for it
    to_follow: Mapped[bool] = mapped_column(default=False)
    #: the matter it became, the last one where there were several
    followup_ref: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        sa.UniqueConstraint("survey_id", "room_id"),
        sa.Index("survey_sheet_returned", "survey_id", "returned_at"),
        sa.Index("survey_sheet_at", "returned_at"),
        sa.Index("survey_sheet_to_follow", "id", sqlite_where=sa.text("to_follow"), postgresql_where=sa.text("to_follow")),
        sa.CheckConstraint("(returned_at IS NULL) = (returned_by IS NULL)", name="returned_somehow"),
        sa.CheckConstraint("returned_at IS NULL OR answers IS NOT NULL OR spoilt IS NOT NULL", name="answered_or_spoilt"))


class AnswerRow(Base):
    """A version of a sheet's answer, the last one included. Never rewritten; only its words may be blanked when they are to be forgotten."""

    __tablename__ = "survey_answer"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    sheet_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_sheet.id"))
    version: Mapped[int]
    answered_at: Mapped[datetime]
    way: Mapped[str]
    entered_by: Mapped[str | None]
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    opinion: Mapped[str] = mapped_column(default="")
    request: Mapped[bool] = mapped_column(default=False)
    anonymous: Mapped[bool] = mapped_column(default=False)
    spoilt: Mapped[str | None]

    __table_args__ = (sa.UniqueConstraint("sheet_id", "version"),)
