"""The tables. What must never break is said here again: unique keys, checks, and the triggers of `guards.py`."""

from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from callcenter.storage.codec import Json, Moment

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class Base(DeclarativeBase):
    """Every table's base."""

    metadata = sa.MetaData(naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s", "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s", "fk": "%(table_name)s_%(column_0_N_name)s_fkey", "pk": "%(table_name)s_pkey"})
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Moment, dict[str, Any]: Json, list[str]: Json}


def _id() -> Mapped[int]:
    return mapped_column(Id, primary_key=True)


class PolicyRow(Base):
    """The rules in force at some time, word for word; a ticket points at the ones it was opened under."""

    __tablename__ = "policy"

    id: Mapped[int] = _id()
    sha: Mapped[str] = mapped_column(unique=True)
    versions: Mapped[dict[str, Any]] = mapped_column(Json)
    texts: Mapped[dict[str, Any]] = mapped_column(Json)
    stored_at: Mapped[datetime]
    #: which account on which machine
    stored_by: Mapped[str] = mapped_column(default="")


class PolicyFileRow(Base):
    """One version of one file has one text, for ever."""

    __tablename__ = "policy_file"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    sha: Mapped[str]
    #: the folder of a company's own overlay, "" for the house rules
    __table_args__ = (sa.UniqueConstraint("name", "version"),)


class PersonRow(Base):
    __tablename__ = "person"

    user: Mapped[str] = mapped_column("user_name", primary_key=True)
    name: Mapped[str]
    roles: Mapped[list[str]]
    trades: Mapped[list[str]]
    department: Mapped[str | None]
    #: empty: every compound
    compounds: Mapped[list[str]]
    #: certificate → valid until
    certificates: Mapped[dict[str, Any]] = mapped_column(Json)
    #: certificate → its number
    certificate_numbers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    #: the number on the badge
    employee_no: Mapped[str | None] = mapped_column(index=True, unique=True)
    phone: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="zh")
    can_sign_in: Mapped[bool]
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None]
    session_version: Mapped[int] = mapped_column(default=1)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    #: the password was given by somebody else and is good for one sign-in
    must_change: Mapped[bool] = mapped_column(default=False)
    is_demo: Mapped[bool] = mapped_column(default=False)


class LeaveRow(Base):
    """Days somebody is away; never deleted, only withdrawn."""

    __tablename__ = "person_leave"

    id: Mapped[int] = _id()
    user: Mapped[str] = mapped_column("user_name", sa.ForeignKey("person.user_name"), index=True)
    since: Mapped[datetime] = mapped_column("since_at")
    until: Mapped[datetime] = mapped_column("until_at")
    note: Mapped[str] = mapped_column(default="")
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (sa.CheckConstraint("since_at < until_at", name="forward"),)


class DutyRow(Base):
    """One turn on the duty roster (F24)."""

    __tablename__ = "duty"

    id: Mapped[int] = _id()
    user: Mapped[str] = mapped_column("user_name", sa.ForeignKey("person.user_name"))
    #: the roles this turn answers for
    roles: Mapped[list[str]]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    compounds: Mapped[list[str]]
    shift: Mapped[str]

    #: an id is never used again: the readers of the roster tell by the newest id and the count whether it changed
    __table_args__ = (sa.Index("duty_time", "start_at", "end_at"), sa.CheckConstraint("start_at < end_at", name="forward"),
                      {"sqlite_autoincrement": True})


class CompoundRow(Base):
    __tablename__ = "compound"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    region: Mapped[str]
    handed_over_at: Mapped[datetime | None]


class RoomRow(Base):
    """A home or a shop (F14)."""

    __tablename__ = "room"

    id: Mapped[int] = _id()
    compound: Mapped[str] = mapped_column(sa.ForeignKey("compound.code"))
    building: Mapped[str]
    entrance: Mapped[str]
    number: Mapped[str]
    #: as people say it: 梧桐里3栋2单元1602
    text: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    handed_over_at: Mapped[datetime | None]
    area: Mapped[float | None]
    #: part of the building → until when it is under warranty, where that is not counted from the handing over
    warranty: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    #: no room any more (joined to another, taken down) since then
    valid_to: Mapped[datetime | None]


class PlaceRow(Base):
    """A common part: a lift, a garage, a gate."""

    __tablename__ = "place"

    id: Mapped[int] = _id()
    compound: Mapped[str] = mapped_column(sa.ForeignKey("compound.code"))
    text: Mapped[str] = mapped_column(unique=True)
    handed_over_at: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]


