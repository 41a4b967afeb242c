"""The roster by weeks: turns that fit, hours that lack somebody, and readers who notice every change."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain import roster
from callcenter.domain.registers import LEAVE, TURN, Register
from callcenter.domain.roster import Away, Gap, Need, Turn
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Role, Trade
from callcenter.services.hotline import Hotline
from callcenter.services.registers import entries
from callcenter.services.registers import staff as registers_people
from callcenter.services.registers.typed import read
from callcenter.services.rosters import weeks
from callcenter.storage import facts, ledger
from callcenter.storage.tables import DutyRow
from tests.hotlines import NINE

MONDAY = date(2026, 3, 16)
START = weeks.midnight(MONDAY)
HOUR = timedelta(hours=1)


def turn(**typed: str) -> dict[str, object]:
    return read(TURN, {"user": "plumber03", "role": "维修工", "date": "2026-04-20", "start": "08:00", "end": "20:00", **typed})


def who(hotline: Hotline, user: str) -> Person:
    with hotline.store.reading() as session:
        return facts.people(session)[user]


def refusal(deed, *given) -> str:
    with pytest.raises(Refused) as refused:
        deed(*given)
    return refused.value.code


def week(hotline: Hotline, first: date = MONDAY) -> weeks.Week:
    with hotline.store.reading() as session:
        return weeks.week(session, hotline.rulebook.policy, first, NINE)


def turns_of(hotline: Hotline, user: str, first: date) -> list[Turn]:
    return [t for person, days in week(hotline, first).rows for turns in days for t in turns if person.user == user]


def on_duty(hotline: Hotline, user: str, at: datetime) -> bool:
    with hotline.store.reading() as session:
        return facts.staff(session, at).on_duty(user)


def test_the_demo_company_lacks_nobody_at_any_hour(hotline: Hotline) -> None:
    found = week(hotline)
    assert (found.gaps, len(found.days), len(found.rows)) == ([], 7, len({p.user for p, _ in found.rows}))


def test_a_turn_added_moved_and_removed_is_noticed_by_the_rules_at_once(hotline: Hotline) -> None:
    lead, at = who(hotline, "lead01"), datetime(2026, 4, 20, 1, tzinfo=UTC)
    assert not on_duty(hotline, "plumber03", at)
    weeks.add(hotline, lead, turn(), NINE)
    assert on_duty(hotline, "plumber03", at)
    added = turns_of(hotline, "plumber03", date(2026, 4, 20))[0]
    weeks.move(hotline, lead, added.id, added.start, "plumber02", NINE)
    assert (on_duty(hotline, "plumber03", at), on_duty(hotline, "plumber02", at)) == (False, True)
    moved = turns_of(hotline, "plumber02", date(2026, 4, 20))[0]
    weeks.remove(hotline, lead, moved.id, NINE)
    weeks.add(hotline, lead, turn(user="plumber01"), NINE)
    assert (on_duty(hotline, "plumber02", at), on_duty(hotline, "plumber01", at)) == (False, True)
    with hotline.store.reading() as session:
        kept = entries.history(session, Register.ROSTER, "2026-W17", lead.roles)
        assert [k.what for k in kept] == ["turn_added", "turn_removed", "turn_moved", "turn_added"]
        assert list(ledger.faults(session)) == []


def test_a_running_turn_ends_now_and_a_past_one_stays_as_it_was(hotline: Hotline) -> None:
    admin = who(hotline, "admin01")
    running = next(t for t in turns_of(hotline, "supervisor01", date(2026, 3, 9)) if t.start < NINE < t.end)
    assert refusal(weeks.move, hotline, admin, running.id, NINE + HOUR, "supervisor01", NINE) == "shift_over"
    weeks.remove(hotline, admin, running.id, NINE)
    assert [t.end for t in turns_of(hotline, "supervisor01", date(2026, 3, 9)) if t.start == running.start] == [NINE]
    past = next(t for t in turns_of(hotline, "supervisor01", date(2026, 3, 9)) if t.end <= NINE)
    assert refusal(weeks.remove, hotline, admin, past.id, NINE) == "shift_over"


@pytest.mark.parametrize(("by", "typed", "code"), [
    ("agent01", {}, "not_allowed"), ("plumber01", {}, "not_allowed"),
    ("engineering01", {"user": "agent01", "role": "坐席"}, "not_allowed"),
    ("lead01", {"user": "nobody"}, "unknown_person"),
    ("lead01", {"date": "2026-03-09", "start": "08:00", "end": "20:00"}, "shift_over"),
    ("lead01", {"user": "plumber01", "date": "2026-03-16", "start": "19:00", "end": "21:00"}, "shift_overlaps"),
    ("lead01", {"role": "项目经理"}, "role_not_theirs"),
    ("supervisor01", {"user": "supervisor01", "role": "项目经理"}, "role_not_theirs"),
    ("supervisor01", {"role": "系统管理员"}, "role_not_theirs"),
])
def test_a_turn_that_does_not_fit_is_refused(sqlite_hotline: Hotline, by: str, typed: dict[str, str], code: str) -> None:
    assert refusal(weeks.add, sqlite_hotline, who(sqlite_hotline, by), turn(**typed), NINE) == code


@pytest.mark.parametrize(("by", "typed"), [
    ("engineering01", {}), ("dispatcher01", {}), ("quality01", {"user": "engineering01", "role": "客服主管"}),
    ("lead01", {"start": "20:00", "end": "08:00"}), ("lead01", {"start": "08:00", "end": "24:00"}),
])
def test_a_turn_that_fits_is_taken(sqlite_hotline: Hotline, by: str, typed: dict[str, str]) -> None:
    weeks.add(sqlite_hotline, who(sqlite_hotline, by), turn(**typed), NINE)


def test_whoever_is_on_leave_gets_no_turn_and_leaves_a_gap_where_they_had_one(hotline: Hotline) -> None:
    lead = who(hotline, "lead01")
    registers_people.take_leave(hotline, lead, "electrician02", read(LEAVE, {"since": "2026-03-17", "until": "2026-03-17"}), NINE)
    night = turn(user="electrician02", date="2026-03-17", start="09:00", end="10:00")
    assert refusal(weeks.add, hotline, lead, night, NINE) == "on_leave"
    assert {gap.need for gap in week(hotline).gaps} <= {Need.ELECTRIC}


def test_a_week_is_copied_once_without_what_does_not_fit(hotline: Hotline) -> None:
    lead, empty = who(hotline, "lead01"), date(2026, 4, 6)
    source = sum(len(turns) for _, days in week(hotline, date(2026, 3, 23)).rows for turns in days)
    registers_people.take_leave(hotline, lead, "hvac01", read(LEAVE, {"since": "2026-04-06", "until": "2026-04-12"}), NINE)
    with hotline.store.transaction() as session:
        session.execute(sa.delete(DutyRow).where(DutyRow.start_at >= weeks.midnight(date(2026, 3, 30))))
    first = weeks.copy_week(hotline, lead, date(2026, 3, 30), NINE)
    assert first == (source, 0)
    again = weeks.copy_week(hotline, lead, empty, NINE)
    assert again == (source - 7, 7)
    assert week(hotline, date(2026, 3, 30)).gaps == []


def _span(user: str, roles: set[Role], start: float, end: float) -> Turn:
    return Turn(1, user, frozenset(roles), START + start * HOUR, START + end * HOUR)


PEOPLE = {
    "a": Person("a", "甲", frozenset({Role.AGENT})), "l": Person("l", "乙", frozenset({Role.LEAD})),
    "w": Person("w", "丙", frozenset({Role.TECHNICIAN}), frozenset({Trade.PLUMBER})),
    "e": Person("e", "丁", frozenset({Role.TECHNICIAN}), frozenset({Trade.ELECTRICIAN}), certificates={"证": START + 6 * HOUR}),
}
FULL = [_span("a", {Role.AGENT}, 0, 24), _span("l", {Role.LEAD}, 0, 24), _span("w", {Role.TECHNICIAN}, 0, 24), _span("e", {Role.TECHNICIAN}, 0, 24)]


def found(turns: list[Turn], away: list[Away] | None = None, certificate: str | None = None) -> list[Gap]:
    return roster.gaps(turns, PEOPLE, away or [], certificate, START, START + 24 * HOUR)


def test_an_empty_roster_lacks_everybody_all_day() -> None:
    assert found([]) == [Gap(need, START, START + 24 * HOUR) for need in Need]


def test_a_hole_of_a_minute_is_a_gap_and_touching_turns_leave_none() -> None:
    halves = [_span("a", {Role.AGENT}, 0, 12), _span("a", {Role.AGENT}, 12, 24), *FULL[1:]]
    assert found(halves) == []
    halves[1] = _span("a", {Role.AGENT}, 12 + 1 / 60, 24)
    assert found(halves) == [Gap(Need.AGENT, START + 12 * HOUR, START + 12 * HOUR + timedelta(minutes=1))]


def test_leave_and_a_certificate_that_runs_out_count_as_absence() -> None:
    assert found(FULL, [Away("w", START + 3 * HOUR, START + 4 * HOUR)]) == [Gap(Need.WATER, START + 3 * HOUR, START + 4 * HOUR)]
    assert found(FULL, certificate="证") == [Gap(Need.ELECTRIC, START + 6 * HOUR, START + 24 * HOUR)]
    assert found(FULL, certificate="另一证") == [Gap(Need.ELECTRIC, START, START + 24 * HOUR)]
