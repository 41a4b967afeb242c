"""The tables of the desk: forms half filled in, texts kept ready, and the words that rooms and people are found by."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.codec import Json
from callcenter.storage.tables import Base, Id

#: compared byte by byte, so that "begins with" is a range of the index on either database
Plain = sa.String().with_variant(sa.String(collation="C"), "postgresql")


class DraftRow(Base):
    """What somebody has typed into the intake form of one call and not registered yet; thrown away when it is, or when it is old."""

    __tablename__ = "desk_draft"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user: Mapped[str] = mapped_column("user_name", sa.ForeignKey("person.user_name"))
    #: the call it belongs to, "" for a visitor at the counter
    call: Mapped[str] = mapped_column("call_sid")
    #: the form's own key: what has been registered under it is no draft any more
    key: Mapped[str]
    #: field → as it was typed
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
    saved_at: Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("user_name", "call_sid"), sa.Index("desk_draft_saved", "saved_at"))


class MacroRow(Base):
    """A text kept ready: for a note or for a reply to a customer; one's own, or everybody's."""

    __tablename__ = "desk_macro"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: None: everybody's
    owner: Mapped[str | None] = mapped_column(sa.ForeignKey("person.user_name"), index=True)
    title: Mapped[str]
    #: note, reply
    kind: Mapped[str]
    body: Mapped[str] = mapped_column(sa.Text)
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]

    __table_args__ = (sa.CheckConstraint("kind IN ('note', 'reply')", name="known_kind"),)


class SearchKeyRow(Base):
    """One word a room, a common part or a person is found by: the name, its spelling and initials, the ends of a number."""

    __tablename__ = "search_key"

    #: room, place, customer
    kind: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(Plain, primary_key=True)

    __table_args__ = (sa.Index("search_key_word", "kind", "word", "ref"),
                      sa.CheckConstraint("kind IN ('room', 'place', 'customer')", name="known_kind"))
