"""The calendar's spans: days, weeks, months, quarters, half-years and years, each with its key, its first day and the day after."""

from collections.abc import Iterable
from datetime import date, timedelta

Span = tuple[str, date, date]


def days_between(first: date, last: date) -> Iterable[Span]:
    """Every day from *first* to *last*: its key, itself, and the day after."""
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        yield day.isoformat(), day, day + timedelta(days=1)


def weeks_between(first: date, last: date) -> Iterable[Span]:
    """Every ISO week that touches *first* to *last*: its key, its Monday, and the Monday after."""
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        year, week, _ = monday.isocalendar()
        yield f"{year}-W{week:02d}", monday, monday + timedelta(days=7)
        monday += timedelta(days=7)


def months_between(first: date, last: date) -> Iterable[Span]:
    """Every month that touches *first* to *last*: its key, its first day, and the first of the next."""
    month = first.replace(day=1)
    while month <= last:
        after = (month + timedelta(days=32)).replace(day=1)
        yield f"{month:%Y-%m}", month, after
        month = after


def quarters_between(first: date, last: date) -> Iterable[Span]:
    """Every quarter that touches *first* to *last*: its key, its first day, and the first of the next."""
    start = first.replace(month=(first.month - 1) // 3 * 3 + 1, day=1)
    while start <= last:
        after = (start + timedelta(days=95)).replace(day=1)
        yield f"{start.year}-Q{(start.month + 2) // 3}", start, after
        start = after


def halves_between(first: date, last: date) -> Iterable[Span]:
    """Every half-year that touches *first* to *last*: its key, its first day, and the first of the next."""
    start = first.replace(month=1 if first.month <= 6 else 7, day=1)
    while start <= last:
        after = start.replace(month=7) if start.month == 1 else start.replace(year=start.year + 1, month=1)
        yield f"{start.year}H{1 if start.month == 1 else 2}", start, after
        start = after


def years_between(first: date, last: date) -> Iterable[Span]:
    """Every year that touches *first* to *last*: its key, its first day, and the first of the next."""
    for year in range(first.year, last.year + 1):
        yield str(year), date(year, 1, 1), date(year + 1, 1, 1)
