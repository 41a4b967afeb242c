"""The modelled queue: callers in order of arrival, agents as the roster and their breaks have them, everybody as quick as recorded."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from statistics import median_low

from callcenter.domain.roster import Away
from callcenter.domain.vocabulary import ANSWERING, Role
from callcenter.services.history.recorded import Day, Returned, Ring, Roster

#: what is assumed where the day itself does not say
_PATIENCE, _HANDLING, _REACTION, _RETURN = (timedelta(seconds=s) for s in (120, 180, 5, 300))
_NEVER = timedelta(days=365)
#: spreads what callers had left of their patience evenly, the same way every time
_GOLDEN = 0.6180339887498949

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Went:
    """How a call went in the replay."""

    ring: Ring
    answered_at: datetime | None
    by: str | None
    ended_at: datetime | None
    returned: Returned | None = None

    @property
    def spoken_at(self) -> datetime | None:
        """When somebody spoke to the caller first."""
        return self.answered_at or (self.returned.at if self.returned else None)

    @property
    def spoken_by(self) -> str | None:
        return self.by or (self.returned.by if self.returned else None)


class Line:
    """
    One roster's agents. A caller begins to ring at the first agent who is free (on duty, not on a break, nobody on the line, no after-call
    work) and is answered after as long as the record shows from such a moment to the answer: by the recorded agent if free by then.
    """

    def __init__(self, day: Day, roster: Roster, recorded: Roster) -> None:
        self._roster, self._recorded, self._busy_until = roster, recorded, dict[str, datetime]()
        self._there = {user: _there(roster, user, day.away) for user in roster.users}
        self._pool = [u for u in roster.users if any(Role.AGENT in t.roles for t in roster.turns_of(u))]

    def first_free(self, at: datetime, also: Ring | None = None) -> tuple[datetime, str] | None:
        """The first moment from *at* on with somebody free, and who; of several, whoever has been free longest."""
        found = [(start, self._busy_until.get(user, _LONG_AGO), user) for user in self._who(also)
                 if (start := self._free_from(user, at)) is not None]
        return (min(found)[0], min(found)[2]) if found else None

    def take(self, user: str, until: datetime) -> None:
        """*user* is on a call, with what is done after it, until then."""
        self._busy_until[user] = max(until, self._busy_until.get(user, until))

    def recorded_free(self, ring: Ring, at: datetime, early: bool) -> bool:
        """Whether the agent who answered in the record can do so again at *at*; `early`: they were quicker than the model thinks possible."""
        if ring.by is None:
            return False
        if not self._roster.on(ring.by, at) and self._recorded.on(ring.by, ring.answered_at or ring.at):
            return False
        return early or self._busy_until.get(ring.by, at) <= at

    def _who(self, also: Ring | None) -> Iterable[str]:
        lent = also.by if also is not None and also.by is not None and also.by not in self._pool else None
        return [*self._pool, lent] if lent and self._roster.roles(lent, also.at if also else _LONG_AGO) & ANSWERING else self._pool

    def _free_from(self, user: str, at: datetime) -> datetime | None:
        at = max(at, self._busy_until.get(user, at))
        return next((max(at, since) for since, until in self._there.get(user, ()) if until > at), None)


_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _there(roster: Roster, user: str, away: Sequence[Away]) -> list[Stretch]:
    """The stretches somebody is at the telephone: their turns without their breaks."""
    stretches = [(t.start, t.end) for t in roster.turns_of(user) if t.roles & ANSWERING]
    for gone in (a for a in away if a.user == user):
        stretches = [part for since, until in stretches for part in ((since, min(until, gone.since)), (max(since, gone.until), until))
                     if part[0] < part[1]]
    return sorted(stretches)


def play(day: Day, roster: Roster, recorded: Roster) -> dict[str, Went]:
    """How the day's calls go with this roster; with the recorded one, as they went."""
    reactions = _reactions(day, recorded)
    line, habits = Line(day, roster, recorded), _Habits(day, reactions)
    jobs: list[tuple[datetime, int, Ring, bool]] = [(ring.at, n, ring, False) for n, ring in enumerate(day.rings)]
    heapq.heapify(jobs)
    went: dict[str, Went] = {}
    while jobs:
        at, n, ring, back = heapq.heappop(jobs)
        if back:
            went[ring.handle] = _called_back(line, habits, went[ring.handle], at)
            continue
        went[ring.handle] = one = _rung(line, habits, ring, n, reactions.get(ring.handle))
        if one.answered_at is None and one.ended_at is not None and ring.answered_at is not None:
            heapq.heappush(jobs, (one.ended_at + habits.return_after, n, ring, True))
    return went


