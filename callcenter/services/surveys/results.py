"""What a survey brought: every item's steps, lenient and strict, the follow-up of what was not well, and the half before (K17, K30)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.surveys import UNHAPPY, Item, Way
from callcenter.domain.vocabulary import CONTENT, ENDED, Satisfaction
from callcenter.services.surveys import coverage as covering
from callcenter.storage.survey_tables import SheetRow, SurveyRow
from callcenter.storage.tables import CompoundRow, TicketRow

#: opinions shown at once
OPINIONS = 100


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item: how many said what."""

    item: Item
    steps: Mapping[Satisfaction, int]

    @property
    def n(self) -> int:
        return sum(self.steps.values())

    @property
    def content(self) -> int:
        """Fairly satisfied and better (K17)."""
        return sum(self.steps.get(step, 0) for step in CONTENT)

    @property
    def strict(self) -> int:
        """Without the fairly satisfied."""
        return self.content - self.steps.get(Satisfaction.FAIRLY, 0)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a dissatisfied sheet became, and where it stands."""

    number: str
    type: str
    state: str
    over: bool


@dataclass(frozen=True, slots=True)
class Results:
    """A survey's results."""

    households: int
    issued: int
    returned: int
    valid: int
    items: tuple[ItemResult, ...]
    came: Mapping[Way, int]

    @property
    def overall(self) -> ItemResult:
        return next(i for i in self.items if i.item is Item.OVERALL)

    def item(self, item: Item) -> ItemResult:
        return next(i for i in self.items if i.item is item)


def of(session: Session, survey: SurveyRow) -> Results:
    """The results of *survey*: as they stood at its close, or as its sheets stand now."""
    return _thawed(survey.results) if survey.results is not None else counted(session, survey)


def counted(session: Session, survey: SurveyRow) -> Results:
    """The results as the sheets have them; sheets that do not count are left out."""
    found = covering.coverage(session, survey)
    steps: dict[Item, Counter[Satisfaction]] = {item: Counter() for item in Item}
    for answers in session.scalars(sa.select(SheetRow.answers).where(
            SheetRow.survey_id == survey.id, SheetRow.returned_at.is_not(None), SheetRow.spoilt.is_(None))):
        for item, step in (answers or {}).items():
            steps[Item(item)][Satisfaction(step)] += 1
    return Results(found.households, found.issued, found.returned, found.valid, tuple(ItemResult(i, steps[i]) for i in Item), found.came)


def frozen(results: Results) -> dict[str, Any]:
    """The results as they are kept for ever."""
    return {"households": results.households, "issued": results.issued, "returned": results.returned, "valid": results.valid,
            "satisfied": results.overall.content, "came": {way.value: n for way, n in results.came.items()},
            "items": {i.item.value: {step.value: n for step, n in i.steps.items() if n} for i in results.items}}


def _thawed(kept: Mapping[str, Any]) -> Results:
    items = tuple(ItemResult(i, {Satisfaction(s): n for s, n in kept["items"].get(i.value, {}).items()}) for i in Item)
    return Results(kept["households"], kept["issued"], kept["returned"], kept["valid"], items, {Way(w): n for w, n in kept["came"].items()})


def before(session: Session, survey: SurveyRow) -> SurveyRow | None:
    """The same compound's last survey before this one that is closed."""
    return session.scalar(sa.select(SurveyRow).where(
        SurveyRow.compound == survey.compound, SurveyRow.key < survey.key, SurveyRow.closed_at.is_not(None)).order_by(SurveyRow.key.desc()).limit(1))


