"""Reporting online: urgent matters are told to telephone first, a code proves the number, one report is one ticket, nobody learns who lives where."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.storage.tables import MessageRow, PromiseRow, TicketRow
from tests.web import office as offices
from tests.web.office import Hand, Office

TYPED = {"category": "104", "compound": "WTL", "where": "3栋2单元1602", "content": "水龙头滴水", "name": "周女士",
         "phone": "19000000001", "when": "周六"}


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    made = Office(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))
    made.app = offices.application(sqlite_hotline, (*offices.PAGES, "tickets", "resident", "public", "survey_public", "report", "texts"))
    return made


class Resident:
    """A browser without scripts: it sends back every hidden field of the form it was shown."""

    def __init__(self, office):
        self.client = office.app.test_client()
        self.client.set_cookie("language", "zh")
        page = self.client.get("/report").get_data(as_text=True)
        self.token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]

    def sends(self, **typed):
        answer = self.client.post("/report", data={"csrf_token": self.token, **typed})
        return answer.status_code, answer.get_data(as_text=True)


def code_of(office):
    with office.hotline.store.reading() as session:
        text = session.scalars(sa.select(MessageRow.text).where(MessageRow.notice == "report_code").order_by(MessageRow.id.desc())).first()
    return re.search(r"\d{6}", text)[0]


def proof_of(page):
    return re.search(r'name="proof" value="([^"]+)"', page)[1]


def rows(office):
    with office.hotline.store.reading() as session:
        return list(session.scalars(sa.select(TicketRow).order_by(TicketRow.id)))


def reports(office, **changed):
    resident = Resident(office)
    _, page = resident.sends(**{**TYPED, **changed})
    return resident.sends(**{**TYPED, **changed}, proof=proof_of(page), code=code_of(office))


def test_a_report_becomes_a_ticket_of_the_lead_on_duty_with_its_promise_of_an_answer(office):
    status, page = reports(office)
    row = rows(office)[0]
    assert (status, row.number in page, "/r/" in page) == (200, True, True)
    assert (row.channel, row.registrar, row.owner[:4], row.customer_name) == ("web_form", "system", "lead", "周女士")
    assert office.on_duty(row.owner)
    with office.hotline.store.reading() as session:
        due = session.scalar(sa.select(PromiseRow.due_at).where(PromiseRow.ticket_id == row.id, PromiseRow.clock == "channel_reply"))
    assert due == office.hand.now + timedelta(hours=24)
    link = re.search(r'href="https://hotline\.example(/r/[^"]+)"', page)[1]
    assert row.number in office.app.test_client().get(link).get_data(as_text=True)


def test_whoever_at_the_desk_takes_it_up_owns_it_and_in_time_or_not_at_all(office):
    reports(office)
    row = rows(office)[0]
    wang, claim = office.visitor("agent01"), f"/texts/online/{row.number}/claim"
    assert f'id="claim-{row.number}"' in wang.page("/texts")
    assert office.visitor("dispatcher01").post(claim).status_code == 409
    assert [wang.post(claim, script=False, key="mine").status_code for _ in range(2)] == [303, 303]
    late = office.visitor("agent02").post(claim)
    assert (late.status_code, late.get_json()["message"]) == (409, "这件事已由 王芳 负责")
    assert (rows(office)[0].owner, rows(office)[0].first_responder) == ("agent01", "system")
    assert f'id="online-{row.number}"' not in wang.page("/texts")
    with office.hotline.store.reading() as session:
        assert "王芳" in session.scalar(sa.select(MessageRow.text).where(MessageRow.notice == "new_owner"))
    office.hand.move(hours=1)
    reports(office, category="105", content="马桶堵了")
    other = rows(office)[1]
    office.hand.move(hours=24)
    assert wang.post(f"/texts/online/{other.number}/claim").get_json()["error"] == "claim_over"
    assert rows(office)[1].owner == other.owner


def test_an_urgent_matter_is_told_to_telephone_before_anything_is_kept(office):
    resident = Resident(office)
    status, page = resident.sends(**{**TYPED, "category": "101"})
    assert (status, "请立即打电话" in page, 'href="tel:4000000000"' in page) == (200, True, True)
    with office.hotline.store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(MessageRow)) == 0
    _, page = resident.sends(**{**TYPED, "category": "101"}, still="yes")
    resident.sends(**{**TYPED, "category": "101"}, still="yes", proof=proof_of(page), code=code_of(office))
    assert [(r.type, r.urgency) for r in rows(office)] == [("urgent_repair", "urgent")]


def test_without_the_code_nothing_is_registered_and_guessing_ends_soon(office):
    resident = Resident(office)
    _, page = resident.sends(**TYPED)
    proof, right = proof_of(page), code_of(office)
    wrong = "000000" if right != "000000" else "111111"
    assert "验证码不对" in resident.sends(**TYPED, proof=proof, code=wrong)[1]
    assert "验证码已失效" in resident.sends(**TYPED, proof="forged", code=right)[1]
    assert "验证码不对" in resident.sends(**{**TYPED, "phone": "19000000009"}, proof=proof, code=right)[1], "another number's code"
    for _ in range(3):
        resident.sends(**TYPED, proof=proof, code=wrong)
    assert "验证码已失效" in resident.sends(**TYPED, proof=proof, code=right)[1]
    assert rows(office) == []


def test_a_code_grows_old_and_a_number_gets_only_so_many_a_day(office):
    resident = Resident(office)
    _, page = resident.sends(**TYPED)
    proof, code = proof_of(page), code_of(office)
    office.hand.now += timedelta(minutes=11)
    assert "验证码已失效" in resident.sends(**TYPED, proof=proof, code=code)[1]
    said = [resident.sends(**TYPED)[1] for _ in range(5)]
    assert "name=\"proof\"" in said[3]
    assert "请直接打电话" in said[4]
    assert rows(office) == []


def test_sent_twice_it_is_one_ticket_and_the_same_matter_again_is_a_word_on_the_first(office):
    resident = Resident(office)
    _, page = resident.sends(**TYPED)
    proof, code = proof_of(page), code_of(office)
    first = resident.sends(**TYPED, proof=proof, code=code)[1]
    assert rows(office)[0].number in resident.sends(**TYPED, proof=proof, code=code)[1]
    assert len(rows(office)) == 1
    _, again = reports(office, content="现在漏得更厉害")
    assert "这件事已经在办" in again
    assert len(rows(office)) == 1
    link = re.search(r'href="https://hotline\.example(/r/[^"]+)"', first)[1]
    assert "现在漏得更厉害" in office.app.test_client().get(link).get_data(as_text=True)


def test_whether_a_home_exists_and_whose_it_is_is_never_confirmed(office):
    _, known = reports(office, phone="19000000077")
    _, invented = reports(office, phone="19000000078", where="99栋9单元9901")

    def plain(page):
        return re.sub(r"(WTL-)?BXQ?\d+-\d+|/r/[\w.-]+|content=\"[^\"]+\"|data-now=\"[^\"]+\"|value=\"[^\"]+\"", "", page)

    assert plain(known) == plain(invented)
    assert [r.room_id for r in rows(office)] == [None, None], "somebody else's number does not speak for a home"


def test_what_is_missing_is_said_beside_its_field_and_every_word_is_kept(office):
    status, page = Resident(office).sends(**{**TYPED, "where": "", "phone": "021-5555"})
    assert status == 422
    assert "必填" in page
    assert "水龙头滴水" in page
    status, page = Resident(office).sends(**{**TYPED, "phone": "021-55556666"})
    assert (status, "能收短信的手机号" in page) == (422, True)
    status, page = Resident(office).sends(**TYPED, website="http://spam.example")
    assert (status, "proof" in page, rows(office)) == (200, False, [])
