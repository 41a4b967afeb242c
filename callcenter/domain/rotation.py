"""The shifts of a day by name, rotations of four groups (四班三运转), and turns that leave somebody too little rest (F24, 17.5)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from callcenter.domain.days import local
from callcenter.domain.roster import Away, Turn
from callcenter.domain.vocabulary import Word

#: between two turns; the demo company's rotation keeps to it
REST = timedelta(hours=8)
#: without a pause
LONGEST = timedelta(hours=16)


class Shift(Word):
    """What sort of turn it is; the first letter stands for it in a month."""

    NIGHT = "night", "夜班", "Night"
    EARLY = "early", "早班", "Early"
    MIDDLE = "middle", "中班", "Late"
    DAY = "day", "白班", "Day"
    STANDBY = "standby", "备勤", "Standby"
    LEADER = "leader", "领导值班", "Officer on call"
    SHORT = "short", "短班", "Part of a day"


#: turns that are waited through, not worked through: they break no rest
WAITED = frozenset({Shift.STANDBY, Shift.LEADER})
_NAMED = (("备勤", Shift.STANDBY), ("领导", Shift.LEADER), ("夜", Shift.NIGHT), ("早", Shift.EARLY), ("中班", Shift.MIDDLE), ("白", Shift.DAY),
          ("日班", Shift.DAY))


def shift_of(turn: Turn) -> Shift:
    """By the name somebody gave it; without one by its hours."""
    named = next((shift for piece, shift in _NAMED if piece in turn.shift), None)
    if named:
        return named
    begins, length = local(turn.start).hour, turn.end - turn.start
    if length < timedelta(hours=6):
        return Shift.SHORT
    if begins >= 18 or begins < 5:
        return Shift.NIGHT
    if begins >= 13:
        return Shift.MIDDLE
    return Shift.EARLY if length <= timedelta(hours=8) and begins < 9 else Shift.DAY


class Strain(Word):
    """What is wrong with somebody's turns."""

    SHORT_REST = "short_rest", "两班之间休息不足 8 小时", "Less than 8 hours of rest between shifts"
    TOO_LONG = "too_long", "连续在岗超过 16 小时", "More than 16 hours on duty at a stretch"
    ON_LEAVE = "on_leave", "请假期间还有班", "A shift while on leave"
    TWICE = "twice", "班次重叠", "Two shifts at once"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A turn somebody should look at, and how long the rest or the stretch is."""

    turn: Turn
    strain: Strain
    length: timedelta | None = None


def troubles(turns: Iterable[Turn], away: Sequence[Away], since: datetime, until: datetime) -> list[Trouble]:
    """What is wrong with the turns that begin between *since* and *until*; those around them are looked at for rest. In order of time."""
    by_user: dict[str, list[Turn]] = {}
    for turn in sorted(turns, key=lambda t: (t.start, t.id)):
        by_user.setdefault(turn.user, []).append(turn)
    found = [t for own in by_user.values() for t in (*_rests(own), *_on_leave(own, away))]
    return sorted((t for t in found if since <= t.turn.start < until), key=lambda t: (t.turn.start, t.turn.user))


def _rests(own: Sequence[Turn]) -> Iterator[Trouble]:
    worked = [turn for turn in own if shift_of(turn) not in WAITED]
    begun = worked[0].start if worked else None
    for before, turn in pairwise(worked):
        rest = turn.start - before.end
        if rest < timedelta(0):
            yield Trouble(turn, Strain.TWICE)
        elif timedelta(0) < rest < REST:
            yield Trouble(turn, Strain.SHORT_REST, rest)
        if rest > timedelta(0):
            begun = turn.start
        elif begun is not None and turn.end - begun > LONGEST:
            yield Trouble(turn, Strain.TOO_LONG, turn.end - begun)


def _on_leave(own: Sequence[Turn], away: Sequence[Away]) -> Iterator[Trouble]:
    for turn in own:
        if any(a.user == turn.user and turn.overlaps(a.since, a.until) for a in away):
            yield Trouble(turn, Strain.ON_LEAVE)


class Rota(Word):
    """Rotations of four groups: each group does the same, one step behind the group before."""

    THREE_SHIFTS = "three_shifts", "四班三运转(夜、早、中、休)", "Four groups, three shifts (night, early, late, off)"
    TWO_DAYS_EACH = "two_days_each", "四班三运转,每班两天(夜夜早早中中休休)", "Four groups, two days of each shift, two days off"
    TWELVE_HOURS = "twelve_hours", "四班两运转,十二小时(白、夜、休、休)", "Four groups, twelve hours (day, night, off, off)"


#: a day's part: from and until in hours since its midnight, and what it is called
Part = tuple[int, int, str]
_EARLY, _MIDDLE, _NIGHT, _FREE = (8, 16, "早班"), (16, 24, "中班"), (0, 8, "夜班"), None
_CYCLES: dict[Rota, tuple[Part | None, ...]] = {
    Rota.THREE_SHIFTS: (_NIGHT, _EARLY, _MIDDLE, _FREE),
    Rota.TWO_DAYS_EACH: (_NIGHT, _NIGHT, _EARLY, _EARLY, _MIDDLE, _MIDDLE, _FREE, _FREE),
    Rota.TWELVE_HOURS: ((8, 20, "白班"), (20, 32, "夜班"), _FREE, _FREE),
}
GROUPS = 4


def part(rota: Rota, group: int, day: int) -> Part | None:
    """What a group (0 to 3) does on the so-many-th day of the rotation; None on its days off. On every day each shift has its group."""
    cycle = _CYCLES[rota]
    return cycle[(day - group * len(cycle) // GROUPS) % len(cycle)]
