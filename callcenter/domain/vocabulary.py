"""The closed vocabularies that policy files, program and pages share; every word carries its Chinese and English name."""

from enum import StrEnum


class Word(StrEnum):
    """A code with its two names. The code is what files, tables and the API hold; people read `zh` or `en`."""

    zh: str
    en: str
    _value_: str

    def __new__(cls, code: str, zh: str = "", en: str = "") -> "Word":
        word = str.__new__(cls, code)
        word._value_ = code
        word.zh = zh
        word.en = en
        return word

    def label(self, language: str = "zh") -> str:
        """The name a person reads; Chinese for anything that does not begin with "en"."""
        return self.en if language.startswith("en") else self.zh


class TicketType(Word):
    """What kind of work a ticket is (DOMAIN.md 3.1)."""

    URGENT_REPAIR = "urgent_repair", "急修", "Urgent repair"
    DAILY_REPAIR = "daily_repair", "日常报修", "Daily repair"
    WARRANTY_REPAIR = "warranty_repair", "保修期内报修", "Warranty repair"
    PUBLIC_REPAIR = "public_repair", "公共区域维修", "Public-area repair"
    SPECIAL_SERVICE = "special_service", "特约服务", "Special (paid) service"
    COMPLAINT_QUALITY = "complaint_quality", "投诉·房屋质量/设施配套", "Complaint: quality or facilities"
    COMPLAINT_SERVICE = "complaint_service", "投诉·服务质量", "Complaint: service"
    SUGGESTION = "suggestion", "建议", "Suggestion"
    INQUIRY = "inquiry", "咨询", "Inquiry"
    LEGACY_ISSUE = "legacy_issue", "遗留问题", "Legacy issue"
    PRAISE = "praise", "表扬", "Praise"
    HELP_ORDER = "help_order", "秩序/环境求助", "Order or environment help"
    ITEM_RELEASE = "item_release", "物品放行", "Item release"
    BUSINESS_CALL = "business_call", "公务来电", "Business call"
    EMERGENCY_REFERRAL = "emergency_referral", "紧急转警", "Emergency referral"


COMPLAINTS = frozenset({TicketType.COMPLAINT_QUALITY, TicketType.COMPLAINT_SERVICE})
URGENT = frozenset({TicketType.URGENT_REPAIR, TicketType.EMERGENCY_REFERRAL})
REPAIRS = frozenset({TicketType.URGENT_REPAIR, TicketType.DAILY_REPAIR, TicketType.WARRANTY_REPAIR,
                     TicketType.PUBLIC_REPAIR, TicketType.LEGACY_ISSUE, TicketType.EMERGENCY_REFERRAL})
#: done with the answer, not by work
SETTLED_BY_REPLY = COMPLAINTS | {TicketType.SUGGESTION}
#: someone has to go there
FIELDWORK = REPAIRS | {TicketType.SPECIAL_SERVICE, TicketType.HELP_ORDER}
#: somebody comes into the home, so the customer says when it suits (F02) and can sign (F03)
AT_HOME = frozenset({TicketType.DAILY_REPAIR, TicketType.WARRANTY_REPAIR, TicketType.SPECIAL_SERVICE, TicketType.LEGACY_ISSUE})
#: something is mended, so its slip says why it broke and what it took (F03)
MENDED = REPAIRS - {TicketType.EMERGENCY_REFERRAL}


class State(Word):
    """Where a ticket stands (DOMAIN.md 3.2)."""

    NEW = "new", "已登记", "Registered"
    DISPATCHED = "dispatched", "已派单", "Dispatched"
    ACCEPTED = "accepted", "已接单", "Accepted"
    ON_SITE = "on_site", "已到场", "On site"
    SUSPENDED = "suspended", "挂起", "Suspended"
    COMPLETED = "completed", "已完工", "Completed"
    VERIFYING = "verifying", "待验证", "Being verified"
    CALLBACK_DUE = "callback_due", "待回访", "Follow-up due"
    REWORK = "rework", "返修/重办", "Rework"
    CLOSED = "closed", "已办结", "Closed"
    CLOSED_UNSATISFIED = "closed_unsatisfied", "不满意办结", "Closed unsatisfied"
    CANCELLED = "cancelled", "已撤单", "Cancelled"
    MERGED = "merged", "已并单", "Merged"


