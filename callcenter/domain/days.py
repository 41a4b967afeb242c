"""Local days, calling windows and the parts of a day; promises themselves run round the clock (DOMAIN.md 0.1-4)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.policy import FollowUp

LOCAL = ZoneInfo("Asia/Shanghai")


def local(at: datetime) -> datetime:
    """*at* as the wall clock of the compounds shows it."""
    return at.astimezone(LOCAL)


def midnight(at: datetime) -> datetime:
    """The local midnight that *at*'s day began with."""
    return datetime.combine(local(at).date(), time(), LOCAL)


def day_end(at: datetime) -> datetime:
    """24:00 of *at*'s local day."""
    return datetime.combine(local(at).date() + timedelta(days=1), time(), LOCAL)


def in_window(rule: FollowUp, at: datetime) -> bool:
    """Whether a customer may be called at *at* (CB6); a window's end belongs to it."""
    since = local(at) - midnight(at)
    return any(start <= since <= end for start, end in rule.windows)


def next_window(rule: FollowUp, at: datetime) -> datetime:
    """*at* itself inside a calling window, else the opening of the next one (CB6, scenario 37)."""
    if in_window(rule, at) or not rule.windows:
        return at
    since = local(at) - midnight(at)
    later = [start for start, _ in rule.windows if start > since]
    day = midnight(at) if later else day_end(at)
    return day + (min(later) if later else rule.windows[0][0])


def day_part(rule: FollowUp, at: datetime) -> tuple[int, int]:
    """The local day and the window an attempt fell into; attempts should not all fall into one (CB7)."""
    since = local(at) - midnight(at)
    part = next((n for n, (_, end) in enumerate(rule.windows) if since <= end), len(rule.windows))
    return local(at).date().toordinal(), part


def add_years(at: datetime, years: int) -> datetime:
    """The same day *years* later; 29 February becomes 28 February in a common year."""
    there = local(at)
    try:
        return there.replace(year=there.year + years)
    except ValueError:
        return there.replace(year=there.year + years, day=28)