class CustomerRow(Base):
    """Somebody who lives in or owns a room (F14)."""

    __tablename__ = "customer"

    id: Mapped[int] = _id()
    room_id: Mapped[int] = mapped_column(sa.ForeignKey("room.id"), index=True)
    name: Mapped[str]
    relation: Mapped[str]
    phone: Mapped[str | None]
    #: the number as it is compared (E.164); none once they have moved out, so that it is nobody's here
    phone_key: Mapped[str | None] = mapped_column(index=True)
    other_phone: Mapped[str | None]
    other_key: Mapped[str | None] = mapped_column(index=True)
    preferred_window: Mapped[str | None]
    #: illness, an elderly person alone: read only by those who may (access.CARE_READERS) and on the call itself
    care_flag: Mapped[str | None]
    do_not_call: Mapped[bool] = mapped_column(default=False)
    #: calls to annoy; to be looked at again every year
    nuisance: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(default="zh")
    #: moved out, sold
    valid_to: Mapped[datetime | None]
    #: turned off progress texts; never the notice of a postponement
    no_texts: Mapped[bool] = mapped_column(default=False)
    is_demo: Mapped[bool] = mapped_column(default=False)


class CallRow(Base):
    """One telephone call (F01)."""

    __tablename__ = "call"

    id: Mapped[int] = _id()
    sid: Mapped[str] = mapped_column(unique=True)
    direction: Mapped[str] = mapped_column(default="inbound")
    from_number: Mapped[str | None]
    #: the caller's number as it is compared; none when withheld
    phone_key: Mapped[str | None] = mapped_column(index=True)
    to_number: Mapped[str | None]
    state: Mapped[str]
    ring_started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    #: whoever answered first; set once (trigger)
    answered_by: Mapped[str | None]
    held_at: Mapped[datetime | None]
    hold_ms: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"))
    disposition: Mapped[str | None]
    recording_notice: Mapped[bool] = mapped_column(default=True)
    return_call: Mapped[str] = mapped_column(default="none")
    returned_by: Mapped[str | None]
    returned_at: Mapped[datetime | None]
    #: when the caller began to wait in the queue; kept when a return call keeps the place
    queued_at: Mapped[datetime | None]
    #: the worst place told to the caller; nobody is told a worse one later
    told_place: Mapped[int | None]
    language: Mapped[str] = mapped_column(default="zh")
    emergency: Mapped[bool] = mapped_column(default=False)
    #: asked for by pressing a key: a return call that keeps the place
    return_asked_at: Mapped[datetime | None]
    voicemail: Mapped[bool] = mapped_column(default=False)
    #: the conference the lines of this call meet in, once there are more than two or one is on hold
    room: Mapped[str | None]
    recording_paused_at: Mapped[datetime | None]
    #: outbound: who asked for it, and the ticket it is about
    placed_by: Mapped[str | None]
    about_ticket: Mapped[str | None]
    chain_seq: Mapped[int] = mapped_column(default=0)
    chain_head: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        sa.Index("call_open", "state", sqlite_where=sa.text("state IN ('ringing','answered','held')"),
                 postgresql_where=sa.text("state IN ('ringing','answered','held')")),
        sa.Index("call_room", "room", unique=True),
        sa.Index("call_answered", "answered_by", "answered_at"),
        sa.Index("call_placed", "about_ticket", sqlite_where=sa.text("about_ticket IS NOT NULL"),
                 postgresql_where=sa.text("about_ticket IS NOT NULL")),
        sa.CheckConstraint("(answered_at IS NULL) = (answered_by IS NULL)", name="answered_by_somebody"))


class CallEventRow(Base):
    """A delivery of the telephone provider as it came; a repeat has the same key and is not stored again. Append-only."""

    __tablename__ = "call_event"

    id: Mapped[int] = _id()
    key: Mapped[str] = mapped_column(unique=True)
    sid: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    received_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]] = mapped_column(Json)


class MatterRow(Base):
    """What the customer wants solved; its counters survive rework, merging and re-registration."""

    __tablename__ = "matter"

    id: Mapped[int] = _id()
    received_at: Mapped[datetime]
    first_responder: Mapped[str]
    postponements: Mapped[int] = mapped_column(default=0)
    urges: Mapped[int] = mapped_column(default=0)
    last_urge_at: Mapped[datetime | None]
    repeat_contacts: Mapped[int] = mapped_column(default=0)
    dissatisfied_rounds: Mapped[int] = mapped_column(default=0)

    __table_args__ = (sa.CheckConstraint("postponements BETWEEN 0 AND 1", name="never_postponed_twice"),)


