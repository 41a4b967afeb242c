"""What a period has before its first midnight and after its last: counted from the rows, some hours of them at most."""

from collections.abc import Collection, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures import Case, Mark, cases_of, daily, from_ms, to_ms
from callcenter.domain.figures.calls import cases_of_call
from callcenter.domain.figures.cases import Ms
from callcenter.domain.figures.standing import moves
from callcenter.services.figures import candidates, telephone, tickets
from callcenter.services.figures.asking import ROLLING, STOCK, TELEPHONE, TICKETS, Question
from callcenter.services.figures.daily.summing import Days
from callcenter.services.hotline import Hotline
from callcenter.storage.tables import TicketRow


def of(since: Ms | None, until: Ms | None, whole: Days | None) -> Iterator[tuple[Ms, Ms]]:
    """The stretches of [since, until) that are no whole days."""
    if whole is None:
        if since is not None and until is not None and since < until:
            yield since, until
        return
    if since is not None and whole.first is not None and since < daily.begin_of(whole.first):
        yield since, daily.begin_of(whole.first)
    if until is not None and whole.last is not None and daily.begin_of(whole.last) < until:
        yield daily.begin_of(whole.last), until


def cases(hotline: Hotline, session: Session, ask: Question, codes: Collection[str], since: Ms, until: Ms) -> Iterator[Case]:
    """The cases of *codes* decided in [since, until) under the filter and the scope of the question; of the stock, what it moved by."""
    for case in _every(hotline, session, ask, frozenset(codes), since, until):
        if case.code in codes and since <= case.at < until and ask.scope.holds(case.dimensions) and all(
                case.dimensions.get(name, "") == value for name, value in ask.where.items()):
            yield case


def _every(hotline: Hotline, session: Session, ask: Question, codes: frozenset[str], since: Ms, until: Ms) -> Iterator[Case]:
    now, begin, end = to_ms(ask.now), from_ms(since), from_ms(until)
    ids: set[int] = set()
    if codes & TICKETS:
        ids |= set(candidates.ids(session, begin, end, ask.where))
    if codes & ROLLING:
        ids |= set(candidates.judged(session, begin, end))
    if codes & STOCK:
        ids |= set(candidates.stirred(session, begin, end, ask.where))
    for fact in tickets.read(hotline, session, sorted(ids), ask.scope.tickets):
        if codes - STOCK:
            yield from cases_of(fact, now)
        if codes & STOCK:
            yield from moves(fact, now)
    if codes & TELEPHONE:
        for call in telephone.calls(session, begin, end, ask.now, ask.end):
            yield from cases_of_call(call, now)
    if daily.RECEIVED in codes:
        yield from _received(hotline, session, ask, since, until)


def _received(hotline: Hotline, session: Session, ask: Question, since: Ms, until: Ms) -> Iterator[Case]:
    came = sa.select(TicketRow.id).where(TicketRow.received_at >= from_ms(since), TicketRow.received_at < from_ms(until),
                                         TicketRow.state.not_in(("cancelled", "merged"))).order_by(TicketRow.id)
    for fact in tickets.read(hotline, session, list(session.scalars(came)), ask.scope.tickets):
        yield Case(daily.RECEIVED, fact.received_at, Mark.HIT, 1, fact.number, fact.dimensions)
