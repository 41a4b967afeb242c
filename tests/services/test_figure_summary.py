"""The daily sums of the figures and the rows say the same: after any acts, at any moment, however far the summary is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from callcenter.domain import days
from callcenter.domain.figures import Dimension, Figure
from callcenter.domain.figures import daily as by_day
from callcenter.domain.figures.cases import Case, Mark
from callcenter.domain.vocabulary import TicketType
from callcenter.services import audit, figures, timers
from callcenter.services.figures import Scope, daily
from callcenter.services.figures.daily import refreshing
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import agents, calls
from callcenter.storage import facts
from callcenter.storage.figure_tables import FigureCountedRow, FigureDayRow, FigureMarkRow
from callcenter.storage.tables import PersonRow
from tests.hotlines import NINE
from tests.services.test_figures import Day
from tests.services.walking import Walk

#: minutes and days, and the edges of promises
PAUSES = (1, 59, 180, 181, 900, 3600, 43200, 86400)
PHONES = [f"1900000{n:04d}" for n in range(6)]


class Quiet(Walk):
    """A walk that minds only its own business: who was told what is looked at elsewhere, and here telephones ring too."""

    def _people_told(self, act: object) -> None:
        pass


class Life:
    """A hotline whose people do random things, and whose telephone rings."""

    def __init__(self, seed: str) -> None:
        self.walk, self.some, self.rung = Quiet(), Random(seed), 0
        self.hotline = self.walk.hotline

    @property
    def now(self) -> datetime:
        return self.walk.now

    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            kind = self.some.choice(list(TicketType))
            match self.some.randrange(8):
                case 0 | 1:
                    self.walk.register(kind, self.some)
                case 2:
                    self._ring()
                case 3 | 4:
                    pause = self.some.choice(PAUSES)
                    self.walk.until(self.now + timedelta(seconds=pause, milliseconds=pause % 7))
                case _:
                    self.walk.likely(kind, self.some)

    def _ring(self) -> None:
        """A caller who is answered or not, and after-call work that goes on."""
        self.rung += 1
        sid, agent = f"CA{self.rung}", "agent01"
        calls.arrive(self.hotline, sid, self.some.choice(PHONES), self.now)
        end = self.now + timedelta(seconds=self.some.choice((2, 8, 14, 16, 40)))
        if self.some.random() < .6:
            calls.answered(self.hotline, sid, agent, self.now + timedelta(seconds=1))
        self.walk.until(end)
        calls.ended(self.hotline, sid, end)
        agents.settle_due(self.hotline, end + timedelta(seconds=1))


def differences(hotline: Hotline, now: datetime, since: datetime | None = None, until: datetime | None = None) -> list[str]:
    with hotline.store.reading() as session:
        found = daily.differences(hotline, session, now, since, until)
    assert found is not None
    return [str(one) for one in found]


def same(hotline: Hotline, now: datetime, since: datetime | None, until: datetime | None, **more: object) -> bool:
    """Every figure as the pages have it, by sums and by rows."""
    with hotline.store.reading() as session:
        summed, counted = (figures.all_figures(hotline, session, now, since, until, listed=listed, **more)  # type: ignore[arg-type]
                           for listed in (False, True))
    return [_shown(f) for f in summed] == [_shown(f) for f in counted]


def _shown(f: Figure) -> tuple[object, ...]:
    return f.code, f.numerator, f.denominator, f.excluded, f.value


def some_period(some: Random, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Local midnights, mostly; none; or a time of day."""
    since = days.midnight(NINE) + timedelta(days=some.randrange(12)) if some.random() < .8 else None
    until = (since or NINE) + timedelta(days=some.randrange(1, 15), hours=some.choice((0, 0, 0, 5))) if some.random() < .6 else None
    return since, until if until is None or some.random() < .7 else min(until, now)


@pytest.fixture(scope="module")
def life() -> Iterator[Life]:
    """Some weeks of random acts, the summary refreshed now and then; every comparison is made on the way."""
    found = Life("a summary")
    yield found
    found.hotline.store.engine.dispose()


def test_at_any_moment_the_sums_are_the_rows(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "PIECE", 7)
    life.go_on(12)
    daily.rebuild(life.hotline, life.now)
    for round_ in range(5):
        life.go_on(life.some.choice((1, 3, 9)))
        assert differences(life.hotline, life.now, *some_period(life.some, life.now)) == []
        if round_ % 2:
            daily.refresh(life.hotline, life.now, pieces=life.some.choice((1, 2, 30)))
            assert differences(life.hotline, life.now) == []
    assert same(life.hotline, life.now, None, None)


def test_what_stood_open_is_at_any_later_time_what_it_was(life: Life) -> None:
    """However it went on: closed, taken up again, withdrawn, merged away."""
    then = []
    for _ in range(10):
        life.go_on(4)
        then.append((life.now, _open(life, None)))
    assert [number for _, number in then] == [_open(life, moment) for moment, _ in then]


