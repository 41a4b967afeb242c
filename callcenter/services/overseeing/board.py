"""The supervisor's board: what runs, what is broken, who was told, and whether the clocks that watch it are alive."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import LEVEL_OF, OPEN, URGENT, Clock, ReturnCall, Role, State, TicketType, Trigger
from callcenter.services import audit, many_tickets, numbers
from callcenter.services.dispatch.board import scope
from callcenter.services.hotline import Hotline
from callcenter.services.telling import named
from callcenter.storage import facts
from callcenter.storage.tables import (
    CallRow,
    CompoundRow,
    EscalationRow,
    MessageRow,
    NodeRow,
    PeriodRow,
    PromiseRow,
    TicketRow,
    TimerFireRow,
    TimerRow,
)

#: lines of a list on one page
MOST = 30
#: promises that are not made to a customer: they are shown with the escalations
ABOUT_ESCALATIONS = (Clock.ESCALATION_ACK,)
#: a message that has waited this long has not gone out
UNSENT_AFTER = timedelta(minutes=2)
UNSENT_SHOWN = 8
#: said word for word, so that indexes over just these rows are used
_NOT_DELIVERED = sa.text("message.status IN ('parked', 'unknown')")
_WAITING = sa.text("message.status IN ('waiting', 'sending') AND message.status = 'waiting'")
_RINGING = sa.text("call.state IN ('ringing','answered','held') AND call.state <> 'answered'")
#: roles whose escalations may be taken up from the board
ACKNOWLEDGING = frozenset({Role.LEAD, Role.DISPATCHER, Role.DEPT_HEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.GM})


@dataclass(frozen=True, slots=True)
class Tiles:
    """Six numbers that each call for an act; `late` is the part of them beyond its time."""

    dispatch: int
    dispatch_late: int
    urgent: int
    urgent_late: int
    calls: int
    calls_late: int
    returns: int
    returns_late: int
    unacknowledged: int
    unacknowledged_late: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Told:
    """One escalation, as far as it has got."""

    id: int
    number: str
    type: TicketType
    place: str
    level: int
    trigger: Trigger
    clock: Clock | None
    reason: object  #: a word of the vocabulary, or what somebody wrote
    at: datetime
    people: tuple[str, ...]
    acknowledged_at: datetime | None
    acknowledged_by: str
    due_at: datetime | None  #: until when somebody must take it up
    may_acknowledge: bool


@dataclass(frozen=True, slots=True)
class Running:
    """A promise that is still to be kept, in time or late."""

    id: int
    clock: Clock
    due_at: datetime
    first_due_at: datetime
    late: bool
    number: str  #: "" for a telephone call
    type: TicketType | None
    state: State | None
    place: str
    urgent: bool
    owner: str
    handler: str
    level: int  #: the highest level told of this promise, 0 for reminders only
    told: tuple[str, ...]
    told_at: datetime | None
    may_acknowledge: bool
    call: str = ""  #: the masked number of a call
    report: tuple[str, str] | None = None  #: a day, a week, a shift …: its key, and whose or where


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that did not get through."""

    id: int
    to: str
    channel: str
    number: str
    text: str
    status: str
    tries: int
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Pulse:
    """Whether the clocks that fire the timers are alive, and how late they fire."""

    seen_at: datetime | None
    alive: bool
    waiting: timedelta  #: how long the oldest due timer has waited
    fired: int  #: rungs fired in 24 hours
    p99_ms: int | None
    worst_ms: int | None

    @property
    def well(self) -> bool:
        return self.alive and self.waiting <= audit.WAITING


@dataclass(frozen=True, slots=True)
class Board:
    tiles: Tiles
    promises: tuple[Running, ...]
    promises_in_all: int
    clocks: tuple[tuple[Clock, int, int], ...]  #: clock, running, of them late: what the list can be narrowed to
    escalations: tuple[Told, ...]
    escalations_in_all: int
    unsent: tuple[Unsent, ...]
    unsent_in_all: int
    pulse: Pulse


