"""Texts that come in: what each one is, what it does, and what is answered; the same message twice does and answers it once."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callcenter.domain import short_answers
from callcenter.domain.telephone import TextKind
from callcenter.domain.ticket import Act, Effect, Refused, Save, Tell
from callcenter.domain.vocabulary import OPEN, Action, Clock, Role
from callcenter.services import numbers, telling
from callcenter.services import tickets as acting
from callcenter.services.acting import Writing
from callcenter.services.hotline import Hotline
from callcenter.services.messages import number_rules, text_jobs
from callcenter.storage import facts
from callcenter.storage.store import wake_later
from callcenter.storage.tables import EventRow, MessageRow, PersonRow, PromiseRow, TicketRow
from callcenter.storage.telephone_tables import TextRow

#: whole messages, whatever their case, that turn progress texts off and on
STOP = frozenset({"退订", "td", "t", "stop", "取消", "unsubscribe"})
START = frozenset({"恢复", "订阅", "start", "unstop"})
#: the longest text that is kept; a provider joins ten parts at most
LONGEST = 1600


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a text was taken for, as it is kept."""

    id: int
    kind: TextKind
    ticket: str | None
    user: str | None
    phone_key: str | None
    body: str
    done: bool
    reply: str | None


def received(hotline: Hotline, sid: str, from_number: str | None, body: str, now: datetime) -> str | None:
    """
    Take a text in; what to answer, or None. Delivered again it is answered the same, and nothing is done twice.

    Stop and start words change what is sent; an answer to a follow-up counts as the customer's; staff act on their own job; what is about
    an open matter goes on its page and to its owner; everything else waits at the desk.
    """
    taken = _take(hotline, sid, from_number or "", body[:LONGEST], now)
    if taken.done:
        return taken.reply
    reply, by = _do(hotline, taken, now)
    with hotline.store.transaction() as session:
        row = session.get_one(TextRow, taken.id, with_for_update=True, populate_existing=True)
        if row.reply is None:
            row.reply = reply or ""
        if by is not None and row.handled_at is None:
            row.handled_by, row.handled_at = by, now
        wake_later(session, "message")
        return row.reply or None


def _take(hotline: Hotline, sid: str, from_number: str, body: str, now: datetime) -> _Taken:
    """Kept before anything is done with it; what it is is decided once."""
    try:
        with hotline.store.transaction() as session:
            row = session.scalar(sa.select(TextRow).where(TextRow.sid == sid))
            if row is None:
                row = _new(session, sid, from_number, body, now)
            ticket = session.get(TicketRow, row.ticket_id) if row.ticket_id else None
            return _Taken(row.id, TextKind(row.kind), ticket.number if ticket else None, row.user, row.phone_key, row.body,
                          row.reply is not None, row.reply or None)
    except IntegrityError:  # its twin was a moment faster
        return _take(hotline, sid, from_number, body, now)


def _new(session: Session, sid: str, from_number: str, body: str, now: datetime) -> TextRow:
    key, word = numbers.comparable(from_number), text_jobs.plain(body)
    person = _staff(session, key)
    kind, ticket, user = TextKind.NEW, None, None
    if word in STOP:
        kind = TextKind.STOP
    elif word in START:
        kind = TextKind.START
    elif person is not None and text_jobs.jobs(session, person):
        kind, user = TextKind.STAFF, person
    elif (asked := _asked(session, key)) is not None and short_answers.understood(body) is not None:
        kind, ticket = TextKind.ANSWER, asked
    elif (matter := _open_matter(session, key)) is not None:
        kind, ticket = TextKind.REPLY, matter
    row = TextRow(sid=sid, from_number=from_number, phone_key=key, body=body, received_at=now, kind=kind, ticket_id=ticket, user=user)
    session.add(row)
    session.flush()
    wake_later(session, "message")
    return row


def _staff(session: Session, key: str | None) -> str | None:
    """Whose number it is, when it is that of one colleague alone."""
    if key is None:
        return None
    found = [p.user for p in session.scalars(sa.select(PersonRow).where(PersonRow.active, PersonRow.phone.is_not(None)))
             if numbers.comparable(p.phone) == key]
    return found[0] if len(found) == 1 else None


def _asked(session: Session, key: str | None) -> int | None:
    """The ticket this number was asked about by text, after three calls that reached nobody (CB8)."""
    return None if key is None else session.scalar(
        sa.select(TicketRow.id).join(PromiseRow, PromiseRow.ticket_id == TicketRow.id)
        .where(TicketRow.phone_key == key, PromiseRow.clock == Clock.CALLBACK_RETRY, PromiseRow.about == "wait",
               PromiseRow.kept_at.is_(None), PromiseRow.voided_at.is_(None))
        .order_by(PromiseRow.started_at.desc(), PromiseRow.id.desc()).limit(1))


