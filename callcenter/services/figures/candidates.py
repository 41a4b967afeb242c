"""Which tickets can have a case in a period: found by index, never by reading all of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from callcenter.domain.figures.standing import BANDS
from callcenter.domain.vocabulary import ENDED, OPEN, Clock
from callcenter.services.many_tickets import chunks
from callcenter.storage.tables import EventRow, FormRow, PromiseRow, TicketRow

#: dimensions that are columns of the ticket: whoever asks for one value reads only those tickets
COLUMNS: Mapping[str, Any] = {"compound": TicketRow.compound, "category": TicketRow.category, "type": TicketRow.type, "agent": TicketRow.owner}
_FIRST_DUE = (Clock.COMPLETION, Clock.MAKE_SAFE, Clock.ARRIVE_URGENT, Clock.ARRIVE_APPT, Clock.CALLBACK)


def ids(session: Session, since: datetime | None, until: datetime | None, where: Mapping[str, str], *, by_receipt: bool = False) -> list[int]:
    """
    The tickets with a case in [since, until) or more, in order. Whatever is decided is decided by an act, thus by an event of
    the ticket at that instant, or by a promise falling due.
    """
    if since is None or by_receipt:
        received = [*([TicketRow.received_at >= since] if since else []), *([TicketRow.received_at < until] if until else [])]
        found = sa.select(TicketRow.id).where(*received, *narrowed(where))
        return list(session.scalars(found.order_by(TicketRow.id)))
    queries = (_acted(since, until), _due(since, until), _first_due(since, until))
    candidates: set[int] = {id_ for query in queries for id_ in session.scalars(query) if id_}
    candidates |= _siblings(session, candidates)
    if not set(where) & set(COLUMNS):
        return sorted(candidates)
    return sorted(candidates & set(session.scalars(sa.select(TicketRow.id).where(*narrowed(where)))))


def _siblings(session: Session, candidates: set[int]) -> set[int]:
    """The other tickets of the same matters: what happens to one may decide about the matter, which stands with the first of them."""
    other = aliased(TicketRow)
    query = sa.select(other.id).join(TicketRow, sa.and_(TicketRow.matter_id == other.matter_id, TicketRow.id != other.id))
    return {id_ for part in chunks(sorted(candidates)) for id_ in session.scalars(query.where(TicketRow.id.in_(part)))}


def narrowed(where: Mapping[str, str]) -> list[sa.ColumnElement[bool]]:
    """What the database can tell of a filter."""
    return [sa.func.coalesce(COLUMNS[name], "") == value for name, value in where.items() if name in COLUMNS]


def _within(column: Any, since: datetime, until: datetime | None) -> list[sa.ColumnElement[bool]]:
    return [column >= since, *([column < until] if until else [])]


def _acted(since: datetime, until: datetime | None) -> sa.Select[Any]:
    return sa.select(EventRow.ticket_id).where(*_within(EventRow.at, since, until), EventRow.ticket_id.is_not(None)).distinct()


def _due(since: datetime, until: datetime | None) -> sa.Select[Any]:
    return sa.select(PromiseRow.ticket_id).where(PromiseRow.clock.in_(list(Clock)), *_within(PromiseRow.due_at, since, until)).distinct()


def _first_due(since: datetime, until: datetime | None) -> sa.Select[Any]:
    """A promise that moved: first due in the period, due later."""
    return sa.select(PromiseRow.ticket_id).where(
        PromiseRow.clock.in_(_FIRST_DUE), PromiseRow.due_at >= since, *_within(PromiseRow.first_due_at, since, until)).distinct()


def open_at(session: Session, at: datetime, where: Mapping[str, str]) -> list[int]:
    """The tickets that may have been open at *at*: those that are, and those that ended since (K40)."""
    query = sa.select(TicketRow.id).where(
        TicketRow.received_at < at, sa.or_(TicketRow.state.in_(OPEN), TicketRow.closed_at >= at), *narrowed(where))
    return list(session.scalars(query.order_by(TicketRow.id)))


#: how long after it was due an overdue ticket is in another band; at first when it falls due
_AGES = (timedelta(0), *(timedelta(milliseconds=limit - 1) for limit, _ in BANDS))
_ENDS = (PromiseRow.kept_at, PromiseRow.voided_at, PromiseRow.excused_at)


def stirred(session: Session, since: datetime, until: datetime, where: Mapping[str, str]) -> list[int]:
    """The tickets that may have come to stand open or ceased to in [since, until), or whose promise became or was overdue (K40)."""
    came = sa.select(TicketRow.id).where(*_within(TicketRow.received_at, since, until))
    queries = (came, _ended(since, until), _acted_late(since, until), _aged(since, until), _made_good(since, until))
    found = sorted({id_ for query in queries for id_ in session.scalars(query) if id_})
    if not set(where) & set(COLUMNS):
        return found
    return [id_ for part in chunks(found) for id_ in session.scalars(sa.select(TicketRow.id).where(TicketRow.id.in_(part), *narrowed(where)))]


def _ended(since: datetime, until: datetime) -> sa.Select[Any]:
    """Tickets that were over after an act, or before it."""
    over = [state.value for state in ENDED]
    return sa.select(EventRow.ticket_id).where(*_within(EventRow.at, since, until), EventRow.before != EventRow.after,
                                               sa.or_(EventRow.before.in_(over), EventRow.after.in_(over)))


def _acted_late(since: datetime, until: datetime) -> sa.Select[Any]:
    """Tickets somebody acted on whose completion was overdue, or was until then."""
    running = (sa.or_(end.is_(None), end >= since) for end in _ENDS)
    return sa.select(EventRow.ticket_id).join(PromiseRow, PromiseRow.ticket_id == EventRow.ticket_id).where(
        *_within(EventRow.at, since, until), PromiseRow.clock == Clock.COMPLETION, PromiseRow.due_at < until, *running)


def _aged(since: datetime, until: datetime) -> sa.Select[Any]:
    """Tickets whose completion fell due, or had been overdue for some days."""
    aged = sa.or_(*(sa.and_(PromiseRow.due_at >= since - age, PromiseRow.due_at < until - age) for age in _AGES))
    late = (sa.or_(end.is_(None), end > PromiseRow.due_at) for end in _ENDS)
    return sa.select(PromiseRow.ticket_id).where(PromiseRow.clock == Clock.COMPLETION, aged, *late)


def _made_good(since: datetime, until: datetime) -> sa.Select[Any]:
    """Tickets due before the end that were given another time after the beginning, perhaps when they were overdue already."""
    return sa.select(FormRow.ticket_id).join(PromiseRow, PromiseRow.ticket_id == FormRow.ticket_id).where(
        FormRow.code == "F09", FormRow.at >= since, PromiseRow.clock == Clock.COMPLETION, PromiseRow.first_due_at < until,
        PromiseRow.due_at > PromiseRow.first_due_at)


def received(session: Session, since: datetime, until: datetime, where: Mapping[str, str], scope: sa.ColumnElement[bool] | None) -> int:
    """How many tickets came in and were not withdrawn or merged away."""
    kept = [TicketRow.state.not_in(("cancelled", "merged")), *narrowed(where), *([scope] if scope is not None else [])]
    return session.scalar(sa.select(sa.func.count()).select_from(TicketRow).where(*_within(TicketRow.received_at, since, until), *kept)) or 0


def judged(session: Session, since: datetime, until: datetime) -> list[int]:
    """The tickets about whose validity something was written down in [since, until] (K18)."""
    valid = sa.type_coerce(FormRow.fields, sa.Text).like('%"validity":"valid"%')
    query = sa.select(FormRow.ticket_id).where(FormRow.code == "F05", FormRow.at >= since, FormRow.at <= until, valid)
    return sorted({id_ for id_ in session.scalars(query) if id_})
