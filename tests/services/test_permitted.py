"""Who may open a ticket, what they may do on it, and who sees the telephone number (DOMAIN.md 10, CB13)."""

from datetime import timedelta

import pytest

from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action, State
from callcenter.services import permitted, tickets
from callcenter.storage import facts
from callcenter.storage.tables import TicketRow, sa
from tests.hotlines import NINE

SOON = timedelta(minutes=1)


class Case:
    """One ticket and its questions; times are counted from nine o'clock."""

    def __init__(self, hotline, **fields):
        self.hotline, self.keys, self.now = hotline, 0, NINE
        given = {"customer_name": "周敏", "content": "水管爆裂", "category": "101", "room": "梧桐里3栋2单元1602", "contact_phone": "19000000001"}
        self.number = tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", {**given, **fields}), "opened", NINE).number

    def does(self, action: str, by: str, **fields):
        self.keys += 1
        self.now += SOON
        tickets.carry_out(self.hotline, self.number, Act(Action(action), by, fields), f"k{self.keys}", self.now)

    def may(self, user: str) -> set[str]:
        with self.hotline.store.reading() as session:
            return {a.value for a in permitted.permitted(self.hotline, session, self.number, user, self.now)}

    def _with(self, question):
        with self.hotline.store.reading() as session:
            row = session.scalars(sa.select(TicketRow).where(TicketRow.number == self.number)).one()
            return question(self.hotline.rulebook.of(session, row.policy_id), facts.staff(session, self.now), facts.ticket(session, row))

    def reads(self, user: str) -> bool:
        return self._with(lambda policy, staff, ticket: permitted.may_read(policy, staff, ticket, user))

    def sees_phone(self, user: str, after: timedelta = timedelta()) -> bool:
        return self._with(lambda policy, staff, ticket: permitted.sees_phone(policy, staff, ticket, user, self.now + after))


@pytest.fixture
def case(sqlite_hotline) -> Case:
    return Case(sqlite_hotline)


def test_the_dispatcher_may_dispatch_and_the_owner_may_not_while_one_is_on_duty(case):
    assert "dispatch" in case.may("dispatcher01") | case.may("dispatcher02")
    assert "dispatch" not in case.may("agent01")


def test_a_button_is_shown_only_when_it_has_something_to_act_on(case):
    assert not {"acknowledge", "accept_ownership", "ack_completion", "recovery_promise", "answer_notice", "recontact"} & case.may("supervisor01")
    assert "record_consent" in case.may("agent01")
    case.does("dispatch", "lead01", to="plumber01")
    assert "record_consent" not in case.may("agent01")


def test_an_auditor_and_an_administrator_may_do_nothing(case):
    assert case.may("auditor01") == set()
    assert case.may("admin01") == set()
    assert case.reads("auditor01")
    assert not case.reads("admin01")


def test_an_unknown_person_and_an_unknown_ticket_give_nothing(case, sqlite_hotline):
    assert case.may("nobody") == set()
    with sqlite_hotline.store.reading() as session:
        assert permitted.permitted(sqlite_hotline, session, "none", "agent01", NINE) == []


def test_a_technician_reads_their_own_jobs_only(case):
    assert not case.reads("plumber01")
    case.does("dispatch", "lead01", to="plumber01")
    assert case.reads("plumber01")
    assert not case.reads("plumber02")
    assert not case.reads("electrician01")


def test_a_project_manager_of_another_compound_does_not_read_it(case):
    assert case.reads("pm01")
    assert not case.reads("pm02")


def test_a_department_reads_its_own_matters_only(case):
    assert case.reads("engineering01")
    assert not case.reads("order01")


def test_the_number_is_seen_whole_by_its_agent_and_those_above_and_by_a_technician_from_accepting_on(case):
    assert case.sees_phone("agent01")
    assert not case.sees_phone("agent02")
    assert case.sees_phone("lead01")
    assert case.sees_phone("quality01")
    case.does("dispatch", "lead01", to="plumber01")
    assert not case.sees_phone("plumber01")
    case.does("accept", "plumber01")
    assert case.sees_phone("plumber01")
    assert case.sees_phone("engineering01")
    assert not case.sees_phone("order01")


def test_a_day_after_closing_the_technician_no_longer_sees_the_number(case):
    case.does("dispatch", "lead01", to="plumber01")
    for action in ("accept", "arrive"):
        case.does(action, "plumber01")
    case.does("complete", "plumber01", result="修好", result_explained=True)
    case.does("return_slip", "plumber01")
    case.does("record_callback", "callback01", contact_result="reached", satisfaction="satisfied", solved=True)
    assert case._with(lambda policy, staff, ticket: ticket.state) is State.CLOSED
    assert case.sees_phone("plumber01", timedelta(hours=24) - timedelta(milliseconds=1))
    assert not case.sees_phone("plumber01", timedelta(hours=24))
    assert not case.sees_phone("dispatcher01")


def test_an_outside_firm_never_sees_the_number(sqlite_hotline):
    case = Case(sqlite_hotline, category="502", content="渗水")
    case.does("dispatch", "lead01", to="builder01")
    case.does("accept", "builder01")
    assert case.reads("builder01")
    assert not case.sees_phone("builder01")


@pytest.mark.parametrize(("user", "blind"), [("plumber01", True), ("engineering01", True), ("builder01", True), ("agent01", False), ("pm01", False)])
def test_whoever_did_the_work_does_not_learn_who_is_about_to_be_called(case, user, blind):
    with case.hotline.store.reading() as session:
        assert permitted.blind_to_follow_up(facts.staff(session, NINE), user) is blind


def test_a_dispatch_form_offers_the_fit_people_and_a_transfer_those_who_may_own(case):
    with case.hotline.store.reading() as session:
        to = {p.user for p in permitted.choosable(case.hotline, session, case.number, Action.DISPATCH, NINE)}
        owners = {p.user for p in permitted.choosable(case.hotline, session, case.number, Action.TRANSFER_OWNER, NINE)}
    assert to
    assert all(user.startswith("plumber") for user in to)
    assert "agent02" in owners
    assert "plumber01" not in owners
