"""The register of people as its keeper reads it: who is on duty, who never signed in, whose certificate runs out, what somebody would leave open."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.registers import Standing
from callcenter.domain.roster import Turn
from callcenter.domain.vocabulary import OPEN, Role, State, TicketType
from callcenter.services.registers import lists, staff
from callcenter.services.registers.lists import Found
from callcenter.services.rosters import telling, weeks
from callcenter.storage import facts
from callcenter.storage.people_tables import SignInRow
from callcenter.storage.tables import AssignmentRow, PersonRow, TicketRow

#: so far ahead somebody's turns are shown
AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the list is narrowed to."""

    text: str = ""
    role: str = ""
    compound: str = ""
    standing: Standing = Standing.HERE


@dataclass(frozen=True, slots=True)
class Directory:
    """A page of the people asked for, and how many of those who match stand how."""

    found: Found
    counts: Mapping[Standing, int]
    #: user → until when
    on_duty: Mapping[str, datetime | None]
    away: Mapping[str, datetime]
    signed_in: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Left:
    """An open ticket that waits for somebody, and as what; nothing of the customer, whom the keeper of this register does not see."""

    number: str
    type: TicketType
    state: State
    parts: tuple[Role, ...]


def directory(session: Session, wish: Wish, now: datetime, page: int = 1) -> Directory:
    """The people who match, in the order of their user names; every count is of those who match text, role and compound."""
    standing = _standings(session, now)
    matching = set(session.scalars(lists.matching(wish.text, wish.role, wish.compound)))
    counts = {one: len(matching & users) for one, users in standing.items()}
    found = lists.page_of(session, sa.select(PersonRow).where(PersonRow.user.in_(matching & standing[wish.standing])), PersonRow.user, page)
    users = [row.user for row in found.rows]
    duty = facts.duty(session, now)
    return Directory(found, counts, {u: duty[u].until for u in users if u in standing[Standing.ON_DUTY]}, lists.away_now(session, now),
                     last_sign_ins(session, users))


def _standings(session: Session, now: datetime) -> dict[Standing, set[str]]:
    """Standing → everybody who stands so."""
    people = facts.people(session)
    here = {user for user, person in people.items() if person.active}
    away = set(lists.away_now(session, now)) & here
    entered = set(session.scalars(sa.select(SignInRow.user).distinct()))
    return {
        Standing.HERE: here,
        Standing.ON_DUTY: (set(facts.duty(session, now)) & here) - away,
        Standing.AWAY: away,
        Standing.NEVER: {user for user in here if people[user].can_sign_in} - entered,
        Standing.ENDING: {ending.person.user for ending in telling.endings(people.values(), now)},
        Standing.GONE: set(people) - here}


def last_sign_ins(session: Session, users: Collection[str]) -> dict[str, datetime]:
    """When each of them last signed in; the newest is kept until the next."""
    rows = session.execute(sa.select(SignInRow.user, sa.func.max(SignInRow.began_at).label("at")).where(SignInRow.user.in_(users))
                           .group_by(SignInRow.user))
    return {row.user: row.at for row in rows}


def turns(session: Session, user: str, now: datetime) -> list[Turn]:
    """The turns somebody serves now or has within two weeks."""
    return [turn for turn in weeks.between(session, now, now + AHEAD) if turn.user == user]


def left_open(session: Session, user: str) -> list[Left]:
    """What would stay open if *user* left now: each ticket with what they are to it; all of it is to be handed over first."""
    sent = set(session.scalars(sa.select(AssignmentRow.ticket_id).where(
        AssignmentRow.to == user, AssignmentRow.voided_at.is_(None), AssignmentRow.completed_at.is_(None))))
    rows = session.scalars(sa.select(TicketRow).where(TicketRow.state.in_(OPEN), staff.waits_for(user)).order_by(TicketRow.number))
    return [Left(row.number, TicketType(row.type), State(row.state), _parts(row, user, row.id in sent)) for row in rows]


def _parts(row: TicketRow, user: str, sent: bool) -> tuple[Role, ...]:
    held = ((Role.OWNER, user in (row.owner, row.acting_follower)), (Role.HANDLER, sent or row.assignee == user),
            (Role.RECEIVER, row.receiver == user), (Role.SPECIALIST, row.specialist == user))
    return tuple(role for role, is_so in held if is_so)


def holding(session: Session, now: datetime) -> dict[Role, tuple[int, int]]:
    """Role → how many people who work here hold it, and how many of them are on duty."""
    standing, people = _standings(session, now), facts.people(session)
    here, there = standing[Standing.HERE], standing[Standing.ON_DUTY]
    return {role: (sum(role in people[u].roles for u in here), sum(role in people[u].roles for u in there)) for role in Role}
