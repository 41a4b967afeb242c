"""Every number of a generated year opens a list of exactly its members, on the page of figures, in a file and in a report."""

import re
from datetime import datetime, timedelta

from callcenter.domain import days
from callcenter.domain.figures import FIGURES
from callcenter.domain.figures.cases import Mark
from callcenter.domain.figures.figure import Unit
from callcenter.services import figures
from callcenter.services.figures import Question, daily
from callcenter.services.overseeing import board_figures
from callcenter.services.pictures import course
from callcenter.services.reports import building, drafting, members
from callcenter.storage.tables import PeriodRow

JUNE = tuple(datetime.fromisoformat(f"2026-0{m}-01T00:00+08:00") for m in (6, 7))


def test_a_figure_is_as_great_as_its_lists_and_the_file_has_the_lines_of_the_screen(year):
    hotline, made = year
    with hotline.store.reading() as session:
        for figure in figures.all_figures(hotline, session, made.now, *JUNE):
            d = FIGURES[figure.code]
            of = figures.members(hotline, session, figure.code, made.now, *JUNE, "denominator", page=None).cases
            if figure.excluded:
                assert figure.excluded == figures.members(hotline, session, figure.code, made.now, *JUNE, "excluded").total, figure.code
            if not (d.in_ms or d.weighed or d.unit is Unit.MEDIAN):  # seconds
                assert figure.numerator == sum(c.amount for c in of if c.mark is Mark.HIT), figure.code
                assert d.outside or figure.denominator == len(of), figure.code  # what is divided by something else says so on its page
            lines = board_figures.lines(session, of[:figures.PAGE], made.now)
            _, rows = board_figures.as_list(board_figures.Shown(figure), lines, "", "zh")
            assert [row[:3] for row in rows] == [[line.at, line.of, line.case.mark] for line in lines]
            assert [line.case for line in lines] == list(of[:figures.PAGE])
            if figure.code == "K04":
                pages = range(1, -(-len(of) // figures.PAGE) + 1)
                assert [c for n in pages for c in figures.members(hotline, session, "K04", made.now, *JUNE, "denominator", page=n).cases] == list(of)


def test_a_report_keeps_for_every_number_as_many_names_as_it_says_and_each_of_them_is_known(year):
    hotline, made = year
    period = PeriodRow(kind="monthly_report", key="2026-06", compound="", since=JUNE[0], until=JUNE[1], content={})
    with hotline.store.reading() as session:
        report = drafting.in_both(hotline, session, period, made.now)
        names = set()
        for section in report["zh"]["sections"]:
            kept = report["behind"].get(section["name"], {})
            for y, row in enumerate(section["rows"]):
                for x in section["opens"]:
                    total, of = kept.get(f"{y}/{x}", (0, []))
                    names |= set(of)
                    if re.fullmatch(r"\d+", row[x]) and section["key"] != "figures":
                        assert (int(row[x]), min(total, members.KEPT)) == (total, len(of)), (section["name"], row)
        found = members.read(session, hotline.rulebook.policy, sorted(names), frozenset())
        assert {m.name for m in found} == {name.rpartition("/")[2] for name in names}
        assert {m.kind for m in found} >= {"ticket", "call"}
        assert [m.name for m in found if m.kind == "other"] == []
        assert [s.name for s in building.build(hotline, session, period, made.now).sections] == [s["name"] for s in report["en"]["sections"]]


def test_the_sparks_are_the_figures_of_those_weeks(year):
    hotline, made = year
    daily.refresh(hotline, made.now, pieces=1000)
    end = made.since + timedelta(days=160, hours=5)
    last = days.midnight(end)
    for where in ({}, {"compound": "WTL"}):
        with hotline.store.reading() as session:
            drawn = course.courses(session, Question(made.now, end - timedelta(days=7), end, where))
            assert len(drawn) > 20
            for n in (0, course.WEEKS - 1):
                since = last - timedelta(days=course.DAYS * (course.WEEKS - n))
                shown = figures.all_figures(hotline, session, made.now, since, since + timedelta(days=course.DAYS), where, codes=course.CODES)
                assert {f.code: f.value for f in shown if f.value is not None and f.code in drawn} == {
                    code: held[n].value for code, held in drawn.items() if held[n] is not None}, (n, where)
                assert {f.value for f in shown if f.code not in drawn} <= {None, 0}
