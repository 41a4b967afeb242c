"""Every act by everybody on every kind of ticket in every state: allowed or refused as the table of rights says, by day and at night."""

from datetime import datetime, timedelta
from functools import lru_cache

import pytest

from callcenter.domain.rules import GUARDS, decide
from callcenter.domain.ticket import Act, Assignment, Form, Matter, Refused, Staff, Ticket
from callcenter.domain.vocabulary import Action, Channel, Department, State, TicketType, Urgency
from callcenter.services import people
from callcenter.services.demo import company
from callcenter.services.rulebook import Rulebook
from callcenter.storage import facts, schema
from callcenter.storage.store import Store, make_engine
from tests.hotlines import NINE
from tests.rules import rights

POLICY = Rulebook().policy
#: 23:30 on the same day: the lead dispatches, the night supervisor comes from the roster
NIGHT = NINE + timedelta(hours=14, minutes=30)
OWNER, HANDLER = "agent01", "plumber01"
#: who speaks for which word of the table; a word left out here is one that the ticket gives (owner, handler …)
PEOPLE = {
    "agent05": "agent", "lead01": "lead", "dispatcher02": "dispatcher", "electrician01": "technician engineer", "supervisor01": "supervisor",
    "pm02": "pm", "pm01": "other_pm", "quality01": "quality", "gm01": "gm", "callback01": "callback specialist", "builder02": "contractor",
    "guard01": "staff first_responder", "cleaner01": "staff", "admin01": "admin", "auditor01": "auditor", "customer": "customer", "system": "system",
    OWNER: "agent owner", "agent02": "agent receiver"}
#: a refusal for who asks, not for what is asked
FOR_WHO = {"not_allowed", "out_of_scope", "downgrade", "accused_judges", "own_callback", "own_work", "caller_is_handler"}
LATER = NINE + timedelta(hours=60)
#: enough of a form to come to the rule behind it
FIELDS = {
    "add_contact": {"content": "又漏了"}, "note": {"text": "记录"}, "approve_special_case": {"reason": "缺件"},
    "postpone": {"new_promise_at": LATER, "reason": "material", "told_at": NINE, "told_via": "phone", "attitude": "understands"},
    "recovery_promise": {"reason": "补救", "new_promise_at": LATER}, "supervise": {"reason": "督办"},
    "transfer_owner": {"to": "agent04", "reason": "long_leave"}, "merge": {"into": "QH-BX20260310-0002"}, "cancel": {"reason": "客户撤回"},
    "reclassify": {"urgency": "urgent"}, "answer_supervision": {"text": "已安排"}, "review": {"record": "F03", "opinion": "合格"},
    "send_notice": {"department": "engineering", "problem": "漏", "due_at": LATER}, "answer_notice": {"measure": "返工"},
    "recontact": {"contact_result": "no_answer"}, "close_unsatisfied": {"reason": "无法满足", "letter": "函"},
    "record_consent": {"explanation": "人手不足", "consented": True, "agreed_at": LATER}, "dispatch": {"to": "plumber02"},
    "reassign": {"to": "plumber02", "reason": "改派"}, "reject": {"reason": "远"}, "agree_appointment": {"appointment_start": LATER},
    "no_access": {"note_left": True}, "make_safe": {"note": "关阀"}, "ask_suspend": {"reason": "material"},
    "decline_suspend": {"reason": "有货"}, "midterm_call": {"contact_result": "no_answer"},
    "suspend": {"reason": "material", "until": LATER}, "preempt": {"urgent": "x"},
    "declare_incident": {"scope": "3栋"}, "join_incident": {"parent": "x"}, "leave_incident": {"reason": "x"},
    "complete": {"result": "好了", "result_explained": True},
    "verify": {"passed": True}, "quote": {"amount": 60}, "record_callback": {"contact_result": "reached", "satisfaction": "satisfied"},
    "customer_reply": {"text": "1"}, "hand_over_complaint": {"department": "engineering"}, "judge_complaint": {"valid": True, "reason": "属实"},
    "reply": {"text": "已处理"}, "answer_inquiry": {"answer": "可以"}, "forward_inquiry": {"expert": "engineering01"}}


@lru_cache(maxsize=2)
def staff(now: datetime) -> Staff:
    """The demo company at *now*."""
    store = Store(make_engine("sqlite://"))
    schema.create_at_once(store.engine)
    with store.transaction() as session:
        company.load(session, NINE, NINE + timedelta(days=1), people.NO_PASSWORD)
        return facts.staff(session, now)


