"""How promises were kept, day by day, and how long it really took: added up from the promise rows."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.days import local
from callcenter.domain.figures import to_ms
from callcenter.domain.vocabulary import Clock, State
from callcenter.services.pictures import Ask, ms, within
from callcenter.storage.codec import from_ms
from callcenter.storage.tables import PromiseRow, TicketRow

_P = PromiseRow
_LEFT_OUT = (State.CANCELLED.value, State.MERGED.value)
_HOUR = 3_600_000
#: a breach is written down at the due time or soon after it
_MARGIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """Promises of one kind decided on one day."""

    hits: int
    misses: int

    @property
    def decided(self) -> int:
        return self.hits + self.misses


def kept(session: Session, ask: Ask, clocks: tuple[Clock, ...]) -> dict[tuple[Clock, date], Kept]:
    """What was decided on every local day, by the verdicts of `domain.figures.promised`: the days add up to the figure of that clock."""
    hit, at = _verdict(to_ms(ask.now))
    hour = (at // _HOUR).label("hour")
    query = sa.select(_P.clock, hour, sa.func.sum(hit), sa.func.count()).where(
        _P.clock.in_(clocks), _P.due_at >= ask.since - _MARGIN, _P.started_at < ask.until, hit.is_not(None),
        at >= to_ms(ask.since), at < to_ms(ask.until), *_of_tickets(ask)).group_by(_P.clock, hour)
    found: dict[tuple[Clock, date], Kept] = defaultdict(lambda: Kept(0, 0))
    for clock, when, hits, decided in session.execute(query):
        key = Clock(clock), local(from_ms(int(when) * _HOUR)).date()
        found[key] = Kept(found[key].hits + int(hits), found[key].misses + decided - int(hits))
    return dict(found)


def _verdict(now: int) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """1 kept, 0 broken, none where nothing is decided; and the instant of it, as `promised.verdict` has them."""
    due, done, void, pause, broken = (ms(c) for c in (_P.due_at, _P.kept_at, _P.voided_at, _P.paused_at, _P.broken_at))
    ended = sa.case((sa.and_(pause.is_not(None), pause < void), pause), else_=void)
    hit = sa.case(
        (void.is_not(None), sa.case((sa.or_(broken.is_not(None), ended > due), 0))),
        (_P.excused_at.is_not(None), None),
        (done.is_not(None), sa.case((done <= due, 1), else_=0)),
        (pause.is_not(None), sa.case((pause > due, 0))),
        (sa.or_(broken.is_not(None), due < now), 0))
    return hit, sa.case((sa.and_(void.is_(None), done <= due), done), else_=sa.func.coalesce(broken, due))


def _of_tickets(ask: Ask) -> list[sa.ColumnElement[bool]]:
    """Of tickets that count and may be seen."""
    found: list[sa.ColumnElement[bool]] = [
        _P.ticket_id.is_not(None), _P.ticket_id.not_in(sa.select(TicketRow.id).where(TicketRow.state.in_(_LEFT_OUT)))]
    if ask.narrow:
        found.append(_P.ticket_id.in_(sa.select(TicketRow.id).where(*ask.tickets)))
    return found


@dataclass(frozen=True, slots=True)
class Times:
    """How many took no longer than each limit (and longer than the one before), how many longer, how many wait still; and the median."""

    bands: tuple[int, ...]
    waiting: int
    middle: timedelta | None

    @property
    def n(self) -> int:
        return sum(self.bands) + self.waiting


def times(session: Session, ask: Ask, clock: Clock, limits: tuple[timedelta, ...]) -> Times:
    """From receipt to the act that keeps *clock*, of the first round's promises that fell due in the period; excused and void ones left out."""
    took = ms(_P.kept_at) - ms(TicketRow.received_at)
    rows = [_P.clock == clock, *within(_P.due_at, ask.since, ask.end), _P.cycle == 1, _P.excused_at.is_(None), _P.voided_at.is_(None),
            TicketRow.state.not_in(_LEFT_OUT), *ask.tickets]
    return _banded(session, took, sa.join(_P, TicketRow, TicketRow.id == _P.ticket_id), rows, limits)


def repairs(session: Session, ask: Ask, types: frozenset[str], limits: tuple[timedelta, ...]) -> Times:
    """From receipt to the end of the work, of the tickets of *types* finished in the period."""
    took = ms(TicketRow.completed_at) - ms(TicketRow.received_at)
    rows = [*within(TicketRow.completed_at, ask.since, ask.end), TicketRow.type.in_(sorted(types)), TicketRow.state.not_in(_LEFT_OUT), *ask.tickets]
    return _banded(session, took, sa.inspect(TicketRow).local_table, rows, limits)


def _banded(session: Session, took: sa.ColumnElement[Any], table: Any, rows: list[sa.ColumnElement[bool]], limits: tuple[timedelta, ...]) -> Times:
    band = sa.case(*((took <= limit // timedelta(milliseconds=1), n) for n, limit in enumerate(limits)),
                   (took.is_not(None), len(limits)), else_=-1).label("band")
    counts = {int(b): n for b, n in session.execute(sa.select(band, sa.func.count()).select_from(table).where(*rows).group_by(band))}
    waiting, known = counts.get(-1, 0), sum(n for b, n in counts.items() if b >= 0)
    middle = session.scalar(sa.select(took).select_from(table).where(*rows, took.is_not(None)).order_by(took).offset((known - 1) // 2).limit(1)
                            ) if known else None
    return Times(tuple(counts.get(n, 0) for n in range(len(limits) + 1)), waiting,
                 None if middle is None else timedelta(milliseconds=int(middle)))


def stretches(since: datetime, until: datetime) -> list[tuple[date, date]]:
    """The period cut for a trend: days up to a fortnight, weeks from Monday up to fifteen, else months; each with the day after it."""
    first, end = local(since).date(), local(until).date()
    size = (end - first).days
    found, day = [], first
    while day < end:
        after = min(end, _next(day, size))
        found.append((day, after))
        day = after
    return found


def _next(day: date, size: int) -> date:
    if size <= 14:
        return day + timedelta(days=1)
    if size <= 105:
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
