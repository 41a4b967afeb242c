"""Cases that are neither tickets nor calls: reports, surveys, corrective actions, hours of the roster, services on offer (K17, K27, K30–K33)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callcenter.domain.figures.cases import Case, Mark, Ms
from callcenter.domain.figures.promised import Promised, verdict

HOUR: Ms = 3_600_000


@dataclass(frozen=True, slots=True)
class Survey:
    """A half-year's survey of a compound that was finished."""

    key: str
    compound: str
    finished_at: Ms
    households: int
    issued: int
    returned: int
    satisfied: int


def cases_of_report(key: str, compound: str, promises: Iterable[Promised], now: Ms) -> list[Case]:
    """A day, week or month that had to be confirmed (K32)."""
    found = (verdict(p, now) for p in promises)
    return [Case("K32", at, mark, 1, key, {"compound": compound}) for mark, at in found if isinstance(mark, Mark)]


def cases_of_survey(s: Survey) -> list[Case]:
    """K17 and K30 of a finished survey: sheets on both sides."""
    dims = {"compound": s.compound}
    cases = [Case("K30", s.finished_at, Mark.HIT, 1, s.key, dims)]
    for code, part, whole in (("K17", s.satisfied, s.returned), ("K30b", s.issued, max(s.households, s.issued)), ("K30c", s.returned, s.issued)):
        if part:
            cases.append(Case(code, s.finished_at, Mark.HIT, part, s.key, dims))
        if whole > part:
            cases.append(Case(code, s.finished_at, Mark.MISS, whole - part, s.key, dims))
    return cases


def cases_of_action(number: str, due_at: Ms, cleared_at: Ms | None, dims: dict[str, str], now: Ms) -> list[Case]:
    """A corrective action (F16): cleared no later than due, or not (K31)."""
    if cleared_at is None and now <= due_at:
        return []
    return [Case("K31", due_at, Mark.HIT if cleared_at is not None and cleared_at <= due_at else Mark.MISS, 1, number, dims)]


def cases_of_hours(gaps: Sequence[tuple[Ms, Ms]], since: Ms, until: Ms) -> list[Case]:
    """Every whole hour of [since, until): served throughout, or touched by one of these *gaps* (K33)."""
    first = -(-since // HOUR) * HOUR
    missing = {hour for start, end in gaps for hour in range(start // HOUR * HOUR, end, HOUR)}
    return [Case("K33", hour, Mark.MISS if hour in missing else Mark.HIT, 1, str(hour), {})
            for hour in range(first, until - HOUR + 1, HOUR)]


def together(one: Sequence[tuple[Ms, Ms]], other: Sequence[tuple[Ms, Ms]]) -> list[tuple[Ms, Ms]]:
    """The times that lie in both."""
    return [(max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) < min(b, d)]


def cases_of_service(code: str, priced: bool, now: Ms) -> list[Case]:
    """A special service on offer (K27)."""
    return [Case("K27", now - 1, Mark.HIT, 1, code, {}), Case("K27b", now - 1, Mark.HIT if priced else Mark.MISS, 1, code, {})]
