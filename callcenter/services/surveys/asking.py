"""Asking a household: the text with its link, one reminder, and the list of those to be called."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import days
from callcenter.domain.surveys import Tried, Way
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services import links, telling
from callcenter.services.hotline import Hotline
from callcenter.services.messages import number_rules
from callcenter.services.surveys import rights
from callcenter.storage.store import wake_later
from callcenter.storage.survey_tables import SheetRow, SurveyRow
from callcenter.storage.tables import Base, CompoundRow, CustomerRow, MessageRow, RoomRow
from callcenter.storage.telephone_tables import NumberRuleRow

#: what the links of sheets are good for
PURPOSE = "survey"
#: a household is called so often at most, and not again before so long has passed
MOST_TRIES, PAUSE = 3, timedelta(hours=2)
#: shown at once on the list of calls
SHOWN = 20

#: looked up together: databases take only so many values in one question
AT_ONCE = 500
_MESSAGES = sa.insert(Base.metadata.tables["message"])
#: as `Tried` has them: nobody calls again
_ENDED = (Tried.REFUSED, Tried.WRONG_NUMBER)


def link(hotline: Hotline, nonce: str, until: datetime) -> str:
    """The address a household answers under, without a sign-in."""
    return f"{hotline.address}/s/{links.make(hotline.secret, PURPOSE, nonce, until)}"


def invite(session: Session, hotline: Hotline, survey: SurveyRow, sheets: Sequence[SheetRow], notice: str, now: datetime) -> int:
    """Put a text with its link into the outbox for each of *sheets*, in its reader's language; how many. Nobody gets a notice twice."""
    where = session.get_one(CompoundRow, survey.compound).name
    people = _people(session, sheets)
    texts = [_text(hotline, survey, sheet, person, where, notice, now)
             for sheet in sheets if (person := people.get(sheet.customer_id or 0)) is not None and person.phone]
    known = _said(session, [t["key"] for t in texts])
    new = [t for t in texts if t["key"] not in known]
    if new:
        session.connection().execute(_MESSAGES, new)
        wake_later(session, "message")
    return len(new)


def _said(session: Session, keys: Sequence[str]) -> set[str]:
    return {key for n in range(0, len(keys), AT_ONCE) for key in session.scalars(
        sa.select(MessageRow.key).where(MessageRow.key.in_(keys[n:n + AT_ONCE])))}


def _people(session: Session, sheets: Iterable[SheetRow]) -> dict[int, CustomerRow]:
    wanted = [s.customer_id for s in sheets if s.customer_id is not None]
    return {c.id: c for n in range(0, len(wanted), AT_ONCE)
            for c in session.scalars(sa.select(CustomerRow).where(CustomerRow.id.in_(wanted[n:n + AT_ONCE])))}


def stopped(session: Session) -> frozenset[str]:
    """The numbers that take no texts."""
    return frozenset(session.scalars(sa.select(NumberRuleRow.phone_key).where(
        NumberRuleRow.rule == number_rules.NO_TEXTS, NumberRuleRow.ended_at.is_(None))))


def _text(hotline: Hotline, survey: SurveyRow, sheet: SheetRow, person: CustomerRow, where: str, notice: str, now: datetime) -> dict[str, Any]:
    said = {"where": where, "text": link(hotline, sheet.nonce, survey.closes_at), "due": survey.closes_at - timedelta(minutes=1)}
    return {"key": f"survey:{sheet.nonce}:{notice}", "recipient": "customer", "role": Role.CUSTOMER, "phone": person.phone, "channel": "sms",
            "notice": notice, "level": 0, "text": telling.words(hotline.rulebook.policy, notice, said, person.language),
            "created_at": now, "next_try_at": now, "status": "waiting", "tries": 0}


def remind_due(hotline: Hotline, now: datetime) -> int:
    """Remind once, by text, the households of every survey whose day for it has come; how many texts. Safe at any time."""
    with hotline.store.transaction() as session:
        due = [s for s in session.scalars(sa.select(SurveyRow).where(
            SurveyRow.issued_at.is_not(None), SurveyRow.reminded_at.is_(None), SurveyRow.closed_at.is_(None), SurveyRow.closes_at > now)
            .with_for_update()) if s.issued_at is not None and s.issued_at + timedelta(days=s.remind_after) <= now]
        return sum(_remind(session, hotline, survey, now) for survey in due)


