"""Quality feedback (F21): written by a department, answered by the one it was sent to, closed by quality or the supervisor."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import corrective, days
from callcenter.domain.quality import Book, Deed, FeedbackState
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Department, Role
from callcenter.services.hotline import Hotline
from callcenter.services.quality import action_lists, clusters, links, messages
from callcenter.services.registers import entries
from callcenter.services.registers.lists import Found
from callcenter.storage import facts
from callcenter.storage.action_tables import FeedbackRow
from callcenter.storage.tables import CompoundRow

#: who may write one besides the heads of the departments
WRITERS = corrective.KEEPERS | {Role.DEPT_HEAD}
CLOSERS = frozenset({Role.QUALITY, Role.SUPERVISOR})
_TYPED = ("place", "equipment", "component", "maker", "builder", "phenomenon")
_KEPT = (*_TYPED, "compound", "category", "submitted_by_department", "department", "state", "opinion", "close_note")


def send(hotline: Hotline, by: str, values: Mapping[str, Any], now: datetime, cluster_key: str = "") -> str:
    """
    A new feedback with its number; the department it goes to hears of it.

    Raises:
        Refused: "not_allowed", "out_of_reach", "compound_needed", "unknown_ticket", "already_there" for a cluster that has one.
    """
    with hotline.store.transaction() as session:
        me = entries.who(session, by)
        if not me.roles & WRITERS:
            raise Refused("not_allowed", action=Book.FEEDBACK, who=[r for r in Role if r in WRITERS])
        if cluster_key and (there := session.scalar(sa.select(FeedbackRow.number).where(FeedbackRow.cluster_key == cluster_key))):
            raise Refused("already_there", what=there)
        compound = _compound(session, me, values.get("compound") or None)
        row = FeedbackRow(
            number=_number(session, now), compound=compound, category=values.get("category") or None, state=FeedbackState.SENT,
            submitted_by_department=str(values["submitted_by_department"]), department=str(values["department"]), cluster_key=cluster_key,
            same_in_30_days=clusters.alike(session, compound, values["place"], values.get("category"), now), created_by=by, created_at=now,
            opinion="", close_note="", **{name: values.get(name) or "" for name in _TYPED})
        session.add(row)
        session.flush()
        links.add(session, Book.FEEDBACK, row.id, values.get("tickets") or (), me)
        entries.keep(session, Book.FEEDBACK, row.number, Deed.OPENED, by, now, {}, _snapshot(row))
        messages.tell(session, hotline, row, "feedback_sent", messages.heads(session, Department(row.department), compound), now, "sent")
        return row.number


def _compound(session: Session, me: Person, code: str | None) -> str | None:
    if code is not None and (session.get(CompoundRow, code) is None or not me.covers(code)):
        raise Refused("out_of_reach", place=code)
    if code is None and me.compounds:
        raise Refused("compound_needed")
    return code


def _number(session: Session, now: datetime) -> str:
    day = f"ZL{days.local(now):%Y%m%d}"
    return f"{day}-{facts.count(session, 'feedback:' + day):02d}"


def may_answer(me: Person, row: FeedbackRow) -> bool:
    return row.state == FeedbackState.SENT and me.covers(row.compound) and corrective.answers_for(me, Department(row.department))


def may_close(me: Person, row: FeedbackRow) -> bool:
    """Quality or the supervisor, once it is answered; not whoever answered it."""
    return row.state == FeedbackState.ANSWERED and me.covers(row.compound) and bool(me.roles & CLOSERS) and me.user != row.answered_by


def answer(hotline: Hotline, by: str, number: str, opinion: str, now: datetime) -> None:
    """
    What the department does about it.

    Raises:
        Refused: "unknown_record", "not_allowed".
    """
    with hotline.store.transaction() as session:
        me, row = entries.who(session, by), _locked(session, number)
        if not may_answer(me, row):
            raise Refused("not_allowed", action=Deed.ANSWERED, who=[Role.DEPT_HEAD])
        before = _snapshot(row)
        row.opinion, row.answered_by, row.answered_at, row.state = opinion, by, now, FeedbackState.ANSWERED
        entries.keep(session, Book.FEEDBACK, number, Deed.ANSWERED, by, now, before, _snapshot(row))
        writer = facts.people(session).get(row.created_by)
        messages.tell(session, hotline, row, "feedback_answered", [writer] if writer and writer.active else [], now, "answered")


def close(hotline: Hotline, by: str, number: str, note: str, now: datetime) -> None:
    """
    The end of it.

    Raises:
        Refused: "unknown_record", "not_allowed".
    """
    with hotline.store.transaction() as session:
        me, row = entries.who(session, by), _locked(session, number)
        if not may_close(me, row):
            raise Refused("not_allowed", action=Deed.CLOSED, who=[Role.SUPERVISOR, Role.QUALITY])
        before = _snapshot(row)
        row.close_note, row.closed_by, row.closed_at, row.state = note, by, now, FeedbackState.CLOSED
        entries.keep(session, Book.FEEDBACK, number, Deed.CLOSED, by, now, before, _snapshot(row))


def found(session: Session, by: Person, state: str, department: str, page: int) -> Found:
    """One page of the feedback, the newest first."""
    where = [action_lists.reach(FeedbackRow, by, FeedbackRow.submitted_by_department)]
    if state in set(FeedbackState):
        where.append(FeedbackRow.state == state)
    elif state == "open":
        where.append(FeedbackRow.state != FeedbackState.CLOSED)
    if department:
        where.append(FeedbackRow.department == department)
    return action_lists.paged(session, sa.select(FeedbackRow).where(*where), (FeedbackRow.id.desc(),), page)


def one(session: Session, by: Person, number: str) -> FeedbackRow:
    """
    One feedback.

    Raises:
        Refused: "unknown_record" when there is none, or none of this reader's.
    """
    row = session.scalar(sa.select(FeedbackRow).where(FeedbackRow.number == number))
    if row is None or not corrective.sees(by, Department(row.department), (row.submitted_by_department,), row.compound):
        raise Refused("unknown_record")
    return row


def _locked(session: Session, number: str) -> FeedbackRow:
    row = session.scalar(sa.select(FeedbackRow).where(FeedbackRow.number == number).with_for_update())
    if row is None:
        raise Refused("unknown_record")
    return row


def _snapshot(row: FeedbackRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _KEPT}
