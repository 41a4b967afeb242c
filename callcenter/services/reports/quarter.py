"""The quarter (RP-Q): red and black list by a stated rule, three months side by side, the same fault again, the sheet for the notice board."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time

from sqlalchemy.orm import Session

from callcenter.domain import ratings
from callcenter.domain.days import LOCAL, local
from callcenter.domain.figures import Figure
from callcenter.services import figures
from callcenter.services.hotline import Hotline
from callcenter.services.reports import books, course, shares, standings
from callcenter.services.reports.sheet import Both, Cell, Section, section, share
from callcenter.services.reports.spans import months_between

#: what is posted for owners and residents: nothing internal, nobody's name
PUBLIC = ("K01", "K04", "K05", "K06", "K08", "K14", "K15", "K16", "K18", "K19")


def sections(hotline: Hotline, session: Session, since: datetime, until: datetime) -> Iterator[Section]:
    """What the project managers and the quality department judge the quarter by."""
    policy = hotline.rulebook.policy
    whole = figures.all_figures(hotline, session, until, since, until, listed=True)
    yield section("figures", ("指标", "Figures"), shares.COLUMNS, shares.rows(whole, policy.targets), compared=shares.COMPARED)
    yield _trend(hotline, session, since, until, whole)
    yield section("standings", ("红黑榜(内部)", "Red and black list (internal)"), standings.COLUMNS, standings.rows(policy, session, since, until),
                  compared=(0, 1, 2, 3, 4, 5, 6))
    yield section("rule", ("评定规则", "The rule"), "规则|Rule", ((Both(zh, en),) for zh, en in ratings.RULE))
    yield course.categories(session, policy, since, until)
    yield course.hours(session, since, until)
    yield section("clusters", ("同类故障聚集", "The same fault again"), books.CLUSTER_COLUMNS, books.recurring(session, policy, since, until))
    yield section("public", ("公开评价表", "Public evaluation sheet"), "项目|Item  结果|Result  目标|Target  达标|Met",
                  _public(whole, policy.targets), compared=(0, 1))


def _trend(hotline: Hotline, session: Session, since: datetime, until: datetime, whole: Sequence[Figure]) -> Section:
    spans = [(key, first, min(after, until)) for key, first, after in _months(since, until) if first < until]
    by_month = [{f.code: f for f in figures.all_figures(hotline, session, end, first, end)} for _, first, end in spans]
    columns = "  ".join(["编号|Code", "指标|Figure", *(f"{key}|{key}" for key, _, _ in spans), "本季|Quarter", "目标|Target"])
    return section("trend", ("三个月走势", "Three months"), columns, _trend_rows(whole, by_month, hotline.rulebook.policy.targets))


def _trend_rows(whole: Sequence[Figure], by_month: Sequence[dict[str, Figure]], targets: Mapping[str, float]) -> Iterator[tuple[Cell, ...]]:
    for figure in whole:
        if figure.code in course.CODES:
            months = (month.get(figure.code) for month in by_month)
            yield (figure.code, Both(figure.zh, figure.en), *(share(m.numerator, m.denominator) if m else None for m in months),
                   share(figure.numerator, figure.denominator), shares.aim(figure.code, targets.get(figure.code)))


def _months(since: datetime, until: datetime) -> Iterable[tuple[str, datetime, datetime]]:
    last = local(until).date() if until > since else local(since).date()
    for key, first, after in months_between(local(since).date(), last):
        yield key, datetime.combine(first, time(), LOCAL), datetime.combine(after, time(), LOCAL)


def _public(whole: Sequence[Figure], targets: Mapping[str, float]) -> Iterator[tuple[Cell, ...]]:
    for figure in whole:
        if figure.code in PUBLIC:
            target = targets.get(figure.code)
            yield (Both(figure.zh, figure.en), share(figure.numerator, figure.denominator), shares.aim(figure.code, target),
                   shares.verdict(figure, target))
