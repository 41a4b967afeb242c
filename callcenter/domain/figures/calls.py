"""The cases of the telephone: every inbound call, and every stretch of an agent's time (K01–K03, K28, K29, occupancy)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from callcenter.domain.figures.cases import Case, Dimensions, Mark, Ms
from callcenter.domain.telephone import STAFFED, AgentState

#: shorter waits of a caller who gives up are not counted
SHORT_ABANDON = timedelta(seconds=5)
THREE_RINGS = timedelta(seconds=15)
#: a caller who is heard of again within this time was not helped the first time
AGAIN_WITHIN = timedelta(days=7)

_SHORT, _RINGS, _AGAIN = (span // timedelta(milliseconds=1) for span in (SHORT_ABANDON, THREE_RINGS, AGAIN_WITHIN))
_HIT, _MISS, _EXCLUDED = Mark.HIT, Mark.MISS, Mark.EXCLUDED


@dataclass(slots=True)
class Heard:
    """One inbound call."""

    sid: str
    rang_at: Ms
    answered_at: Ms | None
    ended_at: Ms | None
    answered_by: str | None = None
    #: after-call work
    wrap_up: Ms = 0
    #: which is still going on
    wrapping: bool = False
    #: about a danger: never counted as settled or not settled at once
    emergency: bool = False
    #: everything it was about was settled before it was over
    settled: bool = False
    #: the same caller was heard of again
    again_at: Ms | None = None
    dimensions: Dimensions = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an agent's time."""

    user: str
    state: AgentState
    since: Ms
    until: Ms


def cases_of_call(c: Heard, now: Ms) -> list[Case]:
    """Every case a call is, as of *now*."""
    cases: list[Case] = []

    def case(code: str, mark: Mark, amount: int = 1) -> None:
        cases.append(Case(code, c.rang_at, mark, amount, c.sid, c.dimensions))

    wait = (c.answered_at or c.ended_at or c.rang_at) - c.rang_at
    given_up = c.answered_at is None and c.ended_at is not None
    in_time = wait <= _RINGS
    if given_up and wait < _SHORT:
        case("K01", _EXCLUDED)
        case("K02", _EXCLUDED)
    elif c.answered_at is not None or given_up or now - c.rang_at > _RINGS:
        case("K01", _HIT if c.answered_at is not None and in_time else _MISS)
        case("K02", _HIT if c.answered_at is not None else _MISS)
    if c.answered_at is not None or given_up:  # the lenient one in use: who gave up within the time counts as served in time
        case("K01b", _HIT if in_time else _MISS)
    case("K03", _HIT if given_up and wait >= _SHORT else _MISS)
    if c.answered_at is not None:
        case("K29", _HIT, wait)
        if c.ended_at is not None:
            case("K29b", _HIT, c.ended_at - c.answered_at + c.wrap_up)
            _first_contact(cases, c, now)
    return cases


def _first_contact(cases: list[Case], c: Heard, now: Ms) -> None:
    """Judged once the seven days in which the caller might be heard of again are over, or as soon as it failed."""
    ended = c.ended_at or c.rang_at
    failed = not c.settled or (c.again_at is not None and c.again_at - ended <= _AGAIN)
    if c.emergency:
        mark = _EXCLUDED
    elif failed:
        mark = _MISS
    elif now - ended > _AGAIN:
        mark = _HIT
    else:
        return
    cases.append(Case("K28", c.rang_at, mark, 1, c.sid, c.dimensions))


_BUSY = frozenset({AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP})


def cases_of_span(s: Span, dimensions: Mapping[str, str] | None = None) -> list[Case]:
    """A stretch of time, weighed by its length: busy or idle, talking or only there."""
    dims, length = dimensions or {"agent": s.user}, s.until - s.since
    cases = []
    if s.state in STAFFED:
        cases.append(Case("occupancy", s.since, _HIT if s.state in _BUSY else _MISS, length, s.user, dims))
    if s.state is not AgentState.OFFLINE:
        cases.append(Case("utilization", s.since, _HIT if s.state is AgentState.TALKING else _MISS, length, s.user, dims))
    return cases


def by_agent(spans: Iterable[Span]) -> dict[str, dict[AgentState, timedelta]]:
    """Every agent's time, state by state."""
    found: dict[str, dict[AgentState, timedelta]] = {}
    for span in spans:
        mine = found.setdefault(span.user, {})
        mine[span.state] = mine.get(span.state, timedelta(0)) + timedelta(milliseconds=span.until - span.since)
    return found
