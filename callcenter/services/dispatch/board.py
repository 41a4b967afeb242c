"""What the dispatcher sees: who waits, who can be sent and why, what is on the way, and the crew beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import FIELDWORK, Role, State, Status, TicketType
from callcenter.services import many_tickets
from callcenter.services.dispatch.buildings import inside
from callcenter.services.dispatch.crew import Technician, crew
from callcenter.services.dispatch.making import Maker, waiting_words
from callcenter.services.dispatch.scope import scope
from callcenter.services.dispatch.sheets import UNDER_WAY, WAITING, WATCHED, Choice, Job, UnderWay, Waiting
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import AssignmentRow, CompoundRow, TicketRow

#: a list longer than this is no list; the rest is found under /tickets
MOST = 150


@dataclass(frozen=True, slots=True)
class Board:
    waiting: tuple[Waiting, ...]
    under_way: tuple[tuple[State, tuple[UnderWay, ...]], ...]
    crew: tuple[Technician, ...]
    left_out: int  #: tickets beyond what the lists hold

    @property
    def urgent(self) -> tuple[tuple[str, Job], ...]:
        """The strip on top: every urgent job with the prefix of its place on the page, those nobody was sent to first."""
        under_way = [("job", j.job) for _, jobs in self.under_way for j in jobs]
        return tuple(pair for pair in [*(("wait", w.job) for w in self.waiting), *under_way] if pair[1].urgent)


def may_enter(staff: Staff, user: str, roles: frozenset[str]) -> str | None:
    """None when *user* may dispatch now; for an agent while a dispatcher is on duty, that dispatcher's name."""
    if roles & {Role.DISPATCHER, Role.LEAD, Role.DEPT_HEAD, Role.SUPERVISOR, Role.PM}:
        return None
    on_duty = [staff.people[u].name for u in staff.holders(Role.DISPATCHER) if u != user]
    return "、".join(on_duty) or None


def board(hotline: Hotline, session: Session, user: str, now: datetime, language: str = "zh", compound: str | None = None,
          building: str | None = None) -> Board:
    """Everything on the dispatcher's page, for the compounds *user* answers for, of one compound or building when asked; the most urgent first."""
    staff = facts.staff(session, now)
    rows, left_out = _rows(session, staff, user, compound, building)
    tickets = many_tickets.load(session, rows)
    policies = {row.id: hotline.rulebook.of(session, row.policy_id) for row in rows}
    made = Maker(policies, staff, user, now, language, {r.id: r.level for r in rows}, _voided(session, rows))
    waiting = sorted((made.waiting(t) for t in tickets if t.state in WAITING), key=_pressing)
    return Board(tuple(waiting), _by_state([made.under_way(t) for t in tickets if t.state in UNDER_WAY]),
                 crew(session, staff, user, now, language, compound), left_out)


def compounds(session: Session, covered: frozenset[str]) -> dict[str, str]:
    """Code → name of the compounds a list may be narrowed to; nothing *covered* by name means all of them."""
    rows = session.execute(sa.select(CompoundRow.code, CompoundRow.name).order_by(CompoundRow.code))
    return {code: name for code, name in rows if not covered or code in covered}


def winner(session: Session, number: str) -> tuple[str, str, datetime] | None:
    """Who sent whom to the ticket last, and when: what the slower of two dispatchers is told."""
    row = session.scalar(sa.select(AssignmentRow).join(TicketRow, TicketRow.id == AssignmentRow.ticket_id)
                         .where(TicketRow.number == number, AssignmentRow.voided_at.is_(None)).order_by(AssignmentRow.id.desc()).limit(1))
    if row is None:
        return None
    people = Staff(facts.people(session), {})
    return name_of(people, row.by), name_of(people, row.to), row.at


def _rows(session: Session, staff: Staff, user: str, compound: str | None, building: str | None) -> tuple[list[TicketRow], int]:
    """Open fieldwork that waits or is under way, in the person's scope; and how many do not fit."""
    where = [TicketRow.type.in_(FIELDWORK), scope(staff, user, compound)]
    if compound and building is not None:
        where.append(inside(compound, building))
    found: list[TicketRow] = []
    left_out = 0
    for states in (WAITING, UNDER_WAY):
        rows = list(session.scalars(sa.select(TicketRow).where(TicketRow.state.in_(states), *where)
                                    .order_by(TicketRow.received_at).limit(MOST + 1)))
        left_out += len(rows) > MOST
        found += [r for r in rows[:MOST] if r.type != TicketType.SPECIAL_SERVICE or r.details.get("quote_accepted_at") or states is UNDER_WAY]
    return found, left_out


def _voided(session: Session, rows: Sequence[TicketRow]) -> dict[int, AssignmentRow]:
    """The last dispatch of each waiting ticket that came to nothing."""
    waiting = [row.id for row in rows if row.state in WAITING]
    found = many_tickets.of_tickets(session, AssignmentRow, waiting, AssignmentRow.voided_at.is_not(None))
    return {ticket_id: jobs[-1] for ticket_id, jobs in found.items()}


def _pressing(waiting: Waiting) -> tuple[bool, bool, datetime, datetime]:
    """Running three minutes first: urgent work that is late already, then the nearest breach; what the customer agreed
    to wait for comes by its appointment."""
    job = waiting.job
    running = job.due is not None and job.due.running
    due = job.due.due_at if job.due and running else job.appointment_start or job.received_at
    return not running, not (job.urgent and job.status is Status.BROKEN), due, job.received_at


def _by_state(jobs: list[UnderWay]) -> tuple[tuple[State, tuple[UnderWay, ...]], ...]:
    return tuple((state, tuple(sorted((j for j in jobs if j.job.state is state), key=_nearest))) for state in UNDER_WAY)


def _nearest(under_way: UnderWay) -> tuple[bool, datetime]:
    job = under_way.job
    return job.due is None, job.due.due_at if job.due else job.received_at


__all__ = ["MOST", "WATCHED", "Board", "Choice", "Job", "Technician", "UnderWay", "Waiting", "board", "compounds", "may_enter", "scope",
           "waiting_words", "winner"]
