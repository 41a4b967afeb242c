"""Who may do what with a survey, and the survey or sheet they may do it with, locked."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused, Staff
from callcenter.domain.vocabulary import Clock, Role
from callcenter.storage import facts
from callcenter.storage.survey_tables import SheetRow, SurveyRow

_OFFICE = frozenset({Role.LEAD, Role.DEPT_HEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.GM, Role.AUDITOR})
READERS = _OFFICE | {Role.AGENT, Role.CALLBACK}
PLANNERS = frozenset({Role.PM, Role.SUPERVISOR})
#: type in what came back, and make the calls; never the field and the departments that are judged
ENTERERS = frozenset({Role.AGENT, Role.CALLBACK, Role.LEAD, Role.SUPERVISOR, Role.PM})
#: say that a sheet does not count
JUDGES = frozenset({Role.LEAD, Role.SUPERVISOR, Role.PM})
CLOSERS = frozenset({Role.PM})


def demand(session: Session, by: str, roles: Collection[Role], compound: str, now: datetime) -> Staff:
    """Refuse whoever is not one of *roles* for *compound*, by badge or by this shift's roster.

    Raises:
        Refused: "not_allowed", naming who may.
    """
    staff = facts.staff(session, now)
    person = staff.people.get(by)
    if person is None or not person.active or staff.roles(by).isdisjoint(roles) or not person.covers(compound):
        raise Refused("not_allowed", action=Clock.SURVEY, who=[r for r in Role if r in roles])
    return staff


def survey(session: Session, survey_id: int, lock: bool = False, share: bool = False) -> SurveyRow:
    """The survey; *lock* keeps everybody else from it until the commit, *share* only whoever would close it.

    Raises:
        Refused: "unknown_survey".
    """
    query = sa.select(SurveyRow).where(SurveyRow.id == survey_id).execution_options(populate_existing=True)
    if lock or share:
        query = query.with_for_update(read=share)
    found = session.scalar(query)
    if found is None:
        raise Refused("unknown_survey")
    return found


def sheet(session: Session, sheet_id: int) -> tuple[SurveyRow, SheetRow]:
    """A sheet to be written on, locked, and its survey, which stays open meanwhile.

    Raises:
        Refused: "unknown_survey", "survey_over".
    """
    of = session.scalar(sa.select(SheetRow.survey_id).where(SheetRow.id == sheet_id))
    if of is None:
        raise Refused("unknown_survey")
    parent = survey(session, of, share=True)
    if parent.closed_at is not None:
        raise Refused("survey_over")
    return parent, session.get_one(SheetRow, sheet_id, with_for_update=True, populate_existing=True)


def within(scope: Collection[str], compound: str) -> bool:
    """Whether a compound lies in what somebody looks after; an empty scope is everything."""
    return not scope or compound in scope
