"""Loads the demo company of DOMAIN.md 17 into an empty database: places, residents, people, their roster and the desk's ready texts."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Role
from callcenter.services import people
from callcenter.services.demo import crew, duty, places, ready_texts
from callcenter.storage import facts
from callcenter.storage.desk_tables import MacroRow
from callcenter.storage.tables import CompoundRow, CustomerRow, DutyRow, PersonRow, PlaceRow, RoomRow

#: what every person of the demo company signs in with
PASSWORD = "demo"  # noqa: S105 - printed on the page of demo people


def load(session: Session, start: datetime, until: datetime, password_hash: str | None = None) -> None:
    """
    Fill an empty database with the company and its roster from the day before *start* to the day of *until*.

    The same *start* and *until* give the same rows on every machine. Everybody who may sign in does so with PASSWORD.

    Args:
        password_hash: kept instead of PASSWORD's hash, whose making takes a sixth of a second; `people.NO_PASSWORD`
            where nobody will sign in.
    """
    _fill(session, CompoundRow, places.compound_rows())
    _fill(session, PlaceRow, places.place_rows())
    _fill(session, RoomRow, places.room_rows())
    rooms = {text: (id_, state) for id_, text, state in session.execute(
        sa.select(RoomRow.id, RoomRow.text, RoomRow.state).order_by(RoomRow.id))}
    _fill(session, CustomerRow, places.customer_rows(rooms))
    _fill(session, PersonRow, crew.rows(start, password_hash or _demo_hash()))
    _fill(session, DutyRow, duty.rows(crew.everybody(start), start, until))
    _fill(session, MacroRow, ready_texts.rows())
    facts.people_changed(session)


def is_loaded(session: Session) -> bool:
    """Whether the database holds a demo company."""
    return session.scalar(sa.select(PersonRow.user).where(PersonRow.is_demo).limit(1)) is not None


def extend_roster(session: Session, until: datetime) -> int:
    """Roster the days that follow the last one up to the day of *until*; return how many turns were added."""
    last = session.scalar(sa.select(sa.func.max(DutyRow.start_at)))
    if last is None or last >= until:
        return 0
    known = list(facts.people(session).values())
    rows = [row for row in duty.rows(known, last, until) if row["start_at"] > last]
    _fill(session, DutyRow, rows)
    return len(rows)


def on_duty_exactly(session: Session, users: Iterable[str], start: datetime, until: datetime) -> None:
    """
    Replace the whole roster: these people, nobody else, from *start* to *until*, each with their badge roles.

    Raises:
        Refused: "unknown_person"; nothing has changed then.
    """
    known = facts.people(session)
    on_duty = list(dict.fromkeys(users))
    for user in on_duty:
        if user not in known:
            raise Refused("unknown_person", person=user)
    newest = session.scalar(sa.select(sa.func.max(DutyRow.id))) or 0
    _fill(session, DutyRow, [{"user_name": user, "roles": sorted(known[user].roles) or [Role.STAFF], "start_at": start,
                              "end_at": until, "compounds": sorted(known[user].compounds), "shift": "全程"} for user in on_duty])
    # the old turns go last, so that the new ones never take their ids and pass for them
    session.execute(sa.delete(DutyRow).where(DutyRow.id <= newest))


def sign_in_list(language: str = "zh") -> list[tuple[str, str, str]]:
    """(user name, name, role words) of everybody of the demo company who can sign in, desk first."""
    everybody = crew.everybody(datetime(2026, 1, 1, tzinfo=UTC))
    return [(p.user, p.name, _role_words(p, language)) for p in everybody if p.can_sign_in]


def _role_words(person: Person, language: str) -> str:
    words = [*(role for role in Role if role in person.roles), *sorted(person.trades)]
    return (", " if language.startswith("en") else "、").join(word.label(language) for word in words)


def _fill(session: Session, table: type, rows: list[dict[str, object]]) -> None:
    """Many rows in one statement; columns are named as the database names them."""
    if rows:
        session.execute(sa.insert(table.__table__), rows)  # type: ignore[attr-defined]


@lru_cache(maxsize=1)
def _demo_hash() -> str:
    """PASSWORD's hash, made once in a process."""
    return people.hashed(PASSWORD)
