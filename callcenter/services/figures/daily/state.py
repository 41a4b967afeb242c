"""How far the summary is: the one row that says so, under which people and rules it was counted, and how fresh it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures.cases import from_ms
from callcenter.domain.vocabulary import Role
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.figure_tables import FigureMarkRow
from callcenter.storage.tables import EventRow

_M = FigureMarkRow
ONLY = 1
#: raised whenever a case is counted or kept otherwise than before, or by another dimension: what was summed up until then is forgotten
WAY = "2"


class Mark(NamedTuple):
    """How far everything has been counted."""

    generation: int
    event_id: int
    span_id: int
    time_day: int | None
    basis: str
    toward: str
    ticket_done: int
    call_done: int
    as_of: int | None

    @property
    def complete(self) -> bool:
        """Everything has been counted once."""
        return bool(self.basis)

    def done(self, kind: str) -> int:
        return self.ticket_done if kind == "ticket" else self.call_done

    def as_far_as(self, kind: str, last: int) -> "Mark":
        """The same once everything of a kind that came in by then has been counted."""
        return self._replace(ticket_done=last) if kind == "ticket" else self._replace(call_done=last)


_COLUMNS: tuple[Any, ...] = tuple(getattr(_M, name) for name in Mark._fields)


@dataclass(frozen=True, slots=True)
class Freshness:
    """Since when the summary stands, and how many events have come since."""

    complete: bool
    as_of: datetime | None
    events: int


def read(session: Session) -> Mark | None:
    """The mark; none before the first counting."""
    row = session.connection().execute(sa.select(*_COLUMNS).where(_M.id == ONLY)).one_or_none()
    return None if row is None else Mark._make(row)


def found(session: Session) -> Mark:
    """The mark, once there has been a counting."""
    return Mark._make(session.connection().execute(sa.select(*_COLUMNS).where(_M.id == ONLY)).one())


def basis(hotline: Hotline, session: Session) -> str:
    """
    What cases depend on beside the rows: "certificates:people and rules:way of counting", so that one can change without the other.

    A renewed certificate changes K26 alone; a changed trade of a category, or who is a contractor, may change a dimension of any ticket.
    """
    policy, people = hotline.rulebook.policy, facts.people(session)
    held = [(user, sorted(p.certificates.items())) for user, p in sorted(people.items()) if p.certificates]
    needed = [(code, c.certificate, sorted(c.trades)) for code, c in sorted(policy.categories.items())]
    firms = sorted(user for user, p in people.items() if Role.CONTRACTOR in p.roles)
    trades = [(code, c.trades) for code, c in sorted(policy.categories.items())]
    return f"{_sha((held, needed, sorted(policy.certificates.items())))}:{_sha((firms, trades))}:{WAY}"


def another_way(mark: Mark) -> bool:
    """What is there was counted, at least in part, in a way that is no longer the one."""
    return any(basis and not basis.endswith(f":{WAY}") for basis in (mark.basis, mark.toward))


def _sha(of: object) -> str:
    return sha256(repr(of).encode()).hexdigest()[:16]


def unreliable(mark: Mark, current: str, codes: Iterable[str]) -> frozenset[str]:
    """The figures of tickets the summary cannot answer: all while people or rules were others, K26 after a change of certificates."""
    if mark.basis == current:
        return frozenset()
    held, _, house = mark.basis.partition(":")
    if house != current.partition(":")[2]:
        return frozenset(codes)
    return frozenset({"K26"}) if held != current.partition(":")[0] else frozenset()


def freshness(session: Session, most: int = 10_000) -> Freshness:
    """How fresh the summary is; more than *most* events are not counted."""
    mark = read(session)
    if mark is None:
        return Freshness(False, None, 0)
    events = session.scalar(sa.select(sa.func.count()).select_from(sa.select(EventRow.id).where(EventRow.id > mark.event_id).limit(most).subquery()))
    return Freshness(mark.complete, None if mark.as_of is None else from_ms(mark.as_of), events or 0)
