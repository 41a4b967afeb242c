"""What a job sets off by itself the moment it waits for dispatching: sent where nobody need decide, the supervisor where nobody can go (3.4, E10)."""

from dataclasses import replace
from datetime import datetime

from callcenter.domain import dispatching, promises
from callcenter.domain.policy import Policy
from callcenter.domain.rules.common import Context
from callcenter.domain.ticket import Effect, Escalate, Staff, Then, Ticket
from callcenter.domain.vocabulary import Action, Clock, DispatchMode, Moment, State, Trigger


def waits(policy: Policy, ticket: Ticket) -> bool:
    """Whether somebody is to be sent: not with a mass incident, whose own work order does it, nor before a price is agreed."""
    rule = policy.promise(Clock.DISPATCH, ticket.type)
    if rule is None or ticket.incident:
        return False
    return rule.start is not Moment.QUOTE_ACCEPTED or bool(ticket.details.get("quote_accepted_at"))


def sent_at_once(policy: Policy, staff: Staff, ticket: Ticket, now: datetime) -> list[Effect]:
    """What needs no dispatcher: categories offered to all or sent in turn, and everything while nobody dispatches (3.4-3)."""
    if not waits(policy, ticket):
        return []
    category = policy.categories.get(ticket.category or "")
    mode = category.mode if category else DispatchMode.ASSIGN
    if mode is DispatchMode.OFFER:
        return [Then(Action.OFFER_ALL)]
    to = dispatching.automatic(policy, staff, ticket, mode, now)
    return [Then(Action.DISPATCH, {"to": to, "reason": mode})] if to else []


def nobody_can_go(policy: Policy, staff: Staff, ticket: Ticket, now: datetime) -> list[Effect]:
    """Nobody qualified on duty: the supervisor hears of it at once, and once (E10)."""
    known = any(e.trigger is Trigger.NOBODY_QUALIFIED for e in ticket.escalations)
    if known or not waits(policy, ticket) or dispatching.candidates(policy, staff, ticket, now):
        return []
    within = promises.acknowledge_within(policy, ticket, policy.promise(Clock.DISPATCH, ticket.type))
    return [Escalate(2, Trigger.NOBODY_QUALIFIED, Trigger.NOBODY_QUALIFIED, acknowledge=within)]


def begins(ctx: Context, **changed: object) -> list[Effect]:
    """The ticket, with what this act has *changed* on it, waits from now on."""
    ticket = replace(ctx.ticket, **changed)  # type: ignore[arg-type]  # dataclasses.replace is untyped for unpacked values
    if ticket.state not in (State.NEW, State.REWORK):
        return []
    return [*nobody_can_go(ctx.policy, ctx.staff, ticket, ctx.now), *sent_at_once(ctx.policy, ctx.staff, ticket, ctx.now)]
