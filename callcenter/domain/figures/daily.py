"""Cases summed by local day: what a ticket or a call adds to every day, dimension and value; and when that changes by time alone."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from callcenter.domain.figures.calls import AGAIN_WITHIN, THREE_RINGS, Heard
from callcenter.domain.figures.cases import Case, Dimension, Mark, Ms
from callcenter.domain.figures.facts import TicketFact
from callcenter.domain.vocabulary import Clock

_DAY: Ms = 86_400_000
#: Shanghai has kept one time since 1991
_EAST: Ms = 8 * 3_600_000
_RINGS, _AGAIN = (span.days * _DAY + span.seconds * 1000 for span in (THREE_RINGS, AGAIN_WITHIN))
#: the dimension under which everything stands once
ALL = "all"
DIMENSIONS = tuple(d.value for d in Dimension)
#: counted like a figure: the tickets received and neither withdrawn nor merged away, by their receipt (under K18b)
RECEIVED = "received"
#: the figure whose amounts are kept second by second, for their median
SPREAD = "K04c"
_SIGNS = {Mark.HIT: "+", Mark.MISS: "-", Mark.EXCLUDED: "="}
_MARKS = {sign: mark for mark, sign in _SIGNS.items()}
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
    """What cases add up to: (dimension, figure, value, day) → hits, misses, excluded, amount of hits, of misses; and how amounts spread."""

    __slots__ = ("days", "spread")

    def __init__(self) -> None:
        self.days: dict[tuple[str, str, str, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
        #: (dimension, value, day, second) → how many
        self.spread: dict[tuple[str, str, int, int], int] = defaultdict(int)

    def add(self, cases: Iterable[DayCase], sign: int = 1) -> None:
        """These cases more, or fewer with *sign* −1."""
        for code, day, mark, amount, values in cases:
            place = 0 if mark is Mark.HIT else 1 if mark is Mark.MISS else 2
            for dimension, value in ((ALL, ""), *zip(DIMENSIONS, values, strict=True)):
                sums = self.days[dimension, code, value, day]
                sums[place] += sign
                if place < 2:
                    sums[3 + place] += sign * amount
                if code == SPREAD and place == 0:
                    self.spread[dimension, value, day, amount // 1000] += sign


def day_of(at: Ms) -> int:
    """The local day of an instant: 0 is 1 January 1970."""
    return (at + _EAST) // _DAY


def begin_of(day: int) -> Ms:
    """The instant a local day begins with."""
    return day * _DAY - _EAST


def first_whole(at: Ms) -> int:
    """The first local day that begins at *at* or later."""
    return -(-(at + _EAST) // _DAY)


def by_day(cases: Iterable[Case]) -> list[DayCase]:
    """The same cases, known by their day."""
    return [DayCase(c.code, day_of(c.at), c.mark, c.amount, tuple([c.dimensions.get(d, "") for d in DIMENSIONS])) for c in cases]


def packed(cases: Iterable[DayCase]) -> str:
    """As it is kept: a few dozen letters a day. Equal cases give equal text."""
    found: dict[tuple[str, ...], dict[int, list[str]]] = {}
    for c in cases:
        amount = "" if c.amount == 1 else str(c.amount)
        found.setdefault(c.values, {}).setdefault(c.day, []).append(f"{c.code}{_SIGNS[c.mark]}{amount}")
    plain = [[list(values), {str(day): " ".join(sorted(tokens)) for day, tokens in sorted(days.items())}] for values, days in sorted(found.items())]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> Iterator[DayCase]:
    """The cases again."""
    for values, days in json.loads(text):
        whose = tuple(values)
        for day, tokens in days.items():
            for code, sign, amount in _TOKEN.findall(tokens):
                yield DayCase(code, int(day), _MARKS[sign], int(amount or 1), whose)


def ticket_valid(t: TicketFact, now: Ms) -> Valid:
    """Until when the cases of a ticket, counted at *now*, stay as they are: a promise that runs falls due, now or by its first time."""
    instants = [at for p in t.promises if p.kept_at is None and p.voided_at is None and p.excused_at is None and p.paused_at is None
                for at in (p.due_at, p.first_due_at)]
    if t.valid:
        instants += [p.first_due_at for p in t.promises if p.clock == Clock.COMPLETION][:1]
    return _around(instants, now)


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


__all__ = ["ALL", "DIMENSIONS", "RECEIVED", "SPREAD", "DayCase", "Sums", "Valid", "begin_of", "by_day", "call_valid", "chosen", "day_of",
           "first_whole", "packed", "ticket_valid", "unpacked", "whole_days"]
