"""Pictures of a report: drawn from what its page says, word for word, so that a signed report's pictures are those of its frozen numbers."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext

from callcenter.domain.figures import FEW
from callcenter.domain.pictures import Column, Point, Row, columns, heat, pareto, trend
from callcenter.web import charts
from callcenter.web.charts import Cell, Picture, number, percent

Section = Mapping[str, Any]
#: figures whose course is drawn; the others stand in the table
DRAWN = ("K04", "K05", "K08", "K16")
#: rows of a picture; the rest is in the table
SHOWN = 12
_MONTH, _SHARE, _TARGET = re.compile(r"\d{4}-\d{2}"), re.compile(r"(\d+)/(\d+) "), re.compile(r"[≥≤] ([\d.]+)%")


def pictures_of(section: Section) -> list[Picture]:
    """What is drawn of a section; nothing of most."""
    made = _MADE.get(section["key"])
    return made(section) if made and section["rows"] else []


def replaces_table(section: Section) -> bool:
    """Whether the picture, with its own table, stands in the place of the section's."""
    return str(section["key"]) == "hours"


def _bands(section: Section) -> list[Picture]:
    """The distribution of response times, a picture for each step that has cases."""
    heads = tuple(section["columns"])
    held = [(row[0], [int(cell) for cell in row[1:]]) for row in section["rows"] if all(cell.isdigit() for cell in row[1:])]
    return [_steps(n, name, heads, counts) for n, (name, counts) in enumerate(held) if sum(counts)]


def _steps(n: int, name: str, heads: tuple[str, ...], counts: list[int]) -> Picture:
    whole, labels = sum(counts), [head.replace(" ", "").replace("分钟", "分").replace("小时", "时") for head in heads[1:]]
    most = max(range(len(counts)), key=lambda at: (counts[at], -at))
    drawn = columns([Column(label, (count,), (f"{label}: {number(count)} ({percent(count / whole)})",))
                     for label, count in zip(labels, counts, strict=True)], number)
    return Picture(f"bands-{n}", name, f"{heads[1 + most]}: {number(counts[most])}/{number(whole)} ({percent(counts[most] / whole)})", drawn, heads,
                   (charts.plain(name, *map(number, counts)),), whole)


def _trends(section: Section) -> list[Picture]:
    """The course of the promises kept, month by month, where two months at least are known."""
    months = [x for x, head in enumerate(section["columns"]) if _MONTH.fullmatch(head)]
    return [made for row in section["rows"] if row[0] in DRAWN and (made := _trend(section, row, months))]


def _trend(section: Section, row: Sequence[str], months: Sequence[int]) -> Picture | None:
    held = [(section["columns"][x], _counted(row[x])) for x in months]
    known = [(month, *counted) for month, counted in held if counted]
    if len(known) < 2:
        return None
    aim = _TARGET.match(row[-1])
    target = float(aim[1]) / 100 if aim else None
    points = [_point(month, counted) for month, counted in held]
    (first, *begin), (last, *end) = known[0], known[-1]
    finding = gettext("从 %(first)s 的 %(begin)s 到 %(last)s 的 %(end)s", first=first, begin=percent(begin[0] / begin[1]), last=last,
                      end=percent(end[0] / end[1]))
    few = (("few", str(gettext("空心：少于 30 例"))),) if any(n < FEW for _, _, n in known) else ()
    rows = tuple(charts.plain(month, row[x]) for x, (month, _) in zip(months, held, strict=True))
    return Picture(f"trend-{row[0]}", f"{row[1]} {row[0]}", str(finding), trend(points, percent, target, row[-1] if aim else ""),
                   (str(gettext("时间")), str(gettext("达标率"))), rows, sum(n for _, _, n in known), legend=few)


def _point(month: str, counted: tuple[int, int] | None) -> Point:
    if counted is None:
        return Point(month, None, month)
    hits, whole = counted
    return Point(month, hits / whole, f"{month}: {percent(hits / whole)} ({hits}/{whole})", few=whole < FEW)


def _counted(cell: str) -> tuple[int, int] | None:
    """Both numbers of "29/30 96.6%"; none of a dash."""
    found = _SHARE.match(cell)
    return (int(found[1]), int(found[2])) if found and int(found[2]) else None


def _categories(section: Section) -> list[Picture]:
    """The categories reported most, and what they come to together."""
    held = sorted(((row[0], int(row[1])) for row in section["rows"] if row[1].isdigit() and row[1] != "0"), key=lambda r: -r[1])
    whole = sum(n for _, n in held)
    if len(held) < 2:
        return []
    drawn = [Row(name, n, f"{name}: {number(n)} ({percent(n / whole)})") for name, n in held[:SHOWN]]
    finding = gettext("最多的是“%(name)s”，%(count)s 件", name=held[0][0], count=number(held[0][1]))
    note = str(gettext("图中是前 %(n)s 类，其余见数据", n=SHOWN)) if len(held) > SHOWN else ""
    rows = tuple(charts.plain(name, number(n), percent(n / whole)) for name, n in held)
    return [Picture("categories", section["title"], str(finding), pareto(drawn, whole, number), (*section["columns"][:2], str(gettext("占比"))), rows,
                    whole, note, legend=(("part-0", section["columns"][1]), ("sum", str(gettext("累计占比")))), judged=False)]


def _hours(section: Section) -> list[Picture]:
    """The week as a grid of hours."""
    days = section["columns"][1:]
    counts = [[int(row[x]) if row[x].isdigit() else 0 for row in section["rows"]] for x in range(1, len(days) + 1)]
    if [len(row) for row in counts] != [24] * 7:
        return []
    whole = sum(map(sum, counts))
    day, hour = max(((d, h) for d in range(7) for h in range(24)), key=lambda at: (counts[at[0]][at[1]], -at[0], -at[1]))
    finding = gettext("%(day)s %(hour)s 点来电最多，共 %(n)s 个", day=days[day], hour=hour, n=number(counts[day][hour]))
    drawn = heat(counts, days, lambda d, h: f"{days[d]} {h:02d}: {number(counts[d][h])}")
    rows = tuple((Cell(row[0]), *(Cell(cell) for cell in row[1:])) for row in section["rows"])
    return [Picture("hours", section["title"], str(finding), drawn, tuple(section["columns"]), rows, whole,
                    legend=(("heat", str(gettext("面积越大、颜色越深，来电越多"))),), judged=False)]


def _months(section: Section) -> list[Picture]:
    """What came in and what ended, month by month."""
    heads = tuple(section["columns"])
    held = [(row[0], tuple(int(cell) for cell in row[1:3])) for row in section["rows"] if all(cell.isdigit() for cell in row[1:3])]
    if len(held) < 2:
        return []
    drawn = columns([Column(f"{int(month[-2:])}", counts, tuple(f"{month} {head}: {number(n)}" for head, n in zip(heads[1:3], counts, strict=True)))
                     for month, counts in held], number, grouped=True)
    most = max(held, key=lambda m: m[1][0])
    finding = gettext("%(month)s 登记最多，%(n)s 件", month=most[0], n=number(most[1][0]))
    rows = tuple(charts.plain(month, *map(number, counts)) for month, counts in held)
    return [Picture("months", section["title"], str(finding), drawn, heads[:3], rows,
                    sum(counts[0] for _, counts in held), legend=(("part-0", heads[1]), ("part-1", heads[2])), judged=False)]


_MADE: Mapping[str, Callable[[Section], list[Picture]]] = {
    "bands": _bands, "trend": _trends, "categories": _categories, "hours": _hours, "months": _months}
