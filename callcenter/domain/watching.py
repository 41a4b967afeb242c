"""Whether some promise runs in every open state, however a ticket came there; worked out from the policy alone."""

from collections.abc import Iterator

from callcenter.domain.policy import Policy, PromiseRule, Step
from callcenter.domain.vocabulary import COMPLAINTS, OPEN, Action, Clock, Moment, State, TicketType

#: which moments an act brings about
MOMENTS = {
    Action.ACCEPT_QUOTE: {Moment.QUOTE_ACCEPTED}, Action.DISPATCH: {Moment.DISPATCHED}, Action.REASSIGN: {Moment.DISPATCHED},
    Action.COMPLETE: {Moment.COMPLETED}, Action.FORWARD_INQUIRY: {Moment.FORWARDED},
    Action.SUSPEND: {Moment.SUSPENDED}, Action.NO_ACCESS: {Moment.SUSPENDED}, Action.ASK_SUSPEND: {Moment.SUSPEND_ASKED}}
OPENING = {Moment.RECEIVED, Moment.REGISTERED, Moment.REGISTERED_OR_CALL_ENDED}
CALLS = frozenset({Action.RECORD_CALLBACK, Action.RECONTACT, Action.CUSTOMER_REPLY})
#: back to the dispatcher: in rework it stays rework
SENT_BACK = frozenset({Action.REJECT, Action.VOID_DISPATCH, Action.PREEMPT})
#: the work is done: a mid-term call no longer applies
DONE = frozenset({State.COMPLETED, State.VERIFYING, State.CALLBACK_DUE})
Running = frozenset[Clock]
Outcome = tuple[State | None, Running]
Rules = tuple[PromiseRule, ...]
Kept = dict[Action, Running]


def unwatched(policy: Policy, type_: TicketType) -> list[State]:
    """The open states in which a ticket of *type_* may stand with no promise running, so that nobody would ever be told."""
    least = least_running(policy, type_)
    return [state for state in State if state in OPEN and frozenset() in least.get(state, set())]


def least_running(policy: Policy, type_: TicketType) -> dict[State, set[Running]]:
    """For every state a ticket can come to: what runs there at the least, one set for each way that leaves less than others.

    More running before an act means more running after it, so whatever runs besides a smaller set need not be followed.
    """
    rules = tuple(r for r in policy.promises_for(type_) if not r.channels)
    steps = {state: [s for s in policy.flows[type_].steps.values() if s.state is state] for state in State}
    kept = {action: frozenset(r.key for r in rules if action.value in r.until) for action in Action}
    known: dict[State, set[Running]] = {}
    waiting = [(State.NEW, _started(rules, OPENING))]
    while waiting:
        state, running = waiting.pop()
        if any(less <= running for less in known.get(state, ())):
            continue
        known[state] = {more for more in known.get(state, set()) if not running <= more} | {running}
        for step in steps[state]:
            waiting += [(after or state, left) for after, left in _outcomes(rules, kept, type_, step, running)]
    return known


def _started(rules: Rules, moments: set[Moment], *, per: tuple[str, ...] = ("cycle", "matter", "each")) -> Running:
    return frozenset(r.key for r in rules if r.start in moments and r.per in per)


def _anew(rules: Rules, running: Running) -> Running:
    """What runs at the start of a new cycle."""
    cycled = frozenset(r.key for r in rules if r.per == "cycle")
    return (running - cycled) | _started(rules, OPENING | {Moment.QUOTE_ACCEPTED}, per=("cycle",))


def _outcomes(rules: Rules, kept: Kept, type_: TicketType, step: Step, running: Running) -> Iterator[Outcome]:
    """What may run after *step*, one for each way it can turn out; *kept* says which promises an act keeps."""
    left = running - kept[step.action] - _excused(rules, step.action, running)
    if step.action in MOMENTS:
        left |= _started(rules, MOMENTS[step.action])
    if step.after in DONE:
        left -= {Clock.MIDTERM_CALL}
    if step.action in CALLS:
        yield from _called(rules, type_, step, left)
    elif step.action is Action.JUDGE_COMPLAINT and step.state is State.CALLBACK_DUE:
        yield (None if Clock.CALLBACK in running else State.CLOSED), left
    elif step.action in SENT_BACK:
        yield from ((state, left - {Clock.DISPATCH}) for state in (State.NEW, State.REWORK))
    elif step.action is Action.RESUME:
        yield from ((state, left) for state in (State.ACCEPTED, State.ON_SITE))
    elif step.after is State.CALLBACK_DUE and step.state is not State.CALLBACK_DUE:
        yield step.after, left | _started(rules, {Moment.CALLBACK_DUE})
    elif step.after is State.REWORK:
        yield step.after, _anew(rules, left)
    else:
        yield step.after, left
    if step.action is Action.VERIFY:
        yield State.REWORK, _anew(rules, left)


def _excused(rules: Rules, action: Action, running: Running) -> Running:
    """What an act takes away besides keeping it; the week is lifted without a new time only beside a promised completion."""
    if action in (Action.ACCEPT, Action.NO_ACCESS):
        return frozenset({Clock.DISPATCH, Clock.ARRIVE_APPT, Clock.ARRIVE_URGENT})
    if action is Action.APPROVE_SPECIAL_CASE and Clock.COMPLETION not in running:
        return frozenset()
    return frozenset(r.key for r in rules if r.excused_by is action)


def _called(rules: Rules, type_: TicketType, step: Step, running: Running) -> Iterator[Outcome]:
    """Nobody answered; a content customer, whose complaint may still have to be judged; a dissatisfied one."""
    waited = frozenset(r.key for r in rules if "reached" in r.until)
    yield step.state, running | _started(rules, {Moment.FOLLOW_UP_ATTEMPTED})
    judging = {r.key for r in rules if Action.JUDGE_COMPLAINT.value in r.until}
    if type_ in COMPLAINTS and step.state is State.CALLBACK_DUE and (not judging or judging & running):
        yield State.CALLBACK_DUE, running - waited
    if step.state is State.CALLBACK_DUE:
        yield State.REWORK, _anew(rules, running - waited)
    else:
        yield step.state, (running - waited) | _started(rules, {Moment.DISSATISFIED})
