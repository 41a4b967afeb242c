"""The agent's desk: a call is answered once, its open matters come before the form, and nothing typed is lost."""

import json
import re
from datetime import timedelta

import pytest

from callcenter.services.telephone import calls
from callcenter.storage.tables import CallRow, PromiseRow, TicketRow, sa
from tests.web.office import Hand, Office, application

CALLER, ROOM = "19000000001", "梧桐里3栋2单元1602"
FORM = {"category": "101", "room": ROOM, "customer_name": "周敏", "contact_phone": CALLER, "content": "厨房水管爆裂", "told_two_day": "yes"}


class DeskOffice(Office):
    """The office with the desk's own pages."""

    def __init__(self, hotline, hand):
        super().__init__(hotline, hand)
        self.app = application(hotline, ("acts", "desk", "talk", "tickets", "followups"))

    def rings(self, sid: str = "CA1", number: str | None = CALLER) -> str:
        calls.arrive(self.hotline, sid, number, self.hand.now)
        return sid

    def all(self, table):
        with self.hotline.store.reading() as session:
            return list(session.scalars(sa.select(table).order_by(table.id)))

    def call(self, sid: str = "CA1") -> CallRow:
        return next(c for c in self.all(CallRow) if c.sid == sid)


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    return DeskOffice(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))


@pytest.fixture
def agent(office):
    return office.visitor("agent01")


def answered(office, agent, sid="CA1", number=CALLER):
    office.rings(sid, number)
    assert agent.post(f"/desk/calls/{sid}/answer").headers["X-Location"] == f"/desk?call={sid}"
    return agent.page("/desk")


def order(page: str, *pieces: str) -> list[int]:
    places = [page.index(piece) for piece in pieces]
    assert places == sorted(places), dict(zip(pieces, places, strict=True))
    return places


def test_the_desk_is_for_those_who_take_calls(office):
    for user in ("agent01", "lead01", "dispatcher01", "supervisor01", "callback01"):
        office.visitor(user).page("/desk")
    for user in ("plumber01", "engineering01", "builder01", "admin01", "auditor01"):
        office.visitor(user).page("/desk", 403)


def test_a_ringing_call_shows_who_it_may_be_with_the_number_masked_until_it_is_answered(office, agent):
    office.rings()
    page = agent.fragment("/desk?part=calls")
    assert "190****0001" in page
    assert CALLER not in page
    assert f"周敏 · {ROOM}" in page
    assert 'data-key="Enter"' in page


def test_whoever_answers_sees_the_number_the_household_and_the_form_filled_in(office, agent):
    page = answered(office, agent)
    assert office.call().answered_by == "agent01"
    order(page, 'id="pop"', f'<h1 class="num">{CALLER}</h1>', f"<span>{ROOM}</span>", 'id="intake"')
    assert re.search(rf'id="f-room" name="room" value="{ROOM}"', page)
    assert re.search(r'name="customer_name"[^>]* value="周敏"', page)


def test_of_two_who_answer_the_second_is_told_who_was_first(office, agent):
    office.rings()
    agent.post("/desk/calls/CA1/answer")
    answer = office.visitor("agent02").post("/desk/calls/CA1/answer")
    assert answer.status_code == 409
    assert "王芳" in answer.json["message"]
    assert agent.post("/desk/calls/CA1/answer").status_code == 204


def test_open_matters_come_before_the_form_which_is_folded_away(office, agent):
    number = office.opens()
    page = answered(office, agent)
    order(page, 'id="pop"', 'id="matters"', f'id="matter-{number}"', "客户再次反映", "催单", 'id="intake"', 'id="intake-fold"')
    assert not re.search(r'id="intake-fold" open', page)
    assert re.search(r'id="intake-fold" open', agent.page("/desk?new=1"))


def test_a_caller_who_raises_it_again_is_added_to_the_matter_with_the_call_and_no_second_ticket_is_made(office, agent):
    number = office.opens()
    answered(office, agent)
    form = agent.fragment(f"/tickets/{number}/acts/add_contact?call=CA1&next=/desk?call=CA1")
    assert 'name="call" value="CA1"' in form
    answer = agent.post(f"/tickets/{number}/acts/add_contact", content="水还在漏", call="CA1", next="/desk?call=CA1")
    assert answer.headers["X-Location"] == "/desk?call=CA1"
    assert len(office.all(TicketRow)) == 1
    assert "客户再次反映 1 次" in agent.page(f"/tickets/{number}")


def test_a_registered_ticket_shows_its_number_to_be_read_aloud_and_its_countdown(office, agent):
    answered(office, agent)
    answer = agent.post("/desk/tickets", call="CA1", **FORM)
    (ticket,) = office.all(TicketRow)
    assert answer.headers["X-Location"] == f"/desk?call=CA1&done={ticket.number}"
    assert (ticket.first_responder, ticket.owner, ticket.call_id) == ("agent01", "agent01", office.call().id)
    page = agent.page(answer.headers["X-Location"])
    order(page, 'id="done"', f"编号 {ticket.number}，我们将在二日内向您反馈处理结果，我是您的首问责任人王芳", 'id="pop"')
    assert f'data-what="{ticket.number} 三分钟派单"' in page
    assert ticket.number in agent.page(f"/tickets/{ticket.number}")


