"""Three alike within seven days (K36)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.clusters import LEAST, WITHIN, Fault, clusters

BEGAN = datetime(2026, 3, 2, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)


def fault(number, after, place="3栋", category="301", compound="WTL"):
    return Fault(number, BEGAN + after, compound, place, category)


def numbers(*faults):
    return [c.tickets for c in clusters(faults)]


def test_exactly_seven_days_is_within_and_a_millisecond_more_is_not():
    first, second = fault("A", timedelta(0)), fault("B", timedelta(days=3))
    assert numbers(first, second, fault("C", WITHIN)) == [("A", "B", "C")]
    assert numbers(first, second, fault("C", WITHIN + MS)) == []


def test_two_are_none():
    assert numbers(fault("A", timedelta(0)), fault("B", timedelta(days=1))) == []


def test_another_place_kind_or_compound_is_another_matter():
    a, b = fault("A", timedelta(0)), fault("B", timedelta(days=1))
    assert numbers(a, b, fault("C", timedelta(days=2), place="4栋")) == []
    assert numbers(a, b, fault("C", timedelta(days=2), category="302")) == []
    assert numbers(a, b, fault("C", timedelta(days=2), compound="QH")) == []


def test_threesomes_that_share_a_ticket_are_one_and_the_others_are_two():
    days = [0, 3, 7, 10, 14]
    assert numbers(*(fault(f"T{d:02d}", timedelta(days=d)) for d in days)) == [("T00", "T03", "T07", "T10", "T14")]
    apart = [0, 1, 2, 30, 31, 32]
    assert numbers(*(fault(f"T{d:02d}", timedelta(days=d)) for d in apart)) == [("T30", "T31", "T32"), ("T00", "T01", "T02")]


def test_one_that_stands_beside_a_threesome_is_no_part_of_it():
    assert numbers(fault("A", timedelta(0)), *(fault(f"B{n}", timedelta(days=8 + n)) for n in range(3))) == [("B0", "B1", "B2")]


@given(st.lists(st.tuples(st.integers(0, 40 * 24), st.sampled_from("xy")), max_size=25), st.randoms())
def test_every_ticket_of_a_cluster_has_two_others_near_and_the_order_does_not_matter(given_, random):
    faults = [fault(f"T{n:02d}", timedelta(hours=h), place) for n, (h, place) in enumerate(given_)]
    found = clusters(faults)
    shuffled = faults[:]
    random.shuffle(shuffled)
    assert clusters(shuffled) == found
    at = {f.number: f for f in faults}
    inside = {n for c in found for n in c.tickets}
    for one in faults:
        near = sorted(f.at for f in faults if f.place == one.place)
        threes = any(near[n] <= one.at <= near[n + LEAST - 1] and near[n + LEAST - 1] - near[n] <= WITHIN for n in range(len(near) - LEAST + 1))
        assert (one.number in inside) == threes
    assert all(len({at[n].place for n in c.tickets}) == 1 and len(c.tickets) >= LEAST for c in found)
    assert sum(len(c.tickets) for c in found) == len(inside)
