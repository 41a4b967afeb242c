"""The end of a survey: results frozen with its period's confirmation, published, and then every sheet forgets whose it was."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import period_promises
from callcenter.services.surveys import results, rights
from callcenter.storage.survey_tables import AnswerRow, SheetRow, SurveyRow
from callcenter.storage.tables import PeriodRow


def close(session: Session, period: PeriodRow, now: datetime) -> dict[str, Any] | None:
    """
    Freeze the results of the period's survey, within the transaction that confirms it; what is confirmed (F15).

    None where no sheet was issued: then somebody who counted by hand says the numbers.
    """
    survey = session.scalar(sa.select(SurveyRow).where(SurveyRow.period_id == period.id)
                            .with_for_update().execution_options(populate_existing=True))
    if survey is None or survey.issued_at is None:
        return None
    found = results.counted(session, survey)
    survey.closed_at, survey.results = now, results.frozen(found)
    return {"issued": found.issued, "returned": found.returned, "valid": found.valid, "satisfied": found.overall.content,
            "results": survey.results}


def publish(hotline: Hotline, survey_id: int, by: str, now: datetime) -> None:
    """
    The project manager publishes the results: from then on everybody may read them. Again: nothing more.

    Raises:
        Refused: "unknown_survey", "not_allowed", "survey_not_over".
    """
    with hotline.store.transaction() as session:
        survey = rights.survey(session, survey_id, lock=True)
        rights.demand(session, by, rights.CLOSERS, survey.compound, now)
        if survey.closed_at is None:
            raise Refused("survey_not_over")
        if survey.published_at is not None:
            return
        survey.published_at, survey.published_by = now, by
        period = session.get_one(PeriodRow, survey.period_id, with_for_update=True)
        period_promises.event(session, period, "survey_published", by, now, f"period:{period.id}:published", {})


def anonymise(hotline: Hotline, now: datetime) -> int:
    """
    Have the sheets of published surveys forget home, person, link and matter (DOMAIN.md 18.5); how many surveys. Safe at any time.

    Building, answers and words stay; the matters stay with the survey as a whole. One whose matters are not all open yet waits.
    """
    with hotline.store.reading() as session:
        waiting = list(session.scalars(sa.select(SurveyRow.id).where(SurveyRow.published_at.is_not(None), SurveyRow.anonymised_at.is_(None))))
    return sum(_forget(hotline, survey_id, now) for survey_id in waiting)


def _forget(hotline: Hotline, survey_id: int, now: datetime) -> bool:
    with hotline.store.transaction() as session:
        survey, mine = rights.survey(session, survey_id, lock=True), SheetRow.survey_id == survey_id
        if survey.anonymised_at is not None or session.scalar(sa.select(SheetRow.id).where(mine, SheetRow.to_follow).limit(1)) is not None:
            return False
        named = session.scalars(sa.select(SheetRow.followup_ref).where(mine, SheetRow.followup_ref.is_not(None)))
        survey.matters = sorted({*survey.matters, *(number for number in named if number)})
        session.execute(sa.update(AnswerRow).where(AnswerRow.sheet_id.in_(sa.select(SheetRow.id).where(mine))).values(opinion=""),
                        execution_options={"synchronize_session": False})
        session.execute(sa.update(SheetRow).where(mine).values(
            room_id=None, customer_id=None, followup_ref=None, nonce=sa.literal("forgotten-") + sa.cast(SheetRow.id, sa.String)),
            execution_options={"synchronize_session": False})
        survey.anonymised_at = now
        period = session.get_one(PeriodRow, survey.period_id, with_for_update=True)
        period_promises.event(session, period, "survey_anonymised", "system", now, f"period:{period.id}:anonymised", {})
        return True
