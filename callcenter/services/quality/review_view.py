"""What a reviewer sees: an agent's draw of the month, what the records say of a call, reviews by month, the sum per agent."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from callcenter.domain import call_review, days
from callcenter.domain.call_review import Item, Mark
from callcenter.domain.days import LOCAL
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import COMPLAINTS, Role
from callcenter.services import access, numbers
from callcenter.services.quality.action_lists import paged
from callcenter.services.registers.lists import Found
from callcenter.storage import facts
from callcenter.storage.action_tables import ReviewCommentRow, ReviewRow
from callcenter.storage.tables import CallRow, TicketRow
from callcenter.storage.telephone_tables import RecordingRow


@dataclass(frozen=True, slots=True)
class Drawn:
    """A call that is to be reviewed."""

    sid: str
    at: datetime
    seconds: int
    number: str  #: masked
    ticket: str | None
    complaint: bool
    review: ReviewRow | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A call with its reviews, for the form and for reading."""

    call: CallRow
    agent: Person | None
    phone: str  #: masked
    ticket: TicketRow | None
    recordings: list[int]
    suggested: Mapping[Item, Mark]
    versions: list[ReviewRow]  #: the newest first
    comment: ReviewCommentRow | None
    may_review: bool
    may_comment: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """An agent's month."""

    agent: str
    calls: int
    reviews: int
    average: int | None
    lowest: int | None
    weak: list[Item]  #: marked down most often
    training: list[str]
    heard: int


def month_of(at: datetime) -> str:
    return f"{days.local(at):%Y-%m}"


def bounds(month: str) -> tuple[datetime, datetime] | None:
    """Beginning and end of a local month; None for what is none."""
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=LOCAL)
    except ValueError:
        return None
    return first, (first + timedelta(days=32)).replace(day=1)


def suggested(session: Session, call: CallRow) -> dict[Item, Mark]:
    """What the records of a call and its ticket answer by themselves."""
    ticket = _ticket(session, call.id)
    details: Mapping[str, Any] = ticket.details if ticket else {}
    asked = None if ticket is None else all(
        (ticket.customer_name, ticket.place, ticket.contact_phone, ticket.content, details.get("convenient_time") or ticket.appointment_start))
    hung_up = None if not call.ended_by else True if call.ended_by == call.answered_by else False if call.ended_by == Role.CUSTOMER else None
    rang = call.answered_at - call.ring_started_at if call.answered_at else None
    return call_review.suggested(rang, bool(call.hold_ms or call.held_at), hung_up, complete=asked,
                                 told_two_days=None if ticket is None else bool(details.get("told_two_day")),
                                 promised=None if ticket is None else ticket.promise_at is not None)


def _ticket(session: Session, call_id: int) -> TicketRow | None:
    return session.scalar(sa.select(TicketRow).where(TicketRow.call_id == call_id).order_by(TicketRow.id).limit(1))


def drawn(session: Session, month: str, agent: str) -> list[Drawn]:
    """The agent's draw of the month: the lot's calls, then those that became a complaint."""
    since_until = bounds(month)
    if since_until is None:
        return []
    where = (CallRow.answered_by == agent, CallRow.answered_at >= since_until[0], CallRow.answered_at < since_until[1])
    lots = call_review.draw(month, agent, session.scalars(sa.select(CallRow.sid).where(*where)))
    complaints = set(session.scalars(sa.select(CallRow.sid).join(TicketRow, TicketRow.call_id == CallRow.id)
                                     .where(*where, TicketRow.type.in_([*COMPLAINTS]))))
    sids = [*lots, *sorted(complaints - set(lots))]
    rows = {row.sid: row for row in session.scalars(sa.select(CallRow).where(CallRow.sid.in_(sids)))}
    return [_drawn(session, rows[sid], sid in complaints) for sid in sids]


def _drawn(session: Session, row: CallRow, complaint: bool) -> Drawn:
    ticket, review = _ticket(session, row.id), _latest(session, row.id)
    since = row.answered_at or row.ring_started_at
    seconds = int(((row.ended_at or since) - since).total_seconds())
    return Drawn(row.sid, since, seconds, numbers.masked(row.from_number) or "", ticket.number if ticket else None, complaint, review)


def _latest(session: Session, call_id: int) -> ReviewRow | None:
    return session.scalar(sa.select(ReviewRow).where(ReviewRow.call_id == call_id).order_by(ReviewRow.version.desc()).limit(1))


