"""Promise arithmetic: when a promise falls due, when each rung of its ladder speaks, and what it says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain import days
from callcenter.domain.policy import Policy, PromiseRule, Rung
from callcenter.domain.ticket import Break, Effect, Escalate, Firing, Happened, Promise, Tell, Then, Ticket, Void
from callcenter.domain.vocabulary import URGENT, Action, Anchor, Clock, Condition, Deed, Moment, Role, Trigger

#: an escalation taken up within minutes; on an urgent ticket sooner still
MINUTES = timedelta(minutes=15)
#: what is not a matter of minutes may wait this long for somebody to take it up
HOURS = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Due:
    """When a rung speaks. `repeat` counts how often the ladder's last rung has been said again."""

    at: datetime
    rung: int
    repeat: int = 0


def due_time(policy: Policy, rule: PromiseRule, started_at: datetime, promised_at: datetime | None = None) -> datetime:
    """When the promise falls due: the time agreed with the customer, else the rule's length; moved into a calling window (CB6)."""
    due = promised_at if rule.promised and promised_at is not None else started_at + rule.within
    return days.next_window(policy.follow_up, due) if rule.windows else due


def schedule(rule: PromiseRule, promise: Promise, window_start: datetime | None, armed_from: datetime) -> list[Due]:
    """The rungs that will speak, in order; those before *armed_from* never do (a shorter promise has fewer reminders)."""
    times = ((_anchor(rung, promise, window_start) + rung.at, n) for n, rung in enumerate(rule.ladder.rungs))
    return [Due(at, n) for at, n in sorted(times) if at >= armed_from]


def _anchor(rung: Rung, promise: Promise, window_start: datetime | None) -> datetime:
    if rung.anchor is Anchor.START:
        return promise.started_at
    if rung.anchor is Anchor.WINDOW_START:
        return window_start or promise.due_at
    if rung.anchor is Anchor.DAY_END:
        return max(days.day_end(promise.started_at), promise.due_at - timedelta(days=1))
    return promise.due_at


def next_due(policy: Policy, rule: PromiseRule, promise: Promise, window_start: datetime | None,
             armed_from: datetime, step: int) -> Due:
    """What speaks as number *step* (0 …). After the last rung it is said again and again until a person acts."""
    plan = schedule(rule, promise, window_start, armed_from)
    if step < len(plan):
        return plan[step]
    every = policy.escalation.repeat_top if rule.key is Clock.ESCALATION_ACK else policy.escalation.repeat
    last = plan[-1] if plan else Due(max(armed_from, promise.due_at), len(rule.ladder.rungs) - 1)
    repeat = step - len(plan) + 1
    return Due(last.at + repeat * every, last.rung, repeat)


def acknowledge_within(policy: Policy, ticket: Ticket, rule: PromiseRule | None) -> timedelta:
    """How soon somebody must take an escalation up (C21)."""
    usual = rule.ladder.acknowledge if rule else HOURS
    return policy.escalation.acknowledge_urgent if ticket.type in URGENT and usual <= MINUTES else usual


def fire(policy: Policy, rule: PromiseRule, ticket: Ticket, promise: Promise, due: Due) -> Firing:
    """What happens on the ticket when a rung's time has come. Never asks whether the job ran late: the row decides."""
    rung = rule.ladder.rungs[due.rung]
    if quiet := _quiet(rung, ticket):
        return Firing((), quiet)
    late = due.at >= promise.due_at
    effects: list[Effect] = []
    if late and promise.broken_at is None:
        effects.append(Break(promise.key, promise.about, promise.due_at))
    said = {"clock": rule.key.value, "due": promise.due_at}
    notice = "breach" if late else "warning"
    roles = rung.tell or (policy.escalation.roles(rung.level) if rung.level else ())
    if due.repeat:
        return Firing((*effects, *_again(policy, rule, ticket, promise, rung, roles)), deed=None)
    if rung.level:
        effects.append(Escalate(rung.level, Trigger.CLOCK, rule.key.value, rule.key, roles,
                                acknowledge=acknowledge_within(policy, ticket, rule)))
    elif roles:
        effects.append(Tell(notice, roles, said=said))
    effects.extend(_deed(policy, rule, ticket, promise, rung))
    return Firing(tuple(effects), deed=rung.do)


