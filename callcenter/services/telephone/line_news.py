"""What the provider tells about the lines of a call: who comes in, who is gone, and what becomes of a caller left alone."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.telephone import AgentState, LineRole, LineState, PartMode
from callcenter.domain.vocabulary import CallState, Moment, ReturnCall, Role
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import agents, call_promises, conversation, lines, softphone
from callcenter.services.telephone.lines import Hears
from callcenter.services.telephone.softphone import Telephone
from callcenter.storage import facts
from callcenter.storage.tables import CallRow
from callcenter.storage.telephone_tables import AgentSpanRow, LineRow

#: how many telephones ring at once: the most a <Dial> may hold
MOST_TELEPHONES = 10
_RANK = {LineState.ASKED: 0, LineState.RINGING: 1, LineState.TALKING: 2, LineState.OVER: 3}
_STATES = {"initiated": LineState.ASKED, "queued": LineState.ASKED, "ringing": LineState.RINGING, "in-progress": LineState.TALKING}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line belongs at this moment."""

    call_sid: str
    hears: Hears
    room: str
    role: LineRole
    mode: PartMode | None
    whisper_to: str | None
    asked_by: str
    record: bool
    language: str


@dataclass(frozen=True, slots=True)
class Rung:
    """A colleague whose telephone the caller's own document rings."""

    key: str
    user: str
    telephone: Telephone


def enters(hotline: Hotline, key: str, sid: str, now: datetime) -> Place | None:
    """A line asks where it belongs: whoever was asked in is in the room from now on. None for a key nobody gave out."""
    with hotline.store.transaction() as session:
        found = session.execute(sa.select(LineRow.id, LineRow.call_id).where(LineRow.key == key)).one_or_none()
        if found is None:
            return None
        call = session.get_one(CallRow, found.call_id, with_for_update=True, populate_existing=True)
        line = session.get_one(LineRow, found.id, populate_existing=True)
        if line.role == LineRole.CALLER:
            return _place(session, hotline, call, line, lines.caller_hears(call, lines.of_call(session, call.id), now))
        if call.state in lines.OVER or line.state == LineState.OVER or line.mode == PartMode.LEAVING:
            return _place(session, hotline, call, line, Hears.OVER)
        place = _place(session, hotline, call, line, Hears.ROOM)
        _comes_in(session, call, line, sid, now)
        return place


def _comes_in(session: Session, call: CallRow, line: LineRow, sid: str, now: datetime) -> None:
    fresh = line.state != LineState.TALKING or line.mode in (PartMode.MOVING, PartMode.BRIDGED)
    line.sid, line.state, line.talking_at = line.sid or sid, LineState.TALKING, line.talking_at or now
    mode = line.mode
    if mode in (PartMode.MOVING, PartMode.BRIDGED, PartMode.TAKES_OVER):
        line.mode = None
    lines.caller(session, call, now)
    if fresh:
        talks(session, call, line, now)
        call_promises.event(session, call, "line_enters", line.user or line.number or line.role, now, {"role": line.role, "mode": mode})


def _place(session: Session, hotline: Hotline, call: CallRow, line: LineRow, hears: Hears) -> Place:
    record = hotline.rulebook.policy.telephone.record and call.recording_paused_at is None
    mode = PartMode(line.mode) if line.mode else None
    whisper_to = conversation.agent_sid(session, call) if mode is PartMode.WHISPER else None
    return Place(call.sid, hears, lines.room(call), LineRole(line.role), mode, whisper_to, line.asked_by, record, call.language)


def whereabouts(hotline: Hotline, key: str, now: datetime) -> Place | None:
    """Where a line belongs, without its coming in by asking."""
    with hotline.store.transaction() as session:
        line = session.scalar(sa.select(LineRow).where(LineRow.key == key))
        call = session.get_one(CallRow, line.call_id) if line else None
        if line is None or call is None:
            return None
        return _place(session, hotline, call, line, lines.caller_hears(call, lines.of_call(session, call.id), now))


