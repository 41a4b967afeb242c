"""Which tickets stand open at an instant, as they stood then, and how long their promise is overdue (K40): at once, or as moves to be summed up."""

from collections.abc import Iterator

from callcenter.domain.figures.cases import Case, Mark, Ms
from callcenter.domain.figures.facts import TicketFact
from callcenter.domain.figures.promised import Promised
from callcenter.domain.vocabulary import ENDED, Clock

_DAY: Ms = 86_400_000
#: shorter than → the band an overdue ticket is in
BANDS = ((_DAY, "K40a"), (2 * _DAY, "K40b"), (7 * _DAY, "K40c"))
LONGEST = "K40d"
CODES = ("K40", *(code for _, code in BANDS), LONGEST)
_ENDED = frozenset(state.value for state in ENDED)

#: after the first instant, up to and including the second; none: still
Stretch = tuple[Ms, Ms | None]


def stretches(t: TicketFact) -> list[Stretch]:
    """When it was open: what was taken up again was over in between, what was withdrawn or merged away later was open until then."""
    known = t.stood or ((t.received_at, t.closed_at if t.state in _ENDED else None),)
    if not t.stood and t.state in _ENDED and t.closed_at is None:
        return []
    return [(since, until) for since, until in known if until is None or until > since]


def stock(t: TicketFact, at: Ms) -> list[Case]:
    """The ticket among those open at *at*, and in which band its promise is overdue."""
    codes = _codes(stretches(t), _late(t), at)
    if not codes:
        return []
    return [Case(code, at - 1, Mark.HIT if code in codes else Mark.MISS, 1, t.number, t.dimensions) for code in CODES]


def moves(t: TicketFact, now: Ms) -> list[Case]:
    """Every time before *now* it came to be counted (a hit) or ceased to be (a miss): what came before an end less what ceased is the stock."""
    open_, late = stretches(t), _late(t)
    found: list[Case] = []
    before: tuple[str, ...] = ()
    for at in sorted(set(_edges(open_, late))):
        if at >= now:
            break
        codes = _codes(open_, late, at + 1)
        found += (Case(code, at, Mark.MISS, 1, t.number, t.dimensions) for code in before if code not in codes)
        found += (Case(code, at, Mark.HIT, 1, t.number, t.dimensions) for code in codes if code not in before)
        before = codes
    return found


def moving(t: TicketFact, now: Ms) -> list[Ms]:
    """When it moves without a write, later or by now: what is overdue and runs gets older; and whatever is yet to come."""
    late = _late(t)
    alone = [due + limit - 1 for due, end in late if end is None for limit in (1, *(limit for limit, _ in BANDS))]
    return [*alone, *(at for at in _edges(stretches(t), late) if at >= now)]


def _late(t: TicketFact) -> list[Stretch]:
    """When a promise of completion was overdue; what rests since before it was due is not late."""
    return [(p.due_at, end) for p in t.promises if p.clock == Clock.COMPLETION and (p.paused_at is None or p.paused_at > p.due_at)
            for end in (_end(p),) if end is None or end > p.due_at]


def _end(p: Promised) -> Ms | None:
    return min((at for at in (p.kept_at, p.voided_at, p.excused_at) if at is not None), default=None)


def _edges(open_: list[Stretch], late: list[Stretch]) -> Iterator[Ms]:
    """The instants after which something may be different."""
    for since, until in (*open_, *late):
        yield since
        if until is not None:
            yield until
    for due, _ in late:
        yield from (due + limit - 1 for limit, _ in BANDS)


def _codes(open_: list[Stretch], late: list[Stretch], at: Ms) -> tuple[str, ...]:
    if not _lies(open_, at):
        return ()
    overdue = max((at - due for due, end in late if due < at and (end is None or at <= end)), default=None)
    if overdue is None:
        return ("K40",)
    return "K40", next((code for limit, code in BANDS if overdue < limit), LONGEST)


def _lies(within: list[Stretch], at: Ms) -> bool:
    return any(since < at and (until is None or at <= until) for since, until in within)
