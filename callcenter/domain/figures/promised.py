"""How a promise stands, judged from its row alone, in milliseconds: the same verdicts as `Promise.status`, and the instant of each."""

from typing import NamedTuple

from callcenter.domain.figures.cases import Mark, Ms
from callcenter.domain.vocabulary import Word


class Pending(Word):
    """Why there is no verdict."""

    RUNNING = "running", "计时中", "Running"
    VOID = "void", "作废", "Void"


_RUNNING, _VOID = Pending.RUNNING, Pending.VOID


class Promised(NamedTuple):
    """A promise row."""

    clock: str
    cycle: int
    started_at: Ms
    due_at: Ms
    first_due_at: Ms
    kept_at: Ms | None = None
    excused_at: Ms | None = None
    voided_at: Ms | None = None
    broken_at: Ms | None = None
    paused_at: Ms | None = None
    paused_ms: int = 0


class Moved(NamedTuple):
    """What an act did to the time a promise is due at, as the ledger has it."""

    at: Ms
    does: str
    #: of a move: the new time
    due_at: Ms | None = None


#: the words of the ledger for it
MOVE, PAUSE, RESUME = MOVES = ("move", "pause", "resume")

#: a mark, or why there is none; and since when
Verdict = tuple[Mark | Pending, Ms]


def verdict(p: Promised, now: Ms) -> Verdict:
    """Kept no later than due is kept; a millisecond later it was broken at the due instant (DOMAIN.md 4.1)."""
    if p.voided_at is not None:
        ended = p.voided_at if p.paused_at is None else min(p.voided_at, p.paused_at)
        return _broken(p) if p.broken_at is not None or ended > p.due_at else (_VOID, p.voided_at)
    if p.excused_at is not None:
        return Mark.EXCLUDED, p.excused_at
    if p.kept_at is not None:
        return (Mark.HIT, p.kept_at) if p.kept_at <= p.due_at else _broken(p)
    if p.paused_at is not None:
        return _broken(p) if p.paused_at > p.due_at else (_RUNNING, p.paused_at)
    return _broken(p) if p.broken_at is not None or now > p.due_at else (_RUNNING, now)


def _broken(p: Promised) -> Verdict:
    return Mark.MISS, p.due_at if p.broken_at is None else p.broken_at


def first_due(p: Promised) -> Ms:
    """The first promise, later only by the pauses of a promise that never moved."""
    return p.due_at if p.due_at == p.first_due_at + p.paused_ms else p.first_due_at


def first_verdict(p: Promised, now: Ms) -> Verdict:
    """The same against the first promise: a postponement does not help (K06, K09)."""
    if p.due_at == first_due(p):
        return verdict(p, now)
    return verdict(p._replace(due_at=p.first_due_at, broken_at=None), now)


def both(parts: list[Mark | Pending]) -> Mark | Pending:
    """What several promises come to together: one broken is enough, all must be kept; void ones do not apply."""
    for mark in (Mark.MISS, _RUNNING, Mark.EXCLUDED, Mark.HIT):
        if mark in parts:
            return mark
    return _VOID
