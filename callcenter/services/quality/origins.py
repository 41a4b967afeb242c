"""From a ticket, a follow-up record, a notice or a cluster to a corrective action or a feedback: what is filled in already."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import dispatching
from callcenter.domain.quality import Origin, Source
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import COMPLAINTS, CONTENT, DEPARTMENT_OF, Channel, Department, Satisfaction, Trigger
from callcenter.services.hotline import Hotline
from callcenter.services.quality import clusters, notices
from callcenter.services.quality.actions import From
from callcenter.storage import facts
from callcenter.storage.tables import FormRow, TicketRow

#: a text that is taken over is cut there
_LONGEST = 1000
_DISSATISFIED = frozenset(Satisfaction) - CONTENT


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it opens."""

    made_from: From = field(default_factory=From)
    values: dict[str, Any] = field(default_factory=dict)


def draft(session: Session, hotline: Hotline, by: Person, kind: str, key: str, now: datetime) -> Draft:
    """
    What is known already of an action made from that record.

    Raises:
        Refused: "unknown_record" for a record that is not there, or not within reach.
    """
    match kind:
        case Origin.TICKET:
            return _of_ticket(session, hotline, _ticket(session, by, key))
        case Origin.NOTICE:
            return _of_notice(session, hotline, by, key, now)
        case Origin.FOLLOW_UP:
            return _of_follow_up(session, hotline, by, key)
        case Origin.CLUSTER:
            return _of_cluster(session, hotline, by, key, now)
    return Draft()


def offers(session: Session, number: str) -> list[tuple[Origin, str, datetime]]:
    """What of a ticket an action can be made from: the ticket, its written notices, the follow-up calls that found somebody dissatisfied."""
    row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
    if row is None:
        return []
    held = session.scalars(sa.select(FormRow).where(FormRow.ticket_id == row.id, FormRow.code.in_(["F04", "F10"])).order_by(FormRow.id))
    found = [(Origin.TICKET, number, row.received_at)]
    for form in held:
        if form.code == "F10" and form.fields.get("sent_by"):
            found.append((Origin.NOTICE, str(form.id), form.at))
        if form.code == "F04" and form.fields.get("satisfaction") in _DISSATISFIED:
            found.append((Origin.FOLLOW_UP, str(form.id), form.at))
    return found


def _ticket(session: Session, by: Person, number: str) -> TicketRow:
    row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
    if row is None or not by.covers(row.compound):
        raise Refused("unknown_record")
    return row


def _category(hotline: Hotline, code: str | None) -> str:
    category = hotline.rulebook.policy.categories.get(code or "")
    return category.zh if category else ""


def _of_ticket(session: Session, hotline: Hotline, row: TicketRow) -> Draft:
    policy = hotline.rulebook.of(session, row.policy_id)
    department = dispatching.department_for(policy, facts.ticket(session, row))
    source = Source.COMPLAINT if row.type in COMPLAINTS else {Channel.PATROL: Source.PATROL, Channel.SURVEY: Source.SURVEY}.get(
        Channel(row.channel), Source.MEETING)
    return Draft(From(Origin.TICKET, row.number, (row.number,)), {
        "source": source, "category": _category(hotline, row.category), "compound": row.compound, "department": department,
        "problem": f"{row.place}:{row.content}"[:_LONGEST]})


def _of_notice(session: Session, hotline: Hotline, by: Person, key: str, now: datetime) -> Draft:
    line = notices.one(session, hotline.rulebook.policy, by, int(key), now) if key.isdigit() and len(key) < 12 else None
    if line is None:
        raise Refused("unknown_record")
    row, form = _ticket(session, by, line.ticket), session.get_one(FormRow, line.id)
    source = Source.FOLLOW_UP if form.fields.get("source") == Trigger.DISSATISFIED else Source.COMPLAINT
    due = line.due_at if line.due_at and line.due_at > now else None
    return Draft(From(Origin.NOTICE, key, (row.number,)), {
        "source": source, "category": _category(hotline, row.category), "compound": row.compound, "department": line.department,
        "supporting": [d for d in form.fields.get("supporting") or () if d in set(Department)], "person": line.person,
        "problem": line.text[:_LONGEST], "measure": line.answer[:_LONGEST], "due": due})


def _of_follow_up(session: Session, hotline: Hotline, by: Person, key: str) -> Draft:
    form = session.get(FormRow, int(key)) if key.isdigit() and len(key) < 12 else None
    ticket = session.get(TicketRow, form.ticket_id) if form is not None and form.code == "F04" and form.ticket_id else None
    if form is None or ticket is None:
        raise Refused("unknown_record")
    values = _of_ticket(session, hotline, _ticket(session, by, ticket.number)).values
    said = form.fields.get("reason") or form.fields.get("opinion") or ""
    return Draft(From(Origin.FOLLOW_UP, key, (ticket.number,)), {
        **values, "source": Source.FOLLOW_UP, "problem": f"{ticket.place}:{said or ticket.content}"[:_LONGEST]})


def _of_cluster(session: Session, hotline: Hotline, by: Person, key: str, now: datetime) -> Draft:
    cluster = clusters.one(session, by, key, now)
    if cluster is None:
        raise Refused("unknown_record")
    category = hotline.rulebook.policy.categories.get(cluster.category)
    name = _category(hotline, cluster.category)
    return Draft(From(Origin.CLUSTER, key, cluster.tickets), {
        "source": Source.MEETING, "category": name, "compound": cluster.compound, "place": cluster.place,
        "department": DEPARTMENT_OF.get(category.trades[0], Department.ENGINEERING) if category else None,
        "problem": f"{cluster.place}:{name}({len(cluster.tickets)})"})
