"""The year (RP-Y): valid complaints per household, the plan's targets that tickets can prove, twelve months side by side."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.days import LOCAL, local
from callcenter.domain.figures import Figure
from callcenter.domain.goals import GOALS
from callcenter.domain.vocabulary import COMPLAINTS
from callcenter.services import figures
from callcenter.services.hotline import Hotline
from callcenter.services.reports import course, shares
from callcenter.services.reports.sheet import Both, Cell, Count, Missed, Section, section, share
from callcenter.services.reports.spans import months_between
from callcenter.storage.tables import CompoundRow, FormRow, RoomRow, TicketRow


def sections(hotline: Hotline, session: Session, since: datetime, until: datetime) -> Iterator[Section]:
    """What the quality department answers for."""
    policy = hotline.rulebook.policy
    whole = figures.all_figures(hotline, session, until, since, until, listed=True)
    yield section("goals", ("可由工单证明的年度目标", "Targets that tickets can prove"),
                  "条款|Rule  目标|Target  要求|Wanted  结果|Result  件数|Cases  结论|Verdict", _goals(whole), compared=(0, 3))
    yield section("households", ("用户有效投诉率", "Valid complaints per household"),
                  "小区|Compound  户数|Households  有效投诉|Valid complaints  投诉率|Per household  目标|Target",
                  _households(session, since, until, policy.targets.get("K18")))
    yield section("months", ("各月", "Month by month"), "月份|Month  登记|Registered  办结|Ended  投诉|Complaints  有效投诉|Valid complaints",
                  _months(session, since, until))
    yield course.categories(session, policy, since, until)
    yield course.hours(session, since, until)
    yield section("figures", ("指标", "Figures"), shares.COLUMNS, shares.rows(whole, policy.targets), compared=shares.COMPARED)


def _goals(whole: Sequence[Figure]) -> Iterator[tuple[Cell, ...]]:
    by_code = {f.code: f for f in whole}
    for goal in GOALS:
        figure = by_code.get(goal.code)
        n, of, few = (figure.numerator, figure.denominator, figure.few) if figure else (0, 0, True)
        result = str(n) if goal.kind == "count" and figure else share(n, of)
        yield (f"{goal.rule} {goal.code}", Both(goal.zh, goal.en), goal.aim, Missed(result, figure.cases if figure else ()), of,
               goal.proof(n, of, few))


def _households(session: Session, since: datetime, until: datetime, target: float | None) -> Iterator[tuple[Cell, ...]]:
    """Homes that were handed over by then; valid complaints judged within the year."""
    homes: dict[str, int] = {row[0]: row[1] for row in session.execute(sa.select(RoomRow.compound, sa.func.count()).where(
        RoomRow.handed_over_at <= until, RoomRow.building != "商铺").group_by(RoomRow.compound))}
    valid = _valid(session, since, until)
    for code, name in session.execute(sa.select(CompoundRow.code, CompoundRow.name).order_by(CompoundRow.code)):
        mine = Count(number for number, compound in valid if compound == code)
        yield name, homes.get(code, 0), mine, share(mine, homes.get(code, 0)), shares.aim("K18", target)
    yield Both("合计", "Total"), sum(homes.values()), Count(n for n, _ in valid), share(len(valid), sum(homes.values())), shares.aim("K18", target)


def _valid(session: Session, since: datetime, until: datetime) -> list[tuple[str, str | None]]:
    """Every complaint found valid in the window, once, with its compound."""
    found = session.execute(sa.select(TicketRow.number, TicketRow.compound, FormRow.fields).join(TicketRow, TicketRow.id == FormRow.ticket_id).where(
        FormRow.code == "F05", FormRow.at >= since, FormRow.at < until).order_by(FormRow.id))
    return list(dict.fromkeys((number, compound) for number, compound, fields in found if fields.get("validity") == "valid"))


def _months(session: Session, since: datetime, until: datetime) -> Iterator[tuple[Cell, ...]]:
    for key, first, after in months_between(local(since).date(), local(until).date()):
        start, end = datetime.combine(first, time(), LOCAL), min(datetime.combine(after, time(), LOCAL), until)
        if start < end:
            new = sa.and_(TicketRow.registered_at >= start, TicketRow.registered_at < end)
            yield (key, _number(session, new), _number(session, TicketRow.closed_at >= start, TicketRow.closed_at < end),
                   _number(session, new, TicketRow.type.in_(sorted(COMPLAINTS))), Count(n for n, _ in _valid(session, start, end)))


def _number(session: Session, *where: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(TicketRow).where(*where)) or 0
