"""The summary kept up to date: read and count without a lock, then add the differences in one short transaction, unless somebody else has."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callcenter.domain.figures import daily
from callcenter.domain.figures.calls import cases_of_span
from callcenter.domain.figures.cases import from_ms, to_ms
from callcenter.domain.telephone import AgentState
from callcenter.services.figures import telephone
from callcenter.services.figures.daily import faults, planning, stale, state, summing, together
from callcenter.services.figures.daily.counting import KINDS, Change, recounted
from callcenter.services.figures.daily.state import Mark
from callcenter.services.hotline import Hotline
from callcenter.storage.figure_tables import FigureMarkRow
from callcenter.storage.telephone_tables import AgentSpanRow

#: events, or tickets and calls, counted in one transaction: SQLite has one writer, and others wait for it
PIECE = 1_000
#: the same when everything is counted anew, for the database that makes nobody wait
LARGE = 20_000
#: pieces done in one minute
PIECES = 20
#: days of agents' time summed up in one transaction
DAYS = 14
#: agents' time of a day is summed up when the day has been over for so long
SETTLED = timedelta(days=1)
_S = AgentSpanRow
#: told how many tickets and calls have been counted
Progress = Callable[[int], None]


def refresh(hotline: Hotline, now: datetime, pieces: int = PIECES) -> int:
    """
    Count what has changed, and carry on with what has never been counted, in *pieces* short transactions at most; returns how many
    tickets and calls were counted. Safe in every clock at once and to be killed at any moment: a piece is there or it is not.
    """
    _begin(hotline)
    counted = 0
    for step in (_changed, _time, _everything):
        for _ in range(pieces):
            done = step(hotline, now, _size(hotline, PIECE, PIECE))
            counted += done or 0
            if done is None:
                break
    return counted


def rebuild(hotline: Hotline, now: datetime, progress: Progress = lambda counted: None, processes: int = 1) -> int:
    """
    Count everything anew, whatever was counted before; a rebuilding that was interrupted goes on where it was. Returns how many.

    Args:
        processes: so many count at once, where this process has no other threads; one writes.
    """
    _begin(hotline)
    _forget(hotline, lambda mark: mark.complete)
    counted, size = 0, _size(hotline, PIECE, LARGE)
    if processes > 1:
        counted = together.count(hotline, now, size, processes, progress)
    while (done := _everything(hotline, now, size)) is not None:
        counted += done
        progress(counted)
    for step in (_time, _changed):
        while step(hotline, now, size) is not None:
            pass
    return counted


def _size(hotline: Hotline, small: int, large: int) -> int:
    return small if hotline.store.sqlite else large


def _begin(hotline: Hotline) -> None:
    """The row that says how far everything is; what was counted another way is counted anew from nothing."""
    with hotline.store.reading() as session:
        mark = state.read(session)
    if mark is not None:
        if state.another_way(mark):
            _forget(hotline, state.another_way)
        return
    try:
        with hotline.store.transaction() as session:
            session.add(FigureMarkRow(id=state.ONLY))
    except IntegrityError:
        pass  # another clock was first


def _forget(hotline: Hotline, wanted: Callable[[Mark], bool]) -> None:
    """Everything that was counted, where nobody else has seen to it."""
    with hotline.store.transaction() as session:
        mark = planning.locked(session)
        if wanted(mark):
            summing.clear(session)
            planning.move(session, mark, basis="", toward="", time_day=None, as_of=None)


def _changed(hotline: Hotline, now: datetime, size: int) -> int | None:
    """What was written since the mark, or has changed by time alone; None when nothing was left over."""
    with hotline.store.reading() as session:
        mark = state.read(session)
        if mark is None or not mark.complete:
            return None
        whole, settled = stale.everything(session), stale.settled(session, now)
        reach = stale.at_most(session, mark, settled, size)
        changes, over = [], all(a >= b for a, b in zip(reach, whole, strict=True))
        for kind in KINDS:
            ids = stale.written(session, kind, mark, reach) | set(stale.overdue(session, kind, to_ms(now), size))
            over = over and len(ids) < size
            changes += [c for c in recounted(hotline, session, kind, ids, now) if c.moved]
        changes += faults.recounted(session, faults.stirred(changes))
    events, spans = (max(a, min(b, c)) for a, b, c in zip((mark.event_id, mark.span_id), reach, settled, strict=True))
    moved = {"event_id": events, "span_id": spans, **({"as_of": to_ms(now)} if over else {})}
    wrote = _write(hotline, mark, moved, changes)
    return None if over or not wrote else len(changes)


def _everything(hotline: Hotline, now: datetime, size: int) -> int | None:
    """The next tickets or calls in their order, until all were counted under today's people and rules; None when they are."""
    with hotline.store.reading() as session:
        mark, toward = state.read(session), state.basis(hotline, session)
        if mark is None or mark.basis == toward:
            return None
        anew = planning.anew(session, mark, toward, now)
        kind, ids, until = planning.next_piece(session, mark._replace(**anew), size)
        changes = [c for c in recounted(hotline, session, kind, ids, now) if c.moved] if ids else faults.everything(session)
    over = {f"{kind.name}_done": until} if ids else {"basis": toward}
    return len(ids) if _write(hotline, mark, {**anew, **over}, changes) else 0


def _time(hotline: Hotline, now: datetime, size: int) -> int | None:
    """Agents' time of days that are over for good, some days at once; None when there is none."""
    with hotline.store.reading() as session:
        mark = state.read(session)
        first = mark and (mark.time_day if mark.time_day is not None else _first_day(session))
        if mark is None or first is None:
            return None
        last = min(first + DAYS, _lasting(session, now))
        if last <= first:
            return None
        sums = daily.Sums()
        for day in range(first, last):
            since, until = (from_ms(daily.begin_of(d)) for d in (day, day + 1))
            sums.add(c for span in telephone.spans(session, since, until) for c in daily.by_day(cases_of_span(span)))
    return 0 if _write(hotline, mark, {"time_day": last}, sums=sums) else None


def _first_day(session: Session) -> int | None:
    first = session.scalar(sa.select(sa.func.min(_S.since_at)))
    return None if first is None else daily.day_of(to_ms(first))


def _lasting(session: Session, now: datetime) -> int:
    """The first day that may still change: yesterday, or the day of a stretch at work whose end nobody has written down."""
    open_ = session.scalar(sa.select(sa.func.min(_S.since_at)).where(_S.until_at.is_(None), _S.state != AgentState.OFFLINE))
    day = daily.day_of(to_ms(now - SETTLED))
    return day if open_ is None else min(day, daily.day_of(to_ms(open_)))


def _write(hotline: Hotline, mark: Mark, moved: Mapping[str, Any], changes: Sequence[Change] = (), sums: daily.Sums | None = None) -> bool:
    """Add the differences and move the mark, unless the summary was written to since *mark* was read."""
    return planning.put(hotline, mark, moved, summing.rows_of(changes, sums))
