"""Triggers for what must never break, also under raw SQL: written once, in both databases' words."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

#: tables to which rows are only ever added
APPEND_ONLY = ("attachment", "resident_link",
               "quality_link", "qa_review", "qa_comment", "phrase_hit", "event", "form", "timer_fire", "call_event", "access_log", "machine_talk",
               "report_signed", "report_correction")
#: tables whose rows may change but never go
NEVER_DELETED = ("door", "site", "corrective_action", "quality_feedback", "ticket", "person", "person_leave", "room", "place", "customer",
                 "desk_macro", "survey", "survey_sheet", "survey_answer", "register_entry")


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses an UPDATE of a table whenever `when` (in terms of OLD and NEW) holds."""

    name: str
    table: str
    when: str
    said: str


FIXED = (
    Guard("first_responder_never_changes", "ticket", "NEW.first_responder <> OLD.first_responder", "the first responder never changes"),
    Guard("registration_never_changes", "ticket", "NEW.registered_at <> OLD.registered_at OR NEW.received_at > OLD.received_at "
          "OR NEW.number <> OLD.number OR NEW.registrar <> OLD.registrar", "the time of receipt and registration never change"),
    Guard("one_answer_per_call", "call", "OLD.answered_by IS NOT NULL AND (NEW.answered_by IS NULL OR NEW.answered_by <> OLD.answered_by)",
          "a call is answered once"),
    Guard("an_offer_is_settled_once", "offer", "OLD.state <> 'pending' AND NEW.state <> OLD.state", "an offer is settled once"),
    Guard("time_is_not_rewritten", "agent_span", "NEW.since_at <> OLD.since_at OR NEW.user_name <> OLD.user_name OR NEW.state <> OLD.state "
          "OR (OLD.until_at IS NOT NULL AND (NEW.until_at IS NULL OR NEW.until_at <> OLD.until_at))", "time is not rewritten"),
    Guard("confirmed_once", "period", "OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at IS NULL OR NEW.confirmed_at <> OLD.confirmed_at "
          "OR NEW.confirmed_by <> OLD.confirmed_by)", "a report is confirmed once"),
    Guard("an_action_keeps_its_first_due", "corrective_action", "NEW.first_due_at <> OLD.first_due_at OR NEW.number <> OLD.number "
          "OR NEW.created_by <> OLD.created_by OR NEW.created_at <> OLD.created_at OR NEW.round < OLD.round",
          "number, first due time and opening of an action never change"),
    Guard("a_survey_is_closed_once", "survey", "(OLD.closed_at IS NOT NULL AND (NEW.closed_at IS NULL OR NEW.closed_at <> OLD.closed_at "
          "OR NEW.results <> OLD.results)) OR (OLD.published_at IS NOT NULL AND (NEW.published_at IS NULL "
          "OR NEW.published_at <> OLD.published_at))", "a survey is closed and published once"),
    Guard("a_sheet_keeps_its_household", "survey_sheet", "NEW.survey_id <> OLD.survey_id OR NEW.building <> OLD.building "
          "OR NEW.issued_at <> OLD.issued_at OR (NEW.room_id IS NOT NULL AND (OLD.room_id IS NULL OR NEW.room_id <> OLD.room_id))",
          "a sheet is never given to another household"),
    Guard("an_answer_is_not_rewritten", "survey_answer", "NEW.sheet_id <> OLD.sheet_id OR NEW.version <> OLD.version "
          "OR NEW.answers <> OLD.answers OR NEW.answered_at <> OLD.answered_at OR (NEW.opinion <> OLD.opinion AND NEW.opinion <> '')",
          "an answer is not rewritten"),
    Guard("first_promise_stays", "promise", "NEW.first_due_at <> OLD.first_due_at OR NEW.started_at <> OLD.started_at",
          "the first promise is never rewritten"),
)


def statements(dialect: str, tables: Collection[str] | None = None) -> Iterator[str]:
    """The CREATE statements for *dialect* ("sqlite" or "postgresql"): of every table, or of *tables* alone."""
    meant = tables if tables is not None else {g.table for g in FIXED} | {*APPEND_ONLY, *NEVER_DELETED}
    for guard in FIXED:
        if guard.table in meant:
            yield from _update(dialect, guard)
    for table in APPEND_ONLY:
        if table in meant:
            for verb in ("UPDATE", "DELETE"):
                yield from _never(dialect, table, verb)
    for table in NEVER_DELETED:
        if table in meant:
            yield from _never(dialect, table, "DELETE")


def install(connection: sa.Connection, tables: Collection[str] | None = None) -> None:
    """Create every trigger on *connection*; a migration names the *tables* it makes."""
    for statement in statements(connection.dialect.name, tables):
        connection.exec_driver_sql(statement)


def _update(dialect: str, guard: Guard) -> Iterator[str]:
    if dialect == "sqlite":
        yield (f'CREATE TRIGGER {guard.name} BEFORE UPDATE ON "{guard.table}" WHEN {guard.when} '
               f"BEGIN SELECT RAISE(ABORT, '{guard.said}'); END")
    else:
        yield _function(guard.name, guard.said)
        yield (f'CREATE TRIGGER {guard.name} BEFORE UPDATE ON "{guard.table}" FOR EACH ROW WHEN ({guard.when}) '
               f"EXECUTE FUNCTION {guard.name}()")


def _never(dialect: str, table: str, verb: str) -> Iterator[str]:
    name = f"{table}_no_{verb.lower()}"
    said = f"{table}: rows are never {'changed' if verb == 'UPDATE' else 'deleted'}"
    if dialect == "sqlite":
        yield f"CREATE TRIGGER {name} BEFORE {verb} ON \"{table}\" BEGIN SELECT RAISE(ABORT, '{said}'); END"
    else:
        yield _function(name, said)
        yield f'CREATE TRIGGER {name} BEFORE {verb} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {name}()'


def _function(name: str, said: str) -> str:
    return (f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation'; END $$")
