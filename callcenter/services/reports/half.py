"""The half-year's survey of a compound (RP-H): its sheets, what they say, the half before, and what became of whoever was dissatisfied."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.surveys import ISSUE_FLOOR, RETURN_FLOOR, Way
from callcenter.domain.vocabulary import ENDED, Channel, Satisfaction, State, TicketType
from callcenter.services import masking
from callcenter.services.hotline import Hotline
from callcenter.services.reports import shares
from callcenter.services.reports.sheet import Both, Cell, Count, Section, section, share
from callcenter.services.surveys import coverage, results
from callcenter.services.surveys.results import HalfYear, ItemResult, Results
from callcenter.storage import facts
from callcenter.storage.survey_tables import SurveyRow
from callcenter.storage.tables import PeriodRow, RoomRow, TicketRow

_SURVEY = ("survey", ("意见征询", "Survey"), "项目|Item  结果|Result")
_LENIENT, _STRICT = Both("综合满意率", "Overall satisfaction"), Both("其中满意及以上(不含基本满意)", "Without the fairly satisfied")
_ITEMS = ("项目|Item  答复|Answers  " + "  ".join(f"{s.zh}|{s.en}" for s in Satisfaction)
          + "  满意率|Satisfied  不含基本满意|Strict  上期满意率|Half before  增减(百分点)|Change (points)")
_PARTS = "{}  发放|Issued  回收|Returned  不计|Not counted  回收率|Return rate"


def sections(hotline: Hotline, session: Session, period: PeriodRow, until: datetime) -> Iterator[Section]:
    """What the project manager signs and publishes (F15, K17, K30): counted from sheets, or as somebody who counted by hand said."""
    target = hotline.rulebook.policy.targets.get("K17")
    found = results.report(session, period.key, [period.compound])
    if found:
        yield from _counted(session, found[0], target)
    else:
        yield section(*_SURVEY, _by_hand(session, period, until, target))
    tickets = _of_sheets(session, found[0]) if found else _registered(session, period)
    yield section("followed", ("不满意事项跟进情况", "How the dissatisfied were followed up"), "项目|Item  件数|Matters", _standing(tickets))
    yield section("dissatisfied", ("不满意事项及处理", "What was dissatisfied about, and what became of it"),
                  "编号|Number  类型|Type  地点|Place  登记|Registered  内容|Content  状态|State  责任人|Owner", _followed(session, tickets),
                  compared=(0, 5))


def _counted(session: Session, half: HalfYear, target: float | None) -> Iterator[Section]:
    found, now = half.results, coverage.coverage(session, half.survey)
    yield section(*_SURVEY, _sheets(half.survey, found, target))
    yield section("items", ("分项满意度", "Satisfaction item by item"), _ITEMS, (_item(item, half.before) for item in found.items))
    yield section("before", ("与上期比较", "Compared with the half before"), "项目|Item  本期|This half  上期|Half before",
                  _compared(found, half.before))
    yield section("buildings", ("各楼栋回收", "Coverage by building"), _PARTS.format("楼栋|Building"), (_part(p, p.name) for p in now.buildings))
    yield section("ways", ("各发放方式回收", "Coverage by way of issue"), _PARTS.format("发放方式|Issued by"),
                  (_part(p, Way(p.name)) for p in now.ways))
    yield section("came", ("答卷来源", "How answers came in"), "方式|Way  份数|Sheets  占比|Share",
                  ((way, found.came[way], share(found.came[way], found.returned)) for way in Way if found.came.get(way)))


def _sheets(survey: SurveyRow, found: Results, target: float | None) -> Iterator[tuple[Cell, ...]]:
    overall = found.overall
    yield Both("计划时间", "Planned for"), survey.planned_for
    yield Both("发放时间", "Issued at"), survey.issued_at
    yield Both("结束时间", "Closed at"), survey.closed_at
    yield Both("入住户数", "Homes lived in"), found.households
    yield Both("发放户数", "Sheets issued"), found.issued
    yield Both("回收户数", "Sheets returned"), found.returned
    yield Both("其中有效", "Of these valid"), found.valid
    yield Both("满意+基本满意", "Satisfied or fairly"), overall.content
    yield _LENIENT, _share(overall.content, overall.n)
    yield _STRICT, _share(overall.strict, overall.n)
    yield Both("综合满意率目标", "Target for it"), shares.aim("K17", target)
    yield from _floors(found.issued, found.households, found.returned)


def _floors(issued: int | None, homes: int, returned: int | None) -> Iterator[tuple[Cell, ...]]:
    """How many were asked and how many answered, beside what is wanted (K30)."""
    yield Both(f"发放率(要求 ≥ {ISSUE_FLOOR}%)", f"Issued (wanted ≥ {ISSUE_FLOOR}%)"), _share(issued, homes)
    yield Both(f"回收率(要求 ≥ {RETURN_FLOOR}%)", f"Returned (wanted ≥ {RETURN_FLOOR}%)"), _share(returned, issued)


def _item(item: ItemResult, before: Results | None) -> tuple[Cell, ...]:
    last = before.item(item.item) if before else None
    return (item.item, item.n, *(item.steps.get(step, 0) for step in Satisfaction), _share(item.content, item.n), _share(item.strict, item.n),
            _share(last.content, last.n) if last else None, _change(item, last))


def _change(item: ItemResult, last: ItemResult | None) -> str | None:
    """In points of a hundred, cut to a tenth; nothing without answers on both sides."""
    if last is None or not last.n or not item.n:
        return None
    thousandths = 1000 * (item.content * last.n - last.content * item.n)
    tenths = abs(thousandths) // (item.n * last.n)
    return f"{'↑' if thousandths > 0 else '↓'}{tenths // 10}.{tenths % 10}" if tenths else "0.0"


def _compared(found: Results, before: Results | None) -> Iterator[tuple[Cell, ...]]:
    """Nothing where the compound has had no survey before."""
    if before is not None:
        for name, part, whole in ((Both("发放率", "Issued"), "issued", "households"), (Both("回收率", "Returned"), "returned", "issued")):
            yield name, *(_share(getattr(half, part), getattr(half, whole)) for half in (found, before))
        yield _LENIENT, *(_share(half.overall.content, half.overall.n) for half in (found, before))
        yield _STRICT, *(_share(half.overall.strict, half.overall.n) for half in (found, before))


def _part(part: coverage.Part, name: Cell) -> tuple[Cell, ...]:
    return name, part.issued, part.returned, part.spoilt, _share(part.returned, part.issued)


def _by_hand(session: Session, period: PeriodRow, until: datetime, target: float | None) -> Iterator[tuple[Cell, ...]]:
    """A survey on paper whose sums alone were entered."""
    content = period.content
    issued, returned, satisfied = (content.get(name) for name in ("issued", "returned", "satisfied"))
    homes = session.scalar(sa.select(sa.func.count()).select_from(RoomRow).where(
        RoomRow.compound == period.compound, RoomRow.handed_over_at <= until, RoomRow.building != "商铺")) or 0
    yield Both("计划时间", "Planned for"), content.get("planned_for")
    yield Both("已交付户数", "Homes handed over"), homes
    yield Both("发放户数", "Sheets issued"), issued
    yield Both("回收户数", "Sheets returned"), returned
    yield Both("满意+基本满意", "Satisfied or fairly"), satisfied
    yield _LENIENT, _share(satisfied, returned)
    yield Both("综合满意率目标", "Target for it"), shares.aim("K17", target)
    yield from _floors(issued, homes, returned)


def _share(part: int | None, whole: int | None) -> str | None:
    return share(part, whole) if part is not None and whole else None


def _of_sheets(session: Session, half: HalfYear) -> list[TicketRow]:
    """What the dissatisfied sheets became, in the order it was registered."""
    numbers = [m.number for m in half.matters]
    return [row for n in range(0, len(numbers), 500)
            for row in session.scalars(sa.select(TicketRow).where(TicketRow.number.in_(numbers[n:n + 500])).order_by(TicketRow.id))]


def _registered(session: Session, period: PeriodRow) -> list[TicketRow]:
    """The compound's matters of the half-year that came in with a survey on paper."""
    return list(session.scalars(sa.select(TicketRow).where(
        TicketRow.channel == Channel.SURVEY, TicketRow.compound == period.compound, TicketRow.registered_at >= period.since,
        TicketRow.registered_at < period.until).order_by(TicketRow.id)))


def _standing(tickets: Sequence[TicketRow]) -> Iterator[tuple[Cell, ...]]:
    over = [t.number for t in tickets if t.state in ENDED]
    yield Both("转为工单", "Became a matter"), Count(t.number for t in tickets)
    yield Both("已办结", "Settled"), Count(over)
    yield Both("未办结", "Still open"), Count(t.number for t in tickets if t.state not in ENDED)


def _followed(session: Session, tickets: Sequence[TicketRow]) -> Iterator[tuple[Cell, ...]]:
    people = facts.people(session)
    for row in sorted(tickets, key=lambda t: t.id):
        yield (row.number, TicketType(row.type), masking.place(row.place, row.room_id is not None), row.registered_at, row.content[:60],
               State(row.state), people[row.owner].name if row.owner in people else row.owner)
