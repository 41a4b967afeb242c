"""The picture of people: technicians and firms side by side, by how long they take to be on site."""

from flask_babel import gettext

from callcenter.domain.figures import FEW
from callcenter.domain.pictures import Spread, spreads
from callcenter.domain.vocabulary import Role
from callcenter.services.pictures import people
from callcenter.services.pictures.people import Arrivals
from callcenter.web import charts
from callcenter.web.charts import Cell, Picture, number, short
from callcenter.web.formats import length
from callcenter.web.insight.asking import Asking
from callcenter.web.insight.kept import sentence


def arrivals(asking: Asking) -> Picture:
    """From dispatch to being on site: where the middle half of everybody's jobs lies."""
    found = people.arrivals(asking.session, asking.ask)
    title = str(gettext("维修人员与外委单位：派单到到场"))
    heads = (str(gettext("姓名")), str(gettext("件数")), str(gettext("四分之一在")), str(gettext("一半在")), str(gettext("四分之三在")))
    note = str(gettext("期内派出并已到场的派单；件数最多的 %(n)s 位", n=people.MOST))
    if not found:
        return charts.nothing("people", title, heads, note)
    firms = {a.user for a in found if asking.staff.people.get(a.user) and Role.CONTRACTOR in asking.staff.people[a.user].roles}
    held = [_spread(asking, a, a.user in firms) for a in found]
    rows = tuple((Cell(_called(asking, a.user, a.user in firms)), Cell(number(a.n) + _small(a), asking.jobs(a.user)), Cell(length(a.low)),
                  Cell(length(a.middle)), Cell(length(a.high))) for a in found)
    legend = [("dot", str(gettext("一半在此之内（维修人员）")))] + ([("box", str(gettext("一半在此之内（外委单位 ◧）")))] if firms else [])
    return Picture("people", title, _compared(asking, found), spreads(held, short), heads, rows, sum(a.n for a in found), note,
                   legend=(*legend, ("part-0", str(gettext("四分之一到四分之三")))))


def _spread(asking: Asking, a: Arrivals, firm: bool) -> Spread:
    name = _called(asking, a.user, firm)
    said = str(gettext("%(name)s：一半在 %(middle)s内到场，n=%(n)s", name=name, middle=length(a.middle), n=a.n))
    return Spread(name, a.low.total_seconds(), a.middle.total_seconds(), a.high.total_seconds(), f"n={a.n}{_small(a)}", said,
                  asking.jobs(a.user), firm)


def _small(a: Arrivals) -> str:
    """Marks a row that rests on few cases."""
    return "*" if a.n < FEW else ""


def _called(asking: Asking, user: str, firm: bool) -> str:
    person = asking.staff.people.get(user)
    name = person.name if person else user
    return f"{name} ◧" if firm else name


def _compared(asking: Asking, found: list[Arrivals]) -> str:
    """The fastest and the slowest of those with enough cases."""
    judged = [a for a in found if a.n >= FEW]
    if len(judged) < 2:
        return sentence([str(gettext("件数都不多，不作比较（* 少于 30 例）"))])
    first, last = judged[0], judged[-1]
    people_ = asking.staff.people
    return sentence([
        str(gettext("满 30 例的 %(n)s 位里，%(name)s最快，一半在 %(time)s内到场", n=len(judged),
                    name=people_[first.user].name if first.user in people_ else first.user, time=length(first.middle))),
        str(gettext("%(name)s最慢，%(time)s", name=people_[last.user].name if last.user in people_ else last.user, time=length(last.middle)))])
