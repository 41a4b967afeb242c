"""`decide`: whether an act on a ticket is allowed, and everything it changes. One guard a rule; numbers are the policy's."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from callcenter.domain import forms, promises, reaching
from callcenter.domain.policy import Policy, PromiseRule
from callcenter.domain.rules import answers, desk, field, follow_up, incidents, pledges, waiting
from callcenter.domain.rules.common import DONE, Context, Guard
from callcenter.domain.ticket import (
    Acknowledge,
    Act,
    Decision,
    Effect,
    EndEscalations,
    Happened,
    Keep,
    Move,
    Promise,
    Refused,
    Save,
    Set,
    Staff,
    Start,
    Ticket,
    Void,
)
from callcenter.domain.vocabulary import (
    ENDED,
    LEVEL_OF,
    Action,
    Clock,
    Moment,
    Role,
    State,
)

GUARDS: dict[Action, Guard] = {**field.GUARDS, **pledges.GUARDS, **follow_up.GUARDS, **answers.GUARDS, **desk.GUARDS, **incidents.GUARDS}

#: the job goes back to the dispatcher; that is no new cycle, its promises run on
SENT_BACK = frozenset({Action.REJECT, Action.VOID_DISPATCH, Action.PREEMPT})


def decide(policy: Policy, staff: Staff, ticket: Ticket, act: Act, now: datetime, other: Ticket | None = None) -> Decision:
    """
    Answer what *act* changes on *ticket* at *now*; *other* is the second ticket of a merge.

    Raises:
        Refused: the flow, the roles, the form or a rule does not allow it.
    """
    step = policy.flows[ticket.type].next(ticket.state, act.action)
    if step is None:
        raise Refused("not_next", number=ticket.number, state=ticket.state, action=act.action)
    roles = reaching.roles_on(policy, staff, ticket, act, now)
    if not step.who & roles:
        raise not_allowed(staff, ticket, act, step.who)
    forms.check(act.action, act.fields)
    ctx = Context(policy, staff, ticket, act, now, roles, other)
    state, effects = GUARDS[act.action](ctx)
    after = state or step.after or ticket.state
    effects = [*effects, *_entering(ctx, after), *_overtaken(ctx, after)]
    effects = [*_kept(ctx, effects), *_taken_up(ctx), *effects, *_ended(ctx, after, effects)]
    return Decision(after, tuple(with_promises(policy, ticket, effects)))


def not_allowed(staff: Staff, ticket: Ticket, act: Act, who: frozenset[Role]) -> Refused:
    """Why this person may not: another compound, or another role."""
    person = staff.people.get(act.by)
    if person is not None and not person.covers(ticket.compound) and who & person.roles:
        return Refused("out_of_scope", number=ticket.number)
    return Refused("not_allowed", action=act.action, who=sorted(who - {Role.SYSTEM}))


def _kept(ctx: Context, effects: Iterable[Effect]) -> list[Effect]:
    """Every running promise that this act fulfils is kept, in time or late; its escalations are settled."""
    handled = {e.key for e in effects if isinstance(e, Keep)}
    kept: list[Effect] = []
    for promise in ctx.ticket.promises:
        rule = ctx.policy.promise(promise.key, ctx.ticket.type)
        if promise.running and rule and ctx.act.action.value in rule.until and promise.key not in handled:
            kept += [Keep(promise.key, ctx.now, promise.about), EndEscalations(promise.key, "acted")]
    return kept


def _taken_up(ctx: Context) -> list[Effect]:
    """Whoever acts on a ticket has taken up the escalations of their level and below: nobody climbs past a person who acts (E3)."""
    if ctx.act.action is Action.ACKNOWLEDGE or ctx.act.by not in ctx.staff.people:
        return []
    own = max((LEVEL_OF.get(r, 0) for r in ctx.roles), default=0)
    taken = [e for e in ctx.ticket.escalations if e.acknowledged_at is None and e.level <= own]
    return [effect for e in taken for effect in (Keep(Clock.ESCALATION_ACK, ctx.now, str(e.id)), Acknowledge(e.id, ctx.act.by, ctx.act.action))]


def _entering(ctx: Context, after: State) -> list[Effect]:
    """What comes with a state: rework opens a new cycle, the wait for a follow-up call decides who is called."""
    if after == ctx.ticket.state and ctx.act.action is not Action.ADD_CONTACT:
        return []
    if after is State.REWORK:
        return [] if ctx.act.action in SENT_BACK else [*new_cycle(ctx), *waiting.begins(ctx, state=after, cycle=ctx.ticket.cycle + 1)]
    if after is State.CALLBACK_DUE:
        return follow_up.entering(ctx)
    return []


def _overtaken(ctx: Context, after: State) -> list[Effect]:
    """What the work has overtaken: a request to suspend when the job leaves its handler's hands, a mid-term call when it is done."""
    effects: list[Effect] = []
    if after not in (State.ACCEPTED, State.ON_SITE) and ctx.ticket.details.get("suspend_asked") and ctx.act.action is not Action.SUSPEND:
        effects.append(Set({"suspend_asked": None}))
    if after in DONE:
        effects += [Void(p.key, ctx.now, p.about) for p in ctx.ticket.promises if p.running and p.key is Clock.MIDTERM_CALL]
    return effects


