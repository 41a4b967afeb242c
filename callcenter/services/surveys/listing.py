"""The surveys as their page lists them: every compound's half-years, where each stands and how far it has come."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.surveys import Stage
from callcenter.domain.ticket import Promise
from callcenter.domain.vocabulary import Clock
from callcenter.services.surveys import results
from callcenter.storage import facts
from callcenter.storage.survey_tables import SheetRow, SurveyRow
from callcenter.storage.tables import CompoundRow, PeriodRow, PromiseRow

PAGE = 24

_Row = tuple[PeriodRow, SurveyRow | None, str, PromiseRow | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One compound's survey of one half-year."""

    compound: str
    compound_name: str
    key: str
    since: datetime
    until: datetime
    stage: Stage
    planned_for: datetime | None
    promise: Promise | None
    survey: SurveyRow | None
    issued: int
    returned: int
    #: satisfied, and of how many, once it is closed
    content: int | None
    valid: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of them."""

    lines: list[Line]
    page: int
    pages: int


def stage(period: PeriodRow, survey: SurveyRow | None) -> Stage:
    """Where a survey stands."""
    if survey is not None and survey.published_at is not None:
        return Stage.PUBLISHED
    if period.confirmed_at is not None:
        return Stage.CLOSED
    if survey is not None and survey.issued_at is not None:
        return Stage.RUNNING
    return Stage.PLANNED if period.content.get("planned_for") else Stage.OPEN


def listed(session: Session, scope: Collection[str] = (), page: int = 1) -> Listed:
    """The surveys of these compounds (all, where none are named), the latest half first."""
    mine = [PeriodRow.kind == Clock.SURVEY, *([PeriodRow.compound.in_(scope)] if scope else [])]
    total = session.scalar(sa.select(sa.func.count()).select_from(PeriodRow).where(*mine)) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    rows = _read(session, *mine, limit=PAGE, offset=(page - 1) * PAGE)
    counts = _counts(session, [s.id for _, s, _, _ in rows if s is not None and s.issued_at is not None and s.closed_at is None])
    return Listed([_line(p, s, name, promise, counts) for p, s, name, promise in rows], page, pages)


def line(session: Session, survey_id: int | None = None, key: str = "", compound: str = "") -> Line | None:
    """One survey, by its number or by half-year and compound."""
    which = SurveyRow.id == survey_id if survey_id is not None else sa.and_(PeriodRow.key == key, PeriodRow.compound == compound)
    rows = _read(session, PeriodRow.kind == Clock.SURVEY, which, limit=1)
    if not rows:
        return None
    period, survey, name, promise = rows[0]
    return _line(period, survey, name, promise, _counts(session, [survey.id] if survey else []))


def _read(session: Session, *where: sa.ColumnElement[bool], limit: int, offset: int = 0) -> list[_Row]:
    query = (sa.select(PeriodRow, SurveyRow, CompoundRow.name, PromiseRow).join(CompoundRow, CompoundRow.code == PeriodRow.compound)
             .outerjoin(SurveyRow, SurveyRow.period_id == PeriodRow.id).outerjoin(PromiseRow, PromiseRow.period_id == PeriodRow.id)
             .where(*where).order_by(PeriodRow.key.desc(), PeriodRow.compound).limit(limit).offset(offset))
    return [(period, survey, name, promise) for period, survey, name, promise in session.execute(query)]


def _counts(session: Session, surveys: Collection[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(sa.select(SheetRow.survey_id, sa.func.count(), sa.func.count(SheetRow.returned_at)).where(
        SheetRow.survey_id.in_(surveys)).group_by(SheetRow.survey_id))
    return {id_: (issued, returned) for id_, issued, returned in rows}


def _line(period: PeriodRow, survey: SurveyRow | None, name: str, promise: PromiseRow | None, counts: dict[int, tuple[int, int]]) -> Line:
    kept = period.content
    issued, returned = counts.get(survey.id, (0, 0)) if survey is not None else (0, 0)
    done = period.confirmed_at is not None
    return Line(period.compound, name, period.key, period.since, period.until, stage(period, survey), kept.get("planned_for"),
                facts.promise(promise) if promise else None, survey, kept.get("issued", issued) if done else issued,
                kept.get("returned", returned) if done else returned, kept.get("satisfied") if done else None,
                kept.get("valid", kept.get("returned")) if done else None)


def published(session: Session, compound: str, key: str) -> tuple[SurveyRow, str, results.Results, results.Results | None] | None:
    """What everybody may read of a compound's half-year; None while it is not published."""
    row = session.execute(sa.select(SurveyRow, CompoundRow.name).join(CompoundRow, CompoundRow.code == SurveyRow.compound).where(
        SurveyRow.compound == compound, SurveyRow.key == key, SurveyRow.published_at.is_not(None))).first()
    if row is None:
        return None
    survey, name = row
    last = results.before(session, survey)
    return survey, name, results.of(session, survey), results.of(session, last) if last is not None and last.published_at is not None else None


