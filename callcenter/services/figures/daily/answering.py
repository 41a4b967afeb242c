"""Figures answered from the sums of whole days: what is stale is counted on the way, the rest of a day from its rows; always the raw count."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy.orm import Session

from callcenter.domain.figures import FIGURES, Case, Mark, Tally, daily, from_ms, repeated, to_ms
from callcenter.domain.figures.calls import cases_of_span
from callcenter.domain.figures.cases import Ms
from callcenter.services.figures import asking, candidates, telephone
from callcenter.services.figures.asking import ROLLING, STOCK, TELEPHONE, TICKETS, TIME, Question
from callcenter.services.figures.daily import edges, faults, stale, state, summing
from callcenter.services.figures.daily.counting import CALL, TICKET, Change, recounted
from callcenter.services.figures.daily.summing import Days
from callcenter.services.hotline import Hotline

log = logging.getLogger(__name__)

#: tickets, and calls, counted on the way; if more have changed, everything is counted raw
MOST = 2_000
#: how often a reader begins again because the summary was written to meanwhile
TRIES = 5
OF_TICKETS = TICKETS | ROLLING | STOCK
FAULTS = frozenset({repeated.CODE})
SUMMED = OF_TICKETS | TELEPHONE | FAULTS

#: (figure, value of the dimension; "" where all are one) → its sums
Tallies = dict[tuple[str, str], Tally]


class Cut(NamedTuple):
    """Which rows of the summary: those of one dimension, of some of its values or all; `apart`: value by value."""

    dimension: str = daily.ALL
    values: frozenset[str] | None = None
    apart: bool = False

    def takes(self, value: str) -> bool:
        return self.values is None or value in self.values

    def key(self, code: str, value: str) -> tuple[str, str]:
        return code, value if self.apart else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The sums, and what some of them are divided by."""

    tallies: Tallies
    received: Mapping[str, int]


def answer(hotline: Hotline, session: Session, ask: Question, codes: Collection[str]) -> Answer | None:
    """The sums of *codes*; None where only the rows can tell: two filters at once, no summary, or too much has changed."""
    cut = cut_of(ask)
    return None if cut is None else steady(hotline, session, ask, codes, cut)


def answer_by(hotline: Hotline, session: Session, ask: Question, codes: Collection[str], by: str) -> Answer | None:
    """The same for every value of a dimension; None also for figures that are not summed by day."""
    if ask.where or (ask.scope.compounds is not None and by != "compound") or not set(codes) <= SUMMED:
        return None
    values = None if ask.scope.compounds is None else ask.scope.compounds | {""}
    return steady(hotline, session, ask, codes, Cut(by, values, apart=True))


def cut_of(ask: Question) -> Cut | None:
    """Which rows answer a question; None where none do."""
    scope = None if ask.scope.compounds is None else ask.scope.compounds | {""}
    if ask.by_receipt or len(ask.where) > 1:
        return None
    if not ask.where:
        return Cut() if scope is None else Cut("compound", scope)
    (name, value), = ask.where.items()
    if scope is None:
        return Cut(name, frozenset({value}))
    return Cut(name, frozenset({value}) & scope) if name == "compound" else None


def steady(hotline: Hotline, session: Session, ask: Question, codes: Collection[str], cut: Cut) -> Answer | None:
    """One state of the summary, also where every statement sees the newest."""
    for _ in range(TRIES):
        mark = state.read(session)
        if mark is None or not mark.complete or state.another_way(mark):
            return None
        try:
            found = _Reader(hotline, session, ask, cut, mark).answer(frozenset(codes))
        except stale.TooMuch:
            break
        after = state.read(session)
        if after is not None and after.generation == mark.generation:
            return found
    log.warning("too much has changed since the figures were summed up: counted from the rows")
    return None


