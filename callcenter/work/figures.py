"""The command `callcenter figures`: prints figures, compares the daily sums with the rows, sums everything up anew."""

import json
import os
import sys
from datetime import date, datetime, time, timedelta

from callcenter import clock
from callcenter.domain import days
from callcenter.domain.figures import Figure
from callcenter.services import figures
from callcenter.services.figures import daily
from callcenter.services.hotline import Hotline

Bounds = tuple[datetime | None, datetime | None]


class Unreadable(ValueError):
    """No such period."""


def run(hotline: Hotline, *, period: str | None, since: str | None, until: str | None, check: bool, rebuild: bool, as_json: bool,
        language: str) -> int:
    """Do what was asked for; 1 when the sums and the rows differ, 2 when the period cannot be read or nothing is summed up yet."""
    try:
        bounds = bounds_of(period, since, until)
    except Unreadable as wrong:
        print(f"callcenter: {wrong}: 2026-03-10, 2026-03, 2026", file=sys.stderr)
        return 2
    if rebuild:
        return _rebuild(hotline)
    return _check(hotline, bounds) if check else _show(hotline, bounds, as_json=as_json, language=language)


def bounds_of(period: str | None, since: str | None, until: str | None) -> Bounds:
    """
    Local midnights: of a day, a month or a year, or from the first day to the last, which belongs to it.

    Raises:
        Unreadable: neither.
    """
    if period is not None:
        return _begin(period), _begin(period, after=True)
    return (None if since is None else _begin(since)), (None if until is None else _begin(until, after=True))


def _begin(text: str, *, after: bool = False) -> datetime:
    """When a day, a month or a year begins, or the next one."""
    try:
        parts = [int(part) for part in text.split("-")]
        later = {1: timedelta(days=366), 2: timedelta(days=31), 3: timedelta(days=1)}[len(parts)]
        first = date(*(*parts, 1, 1)[:3])
        if after:
            first = date(*(*((first + later).timetuple()[:len(parts)]), 1, 1)[:3])
    except (ValueError, TypeError, KeyError) as wrong:
        raise Unreadable(text) from wrong
    return datetime.combine(first, time(), days.LOCAL)


def _rebuild(hotline: Hotline) -> int:
    processes = 1 if hotline.store.sqlite else min(4, os.cpu_count() or 1)
    counted = daily.rebuild(hotline, clock.now(), lambda done: print(f"  {done}", end="\r", flush=True), processes)
    print(f"已汇总 / summed up: {counted}")
    return 0


def _check(hotline: Hotline, bounds: Bounds) -> int:
    with hotline.store.reading() as session:
        found = daily.differences(hotline, session, clock.now(), *bounds)
    if found is None:
        print("callcenter: 还没有汇总,或变动太多 / not summed up yet, or too much has changed: callcenter figures --rebuild", file=sys.stderr)
        return 2
    for one in found:
        print(f"✗ {one}")
    print(f"{'✗' if found else '✓'} 汇总与逐条计算不同 {len(found)} 处 / {len(found)} differences between sums and rows")
    return 1 if found else 0


def _show(hotline: Hotline, bounds: Bounds, *, as_json: bool, language: str) -> int:
    with hotline.store.reading() as session:
        for figure in figures.all_figures(hotline, session, clock.now(), *bounds):
            print(_as_json(figure, language) if as_json else f"{figure.code:<12} {figure.text:>9}  {_parts(figure):<22} {figure.label(language)}")
    return 0


def _parts(figure: Figure) -> str:
    apart = f" (-{figure.excluded})" if figure.excluded else ""
    return f"{figure.numerator}/{figure.denominator}{apart}"


def _as_json(f: Figure, language: str) -> str:
    return json.dumps({"code": f.code, "name": f.label(language), "value": f.value, "numerator": f.numerator, "denominator": f.denominator,
                       "excluded": f.excluded, "unit": f.unit, "target": f.target, "met": f.met}, ensure_ascii=False)
