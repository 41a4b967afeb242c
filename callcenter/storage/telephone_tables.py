"""The tables of the telephone: agents' time, offers, lines, recordings, texts that came in, numbers not answered or not written to."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.codec import Json
from callcenter.storage.tables import Base, Id


def _id() -> Mapped[int]:
    return mapped_column(Id, primary_key=True)


class AgentSpanRow(Base):
    """A stretch of an agent's time in one state; the last is open. Together they account for every second."""

    __tablename__ = "agent_span"

    id: Mapped[int] = _id()
    user: Mapped[str] = mapped_column("user_name", sa.ForeignKey("person.user_name"))
    state: Mapped[str]
    #: why, in the agent's own words or by what rule
    reason: Mapped[str] = mapped_column(default="")
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id"))
    since_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    #: when the state ends by itself (after-call work); the clock sees to it
    ends_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("agent_span_now", "user_name", unique=True, sqlite_where=sa.text("until_at IS NULL"), postgresql_where=sa.text("until_at IS NULL")),
        sa.Index("agent_span_ends", "ends_at", sqlite_where=sa.text("until_at IS NULL"), postgresql_where=sa.text("until_at IS NULL")),
        sa.Index("agent_span_time", "since_at"),
        sa.CheckConstraint("until_at IS NULL OR since_at <= until_at", name="forward"))


class AgentPhoneRow(Base):
    """Which telephone an agent works with; without a row, the browser's."""

    __tablename__ = "agent_phone"

    user: Mapped[str] = mapped_column("user_name", sa.ForeignKey("person.user_name"), primary_key=True)
    #: browser, phone, sip
    kind: Mapped[str]
    #: an E.164 number or a SIP address; none for the browser
    address: Mapped[str | None]
    set_by: Mapped[str]
    set_at: Mapped[datetime]


class OfferRow(Base):
    """One call offered to one agent; exactly one offer of a call is ever accepted."""

    __tablename__ = "offer"

    id: Mapped[int] = _id()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"), index=True)
    user: Mapped[str] = mapped_column("user_name", sa.ForeignKey("person.user_name"))
    #: the offers made at one moment have one number
    round: Mapped[int]
    why: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    offered_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("offer_accepted", "call_id", unique=True, sqlite_where=sa.text("state = 'accepted'"),
                 postgresql_where=sa.text("state = 'accepted'")),
        sa.Index("offer_pending", "user_name", unique=True, sqlite_where=sa.text("state = 'pending'"),
                 postgresql_where=sa.text("state = 'pending'")),
        sa.CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name="settled"))


class LineRow(Base):
    """One telephone line of a call: the caller's, an agent's, somebody consulted, a supervisor listening."""

    __tablename__ = "line"

    id: Mapped[int] = _id()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"), index=True)
    #: the provider's; none until the provider has named it
    sid: Mapped[str | None] = mapped_column(unique=True)
    #: ours, before there is a sid
    key: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    user: Mapped[str | None] = mapped_column("user_name", sa.ForeignKey("person.user_name"))
    #: an outside number, E.164 or a short emergency number
    number: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="asked")
    #: how it takes part (domain.telephone.PartMode): a supervisor listening, an agent still bridged, a line that takes over
    mode: Mapped[str | None]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    talking_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class RecordingRow(Base):
    """A recording the provider made: a conversation or a message left; where it lies and what became of it."""

    __tablename__ = "recording"

    id: Mapped[int] = _id()
    sid: Mapped[str] = mapped_column(unique=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"), index=True)
    #: conversation, voicemail
    kind: Mapped[str]
    status: Mapped[str]
    address: Mapped[str | None]
    started_at: Mapped[datetime | None]
    duration_s: Mapped[int | None]
    received_at: Mapped[datetime]
    #: kept beyond its time
    legal_hold: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime | None]


class TextRow(Base):
    """A text message that came in, what it was taken for, and who saw to it."""

    __tablename__ = "text_in"

    id: Mapped[int] = _id()
    sid: Mapped[str] = mapped_column(unique=True)
    from_number: Mapped[str]
    phone_key: Mapped[str | None] = mapped_column(index=True)
    body: Mapped[str]
    received_at: Mapped[datetime]
    kind: Mapped[str]
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    user: Mapped[str | None] = mapped_column("user_name", sa.ForeignKey("person.user_name"))
    #: who read it or made a ticket of it; none: it waits for a person
    handled_by: Mapped[str | None]
    handled_at: Mapped[datetime | None]
    reply: Mapped[str | None]

    __table_args__ = (
        sa.Index("text_in_waiting", "id", sqlite_where=sa.text("handled_at IS NULL"), postgresql_where=sa.text("handled_at IS NULL")),)


class NumberRuleRow(Base):
    """A number that is not put through (nuisance), or to which no progress texts are sent."""

    __tablename__ = "number_rule"

    id: Mapped[int] = _id()
    phone_key: Mapped[str]
    #: blocked, no_texts
    rule: Mapped[str]
    reason: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("number_rule_now", "phone_key", "rule", unique=True, sqlite_where=sa.text("ended_at IS NULL"),
                 postgresql_where=sa.text("ended_at IS NULL")),)


class MachineTalkRow(Base):
    """What a call of the hotline's own heard: every key pressed and word recognised, once per delivery. Append-only."""

    __tablename__ = "machine_talk"

    id: Mapped[int] = _id()
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("message.id"), index=True)
    heard_at: Mapped[datetime]
    step: Mapped[str]
    heard: Mapped[str]
    about: Mapped[dict[str, Any]] = mapped_column(Json)
