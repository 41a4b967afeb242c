"""What a ledger is cut down to: read from an address, written back into one, and turned into conditions of a query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from callcenter.domain.days import LOCAL
from callcenter.domain.policy import Policy
from callcenter.domain.vocabulary import COMPLAINTS, Channel, Department, State, TicketType
from callcenter.services.ledgers.columns import Ledger
from callcenter.services.views import ticket_list
from callcenter.storage.tables import AssignmentRow, CallRow, CustomerRow, MatterRow, PromiseRow, RoomRow, ShiftRow, TicketRow

#: words looked for at a time
WORDS = 5


@dataclass(frozen=True, slots=True)
class Filters:
    """What somebody wants to see of a ledger; empty: all of it, newest first."""

    by: str = ""  #: the moment the period is about, and the order
    since: date | None = None
    until: date | None = None  #: this day included
    oldest_first: bool = False
    compound: str = ""
    building: str = ""  #: compound code and building, WT:3栋
    type: str = ""
    category: str = ""
    state: str = ""
    owner: str = ""
    technician: str = ""
    department: str = ""
    accused: str = ""  #: the department a complaint is about
    channel: str = ""
    overdue: str = ""  #: now: a running promise is past its time; ever: one was kept late or not at all
    dissatisfied: str = ""
    q: str = ""

    def args(self) -> dict[str, str]:
        """As an address says it; what is not filled in is left out."""
        held = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: "1" if v is True else str(v) for k, v in held.items() if v}


#: words an address may use, by filter
WORDS_OF: Mapping[str, frozenset[str]] = {
    "type": frozenset(TicketType), "state": frozenset(State), "department": frozenset(Department), "accused": frozenset(Department),
    "channel": frozenset(Channel),
    "overdue": frozenset({"now", "ever"}), "dissatisfied": frozenset({"1"})}


def read(ledger: Ledger, asked: Mapping[str, str]) -> Filters:
    """The filters an address asks for; what this ledger does not have, and what is no value, is as if it were not there."""
    held: dict[str, Any] = {name: asked.get(name, "").strip()[:80] for name in ledger.filters}
    held = {name: value for name, value in held.items() if name not in WORDS_OF or value in WORDS_OF[name]}
    by = asked.get("by", "")
    return replace(Filters(), **held, by=by if by in ledger.source.moments and by != next(iter(ledger.source.moments)) else "",
                   since=_day(asked.get("since", "")), until=_day(asked.get("until", "")), oldest_first=asked.get("oldest_first") == "1")


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed.strip())
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def moment(ledger: Ledger, wish: Filters) -> InstrumentedAttribute[Any]:
    """The time the ledger is ordered by."""
    return ledger.source.moments[wish.by or next(iter(ledger.source.moments))]


def conditions(ledger: Ledger, policy: Policy, wish: Filters, now: datetime, *, blind: bool) -> list[sa.ColumnElement[bool]]:
    """What the rows must fit; *blind* readers do not know of follow-up calls (CB13)."""
    at = moment(ledger, wish)
    found: list[sa.ColumnElement[bool]] = [at.is_not(None)] if wish.by or ledger.source.table is ShiftRow else []
    if wish.since is not None:
        found.append(at >= _midnight(wish.since))
    if wish.until is not None:
        found.append(at < _midnight(wish.until + timedelta(days=1)))
    if ledger.source.table is CallRow:
        return [*found, *_of_calls(wish)]
    if ledger.source.table is ShiftRow:
        return [*found, *([sa.or_(ShiftRow.user == wish.owner, ShiftRow.handed_to == wish.owner)] if wish.owner else [])]
    return [*found, *_of_tickets(policy, wish, now, blind)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def _of_tickets(policy: Policy, wish: Filters, now: datetime, blind: bool) -> list[sa.ColumnElement[bool]]:
    same = ((TicketRow.compound, wish.compound), (TicketRow.type, wish.type), (TicketRow.category, wish.category), (TicketRow.owner, wish.owner),
            (TicketRow.channel, wish.channel))
    found: list[sa.ColumnElement[bool]] = [column == value for column, value in same if value]
    more: tuple[tuple[str, Callable[[str], sa.ColumnElement[bool]]], ...] = (
        (wish.building, _in_building), (wish.state, lambda code: ticket_list.in_state(State(code), blind)),
        (wish.technician, _sent), (wish.department, lambda code: ticket_list.of_department(policy, Department(code))),
        (wish.accused, _complained_about), (wish.overdue, lambda code: _late_now(now) if code == "now" else _ever_late(now)),
        (wish.dissatisfied, lambda code: _dissatisfied()))
    found += [made(value) for value, made in more if value]
    return found + [_says(word) for word in wish.q.split()[:WORDS]]


def _in_building(code: str) -> sa.ColumnElement[bool]:
    compound, _, building = code.partition(":")
    return TicketRow.room_id.in_(sa.select(RoomRow.id).where(RoomRow.compound == compound, RoomRow.building == building))


def _sent(user: str) -> sa.ColumnElement[bool]:
    return TicketRow.id.in_(sa.select(AssignmentRow.ticket_id).where(AssignmentRow.to == user))


def _complained_about(department: str) -> sa.ColumnElement[bool]:
    """Complaints about this department, by whoever they are worked on."""
    named = sa.type_coerce(TicketRow.details, sa.Text).contains(f'"accused_dept":"{department}"', autoescape=True)
    return sa.and_(TicketRow.type.in_(sorted(COMPLAINTS)), named)


def _late_now(now: datetime) -> sa.ColumnElement[bool]:
    """A promise to this customer is past its time and still runs: asked ticket by ticket, for a page needs only a few."""
    return sa.exists().where(PromiseRow.ticket_id == TicketRow.id, ticket_list.still_running(), PromiseRow.due_at < now)


def _ever_late(now: datetime) -> sa.ColumnElement[bool]:
    """A promise to this customer was kept late, or is past its time."""
    late = sa.or_(PromiseRow.kept_at > PromiseRow.due_at, sa.and_(PromiseRow.kept_at.is_(None), PromiseRow.paused_at.is_(None),
        PromiseRow.due_at < now))
    return sa.exists().where(PromiseRow.ticket_id == TicketRow.id, PromiseRow.voided_at.is_(None), PromiseRow.excused_at.is_(None), late)


def _dissatisfied() -> sa.ColumnElement[bool]:
    """The customer was dissatisfied at least once with this matter, or it ended so."""
    rounds = sa.exists().where(MatterRow.id == TicketRow.matter_id, MatterRow.dissatisfied_rounds > 0)
    return sa.or_(TicketRow.state == State.CLOSED_UNSATISFIED, rounds)


def _says(word: str) -> sa.ColumnElement[bool]:
    return sa.or_(*(c.icontains(word, autoescape=True) for c in (TicketRow.number, TicketRow.place, TicketRow.content)))


def _of_calls(wish: Filters) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [CallRow.answered_by == wish.owner] if wish.owner else []
    if wish.compound:
        found.append(CallRow.customer_id.in_(living_in([wish.compound])))
    for word in wish.q.split()[:WORDS]:
        digits = "".join(c for c in word if c.isdigit())
        end = [CallRow.phone_key.endswith(digits, autoescape=True)] if len(digits) >= 4 else []
        found.append(sa.or_(CallRow.sid.icontains(word, autoescape=True), CallRow.disposition.icontains(word, autoescape=True), *end))
    return found


def living_in(compounds: list[str]) -> sa.Select[Any]:
    """The customers of these compounds."""
    return sa.select(CustomerRow.id).join(RoomRow, RoomRow.id == CustomerRow.room_id).where(RoomRow.compound.in_(compounds))
