"""The words and fields of the quality books: corrective actions (F16) and quality feedback (F21), DOMAIN.md 8."""

from callcenter.domain.forms import Field
from callcenter.domain.vocabulary import Department, Word


class Book(Word):
    """Which book a record stands in; the code is also the kind of its chain in the ledger."""

    ACTION = "corrective_action", "整改措施", "Corrective action"
    FEEDBACK = "quality_feedback", "质量信息反馈", "Quality feedback"


class Source(Word):
    """Where a corrective action comes from (F16)."""

    MEETING = "meeting", "周会", "Weekly meeting"
    COMPLAINT = "complaint", "投诉", "Complaint"
    FOLLOW_UP = "follow_up", "回访", "Follow-up call"
    SURVEY = "survey", "调查", "Survey"
    PATROL = "patrol", "巡检", "Patrol"


class Origin(Word):
    """Which record it was made from."""

    BLANK = "blank", "直接登记", "Entered by hand"
    TICKET = "ticket", "工单", "Ticket"
    NOTICE = "notice", "书面通知单", "Written notice"
    FOLLOW_UP = "follow_up", "回访记录", "Follow-up record"
    CLUSTER = "cluster", "同类故障", "Recurring fault"


class ActionState(Word):
    """Where a corrective action stands (F16)."""

    TO_DO = "to_do", "待整改", "To be corrected"
    IN_HAND = "in_hand", "整改中", "Being corrected"
    TO_CHECK = "to_check", "待验收", "To be checked"
    CLEARED = "cleared", "已销号", "Cleared"


class FeedbackState(Word):
    """Where a quality feedback stands (F21)."""

    SENT = "sent", "待处理", "Waiting for an answer"
    ANSWERED = "answered", "已答复", "Answered"
    CLOSED = "closed", "已关闭", "Closed"


class Looked(Word):
    """What the look-back found."""

    HELD = "held", "合格", "It has held"
    FAILED = "failed", "不合格", "It has come back"


class Deed(Word):
    """What was done to a record; the history of the books speaks in these words."""

    OPENED = "opened", "立项", "Opened"
    CHANGED = "changed", "修改", "Changed"
    BEGUN = "begun", "填写措施", "Measure given"
    PROGRESS = "progress", "填写进度", "Progress noted"
    SUBMITTED = "submitted", "报请验收", "Submitted for checking"
    PASSED = "passed", "验收销号", "Passed and cleared"
    RETURNED = "returned", "验收退回", "Sent back"
    HELD = "held", "回头看合格", "Look-back: held"
    REOPENED = "reopened", "回头看不合格,重新整改", "Look-back failed, reopened"
    TOLD = "told", "逾期提醒", "Told: overdue"
    ANSWERED = "answered", "答复", "Answered"
    CLOSED = "closed", "关闭", "Closed"


#: F16 as whoever opens it fills it in; `text` may have several lines, `departments` several answers
ACTION = (
    Field("source", "来源", "Source", Source, must=True), Field("category", "类别", "Category", must=True),
    Field("compound", "小区", "Compound", "compound"), Field("problem", "问题", "Problem", "text", must=True),
    Field("department", "责任部门", "Responsible department", Department, must=True),
    Field("person", "责任人", "Person responsible", "colleague"),
    Field("supporting", "配合部门", "Supporting departments", "departments"),
    Field("due", "整改时限", "Due", "day", must=True), Field("measure", "整改措施", "Measure", "text"),
)
MEASURE = (Field("measure", "整改措施", "Measure", "text", must=True), Field("progress", "进度", "Progress", "text"))
PROGRESS = (Field("progress", "进度", "Progress", "text", must=True),)
CHECK = (Field("check_result", "检查结果", "What the check found", "text", must=True), Field("recheck", "回头看日期", "Look-back on", "day"))
RETURN = (Field("check_result", "检查结果", "What the check found", "text", must=True), Field("due", "新的整改时限", "New due day", "day"))
LOOK = (Field("recheck_result", "回头看结果", "Look-back", Looked, must=True),
        Field("recheck_note", "回头看情况", "What was found", "text", must=True), Field("due", "重新整改的时限", "New due day if it failed", "day"))

#: F21 as the department that saw it fills it in
FEEDBACK = (
    Field("compound", "小区", "Compound", "compound"), Field("place", "部位", "Part of the building", must=True),
    Field("equipment", "设备", "Equipment"), Field("component", "部件", "Component"), Field("maker", "厂家", "Maker"),
    Field("builder", "施工单位", "Builder"), Field("category", "类别", "Category", "category"),
    Field("phenomenon", "现象", "What is seen", "text", must=True),
    Field("tickets", "涉及工单", "Tickets", "numbers"),
    Field("submitted_by_department", "提交部门", "Submitted by", Department, must=True),
    Field("department", "接收部门", "Sent to", Department, must=True),
)
OPINION = (Field("opinion", "处理意见", "What is to be done", "text", must=True),)
CLOSING = (Field("close_note", "关闭说明", "Closing remark", "text", must=True),)
