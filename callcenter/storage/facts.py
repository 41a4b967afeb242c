"""Rows read into what the rules know: a ticket with its promises, dispatches, escalations and records; the staff on duty now."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Assignment, Duty, Escalated, Form, Matter, Person, Promise, Staff, Ticket
from callcenter.domain.vocabulary import BADGES, URGENT, Channel, Clock, Department, Role, State, TicketType, Trade, Trigger, Urgency
from callcenter.storage.codec import Moment
from callcenter.storage.tables import (
    AssignmentRow,
    Base,
    CounterRow,
    DutyRow,
    EscalationRow,
    FormRow,
    MatterRow,
    PersonRow,
    PromiseRow,
    TicketRow,
)


def plain(table: type[Base], *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """A table's rows oldest first, under their attributes' names but not as objects: read in a fifth of the time, for they only become facts."""
    columns = (c.columns[0].label(c.key) for c in sa.inspect(table).column_attrs)
    return sa.select(*columns).where(*where).order_by(sa.inspect(table).primary_key[0])


def _of_tickets(table: type[Any], *where: sa.ColumnElement[bool]) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """The rows that belong to one ticket, and those of several: a list of keys costs more to prepare than a single one."""
    return (plain(table, table.ticket_id == sa.bindparam("key"), *where),
            plain(table, table.ticket_id.in_(sa.bindparam("keys", expanding=True)), *where))


#: acknowledgements that are settled are left out: no rule looks at those
_SETTLED = sa.and_(PromiseRow.clock == Clock.ESCALATION_ACK, sa.or_(PromiseRow.kept_at.is_not(None), PromiseRow.voided_at.is_not(None)))
_PROMISES = _of_tickets(PromiseRow, sa.not_(_SETTLED))
_ASSIGNMENTS = _of_tickets(AssignmentRow)
_ESCALATIONS = _of_tickets(EscalationRow, EscalationRow.ended_at.is_(None))
_FORMS = _of_tickets(FormRow)
_MATTERS = (plain(MatterRow, MatterRow.id == sa.bindparam("key")),
            plain(MatterRow, MatterRow.id.in_(sa.bindparam("keys", expanding=True))))
_LOCK = sa.select(TicketRow).with_for_update().execution_options(populate_existing=True)
_LOCK_NUMBER = _LOCK.where(TicketRow.number == sa.bindparam("called"))
_LOCK_ID = _LOCK.where(TicketRow.id == sa.bindparam("key"))


def locked(session: Session, number: str) -> TicketRow | None:
    """The ticket called *number*, locked until the end of the transaction."""
    return session.scalar(_LOCK_NUMBER, {"called": number})


def locked_by_id(session: Session, ticket_id: int) -> TicketRow:
    return session.scalars(_LOCK_ID, {"key": ticket_id}).one()


def ticket(session: Session, row: TicketRow) -> Ticket:
    """Everything the rules may look at, as it stands in this transaction."""
    return tickets(session, [row])[row.id]


def tickets(session: Session, rows: Iterable[TicketRow]) -> dict[int, Ticket]:
    """The same of several tickets, by their ids, with as many statements as for one."""
    session.flush()
    rows = list({row.id: row for row in rows}.values())
    if not rows:
        return {}
    connection, ids = session.connection(), [row.id for row in rows]
    matters = {m.id: m for m in _found(connection, _MATTERS, list({row.matter_id for row in rows}))}
    promises, assignments, escalations, forms = (
        _by_ticket(_found(connection, which, ids)) for which in (_PROMISES, _ASSIGNMENTS, _ESCALATIONS, _FORMS))
    return {row.id: _ticket(row, matters[row.matter_id], promises[row.id], assignments[row.id], escalations[row.id], forms[row.id])
            for row in rows}


def _found(connection: sa.Connection, which: tuple[sa.Select[Any], sa.Select[Any]], keys: list[int]) -> sa.CursorResult[Any]:
    one, several = which
    return connection.execute(one, {"key": keys[0]}) if len(keys) == 1 else connection.execute(several, {"keys": keys})


def _by_ticket(rows: Iterable[sa.Row[Any]]) -> Mapping[int, list[sa.Row[Any]]]:
    found: defaultdict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.ticket_id].append(row)
    return found


def _ticket(row: TicketRow, matter: sa.Row[Any], promises: list[sa.Row[Any]], assignments: list[sa.Row[Any]],
            escalations: list[sa.Row[Any]], forms: list[sa.Row[Any]]) -> Ticket:
    return Ticket(
        id=row.id, number=row.number, type=TicketType(row.type), state=State(row.state), category=row.category,
        urgency=Urgency(row.urgency), channel=Channel(row.channel), compound=row.compound, place=row.place, content=row.content,
        customer_name=row.customer_name, contact_phone=row.contact_phone, received_at=row.received_at,
        registered_at=row.registered_at, promise_at=row.promise_at, first_responder=row.first_responder, registrar=row.registrar,
        owner=row.owner, matter=_matter(matter), cycle=row.cycle, cycle_started_at=row.cycle_started_at,
        acting_follower=row.acting_follower, receiver=row.receiver, specialist=row.specialist,
        appointment_start=row.appointment_start, appointment_end=row.appointment_end, accused=tuple(row.accused),
        department=Department(row.department) if row.department else None,
        suspended_from=State(row.suspended_from) if row.suspended_from else None, suspend_reason=row.suspend_reason,
        suspensions=row.suspensions, signed=row.signed, callback_needed=row.callback_needed, attempts=row.attempts,
        completed_by=row.completed_by, completed_at=row.completed_at, closed_at=row.closed_at, evidence=row.evidence,
        merged_into=row.merged_into, details=row.details,
        promises=tuple(promise(p) for p in promises), assignments=tuple(_assignment(a) for a in assignments),
        escalations=tuple(_escalation(e) for e in escalations),
        forms=tuple(Form(f.code, f.at, f.by, f.fields, f.id) for f in forms))


def _matter(row: sa.Row[Any]) -> Matter:
    return Matter(row.id, row.received_at, row.postponements, row.urges, row.last_urge_at, row.repeat_contacts, row.dissatisfied_rounds)


def promise(row: PromiseRow | sa.Row[Any]) -> Promise:
    """A promise row as the rules see it."""
    return Promise(Clock(row.clock), row.started_at, row.due_at, row.first_due_at, row.cycle, row.about, row.kept_at, row.excused_at,
                   row.voided_at, row.broken_at, row.paused_at, row.id)


def _assignment(row: sa.Row[Any]) -> Assignment:
    return Assignment(row.to, row.at, row.by, row.team, row.accepted_at, row.departed_at, row.arrived_at, row.voided_at, row.cycle, row.id)


def _escalation(row: sa.Row[Any]) -> Escalated:
    return Escalated(row.id, row.level, Trigger(row.trigger), row.at, row.acknowledged_at,
                     Clock(row.clock) if row.clock else None, tuple(row.told))


def person(row: PersonRow) -> Person:
    """A colleague as the rules see them."""
    return Person(row.user, row.name, frozenset(Role(r) for r in row.roles if r in BADGES), frozenset(Trade(t) for t in row.trades),
                  Department(row.department) if row.department else None, frozenset(row.compounds), dict(row.certificates),
                  row.phone, row.can_sign_in, row.active, row.language)


#: counted up by every change of the register of people; the newest turn and how many there are: the roster as it stands
VERSIONS = sa.select(
    sa.select(CounterRow.value).where(CounterRow.name == "people").scalar_subquery(),
    sa.select(sa.func.max(DutyRow.id)).scalar_subquery(), sa.select(sa.func.count(DutyRow.id)).scalar_subquery())


def staff(session: Session, now: datetime) -> Staff:
    """Everybody, with who is on duty at *now* and, once somebody asks, how many open jobs each has."""
    session.flush()
    people_version, last_turn, turns = session.connection().execute(VERSIONS).one()
    return Staff(_people_at(session, people_version or 0), _duty_at(session, (last_turn, turns), now),
                 Asked(session, _OPEN_JOBS), Asked(session, _LAST_SENT), Asked(session, _URGENT_JOBS))


def recounted(session: Session, staff: Staff) -> Staff:
    """The same people on duty, with what they have to do asked anew: for the next of several acts in one transaction."""
    return replace(staff, load=Asked(session, _OPEN_JOBS), last_sent=Asked(session, _LAST_SENT), urgent_load=Asked(session, _URGENT_JOBS))


class Asked(Mapping[str, int]):
    """Numbers by user, read from the database when first asked for: most acts never ask."""

    def __init__(self, session: Session, query: sa.Executable) -> None:
        self._session, self._query = session, query
        self._found: dict[str, int] | None = None

    def _read(self) -> dict[str, int]:
        if self._found is None:
            self._session.flush()
            self._found = {str(user): int(n) for user, n in self._session.connection().execute(self._query)}
        return self._found

    def __getitem__(self, user: str) -> int:
        return self._read()[user]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


_OPEN_JOBS = sa.select(TicketRow.assignee, sa.func.count()).where(
    TicketRow.assignee.is_not(None), TicketRow.state.in_([State.DISPATCHED, State.ACCEPTED, State.ON_SITE, State.SUSPENDED])
).group_by(TicketRow.assignee)
_URGENT_JOBS = _OPEN_JOBS.where(sa.or_(TicketRow.type.in_(sorted(URGENT)), TicketRow.urgency == Urgency.URGENT))
#: looked up for each person by index: the dispatches of all time are many
_LAST = sa.select(sa.func.max(AssignmentRow.id)).where(AssignmentRow.to == PersonRow.user).scalar_subquery()
_LAST_SENT = sa.select(PersonRow.user, _LAST).where(_LAST.is_not(None))


def people(session: Session) -> dict[str, Person]:
    """Everybody."""
    return _people_at(session, session.scalar(sa.select(CounterRow.value).where(CounterRow.name == "people")) or 0)


def _people_at(session: Session, version: int) -> dict[str, Person]:
    """Everybody; read again only after the register has changed."""
    kept = _kept(session)
    if kept.people_version != version or not kept.people:
        kept.people = {row.user: person(row) for row in session.scalars(sa.select(PersonRow))}
        kept.people_version = version
    return kept.people


_TURNS = plain(DutyRow, DutyRow.start_at <= sa.bindparam("until", type_=Moment), DutyRow.end_at > sa.bindparam("since", type_=Moment))


@dataclass(slots=True)
class _Kept:
    """What one database's register and roster looked like when last read."""

    people: dict[str, Person] = field(default_factory=dict)
    people_version: int = -1
    roster: "_Roster | None" = None


