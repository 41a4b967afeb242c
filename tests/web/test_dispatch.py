"""The dispatcher's page: the nearest breach on top, the best person first, one click; the slower of two is told who was faster."""

import re
from datetime import timedelta

import pytest

from tests.web.office import Office, office, one_office  # noqa: F401

LAMP = {"category": "204", "content": "客厅插座没电", "room": "青禾家园7栋1单元802"}
TAP = {"category": "104", "content": "水龙头滴漏", "room": "望江苑4栋1单元1203"}


def waiting(page: str) -> list[str]:
    """The numbers of the waiting tickets, from top to bottom."""
    return re.findall(r'id="wait-([^"]+)"', page)


def offered(page: str, number: str) -> list[str]:
    """Who may be sent, in the order shown."""
    return re.findall(rf'id="send-{number}-([^"]+)"', page)


def test_the_ticket_whose_three_minutes_end_first_is_on_top_and_open(office: Office) -> None:  # noqa: F811
    lamp = office.opens(**LAMP)
    office.hand.move(seconds=40)
    tap = office.opens(**TAP)
    page = office.visitor("dispatcher01").page("/dispatch")
    assert waiting(page) == [lamp, tap]
    assert re.search(rf'id="wait-{lamp}"[^>]* open', page)
    assert not re.search(rf'id="wait-{tap}"[^>]* open', page)
    assert 'data-due="2026-03-10T01:03:00.000+00:00"' in page


