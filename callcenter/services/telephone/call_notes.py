"""What is kept of a conversation: notes while it lasts, and its recording, which may be paused (DOMAIN.md 18.1)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import ANSWERING
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import call_promises, lines
from callcenter.services.telephone.conversation import in_progress, may_act
from callcenter.storage import facts
from callcenter.storage.tables import CallRow, EventRow
from callcenter.storage.telephone_tables import RecordingRow

NOTE_LENGTH = 400


def pause(hotline: Hotline, sid: str, user: str, paused: bool, now: datetime) -> None:
    """The recording stops for words that must not be kept, or goes on."""
    with hotline.store.transaction() as session:
        call = lines.locked(session, sid)
        in_progress(call)
        if paused == (call.recording_paused_at is not None):
            raise Refused("nothing_changes")
        call.recording_paused_at = now if paused else None
        call_promises.event(session, call, "recording_paused" if paused else "recording_resumed", user, now, {})


def note(hotline: Hotline, sid: str, user: str, text: str, now: datetime) -> None:
    """What the agent writes down while they talk; it stands in the ledger, and in the intake form as a draft."""
    if not text.strip() or len(text) > NOTE_LENGTH:
        raise Refused("bad_value", field="note", value=text[:40], valid=f"1–{NOTE_LENGTH}")
    with hotline.store.transaction() as session:
        call = lines.locked(session, sid)
        if not may_act(session, call, user, now) and not facts.staff(session, now).roles(user) & ANSWERING:
            raise Refused("not_your_call")
        call_promises.event(session, call, "call_note", user, now, {"text": text.strip()})


def notes(session: Session, call_id: int) -> list[tuple[datetime, str, str]]:
    """When, who and what, the first one first."""
    rows = session.execute(sa.select(EventRow.at, EventRow.by, EventRow.data).where(
        EventRow.call_id == call_id, EventRow.action == "call_note").order_by(EventRow.seq))
    return [(at, by, str(data["text"])) for at, by, data in rows]


def recorded_room(hotline: Hotline, sid: str) -> str | None:
    """The conference, when the lines talk there and it is what is being recorded; None while two lines talk directly."""
    with hotline.store.reading() as session:
        call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
        return call.room if call and call.room and lines.company(lines.of_call(session, call.id)) else None


def recorded(hotline: Hotline, call_sid: str, sid: str, status: str, address: str, duration: int | None, now: datetime) -> None:
    """A recording of the room: where it lies and how long it is, once per recording."""
    with hotline.store.transaction() as session:
        call = lines.locked(session, call_sid)
        row = session.scalar(sa.select(RecordingRow).where(RecordingRow.sid == sid))
        if row is None:
            row = RecordingRow(sid=sid, call_id=call.id, kind="conversation", status=status, received_at=now)
            session.add(row)
        if row.status not in ("completed", "absent"):
            row.status, row.address, row.duration_s = status, address or None, duration
