"""The monthly share of follow-up calls that reach somebody: topped up in the last five days until every stratum has its floor (CB2, K14)."""

from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import callbacks
from callcenter.domain.callbacks import Case
from callcenter.domain.days import LOCAL, local, midnight
from callcenter.domain.rules.follow_up import drawn
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import FOUND_BY_US, Action, Clock, ContactResult, Role, State
from callcenter.services import tickets
from callcenter.services.hotline import Hotline
from callcenter.storage.tables import FormRow, PromiseRow, TicketRow

#: whoever declines to answer was reached all the same (CB12)
_REACHED = frozenset({ContactResult.REACHED, ContactResult.REFUSED})


def top_up(hotline: Hotline, now: datetime) -> list[str]:
    """
    Draw for a call what every stratum of this month still lacks; returns the numbers drawn. Before the last five days: nothing.

    Running it again, or in several clocks at once, draws nobody twice and nobody new.
    """
    today = local(now).date()
    if not callbacks.last_days(today):
        return []
    policy = hotline.rulebook.policy.follow_up
    with hotline.store.reading() as session:
        numbers = callbacks.to_draw(month(hotline, session, now), policy.floor)
    return [number for number in numbers if _draw(hotline, number, today, now)]


def _draw(hotline: Hotline, number: str, today: date, now: datetime) -> bool:
    """False when the ticket has moved on meanwhile: then it needs no drawing."""
    act = Act(Action.DRAW_FOLLOW_UP, Role.SYSTEM, {"reason": f"top_up:{today:%Y-%m}"})
    try:
        tickets.carry_out(hotline, number, act, f"top-up:{today:%Y-%m}:{number}", now)
    except Refused:
        return False
    return True


def month(hotline: Hotline, session: Session, now: datetime) -> list[Case]:
    """This month's completed tickets of the types of which a share is called."""
    shares = hotline.rulebook.policy.follow_up.shares
    sampled = [type_ for type_, share in shares.items() if 0 < share < 1]
    first = datetime.combine(local(now).date().replace(day=1), time(), LOCAL)
    rows = list(session.scalars(sa.select(TicketRow).where(
        TicketRow.type.in_(sampled), TicketRow.completed_at >= first, TicketRow.completed_at < _next_month(first),
        TicketRow.state.not_in([State.CANCELLED, State.MERGED]),
        sa.or_(TicketRow.channel.not_in(FOUND_BY_US), TicketRow.contact_phone.is_not(None))).order_by(TicketRow.id)))
    reached, waiting = _reached(session, first), _waiting(session)
    since = midnight(now) if callbacks.last_day(local(now).date()) else first
    return [Case(row.number, _stratum(row), drawn(row.number), row.id in reached, row.id in waiting and waiting[row.id] >= since,
                 row.state == State.CLOSED and not row.callback_needed) for row in rows]


def _next_month(first: datetime) -> datetime:
    return (first + timedelta(days=32)).replace(day=1)


def _stratum(row: TicketRow) -> callbacks.Stratum:
    return row.compound or "", row.completed_by or "", row.category or row.type


def _reached(session: Session, since: datetime) -> set[int]:
    """Tickets whose customer was spoken to, or answered in writing."""
    return {f.ticket_id for f in session.scalars(sa.select(FormRow).where(FormRow.code == "F04", FormRow.at >= since))
            if f.ticket_id is not None and f.fields.get("contact_result") in _REACHED}


def _waiting(session: Session) -> dict[int, datetime]:
    """Tickets whose call is still to be made, and since when: on the month's last day only those of that day are hoped for."""
    query = (sa.select(PromiseRow.ticket_id, PromiseRow.started_at).join(TicketRow, TicketRow.id == PromiseRow.ticket_id)
             .where(TicketRow.state == State.CALLBACK_DUE, PromiseRow.clock == Clock.CALLBACK, PromiseRow.kept_at.is_(None),
                    PromiseRow.voided_at.is_(None)).order_by(PromiseRow.id))
    return {id_: at for id_, at in session.execute(query) if id_ is not None}
