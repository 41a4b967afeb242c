"""Rules of the follow-up call: who is called, what an answer does, how a dissatisfied customer is won back (DOMAIN.md 7)."""

import hashlib
from datetime import timedelta
from typing import Any

from callcenter.domain import days, dispatching, short_answers
from callcenter.domain.policy import Policy
from callcenter.domain.rules.common import Context, Guard, name_of
from callcenter.domain.ticket import (
    Act,
    Count,
    Effect,
    EndEscalations,
    Escalate,
    Happened,
    Keep,
    Move,
    Refused,
    Save,
    Set,
    Tell,
    Then,
    Ticket,
    Void,
)
from callcenter.domain.vocabulary import (
    COMPLAINTS,
    CONTENT,
    Action,
    Clock,
    ContactResult,
    Evidence,
    Moment,
    Role,
    Satisfaction,
    State,
    TicketType,
    Trigger,
)

Outcome = tuple[State | None, list[Effect]]


def drawn(number: str) -> float:
    """The ticket's fixed place between 0 and 1 in the sample: the same on every machine and every rerun (CB2)."""
    return int.from_bytes(hashlib.sha256(number.encode()).digest()[:6], "big") / 2**48


def mandatory(ctx: Context) -> str | None:
    """Why this customer must be called whatever the sample says (CB1), or None."""
    ticket = ctx.ticket
    if ctx.policy.follow_up.shares[ticket.type] >= 1 and not ticket.incident:
        return "type"
    if ticket.cycle > 1 or ticket.matter.dissatisfied_rounds:
        return "rework"
    if ticket.channel == "gov_hotline":
        return "gov_hotline"
    if ctx.broken(Clock.ARRIVE_URGENT, Clock.COMPLETION, Clock.WEEK_CAP):
        return "breach"
    return None


def entering(ctx: Context) -> list[Effect]:
    """The work is done: the customer is called, or, not drawn and with a signature, the ticket closes (T13, T15)."""
    if ctx.act.action is Action.DRAW_FOLLOW_UP:
        return [Set({"callback_needed": True, "callback_why": "top_up", "attempts": 0}), Happened(Moment.CALLBACK_DUE, ctx.now)]
    if not ctx.ticket.has_customer and ctx.policy.flows[ctx.ticket.type].next(State.CALLBACK_DUE, Action.CLOSE_BY_RULE):
        return [Set({"callback_needed": False}), Then(Action.CLOSE_BY_RULE)]
    if ctx.ticket.incident and mandatory(ctx) is None:
        return _entering_child(ctx)
    signed = ctx.ticket.signed or bool(ctx.get("signature")) or bool(ctx.get("customer_confirmed"))
    share = ctx.policy.follow_up.shares[ctx.ticket.type]
    why = mandatory(ctx) or ("sample" if drawn(ctx.ticket.number) < share else None) or (None if signed else "no_signature")
    if why is None:
        return [Set({"callback_needed": False}), Then(Action.CLOSE_BY_RULE)]
    return [Set({"callback_needed": True, "callback_why": why, "attempts": 0}), Happened(Moment.CALLBACK_DUE, ctx.now)]


def _entering_child(ctx: Context) -> list[Effect]:
    """Callers of a mass incident are sampled among themselves; those not drawn have the message that it works again."""
    if drawn(ctx.ticket.number) < ctx.policy.follow_up.sample:
        return [Set({"callback_needed": True, "callback_why": "sample", "attempts": 0}), Happened(Moment.CALLBACK_DUE, ctx.now)]
    return [Set({"callback_needed": False}), Then(Action.CLOSE_BY_RULE)]


def draw_follow_up(ctx: Context) -> Outcome:
    """Closed without a call, and its stratum is short of the floor: drawn after all (CB2)."""
    if not ctx.ticket.has_customer or (ctx.ticket.callback_needed and ctx.get("reason") != Clock.SECOND_CALL):
        raise Refused("nothing_changes")
    return None, [Save("F04", {"drawn": "top_up", "reason": ctx.get("reason")})]


