"""The numbers behind pictures: by the same verdicts as the figures, by the wall's clock, by the same scope, on both databases."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from callcenter.domain.days import local, midnight
from callcenter.domain.figures import Mark, to_ms
from callcenter.domain.figures.promised import Promised, verdict
from callcenter.domain.vocabulary import FIELDWORK, Clock
from callcenter.services import figures
from callcenter.services.figures import Scope
from callcenter.services.pictures import Ask, calls, people, promises, tickets
from callcenter.storage.tables import AssignmentRow, CallRow, PromiseRow, TicketRow
from tests.hotlines import NINE
from tests.web.office import Office, office  # noqa: F401

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FIELDS = ("clock", "cycle", "started_at", "due_at", "first_due_at", "kept_at", "excused_at", "voided_at", "broken_at", "paused_at")


def asked(now=NINE, back=30, scope=None, compound=None):
    return Ask(now, midnight(now - back * DAY), midnight(now) + DAY, scope or Scope(), compound)


def a_promise(made, ticket):
    """Some promise or other, around the last fortnight; often with ends exactly at its due time."""
    start = NINE - timedelta(minutes=made.randrange(20_000))
    due = start + made.choice([3, 30, 2880]) * MINUTE
    ends = [due, due + timedelta(milliseconds=1), due - timedelta(milliseconds=1), start + MINUTE, due + timedelta(hours=5)]
    end = {name: made.choice(ends) for name in ("kept_at", "excused_at", "voided_at", "paused_at") if made.random() < 0.3}
    broken = {"broken_at": due} if made.random() < 0.2 else {}
    return PromiseRow(ticket_id=ticket, clock="recontact", started_at=start, due_at=due, first_due_at=due, **end, **broken)


@pytest.mark.parametrize("seed", range(2))
def test_the_database_judges_a_promise_as_the_figures_do(office: Office, seed: int) -> None:  # noqa: F811
    made, number = random.Random(seed), office.opens()
    with office.hotline.store.transaction() as session:
        ticket = session.query(TicketRow.id).filter_by(number=number).scalar()
        rows = [a_promise(made, ticket) for _ in range(400)]
        session.add_all(rows)
        held = [Promised(*(getattr(r, f) if f in ("clock", "cycle") else getattr(r, f) and to_ms(getattr(r, f)) for f in FIELDS)) for r in rows]
    ask = asked(back=10)
    verdicts = [(mark, at) for mark, at in (verdict(p._replace(cycle=1), to_ms(NINE)) for p in held) if to_ms(ask.since) <= at < to_ms(ask.until)]
    with office.hotline.store.reading() as session:
        found = promises.kept(session, ask, (Clock.RECONTACT,))
    hits, misses = (sum(mark is wanted for mark, _ in verdicts) for wanted in (Mark.HIT, Mark.MISS))
    assert (sum(k.hits for k in found.values()), sum(k.misses for k in found.values())) == (hits, misses)
    assert hits > 5
    assert misses > 5


def test_the_stretches_of_a_trend_add_up_to_the_figure(office: Office) -> None:  # noqa: F811
    kept, late, gone = (office.opens() for _ in range(3))
    office.does(kept, "dispatch", "dispatcher01", to="plumber01")
    office.does(kept, "accept", "plumber01")
    office.hand.move(minutes=4)
    office.does(late, "dispatch", "dispatcher01", to="plumber01")
    office.does(gone, "cancel", "agent01", reason="mistake")
    now = office.hand.now
    with office.hotline.store.reading() as session:
        found = promises.kept(session, asked(now), (Clock.DISPATCH,))
        figure, = figures.all_figures(office.hotline, session, now, asked(now).since, asked(now).until, codes={"K04"})
        times = promises.times(session, asked(now), Clock.DISPATCH, (MINUTE, 3 * MINUTE))
    assert {day: (k.hits, k.decided) for (_, day), k in found.items()} == {local(now).date(): (figure.numerator, figure.denominator)} == {
        local(now).date(): (1, 2)}
    assert (times.bands, times.waiting, times.middle) == ((1, 0, 1), 0, timedelta())


def test_calls_stand_at_the_hour_of_the_wall_and_at_the_compound_of_their_ticket(office: Office) -> None:  # noqa: F811
    monday_nine = NINE - DAY
    with office.hotline.store.transaction() as session:
        for n in range(3):
            session.add(CallRow(sid=f"P{n}", state="ended", ring_started_at=monday_nine + n * MINUTE, ended_at=monday_nine + n * MINUTE))
        session.add(CallRow(sid="midnight", state="ended", ring_started_at=midnight(NINE), ended_at=NINE))
        session.add(CallRow(sid="ours", state="ended", direction="outbound", ring_started_at=monday_nine, ended_at=NINE))
        session.flush()
        first = session.query(CallRow.id).filter_by(sid="P0").scalar()
    number = office.opens(room="青禾家园5栋1单元302")
    with office.hotline.store.transaction() as session:
        session.query(TicketRow).filter_by(number=number).update({"call_id": first})
    with office.hotline.store.reading() as session:
        week = calls.by_hour(session, asked())
        assert (week.calls[0][9], week.calls[1][0], week.n) == (3, 1, 4)
        assert sum(week.days) == 31
        compound = session.query(TicketRow.compound).filter_by(number=number).scalar()
        assert calls.by_hour(session, asked(compound=compound)).n == 1
        others = [code for code in ("WT", "WJ", "QH") if code != compound]
        assert calls.by_hour(session, asked(scope=Scope(frozenset(others[:1])))).n == 3  # those of no compound belong to everybody


def test_tickets_are_counted_by_category_and_by_age_within_the_scope(office: Office) -> None:  # noqa: F811
    for category in ("101", "104", "104"):
        office.opens(category=category, content="厨房漏水", room="望江苑4栋1单元1203")
    now = NINE + 3 * DAY
    with office.hotline.store.reading() as session:
        assert tickets.categories(session, asked()) == [("104", 2), ("101", 1)]
        assert tickets.categories(session, asked(scope=Scope(frozenset({"nowhere"})))) == []
        assert tickets.ages(session, asked(now=now)) == [(0, 0), (0, 0), (0, 3), (0, 0), (0, 0)]
        assert tickets.again_and_again(session, asked(), None) == []  # two of a kind are none


def test_everybody_has_the_quarters_of_their_own_arrivals(office: Office) -> None:  # noqa: F811
    number = office.opens()
    with office.hotline.store.transaction() as session:
        ticket = session.query(TicketRow.id).filter_by(number=number).scalar()
        sent = NINE - DAY
        session.add_all(AssignmentRow(ticket_id=ticket, cycle=1, to=user, team=False, at=sent, by="dispatcher01", arrived_at=sent + n * MINUTE)
                        for user, most in (("plumber01", 8), ("plumber02", 1)) for n in range(1, most + 1))
        session.add(AssignmentRow(ticket_id=ticket, cycle=1, to="plumber02", team=False, at=sent, by="dispatcher01", arrived_at=sent, voided_at=sent))
    with office.hotline.store.reading() as session:
        found = {a.user: (a.n, a.low // MINUTE, a.middle // MINUTE, a.high // MINUTE) for a in people.arrivals(session, asked())}
    assert found == {"plumber01": (8, 2, 4, 6), "plumber02": (1, 1, 1, 1)}


def test_repairs_are_banded_by_the_time_from_receipt_to_completion(office: Office) -> None:  # noqa: F811
    number = office.opens()
    with office.hotline.store.transaction() as session:
        session.query(TicketRow).filter_by(number=number).update({"completed_at": NINE + 5 * MINUTE, "completed_by": "plumber01"})
    with office.hotline.store.reading() as session:
        ask = asked(NINE + DAY)
        exact, under = (promises.repairs(session, ask, frozenset(FIELDWORK), (limit,)).bands for limit in (5 * MINUTE, 4 * MINUTE))
    assert (exact, under) == ((1, 0), (0, 1))


@pytest.mark.parametrize(("days", "cuts", "last"), [(1, 1, 1), (14, 14, 1), (30, 5, 7), (365, 13, 28)])
def test_a_period_is_cut_into_days_weeks_or_months_without_a_gap(days, cuts, last):
    since = midnight(datetime(2026, 3, 9, 1, tzinfo=UTC)) - (days - 1) * DAY
    held = promises.stretches(since, since + days * DAY)
    assert len(held) in (cuts, cuts + 1)
    assert held[0][0] == local(since).date()
    assert held[-1][1] == local(since + days * DAY).date()
    assert all(a[1] == b[0] for a, b in pairwise(held))


