"""One day of appointments: a row of quarter-hours for every technician, with what clashes; and who must still be named."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import dispatching, refusals
from callcenter.domain.appointments import Clash, Visit, clashes, joined, lanes
from callcenter.domain.days import LOCAL
from callcenter.domain.policy import Policy
from callcenter.domain.rules.common import name_of
from callcenter.domain.ticket import Person, Staff, Ticket
from callcenter.domain.vocabulary import FIELDWORK, Action, Clock, Condition, State
from callcenter.services import many_tickets, permitted
from callcenter.services.dispatch.buildings import inside
from callcenter.services.dispatch.crew import AHEAD, AT_THE_DESK
from callcenter.services.dispatch.scope import scope
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import DutyRow, RoomRow, TicketRow

QUARTER = timedelta(minutes=15)
#: more appointments than this on one day are not drawn; the page says so
MOST = 400
#: what still stands before the customer: work that is over is in the ledgers
_STATES = (State.NEW, State.REWORK, State.DISPATCHED, State.ACCEPTED, State.ON_SITE, State.SUSPENDED, State.COMPLETED)


@dataclass(frozen=True, slots=True)
class Slot:
    """One appointment as the day shows it."""

    number: str
    state: State
    place: str
    content: str
    start: datetime
    until: datetime
    agreed_end: bool
    handler: str
    clashes: tuple[tuple[Clash, str], ...]
    may: frozenset[Action]
    named_by: datetime | None  #: a team's job: until when somebody must be named


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of quarter-hours: an appointment, or nothing."""

    span: int
    on_duty: bool
    slot: Slot | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One technician's day; more lanes than one only where visits overlap."""

    user: str
    name: str
    trades: str
    expired: tuple[tuple[str, datetime], ...]  #: certificates that do not last until the end of this day
    lanes: tuple[tuple[Cell, ...], ...]
    slots: tuple[Slot, ...]

    @property
    def wrong(self) -> int:
        """How many of the appointments will not be kept as they stand."""
        return sum(bool(slot.clashes) for slot in self.slots)


@dataclass(frozen=True, slots=True)
class Day:
    since: datetime
    until: datetime
    rows: tuple[Row, ...]
    unnamed: tuple[Slot, ...]  #: nobody by name yet, the nearest deadline first
    left_out: bool


def read(hotline: Hotline, session: Session, user: str, day: date, now: datetime, language: str = "zh", compound: str | None = None,
         building: str | None = None) -> Day:
    """The appointments of *day* within *user*'s scope, by technician; technicians on duty that day have a row even when it is free."""
    since = datetime.combine(day, time(), LOCAL)
    until = datetime.combine(day + timedelta(days=1), time(), LOCAL)
    staff = facts.staff(session, now)
    where = [scope(staff, user, compound), *([inside(compound, building)] if compound and building is not None else [])]
    rows = list(session.scalars(sa.select(TicketRow).where(
        TicketRow.state.in_(_STATES), TicketRow.type.in_(FIELDWORK), TicketRow.appointment_start < until,
        TicketRow.appointment_start >= since, *where).order_by(TicketRow.appointment_start, TicketRow.id).limit(MOST + 1)))
    policies = {row.id: hotline.rulebook.of(session, row.policy_id) for row in rows}
    drawing = _Drawing(staff, user, now, since, until, language, policies, _buildings(session, rows), _turns(session, since, until))
    drawn = drawing.rows(many_tickets.load(session, rows[:MOST]), compound)
    return Day(since, until, *drawn, len(rows) > MOST)


def _buildings(session: Session, rows: Sequence[TicketRow]) -> dict[int, str]:
    """Ticket → the building of its room; places are a building of their own."""
    rooms = [row.room_id for row in rows if row.room_id is not None]
    held = {id_: building for part in many_tickets.chunks(rooms)
            for id_, building in session.execute(sa.select(RoomRow.id, RoomRow.building).where(RoomRow.id.in_(part)))}
    return {row.id: held.get(row.room_id or 0, row.place) for row in rows}


