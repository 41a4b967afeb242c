"""The fields of every act (DOMAIN.md 8): names in both languages, kinds, and which must be there. One table for every door."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import (
    Action,
    Attitude,
    Channel,
    ContactResult,
    Department,
    PostponeReason,
    Satisfaction,
    SuspendReason,
    TicketType,
    ToldVia,
    TransferReason,
    Urgency,
)

#: no text of a form is longer
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    `kind` is text, line (one line), moment, flag, money, number, list, items (text or rows), person or a vocabulary.
    """

    name: str
    zh: str
    en: str
    kind: str | type[StrEnum] = "line"
    must: bool = False

    def label(self, language: str = "zh") -> str:
        return self.en if language.startswith("en") else self.zh


def _f(name: str, zh: str, en: str, kind: str | type[StrEnum] = "line", must: bool = False) -> Field:
    return Field(name, zh, en, kind, must)


REASON = _f("reason", "原因", "Reason", "text")
REASON_MUST = _f("reason", "原因", "Reason", "text", True)
CALL = _f("call", "通话", "Call")
NOTE = _f("note", "说明", "Note", "text")
TO = _f("to", "接单人", "To", "person", True)

_CALLBACK = (
    _f("contact_result", "联系结果", "Contact result", ContactResult, True),
    _f("satisfaction", "满意度", "Satisfaction", Satisfaction),
    _f("solved", "问题是否解决", "Solved", "flag"),
    _f("on_time", "到场是否准时", "On time", "flag"),
    _f("attitude", "服务态度", "Attitude of staff"),
    _f("site_clean", "人走场净", "Left clean", "flag"),
    _f("fee_ok", "是否按标准收费", "Charged as listed", "flag"),
    _f("opinion", "反馈意见", "Opinion", "text"),
    _f("other_needs", "其他需要", "Other needs", "text"),
    _f("reason", "不满意原因", "Reason for dissatisfaction", "text"),
    _f("respondent", "受访人", "Respondent"),
    _f("method", "方式", "Method", ToldVia),
    _f("second_caller", "第二人(上门)", "Second visitor", "person"),
    CALL,
)

OPENING: tuple[Field, ...] = (
    _f("category", "报事类别", "Category"),
    _f("type", "工单类型", "Type", TicketType),
    _f("room", "房号", "Room"),
    _f("place", "位置", "Place"),
    _f("customer_name", "客户姓名", "Customer's name", "line", True),
    _f("contact_phone", "联系电话", "Phone"),
    _f("content", "内容", "Content", "text", True),
    _f("channel", "渠道", "Channel", Channel),
    _f("first_responder", "首问责任人", "First responder", "person"),
    _f("urgency", "紧急程度", "Urgency", Urgency),
    _f("convenient_time", "方便维修的时间", "Convenient time"),
    _f("appointment_start", "预约开始", "Appointment from", "moment"),
    _f("appointment_end", "预约结束", "Appointment until", "moment"),
    _f("promise_at", "承诺完成时间", "Promised for", "moment"),
    _f("in_warranty", "保修期内", "In warranty", "flag"),
    _f("warranty_basis", "保修依据", "Basis of the warranty"),
    _f("told_two_day", "已告知二日内反馈", "Told: answer within two days", "flag"),
    _f("service_item", "特约项目", "Service item"),
    _f("accused", "被投诉人", "Accused", "list"),
    _f("accused_dept", "被投诉部门", "Accused department", Department),
    _f("severity", "投诉等级", "Severity"),
    _f("demand", "客户诉求", "Demand", "text"),
    _f("anonymous", "匿名", "Anonymous", "flag"),
    _f("received_at", "受理时间", "Received at", "moment"),
    _f("slip_number", "原单号", "Slip number"),
    _f("slip_due_at", "要求时限", "Slip deadline", "moment"),
    _f("parent", "群发事件", "Mass incident"),
    _f("remark", "备注", "Remark", "text"),
    CALL,
)

