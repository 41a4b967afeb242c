"""A played matter as rows that can be copied: ids counted from its own first row, times, numbers and people taken out of its texts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from callcenter.storage.codec import Moment
from callcenter.storage.tables import Base

#: the tables a matter's rows are in, in the order they may be written
TABLES = ("matter", "call", "ticket", "promise", "timer", "assignment", "escalation", "form", "event", "message", "phrase_hit")
#: column → the table whose row it names
NAMES = {"matter_id": "matter", "call_id": "call", "ticket_id": "ticket", "promise_id": "promise"}
#: texts in which times, ticket numbers and the numbers of escalations stand
TEXTS = {"ticket": ("details", "merged_into"), "promise": ("about",), "form": ("fields",), "event": ("data",), "message": ("text",),
         "call": ("about_ticket",)}
#: unique texts, made another's by the number of the copy
KEYS = {"call": ("sid",), "event": ("key",), "message": ("key",), "phrase_hit": ("key",)}
#: so many times and numbers are moved in one text; what is remembered of a merge has more, and keeps them all as they were
MOST = 10

_SLOT = re.compile(r'\{"\$at":(?P<at>-?\d+)\}|(?:[A-Z]+-)?[A-Z]+(?P<no>\d{8}-\d{4})|"room_id":(?P<rm>\d+)')


@dataclass(frozen=True, slots=True)
class Template:
    """One played matter (or several that belong together): its rows by table, and the stretch of time it fills."""

    rows: Mapping[str, list[dict[str, Any]]]
    weight: float
    since: int
    until: int
    #: instants that decide something: due times, times kept, completions, closings
    decisive: tuple[int, ...]
    #: still open at its end, so that it may stand at the end of the year as it was left
    is_open: bool
    size: Mapping[str, int] = field(default_factory=dict)

    @property
    def matters(self) -> int:
        return len(self.rows["matter"])


def read(connection: sa.Connection, weight: float, until: int | None = None) -> Template:
    """Everything on the stage as one template; *until*: when the telling of it ended."""
    rows = {name: list(_rows(connection, name)) for name in TABLES}
    times = [v for name in TABLES for row in rows[name] for c in moments(name) if (v := row[c]) is not None and not _ahead(name, c)]
    decisive = {row[c] for row in rows["promise"] for c in ("due_at", "kept_at")}
    decisive |= {row[c] for row in rows["ticket"] for c in ("completed_at", "closed_at")}
    last = max([*times, until or 0])
    return Template(
        rows, weight, min(times), last, tuple(sorted(t for t in decisive if t is not None and t <= last)),
        any(t["state"] not in ("closed", "closed_unsatisfied", "cancelled", "merged") for t in rows["ticket"]),
        {name: max((r["id"] for r in rows[name]), default=0) for name in TABLES})


def moments(name: str) -> list[str]:
    """The columns of a table that hold times."""
    return [c.name for c in Base.metadata.tables[name].columns if isinstance(c.type, Moment)]


def _ahead(name: str, column: str) -> bool:
    """Times that may lie in the future of whoever wrote them: they do not make a matter longer."""
    return column in ("due_at", "first_due_at", "promise_at", "appointment_start", "appointment_end", "next_try_at", "retry_at", "broken_at") \
        or (name in ("timer", "promise") and column in ("armed_from", "started_at"))


def _rows(connection: sa.Connection, name: str) -> Iterator[dict[str, Any]]:
    """The rows of one table as they are kept, without those that belong to no ticket and no call."""
    columns = ", ".join(f'"{c.name}"' for c in Base.metadata.tables[name].columns)
    for row in connection.exec_driver_sql(f'SELECT {columns} FROM "{name}" ORDER BY 1').mappings():
        if name in ("promise", "timer", "event", "message", "form") and row["ticket_id"] is None and row["call_id"] is None:
            continue
        yield dict(row)


def people_renamed(template: Template, turn: int) -> Template:
    """The same matter with other people of the same kind: agent01 is agent01 + *turn*, and so on, everywhere."""
    if not turn:
        return template

    def other(found: re.Match[str]) -> str:
        kind, of = found[1], _GROUPS[found[1]]
        return f"{kind}{(int(found[2]) - 1 + turn) % of + 1:02d}"

    rows = {name: [{k: _PEOPLE.sub(other, v) if isinstance(v, str) else v for k, v in row.items()} for row in table]
            for name, table in template.rows.items()}
    return Template(rows, template.weight, template.since, template.until, template.decisive, template.is_open, template.size)


#: people who may stand for one another: so many of each
_GROUPS = {"agent": 8, "plumber": 3, "electrician": 3, "lowvolt": 2, "handyman": 3}
_PEOPLE = re.compile(rf"\b({'|'.join(_GROUPS)})(0\d)\b")


def pieces(text: str | None, numbers: Mapping[str, int], *, escalation: bool = False) -> tuple[list[str | None], list[tuple[str, int]]]:
    """A text cut at what a copy changes: the pieces, and between them ("at", milliseconds), ("no", ticket), ("rm", room) or ("up", escalation)."""
    if text is None:
        return [None], []
    if escalation:
        return ["", ""], [("up", int(text))]
    cut: list[str | None] = []
    slots: list[tuple[str, int]] = []
    end = 0
    for found in _SLOT.finditer(text):
        kind = str(found.lastgroup)
        value = numbers.get(found[0]) if kind == "no" else int(found[kind])
        if value is not None:
            cut.append(text[end:found.start(kind)])
            slots.append((kind, value))
            end = found.end(kind)
    return ([*cut, text[end:]], slots) if len(slots) <= MOST else ([text], [])
