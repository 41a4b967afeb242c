"""Faults counted kind by kind: all tickets of one category at one place together, because a third one makes a cluster of three (K36)."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures import daily
from callcenter.domain.figures.daily import DayCase, Valid
from callcenter.domain.figures.repeated import cases_of_faults
from callcenter.services.figures.daily.counting import Change, Counted, kept
from callcenter.services.figures.rows import ms
from callcenter.services.many_tickets import chunks
from callcenter.services.quality.clusters import FAULT, HOUSE
from callcenter.storage.figure_tables import FigureCountedRow
from callcenter.storage.tables import RoomRow, TicketRow

#: under which they are kept
NAME = "fault"
_K, _T = FigureCountedRow, TicketRow
_KIND = (sa.func.coalesce(_T.compound, "").label("compound"), HOUSE.label("place"), _T.category.label("category"))
_FAULTS = sa.select(*_KIND, ms(_T.received_at)).outerjoin(RoomRow, RoomRow.id == _T.room_id).where(*FAULT)
#: compound, compound and place, category: as the dimensions have them
Kind = tuple[str, str, str]


def stirred(changes: Iterable[Change]) -> set[Kind]:
    """The kinds of which these tickets are a fault and were none, or were one and are none, or at another time."""
    found: set[DayCase] = set()
    for change in changes:
        if change.before != change.after.cases:
            found |= daily.faults_in(change.before or "") ^ daily.faults_in(change.after.cases)
    return {_kind(case.values) for case in found}


def _kind(values: tuple[str, ...]) -> Kind:
    compound, building, category = (daily.chosen(values, dimension) for dimension in ("compound", "building", "category"))
    return compound, building, category


def recounted(session: Session, kinds: Iterable[Kind]) -> Iterator[Change]:
    """These kinds counted anew from what is written by now."""
    for part in batched(sorted(kinds)):
        pairs = sorted({(compound, category) for compound, _, category in part})
        rows = session.connection().execute(_FAULTS.where(sa.tuple_(_KIND[0], _T.category).in_(pairs)))
        times: dict[Kind, list[int]] = {kind: [] for kind in part}
        for compound, place, category, at in rows:
            if (kind := (compound, f"{compound}/{place}", category)) in times:
                times[kind].append(at)
        yield from _changes(session, {number(kind): _counted(kind, sorted(found)) for kind, found in times.items()})


def everything(session: Session) -> list[Change]:
    """Every kind there is, and every one there was."""
    order = (*_KIND, _T.received_at)
    rows = session.connection().execute(_FAULTS.order_by(*order), execution_options={"yield_per": 5_000})
    found = {one.id: one for key, same in groupby(rows, key=lambda row: row[:3])
             for one in [_counted((key[0], f"{key[0]}/{key[1]}", key[2]), [row[3] for row in same])]}
    gone = set(session.scalars(sa.select(_K.id).where(_K.kind == NAME))) - found.keys()
    counted = found | {id_: Counted(id_, None, 0, Valid(), daily.packed(())) for id_ in gone}
    return [change for part in chunks(sorted(counted)) for change in _changes(session, {id_: counted[id_] for id_ in part})]


def batched(kinds: Sequence[Kind]) -> Iterator[Sequence[Kind]]:
    """Some at a time: each is two values of a statement."""
    return (kinds[start:start + 200] for start in range(0, len(kinds), 200))


def number(kind: Kind) -> int:
    """The number a kind is kept under."""
    return int.from_bytes(sha256("\0".join(kind).encode()).digest()[:8]) >> 1


def _counted(kind: Kind, times: list[int]) -> Counted:
    compound, building, category = kind
    cases = cases_of_faults(times, daily.values_of(compound=compound, building=building, category=category))
    return Counted(number(kind), None, 0, Valid(), daily.packed(cases))


def _changes(session: Session, counted: dict[int, Counted]) -> Iterator[Change]:
    """Beside what they were counted as; a kind without a cluster is not kept."""
    before: dict[int, Any] = kept(session, NAME, sorted(counted))
    nothing = daily.packed(())
    for id_, found in counted.items():
        earlier = before[id_].cases if id_ in before else None
        if found.cases != (earlier or nothing):
            yield Change(NAME, earlier, found, True)
