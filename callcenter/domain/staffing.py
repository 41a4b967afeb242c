"""How many people a telephone needs: Erlang C (callers wait for ever) and Erlang A (callers give up), exact and stable for any load."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, expm1, inf, log

#: shorter waits of a caller who gives up are not counted (K01)
SHORT = 5.0
#: what is left of a sum when it is broken off
_REST = 1e-15
#: more people than this are never proposed
MOST = 2000


@dataclass(frozen=True, slots=True)
class Demand:
    """What comes in: calls an hour, seconds each takes with what is done after it, seconds callers are prepared to wait (None: for ever)."""

    calls: float
    handling: float
    patience: float | None = None

    @property
    def erlangs(self) -> float:
        """The work that comes in: people busy on average if nobody gave up."""
        return self.calls * self.handling / 3600


@dataclass(frozen=True, slots=True)
class Performance:
    """What so many people make of it, in the long run."""

    waiting: float  #: share of callers who have to wait at all
    level: float  #: answered in time ÷ (calls − given up within five seconds), as K01 counts
    average_wait: float  #: seconds, over all callers; infinite when more comes in than can be done
    abandoned: float  #: share of callers who give up
    occupancy: float  #: share of people's time spent on calls


def erlang_b(erlangs: float, agents: int) -> float:
    """The share of calls lost where nobody can wait; the recursion is stable for any load."""
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = erlangs * blocked / (n + erlangs * blocked)
    return blocked


def erlang_c(erlangs: float, agents: int) -> float:
    """The share of callers who have to wait; 1 when more comes in than can be done."""
    if agents <= erlangs:
        return 1.0
    blocked = erlang_b(erlangs, agents)
    return agents * blocked / (agents - erlangs * (1 - blocked))


def perform(demand: Demand, agents: int, within: float) -> Performance:
    """
    How *agents* people do on *demand*, a call counting as answered in time within *within* seconds.

    Guaranteed: more people never make the level worse, nor the wait longer; with patience growing, Erlang A tends to Erlang C.
    """
    if demand.calls <= 0:
        return Performance(0.0, 1.0, 0.0, 0.0, 0.0)
    if agents <= 0:
        return Performance(1.0, 0.0, inf if demand.patience is None else demand.patience, 0.0 if demand.patience is None else 1.0, 0.0)
    if demand.patience is None:
        return _endless(demand, agents, within)
    return _impatient(demand, agents, within, demand.patience)


def needed(demand: Demand, target: float, within: float) -> int:
    """
    The fewest people whose level reaches *target* (a share below one); none without calls, MOST when even they do not suffice.
    """
    if demand.calls <= 0:
        return 0
    low, high = 0, 1
    while high < MOST and perform(demand, high, within).level < target:
        low, high = high, min(MOST, high * 2)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if perform(demand, middle, within).level >= target else (middle, high)
    return high


def _endless(demand: Demand, agents: int, within: float) -> Performance:
    """Erlang C."""
    spare = agents - demand.erlangs
    if spare <= 0:
        return Performance(1.0, 0.0, inf, 0.0, 1.0)
    waiting = erlang_c(demand.erlangs, agents)
    level = 1 - waiting * exp(-spare * within / demand.handling)
    return Performance(waiting, level, waiting * demand.handling / spare, 0.0, demand.erlangs / agents)


def _impatient(demand: Demand, agents: int, within: float, patience: float) -> Performance:
    """
    Erlang A (Palm): whoever finds k callers in line waits for k+1 departures, at rates nμ+iθ, i = 0…k. With B = e^(−θ·wait) that wait is a
    Beta(nμ/θ, k+1) variable, so every share asked for is an incomplete beta function with a whole second argument: a finite sum.
    """
    base, served, early, waiting = agents * patience / demand.handling, 0.0, 0.0, 0.0
    queue = list(_in_line(demand, agents, patience))
    in_time, soon = _Beta(base, within / patience), _Beta(base, SHORT / patience)
    for share in queue:
        waiting += share
        served += share * in_time.served
        early += share * soon.given_up
        in_time.step()
        soon.step()
    line = sum(k * share for k, share in enumerate(queue))
    abandoned = line * demand.handling / (patience * demand.erlangs)
    answered = (1 - waiting) + served
    level = min(1.0, answered / (1 - early)) if early < 1 else 0.0
    return Performance(waiting, level, abandoned * patience, abandoned, demand.erlangs * (1 - abandoned) / agents)


def _in_line(demand: Demand, agents: int, patience: float) -> Iterator[float]:
    """The shares of callers who find everybody busy and 0, 1, 2 … callers in line."""
    arrivals, leaving, giving_up = demand.calls / 3600, agents / demand.handling, 1 / patience
    logs, at, k = [0.0], 0.0, 0
    top = 0.0
    while at > top + log(_REST) or arrivals > leaving + k * giving_up:
        k += 1
        at += log(arrivals / (leaving + k * giving_up))
        top = max(top, at)
        logs.append(at)
    blocked = erlang_b(demand.erlangs, agents)
    # those who find fewer than everybody busy weigh (1 − B)/B against the 1 of an empty line
    free = log((1 - blocked) / blocked) if 0 < blocked < 1 else inf if blocked == 0 else -inf
    scale = max(top, free)
    if scale == inf:
        return iter(())
    total = sum(exp(x - scale) for x in logs) + (exp(free - scale) if free > -inf else 0.0)
    return iter([exp(x - scale) / total for x in logs])


class _Beta:
    """For k = 0, 1, 2 … in line, up to a time t (in patiences): the share served by then, and the share that gave up by then."""

    def __init__(self, base: float, t: float) -> None:
        self._base, self._k, self._x, self._rest = base, 0, exp(-t), -expm1(-t)
        # I_x(a, k+1) = x^a Σ Γ(a+i)/(Γ(a) i!) (1−x)^i, and the same for a+1
        self._term, self._term1 = exp(-t * base), exp(-t * (base + 1))
        self._late, self._late1 = self._term, self._term1

    def step(self) -> None:
        """One more in line."""
        self._k += 1
        self._term *= (self._base + self._k - 1) / self._k * self._rest
        self._term1 *= (self._base + self._k) / self._k * self._rest
        self._late, self._late1 = min(1.0, self._late + self._term), min(1.0, self._late1 + self._term1)

    @property
    def served(self) -> float:
        return self._base / (self._base + self._k + 1) * (1 - self._late1)

    @property
    def given_up(self) -> float:
        return max(0.0, 1 - self._x * self._late - self.served)
