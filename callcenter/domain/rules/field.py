"""Rules of the work outside: dispatching, accepting, arriving, finishing, verifying (DOMAIN.md 3.3, 4.2)."""

from datetime import datetime, timedelta

from callcenter.domain import arriving, dispatching, materials, promises
from callcenter.domain.rules.common import Context, Guard, name_of
from callcenter.domain.ticket import (
    Assign,
    Effect,
    EndEscalations,
    Escalate,
    ForChildren,
    Happened,
    Keep,
    Pause,
    Refused,
    Reopen,
    Resume,
    Save,
    Set,
    Stamp,
    Start,
    Tell,
    Void,
)
from callcenter.domain.vocabulary import (
    ENDED,
    URGENT,
    Action,
    Because,
    Clock,
    Moment,
    Role,
    State,
    SuspendReason,
    TicketType,
    Trade,
    Trigger,
)

Outcome = tuple[State | None, list[Effect]]


def dispatch(ctx: Context) -> Outcome:
    """Send somebody on duty, of the trade, certified, not the owner and not the accused; a paid service only after the quote (T02)."""
    if ctx.ticket.type is TicketType.SPECIAL_SERVICE and not ctx.ticket.details.get("quote_accepted_at"):
        raise Refused("quote_not_accepted")
    if ctx.ticket.incident:
        raise Refused("child_of_incident", number=ctx.ticket.incident)
    return None, _send(ctx)


def preempt(ctx: Context) -> Outcome:
    """A job that can wait gives way to an open urgent one: it is dispatched anew from now, its customer hears of it (3.4-2)."""
    if ctx.other is None:
        raise Refused("unknown_ticket", number=ctx.get("urgent"))
    if ctx.ticket.type in URGENT or ctx.other.type not in URGENT or ctx.other.state in ENDED:
        raise Refused("not_preempted", number=ctx.ticket.number, urgent=ctx.other.number)
    because = Because.PREEMPTED
    said = {"who": ctx.handler_name, "reason": because}
    return None, [Stamp("voided_at", ctx.now, because), Save("F03", {"preempted_by": ctx.get("urgent"), "note": ctx.get("note")}),
                  *(Void(p.key, ctx.now, p.about) for p in ctx.ticket.promises if p.running and p.key is Clock.ACCEPT),
                  *_dispatch_again(ctx), Tell("voided", (Role.DISPATCHER,), said=said), Tell("delayed", (Role.CUSTOMER,), said={"reason": because})]


def _dispatch_again(ctx: Context) -> list[Effect]:
    rule = ctx.policy.promise(Clock.DISPATCH, ctx.ticket.type)
    return [Start(Clock.DISPATCH, ctx.now, promises.due_time(ctx.policy, rule, ctx.now))] if rule else []


def reassign(ctx: Context) -> Outcome:
    """Another handler, with a reason; the owner stays, arrival promises run on, and so does what a suspension paused (T05)."""
    if ctx.ticket.assignee == ctx.get("to"):
        raise Refused("already_assigned", person=name_of(ctx.staff, ctx.get("to")))
    named = ctx.ticket.assignment is not None and ctx.ticket.assignment.team
    if not ctx.get("reason") and not named:
        raise Refused("reason_needed")
    ended: list[Effect] = [Stamp("voided_at", ctx.now, ctx.get("reason") or "named"), Void(Clock.ACCEPT, ctx.now)]
    going_on = _going_on(ctx) if ctx.ticket.state is State.SUSPENDED else []
    return None, [*ended, *going_on, *_send(ctx)]


def _send(ctx: Context) -> list[Effect]:
    to = ctx.get("to")
    team = None if to in ctx.staff.people else dispatching.team_of(to)
    if team is not None:
        _team_may_go(ctx, team)
        to = team.value
    else:
        _person_may_go(ctx, to)
    said = {"who": name_of(ctx.staff, to), "when": ctx.ticket.appointment_start or ""}
    return [
        *_to_firm(ctx, to),
        Assign(to, ctx.now, ctx.act.by, team is not None, bool(ctx.get("override")), ctx.get("reason") or ""),
        Save("F03", {"dispatched_at": ctx.now, "dispatcher_id": ctx.act.by, "handler_ids": [to],
                     "override": bool(ctx.get("override")), "reason": ctx.get("reason")}),
        Happened(Moment.DISPATCHED, ctx.now),
        Tell("assigned", (Role.HANDLER,), said=said),
        Tell("dispatched", (Role.CUSTOMER,), said=said),
    ]


