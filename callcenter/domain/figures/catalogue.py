"""The catalogue of figures (DOMAIN.md 9): every one with its two names, its formula, where it comes from, and what it is held against."""

from typing import NamedTuple

from callcenter.domain.figures.cases import Mark
from callcenter.domain.vocabulary import Word


class Theme(Word):
    """What a figure is about, in the order in which they are read."""

    TELEPHONE = "telephone", "电话", "Telephone"
    DISPATCH = "dispatch", "派单与到场", "Dispatch and arrival"
    PROMISES = "promises", "承诺与时限", "Promises"
    FOLLOW_UP = "follow_up", "回访与满意", "Follow-up and satisfaction"
    COMPLAINTS = "complaints", "投诉与二次反映", "Complaints and repeat contacts"
    RECORDS = "records", "质量与记录", "Workmanship and records"
    PEOPLE = "people", "人员与服务", "People and services"
    REPORTS = "reports", "报告、整改与存量", "Reports, corrective actions and stock"


class Unit(Word):
    """What a figure is a number of."""

    SHARE = "share", "比率", "Share"
    COUNT = "count", "件数", "Number"
    SECONDS = "seconds", "平均秒数", "Mean seconds"
    MEDIAN = "median", "中位秒数", "Median seconds"
    PER_HOUSEHOLD = "per_household", "每户", "Per household"


class When(Word):
    """Which instant of a case says to which period it belongs."""

    DECIDED = "decided", "按达标或超时的那一刻", "when it was kept or broken"
    DUE = "due", "按首次承诺的到期时刻", "when the first promise fell due"
    COMPLETED = "completed", "按(首次)完工时刻", "when the work was (first) completed"
    CLOSED = "closed", "按办结时刻", "when it was closed"
    RUNG = "rung", "按来电开始振铃的时刻", "when the call began to ring"
    SAVED = "saved", "按记录保存的时刻", "when the record was saved"
    RECEIVED = "received", "按受理时刻", "when it was received"
    YEAR = "year", "截止日前 12 个月", "in the twelve months before the end"
    HOUR = "hour", "按每个钟点", "hour by hour"
    NOW = "now", "截止时刻的状况", "as things stand at the end"


class Definition(NamedTuple):
    """What a figure is."""

    zh: str
    en: str
    formula: str
    formula_en: str
    code: str
    theme: Theme
    #: the rule of DOMAIN.md it serves: R013, C04, CB16 …
    source: str
    when: When = When.DECIDED
    unit: Unit = Unit.SHARE
    #: the usual target; the policy file's own wins
    target: float | None = None
    #: the lower the better
    ceiling: bool = False
    #: the sum of the amounts is divided, not the number of cases
    weighed: bool = False
    #: amounts are milliseconds and shown as seconds
    in_ms: bool = False
    #: divided by something that is no number of cases: households, tickets received
    outside: bool = False
    #: shown beside this figure
    beside: str | None = None

    @property
    def looked_at(self) -> Mark:
        """The cases that call for a look: those in the numerator where less is better, else those that are not."""
        return Mark.HIT if self.ceiling or self.unit is Unit.COUNT else Mark.MISS

    def label(self, language: str = "zh") -> str:
        return self.en if language.startswith("en") else self.zh


def _d(code: str, theme: Theme, names: str, formulas: str, source: str, when: When = When.DECIDED, **more: object) -> Definition:
    zh, en = names.split("|")
    formula, formula_en = formulas.split("|")
    return Definition(zh, en, formula, formula_en, code, theme, source, when, **more)  # type: ignore[arg-type]


_T, _D, _P, _F, _C, _R, _M, _S = Theme
_COUNT, _MEAN, _MEDIAN = Unit.COUNT, Unit.SECONDS, Unit.MEDIAN

