"""The ledgers of the work itself: 报修台帐 F02, 工程维修单 F03, 特约服务 F08, 延期 F09, 上门未遇 F20, 事先说明 F22, 保修联系 F26."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from callcenter.domain import materials
from callcenter.domain.vocabulary import FIELDWORK, Channel, ContactResult, Satisfaction, State, SuspendReason, TicketType, Urgency, Word
from callcenter.services.ledgers.case import Case
from callcenter.services.ledgers.columns import FORMS, JOBS, TICKETS, Column, Entry, Ledger, column, filled, says
from callcenter.services.paper import records
from callcenter.services.paper.records import Both
from callcenter.storage.tables import AssignmentRow, FormRow, PersonRow, TicketRow


def of_ticket(spec: str, name: str, **more: Any) -> Column:
    """A column of the ticket's own row."""
    return column(spec, lambda e: getattr(e.of.row, name), **more)


def person(spec: str, name: str, **more: Any) -> Column:
    """A colleague named on the ticket."""
    return column(spec, lambda e: e.name(getattr(e.of.row, name)), **more)


def detail(spec: str, **more: Any) -> Column:
    """What only some kinds of ticket have."""
    return column(spec, lambda e: records.value(e.of, spec.split("|")[0], e.of.row.details.get(spec.split("|")[0])), **more)


def told(spec: str, key: str = "", **more: Any) -> Column:
    """What was filled in on the record, as it is read: a word, a colleague's name, a chosen answer."""
    key = key or spec.split("|")[0]
    return column(spec, lambda e: records.value(e.of, key, e.fields.get(key)), **more)


TICKET_NO = of_ticket("ticket_no|工单编号|Number", "number", shown=True, width=19)
TYPE = column("type|工单类型|Type", lambda e: TicketType(e.of.row.type), width=16)
STATE = column("state|状态|State", lambda e: State(e.of.row.state), shown=True)
RECEIVED = of_ticket("received_at|受理时间|Received", "received_at", shown=True)
CONTENT = of_ticket("content|内容|Content", "content", shown=True, width=34)
URGENCY = column("urgency|紧急程度|Urgency", lambda e: Urgency(e.of.row.urgency))


def customer(name: str = "customer_name|客户姓名|Customer", place: str = "address|住址|Address", phone: str = "contact_phone|联系方式|Phone",
             shown: bool = True) -> tuple[Column, Column, Column]:
    """Who, where and under which number: masked wherever a ledger goes."""
    return (of_ticket(name, "customer_name", mask="name", shown=shown), of_ticket(place, "place", mask="place", shown=shown, width=18),
            of_ticket(phone, "contact_phone", mask="phone", width=15))


def _with_job(read: Callable[[AssignmentRow], Any]) -> Callable[[Entry], Any]:
    return lambda e: read(e.of.job) if e.of.job else None


def followed_up(case: Case) -> Word | None:
    """How the last follow-up call ended: what the customer said, else why nobody was asked."""
    tries = [f.fields for f in case.forms if f.code == "F04" and f.fields.get("contact_result")]
    if not tries:
        return None
    said = tries[-1].get("satisfaction")
    return Satisfaction(said) if said else ContactResult(tries[-1]["contact_result"])


def _total(entry: Entry) -> float | None:
    """What the job came to: as it was written, else labour and priced materials together."""
    slip = entry.fields
    if slip.get("final_amount") is not None:
        return float(slip["final_amount"])
    return float((slip.get("labour_fee") or 0) + materials.total(slip.get("materials"))) or None


def _certificates(entry: Entry) -> str:
    """The certificate numbers of whoever was sent."""
    found = entry.session.get(PersonRow, entry.row.to)
    return "、".join(f"{name} {number}" for name, number in sorted(found.certificate_numbers.items())) if found else ""