def board(hotline: Hotline, session: Session, user: str, now: datetime, compound: str | None = None, clock: Clock | None = None) -> Board:
    """Everything on the board for the compounds *user* answers for; a dozen statements, however many tickets there are."""
    staff = facts.staff(session, now)
    within = scope(staff, user, compound)
    whole = compound is None and not (staff.people.get(user) and staff.people[user].compounds)
    counts = _counts(session, within, whole, now)
    wanted = [clock] if clock else [c for c in Clock if c not in ABOUT_ESCALATIONS]
    promises = _promises(session, staff, user, within, whole, wanted, now)
    raised = _escalations(session, staff, user, within)
    parked, all_parked = _unsent(session, staff, within, whole, now)
    return Board(
        _tiles(session, within, whole, counts, now), promises, sum(n for c, n, _ in counts if c in wanted),
        tuple(c for c in counts if c[0] not in ABOUT_ESCALATIONS), raised, _open_escalations(session, within), parked, all_parked,
        pulse(session, now))


#: the timers first, then their promises: SQLite alone begins with the promises of all years (100,000 tickets: 1.6 s against 30 ms)
_ARMED = sa.select(TimerRow.promise_id).where(TimerRow.due_at.is_not(None)).cte("armed").prefix_with("MATERIALIZED")


def armed(within: sa.ColumnElement[bool], whole: bool) -> "sa.Select[Any]":
    """Promises that run and do not rest: those with an armed timer, found by its index and not by reading every promise."""
    query = sa.select(PromiseRow.id).join(_ARMED, _ARMED.c.promise_id == PromiseRow.id)
    return query if whole else query.join(TicketRow, TicketRow.id == PromiseRow.ticket_id).where(within)


def _counts(session: Session, within: sa.ColumnElement[bool], whole: bool, now: datetime) -> list[tuple[Clock, int, int]]:
    """How many promises of each kind run, and how many of them are late."""
    late = sa.func.sum(sa.case((PromiseRow.due_at < now, 1), else_=0))
    query = armed(within, whole).with_only_columns(PromiseRow.clock, sa.func.count(), late).group_by(PromiseRow.clock)
    found = {clock: (n, int(k or 0)) for clock, n, k in session.execute(query)}
    return [(clock, *found[clock]) for clock in Clock if clock in found]


def _tiles(session: Session, within: sa.ColumnElement[bool], whole: bool, counts: Sequence[tuple[Clock, int, int]], now: datetime) -> Tiles:
    by_clock = {clock: (n, late) for clock, n, late in counts}
    dispatch, urgent = by_clock.get(Clock.DISPATCH, (0, 0)), by_clock.get(Clock.ARRIVE_URGENT, (0, 0))
    acks = by_clock.get(Clock.ESCALATION_ACK, (0, 0))
    ringing = list(session.scalars(sa.select(CallRow.ring_started_at).where(_RINGING)))
    returns = by_clock.get(Clock.MISSED_CALL) or _returns(session, now)
    overdue = armed(within, whole).with_only_columns(sa.func.count(sa.distinct(PromiseRow.ticket_id))).where(
        PromiseRow.due_at < now, PromiseRow.clock.not_in(ABOUT_ESCALATIONS), PromiseRow.ticket_id.is_not(None))
    late_calls = by_clock.get(Clock.ANSWER, (0, 0))[1] + by_clock.get(Clock.HOLD, (0, 0))[1]
    return Tiles(*dispatch, *urgent, len(ringing), late_calls, *returns, *acks, session.scalar(overdue) or 0)


def _returns(session: Session, now: datetime) -> tuple[int, int]:
    """Return calls due, for a board narrowed to compounds: a caller nobody has answered belongs to no compound."""
    query = (sa.select(sa.func.count(), sa.func.sum(sa.case((PromiseRow.due_at < now, 1), else_=0))).select_from(_ARMED)
             .join(PromiseRow, PromiseRow.id == _ARMED.c.promise_id).join(CallRow, CallRow.id == PromiseRow.call_id)
             .where(PromiseRow.clock == Clock.MISSED_CALL, CallRow.return_call == ReturnCall.DUE))
    n, late = session.execute(query).one()
    return n, int(late or 0)