ACTS: Mapping[Action, tuple[Field, ...]] = {
    Action.ADD_CONTACT: (_f("content", "内容", "Content", "text", True), CALL),
    Action.RECORD_CONSENT: (
        _f("explanation", "向客户说明内容", "What was explained", "text", True),
        _f("consented", "客户是否同意", "Customer consented", "flag", True),
        _f("agreed_at", "约定新时间", "Agreed time", "moment", True), CALL),
    Action.DISPATCH: (TO, REASON, _f("override", "主管特批", "Override", "flag")),
    Action.REASSIGN: (TO, REASON, _f("override", "主管特批", "Override", "flag")),
    Action.VOID_DISPATCH: (REASON,),
    Action.OFFER_ALL: (),
    Action.ACCEPT: (REASON,),
    Action.REJECT: (REASON_MUST,),
    Action.AGREE_APPOINTMENT: (
        _f("appointment_start", "预约开始", "Appointment from", "moment", True),
        _f("appointment_end", "预约结束", "Appointment until", "moment"), REASON, CALL,
        _f("initiated_by", "发起方", "Initiated by")),
    Action.PRE_VISIT_CALL: (NOTE,),
    Action.DEPART: (REASON,),
    Action.ARRIVE: (REASON,),
    Action.NO_ACCESS: (
        _f("note_left", "便条", "Note left", "flag", True), _f("new_appointment_start", "再约时间", "New appointment", "moment"),
        _f("pre_visit_call", "是否先致电", "Phoned first", "flag"), REASON),
    Action.SUSPEND: (
        _f("reason", "挂起原因", "Reason", SuspendReason, True), _f("until", "恢复时间", "Until", "moment", True),
        _f("told_customer", "已告知客户", "Customer told", "flag"), NOTE),
    Action.RESUME: (REASON, _f("until", "至", "Until", "moment"), _f("told_customer", "已告知客户", "Customer told", "flag")),
    Action.MAKE_SAFE: (_f("note", "排险情况", "What was made safe", "text", True),),
    Action.COMPLETE: (
        _f("result", "处理结果", "Result", "text", True),
        _f("result_explained", "处理结果已向客户交代", "Result explained to the customer", "flag", True),
        _f("signature", "客户签字", "Customer's signature"), _f("materials", "用料", "Materials", "items"),
        _f("final_amount", "完工金额", "Final amount", "money"), _f("fault_cause", "故障原因", "Cause", "text"),
        _f("labour_fee", "人工费", "Labour", "money"), _f("tested_ok", "试用合格", "Tested", "flag"),
        _f("cleaned_up", "现场清洁", "Cleaned up", "flag"), _f("customer_consent", "客户同意超出报价", "Customer consents to more", "flag"),
        _f("customer_opinion", "客户意见", "Customer's opinion", "text")),
    Action.RETURN_SLIP: (NOTE, _f("signature", "客户签字", "Customer's signature")),
    Action.VERIFY: (_f("passed", "验证合格", "Passed", "flag", True), NOTE),
    Action.RECORD_CALLBACK: _CALLBACK,
    Action.RECONTACT: _CALLBACK,
    Action.CUSTOMER_REPLY: (
        _f("text", "回复", "Reply", "text", True), _f("method", "方式", "Method", ToldVia), _f("solved", "是否解决", "Solved", "flag"),
        _f("on_time", "到场是否准时", "On time", "flag"), _f("reason", "不满意原因", "Reason for dissatisfaction", "text")),
    Action.POSTPONE: (
        _f("new_promise_at", "新承诺时间", "New promise", "moment", True), _f("reason", "延期原因", "Reason", PostponeReason),
        _f("told_at", "告知时间", "Told at", "moment"), _f("told_via", "告知方式", "Told via", ToldVia),
        _f("attitude", "客户态度", "Customer's attitude", Attitude), _f("initiated_by", "发起方", "Initiated by"),
        _f("delivery_receipt", "短信送达回执", "Delivery receipt", "flag"), CALL, _f("contact_id", "接触记录", "Contact"), NOTE),
    Action.APPROVE_SPECIAL_CASE: (REASON_MUST, _f("new_promise_at", "新承诺时间", "New promise", "moment")),
    Action.RECOVERY_PROMISE: (REASON_MUST, _f("new_promise_at", "补救承诺时间", "New promise", "moment")),
    Action.URGE: (REASON, CALL),
    Action.ESCALATE: (REASON, _f("level", "级别", "Level", "number")),
    Action.ACKNOWLEDGE: (REASON, _f("level", "级别", "Level", "number")),
    Action.SUPERVISE: (REASON_MUST, _f("due_at", "要求完成时间", "Due", "moment")),
    Action.HAND_OVER_COMPLAINT: (_f("department", "责任部门", "Department", Department, True), REASON, NOTE),
    Action.JUDGE_COMPLAINT: (_f("valid", "是否有效", "Valid", "flag", True), REASON_MUST),
    Action.REPLY: (
        _f("text", "答复内容", "Reply", "text", True), _f("adopted", "采纳情况", "Adopted"), _f("signature", "客户签字", "Signature"),
        _f("customer_confirmed", "客户确认", "Customer confirmed", "flag"), _f("told_via", "答复方式", "Told via", ToldVia)),
    Action.SEND_NOTICE: (
        _f("department", "责任部门", "Department", Department, True), _f("problem", "问题描述", "Problem", "text", True),
        _f("due_at", "时限要求", "Due", "moment", True), _f("responsible_person", "责任人", "Person responsible", "person"),
        _f("supporting", "配合部门", "Supporting departments", "list"), _f("specialist", "客服专人", "Specialist", "person")),
    Action.ANSWER_NOTICE: (_f("measure", "整改措施", "Measure", "text", True), _f("resolved_at", "完成时间", "Resolved at", "moment")),
    Action.ANSWER_INQUIRY: (_f("answer", "答复内容", "Answer", "text", True), CALL),
    Action.FORWARD_INQUIRY: (
        _f("expert", "专业人员", "Specialist", "person", True),
        _f("agreed_reply_at", "约定回复时间", "Agreed reply time", "moment"), NOTE),
    Action.QUOTE: (_f("amount", "报价", "Amount", "money", True), NOTE),
    Action.ACCEPT_QUOTE: (_f("amount", "同意金额", "Amount", "money"), NOTE, CALL),
    Action.DECLINE_QUOTE: (REASON, CALL),
    Action.RECLASSIFY: (
        _f("category", "类别", "Category"), _f("type", "类型", "Type", TicketType), _f("urgency", "紧急程度", "Urgency", Urgency), REASON),
    Action.TRANSFER_OWNER: (_f("to", "接收人", "To", "person", True), _f("reason", "移交原因", "Reason", TransferReason, True), NOTE),
    Action.ACCEPT_OWNERSHIP: (NOTE,),
    Action.FOLLOW: (_f("to", "代理跟进人", "Acting follower", "person"), NOTE),
    Action.MERGE: (_f("into", "并入", "Into", "line", True), REASON),
    Action.UNMERGE: (REASON,),
    Action.DECLARE_INCIDENT: (
        _f("scope", "影响范围", "Scope", "text", True), _f("expected_at", "预计恢复", "Expected to be restored", "moment"),
        _f("announcement", "公告文本", "Announcement", "text")),
    Action.JOIN_INCIDENT: (_f("parent", "群发事件", "Mass incident", "line", True),),
    Action.RESTORE: (NOTE,),
    Action.PREEMPT: (_f("urgent", "急修单号", "Urgent ticket", "line", True), NOTE),
    Action.DRAW_FOLLOW_UP: (REASON,),
    Action.CANCEL: (REASON_MUST,),
    Action.CLOSE: (REASON, NOTE, _f("signature", "客户签字", "Signature")),
    Action.CLOSE_BY_RULE: (),
    Action.CLOSE_UNREACHABLE: (),
    Action.CLOSE_UNSATISFIED: (REASON_MUST, _f("letter", "书面答复", "Written reply", "text")),
    Action.NOTE: (_f("text", "备注", "Note", "text", True),),
    Action.ACK_COMPLETION: (NOTE,),
}


