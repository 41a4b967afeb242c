"""The words and fields of the registers a company keeps itself: people, roster, rooms, customers, calendar (DOMAIN.md F14, F24, 17.8)."""

from collections.abc import Mapping
from dataclasses import dataclass

from callcenter.domain.forms import Field
from callcenter.domain.vocabulary import Department, Word


class Register(Word):
    """What is kept; the code is also the kind of its entries in the ledger."""

    PEOPLE = "person", "人员", "People"
    ROSTER = "roster", "排班", "Roster"
    COMPOUNDS = "compound", "小区", "Compounds"
    PLACES = "place", "公共部位", "Common parts"
    ROOMS = "room", "房屋", "Rooms"
    CUSTOMERS = "customer", "客户", "Customers"
    CALENDAR = "calendar", "工作日历", "Working calendar"


class RoomState(Word):
    """What becomes of a room (F14); the codes are the words the archive has always held."""

    UNSOLD = "未售", "未售", "Unsold"
    VACANT = "空置", "空置", "Vacant"
    FITTING_OUT = "装修", "装修", "Fitting out"
    OWNED = "自住", "自住", "Lived in by the owner"
    LET = "出租", "出租", "Let"


class Relation(Word):
    """Who somebody is to a room (F14)."""

    OWNER = "业主", "业主", "Owner"
    FAMILY = "家属", "家属", "Family"
    TENANT = "租客", "租客", "Tenant"
    SHOP = "商户", "商户", "Shop"
    FITTER = "装修", "装修", "Fitting-out firm"


class Tongue(Word):
    """The language somebody is spoken to in."""

    ZH = "zh", "中文", "Chinese"
    EN = "en", "英文", "English"


class Standing(Word):
    """What the list of people is narrowed to."""

    HERE = "here", "在职", "Employed"
    ON_DUTY = "on_duty", "在岗", "On duty"
    AWAY = "away", "请假中", "On leave"
    NEVER = "never", "从未登录", "Never signed in"
    ENDING = "ending", "证件到期", "Certificate ending"
    GONE = "gone", "已停用", "Switched off"


class Change(Word):
    """What was done to an entry."""

    ADDED = "added", "新增", "Added"
    CHANGED = "changed", "修改", "Changed"
    ENDED = "ended", "停用", "Ended"
    BACK = "back", "恢复", "Taken up again"
    PASSWORD = "password", "设密码", "Password set"
    LEAVE = "leave", "请假", "Leave"
    LEAVE_WITHDRAWN = "leave_withdrawn", "销假", "Leave withdrawn"
    TURN_ADDED = "turn_added", "加班次", "Shift added"
    TURN_MOVED = "turn_moved", "改班次", "Shift moved"
    TURN_REMOVED = "turn_removed", "撤班次", "Shift removed"
    LOADED = "loaded", "载入", "Loaded"


#: kinds of a field besides those of `forms`: day, phone, yes (a flag), area, roles, trades, compounds, certificates, warranty, clock
PERSON = (
    Field("user", "用户名", "User name", must=True), Field("name", "姓名", "Name", must=True),
    Field("employee_no", "工号", "Employee no."), Field("roles", "岗位", "Roles", "roles", must=True),
    Field("department", "部门", "Department", Department), Field("trades", "工种", "Trades", "trades"),
    Field("compounds", "负责小区", "Compounds", "compounds"), Field("phone", "电话", "Phone", "phone"),
    Field("language", "语言", "Language", Tongue), Field("can_sign_in", "可登录", "May sign in", "yes"),
    Field("certificates", "证件", "Certificates", "certificates"),
)
LEAVE = (Field("since", "自", "From", "day", must=True), Field("until", "至(含)", "To (included)", "day", must=True),
         Field("note", "事由", "Note"))