F02 = Ledger("F02", Both("业主报修台帐", "Repair ledger"), TICKETS, (
    TICKET_NO, TYPE, of_ticket("received_at|报修时间|Received", "received_at", shown=True), *customer(),
    of_ticket("content|报修内容|Content", "content", shown=True, width=34), detail("convenient_time|方便维修的时间|Convenient time"),
    of_ticket("appointment_start|预约维修时间|Appointment from", "appointment_start"),
    of_ticket("appointment_end|预约至|Appointment until", "appointment_end"), column("channel|报修渠道|Channel", lambda e: Channel(e.of.row.channel)),
    column("category|报修类别|Category", lambda e: e.of.category, shown=True, width=16), URGENCY, detail("in_warranty|是否保修期内|In warranty"),
    detail("warranty_basis|保修依据|Basis of the warranty"),
    person("first_responder|首问责任人|First responder", "first_responder"), person("registrar|登记人|Registrar", "registrar"),
    person("owner|当前责任人|Owner", "owner", shown=True), of_ticket("promise_at|承诺完成时间|Promised for", "promise_at", shown=True),
    detail("told_two_day|已告知二日内反馈|Told: two days"), column("dispatched_at|派单时间|Dispatched", _with_job(lambda j: j.at)),
    column("handler|维修人|Technician", lambda e: e.of.name(e.of.job.to) if e.of.job else "", shown=True),
    column("arrived_at|到场时间|On site", _with_job(lambda j: j.arrived_at)), of_ticket("completed_at|完成时间|Completed", "completed_at"),
    column("slip_returned_at|返单时间|Slip returned", lambda e: e.of.of("F03").get("slip_returned_at")),
    column("callback_result|回访情况|Follow-up", lambda e: followed_up(e.of), shown=True),
    column("postponement_count|延期次数|Postponements", lambda e: e.of.postponements, total=True, width=9), STATE,
    of_ticket("closed_at|办结时间|Closed", "closed_at"), detail("remark|备注|Remark", width=24)))

F03 = Ledger("F03", Both("工程维修单", "Work orders"), JOBS, (
    TICKET_NO, TYPE, column("dispatched_at|派单时间|Dispatched", lambda e: e.row.at, shown=True),
    column("dispatcher|派单人|Dispatcher", lambda e: e.name(e.row.by)), column("accepted_at|接单时间|Accepted", lambda e: e.row.accepted_at),
    column("handler|维修人员|Technician", lambda e: e.of.name(e.row.to), shown=True), column("certificate_no|证书号|Certificates", _certificates),
    *customer("customer_name|报修人|Customer", phone="contact_phone|电话|Phone"),
    of_ticket("content|报修内容|Content", "content", shown=True, width=34),
    of_ticket("appointment_start|预约时间|Appointment", "appointment_start"), URGENCY,
    told("pre_visit_call_at|上门前致电时间|Phoned first"), column("arrived_at|到场时间|On site", lambda e: e.row.arrived_at, shown=True),
    told("fault_cause|故障原因|Cause", width=20), told("result|处理结果|Result", shown=True, width=24),
    told("materials|用料明细|Materials", width=28),
    told("work_minutes|工时(分钟)|Minutes", total=True), told("labour_fee|人工费|Labour", total=True),
    column("total_fee|合计|Total", _total, total=True, shown=True), told("chargeable|有偿服务|Charged"),
    column("completed_at|完工时间|Completed", lambda e: e.row.completed_at, shown=True), told("tested_ok|试用合格|Tested"),
    told("cleaned_up|现场清洁|Left clean"), told("result_explained|处理结果已向客户交代|Explained"),
    told("customer_opinion|客户意见|Customer's opinion", width=20), told("signature|客户签字|Signature", mask="name"),
    told("unsigned_reason|未签字原因|Not signed because"), told("photos_before|维修前照片|Photos before"),
    told("photos_after|维修后照片|Photos after"), column("slip_returned_by|返单人|Returned by", lambda e: e.name(e.fields.get("slip_returned_by"))),
    told("slip_returned_at|返单时间|Slip returned"), column("reviewed_by|工程主管审核|Reviewed by", lambda e: e.name(e.fields.get("reviewed_by"))),
    column("voided_at|作废时间|Voided", lambda e: e.row.voided_at), column("void_reason|作废原因|Why voided", lambda e: e.row.void_reason, width=18)),
    where=lambda: [TicketRow.type.in_(sorted(FIELDWORK))], fields=lambda row, case: case.slip(row), types=FIELDWORK)

F08 = Ledger("F08", Both("特约服务单", "Paid service orders"), TICKETS, (
    TICKET_NO, RECEIVED, *customer(), CONTENT, detail("service_item|特约项目|Service", shown=True), told("quantity|数量|Quantity"),
    told("quoted_amount|报价|Quoted", total=True, shown=True), told("quoted_by|报价人|Quoted by"),
    told("quote_accepted_at|客户同意时间|Accepted"), column("quote_accepted_by|同意登记人|Accepted, noted by",
                                                       lambda e: e.name(e.fields.get("quote_accepted_by"))),
    told("quote_accepted_how|同意方式|Accepted via"), told("agreed_amount|协商价格|Agreed", total=True),
    column("final_amount|完工金额|Final amount", lambda e: e.of.of("F03").get("final_amount"), total=True, shown=True),
    column("difference_note|差额说明|Difference", lambda e: e.of.of("F03").get("difference_note"), width=20),
    column("paid|已收款|Paid", lambda e: e.of.of("F03").get("paid"), shown=True),
    column("pay_method|收款方式|Paid by", lambda e: e.of.of("F03").get("pay_method")),
    column("receipt_no|收据号|Receipt", lambda e: e.of.of("F03").get("receipt_no")), told("declined_at|未同意|Declined"),
    person("owner|当前责任人|Owner", "owner"), STATE),
    where=lambda: [TicketRow.type == TicketType.SPECIAL_SERVICE], fields=filled("F08"), types=(TicketType.SPECIAL_SERVICE,))

