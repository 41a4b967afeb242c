"""What is asked of the figures: which period, whose compounds, which filter; and all the cases that answer it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import days
from callcenter.domain.figures import FIGURES, Case, Tally, Theme, to_ms
from callcenter.domain.figures.calls import cases_of_call, cases_of_span
from callcenter.domain.figures.standing import CODES, stock
from callcenter.domain.figures.tickets import cases_of
from callcenter.domain.ticket import Staff
from callcenter.services.figures import candidates, house, telephone, tickets
from callcenter.services.hotline import Hotline
from callcenter.storage.tables import TicketRow

#: counted over the twelve months before the end of the period
ROLLING = frozenset({"K18", "K18b"})
STOCK = frozenset(CODES)
TELEPHONE = frozenset(code for code, d in FIGURES.items() if d.theme is Theme.TELEPHONE)
TIME = frozenset({"occupancy", "utilization"})
HOUSE = frozenset({"K17", "K27", "K27b", "K30", "K30b", "K30c", "K31", "K32", "K33", "K35", "K36"})
TICKETS = frozenset(FIGURES) - ROLLING - STOCK - TELEPHONE - HOUSE


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose cases may be seen: those of these compounds, and what belongs to none; None: all."""

    compounds: frozenset[str] | None = None

    @property
    def tickets(self) -> sa.ColumnElement[bool] | None:
        if self.compounds is None:
            return None
        return sa.or_(TicketRow.compound.in_(sorted(self.compounds)), TicketRow.compound.is_(None))

    def holds(self, dimensions: Mapping[str, str]) -> bool:
        return self.compounds is None or dimensions.get("compound", "") in self.compounds or not dimensions.get("compound")


def scope_of(staff: Staff, user: str) -> Scope:
    """The compounds *user* answers for by badge and today's turn; nobody's badge names none: all (as on the dispatch page)."""
    person, duty = staff.people.get(user), staff.duty.get(user)
    own = set(person.compounds) if person else set()
    if own and duty is not None and duty.compounds:
        own |= duty.compounds
    return Scope(frozenset(own) if own else None)


@dataclass(frozen=True, slots=True)
class Question:
    """A period, a filter and a scope. Without bounds: everything decided so far."""

    now: datetime
    since: datetime | None = None
    until: datetime | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    scope: Scope = field(default_factory=Scope)
    #: what came in within the period, whenever it was decided
    by_receipt: bool = False

    @property
    def end(self) -> datetime:
        """The end of what can be known."""
        return min(self.until or self.now, self.now)

    @property
    def a_year_before(self) -> datetime:
        return days.add_years(self.end, -1)

    def holds(self, case: Case) -> bool:
        """Whether a case lies in the period, the filter and the scope; each figure has its own window."""
        if self.where and any(case.dimensions.get(name, "") != value for name, value in self.where.items()):
            return False
        since, until = self.window(case.code)
        return (since is None or case.at >= since) and (until is None or case.at < until) and self.scope.holds(case.dimensions)

    def window(self, code: str) -> tuple[int | None, int | None]:
        """From when until when a figure is counted."""
        if self.by_receipt and code in TICKETS:
            return None, None
        if code in ROLLING:
            return to_ms(self.a_year_before), to_ms(self.end) if self.until else None
        if code == "K02" and self.since is None:
            return to_ms(self.end - timedelta(hours=24)), None
        return to_ms(self.since) if self.since else None, to_ms(self.until) if self.until else None


def cases(hotline: Hotline, session: Session, ask: Question, codes: Collection[str]) -> Iterator[Case]:
    """The cases of *codes* that answer the question; only what they need is read."""
    wanted = frozenset(codes)
    found = chain(_of_tickets(hotline, session, ask, wanted), _of_stock(hotline, session, ask, wanted), _of_complaints(hotline, session, ask, wanted),
                  _of_calls(session, ask, wanted), _of_house(hotline, session, ask, wanted))
    return (case for case in found if case.code in wanted and ask.holds(case))


def _of_tickets(hotline: Hotline, session: Session, ask: Question, wanted: frozenset[str]) -> Iterator[Case]:
    if wanted & TICKETS:
        now, ids = to_ms(ask.now), candidates.ids(session, ask.since, ask.until, ask.where, by_receipt=ask.by_receipt)
        for fact in tickets.read(hotline, session, ids, ask.scope.tickets):
            yield from (c for c in cases_of(fact, now) if c.code not in ROLLING)


def _of_stock(hotline: Hotline, session: Session, ask: Question, wanted: frozenset[str]) -> Iterator[Case]:
    if wanted & STOCK:
        end = to_ms(ask.end)
        for fact in tickets.read(hotline, session, candidates.open_at(session, ask.end, ask.where), ask.scope.tickets):
            yield from stock(fact, end)


def _of_complaints(hotline: Hotline, session: Session, ask: Question, wanted: frozenset[str]) -> Iterator[Case]:
    """Valid complaints of twelve months."""
    if wanted & ROLLING:
        now, ids = to_ms(ask.now), candidates.judged(session, ask.a_year_before, ask.end)
        for fact in tickets.read(hotline, session, ids, ask.scope.tickets):
            yield from (c for c in cases_of(fact, now) if c.code in ROLLING)


def _of_calls(session: Session, ask: Question, wanted: frozenset[str]) -> Iterator[Case]:
    now = to_ms(ask.now)
    if wanted & TELEPHONE - TIME:
        for call in telephone.calls(session, ask.since, ask.until, ask.now):
            yield from cases_of_call(call, now)
    if wanted & TIME and ask.since is not None:
        for span in telephone.spans(session, ask.since, ask.end):
            yield from cases_of_span(span)


def _of_house(hotline: Hotline, session: Session, ask: Question, wanted: frozenset[str]) -> Iterator[Case]:
    policy, since, until, now = hotline.rulebook.policy, ask.since, ask.until, ask.now
    if "K32" in wanted:
        yield from house.reports(session, since, until, now)
    if wanted & {"K17", "K30", "K30b", "K30c"}:
        yield from house.surveys(session, since, until, now)
    if "K31" in wanted:
        yield from house.actions(session, since, until, now)
    if "K33" in wanted:
        yield from house.hours(session, policy, since, ask.end)
    if "K35" in wanted:
        yield from house.phrases(session, since, until)
    if "K36" in wanted:
        yield from house.faults(session, since, ask.end)
    if wanted & {"K27", "K27b"}:
        yield from house.services(policy, ask.end)


def below(session: Session, ask: Question, codes: Collection[str]) -> dict[str, int]:
    """What is divided by where that is not a number of cases: households (K18) and tickets received (K18b)."""
    found = {}
    compounds = frozenset({ask.where["compound"]}) if ask.where.get("compound") else ask.scope.compounds
    if "K18" in codes:
        found["K18"] = house.households(session, ask.end, compounds)
    if "K18b" in codes:
        found["K18b"] = candidates.received(session, ask.a_year_before, ask.end, ask.where, ask.scope.tickets)
    return found


def tallied(found: Iterator[Case], codes: Collection[str]) -> dict[str, Tally]:
    """The cases summed up, figure by figure, in the order of the catalogue."""
    tallies = {code: Tally(d) for code, d in FIGURES.items() if code in codes}
    for case in found:
        tallies[case.code].add(case)
    return tallies
