"""The table of the resident's pages: the links that open one ticket without a sign-in."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.tables import Base, Id


class ResidentLinkRow(Base):
    """The random word behind a link: for one ticket and the telephone it was texted to. Append-only; void once the ticket has another telephone."""

    __tablename__ = "resident_link"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"))
    phone_key: Mapped[str]
    nonce: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("ticket_id", "phone_key"),)
