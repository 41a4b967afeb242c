"""What the demo company has behind it when it is loaded: yesterday's calls and jobs, the quality books, a survey under way, signed reports.

Everything goes through the same doors as the live hotline, at the times it is said to have happened, so that every history holds."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from callcenter.domain import days, dispatching, surveys
from callcenter.domain.call_review import Item, Mark
from callcenter.domain.quality import Deed, Source
from callcenter.domain.surveys import Way
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, Clock, Department, Role, Satisfaction, State
from callcenter.services import tickets
from callcenter.services.hotline import Hotline
from callcenter.services.quality import actions, feedback, reviews
from callcenter.services.recurring import periods
from callcenter.services.recurring.periods import Due
from callcenter.services.reports import drafting
from callcenter.services.surveys import planning, sheets
from callcenter.services.surveys.planning import Plan
from callcenter.services.telephone import calls
from callcenter.storage import facts
from callcenter.storage.store import Store
from callcenter.storage.survey_tables import SheetRow
from callcenter.storage.tables import TicketRow

log = logging.getLogger(__name__)
_MINUTE = timedelta(minutes=1)

#: when it rang yesterday, from which number, what it was about
_CALLS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("09:05", "19000000001", {"category": "104", "room": "青禾家园5栋1单元302", "content": "厨房水龙头一直滴水", "convenient_time": "上午在家"}),
    ("09:40", "19000000002", {"category": "205", "place": "青禾家园1栋1单元大堂", "content": "大堂的灯一闪一闪"}),
    ("10:30", "19000000003", {"category": "908", "room": "梧桐里1栋1单元101", "content": "装修手续怎么办"}),
    ("11:15", "19000000004", {"category": "205", "place": "青禾家园1栋1单元大堂", "content": "大堂灯又灭了两盏"}),
    ("14:20", "19000000005", {"category": "205", "place": "青禾家园1栋1单元大堂", "content": "大堂晚上全黑,老人看不见"}),
    ("16:10", "19000000006", {"category": "105", "room": "望江苑1栋1单元801", "content": "卫生间地漏下水慢", "convenient_time": "下午都在"}),
)
#: of a job, what happens how many minutes after it was dispatched
_JOB: tuple[tuple[int, str, str, Mapping[str, Any]], ...] = (
    (1, "accept", "handler", {}), (4, "depart", "handler", {}), (16, "arrive", "handler", {}),
    (45, "complete", "handler", {"result": "已修好,试用正常", "result_explained": True, "signature": "客户本人", "tested_ok": True,
                                 "cleaned_up": True, "fault_cause": "零件老化", "work_minutes": 25}),
    (60, "return_slip", "dispatcher", {}))
_CONTENT = {"contact_result": "reached", "satisfaction": "satisfied", "solved": True, "on_time": True}


@dataclass(slots=True)
class _Yesterday:
    """The hotline, the local midnight yesterday began with, and what has come of it so far."""

    hotline: Hotline
    begin: datetime
    now: datetime
    answered: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    keys: int = 0

    def at(self, time: str) -> datetime:
        hour, minute = time.split(":")
        return self.begin + timedelta(hours=int(hour), minutes=int(minute))

    def act(self, number: str, action: str, by: str, at: datetime, fields: Mapping[str, Any]) -> None:
        self.keys += 1
        tickets.carry_out(self.hotline, number, Act(Action(action), by, dict(fields)), f"demo-past-{self.keys}", at)

    def state(self, number: str) -> str:
        with self.hotline.store.reading() as session:
            return session.scalars(sa.select(TicketRow.state).where(TicketRow.number == number)).one()

    def on_duty(self, role: Role, at: datetime) -> str:
        with self.hotline.store.reading() as session:
            return facts.staff(session, at).holders(role, None)[0]


def lay(hotline: Hotline, now: datetime) -> None:
    """Give a demo company that was just loaded its past; what cannot be, at this hour or on this day, is left out. Nobody is woken."""
    past = _Yesterday(replace(hotline, store=Store(hotline.store.engine)), days.midnight(days.midnight(now) - timedelta(hours=12)), now)
    for piece in (*_contacts(past), _reviews, _action_cleared, _action_to_check, _actions_open, _feedback, _week, _day, _survey):
        try:
            piece(past)
        except (Refused, LookupError) as no:
            log.info("left out of the demo company's past: %s: %s", piece, no)


def _contacts(past: _Yesterday) -> Iterator[Callable[[_Yesterday], None]]:
    for n, (time, phone, about) in enumerate(_CALLS):
        yield lambda past, n=n, time=time, phone=phone, about=about: _contact(past, n, past.at(time), phone, about)  # type: ignore[misc]


def _contact(past: _Yesterday, n: int, rang: datetime, phone: str, about: Mapping[str, str]) -> None:
    """A call from the ring to the last word about what it was about."""
    agent, sid = past.on_duty(Role.AGENT, rang), f"CADEMO{n:028d}"
    calls.arrive(past.hotline, sid, phone, rang)
    calls.answered(past.hotline, sid, agent, rang + timedelta(seconds=6 + n))
    past.answered.append(sid)
    fields = {**about, "customer_name": "住户", "contact_phone": phone, "told_two_day": True}
    number = tickets.open_ticket(past.hotline, Act(Action.OPEN_TICKET, agent, fields), f"demo-past-open-{n}", rang + _MINUTE, sid).number
    past.numbers.append(number)
    calls.ended(past.hotline, sid, rang + 2 * _MINUTE)
    if about["category"] == "908":
        past.act(number, "answer_inquiry", agent, rang + 2 * _MINUTE, {"answer": "已告知所需资料、地点和办理时间"})
    else:
        _job(past, number, agent, rang + 3 * _MINUTE)


def _job(past: _Yesterday, number: str, agent: str, sent: datetime) -> None:
    with past.hotline.store.reading() as session:
        staff = facts.staff(session, sent)
        ticket = facts.ticket(session, session.scalars(sa.select(TicketRow).where(TicketRow.number == number)).one())
        handler = dispatching.candidates(past.hotline.rulebook.policy, staff, ticket, sent)[0].person.user
    doing = {"handler": handler, "dispatcher": past.on_duty(Role.DISPATCHER, sent)}
    past.act(number, "dispatch", doing["dispatcher"], sent, {"to": handler})
    for minutes, action, who, fields in _JOB:
        past.act(number, action, doing[who], sent + timedelta(minutes=minutes), fields)
    if past.state(number) == State.CALLBACK_DUE:  # drawn for a call, or to be called by rule
        past.act(number, "record_callback", agent, sent + timedelta(minutes=100), _CONTENT)


def _reviews(past: _Yesterday) -> None:
    """Three of the calls were listened to (F23); one agent should practise something."""
    fine = {**dict.fromkeys(Item, Mark.YES), Item.HOLD_TOLD: Mark.NONE}
    at = past.at("17:00")
    found = (((), ""), ((Item.CLOSING,), ""), ((Item.EMPATHY, Item.PROMISE), "致歉和承诺时间的说法"))
    for n, (sid, (wrong, training)) in enumerate(zip(past.answered, found, strict=False)):
        reviews.review(past.hotline, "supervisor01", sid, {**fine, **dict.fromkeys(wrong, Mark.NO)}, (), training, "", at + n * _MINUTE)


def _opened(past: _Yesterday, at: datetime, department: Department, source: Source, category: str, problem: str, within: int) -> str:
    return actions.open_action(past.hotline, "quality01", {
        "source": source, "category": category, "compound": "QH", "problem": problem, "department": department,
        "due": past.now + timedelta(days=within)}, at)


def _action_cleared(past: _Yesterday) -> None:
    """A corrective action (F16) from the meeting to being cleared."""
    number = _opened(past, past.at("09:00"), Department.ENVIRONMENT, Source.PATROL, "保洁", "1 栋楼道堆物,消防通道变窄", 3)
    for time, by, deed, said in (("10:00", "environment01", Deed.BEGUN, {"measure": "当天清理,每日巡查两次"}),
                                 ("15:00", "environment01", Deed.SUBMITTED, {"progress": "已清理,贴了告示"}),
                                 ("17:30", "quality01", Deed.PASSED, {"check_result": "现场检查合格"})):
        actions.do(past.hotline, by, number, deed, said, past.at(time))


def _action_to_check(past: _Yesterday) -> None:
    number = _opened(past, past.at("09:10"), Department.ORDER, Source.COMPLAINT, "服务态度", "门岗对访客态度生硬,被投诉两次", 5)
    for time, deed, said in (("11:00", Deed.BEGUN, {"measure": "班前会重学礼仪,值班长带岗一周"}), ("17:40", Deed.SUBMITTED, {"progress": "已培训"})):
        actions.do(past.hotline, "order01", number, deed, said, past.at(time))


def _actions_open(past: _Yesterday) -> None:
    """One in hand, one nobody has begun."""
    number = _opened(past, past.at("16:00"), Department.ENGINEERING, Source.FOLLOW_UP, "照明", "1 栋大堂灯反复报修,须查线路", 7)
    actions.do(past.hotline, "engineering01", number, Deed.BEGUN, {"measure": "整条线路测绝缘,更换驱动"}, past.at("17:00"))
    _opened(past, past.at("17:50"), Department.ENGINEERING, Source.MEETING, "电梯", "3 栋电梯平层误差,乘客绊脚", 10)


def _feedback(past: _Yesterday) -> None:
    """Quality feedback (F21): one answered, one waiting."""
    lights = {"compound": "QH", "place": "1栋1单元大堂", "equipment": "吸顶灯", "component": "驱动电源", "maker": "明光", "category": "205",
              "phenomenon": "一天三次报修,换灯后仍闪", "submitted_by_department": Department.CUSTOMER_SERVICE, "department": Department.ENGINEERING,
              "tickets": [past.numbers[n] for n in (1, 3, 4)]}
    number = feedback.send(past.hotline, "supervisor01", lights, past.at("15:30"))
    feedback.answer(past.hotline, "engineering01", number, "同批驱动有缺陷,本周全部更换", past.at("17:20"))
    feedback.send(past.hotline, "quality01", {
        "compound": "QH", "place": "5栋1单元厨房", "equipment": "水龙头", "component": "阀芯", "category": "104",
        "phenomenon": "交付后两年内漏水的多", "submitted_by_department": Department.CUSTOMER_SERVICE,
        "department": Department.ENGINEERING, "tickets": past.numbers[:1]}, past.at("17:45"))


def _day(past: _Yesterday) -> None:
    """Yesterday is closed: written on, checked by somebody else, signed."""
    end = days.midnight(past.now)
    key = days.local(past.begin).date().isoformat()
    _over(past, Due(Clock.DAILY_CLOSE, key, past.begin, end, end))
    drafting.write(past.hotline, Clock.DAILY_CLOSE, key, "", "lead02", {"night": "夜间巡查正常,无急修。"}, 0, end + 5 * _MINUTE)
    drafting.check(past.hotline, Clock.DAILY_CLOSE, key, "", "lead01", end + 10 * _MINUTE)
    periods.confirm(past.hotline, Clock.DAILY_CLOSE, key, "lead01", end + 12 * _MINUTE)


def _week(past: _Yesterday) -> None:
    """Last week's written feedback is out; one department has acknowledged it."""
    local = days.local(past.now)
    end = days.midnight(past.now - timedelta(days=local.weekday()))
    year, week, _ = days.local(end - timedelta(hours=12)).isocalendar()
    key = f"{year}-W{week:02d}"
    _over(past, Due(Clock.WEEKLY_REPORT, key, end - timedelta(days=7), end, end))
    periods.confirm(past.hotline, Clock.WEEKLY_REPORT, key, "supervisor01", end + 20 * _MINUTE)
    periods.acknowledge(past.hotline, key, Department.ENGINEERING, "engineering01", end + 25 * _MINUTE)


