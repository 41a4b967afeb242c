"""Forbidden phrases in what a customer reads: warned of before it is sent, counted when it is sent all the same (K35)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import phrases
from callcenter.domain.vocabulary import Action, Role
from callcenter.services.registers.lists import Found
from callcenter.storage.action_tables import PhraseHitRow
from callcenter.storage.tables import TicketRow

TEXT_ANSWER = "text_answer"
#: characters shown around a phrase
_AROUND = 20
PAGE = 30


def warned(action: Action, fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Field → the phrases in it, for the fields of an act that the customer reads."""
    found = {name: phrases.phrases(_text(fields.get(name))) for name in phrases.CUSTOMER_READS.get(action, ())}
    return {name: hits for name, hits in found.items() if hits}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def count(session: Session, ticket_id: int | None, action: Action, fields: Mapping[str, Any], by: str, key: str, now: datetime) -> int:
    """Write down every phrase of an act that has been carried out; what the system or the customer says is nobody's slip."""
    if by in (Role.SYSTEM, Role.CUSTOMER):
        return 0
    return sum(count_text(session, ticket_id, action, _text(fields.get(name)), by, f"{key}:{name}", now)
               for name in phrases.CUSTOMER_READS.get(action, ()))


def count_text(session: Session, ticket_id: int | None, place: str, text: str, by: str, key: str, now: datetime) -> int:
    """Write down every phrase of one text, in the transaction that sends it."""
    hits = phrases.find(text)
    for n, hit in enumerate(hits):
        session.add(PhraseHitRow(key=f"{key}:{n}", at=now, by=by, ticket_id=ticket_id, place=str(place), phrase=hit.phrase,
                                 excerpt=text[max(0, hit.at - _AROUND):hit.at + len(hit.phrase) + _AROUND]))
    return len(hits)


def found(session: Session, since: datetime, until: datetime, page: int) -> Found:
    """What went out in [since, until), the newest first: the hit, the ticket's number."""
    where = (PhraseHitRow.at >= since, PhraseHitRow.at < until)
    total = session.scalar(sa.select(sa.func.count()).select_from(PhraseHitRow).where(*where)) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    rows = session.execute(sa.select(PhraseHitRow, TicketRow.number).outerjoin(TicketRow, TicketRow.id == PhraseHitRow.ticket_id).where(*where)
                           .order_by(PhraseHitRow.id.desc()).limit(PAGE).offset((page - 1) * PAGE))
    return Found([(hit, number) for hit, number in rows], total, page, pages)


def by_person(session: Session, since: datetime, until: datetime) -> list[tuple[str, str, int]]:
    """Who wrote which phrase how often, most often first."""
    n = sa.func.count()
    rows = session.execute(sa.select(PhraseHitRow.by, PhraseHitRow.phrase, n).where(PhraseHitRow.at >= since, PhraseHitRow.at < until)
                           .group_by(PhraseHitRow.by, PhraseHitRow.phrase).order_by(n.desc(), PhraseHitRow.by, PhraseHitRow.phrase))
    return [(str(by), str(phrase), int(k)) for by, phrase, k in rows]
