"""Arrivals worth a telephone call: those nothing proves, those far away, and one in ten of the others, drawn the same way every time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.arriving import FAR_METRES, ArrivalProof
from callcenter.services.dispatch.board import scope
from callcenter.storage import facts
from callcenter.storage.field_tables import SiteRow
from callcenter.storage.tables import FormRow, TicketRow

BACK = timedelta(days=3)
MOST = 200
#: of the arrivals that were proven, one in so many is looked at all the same
ONE_IN = 10


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrival on record."""

    number: str
    place: str
    at: datetime
    by: str
    proof: ArrivalProof | None  #: None: nobody was asked, it came by text or on somebody's word
    reason: str
    distance: int | None
    drawn: bool  #: there is nothing wrong with it, it was drawn


def worth_a_look(session: Session, user: str, now: datetime) -> list[Arrival]:
    """The arrivals of the last days in the compounds of *user*, the latest first; at most MOST are looked through."""
    staff = facts.staff(session, now)
    recorded = sa.type_coerce(FormRow.fields, sa.Text).contains('"arrived_at"')
    rows = session.execute(
        sa.select(TicketRow, FormRow).join(FormRow, FormRow.ticket_id == TicketRow.id)
        .where(FormRow.code == "F03", FormRow.at >= now - BACK, recorded, scope(staff, user, None))
        .order_by(FormRow.at.desc()).limit(MOST))
    far = {site.compound: site.far_metres for site in session.scalars(sa.select(SiteRow).where(SiteRow.ended_at.is_(None)))}
    made = [_arrival(ticket, form, far.get(ticket.compound or "", FAR_METRES)) for ticket, form in rows]
    return [arrival for arrival in made if arrival is not None]


def _arrival(ticket: TicketRow, form: FormRow, far: int) -> Arrival | None:
    said: dict[str, Any] = form.fields
    proof = ArrivalProof(said["proof"]) if said.get("proof") in set(ArrivalProof) else None
    distance = said.get("distance")
    proven = proof not in (None, ArrivalProof.NONE) and (distance is None or distance <= far)
    if proven and not drawn(ticket.number):
        return None
    return Arrival(ticket.number, ticket.place, form.at, form.by, proof, said.get("proof_reason") or "", distance, proven)


def drawn(number: str) -> bool:
    """Whether the ticket is among those looked at anyway: known to nobody beforehand, the same at every look."""
    return int.from_bytes(sha256(f"arrival:{number}".encode()).digest()[:4]) % ONE_IN == 0
