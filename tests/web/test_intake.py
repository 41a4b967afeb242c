"""The intake form while somebody is talking: found, advised, warned of twins, kept; and for whom a call rings."""

import re
import shutil
from datetime import timedelta

import pytest

from callcenter.services.intake import finding, keys
from callcenter.services.registers import archive
from callcenter.storage import facts
from callcenter.storage.desk_tables import DraftRow, SearchKeyRow
from callcenter.storage.tables import CallRow, CustomerRow, PlaceRow, RoomRow, TicketRow, sa
from callcenter.storage.telephone_tables import OfferRow
from tests.hotlines import NINE, open_hotline
from tests.web.office import Hand
from tests.web.test_desk import CALLER, FORM, ROOM, DeskOffice, answered, order


@pytest.fixture(scope="module")
def spelled(filled_sqlite, tmp_path_factory):
    """The demo company with its search words, to be read only."""
    copy = tmp_path_factory.mktemp("spelled") / "hotline.sqlite3"
    shutil.copy(filled_sqlite, copy)
    hotline = open_hotline(f"sqlite:///{copy}")
    keys.fill(hotline.store)
    yield hotline
    hotline.store.engine.dispose()


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    return DeskOffice(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))


@pytest.fixture
def agent(office):
    return office.visitor("agent01")


# ---- the search box --------------------------------------------------------------------------------------

@pytest.mark.parametrize("typed", [
    "3-2-1602", "3 2 1602", "梧桐3栋2单元1602", "梧桐里3号楼2单元1602室", "wtl3-2-1602", "wutongli 3-2-1602", "周敏", "敏", "zm", "ZhouMin",
    "zhou min", "0001", "19000000001", "190 0000 0001", "+86 190-0000-0001", "00000001", "周敏1602", "zm1602", "３－２－１６０２"])
def test_one_box_finds_a_household_by_address_name_spelling_or_number(spelled, typed):
    with spelled.store.reading() as session:
        found = finding.find(session, typed, ())
    assert ("周敏", ROOM) in {(hit.name, hit.place) for hit in found[:3]}
    assert not re.search(r"\d{11}", "".join(hit.phone for hit in found))


def test_a_building_said_to_be_one_is_no_entrance_and_the_typed_building_comes_first(spelled):
    with spelled.store.reading() as session:
        assert all("3栋" in hit.place for hit in finding.find(session, "梧桐3栋1602", ()))
        assert "3栋" in finding.find(session, "wtl 3 1602", ())[0].place


def test_common_parts_are_found_by_name_and_spelling(spelled):
    with spelled.store.reading() as session:
        assert finding.find(session, "5栋1单元电梯", ())[0].place == "梧桐里5栋1单元电梯"
        assert {hit.place for hit in finding.find(session, "dmg", ())} == {"梧桐里东门岗", "望江苑东门岗"}
        assert {hit.kind for hit in finding.find(session, "dianti", ())} == {"place"}


@pytest.mark.parametrize("typed", ["", " ", "%", "_", "'; --", "\\", "🙂", "x" * 500, "0" * 300])
def test_nonsense_finds_nothing_and_breaks_nothing(spelled, typed):
    with spelled.store.reading() as session:
        assert finding.find(session, typed, ()) == []


def test_nobody_finds_homes_of_compounds_that_are_not_theirs(spelled):
    with spelled.store.reading() as session:
        assert {hit.place[:3] for typed in ("1602", "zm", "0001", "梧桐", "电梯") for hit in finding.find(session, typed, {"QH"})} <= {"青禾家"}


def words(session):
    return set(session.scalars(sa.select(SearchKeyRow.word).where(SearchKeyRow.kind == keys.CUSTOMER)))


def test_the_words_follow_what_is_entered_put_right_and_ended(hotline):
    with hotline.store.transaction() as session:
        by = facts.people(session)["supervisor01"]
        room = session.scalars(sa.select(RoomRow).where(RoomRow.text == ROOM)).one()
        values = {"name": "单小雨", "relation": "租客", "phone": "13912345678", "other_phone": None, "preferred_window": None, "care_flag": None,
                  "language": None, "do_not_call": False, "no_texts": False, "nuisance": False}
        one = archive.add_customer(session, by, room, values, NINE)
        assert {"单小雨", "小雨", "shanxiaoyu", "danxiaoyu", "sxy", "13912345678", "5678"} <= words(session)
        archive.change_customer(session, by, one, values | {"name": "王小雨", "phone": "13900001111"}, NINE)
        assert {"wangxiaoyu", "1111"} <= words(session)
        assert not {"shanxiaoyu", "5678"} & words(session)
        assert [hit.name for hit in finding.find(session, "wxy", ())] == ["王小雨"]
        archive.end_customer(session, by, one, NINE)
        assert words(session) == set()


