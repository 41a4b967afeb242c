"""The rules reports judge by: red and black list, the year's targets, the calendar's spans."""

from datetime import date

import pytest

from callcenter.domain.goals import GOALS, Goal, Proof
from callcenter.domain.ratings import Rating, Record, rate
from callcenter.services.reports import spans


@pytest.mark.parametrize(("record", "rating"), [
    (Record(50, 49, 20, 20, 0, 0), Rating.RED),        # 98% in time exactly
    (Record(50, 48, 20, 20, 0, 0), Rating.NEITHER),
    (Record(50, 50, 20, 20, 1, 0), Rating.NEITHER),    # one valid complaint keeps off the red list
    (Record(50, 45, 20, 20, 0, 0), Rating.NEITHER),    # 90% exactly is not below it
    (Record(50, 44, 20, 20, 0, 0), Rating.BLACK),
    (Record(50, 50, 20, 17, 0, 0), Rating.BLACK),
    (Record(50, 50, 9, 1, 0, 0), Rating.NEITHER),      # nine answers name nobody
    (Record(9, 0, 0, 0, 0, 0), Rating.FEW),
    (Record(9, 9, 0, 0, 3, 0), Rating.BLACK)])
def test_who_stands_on_which_list(record, rating):
    assert rate(record) is rating


@pytest.mark.parametrize(("n", "of", "few", "proof"), [
    (99, 100, False, Proof.PROVEN), (98, 100, False, Proof.MISSED), (29, 29, True, Proof.FEW), (0, 0, True, Proof.NONE)])
def test_a_target_is_proven_by_enough_cases_and_never_by_none(n, of, few, proof):
    assert Goal("R039", "K06", "", "", 0.99).proof(n, of, few) is proof


def test_a_ceiling_and_a_count_are_targets_too():
    complaints, services = (next(g for g in GOALS if g.code == code) for code in ("K18", "K27"))
    assert [complaints.proof(n, 1000, False) for n in (20, 21)] == [Proof.PROVEN, Proof.MISSED]
    assert [services.proof(n, n, True) for n in (10, 9)] == [Proof.PROVEN, Proof.MISSED]
    assert (complaints.aim, services.aim) == ("≤ 2%", "≥ 10")


def test_the_last_day_of_the_year_lies_in_its_own_quarter_and_year_and_in_a_week_of_both():
    last, first = date(2026, 12, 31), date(2027, 1, 1)
    assert list(spans.quarters_between(last, first)) == [
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)), ("2027-Q1", date(2027, 1, 1), date(2027, 4, 1))]
    assert [key for key, *_ in spans.years_between(last, first)] == ["2026", "2027"]
    assert list(spans.weeks_between(last, first)) == [("2026-W53", date(2026, 12, 28), date(2027, 1, 4))]
    assert [key for key, *_ in spans.months_between(last, first)] == ["2026-12", "2027-01"]