def _open(life: Life, until: datetime | None) -> int:
    with life.hotline.store.reading() as session:
        found, = figures.all_figures(life.hotline, session, life.now, None, until, codes={"K40"})
    return found.numerator


def test_filters_scopes_and_parts_come_from_the_sums_too(life: Life) -> None:
    since, until = days.midnight(NINE), days.midnight(life.now)
    assert same(life.hotline, life.now, since, until, where={"type": "urgent_repair"})
    assert same(life.hotline, life.now, since, None, scope=Scope(frozenset({"QH"})))
    for code, by in (("K04", "compound"), ("K18b", "type"), ("K20", "hour")):
        with life.hotline.store.reading() as session:
            whole, = figures.all_figures(life.hotline, session, life.now, since, until, codes={code})
            parts = figures.broken_down(life.hotline, session, code, by, life.now, since, until)
        assert sum(f.numerator for _, f in parts) == whole.numerator
        assert {value for value, _ in parts} == _values(life, code, by, since, until)


def _values(life: Life, code: str, by: str, since: datetime, until: datetime) -> set[str]:
    with life.hotline.store.reading() as session:
        found = figures.members(life.hotline, session, code, life.now, since, until, "denominator", page=None)
        apart = figures.members(life.hotline, session, code, life.now, since, until, "excluded", page=None)
    return {c.dimensions.get(by, "") for c in (*found.cases, *apart.cases)}


def test_time_alone_changes_what_was_counted(life: Life) -> None:
    daily.refresh(life.hotline, life.now, pieces=50)
    for later in (timedelta(milliseconds=1), timedelta(hours=3), timedelta(days=8)):
        assert differences(life.hotline, life.now + later) == []


def test_a_question_about_an_earlier_moment_is_answered_for_that_moment(life: Life) -> None:
    daily.refresh(life.hotline, life.now + timedelta(days=8), pieces=50)
    assert differences(life.hotline, life.now) == []