def _to_firm(ctx: Context, to: str) -> list[Effect]:
    """An outside firm is sent with a warranty order (F26)."""
    person = ctx.staff.people.get(to)
    if ctx.ticket.type not in (TicketType.WARRANTY_REPAIR, TicketType.LEGACY_ISSUE) or person is None or Role.CONTRACTOR not in person.roles:
        return []
    return [Save("F26", {"firm": to, "contact_person": ctx.get("contact_person"), "phone": person.phone, "told_at": ctx.now,
                         "told_via": ctx.get("told_via"), "basis": ctx.ticket.details.get("warranty_basis"),
                         "visit_at": ctx.ticket.appointment_start})]


def _team_may_go(ctx: Context, team: Trade) -> None:
    """A trade team may be sent first only for an appointment at least half an hour ahead (4.2)."""
    start = ctx.ticket.appointment_start
    if start is None or start - ctx.now < ctx.policy.team_ahead:
        raise Refused("team_too_soon", ahead=f"{ctx.policy.team_ahead // timedelta(minutes=1)} min")
    if team not in dispatching.trades_for(ctx.policy, ctx.ticket):
        raise Refused("wrong_trade", person=team, trades=dispatching.trades_for(ctx.policy, ctx.ticket))


def _person_may_go(ctx: Context, to: str) -> None:
    person = ctx.person(to)
    if person.user == ctx.ticket.owner:
        raise Refused("owner_is_handler", person=person.name)
    unfit = dispatching.unfit(ctx.policy, ctx.staff, ctx.ticket, person, ctx.now)
    if unfit and not (ctx.get("override") and ctx.above_desk and unfit != "accused"):
        raise Refused(unfit, person=person.name, trades=dispatching.trades_for(ctx.policy, ctx.ticket),
                      certificate=dispatching.certificate_needed(ctx.policy, ctx.ticket, person) or "")


def offer_all(ctx: Context) -> Outcome:
    """Everybody qualified on duty may take the job; the first to accept has it (3.4-3)."""
    return None, [Set({"offered_at": ctx.now}), Tell("offered", (Role.QUALIFIED,))]


def accept(ctx: Context) -> Outcome:
    """The handler takes the job; an offered job goes to the first qualified person who takes it (T04)."""
    if ctx.ticket.state in (State.NEW, State.REWORK):
        return None, _grab(ctx)
    if ctx.complaint or ctx.ticket.type is TicketType.SUGGESTION:
        return None, [Save("F05", {"signed_by": ctx.act.by, "signed_at": ctx.now})]
    effects: list[Effect] = [Stamp("accepted_at", ctx.now)]
    job = ctx.ticket.assignment
    if job is not None and job.team and ctx.act.by in ctx.staff.people and Role.DISPATCHER not in ctx.roles:
        effects.append(Save("F03", {"team_accepted_by": ctx.act.by}))
    return None, effects


def _grab(ctx: Context) -> list[Effect]:
    """Whoever is qualified and first has an offered job; a child of a mass incident is never anybody's own."""
    if ctx.ticket.incident:
        raise Refused("child_of_incident", number=ctx.ticket.incident)
    if not ctx.ticket.details.get("offered_at"):
        raise Refused("offer_needed")
    if ctx.act.by == ctx.ticket.owner:
        raise Refused("owner_is_handler", person=name_of(ctx.staff, ctx.act.by))
    if ctx.ticket.type is TicketType.SPECIAL_SERVICE and not ctx.ticket.details.get("quote_accepted_at"):
        raise Refused("quote_not_accepted")
    said = {"who": name_of(ctx.staff, ctx.act.by), "when": ctx.ticket.appointment_start or ""}
    running = ctx.ticket.running(Clock.DISPATCH)
    kept: list[Effect] = [Keep(Clock.DISPATCH, ctx.now), EndEscalations(Clock.DISPATCH, "acted")] if running else []
    return [Assign(ctx.act.by, ctx.now, ctx.act.by, reason="grabbed"), Stamp("accepted_at", ctx.now), *kept,
            Save("F03", {"dispatched_at": ctx.now, "dispatcher_id": ctx.act.by, "handler_ids": [ctx.act.by], "grabbed": True}),
            Tell("dispatched", (Role.CUSTOMER,), said=said)]


def reject(ctx: Context) -> Outcome:
    """A rejected dispatch is void: the three minutes count on as if they had never stopped (T03)."""
    return _voided(ctx, ctx.get("reason"))


