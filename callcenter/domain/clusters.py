"""The same fault again and again: three tickets of one kind at one place within seven days (K36, R103)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

WITHIN = timedelta(days=7)
LEAST = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """A ticket as far as it counts here. `place` is the building of a home, or the common part."""

    number: str
    at: datetime
    compound: str
    place: str
    category: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Tickets of one kind at one place, each at most seven days from the two others of a threesome."""

    compound: str
    place: str
    category: str
    tickets: tuple[str, ...]
    first_at: datetime
    last_at: datetime

    @property
    def key(self) -> str:
        """Names the cluster for as long as its first ticket belongs to it."""
        return f"{self.compound}/{self.place}/{self.category}/{self.tickets[0]}"


def clusters(faults: Iterable[Fault], within: timedelta = WITHIN, least: int = LEAST) -> list[Cluster]:
    """
    Every cluster, the latest first. Exactly *within* apart still counts. Threesomes that share a ticket are one cluster;
    the order in which the faults are given does not matter.
    """
    kinds: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in sorted(faults, key=lambda f: (f.at, f.number)):
        kinds.setdefault((fault.compound, fault.place, fault.category), []).append(fault)
    found = [_cluster(run) for held in kinds.values() for run in _runs(held, within, least)]
    return sorted(found, key=lambda c: (c.last_at, c.key), reverse=True)


def _runs(held: list[Fault], within: timedelta, least: int) -> Iterator[list[Fault]]:
    """The stretches in which every ticket belongs to some window of *within* with *least* tickets in it."""
    run: list[Fault] = []
    reached = -1  # the last one that belongs to the run
    for n in range(len(held) - least + 1):
        if held[n + least - 1].at - held[n].at > within:
            continue
        if n > reached and run:
            yield run
            run = []
        run.extend(held[max(n, reached + 1):n + least])
        reached = n + least - 1
    if run:
        yield run


def _cluster(run: list[Fault]) -> Cluster:
    first = run[0]
    return Cluster(first.compound, first.place, first.category, tuple(f.number for f in run), first.at, run[-1].at)
