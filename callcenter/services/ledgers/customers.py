"""The ledgers of what customers say: 回访 F04, 投诉 F05, 建议 F06, 咨询 F07, 来访 F12, 政府转办 F27."""

from collections.abc import Mapping
from typing import Any

from callcenter.domain.vocabulary import COMPLAINTS, Channel, ContactResult, Evidence, Satisfaction, TicketType
from callcenter.services.ledgers.case import Case
from callcenter.services.ledgers.columns import FORMS, TICKETS, WITH_COMPLAINTS, Column, Entry, Ledger, column, filled, local_span, says
from callcenter.services.ledgers.repairs import CONTENT, RECEIVED, STATE, TICKET_NO, TYPE, customer, detail, followed_up, of_ticket, person, told
from callcenter.services.paper.records import Both
from callcenter.storage.tables import FormRow, TicketRow

SEVERITIES = {"minor": Both("轻微", "Minor"), "important": Both("重要", "Important"), "major": Both("重大", "Major")}
VALIDITY = {"valid": Both("有效", "Valid"), "invalid": Both("无效", "Invalid")}
PENDING = Both("待判定", "Pending")
REPLIED = (told("replied_at|答复时间|Replied", shown=True), told("reply_channel|答复方式|Replied via"), told("reply_text|答复内容|Reply", width=28),
           told("replied_by|答复人|Replied by"))


def _tried(form: FormRow) -> bool:
    return bool(form.fields.get("contact_result"))


def _attempt(row: FormRow, case: Case) -> Mapping[str, Any]:
    """A try with the supervisor's review of it, if there is one."""
    return case.record(row, _tried)


F04 = Ledger("F04", Both("回访记录表", "Follow-up calls"), FORMS, (
    column("callback_id|回访编号|Follow-up no.", lambda e: f"HF{e.row.id:06d}"), TICKET_NO, TYPE,
    column("attempted_at|回访时间|At", lambda e: e.row.at, shown=True), told("attempt_no|第几次|Try", shown=True, width=7),
    told("method|方式|Method", shown=True), *customer("customer_name|客户姓名|Customer", "room|房号|Room"),
    told("respondent|受访人|Respondent", mask="name"),
    column("contact_result|结果|Result", lambda e: ContactResult(e.fields["contact_result"]), shown=True),
    column("satisfaction|满意度|Satisfaction", lambda e: Satisfaction(e.fields["satisfaction"]) if e.fields.get("satisfaction") else None,
        shown=True),
    told("solved|是否解决|Solved", shown=True), told("on_time|到场是否准时|On time"), told("attitude|服务态度|Attitude"),
    told("site_clean|人走场净|Left clean"),
    told("fee_ok|是否按标准收费|Charged as listed"), told("opinion|反馈意见|Opinion", shown=True, width=24), told("other_needs|其他需要|Other needs"),
    told("dissatisfied_reason|不满意原因|Why dissatisfied", "reason", width=20), told("follow_up|处理意见|To be done", width=18),
    column("caller|回访人|Caller", lambda e: e.name(e.fields.get("caller_id") or e.row.by), shown=True),
    column("second_caller|第二人(上门)|Second visitor", lambda e: e.name(e.fields.get("second_caller"))),
    column("reviewed_by|主管审核|Reviewed by", lambda e: e.name(e.fields.get("reviewed_by"))), told("review_note|审核意见|Review", width=18),
    told("signature|业主签名(上门)|Signature", mask="name")),
    where=lambda: [FormRow.code == "F04", says('"contact_result":"')], fields=_attempt, filters=WITH_COMPLAINTS)


def _severity(entry: Entry) -> Both | None:
    return SEVERITIES.get(entry.of.row.details.get("severity") or "")


def _archived(key: str) -> Column:
    return {"no": told("archive_no|归档编号|Filed as", shown=True), "by": column("archived_by|归档人|Filed by",
                                                                             lambda e: e.name(e.fields.get("archived_by")))}[key]


F05 = Ledger("F05", Both("投诉单", "Complaints"), TICKETS, (
    TICKET_NO, TYPE, *customer("complainant|投诉人|Complainant"), detail("anonymous|匿名|Anonymous"),
    of_ticket("received_at|投诉时间|Received", "received_at", shown=True), told("event_at|事件发生时间|Happened"),
    told("event_place|事件发生地点|Place"), detail("accused_dept|被投诉部门|Accused department", shown=True),
    column("accused_person|被投诉人|Accused", lambda e: "、".join(e.of.name(u) for u in e.of.row.accused)),
    told("accused_org|被投诉单位|Accused firm"),
    detail("complaint_kind|投诉类别|Kind", shown=True), column("severity|投诉等级|Severity", _severity, shown=True), CONTENT,
    detail("demand|客户诉求|Demand", width=24), told("reported_at|上报时间|Reported"),
    column("reported_to|上报对象|Reported to", lambda e: e.name(e.fields.get("reported_to"))),
    column("validity|是否有效|Valid", lambda e: VALIDITY.get(str(e.fields.get("validity")), PENDING), shown=True),
    told("validity_by|判定人|Judged by", "validity_by"), told("validity_reason|判定理由|Grounds", width=20),
    told("verification|核实情况|What was found", width=20), told("site_verified|现场核实|Verified on site"),
    told("responsible_dept|责任部门|Department", shown=True), told("supporting_depts|配合部门|Supporting"), told("due_at|时限要求|Due"),
    told("measures|处理措施|Measures", width=24), *REPLIED, told("confirmed|客户签字/确认|Confirmed"),
    column("callback_result|回访结果|Follow-up", lambda e: followed_up(e.of)),
    column("capa_ref|纠正预防措施|Corrective measure", lambda e: e.of.of("F10").get("measure"), width=24), _archived("no"), _archived("by"),
    column("evidence|办结依据|Closed on", lambda e: Evidence(e.of.row.evidence) if e.of.row.evidence else None), STATE),
    where=lambda: [TicketRow.type.in_(sorted(COMPLAINTS))], fields=filled("F05"), types=COMPLAINTS,
    filters=WITH_COMPLAINTS)