def void_dispatch(ctx: Context) -> Outcome:
    """Not accepted in time: the same as a rejection (T03)."""
    return _voided(ctx, ctx.get("reason") or "timeout")


def _voided(ctx: Context, reason: str) -> Outcome:
    """Until somebody has accepted, the clock runs on from its start; once the result is final, a new three minutes begin (T04)."""
    back = State.REWORK if ctx.ticket.cycle > 1 else State.NEW
    final = any(a.accepted_at for a in ctx.ticket.assignments if a.cycle == ctx.ticket.cycle)
    newest = ctx.ticket.promise(Clock.DISPATCH)
    kept: list[Effect] = [Reopen(Clock.DISPATCH)] if newest is not None and newest.excused_at is None and newest.voided_at is None else []
    again: list[Effect] = _dispatch_again(ctx) if final else kept
    return back, [Stamp("voided_at", ctx.now, reason), Void(Clock.ACCEPT, ctx.now), *again,
                  Tell("voided", (Role.DISPATCHER,), said={"who": ctx.handler_name, "reason": reason})]


def agree_appointment(ctx: Context) -> Outcome:
    """A time agreed with the customer; a single time means a window of fifteen minutes (C08)."""
    start, end = ctx.get("appointment_start"), ctx.get("appointment_end")
    if start <= ctx.now:
        raise Refused("appointment_in_the_past", when=start)
    return None, [Save("F20", {"appointment_start": start, "appointment_end": end, "reason": ctx.get("reason")}),
                  *appointment(start, end), Tell("appointment", (Role.CUSTOMER,), said={"when": start})]


def appointment(start: datetime, end: datetime | None) -> list[Effect]:
    """The effects of an agreed window."""
    if end is not None and end < start:
        raise Refused("appointment_backwards")
    return [Set({"appointment_start": start, "appointment_end": end}), Happened(Moment.APPOINTMENT, start, due_at=end)]


def pre_visit_call(ctx: Context) -> Outcome:
    """The handler telephones before coming (R077)."""
    return None, [Save("F03", {"pre_visit_call_at": ctx.now, "note": ctx.get("note")})]


def depart(ctx: Context) -> Outcome:
    return None, [Stamp("departed_at", ctx.now), Tell("arriving", (Role.CUSTOMER,), said={"who": ctx.handler_name})]


def arrive(ctx: Context) -> Outcome:
    """Arrival is recorded after acceptance, with what proves it where something does (T06, 20)."""
    if ctx.complaint:
        return None, [Save("F05", {"site_verified": True, "verified_by": ctx.act.by})]
    site = ctx.ticket.details.get("site") or arriving.Site()
    proof, effects = arriving.check(ctx.act, site, ctx.ticket.cycle, ctx.ticket.details.get("code_tries"))
    return None, [Stamp("arrived_at", ctx.now), Save("F03", {"arrived_at": ctx.now, "by": ctx.act.by, **proof}), *effects]


def no_access(ctx: Context) -> Outcome:
    """Nobody home: the visit is recorded, a note left, a new time agreed; the arrival promise is met by having been there (T07, F20)."""
    again = ctx.get("new_appointment_start")
    if again is not None and again <= ctx.now:
        raise Refused("appointment_in_the_past", when=again)
    effects: list[Effect] = [
        Save("F20", {"visited_at": ctx.now, "note_left": ctx.get("note_left"), "pre_visit_call": ctx.get("pre_visit_call"),
                     "visitors": ctx.get("visitors"), "knocks": ctx.get("knocks"), "waited": ctx.get("waited"), "by": ctx.act.by,
                     "new_appointment_start": again}),
        Stamp("arrived_at", ctx.now)]
    for clock in (Clock.ARRIVE_APPT, Clock.ARRIVE_URGENT):
        if ctx.ticket.running(clock):
            effects.append(Keep(clock, ctx.now))
    effects += _suspended(ctx, SuspendReason.NO_ACCESS, _before(ctx, again))
    if again is not None:
        effects += appointment(again, None)
    return None, effects


def _before(ctx: Context, again: datetime | None) -> datetime:
    """A visit that found nobody waits until an hour before the next one, so that coming a little early is no obstacle."""
    if again is None:
        return ctx.now + timedelta(hours=24)
    return max(again - timedelta(hours=1), ctx.now + timedelta(minutes=1))


