"""The figures summed by local day, and what every ticket and call was counted as: kept for speed, made anew at any time."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.tables import Base, Id


class FigureDayRow(Base):
    """What a local day adds to a figure, under one value of one dimension. The key begins as questions do: a year of one figure lies together."""

    __tablename__ = "figure_day"

    dimension: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    #: days since 1970, by the clock on the wall
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hits: Mapped[int]
    misses: Mapped[int]
    apart: Mapped[int]
    hit_amount: Mapped[int] = mapped_column(sa.BigInteger)
    miss_amount: Mapped[int] = mapped_column(sa.BigInteger)

    __table_args__ = ({"sqlite_with_rowid": False},)


class FigureSpreadRow(Base):
    """How often a median's amount (K04c) was so many whole seconds."""

    __tablename__ = "figure_spread"

    dimension: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    second: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]

    __table_args__ = ({"sqlite_with_rowid": False},)


class FigureCountedRow(Base):
    """What a ticket or a call was counted as, and how long that holds without a write. Times as they are kept, in milliseconds."""

    __tablename__ = "figure_counted"

    #: ticket, call
    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    #: of a ticket, its matter: what belongs together is counted together
    matter_id: Mapped[int | None] = mapped_column(Id)
    #: the end of its chain in the ledger when it was counted
    seq: Mapped[int]
    since_at: Mapped[int | None] = mapped_column(sa.BigInteger)
    next_at: Mapped[int | None] = mapped_column(sa.BigInteger)
    cases: Mapped[str]

    __table_args__ = (
        sa.Index("figure_counted_matter", "matter_id", sqlite_where=sa.text("matter_id IS NOT NULL"),
                 postgresql_where=sa.text("matter_id IS NOT NULL")),
        sa.Index("figure_counted_next", "kind", "next_at", sqlite_where=sa.text("next_at IS NOT NULL"),
                 postgresql_where=sa.text("next_at IS NOT NULL")),
        sa.Index("figure_counted_since", "kind", "since_at", sqlite_where=sa.text("since_at IS NOT NULL"),
                 postgresql_where=sa.text("since_at IS NOT NULL")))


class FigureMarkRow(Base):
    """How far everything has been counted: one row, locked by whoever writes into the summary."""

    __tablename__ = "figure_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: raised with every write: a reader who sees it move reads again
    generation: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    #: events and stretches of agents' time up to here are in the summary
    event_id: Mapped[int] = mapped_column(Id, default=0)
    span_id: Mapped[int] = mapped_column(Id, default=0)
    #: agents' time is summed up before this local day
    time_day: Mapped[int | None]
    #: the people and rules everything was counted under; empty: not everything has been counted yet
    basis: Mapped[str] = mapped_column(default="")
    #: the people and rules it is being counted under, and how far: when the last of them came in, in milliseconds
    toward: Mapped[str] = mapped_column(default="")
    ticket_done: Mapped[int] = mapped_column(Id, default=0)
    call_done: Mapped[int] = mapped_column(Id, default=0)
    #: the last refreshing that left nothing over, in milliseconds
    as_of: Mapped[int | None] = mapped_column(sa.BigInteger)
