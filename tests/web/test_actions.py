"""The pages of the quality books: corrective actions, feedback, notices, orders and recurring faults."""

import re
from datetime import timedelta

import pytest

from callcenter.domain.days import local
from tests.web import office as offices
from tests.web.office import Hand, Office

TABS = ("actions", "feedback", "notices", "orders", "clusters")


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = offices.application(sqlite_hotline, (*offices.PAGES, "tickets", "reports", "actions", "feedbacks", "reviews"))
    return made


def asked(office, **other):
    due = (local(office.hand.now) + timedelta(days=7)).date().isoformat()
    return {"source": "meeting", "category": "电梯", "compound": "WTL", "problem": "3 栋电梯反复停运", "department": "engineering",
            "due": due, **other}


def sent(office, user, path, status=303, **data):
    answer = office.visitor(user).post(path, script=False, **data)
    assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
    return answer.get_data(as_text=True) if status != 303 else answer.headers["Location"]


def opened(office):
    return sent(office, "supervisor01", "/actions/new", **asked(office))


def test_an_action_is_opened_corrected_and_cleared_page_by_page(office):
    assert "没有符合条件的整改" in office.visitor("supervisor01").page("/actions")
    path = opened(office)
    assert path == "/actions/ZG20260310-01"
    assert 'id="do-changed"' in office.visitor("supervisor01").page(path)
    assert 'id="do-begun"' not in office.visitor("supervisor01").page(path)
    assert sent(office, "engineering01", path, do="begun", measure="更换门机\n分两步") == path
    assert sent(office, "engineering01", path, do="submitted", progress="已更换") == path
    assert sent(office, "supervisor01", path, do="passed", check_result="正常") == path
    page = office.visitor("supervisor01").page(path)
    assert "已销号" in page
    assert "验收销号" in page
    assert 'id="do-held"' in page
    assert "ZG20260310-01" in office.visitor("auditor01").page("/actions?state=cleared")
    assert "ZG20260310-01" not in office.visitor("auditor01").page("/actions")
    paper = office.visitor("engineering01").page(f"{path}/print")
    assert "F16" in paper
    assert "更换门机" in paper


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_still_there(office):
    page = sent(office, "supervisor01", "/actions/new", 422, **asked(office, due="", problem="电梯门夹人"))
    assert "必填" in page or "还缺" in page
    assert "电梯门夹人" in page
    page = sent(office, "supervisor01", "/actions/new", 422, **asked(office, due="2026-03-01"))
    assert "日期须在现在之后" in page
    own = sent(office, "quality01", "/actions/new", **asked(office, department="customer_service"))
    sent(office, "supervisor01", own, do="begun", measure="培训")
    sent(office, "supervisor01", own, do="submitted", progress="好了")
    assert "不能验收自己部门" in sent(office, "supervisor01", own, 422, do="passed", check_result="好")


def test_a_head_of_another_department_and_a_manager_of_another_project_find_nothing(office):
    path = opened(office)
    for user in ("order01", "pm02"):
        office.visitor(user).page(path, 404)
        office.visitor(user).page(f"{path}/print", 404)
        assert "ZG2026" not in office.visitor(user).page("/actions")
    office.visitor("agent01").page("/actions", 403)
    assert office.visitor("engineering01").post("/actions/new", script=False).status_code == 403


def test_a_ticket_leads_to_an_action_and_shows_it(office):
    number = office.opens()
    page = office.visitor("supervisor01").page(f"/tickets/{number}")
    assert f"/actions/new?key={number}&amp;from=ticket" in page
    form = office.visitor("supervisor01").page(f"/actions/new?from=ticket&key={number}")
    assert "厨房水管爆裂" in form
    sent(office, "supervisor01", "/actions/new", **asked(office), **{"from": "ticket", "key": number})
    page = office.visitor("engineering01").page(f"/tickets/{number}")
    assert "ZG20260310-01" in page
    assert "/actions/new" not in page
    office.visitor("supervisor01").page("/actions/new?from=ticket&key=none", 404)


