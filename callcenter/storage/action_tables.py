"""The tables of the quality books: corrective actions, quality feedback, call reviews, forbidden phrases."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.codec import Json
from callcenter.storage.tables import Base, Id


def _id() -> Mapped[int]:
    return mapped_column(Id, primary_key=True)


class ActionRow(Base):
    """A corrective action (F16). Never deleted; its number, who opened it and its first due time never change (triggers)."""

    __tablename__ = "corrective_action"

    id: Mapped[int] = _id()
    number: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    category: Mapped[str]
    #: none: the whole company
    compound: Mapped[str | None] = mapped_column(sa.ForeignKey("compound.code"))
    problem: Mapped[str]
    department: Mapped[str]
    supporting: Mapped[list[str]]
    person: Mapped[str | None] = mapped_column(sa.ForeignKey("person.user_name"))
    due_at: Mapped[datetime]
    first_due_at: Mapped[datetime]
    measure: Mapped[str] = mapped_column(default="")
    progress: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    round: Mapped[int] = mapped_column(default=1)
    #: the record it was made from: its kind (domain.quality.Origin) and what names it there
    origin: Mapped[str]
    origin_key: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str] = mapped_column(sa.ForeignKey("person.user_name"))
    created_at: Mapped[datetime]
    submitted_by: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    checked_by: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    check_result: Mapped[str] = mapped_column(default="")
    cleared_at: Mapped[datetime | None]
    #: when it was first cleared, kept through a reopening
    first_cleared_at: Mapped[datetime | None]
    recheck_at: Mapped[datetime | None]
    rechecked_by: Mapped[str | None]
    rechecked_at: Mapped[datetime | None]
    recheck_result: Mapped[str | None]
    recheck_note: Mapped[str] = mapped_column(default="")
    #: the rung that speaks next, and when; none once it is cleared and looked at
    told_step: Mapped[int] = mapped_column(default=0)
    tell_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("corrective_action_state", "state", "due_at"), sa.Index("corrective_action_due", "first_due_at"),
        sa.Index("corrective_action_origin", "origin", "origin_key"),
        sa.Index("corrective_action_tell", "tell_at", sqlite_where=sa.text("tell_at IS NOT NULL"),
                 postgresql_where=sa.text("tell_at IS NOT NULL")),
        sa.CheckConstraint("(state = 'cleared') = (cleared_at IS NOT NULL)", name="cleared_with_its_time"))


class FeedbackRow(Base):
    """A quality feedback (F21). Never deleted."""

    __tablename__ = "quality_feedback"

    id: Mapped[int] = _id()
    number: Mapped[str] = mapped_column(unique=True)
    compound: Mapped[str | None] = mapped_column(sa.ForeignKey("compound.code"))
    place: Mapped[str]
    equipment: Mapped[str] = mapped_column(default="")
    component: Mapped[str] = mapped_column(default="")
    maker: Mapped[str] = mapped_column(default="")
    builder: Mapped[str] = mapped_column(default="")
    category: Mapped[str | None]
    phenomenon: Mapped[str]
    #: the same kind at the same place within thirty days, counted when it was written
    same_in_30_days: Mapped[int]
    submitted_by_department: Mapped[str]
    department: Mapped[str]
    #: the cluster it was made from
    cluster_key: Mapped[str] = mapped_column(default="", index=True)
    state: Mapped[str]
    created_by: Mapped[str] = mapped_column(sa.ForeignKey("person.user_name"))
    created_at: Mapped[datetime]
    opinion: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    close_note: Mapped[str] = mapped_column(default="")
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (sa.Index("quality_feedback_state", "state", "created_at"),)


class QualityLinkRow(Base):
    """Which tickets a record of the quality books is about. Append-only."""

    __tablename__ = "quality_link"

    book: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), primary_key=True, index=True)


class ReviewRow(Base):
    """The review of a call (F23); a correction is a new version. Append-only."""

    __tablename__ = "qa_review"

    id: Mapped[int] = _id()
    number: Mapped[str] = mapped_column(index=True)
    version: Mapped[int]
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"))
    agent: Mapped[str] = mapped_column(sa.ForeignKey("person.user_name"))
    #: when the call was answered: the month it counts in
    answered_at: Mapped[datetime]
    reviewer: Mapped[str] = mapped_column(sa.ForeignKey("person.user_name"))
    reviewed_at: Mapped[datetime]
    #: item → yes, no, na
    marks: Mapped[dict[str, Any]] = mapped_column(Json)
    #: what the records suggested, for comparison
    suggested: Mapped[dict[str, Any]] = mapped_column(Json)
    score: Mapped[int]
    #: forbidden phrases that were heard
    heard: Mapped[list[str]]
    training: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    #: why it was corrected
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (sa.UniqueConstraint("call_id", "version"), sa.Index("qa_review_agent", "agent", "answered_at"),
                      sa.Index("qa_review_month", "answered_at"),
                      sa.CheckConstraint("score BETWEEN 0 AND 100", name="score_of_a_hundred"))


class ReviewCommentRow(Base):
    """What the agent says about a review, once. Append-only."""

    __tablename__ = "qa_comment"

    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"), primary_key=True)
    by: Mapped[str] = mapped_column("said_by", sa.ForeignKey("person.user_name"))
    at: Mapped[datetime] = mapped_column("said_at")
    text: Mapped[str]


class PhraseHitRow(Base):
    """A forbidden phrase that went out to a customer all the same. Append-only."""

    __tablename__ = "phrase_hit"

    id: Mapped[int] = _id()
    #: the request's key and the phrase's number in it: the same words are counted once
    key: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column("hit_at", index=True)
    by: Mapped[str] = mapped_column("said_by")
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    #: the act, or `text_answer`
    place: Mapped[str]
    phrase: Mapped[str]
    #: the words around it
    excerpt: Mapped[str]