def test_a_piece_that_was_not_committed_is_done_again(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    life.go_on(6)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(refreshing.summing, "keep", killed)
        with pytest.raises(KeyboardInterrupt):
            daily.refresh(life.hotline, life.now)
    assert differences(life.hotline, life.now) == []
    daily.refresh(life.hotline, life.now)
    assert differences(life.hotline, life.now) == []


def test_two_at_once_add_nothing_twice(life: Life) -> None:
    life.go_on(6)
    with life.hotline.store.reading() as session:
        mark = daily.state.read(session)
    assert mark is not None
    daily.refresh(life.hotline, life.now)
    before = _stored(life.hotline)
    assert refreshing._write(life.hotline, mark, {"time_day": None}) is False
    daily.refresh(life.hotline, life.now)
    assert _stored(life.hotline) == before
    assert differences(life.hotline, life.now) == []


def _stored(hotline: Hotline) -> list[tuple[object, ...]]:
    table = FigureDayRow.__table__
    with hotline.store.reading() as session:
        return sorted(tuple(row) for row in session.connection().execute(sa.select(table)))


def test_a_rebuilding_that_was_interrupted_goes_on_and_comes_to_the_same(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    daily.refresh(life.hotline, life.now, pieces=50)
    monkeypatch.setattr(refreshing, "PIECE", 5)

    def killed(counted: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        daily.rebuild(life.hotline, life.now, killed)
    with life.hotline.store.reading() as session:
        assert daily.differences(life.hotline, session, life.now) is None
        assert not daily.freshness(session).complete
    counted = daily.rebuild(life.hotline, life.now)
    with life.hotline.store.reading() as session:
        assert 0 < counted < session.scalar(sa.select(sa.func.count()).select_from(FigureCountedRow))
    assert differences(life.hotline, life.now) == []


def test_a_renewed_certificate_is_counted_at_once(life: Life) -> None:
    """The past dispatches of its holder count differently (K26)."""
    with life.hotline.store.transaction() as session:
        for person in session.scalars(sa.select(PersonRow)):
            person.certificates = {}
        facts.people_changed(session)
    assert differences(life.hotline, life.now) == []
    assert daily.refresh(life.hotline, life.now, pieces=50) > 0
    assert differences(life.hotline, life.now) == []


def test_a_sum_that_is_wrong_is_found(life: Life) -> None:
    with life.hotline.store.transaction() as session:
        session.execute(sa.update(FigureDayRow).where(FigureDayRow.code == "K20", FigureDayRow.dimension == "all").values(hits=99))
    assert [text.split()[:2] for text in differences(life.hotline, life.now)] == [["K20", "all"]]
    with life.hotline.store.transaction() as session:
        session.execute(sa.update(FigureMarkRow).values(basis="x:y"))
    daily.rebuild(life.hotline, life.now)
    assert differences(life.hotline, life.now) == []


def test_what_was_counted_in_an_older_way_is_forgotten_and_counted_anew(life: Life) -> None:
    daily.refresh(life.hotline, life.now, pieces=50)
    with life.hotline.store.transaction() as session:
        session.execute(sa.update(FigureMarkRow).values(basis="x:y", toward="x:y"))
        session.execute(sa.update(FigureCountedRow).values(cases='[[["WTL",""],{"20000":"K04+"}]]'))
    with life.hotline.store.reading() as session:
        assert daily.differences(life.hotline, session, life.now) is None
    assert same(life.hotline, life.now, None, None)
    daily.refresh(life.hotline, life.now, pieces=50)
    assert differences(life.hotline, life.now) == []


def test_the_doctor_says_how_fresh_the_sums_are(life: Life) -> None:
    daily.refresh(life.hotline, life.now)
    found = {f.name: f for f in audit.examine(life.hotline, life.now, processes=False)}
    assert found["figures"].ok
    assert found["figures"].text("en").startswith("the figures are summed up as of 0 min ago")


def test_on_both_databases(hotline: Hotline) -> None:
    """A short life: registered, dispatched late, called, refreshed by two, asked for while nothing is counted yet."""
    day, now = Day(hotline), NINE + timedelta(hours=3)
    calls.arrive(hotline, "CA1", PHONES[0], NINE)
    calls.ended(hotline, "CA1", NINE + timedelta(seconds=9))
    day.repair(NINE + timedelta(minutes=10), timedelta(minutes=2))
    daily.refresh(hotline, now)
    assert differences(hotline, now) == []
    day.repair(now, timedelta(minutes=4))
    calls.arrive(hotline, "CA2", PHONES[0], now)
    assert differences(hotline, now + timedelta(hours=2)) == []
    untouched = day.at(now + timedelta(hours=3), "open_ticket", "agent01")
    timers.fire_due(hotline, now + timedelta(days=1))
    daily.refresh(hotline, now + timedelta(days=2))
    third = day.at(now + timedelta(days=2, hours=1), "open_ticket", "agent01")
    assert _faults(hotline, now + timedelta(days=7)) == 1
    daily.refresh(hotline, now + timedelta(days=3))
    day.at(now + timedelta(days=3), "cancel", "agent01", third, reason="mistake")
    assert _faults(hotline, now + timedelta(days=8)) == 1
    day.at(now + timedelta(days=4), "cancel", "agent01", untouched, reason="mistake")
    assert _faults(hotline, now + timedelta(days=8)) == 0
    assert daily.rebuild(hotline, now + timedelta(days=9), processes=1 if hotline.store.sqlite else 2) == 6
    assert differences(hotline, now + timedelta(days=9)) == []
    assert differences(hotline, now + timedelta(days=9)) == []
    assert same(hotline, now + timedelta(days=2), days.midnight(NINE), days.day_end(now))


def _faults(hotline: Hotline, now: datetime) -> int:
    with hotline.store.reading() as session:
        found, = figures.all_figures(hotline, session, now, days.midnight(NINE), None, codes={"K36"})
    return found.numerator


def test_what_is_kept_of_a_case_says_all_that_is_summed() -> None:
    where = {d.value: f"某{n} “+-=” {n}" for n, d in enumerate(Dimension)}
    cases = by_day.by_day([Case("K04c", 5, Mark.HIT, 173_001, "W1", where), Case("K01b", -1, Mark.EXCLUDED, 1, "C1", {}),
                           Case("occupancy", 90_000_000, Mark.MISS, 0, "x", where), Case("K04c", 5, Mark.HIT, 173_001, "W1", where)])
    again = list(by_day.unpacked(by_day.packed(cases)))
    assert sorted(again) == sorted(cases)
    assert by_day.packed(again) == by_day.packed(reversed(cases))


@pytest.mark.parametrize(("at", "day", "first"), [
    (datetime(2026, 3, 9, 16, tzinfo=UTC), "2026-03-10", "2026-03-10"),
    (datetime(2026, 3, 9, 15, 59, 59, 999_000, tzinfo=UTC), "2026-03-09", "2026-03-10"),
    (datetime(2026, 3, 9, 16, 0, 0, 1000, tzinfo=UTC), "2026-03-10", "2026-03-11")])
def test_a_day_begins_at_local_midnight_to_the_millisecond(at: datetime, day: str, first: str) -> None:
    instant = by_day_ms(at)
    began = [datetime.fromtimestamp(by_day.begin_of(n) / 1000, days.LOCAL).date().isoformat()
             for n in (by_day.day_of(instant), by_day.first_whole(instant))]
    assert began == [day, first]


def by_day_ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
