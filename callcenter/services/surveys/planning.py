"""Planning a survey and sending its sheets out: which homes, who there, and how each is reached."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import surveys
from callcenter.domain.days import local
from callcenter.domain.registers import Relation, RoomState
from callcenter.domain.surveys import Way
from callcenter.domain.ticket import Refused
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import period_promises, periods
from callcenter.services.surveys import asking, coverage, rights
from callcenter.storage.survey_tables import SheetRow, SurveyRow
from callcenter.storage.tables import CustomerRow, PeriodRow, RoomRow

#: who is asked in a home, the first that is there
_ASKED_OWNED = (Relation.OWNER, Relation.FAMILY, Relation.TENANT, Relation.SHOP)
_ASKED_LET = (Relation.TENANT, Relation.SHOP, Relation.OWNER, Relation.FAMILY)
_LONGEST_WAIT = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """How a survey is to be held."""

    planned_for: datetime
    closes_at: datetime
    share: int = 100
    way: Way = Way.SMS
    remind_after: int = 5


def plan(hotline: Hotline, key: str, compound: str, by: str, now: datetime, wish: Plan) -> int:
    """
    Plan, or before its sheets are out re-plan, a compound's survey of a half-year; its number. The reminder to plan one then stays silent.

    Raises:
        Refused: "unknown_period", "not_allowed", "already_confirmed", "survey_issued", or "bad_value" for a day outside the half-year,
            an end before the beginning, a share that is none.
    """
    with hotline.store.transaction() as session:
        period = periods.survey_to_plan(session, key, compound, by, now)
        _sensible(period, wish, now)
        row = session.scalar(sa.select(SurveyRow).where(SurveyRow.period_id == period.id).with_for_update())
        if row is not None and row.issued_at is not None:
            raise Refused("survey_issued", when=row.issued_at)
        if row is None:
            row = SurveyRow(period_id=period.id, compound=compound, key=key)
            session.add(row)
        row.planned_for, row.planned_by, row.closes_at = wish.planned_for, by, wish.closes_at
        row.share, row.way, row.remind_after = wish.share, wish.way, wish.remind_after
        session.flush()
        about = {"closes_at": wish.closes_at, "share": wish.share, "way": wish.way}
        periods.planned(session, hotline, period, by, now, wish.planned_for, about)
        return row.id


def _sensible(period: PeriodRow, wish: Plan, now: datetime) -> None:
    half = f"{local(period.since):%Y-%m-%d} … {local(period.until):%Y-%m-%d}"
    if not period.since <= wish.planned_for < period.until:
        raise Refused("bad_value", field="planned_for", value=wish.planned_for, valid=half)
    if not wish.planned_for < wish.closes_at <= period.until or wish.closes_at <= now:
        raise Refused("bad_value", field="closes_at", value=wish.closes_at, valid=f"> {max(local(wish.planned_for), local(now)):%Y-%m-%d}, {half}")
    if not 1 <= wish.share <= 100:
        raise Refused("bad_value", field="share", value=wish.share, valid="1 … 100")
    if not 1 <= wish.remind_after <= _LONGEST_WAIT:
        raise Refused("bad_value", field="remind_after", value=wish.remind_after, valid=f"1 … {_LONGEST_WAIT}")


def issue(hotline: Hotline, survey_id: int, by: str, now: datetime) -> int:
    """
    Make a sheet for every home that is asked and send the links; how many sheets. Again: nothing more, and the same number.

    Raises:
        Refused: "unknown_survey", "not_allowed", "survey_over" after its last day, "no_households".
    """
    with hotline.store.transaction() as session:
        row = rights.survey(session, survey_id, lock=True)
        rights.demand(session, by, rights.PLANNERS, row.compound, now)
        if row.issued_at is not None:
            return session.scalar(sa.select(sa.func.count()).select_from(SheetRow).where(SheetRow.survey_id == row.id)) or 0
        period = session.get_one(PeriodRow, row.period_id, with_for_update=True, populate_existing=True)
        if period.confirmed_at is not None or now > row.closes_at:
            raise Refused("survey_over")
        homes = coverage.lived_in(session, row.compound)
        asked = surveys.drawn(homes, row.share, f"{row.compound}:{row.key}")
        if not asked:
            raise Refused("no_households")
        row.households, row.issued_at, row.issued_by = len(homes), now, by
        sheets = list(_sheets(session, row, asked, now))
        session.add_all(sheets)
        session.flush()
        asking.invite(session, hotline, row, [s for s in sheets if s.way == Way.SMS], "survey_invite", now)
        period_promises.event(session, period, "survey_issued", by, now, f"period:{period.id}:issued", {
            "households": len(homes), "issued": len(sheets), "links": sum(s.way == Way.SMS for s in sheets)})
        return len(sheets)


def _sheets(session: Session, row: SurveyRow, homes: Iterable[surveys.Home], now: datetime) -> Iterable[SheetRow]:
    people, stopped = _residents(session, row.compound), asking.stopped(session)
    for home in homes:
        customer = _asked(people.get(home.room_id, ()), home.state)
        yield SheetRow(survey_id=row.id, room_id=home.room_id, customer_id=customer.id if customer else None, building=home.building,
                       state=home.state, way=_way(Way(row.way), customer, stopped), nonce=nonce(), issued_at=now)


def nonce() -> str:
    """What a link names: sixteen random characters."""
    return secrets.token_urlsafe(12)


def _residents(session: Session, compound: str) -> Mapping[int, list[CustomerRow]]:
    found: dict[int, list[CustomerRow]] = {}
    query = (sa.select(CustomerRow).join(RoomRow, RoomRow.id == CustomerRow.room_id)
             .where(RoomRow.compound == compound, CustomerRow.valid_to.is_(None)).order_by(CustomerRow.id))
    for customer in session.scalars(query):
        found.setdefault(customer.room_id, []).append(customer)
    return found


def _asked(people: Iterable[CustomerRow], state: str) -> CustomerRow | None:
    """Who answers for a home: the owner who lives there, the tenant of one that is let."""
    order = _ASKED_LET if state == RoomState.LET else _ASKED_OWNED
    ranked = [(order.index(Relation(c.relation)), c.id, c) for c in people if c.relation in order]
    return min(ranked, key=lambda r: r[:2])[2] if ranked else None


def _way(wanted: Way, customer: CustomerRow | None, stopped: frozenset[str]) -> Way:
    """How the sheet goes out: as planned where that reaches somebody who allows it, else on paper."""
    if wanted is Way.SMS:
        reached = customer is not None and customer.phone_key is not None and not customer.no_texts and customer.phone_key not in stopped
        return Way.SMS if reached else Way.PAPER
    if wanted is Way.PHONE:
        return Way.PHONE if customer is not None and customer.phone_key is not None and not customer.do_not_call else Way.PAPER
    return wanted
