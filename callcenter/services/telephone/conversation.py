"""The facts of a conversation: who is asked in, comes, listens, is handed on to and leaves; one transaction each. Ownership never moves."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.telephone import LineRole, LineState, PartMode
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import CallState, Role
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import agents, call_promises, lines, softphone
from callcenter.storage import facts
from callcenter.storage.tables import CallRow
from callcenter.storage.telephone_tables import LineRow

#: who may also hold, hand on and end what somebody else has answered
IN_CHARGE = frozenset({Role.LEAD, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class End:
    """One end of a line, as the provider is asked about it."""

    key: str
    sid: str
    direct: bool = False  #: talked with the caller outside of the room


@dataclass(frozen=True, slots=True)
class Meeting:
    """The room of a call, and which lines still have to be brought there."""

    room: str
    caller: End
    to_move: tuple[End, ...]


@dataclass(frozen=True, slots=True)
class Invited:
    """A line to be rung."""

    key: str
    to: str
    #: whoever picks up must press 1: a mailbox never takes over a resident
    asks: bool = False


def may_act(session: Session, call: CallRow, user: str, now: datetime) -> bool:
    """Whoever answered, whoever talks with the caller now, and those in charge of the desk."""
    if user == call.answered_by or facts.staff(session, now).roles(user) & IN_CHARGE:
        return True
    return any(x.user == user and x.state == LineState.TALKING and x.role in (LineRole.AGENT, LineRole.CONSULTED)
               for x in lines.of_call(session, call.id))


def check(hotline: Hotline, sid: str, user: str, now: datetime) -> None:
    """Raises Refused: "unknown_call", "not_your_call", "call_over"."""
    with hotline.store.reading() as session:
        call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
        if call is None:
            raise Refused("unknown_call", call=sid)
        if not may_act(session, call, user, now):
            raise Refused("not_your_call")
        in_progress(call)


def meet(hotline: Hotline, sid: str, now: datetime) -> Meeting:
    """
    The call has a room; the lines that talk outside of it are on their way into it from this moment.

    Raises:
        Refused: "call_over"; "no_line" when nobody knows which line the agent talks on.
    """
    with hotline.store.transaction() as session:
        call = lines.locked(session, sid)
        in_progress(call)
        caller = lines.caller(session, call, now)
        lines.talking_agent(session, call, now)
        of_call = lines.live(lines.of_call(session, call.id))
        if not of_call:
            raise Refused("no_line")
        bridged = [x for x in of_call if x.mode in (PartMode.BRIDGED, PartMode.MOVING) and x.sid and x.state == LineState.TALKING]
        for line in bridged:
            line.mode, line.asked_at = PartMode.MOVING, now
        return Meeting(lines.room(call), End(caller.key, call.sid), tuple(End(x.key, x.sid or "") for x in bridged))


def stays(hotline: Hotline, meeting: Meeting) -> None:
    """The provider would not move them: they talk as they did before."""
    with hotline.store.transaction() as session:
        for end in meeting.to_move:
            line = _line(session, end.key)
            if line.mode == PartMode.MOVING:
                line.mode = PartMode.BRIDGED
                _room_of_nobody(session, line)


def _room_of_nobody(session: Session, line: LineRow) -> None:
    """While nobody is in it, the call needs no room: its end is then the end of a call between two."""
    call = session.get_one(CallRow, line.call_id)
    if not any(lines.in_room(x) or x.mode in (PartMode.MOVING, PartMode.LEAVING) for x in lines.live(lines.of_call(session, call.id))):
        call.room = None


def invite(hotline: Hotline, sid: str, by: str, to: str, now: datetime, mode: PartMode | None = None) -> Invited:
    """
    Somebody is to be rung and to come into the call: a colleague, technician or contractor, or one of the emergency numbers.

    Raises:
        Refused: "unknown_person", "already_in_call", "cannot_ring"; "number_not_allowed" for any other number.
    """
    with hotline.store.transaction() as session:
        call = lines.locked(session, sid)
        in_progress(call)
        lines.talking_agent(session, call, now)
        if to in hotline.rulebook.policy.telephone.emergency_numbers:
            line = lines.new(session, call, LineRole.OUTSIDE, by, now, number=to, mode=mode)
            address, asks = to, False
        else:
            address = _address(session, call, to, now)
            asks = mode is PartMode.TAKES_OVER and not address.startswith("client:")
            line = lines.new(session, call, LineRole.CONSULTED, by, now, user=to, mode=mode)
        call_promises.event(session, call, "line_asked", by, now, {"who": to, "handed_on": mode is PartMode.TAKES_OVER})
        return Invited(line.key, address, asks)


def _address(session: Session, call: CallRow, user: str, now: datetime) -> str:
    staff = facts.staff(session, now)
    if user.isdigit():
        raise Refused("number_not_allowed", number=user[:20])
    if user not in staff.people or not staff.people[user].active:
        raise Refused("unknown_person", person=user[:40])
    if any(x.user == user for x in lines.live(lines.of_call(session, call.id))):
        raise Refused("already_in_call", person=staff.people[user].name)
    found = softphone.telephone(session, staff, user)
    if found is None:
        raise Refused("cannot_ring", person=staff.people[user].name)
    return found.dialled


def agent_sid(session: Session, call: CallRow) -> str | None:
    """The line of whoever of us talks with the caller: the one a supervisor whispers to."""
    talking = [x for x in lines.live(lines.of_call(session, call.id)) if x.state == LineState.TALKING and x.mode != PartMode.LEAVING]
    found = [x for x in talking if x.role == LineRole.AGENT] + [x for x in talking if x.role == LineRole.CONSULTED]
    return found[0].sid if found else None


def leaving(hotline: Hotline, sid: str, user: str, now: datetime, *, handed_on: bool = False) -> list[End]:
    """
    The lines of *user* are to go while the call goes on with somebody else; handed on by somebody who is not in it, the agent's.

    Raises:
        Refused: "nobody_left" when the caller would stay behind alone.
    """
    with hotline.store.transaction() as session:
        call = lines.locked(session, sid)
        in_progress(call)
        lines.talking_agent(session, call, now)
        of_call = lines.of_call(session, call.id)
        talking = [x for x in lines.live(of_call) if x.state == LineState.TALKING]
        own = [x for x in talking if x.user == user] or [x for x in talking if x.role == LineRole.AGENT and handed_on]
        if not [x for x in (*lines.company(of_call), *lines.coming(of_call, now)) if x not in own]:
            raise Refused("nobody_left")
        lines.caller(session, call, now)
        lines.room(call)
        ends = [End(x.key, x.sid or "", x.mode == PartMode.BRIDGED) for x in own]
        for line in own:
            line.mode = PartMode.LEAVING
        return ends


def stayed(hotline: Hotline, ends: list[End]) -> None:
    """The provider would not let them go: they are part of it as before."""
    with hotline.store.transaction() as session:
        for end in ends:
            line = _line(session, end.key)
            if line.mode == PartMode.LEAVING:
                line.mode = PartMode.BRIDGED if end.direct else None
                _room_of_nobody(session, line)


def gone(hotline: Hotline, key: str, outcome: str, by: str, now: datetime) -> None:
    """A line has ended, or never came about. What is known already stays."""
    with hotline.store.transaction() as session:
        line = _line(session, key)
        call = session.get_one(CallRow, line.call_id, with_for_update=True, populate_existing=True)
        over(session, hotline, call, session.get_one(LineRow, line.id, populate_existing=True), outcome, by, now, now)


def over(session: Session, hotline: Hotline, call: CallRow, line: LineRow, outcome: str, by: str, now: datetime, at: datetime) -> None:
    """The line has ended at *at*: it stands in the ledger, and whoever of us talked on it has after-call work."""
    if not lines.over(line, outcome, at):
        return
    call_promises.event(session, call, "line_over", by, now, {"who": line.user or line.number or line.role, "outcome": outcome})
    if line.user is not None and line.talking_at is not None:
        agents.after_call(session, line.user, call, at, hotline.rulebook.policy.telephone.wrap_up)


def end_of(hotline: Hotline, sid: str, key: str) -> End | None:
    """The line of this call under that key, while it lives: its sid is empty when the provider has not named it."""
    with hotline.store.reading() as session:
        call_id = session.scalar(sa.select(CallRow.id).where(CallRow.sid == sid))
        found = session.scalar(sa.select(LineRow).where(LineRow.key == key, LineRow.call_id == call_id, LineRow.state != LineState.OVER,
                                                        LineRow.role != LineRole.CALLER))
        return End(key, found.sid or "") if found else None


def room_of(hotline: Hotline, sid: str) -> str | None:
    """The conference of the call, if it ever needed one."""
    with hotline.store.reading() as session:
        return session.scalar(sa.select(CallRow.room).where(CallRow.sid == sid))


def agents_here(hotline: Hotline, sid: str) -> bool:
    """Whether an agent is with the caller, or put them on hold and is in the room."""
    with hotline.store.reading() as session:
        call_id = session.scalar(sa.select(CallRow.id).where(CallRow.sid == sid))
        return any(x.role == LineRole.AGENT and x.state == LineState.TALKING and x.mode != PartMode.LEAVING
                   for x in lines.live(lines.of_call(session, call_id or 0)))


def waits_for_nobody(hotline: Hotline, sid: str, now: datetime) -> bool:
    """The caller is on hold although whoever put them there has gone and somebody else has the call."""
    with hotline.store.reading() as session:
        call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
        return call is not None and call.state == CallState.HELD and bool(lines.company(lines.of_call(session, call.id)))


def in_progress(call: CallRow) -> None:
    if call.state not in (CallState.ANSWERED, CallState.HELD):
        raise Refused("call_over")


def _line(session: Session, key: str) -> LineRow:
    line = session.scalar(sa.select(LineRow).where(LineRow.key == key).execution_options(populate_existing=True))
    if line is None:
        raise Refused("no_line")
    return line