def new_cycle(ctx: Context) -> list[Effect]:
    """Rework opens new instances of the promises counted per cycle; the others and the counters stay with the matter (4.1-6)."""
    ticket = ctx.ticket
    effects: list[Effect] = [Set({
        "cycle": ticket.cycle + 1, "cycle_started_at": ctx.now, "callback_needed": None, "signed": False, "attempts": 0,
        "closed_at": None, "evidence": None, "offered_at": None, "completed_at": None, "completed_by": None, "suspended_from": None})]
    anew = {Moment.RECEIVED, Moment.REGISTERED, Moment.REGISTERED_OR_CALL_ENDED, Moment.QUOTE_ACCEPTED}
    for rule in ctx.policy.promises_for(ticket.type, ticket.channel):
        if rule.per == "cycle":
            effects += [Void(p.key, ctx.now, p.about) for p in ticket.promises if p.key == rule.key and p.running]
            if rule.start in anew:
                due = promises.due_time(ctx.policy, rule, ctx.now)
                effects.append(Start(rule.key, ctx.now, due))
                if rule.key is Clock.COMPLETION:
                    effects.append(Set({"promise_at": due}))
    return effects


def _ended(ctx: Context, after: State, effects: list[Effect]) -> list[Effect]:
    """When a ticket ends, what still runs on it no longer applies, and its escalations are over (E13)."""
    if after not in ENDED or ctx.ticket.state in ENDED:
        return []
    kept = {(e.key, e.about) for e in effects if isinstance(e, Keep)}
    ended: list[Effect] = [Set({"closed_at": ctx.now})]
    ended += [Void(p.key, ctx.now, p.about) for p in ctx.ticket.promises
              if p.running and (p.key, p.about) not in kept and (p.key, None) not in kept
              and not (ctx.policy.promise(p.key, ctx.ticket.type) and ctx.act.action.value in _until(ctx, p))]
    category = ctx.policy.categories.get(ctx.ticket.category or "")
    if after is State.CLOSED and category is not None and category.second_call and ctx.ticket.has_customer:
        ended.append(Happened(Moment.CLOSED_LEAK, ctx.now))
    if ctx.complaint and after in (State.CLOSED, State.CLOSED_UNSATISFIED):
        ended.append(Save("F05", {"archive_no": f"{ctx.ticket.number}-{ctx.ticket.cycle}", "archived_by": ctx.act.by, "archived_at": ctx.now}))
    return [*ended, EndEscalations(None, after.value)]


def _until(ctx: Context, promise: Promise) -> frozenset[str]:
    rule = ctx.policy.promise(promise.key, ctx.ticket.type)
    return rule.until if rule else frozenset()


def with_promises(policy: Policy, ticket: Ticket, effects: Iterable[Effect]) -> Iterator[Effect]:
    """The effects, with the promises that begin at the moments among them."""
    over: set[Clock] = set()
    for effect in effects:
        yield effect
        if isinstance(effect, (Keep, Void)):
            over.add(effect.key)
        if isinstance(effect, Happened):
            yield from starting(policy, ticket, effect, frozenset(over))


def starting(policy: Policy, ticket: Ticket, moment: Happened, over: frozenset[Clock] = frozenset()) -> Iterator[Effect]:
    """The promises that count from *moment* for this ticket; those in *over* have just ended by the same act."""
    for rule in policy.promises_for(ticket.type, ticket.channel):
        if rule.start is moment.moment:
            yield from _start(policy, ticket, rule, moment, rule.key in over)


def _start(policy: Policy, ticket: Ticket, rule: PromiseRule, moment: Happened, over: bool) -> Iterator[Effect]:
    due = promises.due_time(policy, rule, moment.at, moment.due_at)
    if ticket.channel in rule.within_for:
        due = moment.at + rule.within_for[ticket.channel]
    if rule.start is Moment.APPOINTMENT:
        due = moment.due_at or moment.at + rule.within
    if rule.start is Moment.AT_RISK:
        due = moment.due_at or due
    if rule.by_shift_end and moment.due_at is not None:
        due = min(due, moment.due_at)
    running = None if over else next((p for p in ticket.promises if p.key == rule.key and p.running), None)
    if rule.per == "matter" and ticket.promise(rule.key) is not None:
        return
    if running is not None and rule.start is Moment.APPOINTMENT:
        yield Move(rule.key, due)
    elif rule.per != "cycle" or running is None:
        yield Start(rule.key, moment.at, due, moment.about)


def fresh(ticket: Ticket, **values: object) -> Ticket:
    """The same ticket with other values; for tests and previews."""
    return replace(ticket, **values)  # type: ignore[arg-type]  # dataclasses.replace is untyped for unpacked values


__all__ = ["GUARDS", "decide", "fresh", "new_cycle", "not_allowed", "starting", "with_promises"]
