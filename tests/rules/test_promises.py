"""Promise arithmetic against a second way of working it out, that walks the minutes of a local day one by one."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain import days, promises
from callcenter.domain.ticket import Promise
from callcenter.domain.vocabulary import Anchor, Clock, Status

FAST = settings(max_examples=150, deadline=None, derandomize=True, database=None)
MS = timedelta(milliseconds=1)
TIMES = st.integers(1_767_000_000_000, 1_830_000_000_000).map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms))
MINUTE = timedelta(minutes=1)


def promise(start, within, **more):
    return Promise(Clock.DISPATCH, start, start + within, start + within, **more)


@FAST
@given(TIMES, st.integers(1, 10**9), st.integers(-3, 3))
def test_a_promise_is_kept_through_its_due_millisecond_and_broken_from_the_next(start, within, off):
    within = timedelta(milliseconds=within)
    at = start + within + off * MS
    expected = Status.KEPT if off <= 0 else Status.BROKEN
    assert promise(start, within, kept_at=at).status(at + timedelta(days=9)) is expected
    assert promise(start, within).status(at) is (Status.RUNNING if off <= 0 else Status.BROKEN)
    assert promise(start, within, voided_at=at).status(at) is (Status.VOID if off <= 0 else Status.BROKEN)


@FAST
@given(TIMES, st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_paused_promise_stands_still(start, within, paused, later):
    within = timedelta(seconds=within)
    at = start + min(timedelta(seconds=paused), within)
    resting = promise(start, within, paused_at=at)
    assert resting.status(at + timedelta(seconds=later)) is Status.RUNNING
    assert promise(start, within, paused_at=at, voided_at=at + timedelta(seconds=later)).status(at + timedelta(days=99)) is Status.VOID


def walked(windows, at):
    """The first moment from *at* on that lies in a calling window, found minute by minute."""
    def inside(t):
        local = t + timedelta(hours=8)
        since = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return any(start <= since <= end for start, end in windows)
    if inside(at):
        return at
    minute = at.replace(second=0, microsecond=0) + MINUTE
    while not inside(minute):
        minute += MINUTE
    return minute


@FAST
@given(TIMES)
def test_what_falls_outside_the_calling_windows_moves_to_the_next_opening(policy, at):
    expected = walked(policy.follow_up.windows, at)
    assert days.next_window(policy.follow_up, at) == expected
    rule = next(p for p in policy.promises if p.windows and p.key is Clock.CALLBACK)
    assert promises.due_time(policy, rule, at - rule.within) == expected


@pytest.mark.parametrize("key", [Clock.DISPATCH, Clock.ARRIVE_URGENT, Clock.COMPLETION, Clock.FEEDBACK, Clock.WEEK_CAP])
def test_promises_run_round_the_clock_also_over_the_turn_of_the_year(policy, key):
    rule = next(p for p in policy.promises if p.key is key)
    for day in range(40):
        start = datetime(2026, 12, 15, 13, 59, 59, 999_000, tzinfo=UTC) + timedelta(days=day)
        assert (promises.due_time(policy, rule, start) - start) / timedelta(seconds=1) == rule.within.days * 86_400 + rule.within.seconds


def rung_times(rule, held, window):
    """When every rung would speak, written down once more."""
    for n, rung in enumerate(rule.ladder.rungs):
        base = {Anchor.DUE: held.due_at, Anchor.START: held.started_at, Anchor.WINDOW_START: window or held.due_at}.get(rung.anchor)
        if base is None:
            night = (held.started_at + timedelta(hours=8)).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=16)
            base = max(night, held.due_at - timedelta(days=1))
        yield base + rung.at, n


@FAST
@given(TIMES, st.integers(1, 40 * 86_400), st.integers(0, 30 * 86_400), st.data())
def test_rungs_speak_in_order_and_a_shorter_promise_has_fewer_reminders(policy, start, within, armed_after, data):
    rule = data.draw(st.sampled_from([p for p in policy.promises if p.on == "ticket"]))
    held = promise(start, timedelta(seconds=within))
    armed = start + min(timedelta(seconds=armed_after), timedelta(seconds=within))
    plan = promises.schedule(rule, held, start, armed)
    expected = sorted((at, n) for at, n in rung_times(rule, held, start) if at >= armed)
    assert [(d.at, d.rung) for d in plan] == expected
    shorter = promises.schedule(rule, promise(start, timedelta(seconds=within // 2)), start, start)
    assert len(shorter) <= len(promises.schedule(rule, held, start, start))


@FAST
@given(TIMES, st.integers(60, 10 * 86_400), st.integers(1, 30), st.data())
def test_after_the_last_rung_it_is_said_again_for_ever_and_time_never_runs_back(policy, start, within, steps, data):
    rule = data.draw(st.sampled_from([p for p in policy.promises if p.on == "ticket"]))
    held = promise(start, timedelta(seconds=within))
    said = [promises.next_due(policy, rule, held, None, start, n) for n in range(len(rule.ladder.rungs) + steps)]
    assert [d.at for d in said] == sorted(d.at for d in said)
    every = policy.escalation.repeat_top if rule.key is Clock.ESCALATION_ACK else policy.escalation.repeat
    again = [d for d in said if d.repeat]
    assert again
    assert {b.at - a.at for a, b in pairwise(again)} <= {every}
