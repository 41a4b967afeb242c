"""Where an axis ends and which of its values are named."""

from math import ceil, floor, log10

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: steps of lengths of time that people count in, in seconds
_TIMES = (1, 2, 5, 10, 15, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR,
          12 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY, 90 * _DAY, 365 * _DAY)


def nice(rough: float, *, whole: bool = False) -> float:
    """The least of 1, 2, 2.5, 5 times a power of ten that is no smaller than *rough*; without fractions if *whole*."""
    if rough <= 0:
        return 1.0
    power = 10.0 ** floor(log10(rough))
    step = next((s * power for s in _STEPS if s * power >= rough * (1 - 1e-12)), 10 * power)
    return max(1.0, float(ceil(step))) if whole else step


def ticks(most: float, about: int = 4, *, whole: bool = True) -> tuple[float, ...]:
    """From 0 in even steps to the first one that is no smaller than *most*."""
    return _up_to(most, nice(max(most, 0) / about, whole=whole))


def time_ticks(most: float, about: int = 4) -> tuple[float, ...]:
    """The same for seconds, in steps of a clock."""
    rough = max(most, 0) / about
    step = next((float(s) for s in _TIMES if s >= rough), None)
    return _up_to(most, nice(rough / _DAY) * _DAY if step is None else step)


def share_ticks(least: float) -> tuple[float, ...]:
    """For shares: up to 1, from the first of 0.9, 0.8, 0.5, 0 that lies below *least*."""
    start = next((s for s in (0.9, 0.8, 0.5) if least >= s), 0.0)
    step = {0.9: 0.02, 0.8: 0.05, 0.5: 0.1}.get(start, 0.25)
    return tuple(round(start + n * step, 2) for n in range(round((1 - start) / step) + 1))


def _up_to(most: float, step: float) -> tuple[float, ...]:
    count = max(1, ceil(most / step - 1e-9))
    return tuple(step * n for n in range(count + 1))
