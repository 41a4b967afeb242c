"""The figures of the telephone counted a second time, from raw rows: every inbound call, every stretch of an agent's time."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from tests.year.recount import DAY, EXCLUDED, HIT, MISS, Case, figure, of_period
from tests.year.rows import Rows

#: what is settled this long after the call is settled on it: the time there is to write it down (C03)
WRITTEN_DOWN = 120_000


def _offered(rows: Rows) -> Iterator[tuple[sa.Row[Any], bool, int]]:
    """Inbound calls that are decided: the call, whether it was answered, and how long it rang."""
    for call in rows.call:
        end = call.answered_at if call.answered_at is not None else call.ended_at
        if call.direction == "inbound" and end is not None:
            yield call, call.answered_at is not None, end - call.ring_started_at


@figure("K01")
def within_three_rings(rows: Rows) -> Iterator[Case]:
    """Inbound calls answered with ring ≤ 15 s, of inbound calls offered − abandoned < 5 s, which are set apart."""
    for call, answered, rang in _offered(rows):
        short = not answered and rang < 5000
        yield Case(call.ring_started_at, EXCLUDED if short else HIT if answered and rang <= 15_000 else MISS, call.id)


@figure("K02")
def connected(rows: Rows) -> Iterator[Case]:
    """Answered, of offered − abandoned < 5 s, which are set apart."""
    for call, answered, rang in _offered(rows):
        short = not answered and rang < 5000
        yield Case(call.ring_started_at, EXCLUDED if short else HIT if answered else MISS, call.id)


@figure("K03")
def abandoned(rows: Rows) -> Iterator[Case]:
    """Abandoned ≥ 5 s, of offered."""
    for call, answered, rang in _offered(rows):
        yield Case(call.ring_started_at, HIT if not answered and rang >= 5000 else MISS, call.id)


@figure("K01b")
def lenient(rows: Rows) -> Iterator[Case]:
    """Answered or given up within 15 s, of answered and given up."""
    for call, _, rang in _offered(rows):
        yield Case(call.ring_started_at, HIT if rang <= 15_000 else MISS, call.id)


def _settled(call: sa.Row[Any], tickets: list[sa.Row[Any]]) -> bool:
    if not tickets:
        return bool(call.disposition)
    return all(t.completed_at is not None and t.completed_at <= call.ended_at + WRITTEN_DOWN for t in tickets)


@figure("K28")
def solved_at_first_contact(rows: Rows) -> Iterator[Case]:
    """Contacts solved at first contact, no repeat in 7 d, of contacts − emergencies; not known before the seven days are over."""
    tickets, rings = defaultdict(list), defaultdict(list)
    for ticket in rows.ticket.values():
        tickets[ticket.call_id].append(ticket)
    for call in rows.call:
        if call.direction == "inbound" and call.phone_key:
            rings[call.phone_key].append(call.ring_started_at)
    for call, answered, _ in _offered(rows):
        if answered and call.ended_at is not None:
            own = tickets[call.id]
            again = any(call.ring_started_at < at <= call.ended_at + 7 * DAY for at in rings.get(call.phone_key, ()))
            if call.emergency or any(t.type in ("urgent_repair", "emergency_referral") for t in own):
                yield Case(call.ring_started_at, EXCLUDED, call.id)
            elif again or not _settled(call, own):
                yield Case(call.ring_started_at, MISS, call.id)
            elif rows.now > call.ended_at + 7 * DAY:
                yield Case(call.ring_started_at, HIT, call.id)


@figure("K29")
def time_to_answer(rows: Rows) -> Iterator[Case]:
    """Σ wait, of answered calls."""
    for call, answered, rang in _offered(rows):
        if answered:
            yield Case(call.ring_started_at, HIT, call.id, rang)


@figure("K29b")
def time_of_handling(rows: Rows) -> Iterator[Case]:
    """Σ talk + hold + after-call work, of answered calls that are over."""
    after: dict[int, int] = defaultdict(int)
    for span in rows.span:
        if span.state == "wrap_up" and span.call_id is not None:
            after[span.call_id] += (span.until_at or rows.now) - span.since_at
    for call, answered, _ in _offered(rows):
        if answered and call.ended_at is not None:
            yield Case(call.ring_started_at, HIT, call.id, call.ended_at - call.answered_at + after[call.id])


def _share_of_time(rows: Rows, since: int, until: int, part: tuple[str, ...], whole: tuple[str, ...]) -> Iterator[Case]:
    """Stretches cut to the period, the longer the heavier."""
    for span in rows.span:
        start, end = max(span.since_at, since), min(span.until_at or until, until)
        if start < end and span.state in whole:
            yield Case(start, HIT if span.state in part else MISS, 0, end - start)


@of_period("occupancy")
def busy(rows: Rows, since: int, until: int) -> Iterator[Case]:
    """Ringing, talking, after-call work, of all time at the telephone."""
    served = ("offered", "talking", "wrap_up")
    return _share_of_time(rows, since, until, served, (*served, "available"))


@of_period("utilization")
def talking(rows: Rows, since: int, until: int) -> Iterator[Case]:
    """Talking, of all time signed in."""
    signed_in = ("available", "offered", "talking", "wrap_up", "break", "meal", "training", "meeting", "missed")
    return _share_of_time(rows, since, until, ("talking",), signed_in)
