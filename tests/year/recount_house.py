"""What the house as a whole is counted by, a second time, from raw rows: reports, surveys, actions, hours, services, faults, stock."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from tests.year.recount import CATEGORIES, DAY, HIT, HOUR, MISS, REPAIRS, Case, child, figure, of_period
from tests.year.rows import Rows

ENDED = ("closed", "closed_unsatisfied", "cancelled", "merged")


@figure("K32")
def reports_in_time(rows: Rows) -> Iterator[Case]:
    """Reports confirmed in C25, C26, C27, of reports due."""
    for _, promise in rows.periods:
        if promise.kept_at is not None and promise.kept_at <= promise.due_at:
            yield Case(promise.kept_at, HIT, 0)
        elif (promise.kept_at or rows.now) > promise.due_at:
            yield Case(promise.due_at, MISS, 0)


@figure("K33")
def somebody_is_there(rows: Rows) -> Iterator[Case]:
    """Hours with at least one plumber or electrician and at least one agent on duty, of hours."""
    first, last = min(start for _, _, start, _ in rows.duty), rows.now
    covered = [[False] * ((last - first) // HOUR + 1) for _ in range(2)]
    for user, roles, start, end in rows.duty:
        trades = rows.person[user][0]
        kinds = [0] * ("agent" in roles) + [1] * bool({"plumber", "electrician"} & set(trades))
        for hour in range(-(-(start - first) // HOUR), min((end - first) // HOUR, len(covered[0]))):
            for kind in kinds:
                covered[kind][hour] = True
    for hour in range(len(covered[0]) - 1):
        yield Case(first + hour * HOUR, HIT if covered[0][hour] and covered[1][hour] else MISS, 0)


@figure("K31")
def cleared_in_time(rows: Rows) -> Iterator[Case]:
    """F16 cleared on time, of F16 due: by the first due time, whatever was agreed later."""
    for action in rows.action:
        if (action.cleared_at or rows.now) > action.first_due_at or action.cleared_at is not None:
            in_time = action.cleared_at is not None and action.cleared_at <= action.first_due_at
            yield Case(action.first_due_at, HIT if in_time else MISS, 0)


@figure("K35")
def forbidden_phrases(rows: Rows) -> Iterator[Case]:
    """Lint hits; no call of the year was reviewed."""
    return (Case(hit.hit_at, HIT, 0) for hit in rows.phrase)


@figure("K30")
def surveys_finished(rows: Rows) -> Iterator[Case]:
    """Surveys finished per half-year."""
    return (Case(survey.confirmed_at, HIT, 0) for survey in rows.surveys)


@figure("K17")
def content_on_the_whole(rows: Rows) -> Iterator[Case]:
    """Survey sheets satisfied or fairly satisfied, of returned valid sheets."""
    return _sheets(rows, "satisfied", "returned")


@figure("K30c")
def sheets_returned(rows: Rows) -> Iterator[Case]:
    """Sheets returned, of sheets issued."""
    return _sheets(rows, "returned", "issued")


def _sheets(rows: Rows, part: str, whole: str) -> Iterator[Case]:
    for survey in rows.surveys:
        counted = rows.said(survey.content)
        yield Case(survey.confirmed_at, HIT, 0, counted[part])
        yield Case(survey.confirmed_at, MISS, 0, counted[whole] - counted[part])


@of_period("K27")
def on_offer(rows: Rows, since: int, until: int) -> Iterator[Case]:
    """Active published items."""
    return (Case(until - 1, HIT, 0) for c in CATEGORIES["category"].values() if c["type"] == "special_service" and not c.get("retired"))


@of_period("K27b")
def priced(rows: Rows, since: int, until: int) -> Iterator[Case]:
    """Items with a price, of active items."""
    return (Case(until - 1, HIT if c.get("price") is not None else MISS, 0) for c in CATEGORIES["category"].values()
            if c["type"] == "special_service" and not c.get("retired"))


@of_period("K36")
def the_same_again(rows: Rows, since: int, until: int) -> Iterator[Case]:
    """At least three tickets of the same part and building in 7 d; threesomes that share a ticket are one. As was known at the end."""
    alike: dict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for ticket in rows.counted(*REPAIRS, "complaint_quality"):
        if ticket.category and ticket.received_at < until and not child(rows, ticket.id):
            where = rows.building[ticket.room_id] + "栋" if ticket.room_id else ticket.place
            alike[ticket.compound, where, ticket.category].append(ticket.received_at)
    for times in alike.values():
        times.sort()
        threes = [n for n in range(len(times) - 2) if times[n + 2] - times[n] <= 7 * DAY]
        last = [n for n, after in pairwise([*threes, 10 ** 9]) if after > n + 2]
        yield from (Case(times[n + 2], HIT, 0) for n in last if times[n + 2] >= since)


def _open(rows: Rows, until: int) -> Iterator[tuple[int, int]]:
    """Tickets open at that instant, by the last act on each before it, whatever became of them since; and how long the promise is overdue."""
    for ticket in rows.ticket.values():
        after = [e.state_after for e in rows.event[ticket.id] if e.state_after and e.done_at < until]
        if ticket.received_at < until and not (after and after[-1] in ENDED):
            late = [until - due for p in rows.promises(ticket.id, "completion") if p.started_at < until
                    and all(end is None or end >= until for end in (p.kept_at, p.voided_at, p.excused_at))
                    for due, resting in [due_then(rows, ticket.id, p, until)] if due < until and (until if resting is None else resting) > due]
            yield ticket.id, max(late, default=-1)


def due_then(rows: Rows, ticket: int, promise: sa.Row[Any], until: int) -> tuple[int, int | None]:
    """When a completion was due as things stood just before *until*, by the acts that moved it, and since when it rested."""
    due, resting = promise.first_due_at, None
    over = min((at for at in (promise.kept_at, promise.voided_at, promise.excused_at) if at is not None), default=until)
    for at, does, to in rows.moved.get(ticket, ()):
        if not promise.started_at <= at < until or at > over:
            continue
        if does == "move" and to is not None:
            due = to
        elif does == "pause":
            resting = at
        elif does == "resume" and resting is not None:
            due, resting = due + at - resting, None
    return due, resting


@of_period("K40")
def in_stock(rows: Rows, since: int, until: int) -> Iterator[Case]:
    """Open tickets."""
    return (Case(until - 1, HIT, ticket) for ticket, _ in _open(rows, until))


def _overdue(rows: Rows, since: int, until: int, least: int, less: int) -> Iterator[Case]:
    """Open tickets overdue by age band."""
    return (Case(until - 1, HIT if least <= late < less else MISS, ticket) for ticket, late in _open(rows, until))


for band, (least, less) in {"K40a": (0, 1), "K40b": (1, 2), "K40c": (2, 7), "K40d": (7, 10_000)}.items():
    of_period(band)(partial(_overdue, least=least * DAY, less=less * DAY))