def test_one_call_may_bring_several_tickets(office, agent):
    answered(office, agent)
    agent.post("/desk/tickets", call="CA1", **FORM)
    agent.post("/desk/tickets", call="CA1", **FORM | {"category": "205", "room": "", "place": "梧桐里5栋1单元大堂", "content": "灯不亮"})
    assert {t.call_id for t in office.all(TicketRow)} == {office.call().id}
    assert agent.page("/desk?call=CA1").count('id="registered"') == 1


def test_a_form_sent_twice_registers_once(office, agent):
    answered(office, agent)
    first = agent.post("/desk/tickets", call="CA1", key="one", **FORM)
    again = agent.post("/desk/tickets", call="CA1", key="one", **FORM)
    assert first.headers["X-Location"] == again.headers["X-Location"]
    assert len(office.all(TicketRow)) == 1


def test_two_people_with_the_same_form_key_do_not_get_in_each_others_way(office, agent):
    agent.post("/desk/tickets", key="same", **FORM)
    office.visitor("agent02").post("/desk/tickets", key="same", **FORM | {"content": "别的事", "apart": "yes"})
    assert [t.registrar for t in office.all(TicketRow)] == ["agent01", "agent02"]


def test_everything_missing_is_named_at_once_and_nothing_is_saved(office, agent):
    answer = agent.post("/desk/tickets", category="105", content="堵了")
    assert answer.status_code == 422
    assert set(answer.json["fields"]) == {"room", "customer_name", "contact_phone", "convenient_time", "told_two_day"}
    assert office.all(TicketRow) == []


def test_without_scripts_the_form_comes_back_with_every_word_and_the_reasons_beside_the_inputs(office, agent):
    answer = agent.post("/desk/tickets", script=False, content="堵了，水往外冒", place="", remark="家有孕妇", category="105")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "堵了，水往外冒" in page
    assert "家有孕妇" in page
    assert '<option value="105" selected' in page
    assert re.search(r'id="f-customer_name"[^>]*aria-invalid="true"', page)
    assert re.search(r'<p class="error" id="f-room-error">必填</p>', page)
    assert office.all(TicketRow) == []


def test_the_reasons_are_in_english_for_an_english_desk(office):
    answer = office.visitor("agent01", "en").post("/desk/tickets", content="leak")
    assert answer.json["message"].startswith("Missing: Category")
    assert set(answer.json["fields"].values()) == {"Required"}


@pytest.mark.parametrize(("wrong", "field"), [
    ({"room": "梧桐里99栋1单元101"}, "room"), ({"contact_phone": "abc"}, "contact_phone"), ({"category": "999"}, "category"),
    ({"promise_at": "2020-01-01T00:00"}, "promise_at"), ({"appointment_start": "nonsense"}, "appointment_start"),
    ({"received_at": "2099-01-01T00:00"}, "received_at"), ({"first_responder": "nobody"}, "first_responder"),
    ({"type": "magic"}, "type"), ({"content": "坏\x00字"}, "content")])
def test_a_wrong_value_is_told_beside_its_field_and_nothing_is_saved(office, agent, wrong, field):
    answer = agent.post("/desk/tickets", **FORM | wrong)
    assert answer.status_code == 422
    assert list(answer.json["fields"]) == [field]
    assert office.all(TicketRow) == []


def test_an_urgent_category_asks_for_no_convenient_time_and_a_repair_at_home_does(office, agent):
    assert agent.post("/desk/tickets", **FORM).status_code == 204
    assert list(agent.post("/desk/tickets", **FORM | {"category": "105"}).json["fields"]) == ["convenient_time"]
    assert agent.post("/desk/tickets", **FORM | {"category": "105", "urgency": "urgent"}).status_code == 204


def test_the_number_of_the_call_is_enough_but_a_withheld_one_is_asked_for(office, agent):
    answered(office, agent)
    assert agent.post("/desk/tickets", call="CA1", **FORM | {"contact_phone": ""}).status_code == 204
    answered(office, agent, "CA2", None)
    assert list(agent.post("/desk/tickets", call="CA2", **FORM | {"contact_phone": ""}).json["fields"]) == ["contact_phone"]


