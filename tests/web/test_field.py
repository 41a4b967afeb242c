"""The technician's page: one big next step, nothing else in the way; numbers to ring only after accepting, for outside firms never."""

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from PIL import Image

from callcenter.storage.tables import EventRow, TicketRow
from tests.web.office import Office, Visitor, office, one_office  # noqa: F401

TAP = {"category": "104", "content": "水龙头滴漏", "room": "望江苑4栋1单元1203", "contact_phone": "19000000001"}
WHOLE, MASKED = "19000000001", "190****0001"


def next_step(page: str, number: str) -> str:
    """The address the big button of a job leads to."""
    job = page.split(f'id="job-{number}"')[1].split("</article>")[0]
    return re.search(rf"/tickets/{number}/acts/(\w+)", job)[1]


def press(visitor: Visitor, number: str, action: str, **fields: str) -> int:
    return visitor.post(f"/tickets/{number}/acts/{action}", next="/field", **fields).status_code


def sent(office: Office, to: str = "plumber01", **fields: object) -> str:  # noqa: F811
    number = office.opens(**{**TAP, **fields})
    office.does(number, "dispatch", "dispatcher01", to=to)
    return number


def test_each_step_leads_to_the_next_one_until_the_slip_is_back(office: Office) -> None:  # noqa: F811
    tap = sent(office)
    liu = office.visitor("plumber01")
    done = []
    for step in ("accept", "depart", "arrive"):
        assert next_step(liu.page("/field"), tap) == step
        assert press(liu, tap, step) == 204
        done.append(step)
        office.hand.move(minutes=1)
    assert next_step(liu.page("/field"), tap) == "complete"
    slip = {"materials": "阀芯 1 个", "fault_cause": "阀芯老化", "work_minutes": "25"}
    assert press(liu, tap, "complete", result="换阀芯", result_explained="yes", signature="周敏", **slip) == 204
    page = liu.page("/field")
    assert "待返单" in page
    assert next_step(page, tap) == "return_slip"
    assert press(liu, tap, "return_slip") == 204
    assert "现在没有任务" in liu.page("/field")


def test_unfinished_words_are_answered_beside_their_inputs_and_change_nothing(office: Office) -> None:  # noqa: F811
    tap = sent(office)
    for step in ("accept", "depart", "arrive"):
        office.does(tap, step, "plumber01")
    liu = office.visitor("plumber01")
    answer = liu.post(f"/tickets/{tap}/acts/complete", result="", signature="周敏")
    assert answer.status_code == 422
    assert answer.get_json()["fields"] == dict.fromkeys(("result", "result_explained", "fault_cause", "materials", "work_minutes"), "必填")
    assert next_step(liu.page("/field"), tap) == "complete"
    page = liu.page("/field")
    for name in ("result", "result_explained", "fault_cause", "unsigned_reason"):
        assert f'id="complete-{name}-{tap}"' in page
        assert f'id="complete-{name}-{tap}-error"' in page


def test_the_customer_can_be_rung_only_after_accepting(office: Office) -> None:  # noqa: F811
    tap = sent(office)
    liu = office.visitor("plumber01")
    before = liu.page("/field")
    assert MASKED in before
    assert WHOLE not in before
    office.does(tap, "accept", "plumber01")
    assert f'href="tel:{WHOLE}"' in liu.page("/field")


def test_an_outside_firm_never_sees_a_number_not_even_masked(office: Office) -> None:  # noqa: F811
    door = office.opens(category="504", content="门把手松动", room="梧桐里1栋1单元501", contact_phone=WHOLE)
    office.does(door, "dispatch", "dispatcher01", to="builder01")
    firm = office.visitor("builder01")
    assert "梧桐里1栋1单元501" in firm.page("/field")
    office.does(door, "accept", "builder01")
    page = firm.page("/field")
    assert next_step(page, door) == "depart"
    assert WHOLE not in page
    assert MASKED not in page


def test_everybody_sees_only_their_own_jobs_nearest_promise_first(office: Office) -> None:  # noqa: F811
    tap = sent(office)
    office.hand.move(seconds=30)
    burst = sent(office, category="101", content="爆管", room="梧桐里3栋2单元1602")
    page = office.visitor("plumber01").page("/field")
    assert re.findall(r'<article[^>]*id="job-([^"]+)"', page) == [burst, tap]
    assert "现在没有任务" in office.visitor("electrician01").page("/field")


