"""One search box: rooms, common parts and people by what was typed – a name, its spelling, the end of a number, a piece of an address."""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.services import numbers, places
from callcenter.services.intake.keys import CUSTOMER, PLACE, ROOM, national
from callcenter.services.intake.spelling import spelled
from callcenter.storage.desk_tables import SearchKeyRow
from callcenter.storage.tables import CompoundRow, CustomerRow, PlaceRow, RoomRow

#: so many answers fit under the box
MOST = 10
#: so many that have a word are looked at, where more was typed than the word, or not every compound is theirs
LOOKED_AT = 400
#: words of an address that tell nothing
_EMPTY = frozenset({"栋", "单元", "号", "楼", "室", "层", "座", "幢"})


@dataclass(frozen=True, slots=True)
class Hit:
    """A household, a person or a common part; never a whole telephone number."""

    kind: str
    place: str  #: the room or the common part
    name: str = ""
    relation: str = ""
    phone: str = ""  #: masked
    customer_id: int | None = None
    care: str = ""
    window: str = ""
    do_not_call: bool = False
    nuisance: bool = False
    state: str = ""


def find(session: Session, typed: str, compounds: Collection[str], limit: int = MOST) -> list[Hit]:
    """
    What *typed* may mean, the likeliest first, each household once.

    Args:
        compounds: where whoever asks may look; empty: everywhere.
    """
    text = re.sub(r"[\s,.#/_%-]+", "-", unicodedata.normalize("NFKC", typed).lower()[:60]).strip("-")
    digits = re.sub(r"[+-]", "", text)
    ways: tuple[Callable[[Session, str, Collection[str], int], list[Hit]], ...]
    if digits.isascii() and digits.isdigit():
        ways = (_rooms, _numbers) if len(digits) < 6 or "-" in text else (_numbers, _rooms)
    elif any(c.isdigit() for c in text):
        ways = (_rooms, _common)
    else:
        ways = (_named, _begun, _common)
    found = [hit for way in ways for hit in way(session, text, compounds, limit)] if text else []
    return list(dict.fromkeys(found))[:limit]


def number_on_record(session: Session, customer_id: int, room: str | None) -> str | None:
    """The number of a customer chosen from the list, if they live in the room that was given."""
    row = session.execute(sa.select(CustomerRow.phone, CustomerRow.other_phone).join(RoomRow, RoomRow.id == CustomerRow.room_id).where(
        CustomerRow.id == customer_id, CustomerRow.valid_to.is_(None), RoomRow.text == places.tidy(room or ""))).first()
    return (row[0] or row[1]) if row else None


# ---- by a word -------------------------------------------------------------------------------------------

def _refs(session: Session, kind: str, word: str, *, whole: bool = False) -> list[int]:
    """The first of *kind* that are, or begin with, *word*: a stretch of the index, read by itself so that no planner looks elsewhere."""
    fits = SearchKeyRow.word == word if whole else sa.and_(SearchKeyRow.word >= word, SearchKeyRow.word < word + "\U0010ffff")
    return list(dict.fromkeys(session.scalars(sa.select(SearchKeyRow.ref).where(SearchKeyRow.kind == kind, fits)
                                              .order_by(SearchKeyRow.word, SearchKeyRow.ref).limit(LOOKED_AT))))


def _named(session: Session, text: str, compounds: Collection[str], limit: int) -> list[Hit]:
    """People by name or spelling: the very word before those that begin with it."""
    word = re.sub(r"[-'’]", "", text)
    exact = _people(session, _refs(session, CUSTOMER, word, whole=True), compounds, limit)
    return exact if len(exact) >= limit else [*exact, *_people(session, _refs(session, CUSTOMER, word), compounds, limit)]


def _numbers(session: Session, text: str, compounds: Collection[str], limit: int) -> list[Hit]:
    """People by the end of a number, four digits and more, or by its beginning."""
    digits = "".join(c for c in text if c.isdigit())
    if len(digits) < 4:
        return []
    own = national(numbers.comparable(text.replace("-", ""))) if len(digits) > 10 else digits
    ending = _people(session, _refs(session, CUSTOMER, own[-4:], whole=True), compounds, limit, own)
    return ending or (_people(session, _refs(session, CUSTOMER, own), compounds, limit) if len(own) > 4 else [])


def _people(session: Session, refs: Sequence[int], compounds: Collection[str], limit: int, ending: str = "") -> list[Hit]:
    query = sa.select(CustomerRow, RoomRow).join(RoomRow, RoomRow.id == CustomerRow.room_id).where(
        CustomerRow.id.in_(refs), CustomerRow.valid_to.is_(None), RoomRow.valid_to.is_(None),
        *_within(RoomRow.compound, compounds))
    if len(ending) > 4:
        query = query.where(sa.or_(CustomerRow.phone_key.endswith(ending), CustomerRow.other_key.endswith(ending)))
    return [_person(c, r) for c, r in session.execute(query.order_by(CustomerRow.id).limit(limit))]


def _person(customer: CustomerRow, room: RoomRow) -> Hit:
    return Hit(ROOM, room.text, customer.name, customer.relation, numbers.masked(customer.phone or customer.other_phone), customer.id,
               customer.care_flag or "", customer.preferred_window or "", customer.do_not_call, customer.nuisance, room.state)


# ---- by an address ---------------------------------------------------------------------------------------