def ask_suspend(ctx: Context) -> Outcome:
    """The handler cannot go on and asks; whoever answers for the ticket and whoever may decide hear of it (T08)."""
    if ctx.ticket.details.get("suspend_asked"):
        raise Refused("already_asked")
    if ctx.get("until") is not None and ctx.get("until") <= ctx.now:
        raise Refused("until_in_the_past")
    asked = {"by": ctx.act.by, "at": ctx.now, "reason": ctx.get("reason"), "until": ctx.get("until"), "note": ctx.get("note")}
    said = {"who": name_of(ctx.staff, ctx.act.by), "reason": SuspendReason(ctx.get("reason")), "text": ctx.get("note") or ""}
    return None, [Save("F20", {"asked": ctx.get("reason"), "until": ctx.get("until"), "told_customer": ctx.get("told_customer"),
                               "note": ctx.get("note")}),
                  Set({"suspend_asked": asked}), Happened(Moment.SUSPEND_ASKED, ctx.now),
                  Tell("suspend_asked", (Role.OWNER, Role.LEAD, Role.DISPATCHER), said=said)]


def decline_suspend(ctx: Context) -> Outcome:
    """Not now, and why: whoever asked goes on."""
    if not ctx.ticket.details.get("suspend_asked"):
        raise Refused("not_asked")
    return None, [Save("F20", {"declined_by": ctx.act.by, "reason": ctx.get("reason")}), *suspension_answered(ctx, Action.DECLINE_SUSPEND)]


def suspension_answered(ctx: Context, answer: Action) -> list[Effect]:
    """Whoever asked for a suspension hears the answer, once."""
    asked = ctx.ticket.details.get("suspend_asked")
    if not asked:
        return []
    said = {"who": name_of(ctx.staff, ctx.act.by), "text": answer, "reason": ctx.get("reason") if answer is Action.DECLINE_SUSPEND else ""}
    return [Set({"suspend_asked": None}), Tell("suspend_answered", people=(asked["by"],), said=said)]


def suspend(ctx: Context) -> Outcome:
    """Waiting has a reason and an end; only the customer's own reasons stop the promise (T08)."""
    if ctx.get("until") <= ctx.now:
        raise Refused("until_in_the_past")
    effects = [Save("F20", {"suspended": ctx.get("reason"), "until": ctx.get("until"), "told_customer": ctx.get("told_customer"),
                            "note": ctx.get("note")}),
               *suspension_answered(ctx, Action.SUSPEND), *_suspended(ctx, SuspendReason(ctx.get("reason")), ctx.get("until"))]
    if ctx.ticket.suspensions + 1 >= ctx.policy.escalation.suspensions:
        effects.append(Escalate(2, Trigger.SUSPENSIONS, "suspensions"))
    return None, effects


def _suspended(ctx: Context, reason: SuspendReason, until: datetime) -> list[Effect]:
    pauses: list[Effect] = []
    for promise in ctx.ticket.promises:
        rule = ctx.policy.promise(promise.key, ctx.ticket.type)
        if promise.running and promise.paused_at is None and rule and reason in rule.pauses and ctx.now <= promise.due_at:
            pauses.append(Pause(promise.key, ctx.now))
    return [Set({"suspended_from": ctx.ticket.state, "suspend_reason": reason, "suspensions": ctx.ticket.suspensions + 1}),
            *pauses, Happened(Moment.SUSPENDED, ctx.now, due_at=until)]


def resume(ctx: Context) -> Outcome:
    """Work goes on where it stood; paused promises run on, later by the length of the pause (T09)."""
    back = ctx.ticket.suspended_from or State.ACCEPTED
    if ctx.ticket.suspend_reason == SuspendReason.NO_ACCESS or ctx.ticket.running(Clock.ARRIVE_APPT):
        back = State.ACCEPTED  # somebody has to come again, and is expected at the agreed time
    return back, [*_going_on(ctx), Tell("resumed", (Role.HANDLER,))]


def _going_on(ctx: Context) -> list[Effect]:
    """What was paused runs on, the promised time later by the length of the pause."""
    paused = [p for p in ctx.ticket.promises if p.running and p.paused_at is not None]
    moved = [Set({"promise_at": ctx.ticket.promise_at + (ctx.now - p.paused_at)}) for p in paused
             if p.key is Clock.COMPLETION and p.paused_at is not None and ctx.ticket.promise_at is not None]
    return [*(Resume(p.key, ctx.now) for p in paused), *moved, Set({"suspended_from": None, "suspend_reason": None})]


