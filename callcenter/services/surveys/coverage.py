"""How far a survey has come: homes lived in, sheets out and back, by building and by way; counted by the database."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.registers import RoomState
from callcenter.domain.surveys import ISSUE_FLOOR, PHONE_CEILING, RETURN_FLOOR, Home, Way
from callcenter.storage.survey_tables import SheetRow, SurveyRow
from callcenter.storage.tables import RoomRow

#: homes somebody lives in (DOMAIN.md 14: sheets go to at least nine in ten of them)
LIVED_IN = (RoomState.OWNED, RoomState.LET)


@dataclass(frozen=True, slots=True)
class Part:
    """One building, or one way: sheets out, back, and of those not counted."""

    name: str
    issued: int
    returned: int
    spoilt: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far it has come."""

    households: int
    issued: int
    returned: int
    spoilt: int
    buildings: tuple[Part, ...]
    ways: tuple[Part, ...]
    #: how those that are back came back
    came: Mapping[Way, int]

    @property
    def valid(self) -> int:
        return self.returned - self.spoilt

    @property
    def issued_enough(self) -> bool:
        return self.issued * 100 >= self.households * ISSUE_FLOOR

    @property
    def returned_enough(self) -> bool:
        return self.returned * 100 >= self.issued * RETURN_FLOOR

    @property
    def phone(self) -> int:
        return self.came.get(Way.PHONE, 0)

    @property
    def phone_too_many(self) -> bool:
        """More than one in twenty was filled in by us on the telephone."""
        return self.phone * 100 > self.returned * PHONE_CEILING


def coverage(session: Session, survey: SurveyRow) -> Coverage:
    """How far *survey* has come; before its sheets are out, of how many homes it will be."""
    homes = survey.households if survey.households is not None else len(lived_in(session, survey.compound))
    ways = _parts(session, survey.id, SheetRow.way)
    came = session.execute(sa.select(SheetRow.returned_by, sa.func.count()).where(
        SheetRow.survey_id == survey.id, SheetRow.returned_by.is_not(None)).group_by(SheetRow.returned_by))
    buildings = sorted(_parts(session, survey.id, SheetRow.building), key=lambda p: (len(p.name), p.name))
    return Coverage(homes, sum(p.issued for p in ways), sum(p.returned for p in ways), sum(p.spoilt for p in ways), tuple(buildings),
                    tuple(sorted(ways, key=lambda p: list(Way).index(Way(p.name)))), {Way(way): n for way, n in came if way})


def _parts(session: Session, survey_id: int, by: sa.orm.InstrumentedAttribute[str]) -> list[Part]:
    rows = session.execute(sa.select(by, sa.func.count(), sa.func.count(SheetRow.returned_at), sa.func.count(SheetRow.spoilt)).where(
        SheetRow.survey_id == survey_id).group_by(by))
    return [Part(*row) for row in rows]


def lived_in(session: Session, compound: str) -> list[Home]:
    """The homes of a compound somebody lives in."""
    rows = session.execute(sa.select(RoomRow.id, RoomRow.building, RoomRow.state).where(
        RoomRow.compound == compound, RoomRow.valid_to.is_(None), RoomRow.state.in_(LIVED_IN)).order_by(RoomRow.id))
    return [Home(id_, building, state) for id_, building, state in rows]
