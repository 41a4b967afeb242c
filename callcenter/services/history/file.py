"""A recorded day as a rehearsal file to be edited: the demo company's people, rooms and numbers stand for the real ones."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import forms
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Role
from callcenter.services.demo import crew, places
from callcenter.services.history.recorded import Day, Deed, Opened, Ring
from callcenter.services.rehearsal.timeline import since
from callcenter.storage import facts
from callcenter.storage.tables import CompoundRow, PlaceRow, RoomRow

Step = tuple[datetime, int, dict[str, Any]]


def write(session: Session, day: Day) -> str:
    """The day as a rehearsal file that plays; nobody of the real company is in it."""
    cast = _Cast(session, day)
    steps = sorted((*(s for ring in day.rings for s in _call(ring, cast)), *(s for t in day.tickets for s in _ticket(t, cast))), key=lambda s: s[:2])
    lines = [f"title = {_toml(f'{day.day} 的记录')}", f"start = {day.since.isoformat()}", 'cast = "demo"',
             f"on_duty = {_toml(sorted(cast.used))}", ""]
    for at, _, said in steps:
        lines += ["[[step]]", f"at = {_toml(since(day.since, at))}", *(f"{k} = {_toml(v)}" for k, v in said.items() if v is not None), ""]
    return "\n".join(lines)


class _Cast:
    """Who and what of the demo company stands for whom and what of the real one: the same all day."""

    def __init__(self, session: Session, day: Day) -> None:
        self._people, self._demo = facts.people(session), {p.user: p for p in crew.everybody(day.since)}
        self._given: dict[str, str] = {}
        self._rooms: dict[str, str] = {}
        self._archive = {row.text: row.compound for row in session.scalars(sa.select(RoomRow).where(RoomRow.id.in_(day.rooms)))}
        self._places = {row.text: row.compound for row in session.scalars(sa.select(PlaceRow))}
        self._compounds = [str(code) for code in session.scalars(sa.select(CompoundRow.code).order_by(CompoundRow.code))]
        self._codes = [c.code for c in places.COMPOUNDS]
        self._homes = {code: iter([r["text"] for r in places.room_rows() if r["compound"] == code and r["text"] not in self._archive])
                       for code in self._codes}

    @property
    def used(self) -> set[str]:
        return set(self._given.values())

    def person(self, user: str) -> str:
        """Somebody with the same badge and trade; two people are two people as long as there are enough."""
        if user not in self._given:
            taken = set(self._given.values())
            real = self._people.get(user)
            like = [p.user for p in self._demo.values() if real is not None and _alike(p, real)] or [p for p in self._demo if p == user] or ["lead01"]
            self._given[user] = next((u for u in ([user] if user in like else []) + like if u not in taken), like[0])
        return self._given[user]

    def knows(self, user: str) -> bool:
        """Whether this is somebody's user name."""
        return user in self._people

    def room(self, text: str) -> str:
        """Another home in the compound that stands for this one's; the same home for the same home."""
        if text not in self._rooms:
            homes = self._homes[self._stands_for(self._archive.get(text))]
            self._rooms[text] = next(homes)
        return self._rooms[text]

    def place(self, text: str) -> str:
        """A common part of the compound that stands for this one's."""
        code = self._stands_for(self._places.get(text))
        return next(c.name for c in places.COMPOUNDS if c.code == code) + "公共部位"

    def _stands_for(self, compound: str | None) -> str:
        if compound in self._codes:
            return str(compound)
        return self._codes[self._compounds.index(compound) % len(self._codes)] if compound in self._compounds else self._codes[0]


def _alike(demo: Person, real: Person) -> bool:
    """The same first badge, and a trade in common where there is one."""
    first = next((role for role in Role if role in real.roles), None)
    return first in demo.roles and (not real.trades or bool(demo.trades & real.trades))


def _call(ring: Ring, cast: _Cast) -> Iterator[Step]:
    call = {"call": ring.handle}
    yield ring.at, 0, {"act": "call_arrives", **call, "from": ring.phone}
    if ring.answered_at and ring.by:
        by = cast.person(ring.by)
        yield ring.answered_at, 0, {"act": "call_answered", "by": by, **call}
        for held, resumed in ring.holds:
            yield ring.answered_at + held, 0, {"act": "call_held", **call}
            yield ring.answered_at + resumed, 0, {"act": "call_resumed", **call}
    if ring.ended_at:
        yield ring.ended_at, 0, {"act": "call_ends", **call}
    if ring.returned:
        yield ring.returned.at, 0, {"act": "return_call", "by": cast.person(ring.returned.by), **call, "contact_result": ring.returned.result}
    if ring.noted:
        yield ring.noted.at, 0, {"act": "dispose_call", "by": cast.person(ring.noted.by), **call, "disposition": ring.noted.disposition}


def _ticket(ticket: Opened, cast: _Cast) -> Iterator[Step]:
    opening = ticket.opening
    by = cast.person(ticket.taken_up_by) if ticket.taken_up_by else _by(opening, cast)  # a file knows no taking up: theirs from the start
    yield opening.at, opening.order, {"act": "open_ticket", "as": ticket.handle, "by": by, **_fields(opening, cast),
                                      "call": ticket.call}
    for deed in (d for d in ticket.deeds if not d.claims):
        yield deed.at, deed.order, {"act": deed.action.value, "ticket": ticket.handle, "by": _by(deed, cast), **_fields(deed, cast)}


def _by(deed: Deed, cast: _Cast) -> str | None:
    """Customers and the system itself have no user name."""
    return None if deed.by in set(Role) else cast.person(deed.by)


def _fields(deed: Deed, cast: _Cast) -> dict[str, Any]:
    kinds: Mapping[str, Any] = {f.name: f.kind for f in forms.fields_of(deed.action)}
    return {name: _stand_in(name, kinds[name], value, cast) for name, value in deed.fields.items()}


def _stand_in(name: str, kind: Any, value: Any, cast: _Cast) -> Any:
    if name == "room":
        return cast.room(str(value))
    if name == "place":
        return cast.place(str(value))
    if kind == "person":  # a team by its trade stays what it is
        return cast.person(str(value)) if cast.knows(str(value)) else value
    if name == "accused":
        return [cast.person(str(one)) if cast.knows(str(one)) else "lead01" for one in value]
    return value


def _toml(value: Any) -> str:
    """A value as TOML writes it; its strings are those of JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if isinstance(value, (int, float)):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False)


__all__ = ["write"]
