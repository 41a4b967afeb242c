"""What a year has beside its matters: reports due, the agents' time, corrective actions, surveys on paper."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from callcenter.storage.action_tables import ActionRow
from callcenter.storage.tables import Base, CallRow
from callcenter.storage.telephone_tables import AgentSpanRow

HOUR, MS = timedelta(hours=1), timedelta(milliseconds=1)
MONTHS = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]
#: the turns of one agent's day, in order, in minutes; between them they are at the telephone
DAY = (("available", 40), ("talking", 7), ("wrap_up", 2), ("available", 55), ("offered", 1), ("talking", 11), ("break", 15), ("available", 90),
       ("missed", 1), ("available", 30), ("meal", 30), ("available", 60), ("meeting", 20), ("talking", 25), ("available", 45), ("offline", 600))


def furnish(connection: sa.Connection, since: datetime, until: datetime, seed: int) -> dict[str, int]:
    """Write all of it for a year; how many rows of each."""
    return {"period": reports(connection, since, until, Random(f"{seed} reports")) + surveys(connection, since),
            "agent_span": spans(connection, since, until), "corrective_action": actions(connection, since, until, Random(f"{seed} actions"))}


def reports(connection: sa.Connection, since: datetime, until: datetime, some: Random) -> int:
    """Every day, week and month of the year as a report due: confirmed in time, at the last millisecond, late, or not at all (C25–C27)."""
    spans = [("daily_close", f"{since + timedelta(days=n, hours=8):%Y-%m-%d}", n, n + 1, 9) for n in range(365)]
    spans += [("weekly_report", f"2026-W{w + 1:02d}", 7 * w - 3, 7 * w + 4, 12) for w in range(52)]
    spans += [("monthly_report", f"2026-{m + 1:02d}", MONTHS[m], MONTHS[m + 1], 48 + 18) for m in range(12)]
    periods, promises = Base.metadata.tables["period"], Base.metadata.tables["promise"]
    first = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(periods.c.id), 0))) or 0
    written: list[dict[str, Any]] = []
    promised: list[dict[str, Any]] = []
    for kind, key, begin, after, hours in spans:
        start, end = since + timedelta(days=begin), since + timedelta(days=after)
        if end > until:
            continue
        due, id_ = end + hours * HOUR, first + len(written) + 1
        late = some.choice([-1, 0, 1, 3_600_000, *(-some.randrange(1, 9 * 3_600_000) for _ in range(8))])
        at = due + late * MS if some.random() < .95 else None
        at = None if at is None or at > until else at
        written.append(_period(id_, kind, key, start, end, at, at and "lead01", {}))
        promised.append({"period_id": id_, "clock": kind, "about": "", "cycle": 1, "started_at": end, "due_at": due, "first_due_at": due,
                         "kept_at": at, "paused_ms": 0})
    connection.execute(sa.insert(periods), written)
    connection.execute(sa.insert(promises), promised)
    return len(written)


def _period(id_: int, kind: str, key: str, start: datetime, end: datetime, at: datetime | None, by: str | None, content: dict[str, Any],
            compound: str = "") -> dict[str, Any]:
    return {"id": id_, "kind": kind, "key": key, "compound": compound, "since_at": start, "until_at": end, "opened_at": end if not content else start,
            "confirmed_at": at, "confirmed_by": by, "content": content, "chain_seq": 0, "chain_head": ""}


def surveys(connection: sa.Connection, since: datetime) -> int:
    """Two half-years asked on paper; the sheets were counted by hand."""
    periods = Base.metadata.tables["period"]
    first = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(periods.c.id), 0))) or 0
    halves = [("2026H1", 0, 181, {"issued": 1300, "returned": 1105, "satisfied": 1090}), ("2026H2", 181, 365, {"issued": 1310, "returned": 990,
                                                                                                            "satisfied": 951})]
    connection.execute(sa.insert(periods), [
        _period(first + n, "survey", key, *(since + timedelta(days=d) for d in (begin, end, end - 9)), "supervisor01", held)
        for n, (key, begin, end, held) in enumerate(halves, 1)])
    return len(halves)


def actions(connection: sa.Connection, since: datetime, until: datetime, some: Random) -> int:
    """Sixty corrective actions: cleared in time, at the due instant, a millisecond late, after it was put off, or not at all (F16)."""
    written = []
    for n in range(60):
        due = since + timedelta(days=6 * n + 5) + some.randrange(86_400_000) * MS
        late = some.choice([0, 1, -1, 86_400_000, *(-some.randrange(1, 86_400_000) for _ in range(4))])
        cleared = None if n % 10 == 9 or due + late * MS > until else due + late * MS
        written.append({
            "number": f"ZG2026-{n:04d}", "source": "meeting", "category": "service", "compound": some.choice(["QH", "WTL", None]), "problem": "整改",
            "department": some.choice(["engineering", "order"]), "supporting": [], "due_at": due + timedelta(days=3 * (n % 3 == 0)),
            "first_due_at": due, "measure": "", "progress": "", "state": "cleared" if cleared else "open", "round": 1, "origin": "none",
            "origin_key": "", "created_by": "supervisor01", "created_at": due - timedelta(days=5), "check_result": "", "cleared_at": cleared,
            "first_cleared_at": cleared, "recheck_note": "", "told_step": 0})
    connection.execute(sa.insert(ActionRow), written)
    return len(written)


def spans(connection: sa.Connection, since: datetime, until: datetime) -> int:
    """Two agents' days, second by second, and after-call work of every third answered call."""
    written = list(_days(since, until))
    for id_, user, end in connection.execute(sa.select(CallRow.id, CallRow.answered_by, CallRow.ended_at).where(
            CallRow.id % 3 == 0, CallRow.answered_by.is_not(None), CallRow.ended_at.is_not(None), CallRow.ended_at < until).order_by(CallRow.id)):
        written.append({"user_name": user, "state": "wrap_up", "reason": "", "call_id": id_, "since_at": end,
                        "until_at": end + (id_ % 97 * 1000 + 7) * MS})
    connection.execute(sa.insert(AgentSpanRow), written)
    return len(written)


def _days(since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """A stretch ends where the next begins; the day before the year and the last one reach over its edges."""
    for user, hour in (("agent06", 8), ("agent08", 16)):
        at, turn = since - timedelta(days=1) + hour * HOUR, 0
        while at < until:
            state, minutes = DAY[turn % len(DAY)]
            after = at + timedelta(minutes=minutes, milliseconds=turn % 7)
            yield {"user_name": user, "state": state, "reason": "", "call_id": None, "since_at": at, "until_at": after if after < until else None}
            at, turn = after, turn + 1