ENDED = frozenset({State.CLOSED, State.CLOSED_UNSATISFIED, State.CANCELLED, State.MERGED})
OPEN = frozenset(State) - ENDED


class CallState(Word):
    """Where a call stands."""

    DIALLING = "dialling", "拨出中", "Dialling"
    GREETED = "greeted", "播报中", "Being greeted"
    RINGING = "ringing", "振铃中", "Ringing"
    ANSWERED = "answered", "通话中", "Answered"
    HELD = "held", "保持中", "On hold"
    ENDED = "ended", "已结束", "Ended"
    ABANDONED = "abandoned", "未接挂断", "Abandoned"


class ReturnCall(Word):
    """Whether a missed caller has been called back (C23)."""

    NONE = "none", "无", "None"
    DUE = "due", "待回拨", "Due"
    DONE = "done", "已回拨", "Done"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class Disposition(Word):
    """What a call without a ticket was about (F01); whatever fits none of these is written in the agent's own words."""

    ANSWERED = "inquiry_answered", "咨询，已当场答复", "Question, answered at once"
    WRONG_NUMBER = "wrong_number", "打错电话", "Wrong number"
    NUISANCE = "nuisance", "无声或骚扰来电", "Silent or nuisance call"
    PROGRESS = "progress_asked", "查询工单进展", "Asked how a ticket stands"
    BUSINESS = "business_passed_on", "公务来电，已转达", "Business call, passed on"
    RETURN_CALL = "return_call", "回拨", "Return call"
    # what the hotline itself writes down about an abandoned call that nobody will call back
    WITHHELD = "withheld_number", "号码未显示，无法回拨", "Number withheld, no return call possible"
    ALREADY_DUE = "return_call_already_due", "此号码已在待回拨", "A return call to this number is due already"

    @classmethod
    def code(cls, text: str) -> str:
        """The code of a usual answer, in whichever language it was given; any other text as it is."""
        return next((word.value for word in cls if text in (word.value, word.zh, word.en)), text)

    @classmethod
    def words(cls, text: str, language: str = "zh") -> str:
        """What was written down, as its reader reads it."""
        return cls(text).label(language) if text in set(cls) else text


#: the answers an agent chooses from
USUAL_DISPOSITIONS = tuple(d for d in Disposition if d not in {Disposition.WITHHELD, Disposition.ALREADY_DUE, Disposition.RETURN_CALL})


class Role(Word):
    """Who somebody is: the badge roles of DOMAIN.md 10, then roles that only a ticket can give."""

    AGENT = "agent", "坐席", "Agent"
    LEAD = "lead", "值班长", "Shift lead"
    DISPATCHER = "dispatcher", "派单员", "Dispatcher"
    TECHNICIAN = "technician", "维修工", "Technician"
    DEPT_HEAD = "dept_head", "部门主管", "Department head"
    SUPERVISOR = "supervisor", "客服主管", "CS supervisor"
    PM = "pm", "项目经理", "Project manager"
    QUALITY = "quality", "品质部", "Quality department"
    GM = "gm", "总经理", "General manager"
    CALLBACK = "callback", "回访专员", "Follow-up specialist"
    CONTRACTOR = "contractor", "施工/外委单位", "Contractor"
    ADMIN = "admin", "系统管理员", "Administrator"
    AUDITOR = "auditor", "审计(只读)", "Auditor"
    STAFF = "staff", "其他员工", "Other staff"
    # given by the ticket, never by a badge
    OWNER = "owner", "当前责任人", "Owner"
    FIRST_RESPONDER = "first_responder", "首问责任人", "First responder"
    HANDLER = "handler", "处理人", "Handler"
    QUALIFIED = "qualified", "符合条件的在岗人员", "Qualified on duty"
    NIGHT_AGENT = "night_agent", "坐席(无派单员在岗时)", "Agent while no dispatcher is on duty"
    RECEIVER = "receiver", "接收人", "Receiver"
    VERIFIER = "verifier", "工程验证人", "Engineering verifier"
    SPECIALIST = "specialist", "回访专人", "Named specialist"
    CUSTOMER = "customer", "客户", "Customer"
    SYSTEM = "system", "系统", "System"


