"""The tables of the work outside: photographs and signatures, the codes on the doors, where a compound lies."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.tables import Base, Id

NOW = sa.text("ended_at IS NULL")


class AttachmentRow(Base):
    """A photograph or signature of a ticket; the picture itself lies in the data folder under a random name."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    #: names the request, so that a picture sent again is kept once
    key: Mapped[str] = mapped_column(unique=True)
    #: before, after, site, signature
    kind: Mapped[str]
    cycle: Mapped[int]
    name: Mapped[str] = mapped_column(unique=True)
    media: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    #: who signed
    signer: Mapped[str | None]
    by: Mapped[str] = mapped_column("done_by", sa.ForeignKey("person.user_name"))
    at: Mapped[datetime] = mapped_column("done_at")
    #: when it was taken by the device's clock, of one that had no network then
    device_at: Mapped[datetime | None]


class DoorRow(Base):
    """The code on a door: of an entrance or a common part; a new one ends the old."""

    __tablename__ = "door"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    compound: Mapped[str] = mapped_column(sa.ForeignKey("compound.code"))
    #: as people say it: 3栋2单元, 北门岗亭
    label: Mapped[str]
    code: Mapped[str] = mapped_column(unique=True)
    made_by: Mapped[str] = mapped_column(sa.ForeignKey("person.user_name"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (sa.Index("door_now", "compound", "label", unique=True, sqlite_where=NOW, postgresql_where=NOW),)


class SiteRow(Base):
    """Where a compound's middle lies and how far from it is worth a look; never changed, a new one ends the old."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    compound: Mapped[str] = mapped_column(sa.ForeignKey("compound.code"))
    latitude: Mapped[float]
    longitude: Mapped[float]
    far_metres: Mapped[int]
    set_by: Mapped[str] = mapped_column(sa.ForeignKey("person.user_name"))
    set_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("site_now", "compound", unique=True, sqlite_where=NOW, postgresql_where=NOW),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180 AND far_metres > 0", name="on_earth"))
