"""Rules of promises made to the customer: consent, the one postponement, special cases, recovery (DOMAIN.md 4.2, 4.3)."""

from datetime import datetime
from typing import Any

from callcenter.domain.forms import ACTS
from callcenter.domain.rules.common import Context, Guard
from callcenter.domain.ticket import Count, Effect, EndEscalations, Escalate, Excuse, Happened, Move, Refused, Save, Set, Tell, Then
from callcenter.domain.vocabulary import Action, Attitude, Clock, Moment, PostponeReason, Role, State, Status, ToldVia, Trigger

Outcome = tuple[State | None, list[Effect]]

#: what a contact on record tells by itself
_BY_CONTACT = ("told_at", "told_via")

#: the promises that move when the customer is given another time
MOVING = (Clock.COMPLETION, Clock.RECOVERY)


def record_consent(ctx: Context) -> Outcome:
    """Explained and agreed before the 180th second is over: the dispatch promise is excused; later it is only written down (F22)."""
    promise = ctx.ticket.running(Clock.DISPATCH)
    if promise is None and ctx.ticket.promise(Clock.DISPATCH) is not None:
        raise Refused("dispatch_already_made")
    saved: list[Effect] = [Save("F22", {
        "clock": Clock.DISPATCH, "reason": ctx.get("reason"), "explanation": ctx.get("explanation"), "consented": ctx.get("consented"),
        "told_via": ctx.get("told_via"), "call": ctx.get("call"),
        "agreed_at": ctx.get("agreed_at"), "recorded_at": ctx.now})]
    in_time = promise is not None and ctx.now < promise.due_at and promise.broken_at is None
    if not (ctx.get("consented") and in_time):
        return None, saved
    agreed = ctx.get("agreed_at")
    effects = [*saved, Excuse(Clock.DISPATCH, ctx.now), EndEscalations(Clock.DISPATCH, "excused"),
               Tell("consent", (Role.DISPATCHER,), said={"due": agreed})]
    rule = ctx.policy.promise(Clock.ARRIVE_APPT, ctx.ticket.type)
    if rule is not None and rule.start is Moment.APPOINTMENT and agreed > ctx.now:
        effects += [Set({"appointment_start": agreed, "appointment_end": None}), Happened(Moment.APPOINTMENT, agreed)]
    return None, effects


def postpone(ctx: Context) -> Outcome:
    """A promise moves once at most, by a week at most, and the customer hears of it first (T24, F09)."""
    ticket, rule = ctx.ticket, ctx.policy.postponement
    by_customer = ctx.get("initiated_by") == "customer"
    _told_first(ctx)
    if ticket.promise_at is None:
        raise Refused("no_promise")
    if not by_customer and ticket.matter.postponements >= rule.times:
        raise Refused("refused_second", number=ticket.number, consequences=_second_attempt(ctx))
    if ctx.now >= ticket.promise_at:
        raise Refused("refused_late", when=ticket.promise_at, consequences=(Save("F09", _f09(ctx, "refused_late")),))
    _new_time_allowed(ctx)
    new = ctx.get("new_promise_at")
    effects: list[Effect] = [
        Save("F09", _f09(ctx, "granted")), Set({"promise_at": new}),
        *(Move(key, new) for key in MOVING if ticket.running(key)),
        Tell("postponed", (Role.CUSTOMER,), said={"when": ticket.promise_at, "due": new, "reason": PostponeReason(ctx.get("reason"))})]
    if not by_customer:
        effects.append(Count({"postponements": ticket.matter.postponements + 1}))
    if ctx.get("attitude") == Attitude.DISAGREES:
        effects.append(Tell("escalated", (Role.SUPERVISOR,), said={"reason": Attitude.DISAGREES, "level": 2}))
    return None, effects


def _told_first(ctx: Context) -> None:
    """The customer was told, by a call or a visit where the type demands it, and answered (scenario 40)."""
    known = {f.name: f for f in ACTS[Action.POSTPONE]}
    needs = ctx.policy.postponement.needs
    if ctx.get("initiated_by") == "customer":
        needs = tuple(n for n in needs if not (_contact(ctx) and n in _BY_CONTACT)) + (() if _contact(ctx) else _BY_CONTACT)
    if missing := tuple(known[n] for n in dict.fromkeys(needs) if ctx.get(n) in (None, "")):
        raise Refused("missing", fields=missing)
    if ctx.get("told_at") is not None and ctx.get("told_at") > ctx.now:
        raise Refused("told_late")
    written = ctx.get("told_via") in (ToldVia.SMS, ToldVia.WECHAT)
    if written and ctx.ticket.type in ctx.policy.postponement.call_required:
        raise Refused("call_required")
    if written and ctx.get("attitude") == Attitude.UNKNOWN and not ctx.get("delivery_receipt"):
        raise Refused("not_told")


def _contact(ctx: Context) -> bool:
    """The customer's own wish rests on a contact: the call in progress, or one that is on this ticket's record (4.3).

    Raises:
        Refused: a contact was named that this ticket does not know; that would be a disguised postponement.
    """
    named = ctx.get("contact_id")
    if not named:
        return bool(ctx.get("call"))
    kept = [f for f in ctx.ticket.forms if f.code == "F01" or f.fields.get("call") or f.fields.get("caller_id") == Role.CUSTOMER]
    if named not in {str(v) for f in kept for v in (f.id, f.fields.get("call")) if v}:
        raise Refused("unknown_contact", contact=named)
    return True


