"""Follow-up calls: who is to be called now, one tap for the answer, and never by or before the eyes of whoever did the work."""

from datetime import timedelta

import pytest

from callcenter.storage.tables import CustomerRow, FormRow, TicketRow, sa
from tests.web.office import Hand, Office, application

PEOPLE = {"周敏": "梧桐里3栋2单元1602", "李强": "梧桐里1栋1单元101", "王丽": "青禾家园1栋1单元101"}


class CallOffice(Office):
    """The office with the follow-up page."""

    def __init__(self, hotline, hand):
        super().__init__(hotline, hand)
        self.app = application(hotline, ("acts", "desk", "tickets", "followups"))

    def due(self, name: str = "周敏", by: str = "agent01", phone: str = "19000000001") -> str:
        """An urgent repair is done and waits for its follow-up call."""
        number = self.opens(by, customer_name=name, room=PEOPLE[name], contact_phone=phone)
        self.does(number, "dispatch", "lead01", to="plumber01")
        for action in ("accept", "arrive"):
            self.does(number, action, "plumber01")
        self.does(number, "complete", "plumber01", result="换了阀芯", result_explained=True)
        self.does(number, "return_slip", "plumber01")
        return number

    def row(self, number: str) -> TicketRow:
        with self.hotline.store.reading() as session:
            return session.scalars(sa.select(TicketRow).where(TicketRow.number == number)).one()

    def forms(self) -> list[FormRow]:
        with self.hotline.store.reading() as session:
            return list(session.scalars(sa.select(FormRow).where(FormRow.code == "F04").order_by(FormRow.id)))


@pytest.fixture
def office(sqlite_hotline, monkeypatch):
    return CallOffice(sqlite_hotline, Hand(monkeypatch, sqlite_hotline))


@pytest.fixture
def caller(office):
    return office.visitor("callback01")


def test_never_for_technicians_departments_outside_firms_or_auditors(office):
    office.due()
    for user in ("plumber01", "engineering01", "builder01", "auditor01", "dispatcher01"):
        office.visitor(user).page("/followups", 403)


def test_the_first_call_is_open_with_its_script_and_number(office, caller):
    number = office.due()
    page = caller.page("/followups")
    assert f'action="/followups/{number}"' in page
    assert "您好，我是和邻物业服务客服温婷，回访您2026年3月10日的急修：问题解决了吗？" in page
    assert 'href="tel:19000000001"' in page
    assert "现在可打" in page


def test_one_tap_records_a_content_customer_closes_the_ticket_and_shows_the_next(office, caller):
    number = office.due()
    answer = caller.post(f"/followups/{number}", tap="content")
    assert answer.headers["X-Location"] == "/followups"
    assert office.row(number).state == "closed"
    assert {k: office.forms()[0].fields[k] for k in ("contact_result", "satisfaction", "solved", "on_time")} == {
        "contact_result": "reached", "satisfaction": "satisfied", "solved": True, "on_time": True}
    assert "没有待回访的电话" in caller.page("/followups")


def test_nobody_answered_is_one_tap_and_comes_again_two_hours_later(office, caller):
    number = office.due()
    caller.post(f"/followups/{number}", tap="no_answer")
    assert office.row(number).state == "callback_due"
    page = caller.page("/followups")
    assert "已试 1 次" in page
    assert "3月10日 11:00 起可打" in page


def test_a_dissatisfied_customer_needs_a_reason_and_nothing_typed_is_lost(office, caller):
    number = office.due()
    answer = caller.post(f"/followups/{number}", tap="unhappy")
    assert answer.status_code == 422
    assert list(answer.json["fields"]) == ["reason"]
    page = caller.post(f"/followups/{number}", script=False, tap="unhappy", other_needs="想换锁")
    assert page.status_code == 422
    assert "想换锁" in page.get_data(as_text=True)
    assert office.forms() == []
    caller.post(f"/followups/{number}", tap="unhappy", reason="还在漏")
    assert office.row(number).state == "rework"


def test_every_field_may_be_filled_in_instead(office, caller):
    number = office.due()
    caller.post(f"/followups/{number}", contact_result="reached", satisfaction="fairly", solved="yes", site_clean="no", opinion="慢了点")
    fields = office.forms()[0].fields
    assert (fields["satisfaction"], fields["site_clean"], fields["opinion"]) == ("fairly", False, "慢了点")


def test_reached_without_an_answer_is_asked_for_it(office, caller):
    number = office.due()
    answer = caller.post(f"/followups/{number}", contact_result="reached")
    assert (answer.status_code, list(answer.json["fields"])) == (422, ["satisfaction"])


def test_an_agent_calls_for_their_own_tickets_only_and_the_others_for_all(office):
    mine, other = office.due(), office.due("李强", "agent02", "19000000777")
    assert other not in office.visitor("agent01").page("/followups")
    assert mine in office.visitor("agent01").page("/followups")
    for user in ("callback01", "lead01", "supervisor01"):
        page = office.visitor(user).page("/followups")
        assert mine in page
        assert other in page
    office.visitor("agent01").page(f"/followups/{other}", 404)


def test_whoever_may_be_called_now_stands_before_whoever_was_tried_and_a_do_not_call_customer_last(office, caller):
    with office.hotline.store.transaction() as session:
        session.scalars(sa.select(CustomerRow).where(CustomerRow.phone_key == "+8619000000001")).first().do_not_call = True
    never, tried, fresh = office.due(), office.due("李强", phone="19000000777"), office.due("王丽", phone="19000000778")
    caller.post(f"/followups/{tried}", tap="no_answer")
    page = caller.fragment("/followups")
    assert [page.index(f"due-{n}") for n in (fresh, tried, never)] == sorted(page.index(f"due-{n}") for n in (fresh, tried, never))
    assert "免打扰" in page


def test_at_night_nobody_may_be_called_before_nine(office, caller):
    number = office.due()
    office.hand.now += timedelta(hours=12)
    page = caller.page("/followups")
    assert f"due-{number}" in page
    assert "3月11日 09:00 起可打" in page


def test_a_form_sent_twice_is_one_attempt(office, caller):
    number = office.due()
    for _ in range(2):
        caller.post(f"/followups/{number}", key="k", tap="no_answer")
    assert len(office.forms()) == 1
