"""The demo company's compounds, homes, shops, common parts and residents (DOMAIN.md 17.1, 17.7): the same on every machine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random
from typing import Any

from callcenter.domain.days import LOCAL

#: one seed for everything drawn here
SEED = 17
#: whose kitchen floods in every first example
FIRST_ROOM, FIRST_CUSTOMER = "梧桐里3栋2单元1602", "周敏"

OWNED, LET, VACANT = "自住", "出租", "空置"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SURNAMES = "李王张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余"
_GIVEN = _words(
    "伟 芳 娜 秀英 静 丽 强 磊 洋 艳 勇 军 杰 娟 涛 超 明 霞 平 刚 "
    "桂英 文博 雨桐 子涵 建国 海燕 志强 晓东 玉兰 春梅 国栋 思远 佳怡 浩然 欣然 立新")
_WINDOWS = ("工作日 18:00 以后", "周末全天", "上午 09:00–11:30", "下午 14:30–17:00")


@dataclass(frozen=True, slots=True)
class Compound:
    """A compound as it was built: the entrances of each building, floors, and doors on a floor."""

    code: str
    name: str
    region: str
    handed_over: date
    entrances: tuple[int, ...]
    floors: int
    doors: int
    shops: int
    parts: tuple[str, ...]
    area: float

    @property
    def handed_over_at(self) -> datetime:
        return datetime.combine(self.handed_over, time(), LOCAL)


COMPOUNDS = (
    Compound("WTL", "梧桐里", "东区", date(2025, 6, 15), (3, 3, 3, 2, 2, 2), 18, 2, 0, _words(
        "东门岗 西门岗 地下车库B1-A区 地下车库B1-B区 地下车库B1-C区 地下车库道闸 生活水泵房 "
        "消防水泵房 变配电房 中心花园 儿童活动区 非机动车棚 垃圾收集房 快递柜 客服中心 监控中心"), 98.5),
    Compound("QH", "青禾家园", "东区", date(2016, 5, 20), (2,) * 10, 11, 2, 0, _words(
        "南门岗 北门岗 地下车库A区 地下车库B区 地面停车场道闸 生活水泵房 消防水泵房 "
        "配电房 文化广场 健身区 非机动车棚 垃圾收集房 快递柜 监控中心"), 89.0),
    Compound("WJ", "望江苑", "西区", date(2020, 9, 10), (1,) * 4, 26, 4, 12, _words(
        "东门岗 南门岗 地下车库B1-A区 地下车库B1-B区 地下车库B2-A区 地下车库道闸 生活水泵房 "
        "消防水泵房 变配电房 沿江步道 中央花园 商铺外广场 垃圾收集房 快递柜 监控中心"), 112.0),
)


def compound_rows() -> list[dict[str, Any]]:
    """Rows for the table of compounds."""
    return [{"code": c.code, "name": c.name, "region": c.region, "handed_over_at": c.handed_over_at} for c in COMPOUNDS]


def room_rows() -> list[dict[str, Any]]:
    """1,396 homes, of which 70 % are lived in by their owners, 20 % let and 10 % vacant, and 12 let shops."""
    homes = [home for compound in COMPOUNDS for home in _homes(compound)]
    draw = Random(SEED)  # noqa: S311 - the same company every time, nothing secret
    lots = {home["text"]: draw.random() for home in homes} | {FIRST_ROOM: -1.0}
    for rank, home in enumerate(sorted(homes, key=lambda h: lots[h["text"]])):
        share = rank / len(homes)
        home["state"] = OWNED if share < 0.7 else LET if share < 0.9 else VACANT
    return homes + [shop for compound in COMPOUNDS for shop in _shops(compound)]


def place_rows() -> list[dict[str, Any]]:
    """Rows for the common parts: a lift, a lobby and a roof for every entrance, then what the compound has once."""
    return [{"compound": c.code, "text": c.name + part, "handed_over_at": c.handed_over_at}
            for c in COMPOUNDS for part in (*_parts_of_entrances(c), *c.parts)]


def customer_rows(rooms: Mapping[str, tuple[int, str]]) -> list[dict[str, Any]]:
    """
    One or two people for every occupied room, numbered 190-0000-0001 onwards; the first is 周敏 of 梧桐里3栋2单元1602.

    Args:
        rooms: address → (id of the room, its state), in a fixed order.
    """
    draw = Random(SEED + 1)  # noqa: S311 - as above
    order = [FIRST_ROOM, *(text for text in rooms if text != FIRST_ROOM)]
    found = [_resident(draw, rooms[text][0], relation) for text in order for relation in _relations(draw, text, rooms[text][1])]
    found[0] |= {"name": FIRST_CUSTOMER, "care_flag": None, "do_not_call": False, "no_texts": False}
    for n, row in enumerate(found, start=1):
        row["phone"] = f"190{n:08d}"
        row["phone_key"] = f"+86{row['phone']}"
    return found


def _homes(c: Compound) -> Iterator[dict[str, Any]]:
    for building, entrances in enumerate(c.entrances, start=1):
        for entrance in range(1, entrances + 1):
            for floor in range(1, c.floors + 1):
                for door in range(1, c.doors + 1):
                    number = f"{floor}{door:02d}"
                    yield _room(c, str(building), str(entrance), number, f"{c.name}{building}栋{entrance}单元{number}", c.area)


def _shops(c: Compound) -> Iterator[dict[str, Any]]:
    for n in range(1, c.shops + 1):
        yield _room(c, "商铺", "", f"{n:02d}", f"{c.name}商铺{n:02d}", 60.0) | {"state": LET}


def _room(c: Compound, building: str, entrance: str, number: str, text: str, area: float) -> dict[str, Any]:
    return {"compound": c.code, "building": building, "entrance": entrance, "number": number, "text": text,
            "handed_over_at": c.handed_over_at, "area": area}


def _parts_of_entrances(c: Compound) -> Iterator[str]:
    for building, entrances in enumerate(c.entrances, start=1):
        for entrance in range(1, entrances + 1):
            for part in ("电梯", "大堂", "屋面"):
                yield f"{building}栋{entrance}单元{part}"


def _relations(draw: Random, text: str, state: str) -> tuple[str, ...]:
    if "商铺" in text:
        return ("商户",)
    if state == LET:
        return ("租客", "业主")
    if state == VACANT:
        return ()
    return ("业主", "家属") if draw.random() < 0.3 else ("业主",)


def _resident(draw: Random, room_id: int, relation: str) -> dict[str, Any]:
    lot = draw.random()
    return {"room_id": room_id, "name": _one(draw, _SURNAMES) + _one(draw, _GIVEN), "relation": relation,
            "preferred_window": _one(draw, _WINDOWS) if draw.random() < 0.15 else None,
            "care_flag": "独居老人" if lot < 0.015 else "行动不便" if lot < 0.025 else None,
            "do_not_call": 0.5 < lot < 0.506, "no_texts": 0.6 < lot < 0.612, "is_demo": True}


def _one(draw: Random, among: Sequence[str]) -> str:
    return among[int(draw.random() * len(among))]
