"""A hotline in memory with the recorded company: its people without names, its places, and the roster it is to be played with."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import refusals
from callcenter.domain.days import local
from callcenter.domain.roster import Turn
from callcenter.domain.vocabulary import Role
from callcenter.services import people
from callcenter.services.history.recorded import Day
from callcenter.services.hotline import Hotline
from callcenter.services.registers import importing
from callcenter.services.rehearsal.reading import Unusable
from callcenter.services.rosters import weeks
from callcenter.services.rulebook import Rulebook
from callcenter.storage import facts, schema
from callcenter.storage.store import Store, make_engine
from callcenter.storage.tables import CompoundRow, DutyRow, PersonRow, PlaceRow, RoomRow

_LONG_BEFORE = timedelta(days=30)


def found(source: Session, day: Day, rules: Mapping[str, str], roster: Path | None = None, lang: str = "zh") -> tuple[Hotline, list[Turn]]:
    """
    A fresh hotline for *day* under *rules*, and the turns it is played with: the recorded ones, or for the days and roles a file names, the file's.

    Raises:
        Unusable: the roster file has faults; each is named with its line.
    """
    hotline = Hotline(Store(make_engine("sqlite://")), Rulebook(rules))
    schema.create_at_once(hotline.store.engine)
    with hotline.store.transaction() as session:
        _copy(source, session, CompoundRow)
        _copy(source, session, PlaceRow)
        _copy(source, session, RoomRow, RoomRow.id.in_(day.rooms))
        session.execute(sa.update(RoomRow).values(valid_to=None))  # on that day they were rooms
        session.execute(sa.update(PlaceRow).values(valid_to=None))
        _people(source, session)
        facts.people_changed(session)
    turns = _with_file(hotline, day, roster, lang) if roster else list(day.turns)
    with hotline.store.transaction() as session:
        session.execute(sa.delete(DutyRow))
        session.add_all(DutyRow(user=t.user, roles=sorted(t.roles), start_at=t.start, end_at=t.end, shift=t.shift, compounds=sorted(t.compounds))
                        for t in turns)
    hotline.rulebook.install(hotline.store, day.since - _LONG_BEFORE)
    return hotline, turns


def _copy(source: Session, session: Session, table: Any, *where: sa.ColumnElement[bool]) -> None:
    rows = [dict(row) for row in source.execute(sa.select(table.__table__).where(*where)).mappings()]
    _fill(session, table, rows)


def _people(source: Session, session: Session) -> None:
    """Everybody with badge, trades and scope; the user name stands for the name, no number is real and nobody can sign in."""
    rows = [{**row, "name": row["user_name"], "phone": "19000000000" if row["phone"] else None, "password_hash": people.NO_PASSWORD,
             "employee_no": None, "certificate_numbers": {}, "is_demo": False}
            for row in source.execute(sa.select(PersonRow.__table__)).mappings()]
    _fill(session, PersonRow, rows)


def _fill(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(sa.insert(table.__table__), rows)


def _with_file(hotline: Hotline, day: Day, roster: Path, lang: str) -> list[Turn]:
    """The file's turns, and the recorded ones of roles and days the file does not name: a file of agents changes the agents alone."""
    try:
        data = roster.read_bytes()
    except OSError as wrong:
        raise Unusable(f"{roster}: {wrong.strerror}") from None
    taken = importing.take_in(hotline, "roster", data, roster.name, day.since - _LONG_BEFORE)
    if taken.faults:
        raise Unusable("\n".join(f"{roster}:{f.line}: {f.column + ': ' if f.column else ''}{refusals.text(f.why, lang)}" for f in taken.faults))
    with hotline.store.reading() as session:
        written = weeks.between(session, day.since - _LONG_BEFORE, day.end + _LONG_BEFORE)
    named = _named(written)
    return [*(turn for turn in day.turns if not _named([turn]) & named), *written]


def _named(turns: Iterable[Turn]) -> frozenset[tuple[date, Role]]:
    return frozenset((local(turn.start).date(), role) for turn in turns for role in turn.roles)
