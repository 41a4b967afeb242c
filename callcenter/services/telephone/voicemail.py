"""Messages left and conversations recorded: kept once each, a message is a return call and something to be turned into a ticket (C23)."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import CallState, Disposition, Moment, Role
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import call_promises, calls, offering
from callcenter.storage import facts
from callcenter.storage.tables import CallRow, TicketRow
from callcenter.storage.telephone_tables import RecordingRow

VOICEMAIL, CONVERSATION = "voicemail", "conversation"
#: said last by the provider; nothing comes after
FINAL = frozenset({"completed", "absent", "failed"})


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording as the provider tells of it."""

    sid: str
    kind: str
    status: str
    address: str | None
    seconds: int | None


def asked(hotline: Hotline, sid: str, number: str | None, now: datetime) -> str | None:
    """The caller is about to leave a message, and no telephone rings any more; their language, None when the call is over or answered."""
    calls.arrive(hotline, sid, number, now, greeted=True)
    with hotline.store.transaction() as session:
        call = calls.locked(session, sid)
        if call.answered_by is not None or call.state in (CallState.ENDED, CallState.ABANDONED):
            return None
        offering.gone(session, call, now)
        call.voicemail = True
        return call.language


def left(hotline: Hotline, sid: str, recorded: Recorded | None, now: datetime) -> str:
    """The caller has spoken: the call is over, unanswered, and a return call is due. Returns their language.

    Raises:
        Refused: "unknown_call".
    """
    with hotline.store.transaction() as session:
        call = calls.locked(session, sid)
        call.voicemail = True
    calls.ended(hotline, sid, now)
    if recorded is not None:
        stored(hotline, sid, recorded, now)
    return call.language


def stored(hotline: Hotline, sid: str, recorded: Recorded, now: datetime) -> None:
    """Kept once, however often and in whatever order the provider tells of it; a recording of an unknown call is not kept."""
    with hotline.store.transaction() as session:
        call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid).with_for_update().execution_options(populate_existing=True))
        if call is None:
            return
        row = session.scalar(sa.select(RecordingRow).where(RecordingRow.sid == recorded.sid))
        if row is None:
            session.add(RecordingRow(sid=recorded.sid, call_id=call.id, kind=recorded.kind, status=recorded.status, address=recorded.address,
                                     duration_s=recorded.seconds, received_at=now))
            _first_heard_of(session, hotline, call, recorded, now)
        elif row.status not in FINAL or (row.address is None and recorded.address):
            row.status = recorded.status if row.status not in FINAL else row.status
            row.address, row.duration_s = recorded.address or row.address, recorded.seconds if recorded.seconds is not None else row.duration_s


def _first_heard_of(session: Session, hotline: Hotline, call: CallRow, recorded: Recorded, now: datetime) -> None:
    call_promises.event(session, call, "recorded_" + recorded.kind, Role.SYSTEM, now, {"recording": recorded.sid, "seconds": recorded.seconds})
    if recorded.kind != VOICEMAIL or recorded.status == "absent":
        return
    call.voicemail = True
    if call.disposition == Disposition.WITHHELD:  # nobody to call back, but something to write down
        call.disposition = None
        call_promises.start(session, hotline, call, Moment.CALL_ENDED, now)
    call_promises.tell(session, hotline, facts.staff(session, now), call, f"call:{call.id}:voicemail", "voicemail_left", (Role.AGENT,), now, {})


def waiting(session: Session) -> list[tuple[CallRow, RecordingRow]]:
    """Messages nobody has made a ticket or a note of, the oldest first."""
    done = sa.select(TicketRow.call_id).where(TicketRow.call_id.is_not(None))
    rows = session.execute(sa.select(CallRow, RecordingRow).join(RecordingRow, RecordingRow.call_id == CallRow.id).where(
        RecordingRow.kind == VOICEMAIL, RecordingRow.status != "absent",
        sa.or_(CallRow.disposition.is_(None), CallRow.disposition == Disposition.ALREADY_DUE),
        CallRow.id.not_in(done)).order_by(RecordingRow.id).limit(50))
    return [(call, row) for call, row in rows]
