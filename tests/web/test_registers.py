"""The pages of the registers: who may open and change what, numbers masked, every change on its entry's page."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from callcenter.services import calendar
from callcenter.services.hotline import Hotline
from callcenter.services.intake import finding
from callcenter.storage import facts
from callcenter.storage.tables import AccessRow, CustomerRow, DutyRow, PersonRow, PlaceRow, RoomRow
from tests.hotlines import NINE
from tests.web.office import PAGES, Hand, Office, application

REGISTERS = ("registers", "registers_people", "registers_archive", "registers_roster", "registers_month", "registers_calendar", "registers_places",
             "registers_certificates", "registers_categories")
PATHS = ("people", "roster", "rooms", "compounds", "places", "calendar", "prices", "categories", "certificates")


@pytest.fixture
def house(sqlite_hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> Office:
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = application(sqlite_hotline, (*PAGES, "reports", "ledgers", *REGISTERS))
    return made


def row(house: Office, table, *where):
    with house.hotline.store.reading() as session:
        return session.scalars(sa.select(table).where(*where).order_by(sa.inspect(table).primary_key[0])).first()


def send(visitor, path: str, status: int = 303, **fields):
    answer = visitor.post(path, script=False, **fields)
    assert answer.status_code == status, re.findall(r'role="alert">([^<]+)|class="error"[^>]*>([^<]+)', answer.get_data(as_text=True))
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(("user", "open_to_them"), [
    ("admin01", set(PATHS) - {"rooms"}), ("supervisor01", set(PATHS)), ("lead01", set(PATHS)),
    ("agent01", set(PATHS) - {"people", "certificates"}), ("auditor01", set(PATHS)),
    ("engineering01", {"roster", "calendar", "prices", "categories", "certificates"}), ("plumber01", set()),
])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_role_opens_its_own_registers(house: Office, user: str, open_to_them: set[str], language: str) -> None:
    visitor = house.visitor(user, language)
    for path in PATHS:
        page = visitor.page(f"/registers/{path}", 200 if path in open_to_them else 403)
        assert path not in open_to_them or (language == "en") == ('lang="en"' in page.split("\n<head>")[0])
    assert ('href="/registers"' in visitor.page("/me")) == bool(open_to_them)


def test_a_colleague_is_entered_changed_sent_on_leave_and_ended_and_all_of_it_is_shown(house: Office) -> None:
    admin = house.visitor("admin01")
    new = {"user": "dinghao", "name": "丁浩", "roles": "technician", "trades": "electrician", "phone": "19000009077", "can_sign_in": "是",
           "language": "zh", "department": "engineering", "certificates": "低压电工证 T77 2028-12-31", "reason": "新入职"}
    send(admin, "/registers/people/new", **new)
    page = admin.page("/registers/people/dinghao")
    assert "190****9077" in page
    assert "19000009077" not in page
    send(admin, "/registers/people/dinghao", do="change", version="1", **(new | {"name": "丁小浩", "phone": "", "reason": "更名"}))
    with house.hotline.store.reading() as session:
        assert (facts.people(session)["dinghao"].name, facts.people(session)["dinghao"].phone) == ("丁小浩", "19000009077")
    send(admin, "/registers/people/dinghao", do="leave", since="2026-03-12", until="2026-03-13", note="年假")
    once = re.search(r'class="num once">([^<]+)<', send(admin, "/registers/people/dinghao", 200, do="password"))[1]
    send(admin, "/registers/people/dinghao", do="end", reason="离职")
    page = admin.page("/registers/people/dinghao")
    assert [word for word in ("新增", "修改", "请假", "设密码", "停用") if f"<b>{word}</b>" in page] == ["新增", "修改", "请假", "设密码", "停用"]
    assert '<del class="muted">丁浩</del> → 丁小浩' in page
    assert once not in page
    send(admin, "/registers/people/dinghao", do="back")
    assert "dinghao" in admin.page("/registers/people?q=丁小")


def test_a_form_that_is_refused_keeps_every_word_and_says_what_is_wrong_where(house: Office) -> None:
    page = send(house.visitor("admin01"), "/registers/people/new", 422, user="丁", name="丁浩", roles="", can_sign_in="是", phone="1")
    assert 'value="丁浩"' in page
    assert "还缺:岗位" in page
    assert "电话号码不对:1" in page
    page = send(house.visitor("admin01", "en"), "/registers/people/new", 422, user="", name="丁浩", roles="agent", can_sign_in="是")
    assert "Missing: User name" in page


def test_a_page_that_somebody_else_has_overtaken_is_refused(house: Office) -> None:
    admin = house.visitor("admin01")
    change = {"do": "change", "name": "何小静", "roles": "agent", "can_sign_in": "是", "department": "customer_service", "version": "0"}
    send(admin, "/registers/people/agent02", **change)
    assert "刚被别人改动" in send(admin, "/registers/people/agent02", 422, **(change | {"name": "何大静"}))


def test_ending_somebody_with_open_work_names_the_tickets_and_links_them_with_what_is_lost(house: Office) -> None:
    number, admin = house.opens("agent01"), house.visitor("admin01", "en")
    page = admin.page("/registers/people/agent01")
    assert re.search(rf'id="left".*?<span class="num">{number}</span>.*?Owner', page, re.S)
    assert f'href="/tickets/{number}"' in house.visitor("supervisor01").page("/registers/people/agent01")
    assert "1 open, to be handed over first" in page.split('id="end"')[1]
    assert re.search(r"\d+ shifts within two weeks come off the roster", page)
    page = send(admin, "/registers/people/agent01", 422, do="end", reason="moves away")
    assert number in page.split('id="main"')[1].split("</h2>")[0]
    assert 'value="moves away"' in page


def test_the_list_is_narrowed_by_role_compound_and_standing_and_a_new_colleague_is_led_to_a_password(house: Office) -> None:
    admin = house.visitor("admin01")
    new = {"user": "dinghao", "name": "丁浩", "roles": "technician", "can_sign_in": "是", "compounds": "WTL", "language": "zh"}
    answer = admin.post("/registers/people/new", script=False, **new)
    assert answer.headers["Location"].endswith("/registers/people/dinghao#password")
    assert "还没有密码，登录不了" in admin.page("/registers/people/dinghao")
    page = admin.page("/registers/people?q=丁浩&role=technician&compound=WTL&stand=never")
    assert re.search(r'stand=never"[^>]* aria-current="true">从未登录 <span class="num warn-text">1<', page.replace("&amp;", "&"))
    assert "未设密码" in page
    assert "没有符合条件的人员" in admin.page("/registers/people?q=丁浩&compound=QHJY")
    assert "没有符合条件的人员" in admin.page("/registers/people?q=丁浩&stand=on_duty")
    assert "dinghao" in admin.page("/registers/people?q=丁浩&role=nobody&stand=nowhere")
    told = house.visitor("supervisor01", "en").page("/registers/roles")
    assert re.search(r'id="role-dispatcher".*?within three minutes.*?Opens.*?Dispatch.*?Reassign', told, re.S)
    assert "丁浩" not in told


@pytest.mark.parametrize("user", ["supervisor01", "lead01", "quality01"])
def test_others_read_people_and_change_nothing(house: Office, user: str) -> None:
    visitor = house.visitor(user)
    assert 'name="employee_no"' not in visitor.page("/registers/people/agent02")
    assert "没有这个权限" in send(visitor, "/registers/people/agent02", 422, do="end")
    assert visitor.post("/registers/people/new", script=False, user="x1", name="x").status_code == 403


def test_a_whole_number_is_shown_once_with_a_reason_that_is_written_down(house: Office) -> None:
    customer = row(house, CustomerRow)
    lead, path = house.visitor("lead01"), f"/registers/customers/{customer.id}"
    assert "19000000001" not in lead.page(path)
    assert "19000000001" not in send(lead, path, 422, do="number", reason=" ")
    assert "19000000001" in send(lead, path, 200, do="number", reason="客户要求核对")
    assert "19000000001" not in lead.page(path)
    assert (log := row(house, AccessRow)) is not None
    assert (log.what, log.by, log.about, log.reason) == ("unmask", "lead01", {"register": "customer", "key": str(customer.id)}, "客户要求核对")
    assert "没有这个权限" in send(house.visitor("agent01"), path, 422, do="number", reason="好奇")
    assert "名册里的完整号码" in house.visitor("quality01").page("/ledgers/exports")


def test_an_agent_puts_a_number_right_and_nothing_else(house: Office) -> None:
    customer = row(house, CustomerRow)
    agent, path = house.visitor("agent01"), f"/registers/customers/{customer.id}"
    page = agent.page(path)
    assert 'name="preferred_window"' in page
    assert 'name="care_flag"' not in page
    send(agent, path, do="change", version="0", phone="", other_phone="19000008888", preferred_window="周末全天", name="冒名", reason="客户来电更正")
    with house.hotline.store.reading() as session:
        found = session.get_one(CustomerRow, customer.id)
        assert (found.name, found.phone, found.other_key, found.preferred_window) == (customer.name, customer.phone, "+8619000008888", "周末全天")
    assert "190****8888" in agent.page(path)
    assert "没有这个权限" in send(agent, path, 422, do="end")


def test_care_notes_are_read_by_those_who_may(house: Office) -> None:
    customer = row(house, CustomerRow, CustomerRow.care_flag.is_not(None))
    path = f"/registers/customers/{customer.id}"
    assert customer.care_flag in house.visitor("lead01").page(path)
    assert customer.care_flag not in house.visitor("agent01").page(path)
    kept = {"name": customer.name, "relation": customer.relation, "phone": "", "language": "zh", "care_flag": "听力不便"}
    send(house.visitor("lead01"), path, do="change", version="0", **kept)
    assert "听力不便" in house.visitor("supervisor01").page(path)
    assert "听力不便" not in house.visitor("agent01").page(path)


def test_a_resident_moves_out_another_moves_in_and_the_caller_is_known_accordingly(house: Office) -> None:
    old, lead = row(house, CustomerRow), house.visitor("lead01")
    send(lead, f"/registers/customers/{old.id}", do="end", reason="卖房")
    send(lead, f"/registers/rooms/{old.room_id}", do="customer", name="新业主", relation="业主", phone="19000000001", language="zh")
    assert "新业主" in (page := lead.page(f"/registers/rooms/{old.room_id}"))
    assert "以前的客户" in page
    assert "已经有了" in send(lead, f"/registers/rooms/{old.room_id}", 422, do="customer", name="新业主", relation="业主", phone="19000000001")
    assert "新业主" in lead.page("/registers/rooms?q=19000000001")


def test_a_room_is_entered_put_right_and_ended_only_when_empty(house: Office) -> None:
    lead = house.visitor("lead01")
    new = {"compound": "WTL", "building": "9", "entrance": "1", "number": "101", "state": "空置", "handed_over": "2026-01-01", "area": "88"}
    send(lead, "/registers/rooms/new", **new)
    room = row(house, RoomRow, RoomRow.text == "梧桐里9栋1单元101")
    send(lead, f"/registers/rooms/{room.id}", do="change", version="1", **(new | {"state": "自住", "warranty": "防水 2031-01-01"}))
    page = lead.page(f"/registers/rooms/{room.id}")
    assert "防水 2031-01-01" in page
    assert '<del class="muted">空置</del> → 自住' in page
    assert "已经有了" in send(lead, "/registers/rooms/new", 422, **new)
    send(lead, f"/registers/rooms/{room.id}", do="end")
    assert "梧桐里9栋1单元101" not in lead.page("/registers/rooms?q=梧桐里9栋")
    lived = row(house, CustomerRow)
    assert "还有在册客户" in send(lead, f"/registers/rooms/{lived.room_id}", 422, do="end")


def test_whoever_looks_after_one_compound_sees_the_rooms_of_that_one_only(house: Office) -> None:
    with house.hotline.store.transaction() as session:
        session.get_one(PersonRow, "lead01").compounds = ["QH"]
        facts.people_changed(session)
    lead, there = house.visitor("lead01"), row(house, RoomRow, RoomRow.compound == "WTL")
    assert there.text not in lead.page("/registers/rooms")
    lead.page(f"/registers/rooms/{there.id}", 404)
    assert "不在您负责的小区" in send(lead, "/registers/rooms/new", 422, compound="WTL", building="9", number="1")


def test_a_compound_is_entered_with_its_history(house: Office) -> None:
    admin = house.visitor("admin01")
    send(admin, "/registers/compounds", do="save", code="XY", name="新悦", region="北区", handed_over="2026-02-01")
    assert "新悦" in admin.page("/registers/compounds?code=XY")
    assert "已经有了" in send(admin, "/registers/compounds", 422, do="save", code="XZ", name="新悦", region="北区")


def test_the_week_shows_who_is_missing_and_turns_are_added_moved_removed_and_copied(house: Office) -> None:
    lead = house.visitor("lead01")
    assert "每个时刻都有坐席" in lead.page("/registers/roster?week=2026-03-16")
    turn = row(house, DutyRow, DutyRow.user == "plumber03", DutyRow.start_at > NINE + timedelta(days=6))
    send(lead, "/registers/roster", do="remove", week="2026-03-16", turn=str(turn.id))
    assert "水工" in lead.page("/registers/roster?week=2026-03-16").split('id="gaps"')[1].split("</section>")[0]
    send(lead, "/registers/roster", do="add", week="2026-03-16", user="plumber03", role="technician", date="2026-03-16", start="20:00", end="08:00",
         shift="工程夜班")
    assert "已有班" in send(lead, "/registers/roster", 422, do="add", week="2026-03-16", user="plumber03", role="technician", date="2026-03-16",
                         start="21:00", end="23:00")
    added = row(house, DutyRow, DutyRow.user == "plumber03", DutyRow.shift == "工程夜班", DutyRow.start_at == datetime(2026, 3, 16, 12, tzinfo=UTC))
    send(lead, "/registers/roster", do="move", week="2026-03-16", turn=str(added.id), user="plumber02", date="2026-03-16", start="20:00")
    page = lead.page("/registers/roster?week=2026-03-16")
    assert all(f"<b>{word}</b>" in page for word in ("撤班次", "加班次", "改班次"))
    send(lead, "/registers/roster", do="copy", week="2026-04-06")
    assert "复制了" in lead.page("/registers/roster?week=2026-04-06")


def test_a_month_is_filled_by_choosing_a_shift_and_a_cell(house: Office) -> None:
    lead, month = house.visitor("lead01"), {"month": "2026-05", "role": "agent"}
    with house.hotline.store.transaction() as session:
        session.execute(sa.delete(DutyRow).where(DutyRow.start_at > NINE + timedelta(days=40)))
    page = lead.page("/registers/roster/month?month=2026-05")
    assert 'value="480-960-早班"' in page
    send(lead, "/registers/roster/month", **month, kind="1200-1920-夜班", cell="agent01:2026-05-04")
    given = row(house, DutyRow, DutyRow.user == "agent01", DutyRow.start_at == datetime(2026, 5, 4, 12, tzinfo=UTC))
    assert (given.end_at, given.shift, given.roles) == (datetime(2026, 5, 5, 0, tzinfo=UTC), "夜班", ["agent"])
    page = lead.page("/registers/roster/month?month=2026-05&kind=1200-1920-夜班")
    assert re.search(r'value="agent01:2026-05-04"[^>]*>夜<', page)
    assert "已有班" in send(lead, "/registers/roster/month", 422, **month, kind="1200-1440-中班", cell="agent01:2026-05-04")
    assert "还缺:班次" in send(lead, "/registers/roster/month", 422, **month, kind="", cell="agent02:2026-05-04")
    send(lead, "/registers/roster/month", **month, kind="erase", cell="agent01:2026-05-04")
    assert row(house, DutyRow, DutyRow.user == "agent01", DutyRow.start_at > NINE + timedelta(days=40)) is None
    assert lead.post("/registers/roster/month", script=False, **month, kind="erase", cell="agent01").status_code == 400


def test_a_department_head_gives_shifts_to_their_own_people_only(house: Office) -> None:
    head = house.visitor("engineering01")
    assert 'name="cell"' not in head.page("/registers/roster/month?month=2026-03&role=agent")
    assert 'name="cell" value="plumber01:2026-03-11"' in head.page("/registers/roster/month?month=2026-03&role=technician")
    assert 'type="radio" name="kind"' not in house.visitor("agent01").page("/registers/roster/month?month=2026-03")


def test_a_rotation_is_laid_out_from_a_form_that_keeps_what_was_chosen(house: Office) -> None:
    lead = house.visitor("lead01")
    with house.hotline.store.transaction() as session:
        session.execute(sa.delete(DutyRow).where(DutyRow.start_at > NINE + timedelta(days=40)))
    asked = {"rota": "three_shifts", "role": "agent", "first": "2026-05-04", "days": "8",
             "group-agent01": "0", "group-agent02": "1", "group-agent03": "2"}
    page = send(lead, "/registers/roster/rotation", 422, **asked)
    assert "四个班组每组至少要有一个人" in page
    assert 'value="2026-05-04"' in page
    assert re.search(r'name="group-agent02">.*?<option value="1" selected>', page)
    send(lead, "/registers/roster/rotation", **asked, **{"group-agent04": "3"})
    assert "排好了 24 个班次" in lead.page("/registers/roster/month?month=2026-05")
    assert "四班三运转" in lead.page("/registers/roster?week=2026-05-04")


def test_whoever_must_see_to_it_reads_on_every_page_that_somebody_will_be_missing(house: Office) -> None:
    with house.hotline.store.transaction() as session:
        session.execute(sa.delete(DutyRow).where(DutyRow.start_at > NINE + timedelta(hours=9), DutyRow.user.in_(["plumber01", "plumber03"])))
    told = {user for user in ("lead01", "supervisor01", "engineering01", "agent01", "admin01") if "起缺水工" in house.visitor(user).page("/me")}
    assert told == {"lead01", "supervisor01", "engineering01"}


def test_the_calendar_is_put_right_by_an_administrator_and_read_by_all(house: Office) -> None:
    admin = house.visitor("admin01")
    send(admin, "/registers/calendar", do="day", date="2026-03-11", is_workday="否", name="台风停工")
    with house.hotline.store.reading() as session:
        assert calendar.is_workday(date(2026, 3, 11), session) == (False, "manual")
    assert "台风停工" in house.visitor("agent01").page("/registers/calendar?year=2026")
    send(admin, "/registers/calendar", do="load", year="2026")
    assert "台风停工" in admin.page("/registers/calendar?year=2026")
    assert house.visitor("supervisor01").post("/registers/calendar", script=False, do="load", year="2026").status_code == 403


def test_from_december_on_supervisor_and_administrator_are_told_that_the_next_plan_is_missing(house: Office, monkeypatch) -> None:
    monkeypatch.setattr(calendar, "year_loaded", lambda year: year <= 2026)
    house.hand.now = datetime(2026, 11, 30, 1, tzinfo=UTC)
    assert "放假安排还没有载入" not in house.visitor("admin01").page("/me")
    house.hand.now = datetime(2026, 12, 1, 1, tzinfo=UTC)
    told = {user for user in ("admin01", "supervisor01", "agent01", "lead01") if "2027 年的放假安排还没有载入" in house.visitor(user).page("/me")}
    assert told == {"admin01", "supervisor01"}


def test_a_common_part_is_entered_renamed_and_ended_and_found_while_typing_until_then(house: Office) -> None:
    lead = house.visitor("lead01")
    send(lead, "/registers/places", compound="WTL", place="北门快递柜", reason="新装")
    part = row(house, PlaceRow, PlaceRow.text == "梧桐里北门快递柜")
    assert "已经有了" in send(lead, "/registers/places", 422, compound="WTL", place="梧桐里北门快递柜")
    send(lead, f"/registers/places/{part.id}", do="change", version="1", place="梧桐里北门驿站", handed_over="2026-01-01")
    number = house.opens(place="北门驿站", room=None, category="101")
    assert number in send(lead, f"/registers/places/{part.id}", 422, do="end")
    assert re.search(r"北门驿站</b>.*?未结工单\"><span class=\"num\">1<", lead.page("/registers/places?q=驿站"), re.S)
    house.does(number, "cancel", "supervisor01", reason="客户撤回")
    send(lead, f"/registers/places/{part.id}", do="end", reason="拆除")
    assert "北门驿站" not in lead.page("/registers/places")
    assert "停用于" in lead.page("/registers/places?gone=1")
    with house.hotline.store.reading() as session:
        assert finding.find(session, "bmyz", ()) == []
    send(lead, f"/registers/places/{part.id}", do="back")
    page = lead.page(f"/registers/places/{part.id}")
    assert [word for word in ("新增", "修改", "停用", "恢复") if f"<b>{word}</b>" in page] == ["新增", "修改", "停用", "恢复"]
    assert house.visitor("agent01").post(f"/registers/places/{part.id}", script=False, do="end").status_code == 403


def test_certificates_stand_by_their_last_day_and_a_head_sees_their_own_people(house: Office) -> None:
    page = house.visitor("engineering01").page("/registers/certificates")
    assert page.index("已过期") < page.index("低压电工证")
    assert "/registers/people/" not in page.split("<main")[1].split("</main>")[0]
    with house.hotline.store.transaction() as session:
        session.get_one(PersonRow, "electrician01").certificates = {"低压电工证": NINE + timedelta(days=6.5)}
        facts.people_changed(session)
    assert "还剩 6 天" in house.visitor("lead01").page("/registers/certificates?within=7")
    assert "低压电工证" not in house.visitor("order01").page("/registers/certificates").split("<main")[1]


def test_a_compound_shows_its_buildings_and_a_building_its_rooms(house: Office) -> None:
    house.opens()
    page = house.visitor("lead01").page("/registers/compounds?code=WTL").split('id="buildings"')[1]
    assert re.search(r'building=3"><b>3 栋</b>.*?未结工单"><span class="num">1<', page, re.S)
    rooms = house.visitor("lead01").page("/registers/rooms?compound=WTL&building=3")
    assert "梧桐里3栋" in rooms
    assert "梧桐里2栋" not in rooms


def test_the_categories_are_searched_with_what_is_open(house: Office) -> None:
    house.opens()
    agent = house.visitor("agent01")
    page = agent.page("/registers/categories?q=101").split("<main")[1]
    assert re.search(r"爆管.*?水工.*?急修.*?未结工单\"><span class=\"num\">1<", page, re.S)
    assert "1 / " in page
    page = agent.page("/registers/categories?flag=certificate").split("<main")[1]
    assert "须持证" in page
    assert ">101<" not in page
    assert "没有符合条件的项目" in agent.page("/registers/categories?q=没有的")


def test_the_price_list_is_read_only_and_says_how_it_is_changed(house: Office) -> None:
    page = house.visitor("agent01").page("/registers/prices")
    assert page.count("A0") + page.count("A1") >= 14
    assert "workflows/categories.toml" in page
    assert "<form" not in page.split("<main")[1].split("</main>")[0]