def _promises(session: Session, staff: Staff, user: str, within: sa.ColumnElement[bool], whole: bool, clocks: Sequence[Clock],
              now: datetime) -> tuple[Running, ...]:
    """The promises that run, the longest overdue first, then the nearest breach."""
    nearest = armed(within, whole).where(PromiseRow.clock.in_(clocks)).order_by(PromiseRow.due_at, PromiseRow.id).limit(MOST)
    rows = list(session.scalars(sa.select(PromiseRow).where(PromiseRow.id.in_(list(session.scalars(nearest))))
                                .order_by(PromiseRow.due_at, PromiseRow.id)))
    ids = sorted({r.ticket_id for r in rows if r.ticket_id})
    tickets = _by_id(session, ids)
    raised = many_tickets.of_tickets(session, EscalationRow, ids, EscalationRow.ended_at.is_(None))
    reminded = _reminded(session, rows)
    calls = {c.id: c for c in session.scalars(sa.select(CallRow).where(CallRow.id.in_([r.call_id for r in rows if r.call_id])))}
    found = tuple(_running(r, tickets.get(r.ticket_id or 0), calls.get(r.call_id or 0), raised[r.ticket_id or 0], reminded.get(r.id, []),
                           staff, user, now) for r in rows)
    reports = _reports(session, staff, rows)
    return tuple(replace(shown, report=reports.get(row.period_id or 0)) for row, shown in zip(rows, found, strict=True))


def _reports(session: Session, staff: Staff, rows: Sequence[PromiseRow]) -> dict[int, tuple[str, str]]:
    """The days, weeks and shifts these promises are about: key, and whose shift or which compound."""
    names = {c.code: c.name for c in session.scalars(sa.select(CompoundRow))}
    periods = session.scalars(sa.select(PeriodRow).where(PeriodRow.id.in_([r.period_id for r in rows if r.period_id])))
    return {p.id: (p.key.rpartition("@")[2].replace("T", " "),
                   name_of(staff, p.content["user"]) if p.content.get("user") else names.get(p.compound, "")) for p in periods}


def _by_id(session: Session, ids: Sequence[int]) -> dict[int, TicketRow]:
    return {row.id: row for part in many_tickets.chunks(ids) for row in session.scalars(sa.select(TicketRow).where(TicketRow.id.in_(part)))}


def _reminded(session: Session, rows: Sequence[PromiseRow]) -> dict[int, list[MessageRow]]:
    """What each promise's timer has said so far, by promise: a message's key names the timer."""
    timers = {t.id: t.promise_id for t in session.execute(
        sa.select(TimerRow.id, TimerRow.promise_id).where(TimerRow.promise_id.in_([r.id for r in rows])))}
    ids = sorted({r.ticket_id for r in rows if r.ticket_id})
    said = session.scalars(sa.select(MessageRow).where(MessageRow.ticket_id.in_(ids), MessageRow.key.like("timer:%")).order_by(MessageRow.id))
    found: dict[int, list[MessageRow]] = defaultdict(list)
    for message in said:
        promise = timers.get(int(message.key.split(":")[1]))
        if promise is not None:
            found[promise].append(message)
    return found


def _running(row: PromiseRow, ticket: TicketRow | None, call: CallRow | None, raised: Sequence[EscalationRow],
             reminded: Sequence[MessageRow], staff: Staff, user: str, now: datetime) -> Running:
    mine = [e for e in raised if e.clock == row.clock]
    told = list(dict.fromkeys([u for e in mine for u in e.told] or [m.to for m in reminded]))
    said_at = [e.at for e in mine] or [m.created_at for m in reminded]
    return Running(
        row.id, Clock(row.clock), row.due_at, row.first_due_at, now > row.due_at, *_subject(ticket, call, staff),
        level=max((e.level for e in mine), default=0), told=tuple(name_of(staff, u) for u in told), told_at=max(said_at, default=None),
        may_acknowledge=any(_may_acknowledge(e, staff, user) for e in mine), call=numbers.masked(call.from_number) if call else "")


def _subject(ticket: TicketRow | None, call: CallRow | None, staff: Staff) -> tuple[str, TicketType | None, State | None, str, bool, str, str]:
    """What a promise is about: number, type, state, place, urgent, owner and handler."""
    if ticket is None:
        answered_by = call.answered_by if call else None
        return "", None, None, "", False, name_of(staff, answered_by) if answered_by else "", ""
    type_ = TicketType(ticket.type)
    return (ticket.number, type_, State(ticket.state), ticket.place, type_ in URGENT,
            name_of(staff, ticket.acting_follower or ticket.owner), name_of(staff, ticket.assignee) if ticket.assignee else "")