BADGES = frozenset(r for r in Role if r not in {
    Role.OWNER, Role.FIRST_RESPONDER, Role.HANDLER, Role.QUALIFIED, Role.NIGHT_AGENT, Role.RECEIVER, Role.VERIFIER,
    Role.SPECIALIST, Role.CUSTOMER, Role.SYSTEM})

#: who may answer the hotline, register, and sit at its desk (DOMAIN.md 10)
ANSWERING = frozenset({Role.AGENT, Role.LEAD, Role.DISPATCHER, Role.SUPERVISOR, Role.CALLBACK})

#: the escalation level a role stands on (DOMAIN.md 6)
LEVEL_OF = {Role.OWNER: 0, Role.HANDLER: 0, Role.AGENT: 0, Role.TECHNICIAN: 0, Role.DISPATCHER: 1, Role.LEAD: 1,
            Role.SUPERVISOR: 2, Role.DEPT_HEAD: 2, Role.PM: 3, Role.QUALITY: 4, Role.GM: 5}


class Action(Word):
    """What can be done to a ticket: the verbs of every flow and of the rehearsal file."""

    OPEN_TICKET = "open_ticket", "登记", "Register"
    ADD_CONTACT = "add_contact", "客户再次反映", "Repeat contact"
    RECORD_CONSENT = "record_consent", "事先说明并征得同意", "Prior explanation with consent"
    DISPATCH = "dispatch", "派单", "Dispatch"
    REASSIGN = "reassign", "改派", "Reassign"
    VOID_DISPATCH = "void_dispatch", "接单超时作废", "Dispatch voided"
    OFFER_ALL = "offer_all", "开放抢单", "Offer to all qualified"
    ACCEPT = "accept", "接单", "Accept"
    REJECT = "reject", "拒单", "Reject"
    AGREE_APPOINTMENT = "agree_appointment", "约定上门时间", "Agree an appointment"
    PRE_VISIT_CALL = "pre_visit_call", "上门前致电", "Pre-visit call"
    DEPART = "depart", "出发", "Depart"
    ARRIVE = "arrive", "到场", "Arrive"
    NO_ACCESS = "no_access", "无人在家", "Nobody home"
    ASK_SUSPEND = "ask_suspend", "申请挂起", "Ask to suspend"
    DECLINE_SUSPEND = "decline_suspend", "不同意挂起", "Decline the suspension"
    SUSPEND = "suspend", "挂起", "Suspend"
    RESUME = "resume", "恢复", "Resume"
    MAKE_SAFE = "make_safe", "排险", "Make safe"
    COMPLETE = "complete", "完工", "Complete"
    RETURN_SLIP = "return_slip", "返单", "Return the slip"
    VERIFY = "verify", "验证", "Verify"
    RECORD_CALLBACK = "record_callback", "回访", "Record the follow-up call"
    MIDTERM_CALL = "midterm_call", "中期回访", "Mid-term call"
    CUSTOMER_REPLY = "customer_reply", "客户回复", "Customer reply"
    POSTPONE = "postpone", "延期", "Postpone"
    APPROVE_SPECIAL_CASE = "approve_special_case", "特殊情况批准", "Approve a special case"
    RECOVERY_PROMISE = "recovery_promise", "补救承诺", "Recovery promise"
    URGE = "urge", "催单", "Urge"
    ESCALATE = "escalate", "升级", "Escalate"
    ACKNOWLEDGE = "acknowledge", "签收升级", "Acknowledge"
    HAND_OVER_COMPLAINT = "hand_over_complaint", "上报/转办", "Hand over to the department"
    JUDGE_COMPLAINT = "judge_complaint", "判定是否有效", "Judge validity"
    REPLY = "reply", "答复客户", "Reply to the customer"
    SEND_NOTICE = "send_notice", "发书面通知", "Send the written notice"
    ANSWER_NOTICE = "answer_notice", "回复书面通知", "Answer the notice"
    RECONTACT = "recontact", "专人再联系", "Specialist re-contact"
    ANSWER_INQUIRY = "answer_inquiry", "答复咨询", "Answer the inquiry"
    FORWARD_INQUIRY = "forward_inquiry", "转专业人员", "Forward to a specialist"
    QUOTE = "quote", "报价", "Quote"
    ACCEPT_QUOTE = "accept_quote", "同意报价", "Accept the quote"
    DECLINE_QUOTE = "decline_quote", "不同意报价", "Decline the quote"
    RECLASSIFY = "reclassify", "改类别", "Reclassify"
    TRANSFER_OWNER = "transfer_owner", "移交责任人", "Transfer ownership"
    ACCEPT_OWNERSHIP = "accept_ownership", "接受移交", "Accept ownership"
    FOLLOW = "follow", "指定代理跟进人", "Name the acting follower"
    SUPERVISE = "supervise", "督办", "Supervision order"
    ANSWER_SUPERVISION = "answer_supervision", "督办反馈", "Answer the supervision order"
    REVIEW = "review", "主管审核", "Supervisor's review"
    NOTE = "note", "备注", "Note"
    ACK_COMPLETION = "ack_completion", "首问责任人知悉", "First responder informed"
    MERGE = "merge", "并单", "Merge"
    UNMERGE = "unmerge", "撤销并单", "Undo the merge"
    DECLARE_INCIDENT = "declare_incident", "定为群发事件", "Declare a mass incident"
    JOIN_INCIDENT = "join_incident", "并入群发事件", "Join the mass incident"
    LEAVE_INCIDENT = "leave_incident", "移出群发事件", "Leave the mass incident"
    RESTORE = "restore", "恢复正常", "Restored"
    PREEMPT = "preempt", "急修抢先", "Give way to an urgent job"
    DRAW_FOLLOW_UP = "draw_follow_up", "补抽回访", "Draw for a follow-up call"
    CANCEL = "cancel", "撤单", "Cancel"
    CLOSE = "close", "办结", "Close"
    CLOSE_BY_RULE = "close_by_rule", "免回访办结", "Close without a call"
    CLOSE_UNREACHABLE = "close_unreachable", "无法接通办结", "Close as unreachable"
    CLOSE_UNSATISFIED = "close_unsatisfied", "不满意办结", "Close unsatisfied"


