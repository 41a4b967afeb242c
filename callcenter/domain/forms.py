"""The fields of every act (DOMAIN.md 8): names in both languages, kinds, what the rules demand and what a person is asked for."""

from collections.abc import Mapping
from typing import Any

from callcenter.domain import arriving
from callcenter.domain.fields import EVERY_TYPE, LONGEST, Field, Kind, check_value, empty, lacking
from callcenter.domain.opening_form import OPENING
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import (
    AT_HOME,
    MENDED,
    SETTLED_BY_REPLY,
    Action,
    Attitude,
    Channel,
    ContactResult,
    Department,
    EscalationKind,
    PostponeReason,
    Reviewed,
    Satisfaction,
    SuspendReason,
    TicketType,
    ToldVia,
    TransferReason,
    Urgency,
)


def _f(name: str, zh: str, en: str, kind: Kind = "line", must: bool = False) -> Field:
    return Field(name, zh, en, kind, must)


def _asked(name: str, zh: str, en: str, kind: Kind = "line", *, of: frozenset[TicketType] = EVERY_TYPE, instead: tuple[str, ...] = ()) -> Field:
    """Asked of whoever types it; the rules do without."""
    return Field(name, zh, en, kind, desk=True, asked_of=of, instead=instead)


REASON = _f("reason", "原因", "Reason", "text")
REASON_MUST = _f("reason", "原因", "Reason", "text", True)
CALL = _f("call", "通话", "Call")
NOTE = _f("note", "说明", "Note", "text")
TO = _f("to", "接单人", "To", "person", True)

#: how an outside firm was told, and whom to ask for there (F26)
_TO_CONTRACTOR = (_f("contact_person", "施工方联系人", "Firm's contact"), _f("told_via", "通知方式", "Told via", ToldVia))

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
    _f("follow_up", "处理意见", "What is to be done", "text"),
    _f("respondent", "受访人", "Respondent"),
    _f("method", "方式", "Method", ToldVia),
    _f("second_caller", "第二人(上门)", "Second visitor", "person"),
    _f("signature", "业主签名(上门)", "Signature (visit)"),
    CALL,
)

