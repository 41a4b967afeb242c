"""Pictures of promises: how long it took, in bands with the limit between them, and the share kept over time against its target."""

from collections.abc import Callable
from datetime import date, timedelta

from flask_babel import gettext

from callcenter.domain.days import local
from callcenter.domain.figures import FEW, FIGURES
from callcenter.domain.pictures import Column, Point, columns, trend
from callcenter.domain.vocabulary import FIELDWORK, Clock
from callcenter.services.pictures import promises
from callcenter.services.pictures.promises import Kept, Times
from callcenter.web import charts
from callcenter.web.charts import Cell, Picture, number, percent, plain, short
from callcenter.web.formats import length
from callcenter.web.insight.asking import Asking
from callcenter.web.languages import language

_M, _H = timedelta(minutes=1), timedelta(hours=1)
_DISPATCH = (_M, 2 * _M, 3 * _M, 5 * _M, 10 * _M, 30 * _M)
_ARRIVAL = (10 * _M, 20 * _M, 30 * _M, 45 * _M, _H, 2 * _H)
_REPAIRS = (2 * _H, 8 * _H, 24 * _H, 48 * _H, 168 * _H, 336 * _H)
_CLOCKS = {"K04": Clock.DISPATCH, "K05": Clock.ARRIVE_URGENT, "K07": Clock.ARRIVE_APPT}


def dispatch(asking: Asking) -> Picture:
    """From receipt to dispatch."""
    found = promises.times(asking.session, asking.ask, Clock.DISPATCH, _DISPATCH)
    return _bands(asking, "dispatch", str(gettext("受理到派单的时长")), found, _DISPATCH, 2, str(gettext("时限 3 分")), asking.listed("K04"),
                  str(gettext("期内到期的首次派单时限，豁免与作废的不计")))


def arrival(asking: Asking) -> Picture:
    """From receipt to being on site, of urgent repairs."""
    found = promises.times(asking.session, asking.ask, Clock.ARRIVE_URGENT, _ARRIVAL)
    return _bands(asking, "arrival", str(gettext("急修：受理到到场的时长")), found, _ARRIVAL, 2, str(gettext("时限 30 分")), asking.listed("K05"),
                  str(gettext("期内到期的首次到场时限，豁免与作废的不计")))


def repairs(asking: Asking) -> Picture:
    """From receipt to the end of the work."""
    found = promises.repairs(asking.session, asking.ask, frozenset(FIELDWORK), _REPAIRS)
    return _bands(asking, "repairs", str(gettext("受理到完工的时长")), found, _REPAIRS, None, "", None, str(gettext("期内完工的上门工单")))


def _bands(asking: Asking, name: str, title: str, found: Times, limits: tuple[timedelta, ...], limit_after: int | None, limit: str,
           more: tuple[str, str] | None, note: str) -> Picture:
    labels = [*(f"≤{short(at)}" for at in limits), f">{short(limits[-1])}"]
    counts = list(found.bands)
    if found.waiting:
        labels.append(str(gettext("尚未")))
        counts.append(found.waiting)
    heads = (str(gettext("时长")), str(gettext("件数")), str(gettext("占比")), str(gettext("累计")))
    if not found.n:
        return charts.nothing(name, title, heads, note)
    rows, reached = [], 0
    for label, count in zip(labels, counts, strict=True):
        reached += count
        rows.append(plain(label, number(count), percent(count / found.n), percent(reached / found.n)))
    drawn = columns([Column(label, (count,), (f"{label}: {number(count)} ({percent(count / found.n)})",))
                     for label, count in zip(labels, counts, strict=True)], number, limit_after=limit_after, limit=limit)
    return Picture(name, title, _timed(found, limits, limit_after), drawn, heads, tuple(rows), found.n, note, more=more)


