"""Whether a policy can work at all: states that lead to an end, ladders that end at a person, texts for every notice."""

from collections.abc import Mapping
from string import Formatter

from callcenter.domain import watching
from callcenter.domain.policy import Flow, Policy
from callcenter.domain.reading import PolicyError, Table
from callcenter.domain.vocabulary import ENDED, OPEN, Action, Clock, Condition, Deed, State, TicketType

#: notices the program speaks by itself
NEEDED = frozenset({
    "warning", "breach", "escalated", "registered", "assigned", "offered", "dispatched", "completed", "postponed", "satisfaction",
    "voided", "climbed", "urged", "repeat_contact", "dissatisfied", "supervision", "transfer_asked", "transferred", "followed",
    "suspend_asked", "suspend_answered", "supervision_answered",
    "missed_call", "greeting", "recording_notice", "no_agent", "queue_full", "no_number", "in_danger", "please_wait", "your_place",
    "usual_wait", "press_for_return", "press_to_record", "return_kept", "leave_message", "nothing_recorded", "message_kept", "press_to_take",
    "agent_away", "voicemail_left", "quote", "notice_sent", "notice_answered", "resumed",
    "action_opened", "action_to_check", "action_overdue", "action_recheck", "feedback_sent", "feedback_answered",
    "roster_gap", "certificate_ending", "certificate_over",
    "restored", "delayed", "kept_for", "consent", "appointment", "reminder_call", "merged", "cancelled",
    "period_due", "period_overdue", "period_unplanned", "handover_due", "handover_overdue", "report_sent", "report_signed",
    "report_corrected", "report_unread",
    "hold_please", "cut_off",
    "take_over", "take_over_late", "take_over_keys", "taken_over", "taken_by_other", "no_longer_open", "passed_up", "no_key",
    "follow_up_hello", "follow_up_ask", "follow_up_heard", "follow_up_solved", "follow_up_on_time", "follow_up_thanks", "follow_up_sorry",
    "follow_up_later", "speak_to_person", "connecting", "text_stopped", "text_started", "text_thanks", "text_noted", "text_new",
    "text_job_done", "text_job_help", "text_job_refused", "arrival_unproven", "text_in", "photo_in", "text_waiting", "tell_by_phone", "survey_invite",
    "survey_reminder", "resident_link", "report_code"})

_TELLING_DEEDS = frozenset({Deed.CLIMB, Deed.ROUND_LEVEL, Deed.RING_ALL})


def run(policy: Policy, tables: Mapping[str, Table]) -> None:
    """Refuse a policy that would leave somebody waiting for ever.

    Raises:
        PolicyError: names the file, the line and what is wrong.
    """
    for type_, flow in policy.flows.items():
        _flow_reaches_an_end(flow, tables["flows.toml"], type_)
    _ladders_end_at_a_person(policy, tables["hotline.toml"])
    _promises_are_unambiguous(policy, tables["hotline.toml"])
    _somebody_always_watches(policy, tables["hotline.toml"])
    _every_pause_ends(policy, tables["hotline.toml"])
    _every_type_has_a_share(policy, tables["hotline.toml"])
    _categories_hold_together(policy, tables["categories.toml"])
    _every_notice_has_words(policy, tables["notices.toml"])
    _every_notice_can_be_filled(policy, tables["notices.toml"])
    _said_twice_said_alike(policy, tables["hotline.toml"])


def reachable(flow: Flow) -> frozenset[State]:
    """Every state a ticket of this flow can come to, from `new` on."""
    seen = {State.NEW}
    while more := {s.after for s in flow.steps.values() if s.state in seen and s.after} - seen:
        seen |= {s for s in more if s}
    return frozenset(seen)


def ends(flow: Flow) -> frozenset[State]:
    """Every state from which the ticket can still be closed by work, not only by cancelling or merging it."""
    good = {State.CLOSED}
    while more := {s.state for s in flow.steps.values() if s.after in good} - good:
        good |= more
    return frozenset(good)


def _flow_reaches_an_end(flow: Flow, table: Table, type_: TicketType) -> None:
    where = Table({}, table.file, table.text, (type_.value,))
    stuck = {s for s in reachable(flow) if s in OPEN} - ends(flow)
    if stuck:
        raise where.error("steps", f"{', '.join(sorted(stuck))} 走不到办结 (no way to closed)")
    if State.CLOSED not in reachable(flow):
        raise where.error("steps", "没有一步走到办结 (no step leads to closed)")
    for step in flow.steps.values():
        if not step.who:
            raise where.error("steps", f"{step.state} {step.action}: 没有人可以做 (nobody may do it)")
        if step.state in ENDED and step.after in OPEN - {State.REWORK, State.CALLBACK_DUE}:
            raise where.error("steps", f"{step.state} 已办结,只能返修或补抽回访 (an ended ticket may only be reworked or drawn for a call)")


