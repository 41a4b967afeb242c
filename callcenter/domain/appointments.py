"""Appointments of one person on one day: which of them cannot both be kept, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.vocabulary import Word

#: how long a visit is reckoned when no end was agreed
USUAL = timedelta(hours=1)
#: the least time between two visits: to another building, to another compound
NEXT_BUILDING = timedelta(minutes=10)
NEXT_COMPOUND = timedelta(minutes=30)


class Clash(Word):
    """Why an appointment will not be kept as it stands."""

    OVERLAP = "overlap", "时间重叠", "Overlap"
    TOO_FAR = "too_far", "路上来不及", "No time to get there"
    OFF_DUTY = "off_duty", "不在班次内", "Outside the turn"
    CERTIFICATE = "certificate", "证书届时已过期", "Certificate expired by then"


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment: when and where."""

    number: str
    start: datetime
    end: datetime | None
    compound: str | None
    building: str

    @property
    def until(self) -> datetime:
        """Its agreed end, else the usual length."""
        return self.end if self.end is not None and self.end > self.start else self.start + USUAL


def way(one: Visit, other: Visit) -> timedelta:
    """The least time from one visit to the other; none within a building."""
    if one.compound != other.compound:
        return NEXT_COMPOUND
    return timedelta() if one.building == other.building else NEXT_BUILDING


def clashes(visits: Sequence[Visit], turns: Iterable[tuple[datetime, datetime]]) -> Mapping[str, tuple[tuple[Clash, str], ...]]:
    """Ticket number → what is wrong with its time, each with the other ticket's number ("" for the roster)."""
    found: dict[str, list[tuple[Clash, str]]] = {v.number: [] for v in visits}
    ordered = sorted(visits, key=lambda v: (v.start, v.number))
    for place, one in enumerate(ordered):
        for other in ordered[place + 1:]:
            if kind := _between(one, other):
                found[one.number].append((kind, other.number))
                found[other.number].append((kind, one.number))
    worked = joined(turns)
    for visit in ordered:
        if not any(since <= visit.start and visit.until <= until for since, until in worked):
            found[visit.number].append((Clash.OFF_DUTY, ""))
    return {number: tuple(what) for number, what in found.items()}


def _between(one: Visit, other: Visit) -> Clash | None:
    """What is wrong between a visit and a later one."""
    if other.start < one.until:
        return Clash.OVERLAP
    return Clash.TOO_FAR if other.start - one.until < way(one, other) else None


def joined(turns: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Turns that touch become one: the end of one shift is no gap when the next begins there."""
    found: list[tuple[datetime, datetime]] = []
    for since, until in sorted(turns):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(until, found[-1][1]))
        else:
            found.append((since, until))
    return found


def lanes(visits: Sequence[Visit]) -> list[list[Visit]]:
    """The visits in as few lanes as hold them without overlap, each in order."""
    found: list[list[Visit]] = []
    for visit in sorted(visits, key=lambda v: (v.start, v.number)):
        free = next((lane for lane in found if lane[-1].until <= visit.start), None)
        if free is None:
            found.append(free := [])
        free.append(visit)
    return found
