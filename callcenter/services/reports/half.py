"""The half-year's survey of a compound (RP-H): its sheets, what they say, and what became of whoever was dissatisfied."""

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.vocabulary import Channel, State, TicketType
from callcenter.services import masking
from callcenter.services.hotline import Hotline
from callcenter.services.reports import shares
from callcenter.services.reports.sheet import Both, Cell, Section, section, share
from callcenter.storage import facts
from callcenter.storage.tables import PeriodRow, RoomRow, TicketRow


def sections(hotline: Hotline, session: Session, period: PeriodRow, until: datetime) -> Iterator[Section]:
    """What the project manager signs and publishes (F15, K17, K30)."""
    yield section("survey", ("意见征询", "Survey"), "项目|Item  结果|Result",
                  _sheets(session, period, until, hotline.rulebook.policy.targets.get("K17")))
    yield section("dissatisfied", ("不满意事项及处理", "What was dissatisfied about, and what became of it"),
                  "编号|Number  类型|Type  地点|Place  登记|Registered  内容|Content  状态|State  责任人|Owner", _followed(session, period),
                  compared=(0, 5))


def _sheets(session: Session, period: PeriodRow, until: datetime, target: float | None) -> Iterator[tuple[Cell, ...]]:
    content = period.content
    issued, returned, satisfied = (content.get(name) for name in ("issued", "returned", "satisfied"))
    homes = session.scalar(sa.select(sa.func.count()).select_from(RoomRow).where(
        RoomRow.compound == period.compound, RoomRow.handed_over_at <= until, RoomRow.building != "商铺")) or 0
    yield Both("计划时间", "Planned for"), content.get("planned_for")
    yield Both("已交付户数", "Homes handed over"), homes
    yield Both("发放户数", "Sheets issued"), issued
    yield Both("回收户数", "Sheets returned"), returned
    yield Both("满意+基本满意", "Satisfied or fairly"), satisfied
    yield Both("综合满意率", "Overall satisfaction"), _share(satisfied, returned)
    yield Both("综合满意率目标", "Target for it"), shares.aim("K17", target)
    yield Both("发放率(要求 ≥ 90%)", "Issued (wanted ≥ 90%)"), _share(issued, homes)
    yield Both("回收率(要求 ≥ 80%)", "Returned (wanted ≥ 80%)"), _share(returned, issued)


def _share(part: int | None, whole: int | None) -> str | None:
    return share(part, whole) if part is not None and whole else None


def _followed(session: Session, period: PeriodRow) -> Iterator[tuple[Cell, ...]]:
    """The tickets that answers of the survey became."""
    people = facts.people(session)
    rows = session.scalars(sa.select(TicketRow).where(
        TicketRow.channel == Channel.SURVEY, TicketRow.compound == period.compound, TicketRow.registered_at >= period.since,
        TicketRow.registered_at < period.until).order_by(TicketRow.id))
    for row in rows:
        yield (row.number, TicketType(row.type), masking.place(row.place, row.room_id is not None), row.registered_at, row.content[:60],
               State(row.state), people[row.owner].name if row.owner in people else row.owner)
