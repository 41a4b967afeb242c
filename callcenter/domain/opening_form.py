"""The fields a ticket is registered with: the ledger F02 and what F05–F08, F12, F18 and F27 ask besides."""

from callcenter.domain.fields import EVERY_CHANNEL, EVERY_TYPE, Field, Kind
from callcenter.domain.vocabulary import (
    AT_HOME,
    COMPLAINTS,
    Channel,
    ComplaintKind,
    Department,
    Severity,
    SlipSource,
    TicketType,
    Urgency,
)

_RELEASE = frozenset({TicketType.ITEM_RELEASE})
_GOVERNMENT, _WALK_IN = frozenset({Channel.GOV_HOTLINE}), frozenset({Channel.WALK_IN})


def _f(name: str, zh: str, en: str, kind: Kind = "line", must: bool = False) -> Field:
    return Field(name, zh, en, kind, must)


def _asked(name: str, zh: str, en: str, kind: Kind = "line", *, of: frozenset[TicketType] = EVERY_TYPE,
           by: frozenset[Channel] = EVERY_CHANNEL, instead: tuple[str, ...] = ()) -> Field:
    """Asked of whoever types it; the rules do without."""
    return Field(name, zh, en, kind, desk=True, asked_of=of, asked_by=by, instead=instead)


OPENING: tuple[Field, ...] = (
    _asked("category", "报事类别", "Category", instead=("type",)),
    _f("type", "工单类型", "Type", TicketType),
    _asked("room", "房号", "Room", instead=("place",)),
    _f("place", "位置", "Place"),
    _f("customer_name", "客户姓名", "Customer's name", "line", True),
    _asked("contact_phone", "联系电话", "Phone", instead=("anonymous",)),
    _f("content", "内容", "Content", "text", True),
    _f("channel", "渠道", "Channel", Channel),
    _f("first_responder", "首问责任人", "First responder", "person"),
    _f("urgency", "紧急程度", "Urgency", Urgency),
    _asked("convenient_time", "方便维修的时间", "Convenient time", of=AT_HOME, instead=("appointment_start",)),
    _f("appointment_start", "预约开始", "Appointment from", "moment"),
    _f("appointment_end", "预约结束", "Appointment until", "moment"),
    _f("promise_at", "承诺完成时间", "Promised for", "moment"),
    _f("in_warranty", "保修期内", "In warranty", "flag"),
    _f("warranty_basis", "保修依据", "Basis of the warranty"),
    _asked("told_two_day", "已告知二日内反馈", "Told: answer within two days", "flag"),
    # F08
    _f("service_item", "特约项目", "Service item"),
    _f("quantity", "数量", "Quantity"),
    # F05
    _f("accused", "被投诉人", "Accused", "list"),
    _f("accused_dept", "被投诉部门", "Accused department", Department),
    _f("accused_org", "被投诉单位", "Accused firm"),
    _f("complaint_kind", "投诉类别", "Kind of complaint", ComplaintKind),
    _asked("severity", "投诉等级", "Severity", Severity, of=COMPLAINTS),
    _asked("demand", "客户诉求", "Demand", "text", of=COMPLAINTS),
    _f("event_at", "事件发生时间", "When it happened", "moment"),
    _f("event_place", "事件发生地点", "Where it happened"),
    _f("anonymous", "匿名", "Anonymous", "flag"),
    _f("received_at", "受理时间", "Received at", "moment"),
    # F12
    _asked("visited_at", "到访时间", "Arrived at the counter", "moment", by=_WALK_IN),
    _f("visit_ended_at", "离开时间", "Left at", "moment"),
    # F27
    _asked("slip_source", "转办来源", "Source of the slip", SlipSource, by=_GOVERNMENT),
    _asked("slip_number", "原单号", "Slip number", by=_GOVERNMENT),
    _asked("slip_due_at", "要求时限", "Slip deadline", "moment", by=_GOVERNMENT),
    # F18
    _asked("items", "物品清单", "Items", "text", of=_RELEASE),
    _f("plate", "车牌", "Number plate"),
    _asked("release_on", "放行时间", "To be released on", "moment", of=_RELEASE),
    _asked("authorised", "业主授权确认", "Authorised by the owner", "flag", of=_RELEASE),
    _f("parent", "群发事件", "Mass incident"),
    _f("remark", "备注", "Remark", "text"),
    _f("call", "通话", "Call"),
)

#: what a walk-in visit and a government slip are filed with besides the ticket's own form
VISIT_FIELDS = ("visited_at", "visit_ended_at", "customer_name", "content")
SLIP_FIELDS = ("slip_source", "slip_number", "slip_due_at")

__all__ = ["OPENING", "SLIP_FIELDS", "VISIT_FIELDS"]