F06 = Ledger("F06", Both("建议受理单", "Suggestions"), TICKETS, (
    TICKET_NO, RECEIVED, *customer("customer_name|建议人|From"), of_ticket("content|建议内容|Suggestion", "content", shown=True, width=34),
    person("first_responder|第一接待人|First responder", "first_responder"),
    of_ticket("promise_at|承诺反馈时间|Answer promised for", "promise_at", shown=True), told("responsible_dept|转办部门|Department", shown=True),
    told("adopted|采纳情况|Adopted", shown=True), *REPLIED, told("confirmed|客户签字确认|Confirmed"), told("publish|公示|To be published"), STATE),
    where=lambda: [TicketRow.type == TicketType.SUGGESTION], fields=filled("F06"), types=(TicketType.SUGGESTION,))

F07 = Ledger("F07", Both("咨询记录", "Inquiries"), TICKETS, (
    TICKET_NO, RECEIVED, *customer(), of_ticket("question|咨询内容|Question", "content", shown=True, width=34),
    told("answered_on_call|当场答复|Answered at once", shown=True), told("answer|答复内容|Answer", shown=True, width=28),
    told("expert_id|专业人员|Specialist"), told("agreed_reply_at|约定回复时间|Agreed reply"), told("replied_at|实际回复|Replied", shown=True),
    told("kb_id|知识库条目|Knowledge base entry"), person("owner|当前责任人|Owner", "owner"), STATE),
    where=lambda: [TicketRow.type == TicketType.INQUIRY], fields=filled("F07"), types=(TicketType.INQUIRY,))

F12 = Ledger("F12", Both("来访接待记录", "Visits at the counter"), TICKETS, (
    TICKET_NO, TYPE, told("visited_at|到访时间|Arrived", shown=True), told("reception_began_at|接待开始|Received", shown=True),
    column("waited|等待秒数|Waited (s)", lambda e: local_span(e.fields.get("visited_at"), e.fields.get("reception_began_at")), shown=True),
    *customer("visitor|来访人|Visitor"), of_ticket("content|事由|About", "content", shown=True, width=34),
    told("received_by|接待人|Received by", shown=True),
    column("outcome|处理结果|Result", lambda e: e.of.of("F03").get("result") or e.of.of("F05").get("reply_text") or e.of.of("F07").get("answer"),
        width=24),
    told("visit_ended_at|离开时间|Left", shown=True), STATE),
    where=lambda: [TicketRow.channel == Channel.WALK_IN], fields=filled("F12"), filters=WITH_COMPLAINTS)


def _first_contact(entry: Entry) -> Any:
    """When the citizen was first spoken to about it: the first contact, consent, agreed visit or follow-up on record."""
    return next((f.at for f in entry.of.forms if f.code in ("F01", "F22", "F04") or (f.code == "F20" and f.fields.get("appointment_start"))), None)


def _granted(entry: Entry) -> Any:
    """The last postponement that was granted."""
    return next((f.fields.get("new_promise_at") for f in reversed(entry.of.forms)
                 if f.code == "F09" and f.fields.get("result") in ("granted", "special_case")), None)


F27 = Ledger("F27", Both("政府转办件", "Government slips"), TICKETS, (
    TICKET_NO, TYPE, told("slip_source|来源|Source", shown=True), told("slip_number|原单号|Slip number", shown=True, width=18),
    told("came_at|转入时间|Came in", shown=True), told("slip_due_at|要求时限|Deadline", shown=True), *customer(), CONTENT,
    column("first_contact_at|首次联系时间|First contact", _first_contact), column("granted_until|延期批准至|Postponed until", _granted, width=20),
    told("reply_text|回复文本|Reply", width=28), told("replied_at|回复时间|Replied", shown=True), told("returned|是否退单|Returned"),
    told("rating|上级评价|Rating"), STATE),
    where=lambda: [TicketRow.channel == Channel.GOV_HOTLINE], fields=filled("F27"), filters=WITH_COMPLAINTS)
