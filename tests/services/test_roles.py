"""Who may do what: the table of DOMAIN.md 10 written down a second time, and tried badge by badge."""

from itertools import count

import pytest

from callcenter.domain import refusals
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from tests.hotlines import NINE

KEYS = count()
BADGES = {"agent": "agent05", "lead": "lead01", "dispatcher": "dispatcher02", "technician": "plumber02", "dept_head": "engineering01",
          "other_head": "order01", "supervisor": "supervisor01", "pm": "pm02", "other_pm": "pm01", "quality": "quality01",
          "callback": "callback01", "contractor": "builder01", "admin": "admin01", "auditor": "auditor01", "gm": "gm01"}
LATER = {"new_promise_at": NINE.replace(day=13), "reason": "material", "told_at": NINE, "told_via": "phone", "attitude": "understands"}

#: act on a ticket in a fitting state: the badges that may (own: whoever the ticket gives the right)
TABLE = {
    "add_contact": ("new", {"content": "又漏了"}, "agent lead dispatcher supervisor callback"),
    "dispatch": ("new", {"to": "plumber01"}, "lead dispatcher dept_head supervisor pm"),
    "reassign": ("dispatched", {"to": "plumber03", "reason": "改派", "override": True}, "lead dispatcher dept_head supervisor pm"),
    "accept": ("dispatched", {}, "dispatcher dept_head own"),
    "reject": ("dispatched", {"reason": "远"}, "dispatcher dept_head own"),
    "arrive": ("accepted", {}, "dispatcher dept_head own"),
    "complete": ("on_site", {"result": "好了", "result_explained": True}, "dispatcher dept_head own"),
    "postpone": ("accepted", LATER, "lead supervisor pm owner"),
    "approve_special_case": ("accepted", {"reason": "缺件"}, "pm quality"),
    "transfer_owner": ("accepted", {"to": "agent04", "reason": "long_leave"}, "supervisor pm quality"),
    "reclassify": ("urgent", {"urgency": "normal"}, "supervisor pm"),
    "cancel": ("new", {"reason": "客户撤回"}, "lead supervisor pm owner"),
    "record_callback": ("callback_due", {"contact_result": "reached", "satisfaction": "satisfied"}, "lead supervisor callback owner"),
    "close_unsatisfied": ("callback_due", {"reason": "无法满足", "letter": "函"}, ""),
    "judge_complaint": ("complaint", {"valid": True, "reason": "属实"}, "supervisor pm quality"),
    "verify": ("verifying", {"passed": True}, "technician dept_head pm"),
}
WAY = (("dispatched", "dispatch", "dispatcher01", {"to": "plumber01"}), ("accepted", "accept", "plumber01", {}),
       ("on_site", "arrive", "plumber01", {}), ("completed", "complete", "plumber01", {"result": "好了", "result_explained": True}),
       ("callback_due", "return_slip", "lead01", {}))


def opened(hotline, **fields):
    about = {"room": "青禾家园5栋1单元302", "customer_name": "周敏", "content": "水龙头漏水", **fields}
    return tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", about), f"open{next(KEYS)}", NINE).number


def do(hotline, number, action, by, **fields):
    return tickets.carry_out(hotline, number, Act(Action(action), by, fields), f"do{next(KEYS)}", NINE)


def brought_to(hotline, state):
    """A ticket of agent01 in *state*, its work done by plumber01."""
    if state == "urgent":
        return opened(hotline, category="101")
    if state == "complaint":
        number = opened(hotline, type="complaint_service")
        do(hotline, number, "hand_over_complaint", "agent01", department="engineering")
        return number
    if state == "verifying":
        number = opened(hotline, type="legacy_issue")
        for action, by, fields in (("dispatch", "dispatcher01", {"to": "builder01"}), ("accept", "builder01", {}), ("arrive", "builder01", {}),
                                   ("complete", "builder01", {"result": "好了", "result_explained": True})):
            do(hotline, number, action, by, **fields)
        return number
    number = opened(hotline, category="105")
    for reached, action, by, fields in WAY:
        if state == "new":
            break
        do(hotline, number, action, by, **fields)
        if reached == state:
            break
    return number