def _quiet(rung: Rung, ticket: Ticket) -> str:
    """Why the rung has nothing to say, or ""."""
    job = ticket.assignment
    if rung.only and ticket.type not in rung.only:
        return "not_for_this_type"
    if rung.when is Condition.NOT_ACCEPTED and job is not None and job.accepted_at is not None:
        return "accepted"
    if rung.when is Condition.NO_TECHNICIAN and job is not None and not job.team:
        return "technician_named"
    if rung.when is Condition.NOT_DEPARTED and job is not None and (job.departed_at or job.arrived_at):
        return "departed"
    return ""


def _again(policy: Policy, rule: PromiseRule, ticket: Ticket, promise: Promise, rung: Rung, roles: tuple[Role, ...]) -> list[Effect]:
    """The last rung said once more, because nobody has acted."""
    if rung.do is Deed.CLIMB:
        level = escalated_level(ticket, promise)
        roles = policy.escalation.roles(level)
    elif rung.do is Deed.ROUND_LEVEL:
        roles = policy.escalation.roles(round_level(policy, ticket))
    return [Tell("breach", roles, said={"clock": rule.key.value, "due": promise.due_at})]


def _deed(policy: Policy, rule: PromiseRule, ticket: Ticket, promise: Promise, rung: Rung) -> list[Effect]:
    """What the rung does besides telling; acts go through the same `decide` as anybody's."""
    match rung.do:
        case Deed.OFFER_ALL:
            return [Then(Action.OFFER_ALL)]
        case Deed.VOID_DISPATCH:
            return [Then(Action.VOID_DISPATCH, {"reason": "timeout"})]
        case Deed.RESUME:
            return [Then(Action.RESUME, {"reason": "until"})]
        case Deed.START_POSTPONE_NOTICE:
            return [Happened(Moment.AT_RISK, promise.due_at - timedelta(hours=4), due_at=promise.due_at)]
        case Deed.SUPERVISE:
            return [Then(Action.SUPERVISE, {"reason": f"clock:{rule.key.value}"})]
        case Deed.CLOSE_UNREACHABLE:
            return [Then(Action.CLOSE_UNREACHABLE)] if promise.about == "wait" else []
        case Deed.START_RECONTACT:
            return [Happened(Moment.NOTICE_ANSWERED, promise.due_at)]
        case Deed.ROUND_LEVEL:
            return [Escalate(round_level(policy, ticket), Trigger.CLOCK, rule.key.value, rule.key,
                             acknowledge=acknowledge_within(policy, ticket, rule))]
        case Deed.CLIMB:
            return climb(policy, ticket, promise, promise.due_at)
        case Deed.DRAW_FOLLOW_UP:
            return [Then(Action.DRAW_FOLLOW_UP, {"reason": rule.key.value})]
    return []


def round_level(policy: Policy, ticket: Ticket) -> int:
    """Dissatisfied rounds 1, 2, 3 stand on L2, L3, L4 (E9)."""
    return min(max(ticket.matter.dissatisfied_rounds, 1) + 1, 4, policy.escalation.top)


def escalated_level(ticket: Ticket, promise: Promise) -> int:
    """The level of the escalation an acknowledgement promise is about."""
    return next((e.level for e in ticket.escalations if str(e.id) == promise.about), 1)


def climb(policy: Policy, ticket: Ticket, promise: Promise, at: datetime, why: Trigger = Trigger.UNACKNOWLEDGED,
          highest: int | None = None) -> list[Effect]:
    """
    Nobody took the escalation up: it goes one level higher; on the top it stays and is said again (E3).

    Args:
        at: from when on its acknowledgement is no longer waited for.
        highest: how high it may go; without it as high as the system climbs by itself.
    """
    level, top = escalated_level(ticket, promise), highest or policy.escalation.climb_to
    if level >= top and any(
            e.level >= level and e.acknowledged_at is None and e.id < int(promise.about) for e in ticket.escalations):
        return [Void(promise.key, at, promise.about)]  # an older one on the top is said again for the whole ticket
    if level >= top:
        return [Tell("breach", policy.escalation.roles(level),
                     said={"clock": promise.key.value, "due": promise.due_at})]
    if any(e.level > level and e.acknowledged_at is None for e in ticket.escalations):
        return [Void(promise.key, at, promise.about)]
    escalation = next((e for e in ticket.escalations if str(e.id) == promise.about), None)
    return [Void(promise.key, at, promise.about),
            Escalate(level + 1, why, why.value, escalation.promise if escalation else None,
                     notice="climbed", acknowledge=promise.due_at - promise.started_at)]