def ticket(kind: TicketType, state: State, **more: object) -> Ticket:
    """A ticket of 青禾家园 that the owner took, a guard was told of first, and somebody has worked on."""
    worker = "builder01" if kind in rights.BUILT else HANDLER
    sent = state not in (State.NEW, State.REWORK) and kind not in rights.COMPLAINT
    values = {
        "id": 1, "number": "QH-BX20260310-0001", "type": kind, "state": state, "category": "105" if kind in rights.SLIP[:3] else None,
        "urgency": Urgency.NORMAL, "channel": Channel.PHONE, "compound": "QH", "place": "青禾家园5栋1单元302", "content": "堵",
        "customer_name": "周敏",
        "contact_phone": "19000000001", "received_at": NINE, "registered_at": NINE, "promise_at": NINE + timedelta(hours=48),
        "first_responder": "guard01", "registrar": OWNER, "owner": OWNER, "matter": Matter(1, NINE, dissatisfied_rounds=2),
        "receiver": "agent02", "specialist": "callback01", "details": {"offered_at": NINE, "quote_accepted_at": NINE, "quoted_amount": 60},
        "assignments": (Assignment(worker, NINE, "dispatcher01", accepted_at=NINE),) if sent else (),
        "completed_by": worker if state in (State.COMPLETED, State.VERIFYING, State.CALLBACK_DUE, State.CLOSED) and sent else None,
        "forms": (Form("F10", NINE, OWNER, {"problem": "漏", "measure": "返工"}), Form("F05", NINE, OWNER, {"validity": "valid"})),
        "merged_into": "x" if state is State.MERGED else None, "closed_at": NINE if state in (State.CLOSED, State.CLOSED_UNSATISFIED) else None}
    return Ticket(**{**values, **more})


def words(user: str, on: Ticket, now: datetime) -> frozenset[str]:
    """What *user* is to this ticket, in the words of the table, worked out by hand and not by the engine."""
    found = set(PEOPLE.get(user, "").split())
    head = "order01" if on.type in ("help_order", "emergency_referral") else "engineering01"
    found |= {"own_head"} if user == head else {"other_head"} if user in ("engineering01", "order01", "environment01") else set()
    if user.startswith("plumber"):
        found |= {"technician"} | ({"handler"} if on.assignee == user else {"teammate", "engineer"})
        awake = {"plumber01", "plumber02"} if now == NINE else {"plumber01", "plumber03"}
        found |= {"qualified"} if user in awake and on.type not in ("help_order", "emergency_referral") else set()
    if user.startswith("builder"):
        found |= {"contractor"} | ({"handler"} if on.assignee == user else set())
    if user == "electrician01" and on.category is None and on.type not in ("help_order", "emergency_referral"):
        found |= {"qualified"}  # without a category any trade of the house will do
    if user == "guard01" and on.type in ("help_order", "emergency_referral"):
        found |= {"qualified"}
    if now == NIGHT:
        found |= ({"dispatcher"} if "lead" in found else set()) | ({"night_agent"} if "agent" in found else set())
    return frozenset(found)


def answer(on: Ticket, action: Action, user: str, now: datetime, fields: dict | None = None) -> str:
    """`allowed`, or the code of a refusal for who asked; another reason to refuse means that this person may."""
    filled = FIELDS.get(action, {}) if fields is None else fields
    if action is Action.RECLASSIFY and fields is None and on.type in rights.COMPLAINT:
        filled = {}  # a complaint that becomes something else loses its clocks: that is another question
    try:
        decide(POLICY, staff(now), on, Act(action, user, filled), now)
    except Refused as no:
        return no.code if no.code in {*FOR_WHO, "not_next", "unknown_field", "missing", "bad_value"} else "allowed"
    return "allowed"


def everybody() -> list[str]:
    return sorted({*PEOPLE, "plumber01", "plumber02", "plumber03", "builder01", "engineering01", "order01", "environment01"})


def differences(kind: TicketType, now: datetime) -> list[str]:
    """Where the engine and the table do not agree."""
    found = []
    for state in State:
        on, table = ticket(kind, state), rights.possible(kind, state)
        for action in GUARDS:
            for user in everybody():
                said, may = answer(on, action, user, now), may_do(table, on, action, user, now)
                if said not in ({"allowed"} if may else {"not_next"} if action not in table else FOR_WHO):
                    found.append(f"{kind} {state}: {action} by {user} is {said}, the table says {'allowed' if may else 'refused'}")
    return found


def may_do(table: dict[Action, frozenset[str]], on: Ticket, action: Action, user: str, now: datetime) -> bool:
    """What the table says, with the two-person rules: nobody calls about, verifies or cancels what they or their team did."""
    mine = words(user, on, now)
    if action not in table or not mine & table[action] or mine & {"admin", "auditor"}:
        return False
    return not (action in ("record_callback", "recontact", "verify", "cancel", "close") and "handler" in mine)


@pytest.mark.parametrize("kind", TicketType)
def test_by_day_everybody_may_do_what_the_table_says_and_nothing_else(kind):
    assert differences(kind, NINE) == []


