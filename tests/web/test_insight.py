"""The page of pictures: every picture with its finding and the table of the very same numbers, no style or script in it, what its reader may see."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.services.figures import daily
from callcenter.services.recurring import periods
from callcenter.services.reports import drafting
from callcenter.storage.report_tables import ReportDraftRow
from callcenter.storage.tables import CallRow, CompoundRow, TicketRow
from callcenter.web.insight import PICTURES
from callcenter.web.insight.report import pictures_of
from tests.hotlines import NINE
from tests.web import office as rooms

PAGES = (*rooms.PAGES, "reports", "tickets", "insight", "ledgers", "actions", "feedbacks", "reviews")
LEAK = {"category": "104", "content": "水龙头滴漏", "room": "望江苑4栋1单元1203"}


@pytest.fixture
def house(sqlite_hotline, monkeypatch):
    made = rooms.Office(sqlite_hotline, rooms.Hand(monkeypatch, sqlite_hotline))
    made.app = rooms.application(sqlite_hotline, PAGES)
    return made


@pytest.fixture
def busy(house):
    """Three leaks in a week at one place, one dispatched in time, and calls on two mornings."""
    numbers = [house.opens(**LEAK) for _ in range(3)]
    house.does(numbers[0], "dispatch", "dispatcher01", to="plumber01")
    house.hand.move(minutes=4)
    with house.hotline.store.transaction() as session:
        session.add_all(CallRow(sid=f"P{day}-{n}", state="ended", ring_started_at=NINE - timedelta(days=day, minutes=-n), ended_at=NINE)
                        for day, calls in ((1, 5), (2, 2)) for n in range(calls))
    return house


def part(page, name):
    """One picture of the page."""
    return re.search(rf'<figure class="card chart" id="chart-{name}".*?</figure>', page, re.S)[0]


def table(picture):
    """Its table: rows of texts."""
    rows = re.findall(r"<tr>(.*?)</tr>", picture.partition("<tbody>")[2], re.S)
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)] for row in rows]


def test_every_picture_is_there_in_both_languages_with_a_title_a_finding_and_its_table(busy):
    for language, finding in (("zh", "3 分钟内 1/3 件（33.3\u00a0%）"), ("en", "1/3 within 3 min (33.3\u00a0%)")):
        page = busy.visitor("supervisor01", language).page("/insight?period=7d")
        assert set(re.findall(r'<figure class="card chart" id="chart-(\w+)"', page)) == set(PICTURES)
        assert finding in part(page, "dispatch")
        for name in ("dispatch", "calls", "K04", "categories", "ages", "clusters"):
            picture = part(page, name)
            assert f'role="group" aria-labelledby="chart-{name}-title chart-{name}-desc"' in picture
            assert table(picture)
        drawn = "".join(re.findall(r"<svg.*?</svg>", part(page, "dispatch"), re.S))
        assert not (language == "en" and re.search(r"[一-鿿]", drawn))


def test_the_table_has_the_very_numbers_of_the_picture(busy):
    page = busy.visitor("supervisor01").page("/insight?period=7d")
    bands = [(label, count) for label, count, *_ in table(part(page, "dispatch")) if count != "0"]
    assert bands == [tuple(re.match(r"(.+?): (\d+)", title).groups()) for title in re.findall(r"<title>(.*?)</title>", part(page, "dispatch"))
                     for title in [title.replace("&gt;", ">")] if ": " in title] == [("≤1分", "1"), ("尚未", "2")]
    assert table(part(page, "dispatch"))[-1][-1] == "100 %"
    assert [row[1:] for row in table(part(page, "categories"))] == [["3", "100 %", "100 %"]]
    older = ("1–2 天", "2–7 天", "7–30 天", "≥30 天")
    assert table(part(page, "ages")) == [["&lt;1 天", "1", "2", "3"], *([label, "0", "0", "0"] for label in older)]
    assert table(part(page, "K04"))[-1][1:] == ["1", "3", "33.3 %"]


def test_the_busiest_hour_is_named_with_its_mean_and_leads_to_its_calls(busy):
    page = busy.visitor("supervisor01").page("/insight/calls?period=7d")
    assert "周一 9 点来电最多，平均 5.0 个" in page
    assert "n=7</span> · <b>少于 30 例，只供参考</b>" in page
    assert ["09–10", "5.0", "0", "0", "0", "0", "0", "2.0"] in table(part(page, "calls"))
    address = re.search(r'href="([^"]+)">5\.0<', page)[1].replace("&amp;", "&")
    listed = busy.visitor("supervisor01").page(address.partition("#")[0])
    assert len(set(re.findall(r"P1-\d", listed))) == 5
    assert "P2-0" not in listed


def test_the_worst_stretch_is_said_and_opens_its_cases(busy):
    picture = part(busy.visitor("supervisor01").page("/insight/K04?period=7d"), "K04")
    assert "达标 1/3 件，33.3 %；1/1 段低于目标，最低的是 3-10：33.3 %。" in picture
    assert 'class="point few"' in picture
    address = re.search(r'<td class="number num"><a href="([^"]+)">3</a>', picture)[1].replace("&amp;", "&")
    assert busy.visitor("supervisor01").page(address.partition("#")[0]).count('class="num" href="/tickets/') == 3


def test_three_of_a_kind_at_one_place_are_a_line_of_dots_each_leading_to_its_ticket(busy):
    picture = part(busy.visitor("supervisor01").page("/insight?period=7d"), "clusters")
    assert len(re.findall(r'<circle class="event"', picture)) == 3
    assert len(set(re.findall(r'href="(/tickets/[^"?]+)"', picture))) == 3
    assert "1 处聚集，共 3 件" in picture


def test_of_very_many_at_one_place_there_is_a_dot_for_each_day_and_the_first_are_named(busy):
    numbers = [busy.opens(**LEAK) for _ in range(12)]
    busy.hand.move(minutes=1)
    with busy.hotline.store.transaction() as session:
        session.execute(sa.update(TicketRow).where(TicketRow.number.in_(numbers[:4])).values(received_at=NINE - timedelta(days=1)))
    picture = part(busy.visitor("supervisor01").page("/insight?period=7d"), "clusters")
    assert re.findall(r"(\d+) 件 · 3-\d+", picture) == ["4", "11"]
    assert len(set(re.findall(r'href="(/tickets/[^"?]+)"', picture))) == 12
    assert "前 12 件：" in picture
    assert "1 处聚集，共 15 件" in picture


def test_nobody_sees_what_belongs_to_another_compound(busy):
    ours, others = (busy.visitor(user).page("/insight?period=7d") for user in ("pm03", "pm01"))
    counts = sorted(bool(table(part(page, "categories"))) if "<tbody>" in part(page, "categories") else False for page in (ours, others))
    assert counts == [False, True]
    page = busy.visitor("supervisor01").page("/insight?period=7d&compound=nowhere")
    assert table(part(page, "dispatch"))  # a compound that does not exist is as if it were not asked for


def test_nothing_to_show_is_said_and_nothing_is_drawn(house):
    page = house.visitor("supervisor01").page("/insight?period=dates&first=2020-01-01&last=2020-01-02")
    assert page.count("这段时间没有数据") == len(PICTURES)
    assert "chart-drawing" not in page
    assert "日期不成立" in house.visitor("supervisor01").page("/insight?period=dates&first=tomorrow")
    house.visitor("supervisor01").page("/insight/nothing", status=404)


def test_the_page_carries_no_style_no_script_and_no_markup_from_names(busy):
    with busy.hotline.store.transaction() as session:
        for row in session.query(CompoundRow):
            row.name = f"<b onclick=x>{row.code}\"'"
    page = busy.visitor("supervisor01").page("/insight?period=7d")
    main = page.partition("<main")[2].partition("</main>")[0]
    assert "style=" not in main
    assert "<style" not in main
    assert "<script" not in main
    assert not re.search(r"<b onclick|\son\w+=\"", main)
    assert "&lt;b onclick=x&gt;" in main
    ids = re.findall(r'\sid="([^"]+)"', main)
    assert len(ids) == len(set(ids))


def test_a_report_draws_the_distribution_from_its_own_words():
    row = ["受理到派单", "3", "0", "1", "0", "0", "0", "0"]
    section = {"key": "bands", "columns": ["环节", "≤3 分钟", "≤30 分钟", "≤2 小时", "≤8 小时", "≤24 小时", "≤48 小时", "更久"],
               "rows": [row, ["急修", *"0000000"]]}
    picture, = pictures_of(section)
    assert (picture.title, picture.n, picture.finding) == ("受理到派单", 4, "≤3 分钟: 3/4 (75 %)")
    assert [cell.text for cell in picture.rows[0]] == row
    assert [mark.title for mark in picture.drawing.of("mark")] == ["≤3分: 3 (75 %)", "≤2时: 1 (25 %)"]
    assert pictures_of({"key": "totals"}) == []


def test_a_report_draws_courses_categories_hours_and_months_from_its_own_words_and_nothing_from_what_it_cannot_read(house):
    with house.app.test_request_context(headers={"Accept-Language": "zh"}):
        trend = {"key": "trend", "title": "十二个月走势", "columns": ["编号", "指标", "2026-01", "2026-02", "2026-03", "目标"], "rows": [
            ["K04", "三分钟派单达标率", "—", "29/30 96.6%", "40/40 100.0%", "≥ 100%"], ["K05", "急修到场率", "—", "—", "1/1 100.0%", "≥ 100%"],
            ["K09", "首次承诺兑现率", "1/2 50.0%", "1/2 50.0%", "1/2 50.0%", "—"]]}
        course, = pictures_of(trend)
        assert (course.name, course.n, course.finding) == ("trend-K04", 70, "从 2026-02 的 96.6 % 到 2026-03 的 100 %")
        assert [row[1].text for row in course.rows] == ["—", "29/30 96.6%", "40/40 100.0%"]
        kinds, = pictures_of({"key": "categories", "title": "按类别", "columns": ["类别", "受理", "占比"],
                              "rows": [["104 水龙头", "3", "3/4 75.0%"], ["901 咨询", "1", "1/4 25.0%"]]})
        assert kinds.finding == "最多的是“104 水龙头”，3 件"
        week = [[f"{h:02d}–{h + 1:02d}", *("7" if (d, h) == (1, 9) else "0" for d in range(7))] for h in range(24)]
        hours = {"key": "hours", "title": "来电时段", "columns": ["钟点", "周一", "周二", "周三", "周四", "周五", "周六", "周日"], "rows": week}
        assert [p.finding for p in pictures_of(hours)] == ["周二 9 点来电最多，共 7 个"]
        months = {"key": "months", "title": "各月", "columns": ["月份", "登记", "办结", "投诉"],
                  "rows": [["2026-01", "4", "3", "0"], ["2026-02", "9", "8", "1"]]}
        assert [p.finding for p in pictures_of(months)] == ["2026-02 登记最多，9 件"]
        for broken in ({**hours, "rows": week[:5]}, {**hours, "rows": []}, {**months, "rows": [["2026-01", "—", "—", "0"]]},
                       {**trend, "rows": [["K04", "", "x", "y", "—", "—"]]}):
            assert pictures_of(broken) == []


def test_a_month_s_report_has_the_months_before_as_they_were_reported(house):
    house.opens(**LEAK)
    for day, month in ((22, "2026-03"), (52, "2026-04")):
        house.hand.now = NINE + timedelta(days=day)
        with house.hotline.store.reading() as session:
            over = next(one for one in periods.due(session, house.hand.now) if (one.kind, one.key) == ("monthly_report", month))
        periods.open_one(house.hotline, over, house.hand.now)
        drafting.draft_due(house.hotline, house.hand.now)
        if month == "2026-03":
            house.opens(**LEAK)
    with house.hotline.store.reading() as session:
        report = session.scalars(sa.select(ReportDraftRow).order_by(ReportDraftRow.period_id.desc())).first().content["zh"]
    course = next(s for s in report["sections"] if s["key"] == "trend")
    assert course["columns"] == ["编号", "指标", "2026-03", "2026-04", "目标"]
    assert next(row[2:] for row in course["rows"] if row[0] == "K04") == ["0/1 0.0%", "0/1 0.0%", "≥ 100%"]
    page = house.visitor("supervisor01").page("/reports/monthly_report/2026-04")
    assert "从 2026-03 的 0 % 到 2026-04 的 0 %" in part(page, "trend-K04")


def test_a_figure_has_its_last_twelve_weeks_beside_it_drawn_and_in_words(house):
    house.opens(**LEAK)
    house.hand.move(minutes=4)
    number = house.opens(**LEAK)
    house.hand.now += timedelta(days=8)
    house.does(house.opens(**LEAK), "dispatch", "dispatcher01", to="plumber01")
    house.hand.now += timedelta(days=1)
    assert number
    assert "chart-spark" not in house.visitor("supervisor01").page("/supervise/figures")
    daily.refresh(house.hotline, house.hand.now)
    page = house.visitor("supervisor01", "en").page("/supervise/figures?period=30d")
    row = re.search(r'<tr id="figure-K04">.*?</tr>', page, re.S)[0]
    assert "Last 12 weeks: lowest 0.0 %, highest 100.0 %, latest 100.0 %" in row
    assert row.count('<svg class="chart-spark"') == 1
