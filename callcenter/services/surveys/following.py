"""A dissatisfied sheet, or one that asks for something, becomes a matter: once, with an owner, whatever happens in between."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import surveys
from callcenter.domain.rules.intake import REGISTERING
from callcenter.domain.surveys import Answer, Item, Owed
from callcenter.domain.ticket import Act, Effect, Save, Staff, Tell
from callcenter.domain.vocabulary import OPEN, Action, Channel, Department, Role, Satisfaction
from callcenter.services import tickets
from callcenter.services.acting import Writing
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.survey_tables import SheetRow, SurveyRow
from callcenter.storage.tables import CompoundRow, CustomerRow, EventRow, RoomRow

#: sheets looked after in one round
AT_ONCE = 50
#: whose work a dissatisfied item is about
_DEPARTMENT = {Item.DESK: Department.CUSTOMER_SERVICE, Item.REPAIR: Department.ENGINEERING, Item.ORDER: Department.ORDER,
               Item.ENVIRONMENT: Department.ENVIRONMENT, Item.GREENERY: Department.ENVIRONMENT, Item.FACILITIES: Department.ENGINEERING}


def follow(hotline: Hotline, sheet_id: int, now: datetime) -> str | None:
    """
    Open the matter a sheet is owed, if it is owed one; its number. A sheet becomes one matter, however often this is asked; a later answer
    that is worse is written on that matter while it is open, and becomes another where it is over.

    Whoever typed the sheet owns it where they may register; what a household wrote itself goes to the shift lead, and an
    anonymous sheet to the supervisor, without a name, a home or a number.
    """
    with hotline.store.reading() as session:
        sheet = session.get_one(SheetRow, sheet_id)
        if not sheet.to_follow:
            return sheet.followup_ref
        earlier, act = sheet.followup_ref, _act(session, sheet, now)
        key = f"survey:{sheet.nonce}" + (f":{sheet.version}" if earlier else "")
    if act is None:
        return None
    added = _added(hotline, earlier, act, key, now) if earlier else None
    number = added or tickets.open_ticket(hotline, act, key, now).number
    with hotline.store.transaction() as session:
        row = session.get_one(SheetRow, sheet_id, with_for_update=True, populate_existing=True)
        if earlier and not added and row.followup_ref == earlier:
            _remember(session, row.survey_id, earlier)
        row.followup_ref, row.to_follow = number, False
    return number


def _remember(session: Session, survey_id: int, number: str) -> None:
    """A matter that is over, where its sheet names another one now: the report lists them all (RP-H)."""
    survey = session.get_one(SurveyRow, survey_id, with_for_update=True, populate_existing=True)
    survey.matters = sorted({*survey.matters, number})


def _added(hotline: Hotline, number: str, act: Act, key: str, now: datetime) -> str | None:
    """A word on the matter that is open already, also to its owner; its number, or None where it is over. Again: nothing more."""
    text, held = f"后来的答卷:{act.get('content')}", f"act:{key}:added"
    with hotline.store.transaction() as session:
        row = facts.locked(session, number)
        while row is not None and row.merged_into is not None:
            row = facts.locked(session, row.merged_into)
        if row is None or row.state not in OPEN:
            return None
        if session.scalar(sa.select(EventRow.id).where(EventRow.key == held)) is None:
            effects: list[Effect] = [Save("F25", {"text": text, "channel": Channel.SURVEY}),
                                     Tell("text_in", (Role.OWNER,), said={"text": text[:200]})]
            writing = Writing(session, hotline, row, now)
            writing.apply(effects, writing.state, Action.NOTE, Act(Action.NOTE, act.by, {"text": text}), held)
        return row.number


def sweep(hotline: Hotline, now: datetime) -> int:
    """Open the matters that a crash between the answer and its matter has left out; how many."""
    with hotline.store.reading() as session:
        left = list(session.scalars(sa.select(SheetRow.id).where(SheetRow.to_follow).order_by(SheetRow.id).limit(AT_ONCE)))
    return sum(follow(hotline, sheet_id, now) is not None for sheet_id in left)


def _act(session: Session, sheet: SheetRow, now: datetime) -> Act | None:
    given = Answer({Item(i): Satisfaction(s) for i, s in (sheet.answers or {}).items()}, sheet.opinion, sheet.request, sheet.anonymous)
    owed = surveys.owed(given)
    if owed is None:
        return None
    staff, survey = facts.staff(session, now), session.get_one(SurveyRow, sheet.survey_id)
    by = sheet.entered_by if sheet.entered_by and staff.roles(sheet.entered_by) & REGISTERING else Role.SYSTEM
    fields = {"type": owed.type, "channel": Channel.SURVEY, "content": said(survey.key, given), "received_at": sheet.returned_at,
              **_about(given, owed), **(_nobody(session, staff, survey) if sheet.anonymous else _household(session, sheet, survey))}
    return Act(Action.OPEN_TICKET, Role.SYSTEM if sheet.anonymous else by, {name: value for name, value in fields.items() if value is not None})


def said(key: str, given: Answer) -> str:
    """What the matter is about, as the sheet has it."""
    unhappy = "、".join(f"{item.zh}{given.marks[item].zh}" for item in given.unhappy)
    return "".join((f"半年征询 {key}", f",{unhappy}" if unhappy else "", f"。意见:{given.opinion}" if given.opinion else ""))


def _about(given: Answer, owed: Owed) -> dict[str, Any]:
    return {"complaint_kind": owed.kind, "demand": given.opinion or None if owed.kind else None,
            "accused_dept": next((_DEPARTMENT[i] for i in given.unhappy if i in _DEPARTMENT), None)}


def _household(session: Session, sheet: SheetRow, survey: SurveyRow) -> dict[str, Any]:
    room = session.get(RoomRow, sheet.room_id) if sheet.room_id else None
    customer = session.get(CustomerRow, sheet.customer_id) if sheet.customer_id else None
    home = {"room": room.text} if room is not None and room.valid_to is None else _compound(session, survey)
    return {**home, "customer_name": customer.name if customer else "住户", "contact_phone": customer.phone if customer else None}


def _nobody(session: Session, staff: Staff, survey: SurveyRow) -> dict[str, Any]:
    """An anonymous sheet names its compound alone, and is the supervisor's."""
    on_duty = staff.holders(Role.SUPERVISOR, survey.compound)
    known = sorted(u for u, p in staff.people.items() if Role.SUPERVISOR in p.roles and p.active and p.covers(survey.compound))
    return {**_compound(session, survey), "customer_name": "匿名住户", "anonymous": True, "first_responder": next(iter([*on_duty, *known]), None)}


def _compound(session: Session, survey: SurveyRow) -> dict[str, Any]:
    return {"place": session.get_one(CompoundRow, survey.compound).name}
