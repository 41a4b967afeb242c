"""The generated year is whole: everything copied belongs together, and the hard cases are in it."""

import json
from datetime import timedelta
from random import Random

import pytest

from callcenter.storage.codec import to_ms
from tests.year import generate
from tests.year.templates import Template


@pytest.fixture
def ask(year):
    """Ask the year's database a question in SQL."""
    with year[0].store.engine.connect() as connection:
        yield lambda question, *values: list(connection.exec_driver_sql(question, tuple(values)))


def test_every_copied_row_names_rows_that_are_there(ask):
    assert ask("PRAGMA foreign_key_check") == []
    assert ask("SELECT number FROM ticket WHERE merged_into IS NOT NULL AND merged_into NOT IN (SELECT number FROM ticket)") == []
    parents = [json.loads(details)["parent"] for details, in ask("SELECT details FROM ticket WHERE details LIKE '%\"parent\"%'")]
    assert {number for number, in ask("SELECT number FROM ticket")} >= set(parents)


def test_rooms_are_turned_within_their_compound_and_their_words_go_with_them(ask):
    assert ask("SELECT t.number FROM ticket t JOIN room r ON r.id = t.room_id WHERE t.compound <> r.compound OR t.place <> r.text") == []
    assert ask("SELECT number FROM ticket WHERE room_id IS NOT NULL AND details NOT LIKE '%\"room_id\":' || room_id || '%'") == []


def test_acknowledgements_are_about_escalations_of_their_own_ticket(ask):
    assert ask("SELECT p.id FROM promise p WHERE clock = 'escalation_ack' AND NOT EXISTS "
               "(SELECT 1 FROM escalation e WHERE e.ticket_id = p.ticket_id AND CAST(e.id AS TEXT) = p.about)") == []


def test_times_in_records_move_with_the_ticket(ask):
    apart = ask("SELECT saved_at, fields FROM form WHERE code = 'F04' AND fields LIKE '%attempted_at%'")
    assert len(apart) > 100
    assert [at for at, fields in apart if json.loads(fields)["attempted_at"]["$at"] != at] == []


def test_nothing_was_done_after_the_end_of_the_year(year, ask):
    assert ask("SELECT max(done_at) FROM event")[0][0] <= to_ms(year[1].now)


def test_open_and_overdue_matters_stand_at_the_end_of_the_year(year, ask):
    overdue = ask("SELECT count(*) FROM promise p JOIN ticket t ON t.id = p.ticket_id WHERE p.clock = 'completion' AND p.kept_at IS NULL "
                  "AND p.voided_at IS NULL AND p.excused_at IS NULL AND p.due_at < ? AND t.state <> 'merged'", to_ms(year[1].now))
    running = ask("SELECT count(*) FROM promise WHERE clock = 'completion' AND kept_at IS NULL AND voided_at IS NULL AND due_at > ?",
                  to_ms(year[1].now))
    assert overdue[0][0] > 10
    assert running[0][0] > 3


def test_there_are_cases_at_midnight_and_a_millisecond_beside_it(ask):
    """Sixteen o'clock UTC is midnight in Shanghai."""
    times = [(at - 16 * 3_600_000) % 86_400_000 for at, in ask("SELECT due_at FROM promise UNION ALL SELECT kept_at FROM promise WHERE kept_at > 0")]
    assert {0, 1, 86_399_999} <= set(times)


def test_promises_are_kept_exactly_when_due_and_a_millisecond_before_and_after(ask):
    assert {apart for apart, in ask("SELECT DISTINCT kept_at - due_at FROM promise WHERE abs(kept_at - due_at) < 2")} == {-1, 0, 1}


def test_the_night_is_quieter_than_the_day(ask):
    hours = [(at // 3_600_000 + 8) % 24 for at, in ask("SELECT received_at FROM ticket")]
    assert 6 * sum(h == 23 or h < 6 for h in hours) < sum(6 <= h < 23 for h in hours)


def test_the_same_seed_puts_the_same_matters_at_the_same_times():
    first = to_ms(generate.SINCE)
    played = [Template({"matter": [{}]}, n + 1, first, first + 1000 * n, (first + 5,), n % 2 == 0) for n in range(5)]
    one, again, other = (list(generate.placed(played, 200, Random(seed))) for seed in ("a", "a", "b"))
    assert one == again != other
    assert len(one) == 200
    assert timedelta(milliseconds=max(c.shift for c in one)) < timedelta(days=366)
