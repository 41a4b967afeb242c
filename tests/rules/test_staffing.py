"""How many people a telephone needs: against the literature's figures, against a simulated queue, and what must hold for any load."""

import heapq
from math import exp, inf, isclose
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.staffing import Demand, Performance, erlang_b, erlang_c, needed, perform

LOADS = st.builds(Demand, calls=st.floats(0.1, 3000), handling=st.floats(10, 1200), patience=st.floats(5, 3600))


def test_erlang_b_agrees_with_the_closed_form_and_the_tables():
    assert erlang_b(1, 1) == pytest.approx(1 / 2)
    assert erlang_b(1, 2) == pytest.approx(1 / 5)
    assert erlang_b(5, 10) == pytest.approx(0.018385, abs=5e-7)  # R. B. Cooper, Introduction to Queueing Theory, table of B(s, a)


def test_erlang_c_agrees_with_the_closed_form():
    assert erlang_c(0.7, 1) == pytest.approx(0.7)  # M/M/1: the load itself
    assert erlang_c(1, 2) == pytest.approx(1 / 3)


def test_a_hundred_calls_in_half_an_hour_and_fourteen_agents():
    """The worked example of the Erlang C page of callcentrehelper.com: 100 calls in 30 min, 180 s each, 14 agents, 20 s."""
    done = perform(Demand(200, 180), 14, 20)
    assert round(done.waiting, 3) == 0.174
    assert round(done.level, 3) == 0.888
    assert round(done.average_wait, 1) == 7.8
    assert round(done.occupancy, 3) == 0.714


def test_fifty_agents_with_and_without_patience():
    """Garnett, Mandelbaum and Reiman, Designing a Call Center with Impatient Customers: 48 calls/min, 1 min each, patience 2 min, 50 agents."""
    endless, impatient = perform(Demand(48 * 60, 60), 50, 15), perform(Demand(48 * 60, 60, 120), 50, 15)
    assert round(endless.average_wait, 1) == 20.8
    assert round(endless.occupancy, 2) == 0.96
    assert round(impatient.abandoned, 3) == 0.031
    assert round(impatient.average_wait, 1) == 3.7
    assert round(impatient.occupancy, 2) == 0.93


def test_more_work_than_people_never_ends_without_patience_and_is_shared_out_with_it():
    assert perform(Demand(100, 3600), 10, 15) == Performance(1.0, 0.0, inf, 0.0, 1.0)
    crowded = perform(Demand(100, 3600, 60), 10, 15)
    assert crowded.abandoned == pytest.approx(0.9, abs=0.002)
    assert crowded.occupancy > 0.99


def test_nobody_calls_and_nobody_answers():
    assert needed(Demand(0, 180), 0.95, 15) == 0
    assert perform(Demand(0, 180), 0, 15).level == 1
    assert perform(Demand(5, 180, 60), 0, 15).abandoned == 1
    assert perform(Demand(5, 180), 0, 15).level == 0


@pytest.mark.parametrize("patience", [None, 90.0])
def test_very_large_loads_stay_finite(patience):
    demand = Demand(100_000, 300, patience)
    people = needed(demand, 0.95, 15) if patience is None else 8400
    done = perform(demand, max(people, 8400), 15)
    assert 0 <= done.waiting <= 1
    assert 0 <= done.level <= 1
    assert 0 <= perform(Demand(1_000_000, 300, 600), 1, 15).level <= 1


@settings(max_examples=60, deadline=None)
@given(LOADS, st.integers(1, 60), st.floats(1, 120))
def test_one_more_person_never_makes_it_worse(demand, agents, within):
    for load in (demand, Demand(demand.calls, demand.handling)):
        less, more = perform(load, agents, within), perform(load, agents + 1, within)
        assert more.level >= less.level - 1e-9
        assert more.average_wait <= less.average_wait + 1e-9
        assert more.waiting <= less.waiting + 1e-9
        assert more.abandoned <= less.abandoned + 1e-9


@settings(max_examples=60, deadline=None)
@given(LOADS, st.floats(1, 120))
def test_every_share_is_a_share_and_what_is_needed_is_the_least(demand, within):
    people = needed(demand, 0.9, within)
    reached = perform(demand, people, within)
    for share in (reached.waiting, reached.level, reached.abandoned, reached.occupancy):
        assert -1e-9 <= share <= 1 + 1e-9
    assert reached.level >= 0.9
    assert people == 1 or perform(demand, people - 1, within).level < 0.9


@settings(max_examples=40, deadline=None)
@given(st.floats(0.5, 20), st.floats(20, 600), st.integers(1, 5))
def test_with_endless_patience_erlang_a_becomes_erlang_c(erlangs, handling, spare):
    calls, agents = erlangs * 3600 / handling, int(erlangs) + spare
    endless, patient = perform(Demand(calls, handling), agents, 15), perform(Demand(calls, handling, 1e9), agents, 15)
    if agents - erlangs < 0.05:
        return  # where almost nothing is spare the limit is only reached beyond any patience worth naming
    assert isclose(endless.waiting, patient.waiting, abs_tol=1e-3)
    assert isclose(endless.level, patient.level, abs_tol=1e-3)


@pytest.mark.parametrize("patience", [None, 60.0])
def test_a_simulated_queue_comes_to_the_same_figures(patience):
    """Sixty thousand callers, fixed seed. Batch means say by how much such a run strays: four of their standard errors are allowed."""
    demand, agents, within = Demand(120, 120, patience), 5, 15.0
    theory = perform(demand, agents, within)
    batches = _simulated(demand, agents, within, 60_000, 30)
    for name in ("waiting", "level", "average_wait", "abandoned"):
        values = [getattr(batch, name) for batch in batches]
        mean = sum(values) / len(values)
        error = (sum((v - mean) ** 2 for v in values) / (len(values) - 1) / len(values)) ** 0.5
        assert abs(mean - getattr(theory, name)) <= 4 * error + 1e-12, name


def _simulated(demand: Demand, agents: int, within: float, callers: int, batches: int) -> list[Performance]:
    """First come, first served: every caller takes the agent who is free first, unless that is later than they will wait."""
    draw = Random(20261122)
    free, at, seen = [0.0] * agents, 0.0, []
    for _ in range(callers):
        at += draw.expovariate(demand.calls / 3600)
        start = max(at, free[0])
        patience = draw.expovariate(1 / demand.patience) if demand.patience else inf
        answered = start - at < patience
        if answered:
            heapq.heapreplace(free, start + draw.expovariate(1 / demand.handling))
        seen.append((min(start - at, patience), answered))
    size = callers // batches
    return [_of_batch(seen[n * size:(n + 1) * size], within) for n in range(batches)]


def _of_batch(seen: list[tuple[float, bool]], within: float) -> Performance:
    n = len(seen)
    early = sum(1 for wait, answered in seen if not answered and wait < 5)
    in_time = sum(1 for wait, answered in seen if answered and wait <= within)
    return Performance(sum(1 for wait, _ in seen if wait > 0) / n, in_time / (n - early), sum(wait for wait, _ in seen) / n,
                       sum(1 for _, answered in seen if not answered) / n, 0.0)


def test_answered_in_time_alone_matches_the_exponential_tail_of_erlang_c():
    done = perform(Demand(60, 120), 4, 30)
    assert done.level == pytest.approx(1 - erlang_c(2, 4) * exp(-2 * 30 / 120))
