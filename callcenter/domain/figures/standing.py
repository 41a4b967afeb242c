"""Which tickets stand open at an instant, as they stood then, and how long their promise is overdue (K40): at once, or as moves to be summed up."""

from collections.abc import Iterator
from typing import NamedTuple

from callcenter.domain.figures.cases import Case, Mark, Ms
from callcenter.domain.figures.facts import TicketFact
from callcenter.domain.figures.promised import MOVE, PAUSE, Moved, Promised
from callcenter.domain.vocabulary import ENDED, Clock

_DAY: Ms = 86_400_000
#: shorter than → the band an overdue ticket is in
BANDS = ((_DAY, "K40a"), (2 * _DAY, "K40b"), (7 * _DAY, "K40c"))
LONGEST = "K40d"
CODES = ("K40", *(code for _, code in BANDS), LONGEST)
_ENDED = frozenset(state.value for state in ENDED)

#: after the first instant, up to and including the second; none: still
Stretch = tuple[Ms, Ms | None]


class Late(NamedTuple):
    """A stretch in which a promise was overdue, and the time it was due at as it stood then."""

    due: Ms
    #: after this instant, up to and including the other; none: still
    since: Ms
    until: Ms | None


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
    alone = [one.due + limit - 1 for one in late if one.until is None for limit in (1, *(limit for limit, _ in BANDS))]
    return [*alone, *(at for at in _edges(stretches(t), late) if at >= now)]


def _late(t: TicketFact) -> list[Late]:
    """When a promise of completion was overdue, by the due times that held then."""
    running = (one for p in t.promises if p.clock == Clock.COMPLETION for one in _running(p, t.moved))
    late = (Late(one.due, max(one.due, one.since), one.until) for one in running)
    return [one for one in late if one.until is None or one.until > one.since]


def _running(p: Promised, moved: tuple[Moved, ...]) -> Iterator[Late]:
    """
    The stretches in which it was due at one time; those in which it rested since before then are left out, for what rests is not late.

    The last stretch is the row's own, whatever the ledger tells.
    """
    end = min((at for at in (p.kept_at, p.voided_at, p.excused_at) if at is not None), default=None)
    due, since, paused = p.first_due_at, p.started_at, None
    told = [m for m in moved if p.started_at <= m.at and (end is None or m.at <= end)]
    for one in told:
        if paused is None or paused > due:
            yield Late(due, since, one.at)
        since = one.at
        if one.does == MOVE:
            due = due if one.due_at is None else one.due_at
        elif one.does == PAUSE:
            paused = one.at
        elif paused is not None:
            due, paused = due + one.at - paused, None
    if p.paused_at is None or p.paused_at > p.due_at:
        yield Late(p.due_at, since, end)


def _edges(open_: list[Stretch], late: list[Late]) -> Iterator[Ms]:
    """The instants after which something may be different."""
    for since, until in (*open_, *((one.since, one.until) for one in late)):
        yield since
        if until is not None:
            yield until
    for one in late:
        yield from (at for limit, _ in BANDS if (at := one.due + limit - 1) > one.since and (one.until is None or at < one.until))


def _codes(open_: list[Stretch], late: list[Late], at: Ms) -> tuple[str, ...]:
    if not _lies(open_, at):
        return ()
    overdue = max((at - one.due for one in late if one.since < at and (one.until is None or at <= one.until)), default=None)
    if overdue is None:
        return ("K40",)
    return "K40", next((code for limit, code in BANDS if overdue < limit), LONGEST)


def _lies(within: list[Stretch], at: Ms) -> bool:
    return any(since < at and (until is None or at <= until) for since, until in within)