def record_callback(ctx: Context) -> Outcome:
    """The call is made by somebody other than the handler and their team; only an answer counts as a call (CB3, T14–T17)."""
    _not_the_doer(ctx)
    if ctx.act.by == Role.SYSTEM and ctx.get("contact_result") in (ContactResult.REACHED, ContactResult.REFUSED):
        raise Refused("only_the_customer_answers")
    major = ctx.ticket.details.get("severity") == "major"
    if ctx.complaint and not major and ctx.roles & {Role.PM} and not ctx.roles & {Role.SUPERVISOR, Role.LEAD, Role.CALLBACK}:
        raise Refused("not_allowed", action=ctx.act.action, who=[Role.LEAD, Role.SUPERVISOR, Role.CALLBACK])
    return _answered(ctx, "F04")


def recontact(ctx: Context) -> Outcome:
    """The named specialist calls again after the department's answer, until the customer is content (CB10)."""
    _not_the_doer(ctx)
    if not ctx.ticket.records("F10"):
        raise Refused("not_answered_yet")
    return _answered(ctx, "F04")


def midterm_call(ctx: Context) -> Outcome:
    """A service that takes longer than a week: the customer is asked half-way (CB5). It closes nothing and opens nothing; whoever
    is dissatisfied is heard above the desk, and a try that reached nobody is made again."""
    _not_the_doer(ctx)
    promise = ctx.ticket.running(Clock.MIDTERM_CALL)
    if promise is None:
        raise Refused("nothing_changes")
    from_ = promise.due_at - half_way_ahead(ctx.policy)
    if ctx.now < from_:
        raise Refused("too_early", when=from_)
    _answers_fit(ctx)
    saved: list[Effect] = [Save("F04M", {**{k: v for k, v in ctx.act.fields.items() if v is not None}, "attempted_at": ctx.now,
                                         "caller_id": ctx.act.by, "method": ctx.get("method") or "phone"})]
    if ctx.get("contact_result") not in (ContactResult.REACHED, ContactResult.REFUSED):
        return None, saved
    effects = [*saved, Keep(Clock.MIDTERM_CALL, ctx.now, promise.about), EndEscalations(Clock.MIDTERM_CALL, "acted")]
    if ctx.get("satisfaction") is not None and not ctx.act.content():
        said = ctx.get("reason") or ctx.get("opinion") or "dissatisfied"
        effects += [Escalate(2, Trigger.DISSATISFIED, said), Tell("dissatisfied", (Role.OWNER,), said={"reason": said})]
    return None, effects


def half_way_ahead(policy: Policy) -> timedelta:
    """How long before its due time a mid-term call may be made: from when its ladder first asks for it."""
    rungs = [rung.at for r in policy.promises if r.key is Clock.MIDTERM_CALL for rung in r.ladder.rungs]
    return -min([timedelta(), *rungs])


def _not_the_doer(ctx: Context) -> None:
    """Neither whoever did the work, nor their team, nor whoever is complained about asks how it was, nor comes along (CB3, CB10, CB11)."""
    doers = dispatching.doers(ctx.staff, ctx.ticket) | {ctx.ticket.completed_by or ""}
    trades = frozenset().union(*(ctx.staff.people[d].trades for d in doers if d in ctx.staff.people))
    asking = {ctx.act.by, ctx.get("second_caller") or ctx.act.by}
    of_the_team = any(ctx.staff.people[u].trades & trades for u in asking if u in ctx.staff.people)
    if asking & (doers | set(ctx.ticket.accused)) or of_the_team or Role.TECHNICIAN in ctx.roles:
        raise Refused("own_callback")


def _answers_fit(ctx: Context) -> None:
    """What is said of the call fits together: two people on a visit, an opinion only of somebody reached, a reason for discontent."""
    result, satisfaction = ctx.get("contact_result"), ctx.get("satisfaction")
    if ctx.get("method") == "visit" and ctx.get("second_caller") in (None, "", ctx.act.by):
        raise Refused("two_needed")
    if ctx.get("second_caller"):
        ctx.person(ctx.get("second_caller"))
    if result != ContactResult.REACHED and satisfaction is not None:
        raise Refused("not_reached")
    if result == ContactResult.REACHED and satisfaction is None:
        raise Refused("no_satisfaction")
    if satisfaction is not None and Satisfaction(satisfaction) not in CONTENT and not (ctx.get("reason") or ctx.get("opinion")):
        raise Refused("no_reason")


