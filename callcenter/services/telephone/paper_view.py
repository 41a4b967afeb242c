"""What the paper phone's page shows: what was said and sent, newest first, and what waits for somebody's decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Role
from callcenter.services import numbers
from callcenter.services.messages.outbox import STUCK
from callcenter.storage import facts
from callcenter.storage.tables import CallRow, MessageRow, TicketRow

#: papers on one page
PAGE = 60
CHANNELS = ("sms", "call", "screen")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see; None: all of it. `before` is the last paper of the page before."""

    to: str | None = None  #: "customer" or "staff"
    channel: str | None = None
    stuck: bool = False
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """One message as it would be read or heard."""

    id: int
    at: datetime
    channel: str
    to: str  #: a colleague's name; "" for the customer
    phone: str  #: masked
    text: str
    status: str
    tries: int
    next_try_at: datetime | None
    error: str
    ticket: str | None
    call_from: str | None  #: the caller it is about, masked

    @property
    def is_stuck(self) -> bool:
        return self.status in STUCK


def papers(session: Session, asked: Asked) -> list[Paper]:
    """One page of papers, newest first."""
    query = (sa.select(MessageRow, TicketRow.number, CallRow.from_number)
             .outerjoin(TicketRow, TicketRow.id == MessageRow.ticket_id).outerjoin(CallRow, CallRow.id == MessageRow.call_id)
             .order_by(MessageRow.id.desc()).limit(PAGE))
    if asked.to:
        is_customer = MessageRow.role == Role.CUSTOMER
        query = query.where(is_customer if asked.to == "customer" else sa.not_(is_customer))
    if asked.channel:
        query = query.where(MessageRow.channel == asked.channel)
    if asked.stuck:
        query = query.where(MessageRow.status.in_(STUCK))
    if asked.before:
        query = query.where(MessageRow.id < asked.before)
    people = facts.people(session)
    return [_paper(row, number, caller, people) for row, number, caller in session.execute(query)]


def _paper(row: MessageRow, number: str | None, caller: str | None, people: Mapping[str, Person]) -> Paper:
    to = "" if row.role == Role.CUSTOMER else people[row.to].name if row.to in people else row.to
    return Paper(row.id, row.created_at, row.channel, to, numbers.masked(row.phone), row.text, row.status, row.tries, row.next_try_at,
                 row.last_error or "", number, numbers.masked(caller) if caller else None)


def stuck_count(session: Session) -> int:
    """How many wait for a person's decision."""
    return session.scalar(sa.select(sa.func.count()).select_from(MessageRow).where(MessageRow.status.in_(STUCK))) or 0