ACTS: Mapping[Action, tuple[Field, ...]] = {
    Action.ADD_CONTACT: (_f("content", "内容", "Content", "text", True), CALL),
    Action.RECORD_CONSENT: (
        _asked("reason", "无法按时原因", "Why it cannot be in time", "text"),
        _f("explanation", "向客户说明内容", "What was explained", "text", True),
        _f("consented", "客户是否同意", "Customer consented", "flag", True),
        _f("agreed_at", "约定新时间", "Agreed time", "moment", True), _f("told_via", "方式", "Told via", ToldVia), CALL),
    Action.DISPATCH: (TO, REASON, _f("override", "主管特批", "Override", "flag"), *_TO_CONTRACTOR),
    Action.REASSIGN: (TO, REASON, _f("override", "主管特批", "Override", "flag"), *_TO_CONTRACTOR),
    Action.VOID_DISPATCH: (REASON,),
    Action.OFFER_ALL: (REASON,),
    Action.ACCEPT: (REASON,),
    Action.REJECT: (REASON_MUST,),
    Action.AGREE_APPOINTMENT: (
        _f("appointment_start", "预约开始", "Appointment from", "moment", True),
        _f("appointment_end", "预约结束", "Appointment until", "moment"), REASON, CALL,
        _f("initiated_by", "发起方", "Initiated by")),
    Action.PRE_VISIT_CALL: (NOTE,),
    Action.DEPART: (REASON,),
    Action.ARRIVE: (*arriving.FIELDS, REASON),
    Action.NO_ACCESS: (
        _f("note_left", "便条", "Note left", "flag", True), _f("new_appointment_start", "再约时间", "New appointment", "moment"),
        _f("pre_visit_call", "是否先致电", "Phoned first", "flag"), _f("visitors", "上门人数", "Visitors", "number"),
        _f("knocks", "敲门次数", "Knocks", "number"), _f("waited", "等候(分钟)", "Waited (minutes)", "number"), REASON),
    Action.ASK_SUSPEND: (
        _f("reason", "挂起原因", "Reason", SuspendReason, True), _f("until", "预计恢复时间", "Expected to resume", "moment"),
        _f("told_customer", "已告知客户", "Customer told", "flag"), NOTE),
    Action.DECLINE_SUSPEND: (REASON_MUST,),
    Action.SUSPEND: (
        _f("reason", "挂起原因", "Reason", SuspendReason, True), _f("until", "恢复时间", "Until", "moment", True),
        _asked("told_customer", "已告知客户", "Customer told", "flag"), NOTE),
    Action.RESUME: (REASON, _f("until", "至", "Until", "moment"), _f("told_customer", "已告知客户", "Customer told", "flag")),
    Action.MAKE_SAFE: (_f("note", "排险情况", "What was made safe", "text", True),),
    Action.COMPLETE: (
        _f("result", "处理结果", "Result", "text", True),
        _f("result_explained", "处理结果已向客户交代", "Result explained to the customer", "flag", True),
        _asked("fault_cause", "故障原因", "Cause", "text", of=MENDED),
        _asked("materials", "用料明细(没有写“无”)", "Materials (none: write “none”)", "items", of=MENDED),
        _asked("work_minutes", "工时(分钟)", "Working time (minutes)", "number", of=MENDED | {TicketType.SPECIAL_SERVICE}),
        _asked("signature", "客户签字", "Customer's signature", of=AT_HOME, instead=("unsigned_reason",)),
        _f("unsigned_reason", "未签字原因", "Why it is not signed"),
        _f("chargeable", "有偿服务", "Charged", "flag"), _f("labour_fee", "人工费", "Labour", "money"),
        _f("final_amount", "完工金额", "Final amount", "money"), _f("difference_note", "差额说明", "Why it differs from the quote"),
        _f("customer_consent", "客户同意超出报价", "Customer consents to more", "flag"),
        _f("paid", "已收款", "Paid", "flag"), _f("pay_method", "收款方式", "Paid by"), _f("receipt_no", "收据号", "Receipt number"),
        _f("tested_ok", "试用合格", "Tested", "flag"), _f("cleaned_up", "现场清洁", "Cleaned up", "flag"),
        _f("photos_before", "维修前照片编号", "Photos before"), _f("photos_after", "维修后照片编号", "Photos after"),
        _f("customer_opinion", "客户意见", "Customer's opinion", "text")),
    Action.RETURN_SLIP: (NOTE, _f("signature", "客户签字", "Customer's signature"), _f("reviewed_by", "工程主管审核", "Reviewed by", "person")),
    Action.VERIFY: (_f("passed", "验证合格", "Passed", "flag", True), NOTE),
    Action.RECORD_CALLBACK: _CALLBACK,
    Action.RECONTACT: _CALLBACK,
    Action.MIDTERM_CALL: _CALLBACK,
    Action.CUSTOMER_REPLY: (
        _f("text", "回复", "Reply", "text", True), _f("method", "方式", "Method", ToldVia), _f("solved", "是否解决", "Solved", "flag"),
        _f("on_time", "到场是否准时", "On time", "flag"), _f("reason", "不满意原因", "Reason for dissatisfaction", "text")),
    Action.POSTPONE: (
        _f("new_promise_at", "新承诺时间", "New promise", "moment", True), _f("reason", "延期原因", "Reason", PostponeReason),
        _f("told_at", "告知时间", "Told at", "moment"), _f("told_via", "告知方式", "Told via", ToldVia),
        _f("attitude", "客户态度", "Customer's attitude", Attitude), _asked("initiated_by", "发起方", "Initiated by"),
        _f("delivery_receipt", "短信送达回执", "Delivery receipt", "flag"), CALL, _f("contact_id", "接触记录", "Contact on record"), NOTE),
    Action.APPROVE_SPECIAL_CASE: (REASON_MUST, _f("new_promise_at", "新承诺时间", "New promise", "moment")),
    Action.RECOVERY_PROMISE: (REASON_MUST, _f("new_promise_at", "补救承诺时间", "New promise", "moment")),
    Action.URGE: (REASON, CALL),
    Action.ESCALATE: (REASON, _f("level", "级别", "Level", "number"), _f("kind", "升级类型", "Kind", EscalationKind)),
    Action.ACKNOWLEDGE: (REASON, _f("level", "级别", "Level", "number")),
    Action.SUPERVISE: (
        REASON_MUST, _f("due_at", "要求完成时间", "Due", "moment"), _f("department", "被督办部门", "Department", Department),
        _f("assessed", "是否考核", "Counts in the assessment", "flag")),
    Action.ANSWER_SUPERVISION: (_f("text", "反馈", "Answer", "text", True), _f("result", "结果", "Result", "text")),
    Action.REVIEW: (_f("record", "审核哪张表", "Record", Reviewed, True), _f("opinion", "审核意见", "Opinion", "text", True)),
    Action.HAND_OVER_COMPLAINT: (
        _f("department", "责任部门", "Department", Department, True), _f("reported_to", "上报对象", "Reported to", "person"),
        _f("supporting", "配合部门", "Supporting departments", "list"), _f("due_at", "时限要求", "Due", "moment"), REASON, NOTE),
    Action.JUDGE_COMPLAINT: (
        _f("valid", "是否有效", "Valid", "flag", True), REASON_MUST, _f("verification", "核实情况", "What was found", "text"),
        _f("site_verified", "是否现场核实", "Verified on site", "flag")),
    Action.REPLY: (
        _f("text", "答复内容", "Reply", "text", True), _asked("adopted", "采纳情况", "Adopted", of=frozenset({TicketType.SUGGESTION})),
        _f("measures", "处理措施", "Measures", "text"), _f("signature", "客户签字", "Signature"),
        _f("customer_confirmed", "客户确认", "Customer confirmed", "flag"), _f("told_via", "答复方式", "Told via", ToldVia),
        _f("publish", "公示", "To be published", "flag"), _f("slip_returned", "转办件退单", "Slip returned", "flag"),
        _f("slip_rating", "上级评价", "Rating by the authority")),
    Action.SEND_NOTICE: (
        _f("department", "责任部门", "Department", Department, True), _f("problem", "问题描述", "Problem", "text", True),
        _f("due_at", "时限要求", "Due", "moment", True), _asked("responsible_person", "责任人", "Person responsible", "person"),
        _f("supporting", "配合部门", "Supporting departments", "list"), _f("specialist", "客服专人", "Specialist", "person"),
        _f("demand", "客户要求", "What the customer asks", "text")),
    Action.ANSWER_NOTICE: (_f("measure", "整改措施", "Measure", "text", True), _f("resolved_at", "完成时间", "Resolved at", "moment")),
    Action.ANSWER_INQUIRY: (_f("answer", "答复内容", "Answer", "text", True), _f("kb_id", "知识库条目", "Knowledge base entry"), CALL),
    Action.FORWARD_INQUIRY: (
        _f("expert", "专业人员", "Specialist", "person", True),
        _f("agreed_reply_at", "约定回复时间", "Agreed reply time", "moment"), NOTE),
    Action.QUOTE: (_f("amount", "报价", "Amount", "money", True), NOTE),
    Action.ACCEPT_QUOTE: (_f("amount", "同意金额", "Amount", "money"), _f("told_via", "同意方式", "Agreed by", ToldVia), NOTE, CALL),
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
        _f("announcement", "公告文本", "Announcement", "text"), _f("began_at", "开始时间", "Began", "moment"),
        _f("told_via", "通知方式", "Told via", ToldVia)),
    Action.JOIN_INCIDENT: (_f("parent", "群发事件", "Mass incident", "line", True),),
    Action.LEAVE_INCIDENT: (REASON_MUST,),
    Action.RESTORE: (NOTE,),
    Action.PREEMPT: (_f("urgent", "急修单号", "Urgent ticket", "line", True), NOTE),
    Action.DRAW_FOLLOW_UP: (REASON,),
    Action.CANCEL: (REASON_MUST,),
    Action.CLOSE: (
        REASON, NOTE, _f("signature", "客户签字", "Signature"),
        _asked("gate_checked_by", "门岗核对人", "Checked at the gate by", of=frozenset({TicketType.ITEM_RELEASE})),
        _f("gate_checked_at", "核对时间", "Checked at", "moment"), _f("exception", "异常", "Exception", "text")),
    Action.CLOSE_BY_RULE: (),
    Action.CLOSE_UNREACHABLE: (),
    Action.CLOSE_UNSATISFIED: (REASON_MUST, _f("letter", "书面答复", "Written reply", "text")),
    Action.NOTE: (_f("text", "备注", "Note", "text", True),),
    Action.ACK_COMPLETION: (NOTE,),
}