_databases: WeakKeyDictionary[sa.Pool, _Kept] = WeakKeyDictionary()


def _kept(session: Session) -> _Kept:
    return _databases.setdefault(session.get_bind().engine.pool, _Kept())


def people_changed(session: Session) -> None:
    """To be called with every change of the register of people."""
    count(session, "people")


def count(session: Session, name: str) -> int:
    """The next number of a counter, from 1; gapless, because it belongs to the transaction."""
    found = session.scalar(sa.update(CounterRow).where(CounterRow.name == name).values(value=CounterRow.value + 1)
                           .returning(CounterRow.value))
    if found is not None:
        return int(found)
    insert = _insert(session)(CounterRow).values(name=name, value=1)
    made = session.scalar(insert.on_conflict_do_update(index_elements=["name"], set_={"value": CounterRow.value + 1})
                          .returning(CounterRow.value))
    return int(made or 1)


def _insert(session: Session):  # type: ignore[no-untyped-def]  # the dialects' inserts share no base with on_conflict
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert


def duty(session: Session, now: datetime) -> dict[str, Duty]:
    """Who is on the roster at *now*; several turns of one person are joined."""
    session.flush()
    return _on_duty(session.connection().execute(_TURNS, {"since": now, "until": now}), now)


def _on_duty(turns: Iterable[sa.Row[Any]], now: datetime) -> dict[str, Duty]:
    found: dict[str, Duty] = {}
    for row in turns:
        if not row.start_at <= now < row.end_at:
            continue
        acting = frozenset(Role(r) for r in row.roles)
        before = found.get(row.user)
        found[row.user] = Duty(acting | (before.roles if before else frozenset()),
                               max(row.end_at, before.until) if before and before.until else row.end_at,
                               frozenset(row.compounds), acting | (before.acting if before else frozenset()))
    return found


