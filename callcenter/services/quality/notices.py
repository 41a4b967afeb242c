"""Written notices (F10) and supervision orders (F17) of all tickets as live lists: who was asked what, until when, and the answer."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from callcenter.domain import corrective
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import DEPARTMENT_OF, Action, Department, State
from callcenter.services.registers.lists import Found
from callcenter.storage.tables import FormRow, TicketRow

PAGE = 30
#: of what nobody has answered, so many are looked at for being overdue
OPEN_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Kind:
    """How one of the two is kept in the table of forms."""

    code: str
    issued: str  #: the field that tells an issue from an answer
    answered: str
    answer: Action


NOTICE = Kind("F10", "sent_by", "measure", Action.ANSWER_NOTICE)
ORDER = Kind("F17", "ordered_by", "feedback", Action.ANSWER_SUPERVISION)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for. `state`: open, overdue, answered or "" for all."""

    state: str = "open"
    department: str = ""
    since: datetime | None = None
    until: datetime | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One notice or order and how it stands."""

    id: int
    ticket: str
    place: str
    state: State
    department: Department | None
    person: str | None
    text: str
    due_at: datetime | None
    sent_at: datetime
    sent_by: str
    signed_by: str | None
    signed_at: datetime | None
    answer: str
    round: int | None
    assessed: bool | None
    overdue: bool
    ended: bool  #: the ticket itself is over


def found(session: Session, policy: Policy, by: Person, kind: Kind, wish: Wish, now: datetime) -> Found:
    """One page of the register, the newest first; what is overdue, the longest overdue first."""
    query = _query(policy, by, kind, wish)
    if wish.state == "overdue":
        rows = list(session.execute(query.order_by(FormRow.id).limit(OPEN_AT_MOST)))
        late = sorted((line for line in _lines(session, policy, kind, rows, now) if line.overdue), key=lambda line: (line.due_at or now, line.id))
        return _in_pages(late, wish.page)
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(1, wish.page), pages)
    rows = list(session.execute(query.order_by(FormRow.id.desc()).limit(PAGE).offset((page - 1) * PAGE)))
    return Found(_lines(session, policy, kind, rows, now), total, page, pages)


def one(session: Session, policy: Policy, by: Person, form_id: int, now: datetime) -> Line | None:
    """One notice; None when there is none, or none of this reader's."""
    query = _query(policy, by, NOTICE, Wish(state="")).where(FormRow.id == form_id)
    return next(iter(_lines(session, policy, NOTICE, session.execute(query), now)), None)


def _in_pages(lines: list[Line], page: int) -> Found:
    pages = max(1, -(-len(lines) // PAGE))
    page = min(max(1, page), pages)
    return Found(lines[(page - 1) * PAGE:page * PAGE], len(lines), page, pages)


def _query(policy: Policy, by: Person, kind: Kind, wish: Wish) -> Any:
    text = sa.cast(FormRow.fields, sa.Text)
    where = [FormRow.code == kind.code, text.like(f'%"{kind.issued}":"%')]
    if by.compounds:
        where.append(sa.or_(TicketRow.compound.is_(None), TicketRow.compound.in_(by.compounds)))
    if not corrective.sees(by, Department.ENGINEERING, (), None) or not corrective.sees(by, Department.ORDER, (), None):
        where.append(_of(policy, text, by.department or ""))
    if wish.department:
        where.append(_of(policy, text, wish.department))
    if wish.since:
        where.append(FormRow.at >= wish.since)
    if wish.until:
        where.append(FormRow.at < wish.until)
    if wish.state in ("open", "overdue"):
        where += [~_answered(kind), TicketRow.closed_at.is_(None)]
    elif wish.state == "answered":
        where.append(_answered(kind))
    query: Any = sa.select(FormRow, TicketRow).join(TicketRow, TicketRow.id == FormRow.ticket_id).where(*where)
    return query


def _of(policy: Policy, text: sa.ColumnElement[str], department: str) -> sa.ColumnElement[bool]:
    """Sent to a department by name; else the ticket's, by name or by what its category needs."""
    named = text.like('%"department":"%')
    codes = [c.code for c in policy.categories.values() if DEPARTMENT_OF.get(c.trades[0], Department.ENGINEERING) == department]
    its_own = sa.or_(TicketRow.department == department, sa.and_(TicketRow.department.is_(None), TicketRow.category.in_(codes)))
    return sa.or_(text.like(f'%"department":"{department}"%'), sa.and_(~named, its_own))


def _answered(kind: Kind) -> sa.ColumnElement[bool]:
    later = aliased(FormRow)
    return sa.exists().where(later.ticket_id == FormRow.ticket_id, later.code == kind.code, later.id > FormRow.id,
                             sa.cast(later.fields, sa.Text).like(f'%"{kind.answered}":"%'))


def _lines(session: Session, policy: Policy, kind: Kind, rows: Iterable[Any], now: datetime) -> list[Line]:
    held = [(form, ticket) for form, ticket in rows]
    answers = _answers(session, kind, {ticket.id for _, ticket in held})
    return [_line(policy, kind, form, ticket, next((a for a in answers.get(ticket.id, ()) if a.id > form.id), None), now)
            for form, ticket in held]


def _answers(session: Session, kind: Kind, tickets: Collection[int]) -> dict[int, list[FormRow]]:
    found: dict[int, list[FormRow]] = {}
    for form in session.scalars(sa.select(FormRow).where(FormRow.ticket_id.in_(tickets), FormRow.code == kind.code).order_by(FormRow.id)):
        if form.ticket_id is not None and form.fields.get(kind.answered):
            found.setdefault(form.ticket_id, []).append(form)
    return found


def _line(policy: Policy, kind: Kind, form: FormRow, ticket: TicketRow, answer: FormRow | None, now: datetime) -> Line:
    fields, ended = form.fields, ticket.closed_at is not None
    signed: Mapping[str, Any] = answer.fields if answer else {}
    due, at = fields.get("due_at"), answer.at if answer else None
    overdue = due is not None and (at > due if at else not ended and now > due)
    return Line(form.id, ticket.number, ticket.place, State(ticket.state), _department(policy, fields, ticket), fields.get("responsible_person"),
                str(fields.get("problem") or fields.get("reason") or ""), due, form.at, str(fields[kind.issued]), signed.get("signed_by"), at,
                str(signed.get(kind.answered) or ""), fields.get("round_no"), fields.get("assessed"), overdue, ended)


def _department(policy: Policy, fields: Mapping[str, Any], ticket: TicketRow) -> Department | None:
    named = fields.get("department") or ticket.department
    if named in set(Department):
        return Department(named)
    category = policy.categories.get(ticket.category or "")
    return DEPARTMENT_OF.get(category.trades[0], Department.ENGINEERING) if category else None
