"""A ledger read: how many lines, one page of them, or all of them one after the other; the same rows whichever way."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import Role, State
from callcenter.services.hotline import Hotline
from callcenter.services.ledgers import filters
from callcenter.services.ledgers.case import cases
from callcenter.services.ledgers.columns import DESK, OFFICE, Column, Entry, Ledger
from callcenter.services.ledgers.filters import Filters
from callcenter.services.permitted import blind_to_follow_up
from callcenter.services.views import ticket_list
from callcenter.storage import codec, facts
from callcenter.storage.tables import CallRow, ShiftRow, TicketRow

#: lines on a page, and rows read at a time when all are wanted
PER_PAGE, AT_A_TIME = 40, 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Which ledger, cut down to what, for whom, as it stood when."""

    ledger: Ledger
    filters: Filters
    user: str
    language: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """One page, and the keys of the pages beside it."""

    entries: list[Entry]
    newer: str | None
    older: str | None


class Reader:
    """One ledger as one person may read it, within one snapshot of the database."""

    def __init__(self, hotline: Hotline, session: Session, asked: Asked) -> None:
        self.hotline, self.session, self.asked, self.ledger = hotline, session, asked, asked.ledger
        self.staff = facts.staff(session, asked.now)
        self.blind = blind_to_follow_up(self.staff, asked.user)
        self.at = filters.moment(self.ledger, asked.filters)
        self._id: sa.ColumnElement[int] = sa.inspect(self.ledger.source.table).columns["id"]
        policy = hotline.rulebook.policy
        self._where = [*self.ledger.where(), *filters.conditions(self.ledger, policy, asked.filters, asked.now, blind=self.blind), self._scope()]

    def _scope(self) -> sa.ColumnElement[bool]:
        """The tickets this person may read; calls of their compounds; the handovers they took part in, or, above the desk, all."""
        if self.ledger.source.table is CallRow:
            return _calls_of(self.staff, self.asked.user)
        if self.ledger.source.table is ShiftRow:
            return _shifts_of(self.staff, self.asked.user)
        return ticket_list.scope(self.staff, self.hotline.rulebook.policy, self.asked.user)

    def _from(self, *what: Any) -> sa.Select[Any]:
        source = self.ledger.source
        query = sa.select(*what).select_from(source.table)
        if source.ticket is not None and source.table is not TicketRow:
            query = query.join(TicketRow, TicketRow.id == source.ticket)
        return query.where(*self._where)

    def count(self, most: int | None = None) -> int:
        """How many lines there are; with *most*, counted no further than that."""
        if most is None:
            return self.session.scalar(self._from(sa.func.count())) or 0
        return self.session.scalar(sa.select(sa.func.count()).select_from(self._from(self._id).limit(most).subquery())) or 0

    def page(self, after: str = "", before: str = "", size: int = PER_PAGE) -> Page:
        """The lines behind the key *after*, or those just in front of *before*; the first page without either."""
        back, key = bool(before), before or after
        rows = self._rows(key, size + 1, back=back)
        more, rows = len(rows) > size, rows[:size]
        rows = rows[::-1] if back else rows
        newer, older = (more, bool(key)) if back else (bool(key), more)
        return Page(self._entries(rows), self._key(rows[0]) if rows and newer else None, self._key(rows[-1]) if rows and older else None)

    def entries(self) -> Iterator[Entry]:
        """Every line in order; the database is read a few hundred rows at a time, as they are asked for."""
        key = ""
        while rows := self._rows(key, AT_A_TIME):
            key = self._key(rows[-1])
            yield from self._entries(rows)
            self.session.expunge_all()

    def _rows(self, key: str, size: int, *, back: bool = False) -> list[Any]:
        down = self.asked.filters.oldest_first is back  # towards older rows
        query = self._from(self.ledger.source.table)
        if place := _place(key):
            at, id_ = place
            mark = sa.tuple_(sa.literal(codec.from_ms(at), self.at.type), sa.literal(id_))
            here = sa.tuple_(self.at, self._id)
            query = query.where(here < mark if down else here > mark)
        order = (self.at.desc(), self._id.desc()) if down else (self.at, self._id)
        return list(self.session.scalars(query.order_by(*order).limit(size)))

    def _key(self, row: Any) -> str:
        at: datetime = getattr(row, self.at.key)
        return f"{codec.to_ms(at)}.{row.id}"

    def _entries(self, rows: list[Any]) -> list[Entry]:
        source, people, language = self.ledger.source, self.staff.people, self.asked.language
        if source.ticket is None:
            return [Entry(row, None, {}, people, self.session, language) for row in rows]
        ids = [row.id if source.table is TicketRow else row.ticket_id for row in rows]
        found = cases(self.hotline, self.session, ids, language)
        made = self.ledger.fields
        return [Entry(row, found[id_], made(row, found[id_]) if made else {}, people, self.session, language) for row,
            id_ in zip(rows, ids, strict=True)]

    def cells(self, entry: Entry, columns: tuple[Column, ...], *, unmasked: bool = False) -> list[Any]:
        """The values of one line, masked unless said otherwise; a state somebody must not know of reads as the one before it."""
        values = [c.cell(entry, unmasked) for c in columns]
        return [State.COMPLETED if self.blind and v is State.CALLBACK_DUE else v for v in values]


def _place(key: str) -> tuple[int, int] | None:
    """A page's key as time and row; None for what is none."""
    at, _, id_ = key.partition(".")
    if not (at.isascii() and at.isdigit() and id_.isascii() and id_.isdigit() and len(at) < 15 and len(id_) < 19):
        return None
    return int(at), int(id_)


def _calls_of(staff: Staff, user: str) -> sa.ColumnElement[bool]:
    person = staff.people.get(user)
    if person is None or not person.active or not staff.roles(user) & (DESK | OFFICE):
        return sa.false()
    if not person.compounds:
        return sa.true()
    return sa.or_(CallRow.customer_id.is_(None), CallRow.customer_id.in_(filters.living_in(sorted(person.compounds))), CallRow.answered_by == user)


def _shifts_of(staff: Staff, user: str) -> sa.ColumnElement[bool]:
    if staff.roles(user) & (OFFICE | {Role.DISPATCHER}):
        return sa.true()
    return sa.or_(ShiftRow.user == user, ShiftRow.handed_to == user)