@dataclass(frozen=True, slots=True)
class _Roster:
    """The turns of some days, and who is on duty between two changes of it."""

    version: tuple[int | None, int]
    turns: list[sa.Row[Any]]
    since: datetime
    until: datetime
    duty: dict[str, Duty]
    duty_since: datetime
    duty_until: datetime


#: so far ahead the roster is read at once
AHEAD = timedelta(days=2)


def _duty_at(session: Session, version: tuple[int | None, int], now: datetime) -> dict[str, Duty]:
    """The same, counted again only when the roster has changed or somebody's turn begins or ends."""
    kept = _kept(session)
    roster = kept.roster
    if roster is None or roster.version != version or not roster.duty_since <= now < roster.duty_until:
        roster = kept.roster = _counted(session, roster, version, now)
    return roster.duty


def _counted(session: Session, before: _Roster | None, version: tuple[int | None, int], now: datetime) -> _Roster:
    """The roster for *now*, from the turns read *before* where they still hold."""
    if before is not None and before.version == version and before.since <= now < before.until:
        turns, since, until = before.turns, before.since, before.until
    else:
        since, until = now, now + AHEAD
        turns = list(session.connection().execute(_TURNS, {"since": since, "until": until}))
    changes = (at for t in turns for at in (t.start_at, t.end_at) if at > now)
    return _Roster(version, turns, since, until, _on_duty(turns, now), now, min(changes, default=until))


__all__ = ["VERSIONS", "count", "duty", "locked", "locked_by_id", "people", "people_changed", "person", "plain", "promise", "recounted", "staff",
           "ticket"]
