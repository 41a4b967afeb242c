"""Calls the hotline makes itself: picked up, answered with keys, ended; every piece of news once, in whatever order it comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.telephone import Script
from callcenter.domain.ticket import Refused
from callcenter.services.calling_out import follow_up_calls, take_over
from callcenter.services.calling_out.spoken import Spoken
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import calls
from callcenter.storage.store import wake_later
from callcenter.storage.tables import CallRow, MessageRow
from callcenter.storage.telephone_tables import MachineTalkRow

#: the provider's words for a line that never was picked up
UNANSWERED = frozenset({"busy", "no-answer", "failed", "canceled"})
#: nobody listens to us this long: the end was never reported
LOST_AFTER = timedelta(minutes=5)
#: among so many of the latest messages
LATEST = 5000


@dataclass(frozen=True, slots=True)
class _Call:
    id: int
    script: Script
    text: str
    outcome: str | None


def picked_up(hotline: Hotline, key: str, sid: str, now: datetime) -> Spoken:
    """
    Somebody, or a mailbox, picked up: what they hear.

    Raises:
        Refused: "unknown_call" when no such call is known, or the line belongs to an earlier try.
    """
    call = _answered(hotline, key, sid, now)
    if call.script is Script.TAKE_OVER:
        return take_over.greet(hotline, call.id, now)
    if call.script is Script.FOLLOW_UP:
        return follow_up_calls.greet(hotline, call.id)
    return Spoken((call.text, call.text))


def heard(hotline: Hotline, key: str, sid: str, step: str, pressed: str, said: str, now: datetime) -> Spoken:
    """
    What was pressed or said after *step*; the first news of a step counts, a repeat gets the same answer.

    Raises:
        Refused: "unknown_call".
    """
    call = _answered(hotline, key, sid, now)
    pressed, said = _first(hotline, call.id, sid, step, pressed[:1], said[:200], now)
    if call.script is Script.TAKE_OVER:
        return take_over.heard(hotline, call.id, int(step) if step.isdigit() else 1, pressed, now)
    if call.script is Script.FOLLOW_UP:
        return follow_up_calls.heard(hotline, call.id, step, pressed, said, now)
    return Spoken(())


def _answered(hotline: Hotline, key: str, sid: str, now: datetime) -> _Call:
    with hotline.store.transaction() as session:
        row = _locked(session, key, sid)
        if row is None:
            raise Refused("unknown_call", call=key)
        _up(session, row, sid, now)
        return _Call(row.id, Script(row.script or Script.SAY), row.text, row.outcome)


def _locked(session: Session, key: str, sid: str) -> MessageRow | None:
    """The call, unless the news is about the line of an earlier try."""
    row = session.scalar(sa.select(MessageRow).where(MessageRow.key == key, MessageRow.channel == "call").with_for_update()
                         .execution_options(populate_existing=True))
    return row if row is not None and (row.provider_sid or sid) == sid else None


def _up(session: Session, row: MessageRow, sid: str, at: datetime) -> None:
    row.picked_up_at = min(row.picked_up_at or at, at)
    row.status, row.provider_sid, row.sent_at = "delivered", sid, row.sent_at or at
    row.next_try_at = row.last_error = None
    wake_later(session, "message")


def _first(hotline: Hotline, message_id: int, sid: str, step: str, pressed: str, said: str, now: datetime) -> tuple[str, str]:
    """Keep what was heard at this step; a repeat is answered with what was kept."""
    with hotline.store.transaction() as session:
        session.get_one(MessageRow, message_id, with_for_update=True)
        kept = session.scalar(sa.select(MachineTalkRow).where(MachineTalkRow.message_id == message_id, MachineTalkRow.step == step))
        if kept is None:
            kept = MachineTalkRow(message_id=message_id, heard_at=now, step=step, heard=pressed or said,
                                  about={"sid": sid, "pressed": pressed, "said": said})
            session.add(kept)
        return str(kept.about["pressed"]), str(kept.about["said"])


def placed(hotline: Hotline, key: str, sid: str, word: str, now: datetime, at: datetime | None = None) -> bool:
    """
    The provider's word about a line of ours; False when no such call is known.

    Args:
        at: when it happened. A later step is never taken back by an earlier one that comes late.
    """
    with hotline.store.transaction() as session:
        row = _locked(session, key, sid)
        if row is None:
            return False
        if word in ("in-progress", "completed"):
            _up(session, row, sid, min(at or now, now))
        elif word not in UNANSWERED:
            _on_the_way(row, sid, now)
        done = row.outcome is not None or (row.picked_up_at is not None and word in UNANSWERED)
        message_id, script = row.id, Script(row.script or Script.SAY)
    if word == "completed":
        _put_through_ended(hotline, sid, now, at)
    if not done and (word == "completed" or word in UNANSWERED):
        over(hotline, message_id, script, "no_key" if word == "completed" else word, now)
    return True


def _on_the_way(row: MessageRow, sid: str, now: datetime) -> None:
    row.provider_sid, row.sent_at = sid, row.sent_at or now
    if row.status in ("sending", "unknown"):
        row.status, row.next_try_at, row.last_error = "sent", None, None


def _put_through_ended(hotline: Hotline, sid: str, now: datetime, at: datetime | None) -> None:
    """The customer asked for a person on this line, and that talk is over too."""
    with hotline.store.reading() as session:
        known = session.scalar(sa.select(CallRow.id).where(CallRow.sid == sid)) is not None
    if known:
        calls.ended(hotline, sid, now, at=at)


def over(hotline: Hotline, message_id: int, script: Script, outcome: str, now: datetime) -> None:
    """A call of ours is over without the answer it was made for: what follows from that, at once and once."""
    if script is Script.TAKE_OVER:
        take_over.not_reached(hotline, message_id, outcome, now)
    elif script is Script.FOLLOW_UP:
        follow_up_calls.over(hotline, message_id, outcome, now)
    with hotline.store.transaction() as session:
        row = session.get_one(MessageRow, message_id, with_for_update=True, populate_existing=True)
        row.outcome = row.outcome or ("said" if script is Script.SAY and row.picked_up_at else outcome)
        if row.picked_up_at is None and row.status not in ("parked", "dropped"):
            row.status, row.last_error, row.next_try_at = "parked" if script is Script.SAY else "dropped", outcome, None
            wake_later(session, "message")


def sweep(hotline: Hotline, now: datetime) -> int:
    """End the calls of ours whose end was lost on the way; returns how many."""
    with hotline.store.reading() as session:
        newest = session.scalar(sa.select(sa.func.max(MessageRow.id))) or 0
        lost = session.execute(sa.select(MessageRow.id, MessageRow.script).where(
            MessageRow.id > newest - LATEST, MessageRow.script.in_([Script.TAKE_OVER, Script.FOLLOW_UP]), MessageRow.outcome.is_(None),
            MessageRow.status.in_(["sent", "delivered"]), MessageRow.sent_at < now - LOST_AFTER,
            sa.func.coalesce(MessageRow.provider, "") != "paper")).all()
    for message_id, script in lost:
        over(hotline, message_id, Script(script or Script.SAY), "lost", now)
    return len(lost)