class Clock(Word):
    """The promise codes (DOMAIN.md 4, C01–C30)."""

    ANSWER = "answer", "三声接听", "Answer within three rings"
    HOLD = "hold", "保持时长", "Hold time"
    REGISTER = "register", "话后登记", "Register after the call"
    DISPATCH = "dispatch", "三分钟派单", "Dispatch within three minutes"
    ACCEPT = "accept", "接单", "Accept"
    ARRIVE_URGENT = "arrive_urgent", "急修 30 分钟到场", "Urgent: on site in 30 minutes"
    MAKE_SAFE = "make_safe", "急修排险/修复", "Make safe"
    ARRIVE_APPT = "arrive_appt", "约定时间到场", "On site as agreed"
    COMPLETION = "completion", "承诺办结", "Completion as promised"
    FEEDBACK = "feedback", "二日反馈", "Two-day feedback"
    WEEK_CAP = "week_cap", "一周上限", "One-week cap"
    POSTPONE_NOTICE = "postpone_notice", "延期先告知", "Tell before the slip"
    EXPERT_ANSWER = "expert_answer", "专业答复", "Specialist answer"
    COMPLAINT_HANDOVER = "complaint_handover", "投诉上报/转办", "Complaint hand-over"
    VERIFY = "verify", "保修验证", "Warranty verification"
    SLIP_RETURN = "slip_return", "返单", "Slip return"
    CALLBACK = "callback", "回访", "Follow-up call"
    CALLBACK_RETRY = "callback_retry", "回访重试", "Follow-up retry"
    DISSAT_NOTICE = "dissat_notice", "不满意书面通知", "Written notice"
    RECONTACT = "recontact", "专人再联系", "Specialist re-contact"
    ESCALATION_ACK = "escalation_ack", "升级签收", "Escalation acknowledged"
    CHANNEL_REPLY = "channel_reply", "非话务渠道响应", "Channel reply"
    MISSED_CALL = "missed_call", "漏接回拨", "Return call"
    HANDOVER = "handover", "交接班", "Shift handover"
    DAILY_CLOSE = "daily_close", "日结", "Daily close"
    WEEKLY_REPORT = "weekly_report", "周报", "Weekly report"
    MONTHLY_REPORT = "monthly_report", "月度汇总", "Monthly report"
    QUARTERLY_REPORT = "quarterly_report", "季度评价", "Quarterly review"
    YEARLY_REPORT = "yearly_report", "年度报告", "Yearly report"
    SURVEY = "survey", "半年征询", "Half-year survey"
    GOV_REFERRAL = "gov_referral", "政府转办件", "Government slip"
    QUOTE = "quote", "特约报价", "Quote"
    RECOVERY = "recovery", "补救承诺", "Recovery promise"
    SUPERVISION = "supervision", "督办时限", "Supervision order"
    TRANSFER = "transfer", "移交接收", "Transfer accepted"
    SUSPENSION = "suspension", "挂起到期", "Suspension ends"
    SECOND_CALL = "second_call", "渗漏二次回访", "Second follow-up after a leak"
    JUDGEMENT = "judgement", "投诉判定", "Complaint judged"
    MIDTERM_CALL = "midterm_call", "特约中期回访", "Mid-term call of a long service"
    SUSPEND_ANSWER = "suspend_answer", "挂起申请答复", "Request to suspend answered"


