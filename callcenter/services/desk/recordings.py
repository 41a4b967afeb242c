"""The recordings of calls as a timeline lists them: what each is, how long, and whether its reader may hear it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Person, Staff
from callcenter.services.permitted import OFFICE
from callcenter.services.telephone import agents_view, voicemail
from callcenter.storage.tables import CallRow
from callcenter.storage.telephone_tables import RecordingRow


class Hearing(StrEnum):
    """What the reader can do with a recording."""

    PLAY = "play"
    NOT_YOURS = "not_yours"
    NOT_READY = "not_ready"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of a call."""

    id: int
    at: datetime
    seconds: int | None
    message: bool  #: left by a caller nobody answered
    by: str  #: who talked with the caller; empty for a message
    hearing: Hearing


def of_calls(session: Session, calls: Collection[int], staff: Staff, reader: str) -> list[Recording]:
    """The recordings of these calls, for somebody of the office; nobody else learns that there are any."""
    person = staff.people.get(reader)
    if person is None or not calls or person.roles.isdisjoint(OFFICE):
        return []
    rows = session.execute(sa.select(RecordingRow, CallRow).join(CallRow, CallRow.id == RecordingRow.call_id).where(
        RecordingRow.call_id.in_(calls), RecordingRow.status != "absent").order_by(RecordingRow.id))
    return [_recording(staff, person, row, call) for row, call in rows]


def _recording(staff: Staff, person: Person, row: RecordingRow, call: CallRow) -> Recording:
    return Recording(row.id, row.started_at or row.received_at, row.duration_s, row.kind == voicemail.VOICEMAIL, call.answered_by or "",
                     _hearing(person, staff.people.get(call.answered_by or ""), row))


def _hearing(person: Person, answered_by: Person | None, row: RecordingRow) -> Hearing:
    if not agents_view.may_listen(person, answered_by, row):
        return Hearing.NOT_YOURS
    if row.deleted_at is not None:
        return Hearing.DELETED
    return Hearing.PLAY if row.address else Hearing.NOT_READY
