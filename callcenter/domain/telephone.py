"""Words of the telephone: where agents, offers and lines stand, and how a call finds its agent (DOMAIN.md 11, C01; F01)."""

from callcenter.domain.vocabulary import TicketType, Word


class AgentState(Word):
    """What an agent is doing, second by second."""

    AVAILABLE = "available", "空闲", "Available"
    OFFERED = "offered", "来电振铃", "Ringing"
    TALKING = "talking", "通话中", "Talking"
    WRAP_UP = "wrap_up", "话后处理", "After-call work"
    BREAK = "break", "小休", "Break"
    MEAL = "meal", "用餐", "Meal"
    TRAINING = "training", "培训", "Training"
    MEETING = "meeting", "会议", "Meeting"
    MISSED = "missed", "未应答", "Missed a call"
    OFFLINE = "offline", "离线", "Offline"


#: what an agent may choose; the others come from the calls
CHOSEN = (AgentState.AVAILABLE, AgentState.BREAK, AgentState.MEAL, AgentState.TRAINING, AgentState.MEETING, AgentState.OFFLINE)
#: at the telephone, in work or waiting for it
STAFFED = frozenset({AgentState.AVAILABLE, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP})


class OfferState(Word):
    """Where the offer of one call to one agent stands; the names are the field's."""

    PENDING = "pending", "振铃", "Ringing"
    ACCEPTED = "accepted", "已接", "Accepted"
    REJECTED = "rejected", "拒接", "Rejected"
    TIMEOUT = "timeout", "无人接", "Timed out"
    CANCELED = "canceled", "来电已挂", "Canceled"
    RESCINDED = "rescinded", "他人已接", "Rescinded"


class OfferReason(Word):
    """Why a call was offered to just this person."""

    OWNER = "owner", "在办事项责任人", "Answers for an open matter"
    TURN = "turn", "轮到", "Their turn"
    EVERYBODY = "everybody", "全体振铃", "Everybody is rung"
    ON_DUTY = "on_duty", "在岗(未签到)", "On duty, not signed on"


class Strategy(Word):
    """Who is rung first."""

    LONGEST_IDLE = "longest_idle", "空闲最久", "Longest idle"
    FEWEST_CALLS = "fewest_calls", "接得最少", "Fewest calls"
    ROUND_ROBIN = "round_robin", "轮流", "Round robin"
    RING_ALL = "ring_all", "全体振铃", "Ring all"


class PhoneKind(Word):
    """The telephone an agent works with."""

    BROWSER = "browser", "浏览器", "Browser"
    NUMBER = "phone", "自己的号码", "Own number"
    SIP = "sip", "SIP 话机", "SIP telephone"


class PartMode(Word):
    """How a line takes part, where that is not simply talking."""

    LISTEN = "listen", "监听", "Listen"
    WHISPER = "whisper", "耳语", "Whisper"
    JOIN = "join", "加入通话", "Join"
    TAKES_OVER = "takes_over", "转接中:接通即接手", "Handed on: takes over when it answers"
    BRIDGED = "bridged", "直接通话", "Talking directly"
    MOVING = "moving", "切换中", "Moving"
    LEAVING = "leaving", "离开中", "Leaving"


#: what a supervisor may choose
SUPERVISING = (PartMode.LISTEN, PartMode.WHISPER, PartMode.JOIN)


class LineRole(Word):
    """Whose telephone a line of a call leads to."""

    CALLER = "caller", "客户", "Caller"
    AGENT = "agent", "坐席", "Agent"
    CONSULTED = "consulted", "咨询方", "Consulted"
    SUPERVISOR = "supervisor", "值班主管", "Supervisor"
    OUTSIDE = "outside", "外部号码", "Outside number"


class LineState(Word):
    """How far a line has come; it never goes back."""

    ASKED = "asked", "已请求", "Asked for"
    RINGING = "ringing", "振铃", "Ringing"
    TALKING = "talking", "通话", "Talking"
    OVER = "over", "已挂断", "Over"


class Script(Word):
    """What a call that the hotline itself makes says and asks."""

    SAY = "say", "播报", "Say it"
    TAKE_OVER = "take_over", "升级:按 1 接手,按 2 上报", "Escalation: 1 takes over, 2 passes up"
    FOLLOW_UP = "follow_up", "自动回访", "Follow-up by machine"
    CONNECT = "connect", "接通坐席与客户", "Connect agent and customer"


#: ordinary work, of which a machine may ask how it was; complaints, urgent work and warranty are for people
MACHINE_CALLED = frozenset({TicketType.DAILY_REPAIR, TicketType.PUBLIC_REPAIR, TicketType.SPECIAL_SERVICE, TicketType.HELP_ORDER})


class TextKind(Word):
    """What a text that came in turned out to be."""

    ANSWER = "answer", "满意度答复", "Answer to a follow-up"
    REPLY = "reply", "就在办事项的回复", "Reply about an open matter"
    STAFF = "staff", "员工回复", "Reply of staff"
    STOP = "stop", "退订", "Stop"
    START = "start", "恢复订阅", "Start"
    NEW = "new", "新事项", "A new matter"
