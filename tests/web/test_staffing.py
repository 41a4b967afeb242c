"""The page of people needed: what is assumed is said, gaps carry a sign and a number, parameters are checked, and it can be taken away."""

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.services.staffing import history, plan
from callcenter.services.staffing.plan import Wish
from callcenter.storage.tables import CallRow, DutyRow
from tests.hotlines import NINE
from tests.web import office as rooms

PAGES = (*rooms.PAGES, "reports", "registers_roster", "registers", "registers_people", "registers_archive", "registers_calendar", "staffing")


@pytest.fixture
def house(sqlite_hotline, monkeypatch):
    made = rooms.Office(sqlite_hotline, rooms.Hand(monkeypatch, sqlite_hotline))
    made.app = rooms.application(sqlite_hotline, PAGES)
    return made


def rang(hotline, weeks, an_hour, talked=120):
    """So many calls from nine on, on each of the last Tuesdays and on the days between; one in ten gives up after thirty seconds."""
    with hotline.store.transaction() as session:
        for back in range(1, weeks * 7 + 2):
            for n in range(an_hour if back % 7 == 0 or back == weeks * 7 + 1 else 1):
                at = NINE - timedelta(days=back) + timedelta(minutes=n)
                gone = n % 10 == 9
                session.add(CallRow(sid=f"H{back}-{n}", state="abandoned" if gone else "ended", ring_started_at=at,
                                    answered_at=None if gone else at + timedelta(seconds=10), answered_by=None if gone else "agent01",
                                    ended_at=at + timedelta(seconds=30 if gone else 10 + talked)))


def made(hotline, **wish):
    with hotline.store.reading() as session:
        return plan.make(session, hotline.rulebook.policy, Wish(**wish), NINE)


def test_history_is_added_up_by_kind_of_day_and_hour(hotline):
    rang(hotline, 3, 20)
    with hotline.store.reading() as session:
        seen = history.seen(session, NINE, 3)
    kinds = plan.DayKind
    tuesday = seen.pattern.expected(kinds.TUESDAY, 9)
    assert (tuesday.value, tuesday.cases) == (20.0, 2)  # the third was in Spring Festival
    assert seen.pattern.expected(kinds.HOLIDAY, 9).value > 1
    assert seen.pattern.expected(kinds.WEDNESDAY, 9).value == 1
    assert seen.days == 21
    assert (seen.handling.value, seen.handling.cases) == (120.0, 72)
    # 72 waits of ten seconds and six of thirty, for six who gave up
    assert (seen.patience.value, seen.patience.cases) == (150.0, 6)


def test_twenty_calls_an_hour_of_two_minutes_need_three_agents_where_two_are_on_the_roster(house):
    rang(house.hotline, 3, 20)
    today = made(house.hotline, weeks=3).days[0].hours[9]
    assert (today.needed, today.there, today.gap) == (3, 2, 1)
    page = house.visitor("supervisor01").page("/staffing?weeks=3")
    assert 'class="staffing-short"' in page
    assert "缺 1 人" in page
    assert "Erlang A" in page


def test_a_new_hotline_says_that_it_assumes(house):
    page = house.visitor("lead01").page("/staffing")
    assert page.count(">假定<") >= 2
    assert "Erlang C" in page
    assert "assumed" in house.visitor("gm01", "en").page("/staffing").lower()


def test_the_coverage_round_the_clock_stands_beside_it(house):
    good, hours = made(house.hotline).covered
    assert (good, hours) == (168, 168)
    with house.hotline.store.transaction() as session:
        session.execute(sa.delete(DutyRow).where(DutyRow.user.like("plumber%"), DutyRow.start_at > NINE, DutyRow.start_at < NINE + timedelta(days=1)))
    changed = made(house.hotline)
    assert changed.covered[0] < 168
    assert {gap.need.value for gap in changed.gaps} == {"water"}
    assert "缺 水工" in house.visitor("pm01").page("/staffing")


def test_what_cannot_be_asked_is_said_and_what_was_typed_stays(house):
    visitor = house.visitor("quality01")
    for typed in ("target=100", "target=x", "seconds=0", "weeks=2.5", "weeks=99"):
        page = visitor.page(f"/staffing?{typed}", 422)
        assert "不对" in page
        assert f'value="{typed.partition("=")[2]}" aria-invalid="true"' in page


def test_the_plan_is_taken_away_as_a_line_an_hour(house):
    answer = house.visitor("auditor01").client.get("/staffing/export?seconds=20")
    lines = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert answer.mimetype == "text/csv"
    assert len(lines) == 169
    assert lines[1][:3] == ["2026-03-10", "星期二", "00:00"]
    assert house.visitor("auditor01").client.get("/staffing/export?seconds=0").status_code == 422


def test_a_higher_target_never_asks_for_fewer(house):
    low, high = made(house.hotline, target=0.8), made(house.hotline, target=0.99)
    assert all(a.needed <= b.needed for x, y in zip(low.days, high.days, strict=True) for a, b in zip(x.hours, y.hours, strict=True))
