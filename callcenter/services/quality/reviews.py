"""Reviews of calls (F23): written, corrected by a new version, commented on once by the agent; nothing is ever overwritten."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import call_review, days
from callcenter.domain.call_review import Item, Mark
from callcenter.domain.phrases import FORBIDDEN, SPOKEN
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services.hotline import Hotline
from callcenter.services.quality import review_view
from callcenter.services.registers import entries
from callcenter.storage import facts
from callcenter.storage.action_tables import ReviewCommentRow, ReviewRow
from callcenter.storage.tables import CallRow


def review(hotline: Hotline, by: str, sid: str, marks: Mapping[Item, Mark], heard: Sequence[str], training: str, note: str, now: datetime,
           reason: str = "", seen: int = 0) -> str:
    """
    A review of a call, or its next version; the number stays.

    Args:
        seen: the version the form was opened on, 0 for none.

    Raises:
        Refused: "unknown_call", "not_allowed", "own_call", "not_answered_call", "missing", "nothing_applies", "phrases_and_mark",
            "unknown_phrase", "reason_needed" for a correction without one, "changed_meanwhile".
    """
    with hotline.store.transaction() as session:
        call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid).with_for_update())
        call, agent, answered_at = _reviewable(session, call, by, sid)
        points = call_review.score(marks)
        _phrases_fit(marks, heard)
        last = latest(session, call.id)
        if (last.version if last else 0) != seen:
            raise Refused("changed_meanwhile")
        if last is not None and not reason.strip():
            raise Refused("reason_needed")
        number = last.number if last else _number(session, now)
        session.add(ReviewRow(
            number=number, version=seen + 1, call_id=call.id, agent=agent, answered_at=answered_at, reviewer=by, reviewed_at=now,
            marks={item.value: mark.value for item, mark in marks.items()}, score=points, heard=list(dict.fromkeys(heard)),
            suggested={item.value: mark.value for item, mark in review_view.suggested(session, call).items()},
            training=training.strip(), note=note.strip(), reason=reason.strip()))
        return number


def _reviewable(session: Session, call: CallRow | None, by: str, sid: str) -> tuple[CallRow, str, datetime]:
    """The call, whose it is, and when it was answered."""
    if call is None:
        raise Refused("unknown_call", call=sid)
    if call.answered_by is None or call.answered_at is None:
        raise Refused("not_answered_call")
    me, agent = entries.who(session, by), facts.people(session).get(call.answered_by)
    if me.user == call.answered_by:
        raise Refused("own_call")
    if not call_review.may_review(me, agent):
        raise Refused("not_allowed", action="F23", who=[r for r in Role if r in call_review.REVIEWERS])
    return call, call.answered_by, call.answered_at


def _phrases_fit(marks: Mapping[Item, Mark], heard: Sequence[str]) -> None:
    """A phrase that was heard and the mark for it go together."""
    if strange := [p for p in heard if p not in FORBIDDEN and p not in SPOKEN]:
        raise Refused("unknown_phrase", phrase=strange[0])
    if bool(heard) != (marks.get(Item.NO_PHRASES) is Mark.NO):
        raise Refused("phrases_and_mark")


def _number(session: Session, now: datetime) -> str:
    day = f"ZJ{days.local(now):%Y%m%d}"
    return f"{day}-{facts.count(session, 'review:' + day):02d}"


def latest(session: Session, call_id: int) -> ReviewRow | None:
    """The version that counts."""
    return session.scalar(sa.select(ReviewRow).where(ReviewRow.call_id == call_id).order_by(ReviewRow.version.desc()).limit(1))


def comment(hotline: Hotline, by: str, sid: str, text: str, now: datetime) -> None:
    """
    What the agent has to say about the review of their own call, once.

    Raises:
        Refused: "unknown_record", "not_your_review", "commented", "missing".
    """
    with hotline.store.transaction() as session:
        call = session.scalar(sa.select(CallRow).where(CallRow.sid == sid).with_for_update())
        row = latest(session, call.id) if call is not None else None
        if row is None or call is None:
            raise Refused("unknown_record")
        if row.agent != by:
            raise Refused("not_your_review")
        if session.get(ReviewCommentRow, call.id) is not None:
            raise Refused("commented")
        if not text.strip() or len(text) > call_review.LONGEST:
            raise Refused("bad_value", field="text", value=text[:40], valid=f"1–{call_review.LONGEST}")
        session.add(ReviewCommentRow(call_id=call.id, by=by, at=now, text=text.strip()))
