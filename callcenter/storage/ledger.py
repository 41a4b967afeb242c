"""The event ledger: append-only, chained by hashes per ticket, call, period and register entry; a changed byte or a missing row is found."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.storage.codec import dumps
from callcenter.storage.tables import Base, CallRow, EventRow, PeriodRow, RegisterRow, TicketRow

#: what has a history of its own
Subject = TicketRow | CallRow | PeriodRow | RegisterRow
_KINDS: tuple[tuple[type[Subject], str], ...] = (
    (TicketRow, "ticket"), (CallRow, "call"), (PeriodRow, "period"), (RegisterRow, "register"))

#: the event's data come as the text they were hashed as
_INSERT = sa.insert(Base.metadata.tables["event"]).values(data=sa.bindparam("text", type_=sa.Text)).returning(EventRow.id)


def append(session: Session, subject: Subject, key: str, action: str, by: str, now: datetime, *,
           before: str | None, after: str | None, data: Mapping[str, Any]) -> EventRow:
    """Write the next event of *subject* at once; its hash covers its content and the event before it. What is returned is no part of the session."""
    row = EventRow(chain=chain_of(subject), seq=subject.chain_seq + 1, key=key, action=action, by=by, at=now, before=before, after=after,
                   data=data, prev_hash=subject.chain_head)
    text = dumps(data)
    row.hash = subject.chain_head = _hash(row, text)
    subject.chain_seq = row.seq
    row.id = session.connection().execute(_INSERT, {
        "chain": row.chain, "seq": row.seq, "key": key, "action": action, "done_by": by, "done_at": now, "state_before": before,
        "state_after": after, "text": text, "prev_hash": row.prev_hash, "hash": row.hash,
        "ticket_id": subject.id if isinstance(subject, TicketRow) else None,
        "call_id": subject.id if isinstance(subject, CallRow) else None,
        "period_id": subject.id if isinstance(subject, PeriodRow) else None}).scalar_one()
    return row


def chain_of(subject: Subject) -> str:
    return f"{next(kind for table, kind in _KINDS if isinstance(subject, table))}:{subject.id}"


def digest(row: EventRow) -> str:
    """The hash an event must have."""
    return _hash(row, dumps(row.data))


def _hash(row: EventRow, data: str) -> str:
    """Over the event's content, as one canonical list; *data* has been made JSON already."""
    content = dumps([row.prev_hash, row.chain, row.seq, row.key, row.action, row.by, row.at, row.before, row.after])
    return hashlib.sha256(f"{content[:-1]},{data}]".encode()).hexdigest()


class Fault(str):
    """What does not hold: in English as it is, in Chinese beside it."""

    zh: str

    def __new__(cls, en: str, zh: str) -> "Fault":
        found = super().__new__(cls, en)
        found.zh = zh
        return found

    def text(self, language: str = "zh") -> str:
        return str(self) if language.startswith("en") else self.zh


def faults(session: Session) -> Iterator[Fault]:
    """Every place where the ledger does not hold: a changed event, a gap, a missing end."""
    heads: dict[str, tuple[int, str]] = {}
    for row in _in_order(session):
        seq, prev = heads.get(row.chain, (0, ""))
        if row.seq != seq + 1:
            yield Fault(f"{row.chain}: event {seq + 1} is missing", f"{row.chain}:缺第 {seq + 1} 条")
        elif row.prev_hash != prev:
            yield Fault(f"{row.chain}: event {row.seq} does not follow on event {seq}", f"{row.chain}:第 {row.seq} 条接不上第 {seq} 条")
        if digest(row) != row.hash:
            yield Fault(f"{row.chain}: event {row.seq} ({row.action}) was changed", f"{row.chain}:第 {row.seq} 条({row.action})被改动")
        heads[row.chain] = (row.seq, row.hash)
    for table, kind in _KINDS:
        for id_, seq, head in session.execute(sa.select(table.id, table.chain_seq, table.chain_head)):
            if heads.get(f"{kind}:{id_}", (0, "")) != (seq, head):
                yield Fault(f"{kind}:{id_}: the last events are missing", f"{kind}:{id_}:最后几条不见了")


def _in_order(session: Session, page: int = 2000) -> Iterator[EventRow]:
    """All events chain by chain, read in pages so that a ledger of any length fits."""
    chain, seq = "", 0
    while True:
        after = sa.or_(EventRow.chain > chain, sa.and_(EventRow.chain == chain, EventRow.seq > seq))
        rows = list(session.scalars(sa.select(EventRow).where(after).order_by(EventRow.chain, EventRow.seq).limit(page)))
        yield from rows
        if len(rows) < page:
            return
        chain, seq = rows[-1].chain, rows[-1].seq
