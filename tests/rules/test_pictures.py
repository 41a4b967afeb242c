"""Pictures as geometry: everything lies in its box, scales cover the numbers, sums end at the whole, words fit their room."""

import random
from itertools import pairwise

import pytest

from callcenter.domain.pictures import (
    Column,
    Event,
    Point,
    Row,
    Spread,
    columns,
    cut,
    heat,
    moments,
    pareto,
    spark,
    spreads,
    ticks,
    time_ticks,
    trend,
    wide,
)
from callcenter.domain.pictures.grid import level
from callcenter.domain.pictures.scales import share_ticks
from callcenter.web.charts import number, percent

HUGE = 10 ** 9


def numbers(seed, count):
    """Small, large, equal and no numbers."""
    made = random.Random(seed)
    return [made.choice([0, 1, 7, made.randrange(1, 100), made.randrange(1, HUGE)]) for _ in range(count)]


def in_its_box(drawing):
    """No shape leaves the picture; words may reach over the edge by no more than the pictures' own margin."""
    for s in drawing.shapes:
        if s.kind == "rect":
            assert -1e-6 <= s.x <= s.x + s.width <= drawing.width + 1e-6, s
            assert -1e-6 <= s.y <= s.y + s.height <= drawing.height + 1e-6, s
        elif s.kind == "dot":
            assert 0 <= s.x <= drawing.width, s
            assert 0 <= s.y <= drawing.height, s
        elif s.kind == "line":
            assert all(-1e-6 <= x <= drawing.width + 1e-6 and -1e-6 <= y <= drawing.height + 1e-6 for x, y in s.points), s
        else:
            left = {"start": s.x, "middle": s.x - wide(s.text) / 2, "end": s.x - wide(s.text)}[s.anchor]
            assert left >= -1e-6, s
            assert left + wide(s.text) <= drawing.width + 24, s
            assert 0 < s.y <= drawing.height, s


@pytest.mark.parametrize("most", [0, 1, 2, 3, 9, 10, 11, 99, 101, 12345, HUGE, HUGE * HUGE])
def test_a_scale_covers_the_numbers_in_even_steps_and_hardly_more(most):
    steps = ticks(most)
    assert steps[0] == 0
    assert steps[-1] >= most
    assert len(steps) <= 6
    widths = {round((b - a) / steps[1], 6) for a, b in pairwise(steps)}
    assert widths == {1.0}
    assert steps[-2] < max(most, 1)


@pytest.mark.parametrize("seconds", [0, 0.5, 59, 60, 61, 3600, 86400 * 3, 86400 * 900])
def test_a_scale_of_time_counts_as_clocks_do(seconds):
    steps = time_ticks(seconds)
    assert steps[-1] >= seconds
    assert steps[1] in (1, 2, 5, 10, 15, 30) or steps[1] % 60 == 0


@pytest.mark.parametrize(("least", "first"), [(0, 0), (0.49, 0), (0.5, 0.5), (0.8, 0.8), (0.97, 0.9), (1, 0.9)])
def test_a_scale_of_shares_ends_at_the_whole(least, first):
    steps = share_ticks(least)
    assert (steps[0], steps[-1]) == (first, 1)