def _answered(ctx: Context, form: str) -> Outcome:
    _answers_fit(ctx)
    result = ctx.get("contact_result")
    saved = Save(form, {**{k: v for k, v in ctx.act.fields.items() if v is not None}, "attempt_no": ctx.ticket.attempts + 1,
                        "attempted_at": ctx.now, "caller_id": ctx.act.by, "method": ctx.get("method") or "phone",
                        "kind": ctx.act.action, "round": ctx.ticket.matter.dissatisfied_rounds})
    if result == ContactResult.REFUSED:
        return _content(ctx, saved, "declined")
    if result != ContactResult.REACHED:
        return _not_reached(ctx, saved)
    return _content(ctx, saved, "content") if ctx.act.content() else _dissatisfied(ctx, saved)


def _reached(ctx: Context) -> list[Effect]:
    """Whatever waited for the customer's voice is kept."""
    keys = (Clock.CALLBACK, Clock.CALLBACK_RETRY, Clock.RECONTACT)
    kept: list[Effect] = []
    for promise in ctx.ticket.promises:
        if promise.running and promise.key in keys:
            kept += [Keep(promise.key, ctx.now, promise.about), EndEscalations(promise.key, "acted")]
    return kept


def _content(ctx: Context, saved: Save, how: str) -> Outcome:
    """Content, or unwilling to answer: the ticket closes on the strength of the call; a complaint only once it is judged (R053)."""
    effects: list[Effect] = [saved, *_reached(ctx), Set({"attempts": ctx.ticket.attempts + 1})]
    if ctx.ticket.type in COMPLAINTS and _validity(ctx.ticket) is None:
        return State.CALLBACK_DUE, [*effects, Set({"answer": how})]
    return State.CLOSED, [*effects, Set({"evidence": Evidence.CALLBACK})]


def _dissatisfied(ctx: Context, saved: Save) -> Outcome:
    """Not content: rework, written notice within two hours, one level higher each round (T16, E9)."""
    rounds = ctx.ticket.matter.dissatisfied_rounds + 1
    level = min(rounds + 1, 4)
    already = ctx.ticket.state is State.REWORK or (ctx.act.action is Action.RECONTACT and ctx.ticket.state is not State.CALLBACK_DUE)
    effects: list[Effect] = [
        saved, *_reached(ctx), Count({"dissatisfied_rounds": rounds}), Set({"attempts": 0}),
        *(Void(p.key, ctx.now, p.about) for p in ctx.ticket.promises if p.running and p.key is Clock.DISSAT_NOTICE),
        Happened(Moment.DISSATISFIED, ctx.now, about=str(rounds)),
        Escalate(level, Trigger.DISSATISFIED, ctx.get("reason") or ctx.get("opinion") or "dissatisfied"),
        Tell("dissatisfied", (Role.OWNER,), said={"reason": ctx.get("reason") or ctx.get("opinion") or ""})]
    return (None if already else State.REWORK), effects


def _not_reached(ctx: Context, saved: Save) -> Outcome:
    """Not reached: tried again at another time of day; after three tries on two days a message goes out and we wait (CB7, CB8)."""
    tries = [f for f in ctx.ticket.records("F04") if f.fields.get("counts") and f.fields.get("cycle") == ctx.ticket.cycle]
    apart = not tries or ctx.now - tries[-1].at >= ctx.policy.follow_up.attempt_apart
    saved = Save(saved.form, {**saved.fields, "counts": apart, "cycle": ctx.ticket.cycle})
    times = [f.at for f in tries] + ([ctx.now] if apart else [])
    voided: list[Effect] = [Keep(p.key, ctx.now, p.about) for p in ctx.ticket.promises if p.running and p.key is Clock.CALLBACK_RETRY]
    effects = [saved, *voided, Set({"attempts": ctx.ticket.attempts + 1})]
    exhausted = (len(times) >= ctx.policy.follow_up.attempts
                 and len({days.day_part(ctx.policy.follow_up, t) for t in times}) > 1
                 and len({days.local(t).date() for t in times}) >= ctx.policy.follow_up.attempt_days)
    if exhausted and ctx.ticket.state is State.CALLBACK_DUE:
        return ctx.ticket.state, [*effects, Tell("satisfaction", (Role.CUSTOMER,)),
                                  Happened(Moment.FOLLOW_UP_ATTEMPTED, ctx.now, "wait", ctx.now + ctx.policy.follow_up.wait_for_reply)]
    return ctx.ticket.state, [*effects, Happened(Moment.FOLLOW_UP_ATTEMPTED, ctx.now)]