class TicketRow(Base):
    __tablename__ = "ticket"

    id: Mapped[int] = _id()
    number: Mapped[str] = mapped_column(unique=True)
    matter_id: Mapped[int] = mapped_column(sa.ForeignKey("matter.id"), index=True)
    policy_id: Mapped[int] = mapped_column(sa.ForeignKey("policy.id"))
    type: Mapped[str]
    state: Mapped[str]
    category: Mapped[str | None]
    urgency: Mapped[str]
    channel: Mapped[str]
    compound: Mapped[str | None]
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("room.id"), index=True)
    place: Mapped[str]
    content: Mapped[str]
    customer_name: Mapped[str]
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"))
    contact_phone: Mapped[str | None]
    phone_key: Mapped[str | None] = mapped_column(index=True)
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id"))
    received_at: Mapped[datetime]
    registered_at: Mapped[datetime]
    promise_at: Mapped[datetime | None]
    #: whoever took it first; never changes (trigger)
    first_responder: Mapped[str]
    registrar: Mapped[str]
    owner: Mapped[str] = mapped_column(index=True)
    acting_follower: Mapped[str | None]
    receiver: Mapped[str | None]
    specialist: Mapped[str | None]
    assignee: Mapped[str | None] = mapped_column(index=True)
    department: Mapped[str | None]
    accused: Mapped[list[str]]
    cycle: Mapped[int] = mapped_column(default=1)
    cycle_started_at: Mapped[datetime | None]
    appointment_start: Mapped[datetime | None]
    appointment_end: Mapped[datetime | None]
    suspended_from: Mapped[str | None]
    suspend_reason: Mapped[str | None]
    suspensions: Mapped[int] = mapped_column(default=0)
    signed: Mapped[bool] = mapped_column(default=False)
    callback_needed: Mapped[bool | None]
    attempts: Mapped[int] = mapped_column(default=0)
    completed_by: Mapped[str | None]
    completed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    evidence: Mapped[str | None]
    merged_into: Mapped[str | None]
    level: Mapped[int] = mapped_column(default=0)
    #: what only some types have (in_warranty, quoted_amount, severity …)
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    #: raised by one with every write: a browser that acts on an old page is told so
    version: Mapped[int] = mapped_column(default=1)
    chain_seq: Mapped[int] = mapped_column(default=0)
    chain_head: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        sa.Index("ticket_state", "state", "type"),
        sa.Index("ticket_received", "received_at"),
        sa.Index("ticket_call", "call_id"),
        sa.Index("ticket_merged", "merged_into", sqlite_where=sa.text("merged_into IS NOT NULL"),
                 postgresql_where=sa.text("merged_into IS NOT NULL")),
        sa.Index("ticket_compound_category", "compound", "category", "state"),
        sa.CheckConstraint("first_responder <> ''", name="first_responder_named"),
        sa.CheckConstraint("owner <> ''", name="owner_named"))


class PeriodRow(Base):
    """A day to be closed, a week or month to be reported, a half-year's survey, a shift to be handed over: somebody must confirm it."""

    __tablename__ = "period"

    id: Mapped[int] = _id()
    #: the clock it runs under: daily_close, weekly_report, monthly_report, survey, handover
    kind: Mapped[str]
    #: 2026-03-10, 2026-W11, 2026-03, 2026H1, agent01@2026-03-10T16:00
    key: Mapped[str]
    #: empty, never null, for the whole house: two nulls would not be a repetition to the database
    compound: Mapped[str] = mapped_column(default="")
    since: Mapped[datetime] = mapped_column("since_at")
    until: Mapped[datetime] = mapped_column("until_at")
    opened_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]
    #: what was confirmed, as it read then; before that, what is planned
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    chain_seq: Mapped[int] = mapped_column(default=0)
    chain_head: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        sa.UniqueConstraint("kind", "key", "compound"),
        sa.CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="confirmed_by_somebody"),
        sa.CheckConstraint("since_at < until_at", name="forward"))