def matters(session: Session, survey: SurveyRow) -> list[Matter]:
    """Every matter dissatisfied sheets became, those still open first; also after the sheets have forgotten whose they are."""
    named = session.scalars(sa.select(SheetRow.followup_ref).where(SheetRow.survey_id == survey.id, SheetRow.followup_ref.is_not(None)))
    numbers = sorted({*survey.matters, *(number for number in named if number)})
    rows = [row for n in range(0, len(numbers), 500) for row in session.execute(
        sa.select(TicketRow.number, TicketRow.type, TicketRow.state).where(TicketRow.number.in_(numbers[n:n + 500])))]
    found = [Matter(number, type_, state, state in ENDED) for number, type_, state in rows]
    return sorted(found, key=lambda m: (m.over, m.number))


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a household wrote; whose it is is never shown, only the building, and not even that of an anonymous sheet."""

    text: str
    building: str
    request: bool
    number: str | None


def opinions(session: Session, survey: SurveyRow) -> list[Opinion]:
    """What was written, the latest first."""
    rows = session.scalars(sa.select(SheetRow).where(SheetRow.survey_id == survey.id, SheetRow.opinion != "", SheetRow.spoilt.is_(None))
                           .order_by(SheetRow.returned_at.desc(), SheetRow.id).limit(OPINIONS))
    return [Opinion(s.opinion, "" if s.anonymous else s.building, s.request, s.followup_ref) for s in rows]


# ---- for the figures and the half-yearly report -----------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Sheet:
    """A valid sheet, as the figures count it (K17)."""

    id: int
    at: datetime  #: when it came back
    compound: str
    building: str
    key: str  #: the half-year
    overall: Satisfaction

    @property
    def content(self) -> bool:
        return self.overall not in UNHAPPY


def sheets(session: Session, since: datetime | None, until: datetime) -> list[Sheet]:
    """The valid sheets that came back in [since, until), for K17."""
    query = (sa.select(SheetRow.id, SheetRow.returned_at, SurveyRow.compound, SheetRow.building, SurveyRow.key, SheetRow.answers)
             .join(SurveyRow, SurveyRow.id == SheetRow.survey_id).where(SheetRow.returned_at < until, SheetRow.spoilt.is_(None))
             .order_by(SheetRow.returned_at, SheetRow.id))
    if since is not None:
        query = query.where(SheetRow.returned_at >= since)
    return [Sheet(id_, at, compound, building, key, Satisfaction(answers[Item.OVERALL]))
            for id_, at, compound, building, key, answers in session.execute(query) if at is not None and answers]


@dataclass(frozen=True, slots=True)
class Finished:
    """A survey that was closed (K30)."""

    id: int
    at: datetime  #: when it was closed
    compound: str
    key: str
    households: int
    issued: int
    returned: int
    valid: int
    content: int


def surveys_finished(session: Session, since: datetime | None, until: datetime) -> list[Finished]:
    """The surveys closed in [since, until), with what they cover, for K30."""
    query = sa.select(SurveyRow).where(SurveyRow.closed_at < until).order_by(SurveyRow.closed_at, SurveyRow.id)
    if since is not None:
        query = query.where(SurveyRow.closed_at >= since)
    return [Finished(s.id, s.closed_at, s.compound, s.key, s.results["households"], s.results["issued"], s.results["returned"], s.results["valid"],
                     s.results["satisfied"]) for s in session.scalars(query) if s.closed_at is not None and s.results is not None]


@dataclass(frozen=True, slots=True)
class HalfYear:
    """One compound's part of the half-yearly report (RP-H)."""

    compound: str
    compound_name: str
    survey: SurveyRow
    results: Results
    before: Results | None
    matters: tuple[Matter, ...]

    @property
    def open_matters(self) -> int:
        return sum(not m.over for m in self.matters)


def report(session: Session, half: str, compounds: Iterable[str] = ()) -> list[HalfYear]:
    """The half-year's surveys for RP-H, compound by compound; *compounds* empty means all. Those that were only planned are left out."""
    query = sa.select(SurveyRow, CompoundRow.name).join(CompoundRow, CompoundRow.code == SurveyRow.compound).where(
        SurveyRow.key == half, SurveyRow.issued_at.is_not(None)).order_by(SurveyRow.compound)
    if wanted := list(compounds):
        query = query.where(SurveyRow.compound.in_(wanted))
    return [HalfYear(s.compound, name, s, of(session, s), of(session, last) if (last := before(session, s)) else None, tuple(matters(session, s)))
            for s, name in session.execute(query).all()]
