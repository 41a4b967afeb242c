"""Whose tickets a reader's lists hold."""

import sqlalchemy as sa

from callcenter.domain.ticket import Staff
from callcenter.storage.tables import TicketRow


def scope(staff: Staff, user: str, compound: str | None) -> sa.ColumnElement[bool]:
    """The compounds *user* answers for by badge and today's turn, narrowed to *compound*; tickets without a place are everybody's."""
    person, duty = staff.people.get(user), staff.duty.get(user)
    own = set(person.compounds) if person else set()
    if own and duty is not None and duty.compounds:
        own |= duty.compounds
    within = sa.or_(TicketRow.compound.in_(own), TicketRow.compound.is_(None)) if own else sa.true()
    return sa.and_(within, TicketRow.compound == compound) if compound else within