def make_safe(ctx: Context) -> Outcome:
    """The danger is over, the repair may follow (C07)."""
    return None, [Save("F03", {"made_safe_at": ctx.now, "note": ctx.get("note")}), Set({"made_safe_at": ctx.now})]


def complete(ctx: Context) -> Outcome:
    """Finished: explained to the customer, signed where it must be, not dearer than agreed; the first responder hears of it (T10)."""
    if ctx.get("result_explained") is not True:
        raise Refused("not_explained")
    if ctx.ticket.type in ctx.policy.signature and not ctx.get("signature"):
        raise Refused("no_signature")
    _within_quote(ctx)
    who = ctx.ticket.assignee or ctx.act.by
    duty = ctx.staff.duty.get(who)
    fields = {k: v for k, v in ctx.act.fields.items() if v is not None}
    said = {"who": name_of(ctx.staff, who), "text": ctx.get("result")}
    return None, [
        Save("F03", {**fields, "materials": materials.rows(ctx.get("materials")), "chargeable": _charged(ctx), "completed_at": ctx.now,
                     "by": ctx.act.by}),
        Stamp("completed_at", ctx.now),
        *([Save("F26", {"declared_at": ctx.now, "statement": ctx.get("result")})] if ctx.ticket.records("F26") else []),
        Set({"signed": bool(ctx.get("signature")), "completed_at": ctx.now, "completed_by": who}),
        Happened(Moment.COMPLETED, ctx.now, due_at=duty.until if duty and duty.until and duty.until > ctx.now else None),
        Tell("completed", (Role.FIRST_RESPONDER, Role.OWNER), said=said),
        Tell("finished", (Role.CUSTOMER,), said=said),
        *([ForChildren(Action.RESTORE, {"note": ctx.get("result")})] if ctx.ticket.details.get("incident") else [])]


def _charged(ctx: Context) -> bool:
    """Whether the customer pays: as said, else because there is something to pay (F03)."""
    if ctx.get("chargeable") is not None:
        return bool(ctx.get("chargeable"))
    return ctx.ticket.type is TicketType.SPECIAL_SERVICE or bool(ctx.get("final_amount") or ctx.get("labour_fee"))


def _within_quote(ctx: Context) -> None:
    """More than the accepted quote needs the customer's consent (scenario 25)."""
    quoted, final = ctx.ticket.details.get("quoted_amount"), ctx.get("final_amount")
    if quoted is not None and final is not None and final > quoted and not ctx.get("customer_consent"):
        raise Refused("over_quote", amount=final, quoted=quoted)


def return_slip(ctx: Context) -> Outcome:
    """The slip comes back and is entered; then it is decided who is called (T13)."""
    signed = ctx.ticket.signed or bool(ctx.get("signature"))
    if ctx.get("reviewed_by"):
        ctx.person(ctx.get("reviewed_by"))
    return None, [Save("F03", {"slip_returned_at": ctx.now, "slip_returned_by": ctx.act.by, "note": ctx.get("note"),
                               "reviewed_by": ctx.get("reviewed_by"), "signature": ctx.get("signature")}),
                  Set({"signed": signed})]


def verify(ctx: Context) -> Outcome:
    """Engineering accepts the contractor's work, never the doer; a rejection goes back to the contractor (T12)."""
    if ctx.act.by in dispatching.doers(ctx.staff, ctx.ticket):
        raise Refused("own_work")
    saved: list[Effect] = [Save("F26", {"verified_by": ctx.act.by, "verified_at": ctx.now, "passed": ctx.get("passed"), "note": ctx.get("note")})]
    return (None if ctx.get("passed") else State.REWORK), saved


GUARDS: dict[Action, Guard] = {
    Action.DISPATCH: dispatch, Action.REASSIGN: reassign, Action.OFFER_ALL: offer_all, Action.ACCEPT: accept,
    Action.REJECT: reject, Action.VOID_DISPATCH: void_dispatch, Action.AGREE_APPOINTMENT: agree_appointment,
    Action.PRE_VISIT_CALL: pre_visit_call, Action.DEPART: depart, Action.ARRIVE: arrive, Action.NO_ACCESS: no_access,
    Action.ASK_SUSPEND: ask_suspend, Action.DECLINE_SUSPEND: decline_suspend,
    Action.SUSPEND: suspend, Action.RESUME: resume, Action.MAKE_SAFE: make_safe, Action.COMPLETE: complete,
    Action.RETURN_SLIP: return_slip, Action.VERIFY: verify, Action.PREEMPT: preempt,
}