def test_three_alike_become_a_feedback_with_their_tickets(office):
    numbers = [office.opens(category="302", content="电梯停运", room=f"梧桐里3栋2单元{room}") for room in ("1601", "1602", "1502")]
    page = office.visitor("quality01").page("/actions?tab=clusters")
    [to] = re.findall(r'href="(/actions/feedback/new\?cluster=[^"]+)"', page)
    form = office.visitor("quality01").page(to.replace("&amp;", "&"))
    assert all(number in form for number in numbers)
    key = re.search(r'name="cluster" value="([^"]+)"', form)[1]
    path = sent(office, "quality01", "/actions/feedback/new", cluster=key, compound="WTL", place="3栋", category="302", phenomenon="停运",
                tickets="、".join(numbers), submitted_by_department="customer_service", department="engineering")
    assert path in office.visitor("quality01").page("/actions?tab=clusters")
    page = office.visitor("engineering01").page(path)
    assert all(number in page for number in numbers)
    sent(office, "engineering01", path, do="answered", opinion="通知厂家")
    sent(office, "quality01", path, do="closed", close_note="已换")
    assert "已关闭" in office.visitor("quality01").page(path)
    assert "通知厂家" in office.visitor("quality01").page(f"{path}/print")
    office.visitor("order01").page(path, 404)


def test_notices_and_orders_are_listed_with_a_way_to_answer(office):
    number = office.opens(category="903", content="保安态度不好", accused_dept="order", customer_name="李雷")
    due = office.hand.now + timedelta(days=1)
    office.does(number, "send_notice", "supervisor01", department="order", problem="态度", due_at=due)
    office.does(number, "supervise", "supervisor01", reason="限期整改", due_at=due, department="order")
    for tab, act in (("notices", "answer_notice"), ("orders", "answer_supervision")):
        page = office.visitor("order01").page(f"/actions?tab={tab}")
        assert f"/tickets/{number}/acts/{act}" in page
        assert number not in office.visitor("engineering01").page(f"/actions?tab={tab}")
        assert number not in office.visitor("supervisor01").page(f"/actions?tab={tab}&state=overdue")
        for wish, there in (("since=2026-03-10&until=2026-03-10", True), ("until=2026-03-09", False), ("since=2026-03-11", False),
                            ("since=gestern", True)):
            assert (number in office.visitor("order01").page(f"/actions?tab={tab}&{wish}")) is there, wish
        assert "没有这样的日子" in office.visitor("order01").page(f"/actions?tab={tab}&since=2026-03-11&until=2026-03-10")
    assert "from=notice" in office.visitor("supervisor01").page("/actions?tab=notices")


def test_what_is_overdue_is_on_the_board(office):
    opened(office)
    assert 'id="overdue-actions"' not in office.visitor("supervisor01").page("/supervise")
    office.hand.now += timedelta(days=9)
    assert "ZG20260310-01" in office.visitor("supervisor01").page("/supervise")


def test_every_page_of_the_books_speaks_english_too(office):
    number = office.opens()
    sent(office, "supervisor01", "/actions/new", **asked(office, category="lift", problem="stops"), **{"from": "ticket", "key": number})
    path = "/actions/ZG20260310-01"
    sent(office, "engineering01", path, do="begun", measure="new motor")
    office.does(number, "supervise", "supervisor01", reason="soon", due_at=office.hand.now + timedelta(days=1))
    for page_path in (*(f"/actions?tab={tab}" for tab in TABS), path, f"{path}/print", "/actions/feedback/new", "/actions/new"):
        page = office.visitor("supervisor01", "en").page(page_path)
        main = page[page.index("<main"):page.index("</main>")]
        main = re.sub(r"<option[^>]*>[^<]*</option>", " ", main)
        words = re.sub(r"<[^>]+>|梧桐里[^<\s]*|和邻物业服务", " ", main)
        left = set(re.findall(r"[一-鿿]+", words)) - {"沈岚", "石坚"}
        assert left == set(), page_path
