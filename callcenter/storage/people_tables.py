"""The sign-ins of people: which browsers somebody is signed in with, and since when."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.tables import Base, Id


class SignInRow(Base):
    """One browser somebody has signed in with; thrown away some weeks after it was last seen."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user: Mapped[str] = mapped_column("user_name", sa.ForeignKey("person.user_name"))
    #: what the signed cookie carries, as a hash
    token: Mapped[str] = mapped_column(unique=True)
    #: "Chrome, Windows": enough to know one's own
    browser: Mapped[str]
    began_at: Mapped[datetime]
    #: to a few minutes
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (sa.Index("sign_in_user", "user_name", "seen_at"),)