def _turns(session: Session, since: datetime, until: datetime) -> dict[str, list[tuple[datetime, datetime]]]:
    """Who is on the roster that day, and when; with the turns that follow, for a visit may outlast midnight."""
    found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for turn in session.scalars(sa.select(DutyRow).where(DutyRow.start_at < until + AHEAD, DutyRow.end_at > since)):
        found[turn.user].append((turn.start_at, turn.end_at))
    return found


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Draws one day for one reader."""

    staff: Staff
    user: str
    now: datetime
    since: datetime
    until: datetime
    language: str
    policies: Mapping[int, Policy]
    buildings: Mapping[int, str]
    turns: Mapping[str, Sequence[tuple[datetime, datetime]]]

    def rows(self, tickets: Sequence[Ticket], compound: str | None) -> tuple[tuple[Row, ...], tuple[Slot, ...]]:
        """Technicians with their days, and what nobody by name has yet."""
        held: dict[str, list[Ticket]] = defaultdict(list)
        unnamed = []
        for ticket in tickets:
            job = ticket.assignment
            if job is None or job.team:
                unnamed.append(self._slot(ticket, ()))
            else:
                held[job.to].append(ticket)
        crew = [p for u, p in self.staff.people.items()
                if u in held or (self._works(u) and p.active and p.covers(compound) and p.trades - AT_THE_DESK)]
        found = [self._row(p, held.get(p.user, [])) for p in sorted(crew, key=lambda p: (sorted(p.trades), p.user))]
        return tuple(found), tuple(sorted(unnamed, key=lambda s: (s.named_by or s.start, s.number)))

    def _works(self, user: str) -> bool:
        return any(start < self.until for start, _ in self.turns.get(user, ()))

    def _row(self, person: Person, tickets: Sequence[Ticket]) -> Row:
        turns = joined(self.turns.get(person.user, ()))
        visits = [self._visit(t) for t in tickets]
        ahead = {t.number for t in tickets if t.state is not State.COMPLETED}
        wrong = clashes([v for v in visits if v.number in ahead], turns)
        slots = {t.number: self._slot(t, (*wrong[t.number], *self._certificate(t, person)) if t.number in ahead else ()) for t in tickets}
        drawn = tuple(self._lane(lane, slots, turns) for lane in lanes(visits)) or (self._lane([], slots, turns),)
        expired = tuple((name, end) for name, end in sorted(person.certificates.items()) if end < self.until)
        return Row(person.user, person.name, refusals.shown(sorted(person.trades), self.language), expired, drawn, tuple(slots.values()))

    def _visit(self, ticket: Ticket) -> Visit:
        start = ticket.appointment_start or self.since
        return Visit(ticket.number, start, ticket.appointment_end, ticket.compound, self.buildings[ticket.id])

    def _certificate(self, ticket: Ticket, person: Person) -> tuple[tuple[Clash, str], ...]:
        needed = dispatching.certificate_needed(self.policies[ticket.id], ticket, person)
        start = ticket.appointment_start or self.since
        return ((Clash.CERTIFICATE, ""),) if needed and person.certificates.get(needed, start) <= start else ()

    def _slot(self, ticket: Ticket, wrong: tuple[tuple[Clash, str], ...]) -> Slot:
        visit, job, policy = self._visit(ticket), ticket.assignment, self.policies[ticket.id]
        may = permitted.permitted_on(policy, self.staff, ticket, self.user, self.now)
        return Slot(ticket.number, ticket.state, ticket.place, ticket.content, visit.start, visit.until, visit.until == ticket.appointment_end,
                    name_of(self.staff, job.to) if job else "", wrong, frozenset(may),
                    _named_by(policy, visit.start) if job is None or job.team else None)

    def _lane(self, visits: Sequence[Visit], slots: Mapping[str, Slot], turns: Sequence[tuple[datetime, datetime]]) -> tuple[Cell, ...]:
        """The whole day in stretches, without gaps: 96 quarter-hours however they are filled."""
        cells: list[Cell] = []
        at = 0
        for visit in visits:
            start = max(at, self._quarter(visit.start))
            end = min(self._quarters(), max(start + 1, self._quarter(visit.until + QUARTER - timedelta(milliseconds=1))))
            cells += self._empty(at, start, turns)
            cells.append(Cell(end - start, True, slots[visit.number]))
            at = end
        return (*cells, *self._empty(at, self._quarters(), turns))

    def _empty(self, since: int, until: int, turns: Sequence[tuple[datetime, datetime]]) -> list[Cell]:
        """Free time, cut where a turn begins or ends and at every full hour."""
        cells: list[Cell] = []
        for quarter in range(since, until):
            at = self.since + quarter * QUARTER
            on_duty = any(start <= at < end for start, end in turns)
            last = cells[-1] if cells else None
            if last is not None and last.on_duty == on_duty and quarter % 4:
                cells[-1] = Cell(last.span + 1, on_duty)
            else:
                cells.append(Cell(1, on_duty))
        return cells

    def _quarter(self, at: datetime) -> int:
        return max(0, min(self._quarters(), int((at - self.since) / QUARTER)))

    def _quarters(self) -> int:
        return int((self.until - self.since) / QUARTER)


def _named_by(policy: Policy, start: datetime) -> datetime:
    """Until when a team's job needs a name: the first rung that asks for one (4.2)."""
    ladder = policy.ladders.get(Clock.ARRIVE_APPT.value)
    rungs = [rung.at for rung in ladder.rungs if rung.when is Condition.NO_TECHNICIAN] if ladder else []
    return start + min(rungs, default=timedelta())
