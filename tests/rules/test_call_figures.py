"""The figures of the telephone: every formula on calls counted by hand."""

from datetime import UTC, datetime, timedelta

from callcenter.domain.call_figures import Heard, Span, by_agent, compute
from callcenter.domain.figures import Figure, to_ms
from callcenter.domain.telephone import AgentState

NINE = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
LATER = NINE + timedelta(days=8)


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def at(seconds: float) -> int:
    """Milliseconds, as the figures count them: so many seconds after nine."""
    return to_ms(NINE + s(seconds))


def span(user: str, state: AgentState, since: float, until: float) -> Span:
    return Span(user, state, at(since), at(until))


def call(sid: str, answered: float | None, ended: float | None, **more: object) -> Heard:
    """A call that rang at nine; *answered* and *ended* in seconds after it."""
    return Heard(sid, at(0), None if answered is None else at(answered), None if ended is None else at(ended), **more)  # type: ignore[arg-type]


def figures(calls=(), spans=(), now=LATER) -> dict[str, Figure]:
    return {f.code: f for f in compute(calls, spans, now)}


def fraction(figure: Figure) -> tuple[int, int]:
    return figure.numerator, figure.denominator


def test_three_rings_are_fifteen_seconds_to_the_millisecond_and_given_up_at_once_counts_nowhere():
    found = figures([call("a", 15.0, 60), call("b", 15.001, 60), call("c", None, 4.999), call("d", None, 5), call("e", 3, 60)])
    assert fraction(found["K01"]) == (2, 4)
    assert found["K01"].cases == ("b", "d")
    assert fraction(found["K02"]) == (3, 4)
    assert fraction(found["K03"]) == (1, 5)


def test_the_lenient_service_level_takes_early_leavers_for_served_in_time():
    assert fraction(figures([call("a", 10, 60), call("b", 20, 60), call("c", None, 8), call("d", None, 30)])["K01b"]) == (2, 4)


def test_a_call_still_ringing_has_missed_its_three_rings_after_fifteen_seconds_and_not_before():
    assert fraction(figures([call("a", None, None)], now=NINE + s(15))["K01"]) == (0, 0)
    assert fraction(figures([call("a", None, None)], now=NINE + s(15.001))["K01"]) == (0, 1)


def test_the_speed_of_answer_is_the_mean_wait_of_answered_calls_and_handling_has_the_after_call_work_in_it():
    found = figures([call("a", 10, 70, wrap_up=30_000), call("b", 20, 140, wrap_up=0), call("c", None, 200)])
    assert (found["K29"].value, found["K29"].unit) == (15, "seconds")
    assert fraction(found["K29b"]) == (60 + 30 + 120, 2)


def test_occupancy_counts_idle_time_and_utilization_counts_breaks():
    spans = [span("li", AgentState.AVAILABLE, 0, 60), span("li", AgentState.OFFERED, 60, 70),
             span("li", AgentState.TALKING, 70, 190), span("li", AgentState.WRAP_UP, 190, 220),
             span("li", AgentState.MEAL, 220, 520), span("li", AgentState.OFFLINE, 520, 900)]
    found = figures(spans=spans)
    assert fraction(found["occupancy"]) == (160, 220)
    assert fraction(found["utilization"]) == (120, 520)
    assert by_agent(spans)["li"][AgentState.TALKING] == s(120)


def test_settled_on_the_first_call_is_known_a_week_later_or_as_soon_as_it_failed():
    good, again = call("a", 5, 60, settled=True), call("b", 5, 60, settled=True, again_at=at(7 * 86400 + 60))
    late = call("c", 5, 60, settled=True, again_at=at(7 * 86400 + 60.001))
    open_, gas = call("d", 5, 60, settled=False), call("e", 5, 60, settled=False, emergency=True)
    found = figures([good, again, late, open_, gas])["K28"]
    assert (fraction(found), found.cases) == ((2, 4), ("b", "d"))
    early = figures([good, again, late, open_, gas], now=NINE + timedelta(days=7, seconds=60))["K28"]
    assert fraction(early) == (0, 2)  # what may still go wrong is not judged


def test_without_calls_there_is_no_figure_and_never_a_hundred_per_cent():
    assert {f.value for f in figures().values()} == {None}
