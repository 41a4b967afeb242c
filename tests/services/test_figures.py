"""The figures over a database: periods at local midnight, lists as long as the numbers say, parts that add up, nobody's compounds but one's own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from shutil import copy

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import roster
from callcenter.domain.days import LOCAL
from callcenter.domain.figures import FIGURES, Dimension, Mark, Unit, to_ms
from callcenter.domain.figures.house import HOUR
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action, Role, Trade
from callcenter.services import figures, tickets, timers
from callcenter.services.dispatch import board
from callcenter.services.figures import asking
from callcenter.services.figures.asking import Question, Scope
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import calls
from callcenter.storage import facts
from callcenter.storage.tables import DutyRow, LeaveRow, TicketRow
from tests.hotlines import NINE, open_hotline

HOME = "青禾家园5栋1单元302"
OTHER_HOME = "梧桐里3栋2单元1602"
MIDNIGHT = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)


class Day:
    """A hotline that is told what happens when."""

    def __init__(self, hotline: Hotline) -> None:
        self.hotline, self.keys = hotline, 0

    def at(self, now: datetime, action: str, by: str, number: str = "", **fields: object) -> str:
        self.keys += 1
        timers.fire_due(self.hotline, now)
        act = Act(Action(action), by, fields)
        if action == "open_ticket":
            given = {"customer_name": "周敏", "content": "厨房水管漏水", "category": "101", "room": HOME, "contact_phone": "19000000001", **fields}
            return tickets.open_ticket(self.hotline, Act(Action.OPEN_TICKET, by, given), f"day-{self.keys}", now).number
        tickets.carry_out(self.hotline, number, act, f"day-{self.keys}", now)
        return number

    def repair(self, start: datetime, dispatched: timedelta, **fields: object) -> str:
        """Opened at *start*, sent after *dispatched*, done within the hour, the customer called."""
        number = self.at(start, "open_ticket", "agent01", **fields)
        self.at(start + dispatched, "dispatch", "dispatcher01", number, to="plumber01")
        for minutes, action, by, said in (
                (3.5, "accept", "plumber01", {}), (12, "arrive", "plumber01", {}),
                (40, "complete", "plumber01", {"result": "已更换", "result_explained": True}),
                (50, "return_slip", "dispatcher01", {}),
                (70, "record_callback", "agent01", {"contact_result": "reached", "satisfaction": "satisfied", "solved": True})):
            self.at(start + timedelta(minutes=minutes), action, by, number, **said)
        return number


@pytest.fixture(scope="module")
def lived(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """Two days: repairs in time and late, one at midnight to the millisecond, consent, complaints, calls, one left open."""
    path = tmp_path_factory.mktemp("figures") / "hotline.sqlite3"
    copy(filled_sqlite, path)
    day = Day(open_hotline(f"sqlite:///{path}"))
    for n in range(4):
        calls.arrive(day.hotline, f"CA{n}", f"1900000010{n}", NINE + timedelta(minutes=n))
    calls.answered(day.hotline, "CA0", "agent01", NINE + timedelta(seconds=15))
    calls.ended(day.hotline, "CA0", NINE + timedelta(seconds=60))
    calls.ended(day.hotline, "CA1", NINE + timedelta(minutes=1, seconds=4))
    calls.ended(day.hotline, "CA2", NINE + timedelta(minutes=2, seconds=8))
    calls.answered(day.hotline, "CA3", "agent02", NINE + timedelta(minutes=3, milliseconds=15_100))
    calls.ended(day.hotline, "CA3", NINE + timedelta(minutes=5))
    day.repair(NINE + timedelta(minutes=10), timedelta(minutes=2))
    day.repair(NINE + timedelta(hours=2), timedelta(minutes=3, milliseconds=1), room=OTHER_HOME)
    consent = day.at(NINE + timedelta(hours=4), "open_ticket", "agent01", category="105")
    day.at(NINE + timedelta(hours=4, minutes=1), "record_consent", "agent01", consent, reason="人手不足", explanation="说明", consented=True,
           told_via="phone", agreed_at=NINE + timedelta(hours=6))
    rude = day.at(NINE + timedelta(hours=5), "open_ticket", "agent01", type="complaint_service", category="906", content="态度", accused_dept="order")
    day.at(NINE + timedelta(hours=5, minutes=4), "hand_over_complaint", "agent01", rude, department="order")
    day.at(NINE + timedelta(hours=5, minutes=5), "judge_complaint", "supervisor01", rude, valid=True, reason="核实")
    # due exactly at 24:00: it belongs to the next day
    day.at(MIDNIGHT - timedelta(minutes=3), "open_ticket", "agent07", room=OTHER_HOME)
    timers.fire_due(day.hotline, NINE + timedelta(days=2))
    yield day.hotline
    day.hotline.store.engine.dispose()


NOW = NINE + timedelta(days=2)


@pytest.fixture
def session(lived: Hotline) -> Iterator[Session]:
    with lived.store.reading() as found:
        yield found


def fractions(hotline: Hotline, session: Session, since: datetime | None, until: datetime | None, *codes: str,
              **more: object) -> dict[str, tuple[int, int]]:
    found = figures.all_figures(hotline, session, NOW, since, until, codes=codes or tuple(FIGURES), **more)  # type: ignore[arg-type]
    return {f.code: (f.numerator, f.denominator) for f in found}


def test_a_case_at_24_00_belongs_to_the_next_day(lived: Hotline, session: Session) -> None:
    today = datetime(2026, 3, 10, tzinfo=LOCAL)
    tomorrow = today + timedelta(days=1)
    assert tomorrow == MIDNIGHT
    assert fractions(lived, session, today, tomorrow, "K04") == {"K04": (1, 2)}
    assert fractions(lived, session, tomorrow, tomorrow + timedelta(days=1), "K04") == {"K04": (0, 1)}
    assert fractions(lived, session, today, tomorrow + MS, "K04") == {"K04": (1, 3)}
    assert fractions(lived, session, tomorrow + MS, None, "K04") == {"K04": (0, 0)}


def test_fifteen_seconds_four_seconds_and_eight_seconds(lived: Hotline, session: Session) -> None:
    found = {f.code: f for f in figures.all_figures(lived, session, NOW, NINE, MIDNIGHT)}
    assert [(found[c].numerator, found[c].denominator, found[c].excluded) for c in ("K01", "K02", "K03")] == [(1, 3, 1), (2, 3, 1), (1, 4, 0)]


def test_consent_is_on_neither_side_and_counted_beside(lived: Hotline, session: Session) -> None:
    found = {f.code: f for f in figures.all_figures(lived, session, NOW)}
    assert (found["K04"].numerator, found["K04"].denominator, found["K04"].excluded) == (1, 3, 1)
    assert (found["K04b"].numerator, found["K04b"].denominator) == (1, 4)


def test_the_rolling_year_and_the_households(lived: Hotline, session: Session) -> None:
    assert fractions(lived, session, None, None, "K18", "K18b") == {"K18": (1, 1396), "K18b": (1, 5)}
    year_later = NINE + timedelta(days=366)
    assert fractions(lived, session, None, None, "K18", where={"compound": "QH"})["K18"][0] == 1
    later, = figures.all_figures(lived, session, year_later, codes={"K18"})
    assert later.numerator == 0


def test_every_list_is_as_long_as_its_number_says(lived: Hotline, session: Session) -> None:
    for since, until in ((None, None), (NINE, MIDNIGHT), (MIDNIGHT, None)):
        for figure in figures.all_figures(lived, session, NOW, since, until):
            d = FIGURES[figure.code]
            listed = {part: figures.members(lived, session, figure.code, NOW, since, until, part, page=None) for part in figures.PARTS}
            assert listed["excluded"].total == figure.excluded
            assert {c.of for c in listed["missed"].cases} == set(figure.cases)
            if not (d.weighed or d.in_ms or d.outside):
                assert (listed["numerator"].total, listed["denominator"].total) == (figure.numerator, figure.denominator), figure.code


@pytest.mark.parametrize("by", [d.value for d in Dimension])
def test_the_parts_add_up_to_the_whole(lived: Hotline, session: Session, by: str) -> None:
    for code in ("K04", "K06", "K16", "K01"):
        whole, = figures.all_figures(lived, session, NOW, codes={code})
        parts = figures.broken_down(lived, session, code, by, NOW)
        assert (sum(f.numerator for _, f in parts), sum(f.denominator for _, f in parts)) == (whole.numerator, whole.denominator)
        for value, part in parts:
            filtered, = figures.all_figures(lived, session, NOW, codes={code}, where={by: value})
            assert (filtered.numerator, filtered.denominator) == (part.numerator, part.denominator)


def test_who_did_it_where_and_in_which_shift(lived: Hotline, session: Session) -> None:
    def parts(code: str, by: str) -> dict[str, tuple[int, int]]:
        return {value: (f.numerator, f.denominator) for value, f in figures.broken_down(lived, session, code, by, NOW)}

    assert parts("K04", "shift") == {"early": (1, 2), "late": (0, 1)}
    assert parts("K05", "technician") == {"plumber01": (2, 2), "": (0, 1)}
    assert parts("K04", "building") == {"QH/5": (1, 1), "WTL/3": (0, 2)}
    assert parts("K01", "agent") == {"": (0, 1), "agent01": (1, 1), "agent02": (0, 1)}


def test_only_what_may_have_a_case_is_read_and_nothing_is_missed(lived: Hotline, session: Session) -> None:
    """Whatever the period: reading the candidates gives the cases that reading everything gives."""
    dice = Random(20260310)
    codes = asking.TICKETS
    everything = list(asking.cases(lived, session, Question(NOW), codes))
    edges = [NINE + MS * dice.randrange(2 * 86_400_000) for _ in range(12)] + [MIDNIGHT, MIDNIGHT - MS]
    for since, until in zip(edges, [*edges[1:], NOW], strict=True):
        ask = Question(NOW, min(since, until), max(since, until))
        found = sorted(asking.cases(lived, session, ask, codes))
        assert [(c.code, c.at, c.of) for c in found] == sorted((c.code, c.at, c.of) for c in everything if ask.holds(c))


def test_a_reader_sees_the_cases_of_their_own_compounds(lived: Hotline, session: Session) -> None:
    staff = facts.staff(session, NOW)
    for user in ("supervisor01", "pm01", "pm02", "pm03"):
        scope = figures.scope_of(staff, user)
        theirs = set(session.scalars(sa.select(TicketRow.number).where(board.scope(staff, user, None))))
        listed = figures.members(lived, session, "K20", NOW, part="denominator", scope=scope, page=None)
        assert {c.of for c in listed.cases} <= theirs
        assert set(session.scalars(sa.select(TicketRow.number).where(scope.tickets if scope.tickets is not None else sa.true()))) == theirs
    assert Scope(frozenset({"QH"})).holds({"compound": ""})


def test_open_tickets_are_those_open_at_the_end_of_the_period(lived: Hotline, session: Session) -> None:
    now = fractions(lived, session, None, None, "K40", "K40a", "K40b")
    assert now["K40"][0] == 3  # consent, complaint, midnight
    before = fractions(lived, session, NINE, NINE + timedelta(minutes=30), "K40")
    assert before == {"K40": (1, 1)}


def test_house_figures_are_there(lived: Hotline, session: Session) -> None:
    found = {f.code: f for f in figures.all_figures(lived, session, NOW, NINE, NOW)}
    assert (found["K27"].value, found["K27"].met, found["K27b"].text) == (14, True, "100.0 %")
    assert found["K33"].denominator == 48
    assert found["K36"].unit is Unit.COUNT


def test_hours_without_somebody_are_those_the_roster_shows(lived: Hotline, session: Session) -> None:
    for user in ("plumber01", "plumber02", "plumber03", "agent01", "agent02", "agent03", "agent04", "agent05", "agent06", "agent07", "agent08"):
        session.add(LeaveRow(user=user, since=NINE + timedelta(hours=len(user)), until=NINE + timedelta(hours=20, minutes=30)))
    session.flush()
    turns = [roster.Turn(t.id, t.user, frozenset(map(Role, t.roles)), t.start_at, t.end_at) for t in session.scalars(sa.select(DutyRow))]
    away = [roster.Away(row.user, row.since, row.until) for row in session.scalars(sa.select(LeaveRow))]
    bare = list(roster.gaps(turns, facts.people(session), away, lived.rulebook.policy.certificates.get(Trade.ELECTRICIAN), NINE, NOW))

    def touched(*needs: roster.Need) -> set[int]:
        return {hour for gap in bare if gap.need in needs for hour in range(to_ms(gap.since) // HOUR, -(-to_ms(gap.until) // HOUR))}

    nobody = touched(roster.Need.AGENT) | (touched(roster.Need.WATER) & touched(roster.Need.ELECTRIC))
    missed = {c.at // HOUR for c in asking.cases(lived, session, Question(NOW, NINE, NOW), {"K33"}) if c.mark is Mark.MISS}
    assert missed == nobody
    assert missed
    session.rollback()


def test_what_came_in_within_the_period_is_another_question(lived: Hotline, session: Session) -> None:
    late = (MIDNIGHT - timedelta(minutes=3), MIDNIGHT)
    assert fractions(lived, session, *late, "K04") == {"K04": (0, 0)}
    assert fractions(lived, session, *late, "K04", by_receipt=True) == {"K04": (0, 1)}


def test_it_is_the_same_on_both_databases(hotline: Hotline) -> None:
    day = Day(hotline)
    day.repair(NINE, timedelta(minutes=2))
    with hotline.store.reading() as session:
        now = NINE + timedelta(days=3)
        found = {f.code: (f.numerator, f.denominator) for f in figures.all_figures(hotline, session, now, NINE, now)}
    assert {code: found[code] for code in ("K04", "K05", "K06", "K12", "K14", "K16", "K24", "K25")} == {
        "K04": (1, 1), "K05": (1, 1), "K06": (1, 1), "K12": (0, 1), "K14": (1, 1), "K16": (1, 1), "K24": (1, 1), "K25": (1, 1)}