@pytest.mark.parametrize("seed", range(8))
def test_columns_stand_in_their_box_as_high_as_their_numbers(seed):
    held = numbers(seed, 9)
    drawn = columns([Column(f"≤{n}分", (v, v // 2), ("", "")) for n, v in enumerate(held)], number, limit_after=2, limit="时限")
    in_its_box(drawn)
    bars = drawn.of("mark")
    assert len(bars) == sum(bool(v) for v in held) + sum(bool(v // 2) for v in held)
    whole = [b.height for b in bars if "part-0" in b.look]
    shown = [v for v in held if v]
    assert [round(h / max(whole), 6) for h in whole] == [round(v / max(shown), 6) for v in shown]


def test_every_column_is_named_in_two_lines_where_one_is_too_narrow_for_all():
    drawn = columns([Column(f"≤{n}0min", (n,), ("",)) for n in range(8)], number)
    in_its_box(drawn)
    names = [s for s in drawn.shapes if s.kind == "words" and s.text.startswith("≤")]
    assert len(names) == 8
    for line in (names[::2], names[1::2]):
        assert len({s.y for s in line}) == 1
        assert all(b.x - a.x >= (wide(a.text) + wide(b.text)) / 2 for a, b in pairwise(line))


def test_rows_leave_their_names_the_room_they_need_and_no_more():
    names = ("王芳", "504 Doors, windows", "504 Doors, windows and all that hangs on them")
    starts = [pareto([Row(name, 3, "")], 3, number).of("mark")[0].x for name in names]
    assert starts == sorted(set(starts))
    assert starts[0] < 100
    assert starts[-1] < 210


def test_parts_stand_on_each_other_or_side_by_side():
    on_top, beside = (columns([Column("a", (3, 2), ("", ""))], number, grouped=grouped).of("mark") for grouped in (False, True))
    assert (on_top[0].y, on_top[0].x) == (pytest.approx(on_top[1].y + on_top[1].height), on_top[1].x)
    assert beside[0].x + beside[0].width == pytest.approx(beside[1].x)
    assert beside[0].y + beside[0].height == pytest.approx(beside[1].y + beside[1].height)


@pytest.mark.parametrize("seed", range(8))
def test_running_shares_rise_and_end_at_a_hundred_percent(seed):
    held = sorted(filter(None, numbers(seed, 12)), reverse=True)
    drawn = pareto([Row("很长很长的报事类别名称,放不下", v, "") for v in held], sum(held), number)
    in_its_box(drawn)
    (line,) = drawn.of("sum")
    across = [x for x, _ in line.points]
    hundred = next(s.x for s in drawn.shapes if s.kind == "words" and s.text == "100 %")
    assert across == sorted(across)
    assert across[-1] == pytest.approx(hundred, abs=24)
    lengths = [bar.width for bar in drawn.of("mark")]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize("values", [[], [None], [0.0], [1.0], [0.5, None, 1.0], [0.2, 0.99999] * 20])
def test_a_trend_shows_what_is_known_and_joins_nothing_to_nothing(values):
    drawn = trend([Point(f"11-{n}", v, "") for n, v in enumerate(values)], percent, 0.98, "目标 98 %")
    in_its_box(drawn)
    known = [v for v in values if v is not None]
    assert len(drawn.of("point")) == len(known)
    assert len(drawn.of("trend")) == (len(known) > 1)
    assert len(drawn.of("target-ground")) == 1
    heights = [p.y for p in drawn.of("point")]
    assert sorted(range(len(known)), key=lambda n: -heights[n]) == sorted(range(len(known)), key=lambda n: known[n])


def test_the_last_name_below_a_trend_is_always_there_and_none_runs_into_another():
    drawn = trend([Point(f"12-{n:02d}", 1.0, "") for n in range(30)], percent)
    named = [s for s in drawn.shapes if s.kind == "words" and s.anchor == "middle"]
    assert named[-1].text == "12-29"
    assert all(b.x - a.x >= (wide(a.text) + wide(b.text)) / 2 - 1 for a, b in pairwise(named))


@pytest.mark.parametrize("seed", range(4))
def test_the_area_of_a_square_is_its_number_and_the_greatest_has_a_frame(seed):
    held = numbers(seed, 168)
    week = [held[n * 24:n * 24 + 24] for n in range(7)]
    drawn = heat(week, ["周一", "周二", "周三", "周四", "周五", "周六", "周日"], lambda d, h: f"{d}/{h}", lambda d, h: f"/{d}/{h}")
    in_its_box(drawn)
    assert len(drawn.of("cell")) == 168
    assert len(drawn.of("heat")) == sum(bool(v) for v in held)
    assert len(drawn.of("frame")) == 1
    assert all(cell.href is None for cell, v in zip(drawn.of("cell"), held, strict=True) if not v)
    side = {v: s.width for v, s in zip([v for v in held if v], drawn.of("heat"), strict=True)}
    most = max(held)
    assert all(width == pytest.approx(side[most] * max(0.18, (v / most) ** 0.5)) for v, width in side.items())


def test_nothing_reported_has_no_frame_and_shades_go_from_one_to_five():
    assert heat([[0] * 24] * 7, ["Mon"] * 7, lambda d, h: "").of("frame") == []
    assert [level(v, 100) for v in (0, 1, 20, 21, 99, 100)] == [0, 1, 1, 2, 5, 5]


def test_spreads_keep_the_order_of_their_quartiles_and_the_target_in_sight():
    firm = Spread("某某设备维保有限公司上海分公司", 60, 60, 60, "n=3*", "", None, True)
    drawn = spreads([Spread("王师傅", 60, 300, 900, "n=40", ""), firm], str, 1800, "时限")
    in_its_box(drawn)
    first, second = drawn.of("mark")
    dot, box = drawn.of("middle")
    assert first.x < dot.x < first.x + first.width
    assert second.width == 1.5
    assert (dot.kind, box.kind) == ("dot", "rect")
    assert drawn.of("limit")[0].points[0][0] > first.x + first.width


def test_moments_lie_between_the_beginning_and_the_end():
    drawn = moments([("梧桐里3栋", "501 渗漏", [Event(0, "a"), Event(0.5, "b"), Event(1, "c")])], [(0, "11-20"), (0.5, "12-5"), (1, "12-20")])
    in_its_box(drawn)
    assert [e.title for e in drawn.of("event")] == ["a", "b", "c"]
    left, middle, right = (e.x for e in drawn.of("event"))
    assert middle - left == pytest.approx(right - middle)


@pytest.mark.parametrize("values", [[], [None, None], [5], [5, 5, 5], [None, 1, None, HUGE]])
def test_a_spark_fits_its_line_of_text(values):
    drawn = spark(values)
    in_its_box(drawn)
    assert len(drawn.of("point")) == (1 if any(v is not None for v in values) else 0)


def test_empty_pictures_are_pictures():
    for drawn in (columns([], number), pareto([], 0, number), spreads([], str), moments([], []), spark([])):
        in_its_box(drawn)


def test_words_are_cut_to_their_room_and_keep_what_fits():
    assert cut("渗漏", 100) == "渗漏"
    assert cut("很长很长的报事类别名称", 100).endswith("…")
    assert wide(cut("很长很长的报事类别名称", 100)) <= 100
    assert wide("渗漏水") > wide("leak") > 0


def test_numbers_are_cut_not_rounded_up_and_nothing_is_a_dash():
    assert (percent(0.9996), percent(1), percent(0), percent(None)) == ("99.9 %", "100 %", "0 %", "—")
    assert (number(1234567), number(0.25), number(3.0)) == ("1,234,567", "0.2", "3")
