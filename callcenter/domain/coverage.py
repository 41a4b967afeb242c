"""How many people are there for a post at every instant of some time, and where that is fewest (DOMAIN.md K33, F24)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from callcenter.domain.roster import Away, Need, Turn, present
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Trade

Post = Need | Trade
#: trades that are looked for beside the four that must always be there
ALSO = (Trade.HANDYMAN, Trade.LOWVOLT, Trade.HVAC, Trade.MASON, Trade.EQUIPMENT)


@dataclass(frozen=True, slots=True)
class Level:
    """So many people from one instant to another."""

    since: datetime
    until: datetime
    count: int


def levels(post: Post, turns: Iterable[Turn], people: Mapping[str, Person], away: Sequence[Away], certificate: str | None,
           since: datetime, until: datetime) -> list[Level]:
    """The stretches between *since* and *until*, without a hole, each with how many different people are there."""
    spans = [(user, max(start, since), min(end, until)) for user, start, end in present(post, turns, people, away, certificate)
             if start < until and end > since]
    edges = sorted({since, until, *(at for _, *span in spans for at in span)})
    found: list[Level] = []
    for start, end in pairwise(edges):
        count = len({user for user, begins, ends in spans if begins <= start and ends >= end})
        if found and found[-1].count == count:
            start = found.pop().since
        found.append(Level(start, end, count))
    return found


def within(stretches: Iterable[Level], since: datetime, until: datetime) -> list[Level]:
    """The part of the stretches that lies between two instants."""
    return [Level(max(s.since, since), min(s.until, until), s.count) for s in stretches if s.since < until and s.until > since]
