"""The same fault again and again by day (K36): on which days runs begin, and which midnights they reach over, so that any stretch of days adds up."""

from collections.abc import Sequence

from callcenter.domain.clusters import LEAST, WITHIN
from callcenter.domain.figures.cases import Mark, Ms
from callcenter.domain.figures.daily import DayCase, day_of

CODE = "K36"
#: a run that has begun before a day and goes on in it or later: whoever begins to look that day sees it as well
REACHING = "K36over"
#: a run that began earlier is heard of again within this time, or it is over
_WITHIN: Ms = WITHIN.days * 86_400_000
#: a period shorter than this may end before that, and is counted from the rows
SHORTEST = _WITHIN


def cases_of_faults(times: Sequence[Ms], values: tuple[str, ...]) -> list[DayCase]:
    """
    What faults of one kind at one place come to, whose *times* are given in order.

    A period's clusters are the runs that begin in it and those that reach into it: the sum of the first over its days, and the second
    on its first day.
    """
    found: list[DayCase] = []
    reached = -1
    for n in range(len(times) - LEAST + 1):
        last = n + LEAST - 1
        if times[last] - times[n] > _WITHIN:
            continue
        day = day_of(times[last])
        if n > reached:
            found.append(DayCase(CODE, day, Mark.HIT, 1, values))
        else:
            found += (DayCase(REACHING, d, Mark.HIT, 1, values) for d in range(day_of(times[reached]) + 1, day + 1))
        reached = last
    return found