class _Reader:
    """One question put to one state of the summary."""

    def __init__(self, hotline: Hotline, session: Session, ask: Question, cut: Cut, mark: state.Mark) -> None:
        self.hotline, self.session, self.ask, self.cut, self.mark = hotline, session, ask, cut, mark
        self.now, self.end = to_ms(ask.now), to_ms(ask.end)
        self.tallies: Tallies = {}

    def answer(self, codes: frozenset[str]) -> Answer:
        raw = codes - SUMMED | state.unreliable(self.mark, state.basis(self.hotline, self.session), codes & OF_TICKETS) | self._crooked(codes)
        summed = codes - raw - TIME
        changes = self._changes(summed)
        stock = summed & STOCK if self.ask.since is None or to_ms(self.ask.since) < self.end else frozenset()
        self._collect(summed - STOCK - FAULTS | (STOCK if stock else frozenset()), self._window, changes, self.cut)
        self._stand(stock)
        if summed & FAULTS:
            self._faults(changes)
        if codes & TIME and self.ask.since is not None:
            self._time(codes & TIME)
        if raw:
            self._raw(asking.cases(self.hotline, self.session, self.ask, raw))
        return Answer(self.tallies, self._received(changes) if "K18b" in codes else {})

    def _crooked(self, codes: frozenset[str]) -> frozenset[str]:
        """What days do not add up to: faults of a period that is short or begins or ends in the middle of one."""
        ends = self.end == self.now or _midnight(self.end)
        begins = self.ask.since is None or (_midnight(to_ms(self.ask.since)) and self.end - to_ms(self.ask.since) >= repeated.SHORTEST)
        return codes & (frozenset() if ends and begins else FAULTS)

    def _window(self, code: str) -> tuple[Ms | None, Ms | None]:
        """The period of a figure; of the stock everything before its end, which is all there is where that is now."""
        if code in STOCK:
            return None, None if self.end == self.now else self.end
        return self.ask.window(code)

    def _changes(self, codes: frozenset[str]) -> list[Change]:
        """What is not as it was counted, counted now."""
        found: list[Change] = []
        for kind, some in ((TICKET, codes & (OF_TICKETS | FAULTS)), (CALL, codes & TELEPHONE)):
            if some:
                ids = stale.at_once(self.session, kind, self.mark, self.now, MOST)
                found += recounted(self.hotline, self.session, kind, ids, self.ask.now, self.ask.end)
        return [*found, *faults.recounted(self.session, faults.stirred(found))] if codes & FAULTS else found

    def _stand(self, codes: frozenset[str]) -> None:
        """All that came to stand open until the end, less all that ceased to; every open ticket is a case of every band (K40)."""
        moved = {key: self.tallies.pop(key) for key in list(self.tallies) if key[0] in STOCK}
        whole = {value: tally.hits - tally.misses for (code, value), tally in moved.items() if code == "K40"}
        for value, open_ in whole.items():
            for code in codes:
                band = moved.get((code, value))
                inside = open_ if code == "K40" else band.hits - band.misses if band is not None else 0
                self._tally((code, value)).add_sums(inside, open_ - inside, 0, inside, open_ - inside)

    def _faults(self, changes: Iterable[Change]) -> None:
        """The runs that begin in the period, and those that reach into it (K36)."""
        last = self._until_the_end().last
        first = None if self.ask.since is None else daily.day_of(to_ms(self.ask.since))
        found = self._added(FAULTS, Days(first, last), changes)
        reaching = {} if first is None else self._added({repeated.REACHING}, Days(first, first + 1), changes)
        for (_, value), tally in (*found.items(), *reaching.items()):
            self._tally((repeated.CODE, value)).add_sums(tally.hits, 0, 0, tally.hits, 0)

    def _until_the_end(self) -> Days:
        """All days before the end of the period; with today's, as far as it has come, where that is now."""
        return Days(None, None if self.end == self.now else daily.day_of(self.end))

    def _added(self, codes: Collection[str], days: Days, changes: Iterable[Change]) -> Tallies:
        """What these days hold of *codes*, and the changes."""
        own = _Reader(self.hotline, self.session, self.ask, self.cut, self.mark)
        own._sums(codes, days, self.cut)
        for change in changes:
            for cases, sign in change.difference():
                own._differ(cases, sign, dict.fromkeys(codes, days), self.cut)
        return own.tallies

    def _collect(self, codes: frozenset[str], window: Callable[[str], tuple[Ms | None, Ms | None]], changes: Iterable[Change], cut: Cut) -> None:
        """The figures of each window: whole days from the sums and the changes, what is left of a day from the rows."""
        windows: dict[tuple[Ms | None, Ms | None], set[str]] = defaultdict(set)
        for code in codes:
            windows[window(code)].add(code)
        days: dict[str, Days] = {}
        left: dict[tuple[Ms, Ms], set[str]] = defaultdict(set)
        for (since, until), some in windows.items():
            whole = Days(*daily.whole_days(since, until))
            empty = whole.first is not None and whole.last is not None and whole.first >= whole.last
            if not empty:
                days |= dict.fromkeys(some, whole)
                self._sums(some, whole, cut)
            for stretch in edges.of(since, until, None if empty else whole):
                left[stretch] |= some
        for (first, last), some in left.items():
            self._raw(edges.cases(self.hotline, self.session, self.ask, some, first, last), cut)
        for change in changes:
            for cases, sign in change.difference():
                self._differ(cases, sign, days, cut)

    def _sums(self, codes: Collection[str], days: Days, cut: Cut) -> None:
        for code, value, found in summing.sums(self.session, cut.dimension, cut.values, codes, days):
            self._tally(cut.key(code, value)).add_sums(*found)
        if daily.SPREAD in codes:
            for value, second, n in summing.spread(self.session, cut.dimension, cut.values, days):
                self._tally(cut.key(daily.SPREAD, value)).amounts[second] += n

    def _differ(self, cases: Iterable[daily.DayCase], sign: int, days: Mapping[str, Days], cut: Cut) -> None:
        for code, day, mark, amount, values in cases:
            value = daily.chosen(values, cut.dimension)
            if code in days and days[code].hold(day) and cut.takes(value):
                tally = self._tally(cut.key(code, value))
                tally.add_sums(*(sign * n for n in _places(mark, amount)))
                if code == daily.SPREAD and mark is Mark.HIT:
                    tally.amounts[amount // 1000] += sign

    def _raw(self, cases: Iterable[Case], cut: Cut | None = None) -> None:
        cut = cut or self.cut
        for case in cases:
            self._tally(cut.key(case.code, case.dimensions.get(cut.dimension, ""))).add(case)

    def _time(self, codes: frozenset[str]) -> None:
        """Agents' time: days summed up, and the rows of those that are not yet."""
        since, end = to_ms(self.ask.since or self.ask.now), self.end
        first = daily.first_whole(since)
        last = min(daily.day_of(end), self.mark.time_day if self.mark.time_day is not None else first)
        pieces = [(since, end)]
        if first < last:
            self._sums(codes, Days(first, last), self.cut)
            pieces = [(since, daily.begin_of(first)), (daily.begin_of(last), end)]
        for begin, until in pieces:
            if begin < until:
                spans = telephone.spans(self.session, from_ms(begin), from_ms(until))
                self._raw(c for span in spans for c in cases_of_span(span)
                          if c.code in codes and self.cut.takes(c.dimensions.get(self.cut.dimension, "")))

    def _received(self, changes: Iterable[Change]) -> dict[str, int]:
        """The tickets received in the twelve months before the end (K18b), under the filters a ticket can be found by."""
        of_tickets = self.cut.dimension in candidates.COLUMNS
        cut, ask = (self.cut, self.ask) if of_tickets else (Cut(), replace(self.ask, where={}))
        own = _Reader(self.hotline, self.session, ask, cut, self.mark)
        year = to_ms(self.ask.a_year_before), self.end
        own._collect(frozenset({daily.RECEIVED}), lambda code: year, changes, cut)
        found = {value: tally.hits for (_, value), tally in own.tallies.items()}
        return found if of_tickets or not self.cut.apart else dict.fromkeys((value for _, value in self.tallies), found.get("", 0))

    def _tally(self, key: tuple[str, str]) -> Tally:
        found = self.tallies.get(key)
        if found is None:
            found = self.tallies[key] = Tally(FIGURES.get(key[0], FIGURES["K18b"]))
        return found


def _midnight(at: Ms) -> bool:
    return daily.begin_of(daily.day_of(at)) == at


def _places(mark: Mark, amount: int) -> tuple[int, int, int, int, int]:
    hit, miss = mark is Mark.HIT, mark is Mark.MISS
    return hit, miss, mark is Mark.EXCLUDED, amount * hit, amount * miss


def occurring(tallies: Tallies) -> Iterator[tuple[str, str, Tally]]:
    """The values that have a case at all."""
    for (code, value), tally in sorted(tallies.items()):
        if tally.hits or tally.misses or tally.excluded:
            yield code, value, tally