class RegisterRow(Base):
    """A record of a register, as the ledger follows it: a person, a room, a customer, a week of the roster, a year of the calendar."""

    __tablename__ = "register_entry"

    id: Mapped[int] = _id()
    kind: Mapped[str]
    key: Mapped[str]
    chain_seq: Mapped[int] = mapped_column(default=0)
    chain_head: Mapped[str] = mapped_column(default="")

    __table_args__ = (sa.UniqueConstraint("kind", "key"),)


class CalendarDayRow(Base):
    """A day of the working calendar, and who says so (DOMAIN.md 17.8)."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column("date", primary_key=True)
    is_workday: Mapped[bool]
    name: Mapped[str] = mapped_column(default="")
    #: chinesecalendar, holidays, weekday, file (imported), manual
    source: Mapped[str]


class AccessRow(Base):
    """Who took personal data out of the hotline, what, when and why. Append-only."""

    __tablename__ = "access_log"

    id: Mapped[int] = _id()
    at: Mapped[datetime] = mapped_column("accessed_at", index=True)
    by: Mapped[str] = mapped_column("accessed_by")
    what: Mapped[str]
    about: Mapped[dict[str, Any]] = mapped_column(Json)
    unmasked: Mapped[bool]
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (sa.CheckConstraint("NOT unmasked OR reason <> ''", name="unmasked_with_a_reason"),)


class PromiseRow(Base):
    """A promise: from when, until when, and what became of it."""

    __tablename__ = "promise"

    id: Mapped[int] = _id()
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id"), index=True)
    period_id: Mapped[int | None] = mapped_column(sa.ForeignKey("period.id"), index=True)
    clock: Mapped[str]
    #: what it is about where one ticket has several (an escalation's id, a round)
    about: Mapped[str] = mapped_column(default="")
    cycle: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    first_due_at: Mapped[datetime]
    kept_at: Mapped[datetime | None]
    excused_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_ms: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        sa.CheckConstraint("(CASE WHEN ticket_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN call_id IS NULL THEN 0 ELSE 1 END)"
                           " + (CASE WHEN period_id IS NULL THEN 0 ELSE 1 END) = 1", name="of_one_thing"),
        sa.Index("promise_clock_due", "clock", "due_at"))


class TimerRow(Base):
    """One timer for one running promise; its ladder advances in place. `due_at` is null while it rests."""

    __tablename__ = "timer"

    id: Mapped[int] = _id()
    promise_id: Mapped[int] = mapped_column(sa.ForeignKey("promise.id"), unique=True)
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id"), index=True)
    period_id: Mapped[int | None] = mapped_column(sa.ForeignKey("period.id"), index=True)
    due_at: Mapped[datetime | None]
    step: Mapped[int] = mapped_column(default=0)
    gen: Mapped[int] = mapped_column(default=1)
    armed_from: Mapped[datetime]
    fails: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    #: not before: a timer whose firing failed rests for a while
    retry_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("timer_due", "due_at", sqlite_where=sa.text("due_at IS NOT NULL"), postgresql_where=sa.text("due_at IS NOT NULL")),)


class TimerFireRow(Base):
    """The proof that every rung fired exactly once. Append-only."""

    __tablename__ = "timer_fire"

    timer_id: Mapped[int] = mapped_column(Id, primary_key=True)
    gen: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    rung: Mapped[int]
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime]
    late_ms: Mapped[int] = mapped_column(sa.BigInteger)
    outcome: Mapped[str]

    __table_args__ = (sa.Index("timer_fire_fired", "fired_at"), sa.CheckConstraint("late_ms >= 0", name="never_early"))


class AssignmentRow(Base):
    """One dispatch (F03)."""

    __tablename__ = "assignment"

    id: Mapped[int] = _id()
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    cycle: Mapped[int]
    to: Mapped[str] = mapped_column("assigned_to")
    team: Mapped[bool]
    at: Mapped[datetime] = mapped_column("assigned_at")
    by: Mapped[str] = mapped_column("assigned_by")
    override: Mapped[bool] = mapped_column("overridden", default=False)
    reason: Mapped[str] = mapped_column(default="")
    accepted_at: Mapped[datetime | None]
    departed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]

    __table_args__ = (sa.Index("assignment_last", "assigned_to", "id"),)


class EscalationRow(Base):
    """One escalation (F11)."""

    __tablename__ = "escalation"

    id: Mapped[int] = _id()
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    level: Mapped[int]
    kind: Mapped[str] = mapped_column(default="hierarchic")
    trigger: Mapped[str] = mapped_column("triggered_by")
    clock: Mapped[str | None]
    reason: Mapped[str]
    told: Mapped[list[str]]
    at: Mapped[datetime] = mapped_column("escalated_at")
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    note: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class FormRow(Base):
    """A saved record of a form F01–F27, as it was filled in. Append-only."""

    __tablename__ = "form"

    id: Mapped[int] = _id()
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id"))
    code: Mapped[str]
    at: Mapped[datetime] = mapped_column("saved_at")
    by: Mapped[str] = mapped_column("saved_by")
    fields: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (sa.Index("form_code_saved", "code", "saved_at"),)


_OVER = "('cancelled', 'closed', 'closed_unsatisfied', 'merged')"
#: an act after which a ticket that was over is open again
TAKEN_UP = sa.text(f"state_before IN {_OVER} AND state_after NOT IN {_OVER}")


class EventRow(Base):
    """What happened, in order, chained by hashes per ticket, call or period (F25). Append-only."""

    __tablename__ = "event"

    id: Mapped[int] = _id()
    chain: Mapped[str]
    seq: Mapped[int]
    #: names the request that caused it, so that a repeat is recognised
    key: Mapped[str] = mapped_column(unique=True)
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id"), index=True)
    period_id: Mapped[int | None] = mapped_column(sa.ForeignKey("period.id"), index=True)
    action: Mapped[str]
    by: Mapped[str] = mapped_column("done_by")
    at: Mapped[datetime] = mapped_column("done_at", index=True)
    before: Mapped[str | None] = mapped_column("state_before")
    after: Mapped[str | None] = mapped_column("state_after")
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    prev_hash: Mapped[str]
    hash: Mapped[str]

    #: the second: what was over and was taken up again, which is rare
    __table_args__ = (sa.UniqueConstraint("chain", "seq"),
                      sa.Index("event_taken_up", "ticket_id", sqlite_where=TAKEN_UP, postgresql_where=TAKEN_UP))


class MessageRow(Base):
    """The outbox and the paper phone's page: what was to be said to whom, and whether it was."""

    __tablename__ = "message"

    id: Mapped[int] = _id()
    #: timer:generation:step:recipient, or request:notice:recipient — the same thing is never said twice
    key: Mapped[str] = mapped_column(unique=True)
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id"))
    to: Mapped[str] = mapped_column("recipient")
    role: Mapped[str]
    phone: Mapped[str | None]
    channel: Mapped[str]
    notice: Mapped[str]
    text: Mapped[str]
    level: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    #: waiting, sent, delivered, parked, unknown
    status: Mapped[str] = mapped_column(default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    provider: Mapped[str | None]
    provider_sid: Mapped[str | None]
    last_error: Mapped[str | None]
    #: a call of ours: what it says and asks (domain.telephone.Script); none: it is only said
    script: Mapped[str | None]
    #: a call of ours: picked up, and what came of it (a key, "busy", "no-answer" …)
    picked_up_at: Mapped[datetime | None]
    outcome: Mapped[str | None]

    __table_args__ = (
        sa.Index("message_recipient", "recipient", "read_at"),
        sa.Index("message_waiting", "next_try_at", sqlite_where=sa.text("status IN ('waiting', 'sending')"),
                 postgresql_where=sa.text("status IN ('waiting', 'sending')")),
        sa.Index("message_undelivered", "id", sqlite_where=sa.text("status IN ('parked', 'unknown')"),
                 postgresql_where=sa.text("status IN ('parked', 'unknown')")))


class ShiftRow(Base):
    """A person's shift: begun, handed over, ended (F13)."""

    __tablename__ = "shift"

    id: Mapped[int] = _id()
    user: Mapped[str] = mapped_column("user_name", sa.ForeignKey("person.user_name"), index=True)
    started_at: Mapped[datetime]
    handed_to: Mapped[str | None]
    handed_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    notes: Mapped[str | None]
    tickets: Mapped[list[str]]


class CounterRow(Base):
    """Numbers that only go up: ticket numbers of a day, the version of the people register."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class RunRow(Base):
    """A calendar job's period, done once however many clocks run."""

    __tablename__ = "run"

    job: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column("ran_at")


class NodeRow(Base):
    """A sign of life of every clock and worker process."""

    __tablename__ = "node"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    seen_at: Mapped[datetime]
    fired: Mapped[int] = mapped_column(default=0)
    late_ms: Mapped[int] = mapped_column(sa.BigInteger, default=0)