def sheet(session: Session, by: Person, sid: str) -> Sheet | None:
    """One call and its reviews; None when there is no such call, or none this reader may see."""
    call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
    if call is None or call.answered_by is None:
        return None
    agent = facts.people(session).get(call.answered_by)
    versions = list(session.scalars(sa.select(ReviewRow).where(ReviewRow.call_id == call.id).order_by(ReviewRow.version.desc())))
    may_review = call_review.may_review(by, agent)
    if not (may_review or (versions and reads(by, agent))):
        return None
    said = session.get(ReviewCommentRow, call.id)
    recordings = [] if not access.may_play_recording(by, agent) else list(session.scalars(
        sa.select(RecordingRow.id).where(RecordingRow.call_id == call.id, RecordingRow.deleted_at.is_(None)).order_by(RecordingRow.id)))
    return Sheet(call, agent, numbers.masked(call.from_number) or "", _ticket(session, call.id), recordings, suggested(session, call), versions,
                 said, may_review, bool(versions) and call.answered_by == by.user and said is None)


def reads(by: Person, agent: Person | None) -> bool:
    """Who reads a review: the agent, whoever oversees; a lead those of their own department."""
    if agent is None or not call_review.may_read(by, agent.user):
        return False
    return by.user == agent.user or bool(by.roles - {Role.LEAD, Role.AGENT}) or by.department == agent.department


def found(session: Session, by: Person, month: str, agent: str, page: int) -> Found:
    """One page of a month's reviews, each in the version that counts, the newest first."""
    since_until = bounds(month)
    later = aliased(ReviewRow)
    where = [~sa.exists().where(later.call_id == ReviewRow.call_id, later.version > ReviewRow.version), _mine(session, by)]
    if since_until:
        where += [ReviewRow.answered_at >= since_until[0], ReviewRow.answered_at < since_until[1]]
    if agent:
        where.append(ReviewRow.agent == agent)
    return paged(session, sa.select(ReviewRow).where(*where), (ReviewRow.id.desc(),), page)


def _mine(session: Session, by: Person) -> sa.ColumnElement[bool]:
    return ReviewRow.agent.in_([p.user for p in facts.people(session).values() if reads(by, p)])


def sids(session: Session, call_ids: Collection[int]) -> dict[int, str]:
    """Call → what it is called in an address."""
    return {id_: sid for id_, sid in session.execute(sa.select(CallRow.id, CallRow.sid).where(CallRow.id.in_(call_ids)))}  # noqa: C416


def sums(session: Session, by: Person, month: str) -> list[Sum]:
    """Every agent who answered in that month and whose reviews *by* may read."""
    since_until = bounds(month)
    if since_until is None:
        return []
    answered = session.execute(sa.select(CallRow.answered_by, sa.func.count()).where(
        CallRow.answered_by.is_not(None), CallRow.answered_at >= since_until[0], CallRow.answered_at < since_until[1])
        .group_by(CallRow.answered_by).order_by(CallRow.answered_by))
    people = facts.people(session)
    calls = {str(user): int(n) for user, n in answered if reads(by, people.get(str(user)))}
    later = aliased(ReviewRow)
    rows = session.scalars(sa.select(ReviewRow).where(
        ReviewRow.answered_at >= since_until[0], ReviewRow.answered_at < since_until[1], ReviewRow.agent.in_(list(calls)),
        ~sa.exists().where(later.call_id == ReviewRow.call_id, later.version > ReviewRow.version)).order_by(ReviewRow.id))
    held: dict[str, list[ReviewRow]] = {user: [] for user in calls}
    for row in rows:
        held[row.agent].append(row)
    return [_sum(user, n, held[user]) for user, n in calls.items()]


def _sum(agent: str, calls: int, rows: list[ReviewRow]) -> Sum:
    scores = [row.score for row in rows]
    down = Counter(item for row in rows for item, mark in row.marks.items() if mark == Mark.NO)
    return Sum(agent, calls, len(rows), (2 * sum(scores) + len(rows)) // (2 * len(rows)) if rows else None, min(scores, default=None),
               [Item(item) for item, _ in sorted(down.items(), key=lambda d: (-d[1], d[0]))[:3]],
               list(dict.fromkeys(row.training for row in rows if row.training)), sum(len(row.heard) for row in rows))
