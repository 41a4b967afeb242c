"""What waits for an overseer's decision: complaints to judge, special cases to approve, rounds of dissatisfaction; each with what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Promise, Staff, Ticket
from callcenter.domain.vocabulary import OPEN, Action, Clock, State, TicketType, Trigger
from callcenter.services import many_tickets, permitted
from callcenter.services.dispatch.board import scope
from callcenter.services.hotline import Hotline
from callcenter.services.overseeing.board import armed
from callcenter.storage import facts
from callcenter.storage.tables import EscalationRow, MatterRow, PromiseRow, TicketRow

#: lines of each list; the rest is counted
MOST = 8
#: a week's limit that is this near needs a decision now
NEAR = timedelta(hours=24)
_LOOP = (Clock.DISSAT_NOTICE, Clock.RECONTACT, Clock.CALLBACK)


@dataclass(frozen=True, slots=True)
class Waits:
    """A ticket, why it is here, until when, and the acts this person may do on it."""

    number: str
    type: TicketType
    state: State
    place: str
    content: str
    owner: str
    promise: Promise | None
    round: int  #: of dissatisfaction
    postponed_twice: bool  #: a second postponement was asked for and refused
    acts: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class List:
    """The most pressing of a list, and how many there are."""

    lines: tuple[Waits, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Decisions:
    judge: List
    special: List
    dissatisfied: List


def decisions(hotline: Hotline, session: Session, user: str, now: datetime, compound: str | None = None) -> Decisions:
    """The three lists for the compounds *user* answers for, what falls due first on top."""
    made = _Maker(hotline, session, facts.staff(session, now), user, now, scope(facts.staff(session, now), user, compound))
    return Decisions(made.to_judge(), made.special_cases(), made.dissatisfied())


@dataclass(frozen=True, slots=True)
class _Maker:
    hotline: Hotline
    session: Session
    staff: Staff
    user: str
    now: datetime
    within: sa.ColumnElement[bool]

    def to_judge(self) -> List:
        """Complaints whose judgement is still promised."""
        ids = self._running(Clock.JUDGEMENT)
        return self._list(ids, (Clock.JUDGEMENT,), (Action.JUDGE_COMPLAINT,))

    def special_cases(self) -> List:
        """Matters whose week is over or nearly so, and those for which a second postponement was wanted."""
        wanted = self.session.scalars(
            sa.select(EscalationRow.ticket_id).join(TicketRow, TicketRow.id == EscalationRow.ticket_id)
            .where(EscalationRow.trigger == Trigger.SECOND_POSTPONEMENT, EscalationRow.ended_at.is_(None), TicketRow.state.in_(OPEN), self.within)
            .order_by(EscalationRow.id))
        twice = list(dict.fromkeys(wanted))
        near = self._running(Clock.WEEK_CAP, until=self.now + NEAR)
        return self._list(list(dict.fromkeys([*near, *twice])), (Clock.WEEK_CAP, Clock.COMPLETION), (Action.APPROVE_SPECIAL_CASE,), frozenset(twice))

    def dissatisfied(self) -> List:
        """Open matters whose customer said at least once that they are not content."""
        rows = self.session.scalars(
            sa.select(TicketRow.id).join(MatterRow, MatterRow.id == TicketRow.matter_id)
            .where(TicketRow.state.in_(OPEN), MatterRow.dissatisfied_rounds > 0, self.within)
            .order_by(MatterRow.dissatisfied_rounds.desc(), TicketRow.id))
        return self._list(list(rows), _LOOP, (Action.SEND_NOTICE, Action.ANSWER_NOTICE, Action.RECONTACT))

    def _running(self, clock: Clock, until: datetime | None = None) -> list[int]:
        """Tickets on which this promise runs, the first due on top."""
        query = armed(self.within, whole=False).with_only_columns(PromiseRow.ticket_id).where(PromiseRow.clock == clock)
        if until is not None:
            query = query.where(PromiseRow.due_at <= until)
        found = self.session.scalars(query.order_by(PromiseRow.due_at, PromiseRow.id))
        return [ticket_id for ticket_id in found if ticket_id is not None]

    def _list(self, ids: Sequence[int], clocks: Sequence[Clock], acts: Sequence[Action], twice: frozenset[int] = frozenset()) -> List:
        first = list(ids[:MOST])
        rows = {row.id: row for row in self.session.scalars(sa.select(TicketRow).where(TicketRow.id.in_(first)))}
        with_forms = Action.RECONTACT in acts  # whether a notice was sent and answered stands in its records
        read = [facts.ticket(self.session, rows[i]) for i in first] if with_forms else many_tickets.load(self.session, [rows[i] for i in first])
        return List(tuple(self._line(t, rows[t.id], clocks, acts, t.id in twice) for t in read), len(ids))

    def _line(self, ticket: Ticket, row: TicketRow, clocks: Sequence[Clock], acts: Sequence[Action], twice: bool) -> Waits:
        policy = self.hotline.rulebook.of(self.session, row.policy_id)
        may = permitted.permitted_on(policy, self.staff, ticket, self.user, self.now)
        promise = next((held for held in map(ticket.running, clocks) if held is not None), None)
        return Waits(ticket.number, ticket.type, ticket.state, ticket.place, row.content, name_of(self.staff, row.acting_follower or row.owner),
                     promise, ticket.matter.dissatisfied_rounds, twice, tuple(a for a in acts if a in may))
