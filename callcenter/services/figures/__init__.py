"""The figures over the live database: all of them, one broken down, and the very cases behind each number."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.domain.figures import FIGURES, Case, Dimension, Figure, Mark, Tally
from callcenter.services.figures import daily
from callcenter.services.figures.asking import TICKETS as OF_TICKETS
from callcenter.services.figures.asking import Question, Scope, below, cases, scope_of, tallied
from callcenter.services.hotline import Hotline

#: cases on a page of a list
PAGE = 50
#: what a list may show: the word in the address → the marks
PARTS: Mapping[str, frozenset[Mark]] = {
    "missed": frozenset(), "numerator": frozenset({Mark.HIT}), "denominator": frozenset({Mark.HIT, Mark.MISS}),
    "excluded": frozenset({Mark.EXCLUDED})}


@dataclass(frozen=True, slots=True)
class Members:
    """A page of the cases behind a number, the latest first."""

    total: int
    page: int
    pages: int
    cases: tuple[Case, ...]


def all_figures(hotline: Hotline, session: Session, now: datetime, since: datetime | None = None, until: datetime | None = None,
                where: Mapping[str, str] | None = None, scope: Scope | None = None, codes: Collection[str] = tuple(FIGURES), *,
                by_receipt: bool = False, listed: bool = False) -> list[Figure]:
    """
    Every figure over the cases decided in [since, until), as of *now*, in the order of the catalogue; without bounds over all of them.

    Args:
        where: dimension → the value wanted ("" for cases that have none).
        scope: whose compounds; all of them by default.
        by_receipt: tickets that came in within the period, whenever their cases were decided.
        listed: with `Figure.cases`, the numbers of what calls for a look; without, whole days come from the daily sums.
    """
    ask = Question(now, since, until, where or {}, scope or Scope(), by_receipt)
    summed = None if listed else daily.answer(hotline, session, ask, codes)
    if summed is not None:
        divided = {**below(session, ask, set(codes) & {"K18"}), "K18b": summed.received.get("", 0)}
        tallies = (summed.tallies.get((code, "")) or Tally(d) for code, d in FIGURES.items() if code in codes)
        return [_figure(hotline, tally, ask, divided) for tally in tallies]
    found = tallied(cases(hotline, session, ask, codes), codes)
    divided = below(session, ask, codes)
    return [_figure(hotline, tally, ask, divided) for tally in found.values()]


def fraction(hotline: Hotline, session: Session, code: str, now: datetime) -> str:
    """One figure as "numerator/denominator"; "unknown" for a code that does not exist."""
    if code not in FIGURES:
        return "unknown"
    figure, = all_figures(hotline, session, now, codes={code})
    return f"{figure.numerator}/{figure.denominator}"


def broken_down(hotline: Hotline, session: Session, code: str, by: str, now: datetime, since: datetime | None = None,
                until: datetime | None = None, where: Mapping[str, str] | None = None, scope: Scope | None = None) -> list[tuple[str, Figure]]:
    """One figure for every value of a dimension that occurs, most cases first; the parts add up to the whole."""
    ask = Question(now, since, until, where or {}, scope or Scope())
    summed = daily.answer_by(hotline, session, ask, {code}, by)
    tallies = {value: tally for _, value, tally in daily.occurring(summed.tallies)} if summed is not None else _apart(hotline, session, ask, code, by)
    parts = []
    for value, tally in tallies.items():
        if summed is not None and code == "K18b":
            divided = {code: summed.received.get(value, 0)}
        else:
            divided = below(session, replace(ask, where={**ask.where, by: value}), {code})
        parts.append((value, _figure(hotline, tally, ask, divided)))
    ordered = Dimension(by) in (Dimension.SHIFT, Dimension.HOUR, Dimension.WEEKDAY)
    return sorted(parts, key=lambda part: (part[0],) if ordered else (-part[1].denominator, part[0]))


def _apart(hotline: Hotline, session: Session, ask: Question, code: str, by: str) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for case in cases(hotline, session, ask, {code}):
        tallies.setdefault(case.dimensions.get(by, ""), Tally(FIGURES[code])).add(case)
    return tallies


def members(hotline: Hotline, session: Session, code: str, now: datetime, since: datetime | None = None, until: datetime | None = None,
            part: str = "missed", where: Mapping[str, str] | None = None, scope: Scope | None = None, page: int | None = 1) -> Members:
    """
    The cases behind one number of a figure: as many as the number says (of sums, the cases they are summed from).

    Args:
        part: "numerator", "denominator", "excluded", or "missed": what calls for a look.
        page: from 1; None for all of them at once.
    """
    ask = Question(now, since, until, where or {}, scope or Scope())
    marks = PARTS[part] or {FIGURES[code].looked_at}
    found = sorted((c for c in cases(hotline, session, ask, {code}) if c.mark in marks), key=lambda c: (-c.at, c.of))
    pages = max(1, -(-len(found) // PAGE))
    if page is None:
        return Members(len(found), 1, 1, tuple(found))
    page = min(max(page, 1), pages)
    return Members(len(found), page, pages, tuple(found[(page - 1) * PAGE:page * PAGE]))


def _figure(hotline: Hotline, tally: Tally, ask: Question, divided: Mapping[str, int]) -> Figure:
    code = tally.definition.code
    return tally.figure(ask.end, hotline.rulebook.policy.targets.get(code), divided.get(code))


__all__ = ["OF_TICKETS", "PAGE", "PARTS", "Members", "Question", "Scope", "all_figures", "broken_down", "fraction", "members", "scope_of"]
