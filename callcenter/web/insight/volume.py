"""Pictures of how much comes in: calls by weekday and hour, tickets by category."""

from itertools import accumulate

from flask_babel import gettext

from callcenter.domain.figures.cases import Dimension, Weekday
from callcenter.domain.pictures import Row, heat, pareto
from callcenter.services.pictures import calls as calls_
from callcenter.services.pictures import tickets
from callcenter.services.pictures.calls import Week
from callcenter.web import charts
from callcenter.web.charts import Cell, Picture, number, percent
from callcenter.web.insight.asking import Asking
from callcenter.web.insight.kept import sentence
from callcenter.web.languages import language

#: rows of the picture; the rest is in the table
SHOWN = 12
_DAYS = tuple(Weekday)


def calls(asking: Asking) -> Picture:
    """Calls by weekday and hour, on average over the days of the period."""
    found = calls_.by_hour(asking.session, asking.ask)
    title, heads = str(gettext("来电时段：星期和钟点")), (str(gettext("钟点")), *(d.label(language()) for d in _DAYS))
    if not found.n:
        return charts.nothing("calls", title, heads)
    means = [[n / max(1, days) for n in row] for row, days in zip(found.calls, found.days, strict=True)]

    def said(day: int, hour: int) -> str:
        return str(gettext("%(day)s %(hour)s 点：平均 %(mean)s 个（%(n)s 个，%(days)s 天）", day=_DAYS[day].label(language()), hour=hour,
                           mean=_mean(means[day][hour]), n=number(found.calls[day][hour]), days=found.days[day]))

    def leads(day: int, hour: int) -> str:
        return asking.figure("K03", weekday=str(day + 1), hour=f"{hour:02d}")

    rows = tuple((Cell(f"{hour:02d}–{hour + 1:02d}"), *(Cell(_mean(means[day][hour]), leads(day, hour) if found.calls[day][hour] else None)
                                                        for day in range(7))) for hour in range(24))
    drawn = heat(means, [_short(d) for d in _DAYS], said, leads)
    note = str(gettext("每格是平均每天的来电数；%(n)s 个来电", n=number(found.n)))
    return Picture("calls", title, _busiest(found, means), drawn, heads, rows, found.n, note, legend=(("heat", str(gettext("越大越深，来电越多"))),),
                   more=asking.listed("K03"))


def _mean(value: float) -> str:
    """One place behind the point; less than that is said to be so."""
    return "0" if not value else "<0.1" if value < 0.05 else f"{value:,.1f}"


def _short(day: Weekday) -> str:
    return day.en[:3] if language() == "en" else day.zh


def _busiest(found: Week, means: list[list[float]]) -> str:
    day, hour = max(((d, h) for d in range(7) for h in range(24)), key=lambda at: (means[at[0]][at[1]], -at[0], -at[1]))
    night = sum(sum(row[:8]) for row in found.calls)
    return sentence([
        str(gettext("%(day)s %(hour)s 点来电最多，平均 %(mean)s 个", day=_DAYS[day].label(language()), hour=hour, mean=_mean(means[day][hour]))),
        str(gettext("夜间 0–8 点占 %(share)s", share=percent(night / found.n)))])


def categories(asking: Asking) -> Picture:
    """The categories reported most, and what they come to together."""
    found = tickets.categories(asking.session, asking.ask)
    title = str(gettext("报事类别：少数类别占了多少"))
    heads = (str(gettext("类别")), str(gettext("件数")), str(gettext("占比")), str(gettext("累计")))
    whole = sum(n for _, n in found)
    if not whole:
        return charts.nothing("categories", title, heads)
    drawn, rows, reached = [], [], 0
    for code, n in found:
        reached += n
        name = asking.words.said(Dimension.CATEGORY, code) if code else str(gettext("未分类"))
        href = asking.ledger(category=code) if code else None
        drawn.append(Row(name, n, f"{name}: {number(n)} ({percent(n / whole)})", href))
        rows.append((Cell(name), Cell(number(n), href), Cell(percent(n / whole)), Cell(percent(reached / whole))))
    address = asking.ledger()
    return Picture("categories", title, _few_of_many(drawn, whole), pareto(drawn[:SHOWN], whole, number), heads, tuple(rows), whole, _rest(drawn),
                   legend=(("part-0", str(gettext("件数"))), ("sum", str(gettext("累计占比")))), judged=False,
                   more=(address, str(gettext("报修台帐"))) if address else None)


def _few_of_many(rows: list[Row], whole: int) -> str:
    """How many categories make up four fifths."""
    n, reached = next((n, sum_) for n, sum_ in enumerate(accumulate(row.value for row in rows), 1) if sum_ >= 0.8 * whole)
    return sentence([str(gettext("%(all)s 类里前 %(n)s 类占 %(share)s", all=len(rows), n=n, share=percent(reached / whole))),
                     str(gettext("最多的是“%(name)s”，%(count)s 件", name=rows[0].label, count=number(rows[0].value)))])


def _rest(rows: list[Row]) -> str:
    note = str(gettext("期内受理的全部工单，含撤单和并单"))
    return note if len(rows) <= SHOWN else note + " · " + str(gettext("图中是前 %(n)s 类，其余见数据", n=SHOWN))
