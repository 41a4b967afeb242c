"""The figures over the live database, each with numerator, denominator and the tickets that missed."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import figures
from callcenter.domain.figures import Answer, CallFact, Figure, TicketFact
from callcenter.domain.vocabulary import State, TicketType
from callcenter.services import many_tickets
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import AssignmentRow, CallRow, FormRow, MatterRow, MessageRow, PromiseRow, RoomRow, TicketRow

Row = sa.Row[Any]


def all_figures(hotline: Hotline, session: Session, now: datetime, since: datetime | None = None, until: datetime | None = None) -> list[Figure]:
    """Every figure over the tickets and calls received after *since* and before *until* (default: everything)."""
    calls, tickets, households = _facts(hotline, session, now, since, until)
    return [figures.compute(code, calls, tickets, households, now) for code in figures.FIGURES]


def fraction(hotline: Hotline, session: Session, code: str, now: datetime) -> str:
    """One figure as "numerator/denominator"; "unknown" for a code that does not exist."""
    if code not in figures.FIGURES:
        return "unknown"
    figure = figures.compute(code, *_facts(hotline, session, now, None), now)
    return f"{figure.numerator}/{figure.denominator}"


def _facts(hotline: Hotline, session: Session, now: datetime, since: datetime | None,
           until: datetime | None = None) -> tuple[list[CallFact], list[TicketFact], int]:
    calls = [CallFact(*c) for c in session.execute(sa.select(CallRow.ring_started_at, CallRow.answered_at, CallRow.ended_at).where(
        CallRow.direction == "inbound", *_within(CallRow.ring_started_at, since, until)))]
    rows = list(session.connection().execute(facts.plain(TicketRow, *_within(TicketRow.received_at, since, until))))
    households = session.scalar(sa.select(sa.func.count()).select_from(RoomRow).where(
        RoomRow.handed_over_at <= now, RoomRow.building != "商铺")) or 0
    return calls, _tickets(hotline, session, rows, now), households


def _within(column: Any, since: datetime | None, until: datetime | None) -> list[sa.ColumnElement[bool]]:
    return [column >= since if since else sa.true(), column < until if until else sa.true()]


def _tickets(hotline: Hotline, session: Session, rows: list[Row], now: datetime) -> list[TicketFact]:
    ids = [r.id for r in rows]
    promises = _grouped(session, PromiseRow, ids)
    forms = _grouped(session, FormRow, ids)
    jobs = _grouped(session, AssignmentRow, ids)
    matters = {m.id: m for part in many_tickets.chunks(sorted({r.matter_id for r in rows}))
               for m in session.execute(facts.plain(MatterRow, MatterRow.id.in_(part)))}
    told = {id_ for part in many_tickets.chunks(ids) for id_ in session.scalars(
        sa.select(MessageRow.ticket_id).where(MessageRow.notice == "completed", MessageRow.ticket_id.in_(part)))}
    return [_ticket(hotline, session, r, promises[r.id], forms[r.id], jobs[r.id], matters[r.matter_id], r.id in told) for r in rows]


def _grouped(session: Session, table: Any, ids: list[int]) -> dict[int, list[Row]]:
    """The rows of *table* by ticket, as plain rows: there are ten times as many as tickets."""
    found: dict[int, list[Row]] = defaultdict(list)
    for part in many_tickets.chunks(ids):
        for row in session.connection().execute(facts.plain(table, table.ticket_id.in_(part))):
            found[row.ticket_id].append(row)
    return found


def _ticket(hotline: Hotline, session: Session, row: Row, promises: list[Row], forms: list[Row], jobs: list[Row], matter: Row,
            told: bool) -> TicketFact:
    f09 = [f.fields.get("result") for f in forms if f.code == "F09"]
    certified = _certificates(hotline, session, row, jobs)
    return TicketFact(
        number=row.number, type=TicketType(row.type), state=State(row.state), received_at=row.received_at,
        completed_at=row.completed_at, closed_at=row.closed_at, evidence=row.evidence, cycle=row.cycle, matter=row.matter_id,
        postponements=matter.postponements, repeat_contacts=matter.repeat_contacts, validity=row.details.get("validity"),
        owner_approved=row.owner in (row.first_responder, row.registrar) or any(f.code == "F13" and "to" in f.fields for f in forms),
        first_responder_told=told or row.completed_by == row.first_responder,
        slip_returned=any(f.code == "F03" and "slip_returned_at" in f.fields for f in forms),
        signed=row.signed, special_case="special_case" in f09, refused_second=f09.count("refused_second"),
        certificate_jobs=len(certified), certificate_hits=sum(certified),
        promises=tuple(facts.promise(p) for p in promises), answers=tuple(_answer(f) for f in forms if f.code == "F04"))


def _answer(form: Row) -> Answer:
    return Answer(form.at, form.fields.get("contact_result") in ("reached", "refused"), form.fields.get("satisfaction"),
                  str(form.fields.get("kind") or "record_callback"), form.fields.get("solved"))


def _certificates(hotline: Hotline, session: Session, row: Row, jobs: list[Row]) -> list[bool]:
    """For every job that needs a certificate: did a valid holder do it?"""
    category = hotline.rulebook.policy.categories.get(row.category or "")
    if category is None or not category.certificate:
        return []
    people = facts.people(session)
    needed = next((c for t, c in hotline.rulebook.policy.certificates.items() if t in category.trades), None)
    return [people[j.to].certificates.get(needed or "", j.at - timedelta(days=1)) > j.at for j in jobs if j.voided_at is None and j.to in people]


__all__ = ["all_figures", "fraction"]
