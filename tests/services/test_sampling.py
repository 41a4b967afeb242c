"""Topping up on the live hotline: drawn once, called within its time, whatever clock does it (scenario 16)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from callcenter.domain import callbacks
from callcenter.domain.days import LOCAL
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action, State
from callcenter.services import tickets
from callcenter.services.recurring import sampling
from callcenter.storage.tables import EventRow, TicketRow
from tests.hotlines import NINE

COMPOUNDS = ("WTL", "QH", "WJ")


def closed_without_a_call(hotline, each):
    """For ten technicians in three compounds: *each* repairs done and closed on a signature, none of them called."""
    act = Act(Action.OPEN_TICKET, "agent01", {"category": "104", "room": "青禾家园5栋1单元302", "customer_name": "周敏", "content": "水龙头滴漏",
                                              "contact_phone": "19000000001", "type": "daily_repair"})
    first = tickets.open_ticket(hotline, act, "first", NINE)
    with hotline.store.transaction() as session:
        row = session.scalar(sa.select(TicketRow).where(TicketRow.number == first.number))
        plain = {c.key: getattr(row, c.key) for c in sa.inspect(TicketRow).column_attrs if c.key != "id"}
        for n in range(30 * each):
            job = n // each
            session.add(TicketRow(**{**plain, "number": f"BX20260310-{n + 100:04d}", "compound": COMPOUNDS[job % 3], "state": State.CLOSED,
                                     "completed_by": f"tech{job // 3:02d}", "completed_at": NINE, "closed_at": NINE, "signed": True,
                                     "evidence": "signature", "callback_needed": False, "chain_seq": 0, "chain_head": ""}))


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


def test_nothing_is_drawn_before_the_last_five_days(hotline):
    closed_without_a_call(hotline, 4)
    assert sampling.top_up(hotline, day("2026-03-26T09:05")) == []


def test_every_stratum_gets_its_share_once_and_a_rerun_draws_nobody(hotline):
    closed_without_a_call(hotline, 4)
    drawn = sampling.top_up(hotline, day("2026-03-27T09:05"))
    assert len(drawn) == len(set(drawn)) == 60  # 30 strata of four: two of four are the first thirty per cent
    with hotline.store.reading() as session:
        cases = sampling.month(hotline, session, day("2026-03-27T09:06"))
        waiting = session.scalar(sa.select(sa.func.count()).select_from(TicketRow).where(TicketRow.state == State.CALLBACK_DUE))
    assert (len(callbacks.by_stratum(cases)), waiting) == (30, 60)
    assert sampling.top_up(hotline, day("2026-03-27T09:10")) == []
    assert sampling.top_up(hotline, day("2026-03-28T09:05")) == []


def test_on_the_last_day_whoever_still_waits_is_taken_as_not_reached(sqlite_hotline):
    closed_without_a_call(sqlite_hotline, 4)
    first = sampling.top_up(sqlite_hotline, day("2026-03-30T09:05"))
    last = sampling.top_up(sqlite_hotline, day("2026-03-31T09:05"))
    assert (len(first), len(last)) == (60, 60)
    assert set(first).isdisjoint(last)
    assert sampling.top_up(sqlite_hotline, day("2026-03-31T10:05")) == []


def test_eight_clocks_draw_each_ticket_once(sqlite_hotline):
    closed_without_a_call(sqlite_hotline, 1)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: sampling.top_up(sqlite_hotline, day("2026-03-31T09:05")), range(8)))
    with sqlite_hotline.store.reading() as session:
        events = session.scalar(sa.select(sa.func.count()).select_from(EventRow).where(EventRow.action == Action.DRAW_FOLLOW_UP))
    assert events == 30


def test_who_is_drawn_is_called_within_three_days(sqlite_hotline):
    closed_without_a_call(sqlite_hotline, 1)
    now = day("2026-03-28T09:05")
    number = sampling.top_up(sqlite_hotline, now)[0]
    with sqlite_hotline.store.reading() as session:
        due = session.scalar(sa.text("SELECT due_at FROM promise p JOIN ticket t ON t.id = p.ticket_id WHERE t.number = :n AND clock = 'callback'"),
                             {"n": number})
    assert due == int((now + timedelta(hours=72)).timestamp() * 1000)
