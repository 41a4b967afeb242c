"""Plays a recorded day on a hotline in memory: the arrivals stay, people act as long after one another as they did, timers fire at their second."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

import sqlalchemy as sa

from callcenter.domain import dispatching
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, Role
from callcenter.services import tickets
from callcenter.services import timers as firing
from callcenter.services.history import line, masks
from callcenter.services.history.crew import Crew
from callcenter.services.history.line import Went
from callcenter.services.history.recorded import Day, Deed, Model, Opened
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import sampling
from callcenter.services.rehearsal.office import looks
from callcenter.services.residents import claiming
from callcenter.services.telephone import calls
from callcenter.storage import facts, timers
from callcenter.storage.tables import TicketRow

Play = Callable[[datetime], object]
_SENDING = frozenset({Action.DISPATCH, Action.REASSIGN})
#: fields that name another ticket by its handle
_OTHERS = ("into", "parent", "urgent")


class Replay:
    """One day on one hotline; `model` says afterwards what could not be played."""

    def __init__(self, hotline: Hotline, day: Day, crew: Crew) -> None:
        self.hotline, self.day, self.crew, self.model = hotline, day, crew, Model()
        self.went = line.play(day, crew.roster, crew.recorded)
        self._numbers: dict[str, str] = {}
        self._plan: list[tuple[datetime, int, int, Play]] = []
        self._nth = count()

    def play(self) -> None:
        """Everything up to the moment as of which the figures are read."""
        for went in self.went.values():
            self._call(went)
        for ticket in self.day.tickets:
            self._ticket(ticket)
        for at in looks(self.day.since, self.day.end):
            self._at(at, 0, lambda now: self._drawn(now))
        while self._plan and self._plan[0][0] <= self.day.end:
            at, _, _, play = heapq.heappop(self._plan)
            self._fire_before(at)
            play(at)
        self.model.undone += sum(1 for _, order, _, _ in self._plan if order)
        self._fire_before(self.day.end, inclusive=True)

    # ---- time ----

    def _at(self, at: datetime, order: int, play: Play) -> None:
        """Plan something; at one instant what the ledger has first comes first."""
        heapq.heappush(self._plan, (at, order, next(self._nth), play))

    def _fire_before(self, at: datetime, *, inclusive: bool = False) -> None:
        while True:
            with self.hotline.store.reading() as session:
                due = timers.next_due_at(session)
            if due is None or due > at or (due == at and not inclusive):
                return
            firing.fire_due(self.hotline, due, log=self.model.faults.append)

    def _drawn(self, now: datetime) -> None:
        """What the calendar does about follow-up calls."""
        if now.minute == 5:
            sampling.top_up(self.hotline, now)

    def _tried(self, deed: Callable[[], object]) -> bool:
        """Whether the rules let it be done; what they refuse is counted."""
        try:
            deed()
        except Refused as no:
            self.model.refuse(no.code)
            return False
        return True

    # ---- calls ----

    def _call(self, went: Went) -> None:
        ring, hotline, sid = went.ring, self.hotline, went.ring.handle
        self._at(ring.at, 0, lambda now: self._tried(lambda: calls.arrive(hotline, sid, ring.phone, now)))
        if went.answered_at is not None:
            by, start = went.by or "", went.answered_at
            self._at(start, 0, lambda now: self._tried(lambda: calls.answered(hotline, sid, by, now)))
            for since, until in ring.holds:
                self._at(start + since, 0, lambda now: self._tried(lambda: calls.held(hotline, sid, now)))
                self._at(start + until, 0, lambda now: self._tried(lambda: calls.resumed(hotline, sid, now)))
        if went.ended_at is not None:
            self._at(went.ended_at, 0, lambda now: self._tried(lambda: calls.ended(hotline, sid, now)))
        self._afterwards(went)

    def _afterwards(self, went: Went) -> None:
        """Called back, and written down as long after the call as it was."""
        ring, hotline, sid, back = went.ring, self.hotline, went.ring.handle, went.returned
        if back is not None:
            self._at(back.at, 0, lambda now: self._tried(lambda: calls.returned(hotline, sid, back.by, back.result, now)))
        if ring.noted is not None and ring.ended_at is not None:
            noted, since = ring.noted, went.ended_at if went.answered_at else back.at + ring.talked if back else went.ended_at
            if since is not None:
                self._at(since + (noted.at - ring.ended_at), 0,
                         lambda now: self._tried(lambda: calls.dispose(hotline, sid, noted.by, noted.disposition, now)))

    # ---- tickets ----

    def _ticket(self, ticket: Opened) -> None:
        """Registered as long after somebody spoke to the caller as it was."""
        opening, went = ticket.opening, self.went.get(ticket.call or "")
        if went is None:
            self._at(opening.at, opening.order, lambda now: self._open(ticket, opening.by, None, now))
        elif went.spoken_at is None:
            self.model.lost += 1
        else:
            recorded = went.ring.answered_at or (went.ring.returned.at if went.ring.returned else went.ring.at)
            by = went.spoken_by if opening.by == (went.ring.by or opening.by) else opening.by
            self._at(went.spoken_at + (opening.at - recorded), opening.order, lambda now: self._open(ticket, by or opening.by, went, now))

    def _open(self, ticket: Opened, by: str, went: Went | None, now: datetime) -> None:
        opening = ticket.opening
        who = self.crew.somebody(by, opening, now)
        if who is None:
            return self._later(opening, now, lambda then: self._open(ticket, by, went, then))
        said = masks.moved(self._said(opening), opening.at, now)
        said.pop("call", None)
        if went is not None and went.answered_at is not None:
            said["call"] = went.ring.handle
        if went is not None and said.get("first_responder") == went.ring.by:
            said.pop("first_responder")

        def opened() -> None:
            act = Act(Action.OPEN_TICKET, who, said)
            self._numbers[ticket.handle] = tickets.open_ticket(self.hotline, act, f"{ticket.handle}:0", now).number
        if self._tried(opened):
            self._next(ticket, 0, opening.at, now)
        return None

    def _next(self, ticket: Opened, n: int, recorded: datetime, now: datetime) -> None:
        """The next act on the ticket, as long after this one as it was."""
        if n < len(ticket.deeds):
            deed = ticket.deeds[n]
            self._at(max(now, now + (deed.at - recorded)), deed.order, lambda then: self._do(ticket, n, then))

    def _do(self, ticket: Opened, n: int, now: datetime) -> None:
        deed = ticket.deeds[n]
        again: Play = lambda then: self._do(ticket, n, then)  # noqa: E731 - the same once more, later
        who = self.crew.doer(ticket, deed, now)
        if who is None:
            return self._later(deed, now, again)
        if self.crew.must_wait(ticket, deed, who, lambda then: self._at(then, deed.order, again)):
            return None
        said = masks.moved(self._said(deed), deed.at, now)
        if deed.action in _SENDING:
            to = self._sent(ticket, deed, now)
            if to is None:
                return self._later(deed, now, again)
            said["to"] = to
        self._carried_out(ticket, deed, Act(deed.action, who, said), now)
        self.crew.done(ticket, deed, who, now)
        self._next(ticket, n + 1, deed.at, now)
        return None

    def _later(self, deed: Deed, now: datetime, play: Play) -> None:
        """Nobody there to do it: at the next change of shift."""
        then = self.crew.roster.next_change(now)
        if then is None:
            self.model.undone += 1
        else:
            self._at(then, deed.order, play)

    def _carried_out(self, ticket: Opened, deed: Deed, act: Act, now: datetime) -> None:
        number, key = self._numbers[ticket.handle], f"{ticket.handle}:{deed.order}"
        try:
            if deed.claims:
                claiming.claim(self.hotline, number, act.by, key, now)
            else:
                tickets.carry_out(self.hotline, number, act, key, now)
        except Refused as no:
            if deed.action is not Action.ACCEPT or not self._accepted_late(number, act, key, now):
                self.model.refuse(no.code)

    def _accepted_late(self, number: str, act: Act, key: str, now: datetime) -> bool:
        """Accepted after the dispatch had lapsed: sent to the same person once more, who accepts at once."""
        senders = [u for u in self.crew.roster.users if self.crew.roster.roles(u, now) & {Role.DISPATCHER, Role.LEAD}]
        try:
            tickets.carry_out(self.hotline, number, Act(Action.DISPATCH, senders[0] if senders else act.by, {"to": act.by}), f"{key}:again", now)
            tickets.carry_out(self.hotline, number, act, f"{key}:then", now)
        except Refused:
            return False
        return True

    def _said(self, deed: Deed) -> dict[str, object]:
        """The act's fields, other tickets by their numbers here."""
        said = {k: v for k, v in deed.fields.items() if k != "call" or v in self.went}
        for name in _OTHERS:
            if name in said:
                said[name] = self._numbers.get(str(said[name]), str(said[name]))
        return said

    def _sent(self, ticket: Opened, deed: Deed, now: datetime) -> str | None:
        """Who is sent: whoever was, if they are there; else whom the rules propose first; nobody when nobody can go."""
        to = str(deed.fields["to"])
        if self.crew.is_there(to, deed, now):
            return to
        with self.hotline.store.reading() as session:
            row = session.scalars(sa.select(TicketRow).where(TicketRow.number == self._numbers[ticket.handle])).one()
            found = dispatching.candidates(self.hotline.rulebook.policy, facts.staff(session, now), facts.ticket(session, row), now)
        if not found:
            return None
        self.crew.stands_in(ticket, to, found[0].person.user)
        return found[0].person.user
