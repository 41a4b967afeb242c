"""The paper of the records beside the four main forms: F06–F10, F12, F17–F19, F22, F26, F27, each printed as far as it is filled in."""

from collections.abc import Callable, Mapping
from typing import Any

from callcenter.domain.vocabulary import (
    Attitude,
    Clock,
    ComplaintKind,
    ContactResult,
    Department,
    PostponeReason,
    Satisfaction,
    SlipSource,
    SuspendReason,
    ToldVia,
    Trigger,
)
from callcenter.services.ledgers.case import Case
from callcenter.services.reports.sheet import Both

#: label, value, whether it takes a whole line
Line = tuple[Both, Any, bool]

#: fields whose value is a word of a vocabulary
_WORDS: Mapping[str, Any] = {
    "told_via": ToldVia, "reply_channel": ToldVia, "quote_accepted_how": ToldVia, "method": ToldVia, "attitude": Attitude,
    "department": Department, "slip_source": SlipSource, "source": Trigger, "asked": SuspendReason,
    "suspended": SuspendReason, "contact_result": ContactResult, "satisfaction": Satisfaction, "clock": Clock, "responsible_dept": Department,
    "accused_dept": Department, "complaint_kind": ComplaintKind}
#: fields whose value is a colleague
_PEOPLE = frozenset({
    "by", "ordered_by", "received_by", "replied_by", "expert_id", "quoted_by", "told_by", "approved_by", "responsible_person", "specialist_id",
    "sent_by", "signed_by", "firm", "verified_by", "declined_by", "caller_id", "archived_by", "reported_by", "reported_to", "validity_by"})
_CHOSEN = {
    "adopted": Both("采纳", "Adopted"), "partly": Both("部分采纳", "Partly"), "not_adopted": Both("不采纳", "Not adopted"),
    "passed_on": Both("转上级", "Passed on"), "company": Both("我方", "We"), "customer": Both("客户", "The customer"),
    "granted": Both("同意", "Granted"), "refused_second": Both("二次延期,拒绝", "Second time, refused"),
    "refused_late": Both("已超时,拒绝", "Too late, refused"), "special_case": Both("特批", "Special approval"),
    "recovery": Both("补救承诺", "Recovery promise")}

#: form → its fields: key | Chinese | English
RECORDS: Mapping[str, tuple[str, ...]] = {
    "F06": ("responsible_dept|转办部门|Department", "adopted|采纳情况|Adopted", "reply_text|反馈内容|Answer", "replied_at|反馈时间|Answered",
            "replied_by|反馈人|Answered by", "confirmed|客户签字确认|Confirmed by the customer", "publish|公示|To be published"),
    "F07": ("answer|答复内容|Answer", "answered_on_call|当场答复|Answered at once", "expert_id|专业人员|Specialist",
            "agreed_reply_at|约定回复时间|Agreed reply", "replied_at|实际回复|Answered", "kb_id|知识库条目|Knowledge base entry"),
    "F08": ("service_item|特约项目|Service", "quantity|数量|Quantity", "quoted_amount|报价|Quoted", "quoted_by|报价人|Quoted by",
            "agreed_amount|协商价格|Agreed", "quote_accepted_at|客户同意时间|Accepted", "quote_accepted_how|同意方式|Accepted by",
            "declined_at|未同意|Declined"),
    "F09": ("old_promise_at|原承诺时间|Promised before", "new_promise_at|新承诺时间|New promise", "reason|原因|Reason",
            "initiated_by|发起方|Initiated by",
            "told_at|告知时间|Told at", "told_via|告知方式|Told via", "contact_id|接触记录|Contact", "attitude|客户态度|Attitude",
            "told_by|告知人|Told by",
            "beyond_week|超过一周|Beyond a week", "approved_by|特批人|Approved by", "result|结果|Result"),
    "F10": ("source|来源|Source", "department|责任部门|Department", "responsible_person|责任人|Person responsible", "supporting|配合部门|Supporting",
            "problem|问题描述|Problem", "demand|客户要求|Customer asks", "due_at|时限要求|Due", "sent_by|发出人|Sent by", "sent_at|发出时间|Sent",
            "signed_by|签收人|Signed by", "measure|整改措施|Measure", "resolved_at|完成时间|Resolved", "specialist_id|客服专人|Specialist",
            "round_no|轮次|Round"),
    "F12": ("visited_at|到访时间|Arrived", "reception_began_at|接待开始|Received", "received_by|接待人|Received by", "visit_ended_at|离开时间|Left"),
    "F17": ("reason|督办原因|Reason", "ordered_by|督办人|Ordered by", "department|被督办部门|Department", "due_at|要求完成时间|Due",
            "assessed|是否考核|Assessed", "signed_by|签收人|Signed by", "signed_at|签收时间|Signed", "feedback|反馈|Answer", "result|结果|Result"),
    "F18": ("items|物品清单|Items", "plate|车牌|Number plate", "release_on|放行时间|Release", "authorised|业主授权确认|Authorised by the owner",
            "gate_checked_by|门岗核对人|Checked at the gate by", "gate_checked_at|核对时间|Checked", "exception|异常|Exception"),
    "F19": ("scope|影响范围|Scope", "started_at|开始|Began", "announcement|公告文本|Announcement", "expected_at|预计恢复|Expected",
            "restored_at|恢复时间|Restored", "told_via|通知方式|Told via", "parent|群发事件|Mass incident"),
    "F20": ("visited_at|上门时间|Visited", "visitors|上门人数|Visitors", "pre_visit_call|是否先致电|Phoned first", "knocks|敲门次数|Knocks",
            "waited|等候(分钟)|Waited (minutes)", "note_left|便条|Note left", "new_appointment_start|再约时间|New appointment",
            "asked|申请挂起|Asked to suspend", "declined_by|不同意挂起|Declined by", "suspended|挂起|Suspended", "until|恢复时间|Until",
            "appointment_start|约定上门|Appointment"),
    "F22": ("clock|时限|Clock", "reason|无法按时原因|Why not in time", "explanation|向客户说明内容|Explained", "consented|客户是否同意|Consented",
            "agreed_at|约定新时间|Agreed", "told_via|方式|Told via", "recorded_at|记录时间|Recorded"),
    "F26": ("firm|施工单位|Firm", "contact_person|联系人|Contact", "basis|保修依据|Basis", "told_at|通知时间|Told", "told_via|通知方式|Told via",
            "visit_at|约定上门|Appointment", "declared_at|完工声明时间|Declared finished", "statement|完工声明|Statement",
            "verified_by|工程验证人|Verified by", "verified_at|验证时间|Verified", "passed|验证结论合格|Passed", "note|说明|Note"),
    "F27": ("slip_source|来源|Source", "slip_number|原单号|Slip number", "came_at|转入时间|Came in", "slip_due_at|要求时限|Deadline",
            "reply_text|回复文本|Reply", "replied_at|回复时间|Replied", "returned|是否退单|Returned", "rating|上级评价|Rating")}