COMPOUND = (
    Field("code", "小区代码", "Compound code", must=True), Field("name", "小区", "Compound", must=True),
    Field("region", "区域", "Region", must=True), Field("handed_over", "交付日期", "Handed over", "day"),
)
ROOM = (
    Field("compound", "小区", "Compound", "compound", must=True), Field("building", "楼栋", "Building", must=True),
    Field("entrance", "单元", "Entrance"), Field("number", "房号", "Number", must=True),
    Field("room", "地址", "Address"), Field("state", "房屋状态", "State", RoomState), Field("area", "面积(㎡)", "Area (m²)", "area"),
    Field("handed_over", "交付日期", "Handed over", "day"), Field("warranty", "保修到期(例外)", "Warranty (exceptions)", "warranty"),
)
PLACE = (
    Field("compound", "小区", "Compound", "compound", must=True), Field("place", "名称", "Name", must=True),
    Field("handed_over", "交付日期", "Handed over", "day"),
)
CUSTOMER = (
    Field("name", "姓名", "Name", must=True), Field("relation", "关系", "Relation", Relation, must=True),
    Field("phone", "手机", "Phone", "phone"), Field("other_phone", "备用电话", "Other phone", "phone"),
    Field("preferred_window", "方便联系时段", "Contact window"), Field("language", "语言", "Language", Tongue),
    Field("do_not_call", "免打扰", "Do not call", "yes"), Field("no_texts", "不收短信", "No texts", "yes"),
    Field("nuisance", "骚扰标记", "Nuisance caller", "yes"), Field("care_flag", "特殊关怀", "Care note"),
)
TURN = (
    Field("user", "人员", "Person", must=True), Field("role", "岗位", "Role", "role", must=True),
    Field("date", "日期", "Date", "day", must=True), Field("start", "开始", "From", "clock", must=True),
    Field("end", "结束", "Until", "clock", must=True), Field("shift", "班次", "Shift"),
    Field("compounds", "小区范围", "Compounds", "compounds"),
)
DAY = (Field("date", "日期", "Date", "day", must=True), Field("is_workday", "上班", "Workday", "yes", must=True), Field("name", "名称", "Name"))

#: what somebody who answers the telephone may put right in a customer's entry
CONTACT = frozenset({"phone", "other_phone", "preferred_window"})
#: shown masked wherever an entry or its history is read
PHONES = frozenset({"phone", "other_phone"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that can be taken in: its columns in order, and an example of a line."""

    columns: tuple[Field, ...]
    example: Mapping[str, str]


#: a room's line brings its compound along, so that one file is enough to begin with
SHEETS: Mapping[str, Sheet] = {
    "rooms": Sheet(
        (Field("region", "区域", "Region", must=True), Field("compound_code", "小区代码", "Compound code", must=True),
         Field("compound", "小区", "Compound", must=True), *ROOM[1:]),
        {"region": "东区", "compound_code": "WTL", "compound": "梧桐里", "building": "3", "entrance": "2", "number": "1602",
         "room": "梧桐里3栋2单元1602", "state": "自住", "area": "98.5", "handed_over": "2025-06-15", "warranty": "waterproofing 2030-12-31"}),
    "customers": Sheet(
        (Field("room", "地址", "Address", must=True), *CUSTOMER),
        {"room": "梧桐里3栋2单元1602", "name": "周敏", "relation": "业主", "phone": "19000000001", "other_phone": "", "preferred_window": "周末全天",
         "language": "zh", "do_not_call": "否", "no_texts": "否", "nuisance": "否", "care_flag": ""}),
    "people": Sheet(
        PERSON,
        {"user": "dingliang", "name": "丁亮", "employee_no": "E032", "roles": "维修工", "department": "engineering", "trades": "电工",
         "compounds": "", "phone": "19000009032", "language": "zh", "can_sign_in": "是", "certificates": "低压电工证 T3101 2028-12-31"}),
    "roster": Sheet(
        TURN,
        {"user": "dingliang", "role": "维修工", "date": "2026-12-01", "start": "20:00", "end": "08:00", "shift": "工程夜班", "compounds": ""}),
    "calendar": Sheet(DAY, {"date": "2027-02-06", "is_workday": "否", "name": "春节"}),
}