@pytest.mark.parametrize("kind", ["daily_repair", "urgent_repair", "complaint_service", "inquiry"])
def test_at_night_the_lead_dispatches_and_agents_may(kind):
    found = [d for d in differences(TicketType(kind), NIGHT) if not any(f"by {head} " in d for head in NIGHT_LEADERS)]
    assert found == []


#: who stands for the supervisor at night, by turns: their rights at night are tested by themselves
NIGHT_LEADERS = ("engineering01", "order01", "environment01")


def test_at_night_the_duty_leader_has_the_supervisor_s_rights_and_by_day_not():
    leader = next(u for u in NIGHT_LEADERS if "supervisor" in staff(NIGHT).roles(u))
    on = ticket(TicketType.URGENT_REPAIR, State.DISPATCHED)
    for action in (Action.TRANSFER_OWNER, Action.SUPERVISE, Action.CANCEL):
        assert answer(on, action, leader, NIGHT) == "allowed"
        assert answer(on, action, leader, NINE) == "not_allowed"


def test_the_table_knows_every_act_and_every_state_that_the_flows_know():
    for kind in TicketType:
        steps = {(state, action) for state, action in POLICY.flows[kind].steps}
        table = {(state, action) for state in State for action in rights.possible(kind, state)}
        assert steps == table, kind


@pytest.mark.parametrize("user", everybody())
def test_a_laxer_clock_is_granted_above_the_desk_only(user):
    on = ticket(TicketType.URGENT_REPAIR, State.NEW, urgency=Urgency.URGENT, category="101")
    mine = words(user, on, NINE)
    assert (answer(on, Action.RECLASSIFY, user, NINE, {"urgency": "normal"}) == "allowed") == bool(mine & set(rights.LAXER.split()))


@pytest.mark.parametrize("user", everybody())
def test_the_project_manager_calls_about_major_complaints_only(user):
    on = ticket(TicketType.COMPLAINT_SERVICE, State.CALLBACK_DUE, details={"severity": "major"})
    assert (answer(on, Action.RECORD_CALLBACK, user, NINE) == "allowed") == bool(words(user, on, NINE) & set(rights.MAJOR.split()))


@pytest.mark.parametrize(("accused", "department", "judge", "at", "may"), [
    ({"accused_dept": "order"}, "engineering", "engineering01", NINE, False), ({"accused_dept": "order"}, "order", "order01", NINE, False),
    ({"accused": ("agent03",)}, "engineering", "supervisor01", NINE, True),
    ({"accused": ("supervisor01",)}, "engineering", "supervisor01", NINE, False),
    ({"accused_dept": "customer_service"}, "engineering", "supervisor01", NINE, False),
    ({"accused_dept": "customer_service"}, "engineering", "pm02", NINE, True), ({}, "environment", "pm02", NINE, True),
    ({"accused_dept": "order"}, "environment", "environment01", NIGHT, True),
    ({"accused_dept": "environment"}, "order", "environment01", NIGHT, False),
    ({"accused": ("cleaner01",)}, "order", "environment01", NIGHT, False), ({"accused": ("guard02",)}, "environment", "environment01", NIGHT, True),
    ({}, "environment", "environment01", NIGHT, False), ({}, "order", "environment01", NIGHT, True)])
def test_a_complaint_is_judged_above_the_desk_and_never_by_the_head_of_those_complained_about(accused, department, judge, at, may):
    more = {"details": {k: v for k, v in accused.items() if k == "accused_dept"}, "accused": accused.get("accused", ())}
    on = ticket(TicketType.COMPLAINT_SERVICE, State.ACCEPTED, department=Department(department), **more)
    assert (answer(on, Action.JUDGE_COMPLAINT, judge, at) == "allowed") == may


def test_the_handler_s_team_makes_no_follow_up_call_about_it_whatever_else_they_are():
    on = ticket(TicketType.DAILY_REPAIR, State.CALLBACK_DUE, owner="plumber02")
    assert answer(on, Action.RECORD_CALLBACK, "plumber02", NINE) == "own_callback"


def test_who_was_sent_earlier_neither_verifies_nor_calls_nor_cancels():
    earlier = (Assignment("electrician01", NINE, "dispatcher01", voided_at=NINE), Assignment("builder01", NINE, "dispatcher01", accepted_at=NINE))
    on = ticket(TicketType.WARRANTY_REPAIR, State.VERIFYING, assignments=earlier)
    assert answer(on, Action.VERIFY, "electrician01", NINE) in FOR_WHO
    assert answer(on, Action.VERIFY, "plumber02", NINE) == "allowed"
    assert answer(ticket(TicketType.DAILY_REPAIR, State.NEW, owner="electrician01", assignments=earlier[:1]), Action.CANCEL,
                  "electrician01", NINE) == "caller_is_handler"