def test_whoever_was_there_before_is_given_words_once(hotline):
    with hotline.store.transaction() as session:  # three are enough to show it: the whole company takes seconds
        session.execute(sa.update(RoomRow).where(RoomRow.text != ROOM).values(valid_to=NINE))
        session.execute(sa.update(CustomerRow).where(CustomerRow.name != "周敏").values(valid_to=NINE))
        session.execute(sa.update(PlaceRow).values(valid_to=NINE))
    assert keys.fill(hotline.store) == 2
    assert keys.fill(hotline.store) == 0
    with hotline.store.reading() as session:
        assert [(hit.name, hit.place) for hit in finding.find(session, "zhoum", ())] == [("周敏", ROOM)]


def test_the_page_finds_with_masked_numbers_and_the_one_on_record_is_taken_without_being_shown(office, agent):
    with office.hotline.store.transaction() as session:
        keys.of_customer(session, session.scalars(sa.select(CustomerRow).where(CustomerRow.name == "周敏")).one())
    answer = agent.client.get("/desk/search?q=zm", headers={"X-Partial": "1"})
    (hit,) = answer.json
    assert (hit["name"], hit["place"], hit["phone"]) == ("周敏", ROOM, "190****0001")
    assert CALLER not in answer.get_data(as_text=True)
    chosen = FORM | {"contact_phone": "", "customer": str(hit["customer"])}
    assert list(agent.post("/desk/tickets", **chosen | {"room": "梧桐里1栋1单元101"}).json["fields"]) == ["contact_phone"]  # not theirs
    assert agent.post("/desk/tickets", **chosen).status_code == 204
    assert office.all(TicketRow)[0].contact_phone == CALLER


def test_a_category_is_found_by_spelling_and_number(agent):
    page = agent.page("/desk?new=1")
    found = re.search(r'value="101"[^>]*data-words="([^"]*)"', page)[1].split()
    assert {"101", "爆管/大量跑水", "baoguan", "bg", "dlps"} <= set(found)


# ---- what to say -----------------------------------------------------------------------------------------

def advice(agent, **typed):
    answer = agent.post("/desk/advice", **typed)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_the_advice_says_warranty_with_its_basis_who_could_come_when_and_what_to_promise(agent):
    told = advice(agent, category="104", room=ROOM)
    assert "给排水管道在保修期内，至 2027年6月16日" in told
    assert "依据：2025年6月15日 交付，给排水管道保修 2 年" in told
    assert "按保修期内报修，2 天内" in told
    assert re.findall(r'data-start="([^"]+)" data-end="([^"]+)"', told)[0] == ("2026-03-10T14:00", "2026-03-10T16:00")
    assert "预计3月10日 14:00到达，您看可以吗？" in told
    assert "给排水管道已过保" in advice(agent, category="104", room="青禾家园1栋1单元101")


def test_an_emergency_is_promised_for_half_an_hour_and_offers_no_appointments(agent):
    told = advice(agent, category="101", room=ROOM)
    assert "预计3月10日 09:30到达，您看可以吗？" in told
    assert "data-appointment" not in told
    assert re.search(r"此刻在岗可派 \d+ 人", told)


def test_half_a_form_gets_half_the_advice(agent):
    assert advice(agent).strip() == ""
    assert "前办结" in advice(agent, category="101")
    assert "data-twin" not in advice(agent, category="999", room="nowhere")
    assert "Warranty" not in advice(agent, room=ROOM)


def test_what_is_open_there_is_shown_before_saving_and_the_same_is_not_registered_twice(office, agent):
    number = office.opens()
    told = advice(agent, category="101", room=ROOM)
    assert f'id="twin-{number}"' in told
    assert 'name="apart"' in told
    assert f'id="twin-{number}"' in advice(agent, category="105", room=ROOM)  # another kind: shown, and in nobody's way
    assert 'name="apart"' not in advice(agent, category="105", room=ROOM)
    answer = agent.post("/desk/tickets", **FORM)
    assert answer.status_code == 422
    assert number in answer.json["fields"]["category"]
    page = agent.post("/desk/tickets", script=False, **FORM).get_data(as_text=True)
    assert 'name="apart"' in page
    assert agent.post("/desk/tickets", key="it", apart="yes", **FORM).status_code == 204
    assert agent.post("/desk/tickets", key="it", **FORM).status_code == 204  # the same request again: the same answer
    assert len(office.all(TicketRow)) == 2


# ---- the draft -------------------------------------------------------------------------------------------

