"""Numbers that are not put through: blocked by a lead with a reason and an end, and opened again (DOMAIN.md 18.5)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import CallState, Disposition, ReturnCall, Role
from callcenter.services import numbers
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import call_promises
from callcenter.storage import facts
from callcenter.storage.tables import CallRow
from callcenter.storage.telephone_tables import NumberRuleRow

BLOCKED = "blocked"
#: who may block and unblock
MAY_BLOCK = frozenset({Role.LEAD, Role.SUPERVISOR})
REASON_LENGTH = 200


def standing(session: Session, number: str | None, now: datetime) -> NumberRuleRow | None:
    """The block that holds for *number* at *now*."""
    key = numbers.comparable(number)
    return None if key is None else session.scalar(sa.select(NumberRuleRow).where(
        NumberRuleRow.phone_key == key, NumberRuleRow.rule == BLOCKED, NumberRuleRow.ended_at.is_(None),
        sa.or_(NumberRuleRow.until_at.is_(None), NumberRuleRow.until_at > now)))


def turn_away(hotline: Hotline, sid: str, number: str | None, to: str | None, now: datetime) -> bool:
    """Whether this caller is not put through. The call is kept as it was: never rung, never called back."""
    with hotline.store.reading() as session:
        known = session.scalar(sa.select(CallRow.id).where(CallRow.sid == sid))
        if standing(session, number, now) is None:
            return False
    if known is None:
        with hotline.store.transaction() as session:
            _kept(session, sid, number, to, now)
    return True


def _kept(session: Session, sid: str, number: str | None, to: str | None, now: datetime) -> None:
    if session.scalar(sa.select(CallRow.id).where(CallRow.sid == sid)) is not None:
        return
    call = CallRow(sid=sid, direction="inbound", from_number=number, phone_key=numbers.comparable(number), to_number=to, state=CallState.ABANDONED,
                   ring_started_at=now, ended_at=now, ended_by=Role.SYSTEM, disposition=Disposition.NUISANCE, return_call=ReturnCall.NONE,
                   recording_notice=False, hold_ms=0, chain_seq=0, chain_head="")
    session.add(call)
    session.flush()
    call_promises.event(session, call, "call_turned_away", Role.SYSTEM, now, {"from": numbers.masked(number)})


def block(hotline: Hotline, number: str, reason: str, until: datetime | None, by: str, now: datetime) -> None:
    """Calls from *number* hear the busy tone from now on, until then.

    Raises:
        Refused: "role" for anybody but a lead or supervisor, "reason_needed", "number_invalid", "bad_value" for an end that is past.
    """
    key = numbers.comparable(numbers.checked(number))
    if not reason.strip():
        raise Refused("reason_needed")
    if until is not None and until <= now:
        raise Refused("bad_value", field="until", value=until, valid=f"> {now:%Y-%m-%d %H:%M}")
    with hotline.store.transaction() as session:
        _may(session, by, now)
        for before in _open(session, key or ""):
            before.ended_by, before.ended_at = by, now
        session.flush()
        session.add(NumberRuleRow(phone_key=key, rule=BLOCKED, reason=reason.strip()[:REASON_LENGTH], set_by=by, set_at=now, until_at=until))


def unblock(hotline: Hotline, rule_id: int, by: str, now: datetime) -> bool:
    """The number is put through again; False when it was before."""
    with hotline.store.transaction() as session:
        _may(session, by, now)
        row = session.get(NumberRuleRow, rule_id, with_for_update=True)
        if row is None or row.rule != BLOCKED or row.ended_at is not None:
            return False
        row.ended_by, row.ended_at = by, now
        return True


def _open(session: Session, key: str) -> list[NumberRuleRow]:
    return list(session.scalars(sa.select(NumberRuleRow).where(
        NumberRuleRow.phone_key == key, NumberRuleRow.rule == BLOCKED, NumberRuleRow.ended_at.is_(None)).with_for_update()))


def _may(session: Session, by: str, now: datetime) -> None:
    if not facts.staff(session, now).roles(by) & MAY_BLOCK:
        raise Refused("may_not_block", who=sorted(MAY_BLOCK))


def blocked(session: Session, now: datetime) -> list[NumberRuleRow]:
    """Every number that is not put through now, the newest first."""
    return list(session.scalars(sa.select(NumberRuleRow).where(
        NumberRuleRow.rule == BLOCKED, NumberRuleRow.ended_at.is_(None),
        sa.or_(NumberRuleRow.until_at.is_(None), NumberRuleRow.until_at > now)).order_by(NumberRuleRow.id.desc())))
