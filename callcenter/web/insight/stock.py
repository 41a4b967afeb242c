"""Pictures of what is left: how old the open tickets are, and what keeps breaking at one place."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from flask import url_for
from flask_babel import gettext

from callcenter.domain.clusters import Cluster
from callcenter.domain.days import local
from callcenter.domain.figures.cases import Dimension
from callcenter.domain.pictures import Column, Event, columns, moments
from callcenter.services.pictures import tickets
from callcenter.services.pictures.tickets import AGES
from callcenter.web import charts
from callcenter.web.charts import Cell, Picture, number, percent
from callcenter.web.insight.asking import Asking
from callcenter.web.insight.kept import sentence

#: rows of the picture; the rest is in the table
SHOWN = 12
#: tickets of one place: more are told by the day, and only the first are named
LISTED = 12


def ages(asking: Asking) -> Picture:
    """The tickets open now, by how long ago they came in."""
    found = tickets.ages(asking.session, asking.ask)
    title = str(gettext("在办账龄"))
    heads = (str(gettext("受理至今")), str(gettext("未超期")), str(gettext("已超期")), str(gettext("合计")))
    note = str(gettext("此刻在办的工单，与所选期间无关"))
    whole, late = sum(a + b for a, b in found), sum(b for _, b in found)
    if not whole:
        return charts.nothing("ages", title, heads, note)
    labels = _ages()
    drawn = columns([Column(label, (a, b), (f"{label} {heads[1]}: {number(a)}", f"{label} {heads[2]}: {number(b)}"))
                     for label, (a, b) in zip(labels, found, strict=True)], number)
    rows = tuple(charts.plain(label, number(a), number(b), number(a + b)) for label, (a, b) in zip(labels, found, strict=True))
    view: dict[str, Any] = {"compound": asking.ask.compound} if asking.ask.compound else {}
    said = [str(gettext("在办 %(n)s 件，其中超期 %(late)s 件（%(share)s）", n=number(whole), late=number(late), share=percent(late / whole)))]
    if sum(found[-1]):
        said.append(str(gettext("超过 %(days)s 天的 %(n)s 件", days=AGES[-1].days, n=number(sum(found[-1])))))
    return Picture("ages", title, sentence(said), drawn, heads, rows, whole, note, judged=False,
                   legend=(("part-0", heads[1]), ("part-1", heads[2])),
                   more=(url_for("tickets.index", view="overdue", **view), str(gettext("超期的工单"))) if asking.has("tickets.index") else None)


def _ages() -> list[str]:
    days = [at.days for at in AGES]
    return [str(gettext("<%(n)s 天", n=days[0])), *(str(gettext("%(a)s–%(b)s 天", a=a, b=b)) for a, b in pairwise(days)),
            str(gettext("≥%(n)s 天", n=days[-1]))]


def clusters(asking: Asking) -> Picture:
    """Three and more of the same kind at one place within seven days, each a line of dots."""
    person = asking.staff.people.get(asking.user)
    found = tickets.again_and_again(asking.session, asking.ask, person)
    title = str(gettext("同类聚集：7 天内同处同类 3 件以上"))
    heads = (str(gettext("地点和类别")), str(gettext("件数")), str(gettext("首件")), str(gettext("末件")), str(gettext("工单")))
    if not found:
        return charts.nothing("clusters", title, heads)
    names = [_name(asking, c) for c in found]
    received = tickets.received(asking.session, [number for c in found[:SHOWN] for number in c.tickets])
    lines = [(_place(asking, c), asking.words.said(Dimension.CATEGORY, c.category), _events(asking, {t: received[t] for t in c.tickets}))
             for c in found[:SHOWN]]
    rows = tuple((Cell(name), Cell(str(len(c.tickets))), Cell(charts.day(local(c.first_at).date())), Cell(charts.day(local(c.last_at).date())),
                  _numbers(c.tickets)) for name, c in zip(names, found, strict=True))
    said = [str(gettext("%(n)s 处聚集，共 %(tickets)s 件", n=len(found), tickets=sum(len(c.tickets) for c in found))),
            str(gettext("最多的是“%(name)s”，%(count)s 件", name=names[0], count=len(found[0].tickets)))]
    note = str(gettext("图中是最大的 %(n)s 处，其余见数据", n=SHOWN)) if len(found) > SHOWN else ""
    return Picture("clusters", title, sentence(said), moments(lines, _days(asking)), heads, rows, len(found), note, judged=False,
                   more=(url_for("actions.index", tab="clusters"), str(gettext("处理聚集"))) if asking.has("actions.index") else None)


def _place(asking: Asking, cluster: Cluster) -> str:
    compound = asking.words.compounds.get(cluster.compound, "")
    return cluster.place if cluster.place.startswith(compound) else f"{compound}{cluster.place}"


def _name(asking: Asking, cluster: Cluster) -> str:
    return f"{_place(asking, cluster)} {asking.words.said(Dimension.CATEGORY, cluster.category)}"


def _numbers(held: Sequence[str]) -> Cell:
    """The tickets, each leading to itself; of very many the first."""
    first = str(gettext("前 %(n)s 件：", n=LISTED)) if len(held) > LISTED else ""
    return Cell(first, number=False, also=tuple((number, url_for("tickets.show", number=number)) for number in held[:LISTED]))


def _events(asking: Asking, held: Mapping[str, datetime]) -> list[Event]:
    """A dot for each ticket; of very many one for each day, which leads to that day's first."""
    if len(held) <= LISTED:
        return [_event(asking, at, one, one) for one, at in held.items()]
    days: dict[date, list[tuple[str, datetime]]] = {}
    for one, at in held.items():
        days.setdefault(local(at).date(), []).append((one, at))
    return [_event(asking, of_day[0][1], str(gettext("%(n)s 件", n=len(of_day))), of_day[0][0]) for of_day in days.values()]


def _event(asking: Asking, at: datetime, said: str, number: str) -> Event:
    span = asking.ask.end - asking.ask.since
    return Event((at - asking.ask.since) / span, f"{said} · {charts.day(local(at).date())}", url_for("tickets.show", number=number))


def _days(asking: Asking) -> list[tuple[float, str]]:
    """The beginning of the time shown, its middle and its end."""
    since, span = asking.ask.since, asking.ask.end - asking.ask.since
    return [(part, charts.day(local(since + span * part - (timedelta(milliseconds=1) if part == 1 else timedelta())).date())) for part in (0, 0.5, 1)]
