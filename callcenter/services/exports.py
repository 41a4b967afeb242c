"""The ledger, the work orders and the follow-up records as CSV or XLSX (RP-L): masked unless said otherwise, written row by row."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any

import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.orm import Session

from callcenter.domain import days, materials
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import FIELDWORK, Channel, ContactResult, Satisfaction, State, TicketType, Urgency, Word
from callcenter.services import masking
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import AssignmentRow, FormRow, MatterRow, TicketRow

#: tickets read at a time
PAGE = 500
#: a text that begins like this is a formula to a spreadsheet
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which list, of which days and compounds, for whose eyes."""

    kind: str  #: ledger, work_orders or follow_ups
    since: datetime
    until: datetime
    compounds: frozenset[str] = frozenset()  #: empty: all
    unmasked: bool = False
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket with what its line of a list needs."""

    row: TicketRow
    policy: Policy
    people: dict[str, Person]
    jobs: list[AssignmentRow]
    forms: list[FormRow]
    postponements: int
    wish: Wish

    def name(self, user: str | None) -> str:
        return self.people[user].name if user in self.people else (user or "")

    @property
    def customer(self) -> str:
        return self.row.customer_name if self.wish.unmasked else masking.name(self.row.customer_name)

    @property
    def phone(self) -> str:
        return (self.row.contact_phone or "") if self.wish.unmasked else masking.phone(self.row.contact_phone)

    @property
    def place(self) -> str:
        return self.row.place if self.wish.unmasked else masking.place(self.row.place, self.row.room_id is not None)

    @property
    def category(self) -> str:
        category = self.policy.categories.get(self.row.category or "")
        return f"{category.code} {category.label(self.wish.language)}" if category else ""

    @property
    def job(self) -> AssignmentRow | None:
        """The last dispatch that stood."""
        return next((j for j in reversed(self.jobs) if j.voided_at is None), None)

    def of(self, code: str) -> dict[str, Any]:
        """All fields of one form, later records over earlier ones."""
        return {k: v for f in self.forms if f.code == code for k, v in f.fields.items() if v is not None}


Lines = Callable[[Case], Iterator[list[Any]]]


def _ledger(case: Case) -> Iterator[list[Any]]:
    """F02: one line a ticket."""
    row, job = case.row, case.job
    answered = [f for f in case.forms if f.code == "F04" and f.fields.get("contact_result")]
    yield [row.number, row.received_at, case.customer, case.place, case.phone, row.content, row.details.get("convenient_time"),
           row.appointment_start, Channel(row.channel), case.category, Urgency(row.urgency), row.details.get("in_warranty"),
           case.name(row.first_responder), case.name(row.registrar), case.name(row.owner), row.promise_at, job.at if job else None,
           case.name(job.to) if job else "", job.arrived_at if job else None, row.completed_at, case.of("F03").get("slip_returned_at"),
           _answer(answered[-1].fields) if answered else "", case.postponements, State(row.state), row.details.get("remark")]


def _work_orders(case: Case) -> Iterator[list[Any]]:
    """F03: one line a dispatch, also of those that came to nothing."""
    row, slip = case.row, case.of("F03")
    for job in case.jobs if row.type in FIELDWORK else []:
        last = job is case.jobs[-1]
        yield [row.number, TicketType(row.type), job.at, case.name(job.by), case.name(job.to), job.accepted_at, case.customer, case.place, case.phone,
               row.content, row.appointment_start, job.arrived_at, slip.get("fault_cause") if last else None, slip.get("result") if last else None,
               slip.get("materials") if last else None, slip.get("labour_fee") if last else None, slip.get("final_amount") if last else None,
               job.completed_at, slip.get("result_explained") if last else None, slip.get("slip_returned_at") if last else None, job.voided_at,
               job.void_reason]


def _follow_ups(case: Case) -> Iterator[list[Any]]:
    """F04: one line a try."""
    for form in case.forms:
        if form.code == "F04" and form.fields.get("contact_result"):
            fields = form.fields
            yield [case.row.number, form.at, fields.get("attempt_no"), fields.get("method"), case.customer, case.place, case.phone,
                   ContactResult(fields["contact_result"]), Satisfaction(fields["satisfaction"]) if fields.get("satisfaction") else None,
                   fields.get("solved"), fields.get("on_time"), fields.get("attitude"), fields.get("site_clean"), fields.get("fee_ok"),
                   fields.get("opinion"), fields.get("other_needs"), fields.get("reason"), case.name(fields.get("caller_id") or form.by)]


def _answer(fields: dict[str, Any]) -> Word:
    said = fields.get("satisfaction")
    return Satisfaction(said) if said else ContactResult(fields["contact_result"])


#: kind → columns in Chinese and English, and the lines of a ticket
LISTS: dict[str, tuple[str, str, Lines]] = {
    "ledger": ("工单编号 报修时间 客户姓名 住址 联系方式 报修内容 方便维修的时间 预约维修时间 报修渠道 类别 紧急程度 是否保修期内 首问责任人 "
               "登记人 当前责任人 承诺完成时间 派单时间 维修人 到场时间 完成时间 返单时间 回访情况 延期次数 状态 备注",
               "Number,Received,Customer,Address,Phone,Content,Convenient time,Appointment,Channel,Category,Urgency,In warranty,First responder,"
               "Registrar,Owner,Promised for,Dispatched,Technician,On site,Completed,Slip returned,Follow-up,Postponements,State,Remark", _ledger),
    "work_orders": ("工单编号 类型 派单时间 派单人 维修人员 接单时间 报修人 住址 电话 报修内容 预约时间 到场时间 故障原因 处理结果 用料 "
                    "人工费 合计 完工时间 已向客户交代 返单时间 作废时间 作废原因",
                    "Number,Type,Dispatched,Dispatcher,Technician,Accepted,Customer,Address,Phone,Content,Appointment,On site,Cause,Result,Materials,"
                    "Labour,Total,Completed,Explained,Slip returned,Voided,Reason", _work_orders),
    "follow_ups": ("工单编号 回访时间 第几次 方式 受访人 住址 电话 结果 满意度 是否解决 到场准时 服务态度 人走场净 收费合规 反馈意见 "
                    "其他需要 不满意原因 回访人",
                   "Number,At,Try,Method,Respondent,Address,Phone,Result,Satisfaction,Solved,On time,Attitude,Left clean,Fee as listed,Opinion,"
                   "Other needs,Reason,Caller", _follow_ups)}


def columns(wish: Wish) -> list[str]:
    """The headings of a list."""
    zh, en, _ = LISTS[wish.kind]
    return en.split(",") if wish.language.startswith("en") else zh.split()


def count(session: Session, wish: Wish) -> int:
    """How many tickets a list is about: for the access log, which is written before the first line leaves."""
    return session.scalar(sa.select(sa.func.count()).select_from(TicketRow).where(*_meant(wish))) or 0


def lines(hotline: Hotline, session: Session, wish: Wish) -> Iterator[list[str]]:
    """The lines of a list, oldest ticket first; the database is read as they are asked for."""
    people, after = facts.people(session), 0
    while rows := list(session.scalars(sa.select(TicketRow).where(*_meant(wish), TicketRow.id > after).order_by(TicketRow.id).limit(PAGE))):
        jobs, forms, matters = _about(session, [r.id for r in rows], {r.matter_id for r in rows})
        for row in rows:
            case = Case(row, hotline.rulebook.of(session, row.policy_id), people, jobs.get(row.id, []), forms.get(row.id, []),
                        matters[row.matter_id], wish)
            yield from ([text(cell, wish.language) for cell in line] for line in LISTS[wish.kind][2](case))
        after = rows[-1].id
        session.expunge_all()


def _meant(wish: Wish) -> list[sa.ColumnElement[bool]]:
    within = [TicketRow.received_at >= wish.since, TicketRow.received_at < wish.until]
    return within + ([TicketRow.compound.in_(sorted(wish.compounds))] if wish.compounds else [])


def _about(session: Session, ids: list[int], matter_ids: set[int]) -> tuple[dict[int, list[AssignmentRow]], dict[int, list[FormRow]], dict[int, int]]:
    jobs: dict[int, list[AssignmentRow]] = {}
    forms: dict[int, list[FormRow]] = {}
    for job in session.scalars(sa.select(AssignmentRow).where(AssignmentRow.ticket_id.in_(ids)).order_by(AssignmentRow.id)):
        jobs.setdefault(job.ticket_id, []).append(job)
    for form in session.scalars(sa.select(FormRow).where(FormRow.ticket_id.in_(ids)).order_by(FormRow.id)):
        forms.setdefault(form.ticket_id or 0, []).append(form)
    found = session.execute(sa.select(MatterRow.id, MatterRow.postponements).where(MatterRow.id.in_(matter_ids)))
    return jobs, forms, {int(id_): int(moved) for id_, moved in found}


def text(cell: Any, language: str) -> str:
    """A cell as text: words by name, times in local time to the second, yes and no, rows of materials in one line."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return ("yes" if cell else "no") if language.startswith("en") else ("是" if cell else "否")
    if isinstance(cell, Word):
        return cell.label(language)
    if isinstance(cell, datetime):
        return days.local(cell).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, (list, tuple)):
        return "; ".join(materials.line(item) if isinstance(item, dict) else str(item) for item in cell)
    return str(cell)


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def as_csv(head: list[str], rows: Iterable[list[str]]) -> Iterator[bytes]:
    """The list as CSV, UTF-8 with the mark that spreadsheets ask for, a few rows at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(head)
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
        if buffer.tell() > 32_000:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> bytes:
    held = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return held


def as_xlsx(head: list[str], rows: Iterable[list[str]]) -> Iterator[bytes]:
    """The list as a workbook, every cell a text and none a formula, in constant memory."""
    with TemporaryFile() as file:
        with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, len(head) - 1, 16)
            _write(sheet, 0, head, bold)
            for y, row in enumerate(rows, start=1):
                _write(sheet, y, row, None)
        file.seek(0)
        while chunk := file.read(65_536):
            yield chunk


def _write(sheet: Any, y: int, row: list[str], style: Any) -> None:
    for x, cell in enumerate(row):
        sheet.write_string(y, x, cell[:32_767], style)


__all__ = ["LISTS", "Wish", "as_csv", "as_xlsx", "columns", "count", "lines", "safe", "text"]
