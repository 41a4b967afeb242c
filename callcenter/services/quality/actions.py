"""Corrective actions (F16): opened, corrected, checked, looked at again; every change is in the ledger of its entry."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import corrective, days
from callcenter.domain.corrective import Standing
from callcenter.domain.quality import ActionState, Book, Deed, Looked, Origin
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Department, Role
from callcenter.services.hotline import Hotline
from callcenter.services.quality import links, messages
from callcenter.services.registers import entries
from callcenter.services.registers.typed import end_of
from callcenter.storage import facts
from callcenter.storage.action_tables import ActionRow
from callcenter.storage.tables import CompoundRow

#: what the history keeps of an action
_KEPT = ("source", "category", "compound", "problem", "department", "supporting", "person", "due_at", "measure", "progress", "state", "round",
         "check_result", "recheck_at", "recheck_result", "recheck_note")


@dataclass(frozen=True, slots=True)
class From:
    """The record an action is made from."""

    origin: Origin = Origin.BLANK
    key: str = ""
    tickets: tuple[str, ...] = ()


def standing(row: ActionRow) -> Standing:
    """The row as the rules see it."""
    return Standing(ActionState(row.state), Department(row.department), row.compound, row.due_at, row.submitted_by, row.recheck_at,
                    row.rechecked_at, row.round)


def open_action(hotline: Hotline, by: str, values: Mapping[str, Any], now: datetime, made_from: From | None = None) -> str:
    """
    A new action with its number; whoever has to correct something hears of it.

    Raises:
        Refused: "not_allowed", "due_in_the_past", "unknown_compound", "unknown_person", "unknown_ticket".
    """
    origin = made_from or From()
    with hotline.store.transaction() as session:
        me = entries.who(session, by)
        if not me.roles & corrective.KEEPERS:
            raise Refused("not_allowed", action=Book.ACTION, who=[Role.SUPERVISOR, Role.PM, Role.QUALITY])
        row = ActionRow(number=_number(session, now), state=ActionState.TO_DO, round=1, progress="", check_result="", recheck_note="",
                        told_step=0, origin=origin.origin, origin_key=origin.key, created_by=by, created_at=now, **_fields(session, me, values))
        if row.due_at <= now:
            raise Refused("due_in_the_past", when=row.due_at)
        row.first_due_at = row.tell_at = row.due_at
        session.add(row)
        session.flush()
        links.add(session, Book.ACTION, row.id, origin.tickets, me)
        entries.keep(session, Book.ACTION, row.number, Deed.OPENED, by, now, {}, _snapshot(row))
        messages.tell(session, hotline, row, "action_opened", messages.responsible(session, row), now, "opened")
        return row.number


def _number(session: Session, now: datetime) -> str:
    day = f"ZG{days.local(now):%Y%m%d}"
    return f"{day}-{facts.count(session, 'action:' + day):02d}"


def _fields(session: Session, me: Person, values: Mapping[str, Any]) -> dict[str, Any]:
    compound = values.get("compound") or None
    if compound is not None and (session.get(CompoundRow, compound) is None or not me.covers(compound)):
        raise Refused("out_of_reach", place=compound)
    if compound is None and me.compounds:
        raise Refused("compound_needed")
    person = values.get("person") or None
    if person is not None:
        entries.who(session, person)
    return {"source": str(values["source"]), "category": values["category"], "compound": compound, "problem": values["problem"],
            "department": str(values["department"]), "supporting": sorted(set(values.get("supporting") or ()) - {values["department"]}),
            "person": person, "due_at": end_of(values["due"]), "measure": values.get("measure") or ""}


def change(hotline: Hotline, by: str, number: str, values: Mapping[str, Any], now: datetime, reason: str, seen: int | None) -> None:
    """
    Correct what an action asks; another due day needs a reason, and the first one stays on record.

    Raises:
        Refused: "reason_needed", "changed_meanwhile", and what `open_action` and the rules refuse.
    """
    with hotline.store.transaction() as session:
        me, row = entries.who(session, by), _locked(session, number)
        entries.not_older(session, Book.ACTION, number, seen)
        before, fields = _snapshot(row), _fields(session, me, values)
        if fields["due_at"] != row.due_at and not reason.strip():
            raise Refused("reason_needed")
        after = corrective.done(standing(row), Deed.CHANGED, me, now, fields["due_at"])
        if after.due_at != row.due_at:
            row.told_step, row.tell_at = 0, after.due_at
        for name, value in fields.items():
            setattr(row, name, value)
        entries.keep(session, Book.ACTION, number, Deed.CHANGED, by, now, before, _snapshot(row), reason)


def do(hotline: Hotline, by: str, number: str, deed: Deed, values: Mapping[str, Any], now: datetime, seen: int | None = None) -> None:
    """
    One step of an action: measure, progress, submitted, passed or sent back, the look-back.

    Raises:
        Refused: "not_allowed", "own_department", "not_next_in_book", "due_in_the_past", "due_needed", "changed_meanwhile".
    """
    with hotline.store.transaction() as session:
        me, row = entries.who(session, by), _locked(session, number)
        entries.not_older(session, Book.ACTION, number, seen)
        before = _snapshot(row)
        due, recheck = (end_of(at) if (at := values.get(name)) else None for name in ("due", "recheck"))
        after = corrective.done(standing(row), deed, me, now, due, recheck)
        if due is not None and deed in (Deed.RETURNED, Deed.REOPENED):
            row.due_at = due
        for name in ("measure", "progress", "check_result", "recheck_note"):
            if values.get(name):
                setattr(row, name, values[name])
        _written(row, deed, by, now, after)
        entries.keep(session, Book.ACTION, number, deed, by, now, before, _snapshot(row))
        _told(session, hotline, row, deed, now)


def _written(row: ActionRow, deed: Deed, by: str, now: datetime, after: Standing) -> None:
    row.state, row.round = after.state, after.round
    match deed:
        case Deed.SUBMITTED:
            row.submitted_by, row.submitted_at = by, now
        case Deed.RETURNED:
            row.checked_by, row.checked_at = by, now
            row.told_step, row.tell_at = (0, row.due_at) if row.due_at > now else (row.told_step, row.tell_at)
        case Deed.PASSED:
            row.checked_by, row.checked_at, row.cleared_at = by, now, now
            row.first_cleared_at = row.first_cleared_at or now
            row.recheck_at, row.rechecked_by, row.rechecked_at, row.recheck_result = after.recheck_at, None, None, None
            row.told_step, row.tell_at = 0, after.recheck_at
        case Deed.HELD:
            row.rechecked_by, row.rechecked_at, row.recheck_result, row.tell_at = by, now, Looked.HELD, None
        case Deed.REOPENED:
            row.rechecked_by, row.rechecked_at, row.recheck_result = by, now, Looked.FAILED
            row.cleared_at = row.submitted_by = row.submitted_at = None
            row.told_step, row.tell_at = 0, row.due_at


def _told(session: Session, hotline: Hotline, row: ActionRow, deed: Deed, now: datetime) -> None:
    """Whoever has to do something next hears of it."""
    turn = entries.version(session, Book.ACTION, row.number)
    if deed is Deed.SUBMITTED:
        messages.tell(session, hotline, row, "action_to_check", messages.checkers(session, row), now, f"check:{turn}")
    elif deed in (Deed.RETURNED, Deed.REOPENED):
        messages.tell(session, hotline, row, "action_opened", messages.responsible(session, row), now, f"again:{turn}")


def _locked(session: Session, number: str) -> ActionRow:
    row = session.scalar(sa.select(ActionRow).where(ActionRow.number == number).with_for_update())
    if row is None:
        raise Refused("unknown_record")
    return row


def _snapshot(row: ActionRow, names: Collection[str] = _KEPT) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