def customer_reply(ctx: Context) -> Outcome:
    """A message of 1, 2 or 3, or the customer's own key on the telephone, counts as reached (CB8)."""
    text = str(ctx.get("text")).strip()
    satisfaction = short_answers.understood(text)
    if satisfaction is None:
        raise Refused("reply_not_understood", text=text[:20])
    told = {name: ctx.get(name) for name in ("solved", "on_time", "reason") if ctx.get(name) is not None}
    saved = Save("F04", {"text": text, "contact_result": ContactResult.REACHED, "satisfaction": satisfaction, "method": ctx.get("method") or "sms",
                         "attempted_at": ctx.now, "attempt_no": ctx.ticket.attempts + 1, "caller_id": "customer", "kind": ctx.act.action, **told})
    if satisfaction in CONTENT and ctx.get("solved") is not False:
        return _content(ctx, saved, "content")
    return _dissatisfied(Context(ctx.policy, ctx.staff, ctx.ticket, Act(ctx.act.action, ctx.act.by, {"reason": ctx.get("reason") or text}),
                                 ctx.now, ctx.roles), saved)


def close_by_rule(ctx: Context) -> Outcome:
    """Not drawn for a call, and the customer's signature or confirmation is there (T15); or nobody stands behind it to be asked."""
    unasked = ctx.ticket.details.get("parent") or not ctx.ticket.has_customer
    evidence = Evidence.RECORDED if unasked else Evidence.CUSTOMER_CONFIRM
    return None, [Set({"evidence": Evidence.SIGNATURE if ctx.ticket.signed else evidence})]


def close_unreachable(ctx: Context) -> Outcome:
    """Three tries on two days, a message, seventy-two hours of silence: closed, and counted as not called (T17, CB14)."""
    return None, [Set({"evidence": Evidence.UNREACHABLE})]


def close(ctx: Context) -> Outcome:
    """Closing needs evidence: a satisfied answer, or a signature where no call is due; never by the handler (R053, T14, T15)."""
    if ctx.act.by in dispatching.doers(ctx.staff, ctx.ticket):
        raise Refused("caller_is_handler")
    if ctx.ticket.state is not State.CALLBACK_DUE:
        return None, [Set({"evidence": Evidence.RECORDED}), Save("F25", {"note": ctx.get("note"), "reason": ctx.get("reason")}), *_released(ctx)]
    if ctx.complaint and _validity(ctx.ticket) is None:
        raise Refused("not_judged")
    answered = ctx.ticket.details.get("answer")
    signed = ctx.ticket.signed or bool(ctx.get("signature"))
    if not answered and (ctx.ticket.callback_needed or not signed):
        raise Refused("no_evidence")
    return None, [Set({"evidence": Evidence.CALLBACK if answered else Evidence.SIGNATURE})]


def _released(ctx: Context) -> list[Effect]:
    """What the gate found when the items left (F18)."""
    if ctx.ticket.type is not TicketType.ITEM_RELEASE:
        return []
    return [Save("F18", {"gate_checked_by": ctx.get("gate_checked_by"), "gate_checked_at": ctx.get("gate_checked_at") or ctx.now,
                         "exception": ctx.get("exception"), "signature": ctx.get("signature")})]


def close_unsatisfied(ctx: Context) -> Outcome:
    """Only the project manager, after two rounds and with a written reply; it stays dissatisfied in the figures (T21)."""
    rounds = ctx.ticket.matter.dissatisfied_rounds
    if rounds < ctx.policy.follow_up.unsatisfied_rounds:
        raise Refused("too_few_rounds", rounds=ctx.policy.follow_up.unsatisfied_rounds, now=rounds)
    answered = any(f.fields.get("measure") for f in ctx.ticket.records("F10"))
    if not (ctx.get("letter") or answered or any(f.fields.get("reply_text") for f in ctx.ticket.records("F05"))):
        raise Refused("no_letter")
    return None, [Set({"evidence": Evidence.UNSATISFIED}),
                  Save("F10", {"closed_unsatisfied_by": ctx.act.by, "reason": ctx.get("reason"), "letter": ctx.get("letter")})]