def _open_matter(session: Session, key: str | None) -> int | None:
    """The latest open ticket of this number."""
    return None if key is None else session.scalar(
        sa.select(TicketRow.id).where(TicketRow.phone_key == key, TicketRow.state.in_(OPEN)).order_by(TicketRow.id.desc()).limit(1))


# ---- what each of them does -------------------------------------------------------------------------------

def _do(hotline: Hotline, taken: _Taken, now: datetime) -> tuple[str | None, str | None]:
    """What to answer, and who has seen to it; nobody has when it waits for a person."""
    policy = hotline.rulebook.policy
    match taken.kind:
        case TextKind.STOP:
            first = number_rules.stop_texts(hotline, taken.phone_key, now)
            return telling.words(policy, "text_stopped", {}, "zh") if first else None, Role.SYSTEM
        case TextKind.START:
            first = number_rules.start_texts(hotline, taken.phone_key, now)
            return telling.words(policy, "text_started", {}, "zh") if first else None, Role.SYSTEM
        case TextKind.STAFF:
            return text_jobs.act(hotline, taken.id, taken.user or "", taken.body, now), Role.SYSTEM
        case TextKind.ANSWER:
            return _answer(hotline, taken, now)
        case TextKind.REPLY:
            _note(hotline, taken, now)
            return telling.words(policy, "text_noted", {"number": taken.ticket}, "zh"), Role.SYSTEM
        case _:
            _wait(hotline, taken, now)
            return telling.words(policy, "text_new", {}, "zh"), None


def _answer(hotline: Hotline, taken: _Taken, now: datetime) -> tuple[str | None, str | None]:
    number = taken.ticket or ""
    fields = {"text": text_jobs.plain(taken.body)}
    try:
        acting.carry_out(hotline, number, Act(Action.CUSTOMER_REPLY, Role.CUSTOMER, fields), f"text:{taken.id}", now)
    except Refused:  # answered meanwhile by telephone: what they write is still read
        _note(hotline, taken, now)
    return telling.words(hotline.rulebook.policy, "text_thanks", {"number": number}, "zh"), Role.SYSTEM


def _note(hotline: Hotline, taken: _Taken, now: datetime) -> None:
    """On the ticket's page in the customer's name, and to its owner."""
    key = f"act:text:{taken.id}:note"
    with hotline.store.transaction() as session:
        row = facts.locked(session, taken.ticket or "")
        if row is None or session.scalar(sa.select(EventRow.id).where(EventRow.key == key)) is not None:
            return
        writing = Writing(session, hotline, row, now)
        effects: list[Effect] = [Save("F25", {"text": taken.body, "channel": "sms"}), Tell("text_in", (Role.OWNER,), said={"text": taken.body[:200]})]
        writing.apply(effects, writing.state, Action.NOTE, Act(Action.NOTE, Role.CUSTOMER, {"text": taken.body}), key)


def _wait(hotline: Hotline, taken: _Taken, now: datetime) -> None:
    """It waits at the desk, and everybody there hears of it."""
    with hotline.store.transaction() as session:
        tell(session, hotline, taken.id, (Role.AGENT,), "", now)


def tell(session: Session, hotline: Hotline, text_id: int, roles: tuple[Role, ...], again: str, now: datetime) -> int:
    """Show everybody on duty in these roles that a text waits, once for each *again*; how many were told. With nobody there, the lead."""
    row, staff = session.get_one(TextRow, text_id), facts.staff(session, now)
    told = 0
    people = {u for r in roles for u in staff.holders(r)} or set(staff.holders(Role.LEAD)) or set(staff.holders(Role.SUPERVISOR))
    for user in sorted(people):
        key = f"text:{text_id}{again}:{user}"
        if session.scalar(sa.select(MessageRow.id).where(MessageRow.key == key)) is None:
            said = {"phone": numbers.masked(row.from_number), "text": row.body[:80]}
            session.add(MessageRow(
                key=key, to=user, role=roles[0], phone=staff.people[user].phone, channel="screen", notice="text_waiting", level=0,
                text=telling.words(hotline.rulebook.policy, "text_waiting", said, staff.people[user].language), created_at=now,
                status="sent", sent_at=now, tries=0))
            told += 1
    wake_later(session, "message")
    return told