def fields_of(action: Action) -> tuple[Field, ...]:
    """The fields an act may carry."""
    return OPENING if action is Action.OPEN_TICKET else ACTS[action]


def check(action: Action, fields: Mapping[str, Any]) -> None:
    """Refuse an act whose mandatory fields are empty, whose texts are too long, or that carries what nobody knows.

    Raises:
        Refused: "missing" names every missing field; "too_long", "bad_value" and "unknown_field" name the one.
    """
    known = {f.name: f for f in fields_of(action)}
    if strange := sorted(set(fields) - set(known)):
        raise Refused("unknown_field", field=", ".join(strange), valid=", ".join(known))
    if missing := tuple(f for f in known.values() if f.must and fields.get(f.name) in (None, "", [])):
        raise Refused("missing", fields=missing)
    for name, value in fields.items():
        if value is not None:
            check_value(known[name], value)


def check_value(field: Field, value: Any) -> None:
    """Refuse a value of the wrong kind.

    Raises:
        Refused: "bad_value" or "too_long".
    """
    if isinstance(field.kind, type):
        if value not in set(field.kind):
            raise Refused("bad_value", field=field, value=value, valid=", ".join(field.kind))
        return
    fits: Callable[[], bool] = {
        "moment": lambda: isinstance(value, datetime) and value.tzinfo is not None,
        "flag": lambda: isinstance(value, bool),
        "money": lambda: isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9,
        "number": lambda: isinstance(value, int) and not isinstance(value, bool),
        "items": lambda: isinstance(value, (str, list, tuple)) and len(str(value)) <= LONGEST,
        "list": lambda: isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value),
    }.get(field.kind, lambda: isinstance(value, str) and not _control(value))
    if not fits():
        raise Refused("bad_value", field=field, value=value, valid=field.kind)
    if isinstance(value, str) and len(value) > (LONGEST if field.kind == "text" else 200):
        raise Refused("too_long", field=field, longest=LONGEST if field.kind == "text" else 200)


def _control(text: str) -> bool:
    """Control characters other than line breaks and tabs: PostgreSQL refuses NUL, and no form needs the rest."""
    return any(ord(c) < 32 and c not in "\n\r\t" for c in text)
