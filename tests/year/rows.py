"""The raw rows of a hotline as the recount reads them: plain values, times in milliseconds, nothing judged."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

#: what is read of each table, and no more
READ = {
    "ticket": "id, number, matter_id, type, state, category, compound, room_id, place, received_at, registered_at, first_responder, registrar, "
              "owner, accused, cycle, completed_at, closed_at, evidence, signed, callback_needed, details, call_id",
    "promise": "id, ticket_id, call_id, clock, about, cycle, started_at, due_at, first_due_at, kept_at, excused_at, voided_at, broken_at, paused_at, "
               "paused_ms",
    "form": "id, ticket_id, call_id, code, saved_at, saved_by, fields",
    "assignment": "id, ticket_id, cycle, assigned_to, team, assigned_at, accepted_at, arrived_at, completed_at, voided_at",
    "escalation": "id, ticket_id, level, triggered_by, escalated_at, acknowledged_at",
    "event": "ticket_id, action, done_by, done_at, state_before, state_after",
    "call": "id, sid, direction, ring_started_at, answered_at, ended_at, disposition, phone_key, emergency",
    "matter": "id, received_at, postponements, repeat_contacts, dissatisfied_rounds",
    "agent_span": "user_name, state, call_id, since_at, until_at",
    "phrase_hit": "id, hit_at", "corrective_action": "id, number, first_due_at, cleared_at",
    "period": "id, kind, since_at, until_at, confirmed_at, content"}
#: rungs of ladders are no acts
ORDER = {"event": "ticket_id, seq", "agent_span": "since_at"}
WHERE = {"event": "substr(action, 1, 6) <> 'timer:' AND ticket_id IS NOT NULL"}


@dataclass(frozen=True, slots=True)
class Rows:
    """All that is counted, by ticket where it belongs to one."""

    now: int
    ticket: dict[int, sa.Row[Any]]
    matter: dict[int, sa.Row[Any]]
    call: list[sa.Row[Any]]
    promise: dict[int, list[sa.Row[Any]]]
    form: dict[int, list[tuple[str, int, str, dict[str, Any]]]]
    assignment: dict[int, list[sa.Row[Any]]]
    escalation: dict[int, list[sa.Row[Any]]]
    event: dict[int, list[sa.Row[Any]]]
    periods: list[tuple[sa.Row[Any], sa.Row[Any]]]
    households: int
    #: person → trades, and until when which certificate holds
    person: dict[str, tuple[list[str], dict[str, int]]]
    #: turns of the roster: who, from when, until when
    duty: list[tuple[str, list[str], int, int]]
    #: who was told that a ticket is done
    told: dict[int, set[str]]
    #: stretches of the agents' time, forbidden phrases, corrective actions, surveys that were finished
    span: list[sa.Row[Any]]
    phrase: list[sa.Row[Any]]
    action: list[sa.Row[Any]]
    surveys: list[sa.Row[Any]]
    #: room → building
    building: dict[int, str]
    #: ticket → what acts did to the time promised for its completion, as the ledger tells: when, what, the new time
    moved: dict[int, list[tuple[int, str, int | None]]]
    #: matter → its tickets in the order of their registration
    of_matter: dict[int, list[sa.Row[Any]]]

    def leads(self, ticket: sa.Row[Any]) -> bool:
        """The first of its matter that counts."""
        return next(t for t in self.of_matter[ticket.matter_id] if t.state not in ("cancelled", "merged")) == ticket

    def later(self, ticket: sa.Row[Any]) -> bool:
        """Registered when the matter had a ticket already, which had been closed or withdrawn."""
        return next((t for t in self.of_matter[ticket.matter_id] if t.state != "merged"), ticket) != ticket

    def anew(self, ticket: sa.Row[Any]) -> bool:
        """The matter was registered again afterwards."""
        return any(t.id > ticket.id and t.state not in ("cancelled", "merged") for t in self.of_matter[ticket.matter_id])

    @staticmethod
    def said(text: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(text)
        return found

    def counted(self, *types: str) -> Iterator[sa.Row[Any]]:
        """The tickets that count at all (cancelled and merged ones do not), of these types or of every type."""
        return (t for t in self.ticket.values() if t.state not in ("cancelled", "merged") and (not types or t.type in types))

    def promises(self, ticket: int, *clocks: str) -> list[sa.Row[Any]]:
        return [p for p in self.promise.get(ticket, ()) if p.clock in clocks]

    def forms(self, ticket: int, code: str) -> list[tuple[str, int, str, dict[str, Any]]]:
        return [f for f in self.form.get(ticket, ()) if f[0] == code]

    def acts(self, ticket: int, *actions: str) -> list[sa.Row[Any]]:
        return [e for e in self.event.get(ticket, ()) if e.action in actions]


def read(connection: sa.Connection, now: int) -> Rows:
    """Everything there is, once."""
    found = {name: list(connection.exec_driver_sql(
        f'SELECT {columns} FROM "{name}" WHERE {WHERE.get(name, "1 = 1")} ORDER BY {ORDER.get(name, "id")}'))
        for name, columns in READ.items()}
    # a shop is no household
    homes = "SELECT text FROM room WHERE handed_over_at IS NOT NULL AND valid_to IS NULL"
    households = sum("商铺" not in text for text in connection.exec_driver_sql(homes).scalars())
    building: dict[int, str] = {room.id: room.building for room in connection.exec_driver_sql("SELECT id, building FROM room")}
    of_period = {p.id: p for p in found["period"]}
    reports = connection.exec_driver_sql(
        "SELECT period_id, due_at, kept_at, voided_at FROM promise WHERE clock IN ('daily_close', 'weekly_report', 'monthly_report') ORDER BY id")
    told: dict[int, set[str]] = defaultdict(set)
    for ticket, person in connection.exec_driver_sql("SELECT ticket_id, recipient FROM message WHERE notice = 'completed'"):
        told[ticket].add(person)
    person = {user: (json.loads(trades), {name: until["$at"] for name, until in json.loads(certificates).items()}) for user, trades, certificates
              in connection.exec_driver_sql("SELECT user_name, trades, certificates FROM person")}
    duty = [(user, json.loads(roles), start, end) for user, roles, start, end in connection.exec_driver_sql(
        "SELECT user_name, roles, start_at, end_at FROM duty ORDER BY start_at")]
    touched = connection.exec_driver_sql(
        """SELECT ticket_id, done_at, data FROM event WHERE data LIKE '%"clock":"completion","does":"move"%'
           OR data LIKE '%"clock":"completion","does":"pause"%' OR data LIKE '%"clock":"completion","does":"resume"%' ORDER BY ticket_id, seq""")
    moved: dict[int, list[tuple[int, str, int | None]]] = defaultdict(list)
    for ticket, at, data in touched:
        moved[ticket] += [(at, p["does"], (p["due_at"] or {}).get("$at")) for p in json.loads(data)["promises"] if p["clock"] == "completion"]
    return Rows(
        now, {t.id: t for t in found["ticket"]}, {m.id: m for m in found["matter"]}, found["call"], _by_ticket(found["promise"]),
        _forms(found["form"]), _by_ticket(found["assignment"]), _by_ticket(found["escalation"]), _by_ticket(found["event"]),
        [(of_period[r.period_id], r) for r in reports], households, person, duty, told, found["agent_span"], found["phrase_hit"],
        found["corrective_action"], [p for p in found["period"] if p.kind == "survey" and p.confirmed_at is not None], building, moved,
        _by_matter(found["ticket"]))


def _by_matter(tickets: list[sa.Row[Any]]) -> dict[int, list[sa.Row[Any]]]:
    by: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for ticket in tickets:
        by[ticket.matter_id].append(ticket)
    return by


def _by_ticket(rows: list[sa.Row[Any]]) -> dict[int, list[sa.Row[Any]]]:
    by: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in rows:
        if row.ticket_id is not None:
            by[row.ticket_id].append(row)
    return by


def _forms(rows: list[sa.Row[Any]]) -> dict[int, list[tuple[str, int, str, dict[str, Any]]]]:
    by: dict[int, list[tuple[str, int, str, dict[str, Any]]]] = defaultdict(list)
    for row in rows:
        if row.ticket_id is not None:
            by[row.ticket_id].append((row.code, row.saved_at, row.saved_by, json.loads(row.fields)))
    return by