#: address → form, title, whether every record is printed for itself (else one, later values over earlier ones)
TITLES: Mapping[str, tuple[str, Both, bool]] = {
    "suggestion": ("F06", Both("建议受理单", "Suggestion"), False), "inquiry": ("F07", Both("咨询记录", "Inquiry"), False),
    "special_order": ("F08", Both("特约服务单", "Paid service order"), False),
    "postponement": ("F09", Both("延期告知记录", "Postponements"), True), "notice": ("F10", Both("书面通知单", "Written notice"), True),
    "visit": ("F12", Both("来访接待记录", "Visit at the counter"), False), "supervision": ("F17", Both("督办单", "Supervision order"), True),
    "release": ("F18", Both("物品放行条", "Item release"), False), "incident": ("F19", Both("群发事件", "Mass incident"), False),
    "at_the_door": ("F20", Both("上门记录", "At the door"), True), "consent": ("F22", Both("事先说明与同意记录", "Consent"), True),
    "warranty_order": ("F26", Both("保修联系单", "Warranty order"), False), "government": ("F27", Both("政府转办件", "Government slip"), False)}


def filled(case: Case) -> list[str]:
    """The addresses of the records this ticket has."""
    codes = {f.code for f in case.forms}
    return [address for address, (code, _, _) in TITLES.items() if code in codes]


def lines(case: Case, address: str, head: Callable[[Case], list[Line]]) -> list[Line]:
    """The printed lines of one of the records: each record for itself, numbered, or all of them as one."""
    code, _, singly = TITLES[address]
    held = [f.fields for f in case.forms if f.code == code] if singly else [case.of(code)]
    printed = head(case)
    for n, fields in enumerate(held, start=1):
        if len(held) > 1:
            printed.append((Both(f"第 {n} 次", f"No. {n}"), "", True))
        printed += [_line(case, entry, fields) for entry in RECORDS[code] if not singly or fields.get(entry.split("|")[0]) is not None]
    return printed


def _line(case: Case, entry: str, fields: Mapping[str, Any]) -> Line:
    key, zh, en = entry.split("|")
    held = value(case, key, fields.get(key))
    return Both(zh, en), held, isinstance(held, str) and len(held) > 30


def value(case: Case, key: str, held: Any) -> Any:
    """A value as it is read: a word, a colleague's name, a chosen answer, else what it is."""
    if isinstance(held, str):
        words = PostponeReason if key == "reason" and held in set(PostponeReason) else _WORDS.get(key)
        if words is not None and held in set(words):
            return words(held)
        if key in _PEOPLE:
            return case.name(held)
        return _CHOSEN.get(held, held) if key in ("adopted", "initiated_by", "result") else held
    if isinstance(held, (list, tuple)) and key in ("supporting", "supporting_depts"):
        return "、".join(map(str, held))
    return held


__all__ = ["RECORDS", "TITLES", "Both", "filled", "lines", "value"]
