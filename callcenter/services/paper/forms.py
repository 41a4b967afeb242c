"""The forms a ticket is filed with on paper: 报修台帐 F02, 工程维修单 F03, 回访记录 F04, 投诉单 F05, and the records it has besides.
The telephone number is masked on paper."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from callcenter.domain import materials
from callcenter.domain.vocabulary import (
    COMPLAINTS,
    FIELDWORK,
    Channel,
    ComplaintKind,
    ContactResult,
    Department,
    Evidence,
    Satisfaction,
    State,
    TicketType,
    Urgency,
)
from callcenter.services import masking
from callcenter.services.hotline import Hotline
from callcenter.services.ledgers import cells
from callcenter.services.ledgers.case import Case
from callcenter.services.ledgers.case import case as read_case
from callcenter.services.paper import records as paper_records
from callcenter.services.paper.records import TITLES, filled
from callcenter.services.reports.sheet import Both

#: label, value, whether it takes a whole line
Line = tuple[Both, Any, bool]


@dataclass(frozen=True, slots=True)
class Paper:
    """One form as it is printed."""

    code: str
    title: Both
    number: str
    copies: tuple[Both, ...]  #: a slip in three parts is printed three times on a page
    lines: tuple[tuple[Both, str, bool], ...]
    signatures: tuple[Both, ...]


def _l(name: str, value: Any, wide: bool = False) -> Line:
    return Both(*name.split("|")), value, wide


def _head(case: Case) -> list[Line]:
    row = case.row
    return [_l("客户姓名|Customer", row.customer_name), _l("联系方式|Phone", masking.phone(row.contact_phone)), _l("住址|Address", row.place),
            _l("受理时间|Received", row.received_at), _l("内容|Content", row.content, True)]


def _ledger(case: Case) -> list[Line]:
    row, job = case.row, case.job
    return [*_head(case), _l("工单类型|Type", TicketType(row.type)), _l("类别|Category", case.category), _l("紧急程度|Urgency", Urgency(row.urgency)),
            _l("报修渠道|Channel", Channel(row.channel)), _l("方便维修的时间|Convenient time", row.details.get("convenient_time")),
            _l("预约维修时间|Appointment", row.appointment_start), _l("是否保修期内|In warranty", row.details.get("in_warranty")),
            _l("保修依据|Basis", row.details.get("warranty_basis")), _l("首问责任人|First responder", case.name(row.first_responder)),
            _l("登记人|Registrar", case.name(row.registrar)), _l("当前责任人|Owner", case.name(row.owner)),
            _l("承诺完成时间|Promised for", row.promise_at), _l("已告知二日内反馈|Told: two days", row.details.get("told_two_day")),
            _l("派单时间|Dispatched", job.at if job else None),
            _l("维修人|Technician", case.name(job.to) if job else ""), _l("到场时间|On site", job.arrived_at if job else None),
            _l("完成时间|Completed", row.completed_at), _l("返单时间|Slip returned", case.of("F03").get("slip_returned_at")),
            _l("延期次数|Postponements", case.postponements), _l("回访情况|Follow-up", _satisfaction(case)), _l("状态|State", State(row.state)),
            _l("办结依据|Closed on", Evidence(row.evidence) if row.evidence else None), _l("备注|Remark", row.details.get("remark"), True)]


def _work_order(case: Case) -> list[Line]:
    row, job, slip = case.row, case.job, case.of("F03")
    return [*_head(case), _l("紧急程度|Urgency", Urgency(row.urgency)), _l("预约时间|Appointment", row.appointment_start),
            _l("派单时间|Dispatched", job.at if job else None), _l("派单人|Dispatcher", case.name(job.by) if job else ""),
            _l("维修人员|Technician", case.name(job.to) if job else ""), _l("证书|Certificates", _certificates(case)),
            _l("接单时间|Accepted", job.accepted_at if job else None),
            _l("上门前致电|Phoned first", slip.get("pre_visit_call_at")), _l("到场时间|On site", job.arrived_at if job else None),
            _l("故障原因|Cause", slip.get("fault_cause"), True), _l("处理结果|Result", slip.get("result"), True),
            _l("用料明细|Materials", slip.get("materials"), True), _l("工时(分钟)|Minutes", slip.get("work_minutes")),
            _l("有偿服务|Charged", slip.get("chargeable")), _l("人工费|Labour", slip.get("labour_fee")), _l("合计|Total", _total(slip)),
            _l("已收款|Paid", slip.get("paid")), _l("收款方式|Paid by", slip.get("pay_method")), _l("收据号|Receipt", slip.get("receipt_no")),
            _l("差额说明|Difference", slip.get("difference_note"), True), _l("完工时间|Completed", row.completed_at),
            _l("试用合格|Tested", slip.get("tested_ok")),
            _l("现场清洁|Left clean", slip.get("cleaned_up")), _l("处理结果已向客户交代|Explained", slip.get("result_explained")),
            _l("客户签字|Signature", slip.get("signature")), _l("未签字原因|Not signed because", slip.get("unsigned_reason")),
            _l("维修前照片|Photos before", slip.get("photos_before")), _l("维修后照片|Photos after", slip.get("photos_after")),
            _l("返单人|Returned by", case.name(slip.get("slip_returned_by"))), _l("返单时间|Returned at", slip.get("slip_returned_at")),
            _l("工程主管审核|Reviewed by", case.name(slip.get("reviewed_by"))),
            _l("客户意见|Customer's opinion", slip.get("customer_opinion"), True)]


def _certificates(case: Case) -> str:
    """What the technician may do by certificate, and until when."""
    person = case.people.get(case.job.to) if case.job else None
    return "、".join(f"{name} {cells.text(until, 'zh')[:10]}" for name, until in person.certificates.items()) if person else ""


def _total(slip: dict[str, Any]) -> Any:
    """What the job came to: as it was written, else labour and priced materials together."""
    if slip.get("final_amount") is not None:
        return slip["final_amount"]
    return (slip.get("labour_fee") or 0) + materials.total(slip.get("materials")) or None


def _follow_up(case: Case) -> list[Line]:
    lines = [*_head(case), _l("维修人员|Technician", case.name(case.row.completed_by))]
    for n, form in enumerate((f for f in case.forms if f.code in ("F04", "F04M") and f.fields.get("contact_result")), start=1):
        fields, kind = form.fields, Both("中期回访", "Mid-term") if form.code == "F04M" else Both("回访", "Try")
        lines += [(Both(f"第 {n} 次{kind.zh}", f"{kind.en} {n}"), form.at, False), _l("回访人|Caller", case.name(fields.get("caller_id") or form.by)),
                  _l("结果|Result", ContactResult(fields["contact_result"])), _l("受访人|Respondent", fields.get("respondent")),
                  _l("满意度|Satisfaction", Satisfaction(fields["satisfaction"]) if fields.get("satisfaction") else None),
                  _l("是否解决|Solved", fields.get("solved")), _l("到场准时|On time", fields.get("on_time")),
                  _l("服务态度|Attitude", fields.get("attitude")), _l("人走场净|Left clean", fields.get("site_clean")),
                  _l("收费合规|Fee as listed", fields.get("fee_ok")), _l("其他需要|Other needs", fields.get("other_needs")),
                  _l("处理意见|To be done", fields.get("follow_up")), _l("业主签名|Signature", fields.get("signature")),
                  _l("反馈意见|Opinion", fields.get("opinion") or fields.get("reason") or fields.get("text"), True)]
    return lines


def _complaint(case: Case) -> list[Line]:
    row, form, notice = case.row, case.of("F05"), case.of("F10")
    validity = {"valid": Both("有效", "Valid"), "invalid": Both("无效", "Invalid")}.get(str(form.get("validity")), Both("待判定", "Pending"))
    department = form.get("department") or row.department
    kind, accused_dept = row.details.get("complaint_kind"), row.details.get("accused_dept")
    return [*_head(case), _l("工单类型|Type", TicketType(row.type)), _l("投诉类别|Kind", ComplaintKind(kind) if kind else None),
            _l("投诉等级|Severity", SEVERITIES.get(row.details.get("severity") or "")),
            _l("事件发生时间|Happened", form.get("event_at")), _l("事件发生地点|Place", form.get("event_place")),
            _l("被投诉部门|Accused department", Department(accused_dept) if accused_dept else None),
            _l("被投诉人|Accused", "、".join(case.name(u) for u in row.accused)), _l("被投诉单位|Accused firm", form.get("accused_org")),
            _l("客户诉求|Demand", row.details.get("demand"), True),
            _l("责任部门|Department", Department(department) if department in set(Department) else department),
            _l("配合部门|Supporting", "、".join(form.get("supporting_depts") or ())), _l("时限要求|Due", form.get("due_at")),
            _l("上报时间|Reported", form.get("reported_at")), _l("上报对象|Reported to", case.name(form.get("reported_to"))),
            _l("核实情况|What was found", form.get("verification"), True), _l("现场核实|Verified on site", form.get("site_verified")),
            _l("是否有效|Valid", validity),
            _l("判定人|Judged by", case.name(form.get("validity_by"))),
            _l("判定理由|Grounds", form.get("validity_reason") or form.get("reason"), True),
            _l("处理措施|Measures", form.get("measures") or notice.get("measure"), True),
            _l("答复客户|Reply", form.get("reply_text") or form.get("text"), True),
            _l("答复时间|Replied", form.get("replied_at")), _l("客户确认|Confirmed", form.get("confirmed")),
            _l("回访满意度|Follow-up", _satisfaction(case)), _l("归档编号|Filed as", form.get("archive_no")),
            _l("归档人|Filed by", case.name(form.get("archived_by"))),
            _l("办结依据|Closed on", Evidence(row.evidence) if row.evidence else None)]


def _satisfaction(case: Case) -> Satisfaction | None:
    said = [f.fields["satisfaction"] for f in case.forms if f.code == "F04" and f.fields.get("satisfaction")]
    return Satisfaction(said[-1]) if said else None


SEVERITIES = {"minor": Both("轻微", "Minor"), "important": Both("重要", "Important"), "major": Both("重大", "Major")}


def _reviewed(case: Case, code: str) -> list[Line]:
    """What the supervisor said of the record, if one has looked at it."""
    form = case.of(code)
    if not form.get("review_note"):
        return []
    return [_l("主管审核|Reviewed by", case.name(form.get("reviewed_by"))), _l("审核时间|Reviewed", form.get("reviewed_at")),
            _l("审核意见|Opinion", form.get("review_note"), True)]


_SIGNED = (Both("经办人", "Handled by"), Both("客户签字", "Customer"), Both("主管审核", "Supervisor"))
_SLIP = (Both("客服联", "Desk copy"), Both("工程联", "Engineering copy"), Both("业主联", "Customer's copy"))

#: address → code, title, copies, lines
FORMS: dict[str, tuple[str, Both, tuple[Both, ...], Callable[[Case], list[Line]]]] = {
    "ledger": ("F02", Both("业主报修台帐", "Repair ledger"), (), _ledger),
    "work_order": ("F03", Both("工程维修单", "Work order"), _SLIP, _work_order),
    "follow_up": ("F04", Both("回访记录表", "Follow-up record"), (), _follow_up), "complaint": ("F05", Both("投诉单", "Complaint"), (), _complaint)}


def of_type(type_: TicketType) -> list[str]:
    """The forms a ticket of this type is filed with."""
    return ["ledger", *(["work_order"] if type_ in FIELDWORK else []), "follow_up", *(["complaint"] if type_ in COMPLAINTS else [])]


def paper(hotline: Hotline, session: Session, number: str, form: str, language: str) -> Paper | None:
    """The form of a ticket, filled in as far as it has come; None for a ticket or a form that does not exist."""
    case = read_case(hotline, session, number, language)
    if case is None:
        return None
    if form in TITLES and form in filled(case):
        code, title, _ = TITLES[form]
        held: list[Line] = paper_records.lines(case, form, _head)
        copies: tuple[Both, ...] = ()
    elif form in of_type(TicketType(case.row.type)):
        code, title, copies, made = FORMS[form]
        held = [*made(case), *_reviewed(case, code)]
    else:
        return None
    return Paper(code, title, number, copies, tuple((label, _text(value, language), wide) for label, value, wide in held), _SIGNED)


def records(hotline: Hotline, session: Session, number: str, language: str) -> list[tuple[str, Both]]:
    """The records a ticket has besides its main forms: address and title."""
    case = read_case(hotline, session, number, language)
    return [(address, TITLES[address][1]) for address in filled(case)] if case is not None else []


def _text(value: Any, language: str) -> str:
    return value.label(language) if isinstance(value, Both) else cells.text(value, language)
