"""A written day of the hotline for the demonstration: who rings, who does what, and when (DOMAIN.md 17.2); the same every time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from callcenter.services.demo import places

SEED = 20
#: contacts in each hour of the day, from midnight: peaks at 8–10, 11–12 and 18–21, little at night
HOURS = (1, 1, 1, 1, 1, 1, 2, 5, 9, 9, 5, 8, 4, 4, 4, 4, 4, 5, 8, 9, 7, 4, 2, 1)
#: the day begins here, goes round the clock and ends here
FIRST_HOUR = 8


@dataclass(frozen=True, slots=True)
class Matter:
    """What callers want: how often, the category's code, where, and what they say."""

    weight: int
    code: str
    public: bool
    says: tuple[str, ...]
    urgent: bool = False
    visit: bool = True
    at_home: bool = False


MATTERS = (
    Matter(14, "104", False, ("厨房水龙头一直滴水", "阳台水龙头拧不紧"), at_home=True),
    Matter(12, "105", False, ("马桶堵了", "卫生间地漏下水慢"), at_home=True),
    Matter(8, "204", False, ("客厅灯不亮", "卧室插座没电"), at_home=True),
    Matter(4, "504", False, ("窗户关不严", "入户门锁不好用"), at_home=True),
    Matter(6, "205", True, ("楼道灯不亮", "车库照明坏了一片")),
    Matter(6, "701", True, ("单元门关不上", "门禁刷卡没反应")),
    Matter(5, "703", True, ("道闸不抬杆", "道闸识别不了车牌")),
    Matter(20, "908", False, ("装修手续怎么办", "物业费怎么交", "停车月卡怎么办理"), visit=False),
    Matter(5, "802", True, ("消防通道被车堵了",)),
    Matter(5, "801", True, ("楼上装修噪音,午休时间还在施工",)),
    Matter(3, "101", False, ("水管爆了,厨房全是水",), urgent=True),
    Matter(2, "202", False, ("电表箱有焦味还打火",), urgent=True),
    Matter(3, "904", False, ("报修三天了没人来", "上次说好的时间没有人联系我"), visit=False),
    Matter(1, "907", False, ("建议小区多装几个充电桩",), visit=False),
)


@dataclass(frozen=True, slots=True)
class Resident:
    name: str
    phone: str
    room: str
    compound: str


@dataclass(frozen=True, slots=True)
class Doing:
    """
    Something that happens: `what` is ring, answer, hold, resume, register, note, hang_up, give_up, return_call, raise_again,
    or the name of an act on the contact's ticket.
    """

    at: timedelta  #: since the first ring
    contact: int
    what: str
    fields: Mapping[str, str] = field(default_factory=dict)


def residents() -> list[Resident]:
    """The demo company's residents who have a home of their own in the archive, as the database holds them."""
    rooms = places.room_rows()
    known = {room["text"]: (n, room["state"]) for n, room in enumerate(rooms, start=1)}
    names = {n: (room["text"], room["compound"]) for n, room in enumerate(rooms, start=1)}
    compounds = {c.code: c.name for c in places.COMPOUNDS}
    return [Resident(row["name"], row["phone"], names[row["room_id"]][0], compounds[names[row["room_id"]][1]])
            for row in places.customer_rows(known)]


def write(calls: int, seed: int = SEED) -> list[Doing]:
    """A day of *calls* contacts in the order of their happening; the first ring is at zero."""
    draw = Random(seed)  # noqa: S311 - the same day every time, nothing secret
    people = residents()
    starts = sorted(_moment(draw) for _ in range(calls))
    callers: list[Resident] = []
    doings: list[Doing] = []
    for n, start in enumerate(starts):
        again = bool(callers) and draw.random() < 0.1
        caller = draw.choice(callers) if again else people[0] if n == 0 else draw.choice(people)
        callers.append(caller)
        doings += _contact(draw, n, start - starts[0], caller, again)
    return sorted(doings, key=lambda d: (d.at, d.contact))


def _moment(draw: Random) -> timedelta:
    hour = draw.choices(range(24), HOURS)[0]
    return timedelta(hours=(hour - FIRST_HOUR) % 24, seconds=draw.uniform(0, 3600))