#: of a reply while somebody still has to come: how things stand, how it was said, and what went back with a government slip
UNDER_WAY = frozenset({"text", "told_via"})
SLIP = frozenset({"slip_returned", "slip_rating"})


def fields_of(action: Action) -> tuple[Field, ...]:
    """The fields an act may carry."""
    return OPENING if action is Action.OPEN_TICKET else ACTS[action]


def beside_the_point(action: Action, type_: TicketType, channel: Channel) -> frozenset[str]:
    """Fields of an act that no form of a ticket of this type and channel shows."""
    if action is not Action.REPLY:
        return frozenset()
    told = UNDER_WAY | (SLIP if channel is Channel.GOV_HOTLINE else frozenset())
    return frozenset() if type_ in SETTLED_BY_REPLY else frozenset(f.name for f in ACTS[action]) - told


def asked_for(action: Action, fields: Mapping[str, Any], type_: TicketType | None, channel: Channel | None = None) -> tuple[Field, ...]:
    """What whoever types the form of *action* still has to fill in, on a ticket of that type and channel: more than `check` demands."""
    return lacking({f.name: f for f in fields_of(action)}, fields, type_, channel)


def check(action: Action, fields: Mapping[str, Any]) -> None:
    """Refuse an act whose mandatory fields are empty, whose texts are too long, or that carries what nobody knows.

    Raises:
        Refused: "missing" names every missing field; "too_long", "bad_value" and "unknown_field" name the one.
    """
    known = {f.name: f for f in fields_of(action)}
    if strange := sorted(set(fields) - set(known)):
        raise Refused("unknown_field", field=", ".join(strange), valid=", ".join(known))
    if missing := tuple(f for f in known.values() if f.must and empty(fields.get(f.name))):
        raise Refused("missing", fields=missing)
    for name, value in fields.items():
        if value is not None:
            check_value(known[name], value)


__all__ = ["ACTS", "LONGEST", "OPENING", "Field", "asked_for", "beside_the_point", "check", "check_value", "fields_of"]
