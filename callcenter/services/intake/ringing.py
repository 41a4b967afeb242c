"""A call that rings: for whom, who it may be, what is open for them, and what to be careful about; who may take it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.telephone import OfferState
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import OPEN, CallState, Role
from callcenter.services import places
from callcenter.services.views import ticket_list
from callcenter.services.views.ticket_list import Line
from callcenter.storage import facts
from callcenter.storage.tables import CallRow, CustomerRow, RoomRow, TicketRow
from callcenter.storage.telephone_tables import OfferRow

#: may take a call that rings for somebody else
PICKING_UP = frozenset({Role.LEAD, Role.SUPERVISOR})
#: so many open matters stand in the dialog
SHOWN = 3
#: so many ringing calls are shown with all that is known; longer queues show their cards alone
KNOWN = 8


@dataclass(frozen=True, slots=True)
class Care:
    """Something to know before the first word."""

    kind: str  #: care, do_not_call, nuisance
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Ring:
    """One ringing call for one reader."""

    mine: bool  #: their telephone rings, or the call was offered to nobody at all: the dialog opens
    may_answer: bool
    rung: tuple[str, ...]  #: whose telephones ring
    in_line: bool = False  #: waits for somebody to come free: no telephone rings
    emergency: bool = False
    households: tuple[tuple[str, str, str], ...] = ()  #: name, relation, room
    matters: tuple[Line, ...] = ()
    more: int = 0  #: open matters that are not shown
    warnings: tuple[Care, ...] = field(default=())


def rings(session: Session, sids: Sequence[str], user: str, now: datetime) -> dict[str, Ring]:
    """What *user* is shown of the calls ringing now, by their ids."""
    calls = list(session.scalars(sa.select(CallRow).where(CallRow.sid.in_(sids)).order_by(CallRow.ring_started_at, CallRow.id)))
    offers, before = _offers(session, [c.id for c in calls]), _offered_before(session, [c.id for c in calls])
    badges = facts.staff(session, now).roles(user)
    found = {}
    for n, call in enumerate(calls):
        rung = offers.get(call.id, [])
        in_line = not rung and (call.id in before or call.queued_at is not None)
        ring = Ring(user in rung or not (rung or in_line), _may_answer(rung, user, badges), tuple(rung), in_line, call.emergency)
        found[call.sid] = _with_household(session, call, ring, now) if n < KNOWN and call.phone_key else ring
    return found


def may_take(session: Session, sid: str, user: str, now: datetime) -> None:
    """
    Whether *user* may answer from the desk: their telephone rings, nobody's does, or they lead.

    Raises:
        Refused: "rings_for_another" while it is offered to somebody else.
    """
    call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
    if call is None or call.state not in (CallState.RINGING, CallState.GREETED):
        return  # what is over or taken is refused with its own words
    staff = facts.staff(session, now)
    rung = _offers(session, [call.id]).get(call.id, [])
    if not _may_answer(rung, user, staff.roles(user)):
        raise Refused("rings_for_another", person="、".join(staff.people[u].name if u in staff.people else u for u in rung[:3]))


def _may_answer(rung: Sequence[str], user: str, badges: Collection[str]) -> bool:
    return not rung or user in rung or not PICKING_UP.isdisjoint(badges)


def _offers(session: Session, calls: Sequence[int]) -> dict[int, list[str]]:
    """Whose telephones ring for each call at this moment."""
    found: dict[int, list[str]] = {}
    for call, user in session.execute(sa.select(OfferRow.call_id, OfferRow.user).where(
            OfferRow.call_id.in_(calls), OfferRow.state == OfferState.PENDING).order_by(OfferRow.id)) if calls else ():
        found.setdefault(call, []).append(user)
    return found


def _offered_before(session: Session, calls: Sequence[int]) -> set[int]:
    """The calls that have rung at somebody's already."""
    return set(session.scalars(sa.select(OfferRow.call_id).where(OfferRow.call_id.in_(calls)).distinct())) if calls else set()


def _with_household(session: Session, call: CallRow, ring: Ring, now: datetime) -> Ring:
    people = list(session.execute(sa.select(CustomerRow, RoomRow.text).join(RoomRow, RoomRow.id == CustomerRow.room_id).where(
        places.reached_at([call.phone_key or ""])).order_by(CustomerRow.id)))
    theirs = sa.or_(TicketRow.room_id.in_([c.room_id for c, _ in people]), TicketRow.phone_key == call.phone_key)
    rows = list(session.scalars(sa.select(TicketRow).where(TicketRow.state.in_(OPEN), theirs)))
    lines = ticket_list.nearest_first(ticket_list.lines(session, rows, now))
    return replace(ring, households=tuple((c.name, c.relation, room) for c, room in people), matters=tuple(lines[:SHOWN]),
                   more=max(0, len(lines) - SHOWN), warnings=tuple(w for c, _ in people for w in _warnings(c)))


def _warnings(customer: CustomerRow) -> list[Care]:
    found = [Care("care", customer.name, customer.care_flag)] if customer.care_flag else []
    if customer.do_not_call:
        found.append(Care("do_not_call", customer.name))
    if customer.nuisance:
        found.append(Care("nuisance", customer.name))
    return found
