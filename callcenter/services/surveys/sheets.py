"""A sheet comes back: by its link without a sign-in, from paper, from a call or a visit; every version of it is kept."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import surveys
from callcenter.domain.surveys import Answer, Item, Spoilt, Way
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Satisfaction
from callcenter.services import links, places
from callcenter.services.hotline import Hotline
from callcenter.services.surveys import asking, following, rights
from callcenter.storage.survey_tables import AnswerRow, SheetRow, SurveyRow
from callcenter.storage.tables import CompoundRow, RoomRow

#: shown at once when a room is looked for
FOUND = 12


@dataclass(frozen=True, slots=True)
class Opened:
    """A sheet as its household sees it: where it is about, until when, and what was answered so far."""

    sheet_id: int
    compound: str
    key: str
    building: str
    closes_at: datetime
    answer: Answer | None
    answered_at: datetime | None


def by_link(hotline: Hotline, session: Session, token: str, now: datetime) -> Opened:
    """
    The sheet a link opens.

    Raises:
        Refused: "link_wrong", "link_expired", "survey_over".
    """
    named = links.read(hotline.secret, asking.PURPOSE, token, now)
    found = session.execute(sa.select(SheetRow, SurveyRow, CompoundRow.name).join(SurveyRow, SurveyRow.id == SheetRow.survey_id)
                            .join(CompoundRow, CompoundRow.code == SurveyRow.compound).where(SheetRow.nonce == named)).first()
    if found is None:
        raise Refused("link_wrong")
    sheet, survey, name = found
    if survey.closed_at is not None:
        raise Refused("survey_over")
    return Opened(sheet.id, name, survey.key, sheet.building, survey.closes_at, answer_of(sheet), sheet.returned_at)


def answer_of(sheet: SheetRow) -> Answer | None:
    """What stands on a sheet; None on a blank one."""
    if not sheet.answers:
        return None
    return Answer({Item(i): Satisfaction(s) for i, s in sheet.answers.items()}, sheet.opinion, sheet.request, sheet.anonymous)


def answer_by_link(hotline: Hotline, token: str, given: Answer, now: datetime) -> None:
    """
    The household answers, or, until the survey closes, answers anew: one answer a sheet counts, the last, and those before it are kept.

    Raises:
        Refused: as `by_link`.
    """
    with hotline.store.reading() as session:
        sheet_id = by_link(hotline, session, token, now).sheet_id
    with hotline.store.transaction() as session:
        _, sheet = rights.sheet(session, sheet_id)
        _write(session, sheet, given, Way.SMS, None, now)
    following.follow(hotline, sheet_id, now)


def enter(hotline: Hotline, sheet_id: int, given: Answer, way: Way, by: str, now: datetime) -> None:
    """
    Somebody types in a sheet from paper, a call or a visit; who did is kept. Typed again it replaces what was typed.

    Raises:
        Refused: "unknown_survey", "survey_over", "not_allowed", "sheet_returned" when the household has answered itself,
            "outside_calling_hours" and "do_not_call" for a call, "bad_value" for a link.
    """
    with hotline.store.transaction() as session:
        survey, sheet = rights.sheet(session, sheet_id)
        rights.demand(session, by, rights.ENTERERS, survey.compound, now)
        if way is Way.SMS:
            raise Refused("bad_value", field="way", value=way, valid=[w for w in Way if w is not Way.SMS])
        if way is Way.PHONE:
            asking.may_be_called(hotline, session, sheet, now)
        _not_their_own(sheet)
        _write(session, sheet, given, way, by, now)
    following.follow(hotline, sheet_id, now)


def spoil(hotline: Hotline, sheet_id: int, why: Spoilt, way: Way, by: str, now: datetime) -> None:
    """
    A sheet that came back does not count, for a reason; what stood on it is kept. A matter it became goes on.

    Raises:
        Refused: "unknown_survey", "survey_over", "not_allowed".
    """
    with hotline.store.transaction() as session:
        survey, sheet = rights.sheet(session, sheet_id)
        rights.demand(session, by, rights.JUDGES if sheet.returned_at else rights.ENTERERS, survey.compound, now)
        sheet.spoilt, sheet.to_follow = why, False
        if sheet.returned_at is None:
            sheet.returned_at, sheet.returned_by, sheet.entered_by = now, way, by
        sheet.version += 1
        session.add(_version(sheet, by, now))


def _not_their_own(sheet: SheetRow) -> None:
    """What a household has answered itself nobody types over."""
    if sheet.returned_at is not None and sheet.entered_by is None:
        raise Refused("sheet_returned", when=sheet.returned_at)


def _write(session: Session, sheet: SheetRow, given: Answer, way: Way, by: str | None, now: datetime) -> None:
    more = surveys.worse(answer_of(sheet), given)
    sheet.answers = {item.value: given.marks[item].value for item in Item if item in given.marks}
    sheet.opinion, sheet.request, sheet.anonymous = given.opinion, given.request, given.anonymous
    sheet.returned_at, sheet.returned_by, sheet.entered_by, sheet.spoilt = now, way, by, None
    sheet.to_follow = surveys.owed(given) is not None and (sheet.followup_ref is None or more)
    sheet.version += 1
    session.add(_version(sheet, by, now))


def _version(sheet: SheetRow, by: str | None, now: datetime) -> AnswerRow:
    return AnswerRow(sheet_id=sheet.id, version=sheet.version, answered_at=now, way=sheet.returned_by or "", entered_by=by,
                     answers=dict(sheet.answers or {}), opinion=sheet.opinion, request=sheet.request, anonymous=sheet.anonymous,
                     spoilt=sheet.spoilt)


@dataclass(frozen=True, slots=True)
class Found:
    """A sheet on the list of whoever types them in."""

    sheet_id: int
    room: str
    way: Way
    returned_at: datetime | None
    entered_by: str | None
    spoilt: Spoilt | None


def find(session: Session, survey_id: int, text: str) -> list[Found]:
    """Sheets by the address of their home, those that have not come back first; without a text the next ones out on paper."""
    query = sa.select(SheetRow, RoomRow.text).join(RoomRow, RoomRow.id == SheetRow.room_id).where(SheetRow.survey_id == survey_id)
    out_on_paper = sa.and_(SheetRow.returned_at.is_(None), SheetRow.way.in_([Way.PAPER, Way.VISIT]))
    query = query.where(places.named(text) if text.strip() else out_on_paper).order_by(SheetRow.returned_at.is_not(None), RoomRow.id)
    return [_found(sheet, room) for sheet, room in session.execute(query.limit(FOUND))]


def one(session: Session, survey_id: int, sheet_id: int) -> Found | None:
    """One sheet of the survey that still belongs to a home."""
    row = session.execute(sa.select(SheetRow, RoomRow.text).join(RoomRow, RoomRow.id == SheetRow.room_id).where(
        SheetRow.survey_id == survey_id, SheetRow.id == sheet_id)).first()
    return None if row is None else _found(row[0], row[1])


def _found(sheet: SheetRow, room: str) -> Found:
    return Found(sheet.id, room, Way(sheet.way), sheet.returned_at, sheet.entered_by, Spoilt(sheet.spoilt) if sheet.spoilt else None)