def _timed(found: Times, limits: tuple[timedelta, ...], limit_after: int | None) -> str:
    """Half of them, then how many within the limit, then who still waits."""
    said = [str(gettext("一半在 %(time)s内", time=length(found.middle)))] if found.middle is not None else []
    if limit_after is not None:
        within = sum(found.bands[:limit_after + 1])
        said.append(str(gettext("%(limit)s内 %(n)s/%(all)s 件（%(share)s）", limit=length(limits[limit_after]), n=number(within), all=number(found.n),
                                share=percent(within / found.n))))
    if found.waiting:
        said.append(str(gettext("%(n)s 件尚未完成", n=number(found.waiting))))
    return sentence(said)


def sentence(parts: list[str]) -> str:
    """The parts as one sentence of the page's language."""
    return ("; ".join(parts) + ".") if language() == "en" else "；".join(parts) + "。"


def trend_of(code: str) -> Callable[[Asking], Picture]:
    """The picture of one figure over time."""
    return lambda asking: _trend(asking, code)


def _trend(asking: Asking, code: str) -> Picture:
    definition, clock = FIGURES[code], _CLOCKS[code]
    title = f"{definition.en if language() == 'en' else definition.zh} {code}"
    heads = (str(gettext("时间")), str(gettext("达标")), str(gettext("合计")), str(gettext("达标率")))
    by_day = promises.kept(asking.session, asking.ask, (clock,))
    held = [(first, after, _sum(by_day, clock, first, after)) for first, after in promises.stretches(asking.ask.since, asking.ask.until)]
    held = [stretch for stretch in held if stretch[0] <= local(asking.ask.now).date()]
    all_ = Kept(sum(k.hits for *_, k in held), sum(k.misses for *_, k in held))
    if not all_.decided:
        return charts.nothing(code, title, heads)
    target = asking.policy.targets.get(code, definition.target)
    drawn = trend([Point(charts.day(first) if after - first < timedelta(days=27) else charts.stretch(first, after), _share(k), _told(first, after, k),
                         asking.figure_in(code, first, after), 0 < k.decided < FEW) for first, after, k in held], percent, target,
                  str(gettext("目标 %(share)s", share=percent(target))) if target is not None else "")
    rows = tuple((Cell(charts.stretch(first, after)), Cell(number(k.hits)), Cell(number(k.decided), asking.figure_in(code, first, after)),
                  Cell(percent(_share(k)))) for first, after, k in held if k.decided)
    few = any(0 < k.decided < FEW for *_, k in held)
    return Picture(code, title, _told_of_trend(held, all_, target), drawn, heads, rows, all_.decided, more=asking.listed(code, "missed"),
                   legend=(("few", str(gettext("空心：少于 30 例"))),) if few else ())


def _sum(by_day: dict[tuple[Clock, date], Kept], clock: Clock, first: date, after: date) -> Kept:
    days = [k for (of, day), k in by_day.items() if of is clock and first <= day < after]
    return Kept(sum(k.hits for k in days), sum(k.misses for k in days))


def _share(k: Kept) -> float | None:
    return k.hits / k.decided if k.decided else None


def _told(first: date, after: date, k: Kept) -> str:
    return f"{charts.stretch(first, after)}: {percent(_share(k))} ({k.hits}/{k.decided})"


def _told_of_trend(held: list[tuple[date, date, Kept]], all_: Kept, target: float | None) -> str:
    """The whole, and where it was worst."""
    known = [(k.hits / k.decided, first, after, k) for first, after, k in held if k.decided]
    said = [str(gettext("达标 %(n)s/%(all)s 件，%(share)s", n=number(all_.hits), all=number(all_.decided), share=percent(_share(all_))))]
    below = [s for s in known if target is not None and s[0] < target]
    worst = min(known, key=lambda s: (s[0], s[1]))
    if below:
        said.append(str(gettext("%(n)s/%(all)s 段低于目标，最低的是 %(when)s：%(share)s", n=len(below), all=len(known),
                                when=charts.stretch(worst[1], worst[2]), share=percent(worst[0]))))
    elif target is not None:
        said.append(str(gettext("每一段都达到目标")))
    return sentence(said)
