"""The numbers behind pictures, added up in the database: one query a picture, never a ticket read one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.services.figures import Scope
from callcenter.storage.tables import TicketRow


@dataclass(frozen=True, slots=True)
class Ask:
    """A period, whose compounds may be seen, and the one compound wished for."""

    now: datetime
    since: datetime
    until: datetime
    scope: Scope = field(default_factory=Scope)
    compound: str | None = None

    @property
    def end(self) -> datetime:
        """The end of what can be known."""
        return min(self.until, self.now)

    @property
    def narrow(self) -> bool:
        """Whether some tickets are left out."""
        return self.compound is not None or self.scope.compounds is not None

    @property
    def tickets(self) -> list[sa.ColumnElement[bool]]:
        """What a ticket must fit: the same as behind the figures."""
        return self.places(TicketRow.compound)

    def places(self, compound: Any) -> list[sa.ColumnElement[bool]]:
        """The same of whatever belongs to a compound, or to none."""
        found: list[sa.ColumnElement[bool]] = []
        if self.scope.compounds is not None:
            found.append(sa.or_(compound.in_(sorted(self.scope.compounds)), compound.is_(None)))
        if self.compound is not None:
            found.append(sa.func.coalesce(compound, "") == self.compound)
        return found


def ms(column: Any) -> sa.ColumnElement[Any]:
    """A time as the whole milliseconds it is stored as."""
    return sa.type_coerce(column, sa.BigInteger)


def within(column: Any, since: datetime, until: datetime) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """From *since* until just before *until*."""
    return column >= since, column < until


Counts = Mapping[str, int]

__all__ = ["Ask", "Counts", "ms", "within"]