class Status(Word):
    """How a promise stands, judged from its row alone (DOMAIN.md 4.1)."""

    RUNNING = "running", "计时中", "Running"
    KEPT = "kept", "达标", "Kept"
    BROKEN = "broken", "超时", "Broken"
    EXCUSED = "excused", "豁免", "Excused"
    VOID = "void", "作废", "Void"
    NONE = "none", "无", "None"


class Moment(Word):
    """From which moment a promise counts; the program knows when each one happens."""

    RECEIVED = "received", "受理(第一人知悉)", "receipt"
    REGISTERED = "registered", "登记", "registration"
    REGISTERED_OR_CALL_ENDED = "registered_or_call_ended", "登记或挂机,取早者", "registration or end of call, the earlier"
    QUOTE_ACCEPTED = "quote_accepted", "客户同意报价", "quote accepted"
    DISPATCHED = "dispatched", "派单", "dispatch"
    APPOINTMENT = "appointment", "约定上门时间", "agreed appointment"
    COMPLETED = "completed", "完工", "completion"
    CALLBACK_DUE = "callback_due", "进入待回访", "follow-up due"
    FOLLOW_UP_ATTEMPTED = "follow_up_attempted", "回访未接通", "follow-up not reached"
    DISSATISFIED = "dissatisfied", "客户不满意", "customer dissatisfied"
    NOTICE_ANSWERED = "notice_answered", "部门回复(或通知满 24 小时)", "department answered (or 24 h after the notice)"
    ESCALATED = "escalated", "升级通知", "escalation"
    FORWARDED = "forwarded", "转专业人员", "forwarded"
    AT_RISK = "at_risk", "临近承诺时间", "promise at risk"
    RECOVERY = "recovery", "补救承诺作出", "recovery promise given"
    SUPERVISED = "supervised", "督办单发出", "supervision order issued"
    TRANSFER_ASKED = "transfer_asked", "提出移交", "transfer asked"
    SUSPENDED = "suspended", "挂起", "suspension"
    SUSPEND_ASKED = "suspend_asked", "申请挂起", "request to suspend"
    CLOSED_LEAK = "closed_leak", "渗漏类办结", "a leak closed"
    MESSAGE_RECEIVED = "message_received", "收到消息", "message received"
    RINGING = "ringing", "开始振铃", "ringing"
    HELD = "held", "开始保持", "hold"
    CALL_ENDED = "call_ended", "挂机且未登记", "end of call without a record"
    ABANDONED = "abandoned", "未接挂断", "caller gave up"
    SHIFT_ENDING = "shift_ending", "班次结束前", "shift about to end"
    PERIOD_BEGAN = "period_began", "期间开始", "period begun"
    PERIOD_ENDED = "period_ended", "期间结束", "period over"