def send_notice(ctx: Context) -> Outcome:
    """The written notice to the department and the person, with a deadline and a named specialist (F10, C19)."""
    if ctx.get("due_at") <= ctx.now:
        raise Refused("promise_in_the_past", when=ctx.get("due_at"))
    specialist = ctx.person(ctx.get("specialist") or _specialist(ctx)).user
    if ctx.get("responsible_person"):
        ctx.person(ctx.get("responsible_person"))
    if specialist in dispatching.doers(ctx.staff, ctx.ticket) | set(ctx.ticket.accused):
        raise Refused("own_callback")
    fields: dict[str, Any] = {k: v for k, v in ctx.act.fields.items() if v is not None}
    return None, [
        Save("F10", {**fields, "sent_by": ctx.act.by, "sent_at": ctx.now, "specialist_id": specialist,
                     "source": _source(ctx),
                     "round_no": max(ctx.ticket.matter.dissatisfied_rounds, 1)}),
        Set({"specialist": specialist, "department": ctx.get("department")}),
        *(Void(p.key, ctx.now, p.about) for p in ctx.ticket.promises if p.running and p.key is Clock.RECONTACT),
        Happened(Moment.NOTICE_ANSWERED, ctx.now + _DAY), EndEscalations(None, "acted", Trigger.DISSATISFIED),
        Tell("notice_sent", (Role.DEPT_HEAD,), tuple(p for p in [ctx.get("responsible_person")] if p),
             {"text": ctx.get("problem"), "due": ctx.get("due_at")})]


def _source(ctx: Context) -> Trigger:
    """What a written notice comes from (F10)."""
    if ctx.ticket.matter.dissatisfied_rounds:
        return Trigger.DISSATISFIED
    return Trigger.COMPLAINT if ctx.complaint else Trigger.MANUAL


_DAY = timedelta(days=1)


def _specialist(ctx: Context) -> str:
    """Who re-contacts when nobody is named: the follow-up desk on duty, else the owner."""
    doers = dispatching.doers(ctx.staff, ctx.ticket) | set(ctx.ticket.accused)
    for user in (*ctx.staff.holders(Role.CALLBACK, ctx.ticket.compound), ctx.ticket.owner):
        if user not in doers:
            return user
    return ctx.ticket.owner


def answer_notice(ctx: Context) -> Outcome:
    """The department answers with its measure; the specialist has a day to call the customer again (C20)."""
    if not any("problem" in f.fields for f in ctx.ticket.records("F10")):
        raise Refused("no_notice")
    due = days.next_window(ctx.policy.follow_up, ctx.now + _DAY)
    running = ctx.ticket.running(Clock.RECONTACT)
    effects: list[Effect] = [
        Save("F10", {"measure": ctx.get("measure"), "resolved_at": ctx.get("resolved_at") or ctx.now, "signed_by": ctx.act.by}),
        Tell("notice_answered", (Role.SPECIALIST,), said={"text": ctx.get("measure"), "who": name_of(ctx.staff, ctx.act.by)})]
    if running is None:
        effects.append(Happened(Moment.NOTICE_ANSWERED, ctx.now))
    elif running.started_at > ctx.now:
        effects.append(Move(Clock.RECONTACT, due))
    return None, effects


def _validity(ticket: Ticket) -> bool | None:
    """Whether the complaint was judged valid; None while it is not judged."""
    judged = [f.fields["validity"] for f in ticket.records("F05") if "validity" in f.fields]
    return bool(judged[-1] == "valid") if judged else None


GUARDS: dict[Action, Guard] = {
    Action.DRAW_FOLLOW_UP: draw_follow_up, Action.RECORD_CALLBACK: record_callback, Action.RECONTACT: recontact,
    Action.MIDTERM_CALL: midterm_call,
    Action.CUSTOMER_REPLY: customer_reply, Action.CLOSE_BY_RULE: close_by_rule, Action.CLOSE_UNREACHABLE: close_unreachable,
    Action.CLOSE: close, Action.CLOSE_UNSATISFIED: close_unsatisfied, Action.SEND_NOTICE: send_notice,
    Action.ANSWER_NOTICE: answer_notice,
}