def _ladders_end_at_a_person(policy: Policy, table: Table) -> None:
    top = policy.escalation.top
    for ladder in policy.ladders.values():
        where = Table({}, table.file, table.text, ("ladder", ladder.key, "rungs"))
        if not ladder.rungs:
            raise where.error("", "阶梯没有一级 (a ladder without rungs)")
        for number, rung in enumerate(ladder.rungs):
            if not 0 <= rung.level <= top:
                raise where.error(number, f"level 应在 0 到 {top} 之间 (must lie between 0 and {top})")
            if not rung.tell and not rung.level and rung.do not in _TELLING_DEEDS:
                raise where.error(number, "没有告诉任何人 (tells nobody)")
        last = ladder.rungs[-1]
        if last.when is not None or (last.only and not any(not r.only and r.when is None for r in ladder.rungs)):
            raise where.error(len(ladder.rungs) - 1, "最后一级不能有条件 (the last rung must not be conditional)")


def _promises_are_unambiguous(policy: Policy, table: Table) -> None:
    seen: set[tuple[str, str]] = set()
    for number, rule in enumerate(policy.promises):
        where = Table({}, table.file, table.text, ("promise", number))
        for type_ in rule.types or {"call"}:
            if (rule.key.value, str(type_)) in seen:
                raise where.error("types", f"{rule.key} 对 {type_} 规定了两次 (ruled twice)")
            seen.add((rule.key.value, str(type_)))
        if rule.on == "ticket" and any(r.when is Condition.NO_TECHNICIAN for r in rule.ladder.rungs) and rule.start != "appointment":
            raise where.error("ladder", "no_technician 只用于约定上门 (only for appointments)")


def _somebody_always_watches(policy: Policy, table: Table) -> None:
    for type_ in TicketType:
        if states := watching.unwatched(policy, type_):
            raise Table({}, table.file, table.text, ("promise", 0)).error(
                "types", f"{type_} 在 {', '.join(states)} 时没有承诺在计时 (no running promise)")


def _every_pause_ends(policy: Policy, table: Table) -> None:
    for type_, flow in policy.flows.items():
        if not any(step.action in (Action.SUSPEND, Action.NO_ACCESS) for step in flow.steps.values()):
            continue
        rule = policy.promise(Clock.SUSPENSION, type_)
        if rule is None or not any(r.do is Deed.RESUME and r.when is None for r in rule.ladder.rungs):
            raise Table({}, table.file, table.text, ("ladder", "suspension")).error("rungs", "挂起没有期限 (a pause without an end): do = \"resume\"")


def _every_type_has_a_share(policy: Policy, table: Table) -> None:
    if missing := [t for t in TicketType if t not in policy.follow_up.shares]:
        raise Table({}, table.file, table.text, ("follow_up",)).error("share", f"缺少类别 (missing types): {', '.join(missing)}")


def _categories_hold_together(policy: Policy, table: Table) -> None:
    for code, category in policy.categories.items():
        where = Table({}, table.file, table.text, ("category",))
        if category.warranty is not None and category.warranty not in policy.warranty_years:
            raise where.error(code, f"{category.warranty!r} 没有保修期;可用 (valid): {', '.join(policy.warranty_years)}")
        if category.certificate and not any(t in policy.certificates for t in category.trades):
            raise where.error(code, f"需持证,但工种没有证件;可用 (trades with a certificate): {', '.join(policy.certificates)}")


def _every_notice_has_words(policy: Policy, table: Table) -> None:
    if missing := sorted(NEEDED - policy.notices.keys()):
        raise PolicyError(f"{table.file}: 缺少文字 (missing notices): {', '.join(missing)}")


#: the only acts that excuse a promise, and which
EXCUSES = {Clock.DISPATCH: Action.RECORD_CONSENT, Clock.WEEK_CAP: Action.APPROVE_SPECIAL_CASE}


def _said_twice_said_alike(policy: Policy, table: Table) -> None:
    """What the page of rules says for the reader's sake must be what the flows and the program do."""
    for flow in policy.flows.values():
        step = flow.next(State.NEW, Action.TRANSFER_OWNER)
        if step is not None and step.who != policy.ownership.may_transfer:
            where = Table({}, table.file, table.text, ("ownership",))
            raise where.error("may_transfer", f"与 flows.toml 的 transfer_owner 不一致 (differs from flows.toml): {', '.join(sorted(step.who))}")
    for number, rule in enumerate(policy.promises):
        if rule.excused_by != EXCUSES.get(rule.key):
            where = Table({}, table.file, table.text, ("promise", number))
            raise where.error("excused_by", f"{rule.key} 只能是 (can only be): {EXCUSES.get(rule.key, '—')}")


#: what a notice may name in braces
FILLED = frozenset({
    "company", "hotline", "number", "type", "state", "where", "customer", "phone", "content", "category", "clock", "due", "late", "level",
    "who", "code", "link", "reason", "text", "amount", "when", "period", "count"})


def _every_notice_can_be_filled(policy: Policy, table: Table) -> None:
    """A brace left open, or a name nobody fills, would fail or stay blank on the day it is said."""
    where = Table({}, table.file, table.text, ("notice",))
    for notice in policy.notices.values():
        for text in (notice.zh, notice.en):
            try:
                named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
            except ValueError as wrong:
                raise where.error(notice.key, f"花括号不成对 (braces do not match): {wrong}") from None
            if strange := sorted(named - FILLED):
                raise where.error(notice.key, f"{', '.join(strange)} 没有人填;可用 (nobody fills it; valid): {', '.join(sorted(FILLED))}")