def _may_acknowledge(row: EscalationRow, staff: Staff, user: str) -> bool:
    """Nobody has taken it up, and it stands on the person's level or below, or they were told themselves."""
    roles = staff.roles(user)
    own = max((LEVEL_OF.get(r, 0) for r in roles), default=0)
    return row.acknowledged_at is None and bool(roles & ACKNOWLEDGING) and (row.level <= own or user in row.told)


def _escalations(session: Session, staff: Staff, user: str, within: sa.ColumnElement[bool]) -> tuple[Told, ...]:
    """Escalations still open: those nobody has taken up first, the highest level on top."""
    found = list(session.execute(
        sa.select(EscalationRow, TicketRow).join(TicketRow, TicketRow.id == EscalationRow.ticket_id)
        .where(EscalationRow.ended_at.is_(None), TicketRow.state.in_(OPEN), within)
        .order_by(EscalationRow.acknowledged_at.is_not(None), EscalationRow.level.desc(), EscalationRow.at).limit(MOST)))
    due = _acknowledge_by(session, [row.id for row, _ in found])
    return tuple(Told(
        e.id, t.number, TicketType(t.type), t.place, e.level, Trigger(e.trigger), Clock(e.clock) if e.clock else None, named(e.reason), e.at,
        tuple(name_of(staff, u) for u in e.told), e.acknowledged_at, name_of(staff, e.acknowledged_by) if e.acknowledged_by else "",
        due.get(str(e.id)), _may_acknowledge(e, staff, user)) for e, t in found)


def _acknowledge_by(session: Session, ids: Sequence[int]) -> dict[str, datetime]:
    query = sa.select(PromiseRow.about, PromiseRow.due_at).join(_ARMED, _ARMED.c.promise_id == PromiseRow.id).where(
        PromiseRow.clock == Clock.ESCALATION_ACK, PromiseRow.about.in_([str(i) for i in ids]))
    return {row.about: row.due_at for row in session.execute(query)}


def _open_escalations(session: Session, within: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(EscalationRow).join(TicketRow, TicketRow.id == EscalationRow.ticket_id)
                          .where(EscalationRow.ended_at.is_(None), TicketRow.state.in_(OPEN), within)) or 0


def _unsent(session: Session, staff: Staff, within: sa.ColumnElement[bool], whole: bool, now: datetime) -> tuple[tuple[Unsent, ...], int]:
    """Messages parked, of unknown fate, or waiting far too long; the newest first."""
    lost = sa.select(MessageRow.id).where(_NOT_DELIVERED)
    waits = sa.select(MessageRow.id).where(_WAITING, MessageRow.created_at < now - UNSENT_AFTER)
    query = (sa.select(MessageRow, TicketRow.number).outerjoin(TicketRow, TicketRow.id == MessageRow.ticket_id)
             .where(MessageRow.id.in_(sa.union_all(lost, waits))))
    if not whole:
        query = query.where(within)
    rows = session.execute(query.order_by(MessageRow.id.desc()).limit(UNSENT_SHOWN))
    found = tuple(Unsent(m.id, name_of(staff, m.to), m.channel, number or "", m.text, m.status, m.tries, m.created_at, m.last_error or "")
                  for m, number in rows)
    count = sa.select(sa.func.count()).select_from(query.with_only_columns(MessageRow.id).subquery())
    return found, (session.scalar(count) or 0) if len(found) == UNSENT_SHOWN else len(found)


def pulse(session: Session, now: datetime) -> Pulse:
    """The clocks' last sign of life, the oldest timer that waits, and how late the last day's rungs fired."""
    seen = session.scalar(sa.select(sa.func.max(NodeRow.seen_at)).where(NodeRow.kind == "clock"))
    oldest = session.scalar(sa.select(sa.func.min(TimerRow.due_at)).where(TimerRow.due_at.is_not(None)))
    recent = TimerFireRow.fired_at > now - timedelta(days=1)
    fired, worst = session.execute(sa.select(sa.func.count(), sa.func.max(TimerFireRow.late_ms)).where(recent)).one()
    p99 = session.scalar(sa.select(TimerFireRow.late_ms).where(recent).order_by(TimerFireRow.late_ms)
                         .offset(min(fired - 1, int(fired * 0.99))).limit(1)) if fired else None
    waiting = max(timedelta(0), now - oldest) if oldest else timedelta(0)
    return Pulse(seen, seen is not None and now - seen <= audit.SILENT, waiting, fired, p99, worst)