def _rooms(session: Session, text: str, compounds: Collection[str], limit: int) -> list[Hit]:
    """Rooms by the numbers of their address; whatever else was typed names the compound, a part of the address or who lives there."""
    plain = places.tidy(text).lower()
    pieces = re.findall(r"[a-z]*\d+[a-z]?|[a-z]+|[^\W\da-z_]+", plain)
    door = [p for p in pieces if any(c.isdigit() for c in p)]
    others = [p for p in pieces if p not in door and p not in _EMPTY]
    named = re.findall(r"\d+(?:栋|单元)", plain)
    first = re.fullmatch(r"([a-z]+)(\d+)", door[0])
    if first:  # wtl3-2-1602: letters of the compound stand against the building
        hits = _behind(session, [first[2], *door[1:]], [*others, first[1]], named, compounds, limit)
        if hits:
            return hits
    return _behind(session, door, others, named, compounds, limit)


def _behind(session: Session, door: Sequence[str], others: Sequence[str], named: Sequence[str], compounds: Collection[str],
            limit: int) -> list[Hit]:
    """The rooms behind these numbers: exactly these before those that begin so; a number said to be a building's or an entrance's is one."""
    word, most = "-".join(door), LOOKED_AT if others or named else limit
    rooms = _of(session, _refs(session, ROOM, word, whole=True), compounds, most)
    if len(rooms) < limit and (len(door) > 1 or len(door[-1]) > 2):
        rooms += _of(session, _refs(session, ROOM, word), compounds, most)
    rooms = sorted((r for r in dict.fromkeys(rooms) if all(n in r.text for n in named)), key=lambda r: r.building.lower() != door[0])
    held, codes = _residents(session, [r.id for r in rooms]), _compounds(session, others)
    fitting = [r for r in rooms if all(_says(p, r, held.get(r.id, ()), codes) for p in others)]
    return [hit for room in fitting[:limit] for hit in _household(room, held.get(room.id, ()))]


def _of(session: Session, refs: Sequence[int], compounds: Collection[str], limit: int) -> list[RoomRow]:
    return list(session.scalars(sa.select(RoomRow).where(
        RoomRow.id.in_(refs), RoomRow.valid_to.is_(None), *_within(RoomRow.compound, compounds)).order_by(RoomRow.id).limit(limit)))


def _residents(session: Session, rooms: Sequence[int]) -> dict[int, list[CustomerRow]]:
    held: dict[int, list[CustomerRow]] = {}
    if rooms:
        for row in session.scalars(sa.select(CustomerRow).where(
                CustomerRow.room_id.in_(rooms), CustomerRow.valid_to.is_(None)).order_by(CustomerRow.id)):
            held.setdefault(row.room_id, []).append(row)
    return held


def _household(room: RoomRow, people: Sequence[CustomerRow]) -> list[Hit]:
    return [_person(one, room) for one in people] or [Hit(ROOM, room.text, state=room.state)]


def _compounds(session: Session, pieces: Sequence[str]) -> dict[str, set[str]]:
    """Typed letters → the codes of the compounds spelled so."""
    letters = [p for p in pieces if p.isascii()]
    if not letters:
        return {}
    known = [(c.code, (c.code.lower(), *spelled(c.name))) for c in session.scalars(sa.select(CompoundRow))]
    return {p: {code for code, words in known if any(w.startswith(p) for w in words)} for p in letters}


def _says(piece: str, room: RoomRow, people: Sequence[CustomerRow], codes: dict[str, set[str]]) -> bool:
    """A piece of the address, of the compound's spelling, or of a resident's name."""
    if piece.isascii():
        words = (*spelled(room.building), *(w for one in people for w in spelled(one.name)))
        return room.compound in codes.get(piece, ()) or any(w.startswith(piece) for w in words)
    bare = re.sub(r"(?:单元|[栋号楼层室])+$", "", piece) or piece
    return bare in room.text or any(one.name.startswith(bare) for one in people)


def _begun(session: Session, text: str, compounds: Collection[str], limit: int) -> list[Hit]:
    """Rooms of the compound whose name has been begun: the first of them, so that one sees it is known."""
    if text.isascii():
        return []
    query = sa.select(RoomRow).where(RoomRow.text.startswith(places.tidy(text), autoescape=True), RoomRow.valid_to.is_(None),
                                     *_within(RoomRow.compound, compounds)).order_by(RoomRow.id).limit(3)
    rooms = list(session.scalars(query))
    held = _residents(session, [r.id for r in rooms])
    return [hit for room in rooms for hit in _household(room, held.get(room.id, ()))]


def _common(session: Session, text: str, compounds: Collection[str], limit: int) -> list[Hit]:
    """Lifts, lobbies, garages: by their spelling or by any piece of their name."""
    word, pieces = re.sub(r"\W", "", text), re.findall(r"[^\d\W_]+|\d+", places.tidy(text))
    if not pieces:
        return []
    if word.isascii():
        fits: sa.ColumnElement[bool] = PlaceRow.id.in_(_refs(session, PLACE, word))
    else:
        fits = PlaceRow.text.like("%" + "%".join(pieces) + "%")
    rows = session.scalars(sa.select(PlaceRow).where(fits, PlaceRow.valid_to.is_(None), *_within(PlaceRow.compound, compounds))
                          .order_by(PlaceRow.id).limit(limit))
    return [Hit(PLACE, row.text) for row in rows]


def _within(column: sa.orm.InstrumentedAttribute[str], compounds: Collection[str]) -> list[sa.ColumnElement[bool]]:
    return [column.in_(sorted(compounds))] if compounds else []