_ALL = (
    _d("K01", _T, "三声接听率|Answered within three rings",
       "15 秒内接听 ÷ (来电 − 5 秒内放弃)|answered within 15 s ÷ (offered − given up within 5 s)", "R070 C01", When.RUNG, target=1.0),
    _d("K01b", _T, "服务水平(宽)|Service level, lenient",
       "(15 秒内接听 + 15 秒内放弃) ÷ (接听 + 放弃)|(answered + abandoned within 15 s) ÷ (answered + abandoned)", "K01", When.RUNG, beside="K01"),
    _d("K02", _T, "呼叫接通率(24 小时)|Connect rate, 24 h",
       "接听 ÷ (来电 − 5 秒内放弃)|answered ÷ (offered − given up within 5 s)", "R016 GB/T 33358", When.RUNG, target=0.95),
    _d("K03", _T, "放弃率|Abandonment",
       "满 5 秒放弃 ÷ 来电|given up after 5 s or more ÷ offered", "GB/T 33358", When.RUNG, target=0.05, ceiling=True),
    _d("K28", _T, "一次解决率|First-contact resolution",
       "首次来电即办结且 7 日内未再来 ÷ (接听 − 应急)|settled on the call, not heard of again in 7 days ÷ (answered − emergencies)",
       "R016", When.RUNG),
    _d("K29", _T, "平均应答时长|Average speed of answer",
       "接听来电的等待秒数之和 ÷ 接听|Σ wait of answered calls ÷ answered", "K29", When.RUNG, unit=_MEAN, in_ms=True),
    _d("K29b", _T, "平均处理时长|Average handling time",
       "(通话 + 保持 + 话后) 秒数之和 ÷ 接听|Σ (talk + hold + after-call) ÷ answered", "K29", When.RUNG, unit=_MEAN, in_ms=True, beside="K29"),
    _d("occupancy", _T, "占用率|Occupancy",
       "(振铃 + 通话 + 话后) ÷ (振铃 + 通话 + 话后 + 空闲)|(ringing + talk + after-call) ÷ (same + idle)",
       "K29", When.RUNG, weighed=True, in_ms=True),
    _d("utilization", _T, "利用率|Utilization",
       "通话 ÷ 在线(含小休、用餐、培训、会议)|talk ÷ signed-in time, breaks included", "K29", When.RUNG, weighed=True, in_ms=True),

    _d("K04", _D, "三分钟派单达标率|Dispatched within three minutes",
       "C04 达标 ÷ (达标 + 超时)|C04 kept ÷ (kept + broken)", "R013 C04", target=1.0),
    _d("K04b", _D, "派单豁免率|Dispatch excused by consent",
       "C04 经客户同意豁免 ÷ 全部 C04|C04 excused by consent ÷ all C04", "R014 F22", target=0.10, ceiling=True, beside="K04"),
    _d("K04c", _D, "受理到派单(中位)|Receipt to dispatch, median",
       "受理至首次有效派单的整秒数的中位数|median of the whole seconds from receipt to the first dispatch that stood",
       "R013 4.2", unit=_MEDIAN, in_ms=True, beside="K04"),
    _d("K05", _D, "急修 30 分钟到场率|Urgent: on site in 30 minutes",
       "C06 达标 ÷ (达标 + 超时)|C06 kept ÷ (kept + broken)", "R030 C06", target=1.0),
    _d("K06", _D, "零修、急修及时率|Repairs in time",
       "急修:C06 且 C07;零修:C08 且 C09(首次承诺)|urgent: C06 and C07; others: C08 and C09 (first promise)", "R039", When.DUE, target=0.99),
    _d("K06a", _D, "其中:到场及时|of which: on site in time",
       "急修 C06、零修 C08 达标 ÷ 到期的急修、零修|urgent C06, others C08 kept ÷ repairs due", "R039", When.DUE, beside="K06"),
    _d("K06b", _D, "其中:完成及时|of which: finished in time",
       "急修 C07、零修 C09(首次承诺)达标 ÷ 到期的急修、零修|urgent C07, others C09 (first promise) kept ÷ repairs due",
       "R039", When.DUE, beside="K06"),
    _d("K07", _D, "约定时间到场率|On site as agreed",
       "C08 达标 ÷ (达标 + 超时)|C08 kept ÷ (kept + broken)", "R032 C08", target=1.0),

    _d("K08", _P, "二日反馈率|Answered within two days",
       "C10 达标 ÷ (达标 + 超时)|C10 kept ÷ (kept + broken)", "R003 C10", target=1.0),
    _d("K09", _P, "首次承诺兑现率|First promise kept",
       "按首次承诺办结 ÷ 承诺到期|finished by the first promise ÷ promises due", "R022 C09", target=0.98),
    _d("K10", _P, "延期率|Postponed",
       "延期事项 ÷ 承诺到期的事项|matters postponed ÷ matters with a promise due", "R008", target=0.05, ceiling=True),
    _d("K10b", _P, "二次延期(已拒绝)|Second postponements refused",
       "被拒绝的二次延期次数|second postponements asked for and refused", "R008", When.SAVED, unit=_COUNT, target=0.0, ceiling=True, beside="K10"),
    _d("K11", _P, "超一周件|Beyond a week without approval",
       "C11 超时未经特批 ÷ C11 达标或超时|C11 broken without approval ÷ C11 kept or broken", "R009 C11", target=0.0, ceiling=True),
    _d("K39", _P, "延期先告知率|Told before the slip",
       "到期前告知 ÷ 延期或超时件|told before it was due ÷ postponed or late", "R007", target=1.0),
    _d("K38", _P, "升级签收及时率|Escalations acknowledged in time",
       "C21 达标 ÷ (达标 + 超时)|C21 kept ÷ (kept + broken)", "C21", target=1.0),

    _d("K13", _F, "保修期内回访率|Warranty follow-up",
       "C17 内接通 ÷ 到期应回访的保修|reached within C17 ÷ warranty follow-ups due", "R090 C17", When.DUE, target=1.0),
    _d("K14", _F, "维修服务回访率|Repair follow-up",
       "接通 ÷ 完工报修|reached ÷ finished repairs", "R041", When.COMPLETED, target=0.30),
    _d("K14b", _F, "其中:已拨打|of which: called",
       "已拨打回访 ÷ 完工报修|called ÷ finished repairs", "R041", When.COMPLETED, beside="K14"),
    _d("K14c", _F, "其中:有答复|of which: answered",
       "有满意度答复 ÷ 完工报修|gave an opinion ÷ finished repairs", "R041", When.COMPLETED, beside="K14"),
    _d("K15", _F, "投诉回访率|Complaint follow-up",
       "接通 ÷ 已答复投诉|reached ÷ complaints answered", "R020", When.COMPLETED, target=1.0),
    _d("K16", _F, "服务满意率|Satisfaction",
       "(非常满意+满意+基本满意) ÷ 有答复的回访|(very satisfied + satisfied + fairly satisfied) ÷ follow-ups answered",
       "R091 CB16", When.SAVED, target=0.98),
    _d("K16b", _F, "服务满意率(严)|Satisfaction, strict",
       "(非常满意+满意) ÷ 有答复的回访|(very satisfied + satisfied) ÷ follow-ups answered", "R091 CB16", When.SAVED, beside="K16"),
    _d("K22", _F, "不满意闭环率|Dissatisfied re-contacted",
       "C20 达标 ÷ (达标 + 超时)|C20 kept ÷ (kept + broken)", "R097 C20", target=1.0),
    _d("K23", _F, "书面通知及时率|Written notice in time",
       "C19 达标 ÷ (达标 + 超时)|C19 kept ÷ (kept + broken)", "R096 C19", target=1.0),
    _d("K17", _F, "综合满意率|Overall satisfaction",
       "满意+基本满意的征询表 ÷ 收回的有效表|sheets satisfied or fairly ÷ valid sheets returned", "R092 F15", When.SAVED, target=0.98, weighed=True),
    _d("K30", _F, "征询次数|Surveys finished",
       "办完的半年征询(每半年至少一次)|half-yearly surveys finished (at least one a half-year)", "R064 C28", When.CLOSED, unit=_COUNT),
    _d("K30b", _F, "征询发放率|Survey sheets issued",
       "发放 ÷ 入住户数|issued ÷ homes lived in", "R064", When.CLOSED, target=0.90, weighed=True, beside="K30"),
    _d("K30c", _F, "征询回收率|Survey sheets returned",
       "回收 ÷ 发放|returned ÷ issued", "R064", When.CLOSED, target=0.80, weighed=True, beside="K30"),

    _d("K18", _C, "用户有效投诉率|Valid complaints per household",
       "12 个月有效投诉 ÷ 户数|valid complaints in 12 months ÷ households",
       "R054", When.YEAR, unit=Unit.PER_HOUSEHOLD, target=0.02, ceiling=True, outside=True),
    _d("K18b", _C, "每百单有效投诉|Valid complaints per 100 tickets",
       "12 个月有效投诉 ÷ 受理工单|valid complaints ÷ tickets received in 12 months", "R054", When.YEAR, ceiling=True, outside=True, beside="K18"),
    _d("K19", _C, "有效投诉处理率|Valid complaints settled",
       "已答复并办结 ÷ 到期的有效投诉|answered and closed ÷ valid complaints due", "R054", When.DUE, target=1.0),
    _d("K20", _C, "二次反映率|Raised a second time",
       "二次反映事项 ÷ 事项|matters raised again ÷ matters", "R018", When.CLOSED, target=0.0, ceiling=True),
    _d("K21", _C, "首问负责落实率|First responder kept it",
       "责任未擅转且已告知首问责任人 ÷ 办结|ownership kept and first responder told ÷ closed", "R004", When.CLOSED, target=1.0),

    _d("K12", _R, "返修率|Rework",
       "返修 ÷ 完工报修|rework ÷ finished repairs", "R023", When.COMPLETED, target=0.02, ceiling=True),
    _d("K34", _R, "维修工程质量合格率|Right the first time",
       "一次合格 ÷ 已验证或已回访|right the first time ÷ verified or followed up", "R040", target=1.0),
    _d("K37", _R, "保修验证及时率|Warranty verified in time",
       "C15 达标 ÷ (达标 + 超时)|C15 kept ÷ (kept + broken)", "R035 C15", target=1.0),
    _d("K24", _R, "三项记录完整率|Three records complete",
       "台帐+返单+(回访或签字) ÷ 办结报修|ledger + slip + (follow-up or signature) ÷ closed repairs", "R030", When.CLOSED, target=1.0),
    _d("K25", _R, "返单录入率|Slips returned",
       "C16 内返单 ÷ 完工|slips returned within C16 ÷ jobs completed", "R099 C16", When.COMPLETED, target=1.0),
    _d("K36", _R, "同类故障聚集|The same fault again and again",
       "7 天内同类别、同楼栋或部位满 3 单|three tickets of one kind at one place in 7 days",
       "R103", When.RECEIVED, unit=_COUNT, target=0.0, ceiling=True),

    _d("K26", _M, "持证派工率|Certified dispatch",
       "持有效证件 ÷ 需持证的派工|with a valid certificate ÷ jobs that need one", "R042", When.SAVED, target=1.0),
    _d("K33", _M, "24 小时值班覆盖率|On duty round the clock",
       "有水电工且有坐席在岗的钟点 ÷ 钟点|hours with a plumber or electrician and an agent ÷ hours", "R038", When.HOUR, target=1.0),
    _d("K27", _M, "特约服务项目数|Special services offered",
       "在售特约服务项目|special services on offer", "R114", When.NOW, unit=_COUNT, target=10.0),
    _d("K27b", _M, "明码标价率|With a marked price",
       "有标价 ÷ 在售特约服务项目|with a price ÷ special services on offer", "R115", When.NOW, target=1.0, beside="K27"),
    _d("K35", _M, "禁用语次数|Forbidden phrases",
       "系统检出 + 质检扣分|found in writing + in call reviews", "R074 F23", When.SAVED, unit=_COUNT, target=0.0, ceiling=True),

    _d("K31", _S, "整改销号率|Corrective actions cleared in time",
       "按期销号 ÷ 到期整改|cleared in time ÷ actions due", "R095 R106 F16", When.DUE, target=1.0),
    _d("K32", _S, "日结/周报/月报按时率|Reports in time",
       "C25–C27 按时确认 ÷ 到期|C25–C27 confirmed in time ÷ due", "R093", target=1.0),
    _d("K40", _S, "在办件|Open tickets",
       "截止时刻在办的工单|tickets open at the end", "K40", When.NOW, unit=_COUNT),
    _d("K40a", _S, "超期不满 1 天|Overdue for less than a day",
       "承诺超期 <1 天的在办件|open, promise overdue < 1 day", "K40", When.NOW, unit=_COUNT, beside="K40", ceiling=True),
    _d("K40b", _S, "超期 1–2 天|Overdue for 1–2 days",
       "承诺超期 1–2 天的在办件|open, promise overdue 1–2 days", "K40", When.NOW, unit=_COUNT, beside="K40", ceiling=True),
    _d("K40c", _S, "超期 2–7 天|Overdue for 2–7 days",
       "承诺超期 2–7 天的在办件|open, promise overdue 2–7 days", "K40", When.NOW, unit=_COUNT, beside="K40", ceiling=True),
    _d("K40d", _S, "超期 7 天以上|Overdue for 7 days and more",
       "承诺超期满 7 天的在办件|open, promise overdue 7 days or more", "K40", When.NOW, unit=_COUNT, beside="K40", ceiling=True),
)

#: code → what it is, in the order of their themes
FIGURES = {d.code: d for d in _ALL}
