"""Reads a day out of the database: calls, tickets, the ledger's acts, the roster and the rules; nothing is written there."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.days import LOCAL
from callcenter.domain.roster import Away
from callcenter.domain.telephone import STAFFED, AgentState
from callcenter.domain.vocabulary import Action, Role
from callcenter.services.history import masks
from callcenter.services.history.recorded import Day, Deed, Noted, Opened, Returned, Ring
from callcenter.services.many_tickets import chunks
from callcenter.services.rehearsal.reading import Unusable
from callcenter.services.residents import claiming
from callcenter.services.rosters import weeks
from callcenter.storage.tables import CallRow, EventRow, PolicyRow, TicketRow
from callcenter.storage.telephone_tables import AgentSpanRow

_DAY = timedelta(days=1)
#: a day's tickets are followed for so long at most
FOLLOWED = timedelta(days=15)
_NOT_AWAY = (*STAFFED, AgentState.OFFLINE)


def read(session: Session, day: date, now: datetime) -> Day:
    """
    The calls that rang and the tickets received on the local *day*, with everything done about them up to *now*.

    Raises:
        Unusable: nothing was recorded on that day.
    """
    since = datetime.combine(day, time(), LOCAL)
    until, numbers = since + _DAY, masks.Numbers()
    calls = list(session.scalars(sa.select(CallRow).where(
        CallRow.direction == "inbound", CallRow.ring_started_at >= since, CallRow.ring_started_at < until)
        .order_by(CallRow.ring_started_at, CallRow.id)))
    rows = list(session.scalars(sa.select(TicketRow).where(
        TicketRow.received_at >= since, TicketRow.received_at < until).order_by(TicketRow.registered_at, TicketRow.id)))
    if not calls and not rows:
        raise Unusable(f"{day}: 这一天没有记录 (nothing was recorded on this day)")
    handles = {call.id: f"c{n}" for n, call in enumerate(calls, 1)}
    tickets = _tickets(session, rows, calls, handles, numbers, now)
    end = min(now, since + FOLLOWED, max([until, *_last(session, [r.id for r in rows], [c.id for c in calls])]))
    return Day(day, since, until, end, _rings(session, calls, handles, numbers), tickets,
               tuple(weeks.between(session, since - _DAY, end + _DAY)), _away(session, since, until), _rules(session, rows),
               tuple(sorted({r.room_id for r in rows if r.room_id is not None})))


def _last(session: Session, tickets: Sequence[int], calls: Sequence[int]) -> Iterator[datetime]:
    """When anything was last written down about them: what the record shows lies before the moment its figures are read."""
    for column, ids in ((EventRow.ticket_id, tickets), (EventRow.call_id, calls)):
        for part in chunks(ids):
            at = session.scalar(sa.select(sa.func.max(EventRow.at)).where(column.in_(part)))
            yield from [at] if at is not None else []


def _rules(session: Session, rows: Sequence[TicketRow]) -> dict[str, str]:
    """The rules most of the day's tickets were opened under; without a ticket, the newest."""
    most = Counter(row.policy_id for row in rows).most_common(1)
    query = sa.select(PolicyRow.texts).where(PolicyRow.id == most[0][0]) if most else sa.select(PolicyRow.texts).order_by(PolicyRow.id.desc())
    return dict(session.scalar(query.limit(1)) or {})


def _away(session: Session, since: datetime, until: datetime) -> tuple[Away, ...]:
    rows = session.scalars(sa.select(AgentSpanRow).where(
        AgentSpanRow.since_at < until, sa.or_(AgentSpanRow.until_at.is_(None), AgentSpanRow.until_at > since),
        AgentSpanRow.state.not_in(_NOT_AWAY)).order_by(AgentSpanRow.id))
    return tuple(Away(row.user, row.since_at, row.until_at or until) for row in rows)


# ---- calls ---------------------------------------------------------------------------------------