@dataclass(frozen=True, slots=True)
class _Reaction:
    """How long after somebody was free a call was answered; `early`: by somebody whom the model takes for busy still."""

    after: timedelta
    early: bool = False


def _reactions(day: Day, recorded: Roster) -> dict[str, _Reaction]:
    """Of every call that was answered; a caller whom nobody answered though somebody was free: never."""
    line, found = Line(day, recorded, recorded), dict[str, _Reaction]()
    for ring in day.rings:
        free = line.first_free(ring.at, ring)
        if ring.answered_at is not None and ring.by is not None:
            found[ring.handle] = _Reaction(ring.answered_at - (free[0] if free else ring.at), not line.recorded_free(ring, ring.answered_at, False))
            line.take(ring.by, (ring.ended_at or ring.answered_at) + ring.wrap_up)
        elif free is not None and ring.ended_at is not None and free[0] <= ring.ended_at:
            found[ring.handle] = _Reaction(_NEVER)
    return found


class _Habits:
    """What is typical of the day, for what the record of a single call does not say."""

    def __init__(self, day: Day, reactions: dict[str, _Reaction]) -> None:
        answered = [r for r in day.rings if r.answered_at is not None and r.ended_at is not None]
        quick = [reactions[r.handle].after for r in answered if r.handle in reactions]
        self.reaction = median_low(quick) if quick else _REACTION
        self.handling = median_low([r.talked for r in answered]) if answered else _HANDLING
        self.wrap_up = median_low([r.wrap_up for r in answered]) if answered else timedelta(0)
        given_up = [r for r in day.rings if r.answered_at is None and r.ended_at is not None]
        waited = sum(((r.answered_at or r.ended_at or r.at) - r.at for r in day.rings), timedelta(0))
        self.patience = waited / len(given_up) if given_up else _PATIENCE
        back = [r.returned.at - r.ended_at for r in given_up if r.returned and r.ended_at]
        self.return_after = median_low(back) if back else _RETURN

    def patience_of(self, ring: Ring, n: int) -> timedelta:
        """As recorded for who gave up; who was answered had this much left, spread as the day's mean says (waiting has no memory)."""
        if ring.answered_at is None:
            return (ring.ended_at - ring.at) if ring.ended_at else _NEVER
        left = -log(1 - (n + 1) * _GOLDEN % 1) * self.patience
        return ring.answered_at - ring.at + timedelta(milliseconds=left // timedelta(milliseconds=1))


def _rung(line: Line, habits: _Habits, ring: Ring, n: int, reaction: _Reaction | None) -> Went:
    wait, early = (reaction.after, reaction.early) if reaction else (habits.reaction, False)
    free = line.first_free(ring.at, ring)
    start, who = free if free else (ring.at, ring.by or "") if ring.by and line.recorded_free(ring, ring.at, True) else (None, "")
    at = max(ring.at, start + wait) if start is not None and wait < _NEVER else None
    patience = habits.patience_of(ring, n)
    if at is None or at - ring.at > patience:
        gone = ring.at + patience if patience < _NEVER else None
        return Went(ring, None, None, gone, ring.returned if ring.answered_at is None else None)
    by = ring.by if ring.by and line.recorded_free(ring, at, early) else who
    talked, wrap_up = (ring.talked, ring.wrap_up) if ring.answered_at else (habits.handling, habits.wrap_up)
    ended = at + talked if ring.ended_at is not None else None
    line.take(by, (ended or at) + wrap_up)
    return Went(ring, at, by, ended)


def _called_back(line: Line, habits: _Habits, went: Went, at: datetime) -> Went:
    """Somebody who got through in the record and not here is called back by the first agent free, for as long as they talked then."""
    free = line.first_free(at)
    if free is None:
        return went
    line.take(free[1], free[0] + went.ring.talked + went.ring.wrap_up)
    return Went(went.ring, None, None, went.ended_at, Returned(free[0], free[1], "reached"))
