"""The board's lists that wait for a decision, each with its act; the sample by strata; what the board offers its reader."""

import re
from datetime import timedelta

import pytest

from callcenter.services.overseeing import strata
from tests.web.office import Office, one_office  # noqa: F401

RUDE = {"category": "906", "content": "保安态度差", "room": "望江苑1栋1单元101"}
TAP = {"category": "105", "content": "地漏下水慢", "room": "望江苑4栋1单元1203"}


def part(page: str, name: str) -> str:
    return re.search(rf'<section class="card" id="{name}">.*?</section>', page, re.S)[0]


def done(office: Office, **fields: object) -> str:
    number = office.opens(**{**TAP, **fields})
    for action, by, given in (("dispatch", "dispatcher01", {"to": "plumber01"}), ("accept", "plumber01", {}), ("arrive", "plumber01", {}),
                              ("complete", "plumber01", {"result": "好了", "result_explained": True}), ("return_slip", "lead01", {})):
        office.does(number, action, by, **given)
    return number


def test_a_complaint_to_judge_stands_there_with_its_act_until_it_is_judged(one_office: Office) -> None:  # noqa: F811
    rude = one_office.opens(**RUDE)
    shen = one_office.visitor("supervisor01")
    one_office.does(rude, "hand_over_complaint", "agent01", department="order")
    judged = part(shen.page("/supervise/decisions"), "judge")
    assert f'href="/tickets/{rude}/acts/judge_complaint?next=/supervise"' in judged
    assert shen.page("/supervise").index(f"/tickets/{rude}/acts/judge_complaint") < shen.page("/supervise").index('id="escalations"')
    assert "acts/judge_complaint" not in one_office.visitor("lead01").page("/supervise/decisions")
    one_office.does(rude, "judge_complaint", "supervisor01", valid=True, reason="属实")
    assert rude not in part(shen.fragment("/supervise/decisions"), "judge")


def test_a_second_postponement_and_a_week_nearly_over_wait_for_the_project_manager(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    later = one_office.hand.now + timedelta(days=3)
    told = {"reason": "material", "attitude": "understands", "initiated_by": "company", "told_at": one_office.hand.now, "told_via": "phone"}
    one_office.does(tap, "postpone", "agent01", new_promise_at=later, **told)
    assert tap not in part(one_office.visitor("pm03").page("/supervise/decisions"), "special")
    assert one_office.refuses(tap, "postpone", "agent01", new_promise_at=later + timedelta(days=1), **told) == "refused_second"
    special = part(one_office.visitor("pm03").page("/supervise/decisions"), "special")
    assert "要求第二次延期" in special
    assert f"/tickets/{tap}/acts/approve_special_case?next=/supervise" in special
    assert tap not in one_office.visitor("pm02").page("/supervise/decisions")


def test_whoever_is_dissatisfied_stays_in_sight_with_the_round(one_office: Office) -> None:  # noqa: F811
    tap = done(one_office)
    one_office.does(tap, "record_callback", "callback01", contact_result="reached", satisfaction="dissatisfied", reason="又堵了")
    found = part(one_office.visitor("supervisor01").page("/supervise/decisions"), "dissatisfied")
    assert "第 1 轮不满意" in found
    assert f"/tickets/{tap}/acts/send_notice?next=/supervise" in found


def test_who_is_at_work_stands_on_the_board_with_step_and_time(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    one_office.does(tap, "dispatch", "dispatcher01", to="plumber01")
    one_office.does(tap, "accept", "plumber01")
    one_office.hand.move(minutes=2)
    page = part(one_office.visitor("supervisor01", "en").page("/supervise/at-work"), "at-work")
    assert tap in page
    assert "Accepted, not left" in page


def test_the_sample_counts_by_compound_technician_and_category(one_office: Office) -> None:  # noqa: F811
    numbers = [done(one_office, content=f"地漏 {room}", room=f"望江苑1栋1单元{room}") for room in (101, 102, 201)]
    with one_office.hotline.store.reading() as session:
        sample = strata.sample(one_office.hotline, session, "supervisor01", one_office.hand.now)
        other = strata.sample(one_office.hotline, session, "pm02", one_office.hand.now)
    assert len(numbers) == 3
    line = next(one for one in sample.lines if one.done == 3)
    assert (line.reached, line.needed, line.missing) == (0, 1, 1)
    assert (sample.short, other.done) == (1, 0)
    assert "◆ 差 1" in one_office.visitor("supervisor01").page("/supervise/sample")


@pytest.mark.parametrize(("user", "offered"), [("supervisor01", True), ("auditor01", False)])
def test_the_key_that_acknowledges_is_offered_to_whoever_may(one_office: Office, user: str, offered: bool) -> None:  # noqa: F811
    one_office.opens(**RUDE)
    page = one_office.visitor(user).page("/supervise")
    assert ('id="acknowledge-next" data-key="a"' in page) is offered
    assert ("data-acknowledge=" in page) is offered
