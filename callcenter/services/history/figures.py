"""The day's figures, from the database as recorded and from each replay, counted by the same rules and set side by side."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import call_figures
from callcenter.domain.call_figures import Heard
from callcenter.domain.figures import Unit, to_ms
from callcenter.domain.vocabulary import Clock, Status
from callcenter.services import figures
from callcenter.services.history.recorded import Day
from callcenter.services.hotline import Hotline
from callcenter.services.many_tickets import chunks
from callcenter.storage import facts
from callcenter.storage.tables import CallRow, EscalationRow, MessageRow, PromiseRow, TicketRow

_OF_CALLS = frozenset({"K01", "K01b", "K02", "K03", "K29", "K29b"})


@dataclass(frozen=True, slots=True)
class Value:
    """A share, an average of seconds, or a plain count (then without a denominator)."""

    numerator: int
    denominator: int | None
    unit: str = "share"  #: share, seconds, count

    @property
    def value(self) -> float | None:
        """None when there is nothing to divide by."""
        if self.denominator is None:
            return float(self.numerator)
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class Row:
    """A figure with its value in every column; None where it does not occur."""

    code: str
    zh: str
    en: str
    values: tuple[Value | None, ...]

    def label(self, language: str) -> str:
        return self.en if language.startswith("en") else self.zh


Counted = Mapping[str, tuple[str, str, Value]]


def count(hotline: Hotline, session: Session, day: Day, *, live: bool) -> Counted:
    """Every figure of the day; `live`: from the database it was recorded in, where other days are beside it."""
    within = (day.since, day.until) if live else (None, None)
    found: dict[str, tuple[str, str, Value]] = {}
    for one in call_figures.compute(_heard(session, day, live), (), day.end):
        if one.code in _OF_CALLS:
            found[one.code] = (one.zh, one.en, Value(one.numerator, one.denominator, one.unit))
    for figure in figures.all_figures(hotline, session, day.end, within[0], within[1], codes=figures.OF_TICKETS, by_receipt=True):
        if figure.unit is Unit.SHARE:
            found[figure.code] = (figure.zh, figure.en, Value(figure.numerator, figure.denominator))
    calls, tickets = _ids(session, CallRow, CallRow.ring_started_at, within), _ids(session, TicketRow, TicketRow.received_at, within)
    found |= _promises(session, calls, tickets, day.end)
    return found | _counts(session, calls, tickets, day.end)


def _heard(session: Session, day: Day, live: bool) -> list[Heard]:
    """The inbound calls with the after-call work the record shows for them."""
    wrap_up = {ring.handle: ring.wrap_up for ring in day.rings}
    query = sa.select(CallRow).where(CallRow.direction == "inbound").order_by(CallRow.ring_started_at, CallRow.id)
    rows = session.scalars(query.where(CallRow.ring_started_at >= day.since, CallRow.ring_started_at < day.until) if live else query)
    return [Heard(row.sid, to_ms(row.ring_started_at), to_ms(row.answered_at) if row.answered_at else None,
                  to_ms(row.ended_at) if row.ended_at else None, row.answered_by,
                  wrap_up[f"c{n}" if live else row.sid] // timedelta(milliseconds=1)) for n, row in enumerate(rows, 1)]


def _ids(session: Session, table: type[CallRow] | type[TicketRow], column: sa.orm.InstrumentedAttribute[datetime],
         within: tuple[datetime | None, datetime | None]) -> list[int]:
    since, until = within
    return list(session.scalars(sa.select(table.id).where(column >= since if since else sa.true(), column < until if until else sa.true(),
                                                          CallRow.direction == "inbound" if table is CallRow else sa.true())))


def _promises(session: Session, calls: Sequence[int], tickets: Sequence[int], now: datetime) -> dict[str, tuple[str, str, Value]]:
    """Each promise on its own: kept ÷ (kept + broken)."""
    kept: Counter[Clock] = Counter()
    broken: Counter[Clock] = Counter()
    for column, ids in ((PromiseRow.call_id, calls), (PromiseRow.ticket_id, tickets)):
        for part in chunks(ids):
            for row in session.scalars(sa.select(PromiseRow).where(column.in_(part))):
                status = facts.promise(row).status(now)
                kept[Clock(row.clock)] += status is Status.KEPT
                broken[Clock(row.clock)] += status is Status.BROKEN
    return {clock.value: (clock.zh, clock.en, Value(kept[clock], kept[clock] + broken[clock])) for clock in Clock if kept[clock] + broken[clock]}


def _counts(session: Session, calls: Sequence[int], tickets: Sequence[int], now: datetime) -> dict[str, tuple[str, str, Value]]:
    levels: Counter[int] = Counter()
    messages = 0
    for part in chunks(tickets):
        levels.update(session.scalars(sa.select(EscalationRow.level).where(EscalationRow.ticket_id.in_(part), EscalationRow.at <= now)))
        messages += session.scalar(sa.select(sa.func.count()).where(MessageRow.ticket_id.in_(part), MessageRow.created_at <= now)) or 0
    for part in chunks(calls):
        messages += session.scalar(sa.select(sa.func.count()).where(MessageRow.call_id.in_(part), MessageRow.created_at <= now)) or 0
    plain = [("calls", "来电", "Calls", len(calls)), ("tickets", "工单", "Tickets", len(tickets)), ("messages", "消息", "Messages", messages),
             *((f"L{n}", f"{n} 级升级", f"Escalations to level {n}", levels[n]) for n in range(1, 6))]
    return {code: (zh, en, Value(number, None, "count")) for code, zh, en, number in plain}


def side_by_side(columns: Sequence[Counted]) -> list[Row]:
    """Every figure that has data in one of the columns, in the order of the first that knows it."""
    codes = list(dict.fromkeys(code for column in columns for code in column))
    rows = [Row(code, *next(c[code][:2] for c in columns if code in c), tuple(c[code][2] if code in c else None for c in columns))
            for code in codes]
    return [row for row in rows if any(v is not None and (v.denominator if v.denominator is not None else v.numerator) for v in row.values)]
