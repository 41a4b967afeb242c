"""The ledgers of the house itself: 通话 F01, 书面通知 F10, 升级 F11, 交接班 F13, 督办 F17, 群发事件 F19."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from callcenter.domain.vocabulary import URGENT, CallState, Clock, Disposition, EscalationKind, ReturnCall, Role, Trigger
from callcenter.services.ledgers.columns import (
    CALLS,
    DESK,
    ESCALATIONS,
    FORMS,
    OFFICE,
    SHIFTS,
    TICKETS,
    WITH_COMPLAINTS,
    Column,
    Entry,
    Ledger,
    column,
    filled,
    local_span,
    says,
)
from callcenter.services.ledgers.repairs import CONTENT, STATE, TICKET_NO, TYPE, customer, person, told
from callcenter.services.paper.records import Both
from callcenter.storage.tables import CallRow, FormRow, PromiseRow, ShiftRow, TicketRow
from callcenter.storage.telephone_tables import RecordingRow

DIRECTIONS = {"inbound": Both("呼入", "Inbound"), "outbound": Both("呼出", "Outbound")}
ENDED_BY = {"customer": Both("客户", "The customer"), "agent": Both("坐席", "The agent"), "system": Both("系统", "The system")}


def _of_row(spec: str, name: str, **more: Any) -> Column:
    return column(spec, lambda e: getattr(e.row, name), **more)


def _outcome(entry: Entry) -> Any:
    """Answered, a message left, given up, or still going on."""
    call = entry.row
    if call.answered_at is not None:
        return Both("已接听", "Answered")
    if call.voicemail:
        return Both("留言", "Message left")
    return CallState(call.state) if call.state in set(CallState) else call.state


def _rang(entry: Entry) -> int | None:
    return local_span(entry.row.ring_started_at, entry.row.answered_at or entry.row.ended_at)


def _recorded(entry: Entry) -> str:
    """The recordings of the call that still lie at the provider, by their keys."""
    found = entry.session.scalars(sa.select(RecordingRow.id).where(RecordingRow.call_id == entry.key, RecordingRow.deleted_at.is_(None)))
    return "、".join(f"R{key}" for key in found)


def _tickets(entry: Entry) -> str:
    """The tickets registered from the call, and the one an outgoing call is about."""
    found = list(entry.session.scalars(sa.select(TicketRow.number).where(TicketRow.call_id == entry.key).order_by(TicketRow.id)))
    return "、".join(dict.fromkeys([*found, *([entry.row.about_ticket] if entry.row.about_ticket else [])]))


F01 = Ledger("F01", Both("通话记录", "Calls"), CALLS, (
    _of_row("call_id|通话编号|Call", "sid", width=36), column("direction|呼入/呼出|Direction",
        lambda e: DIRECTIONS.get(e.row.direction, e.row.direction),
                                                        shown=True),
    _of_row("caller_number|主叫号码|Caller", "from_number", mask="phone", shown=True, width=15),
    _of_row("callee|被叫|Called", "to_number", mask="phone", width=15), _of_row("ring_started_at|振铃开始|Rang", "ring_started_at", shown=True),
    _of_row("answered_at|接听|Answered", "answered_at", shown=True), _of_row("ended_at|结束|Ended", "ended_at", shown=True),
    column("ring_seconds|振铃秒数|Ringing (s)", _rang, shown=True), column("ring_count|铃响次数|Rings", lambda e: -(-(_rang(e) or 0) // 5)),
    column("hold_seconds|保持秒数|On hold (s)", lambda e: e.row.hold_ms // 1000),
    column("agent|坐席|Agent", lambda e: e.name(e.row.answered_by), shown=True),
    column("outcome|结果|Outcome", _outcome, shown=True), column("hangup_by|挂机方|Hung up by",
        lambda e: ENDED_BY.get(e.row.ended_by) or e.name(e.row.ended_by)),
    column("recording_ref|录音|Recording", _recorded), _of_row("recording_notice_played|录音告知|Recording notice", "recording_notice"),
    column("ticket_id|关联工单|Tickets", _tickets, shown=True, width=20),
    column("disposition|话后小结|Summary", lambda e: Disposition.words(e.row.disposition, e.language) if e.row.disposition else "", shown=True,
        width=22),
    column("return_call|回拨|Return call", lambda e: ReturnCall(e.row.return_call) if e.row.return_call in set(ReturnCall) else e.row.return_call)),
    filters=("compound", "owner", "q"), roles=DESK | OFFICE)


def _asked(form: FormRow) -> bool:
    return "problem" in form.fields


def _recontacted(entry: Entry) -> Any:
    """What the specialist heard after this notice."""
    again = next((f for f in entry.of.forms if f.code == "F04" and f.id > entry.key and f.fields.get("kind") == "recontact"), None)
    return None if again is None else told("x|x|x", "satisfaction" if again.fields.get("satisfaction") else "contact_result").value(
        Entry(again, entry.case, again.fields, entry.people, entry.session, entry.language))


F10 = Ledger("F10", Both("书面通知单(整改通知)", "Written notices"), FORMS, (
    column("notice_no|通知编号|Notice", lambda e: f"TZ{e.row.id:06d}", shown=True), told("source|来源|Source", shown=True), TICKET_NO, TYPE,
    told("department|责任部门|Department", shown=True), told("responsible_person|责任人|Person responsible", shown=True),
    told("supporting|配合部门|Supporting"), told("problem|问题描述|Problem", shown=True, width=28), told("demand|客户要求|Customer asks", width=20),
    told("due_at|时限要求|Due", shown=True), told("sent_by|发出人|Sent by"), told("sent_at|发出时间|Sent", shown=True),
    told("signed_by|签收人|Signed by"),
    told("measure|整改措施|Measure", shown=True, width=28), told("resolved_at|完成时间|Resolved", shown=True),
    told("specialist_id|客服专人|Specialist"),
    column("recontact_result|再联系结果|Re-contact", _recontacted), told("round_no|轮次|Round", width=7)),
    where=lambda: [FormRow.code == "F10", says('"problem":"')], fields=filled("F10", _asked), filters=WITH_COMPLAINTS)


def _trigger(entry: Entry) -> Any:
    return Trigger(entry.row.trigger) if entry.row.trigger in set(Trigger) else entry.row.trigger


F11 = Ledger("F11", Both("升级记录", "Escalations"), ESCALATIONS, (
    TICKET_NO, TYPE, _of_row("level|级别|Level", "level", shown=True, width=7),
    column("kind|升级类型|Kind", lambda e: EscalationKind(e.row.kind) if e.row.kind in set(EscalationKind) else e.row.kind),
    column("trigger|触发|Set off by", _trigger, shown=True),
    column("clock|时限|Clock", lambda e: Clock(e.row.clock) if e.row.clock in set(Clock) else e.row.clock, shown=True, width=16),
    column("told|通知对象|Told", lambda e: "、".join(e.name(u) for u in e.row.told), shown=True, width=20),
    _of_row("escalated_at|升级时间|Escalated", "at", shown=True),
    column("acknowledged_by|签收人|Taken up by", lambda e: e.name(e.row.acknowledged_by), shown=True),
    _of_row("acknowledged_at|签收时间|Taken up", "acknowledged_at", shown=True), _of_row("note|处理意见|Opinion", "note", width=24),
    person("owner|当前责任人|Owner", "owner"), _of_row("ended_at|结束时间|Ended", "ended_at", shown=True), CONTENT),
    filters=WITH_COMPLAINTS)


def _kept_late(entry: Entry) -> int:
    """How many of the tickets handed over had a promise past its time at that moment."""
    at: datetime = entry.row.handed_at
    late = sa.select(PromiseRow.ticket_id).where(
        PromiseRow.ticket_id == TicketRow.id, PromiseRow.due_at < at, PromiseRow.voided_at.is_(None), PromiseRow.excused_at.is_(None),
        sa.or_(PromiseRow.kept_at.is_(None), PromiseRow.kept_at > at)).exists()
    return entry.session.scalar(sa.select(sa.func.count()).select_from(TicketRow).where(TicketRow.number.in_(entry.row.tickets), late)) or 0


def _urgent(entry: Entry) -> int:
    return entry.session.scalar(sa.select(sa.func.count()).select_from(TicketRow).where(
        TicketRow.number.in_(entry.row.tickets), TicketRow.type.in_(sorted(URGENT)))) or 0


def _return_calls(entry: Entry) -> int:
    """Callers who waited for a return call at that moment, of the two days before."""
    at: datetime = entry.row.handed_at
    return entry.session.scalar(sa.select(sa.func.count()).select_from(CallRow).where(
        CallRow.ring_started_at.between(at - timedelta(days=2), at), CallRow.return_call != ReturnCall.NONE,
        sa.or_(CallRow.returned_at.is_(None), CallRow.returned_at > at))) or 0


def _follow_ups(entry: Entry) -> int:
    """Follow-up calls still owed for the tickets handed over."""
    at: datetime = entry.row.handed_at
    owed = sa.select(PromiseRow.ticket_id).where(
        PromiseRow.ticket_id == TicketRow.id, PromiseRow.clock == Clock.CALLBACK, PromiseRow.started_at <= at, PromiseRow.voided_at.is_(None),
        sa.or_(PromiseRow.kept_at.is_(None), PromiseRow.kept_at > at)).exists()
    return entry.session.scalar(sa.select(sa.func.count()).select_from(TicketRow).where(TicketRow.number.in_(entry.row.tickets), owed)) or 0


F13 = Ledger("F13", Both("交接班记录", "Shift handovers"), SHIFTS, (
    _of_row("shift_began_at|班次开始|Shift began", "started_at", shown=True), _of_row("shift_ended_at|班次结束|Shift ended", "ended_at"),
    column("handed_by|交班人|Handed over by", lambda e: e.name(e.row.user), shown=True),
    column("handed_to|接班人|Handed over to", lambda e: e.name(e.row.handed_to), shown=True),
    _of_row("handed_at|交接时间|Handed over", "handed_at", shown=True),
    column("open_tickets|未结工单数|Open tickets", lambda e: len(e.row.tickets), shown=True), column("urgent|急修在途|Urgent", _urgent, shown=True),
    column("overdue|超期|Overdue", _kept_late, shown=True), column("tickets|清单|Tickets", lambda e: "、".join(e.row.tickets), width=40),
    column("return_calls|待回拨|Return calls", _return_calls), column("follow_ups|待回访|Follow-ups", _follow_ups),
    _of_row("notes|其他事项|Notes", "notes", shown=True, width=30), _of_row("signed_in_at|接班签字|Signed", "signed_at", shown=True)),
    where=lambda: [ShiftRow.handed_at.is_not(None)], filters=("owner",), roles=DESK | OFFICE)


def _ordered(form: FormRow) -> bool:
    return bool(form.fields.get("ordered_by"))


def _ordered_by(entry: Entry) -> Any:
    by = entry.fields.get("ordered_by")
    return Role.SYSTEM if by == Role.SYSTEM else entry.name(by)


F17 = Ledger("F17", Both("督办单", "Supervision orders"), FORMS, (
    column("order_no|编号|Order", lambda e: f"DB{e.row.id:06d}", shown=True), TICKET_NO, TYPE, told("reason|督办原因|Reason", shown=True, width=24),
    column("ordered_by|督办人|Ordered by", _ordered_by, shown=True), column("ordered_at|督办时间|Ordered", lambda e: e.row.at, shown=True),
    told("department|被督办部门|Department", shown=True), told("due_at|要求完成时间|Due", shown=True), told("signed_by|签收人|Signed by"),
    told("signed_at|签收时间|Signed", shown=True), told("feedback|反馈|Answer", shown=True, width=24), told("result|结果|Result", width=18),
    told("assessed|是否考核|Assessed")),
    where=lambda: [FormRow.code == "F17", says('"ordered_by":"')], fields=filled("F17", _ordered), filters=WITH_COMPLAINTS)


def _joined(entry: Entry) -> int:
    """The callers who joined it, or were registered into it."""
    joined = says(f'"parent":"{entry.of.row.number}"')
    return entry.session.scalar(sa.select(sa.func.count(sa.distinct(FormRow.ticket_id))).where(FormRow.code == "F19", joined)) or 0


F19 = Ledger("F19", Both("群发事件", "Mass incidents"), TICKETS, (
    TICKET_NO, TYPE, *customer(shown=False), CONTENT, told("scope|影响范围|Scope", shown=True, width=22), told("started_at|开始|Began", shown=True),
    told("announcement|公告文本|Announcement", width=28), told("expected_at|预计恢复|Expected", shown=True),
    column("joined|子工单/来电数|Callers", _joined, shown=True, total=True), told("restored_at|恢复时间|Restored", shown=True),
    told("told_via|通知方式|Told via"), STATE),
    where=lambda: [TicketRow.id.in_(sa.select(FormRow.ticket_id).where(FormRow.code == "F19", says('"scope":"')))], fields=filled("F19"))
