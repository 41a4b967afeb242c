"""The supervisor's page: what runs out next, who was told, taken up with one click; figures that open the tickets behind them."""

import re

import pytest

from callcenter.services.recurring import periods
from callcenter.storage.tables import AccessRow
from tests.web.office import Office, office, one_office  # noqa: F401

TAP = {"category": "104", "content": "水龙头滴漏", "room": "望江苑4栋1单元1203"}
RUDE = {"category": "906", "content": "保安态度差", "room": "望江苑1栋1单元101"}


def tile(page: str, name: str) -> str:
    return re.search(rf'id="tile-{name}".*?figure-value">(\d+)<', page, re.S)[1]


def test_the_tiles_the_list_and_the_clocks_are_on_one_page(office: Office) -> None:  # noqa: F811
    tap = office.opens(**TAP)
    office.hand.move(minutes=4)
    page = office.visitor("supervisor01").page("/supervise")
    assert (tile(page, "dispatch"), tile(page, "overdue"), tile(page, "calls")) == ("1", "1", "0")
    assert "其中超时 1" in page
    assert f'href="/tickets/{tap}"' in page
    assert "时钟进程没有心跳" in page
    assert 'data-due="2026-03-10T01:03:00.000+00:00"' in page


def test_an_escalation_is_taken_up_with_one_click(office: Office) -> None:  # noqa: F811
    rude = office.opens(**RUDE)
    shen = office.visitor("supervisor01")
    assert tile(shen.page("/supervise"), "unacknowledged") == "1"
    assert re.search(r'id="ack-\d+"', shen.page("/supervise"))
    answer = shen.post(f"/tickets/{rude}/acts/acknowledge", next="/supervise")
    assert (answer.status_code, answer.headers["X-Location"]) == (204, "/supervise")
    page = shen.page("/supervise")
    assert tile(page, "unacknowledged") == "0"
    assert "✓ 沈岚" in page


def test_an_auditor_looks_and_has_nothing_to_press(one_office: Office) -> None:  # noqa: F811
    one_office.opens(**RUDE)
    page = one_office.visitor("auditor01").page("/supervise")
    assert "未结升级" in page
    assert not re.search(r'id="ack-', page)


def test_the_list_is_narrowed_by_clock_and_compound_and_unknown_words_are_ignored(one_office: Office) -> None:  # noqa: F811
    one_office.opens(**TAP)
    shen = one_office.visitor("supervisor01")
    assert "一周上限" in shen.fragment("/supervise?clock=week_cap")
    assert 'data-what="' in shen.fragment("/supervise?clock=nonsense")
    assert "没有计时中的承诺" in shen.fragment("/supervise?compound=QH")
    assert "没有计时中的承诺" not in shen.fragment("/supervise?compound=XX")


def test_a_project_manager_cannot_look_beyond_the_compound_of_the_badge(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    assert tap in one_office.visitor("pm03").page("/supervise")
    assert tap not in one_office.visitor("pm02").page("/supervise?compound=WJ")


def figure_row(page: str, code: str) -> str:
    return re.search(rf'id="figure-{code}"[^>]*>(.*?)</tr>', page, re.S)[1]


def untagged(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def test_every_figure_shows_numerator_denominator_target_and_formula(office: Office) -> None:  # noqa: F811
    tap = office.opens(**TAP)
    office.does(tap, "dispatch", "dispatcher01", to="plumber01")
    late = office.opens(**TAP)
    office.hand.move(minutes=4)
    shen = office.visitor("supervisor01")
    row = figure_row(shen.fragment("/supervise/figures"), "K04")
    assert "50.0 %" in row
    assert "1/2" in untagged(row)
    assert "≥ 100 %" in row
    assert "C04 达标 ÷ (达标 + 超时)" in row
    assert "tone-neutral" in row  # two cases are too few to judge
    page = shen.page("/supervise/figures/K04?period=today")
    assert late in page
    assert tap not in page
    assert "少于 30 例" in page


def test_the_cases_behind_a_number_leave_as_a_file_masked_and_written_down(one_office: Office) -> None:  # noqa: F811
    late = one_office.opens(**TAP)
    one_office.hand.move(minutes=4)
    page = one_office.visitor("supervisor01").page("/supervise/figures/K04?period=today&part=denominator&as=csv")
    assert late in page
    assert "单元" not in page.split(late)[1]
    with one_office.hotline.store.reading() as session:
        logged = session.query(AccessRow).one()
    assert (logged.by, logged.about["figure"], logged.about["lines"]) == ("supervisor01", "K04", 1)
    one_office.visitor("gm01").page("/supervise/figures/K04?as=xlsx", status=403)


def test_no_data_is_a_dash(one_office: Office) -> None:  # noqa: F811
    page = one_office.visitor("gm01").page("/supervise/figures")
    assert re.search(r"—.*?0/0", untagged(figure_row(page, "K16")), re.S)
    assert "100.0 %" not in untagged(page).replace("24 小时值班覆盖率", "").split("K27b")[0]


def test_a_period_begins_at_a_local_midnight(one_office: Office) -> None:  # noqa: F811
    one_office.opens(**TAP)
    one_office.hand.move(minutes=4)
    one_office.hand.now = one_office.hand.now.replace(day=11, hour=0)  # eight in the morning of the next day
    quality = one_office.visitor("quality01")
    assert "0/0" in untagged(figure_row(quality.page("/supervise/figures?period=today"), "K04"))
    assert "0/1" in untagged(figure_row(quality.page("/supervise/figures?period=7d"), "K04"))


def test_an_unknown_figure_is_not_found(one_office: Office) -> None:  # noqa: F811
    one_office.visitor("supervisor01").page("/supervise/figures/K99", status=404)


@pytest.mark.parametrize("path", ["/supervise", "/supervise/figures", "/supervise/figures/K04"])
@pytest.mark.parametrize("user", ["agent01", "plumber01", "dispatcher01", "builder01", "admin01"])
def test_the_board_is_for_those_who_answer_for_it(one_office: Office, user: str, path: str) -> None:  # noqa: F811
    one_office.visitor(user).page(path, status=403)


def test_the_board_speaks_english(one_office: Office) -> None:  # noqa: F811
    one_office.opens(**TAP)
    page = one_office.visitor("supervisor01", "en").page("/supervise")
    assert "Waiting for dispatch" in page
    assert "Dispatch within three minutes" in page


def test_in_english_the_formula_is_english(one_office: Office) -> None:  # noqa: F811
    page = one_office.visitor("supervisor01", language="en").page("/supervise/figures/K04")
    assert "C04 kept ÷ (kept + broken)" in page


def test_a_promise_about_a_shift_or_a_survey_says_whose_it_is_and_is_no_telephone_call(one_office: Office) -> None:  # noqa: F811
    periods.open_due(one_office.hotline, one_office.hand.now)
    page = one_office.visitor("supervisor01").fragment("/supervise?clock=handover")
    assert "王芳" in page
    assert "2026-03-10 16:00" in page
    assert "未显示号码" not in page
    assert "梧桐里" in one_office.visitor("supervisor01").fragment("/supervise?clock=survey")
