"""The time a telephone without network gave an act: when it is believed, and what it never decides.

The rule, in one place. Two times stand beside each other for an act made offline: `at`, when the server received it, and
`device_at`, when it was made by the telephone's clock, set right by what that clock was found to be off by when it last had
network. The engine knows `at` alone: promises, ladders, timers and the order of the ledger go by it, because rungs that were due
meanwhile have fired and were told to people, and because a clock in somebody's pocket is no proof (“arrived”, pressed in the
workshop). `device_at` is shown beside it, and whether it may be believed: made without network, not in the future, not before the
step it follows, and not older than the queue keeps acts. A breach stays a breach; who was in time by the device can see and say so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callcenter.domain.vocabulary import Word

#: how long an act may wait on a telephone and still be believed; exactly this long still is
LONGEST_OFFLINE = timedelta(hours=24)


class Belief(Word):
    """What is thought of a device's time."""

    PLAUSIBLE = "plausible", "离线时间可信", "made offline, plausible"
    ONLINE = "online", "提交时在线,不采用", "had network, not used"
    FUTURE = "future", "晚于收到时间,不可信", "later than its receipt, not believed"
    BEFORE = "before", "早于上一步,不可信", "before the step it follows, not believed"
    TOO_OLD = "too_old", "超过离线时限,不可信", "older than the queue keeps, not believed"


@dataclass(frozen=True, slots=True)
class Device:
    """When an act was made by the device's own clock, and whether it had no network then."""

    at: datetime
    offline: bool = True


def belief(device: Device, now: datetime, previous: datetime | None) -> Belief:
    """Whether the device's time may be believed for an act received at *now* that follows on a step done at *previous*.

    Every boundary is inclusive: made at the very time of receipt, of the step before, or exactly a day ago still counts.
    """
    if not device.offline:
        return Belief.ONLINE
    if device.at > now:
        return Belief.FUTURE
    if previous is not None and device.at < previous:
        return Belief.BEFORE
    return Belief.PLAUSIBLE if now - device.at <= LONGEST_OFFLINE else Belief.TOO_OLD


def record(device: Device, now: datetime, previous: datetime | None) -> dict[str, Any]:
    """What the event keeps of it, beside its own time."""
    return {"at": device.at, "belief": belief(device, now, previous)}


def done_at(at: datetime, kept: Any) -> datetime:
    """When a step was done, for the one that follows it: by the device where that was believed, else when it was received."""
    believed = isinstance(kept, dict) and kept.get("belief") == Belief.PLAUSIBLE and isinstance(kept.get("at"), datetime)
    return kept["at"] if believed else at