def test_a_draft_is_there_on_another_machine_for_its_writer_alone_and_gone_once_registered(office, agent):
    answered(office, agent)
    assert agent.post("/desk/draft", call="CA1", key="k1", **FORM | {"content": "水往外冒"}).json["said"] == "草稿已保存 09:00:00"
    elsewhere = office.visitor("agent01")
    page = elsewhere.page("/desk?call=CA1")
    assert "水往外冒" in page
    assert "09:00:00 的草稿已放回" in page
    assert 'name="key" value="k1"' in page
    assert 'id="drafts"' not in page
    office.rings("CA2", None)
    waiting = elsewhere.page("/desk?call=CA2")
    assert re.search(r'id="drafts".*?href="/desk\?call=CA1&amp;new=1"><b>水往外冒</b>.*?190\*\*\*\*0001', waiting, re.S)
    assert 'name="key" value="k1"' not in waiting
    assert "水往外冒" not in office.visitor("agent02").page("/desk?call=CA1")
    assert agent.post("/desk/tickets", call="CA1", key="k1", **FORM).status_code == 204
    assert office.all(DraftRow) == []
    assert agent.post("/desk/draft", call="CA1", key="k1", **FORM).json["said"] == ""  # a late save of what is registered brings nothing back
    assert office.all(DraftRow) == []


def test_a_draft_is_discarded_by_hand_or_after_a_day_and_an_empty_form_is_none(office, agent):
    agent.post("/desk/draft", key="k1", content="门坏了")
    assert agent.post("/desk/draft/drop", script=False).headers["Location"] == "/desk?new=1"
    assert office.all(DraftRow) == []
    agent.post("/desk/draft", key="k2", content="门坏了")
    agent.post("/desk/draft", key="k2", content="  ")
    assert office.all(DraftRow) == []
    agent.post("/desk/draft", key="k3", content="门坏了")
    office.hand.now += timedelta(hours=25)
    assert "门坏了" not in office.visitor("agent01").page("/desk?new=1")
    office.visitor("agent02").post("/desk/draft", key="k4", content="别的")
    assert [d.user for d in office.all(DraftRow)] == ["agent02"]


# ---- for whom it rings -----------------------------------------------------------------------------------

def offered(office, sid, user):
    with office.hotline.store.transaction() as session:
        call = session.scalars(sa.select(CallRow).where(CallRow.sid == sid)).one()
        session.add(OfferRow(call_id=call.id, user=user, round=1, why="longest_idle", state="pending", offered_at=office.hand.now))


def test_a_call_offered_to_one_has_a_button_for_them_and_leads_alone(office, agent):
    offered(office, office.rings(), "agent01")
    mine = agent.fragment("/desk?part=calls")
    assert "data-mine" in mine
    assert 'data-key="Enter"' in mine
    other = office.visitor("agent02")
    theirs = other.fragment("/desk?part=calls")
    assert "正在振铃：王芳" in theirs
    assert "answer-CA1" not in theirs
    assert "data-mine" not in theirs
    refused = other.post("/desk/calls/CA1/answer")
    assert (refused.status_code, refused.json["message"]) == (409, "这通电话正在 王芳 处振铃")
    lead = office.visitor("lead01")
    assert "代接" in lead.fragment("/desk?part=calls")
    assert "data-mine" not in lead.fragment("/desk?part=calls")
    assert lead.post("/desk/calls/CA1/answer").status_code == 204
    assert office.call().answered_by == "lead01"


def test_a_call_in_line_opens_no_dialog_and_anybody_may_take_it(office, agent):
    offered(office, office.rings(), "agent01")
    with office.hotline.store.transaction() as session:
        session.execute(sa.update(OfferRow).values(state="timeout", settled_at=office.hand.now))
    page = agent.fragment("/desk?part=calls")
    assert "排队中，没有电话在振铃" in page
    assert "data-mine" not in page
    assert office.visitor("agent02").post("/desk/calls/CA1/answer").status_code == 204


def test_open_matters_and_warnings_stand_before_the_household(office, agent):
    number = office.opens()
    with office.hotline.store.transaction() as session:
        session.execute(sa.update(CustomerRow).where(CustomerRow.name == "周敏").values(care_flag="独居老人", do_not_call=True, nuisance=True))
    office.rings()
    page = agent.fragment("/desk?part=calls")
    order(page, "190****0001", f"周敏 · {ROOM}", "有紧急事项", "周敏：独居老人", "周敏：勿电话回访", "周敏：恶意来电", "未办结 1 件", "厨房水管爆裂",
          'id="answer-CA1"')
    assert number in page