def test_urgent_work_that_is_late_goes_before_everything_else_that_is_late(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    one_office.hand.move(seconds=30)
    burst = one_office.opens()
    one_office.hand.move(minutes=4)
    assert waiting(one_office.visitor("dispatcher01").page("/dispatch")) == [burst, tap]


def test_candidates_are_those_of_the_trade_on_duty_with_a_valid_certificate_and_the_free_come_first(office: Office) -> None:  # noqa: F811
    busy = office.opens(**LAMP)
    office.does(busy, "dispatch", "dispatcher01", to="electrician01")
    lamp = office.opens(**LAMP)
    page = office.visitor("dispatcher01").page("/dispatch")
    assert offered(page, lamp) == ["electrician01"]
    assert "在办 1 件" in page
    assert "持低压电工证" in page
    assert "罗明 没有有效的低压电工证" in page
    assert "丁亮 不在岗" in page
    tap = office.opens(**TAP)
    assert offered(office.visitor("dispatcher01").page("/dispatch"), tap) == ["plumber01", "plumber02"]


def test_reasons_come_in_the_readers_language(one_office: Office) -> None:  # noqa: F811
    one_office.opens(**TAP)
    page = one_office.visitor("dispatcher01", "en").page("/dispatch")
    assert "Plumber · own compound · free" in page
    assert "Waiting for dispatch" in page


def test_one_click_sends_and_the_ticket_moves_to_the_list_of_those_under_way(office: Office) -> None:  # noqa: F811
    tap = office.opens(**TAP)
    zhao = office.visitor("dispatcher01")
    answer = zhao.post(f"/dispatch/{tap}/dispatch", to="plumber01", next="/dispatch")
    assert (answer.status_code, answer.headers["X-Location"]) == (204, "/dispatch")
    page = zhao.page("/dispatch")
    assert f"{tap} 已派给 刘洋" in page
    assert waiting(page) == []
    assert re.search(rf'id="job-{tap}".*?刘洋', page, re.S)


def test_the_slower_of_two_dispatchers_is_told_who_sent_whom_and_when_and_changes_nothing(office: Office) -> None:  # noqa: F811
    tap = office.opens(**TAP)
    lead = next(user for user in ("lead01", "lead02") if office.on_duty(user))
    rival = office.visitor(lead)
    rival.page("/dispatch")
    office.hand.move(seconds=5)
    office.visitor("dispatcher01").post(f"/dispatch/{tap}/dispatch", to="plumber01")
    office.hand.move(seconds=2)
    answer = rival.post(f"/dispatch/{tap}/dispatch", to="plumber02")
    who = "冯涛" if office.on_duty("dispatcher02") else "赵磊"
    assert answer.status_code == 409
    assert answer.get_json()["message"] in {"赵磊 已在 09:00:05 派给 刘洋", f"{who} 已在 09:00:05 派给 刘洋"}
    assert re.search(rf'id="job-{tap}".*?刘洋', rival.fragment("/dispatch"), re.S)


def test_the_same_click_twice_sends_once(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    zhao = one_office.visitor("dispatcher01")
    first = zhao.post(f"/dispatch/{tap}/dispatch", to="plumber01", key="the same")
    again = zhao.post(f"/dispatch/{tap}/dispatch", to="plumber01", key="the same")
    assert (first.status_code, again.status_code) == (204, 204)


def test_an_appointment_half_an_hour_ahead_may_go_to_a_team_first(one_office: Office) -> None:  # noqa: F811
    soon = one_office.opens(**TAP, appointment_start=one_office.hand.now + timedelta(minutes=29))
    later = one_office.opens(**TAP, appointment_start=one_office.hand.now + timedelta(minutes=31))
    zhao = one_office.visitor("dispatcher01")
    page = zhao.page("/dispatch")
    assert f'id="team-{soon}-plumber"' not in page
    assert f'id="team-{later}-plumber"' in page
    assert zhao.post(f"/dispatch/{later}/dispatch", to="plumber").status_code == 204
    assert "水工班组" in zhao.page("/dispatch")


def test_with_nobody_qualified_the_page_says_so_in_red_and_lists_the_outside_firms(office: Office) -> None:  # noqa: F811
    office.hand.move(hours=12)
    leak = office.opens(category="602", content="空调漏水", room="青禾家园7栋1单元802", by="agent01")
    page = office.visitor("supervisor01").page("/dispatch")
    assert offered(page, leak) == []
    assert "▲ 无合格人员在岗" in page
    assert "迅达通电梯维保" in page
    assert 'href="tel:1900000' in page


def test_a_void_dispatch_comes_back_with_what_became_of_it_and_its_countdown_as_if_never_stopped(office: Office) -> None:  # noqa: F811
    tap = office.opens(**TAP)
    office.hand.move(seconds=60)
    office.does(tap, "dispatch", "dispatcher01", to="plumber01")
    office.hand.move(minutes=5)
    page = office.visitor("dispatcher01").page("/dispatch")
    assert waiting(page) == [tap]
    assert "上次派单作废：刘洋: 未在时限内接单" in page
    assert 'data-due="2026-03-10T01:03:00.000+00:00"' in page


def test_explaining_before_the_three_minutes_are_over_takes_the_countdown_away(office: Office) -> None:  # noqa: F811
    tap = office.opens(**TAP)
    zhao = office.visitor("dispatcher01")
    form = {"reason": "人手不足", "explanation": "水工都在抢修,下午三点到", "agreed_at": "2026-03-10T15:00", "consented": "yes", "next": "/dispatch"}
    assert zhao.post(f"/tickets/{tap}/acts/record_consent", **{**form, "agreed_at": ""}).get_json()["fields"] == {"agreed_at": "必填"}
    assert zhao.post(f"/tickets/{tap}/acts/record_consent", **form).status_code == 204
    page = zhao.page("/dispatch")
    assert "客户同意等候" in page
    assert "3月10日 15:00" in page


def test_a_job_offered_to_all_says_so_and_is_not_offered_twice(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    zhao = one_office.visitor("dispatcher01")
    assert f'id="offer-{tap}"' in zhao.page("/dispatch")
    zhao.post(f"/tickets/{tap}/acts/offer_all", next="/dispatch")
    page = zhao.page("/dispatch")
    assert "已开放抢单" in page
    assert f'id="offer-{tap}"' not in page


def test_a_paid_service_waits_here_only_once_the_customer_has_accepted_the_quote(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(category="A01", content="换水龙头", room="望江苑4栋1单元1203")
    zhao = one_office.visitor("dispatcher01")
    assert waiting(zhao.page("/dispatch")) == []
    one_office.does(tap, "quote", "agent01", amount=30)
    one_office.does(tap, "accept_quote", "agent01", amount=30)
    assert waiting(zhao.page("/dispatch")) == [tap]


def test_an_agent_dispatches_only_while_no_dispatcher_is_on_duty(office: Office) -> None:  # noqa: F811
    office.opens(**TAP)
    agent = office.visitor("agent01")
    refused = agent.page("/dispatch", status=403)
    assert "在岗，请由派单员派单" in refused
    office.hand.now += timedelta(hours=14)
    page = agent.page("/dispatch")
    assert "等待派单" in page


@pytest.mark.parametrize("user", ["plumber01", "callback01", "admin01", "builder01", "auditor01"])
def test_nobody_else_opens_the_page(one_office: Office, user: str) -> None:  # noqa: F811
    one_office.visitor(user).page("/dispatch", status=403)


def test_a_project_manager_sees_and_filters_only_the_compounds_of_the_badge(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    lamp = one_office.opens(**LAMP)
    assert waiting(one_office.visitor("pm03").page("/dispatch")) == [tap]
    assert waiting(one_office.visitor("pm02").page("/dispatch?compound=WJ")) == [lamp]
    assert waiting(one_office.visitor("dispatcher01").page("/dispatch?compound=WJ")) == [tap]


def test_a_head_of_department_is_offered_only_the_departments_own_tickets(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    assert offered(one_office.visitor("engineering01").page("/dispatch"), tap) == ["plumber01", "plumber02"]
    page = one_office.visitor("order01").page("/dispatch")
    assert offered(page, tap) == []
    assert "此单由其他岗位派单。" in page


def test_a_request_to_suspend_stands_beside_the_job(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    one_office.does(tap, "dispatch", "dispatcher01", to="plumber01")
    one_office.does(tap, "accept", "plumber01")
    one_office.does(tap, "ask_suspend", "plumber01", reason="material", note="缺阀芯")
    page = one_office.visitor("dispatcher01").page("/dispatch")
    assert "请求挂起：待料 · 缺阀芯" in page
    assert f"/tickets/{tap}/acts/suspend" in page
    assert f"/tickets/{tap}/acts/decline_suspend" in page


def test_the_lists_take_the_same_number_of_statements_for_one_ticket_and_for_thirty(one_office: Office) -> None:  # noqa: F811
    import sqlalchemy as sa

    from callcenter.services.dispatch import board as dispatch_view

    counted: list[str] = []
    sa.event.listen(one_office.hotline.store.engine, "before_cursor_execute", lambda *a: counted.append(a[2]))

    def statements() -> int:
        counted.clear()
        with one_office.hotline.store.reading() as session:
            dispatch_view.board(one_office.hotline, session, "dispatcher01", one_office.hand.now)
        return len(counted)

    one_office.does(one_office.opens(**TAP), "dispatch", "dispatcher01", to="plumber01")
    one_office.opens(**TAP)
    few = statements()
    for _ in range(15):
        one_office.does(one_office.opens(**TAP), "dispatch", "dispatcher01", to="plumber01")
        one_office.opens(**LAMP)
    assert statements() == few
