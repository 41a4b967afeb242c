"""A matter reported online: by a proven number; the same matter again is a word on the first; nobody learns who lives where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.policy import Category, Policy
from callcenter.domain.residents import LONGEST
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import COMPLAINTS, FIELDWORK, OPEN, URGENT, Action, Channel, Role, TicketType
from callcenter.services import places, tickets
from callcenter.services.hotline import Hotline
from callcenter.services.residents import opening, proving, speaking
from callcenter.storage.tables import CompoundRow, TicketRow

#: what residents report themselves
TYPES = FIELDWORK | COMPLAINTS | {TicketType.SUGGESTION, TicketType.INQUIRY}


@dataclass(frozen=True, slots=True)
class Report:
    """What was typed."""

    category: str
    compound: str  #: its code
    where: str
    content: str
    name: str
    phone: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it: the ticket's number, the address of its page, and whether it was known already."""

    number: str
    address: str
    known: bool


def choices(policy: Policy) -> Sequence[Category]:
    """What may be chosen, in the rules' order."""
    return [c for c in policy.categories.values() if c.type in TYPES and not c.retired]


def compounds(session: Session) -> list[tuple[str, str]]:
    """The compounds: code and name."""
    return [(code, name) for code, name in session.execute(sa.select(CompoundRow.code, CompoundRow.name).order_by(CompoundRow.code))]


def urgent(policy: Policy, category: str) -> bool:
    """Whether whoever reports it is to telephone instead."""
    found = policy.categories.get(category)
    return found is not None and found.type in URGENT


def take(hotline: Hotline, report: Report, proof: str, code: str, now: datetime) -> Taken:
    """
    The report becomes a ticket in the hotline's own name, owned by the lead on duty until an agent takes it up (`claiming`); sent twice it is one.

    Raises:
        Refused: the number is not proven, or as for any registration.
    """
    nonce = proving.proven(hotline, proof, report.phone, code, now)
    with hotline.store.reading() as session:
        known, fields = _known(session, report, nonce), _fields(session, report)
    if known is not None:
        address = _address(hotline, known, now)
        speaking.say(hotline, address.rsplit("/", 1)[1], report.content[:LONGEST], f"report:{nonce}", now)
        return Taken(known, address, True)
    number = tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, Role.SYSTEM, fields), f"report:{nonce}", now).number
    return Taken(number, _address(hotline, number, now), False)


def _known(session: Session, report: Report, nonce: str) -> str | None:
    """The open ticket of this number about the same thing, unless it came from this very report."""
    return session.scalar(sa.select(TicketRow.number).where(
        TicketRow.phone_key == proving.mobile(report.phone), TicketRow.category == report.category, TicketRow.state.in_(OPEN),
        TicketRow.id.not_in(sa.select(_event().c.ticket_id).where(_event().c.key == f"act:report:{nonce}", _event().c.ticket_id.is_not(None))))
        .order_by(TicketRow.id.desc()).limit(1))


def _event() -> sa.Table:
    return TicketRow.metadata.tables["event"]


def _fields(session: Session, report: Report) -> dict[str, object]:
    name = session.scalar(sa.select(CompoundRow.name).where(CompoundRow.code == report.compound)) or ""
    where = report.where if report.where.startswith(name) else f"{name}{report.where}"
    fields: dict[str, object] = {"category": report.category, "content": report.content, "customer_name": report.name,
                                 "contact_phone": report.phone, "channel": Channel.WEB_FORM}
    if report.when:
        fields["convenient_time"] = report.when
    # only whoever is known under this number reports for that home; all others give a place, and hear the same answer
    own = {h.room for h in places.households(session, report.phone)}
    return {**fields, "room" if places.tidy(where) in own else "place": where}


def _address(hotline: Hotline, number: str, now: datetime) -> str:
    with hotline.store.transaction() as session:
        row = session.scalars(sa.select(TicketRow).where(TicketRow.number == number)).one()
        return opening.address(session, hotline, row, now)
