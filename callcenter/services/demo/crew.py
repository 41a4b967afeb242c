"""The people of the demo company and what each may do (DOMAIN.md 17.5; the user names are those of REHEARSAL.md)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from callcenter.domain.days import LOCAL, local, midnight
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Department, Role, Trade

_CS, _ENGINEERING = Department.CUSTOMER_SERVICE, Department.ENGINEERING
_ORDER, _ENVIRONMENT = Department.ORDER, Department.ENVIRONMENT

_Member = tuple[str, str, Role, Department | None, Trade | None]

#: what their user names begin with, their names, and what they all are
_TEAMS: tuple[_Member, ...] = (
    ("agent", "王芳 何静 李倩 陈洁 赵敏 孙悦 吴娜 郑雪", Role.AGENT, _CS, None),
    ("lead", "林海 许晴", Role.LEAD, _CS, None),
    ("dispatcher", "赵磊 冯涛", Role.DISPATCHER, _CS, None),
    ("supervisor", "沈岚", Role.SUPERVISOR, _CS, None),
    ("callback", "温婷", Role.CALLBACK, _CS, None),
    ("pm", "高远 秦川 江帆", Role.PM, None, None),
    ("quality", "严谨", Role.QUALITY, None, None),
    ("gm", "方正", Role.GM, None, None),
    ("engineering", "石坚", Role.DEPT_HEAD, _ENGINEERING, None),
    ("order", "武勇", Role.DEPT_HEAD, _ORDER, None),
    ("environment", "花蕾", Role.DEPT_HEAD, _ENVIRONMENT, None),
    ("plumber", "刘洋 陈强 周波", Role.TECHNICIAN, _ENGINEERING, Trade.PLUMBER),
    ("electrician", "张雷 丁亮 罗明", Role.TECHNICIAN, _ENGINEERING, Trade.ELECTRICIAN),
    ("lowvolt", "彭程 叶凡", Role.TECHNICIAN, _ENGINEERING, Trade.LOWVOLT),
    ("handyman", "马力 田野 胡军", Role.TECHNICIAN, _ENGINEERING, Trade.HANDYMAN),
    ("mason", "梁栋", Role.TECHNICIAN, _ENGINEERING, Trade.MASON),
    ("hvac", "韩冰", Role.TECHNICIAN, _ENGINEERING, Trade.HVAC),
    ("equipment", "郭安", Role.TECHNICIAN, _ENGINEERING, Trade.EQUIPMENT),
    ("guard", "雷鸣 龙飞 关山", Role.STAFF, _ORDER, Trade.GUARD),
    ("cleaner", "白洁 水秀", Role.STAFF, _ENVIRONMENT, Trade.CLEANER),
    ("gardener", "林木", Role.STAFF, _ENVIRONMENT, Trade.GARDENER),
    ("builder", "宏基建筑维保 安居装饰维保", Role.CONTRACTOR, None, Trade.BUILDER),
    ("liftvendor", "迅达通电梯维保", Role.CONTRACTOR, None, Trade.LIFT),
    ("firevendor", "安泰消防维保", Role.CONTRACTOR, None, Trade.FIRE),
    ("gascompany", "城北燃气抢修", Role.CONTRACTOR, None, Trade.GAS),
    ("admin", "钟诚", Role.ADMIN, None, None),
    ("auditor", "鉴明", Role.AUDITOR, None, None),
)
_PROJECTS = {"pm01": "WTL", "pm02": "QH", "pm03": "WJ"}
_CERTIFICATES = {Trade.ELECTRICIAN: "低压电工证", Trade.HVAC: "制冷与空调作业证",
                 Trade.LIFT: "特种设备作业证", Trade.FIRE: "消防设施操作员证",
                 Trade.BUILDER: "低压电工证"}  # of the electricians of the firm: sockets in warranty are theirs
#: whose certificate has run out, for everything that must refuse it
LAPSED = "electrician03"


def everybody(start: datetime) -> list[Person]:
    """All of them; certificates hold for years beyond *start*, but for the one that has run out before it."""
    return [_person(n, member, start) for n, member in enumerate(_members(), start=1)]


def rows(start: datetime, password_hash: str) -> list[dict[str, Any]]:
    """Rows for the table of people; whoever cannot sign in has no password."""
    return [{"user_name": p.user, "name": p.name, "roles": sorted(p.roles), "trades": sorted(p.trades),
             "department": p.department, "compounds": sorted(p.compounds), "certificates": dict(p.certificates),
             "phone": p.phone, "language": p.language, "can_sign_in": p.can_sign_in, "active": True,
             "password_hash": password_hash if p.can_sign_in else None,
             "session_version": 1, "failed_sign_ins": 0, "is_demo": True} for p in everybody(start)]


def _members() -> Iterator[_Member]:
    for team, names, role, department, trade in _TEAMS:
        for n, name in enumerate(names.split(), start=1):
            yield f"{team}{n:02d}", name, role, department, trade


def _person(n: int, member: _Member, start: datetime) -> Person:
    user, name, role, department, trade = member
    return Person(user, name, frozenset({role}), frozenset({trade} if trade else ()), department,
                  frozenset({_PROJECTS[user]} if user in _PROJECTS else ()), _certificates(user, trade, start),
                  f"1900000{9000 + n}", can_sign_in=role is not Role.STAFF)


def _certificates(user: str, trade: Trade | None, start: datetime) -> dict[str, datetime]:
    if trade not in _CERTIFICATES:
        return {}
    lapsed = min(_end_of(2025), midnight(start) - timedelta(milliseconds=1))
    return {_CERTIFICATES[trade]: lapsed if user == LAPSED else max(_end_of(2028), _end_of(local(start).year + 2))}


def _end_of(year: int) -> datetime:
    """The last millisecond of a local year: the certificate's last day reads as 31 December."""
    return datetime(year + 1, 1, 1, tzinfo=LOCAL) - timedelta(milliseconds=1)
