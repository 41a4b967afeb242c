"""Work that takes longer: asking to suspend and hearing the answer, and the call half-way through a long paid service (T08, CB5)."""

from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import audit, tickets, timers
from callcenter.services.views import followup_view
from callcenter.storage import facts
from callcenter.storage.tables import EscalationRow, FormRow, MessageRow, PromiseRow, TicketRow
from tests.hotlines import NINE

KEYS = count()
DAY = timedelta(days=1)


def do(hotline, number, action, by, at=NINE, **fields):
    return tickets.carry_out(hotline, number, Act(Action(action), by, fields), f"long{next(KEYS)}", at)


def opened(hotline, category="104", **fields):
    about = {"category": category, "room": "青禾家园5栋1单元302", "customer_name": "周敏", "content": "水龙头漏水", **fields}
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", about), f"open{next(KEYS)}", NINE).number


def under_way(hotline):
    number = opened(hotline)
    do(hotline, number, "dispatch", "dispatcher01", to="plumber01")
    do(hotline, number, "accept", "plumber01")
    return number


def ordered(hotline):
    """A paid service whose quote the customer accepted at nine."""
    number = opened(hotline, "A02")
    do(hotline, number, "quote", "agent01", amount=300)
    do(hotline, number, "accept_quote", "agent01")
    with hotline.store.reading() as session:
        row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
        trade = hotline.rulebook.policy.categories[row.category].trades[0]
        worker = next(u for u in sorted(facts.staff(session, NINE).duty) if trade in facts.people(session)[u].trades)
    do(hotline, number, "dispatch", "dispatcher01", to=worker)
    do(hotline, number, "accept", worker)
    return number, worker


def ticket(hotline, number):
    with hotline.store.reading() as session:
        return facts.ticket(session, session.scalar(sa.select(TicketRow).where(TicketRow.number == number)))


def told(hotline, number, notice):
    with hotline.store.reading() as session:
        rows = session.scalars(sa.select(MessageRow).join(TicketRow, TicketRow.id == MessageRow.ticket_id).where(
            TicketRow.number == number, MessageRow.notice == notice).order_by(MessageRow.id))
        return {m.to: m.text for m in rows}


def promise(hotline, number, clock):
    return ticket(hotline, number).promise(clock)


def refused(code, act, *args, **fields):
    with pytest.raises(Refused) as no:
        act(*args, **fields)
    assert no.value.code == code


# ---- asking to suspend ------------------------------------------------------------------------------------------

def test_asking_to_suspend_tells_the_owner_and_the_lead_on_duty_and_runs_until_it_is_answered(hotline):
    number = under_way(hotline)
    do(hotline, number, "ask_suspend", "plumber01", reason="material", note="缺阀芯")
    heard = told(hotline, number, "suspend_asked")
    assert {"agent01", "lead02", "dispatcher01"} <= set(heard)
    assert "待料" in heard["agent01"]
    assert "缺阀芯" in heard["agent01"]
    assert ticket(hotline, number).state == "accepted"
    assert promise(hotline, number, "suspend_answer").due_at == NINE + timedelta(minutes=15)
    refused("already_asked", do, hotline, number, "ask_suspend", "plumber01", reason="material")


def test_a_refusal_needs_a_reason_and_goes_back_to_whoever_asked(hotline):
    number = under_way(hotline)
    refused("not_asked", do, hotline, number, "decline_suspend", "dispatcher01", reason="有货")
    do(hotline, number, "ask_suspend", "plumber01", reason="material")
    refused("missing", do, hotline, number, "decline_suspend", "dispatcher01")
    refused("not_allowed", do, hotline, number, "decline_suspend", "plumber01", reason="有货")
    do(hotline, number, "decline_suspend", "dispatcher01", reason="仓库有货")
    assert "仓库有货" in told(hotline, number, "suspend_answered")["plumber01"]
    assert promise(hotline, number, "suspend_answer").kept_at == NINE
    assert ticket(hotline, number).details["suspend_asked"] is None
    do(hotline, number, "ask_suspend", "plumber01", reason="material")


def test_suspending_answers_the_request(hotline):
    number = under_way(hotline)
    do(hotline, number, "ask_suspend", "plumber01", reason="material")
    do(hotline, number, "suspend", "dispatcher01", reason="material", until=NINE + DAY)
    assert list(told(hotline, number, "suspend_answered")) == ["plumber01"]
    assert promise(hotline, number, "suspend_answer").kept_at == NINE
    assert ticket(hotline, number).details["suspend_asked"] is None