def test_a_rejected_job_goes_back_with_its_reason(office: Office) -> None:  # noqa: F811
    tap = sent(office)
    liu = office.visitor("plumber01")
    assert liu.post(f"/tickets/{tap}/acts/reject", next="/field").get_json()["fields"] == {"reason": "必填"}
    assert press(liu, tap, "reject", reason="正在抢修爆管") == 204
    assert "现在没有任务" in liu.page("/field")
    assert "正在抢修爆管" in office.visitor("dispatcher01").page("/dispatch")


def test_nobody_home_suspends_the_job_and_it_can_be_gone_on_with(office: Office) -> None:  # noqa: F811
    tap = sent(office)
    for step in ("accept", "depart"):
        office.does(tap, step, "plumber01")
    liu = office.visitor("plumber01")
    assert "无人在家" in liu.page("/field")
    assert press(liu, tap, "no_access", note_left="yes", new_appointment_start="2026-03-10T15:00") == 204
    assert next_step(liu.page("/field"), tap) == "resume"


def test_a_job_open_to_all_is_grabbed_by_one_and_the_other_is_told_it_is_gone(office: Office) -> None:  # noqa: F811
    tap = office.opens(**TAP)
    liu, chen = office.visitor("plumber01"), office.visitor("plumber02")
    assert "可抢的单" not in liu.page("/field")
    office.does(tap, "offer_all", "dispatcher01")
    assert "可抢的单" in liu.page("/field")
    assert WHOLE not in liu.page("/field")
    assert "可抢的单" not in office.visitor("electrician01").page("/field")
    assert press(liu, tap, "accept") == 204
    assert press(chen, tap, "accept") == 409
    assert next_step(liu.page("/field"), tap) == "depart"
    assert "现在没有任务" in chen.page("/field")


def test_a_team_job_is_on_the_page_of_everybody_of_the_team(one_office: Office) -> None:  # noqa: F811
    from datetime import timedelta

    tap = one_office.opens(**TAP, appointment_start=one_office.hand.now + timedelta(hours=2))
    one_office.does(tap, "dispatch", "dispatcher01", to="plumber")
    for user in ("plumber01", "plumber02"):
        assert next_step(one_office.visitor(user).page("/field"), tap) == "accept"


def test_asking_to_suspend_needs_a_reason_and_is_seen_until_it_is_answered(one_office: Office) -> None:  # noqa: F811
    tap = sent(one_office)
    one_office.does(tap, "accept", "plumber01")
    liu, zhao = one_office.visitor("plumber01"), one_office.visitor("dispatcher01")
    assert press(liu, tap, "ask_suspend", reason="", note="等") == 422
    assert press(liu, tap, "ask_suspend", reason="material", note="缺阀芯", until="2026-03-11T09:00") == 204
    assert "已申请挂起：待料 · 2026-03-11 09:00 · 缺阀芯" in liu.page("/field")
    assert "请求挂起：待料 · 2026-03-11 09:00 · 缺阀芯" in zhao.page("/dispatch")
    assert "挂起申请答复" in one_office.visitor("lead01").page("/supervise")
    assert press(zhao, tap, "decline_suspend", reason="") == 422
    assert press(zhao, tap, "decline_suspend", reason="仓库有货,现在送到") == 204
    assert "已申请挂起" not in liu.page("/field")
    assert "请求挂起" not in zhao.page("/dispatch")


def test_somebody_elses_job_can_neither_be_asked_for_nor_done(one_office: Office) -> None:  # noqa: F811
    tap = sent(one_office)
    assert press(one_office.visitor("electrician01"), tap, "accept") == 404
    assert press(one_office.visitor("electrician01"), tap, "ask_suspend", reason="material") == 404


def test_the_head_of_a_department_finds_the_complaints_handed_over_to_it(one_office: Office) -> None:  # noqa: F811
    rude = one_office.opens(category="906", content="保安态度差", room="望江苑1栋1单元101")
    one_office.does(rude, "hand_over_complaint", "agent01", department="order")
    wu = one_office.visitor("order01")
    assert next_step(wu.page("/field"), rude) == "accept"
    assert press(wu, rude, "accept") == 204
    assert next_step(wu.page("/field"), rude) in ("arrive", "reply")
    assert "现在没有任务" in one_office.visitor("environment01").page("/field")


@pytest.mark.parametrize("user", ["agent01", "dispatcher01", "supervisor01", "admin01"])
def test_the_page_is_for_those_who_go_out(one_office: Office, user: str) -> None:  # noqa: F811
    one_office.visitor(user).page("/field", status=403)