class Anchor(Word):
    """What the time of a rung is measured from."""

    DUE = "due", "到期", "due time"
    START = "start", "起算", "start"
    WINDOW_START = "window_start", "约定时段开始", "start of the agreed window"
    DAY_END = "day_end", "当日 24:00", "24:00 of the day"


class Condition(Word):
    """When a rung speaks at all."""

    NOT_ACCEPTED = "not_accepted", "尚无人接单", "nobody has accepted"
    NO_TECHNICIAN = "no_technician", "尚未指定到人", "no named technician"
    NOT_DEPARTED = "not_departed", "尚未出发", "nobody is on the way"
    NOT_PLANNED = "not_planned", "尚未安排", "nothing is planned"


class Deed(Word):
    """What a rung does besides telling people."""

    OFFER_ALL = "offer_all", "开放抢单", "offer to all qualified"
    VOID_DISPATCH = "void_dispatch", "派单作废", "void the dispatch"
    RESUME = "resume", "恢复办理", "resume"
    START_POSTPONE_NOTICE = "start_postpone_notice", "要求办结或延期", "ask: finish or postpone"
    SUPERVISE = "supervise", "开督办单", "issue a supervision order"
    CLIMB = "climb", "升上一级", "climb to the next level"
    CLOSE_UNREACHABLE = "close_unreachable", "按无法接通办结", "close as unreachable"
    START_RECONTACT = "start_recontact", "开始专人再联系", "start the re-contact"
    ROUND_LEVEL = "round_level", "按不满意轮次升级", "escalate by dissatisfied round"
    RING_ALL = "ring_all", "全员振铃", "ring everybody"
    DRAW_FOLLOW_UP = "draw_follow_up", "安排回访", "have the customer called"


class Urgency(Word):
    URGENT = "urgent", "紧急", "Urgent"
    NORMAL = "normal", "一般", "Normal"


class Channel(Word):
    """How it reached us (DOMAIN.md 11)."""

    PHONE = "phone", "服务热线", "Hotline"
    VOICEMAIL = "voicemail", "留言", "Voicemail"
    MISSED = "missed", "漏接", "Missed call"
    WALK_IN = "walk_in", "前台来访", "Walk-in"
    STAFF_RELAY = "staff_relay", "员工转报", "Relayed by staff"
    PATROL = "patrol", "巡检发现", "Patrol"
    WEB_FORM = "web_form", "线上报事", "Web form"
    WECHAT = "wechat", "微信", "WeChat"
    SMS = "sms", "短信", "SMS"
    EMAIL = "email", "意见邮箱", "E-mail"
    SUGGESTION_BOX = "suggestion_box", "意见箱/座谈会", "Suggestion box"
    GOV_HOTLINE = "gov_hotline", "12345/12319 转办", "Government hotline"
    SURVEY = "survey", "征询意见", "Survey"
    CALLBACK = "callback", "回访中提出", "Raised in a follow-up call"
    DEVICE = "device", "设备告警", "Device alarm"


#: found by ourselves: no customer stands behind it unless a telephone number was taken (DOMAIN.md 11, O12)
FOUND_BY_US = frozenset({Channel.PATROL, Channel.DEVICE})


class DispatchMode(Word):
    """How a category finds its technician (DOMAIN.md 3.4)."""

    ASSIGN = "assign", "指派", "Assign"
    OFFER = "offer", "抢单", "Offer to all"
    ROUND_ROBIN = "round_robin", "轮派", "Round-robin"


class SuspendReason(Word):
    CUSTOMER = "customer", "客户要求", "Customer asked"
    MATERIAL = "material", "待料", "Waiting for material"
    THIRD_PARTY = "third_party", "第三方", "Third party"
    NO_ACCESS = "no_access", "无人在家", "Nobody home"