def call_of(hotline: Hotline, key: str) -> str | None:
    """The call's sid, by the key of one of its lines."""
    with hotline.store.reading() as session:
        return session.scalar(sa.select(CallRow.sid).join(LineRow, LineRow.call_id == CallRow.id).where(LineRow.key == key)) if key else None


def talks(session: Session, call: CallRow, line: LineRow, now: datetime) -> None:
    """From now on one of us is on this call."""
    if line.user is not None and line.role in (LineRole.AGENT, LineRole.CONSULTED):
        agents.talking(session, line.user, call, now)


def heard(hotline: Hotline, key: str | None, line_sid: str, status: str, now: datetime, at: datetime) -> str | None:
    """
    News of a line, by its key or by its sid; it never goes back. Gives the call's sid, None for a line that is none of ours.

    A line that was asked into the room talks once it is there; one rung by the caller's own document, as soon as it is picked up.
    """
    with hotline.store.transaction() as session:
        which = LineRow.key == key if key else LineRow.sid == line_sid
        found = session.execute(sa.select(LineRow.id, LineRow.call_id).where(which)).one_or_none()
        if found is None:
            return None
        call = session.get_one(CallRow, found.call_id, with_for_update=True, populate_existing=True)
        line = session.get_one(LineRow, found.id, populate_existing=True)
        if line.role != LineRole.CALLER:
            _told(session, hotline, call, line, line_sid, status, now, at)
        return call.sid


def _told(session: Session, hotline: Hotline, call: CallRow, line: LineRow, line_sid: str, status: str, now: datetime, at: datetime) -> None:
    line.sid = line.sid or line_sid
    if status in lines.TERMINAL:
        conversation.over(session, hotline, call, line, status, line.user or line.number or line.role, now, at)
        return
    state = _STATES.get(status, LineState.ASKED)
    if state is LineState.TALKING and line.mode != PartMode.BRIDGED:
        state = LineState.RINGING
    if _RANK[state] <= _RANK[LineState(line.state)]:
        return
    line.state = state
    if state is LineState.TALKING:
        line.talking_at = at
        talks(session, call, line, at)
        call_promises.event(session, call, "line_enters", line.user or "", now, {"role": line.role, "mode": None})


def left_room(hotline: Hotline, line_sid: str, now: datetime, at: datetime) -> None:
    """Somebody has left the conference. The caller's own line also leaves it for the music, so that says nothing."""
    heard(hotline, None, line_sid, "completed", now, at)


def release(hotline: Hotline, sid: str, now: datetime) -> list[str]:
    """Once the caller is gone, every other line is over: the sids of those that have to be hung up."""
    with hotline.store.reading() as session:
        found = session.execute(sa.select(CallRow.id, CallRow.state).where(CallRow.sid == sid)).one_or_none()
        if found is None or found.state not in lines.OVER or not lines.live(lines.of_call(session, found.id)):
            return []
    with hotline.store.transaction() as session:
        call = lines.locked(session, sid)
        rest = lines.live(lines.of_call(session, call.id))
        for line in rest:
            conversation.over(session, hotline, call, line, "caller_gone", Role.SYSTEM, now, now)
        return [x.sid for x in rest if x.sid]


def left_alone(hotline: Hotline, sid: str, now: datetime) -> conversation.End | None:
    """The caller's line when everybody else has left and nobody is coming; it has to be fetched out of the empty room."""
    with hotline.store.reading() as session:
        call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
        if call is None or call.room is None:
            return None
        of_call = lines.of_call(session, call.id)
        caller = next((x for x in of_call if x.role == LineRole.CALLER), None)
        alone = not lines.talks_directly(of_call) and lines.caller_hears(call, of_call, now) is Hears.ALONE
        return conversation.End(caller.key, call.sid) if caller is not None and alone else None


