"""What is said about a record of the quality books, to whom: written with the record, in one transaction."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import corrective
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Department, Role
from callcenter.services import telling
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.action_tables import ActionRow, FeedbackRow
from callcenter.storage.store import wake_later
from callcenter.storage.tables import CompoundRow, MessageRow

#: who hears of it, one after the other, when nobody holds the office meant
INSTEAD = (Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.GM)
#: office work waits on the screen of whoever holds the office, on duty or not
_CHANNEL = "screen"

Record = ActionRow | FeedbackRow


def tell(session: Session, hotline: Hotline, row: Record, notice: str, people: Iterable[Person], now: datetime, occasion: str) -> list[str]:
    """A message to each of *people*, once for the *occasion* however often it is asked for; who was told now."""
    compound = session.get(CompoundRow, row.compound) if row.compound else None
    text = row.problem if isinstance(row, ActionRow) else row.phenomenon
    due = row.recheck_at if isinstance(row, ActionRow) and row.cleared_at else getattr(row, "due_at", None)
    told = []
    for person in sorted(people, key=lambda p: p.user):
        key = f"book:{row.number}:{occasion}:{person.user}"
        if session.scalar(sa.select(MessageRow.id).where(MessageRow.key == key)) is not None:
            continue
        said = {"number": row.number, "where": compound.name if compound else "", "text": text, "due": due}
        session.add(MessageRow(
            key=key, to=person.user, role=_role(person), phone=person.phone, channel=_CHANNEL, notice=notice, level=0, created_at=now,
            status="sent", sent_at=now, tries=0, text=telling.words(hotline.rulebook.policy, notice, said, person.language)))
        told.append(person.user)
    if told:
        wake_later(session, "message")
    return told


def _role(person: Person) -> Role:
    return next((r for r in Role if r in person.roles), Role.STAFF)


def heads(session: Session, department: Department, compound: str | None) -> list[Person]:
    """Whoever puts things right in a department, for this compound; nobody: the next above."""
    people = facts.people(session).values()
    found = [p for p in people if p.active and corrective.answers_for(p, department) and p.covers(compound)]
    return found or _first(people, compound, INSTEAD)


def responsible(session: Session, row: ActionRow) -> list[Person]:
    """The head of the responsible department, and the person named."""
    found = heads(session, Department(row.department), row.compound)
    named = facts.people(session).get(row.person or "")
    return [*found, named] if named is not None and named.active and named not in found else found


def checkers(session: Session, row: ActionRow) -> list[Person]:
    """Who opened it, when they may check it; else whoever may."""
    people = facts.people(session)
    opener = people.get(row.created_by)
    if opener is not None and opener.active and opener.department != row.department:
        return [opener]
    return _first([p for p in people.values() if p.department != row.department], row.compound, (Role.SUPERVISOR, Role.PM, Role.QUALITY))


def holders(session: Session, role: Role, row: ActionRow) -> list[Person]:
    """Who holds an office for the record's compound; nobody: the next above."""
    if role is Role.DEPT_HEAD:
        return responsible(session, row)
    above = INSTEAD[INSTEAD.index(role):] if role in INSTEAD else INSTEAD
    return _first(facts.people(session).values(), row.compound, above)


def _first(people: Iterable[Person], compound: str | None, roles: Iterable[Role]) -> list[Person]:
    held = [p for p in people if p.active and p.covers(compound)]
    return next((found for role in roles if (found := [p for p in held if role in p.roles])), [])