def _new_time_allowed(ctx: Context) -> None:
    new, ticket = ctx.get("new_promise_at"), ctx.ticket
    if ticket.promise_at is not None and new <= ticket.promise_at:
        raise Refused("not_later", when=ticket.promise_at)
    last = ticket.received_at + ctx.policy.postponement.longest
    if new > last and not _approved(ctx, new):
        raise Refused("beyond_week", longest=f"{ctx.policy.postponement.longest.days} d")


def _approved(ctx: Context, new: datetime) -> bool:
    """Whether the project manager has approved a time beyond the week (R009)."""
    approvals = [f for f in ctx.ticket.records("F09") if f.fields.get("result") == "special_case"]
    return any(f.fields.get("new_promise_at") is None or f.fields["new_promise_at"] >= new for f in approvals)


def _f09(ctx: Context, result: str) -> dict[str, Any]:
    fields = {k: v for k, v in ctx.act.fields.items() if v is not None}
    beyond = ctx.get("new_promise_at") is not None and ctx.get("new_promise_at") > ctx.ticket.received_at + ctx.policy.postponement.longest
    return {**fields, "old_promise_at": ctx.ticket.promise_at, "initiated_by": ctx.get("initiated_by") or "company",
            "told_by": ctx.act.by, "beyond_week": beyond, "result": result}


def _second_attempt(ctx: Context) -> tuple[Effect, ...]:
    """A second postponement is refused, and that somebody wanted one goes to the project manager with an order (E8)."""
    return (Save("F09", _f09(ctx, "refused_second")), Escalate(3, Trigger.SECOND_POSTPONEMENT, "second_postponement"),
            Then(Action.SUPERVISE, {"reason": "second_postponement"}))


def approve_special_case(ctx: Context) -> Outcome:
    """Longer than a week: only the project manager or above, with a reason (R009)."""
    new = ctx.get("new_promise_at")
    saved: list[Effect] = [Save("F09", {"result": "special_case", "reason": ctx.get("reason"), "approved_by": ctx.act.by,
                                        "new_promise_at": new, "old_promise_at": ctx.ticket.promise_at})]
    if new is not None and new <= ctx.now:
        raise Refused("promise_in_the_past", when=new)
    running = ctx.ticket.running(Clock.WEEK_CAP)
    if running is None or running.status(ctx.now) is Status.BROKEN:
        return None, saved
    if new is not None and new > running.due_at:
        return None, [*saved, Move(Clock.WEEK_CAP, new)]
    if new is None and ctx.ticket.running(Clock.COMPLETION) is None:  # without a time nobody would watch it any longer
        raise Refused("missing", fields=tuple(f for f in ACTS[Action.APPROVE_SPECIAL_CASE] if f.name == "new_promise_at"))
    return None, [*saved, Excuse(Clock.WEEK_CAP, ctx.now), EndEscalations(Clock.WEEK_CAP, "approved")]


def recovery_promise(ctx: Context) -> Outcome:
    """After the promise is broken the customer gets another time: once by the supervisor if the one change is unused,
    else only by the project manager with an order attached. The breach stands (4.3)."""
    ticket = ctx.ticket
    rule = ctx.policy.promise(Clock.RECOVERY, ticket.type)
    new = ctx.get("new_promise_at") or (ctx.now + rule.within if rule else None)
    if ticket.promise_at is None or new is None:
        raise Refused("no_promise")
    if ctx.now < ticket.promise_at:
        raise Refused("not_broken_yet")
    if new <= ctx.now:
        raise Refused("promise_in_the_past", when=new)
    high = bool(ctx.roles & ctx.policy.postponement.approve_longer)
    free = ticket.matter.postponements < ctx.policy.postponement.times
    if not (free or high):
        raise Refused("recovery_used")
    if new > ticket.received_at + ctx.policy.postponement.longest and not (high or _approved(ctx, new)):
        raise Refused("beyond_week", longest=f"{ctx.policy.postponement.longest.days} d")
    effects: list[Effect] = [
        Save("F09", {"result": "recovery", "reason": ctx.get("reason"), "old_promise_at": ticket.promise_at, "new_promise_at": new,
                     "approved_by": ctx.act.by}),
        Set({"promise_at": new}), Happened(Moment.RECOVERY, ctx.now, due_at=new),
        Tell("postponed", (Role.CUSTOMER,), said={"when": ticket.promise_at, "due": new, "reason": ctx.get("reason")})]
    effects.append(Count({"postponements": 1}) if free else Then(Action.SUPERVISE, {"reason": "recovery", "due_at": new}))
    return None, effects


GUARDS: dict[Action, Guard] = {
    Action.RECORD_CONSENT: record_consent, Action.POSTPONE: postpone, Action.APPROVE_SPECIAL_CASE: approve_special_case,
    Action.RECOVERY_PROMISE: recovery_promise,
}
