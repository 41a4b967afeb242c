"""What each badge is for and what it may do, in words for whoever gives it (DOMAIN.md 10)."""

from collections.abc import Mapping

from callcenter.domain.policy import Policy
from callcenter.domain.vocabulary import Action, Role

#: role → its work, in Chinese and English; which acts it may do on a ticket follows from the rules in force
DUTIES: Mapping[Role, tuple[str, str]] = {
    Role.AGENT: ("接电话、登记、答复；自己接的单负责到底，直到客户满意，看得到它的完整号码；夜里没有派单员时可以派单。",
                 "Answers, registers and replies; owns what they took until the customer is satisfied. Sees whole numbers on their own tickets; "
                 "dispatches at night when no dispatcher is on duty."),
    Role.LEAD: ("带班：替责任人跟进、派单、回拨、交接班，维护房屋与客户、排班，登记请假。看得到完整号码。",
                "Runs the shift: stands in for owners, dispatches, calls back, hands over; keeps rooms, customers, roster and leave. "
                "Sees whole numbers."),
    Role.DISPATCHER: ("三分钟内派单、改派，替接单人录入进展；维护排班。只在未结工单上看到号码。",
                      "Dispatches within three minutes, reassigns, enters progress on a technician's word; keeps the roster. "
                      "Numbers on open tickets only."),
    Role.TECHNICIAN: ("在手机上接单、出发、到场、完工；接单后才看到客户号码，结单 24 小时后不再看到。派什么单看工种和证件。",
                      "Accepts, departs, arrives and completes on a telephone; sees the customer's number from acceptance until a day after the end. "
                      "Trade and certificates decide what may be sent to them."),
    Role.DEPT_HEAD: ("管本部门：派本部门的单、验收维修、答复整改通知、排本部门的班；不判定本部门的投诉。",
                     "Looks after their department: dispatches its work, verifies repairs, answers notices, keeps its roster; "
                     "never judges complaints about it."),
    Role.SUPERVISOR: ("管整个客服：看督办看板、签收升级、判定投诉、移交责任人、降级、旁听、改规则和排班。",
                      "Heads customer service: the board, escalations, complaints judged, ownership transferred, urgency lowered, "
                      "calls listened to; rules and roster."),
    Role.PM: ("管本项目：批准超过一周的特殊情况，签收三级升级，只有项目经理能以不满意结单。",
              "Runs the project: approves special cases beyond a week, takes level 3; nobody else may close a matter unsatisfied."),
    Role.QUALITY: ("公司品质：看所有小区，四级升级、特殊情况、通话质检，批准带号码的导出。",
                   "Quality for all compounds: level 4, special cases, call reviews, exports with numbers approved."),
    Role.GM: ("五级升级由人工报到这里；看督办看板，签收、督办，不办单。",
              "Level 5, reached by hand only; reads the board, acknowledges and orders, works no tickets."),
    Role.CALLBACK: ("按名单回访，记录满意度；不回访自己处理过的，投诉由专人回访。",
                    "Makes the follow-up calls and records satisfaction; never for what they handled themselves."),
    Role.CONTRACTOR: ("外单位：只看得到派给自己的单，用点击外呼联系客户，不见号码。",
                      "Outside firm: sees only what was sent to them and calls customers without seeing numbers."),
    Role.ADMIN: ("管人员、口令、日历和系统；不看客户，不听录音，不办单。",
                 "Keeps people, passwords, calendar and the system; sees no customers, hears no recordings, works no tickets."),
    Role.AUDITOR: ("只读：看台账、报表、名册和规则，什么也不能改。", "Reads ledgers, reports, registers and rules; changes nothing."),
    Role.STAFF: ("其他员工：在名册里，可以被记为首问责任人；没有自己的工作页面。",
                 "Other colleagues: on the register so that they can be a first responder; no working pages of their own."),
}


#: what somebody with a badge becomes on the tickets that are theirs
_ON_THEIRS: Mapping[Role, frozenset[Role]] = {
    **dict.fromkeys((Role.TECHNICIAN, Role.CONTRACTOR), frozenset({Role.HANDLER, Role.QUALIFIED})),
    **dict.fromkeys((Role.AGENT, Role.LEAD), frozenset({Role.OWNER, Role.FIRST_RESPONDER})),
    Role.CALLBACK: frozenset({Role.SPECIALIST}), Role.STAFF: frozenset({Role.FIRST_RESPONDER}),
}


def acts(policy: Policy, role: Role) -> list[Action]:
    """What the rules let a role do to any ticket of some type in some state, in the order of the vocabulary."""
    may = _may(policy, frozenset({role}))
    return [action for action in Action if action in may]


def acts_on_theirs(policy: Policy, role: Role) -> list[Action]:
    """What comes on top of that for tickets that are theirs: taken, sent to them, or given to them to call about."""
    may = _may(policy, _ON_THEIRS.get(role, frozenset())) - _may(policy, frozenset({role}))
    return [action for action in Action if action in may]


def _may(policy: Policy, roles: frozenset[Role]) -> set[Action]:
    return {step.action for flow in policy.flows.values() for step in flow.steps.values() if not roles.isdisjoint(step.who)}
