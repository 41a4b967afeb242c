"""Rows read for counting: only the columns the figures look at, times left as the whole milliseconds they are stored as."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from callcenter.domain.figures.promised import MOVES
from callcenter.domain.figures.tickets import LOOKED_AT
from callcenter.domain.vocabulary import Clock
from callcenter.services.many_tickets import chunks
from callcenter.storage.tables import TAKEN_UP, AssignmentRow, EventRow, FormRow, MatterRow, MessageRow, PromiseRow, RoomRow, TicketRow

Row = sa.Row[Any]


def ms(column: InstrumentedAttribute[Any]) -> sa.Label[Any]:
    """A time as it is stored."""
    return sa.type_coerce(column, sa.BigInteger).label(column.key)


def text(column: InstrumentedAttribute[Any]) -> sa.Label[Any]:
    """A structure as the text it is stored as."""
    return sa.type_coerce(column, sa.Text).label(column.key)


_T, _P, _A, _F, _E = TicketRow, PromiseRow, AssignmentRow, FormRow, EventRow
TICKET = (_T.id, _T.number, _T.matter_id, _T.type, _T.state, _T.category, _T.compound, RoomRow.building, _T.place, _T.owner, _T.registrar,
          _T.first_responder, text(_T.accused), _T.completed_by, _T.department, _T.signed, _T.evidence, _T.cycle, ms(_T.received_at),
          ms(_T.completed_at), ms(_T.closed_at), text(_T.details), MatterRow.postponements, MatterRow.repeat_contacts)
#: in the order of `Promised`
PROMISE = (_P.clock, _P.cycle, ms(_P.started_at), ms(_P.due_at), ms(_P.first_due_at), ms(_P.kept_at), ms(_P.excused_at), ms(_P.voided_at),
           ms(_P.broken_at), ms(_P.paused_at), _P.paused_ms)
_JOB = (_A.ticket_id, _A.cycle, _A.to.label("to"), ms(_A.at), ms(_A.completed_at), ms(_A.voided_at))
_FORM = (_F.ticket_id, _F.code, ms(_F.at), text(_F.fields))
#: of some forms only the records that say this much
_ONLY = {"F01": "taken_by", "F03": "slip_returned_at", "F13": "to"}
_CODES = ("F04", "F05", "F09", "F22", "F26")


def _said(code: str) -> sa.ColumnElement[bool]:
    return sa.and_(_F.code == code, sa.type_coerce(_F.fields, sa.Text).like(f'%"{_ONLY[code]}":%'))


_WANTED = sa.or_(_F.code.in_(_CODES), *(_said(code) for code in _ONLY))
_TICKETS = sa.select(*TICKET).join(MatterRow, MatterRow.id == _T.matter_id).outerjoin(RoomRow, RoomRow.id == _T.room_id).order_by(_T.id)
_PROMISES = sa.select(_P.ticket_id, *PROMISE).where(_P.clock.in_(sorted(LOOKED_AT))).order_by(_P.id)
_JOBS = sa.select(*_JOB).order_by(_A.id)
_FORMS = sa.select(*_FORM).where(_WANTED).order_by(_F.id)
_TOLD = sa.select(MessageRow.ticket_id, MessageRow.to).where(MessageRow.notice == "completed").distinct()
_TAKEN_UP = sa.select(_E.ticket_id).where(TAKEN_UP).distinct()
_STATES = (sa.select(_E.ticket_id, ms(_E.at), _E.before.label("before"), _E.after.label("after"))
           .where(_E.before != _E.after).order_by(_E.ticket_id, _E.seq))
_DATA = sa.type_coerce(_E.data, sa.Text)
#: acts that moved, stopped or resumed the promise of completion, as the ledger words them
_MOVED = (sa.select(_E.ticket_id, ms(_E.at), _DATA.label("data")).where(
    sa.or_(*(_DATA.like(f'%"clock":"{Clock.COMPLETION.value}","does":"{does}"%') for does in MOVES))).order_by(_E.ticket_id, _E.seq))
_SIBLINGS = sa.select(_T.matter_id, _T.id, _T.state, ms(_T.registered_at)).order_by(_T.id)
_CONTACTS = sa.select(*_FORM).where(sa.or_(_F.code == "F09", _said("F01"))).order_by(_F.id)


class Part:
    """Some hundreds of tickets with everything that belongs to them."""

    def __init__(self, session: Session, ids: Sequence[int], scope: sa.ColumnElement[bool] | None) -> None:
        connection = session.connection()
        wanted = _T.id.in_(ids) if scope is None else sa.and_(_T.id.in_(ids), scope)
        self.tickets: list[Row] = list(connection.execute(_TICKETS.where(wanted)))
        ids = [t.id for t in self.tickets]
        self.promises = _grouped(connection.execute(_PROMISES.where(_P.ticket_id.in_(ids))))
        self.jobs = _grouped(connection.execute(_JOBS.where(_A.ticket_id.in_(ids))))
        self.forms = _grouped(connection.execute(_FORMS.where(_F.ticket_id.in_(ids))))
        self.told = {(ticket, user) for ticket, user in connection.execute(_TOLD.where(MessageRow.ticket_id.in_(ids)))}
        taken_up = list(connection.execute(_TAKEN_UP.where(_E.ticket_id.in_(ids))).scalars())
        #: of those that were over and taken up again: every change of their state
        self.states = _grouped(connection.execute(_STATES.where(_E.ticket_id.in_(taken_up)))) if taken_up else {}
        #: of those whose completion was not due when first promised: what moved it
        self.moved = self._moved(connection)
        self.siblings = self._siblings(connection)

    def _moved(self, connection: sa.Connection) -> dict[int, list[Row]]:
        ids = sorted({ticket for ticket, promises in self.promises.items() for p in promises
                      if p.clock == Clock.COMPLETION and (p.due_at != p.first_due_at or p.paused_at is not None)})
        return _grouped(connection.execute(_MOVED.where(_E.ticket_id.in_(ids)))) if ids else {}

    def _siblings(self, connection: sa.Connection) -> dict[int, list[Row]]:
        """Matter → its tickets, where there are several; their contacts and postponements are read with them."""
        found = _grouped(connection.execute(_SIBLINGS.where(_T.matter_id.in_({t.matter_id for t in self.tickets}))))
        several = {matter: rows for matter, rows in found.items() if len(rows) > 1}
        known = {t.id for t in self.tickets}
        others = [r.id for rows in several.values() for r in rows if r.id not in known]
        self.contacts = _grouped(row for part in chunks(others) for row in connection.execute(_CONTACTS.where(_F.ticket_id.in_(part))))
        return several


def _grouped(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows.all() if isinstance(rows, sa.CursorResult) else rows:  # fetched at once: one by one takes as long again
        found[row[0]].append(row)
    return found


def parts(session: Session, ids: Sequence[int], scope: sa.ColumnElement[bool] | None = None) -> Iterator[Part]:
    """The tickets of *ids* that lie in *scope*, some hundreds at a time."""
    return (Part(session, chunk, scope) for chunk in chunks(ids))


def fields(row: Row) -> dict[str, Any]:
    """What a form says; times in it stay as they are stored."""
    held: dict[str, Any] = json.loads(row.fields)
    return held
