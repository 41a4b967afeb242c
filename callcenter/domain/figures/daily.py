"""Cases summed by local day: what a ticket or a call adds to every day, dimension and value; and when that changes by time alone."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from callcenter.domain.figures.calls import AGAIN_WITHIN, THREE_RINGS, Heard
from callcenter.domain.figures.cases import EAST, Case, Dimension, Mark, Ms
from callcenter.domain.figures.facts import TicketFact
from callcenter.domain.figures.standing import moving
from callcenter.domain.vocabulary import Clock

_DAY: Ms = 86_400_000
_RINGS, _AGAIN = (span.days * _DAY + span.seconds * 1000 for span in (THREE_RINGS, AGAIN_WITHIN))
#: the dimension under which everything stands once
ALL = "all"
DIMENSIONS = tuple(d.value for d in Dimension)
#: counted like a figure: the tickets received and neither withdrawn nor merged away, by their receipt (under K18b)
RECEIVED = "received"
#: the figure whose amounts are kept second by second, for their median
SPREAD = "K04c"
#: kept with a ticket that is a fault, and never summed: what broke, where, and at which millisecond of its day (K36)
FAULT = "fault"
_PLACES = {Mark.HIT: 0, Mark.MISS: 1, Mark.EXCLUDED: 2}
_SIGNS = {Mark.HIT: "+", Mark.MISS: "-", Mark.EXCLUDED: "="}
_MARKS = {sign: mark for mark, sign in _SIGNS.items()}
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
#: a case is made by the hundred thousand: without the checks of its arguments in half the time
_day_case = tuple.__new__
_TOKEN = re.compile(r"([A-Za-z0-9_]+)([-+=])(-?\d*)")


class Valid(NamedTuple):
    """The instants between which a count stays true without a write: after `since`, up to and including `until`."""

    since: Ms | None = None
    until: Ms | None = None

    def holds(self, now: Ms) -> bool:
        return (self.since is None or self.since < now) and (self.until is None or now <= self.until)


class DayCase(NamedTuple):
    """A case, known by its day only."""

    code: str
    day: int
    mark: Mark
    amount: int
    #: in the order of DIMENSIONS
    values: tuple[str, ...]


class Sums:
    """What cases add up to, under every dimension: hits, misses, excluded, amount of hits, of misses; and how amounts spread."""

    __slots__ = ("_all", "_by", "spread")

    def __init__(self) -> None:
        self._all: dict[tuple[str, int], list[int]] = {}
        #: (dimension, value) → (figure, day) → the sums: most cases of a ticket have the same values
        self._by: dict[tuple[str, str], dict[tuple[str, int], list[int]]] = {(ALL, ""): self._all}
        #: (dimension, value, day, second) → how many
        self.spread: dict[tuple[str, str, int, int], int] = defaultdict(int)

    def add(self, cases: Iterable[DayCase], sign: int = 1) -> None:
        """These cases more, or fewer with *sign* −1."""
        known: tuple[str, ...] | None = None
        under: list[dict[tuple[str, int], list[int]]] = []
        for code, day, mark, amount, values in cases:
            if code == FAULT:
                continue
            if values is not known:
                known, under = values, [self._all, *(self._by.setdefault(whose, {}) for whose in zip(DIMENSIONS, values, strict=True))]
            key, place = (code, day), _PLACES[mark]
            for sums in under:
                found = sums.get(key)
                if found is None:
                    found = sums[key] = [0, 0, 0, 0, 0]
                found[place] += sign
                if place < 2:
                    found[3 + place] += sign * amount
            if code == SPREAD and place == 0:
                for dimension, value in ((ALL, ""), *zip(DIMENSIONS, values, strict=True)):
                    self.spread[dimension, value, day, amount // 1000] += sign

    def rows(self) -> list[tuple[str | int, ...]]:
        """(dimension, figure, value, day, and the sums) of whatever is not nothing, in the order of the keys."""
        return sorted((dimension, code, value, day, *found) for (dimension, value), sums in self._by.items()
                      for (code, day), found in sums.items() if any(found))


def day_of(at: Ms) -> int:
    """The local day of an instant: 0 is 1 January 1970."""
    return (at + EAST) // _DAY


def begin_of(day: int) -> Ms:
    """The instant a local day begins with."""
    return day * _DAY - EAST


def first_whole(at: Ms) -> int:
    """The first local day that begins at *at* or later."""
    return -(-(at + EAST) // _DAY)


def by_day(cases: Iterable[Case]) -> list[DayCase]:
    """The same cases, known by their day."""
    known: dict[int, tuple[str, ...]] = {}  # the cases of a ticket share a few dimensions
    found = []
    for code, at, mark, amount, _, dimensions in cases:
        values = known.get(id(dimensions))
        if values is None:
            values = known[id(dimensions)] = tuple([dimensions.get(d, "") for d in DIMENSIONS])
        found.append(_day_case(DayCase, (code, (at + EAST) // _DAY, mark, amount, values)))
    return found


def packed(cases: Iterable[DayCase]) -> str:
    """As it is kept: a few dozen letters a day. Equal cases give equal text."""
    found: dict[tuple[str, ...], dict[int, list[str]]] = {}
    known: tuple[str, ...] | None = None
    days: dict[int, list[str]] = {}
    for code, day, mark, amount, values in cases:
        if values is not known:
            known, days = values, found.setdefault(values, {})
        token = code + _SIGNS[mark] if amount == 1 else f"{code}{_SIGNS[mark]}{amount}"
        tokens = days.get(day)
        if tokens is None:
            days[day] = [token]
        else:
            tokens.append(token)
    plain = [[values, {str(day): " ".join(sorted(tokens)) for day, tokens in sorted(days.items())}] for values, days in sorted(found.items())]
    return _ENCODER.encode(plain)


def values_of(**known: str) -> tuple[str, ...]:
    """The values of all dimensions, of which only these are known."""
    return tuple([known.get(dimension, "") for dimension in DIMENSIONS])


def fault(at: Ms, of: tuple[str, ...]) -> DayCase:
    """A ticket that is a fault, as it is kept with the ticket."""
    return DayCase(FAULT, day_of(at), Mark.HIT, at - begin_of(day_of(at)), of)


def unpacked(text: str) -> Iterator[DayCase]:
    """The cases again."""
    for values, days in json.loads(text):
        whose = tuple(values)
        for day, tokens in days.items():
            for code, sign, amount in _TOKEN.findall(tokens):
                yield DayCase(code, int(day), _MARKS[sign], int(amount or 1), whose)


def faults_in(text: str) -> set[DayCase]:
    """The fault a ticket was counted as; nothing for most."""
    return {case for case in unpacked(text) if case.code == FAULT} if f"{FAULT}+" in text else set()


def ticket_valid(t: TicketFact, now: Ms) -> Valid:
    """Until when the cases of a ticket, counted at *now*, stay as they are: a promise that runs falls due, now or by its first time, or has
    been overdue for some days."""
    instants = [at for p in t.promises if p.kept_at is None and p.voided_at is None and p.excused_at is None and p.paused_at is None
                for at in (p.due_at, p.first_due_at)]
    if t.valid:
        instants += [p.first_due_at for p in t.promises if p.clock == Clock.COMPLETION][:1]
    return _around([*instants, *moving(t, now)], now)


def call_valid(c: Heard, now: Ms) -> Valid:
    """The same of a call: it rings for too long; the caller was not heard of again for seven days; after-call work grows while it lasts."""
    if c.wrapping:
        return Valid(until=0)
    instants = []
    if c.answered_at is None and c.ended_at is None:
        instants.append(c.rang_at + _RINGS)
    elif c.answered_at is not None and c.ended_at is not None and c.settled and not c.emergency:
        instants.append(c.ended_at + _AGAIN)
    return _around(instants, now)


def _around(instants: Iterable[Ms], now: Ms) -> Valid:
    known = list(instants)
    return Valid(max((at for at in known if at < now), default=None), min((at for at in known if at >= now), default=None))


def chosen(values: tuple[str, ...], dimension: str) -> str:
    """The value of one dimension; "" of all of them together."""
    return "" if dimension == ALL else values[DIMENSIONS.index(dimension)]


def whole_days(since: Ms | None, until: Ms | None) -> tuple[int | None, int | None]:
    """The local days that lie in [since, until) as a whole; None: without bound."""
    return None if since is None else first_whole(since), None if until is None else day_of(until)


__all__ = ["ALL", "DIMENSIONS", "FAULT", "RECEIVED", "SPREAD", "DayCase", "Sums", "Valid", "begin_of", "by_day", "call_valid", "chosen", "day_of",
           "fault", "faults_in", "first_whole", "packed", "ticket_valid", "unpacked", "values_of", "whole_days"]
