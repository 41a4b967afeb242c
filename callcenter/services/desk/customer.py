"""The customer beside a matter: what else is open for this household, what it had before, and the latest calls with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import OPEN
from callcenter.services import places
from callcenter.services.permitted import blind_to_follow_up
from callcenter.services.views import ticket_list
from callcenter.services.views.ticket_list import Line
from callcenter.storage.tables import CallRow, TicketRow

#: how far back, how many of each
WITHIN, MATTERS, HISTORY, CALLS = timedelta(days=365), 20, 8, 5


@dataclass(frozen=True, slots=True)
class Contact:
    """One call with the customer."""

    sid: str
    at: datetime
    inbound: bool
    answered_by: str | None  #: of a call of ours: who placed it
    disposition: str | None


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around one matter of a household."""

    matters: list[Line]
    history: list[Line]
    calls: list[Contact]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on the line, as far as one household alone has that number; and the ticket that has come of the call."""

    name: str = ""
    room: str = ""
    ticket: str | None = None


def around(session: Session, policy: Policy, staff: Staff, number: str, user: str, now: datetime) -> Around:
    """The other matters of the household of ticket *number*, open and over, as far as *user* may read them, and its calls."""
    row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
    if row is None:
        return Around([], [], [])
    same = [column == value for column, value in ((TicketRow.room_id, row.room_id), (TicketRow.phone_key, row.phone_key)) if value is not None]
    theirs = sa.and_(sa.or_(sa.false(), *same), TicketRow.id != row.id, ticket_list.scope(staff, policy, user))
    matters = session.scalars(sa.select(TicketRow).where(theirs, TicketRow.state.in_(OPEN)).order_by(TicketRow.id.desc()).limit(MATTERS))
    blind = blind_to_follow_up(staff, user)
    history = ticket_list.since(session, theirs, now, WITHIN, HISTORY)
    return Around(ticket_list.nearest_first(ticket_list.lines(session, list(matters), now, blind)), ticket_list.lines(session, history, now, blind),
                  [] if blind else calls(session, row.phone_key))


def caller(session: Session, sid: str, user: str) -> Caller:
    """Who rang in call *sid*, with the latest ticket that *user* registered for it; empty for what is not known."""
    row = session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
    if row is None:
        return Caller()
    of_call = sa.select(TicketRow.number).where(TicketRow.call_id == row.id, TicketRow.registrar == user).order_by(TicketRow.id.desc()).limit(1)
    homes, ticket = places.households(session, row.from_number), session.scalar(of_call)
    return Caller(homes[0].name, homes[0].room, ticket) if len(homes) == 1 else Caller(ticket=ticket)


def calls_with(session: Session, sid: str) -> list[Contact]:
    """The latest calls with whoever is on the line in *sid*, that call left out."""
    key = session.scalar(sa.select(CallRow.phone_key).where(CallRow.sid == sid))
    return [one for one in calls(session, key, CALLS + 1) if one.sid != sid][:CALLS]


def calls(session: Session, phone_key: str | None, most: int = CALLS) -> list[Contact]:
    """The latest calls with one telephone, the newest first; none for a number that is not known."""
    if phone_key is None:
        return []
    rows = session.scalars(sa.select(CallRow).where(CallRow.phone_key == phone_key).order_by(CallRow.id.desc()).limit(most))
    return [Contact(row.sid, row.ring_started_at, row.direction == "inbound", row.answered_by if row.direction == "inbound" else row.placed_by,
                    row.disposition) for row in rows]
