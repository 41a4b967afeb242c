"""The figures K01–K40 (DOMAIN.md 9): numerator, denominator and formula, over plain facts. No data is no figure, never 0 or 100 %."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.domain.ticket import Promise
from callcenter.domain.vocabulary import COMPLAINTS, CONTENT, ENDED, REPAIRS, Clock, Satisfaction, State, Status, TicketType

#: shorter waits of a caller who gives up are not counted
SHORT_ABANDON = timedelta(seconds=5)
THREE_RINGS = timedelta(seconds=15)
#: fewer cases carry no colour
FEW = 30


@dataclass(frozen=True, slots=True)
class CallFact:
    ring_started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One follow-up attempt (F04)."""

    at: datetime
    reached: bool
    satisfaction: str | None
    kind: str
    solved: bool | None = None


@dataclass(frozen=True, slots=True)
class TicketFact:
    """What the figures look at of one ticket."""

    number: str
    type: TicketType
    state: State
    received_at: datetime
    completed_at: datetime | None
    closed_at: datetime | None
    evidence: str | None
    cycle: int
    matter: int
    postponements: int
    repeat_contacts: int
    validity: str | None = None
    owner_approved: bool = True
    first_responder_told: bool = False
    slip_returned: bool = False
    signed: bool = False
    special_case: bool = False
    refused_second: int = 0
    certificate_jobs: int = 0
    certificate_hits: int = 0
    promises: tuple[Promise, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with everything needed to check it."""

    code: str
    zh: str
    en: str
    formula: str
    formula_en: str
    numerator: int
    denominator: int
    cases: tuple[str, ...] = field(default=())  #: numbers of the tickets that missed

    @property
    def value(self) -> float | None:
        """None when there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def few(self) -> bool:
        return self.denominator < FEW

    def label(self, language: str = "zh") -> str:
        return self.en if language.startswith("en") else self.zh

    def how(self, language: str = "zh") -> str:
        """The formula, as a person reads it."""
        return self.formula_en if language.startswith("en") else self.formula


Counted = tuple[int, int, Sequence[str]]


def compute(code: str, calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Figure:
    """The figure *code* over these facts; cancelled and merged tickets are left out.

    Raises:
        KeyError: no such figure.
    """
    zh, en, formula, formula_en, rule = FIGURES[code]
    counted = [t for t in tickets if t.state not in (State.CANCELLED, State.MERGED)]
    numerator, denominator, missed = rule(calls, counted, households, now)
    return Figure(code, zh, en, formula, formula_en, numerator, denominator, tuple(missed))


def _promise(*keys: Clock, types: Iterable[TicketType] | None = None) -> Callable[..., Counted]:
    """Kept ÷ (kept + broken); excused, void and still running in time are on neither side; an overdue open one has failed already."""
    only = frozenset(types) if types is not None else None

    def rule(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
        judged = [(t, p.status(now)) for t in tickets if only is None or t.type in only for p in t.promises if p.key in keys]
        kept = [t for t, s in judged if s is Status.KEPT]
        broken = [t.number for t, s in judged if s is Status.BROKEN]
        return len(kept), len(kept) + len(broken), broken
    return rule


def _share(test: Callable[[TicketFact, datetime], bool | None]) -> Callable[..., Counted]:
    """Tickets that pass ÷ tickets judged; None leaves a ticket out."""
    def rule(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
        judged = [(t, test(t, now)) for t in tickets]
        good = [t for t, ok in judged if ok is True]
        bad = [t.number for t, ok in judged if ok is False]
        return len(good), len(good) + len(bad), bad
    return rule


def _offered(calls: Sequence[CallFact], now: datetime) -> list[CallFact]:
    """Calls offered, less those given up within five seconds and those still within their three rings."""
    return [c for c in calls if c.answered_at is not None
            or (c.ended_at is not None and c.ended_at - c.ring_started_at >= SHORT_ABANDON)
            or (c.ended_at is None and now - c.ring_started_at > THREE_RINGS)]


def _three_rings(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    offered = _offered(calls, now)
    return sum(1 for c in offered if c.answered_at is not None and c.answered_at - c.ring_started_at <= THREE_RINGS), len(offered), ()


def _connected(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    recent = [c for c in _offered(calls, now) if now - c.ring_started_at <= timedelta(hours=24)]
    return sum(1 for c in recent if c.answered_at is not None), len(recent), ()


def _abandoned(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    given_up = [c for c in calls if c.answered_at is None and c.ended_at is not None and c.ended_at - c.ring_started_at >= SHORT_ABANDON]
    return len(given_up), len(calls), ()


def _excused(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    all_ = [(t, p) for t in tickets for p in t.promises if p.key is Clock.DISPATCH and p.status(now) is not Status.VOID]
    excused = [t.number for t, p in all_ if p.status(now) is Status.EXCUSED]
    return len(excused), len(all_), excused


def _first_met(promise: Promise, now: datetime) -> bool | None:
    """Against the first promise: met, missed, or not yet due."""
    if promise.voided_at is not None and promise.broken_at is None and promise.voided_at <= promise.due_at:
        return None
    if promise.excused_at is not None:
        return None
    if promise.kept_at is not None:
        return promise.kept_at <= max(promise.first_due_at, promise.due_at if promise.paused_at else promise.first_due_at)
    return False if now > promise.first_due_at and promise.paused_at is None else None


def _timely(ticket: TicketFact, now: datetime) -> bool | None:
    """K06: urgent — on site and made safe in time; others — on site as agreed and finished by the first promise."""
    if ticket.type not in (TicketType.URGENT_REPAIR, TicketType.DAILY_REPAIR, TicketType.PUBLIC_REPAIR):
        return None
    keys = (Clock.ARRIVE_URGENT, Clock.MAKE_SAFE) if ticket.type is TicketType.URGENT_REPAIR else (Clock.ARRIVE_APPT, Clock.COMPLETION)
    results = [_first_met(p, now) for p in ticket.promises if p.key in keys]
    if False in results:
        return False
    return None if None in results or not results else True


def _first_promise(ticket: TicketFact, now: datetime) -> bool | None:
    first = next((p for p in ticket.promises if p.key is Clock.COMPLETION), None)
    return _first_met(first, now) if first else None


def _postponed(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    matters = {t.matter: t for t in tickets if any(p.key is Clock.COMPLETION for p in t.promises)}
    moved = [t.number for t in matters.values() if t.postponements]
    return len(moved), len(matters), moved


def _beyond_week(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    late = [t.number for t in tickets if not t.special_case and any(
        p.key is Clock.WEEK_CAP and p.status(now) is Status.BROKEN for p in t.promises)]
    return len(late), len(tickets), late


def _completed_repairs(tickets: Sequence[TicketFact]) -> list[TicketFact]:
    return [t for t in tickets if t.type in REPAIRS and (t.completed_at is not None or t.cycle > 1)]


def _rework(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    done = _completed_repairs(tickets)
    again = [t.number for t in done if t.cycle > 1]
    return len(again), len(done), again


def _reached(ticket: TicketFact) -> bool:
    return any(a.reached for a in ticket.answers)


def _warranty_called(ticket: TicketFact, now: datetime) -> bool | None:
    if ticket.type not in (TicketType.WARRANTY_REPAIR, TicketType.LEGACY_ISSUE):
        return None
    due = [p for p in ticket.promises if p.key is Clock.CALLBACK]
    if not due:
        return None
    statuses = {p.status(now) for p in due}
    if Status.BROKEN in statuses or ticket.evidence == "unreachable":
        return False
    return True if statuses == {Status.KEPT} and _reached(ticket) else None


def _repairs_called(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    done = _completed_repairs(tickets)
    return sum(1 for t in done if _reached(t)), len(done), [t.number for t in done if not _reached(t)]


def _complaint_called(ticket: TicketFact, now: datetime) -> bool | None:
    return _reached(ticket) if ticket.type in COMPLAINTS and ticket.completed_at is not None else None


def _satisfied(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    answers = [(t, a) for t in tickets for a in t.answers if a.kind != "recontact" and a.satisfaction is not None]
    unhappy = [t.number for t, a in answers if Satisfaction(str(a.satisfaction)) not in CONTENT]
    return len(answers) - len(unhappy), len(answers), unhappy


def _valid_complaints(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    valid = [t.number for t in tickets if t.validity == "valid" and now - t.received_at <= timedelta(days=365)]
    return len(valid), households, valid


def _complaint_settled(ticket: TicketFact, now: datetime) -> bool | None:
    if ticket.validity != "valid" or not any(p.key is Clock.COMPLETION and (now > p.due_at or p.kept_at) for p in ticket.promises):
        return None
    return ticket.state in (State.CLOSED, State.CLOSED_UNSATISFIED)


def _raised_again(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    matters = {t.matter: t for t in tickets}
    again = [t.number for t in matters.values() if t.repeat_contacts]
    return len(again), len(matters), again


def _owned(ticket: TicketFact, now: datetime) -> bool | None:
    if ticket.state not in ENDED:
        return None
    return ticket.owner_approved and (ticket.first_responder_told or ticket.completed_at is None)


def _triad(ticket: TicketFact, now: datetime) -> bool | None:
    if ticket.type not in REPAIRS or ticket.state is not State.CLOSED:
        return None
    returned = ticket.slip_returned or ticket.type in (TicketType.WARRANTY_REPAIR, TicketType.LEGACY_ISSUE)
    return returned and (_reached(ticket) or ticket.signed)


def _certified(calls: Sequence[CallFact], tickets: Sequence[TicketFact], households: int, now: datetime) -> Counted:
    return (sum(t.certificate_hits for t in tickets), sum(t.certificate_jobs for t in tickets),
            [t.number for t in tickets if t.certificate_hits < t.certificate_jobs])


def _right_first(ticket: TicketFact, now: datetime) -> bool | None:
    if ticket.type not in REPAIRS or (not ticket.answers and ticket.cycle == 1):
        return None
    return ticket.cycle == 1 and all(a.solved is not False for a in ticket.answers)


def _told_before(ticket: TicketFact, now: datetime) -> bool | None:
    late = any(p.key is Clock.COMPLETION and p.status(now) is Status.BROKEN for p in ticket.promises)
    return None if not late and not ticket.postponements else bool(ticket.postponements) and not late


FIGURES: dict[str, tuple[str, str, str, str, Callable[..., Counted]]] = {
    "K01": ("三声接听率", "Answered within three rings", "≤15 s ÷ (来电 − 5 s 内放弃)",
            "≤ 15 s ÷ (calls − given up within 5 s)", _three_rings),
    "K02": ("呼叫接通率(24 小时)", "Connect rate, 24 h", "接听 ÷ (来电 − 5 s 内放弃)",
            "answered ÷ (calls − given up within 5 s)", _connected),
    "K03": ("放弃率", "Abandonment", "≥5 s 放弃 ÷ 来电",
            "given up after 5 s or more ÷ calls", _abandoned),
    "K04": ("三分钟派单达标率", "Dispatched within three minutes", "C04 达标 ÷ (达标 + 超时)",
            "C04 kept ÷ (kept + broken)", _promise(Clock.DISPATCH)),
    "K04b": ("派单豁免率", "Dispatch excused by consent", "C04 豁免 ÷ 全部 C04",
            "C04 excused ÷ all C04", _excused),
    "K05": ("急修 30 分钟到场率", "Urgent: on site in 30 minutes", "C06 达标 ÷ (达标 + 超时)",
            "C06 kept ÷ (kept + broken)", _promise(Clock.ARRIVE_URGENT)),
    "K06": ("零修、急修及时率", "Repairs in time", "急修:C06 且 C07;零修:C08 且 C09(首次承诺)",
            "urgent: C06 and C07; others: C08 and C09 (first promise)", _share(_timely)),
    "K07": ("约定时间到场率", "On site as agreed", "C08 达标 ÷ (达标 + 超时)",
            "C08 kept ÷ (kept + broken)", _promise(Clock.ARRIVE_APPT)),
    "K08": ("二日反馈率", "Answered within two days", "C10 达标 ÷ (达标 + 超时)",
            "C10 kept ÷ (kept + broken)", _promise(Clock.FEEDBACK)),
    "K09": ("首次承诺兑现率", "First promise kept", "按首次承诺办结 ÷ 承诺到期",
            "finished by the first promise ÷ promises due", _share(_first_promise)),
    "K10": ("延期率", "Postponed", "延期事项 ÷ 有承诺的事项",
            "matters postponed ÷ matters with a promise", _postponed),
    "K11": ("超一周件", "Beyond a week without approval", "C11 超时未经特批 ÷ 全部",
            "C11 broken without approval ÷ all", _beyond_week),
    "K12": ("返修率", "Rework", "返修 ÷ 完工报修",
            "rework ÷ finished repairs", _rework),
    "K13": ("保修期内回访率", "Warranty follow-up", "C17 内接通 ÷ 应回访的保修",
            "reached within C17 ÷ warranty repairs to be called", _share(_warranty_called)),
    "K14": ("维修服务回访率", "Repair follow-up", "接通 ÷ 完工报修",
            "reached ÷ finished repairs", _repairs_called),
    "K15": ("投诉回访率", "Complaint follow-up", "接通 ÷ 已答复投诉",
            "reached ÷ complaints answered", _share(_complaint_called)),
    "K16": ("服务满意率", "Satisfaction", "(非常满意+满意+基本满意) ÷ 有答复的回访",
            "(very satisfied + satisfied + fairly satisfied) ÷ follow-ups answered", _satisfied),
    "K18": ("用户有效投诉率", "Valid complaints per household", "12 个月有效投诉 ÷ 户数",
            "valid complaints in 12 months ÷ households", _valid_complaints),
    "K19": ("有效投诉处理率", "Valid complaints settled", "已答复并办结 ÷ 到期的有效投诉",
            "answered and closed ÷ valid complaints due", _share(_complaint_settled)),
    "K20": ("二次反映率", "Raised a second time", "二次反映事项 ÷ 事项",
            "matters raised again ÷ matters", _raised_again),
    "K21": ("首问负责落实率", "First responder kept it", "责任未擅转且已告知首问责任人 ÷ 办结",
            "ownership kept and first responder told ÷ closed", _share(_owned)),
    "K22": ("不满意闭环率", "Dissatisfied re-contacted", "C20 达标 ÷ (达标 + 超时)",
            "C20 kept ÷ (kept + broken)", _promise(Clock.RECONTACT)),
    "K23": ("书面通知及时率", "Written notice in time", "C19 达标 ÷ (达标 + 超时)",
            "C19 kept ÷ (kept + broken)", _promise(Clock.DISSAT_NOTICE)),
    "K24": ("三项记录完整率", "Three records complete", "台帐+返单+(回访或签字) ÷ 办结报修",
            "ledger + slip + (follow-up or signature) ÷ closed repairs", _share(_triad)),
    "K25": ("返单录入率", "Slips returned", "C16 达标 ÷ (达标 + 超时)",
            "C16 kept ÷ (kept + broken)", _promise(Clock.SLIP_RETURN)),
    "K26": ("持证派工率", "Certified dispatch", "持有效证件 ÷ 需持证的派工",
            "with a valid certificate ÷ jobs that need one", _certified),
    "K34": ("维修工程质量合格率", "Right the first time", "一次合格 ÷ 已验证或已回访",
            "right the first time ÷ verified or followed up", _share(_right_first)),
    "K37": ("保修验证及时率", "Warranty verified in time", "C15 达标 ÷ (达标 + 超时)",
            "C15 kept ÷ (kept + broken)", _promise(Clock.VERIFY)),
    "K38": ("升级签收及时率", "Escalations acknowledged in time", "C21 达标 ÷ (达标 + 超时)",
            "C21 kept ÷ (kept + broken)", _promise(Clock.ESCALATION_ACK)),
    "K39": ("延期先告知率", "Told before the slip", "到期前告知 ÷ 延期或超时件",
            "told before it was due ÷ postponed or late", _share(_told_before)),
}
