"""What was written since it was counted, or has changed by time alone: found by index, a few at a time, never by reading everything."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures.calls import AGAIN_WITHIN
from callcenter.domain.figures.cases import Ms
from callcenter.services.figures.daily.counting import CALL, TICKET, Kind, valid_not
from callcenter.services.figures.daily.state import Mark
from callcenter.services.many_tickets import chunks
from callcenter.storage.figure_tables import FigureCountedRow
from callcenter.storage.tables import CallRow, EventRow, TicketRow
from callcenter.storage.telephone_tables import AgentSpanRow

#: an event may be committed after one with a higher number, but not by so much
LAG = timedelta(minutes=10)
#: a call that lasts longer is not looked for
_LONGEST = timedelta(days=1)
_E, _T, _C, _S, _K = EventRow, TicketRow, CallRow, AgentSpanRow, FigureCountedRow


class Reach(NamedTuple):
    """How far is looked: events and stretches of agents' time with numbers up to these."""

    event_id: int
    span_id: int


class TooMuch(Exception):
    """More has changed than may be counted on the way."""


def everything(session: Session) -> Reach:
    """All there are."""
    return Reach(session.scalar(sa.select(sa.func.max(_E.id))) or 0, session.scalar(sa.select(sa.func.max(_S.id))) or 0)


def settled(session: Session, now: datetime) -> Reach:
    """Those before which nothing can appear any more: the last ones of ten minutes ago."""
    early = now - LAG
    return Reach(session.scalar(sa.select(_E.id).where(_E.at < early).order_by(_E.id.desc()).limit(1)) or 0,
                 session.scalar(sa.select(_S.id).where(_S.since_at < early).order_by(_S.id.desc()).limit(1)) or 0)


def at_most(session: Session, mark: Mark, last: Reach, many: int) -> Reach:
    """Not more than *many* events after the mark; everything once what is beyond *last*, where the mark cannot go yet, begins."""
    whole = everything(session)
    event = session.scalar(sa.select(_E.id).where(_E.id > mark.event_id).order_by(_E.id).offset(many).limit(1))
    span = session.scalar(sa.select(_S.id).where(_S.id > mark.span_id).order_by(_S.id).offset(many).limit(1))
    return Reach(event if event and event < last.event_id else whole.event_id, span if span and span < last.span_id else whole.span_id)


def at_once(session: Session, kind: Kind, mark: Mark, now: Ms, most: int) -> set[int]:
    """
    Everything that is not, at this very moment, what it was counted as.

    Raises:
        TooMuch: there is more of it than *most*.
    """
    ids = written(session, kind, mark, everything(session), most) | set(overdue(session, kind, now, most + 1))
    if len(ids) > most:
        raise TooMuch
    return ids


def written(session: Session, kind: Kind, mark: Mark, reach: Reach, most: int | None = None) -> set[int]:
    """
    What was written about after the mark.

    Raises:
        TooMuch: there is more of it than *most*.
    """
    return _tickets(session, mark, reach, most) if kind is TICKET else _calls(session, mark, reach, most)


def overdue(session: Session, kind: Kind, now: Ms, most: int) -> list[int]:
    """What has changed by time alone, at most so many."""
    return list(session.scalars(sa.select(_K.id).where(_K.kind == kind.name, valid_not(now)).order_by(_K.next_at, _K.id).limit(most)))


def _after(mark: Mark, reach: Reach) -> tuple[sa.ColumnElement[bool], ...]:
    return _E.id > mark.event_id, _E.id <= reach.event_id


def _tickets(session: Session, mark: Mark, reach: Reach, most: int | None) -> set[int]:
    """Tickets whose chain has grown since they were counted, and whatever shares or shared a matter with them."""
    acted = sa.select(_E.ticket_id).where(*_after(mark, reach), _E.ticket_id.is_not(None)).distinct()
    ids: set[int] = set()
    matters: set[int] = set()
    for part in chunks(_limited(session, acted, most and 20 * most)):
        rows = session.execute(sa.select(_T.id, _T.matter_id, _K.matter_id).outerjoin(_K, sa.and_(_K.kind == TICKET.name, _K.id == _T.id)).where(
            _T.id.in_(part), sa.or_(_K.seq.is_(None), _K.seq != _T.chain_seq)))
        for id_, matter, earlier in rows:
            ids.add(id_)
            matters |= {matter, earlier or matter}
    if most is not None and len(ids) > most:
        raise TooMuch
    return ids | set(_together(session, matters))


def _together(session: Session, matters: set[int]) -> Iterator[int]:
    for part in chunks(sorted(matters)):
        yield from session.scalars(sa.select(_T.id).where(_T.matter_id.in_(part)))
        yield from session.scalars(sa.select(_K.id).where(_K.matter_id.in_(part)))


def _limited(session: Session, query: sa.Select[Any], most: int | None) -> list[int]:
    ids = [id_ for id_ in session.scalars(query if most is None else query.limit(most + 1)) if id_]
    if most is not None and len(ids) > most:
        raise TooMuch
    return sorted(ids)


def _calls(session: Session, mark: Mark, reach: Reach, most: int | None) -> set[int]:
    """Calls something was written about, to a ticket they led to, or in after-call work; and earlier calls of a new one's telephone."""
    own = sa.select(_E.call_id).where(*_after(mark, reach), _E.call_id.is_not(None)).distinct()
    led = sa.select(_T.call_id).join(_E, _E.ticket_id == _T.id).where(*_after(mark, reach), _T.call_id.is_not(None)).distinct()
    wrapped = sa.select(_S.call_id).where(_S.id > mark.span_id, _S.id <= reach.span_id, _S.call_id.is_not(None)).distinct()
    ids = {id_ for query in (own, led, wrapped) for id_ in _limited(session, query, most)}
    return ids | set(_before(session, ids))


def _before(session: Session, ids: set[int]) -> Iterator[int]:
    """Calls from the same telephone shortly before one that has not been counted yet."""
    for part in chunks(sorted(ids)):
        new = session.execute(sa.select(_C.phone_key, _C.ring_started_at).outerjoin(_K, sa.and_(_K.kind == CALL.name, _K.id == _C.id)).where(
            _C.id.in_(part), _C.direction == "inbound", _C.phone_key.is_not(None), _K.id.is_(None)))
        for key, rang in list(new):
            yield from session.scalars(sa.select(_C.id).where(
                _C.phone_key == key, _C.direction == "inbound", _C.ring_started_at < rang, _C.ring_started_at >= rang - AGAIN_WITHIN - _LONGEST))
