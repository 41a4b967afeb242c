"""The roster beyond single turns: rotations, rest, how many are there, and who is told of what is missing."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.coverage import Level, levels
from callcenter.domain.registers import LEAVE
from callcenter.domain.roster import Away, Gap, Need, Turn
from callcenter.domain.rotation import Rota, Shift, Strain, part, shift_of, troubles
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Role, Trade
from callcenter.services.hotline import Hotline
from callcenter.services.registers import staff
from callcenter.services.registers.typed import read
from callcenter.services.rosters import lacking, month, rotating, telling, weeks
from callcenter.storage import facts
from callcenter.storage.tables import DutyRow, LeaveRow, MessageRow, PersonRow
from tests.hotlines import NINE

START, HOUR, DAY = datetime(2026, 3, 15, 16, tzinfo=UTC), timedelta(hours=1), timedelta(days=1)
AGENTS = {f"agent{n:02d}": (n - 1) // 2 for n in range(1, 9)}
FREE = date(2026, 6, 1)


def _turn(user: str, start: float, end: float, shift: str = "") -> Turn:
    return Turn(int(start * 10) + 1, user, frozenset({Role.AGENT}), START + start * HOUR, START + end * HOUR, shift)


def who(hotline: Hotline, user: str) -> Person:
    with hotline.store.reading() as session:
        return facts.people(session)[user]


def refusal(deed, *given) -> str:
    with pytest.raises(Refused) as refused:
        deed(*given)
    return refused.value.code


@pytest.mark.parametrize("rota", list(Rota))
def test_on_every_day_of_a_rotation_the_groups_share_the_whole_day_and_everybody_rests(rota: Rota) -> None:
    for day in range(8):
        hours = sorted(hour % 24 for group in range(4) if (found := part(rota, group, day)) for hour in range(found[0], found[1]))
        assert hours == list(range(24))
    plan = [_turn("a", day * 24 + found[0], day * 24 + found[1], found[2]) for day in range(32) if (found := part(rota, 0, day))]
    assert troubles(plan, [], START, START + 40 * DAY) == []


@pytest.mark.parametrize(("name", "start", "end", "shift"), [
    ("工程夜班", 20, 32, Shift.NIGHT), ("夜间备勤", 20, 32, Shift.STANDBY), ("值班领导", 20, 32, Shift.LEADER), ("值班长白班", 8, 20, Shift.DAY),
    ("", 0, 8, Shift.NIGHT), ("", 8, 16, Shift.EARLY), ("", 16, 24, Shift.MIDDLE), ("派单班", 8, 22, Shift.DAY), ("", 9, 12, Shift.SHORT),
])
def test_a_shift_is_known_by_its_name_or_its_hours(name: str, start: int, end: int, shift: Shift) -> None:
    assert shift_of(_turn("a", start, end, name)) is shift


@pytest.mark.parametrize(("second", "strains"), [
    ((16, 24), []), ((15.99, 24), [Strain.SHORT_REST]), ((8, 16), []), ((8, 16.01), [Strain.TOO_LONG]), ((7, 12), [Strain.TWICE]),
])
def test_rest_is_eight_hours_and_a_stretch_sixteen_at_most(second: tuple[float, float], strains: list[Strain]) -> None:
    found = troubles([_turn("a", 0, 8), _turn("b", 9, 10), _turn("a", *second)], [], START, START + DAY)
    assert [t.strain for t in found] == strains


def test_waiting_through_a_night_breaks_no_rest_and_leave_does() -> None:
    turns = [_turn("a", 8, 20, "工程白班"), _turn("a", 20, 32, "夜间备勤"), _turn("a", 32, 44, "工程白班")]
    assert troubles(turns, [], START, START + 2 * DAY) == []
    assert [(t.strain, t.turn.start) for t in troubles(turns, [Away("a", START + DAY, START + 2 * DAY)], START, START + 2 * DAY)] == [
        (Strain.ON_LEAVE, turns[1].start), (Strain.ON_LEAVE, turns[2].start)]


def test_how_many_are_there_counts_people_once_and_leaves_no_instant_out() -> None:
    people = {u: Person(u, u, frozenset({Role.AGENT})) for u in "ab"}
    found = levels(Need.AGENT, [_turn("a", 0, 8), _turn("a", 6, 10), _turn("b", 4, 12)], people, [Away("b", START + 5 * HOUR, START + 6 * HOUR)],
                   None, START, START + DAY)
    assert [((s.since - START) / HOUR, (s.until - START) / HOUR, s.count) for s in found] == [
        (0, 4, 1), (4, 5, 2), (5, 6, 1), (6, 10, 2), (10, 12, 1), (12, 24, 0)]
    assert levels(Trade.HVAC, [], people, [], None, START, START + DAY) == [Level(START, START + DAY, 0)]


def test_a_rotation_is_laid_out_once_and_skips_leave(hotline: Hotline) -> None:
    lead = who(hotline, "lead01")
    with hotline.store.transaction() as session:
        session.execute(sa.delete(DutyRow).where(DutyRow.start_at >= weeks.midnight(FREE)))
    staff.take_leave(hotline, lead, "agent01", read(LEAVE, {"since": "2026-06-01", "until": "2026-06-02"}), NINE)
    asked = (Rota.THREE_SHIFTS, Role.AGENT, AGENTS, FREE, 8)
    assert rotating.lay_out(hotline, lead, *asked, NINE) == (46, 2)
    assert rotating.lay_out(hotline, lead, *asked, NINE) == (0, 48)
    with hotline.store.reading() as session:
        week = weeks.week(session, hotline.rulebook.policy, FREE, NINE)
        assert min(level.count for level in week.levels[Need.AGENT]) == 1
        assert all(gap.need is not Need.AGENT for gap in week.gaps)
        assert month.month(session, lead, Role.AGENT, FREE).lines[0].away[:3] == [True, True, False]


@pytest.mark.parametrize(("by", "groups", "days", "code"), [
    ("lead01", {"agent01": 0, "agent02": 1, "agent03": 2}, 7, "groups_missing"), ("lead01", AGENTS, 63, "bad_value"),
    ("agent01", AGENTS, 7, "not_allowed"), ("engineering01", AGENTS, 7, "not_allowed"),
    ("lead01", AGENTS | {"plumber01": 0}, 7, "role_not_theirs"), ("lead01", AGENTS | {"nobody": 0}, 7, "unknown_person"),
])
def test_a_rotation_that_cannot_be_is_refused_and_nothing_of_it_stays(
        sqlite_hotline: Hotline, by: str, groups: dict[str, int], days: int, code: str) -> None:
    far = date(2027, 1, 1)
    assert refusal(rotating.lay_out, sqlite_hotline, who(sqlite_hotline, by), Rota.THREE_SHIFTS, Role.AGENT, groups, far, days, NINE) == code
    with sqlite_hotline.store.reading() as session:
        assert weeks.between(session, weeks.midnight(far), weeks.midnight(far) + 9 * DAY) == []


def _told(hotline: Hotline, notice: str) -> list[tuple[str, str]]:
    with hotline.store.reading() as session:
        return [(row.to, row.channel) for row in session.execute(
            sa.select(MessageRow.to, MessageRow.channel).where(MessageRow.notice == notice).order_by(MessageRow.id))]


def test_a_gap_is_told_a_day_ahead_and_once_a_day_while_it_lasts(hotline: Hotline) -> None:
    gap = NINE + timedelta(hours=11)  # the plumber of the night, from 20:00
    with hotline.store.transaction() as session:
        session.execute(sa.delete(DutyRow).where(DutyRow.start_at == gap + DAY, DutyRow.user.in_(["plumber01", "plumber03"])))
    telling.tell(hotline, gap - timedelta(minutes=16))
    assert _told(hotline, "roster_gap") == []
    telling.tell(hotline, gap - timedelta(minutes=15))
    once = [("engineering01", "screen"), ("supervisor01", "screen"), ("lead01", "screen"), ("lead02", "screen")]
    assert sorted(_told(hotline, "roster_gap")) == sorted(once)
    telling.tell(hotline, gap + timedelta(hours=2))
    assert len(_told(hotline, "roster_gap")) == 4
    for later in (24.5, 25, 26):
        telling.tell(hotline, gap + timedelta(hours=later))
    assert sorted(_told(hotline, "roster_gap")) == sorted(once * 2)
    with hotline.store.reading() as session:
        assert "没有水工" in session.scalars(sa.select(MessageRow.text).where(MessageRow.notice == "roster_gap")).first()


def test_nobody_is_told_of_gaps_where_no_roster_was_ever_kept(sqlite_hotline: Hotline) -> None:
    with sqlite_hotline.store.transaction() as session:
        session.execute(sa.delete(DutyRow))
    telling.tell(sqlite_hotline, NINE)
    assert _told(sqlite_hotline, "roster_gap") == []


def test_a_certificate_is_told_thirty_days_seven_days_before_and_once_it_is_over(sqlite_hotline: Hotline) -> None:
    with sqlite_hotline.store.transaction() as session:
        for row in session.scalars(sa.select(PersonRow)):
            row.certificates = {"低压电工证": NINE + 30 * DAY} if row.user == "electrician01" else {}
        facts.people_changed(session)
    seen = []
    for days in (-0.1, 0, 1, 23, 24, 29.9, 30, 31):
        telling.tell(sqlite_hotline, NINE + days * DAY)
        seen.append((len(_told(sqlite_hotline, "certificate_ending")), len(_told(sqlite_hotline, "certificate_over"))))
    assert seen == [(0, 0), (2, 0), (2, 0), (4, 0), (4, 0), (4, 0), (4, 2), (4, 2)]
    assert set(_told(sqlite_hotline, "certificate_over")) == {("engineering01", "screen"), ("electrician01", "sms")}


def test_what_lacks_is_kept_for_a_minute_and_worked_out_again_as_soon_as_something_has_changed(hotline: Hotline) -> None:
    def lacking_at(now: datetime) -> list[Gap]:
        with hotline.store.reading() as session:
            found = lacking.gaps(session, hotline, now)
            assert found == telling.gaps_ahead(session, hotline, now)
            return found

    lead, admin = who(hotline, "lead01"), who(hotline, "admin01")
    first = lacking_at(NINE)
    with hotline.store.reading() as session:
        assert lacking.gaps(session, hotline, NINE + timedelta(seconds=59)) is first
        assert lacking.gaps(session, hotline, NINE + timedelta(minutes=1)) is not first
        plumbers = [t for t in weeks.between(session, NINE, NINE + DAY) if t.user.startswith("plumber")]
    for turn in plumbers:
        weeks.remove(hotline, lead, turn.id, NINE)
    assert Need.WATER in {gap.need for gap in lacking_at(NINE)}
    staff.take_leave(hotline, lead, "lead01", read(LEAVE, {"since": "2026-03-10", "until": "2026-03-12"}), NINE)
    staff.take_leave(hotline, lead, "lead02", read(LEAVE, {"since": "2026-03-10", "until": "2026-03-12"}), NINE)
    assert Need.LEAD in {gap.need for gap in lacking_at(NINE)}
    with hotline.store.reading() as session:
        away = session.scalars(sa.select(LeaveRow.id)).all()
    for leave in away:
        staff.withdraw_leave(hotline, lead, leave, NINE)
    assert Need.LEAD not in {gap.need for gap in lacking_at(NINE)}
    for user in ("electrician01", "electrician02"):
        with hotline.store.reading() as session:
            row = session.get_one(PersonRow, user)
            values = {**staff.snapshot(row), "certificates": {}, "compounds": frozenset(row.compounds)}
        staff.change(hotline, admin, user, values, NINE)
    assert Need.ELECTRIC in {gap.need for gap in lacking_at(NINE)}