def _remind(session: Session, hotline: Hotline, survey: SurveyRow, now: datetime) -> int:
    silent = list(session.scalars(sa.select(SheetRow).join(CustomerRow, CustomerRow.id == SheetRow.customer_id).where(
        SheetRow.survey_id == survey.id, SheetRow.way == Way.SMS, SheetRow.returned_at.is_(None), CustomerRow.no_texts.is_(False),
        CustomerRow.valid_to.is_(None)).order_by(SheetRow.id)))
    people, unwilling = _people(session, silent), stopped(session)
    willing = [s for s in silent if people[s.customer_id or 0].phone_key not in unwilling]
    survey.reminded_at = now
    for sheet in willing:
        sheet.reminded_at = now
    return invite(session, hotline, survey, willing, "survey_reminder", now)


@dataclass(frozen=True, slots=True)
class ToCall:
    """A household to be called about its sheet."""

    sheet_id: int
    room: str
    name: str
    phone: str
    window: str | None
    tries: int
    tried_at: datetime | None
    tried_result: Tried | None


@dataclass(frozen=True, slots=True)
class Calls:
    """Whom to call now, how many that is altogether, and from when calls are allowed."""

    rows: tuple[ToCall, ...]
    total: int
    allowed_from: datetime  #: now, inside a calling window


def call_list(hotline: Hotline, session: Session, survey: SurveyRow, now: datetime) -> Calls:
    """
    The households that have not answered and may be called: by telephone from the start, by text once they were reminded.

    Whoever asked not to be called is never on it; nobody is called more than three times, nor twice within two hours (CB6, CB7).
    """
    where = _callable(survey, now)
    of_sheet = CustomerRow.id == SheetRow.customer_id
    total = session.scalar(sa.select(sa.func.count()).select_from(SheetRow).join(CustomerRow, of_sheet).where(*where)) or 0
    rows = session.execute(
        sa.select(SheetRow, CustomerRow, RoomRow).join(CustomerRow, of_sheet).join(RoomRow, RoomRow.id == SheetRow.room_id)
        .where(*where).order_by(SheetRow.tries, SheetRow.id).limit(SHOWN))
    found = tuple(_to_call(sheet, person, room) for sheet, person, room in rows)
    return Calls(found, total, days.next_window(hotline.rulebook.policy.follow_up, now))


def contact(session: Session, sheet_id: int) -> ToCall | None:
    """Whom to call about one sheet; None where nobody can or may be."""
    row = session.execute(sa.select(SheetRow, CustomerRow, RoomRow).join(CustomerRow, CustomerRow.id == SheetRow.customer_id)
                          .join(RoomRow, RoomRow.id == SheetRow.room_id).where(
        SheetRow.id == sheet_id, CustomerRow.do_not_call.is_(False), CustomerRow.phone_key.is_not(None), CustomerRow.valid_to.is_(None))).first()
    return None if row is None else _to_call(*row)


def _to_call(sheet: SheetRow, person: CustomerRow, room: RoomRow) -> ToCall:
    return ToCall(sheet.id, room.text, person.name, person.phone or "", person.preferred_window, sheet.tries, sheet.tried_at,
                  Tried(sheet.tried_result) if sheet.tried_result else None)


def _callable(survey: SurveyRow, now: datetime) -> list[sa.ColumnElement[bool]]:
    by_phone = sa.or_(SheetRow.way == Way.PHONE, SheetRow.reminded_at.is_not(None))
    return [SheetRow.survey_id == survey.id, SheetRow.returned_at.is_(None), by_phone, SheetRow.tries < MOST_TRIES,
            sa.or_(SheetRow.tried_at.is_(None), SheetRow.tried_at <= now - PAUSE),
            sa.or_(SheetRow.tried_result.is_(None), SheetRow.tried_result.not_in(_ENDED)),
            CustomerRow.phone_key.is_not(None), CustomerRow.do_not_call.is_(False), CustomerRow.valid_to.is_(None)]


def tried(hotline: Hotline, sheet_id: int, result: Tried, by: str, now: datetime) -> None:
    """A call that brought no answer.

    Raises:
        Refused: "unknown_survey", "survey_over", "not_allowed", "outside_calling_hours", "do_not_call".
    """
    with hotline.store.transaction() as session:
        survey, sheet = rights.sheet(session, sheet_id)
        rights.demand(session, by, rights.ENTERERS, survey.compound, now)
        may_be_called(hotline, session, sheet, now)
        sheet.tries, sheet.tried_at, sheet.tried_by, sheet.tried_result = sheet.tries + 1, now, by, result


def may_be_called(hotline: Hotline, session: Session, sheet: SheetRow, now: datetime) -> None:
    """Refuse a call at night, and one to somebody who asked not to be called (CB6)."""
    policy = hotline.rulebook.policy.follow_up
    if not days.in_window(policy, now):
        raise Refused("outside_calling_hours", when=days.next_window(policy, now))
    customer = session.get(CustomerRow, sheet.customer_id) if sheet.customer_id else None
    if customer is not None and customer.do_not_call:
        raise Refused("do_not_call")