class ComplaintKind(Word):
    """What a complaint is about (F05)."""

    QUALITY = "quality", "房屋质量", "Quality of the building"
    FACILITIES = "facilities", "设施配套", "Facilities"
    SERVICE = "service", "服务质量", "Service"
    ORDER = "order", "秩序", "Order"
    ENVIRONMENT = "environment", "环境", "Environment"
    FEES = "fees", "收费", "Fees"
    OTHER = "other", "其他", "Other"


class Severity(Word):
    """How grave a complaint is (F05, E5)."""

    MINOR = "minor", "轻微", "Minor"
    IMPORTANT = "important", "重要", "Important"
    MAJOR = "major", "重大", "Major"


class Reviewed(Word):
    """Which record a supervisor has looked at."""

    WORK_ORDER = "F03", "工程维修单", "Work order"
    FOLLOW_UP = "F04", "回访记录表", "Follow-up record"
    COMPLAINT = "F05", "投诉单", "Complaint"


class SlipSource(Word):
    """Where a government slip comes from (F27)."""

    MAYOR = "12345", "12345 市民热线", "12345 citizens' hotline"
    CITY = "12319", "12319 城管热线", "12319 city services"
    STREET = "street", "街道/社区", "Sub-district or community"


class EscalationKind(Word):
    """Handed to somebody who can, or reported to somebody above (E15)."""

    HIERARCHIC = "hierarchic", "层级升级", "Reported upward"
    FUNCTIONAL = "functional", "职能升级", "Handed to a specialist"


class PostponeReason(Word):
    MATERIAL = "material", "待料", "Waiting for material"
    THIRD_PARTY = "third_party", "第三方", "Third party"
    WEATHER = "weather", "天气", "Weather"
    CUSTOMER = "customer", "客户原因", "Customer"
    COMPLEX = "complex", "专业复杂", "Specialist work"
    OTHER = "other", "其他", "Other"


class Attitude(Word):
    UNDERSTANDS = "understands", "理解", "Understands"
    RELUCTANT = "reluctant", "勉强", "Reluctant"
    DISAGREES = "disagrees", "不同意", "Disagrees"
    UNKNOWN = "unknown", "未知", "Unknown"


class ToldVia(Word):
    PHONE = "phone", "电话", "Phone"
    VISIT = "visit", "上门", "Visit"
    SMS = "sms", "短信", "SMS"
    WECHAT = "wechat", "微信", "WeChat"


class ContactResult(Word):
    REACHED = "reached", "接通", "Reached"
    NO_ANSWER = "no_answer", "无人接听", "No answer"
    BUSY = "busy", "占线", "Busy"
    POWER_OFF = "power_off", "关机", "Switched off"
    WRONG_NUMBER = "wrong_number", "号码错误", "Wrong number"
    REFUSED = "refused", "拒绝回答", "Declined to answer"
    CALL_LATER = "call_later", "请稍后再打", "Call later"


class Satisfaction(Word):
    VERY_SATISFIED = "very_satisfied", "非常满意", "Very satisfied"
    SATISFIED = "satisfied", "满意", "Satisfied"
    FAIRLY = "fairly", "基本满意", "Fairly satisfied"
    DISSATISFIED = "dissatisfied", "不满意", "Dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied", "非常不满意", "Very dissatisfied"


CONTENT = frozenset({Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED, Satisfaction.FAIRLY})


class TransferReason(Word):
    """Why ownership may move (DOMAIN.md O5)."""

    LEFT_COMPANY = "left_company", "离职", "Left the company"
    LONG_LEAVE = "long_leave", "长假", "Long leave"
    CONFLICT_OF_INTEREST = "conflict_of_interest", "利益冲突", "Conflict of interest"
    COMPLAINT_ABOUT_OWNER = "complaint_about_owner", "投诉责任人", "Complaint about the owner"
    SPECIAL_TEAM = "special_team", "专班处理", "Special team"