def _rings(session: Session, calls: Sequence[CallRow], handles: dict[int, str], numbers: masks.Numbers) -> tuple[Ring, ...]:
    events = _events(session, EventRow.call_id, [c.id for c in calls])
    wrapped: dict[int, timedelta] = defaultdict(timedelta)
    for part in chunks([c.id for c in calls]):
        for span in session.scalars(sa.select(AgentSpanRow).where(AgentSpanRow.call_id.in_(part), AgentSpanRow.state == AgentState.WRAP_UP)):
            wrapped[span.call_id or 0] += (span.until_at or span.since_at) - span.since_at
    return tuple(_ring(call, handles[call.id], numbers.of(call.phone_key), events[call.id], wrapped[call.id]) for call in calls)


def _ring(call: CallRow, handle: str, phone: str | None, events: Sequence[EventRow], wrap_up: timedelta) -> Ring:
    said = next((e for e in events if e.action == "recorded"), None)
    back = next((e for e in events if e.action == "returned"), None)
    return Ring(
        handle, phone, call.ring_started_at, call.answered_at, call.answered_by, call.ended_at, wrap_up, _holds(call, events),
        Noted(said.at, said.by, masks.WORDS) if said else None,
        Returned(back.at, back.by, str(back.data.get("contact_result", "reached"))) if back else None)


def _holds(call: CallRow, events: Sequence[EventRow]) -> tuple[tuple[timedelta, timedelta], ...]:
    """Every hold with its end; one that lasted to the end of the call ends with it, by itself."""
    if call.answered_at is None:
        return ()
    found, began = [], None
    for event in events:
        if event.action == "call_held":
            began = event.at
        elif event.action == "call_resumed" and began is not None:
            found.append((began - call.answered_at, event.at - call.answered_at))
            began = None
    return tuple(found)


def _events(session: Session, column: Any, ids: Iterable[int]) -> dict[int, list[EventRow]]:
    found: dict[int, list[EventRow]] = defaultdict(list)
    for part in chunks(list(ids)):
        for event in session.scalars(sa.select(EventRow).where(column.in_(part)).order_by(EventRow.id)):
            found[getattr(event, column.key)].append(event)
    return found


# ---- tickets -------------------------------------------------------------------------------------

def _tickets(session: Session, rows: Sequence[TicketRow], calls: Sequence[CallRow], handles: dict[int, str], numbers: masks.Numbers,
             now: datetime) -> tuple[Opened, ...]:
    events = _events(session, EventRow.ticket_id, [r.id for r in rows])
    by_sid = {call.sid: handles[call.id] for call in calls}
    by_number = {row.number: f"t{n}" for n, row in enumerate(rows, 1)}
    made = (_opened(row, by_number[row.number], handles.get(row.call_id or 0), events[row.id], numbers, by_sid, by_number, now) for row in rows)
    return tuple(ticket for ticket in made if ticket is not None)


def _opened(row: TicketRow, handle: str, call: str | None, events: Sequence[EventRow], numbers: masks.Numbers, by_sid: dict[str, str],
            by_number: dict[str, str], now: datetime) -> Opened | None:
    phone = numbers.of(row.phone_key) if row.contact_phone else None
    deeds = [_deed(e, phone, by_sid, by_number) for e in events if e.at <= now and e.action in set(Action) and (
        e.by != Role.SYSTEM or e.action == Action.OPEN_TICKET)]
    first = next((d for d in deeds if d.action is Action.OPEN_TICKET), None)
    if first is None:
        return None
    where = {"room" if row.room_id is not None else "place": row.place}
    said = {k: v for k, v in first.fields.items() if k not in ("room", "place")} | where
    return Opened(handle, row.number, call, replace(first, fields=said), tuple(d for d in deeds if d.action is not Action.OPEN_TICKET))


def _deed(event: EventRow, phone: str | None, by_sid: dict[str, str], by_number: dict[str, str]) -> Deed:
    """An act of the ledger; tickets and calls go by their handles, those of other days are left out."""
    action = Action(event.action)
    said = masks.fields(action, event.data.get("fields", {}), phone)
    for name, known in (("call", by_sid), ("parent", by_number), ("into", by_number), ("urgent", by_number)):
        if name in said:
            said[name] = known.get(str(said[name]))
    claims = action is Action.ACCEPT_OWNERSHIP and event.data.get("fields", {}).get("note") == claiming.ONLINE
    return Deed(event.id, event.at, action, event.by, {k: v for k, v in said.items() if v is not None}, claims)
