"""When a telephone's own time of an act made without network is believed, to the millisecond."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.domain import device_time
from callcenter.domain.device_time import Belief, Device

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)
MS = timedelta(milliseconds=1)


@pytest.mark.parametrize(("at", "told"), [
    (NOW, Belief.PLAUSIBLE), (NOW + MS, Belief.FUTURE), (BEFORE, Belief.PLAUSIBLE), (BEFORE - MS, Belief.BEFORE),
    (NOW - timedelta(minutes=20), Belief.PLAUSIBLE),
])
def test_not_after_its_receipt_and_not_before_the_step_it_follows(at, told):
    assert device_time.belief(Device(at), NOW, BEFORE) is told


@pytest.mark.parametrize(("age", "told"), [
    (device_time.LONGEST_OFFLINE, Belief.PLAUSIBLE), (device_time.LONGEST_OFFLINE + MS, Belief.TOO_OLD)])
def test_exactly_a_day_in_the_queue_still_counts(age, told):
    assert device_time.belief(Device(NOW - age), NOW, None) is told


def test_with_network_the_device_is_not_asked():
    assert device_time.belief(Device(NOW, offline=False), NOW, BEFORE) is Belief.ONLINE


def test_the_next_step_follows_on_the_believed_time_and_on_the_receipt_otherwise():
    believed = device_time.record(Device(BEFORE), NOW, None)
    assert device_time.done_at(NOW, believed) == BEFORE
    assert device_time.done_at(NOW, device_time.record(Device(NOW + MS), NOW, None)) == NOW
    assert device_time.done_at(NOW, None) == NOW
