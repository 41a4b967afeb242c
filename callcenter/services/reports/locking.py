"""A period found and locked by what people call it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused
from callcenter.storage.tables import PeriodRow


def locked(session: Session, kind: str, key: str, compound: str) -> PeriodRow:
    """The period, to be changed by this transaction alone.

    Raises:
        Refused: "unknown_period".
    """
    return _one(session, _query(kind, key, compound).with_for_update().execution_options(populate_existing=True), f"{kind} {key}")


def found(session: Session, kind: str, key: str, compound: str) -> PeriodRow:
    """The period, to be read.

    Raises:
        Refused: "unknown_period".
    """
    return _one(session, _query(kind, key, compound), f"{kind} {key}")


def _query(kind: str, key: str, compound: str) -> sa.Select[Any]:
    return sa.select(PeriodRow).where(PeriodRow.kind == kind, PeriodRow.key == key, PeriodRow.compound == compound)


def _one(session: Session, query: sa.Select[Any], name: str) -> PeriodRow:
    row: PeriodRow | None = session.scalar(query)
    if row is None:
        raise Refused("unknown_period", period=name)
    return row
