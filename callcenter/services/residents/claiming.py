"""A matter reported online belongs to whoever at the desk takes it up; until then, and when nobody does in time, to the lead on duty (O11)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Act, Effect, Refused, Save, Set, Staff, Tell
from callcenter.domain.vocabulary import OPEN, Action, Channel, Clock, Role, TicketType, Urgency
from callcenter.services.acting import Writing
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import EventRow, TicketRow

#: who takes them up
TAKERS = frozenset({Role.AGENT, Role.LEAD})
MOST = 50
#: how the ledger words it: nobody had to hand it over
ONLINE = "online"
_MOVED = (Action.TRANSFER_OWNER, Action.ACCEPT_OWNERSHIP)


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A matter nobody has taken up yet."""

    number: str
    type: TicketType
    urgent: bool
    place: str
    content: str
    at: datetime
    due_at: datetime  #: from then on it is the lead's (C22)


def unclaimed(hotline: Hotline, session: Session, user: str, now: datetime) -> list[Unclaimed]:
    """What *user* may take up, the oldest first."""
    person = facts.people(session).get(user)
    if person is None or not person.roles & TAKERS:
        return []
    within = _within(hotline)
    rows = session.scalars(sa.select(TicketRow).where(
        TicketRow.received_at > now - within, _nobodys()).order_by(TicketRow.received_at, TicketRow.id).limit(MOST))
    mine = [row for row in rows if person.covers(row.compound) and user not in row.accused]
    return [Unclaimed(row.number, TicketType(row.type), row.urgency == Urgency.URGENT, row.place, row.content, row.received_at,
                      row.received_at + within) for row in mine]


def claim(hotline: Hotline, number: str, by: str, key: str, now: datetime) -> None:
    """
    Make it one's own, for good: the customer hears the new name. The same key again changes nothing.

    Raises:
        Refused: "unknown_ticket", "not_allowed", "claimed_already", "claim_over", "owner_is_handler".
    """
    with hotline.store.transaction() as session:
        row = facts.locked(session, number)
        if row is None:
            raise Refused("unknown_ticket", number=number)
        if session.scalar(sa.select(EventRow.id).where(EventRow.key == f"act:{key}")) is not None:
            return
        staff = facts.staff(session, now)
        _may(session, hotline, staff, row, by, now)
        fields = {"note": ONLINE}
        effects: list[Effect] = [Save("F13", {"from": row.owner, "to": by, "accepted_by": by, **fields})]
        if by != row.owner:
            effects += [Set({"owner": by, "acting_follower": None}), Tell("new_owner", (Role.CUSTOMER,), said={"who": name_of(staff, by)})]
        writing = Writing(session, hotline, row, now, staff)
        writing.apply(effects, writing.state, Action.ACCEPT_OWNERSHIP, Act(Action.ACCEPT_OWNERSHIP, by, fields), f"act:{key}")


def _may(session: Session, hotline: Hotline, staff: Staff, row: TicketRow, by: str, now: datetime) -> None:
    person = staff.people.get(by)
    if person is None or not person.roles & TAKERS or not person.covers(row.compound) or by in row.accused:
        raise Refused("not_allowed", action=Action.ACCEPT_OWNERSHIP, who=sorted(TAKERS))
    if session.scalar(sa.select(TicketRow.id).where(TicketRow.id == row.id, _nobodys())) is None:
        raise Refused("claimed_already", person=name_of(staff, row.owner))
    if now >= row.received_at + _within(hotline):
        raise Refused("claim_over", person=name_of(staff, row.owner))
    if facts.ticket(session, row).assignee == by:
        raise Refused("owner_is_handler", person=name_of(staff, by))


def _nobodys() -> sa.ColumnElement[bool]:
    """Reported online, open, and its ownership never moved."""
    moved = sa.select(EventRow.id).where(EventRow.ticket_id == TicketRow.id, EventRow.action.in_(_MOVED)).exists()
    return sa.and_(TicketRow.channel == Channel.WEB_FORM, TicketRow.registrar == Role.SYSTEM, TicketRow.state.in_(OPEN), ~moved)


def _within(hotline: Hotline) -> timedelta:
    """How long the desk has: the time of an answer to a report online."""
    rule = next((r for r in hotline.rulebook.policy.promises if r.key is Clock.CHANNEL_REPLY), None)
    return rule.within_for.get(Channel.WEB_FORM, rule.within) if rule else timedelta(hours=24)