class Evidence(Word):
    """On what grounds a ticket was closed."""

    CALLBACK = "callback", "回访确认", "Confirmed by follow-up call"
    SIGNATURE = "signature", "客户签字", "Customer's signature"
    CUSTOMER_CONFIRM = "customer_confirm", "客户确认", "Customer's confirmation"
    ANSWERED = "answered", "已答复", "Answered"
    UNREACHABLE = "unreachable", "无法接通", "Unreachable"
    RECORDED = "recorded", "已记录", "Recorded"
    UNSATISFIED = "unsatisfied", "不满意,经批准", "Unsatisfied, approved"


class Trigger(Word):
    """What set an escalation off (F11)."""

    CLOCK = "clock", "时限", "A clock"
    MANUAL = "manual", "人工", "By hand"
    URGED = "urged", "催单", "Urged"
    REPEAT_CONTACT = "repeat_contact", "二次反映", "Repeat contact"
    DISSATISFIED = "dissatisfied", "回访不满意", "Dissatisfied"
    SECOND_POSTPONEMENT = "second_postponement", "二次延期", "Second postponement"
    NOBODY_QUALIFIED = "nobody_qualified", "无合格人员在岗", "Nobody qualified on duty"
    UNACKNOWLEDGED = "unacknowledged", "升级无人签收", "Escalation not acknowledged"
    NOBODY_REACHABLE = "nobody_reachable", "该级无人可达", "Nobody reachable on that level"
    MAJOR_COMPLAINT = "major_complaint", "重大投诉", "Major complaint"
    COMPLAINT = "complaint", "服务投诉", "Service complaint"
    SUSPENSIONS = "suspensions", "多次挂起", "Suspended again and again"
    PASSED_UP = "passed_up", "接电话后上报", "Passed up on the telephone"
    NOT_PICKED_UP = "not_picked_up", "电话无人接听", "Nobody picked up the telephone"


class Because(Word):
    """Reasons the system gives by itself."""

    TIMEOUT = "timeout", "未在时限内接单", "did not accept in time"
    UNTIL = "until", "挂起期限已到", "the suspension is over"
    UNACKNOWLEDGED = "unacknowledged", "升级无人签收", "escalation not acknowledged"
    RECOVERY = "recovery", "补救承诺", "recovery promise"
    PREEMPTED = "preempted_by_urgent", "被急修抢先", "gave way to an urgent job"
    SECOND_POSTPONEMENT = "second_postponement", "要求二次延期", "a second postponement was asked for"
    DISSATISFIED = "dissatisfied", "回访不满意", "dissatisfied"


class Department(Word):
    ENGINEERING = "engineering", "工程部", "Engineering"
    ORDER = "order", "秩序部", "Order"
    ENVIRONMENT = "environment", "环境部", "Environment"
    CUSTOMER_SERVICE = "customer_service", "客服部", "Customer service"


class Trade(Word):
    """Trades and outside firms a category needs (DOMAIN.md 17.3, 17.5)."""

    PLUMBER = "plumber", "水工", "Plumber"
    ELECTRICIAN = "electrician", "电工", "Electrician"
    LOWVOLT = "lowvolt", "弱电", "Low-voltage"
    HANDYMAN = "handyman", "综合维修", "Handyman"
    MASON = "mason", "土建", "Civil works"
    HVAC = "hvac", "空调暖通", "HVAC"
    EQUIPMENT = "equipment", "设备运行", "Equipment"
    LIFT = "lift", "电梯维保", "Lift vendor"
    FIRE = "fire", "消防维保", "Fire-safety vendor"
    GAS = "gas", "燃气公司", "Gas company"
    BUILDER = "builder", "施工单位", "Builder"
    GUARD = "guard", "秩序员", "Guard"
    CLEANER = "cleaner", "保洁", "Cleaner"
    GARDENER = "gardener", "绿化", "Gardener"
    REFERRAL = "referral", "转运营商", "Referred to the carrier"
    CS = "cs", "客服", "Customer service"


DEPARTMENT_OF = {Trade.GUARD: Department.ORDER, Trade.CLEANER: Department.ENVIRONMENT,
                 Trade.GARDENER: Department.ENVIRONMENT, Trade.CS: Department.CUSTOMER_SERVICE,
                 Trade.REFERRAL: Department.CUSTOMER_SERVICE}
