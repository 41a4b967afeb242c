"""Photographs of a customer's own matter: what they send behind their link, and what they see there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.photographs import MOST_OF_CUSTOMER, Photograph
from callcenter.domain.ticket import Refused, Tell
from callcenter.domain.vocabulary import OPEN, Role
from callcenter.services.field import photos
from callcenter.services.hotline import Hotline
from callcenter.services.residents import opening
from callcenter.services.residents.opening import Opened
from callcenter.storage.field_tables import AttachmentRow
from callcenter.storage.tables import MessageRow, TicketRow

#: what a customer sees of the work in their own home; signatures and the like stay with the house
_OF_THE_WORK = (Photograph.BEFORE, Photograph.AFTER)
#: pictures that come within this time of the first are one batch: the owner is told of it once
BATCH = timedelta(minutes=15)


def attach(hotline: Hotline, folder: Path, token: str, given: bytes, key: str, now: datetime) -> int:
    """
    Keep a picture the customer sent: checked, made small and stripped as the technicians' are, held under the owner's name, who is told
    once of what comes together; its id.

    Raises:
        Refused: the link does not open, "matter_over", "too_many_photos", "no_photo", "photo_too_big", "photo_unreadable".
    """
    with hotline.store.reading() as session:
        opened = opening.opened(hotline, session, token, now)
    if not opened.own:
        raise Refused("matter_over")
    return photos.keep(hotline, folder, opened.going_on.number, Photograph.CUSTOMER, given, Role.CUSTOMER, f"resident:{opened.nonce}:{key}", now,
                       _allowed, telling=lambda session, row: _first_of_a_batch(session, row, now))


def _allowed(session: Session, row: TicketRow) -> str:
    if row.state not in OPEN:
        raise Refused("matter_over")
    photos.room_for(session, row, MOST_OF_CUSTOMER, AttachmentRow.kind == Photograph.CUSTOMER)
    return row.owner


def _first_of_a_batch(session: Session, row: TicketRow, now: datetime) -> Tell | None:
    """What the owner is told, unless they were told of another picture just now; the ticket is locked, so two at once are told of once."""
    lately = session.scalar(sa.select(MessageRow.id).where(
        MessageRow.ticket_id == row.id, MessageRow.notice == "photo_in", MessageRow.created_at > now - BATCH).limit(1))
    return Tell("photo_in", (Role.OWNER,)) if lately is None else None


def seen(session: Session, opened: Opened) -> Sequence[AttachmentRow]:
    """What they may look at, oldest first: their own pictures, and those of the work where it is in their own home."""
    tickets = {opened.row.id, *([opened.going_on.id] if opened.own else [])}
    kinds = (Photograph.CUSTOMER, *(_OF_THE_WORK if opened.own and opened.row.room_id is not None else ()))
    return session.scalars(sa.select(AttachmentRow).where(
        AttachmentRow.ticket_id.in_(tickets), AttachmentRow.kind.in_(kinds)).order_by(AttachmentRow.id)).all()
