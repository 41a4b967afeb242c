"""The desk as it stands at this second: who does what, who waits in line, which messages were left."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.days import midnight
from callcenter.domain.telephone import AgentState
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import CallState, Role
from callcenter.services import access, numbers
from callcenter.services.telephone import agents, voicemail, waiting_line
from callcenter.storage import facts
from callcenter.storage.tables import CallRow
from callcenter.storage.telephone_tables import RecordingRow


@dataclass(frozen=True, slots=True)
class Mine:
    """One's own state, as the desk's head shows it."""

    state: AgentState | None  #: None: not signed on
    since: datetime | None
    reason: str
    ends_at: datetime | None  #: after-call work ends by itself then
    on_the_line: bool  #: no other state can be chosen now


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the desk: on duty, or signed on without being on the roster."""

    person: Person
    lead: bool
    on_duty: bool
    state: AgentState | None
    since: datetime | None
    reason: str
    ends_at: datetime | None
    call: str | None  #: the number they talk with, masked
    answered: int  #: calls answered since midnight


@dataclass(frozen=True, slots=True)
class InLine:
    """A caller who waits."""

    place: int
    number: str | None
    since: datetime
    emergency: bool
    language: str


@dataclass(frozen=True, slots=True)
class DeskNow:
    """Everybody and everything of the desk."""

    people: list[Colleague]
    line: list[InLine]
    free: int
    return_calls: int  #: asked for by callers who kept their place


@dataclass(frozen=True, slots=True)
class Left:
    """A message somebody left."""

    sid: str
    number: str | None
    at: datetime
    seconds: int | None
    recording: int
    may_listen: bool


def mine(session: Session, user: str, now: datetime) -> Mine:
    """The state of *user*; somebody who left without choosing to counts as not signed on."""
    span = agents.current(session, user)
    if span is None or not agents.signed_on(span):
        return Mine(None, None, "", None, False)
    state = AgentState(span.state)
    if span.ends_at is not None and span.ends_at <= now:
        return Mine(AgentState.AVAILABLE, span.ends_at, "", None, False)
    return Mine(state, span.since_at, span.reason, span.ends_at, state in agents.ON_THE_LINE)


def desk_now(session: Session, now: datetime) -> DeskNow:
    """Agents and leads by state, and the line of callers in the order in which they are served."""
    staff, spans = facts.staff(session, now), agents.everybody(session)
    duty = [*staff.holders(Role.AGENT), *staff.holders(Role.LEAD)]
    others = sorted(u for u, s in spans.items() if u in staff.people and agents.signed_on(s) and s.state != AgentState.OFFLINE)
    answered = _answered(session, now)
    talking = _talking(session, [s.call_id for s in spans.values() if s.call_id and s.state == AgentState.TALKING])
    people = []
    for user in dict.fromkeys([*duty, *others]):
        state = mine(session, user, now)
        span = spans.get(user)
        people.append(Colleague(staff.people[user], Role.AGENT not in staff.roles(user), user in duty, state.state, state.since, state.reason,
                                state.ends_at, talking.get(span.call_id or 0) if span else None, answered.get(user, 0)))
    line = [InLine(n, numbers.masked(c.from_number) or None, c.queued_at or c.ring_started_at, c.emergency, c.language)
            for n, c in enumerate(waiting_line.in_order(session), start=1)]
    kept = session.scalar(sa.select(sa.func.count()).select_from(CallRow).where(waiting_line.KEEPS_PLACE)) or 0
    return DeskNow(people, line, sum(p.state is AgentState.AVAILABLE and p.on_duty for p in people), kept)


def _answered(session: Session, now: datetime) -> dict[str, int]:
    rows = session.execute(sa.select(CallRow.answered_by, sa.func.count()).where(
        CallRow.answered_by.is_not(None), CallRow.ring_started_at >= midnight(now)).group_by(CallRow.answered_by))
    return {str(user): int(n) for user, n in rows}


def _talking(session: Session, calls: list[int]) -> dict[int, str]:
    rows = session.execute(sa.select(CallRow.id, CallRow.from_number).where(CallRow.id.in_(calls), CallRow.state != CallState.ENDED))
    return {int(id_): numbers.masked(number) for id_, number in rows}


def messages(session: Session, user: str, now: datetime) -> list[Left]:
    """Messages nobody has seen to, the oldest first; the number is masked, and heard by whoever may listen."""
    person = facts.staff(session, now).people[user]
    return [Left(call.sid, numbers.masked(call.from_number) or None, row.received_at, row.duration_s, row.id, may_listen(person, None, row))
            for call, row in voicemail.waiting(session)]


#: a message is left for the desk: whoever answers the hotline hears it
_DESK = frozenset({Role.AGENT, Role.LEAD})


def may_listen(person: Person, answered_by: Person | None, recording: RecordingRow) -> bool:
    """Who may hear a recording (DOMAIN.md 10): of a conversation the agent their own, a lead their team's, supervisor, manager, quality;
    a message left for the desk also the desk. An administrator hears none."""
    if recording.kind == voicemail.VOICEMAIL and person.roles & _DESK:
        return True
    return access.may_play_recording(person, answered_by)


@dataclass(frozen=True, slots=True)
class Playable:
    """A recording somebody asks to hear."""

    sid: str
    address: str | None
    may_listen: bool


def recording(session: Session, recording_id: int, user: str, now: datetime) -> Playable | None:
    """The recording, and whether *user* may hear it; None when there is none."""
    row = session.get(RecordingRow, recording_id)
    call = session.get(CallRow, row.call_id) if row is not None else None
    if row is None or call is None:
        return None
    people = facts.staff(session, now).people
    heard = may_listen(people[user], people.get(call.answered_by or ""), row)
    return Playable(call.sid, None if row.deleted_at else row.address, heard)
