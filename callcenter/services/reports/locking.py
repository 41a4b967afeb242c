"""A period found and locked by what people call it."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused
from callcenter.storage.tables import PeriodRow


def locked(session: Session, kind: str, key: str, compound: str) -> PeriodRow:
    """The period, to be changed by this transaction alone.

    Raises:
        Refused: "unknown_period".
    """
    row = session.scalar(sa.select(PeriodRow).where(PeriodRow.kind == kind, PeriodRow.key == key, PeriodRow.compound == compound)
                         .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise Refused("unknown_period", period=f"{kind} {key}")
    return row