def test_hold_is_counted_and_the_call_ends_with_a_word_about_what_it_was(office, agent):
    answered(office, agent)
    agent.post("/desk/calls/CA1/hold")
    assert "对不起，让您久等了" in agent.page("/desk")
    office.hand.move(seconds=40)
    agent.post("/desk/calls/CA1/resume")
    agent.post("/desk/calls/CA1/end")
    assert (office.call().state, office.call().hold_ms, office.call().ended_by) == ("ended", 40000, "agent01")
    assert 'id="unrecorded"' in agent.fragment("/desk?part=calls")
    assert agent.post("/desk/calls/CA1/note", disposition=" ").status_code == 422
    agent.post("/desk/calls/CA1/note", usual="wrong_number")
    assert office.call().disposition == "wrong_number"
    assert "打错电话" in agent.page("/desk?call=CA1")
    assert "Wrong number" in office.visitor("agent02", "en").page("/desk?call=CA1")
    assert 'id="unrecorded"' not in agent.fragment("/desk?part=calls")


def test_nobody_ends_anothers_call_but_the_lead(office, agent):
    answered(office, agent)
    assert office.visitor("agent02").post("/desk/calls/CA1/end").status_code == 403
    assert office.visitor("lead01").post("/desk/calls/CA1/end").status_code == 204


def test_a_missed_call_stands_with_its_countdown_until_it_is_called_back(office, agent):
    office.rings("CM", "19000000009")
    calls.ended(office.hotline, "CM", office.hand.now + timedelta(seconds=30))
    office.hand.move(minutes=1)
    page = agent.fragment("/desk?part=calls")
    assert "19000000009" in page
    assert 'id="missed-CM"' in page
    assert agent.post("/desk/calls/CM/returned").status_code == 422
    assert agent.post("/desk/calls/CM/returned", contact_result="reached").headers["X-Location"] == "/desk?call=CM&new=1"
    assert office.call("CM").return_call == "done"
    assert 'id="missed-CM"' not in agent.fragment("/desk?part=calls")
    (kept,) = [p for p in office.all(PromiseRow) if p.clock == "missed_call"]
    assert kept.kept_at == office.hand.now


def test_a_call_is_taken_by_hand_with_its_number_or_withheld(office, agent):
    assert agent.post("/desk/calls/by-hand", number="nonsense").status_code == 422
    assert office.all(CallRow) == []
    first = agent.post("/desk/calls/by-hand", key="a", number="190 0000 0001")
    again = agent.post("/desk/calls/by-hand", key="a", number="190 0000 0001")
    assert first.headers["X-Location"] == again.headers["X-Location"]
    (call,) = office.all(CallRow)
    assert re.fullmatch(r"hand-[0-9a-f-]{36}", call.sid)
    assert (call.state, call.answered_by, call.phone_key) == ("answered", "agent01", "+8619000000001")
    agent.post("/desk/calls/by-hand", key="b")
    assert office.all(CallRow)[1].from_number is None


def test_rooms_are_found_while_typing_with_warranty_and_residents_but_no_numbers(office, agent):
    answer = agent.client.get("/desk/rooms?q=梧桐里3栋2单元160", headers={"X-Partial": "1"})
    rooms = {r["room"]: r for r in json.loads(answer.get_data(as_text=True))}
    assert rooms[ROOM]["people"][0]["name"] == "周敏"
    assert rooms[ROOM]["warranty"]["pipes"] == "保修期内，至 2027年6月16日"
    assert not re.search(r"190\d{8}", answer.get_data(as_text=True))
    assert agent.client.get("/desk/rooms?q=%").json == []


def test_my_tickets_stand_with_the_nearest_promise_first(office, agent):
    daily = office.opens(category="105", content="堵", contact_phone="19000000003", room="梧桐里1栋1单元101")
    urgent = office.opens(content="爆管", contact_phone="19000000004", room="梧桐里1栋1单元102")
    office.does(daily, "dispatch", "lead01", to="plumber01")
    office.does(daily, "accept", "plumber01")
    order(agent.fragment("/desk?part=calls"), f"line-{urgent}", f"line-{daily}")
    assert urgent not in office.visitor("agent02").fragment("/desk?part=calls")


def test_many_callers_about_one_thing_are_announced(office, agent):
    for n in range(3):
        office.opens(category="103", content="停水", contact_phone=f"1900000001{n}", room=f"青禾家园1栋1单元{n + 1}01")
    assert "青禾家园 · 停水(整户/整栋)：在办 3 件" in agent.page("/desk")


def test_an_emergency_category_carries_its_script_and_a_paid_item_its_price(agent):
    page = agent.page("/desk?new=1")
    assert re.search(r'value="301"[^>]*data-script="请保持镇静', page)
    assert re.search(r'value="A02"[^>]*data-price="80 元/次"', page)
    assert re.search(r'value="104"[^>]*data-warranty="pipes"', page)


def test_a_form_without_its_key_is_refused(office, agent):
    assert agent.post("/desk/tickets", key="", **FORM).status_code == 400
    assert office.all(TicketRow) == []


def test_an_unknown_call_opens_an_empty_desk_and_cannot_be_answered(agent):
    assert 'id="pop"' not in agent.page("/desk?call=nothing")
    assert agent.post("/desk/calls/nothing/answer").status_code == 404