def ring_anybody(hotline: Hotline, sid: str, now: datetime) -> list[Rung]:
    """
    The caller was left alone: whoever is free is rung, first the one who was cut off. Nobody a second time for the same silence;
    without anybody, the list is empty.
    """
    with hotline.store.transaction() as session:
        call = lines.locked(session, sid)
        of_call = lines.of_call(session, call.id)
        if asked := _ringing(of_call):  # the document was asked for twice at one moment: it is the same
            staff = facts.staff(session, now)
            return [Rung(x.key, x.user, p) for x in asked if x.user and (p := softphone.telephone(session, staff, x.user)) is not None]
        if call.state in lines.OVER or _tried(of_call):
            return []
        for line in lines.live(of_call):  # what was on its way and never came
            conversation.over(session, hotline, call, line, "lost", Role.SYSTEM, now, now)
        rung = [Rung(_rescue(session, call, user, now), user, phone) for user, phone in _free(session, call, now)[:MOST_TELEPHONES]]
        call_promises.event(session, call, "caller_alone", Role.SYSTEM, now, {"rung": [r.user for r in rung]})
        return rung


def nobody_picked_up(hotline: Hotline, sid: str, now: datetime) -> None:
    """The colleagues rung for a caller left alone have all been silent; their own reports may come later."""
    with hotline.store.transaction() as session:
        call = lines.locked(session, sid)
        for line in _ringing(lines.of_call(session, call.id)):
            conversation.over(session, hotline, call, line, "no-answer", Role.SYSTEM, now, now)


def _ringing(of_call: list[LineRow]) -> list[LineRow]:
    return [x for x in lines.live(of_call) if x.asked_by == Role.SYSTEM and x.mode == PartMode.BRIDGED and x.state != LineState.TALKING]


def _rescue(session: Session, call: CallRow, user: str, now: datetime) -> str:
    return lines.new(session, call, LineRole.AGENT, Role.SYSTEM, now, user=user, mode=PartMode.BRIDGED).key


def _tried(of_call: list[LineRow]) -> bool:
    """Whether colleagues were rung since anybody last talked with the caller."""
    talked = [x.over_at for x in of_call if x.talking_at and x.over_at and x.role != LineRole.CALLER]
    since = max(talked) if talked else None
    return any(x.asked_by == Role.SYSTEM and x.talking_at is None and (since is None or x.asked_at >= since) for x in of_call)


def _free(session: Session, call: CallRow, now: datetime) -> list[tuple[str, Telephone]]:
    staff = facts.staff(session, now)
    spans = dict(session.execute(sa.select(AgentSpanRow.user, AgentSpanRow.state).where(AgentSpanRow.until_at.is_(None))).all())
    busy = set(session.scalars(sa.select(CallRow.answered_by).where(
        CallRow.state.in_([CallState.ANSWERED, CallState.HELD]), CallRow.id != call.id)))
    desk = [u for u in (*staff.holders(Role.AGENT), *staff.holders(Role.LEAD))
            if u not in busy and spans.get(u, AgentState.AVAILABLE) == AgentState.AVAILABLE]
    first = [call.answered_by] if call.answered_by and call.answered_by not in busy else []
    return [(u, phone) for u in dict.fromkeys([*first, *desk]) if (phone := softphone.telephone(session, staff, u)) is not None]


def promise_return(hotline: Hotline, sid: str, now: datetime) -> bool:
    """Nobody could be found: we call back, as with a call that was missed. False for a withheld number."""
    with hotline.store.transaction() as session:
        call = lines.locked(session, sid)
        if call.phone_key is None or call.return_call == ReturnCall.DUE:
            return call.return_call == ReturnCall.DUE
        call.return_call = ReturnCall.DUE
        due = call_promises.start(session, hotline, call, Moment.ABANDONED, now)
        key, staff = f"call:{call.id}:cut_off", facts.staff(session, now)
        call_promises.tell(session, hotline, staff, call, key, "missed_call", (Role.AGENT,), now, {"due": due})
        call_promises.event(session, call, "return_promised", Role.SYSTEM, now, {"due": due})
        return True