F09 = Ledger("F09", Both("延期告知记录", "Postponements"), FORMS, (
    TICKET_NO, TYPE, column("saved_at|记录时间|Recorded", lambda e: e.row.at, shown=True), *customer(shown=False),
    told("old_promise_at|原承诺时间|Promised before", shown=True), told("new_promise_at|新承诺时间|New promise", shown=True),
    told("reason|原因|Reason", shown=True, width=16), told("initiated_by|发起方|Initiated by"), told("told_at|告知时间|Told at", shown=True),
    told("told_via|告知方式|Told via"), told("contact_id|通话/接触|Contact"), told("attitude|客户态度|Attitude", shown=True),
    told("told_by|告知人|Told by", shown=True), told("beyond_week|是否超7日|Beyond a week"), told("approved_by|特批人|Approved by"),
    told("result|结果|Result", shown=True, width=16)),
    where=lambda: [FormRow.code == "F09"], fields=lambda row, case: row.fields)

F20 = Ledger("F20", Both("上门未遇记录", "Nobody home"), FORMS, (
    TICKET_NO, TYPE, told("visited_at|时间|Visited", shown=True), column("by|人员|By", lambda e: e.name(e.fields.get("by") or e.row.by), shown=True),
    *customer(), told("visitors|上门人数|Visitors"), told("pre_visit_call|是否先致电|Phoned first", shown=True),
    told("knocks|敲门次数|Knocks", shown=True), told("waited|等候(分钟)|Waited (minutes)", shown=True),
    column("result|结果|Result", lambda e: SuspendReason.NO_ACCESS), told("note_left|便条|Note left", shown=True),
    told("new_appointment_start|再约时间|New appointment", shown=True)),
    where=lambda: [FormRow.code == "F20", says('"visited_at":{')], fields=lambda row, case: row.fields, types=FIELDWORK)

F22 = Ledger("F22", Both("事先说明与同意记录", "Consents"), FORMS, (
    TICKET_NO, TYPE, *customer(shown=False), told("clock|时限|Clock"), told("reason|无法按时原因|Why not in time", shown=True, width=20),
    told("explanation|向客户说明内容|Explained", shown=True, width=28), told("consented|客户是否同意|Consented", shown=True),
    told("agreed_at|约定新时间|Agreed", shown=True), told("told_via|方式|Told via"), told("call|通话|Call"),
    column("by|记录人|Recorded by", lambda e: e.name(e.row.by), shown=True), told("recorded_at|记录时间|Recorded", shown=True)),
    where=lambda: [FormRow.code == "F22"], fields=lambda row, case: row.fields)


def _sent_back(entry: Entry) -> int:
    return sum(1 for f in entry.of.forms if f.code == "F26" and f.fields.get("passed") is False)


F26 = Ledger("F26", Both("保修联系单", "Warranty orders"), TICKETS, (
    TICKET_NO, RECEIVED, *customer(), CONTENT, told("firm|施工单位|Firm", shown=True), told("contact_person|联系人|Contact", mask="name"),
    told("phone|电话|Firm's phone", mask="phone"), told("basis|保修部位/期限依据|Basis"), told("told_at|通知时间|Told", shown=True),
    told("told_via|通知方式|Told via"), told("visit_at|约定上门|Appointment"), told("statement|施工方回复|Firm's answer", width=24),
    told("declared_at|完工声明时间|Declared finished", shown=True), told("verified_by|工程验证人|Verified by"),
    told("passed|验证结论合格|Passed", shown=True), told("verified_at|验证时间|Verified"), told("note|说明|Note", width=20),
    column("sent_back|返工次数|Sent back", _sent_back, shown=True, width=9, total=True),
    column("late_reminders|逾期催告|Reminders", lambda e: sum(1 for f in e.of.forms if f.code == "F17" and f.fields.get("ordered_by")), width=9),
    STATE),
    where=lambda: [TicketRow.id.in_(sa.select(FormRow.ticket_id).where(FormRow.code == "F26"))], fields=filled("F26"),
    types=(TicketType.WARRANTY_REPAIR, TicketType.LEGACY_ISSUE))
