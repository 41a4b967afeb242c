"""A call in progress as the desk and the supervisors see it: who is in it, since when, and what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.telephone import AgentState, LineRole, LineState, PartMode
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import CallState, Role
from callcenter.services import numbers
from callcenter.services.telephone import call_notes, conversation, lines, supervision
from callcenter.storage import facts
from callcenter.storage.tables import CallRow
from callcenter.storage.telephone_tables import AgentSpanRow, LineRow

#: after so long the screen asks whether the recording should go on
PAUSED_AT_MOST = timedelta(seconds=60)
#: who can be asked into a call, in this order
ASKED = (Role.AGENT, Role.LEAD, Role.DISPATCHER, Role.SUPERVISOR, Role.PM, Role.TECHNICIAN, Role.CONTRACTOR)


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody in the call, or on the way into it."""

    key: str
    role: LineRole
    who: str
    state: LineState
    mode: PartMode | None
    since: datetime
    over: str | None  #: why it ended, for a moment afterwards
    may_drop: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands under the number of one's call."""

    sid: str
    held: bool
    parts: list[Part]
    supervised: list[Part]  #: who listens, whispers or has joined
    others: bool  #: somebody but agent and caller can be heard: the caller may come back to three, the agent may leave
    paused_at: datetime | None
    remind_at: datetime | None
    notes: list[tuple[datetime, str, str]]
    draft: str  #: the notes, as the beginning of a ticket's content
    colleagues: list[tuple[Role, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Watched:
    """A call in progress on the supervisors' page."""

    sid: str
    number: str
    agent: str
    state: CallState
    since: datetime
    parts: list[Part]
    mine: Part | None  #: how the reader takes part
    may_help: bool


#: a line that ended is shown so long, with its reason
SHOWN_AFTERWARDS = timedelta(seconds=30)


def panel(session: Session, sid: str, user: str, now: datetime) -> Panel | None:
    """The call in the hands of *user*; None when it is not theirs or not in progress."""
    call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
    if call is None or call.state not in (CallState.ANSWERED, CallState.HELD) or not conversation.may_act(session, call, user, now):
        return None
    staff, of_call = facts.staff(session, now), lines.of_call(session, call.id)
    parts = _parts(staff, call, of_call, now)
    listeners = [p for p in parts if p.role == LineRole.SUPERVISOR and p.state != LineState.OVER]
    others = [x for x in (*lines.company(of_call), *lines.coming(of_call, now)) if x.user != user]
    paused, notes = call.recording_paused_at, call_notes.notes(session, call.id)
    return Panel(sid, call.state == CallState.HELD, [p for p in parts if p.role != LineRole.SUPERVISOR], listeners, bool(others), paused,
                 paused + PAUSED_AT_MOST if paused else None, notes, "\n".join(text for _, _, text in notes),
                 _colleagues(session, staff, call, of_call, user))


def in_progress(session: Session, user: str, now: datetime) -> list[Watched]:
    """Every call in progress, the oldest first, for somebody who supervises."""
    staff = facts.staff(session, now)
    calls = session.scalars(sa.select(CallRow).where(CallRow.state.in_([CallState.ANSWERED, CallState.HELD])).order_by(CallRow.answered_at).limit(50))
    return [_watched(session, staff, call, user, now) for call in calls]


def _watched(session: Session, staff: Staff, call: CallRow, user: str, now: datetime) -> Watched:
    parts = _parts(staff, call, lines.of_call(session, call.id), now)
    key = next((x.key for x in lines.live(lines.of_call(session, call.id)) if x.user == user and x.role == LineRole.SUPERVISOR), None)
    return Watched(call.sid, numbers.masked(call.from_number), _name(staff, call.answered_by or ""), CallState(call.state),
                   call.answered_at or call.ring_started_at, [p for p in parts if p.state != LineState.OVER],
                   next((p for p in parts if p.key == key), None), supervision.may_help(session, call, user, now))


def taking_part(session: Session, user: str) -> set[int]:
    """The calls in which somebody talks without having answered them: handed on, consulted, fetched for a caller left alone."""
    return set(session.scalars(sa.select(LineRow.call_id).where(
        LineRow.user == user, LineRow.state == LineState.TALKING, LineRow.role.in_([LineRole.AGENT, LineRole.CONSULTED]))))


def in_hand(session: Session, live: Sequence[CallRow], user: str) -> set[int]:
    """Which of these calls are *user*'s now: those they talk on, and those they answered and did not leave to others."""
    left = set(session.scalars(sa.select(LineRow.call_id).where(
        LineRow.user == user, LineRow.state == LineState.OVER, LineRow.outcome.in_(["left", "handed_on"]))))
    return taking_part(session, user) | {c.id for c in live if c.answered_by == user and c.id not in left}


def _parts(staff: Staff, call: CallRow, of_call: Sequence[LineRow], now: datetime) -> list[Part]:
    shown = [x for x in of_call if x.role != LineRole.CALLER and (
        x.state != LineState.OVER or (x.talking_at is None and x.over_at is not None and x.over_at > now - SHOWN_AFTERWARDS))]
    agent = [] if any(x.role == LineRole.AGENT for x in shown) or call.answered_by is None or _left(of_call) else [
        Part("", LineRole.AGENT, _name(staff, call.answered_by), LineState.TALKING, None, call.answered_at or now, None, False)]
    return agent + [_part(staff, x) for x in shown]


def _left(of_call: Sequence[LineRow]) -> bool:
    return any(x.role == LineRole.AGENT and x.state == LineState.OVER for x in of_call)


def _part(staff: Staff, line: LineRow) -> Part:
    state = LineState(line.state)
    return Part(line.key, LineRole(line.role), _name(staff, line.user) if line.user else line.number or "", state,
                PartMode(line.mode) if line.mode and line.mode != PartMode.BRIDGED else None, line.talking_at or line.asked_at,
                line.outcome if state is LineState.OVER else None,
                state is not LineState.OVER and line.role in (LineRole.CONSULTED, LineRole.OUTSIDE))


def _name(staff: Staff, user: str) -> str:
    return staff.people[user].name if user in staff.people else user


def _colleagues(session: Session, staff: Staff, call: CallRow, of_call: Sequence[LineRow], user: str) -> list[tuple[Role, list[tuple[str, str]]]]:
    """Who can be asked in, by what they are; desk people with what they are doing."""
    taken = {user, *(x.user for x in lines.live(of_call))} | ({call.answered_by} if not _left(of_call) else set())
    open_ = session.execute(sa.select(AgentSpanRow.user, AgentSpanRow.state).where(AgentSpanRow.until_at.is_(None)))
    spans = {one: state for one, state in open_}  # noqa: C416 - a row is no pair to every version of the library's types
    found: dict[Role, list[tuple[str, str]]] = {}
    for role in ASKED:
        holders = [u for u, p in staff.people.items() if role in p.roles and p.active] if role is Role.CONTRACTOR else staff.holders(role)
        for one in holders:
            if one not in taken:
                taken.add(one)
                found.setdefault(role, []).append((one, spans.get(one, "")))
    return [(role, [(u, f"{_name(staff, u)}{' · ' + AgentState(s).zh if s else ''}") for u, s in held]) for role, held in found.items()]
