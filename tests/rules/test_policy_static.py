"""The shipped policy leaves nobody waiting: every open state of every kind of ticket has a way out and a running promise."""

import pytest

from callcenter.domain import checks, policy_file, watching
from callcenter.domain.reading import PolicyError
from callcenter.domain.vocabulary import ENDED, LEVEL_OF, OPEN, Clock, TicketType


@pytest.mark.parametrize("type_", list(TicketType))
def test_every_state_of_every_kind_can_reach_an_end_by_work(policy, type_):
    flow = policy.flows[type_]
    states = [s for s in checks.reachable(flow) if s in OPEN]
    assert all(s in checks.ends(flow) for s in states)
    assert states


@pytest.mark.parametrize("type_", list(TicketType))
def test_in_every_open_state_of_every_kind_some_promise_is_running(policy, type_):
    assert watching.unwatched(policy, type_) == []


@pytest.mark.parametrize("type_", list(TicketType))
def test_every_promise_that_begins_can_be_kept_by_somebody(policy, type_):
    acts = {action.value for _, action in policy.flows[type_].steps}
    reached = acts & {"record_callback", "recontact", "customer_reply"}
    for rule in policy.promises_for(type_):
        if rule.start != "appointment" and rule.until <= acts | {"reached"}:
            assert rule.until & acts or (rule.until & {"reached"} and reached) or rule.key in (Clock.ESCALATION_ACK,)


def test_every_ladder_ends_at_a_person(policy):
    for ladder in policy.ladders.values():
        last = ladder.rungs[-1]
        assert last.when is None
        assert last.tell or last.level or last.do, ladder.key
        levels = [r.level for r in sorted((r for r in ladder.rungs if r.anchor == "due"), key=lambda r: r.at)]
        assert levels == sorted(levels), f"{ladder.key}: a later rung stands lower than an earlier one"
    assert all(LEVEL_OF[role] == level for level, roles in enumerate(policy.escalation.levels, start=1) for role in roles)


def test_no_pause_is_without_an_end(policy):
    for type_ in TicketType:
        flow = policy.flows[type_]
        pausing = [s for (_, action), s in flow.steps.items() if action in ("suspend", "no_access")]
        if pausing:
            rule = policy.promise(Clock.SUSPENSION, type_)
            assert rule is not None
            assert any(r.do == "resume" and r.at.total_seconds() == 0 for r in rule.ladder.rungs)
            assert any("system" in flow.steps[(s.after, a)].who for s in pausing for a in flow.actions_from(s.after) if a == "resume")


def test_what_has_ended_is_only_reworked_or_called_about(policy):
    for flow in policy.flows.values():
        assert {s.after for s in flow.steps.values() if s.state in ENDED and s.after} <= {"rework", "callback_due"}


EDITS = [
    ("hotline.toml", 'key = "slip_return"', 'key = "slip_return"\nchannels = ["wechat"]', "no running promise"),
    ("hotline.toml", 'key = "judgement"', 'key = "judgement"\nchannels = ["wechat"]', "no running promise"),
    ("hotline.toml", 'do = "resume"', 'level = 2', "a pause without an end"),
    ("flows.toml", '["completed", "return_slip", "callback_due",', '["completed", "return_slip", "same",', "no running promise"),
    ("hotline.toml", '{ at = "-2h", tell = ["handler"] },\n  { at = "0s",  tell = ["dept_head"] },', '', "a ladder without rungs"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), EDITS)
def test_an_edit_that_would_leave_something_waiting_for_ever_is_refused(texts, file, old, new, said):
    assert texts[file].count(old) == 1
    with pytest.raises(PolicyError, match=said):
        policy_file.parse({**texts, file: texts[file].replace(old, new)})