def _contact(draw: Random, n: int, start: timedelta, caller: Resident, again: bool) -> Iterator[Doing]:
    """One caller from the first ring to the last act."""
    yield Doing(start, n, "ring", {"from": f"+86{caller.phone}"})
    if n > 0 and draw.random() < 0.08:
        gone = start + timedelta(seconds=draw.uniform(6, 35))
        yield Doing(gone, n, "give_up")
        yield Doing(gone + timedelta(minutes=draw.uniform(1, 8)), n, "return_call", {"contact_result": "reached"})
        return
    rang = draw.uniform(3, 14) if draw.random() < 0.9 else draw.uniform(16, 38)
    answered = start + timedelta(seconds=rang)
    yield Doing(answered, n, "answer")
    talked = answered + timedelta(seconds=draw.uniform(40, 90))
    if draw.random() < 0.12:
        yield Doing(answered + timedelta(seconds=15), n, "hold")
        yield Doing(answered + timedelta(seconds=15 + draw.uniform(10, 70)), n, "resume")
        talked += timedelta(seconds=75)
    if again:
        yield Doing(talked, n, "raise_again", {"phone": caller.phone, "content": "又来电话问:什么时候能处理好?"})
        yield Doing(talked + timedelta(seconds=20), n, "hang_up")
        yield Doing(talked + timedelta(seconds=60), n, "note", {"disposition": "客户询问进度,已说明"})
        return
    yield from _matter(draw, n, talked, caller)


def _matter(draw: Random, n: int, talked: timedelta, caller: Resident) -> Iterator[Doing]:
    matter = MATTERS[0] if n == 0 else draw.choices(MATTERS, [m.weight for m in MATTERS])[0]
    yield Doing(talked, n, "register", _intake(draw, matter, caller))
    yield Doing(talked + timedelta(seconds=draw.uniform(5, 30)), n, "hang_up")
    if matter.visit:
        yield from _visit(draw, n, talked, matter)
    elif matter.code == "908":
        yield Doing(talked + timedelta(seconds=40), n, "answer_inquiry", {"answer": "已告知所需资料、地点和办理时间"})
    elif matter.code == "904":
        yield Doing(talked + timedelta(minutes=draw.uniform(4, 15)), n, "hand_over_complaint", {"department": "engineering"})


def _intake(draw: Random, matter: Matter, caller: Resident) -> dict[str, str]:
    """The intake form as the agent fills it in."""
    form = {"category": matter.code, "customer_name": caller.name, "contact_phone": caller.phone, "content": draw.choice(matter.says),
            "told_two_day": "yes"}
    if matter.public:
        form["place"] = f"{caller.compound}{'地下车库道闸' if matter.code == '703' else '1栋1单元大堂'}"
    else:
        form["room"] = caller.room
    if matter.at_home:
        form["convenient_time"] = "今天都在家"
    if matter.code == "904":
        form |= {"severity": "minor", "demand": "尽快上门并说明原因"}
    return form


def _visit(draw: Random, n: int, talked: timedelta, matter: Matter) -> Iterator[Doing]:
    """Dispatched in time mostly, accepted, gone there, done, the slip returned, and the customer asked."""
    at = talked + timedelta(seconds=draw.uniform(25, 150) if draw.random() < 0.9 else draw.uniform(190, 400))
    yield Doing(at, n, "dispatch")
    steps = (("accept", 10, 80), ("depart", 30, 240), ("arrive", 240, 900), ("complete", 600, 2700), ("return_slip", 300, 1800),
             ("record_callback", 1800, 9000))
    for what, least, most in steps:
        at += timedelta(seconds=draw.uniform(least, min(most, 900) if matter.urgent and what in ("arrive", "depart") else most))
        yield Doing(at, n, what, _WORDS.get(what, {}))


_WORDS: Mapping[str, Mapping[str, str]] = {
    "complete": {"result": "已修好,试用正常", "result_explained": "yes", "signature": "客户本人", "tested_ok": "yes", "cleaned_up": "yes",
                 "fault_cause": "零件老化", "materials": "无", "work_minutes": "20"},
    "return_slip": {"signature": "客户本人"},
    "record_callback": {"contact_result": "reached", "satisfaction": "satisfied", "solved": "yes", "on_time": "yes", "attitude": "好",
                        "site_clean": "yes", "method": "phone"},
}