def may(hotline, number, action, by, fields):
    """Whether the roles allow it; another reason to refuse means they do."""
    try:
        do(hotline, number, action, by, **fields)
    except Refused as no:
        return no.code not in {"not_allowed", "out_of_scope", "downgrade", "accused_judges"}
    return True


@pytest.mark.parametrize("action", TABLE)
def test_a_badge_may_do_what_the_table_says_and_nothing_else(sqlite_hotline, action):
    state, fields, allowed = TABLE[action]
    number, found = None, set()
    for badge, user in BADGES.items():
        number = number or brought_to(sqlite_hotline, state)
        if may(sqlite_hotline, number, action, user, fields):
            found.add(badge)
            number = None
    assert found == set((allowed or "pm").split()) - {"own", "owner"}


@pytest.mark.parametrize(("action", "by"), [
    *((a, "plumber01") for a, (_, _, allowed) in TABLE.items() if "own" in allowed.split()),
    *((a, "agent01") for a, (_, _, allowed) in TABLE.items() if "owner" in allowed.split())])
def test_the_ticket_s_own_handler_and_owner_may(sqlite_hotline, action, by):
    state, fields, _ = TABLE[action]
    assert may(sqlite_hotline, brought_to(sqlite_hotline, state), action, by, fields)


@pytest.mark.parametrize("badge", BADGES)
def test_only_the_desk_registers(sqlite_hotline, badge):
    about = {"type": "daily_repair", "room": "青禾家园5栋1单元302", "customer_name": "周敏", "content": "漏水"}
    act = Act(Action.OPEN_TICKET, BADGES[badge], about)
    if badge in {"agent", "lead", "dispatcher", "supervisor", "callback"}:
        assert tickets.open_ticket(sqlite_hotline, act, "open", NINE).state == "new"
    else:
        with pytest.raises(Refused, match="not_allowed"):
            tickets.open_ticket(sqlite_hotline, act, "open", NINE)


@pytest.mark.parametrize(("action", "by", "code"), [
    ("record_callback", "plumber01", "not_allowed"), ("record_callback", "pm02", "not_allowed"), ("close", "plumber01", "not_allowed"),
    ("verify", "builder01", "not_allowed")])
def test_nobody_judges_their_own_work(sqlite_hotline, action, by, code):
    number = brought_to(sqlite_hotline, "verifying" if action == "verify" else "callback_due")
    with pytest.raises(Refused, match=code):
        do(sqlite_hotline, number, action, by, **{"verify": {"passed": True}, "close": {}}.get(action, TABLE["record_callback"][1]))


def test_the_accused_neither_judges_nor_calls_the_customer_again(sqlite_hotline):
    number = opened(sqlite_hotline, type="complaint_service", accused=["lead01"])
    do(sqlite_hotline, number, "hand_over_complaint", "agent01", department="engineering")
    do(sqlite_hotline, number, "send_notice", "supervisor01", department="order", problem="态度", due_at=NINE.replace(day=11))
    with pytest.raises(Refused, match="own_callback"):
        do(sqlite_hotline, number, "recontact", "lead01", contact_result="reached", satisfaction="satisfied")


def test_a_notice_names_colleagues_who_exist(sqlite_hotline):
    number = opened(sqlite_hotline, type="complaint_service")
    with pytest.raises(Refused, match="unknown_person"):
        do(sqlite_hotline, number, "send_notice", "supervisor01", department="order", problem="态度", due_at=NINE.replace(day=11),
           specialist="nobody99")


def test_a_refused_postponement_asked_for_again_by_a_second_click_is_refused_for_the_same_reason(sqlite_hotline):
    number = opened(sqlite_hotline, category="105")
    do(sqlite_hotline, number, "postpone", "agent01", **LATER)
    again = Act(Action.POSTPONE, "agent01", {**LATER, "new_promise_at": NINE.replace(day=14)})
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            tickets.carry_out(sqlite_hotline, number, again, "twice", NINE)
        assert refused.value.code == "refused_second"
        assert number in refusals.text(refused.value)
