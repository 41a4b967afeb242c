"""What the numbers of a report count: tickets, calls, reports, corrective actions, people, services, hours; each by the name it is kept under."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.policy import Policy
from callcenter.domain.vocabulary import Clock, State, TicketType, Word
from callcenter.services import many_tickets, masking
from callcenter.services.reports.sheet import Both, Section, tickets_of
from callcenter.storage import facts
from callcenter.storage.action_tables import ActionRow
from callcenter.storage.codec import from_ms
from callcenter.storage.tables import CallRow, TicketRow

#: of one number no more names are kept with a report; how many there are is kept always
KEPT = 20_000
#: reports are named "kind/key"
_CLOCKS = {c.value for c in Clock}


@dataclass(frozen=True, slots=True)
class Member:
    """Something a number counts."""

    kind: str  #: ticket, call, report, action, person, service, hour or other
    name: str
    about: Word | Both | None = None
    state: Word | None = None
    place: str = ""
    owner: str = ""
    at: datetime | None = None
    #: the hour ends then
    until: datetime | None = None
    #: how often it is counted
    times: int = 1


def kept(sections: Iterable[Section]) -> dict[str, dict[str, list[Any]]]:
    """Section → "row/column" → how many the number counts, and their names in order: what is kept with a report and covered by its hash."""
    found: dict[str, dict[str, list[Any]]] = {}
    for section in sections:
        for y, row in enumerate(section.rows):
            for x, cell in enumerate(row):
                if names := sorted(tickets_of(cell)):
                    found.setdefault(section.name, {})[f"{y}/{x}"] = [len(names), names[:KEPT]]
    return found


def read(session: Session, policy: Policy, names: Sequence[str], compounds: frozenset[str]) -> list[Member]:
    """What these names stand for, as far as it lies in *compounds* (none: everywhere) or belongs to none; the earliest first."""
    times = Counter(names)
    left = set(times)
    found: list[Member] = []
    for reads in (_tickets, _calls, _actions):
        here, known = reads(session, sorted(left), times, compounds)
        found += here
        left -= known
    people = facts.people(session)
    found += [Member("person", name, owner=people[name].name, times=times[name]) if name in people else _other(policy, name, times[name])
              for name in left]
    return sorted(found, key=lambda m: (m.kind != "ticket", m.at is None, m.at or 0, m.name))


Found = tuple[list[Member], set[str]]


def _tickets(session: Session, names: Sequence[str], times: Mapping[str, int], compounds: frozenset[str]) -> Found:
    people = facts.people(session)
    rows = [row for part in many_tickets.chunks(names) for row in session.scalars(sa.select(TicketRow).where(TicketRow.number.in_(part)))]
    return [Member("ticket", r.number, TicketType(r.type), State(r.state), masking.place(r.place, r.room_id is not None),
                   people[r.owner].name if r.owner in people else r.owner, r.received_at, times=times[r.number])
            for r in rows if not compounds or r.compound in compounds], {r.number for r in rows}


def _calls(session: Session, names: Sequence[str], times: Mapping[str, int], _compounds: frozenset[str]) -> Found:
    """A call belongs to no compound; its number is masked."""
    people = facts.people(session)
    rows = [row for part in many_tickets.chunks(names) for row in session.scalars(sa.select(CallRow).where(CallRow.sid.in_(part)))]
    return [Member("call", r.sid, place=masking.phone(r.from_number), at=r.ring_started_at, times=times[r.sid],
                   owner=people[r.answered_by].name if r.answered_by in people else (r.answered_by or "")) for r in rows], {r.sid for r in rows}


def _actions(session: Session, names: Sequence[str], times: Mapping[str, int], compounds: frozenset[str]) -> Found:
    rows = [row for part in many_tickets.chunks(names) for row in session.scalars(sa.select(ActionRow).where(ActionRow.number.in_(part)))]
    return [Member("action", r.number, Both(r.problem[:60], r.problem[:60]), at=r.due_at, times=times[r.number])
            for r in rows if not compounds or not r.compound or r.compound in compounds], {r.number for r in rows}


def _other(policy: Policy, name: str, times: int) -> Member:
    """A report by kind and key, a service by its code, an hour by its first millisecond; else as it is called."""
    kind, _, key = name.partition("/")
    if key and kind in _CLOCKS:
        return Member("report", key, Clock(kind), times=times)
    if (service := policy.categories.get(name)) is not None:
        return Member("service", name, Both(service.zh, service.en), times=times)
    if name.isdigit() and len(name) == len("1773100800000"):
        at = from_ms(int(name))
        return Member("hour", name, at=at, until=at + timedelta(hours=1), times=times)
    return Member("other", name, times=times)
