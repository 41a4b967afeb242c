"""Tickets and calls counted one by one: their cases by day, and how long that stays true."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures import cases_of, daily
from callcenter.domain.figures.calls import cases_of_call
from callcenter.domain.figures.cases import Mark, Ms, to_ms
from callcenter.domain.figures.daily import DayCase, Valid
from callcenter.domain.figures.facts import TicketFact
from callcenter.domain.figures.standing import moves
from callcenter.domain.vocabulary import State
from callcenter.services.figures import telephone, tickets
from callcenter.services.hotline import Hotline
from callcenter.services.many_tickets import chunks
from callcenter.storage.figure_tables import FigureCountedRow
from callcenter.storage.tables import CallRow, TicketRow

_LEFT_OUT = frozenset({State.CANCELLED.value, State.MERGED.value})
_T, _K = TicketRow, FigureCountedRow


class Counted(NamedTuple):
    """What a ticket or a call is counted as."""

    id: int
    matter_id: int | None
    seq: int
    valid: Valid
    #: `daily.packed`
    cases: str
    #: the same, not packed, where they are at hand
    known: Sequence[DayCase] = ()


def tickets_counted(hotline: Hotline, session: Session, ids: Sequence[int], now: datetime, end: datetime) -> Iterator[Counted]:
    """
    The tickets of *ids* as of *now*.

    The end of each one's chain is read before anything else: whatever is written meanwhile makes the count stale, never wrongly fresh.
    """
    instant = to_ms(now)
    known = {r.number: r for part in chunks(ids) for r in session.connection().execute(
        sa.select(_T.number, _T.id, _T.matter_id, _T.chain_seq).where(_T.id.in_(part)))}
    for fact in tickets.read(hotline, session, ids):
        row = known[fact.number]
        cases = [*daily.by_day([*cases_of(fact, instant), *moves(fact, instant)]), *_received(fact), *_fault(fact)]
        yield Counted(row.id, row.matter_id, row.chain_seq, daily.ticket_valid(fact, instant), daily.packed(cases), cases)


def _received(fact: TicketFact) -> list[DayCase]:
    if fact.state in _LEFT_OUT:
        return []
    values = tuple([fact.dimensions.get(d, "") for d in daily.DIMENSIONS])
    return [DayCase(daily.RECEIVED, daily.day_of(fact.received_at), Mark.HIT, 1, values)]


def _fault(fact: TicketFact) -> list[DayCase]:
    if fact.fault_at is None:
        return []
    compound = fact.dimensions["compound"]
    of = daily.values_of(compound=compound, building=f"{compound}/{fact.fault_at}", category=fact.dimensions["category"])
    return [daily.fault(fact.received_at, of)]


def calls_counted(hotline: Hotline, session: Session, ids: Sequence[int], now: datetime, end: datetime) -> Iterator[Counted]:
    """The inbound calls of *ids* as of *now*; after-call work still going on is counted until *end*."""
    instant = to_ms(now)
    for id_, heard in telephone.of_ids(session, ids, to_ms(end)):
        cases = daily.by_day(cases_of_call(heard, instant))
        yield Counted(id_, None, 0, daily.call_valid(heard, instant), daily.packed(cases), cases)


Count = Callable[[Hotline, Session, Sequence[int], datetime, datetime], Iterator[Counted]]


class Kind(NamedTuple):
    """What is counted one by one."""

    name: str
    counted: Count
    ids: Any
    #: when it came in: everything is counted in this order, day by day
    came: Any


TICKET = Kind("ticket", tickets_counted, TicketRow.id, TicketRow.received_at)
CALL = Kind("call", calls_counted, CallRow.id, CallRow.ring_started_at)
KINDS = (TICKET, CALL)


class Change(NamedTuple):
    """Something counted anew: what it was counted as before (none: not yet), and what it is counted as now."""

    #: the name under which it is kept
    kind: str
    before: str | None
    after: Counted
    #: something of it has to be written
    moved: bool

    def difference(self) -> Iterator[tuple[Iterable[DayCase], int]]:
        """The cases that go (−1) and those that come (+1)."""
        if self.before != self.after.cases:
            if self.before is not None:
                yield daily.unpacked(self.before), -1
            yield self.after.known or daily.unpacked(self.after.cases), 1


def kept(session: Session, kind: str, ids: Sequence[int]) -> dict[int, sa.Row[Any]]:
    """What these were counted as."""
    rows: Iterable[sa.Row[Any]] = session.connection().execute(
        sa.select(_K.id, _K.matter_id, _K.seq, _K.since_at, _K.next_at, _K.cases).where(_K.kind == kind, _K.id.in_(ids)))
    return {row.id: row for row in rows}


def recounted(hotline: Hotline, session: Session, kind: Kind, ids: Iterable[int], now: datetime, end: datetime | None = None) -> Iterator[Change]:
    """Everything of *ids* counted anew, beside what it was counted as; `moved` where what is kept has to be written."""
    for part in chunks(sorted(set(ids))):
        before = kept(session, kind.name, part)
        for found in kind.counted(hotline, session, part, now, end or now):
            row = before.get(found.id)
            same = row is not None and (row.matter_id, row.seq, row.since_at, row.next_at, row.cases) == (
                found.matter_id, found.seq, *found.valid, found.cases)
            yield Change(kind.name, row.cases if row is not None else None, found, not same)


def valid_not(instant: Ms) -> sa.ColumnElement[bool]:
    """What was counted and is no longer, or not yet, true at that instant."""
    return sa.or_(_K.next_at < instant, _K.since_at >= instant)
