"""The quality books on paper: F16 corrective action, F21 quality feedback, F23 review of a call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.domain import refusals
from callcenter.domain.call_review import Item, Mark
from callcenter.domain.forms import Field
from callcenter.domain.quality import ActionState, FeedbackState, Looked, Source
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Department, Word
from callcenter.services.quality.review_view import Sheet
from callcenter.storage.action_tables import ActionRow, FeedbackRow

#: from here on a value has a line of its own
_WIDE = 24


@dataclass(frozen=True, slots=True)
class Paper:
    """One record as `print/form.html` prints it; labels have `label(language)`."""

    code: str
    title: Field
    number: str
    lines: tuple[tuple[Field | Word, str, bool], ...]
    signatures: tuple[Field, ...]
    copies: tuple[Field, ...] = ()


def _l(zh: str, en: str) -> Field:
    return Field("", zh, en)


class Printer:
    """Turns values into words of one language, people and compounds into names."""

    def __init__(self, language: str, people: Mapping[str, Person], compounds: Mapping[str, str]) -> None:
        self.language, self.people, self.compounds = language, people, compounds

    def lines(self, pairs: Iterable[tuple[Field | Word, Any]]) -> tuple[tuple[Field | Word, str, bool], ...]:
        said = [(label, refusals.shown(value, self.language) if value not in (None, "", []) else "") for label, value in pairs]
        return tuple((label, text, len(text) > _WIDE) for label, text in said)

    def name(self, user: str | None) -> str:
        return self.people[user].name if user and user in self.people else user or ""

    def action(self, row: ActionRow, tickets: list[str]) -> Paper:
        """F16."""
        pairs = [
            (_l("来源", "Source"), Source(row.source)), (_l("类别", "Category"), row.category),
            (_l("小区", "Compound"), self.compounds.get(row.compound or "", "")), (_l("状态", "State"), ActionState(row.state)),
            (_l("问题", "Problem"), row.problem), (_l("责任部门", "Responsible department"), Department(row.department)),
            (_l("责任人", "Person responsible"), self.name(row.person)),
            (_l("配合部门", "Supporting"), [Department(d) for d in row.supporting]), (_l("整改时限", "Due"), row.due_at),
            (_l("首次时限", "First due"), row.first_due_at), (_l("整改措施", "Measure"), row.measure), (_l("进度", "Progress"), row.progress),
            (_l("报验人", "Submitted by"), self.name(row.submitted_by)), (_l("报验时间", "Submitted"), row.submitted_at),
            (_l("检查人", "Checked by"), self.name(row.checked_by)), (_l("检查时间", "Checked"), row.checked_at),
            (_l("检查结果", "Result of the check"), row.check_result), (_l("销号时间", "Cleared"), row.cleared_at),
            (_l("回头看日期", "Look-back on"), row.recheck_at),
            (_l("回头看结果", "Look-back"), Looked(row.recheck_result) if row.recheck_result else None),
            (_l("回头看情况", "What was found"), row.recheck_note), (_l("轮次", "Round"), row.round), (_l("涉及工单", "Tickets"), tickets)]
        return Paper("F16", _l("整改措施台账", "Corrective action"), row.number, self.lines(pairs),
                     (_l("责任部门", "Department"), _l("检查人", "Checked by"), _l("审核", "Approved")))

    def feedback(self, row: FeedbackRow, tickets: list[str], category: str) -> Paper:
        """F21."""
        pairs = [
            (_l("小区", "Compound"), self.compounds.get(row.compound or "", "")), (_l("部位", "Part of the building"), row.place),
            (_l("设备", "Equipment"), row.equipment), (_l("部件", "Component"), row.component), (_l("厂家", "Maker"), row.maker),
            (_l("施工单位", "Builder"), row.builder), (_l("类别", "Category"), category), (_l("状态", "State"), FeedbackState(row.state)),
            (_l("现象", "What is seen"), row.phenomenon), (_l("近 30 天同类次数", "Alike within 30 days"), row.same_in_30_days),
            (_l("涉及工单", "Tickets"), tickets), (_l("提交部门", "Submitted by"), Department(row.submitted_by_department)),
            (_l("提交人", "Written by"), self.name(row.created_by)), (_l("提交时间", "Written"), row.created_at),
            (_l("接收部门", "Sent to"), Department(row.department)), (_l("处理意见", "What is to be done"), row.opinion),
            (_l("答复人", "Answered by"), self.name(row.answered_by)), (_l("答复时间", "Answered"), row.answered_at),
            (_l("关闭说明", "Closing remark"), row.close_note), (_l("关闭人", "Closed by"), self.name(row.closed_by)),
            (_l("关闭时间", "Closed"), row.closed_at)]
        return Paper("F21", _l("质量信息反馈单", "Quality feedback"), row.number, self.lines(pairs),
                     (_l("提交部门", "Submitted by"), _l("接收部门", "Received by"), _l("品质部", "Quality department")))

    def review(self, sheet: Sheet) -> Paper:
        """F23, in the version that counts."""
        row = sheet.versions[0]
        head: list[tuple[Field | Word, Any]] = [
            (_l("坐席", "Agent"), self.name(row.agent)), (_l("接听时间", "Answered"), row.answered_at), (_l("来电号码", "Number"), sheet.phone),
            (_l("工单", "Ticket"), sheet.ticket.number if sheet.ticket else ""), (_l("质检人", "Reviewed by"), self.name(row.reviewer)),
            (_l("质检时间", "Reviewed"), row.reviewed_at), (_l("版本", "Version"), row.version), (_l("得分", "Score"), row.score)]
        marks: list[tuple[Field | Word, Any]] = [(item, Mark(row.marks[item.value])) for item in Item]
        said = sheet.comment
        tail: list[tuple[Field | Word, Any]] = [
            (_l("听到的禁用语", "Phrases heard"), row.heard), (_l("培训需要", "Training"), row.training), (_l("说明", "Remark"), row.note),
            (_l("更正原因", "Why corrected"), row.reason), (_l("坐席回应", "The agent's comment"), said.text if said else "")]
        return Paper("F23", _l("服务质检表", "Review of a call"), row.number, self.lines([*head, *marks, *tail]),
                     (_l("质检人", "Reviewed by"), _l("坐席", "Agent")))
