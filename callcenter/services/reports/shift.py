"""The sheet a shift is handed over with (RP-S, F13): what whoever takes over has to know, filled in from the records."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import URGENT, Clock, State, TicketType
from callcenter.services import masking
from callcenter.services.reports import lists
from callcenter.services.reports.facts import Facts
from callcenter.services.reports.sheet import Cell, Section, section
from callcenter.storage.tables import CallRow, PromiseRow, ShiftRow, TicketRow

#: what falls due within this time is pointed out to whoever takes over
SOON = timedelta(hours=2)
#: follow-up calls are listed a day ahead
CALLS_AHEAD = timedelta(days=1)
_UNDER_WAY = frozenset({State.NEW, State.DISPATCHED, State.ACCEPTED, State.ON_SITE, State.REWORK})


def sections(session: Session, facts: Facts, user: str) -> Iterator[Section]:
    """The open tickets of *user*, urgent jobs under way, what is due soon or late, calls to return and to make."""
    facts = replace(facts, shifts=_handed(session, facts))
    yield section("open", ("未结工单", "Open tickets"), "编号|Number  类型|Type  地点|Place  状态|State  下一时限|Next promise  到期|Due"
                  "  代理跟进|Follower", (_line(facts, t) for t in _mine(facts, user)), compared=(0, 3))
    yield section("urgent", ("急修在途", "Urgent jobs under way"), "编号|Number  地点|Place  状态|State  处理人|Handler",
                  ((t.number, facts.place(t), facts.open_at_end[t.id], facts.name(t.assignee)) for t in _urgent(facts)))
    yield section("soon", ("两小时内到期", "Due within two hours"), "编号|Number  地点|Place  时限|Promise  到期|Due  责任人|Owner", _soon(facts))
    yield section("overdue", ("超期件", "Overdue"), lists.OVERDUE_COLUMNS, lists.overdue(facts))
    yield section("returns", ("待回拨", "Calls to return"), "来电时间|Rang at  号码|Number called from  到期|Due", _returns(session, facts.until))
    yield section("callbacks", ("待回访", "Follow-up calls due"), "编号|Number  到期|Due",
                  ((facts.tickets[id_].number, p.due_at) for id_, p in facts.promises
                   if p.key is Clock.CALLBACK and id_ in facts.open_at_end and lists.ran_at(p, facts.until) and p.due_at < facts.until + CALLS_AHEAD))
    yield section("duty", ("交接班记录", "Duty notes"), lists.DUTY_COLUMNS, lists.duty(facts), compared=(0, 1, 2, 3))


def _handed(session: Session, facts: Facts) -> list[ShiftRow]:
    """The shifts handed over by then, the one that is being handed over at this very moment included."""
    return list(session.scalars(
        sa.select(ShiftRow).where(ShiftRow.handed_at >= facts.since, ShiftRow.handed_at <= facts.until).order_by(ShiftRow.id)))


def _mine(facts: Facts, user: str) -> list[TicketRow]:
    """Owned or followed; and what was handed over with this very shift, which somebody else follows by now."""
    handed = {number for shift in facts.shifts if shift.user == user for number in shift.tickets}
    return [t for id_, t in facts.tickets.items() if id_ in facts.open_at_end
            and (user == (t.acting_follower or t.owner) or t.number in handed)]


def _urgent(facts: Facts) -> list[TicketRow]:
    return [t for id_, t in facts.tickets.items() if t.type in URGENT and facts.open_at_end.get(id_) in _UNDER_WAY]


def _soon(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    due = [(facts.tickets[id_], p) for id_, p in facts.promises if id_ in facts.open_at_end and p.key is not Clock.ESCALATION_ACK
           and lists.ran_at(p, facts.until) and facts.until <= p.due_at <= facts.until + SOON]
    for ticket, promise in sorted(due, key=lambda found: (found[1].due_at, found[0].number)):
        yield ticket.number, facts.place(ticket), promise.key, promise.due_at, facts.name(ticket.owner)


def _returns(session: Session, until: datetime) -> Iterator[tuple[Cell, ...]]:
    """Callers who were not answered and had not been called back by then."""
    open_ = sa.and_(*(sa.or_(c.is_(None), c >= until) for c in (PromiseRow.kept_at, PromiseRow.voided_at, PromiseRow.excused_at)))
    found = sa.select(CallRow, PromiseRow.due_at).join(PromiseRow, PromiseRow.call_id == CallRow.id).where(
        PromiseRow.clock == Clock.MISSED_CALL, PromiseRow.started_at < until, open_).order_by(PromiseRow.due_at, CallRow.id)
    for call, due in session.execute(found):
        yield call.ring_started_at, masking.phone(call.from_number), due


def _line(facts: Facts, ticket: TicketRow) -> tuple[Cell, ...]:
    running = min((p for id_, p in facts.promises if id_ == ticket.id and lists.ran_at(p, facts.until) and p.key is not Clock.ESCALATION_ACK),
                  key=lambda p: p.due_at, default=None)
    return (ticket.number, TicketType(ticket.type), facts.place(ticket), facts.open_at_end[ticket.id], running.key if running else None,
            running.due_at if running else None, facts.name(ticket.acting_follower))
