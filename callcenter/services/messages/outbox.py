"""The outbox: messages are leased, sent outside the transaction, tried again with growing pauses, parked where a person sees them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.telephone import Script
from callcenter.domain.vocabulary import ENDED, Role
from callcenter.services import numbers
from callcenter.services.calling_out import machine_calls, pacing, take_over
from callcenter.services.hotline import Hotline
from callcenter.storage import ledger
from callcenter.storage.store import wake_later
from callcenter.storage.tables import CallRow, MessageRow, TicketRow
from callcenter.telephony.port import NotSent, Phone, Undeliverable, Unsure

#: pauses between the tries; after the last the message is parked
PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600))
#: leased together; one slow provider answer each must fit into the lease
BATCH = 10
LEASE = timedelta(minutes=2)
#: what a person must look at
STUCK = ("parked", "unknown")
#: a call of ours rings this long, in seconds; a mailbox comes later on most lines
RINGS_FOR = 30
#: said to staff in time, or not at all
MOOT_AFTER_END = frozenset({"warning"})

#: literal, so that both databases see that their partial index answers it
_OPEN = sa.text("message.status IN ('waiting', 'sending')")


#: writes down on the message what became of it
Note = Callable[[MessageRow], None]


@dataclass(frozen=True, slots=True)
class _Letter:
    """A leased message, as it is handed to the telephone."""

    id: int
    tries: int
    key: str
    channel: str
    number: str | None
    text: str
    script: Script | None


def waiting(session: Session, now: datetime) -> bool:
    """Whether anything is to be sent now: a cheap look before taking the write lock."""
    return session.scalar(sa.select(MessageRow.id).where(_OPEN, MessageRow.next_try_at <= now).limit(1)) is not None


def next_call_in(hotline: Hotline, now: datetime) -> timedelta | None:
    """How long until the next call has its place; None when none waits for one."""
    with hotline.store.reading() as session:
        at = session.scalar(sa.select(sa.func.min(MessageRow.next_try_at)).where(
            _OPEN, MessageRow.status == "waiting", MessageRow.tries == 0, MessageRow.channel == "call"))
    return None if at is None else max(timedelta(milliseconds=1), at - now)


def deliver(hotline: Hotline, phone: Phone, now: datetime, limit: int = 100) -> int:
    """
    Hand up to *limit* messages that are due to *phone*, oldest first; how many were handed over or settled.

    Safe in several processes at once. A crash between sending and noting it down leaves the message leased: a
    repeatable phone gets it again, with any other it becomes "unknown" and a person decides.
    """
    done = 0
    while done < limit:
        with hotline.store.reading() as session:
            if not waiting(session, now):
                break
        claimed, letters = _claim(hotline, phone, now, min(BATCH, limit - done))
        for letter in letters:
            _note(hotline, letter, _sent(phone, letter, now))
            _went_wrong(hotline, letter, now)
        done += claimed
        if claimed == 0:
            break
    return done


def _claim(hotline: Hotline, phone: Phone, now: datetime, limit: int) -> tuple[int, list[_Letter]]:
    with hotline.store.transaction() as session:
        query = (sa.select(MessageRow).where(_OPEN, MessageRow.next_try_at <= now).order_by(MessageRow.id).limit(limit)
                 .with_for_update(skip_locked=True).execution_options(populate_existing=True))
        rows = list(session.scalars(query))
        return len(rows), [letter for row in rows if (letter := _lease(session, phone, row, now)) is not None]


def _lease(session: Session, phone: Phone, row: MessageRow, now: datetime) -> _Letter | None:
    """A message to be sent now; None when that was settled without the telephone."""
    if row.status == "sending" and not phone.repeatable:
        in_doubt(row, "发送中断,不知是否已发出 / interrupted while sending", row.next_try_at - LEASE if row.next_try_at else now)
        wake_later(session, "message")
    elif row.status == "waiting" and _is_moot(session, row):
        _settle(row, "dropped", "已不需要 / no longer needed")
    elif row.channel == "call" and phone.live and (later := _turn(session, phone, row, now)):
        row.next_try_at = later
    else:
        row.status, row.tries, row.next_try_at = "sending", row.tries + 1, now + LEASE
        return _Letter(row.id, row.tries, row.key, row.channel, _dialled(row.phone), row.text, _script(session, phone, row))
    return None


def _turn(session: Session, phone: Phone, row: MessageRow, now: datetime) -> datetime | None:
    """When a call has to wait: somebody is rung once at a time, and the account places only so many a second. None: now."""
    return pacing.busy_until(session, row, now) or pacing.take(session, phone.calls_per_second, now)


def _script(session: Session, phone: Phone, row: MessageRow) -> Script | None:
    """What a call says and asks; None where there is no line, or for a text."""
    if row.channel != "call" or not phone.live:
        return None
    if row.script is None:
        row.script = Script.TAKE_OVER if take_over.raised_by(session, row) and row.role != Role.CUSTOMER else Script.SAY
    return Script(row.script)


def _is_moot(session: Session, row: MessageRow) -> bool:
    """A reminder to staff about something that is over, or an escalation that somebody has taken up."""
    if row.channel == "call" and row.role != Role.CUSTOMER and (raised := take_over.raised_by(session, row)) is not None:
        return not take_over.concerns(session, raised)
    if row.ticket_id is None or row.role == Role.CUSTOMER or row.notice not in MOOT_AFTER_END:
        return False
    return session.scalar(sa.select(TicketRow.state).where(TicketRow.id == row.ticket_id)) in ENDED


def _dialled(phone: str | None) -> str | None:
    """The number as providers want it, without an extension."""
    key = numbers.comparable(phone)
    return key.partition(";")[0] if key else None


def _sent(phone: Phone, letter: _Letter, now: datetime) -> Note:
    """What became of it, to be written down."""
    send = {"sms": phone.send_text, "call": phone.call_person}.get(letter.channel)
    if send is None or letter.number is None:
        reason = "没有电话号码 / no telephone number" if send else f"没有这个渠道 / no such channel: {letter.channel}"
        return lambda row: _settle(row, "parked", reason)
    try:
        sid = _place(phone, letter.number, letter.key) if letter.script else send(letter.number, letter.text, letter.key)
    except NotSent as busy:
        said = str(busy)
        return lambda row: _again(row, said, now)
    except Undeliverable as no:
        said = str(no)
        return lambda row: _settle(row, "parked", said)
    except Unsure as unclear:
        said = str(unclear)
        return lambda row: in_doubt(row, said, now)
    return lambda row: _gone(row, phone.name, sid, now)


def _place(phone: Phone, number: str, key: str) -> str:
    """A call that asks us what to say once somebody picks up, and reports every step."""
    named = urlencode({"key": key})
    return phone.place(number, f"/twilio/say?{named}", f"/twilio/placed?{named}", RINGS_FOR)


def _went_wrong(hotline: Hotline, letter: _Letter, now: datetime) -> None:
    """A call that can never be made reaches nobody: what follows must not wait for a person to look at the outbox."""
    if letter.script is None or letter.script is Script.SAY:
        return
    with hotline.store.reading() as session:
        parked = session.get_one(MessageRow, letter.id).status == "parked"
    if parked:
        machine_calls.over(hotline, letter.id, letter.script, "failed", now)


def _note(hotline: Hotline, letter: _Letter, write: Note) -> None:
    """Fenced by the try: whoever took the message over after our lease ran out is not overwritten."""
    with hotline.store.transaction() as session:
        row = session.get_one(MessageRow, letter.id, with_for_update=True, populate_existing=True)
        if row.status == "sending" and row.tries == letter.tries:
            write(row)
            wake_later(session, "message")


def in_doubt(row: MessageRow, error: str, now: datetime) -> None:
    """It may have gone out, at about *now*."""
    row.sent_at = now
    _settle(row, "unknown", error)


def _gone(row: MessageRow, provider: str, sid: str, now: datetime) -> None:
    row.status, row.sent_at, row.provider, row.provider_sid = "sent", now, provider, sid
    row.next_try_at = row.last_error = None


def _again(row: MessageRow, error: str, now: datetime) -> None:
    if row.tries > len(PAUSES):
        _settle(row, "parked", error)
    else:
        row.status, row.last_error, row.next_try_at = "waiting", error[:500], now + PAUSES[row.tries - 1]


def _settle(row: MessageRow, status: str, error: str) -> None:
    row.status, row.last_error, row.next_try_at = status, error[:500], None


def parked(session: Session, limit: int = 200) -> Sequence[MessageRow]:
    """What could not be sent, or may or may not have been; oldest first."""
    return session.scalars(sa.select(MessageRow).where(MessageRow.status.in_(STUCK)).order_by(MessageRow.id).limit(limit)).all()


def release(hotline: Hotline, message_id: int, by: str, now: datetime) -> bool:
    """Send it after all, from the first try on; False when there is nothing to decide (any more)."""
    def again(row: MessageRow) -> None:
        row.status, row.tries, row.next_try_at, row.sent_at, row.provider_sid = "waiting", 0, now, None, None
    return _decide(hotline, message_id, by, now, "message_released", again)


def give_up(hotline: Hotline, message_id: int, by: str, now: datetime) -> bool:
    """It need not go out any more; why it failed stays with it. False when there is nothing to decide (any more)."""
    def drop(row: MessageRow) -> None:
        row.status, row.next_try_at = "dropped", None
    return _decide(hotline, message_id, by, now, "message_given_up", drop)


def _decide(hotline: Hotline, message_id: int, by: str, now: datetime, action: str, decide: Note) -> bool:
    with hotline.store.transaction() as session:
        row = session.get(MessageRow, message_id, with_for_update=True, populate_existing=True)
        if row is None or row.status not in STUCK:
            return False
        decide(row)
        _witness(session, row, by, now, action)
        wake_later(session, "message")
        return True


def _witness(session: Session, row: MessageRow, by: str, now: datetime, action: str) -> None:
    """Into the history of what it is about, by whom."""
    about: TicketRow | CallRow | None = None
    if row.ticket_id is not None:
        about = session.get(TicketRow, row.ticket_id, with_for_update=True, populate_existing=True)
    elif row.call_id is not None:
        about = session.get(CallRow, row.call_id, with_for_update=True, populate_existing=True)
    if about is not None:
        ledger.append(session, about, f"message:{row.id}:{about.chain_seq + 1}", action, by, now, before=about.state,
                      after=about.state, data={"message": row.id, "notice": row.notice, "to": row.to, "error": row.last_error})
