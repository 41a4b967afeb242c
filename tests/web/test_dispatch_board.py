"""The crew beside the lists, several tickets at once, the day's appointments and the grid of buildings."""

import re
from datetime import timedelta

from tests.web.office import Office, office, one_office  # noqa: F401

LAMP = {"category": "204", "content": "客厅插座没电", "room": "青禾家园7栋1单元802"}
TAP = {"category": "104", "content": "水龙头滴漏", "room": "望江苑4栋1单元1203"}


def section(page: str, start: str, end: str = "</section>") -> str:
    """What stands between an element's id and its end."""
    return page.split(f'id="{start}"', 1)[1].split(end, 1)[0]


def results(page: str) -> dict[str, str]:
    """Ticket → what became of it."""
    found = re.findall(r'<li id="result-([^"]+)">(.*?)</li>', page, re.S)
    return {number: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)).strip() for number, text in found}


def test_the_crew_says_where_somebody_is_since_when_and_who_comes_next(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    one_office.does(tap, "dispatch", "dispatcher01", to="plumber01")
    one_office.hand.now += timedelta(minutes=2)
    one_office.does(tap, "accept", "plumber01")
    page = one_office.visitor("dispatcher01").page("/dispatch")
    busy = section(page, "on-duty-plumber01", "</li>")
    assert "已接单 · 望江苑4栋1单元1203" in busy
    assert "自 09:02" in busy
    assert re.search(r"\d{3}\*{4}\d{4}", busy)
    assert "20:00 上班" in section(page, "on-duty-plumber03", "</li>")
    assert "低压电工证 已过期" in section(page, "on-duty-electrician03", "</li>")


def test_urgent_work_stands_on_top_whoever_has_it(one_office: Office) -> None:  # noqa: F811
    tap, burst, sent = one_office.opens(**TAP), one_office.opens(), one_office.opens()
    one_office.does(sent, "dispatch", "dispatcher01", to="plumber01")
    strip = section(one_office.visitor("dispatcher01").page("/dispatch"), "urgent")
    assert f'href="#wait-{burst}"' in strip
    assert f'href="#job-{sent}"' in strip
    assert tap not in strip


def test_a_script_that_stays_on_the_page_hears_who_was_sent(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    answer = one_office.visitor("dispatcher01").post(f"/dispatch/{tap}/dispatch", to="plumber01", stay="1")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, f"{tap} 已派给 刘洋")


def test_a_change_of_handler_from_an_older_page_is_told_who_was_faster(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    one_office.does(tap, "dispatch", "dispatcher01", to="plumber01")
    seen = re.search(r'name="seen" value="(\d+)"', one_office.visitor("dispatcher01").page("/dispatch"))[1]
    one_office.hand.now += timedelta(seconds=5)
    one_office.does(tap, "reassign", "supervisor01", to="plumber02", reason="更近")
    answer = one_office.visitor("dispatcher01").post(f"/dispatch/{tap}/reassign", to="handyman01", reason="顺路", seen=seen)
    assert answer.status_code == 409
    assert "已在 09:00:05 派给 陈强" in answer.get_json()["message"]
    other = one_office.visitor("dispatcher01").post(f"/tickets/{tap}/acts/reassign", to="handyman01", reason="顺路", seen=seen)
    assert (other.status_code, "已派给 陈强" in other.get_json()["message"]) == (409, True)


def test_of_several_tickets_each_is_its_own_act_and_the_refused_say_why(office: Office) -> None:  # noqa: F811
    first, second, lamp = office.opens(**TAP), office.opens(**TAP), office.opens(**LAMP)
    office.does(second, "dispatch", "dispatcher01", to="plumber02")
    chosen = {"number": [first, second, lamp, first], "what": "dispatch", "to": "plumber01", "reason": "同一栋", "key": "k"}
    zhao = office.visitor("dispatcher01")
    told = results(zhao.post("/dispatch/bulk", **chosen).get_data(as_text=True))
    assert list(told) == [first, second, lamp]
    assert told[first] == f"{first} ✓ 已派给 刘洋"
    assert "▲" in told[second]
    assert "派给 陈强" in told[second]
    assert "刘洋 不是所需工种" in told[lamp] or "▲" in told[lamp]
    again = results(zhao.post("/dispatch/bulk", **chosen).get_data(as_text=True))
    assert again[first] == told[first]


def test_several_at_once_need_a_reason_and_somebody_to_send(one_office: Office) -> None:  # noqa: F811
    tap = one_office.opens(**TAP)
    zhao = one_office.visitor("dispatcher01")
    answer = zhao.post("/dispatch/bulk", number=tap, what="escalate")
    assert (answer.status_code, answer.get_json()["fields"]) == (422, {"reason": "必填"})
    assert zhao.post("/dispatch/bulk", number=tap, what="dispatch", reason="近").get_json()["fields"] == {"to": "必填"}
    assert zhao.post("/dispatch/bulk", what="offer_all", reason="近").get_json()["message"] == "请先选择工单"
    assert zhao.post("/dispatch/bulk", number=tap, what="cancel", reason="近").status_code == 400
    offered = zhao.post("/dispatch/bulk", script=False, number=tap, what="offer_all", reason="人手不够").get_data(as_text=True)
    assert results(offered) == {tap: f"{tap} ✓ 已记录"}
    assert results(zhao.post("/dispatch/bulk", number=tap, what="escalate", reason="无人接").get_data(as_text=True)) == {tap: f"{tap} ✓ 已记录"}


def test_tickets_of_other_compounds_are_unknown_to_several_at_once(one_office: Office) -> None:  # noqa: F811
    lamp = one_office.opens(**LAMP)
    told = results(one_office.visitor("pm03").post("/dispatch/bulk", number=lamp, what="escalate", reason="催").get_data(as_text=True))
    assert list(told) == [lamp]
    assert "▲" in told[lamp]


def test_the_day_shows_clashes_travel_and_who_must_still_be_named(one_office: Office) -> None:  # noqa: F811
    ten = one_office.hand.now + timedelta(hours=1)
    at = {"appointment_start": ten, "appointment_end": ten + timedelta(hours=1)}
    first, second = one_office.opens(**TAP, **at), one_office.opens(**TAP, **at)
    for number in (first, second):
        one_office.does(number, "dispatch", "dispatcher01", to="plumber01")
    team = one_office.opens(**TAP, appointment_start=ten + timedelta(hours=4))
    one_office.does(team, "dispatch", "dispatcher01", to="plumber")
    page = one_office.visitor("dispatcher01").page("/dispatch/day")
    wrong = section(page, "clashes")
    assert f"时间重叠 {second}" in wrong
    assert f"时间重叠 {first}" in wrong
    assert f"/tickets/{first}/acts/reassign" in wrong
    assert f"/tickets/{first}/acts/agree_appointment" in wrong
    unnamed = section(page, f"unnamed-{team}", "</tr>")
    assert "水工班组" in unnamed
    assert 'data-due="2026-03-10T05:00:00.000+00:00"' in unnamed
    row = section(page, "row-plumber01", "</tbody>")
    assert row.count('class="slot slot-bad"') == 2
    assert all(sum(int(n) for n in re.findall(r'<td colspan="(\d+)"', lane)) == 96 for lane in row.split("<tr>")[1:])


def test_another_day_has_its_own_appointments_and_an_unreadable_one_is_today(one_office: Office) -> None:  # noqa: F811
    ten = one_office.hand.now + timedelta(days=1)
    tap = one_office.opens(**TAP, appointment_start=ten)
    zhao = one_office.visitor("dispatcher01", "en")
    assert tap not in zhao.page("/dispatch/day?date=yesterday")
    page = zhao.page("/dispatch/day?date=2026-03-11")
    assert f'id="unnamed-{tap}"' in page
    assert "No clashes on this day." in page


def test_buildings_count_what_is_open_urgent_and_overdue_and_lead_to_their_tickets(one_office: Office) -> None:  # noqa: F811
    tap, burst = one_office.opens(**TAP), one_office.opens()
    zhao = one_office.visitor("dispatcher01")
    cells = dict(re.findall(r'href="(/dispatch\?compound=[^"]+)">(.*?)</a>', zhao.page("/dispatch/buildings"), re.S))
    there = cells["/dispatch?compound=WJ&amp;building=4"]
    assert '<span class="cell-count">1</span>' in there
    urgent = next(text for text in cells.values() if "紧急 1" in text)
    assert "3栋" in urgent
    one_office.hand.move(minutes=4)
    assert "超时 1" in zhao.page("/dispatch/buildings?compound=WJ")
    page = zhao.page("/dispatch?compound=WJ&building=4")
    assert tap in page
    assert burst not in page


def test_the_grid_holds_no_more_than_the_badge_covers(one_office: Office) -> None:  # noqa: F811
    page = one_office.visitor("pm03").page("/dispatch/buildings")
    assert 'id="compound-WJ"' in page
    assert 'id="compound-QH"' not in page


def test_an_agent_reads_the_day_and_the_buildings_only_while_no_dispatcher_is_on_duty(one_office: Office) -> None:  # noqa: F811
    agent = one_office.visitor("agent01")
    for path in ("/dispatch/day", "/dispatch/buildings"):
        assert "在岗，请由派单员派单" in agent.page(path, status=403)
