"""The desk's inbox of texts: what waits, and what a person does with it: a ticket, an answer, or nothing more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.telephone import TextKind
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, Channel, Clock, Role
from callcenter.services import numbers, places, tickets
from callcenter.services.hotline import Hotline
from callcenter.services.messages import texts
from callcenter.services.quality import lint
from callcenter.storage.store import wake_later
from callcenter.storage.tables import MessageRow, TicketRow
from callcenter.storage.telephone_tables import TextRow

MOST = 100
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Text:
    """One text as the desk sees it."""

    id: int
    at: datetime
    phone: str  #: masked
    who: str  #: who is known under the number, and where they live
    room: str
    name: str
    body: str
    kind: TextKind
    ticket: str | None
    reply: str
    handled_by: str | None
    handled_at: datetime | None
    due_at: datetime  #: when somebody should have answered (C22)


def waiting(session: Session, hotline: Hotline) -> list[Text]:
    """What nobody has seen to, the oldest first."""
    rows = session.scalars(sa.select(TextRow).where(TextRow.handled_at.is_(None)).order_by(TextRow.id).limit(MOST))
    return [_text(session, hotline, row) for row in rows]


def one(session: Session, hotline: Hotline, text_id: int) -> Text | None:
    """One text, seen to or not; None when there is none."""
    row = session.get(TextRow, text_id)
    return _text(session, hotline, row) if row is not None else None


def waiting_count(session: Session) -> int:
    """How many wait for a person."""
    return session.scalar(sa.select(sa.func.count()).select_from(TextRow).where(TextRow.handled_at.is_(None))) or 0


def latest(session: Session, hotline: Hotline, limit: int = 30) -> list[Text]:
    """What has been seen to, by a person or by itself, the newest first."""
    rows = session.scalars(sa.select(TextRow).where(TextRow.handled_at.is_not(None)).order_by(TextRow.id.desc()).limit(limit))
    return [_text(session, hotline, row) for row in rows]


def _text(session: Session, hotline: Hotline, row: TextRow) -> Text:
    homes = places.households(session, row.from_number)
    ticket = session.scalar(sa.select(TicketRow.number).where(TicketRow.id == row.ticket_id)) if row.ticket_id else None
    return Text(row.id, row.received_at, numbers.masked(row.from_number), "、".join(f"{h.name} {h.room}" for h in homes),
                homes[0].room if len(homes) == 1 else "", homes[0].name if len(homes) == 1 else "", row.body, TextKind(row.kind), ticket,
                row.reply or "", row.handled_by, row.handled_at, row.received_at + _within(hotline))


def _within(hotline: Hotline) -> timedelta:
    rule = next((r for r in hotline.rulebook.policy.promises if r.key is Clock.CHANNEL_REPLY), None)
    return rule.within_for.get(Channel.SMS, rule.within) if rule else timedelta(minutes=3)


def register(hotline: Hotline, text_id: int, by: str, fields: dict[str, object], key: str, now: datetime) -> str:
    """
    A ticket of it: received when the text came, by that channel, so that its clocks count from then; the number.

    Raises:
        Refused: as for any registration; "already_seen_to" when a colleague was faster.
    """
    with hotline.store.reading() as session:
        row = _waiting(session, text_id, by)
        given = {"content": row.body, "contact_phone": row.from_number, **fields, "channel": Channel.SMS, "received_at": row.received_at}
    number = tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, by, given), f"text:{text_id}:{key}", now).number
    with hotline.store.transaction() as session:
        row = session.get_one(TextRow, text_id, with_for_update=True, populate_existing=True)
        row.ticket_id = session.scalar(sa.select(TicketRow.id).where(TicketRow.number == number))
        _seen_to(session, row, by, now)
    return number


def answer(hotline: Hotline, text_id: int, by: str, text: str, now: datetime) -> None:
    """
    Answer by text; it goes out through the outbox.

    Raises:
        Refused: "bad_value" for an empty or too long answer, "no_number_known", "already_seen_to".
    """
    if not text.strip() or len(text) > LONGEST:
        raise Refused("bad_value", field="text", value=text[:40], valid=f"1–{LONGEST}")
    with hotline.store.transaction() as session:
        row = _waiting(session, text_id, by)
        if row.phone_key is None:
            raise Refused("no_number_known")
        session.add(MessageRow(key=f"text:{text_id}:answer", ticket_id=row.ticket_id, to="customer", role=Role.CUSTOMER, phone=row.from_number,
                               channel="sms", notice="text_answer", text=text.strip(), level=0, created_at=now, next_try_at=now, status="waiting"))
        row.reply = text.strip()
        lint.count_text(session, row.ticket_id, lint.TEXT_ANSWER, row.reply, by, f"text:{text_id}:answer", now)
        _seen_to(session, row, by, now)
        wake_later(session, "message")


def close(hotline: Hotline, text_id: int, by: str, now: datetime) -> None:
    """Nothing needs to be done about it. Raises Refused "already_seen_to"."""
    with hotline.store.transaction() as session:
        _seen_to(session, _waiting(session, text_id, by), by, now)


def _waiting(session: Session, text_id: int, by: str) -> TextRow:
    row = session.get(TextRow, text_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise Refused("unknown_text")
    if row.handled_at is not None:
        raise Refused("already_seen_to", person=row.handled_by or "")
    return row


def _seen_to(session: Session, row: TextRow, by: str, now: datetime) -> None:
    if row.handled_at is None:
        row.handled_by, row.handled_at = by, now
    wake_later(session, "message")


def remind(hotline: Hotline, now: datetime) -> int:
    """The shift lead hears once of every text that nobody has answered in time; how many messages were written."""
    with hotline.store.transaction() as session:
        late = list(session.scalars(sa.select(TextRow.id).where(
            TextRow.handled_at.is_(None), TextRow.received_at < now - _within(hotline)).order_by(TextRow.id).limit(MOST)))
        return sum(texts.tell(session, hotline, text_id, (Role.LEAD,), ":late", now) for text_id in late)