def _over(past: _Yesterday, period: Due) -> None:
    """The period is opened and drafted; not within the first half-hour after its end, when nobody can have signed it yet."""
    if past.now < period.until + 30 * _MINUTE:
        raise LookupError(period.key)
    periods.open_one(past.hotline, period, period.until)
    drafting.draft_due(past.hotline, period.until + _MINUTE)


def _survey(past: _Yesterday) -> None:
    """The half-year's survey of one compound is under way on paper, a third of it is back, somebody is not content."""
    with past.hotline.store.reading() as session:
        period = next(one for one in periods.due(session, past.now) if one.kind is Clock.SURVEY and one.compound == "QH")
    periods.open_one(past.hotline, period, past.now)
    closes = min(past.now + timedelta(days=14), period.until)
    number = planning.plan(past.hotline, period.key, "QH", "supervisor01", past.now, Plan(past.now, closes, share=10, way=Way.PAPER))
    planning.issue(past.hotline, number, "supervisor01", past.now)
    with past.hotline.store.reading() as session:
        back = list(session.scalars(sa.select(SheetRow.id).where(SheetRow.survey_id == number).order_by(SheetRow.id)))[::3]
    for n, sheet in enumerate(back):
        marks = {item.value: (Satisfaction.SATISFIED if (n + place) % 5 else Satisfaction.FAIRLY).value for place, item in enumerate(surveys.Item)}
        unhappy = {surveys.Item.ENVIRONMENT.value: Satisfaction.DISSATISFIED.value} if n == len(back) - 1 else {}
        sheets.enter(past.hotline, sheet, surveys.answer({**marks, **unhappy}, "地库卫生要加强" if unhappy else ""), Way.PAPER, "agent01", past.now)


__all__ = ["lay"]
