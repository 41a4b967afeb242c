"""Shifts: begun, handed over with every open ticket named, signed by both, ended (O6, O7, C24, F13)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.rules.intake import OWNING
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import OPEN, Action, Role
from callcenter.services import tickets
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import period_promises
from callcenter.services.reports import drafting, signing
from callcenter.services.telephone import agents
from callcenter.storage import facts
from callcenter.storage.tables import DutyRow, FormRow, PeriodRow, ShiftRow, TicketRow


def act(hotline: Hotline, what: str, by: str, fields: Mapping[str, Any], key: str, now: datetime) -> None:
    """One of start_shift, hand_over_shift, sign_handover, end_shift, as the rehearsal and the desk ask for it."""
    match what:
        case "start_shift":
            start(hotline, by, key, now)
        case "hand_over_shift":
            hand_over(hotline, by, fields["to"], fields.get("notes") or "", key, now)
        case "sign_handover":
            sign(hotline, by, key, now)
        case "end_shift":
            end(hotline, by, now)


def start(hotline: Hotline, user: str, key: str, now: datetime) -> None:
    """The shift begins; tickets followed by others while away come back to their owner (O6).

    Raises:
        Refused: "shift_running".
    """
    with hotline.store.transaction() as session:
        if running(session, user) is not None:
            raise Refused("shift_running")
        session.add(ShiftRow(user=user, started_at=now, tickets=[]))
        back = list(session.scalars(sa.select(TicketRow.number).where(
            TicketRow.owner == user, TicketRow.acting_follower.is_not(None), TicketRow.receiver.is_(None), TicketRow.state.in_(OPEN))))
    for number in back:
        tickets.carry_out(hotline, number, Act(Action.FOLLOW, user, {}), f"{key}:{number}", now)


def hand_over(hotline: Hotline, user: str, to: str, notes: str, key: str, now: datetime) -> list[str]:
    """Every open ticket of *user* gets *to* as its acting follower; both sign (handing over is the first signature).

    Raises:
        Refused: "unknown_person", "receiver_unfit", "accused"; nothing has changed then.
    """
    with hotline.store.transaction() as session:
        _may_take_over(session, user, to)
        row = running(session, user) or _begun(session, user, now)
        numbers = open_tickets(session, user)
        row.handed_to, row.handed_at, row.signed_at, row.notes, row.tickets = to, now, now, notes, numbers
        session.add(FormRow(code="F13", at=now, by=user, fields={"to": to, "tickets": numbers, "notes": notes, "signed_out_at": now}))
    for number in numbers:
        tickets.carry_out(hotline, number, Act(Action.FOLLOW, user, {"to": to}), f"{key}:{number}", now)
    with hotline.store.transaction() as session:
        period_promises.handed_over(session, hotline, user, now, partial(_sheet, hotline, session, user, now))
    return numbers


def _may_take_over(session: Session, user: str, to: str) -> None:
    """A colleague of the desk, not oneself, and nobody whom one of these tickets is a complaint about (O6, O8)."""
    person = facts.people(session).get(to)
    if person is None or not person.active:
        raise Refused("unknown_person", person=to)
    if to == user or not (person.can_sign_in and person.roles & OWNING):
        raise Refused("receiver_unfit", person=person.name)
    tickets_of = session.scalars(sa.select(TicketRow).where(TicketRow.number.in_(open_tickets(session, user))))
    if any(to in ticket.accused for ticket in tickets_of):
        raise Refused("accused", person=person.name)


def _sheet(hotline: Hotline, session: Session, user: str, now: datetime, period: PeriodRow) -> str:
    """The sheet of the shift as it reads now, kept for ever (RP-S); its hash."""
    return signing.freeze(session, period, drafting.in_both(hotline, session, period, now), user, now)


def sign(hotline: Hotline, user: str, key: str, now: datetime) -> None:
    """The receiver signs what was handed to them.

    Raises:
        Refused: "no_handover".
    """
    with hotline.store.transaction() as session:
        row = session.scalar(sa.select(ShiftRow).where(ShiftRow.handed_to == user).order_by(ShiftRow.id.desc()).limit(1))
        if row is None:
            raise Refused("no_handover")
        row.signed_at = now
        session.add(FormRow(code="F13", at=now, by=user, fields={"from": row.user, "tickets": row.tickets, "signed_in_at": now}))
        period_promises.received(session, row.user, user, now)


def end(hotline: Hotline, user: str, now: datetime) -> None:
    """Leaving is blocked while open tickets are not handed over (C24, scenario 12).

    Raises:
        Refused: "handover_unsigned" says how many; "no_shift".
    """
    with hotline.store.transaction() as session:
        row = running(session, user)
        left = period_promises.left_open(session, user)
        if left:
            raise Refused("handover_unsigned", count=len(left))
        if row is None:
            raise Refused("no_shift")
        row.ended_at = now
        agents.leave(session, user, agents.SHIFT_OVER, now)


def mark_absent(hotline: Hotline, now: datetime) -> list[str]:
    """Whoever is on the roster and has not begun their shift fifteen minutes into it: the duty lead follows their open tickets (O7).
    Only people who use shifts at all are looked at; a ticket somebody follows already is left alone. Returns the tickets' numbers.
    """
    late = now - hotline.rulebook.policy.ownership.absent_after
    with hotline.store.reading() as session:
        staff = facts.staff(session, now)
        turns = list(session.scalars(sa.select(DutyRow).where(DutyRow.start_at <= late, DutyRow.end_at > now)))
        found = [(turn, ticket) for turn in turns if _not_come(session, turn) for ticket in session.scalars(sa.select(TicketRow).where(
            TicketRow.owner == turn.user, TicketRow.acting_follower.is_(None), TicketRow.state.in_(OPEN)))]
    taken = []
    for turn, ticket in found:
        leads = [u for u in staff.holders(Role.LEAD, ticket.compound) if u != turn.user and u not in ticket.accused]
        if leads:
            follow = Act(Action.FOLLOW, Role.SYSTEM, {"to": leads[0], "note": f"absent:{turn.user}"})
            tickets.carry_out(hotline, ticket.number, follow, f"absent:{turn.id}:{ticket.number}", now)
            taken.append(ticket.number)
    return taken


def _not_come(session: Session, turn: DutyRow) -> bool:
    """Uses shifts, and has begun none for this turn (from an hour before it on) nor is still on one."""
    last = session.scalar(sa.select(ShiftRow).where(ShiftRow.user == turn.user).order_by(ShiftRow.id.desc()).limit(1))
    return last is not None and last.ended_at is not None and last.started_at < turn.start_at - timedelta(hours=1)


def running(session: Session, user: str) -> ShiftRow | None:
    """The shift *user* is on."""
    return session.scalar(sa.select(ShiftRow).where(ShiftRow.user == user, ShiftRow.ended_at.is_(None)).order_by(ShiftRow.id.desc()).limit(1))


def open_tickets(session: Session, user: str) -> list[str]:
    """The open tickets *user* owns or follows."""
    return list(session.scalars(sa.select(TicketRow.number).where(
        sa.or_(sa.and_(TicketRow.owner == user, TicketRow.acting_follower.is_(None)), TicketRow.acting_follower == user),
        TicketRow.state.in_(OPEN)).order_by(TicketRow.id)))


def _begun(session: Session, user: str, now: datetime) -> ShiftRow:
    row = ShiftRow(user=user, started_at=now, tickets=[])
    session.add(row)
    session.flush()
    return row
