"""The link to one's own matter: for one ticket and the telephone it was texted to; it carries no personal data."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused
from callcenter.services import links
from callcenter.services.hotline import Hotline
from callcenter.storage.resident_tables import ResidentLinkRow
from callcenter.storage.tables import TicketRow

#: what these links are good for
PURPOSE = "resident"
#: no link opens longer than that, whatever becomes of its ticket
LONGEST = timedelta(days=400)
#: a ticket merged into one that was merged again and again
_MERGES = 20


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens: the ticket it was made for, and the one in which that is carried on now."""

    nonce: str
    row: TicketRow
    going_on: TicketRow

    @property
    def own(self) -> bool:
        """Whether what is going on is this telephone's own: after a merge it may have begun with a neighbour's call."""
        return self.going_on.id == self.row.id or self.going_on.phone_key == self.row.phone_key


def address(session: Session, hotline: Hotline, row: TicketRow, now: datetime) -> str:
    """The address of the ticket's page for its customer; "" without a telephone, or where no browser reaches us. Always the same one."""
    if not (hotline.secret and hotline.address and row.phone_key):
        return ""
    held = session.scalar(sa.select(ResidentLinkRow).where(
        ResidentLinkRow.ticket_id == row.id, ResidentLinkRow.phone_key == row.phone_key))
    if held is None:
        held = ResidentLinkRow(ticket_id=row.id, phone_key=row.phone_key, nonce=secrets.token_urlsafe(12), made_at=now)
        session.add(held)
        session.flush()
    return f"{hotline.address}/r/{links.make(hotline.secret, PURPOSE, held.nonce, held.made_at + LONGEST)}"


def opened(hotline: Hotline, session: Session, token: str, now: datetime) -> Opened:
    """
    What a link opens; it follows the ticket into another one, and ends with the days in which it may be taken up again.

    Raises:
        Refused: "link_wrong" (forged, or the ticket has another telephone now), "link_expired".
    """
    nonce = links.read(hotline.secret, PURPOSE, token, now)
    link = session.scalar(sa.select(ResidentLinkRow).where(ResidentLinkRow.nonce == nonce))
    row = session.get(TicketRow, link.ticket_id) if link else None
    if link is None or row is None or row.phone_key != link.phone_key:
        raise Refused("link_wrong")
    going_on = _carried_on(session, row)
    within = hotline.rulebook.of(session, going_on.policy_id).follow_up.reopen_within
    if going_on.closed_at is not None and now > going_on.closed_at + within:
        raise Refused("link_expired")
    return Opened(nonce, row, going_on)


def _carried_on(session: Session, row: TicketRow) -> TicketRow:
    for _ in range(_MERGES):
        into = session.scalar(sa.select(TicketRow).where(TicketRow.number == row.merged_into)) if row.merged_into else None
        if into is None:
            return row
        row = into
    return row
