"""The lines of a call: whose they are, how far each has come, and what the caller's own line should do now."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from secrets import token_hex, token_urlsafe

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.telephone import LineRole, LineState, PartMode
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import CallState, Role
from callcenter.services.telephone.softphone import identity_of
from callcenter.storage.tables import CallEventRow, CallRow
from callcenter.storage.telephone_tables import LineRow

OVER = frozenset({CallState.ENDED, CallState.ABANDONED})
#: in the provider's words: nothing more will come of this line
TERMINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
#: a line told to move is in the room within this time, or it was lost on the way
MOVES_WITHIN = timedelta(seconds=15)
#: a line of which nothing was heard for so long is not coming: it rings at most half a minute
COMES_WITHIN = timedelta(seconds=75)
#: how a line is not part of the conversation the caller hears
_UNHEARD = frozenset({PartMode.LISTEN, PartMode.WHISPER, PartMode.BRIDGED, PartMode.MOVING, PartMode.LEAVING})


class Hears(Enum):
    """What the caller's line does now."""

    ROOM = "in the room with the others"
    MUSIC = "on hold, or somebody's telephone rings for them"
    SOON = "somebody is on the way into the room"
    ALONE = "everybody has left and nobody is coming"
    OVER = "the call is over"


def locked(session: Session, sid: str) -> CallRow:
    """The call, for writing. Raises Refused "unknown_call"."""
    call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid).with_for_update().execution_options(populate_existing=True))
    if call is None:
        raise Refused("unknown_call", call=sid)
    return call


def of_call(session: Session, call_id: int) -> list[LineRow]:
    """Every line the call ever had, the first one first."""
    return list(session.scalars(sa.select(LineRow).where(LineRow.call_id == call_id).order_by(LineRow.id).execution_options(populate_existing=True)))


def live(lines: Iterable[LineRow]) -> list[LineRow]:
    """Those of others than the caller that ring or talk."""
    return [x for x in lines if x.state != LineState.OVER and x.role != LineRole.CALLER]


def in_room(line: LineRow) -> bool:
    """Whether this line is in the conference."""
    return line.state == LineState.TALKING and line.mode not in (PartMode.BRIDGED, PartMode.MOVING)


def company(lines: Iterable[LineRow]) -> list[LineRow]:
    """Those in the room whom the caller can hear."""
    return [x for x in live(lines) if x.state == LineState.TALKING and x.mode not in _UNHEARD]


def moving(lines: Iterable[LineRow], now: datetime) -> list[LineRow]:
    """Those on their way from a direct conversation into the room."""
    return [x for x in live(lines) if x.mode == PartMode.MOVING and x.asked_at > now - MOVES_WITHIN]


def coming(lines: Iterable[LineRow], now: datetime) -> list[LineRow]:
    """Those who may still pick up and talk with the caller."""
    return [x for x in live(lines) if x.state in (LineState.ASKED, LineState.RINGING) and x.role != LineRole.SUPERVISOR
            and x.mode not in (PartMode.BRIDGED, PartMode.MOVING) and x.asked_at > now - COMES_WITHIN]


def talks_directly(lines: Sequence[LineRow]) -> bool:
    """Whether the caller is joined to one line outside of any room, or was until that line ended: then their document goes on by itself."""
    if any(x.mode == PartMode.BRIDGED for x in live(lines)):
        return True
    ended = [x for x in lines if x.over_at is not None and x.role != LineRole.CALLER]
    return bool(ended) and max(ended, key=lambda x: (x.over_at, x.id)).mode == PartMode.BRIDGED


def caller_hears(call: CallRow, lines: Sequence[LineRow], now: datetime) -> Hears:
    """Decided by what is written down alone, whatever message to the provider was lost."""
    if call.state in OVER:
        return Hears.OVER
    if call.state == CallState.HELD:
        return Hears.MUSIC if company(lines) or moving(lines, now) or coming(lines, now) else Hears.ALONE
    if company(lines):
        return Hears.ROOM
    if moving(lines, now):
        return Hears.SOON
    return Hears.MUSIC if coming(lines, now) else Hears.ALONE


def new(session: Session, call: CallRow, role: LineRole, by: str, now: datetime, *, sid: str | None = None, user: str | None = None,
        number: str | None = None, mode: PartMode | None = None, state: LineState = LineState.ASKED) -> LineRow:
    """One more line of the call, under a key nobody can guess."""
    line = LineRow(call_id=call.id, sid=sid, key=token_urlsafe(12), role=role, user=user, number=number, state=state, mode=mode,
                   asked_by=by, asked_at=now, talking_at=now if state is LineState.TALKING else None)
    session.add(line)
    session.flush()
    return line


def over(line: LineRow, outcome: str, at: datetime) -> bool:
    """The line has ended; what was said first about how stays. False when it had ended before."""
    if line.state == LineState.OVER:
        return False
    line.state, line.over_at, line.outcome, line.mode = LineState.OVER, max(at, line.asked_at), outcome, _lasting(line.mode)
    return True


def _lasting(mode: str | None) -> str | None:
    """How somebody took part is remembered; where a line was on its way to is not."""
    return mode if mode in (PartMode.LISTEN, PartMode.WHISPER, PartMode.JOIN, PartMode.TAKES_OVER, PartMode.BRIDGED) else None


def caller(session: Session, call: CallRow, now: datetime) -> LineRow:
    """The caller's own line, written down when the call first needs a room."""
    held = session.scalar(sa.select(LineRow).where(LineRow.call_id == call.id, LineRow.role == LineRole.CALLER))
    return held or new(session, call, LineRole.CALLER, Role.CUSTOMER, now, sid=call.sid, number=call.from_number, state=LineState.TALKING)


def room(call: CallRow) -> str:
    """The name of the conference: the call and chance, nothing about the caller."""
    call.room = call.room or f"call-{call.id}-{token_hex(6)}"
    return call.room


def talking_agent(session: Session, call: CallRow, now: datetime) -> None:
    """See that the line of whoever answered is written down: it was rung by the caller's own document and is known from its reports."""
    if call.answered_by is None or any(x.role == LineRole.AGENT for x in of_call(session, call.id)):
        return
    sid = _answered_line(session, call)
    if sid is not None:
        line = new(session, call, LineRole.AGENT, call.answered_by, now, sid=sid, user=call.answered_by, mode=PartMode.BRIDGED,
                   state=LineState.TALKING)
        line.talking_at = call.answered_at


def _answered_line(session: Session, call: CallRow) -> str | None:
    """The line that was picked up and has not ended: the answerer's by name, else the only one there is."""
    of_agents = sa.select(CallEventRow.payload).where(CallEventRow.sid == call.sid, CallEventRow.kind == "agent")
    told = list(session.scalars(of_agents.order_by(CallEventRow.id)))
    gone = {p.get("CallSid") for p in told if p.get("CallStatus") in TERMINAL}
    up = [p for p in told if p.get("CallStatus") == "in-progress" and p.get("CallSid") not in {*gone, None, call.sid}]
    own = [p for p in up if p.get("agent") == call.answered_by or p.get("To") == f"client:{identity_of(call.answered_by or '')}"]
    found = {str(p["CallSid"]) for p in own or up}
    return found.pop() if len(found) == 1 else None