def test_the_page_speaks_english(one_office: Office) -> None:  # noqa: F811
    tap = sent(one_office)
    page = one_office.visitor("plumber01", "en").page("/field")
    assert "My jobs" in page
    assert "Accept" in page
    assert "Dripping tap or valve" in page
    assert tap in page


# ---- made for a stairwell ----------------------------------------------------------------------------------

def picture(width: int = 64) -> io.BytesIO:
    held = io.BytesIO()
    Image.new("RGB", (width, 32), "teal").save(held, "JPEG")
    held.seek(0)
    return held


@pytest.fixture
def stairwell(one_office: Office, tmp_path) -> Office:  # noqa: F811
    """An office whose pictures lie in a folder of the test."""
    parts = one_office.app.extensions["parts"]
    parts.settings = replace(parts.settings, data_dir=tmp_path / "data")
    return one_office


def shoot(visitor: Visitor, number: str, script: bool = True, **fields: object):
    sent = {"photo": (picture(), "p.jpg"), "kind": "before", "csrf_token": visitor.token, "key": "shot-1", **fields}
    headers = {"X-Partial": "1"} if script else {}
    return visitor.client.post(f"/tickets/{number}/photos", data=sent, headers=headers, content_type="multipart/form-data")


def test_a_picture_is_shown_to_the_readers_of_its_ticket_and_to_nobody_else(stairwell: Office) -> None:
    tap = sent(stairwell)
    liu = stairwell.visitor("plumber01")
    assert shoot(liu, tap).status_code == 204
    assert shoot(liu, tap).status_code == 204  # sent again: kept once
    addresses = set(re.findall(rf"/tickets/{tap}/photos/\d+", liu.page("/field")))
    assert len(addresses) == 1
    address = addresses.pop()
    shown = liu.client.get(address)
    assert shown.data.startswith(b"\xff\xd8\xff")
    assert (shown.headers["X-Content-Type-Options"], shown.headers["Content-Type"]) == ("nosniff", "image/jpeg")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert stairwell.visitor("dispatcher01").client.get(address + "?small=1").status_code == 200
    assert stairwell.visitor("electrician01").client.get(address).status_code == 404
    other = sent(stairwell, room="梧桐里1栋1单元501")
    assert liu.client.get(address.replace(tap, other)).status_code == 404


@pytest.mark.parametrize(("photo", "status", "words"), [
    (b"<script>alert(1)</script>", 422, "打不开这张照片"), (b"", 422, "没有收到照片"), (bytes(40_000), 413, "文件太大")],
                         ids=["script", "nothing", "big"])
def test_what_cannot_be_kept_is_said_plainly(stairwell: Office, monkeypatch, photo: bytes, status: int, words: str) -> None:
    monkeypatch.setattr("callcenter.web.field.photos._BODY", 30_000)
    tap = sent(stairwell)
    answer = shoot(stairwell.visitor("plumber01"), tap, photo=(io.BytesIO(photo), "x.jpg"))
    assert (answer.status_code, words in answer.get_json()["message"]) == (status, True)


def test_without_scripts_a_picture_is_an_ordinary_form(stairwell: Office) -> None:
    tap = sent(stairwell)
    answer = shoot(stairwell.visitor("plumber01"), tap, script=False, next="/field")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/field")
    refused = shoot(stairwell.visitor("plumber01"), tap, script=False, photo=(io.BytesIO(b"no"), "x.jpg"), key="other")
    assert refused.status_code == 422


def test_somebody_elses_job_takes_no_pictures_and_a_strange_kind_none_at_all(stairwell: Office) -> None:
    tap = sent(stairwell)
    assert shoot(stairwell.visitor("electrician01"), tap).status_code == 404
    assert shoot(stairwell.visitor("agent01"), tap).status_code == 403
    assert shoot(stairwell.visitor("plumber01"), tap, kind="selfie").status_code == 400


def test_only_this_page_may_use_camera_and_position(stairwell: Office) -> None:
    liu = stairwell.visitor("plumber01")
    assert "camera=(self), geolocation=(self)" in liu.client.get("/field").headers["Permissions-Policy"]
    assert "camera=()" in liu.client.get("/me").headers["Permissions-Policy"]