def test_a_request_nobody_answers_is_escalated_like_any_promise(hotline):
    number = under_way(hotline)
    do(hotline, number, "ask_suspend", "plumber01", reason="third_party")
    timers.fire_due(hotline, NINE + timedelta(minutes=50))
    with hotline.store.reading() as session:
        levels = list(session.scalars(sa.select(EscalationRow.level).where(EscalationRow.clock == "suspend_answer").order_by(EscalationRow.id)))
    assert levels == [1, 2]


def test_a_job_that_leaves_its_handlers_hands_takes_the_request_with_it(hotline):
    number = under_way(hotline)
    do(hotline, number, "ask_suspend", "plumber01", reason="material")
    do(hotline, number, "reassign", "dispatcher01", to="plumber02", reason="改派", override=False)
    found = ticket(hotline, number)
    assert (found.details["suspend_asked"], found.running("suspend_answer")) == (None, None)


# ---- half-way through a long service ----------------------------------------------------------------------------

def test_a_service_longer_than_a_week_asks_for_a_call_half_way(hotline):
    number, _ = ordered(hotline)
    timers.fire_due(hotline, NINE + 7 * DAY)
    assert "特约中期回访" in " ".join(told(hotline, number, "warning").values())
    due = promise(hotline, number, "midterm_call").due_at
    assert due == NINE + 8 * DAY
    with hotline.store.reading() as session:
        policy = hotline.rulebook.policy
        early = [c.number for c in followup_view.due_calls(session, policy, "callback01", NINE + 6 * DAY)]
        late = [(c.number, c.action) for c in followup_view.due_calls(session, policy, "callback01", NINE + 7 * DAY)]
    assert number not in early
    assert (number, Action.MIDTERM_CALL) in late
    assert audit.unguarded(hotline, session) == []


def test_the_call_is_not_made_before_the_week_is_over_nor_by_whoever_does_the_work(hotline):
    number, worker = ordered(hotline)
    refused("too_early", do, hotline, number, "midterm_call", "agent01", NINE + 6 * DAY, contact_result="no_answer")
    refused("not_allowed", do, hotline, number, "midterm_call", worker, NINE + 7 * DAY, contact_result="no_answer")


def test_only_an_answer_keeps_the_promise_and_the_ticket_stands_as_it_stood(hotline):
    number, _ = ordered(hotline)
    at = NINE + 7 * DAY + timedelta(hours=1)
    do(hotline, number, "midterm_call", "agent01", at, contact_result="no_answer")
    assert promise(hotline, number, "midterm_call").kept_at is None
    do(hotline, number, "midterm_call", "agent01", at + timedelta(hours=3), contact_result="reached", satisfaction="satisfied")
    assert promise(hotline, number, "midterm_call").kept_at == at + timedelta(hours=3)
    assert ticket(hotline, number).state == "accepted"
    assert ticket(hotline, number).records("F04") == []  # it is no follow-up after the work, and counts as none
    assert len(ticket(hotline, number).records("F04M")) == 2


def test_a_customer_dissatisfied_half_way_is_heard_above_the_desk(hotline):
    number, _ = ordered(hotline)
    at = NINE + 7 * DAY + timedelta(hours=1)
    refused("no_reason", do, hotline, number, "midterm_call", "agent01", at, contact_result="reached", satisfaction="dissatisfied")
    do(hotline, number, "midterm_call", "agent01", at, contact_result="reached", satisfaction="dissatisfied", reason="进度太慢")
    with hotline.store.reading() as session:
        row = session.scalar(sa.select(EscalationRow).where(EscalationRow.trigger == "dissatisfied"))
        assert (row.level, row.reason) == (2, "进度太慢")
    assert ticket(hotline, number).matter.dissatisfied_rounds == 0


def test_work_done_within_the_week_needs_no_call_and_one_never_made_stays_broken(hotline):
    quick, worker = ordered(hotline)
    do(hotline, quick, "arrive", worker)
    do(hotline, quick, "complete", worker, NINE + DAY, result="好了", result_explained=True, signature="周敏")
    assert promise(hotline, quick, "midterm_call").status(NINE + 9 * DAY) == "void"
    slow, worker = ordered(hotline)
    do(hotline, slow, "arrive", worker)
    do(hotline, slow, "complete", worker, NINE + 9 * DAY, result="好了", result_explained=True, signature="周敏")
    assert promise(hotline, slow, "midterm_call").status(NINE + 9 * DAY) == "broken"
    with hotline.store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PromiseRow).where(PromiseRow.clock == "midterm_call")) == 2
        assert session.scalar(sa.select(sa.func.count()).select_from(FormRow).where(FormRow.code == "F04M")) == 0
