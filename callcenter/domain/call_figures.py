"""The figures of the telephone (DOMAIN.md K01–K03, K28, K29 and what call centres compare themselves by), each with its formula."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.figures import FEW, SHORT_ABANDON, THREE_RINGS
from callcenter.domain.telephone import STAFFED, AgentState

#: a caller who is heard of again within this time was not helped the first time
AGAIN_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Heard:
    """One inbound call, as the figures look at it."""

    sid: str
    ring_started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    answered_by: str | None = None
    wrap_up: timedelta = timedelta(0)
    #: about a danger: never counted as settled or not settled at once
    emergency: bool = False
    #: everything it was about was settled before it was over
    settled: bool = False
    #: the same caller was heard of again
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an agent's time."""

    user: str
    state: AgentState
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class CallFigure:
    """A figure of the telephone with everything needed to check it: a share, or an average in seconds."""

    code: str
    zh: str
    en: str
    formula_zh: str
    formula_en: str
    unit: str  #: "share" or "seconds"
    numerator: int
    denominator: int
    cases: tuple[str, ...] = ()  #: the calls that missed

    @property
    def value(self) -> float | None:
        """None when there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def few(self) -> bool:
        """Too few cases to judge."""
        return self.unit == "share" and self.denominator < FEW


def compute(calls: Sequence[Heard], spans: Sequence[Span], now: datetime) -> list[CallFigure]:
    """Every figure over these calls and this agents' time, as of *now*."""
    return [_three_rings(calls, now), _level(calls, now), _connected(calls, now), _abandoned(calls), _speed(calls), _handling(calls),
            _occupancy(spans), _utilization(spans), _first_contact(calls, now)]


def _wait(call: Heard) -> timedelta:
    return (call.answered_at or call.ended_at or call.ring_started_at) - call.ring_started_at


def _given_up(call: Heard) -> bool:
    return call.answered_at is None and call.ended_at is not None


def _offered(calls: Iterable[Heard], now: datetime) -> list[Heard]:
    """Without those given up within five seconds and those still within their three rings."""
    return [c for c in calls if c.answered_at is not None or (_given_up(c) and _wait(c) >= SHORT_ABANDON)
            or (c.ended_at is None and now - c.ring_started_at > THREE_RINGS)]


def _three_rings(calls: Sequence[Heard], now: datetime) -> CallFigure:
    offered = _offered(calls, now)
    good = [c for c in offered if c.answered_at is not None and _wait(c) <= THREE_RINGS]
    return CallFigure("K01", "三声接听率", "Answered within three rings", "15 秒内接听 ÷ (来电 − 5 秒内放弃)",
                      "answered within 15 s ÷ (offered − given up within 5 s)", "share", len(good), len(offered),
                      tuple(c.sid for c in offered if c not in good))


def _level(calls: Sequence[Heard], now: datetime) -> CallFigure:
    """The lenient one of the two in use: who gave up within the time counts as served in time."""
    over = [c for c in calls if c.answered_at is not None or _given_up(c)]
    good = [c for c in over if _wait(c) <= THREE_RINGS]
    return CallFigure("K01b", "服务水平(宽)", "Service level, lenient", "(15 秒内接听 + 15 秒内放弃) ÷ (接听 + 放弃)",
                      "(answered + abandoned within 15 s) ÷ (answered + abandoned)", "share", len(good), len(over),
                      tuple(c.sid for c in over if c not in good))


def _connected(calls: Sequence[Heard], now: datetime) -> CallFigure:
    offered = _offered(calls, now)
    missed = tuple(c.sid for c in offered if c.answered_at is None)
    return CallFigure("K02", "呼叫接通率", "Connect rate", "接听 ÷ (来电 − 5 秒内放弃)", "answered ÷ (offered − given up within 5 s)", "share",
                      len(offered) - len(missed), len(offered), missed)


def _abandoned(calls: Sequence[Heard]) -> CallFigure:
    gone = tuple(c.sid for c in calls if _given_up(c) and _wait(c) >= SHORT_ABANDON)
    return CallFigure("K03", "放弃率", "Abandonment", "满 5 秒放弃 ÷ 来电", "given up after 5 s or more ÷ offered", "share",
                      len(gone), len(calls), gone)


def _speed(calls: Sequence[Heard]) -> CallFigure:
    answered = [c for c in calls if c.answered_at is not None]
    return CallFigure("K29", "平均应答时长", "Average speed of answer", "接听来电的等待秒数之和 ÷ 接听", "Σ wait of answered calls ÷ answered",
                      "seconds", _seconds(_wait(c) for c in answered), len(answered))


def _handling(calls: Sequence[Heard]) -> CallFigure:
    over = [c for c in calls if c.answered_at is not None and c.ended_at is not None]
    total = _seconds((c.ended_at or c.ring_started_at) - (c.answered_at or c.ring_started_at) + c.wrap_up for c in over)
    return CallFigure("K29b", "平均处理时长", "Average handling time", "(通话 + 保持 + 话后) 秒数之和 ÷ 接听",
                      "Σ (talk + hold + after-call) ÷ answered", "seconds", total, len(over))


def _occupancy(spans: Sequence[Span]) -> CallFigure:
    busy = time_in(spans, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP)
    return CallFigure("occupancy", "占用率", "Occupancy", "(振铃 + 通话 + 话后) ÷ (振铃 + 通话 + 话后 + 空闲)",
                      "(ringing + talk + after-call) ÷ (same + idle)", "share", _whole(busy), _whole(time_in(spans, *STAFFED)))


def _utilization(spans: Sequence[Span]) -> CallFigure:
    there = tuple(s for s in AgentState if s is not AgentState.OFFLINE)
    return CallFigure("utilization", "利用率", "Utilization", "通话 ÷ 在线(含小休、用餐、培训、会议)",
                      "talk ÷ signed-in time, breaks included", "share", _whole(time_in(spans, AgentState.TALKING)), _whole(time_in(spans, *there)))


def _first_contact(calls: Sequence[Heard], now: datetime) -> CallFigure:
    """Judged once the seven days in which the caller might be heard of again are over, or as soon as it failed."""
    answered = [c for c in calls if c.answered_at is not None and c.ended_at is not None and not c.emergency]
    failed = [c for c in answered if not c.settled or (c.again_at is not None and c.again_at - _end(c) <= AGAIN_WITHIN)]
    good = [c for c in answered if c not in failed and now - _end(c) > AGAIN_WITHIN]
    return CallFigure("K28", "一次解决率", "First-contact resolution", "首次来电即办结且 7 日内未再来 ÷ (接听 − 应急)",
                      "settled on the call, not heard of again in 7 days ÷ (answered − emergencies)", "share", len(good),
                      len(good) + len(failed), tuple(c.sid for c in failed))


def _end(call: Heard) -> datetime:
    return call.ended_at or call.ring_started_at


def time_in(spans: Iterable[Span], *states: AgentState) -> timedelta:
    """How long agents were in any of *states*, all of them together."""
    return sum((s.until - s.since for s in spans if s.state in states), timedelta(0))


def by_agent(spans: Iterable[Span]) -> Mapping[str, Mapping[AgentState, timedelta]]:
    """Every agent's time, state by state."""
    found: dict[str, dict[AgentState, timedelta]] = {}
    for span in spans:
        mine = found.setdefault(span.user, {})
        mine[span.state] = mine.get(span.state, timedelta(0)) + (span.until - span.since)
    return found


def _seconds(lengths: Iterable[timedelta]) -> int:
    return _whole(sum(lengths, timedelta(0)))


def _whole(length: timedelta) -> int:
    return round(length.total_seconds())