def test_the_worker_may_serve_the_page_and_the_page_can_be_installed(stairwell: Office) -> None:
    worker = stairwell.app.test_client().get("/field/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/field"
    assert worker.mimetype == "text/javascript"
    liu = stairwell.visitor("plumber01")
    manifest = liu.client.get("/field/manifest.webmanifest").get_json(force=True)
    assert manifest["start_url"] == manifest["scope"] == "/field"
    for icon in manifest["icons"]:
        with liu.client.get(icon["src"]) as drawn:
            assert drawn.mimetype == "image/png"
    state = liu.client.get("/field/state").get_json()
    assert (state["user"], state["now"]) == ("plumber01", int(stairwell.hand.now.timestamp() * 1000))


def test_a_kept_act_carries_its_own_time_and_is_done_once(stairwell: Office) -> None:
    tap = sent(stairwell)
    made = int(stairwell.hand.now.timestamp() * 1000) - 5_000
    stairwell.hand.move(minutes=1)
    liu = stairwell.visitor("plumber01")
    kept = {"key": "kept", "device_at": str(made), "device_offset": "5001", "device_offline": "1", "quiet": "1"}
    for _ in range(2):
        assert liu.post(f"/tickets/{tap}/acts/accept", next="/field", **kept).status_code == 204
    with stairwell.hotline.store.reading() as session:
        events = session.scalars(sa.select(EventRow).where(EventRow.action == "accept")).all()
    assert [(e.at, e.data["device"]) for e in events] == [
        (stairwell.hand.now, {"at": stairwell.hand.now - timedelta(minutes=1) + timedelta(milliseconds=1), "belief": "plausible"})]


@pytest.mark.parametrize("told", ["soon", "1e9", "99999999999999", "--1"])
def test_a_device_time_that_is_no_number_is_a_bad_request(stairwell: Office, told: str) -> None:
    tap = sent(stairwell)
    assert press(stairwell.visitor("plumber01"), tap, "accept", device_at=told) == 400


def test_the_proof_of_arrival_is_answered_beside_its_input(stairwell: Office) -> None:
    tap = sent(stairwell)
    for step in ("accept", "depart"):
        stairwell.does(tap, step, "plumber01")
    liu = stairwell.visitor("plumber01")
    assert re.search(r'name="proof" value="code" checked', liu.page("/field"))
    answer = liu.post(f"/tickets/{tap}/acts/arrive", proof="position", position="在楼下")
    assert (answer.status_code, "读不懂" in answer.get_json()["fields"]["position"]) == (422, True)
    assert press(liu, tap, "arrive", proof="none", reason="客户手机没电") == 204
    page = stairwell.visitor("dispatcher01").page("/field/checks")
    assert "客户手机没电" in page


def test_door_codes_are_made_for_ones_own_compounds_and_lead_to_ones_jobs(stairwell: Office) -> None:
    tap = sent(stairwell)
    boss = stairwell.visitor("supervisor01")
    with stairwell.hotline.store.reading() as session:
        compound = session.scalar(sa.select(TicketRow.compound).where(TicketRow.number == tap))
    assert boss.post("/field/checks/doors", script=False, compound=compound).status_code == 303
    page = boss.page(f"/field/checks?compound={compound}")
    code = re.search(r"<code>(\w{8})</code>", page)[1]
    assert "<svg" in page
    assert stairwell.visitor("plumber01").client.get(f"/field/at/{code}").headers["Location"] == f"/field#at={code}"
    assert boss.post("/field/checks/doors", script=False, compound="NOWHERE").status_code == 404
    wrong = boss.post("/field/checks/site", script=False, compound=compound, where="市中心", far="500")
    assert (wrong.status_code, "市中心" in wrong.get_data(as_text=True)) == (422, True)
    assert boss.post("/field/checks/site", script=False, compound=compound, where="31.2304,121.4737", far="500").status_code == 303
    assert "31.230400" in boss.page(f"/field/checks?compound={compound}")


def test_what_was_finished_today_is_listed_and_forgotten_tomorrow(stairwell: Office) -> None:
    tap = sent(stairwell)
    for step in ("accept", "arrive"):
        stairwell.does(tap, step, "plumber01")
    stairwell.does(tap, "complete", "plumber01", result="换阀芯", result_explained=True, signature="周敏")
    stairwell.does(tap, "return_slip", "plumber01")
    assert "今天已完成" in stairwell.visitor("plumber01").page("/field")
    stairwell.hand.now += timedelta(hours=16)
    assert "今天已完成" not in stairwell.visitor("plumber01").page("/field")
