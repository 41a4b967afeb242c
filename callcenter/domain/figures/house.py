"""Cases that are neither tickets nor calls: reports, surveys, corrective actions, hours of the roster, services on offer (K17, K27, K30–K33)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callcenter.domain.figures.cases import Case, Mark, Ms
from callcenter.domain.figures.promised import Promised, verdict

HOUR: Ms = 3_600_000
#: from the first instant until before the second
Stretch = tuple[Ms, Ms]


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


def cases_of_coverage(s: Survey) -> list[Case]:
    """K30 of a finished survey: itself, its sheets out of its homes, its answers out of its sheets."""
    return [Case("K30", s.finished_at, Mark.HIT, 1, s.key, {"compound": s.compound}),
            *_sides("K30b", s, s.issued, max(s.households, s.issued)), *_sides("K30c", s, s.returned, s.issued)]


def cases_of_survey(s: Survey) -> list[Case]:
    """K17 and K30 of a finished survey whose sheets were counted by hand: all of them are decided at its end."""
    return [*_sides("K17", s, s.satisfied, s.returned), *cases_of_coverage(s)]


def case_of_sheet(key: str, compound: str, at: Ms, content: bool) -> Case:
    """A valid sheet, decided when it came back (K17); by compound and no further: one household's opinion is nobody's to look up."""
    return Case("K17", at, Mark.HIT if content else Mark.MISS, 1, key, {"compound": compound})


def _sides(code: str, s: Survey, part: int, whole: int) -> list[Case]:
    """So many on one side, the rest of the whole on the other."""
    both = ((Mark.HIT, part), (Mark.MISS, whole - part))
    return [Case(code, s.finished_at, mark, n, s.key, {"compound": s.compound}) for mark, n in both if n > 0]


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


def uncovered(served: Iterable[Stretch], since: Ms, until: Ms) -> list[Stretch]:
    """The times between *since* and *until* that no stretch of *served* covers."""
    found, at = [], since
    for start, end in sorted(served):
        if at < start and at < until:
            found.append((at, min(start, until)))
        at = max(at, end)
    return [*found, (at, until)] if at < until else found


def without(turn: Stretch, away: Iterable[Stretch]) -> list[Stretch]:
    """What is left of a turn; *away* in the order of its beginnings."""
    at, end = turn
    found = []
    for since, until in away:
        if at < since < end:
            found.append((at, since))
        if since < end:
            at = max(at, until)
    return [*found, (at, end)] if at < end else found


def cases_of_service(code: str, priced: bool, now: Ms) -> list[Case]:
    """A special service on offer (K27)."""
    return [Case("K27", now - 1, Mark.HIT, 1, code, {}), Case("K27b", now - 1, Mark.HIT if priced else Mark.MISS, 1, code, {})]
