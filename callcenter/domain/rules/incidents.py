"""Rules of mass incidents: one cause, one parent work order, every caller a child with a follow-up of their own (DOMAIN.md 3.1, F19)."""

from datetime import datetime

from callcenter.domain import promises
from callcenter.domain.rules import waiting
from callcenter.domain.rules.common import DONE, Context, Guard, name_of
from callcenter.domain.ticket import Effect, Excuse, ForChildren, Refused, Save, Set, Start, Tell, Ticket, Void
from callcenter.domain.vocabulary import OPEN, Action, Clock, Moment, Role, State, Status

Outcome = tuple[State | None, list[Effect]]

#: what a job of its own counts from the moment it is one
_BEGUN = frozenset({Moment.RECEIVED, Moment.REGISTERED, Moment.REGISTERED_OR_CALL_ENDED})
#: the parent's clocks count once for all; a child keeps the two-day feedback and the one-week cap
PARENTS_CLOCKS = (Clock.ACCEPT, Clock.ARRIVE_URGENT, Clock.ARRIVE_APPT, Clock.MAKE_SAFE, Clock.COMPLETION, Clock.QUOTE)


def declare_incident(ctx: Context) -> Outcome:
    """One ticket becomes the parent of everything with the same cause."""
    if ctx.ticket.details.get("parent"):
        raise Refused("child_of_incident", number=ctx.ticket.details["parent"])
    fields = {"scope": ctx.get("scope"), "expected_at": ctx.get("expected_at"), "announcement": ctx.get("announcement"),
              "started_at": ctx.get("began_at") or ctx.now, "told_via": ctx.get("told_via")}
    return None, [Save("F19", fields), Set({"incident": fields})]


def join_incident(ctx: Context) -> Outcome:
    """An open ticket becomes a child: its own dispatch is exempt, the parent's clock counts."""
    _fits(ctx.ticket, ctx.other, ctx.get("parent"))
    return None, [Save("F19", {"parent": ctx.get("parent")}), Set({"parent": ctx.get("parent"), "parent_cycle": ctx.ticket.cycle}), *as_child(ctx)]


def _fits(ticket: Ticket, parent: Ticket | None, number: str) -> None:
    """The parent must be an open mass incident of the same compound."""
    if parent is None:
        raise Refused("unknown_ticket", number=number)
    if not parent.details.get("incident") or parent.state not in OPEN or parent.id == ticket.id:
        raise Refused("not_an_incident", number=number)
    if parent.compound != ticket.compound:
        raise Refused("merge_differs")
    if parent.state in DONE:
        raise Refused("incident_done", number=number)


def born_as_child(ticket: Ticket, parent: Ticket | None, number: str, now: datetime) -> list[Effect]:
    """A caller about a known mass incident: registered as its child from the start.

    Raises:
        Refused: there is no such open incident in this compound.
    """
    _fits(ticket, parent, number)
    return [Save("F19", {"parent": number}), Excuse(Clock.DISPATCH, now), *(Void(clock, now) for clock in PARENTS_CLOCKS)]


def as_child(ctx: Context) -> list[Effect]:
    """What stops running when a ticket becomes a child; a dispatch that was late before stays late."""
    running = [p for p in ctx.ticket.promises if p.running]
    exempt = [p for p in running if p.key is Clock.DISPATCH and p.status(ctx.now) is not Status.BROKEN]
    ended = [p for p in running if p.key in (Clock.DISPATCH, *PARENTS_CLOCKS) and p not in exempt]
    return [*(Excuse(p.key, ctx.now) for p in exempt), *(Void(p.key, ctx.now, p.about) for p in ended)]


def leave_incident(ctx: Context) -> Outcome:
    """Not of that cause after all, or its work order is given up: a job of its own, whose promises begin now."""
    if not ctx.ticket.incident:
        raise Refused("not_in_incident")
    details = {**ctx.ticket.details, "parent": None}
    effects: list[Effect] = [Save("F19", {"left": ctx.ticket.incident, "reason": ctx.get("reason")}), Set({"parent": None})]
    for key in (Clock.DISPATCH, *PARENTS_CLOCKS):
        rule = ctx.policy.promise(key, ctx.ticket.type)
        if rule is not None and rule.start in _BEGUN and not ctx.ticket.running(key):
            due = promises.due_time(ctx.policy, rule, ctx.now)
            effects += [Start(key, ctx.now, due), *([Set({"promise_at": due})] if key is Clock.COMPLETION else [])]
    return None, [*effects, *waiting.begins(ctx, details=details)]


def restore(ctx: Context) -> Outcome:
    """It works again: on the parent every child hears of it; a child is told, and drawn for a call or closed."""
    if ctx.ticket.details.get("incident"):
        saved = Save("F19", {"restored_at": ctx.now, "note": ctx.get("note")})
        return ctx.ticket.state, [saved, ForChildren(Action.RESTORE, {"note": ctx.get("note")})]
    if not ctx.ticket.details.get("parent"):
        raise Refused("not_in_incident")
    return None, [Save("F19", {"restored_at": ctx.now}), Set({"completed_at": ctx.now, "completed_by": ctx.act.by}),
                  Tell("restored", (Role.CUSTOMER,), said={"text": ctx.get("note") or ""}), *_first_responder_hears(ctx)]


def _first_responder_hears(ctx: Context) -> list[Effect]:
    """Whoever took the call hears who made it work again, unless it was they (O13)."""
    done_by = (ctx.other.completed_by or ctx.other.assignee) if ctx.other else ctx.act.by
    if done_by == ctx.ticket.first_responder:
        return []
    who = name_of(ctx.staff, done_by) if done_by else ctx.ticket.details["parent"]
    return [Tell("completed", (Role.FIRST_RESPONDER,), said={"who": who, "text": ctx.get("note") or ""})]


GUARDS: dict[Action, Guard] = {
    Action.DECLARE_INCIDENT: declare_incident, Action.JOIN_INCIDENT: join_incident, Action.LEAVE_INCIDENT: leave_incident,
    Action.RESTORE: restore,
}
