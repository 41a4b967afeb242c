"""Who does what in the replay: whoever did it, if there; else somebody of the same role; a technician is in one place at a time."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime

from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Action, Role
from callcenter.services.history.recorded import Day, Deed, Opened, Roster

#: who stands in for whom when nobody of the same role is there
_INSTEAD: Mapping[Role, tuple[Role, ...]] = {
    Role.DISPATCHER: (Role.LEAD,), Role.AGENT: (Role.LEAD,), Role.LEAD: (Role.SUPERVISOR,), Role.CALLBACK: (Role.LEAD, Role.AGENT)}
_SETS_OUT = frozenset({Action.DEPART, Action.ARRIVE})
_LEAVES = frozenset({Action.COMPLETE, Action.NO_ACCESS, Action.SUSPEND, Action.ASK_SUSPEND, Action.REJECT})
#: done on the spot by whoever was sent; nobody else's to do
_THEIRS = _SETS_OUT | _LEAVES | {Action.ACCEPT, Action.MAKE_SAFE, Action.RETURN_SLIP, Action.RESUME}


class Crew:
    """The people of one replay, their roster, and the recorded one to tell who was off duty even then."""

    def __init__(self, day: Day, people: Mapping[str, Person], recorded: Roster, roster: Roster) -> None:
        self.recorded, self.roster, self._people = recorded, roster, people
        self._instead: dict[tuple[str, str], str] = {}
        self._at_work: dict[str, set[str]] = defaultdict(set)
        self._waiting: dict[str, list[Callable[[datetime], None]]] = defaultdict(list)
        self._together = _together(day)

    def is_there(self, user: str, deed: Deed, now: datetime) -> bool:
        """On duty by this roster; whoever acted off duty in the record (a team, a contractor, a manager) does so again."""
        return self.roster.on(user, now) or not self.recorded.on(user, deed.at)

    def somebody(self, user: str, deed: Deed, now: datetime) -> str | None:
        """*user*, or who stands in for them."""
        if user not in self._people or self.is_there(user, deed, now):
            return user
        roles = self.recorded.roles(user, deed.at)
        for asked in (roles, frozenset(r for role in roles for r in _INSTEAD.get(role, ()))):
            able = [u for u in self.roster.users if self.roster.roles(u, now) & asked]
            if able:
                return able[0]
        return None

    def doer(self, ticket: Opened, deed: Deed, now: datetime) -> str | None:
        """Who does this act here; None: nobody yet."""
        sent = self._instead.get((ticket.handle, deed.by), deed.by)
        if sent != deed.by:
            return sent if self.roster.on(sent, now) else None
        if deed.action in _THEIRS and Role.TECHNICIAN in self.recorded.roles(deed.by, deed.at):
            return sent if self.is_there(sent, deed, now) else None
        return self.somebody(deed.by, deed, now)

    def stands_in(self, ticket: Opened, user: str, other: str) -> None:
        """*other* was sent on this ticket instead of *user*."""
        self._instead[ticket.handle, user] = other

    def must_wait(self, ticket: Opened, deed: Deed, who: str, later: Callable[[datetime], None]) -> bool:
        """Whether *who* is still at another customer's; then *later* is called when they leave."""
        others = self._at_work[who] - {ticket.handle}
        if deed.action not in _SETS_OUT or all(frozenset({ticket.handle, other}) in self._together for other in others):
            return False
        self._waiting[who].append(later)
        return True

    def done(self, ticket: Opened, deed: Deed, who: str, now: datetime) -> None:
        """Keep account of who is where."""
        if deed.action in _SETS_OUT:
            self._at_work[who].add(ticket.handle)
        elif deed.action in _LEAVES:
            self._at_work[who].discard(ticket.handle)
            waiting, self._waiting[who] = self._waiting[who], []
            for later in waiting:
                later(now)


def _together(day: Day) -> frozenset[frozenset[str]]:
    """Tickets the record shows in the same hands at the same time; these do not wait for one another here either."""
    spans: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for ticket in day.tickets:
        for user, since, until in _visits(ticket, day.end):
            spans[user].append((since, until, ticket.handle))
    return frozenset(frozenset({one[2], other[2]}) for mine in spans.values() for n, one in enumerate(sorted(mine))
                     for other in sorted(mine)[n + 1:] if other[0] < one[1])


def _visits(ticket: Opened, end: datetime) -> list[tuple[str, datetime, datetime]]:
    """From setting out to leaving."""
    found, out = [], dict[str, datetime]()
    for deed in ticket.deeds:
        if deed.action in _SETS_OUT:
            out.setdefault(deed.by, deed.at)
        elif deed.action in _LEAVES and deed.by in out:
            found.append((deed.by, out.pop(deed.by), deed.at))
    return [*found, *((user, since, end) for user, since in out.items())]
