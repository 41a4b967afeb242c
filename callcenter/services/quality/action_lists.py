"""Corrective actions as their pages list them: by state, department and time, each reader their own; what is overdue for the board."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import corrective
from callcenter.domain.quality import ActionState
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Department, Role
from callcenter.services.registers.lists import Found
from callcenter.storage.action_tables import ActionRow, FeedbackRow
from callcenter.storage.tables import CompoundRow

PAGE = 30
MOST_ON_BOARD = 8
#: who can be named as the person responsible, besides heads
_CORRECTING = frozenset({Role.DEPT_HEAD, Role.TECHNICIAN, Role.LEAD, Role.STAFF})


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for. `state`: a state, "open", "overdue", "recheck" or "" for all."""

    state: str = "open"
    department: str = ""
    text: str = ""
    page: int = 1


def found(session: Session, by: Person, wish: Wish, now: datetime) -> Found:
    """One page of the book, what is due first."""
    where = [reach(ActionRow, by, sa.cast(ActionRow.supporting, sa.Text)), *_state(wish.state, now)]
    if wish.department:
        where.append(ActionRow.department == wish.department)
    if wish.text:
        like = "%" + re.sub(r"([\\%_])", r"\\\1", wish.text) + "%"
        where.append(sa.or_(*(column.ilike(like, escape="\\") for column in (ActionRow.number, ActionRow.problem, ActionRow.category))))
    order = (ActionRow.cleared_at.desc(), ActionRow.id.desc()) if wish.state == ActionState.CLEARED else (ActionRow.due_at, ActionRow.id)
    return paged(session, sa.select(ActionRow).where(*where), order, wish.page)


def paged(session: Session, query: sa.Select[Any], order: Collection[Any], page: int) -> Found:
    """One page of a query, and how many there are."""
    total = session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    return Found(list(session.scalars(query.order_by(*order).limit(PAGE).offset((page - 1) * PAGE))), total, page, pages)


def reach(table: type[ActionRow] | type[FeedbackRow], by: Person, also: Any) -> sa.ColumnElement[bool]:
    """What *by* may read, as `corrective.sees` says it of one record; *also* names further departments it concerns."""
    where = sa.or_(table.compound.is_(None), table.compound.in_(by.compounds)) if by.compounds else sa.true()
    if corrective.sees(by, _NOBODYS, (), None):
        return where
    own = by.department or ""
    return sa.and_(where, sa.or_(table.department == own, also == own, also.like(f'%"{own}"%')))


#: a department nobody has: who sees its records sees everybody's
_NOBODYS: Any = "nobody's"


def _state(state: str, now: datetime) -> list[sa.ColumnElement[bool]]:
    if state in set(ActionState):
        return [ActionRow.state == state]
    return {"open": [ActionRow.state != ActionState.CLEARED], "overdue": [_open(), ActionRow.due_at < now],
            "recheck": [ActionRow.state == ActionState.CLEARED, ActionRow.rechecked_at.is_(None), ActionRow.recheck_at <= now]}.get(state, [])


def _open() -> sa.ColumnElement[bool]:
    return ActionRow.state.in_([s for s in ActionState if s is not ActionState.CLEARED])


def overdue(session: Session, by: Person, now: datetime) -> tuple[list[ActionRow], int]:
    """For the board: the actions longest overdue, and how many there are in all."""
    where = sa.and_(reach(ActionRow, by, sa.cast(ActionRow.supporting, sa.Text)), _open(), ActionRow.due_at < now)
    rows = list(session.scalars(sa.select(ActionRow).where(where).order_by(ActionRow.due_at).limit(MOST_ON_BOARD)))
    return rows, session.scalar(sa.select(sa.func.count()).select_from(ActionRow).where(where)) or 0


def one(session: Session, by: Person, number: str) -> ActionRow:
    """
    One action.

    Raises:
        Refused: "unknown_record" when there is none, or none of this reader's.
    """
    row = session.scalar(sa.select(ActionRow).where(ActionRow.number == number))
    if row is None or not corrective.sees(by, Department(row.department), tuple(row.supporting), row.compound):
        raise Refused("unknown_record")
    return row


def compounds(session: Session, by: Person) -> list[tuple[str, str]]:
    """The compounds a record of *by*'s may name."""
    rows = session.execute(sa.select(CompoundRow.code, CompoundRow.name).order_by(CompoundRow.code))
    return [(code, name) for code, name in rows if by.covers(code)]


def responsible_people(people: Mapping[str, Person], by: Person) -> list[tuple[str, str]]:
    """Who can be named as the person responsible: colleagues of a department, heads and technicians."""
    held = [p for p in people.values() if p.active and p.department is not None and p.roles & _CORRECTING]
    return [(p.user, p.name) for p in sorted(held, key=lambda p: (p.department or "", p.user))]
