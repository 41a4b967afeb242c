"""To whom a call is offered: pure choice among the people who are free (DOMAIN.md 4 C01, 11)."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.domain.policy import Telephone
from callcenter.domain.telephone import OfferReason, Strategy

#: nobody can pick up faster than this
SHORTEST_OFFER = timedelta(seconds=5)
#: people on duty who have not signed on are rung together, eight rings
ON_DUTY_RINGS_FOR = timedelta(seconds=40)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody a call may be offered to now."""

    user: str
    lead: bool
    fits: bool  #: covers the caller's compound and speaks the caller's language
    since: datetime | None  #: free since; None: on duty without having chosen a state
    calls: int = 0  #: answered today
    last_offered: int = 0  #: the running number of the last offer


def order(strategy: Strategy, reachable: Iterable[Reachable]) -> list[Reachable]:
    """Who fits before who does not, agents before leads, then by *strategy*; the same for equal people every time."""
    keys: dict[Strategy, Callable[[Reachable], Any]] = {
        Strategy.LONGEST_IDLE: lambda r: r.since or _NEVER, Strategy.FEWEST_CALLS: lambda r: (r.calls, r.since or _NEVER),
        Strategy.ROUND_ROBIN: lambda r: r.last_offered, Strategy.RING_ALL: lambda r: r.user}
    return sorted(reachable, key=lambda r: (not r.fits, r.lead, keys[strategy](r), r.user))


def choose(rule: Telephone, free: Iterable[Reachable], owners: Collection[str], tried: Collection[str],
           rung_for: timedelta) -> tuple[OfferReason, list[str]]:
    """
    Whose telephones ring next.

    Args:
        free: who is free; nobody means nobody is rung.
        owners: whoever answers for an open matter of the caller.
        tried: who has been offered this call before.
        rung_for: how long this caller has been ringing.
    """
    ordered = order(rule.strategy, free)
    fresh = [r.user for r in ordered if r.user not in tried]
    if rung_for >= rule.ring_all_after or rule.strategy is Strategy.RING_ALL or not fresh:
        return OfferReason.EVERYBODY, [r.user for r in ordered]
    for user in fresh if rule.sticky else ():
        if user in owners:
            return OfferReason.OWNER, [user]
    return OfferReason.TURN, fresh[:1]


def rings_for(rule: Telephone, why: OfferReason, rung_for: timedelta) -> timedelta:
    """How long one offer lasts: never past the moment when everybody is rung, and long enough to pick up."""
    if why is OfferReason.ON_DUTY:
        return ON_DUTY_RINGS_FOR
    left = rule.ring_all_after - rung_for
    return rule.ring_for if why is OfferReason.EVERYBODY else max(SHORTEST_OFFER, min(rule.ring_for, left))
