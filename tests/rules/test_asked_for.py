"""What a person is asked for at a form beyond what the rules demand (DOMAIN.md 8, the fields marked mandatory)."""

import pytest

from callcenter.domain import forms
from callcenter.domain.fields import check_value, lacking
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Action, Channel, TicketType

CALLER = {"customer_name": "周敏", "content": "漏水", "category": "104", "contact_phone": "19000000001", "told_two_day": True}
DONE = {"result": "换阀芯", "result_explained": True}


def names(action, fields, type_, channel=None):
    return [f.name for f in forms.asked_for(action, fields, type_, channel)]


@pytest.mark.parametrize(("type_", "asked"), [
    ("daily_repair", ["convenient_time"]), ("warranty_repair", ["convenient_time"]), ("legacy_issue", ["convenient_time"]),
    ("special_service", ["convenient_time"]), ("urgent_repair", []), ("public_repair", []), ("help_order", []), ("inquiry", []), ("suggestion", []),
    ("complaint_quality", ["severity", "demand"]), ("complaint_service", ["severity", "demand"]),
    ("item_release", ["items", "release_on", "authorised"])])
def test_the_intake_asks_by_type(type_, asked):
    assert names(Action.OPEN_TICKET, {**CALLER, "room": "1"}, TicketType(type_)) == asked


def test_the_intake_asks_by_channel():
    given = {**CALLER, "room": "1"}
    assert names(Action.OPEN_TICKET, given, TicketType.PUBLIC_REPAIR, Channel.GOV_HOTLINE) == ["slip_source", "slip_number", "slip_due_at"]
    assert names(Action.OPEN_TICKET, given, TicketType.PUBLIC_REPAIR, Channel.WALK_IN) == ["visited_at"]


@pytest.mark.parametrize(("instead", "no_longer"), [
    ({"type": "daily_repair"}, "category"), ({"place": "大堂"}, "room"), ({"anonymous": True}, "contact_phone"),
    ({"appointment_start": "2pm"}, "convenient_time")])
def test_one_answer_may_stand_for_another(instead, no_longer):
    assert no_longer in names(Action.OPEN_TICKET, {}, TicketType.DAILY_REPAIR)
    assert no_longer not in names(Action.OPEN_TICKET, instead, TicketType.DAILY_REPAIR)


def test_saying_that_nobody_is_anonymous_does_not_excuse_from_the_number():
    assert "contact_phone" in names(Action.OPEN_TICKET, {"anonymous": False}, TicketType.DAILY_REPAIR)


def test_no_is_an_answer():
    assert "told_two_day" not in names(Action.OPEN_TICKET, {"told_two_day": False}, TicketType.DAILY_REPAIR)


@pytest.mark.parametrize(("type_", "asked"), [
    ("daily_repair", ["fault_cause", "materials", "work_minutes", "signature"]),
    ("urgent_repair", ["fault_cause", "materials", "work_minutes"]), ("public_repair", ["fault_cause", "materials", "work_minutes"]),
    ("special_service", ["work_minutes", "signature"]), ("help_order", [])])
def test_the_work_order_asks_for_cause_materials_time_and_a_signature_or_why_there_is_none(type_, asked):
    assert names(Action.COMPLETE, DONE, TicketType(type_)) == asked
    assert "signature" not in names(Action.COMPLETE, {**DONE, "unsigned_reason": "家中只有老人"}, TicketType(type_))


def test_the_rules_themselves_do_without_what_only_people_are_asked_for():
    forms.check(Action.COMPLETE, DONE)
    forms.check(Action.OPEN_TICKET, {"customer_name": "周敏", "content": "漏水"})
    forms.check(Action.RECORD_CONSENT, {"explanation": "x", "consented": False, "agreed_at": None} | {"agreed_at": _moment()})


def _moment():
    from tests.hotlines import NINE
    return NINE


@pytest.mark.parametrize("action", [*sorted(forms.ACTS), Action.OPEN_TICKET], ids=str)
def test_whatever_the_rules_demand_is_asked_for_too_and_every_stand_in_is_a_field_of_the_form(action):
    known = {f.name: f for f in forms.fields_of(action)}
    for type_ in TicketType:
        asked = {f.name for f in lacking(known, {}, type_)}
        assert {f.name for f in known.values() if f.must} <= asked
    assert all(n in known for f in known.values() for n in f.instead)
    assert len(known) == len(forms.fields_of(action)), "a field twice"


@pytest.mark.parametrize("value", [["leak"], {"a": 1}, 7])
def test_what_is_no_word_at_all_is_refused_like_a_wrong_word(value):
    field = next(f for f in forms.ACTS[Action.SUSPEND] if f.name == "reason")
    with pytest.raises(Refused) as no:
        check_value(field, value)
    assert no.value.code == "bad_value"
