"""Rules of the desk: repeat contacts, urging, escalating, ownership, reclassifying, merging, cancelling (DOMAIN.md 5, 6)."""

from callcenter.domain import checks, promises
from callcenter.domain.policy import Policy
from callcenter.domain.rules import waiting
from callcenter.domain.rules.common import Context, Guard, name_of
from callcenter.domain.rules.intake import OWNING
from callcenter.domain.ticket import Acknowledge, Count, Effect, Escalate, ForChildren, Happened, Keep, Refused, Save, Set, Start, Tell, Void
from callcenter.domain.vocabulary import (
    ENDED,
    LEVEL_OF,
    URGENT,
    Action,
    Clock,
    EscalationKind,
    Moment,
    Reviewed,
    Role,
    State,
    TicketType,
    TransferReason,
    Trigger,
    Urgency,
)

Outcome = tuple[State | None, list[Effect]]

#: clocks whose loosening needs the supervisor
STRICT = (Clock.DISPATCH, Clock.ARRIVE_URGENT, Clock.ARRIVE_APPT, Clock.COMPLAINT_HANDOVER, Clock.MAKE_SAFE)


def add_contact(ctx: Context) -> Outcome:
    """Raised a second time: linked, never registered anew, and the supervisor hears of it; within thirty days
    of closing it is rework (R018, T18, E7)."""
    ticket = ctx.ticket
    if ticket.state in ENDED:
        since = ticket.closed_at or ticket.registered_at
        if ctx.now - since > ctx.policy.follow_up.reopen_within:
            raise Refused("reopen_window_over", within=f"{ctx.policy.follow_up.reopen_within.days} d")
    return None, [
        Save("F01", {"content": ctx.get("content"), "call": ctx.get("call"), "taken_by": ctx.act.by}),
        Count({"repeat_contacts": ticket.matter.repeat_contacts + 1}),
        Tell("repeat_contact", (Role.OWNER, Role.HANDLER)),
        Escalate(2, Trigger.REPEAT_CONTACT, Trigger.REPEAT_CONTACT, notice="repeat_contact")]


def urge(ctx: Context) -> Outcome:
    """The first urging tells handler and owner, the second the supervisor, the third the project manager;
    several within five minutes count once (E6)."""
    matter = ctx.ticket.matter
    saved: list[Effect] = [Save("F01", {"urged": True, "reason": ctx.get("reason"), "call": ctx.get("call")})]
    if matter.last_urge_at is not None and ctx.now - matter.last_urge_at < ctx.policy.escalation.urge_every:
        return None, saved
    urges = matter.urges + 1
    effects = [*saved, Count({"urges": urges, "last_urge_at": ctx.now}), Tell("urged", (Role.HANDLER, Role.OWNER))]
    if urges > 1:
        effects.append(Escalate(min(urges, 3), Trigger.URGED, Trigger.URGED))
    return None, effects


def escalate(ctx: Context) -> Outcome:
    """Anybody on the staff may escalate by hand: to the level named, else one above what is open, the supervisor at least; the
    owner stays the owner (E1, O4). The top level is only ever named by a person (DOMAIN.md 6, L5)."""
    rule = ctx.policy.escalation
    level = ctx.get("level")
    if level is None:
        waiting = [e.level for e in ctx.ticket.escalations if e.acknowledged_at is None]
        level = min(max([1, *waiting]) + 1, rule.climb_to)
    if not 1 <= level <= rule.top:
        raise Refused("bad_level", top=rule.top)
    kind = ctx.get("kind") or EscalationKind.HIERARCHIC
    return None, [Save("F11", {"level": level, "kind": kind, "reason": ctx.get("reason"), "by": ctx.act.by}),
                  Escalate(level, Trigger.MANUAL, ctx.get("reason") or Trigger.MANUAL)]


def acknowledge(ctx: Context) -> Outcome:
    """A person takes the open escalations of their level, and of those below, into their hands (E3)."""
    own = max((LEVEL_OF.get(r, 0) for r in ctx.roles), default=0)
    if ctx.get("level") is not None:
        own = min(own, ctx.get("level"))
    taken = [e for e in ctx.ticket.escalations if e.acknowledged_at is None and (e.level <= own or ctx.act.by in e.told)]
    if not taken:
        raise Refused("nothing_to_acknowledge")
    return None, [*(Keep(Clock.ESCALATION_ACK, ctx.now, str(e.id)) for e in taken),
                  *(Acknowledge(e.id, ctx.act.by, ctx.get("reason") or "") for e in taken)]


def supervise(ctx: Context) -> Outcome:
    """A supervision order: what, why, until when (E14, F17)."""
    due = ctx.get("due_at")
    if due is not None and due <= ctx.now:
        raise Refused("promise_in_the_past", when=due)
    rule = ctx.policy.promise(Clock.SUPERVISION, ctx.ticket.type)
    until = due or (ctx.now + rule.within if rule else ctx.now)
    return None, [
        Save("F17", {"reason": ctx.get("reason"), "ordered_by": ctx.act.by, "due_at": until, "department": ctx.get("department"),
                     "assessed": ctx.get("assessed")}),
        Happened(Moment.SUPERVISED, ctx.now, due_at=until),
        Tell("supervision", (Role.OWNER, Role.DEPT_HEAD, Role.SUPERVISOR, Role.PM), said={"reason": ctx.get("reason"), "due": until})]


def answer_supervision(ctx: Context) -> Outcome:
    """Whoever the order was for says what was done; whoever ordered it hears that (F17). The order ends only with the work."""
    orders = [f for f in ctx.ticket.records("F17") if f.fields.get("ordered_by")]
    if not orders:
        raise Refused("no_order")
    by = str(orders[-1].fields["ordered_by"])
    return None, [
        Save("F17", {"signed_by": ctx.act.by, "signed_at": ctx.now, "feedback": ctx.get("text"), "result": ctx.get("result")}),
        Tell("supervision_answered", (Role.SUPERVISOR,) if by not in ctx.staff.people else (), (by,) if by in ctx.staff.people else (),
             {"who": name_of(ctx.staff, ctx.act.by), "text": ctx.get("text")})]


def review(ctx: Context) -> Outcome:
    """A supervisor has looked at the record and says so on it; nobody reviews their own (F03, F04, F05)."""
    held = ctx.ticket.records(ctx.get("record"))
    if not held:
        raise Refused("no_record", record=Reviewed(ctx.get("record")))
    if held[-1].by == ctx.act.by:
        raise Refused("own_record")
    return None, [Save(ctx.get("record"), {"reviewed_by": ctx.act.by, "reviewed_at": ctx.now, "review_note": ctx.get("opinion")})]


def laxer(policy: Policy, old: TicketType, new: TicketType) -> bool:
    """Whether the new type promises less: a clock of the old one is missing or longer. An agreed arrival that becomes the thirty
    minutes of urgent work is no loss: anybody at the desk may raise the urgency (17.3)."""
    for key in STRICT:
        if key is Clock.ARRIVE_APPT and new in URGENT:
            continue
        before, after = policy.promise(key, old), policy.promise(key, new)
        if before is not None and (after is None or after.within > before.within):
            return True
    return False


def reclassify(ctx: Context) -> Outcome:
    """Another category; to one that promises less only with the supervisor, and results so far are kept (scenario 20)."""
    ticket = ctx.ticket
    category = ctx.policy.categories.get(ctx.get("category") or "")
    if ctx.get("category") and category is None:
        raise Refused("unknown_category", category=ctx.get("category"))
    new = _new_type(ctx)
    if new == ticket.type and ctx.get("category") in (None, ticket.category) and ctx.get("urgency") in (None, ticket.urgency):
        raise Refused("nothing_changes")
    if ticket.state not in checks.ends(ctx.policy.flows[new]):
        raise Refused("type_unfit", type=new, state=ticket.state)
    if (laxer(ctx.policy, ticket.type, new) or (ctx.get("urgency") == Urgency.NORMAL and ticket.urgency is Urgency.URGENT)) \
            and not ctx.roles & {Role.SUPERVISOR, Role.PM}:
        raise Refused("downgrade")
    urgency = Urgency.URGENT if new in URGENT else Urgency(ctx.get("urgency") or Urgency.NORMAL)
    effects: list[Effect] = [
        Set({"type": new, "urgency": urgency, **({"category": category.code} if category else {})}),
        Save("F25", {"reclassified_from": ticket.type, "to": new, "category": ctx.get("category"), "reason": ctx.get("reason")})]
    moved = {"type": new, "urgency": urgency, "category": category.code if category else ticket.category}
    return None, [*effects, *_other_promises(ctx, new), *waiting.begins(ctx, **moved)]


def _new_type(ctx: Context) -> TicketType:
    if ctx.get("type"):
        return TicketType(ctx.get("type"))
    if ctx.get("urgency") == Urgency.URGENT:
        return TicketType.URGENT_REPAIR
    category = ctx.policy.categories.get(ctx.get("category") or "")
    if category is not None:
        return category.type
    if ctx.get("urgency") == Urgency.NORMAL and ctx.ticket.type is TicketType.URGENT_REPAIR:
        own = ctx.policy.categories.get(ctx.ticket.category or "")
        return own.type if own is not None and own.type not in URGENT else TicketType.DAILY_REPAIR
    return ctx.ticket.type


def _other_promises(ctx: Context, new: TicketType) -> list[Effect]:
    """Clocks the new type does not have end (a breach stays a breach); clocks it adds begin now."""
    effects: list[Effect] = []
    rules = {r.key: r for r in ctx.policy.promises_for(new, ctx.ticket.channel)}
    effects += [Void(p.key, ctx.now, p.about) for p in ctx.ticket.promises if p.running and p.key not in rules]
    begun = {Moment.RECEIVED, Moment.REGISTERED, Moment.REGISTERED_OR_CALL_ENDED}
    for rule in rules.values():
        if rule.start in begun and ctx.ticket.promise(rule.key) is None:
            due = promises.due_time(ctx.policy, rule, ctx.now, ctx.ticket.promise_at if rule.promised else None)
            effects.append(Start(rule.key, ctx.now, due))
            if rule.key is Clock.COMPLETION:
                effects.append(Set({"promise_at": due}))
    return effects


def transfer_owner(ctx: Context) -> Outcome:
    """Only a supervisor moves ownership, with a reason; the customer hears the new name, the receiver confirms (O5)."""
    person = ctx.person(ctx.get("to"))
    if person.user == ctx.ticket.owner:
        raise Refused("nothing_changes")
    if not (person.roles & OWNING and person.can_sign_in) or person.user in ctx.ticket.accused or person.user == ctx.ticket.assignee:
        raise Refused("receiver_unfit", person=person.name)
    stays = ctx.get("reason") in (TransferReason.SPECIAL_TEAM, TransferReason.LONG_LEAVE)
    return None, [
        Set({"owner": person.user, "receiver": person.user, "acting_follower": ctx.ticket.owner if stays else None}),
        Save("F13", {"from": ctx.ticket.owner, "to": person.user, "reason": ctx.get("reason"), "note": ctx.get("note"), "by": ctx.act.by}),
        *(Void(p.key, ctx.now, p.about) for p in ctx.ticket.promises if p.running and p.key is Clock.TRANSFER),  # whoever was asked before need not
        Happened(Moment.TRANSFER_ASKED, ctx.now),
        Tell("transfer_asked", people=(person.user,), said={"reason": TransferReason(ctx.get("reason"))}),
        Tell("new_owner", (Role.CUSTOMER,), said={"who": person.name})]


def accept_ownership(ctx: Context) -> Outcome:
    """The receiver confirms; from now on the ticket is theirs alone."""
    if ctx.ticket.receiver is None:
        raise Refused("no_transfer")
    return None, [Set({"receiver": None, "acting_follower": None}), Save("F13", {"accepted_by": ctx.act.by}),
                  Tell("transferred", (Role.FIRST_RESPONDER,), said={"who": name_of(ctx.staff, ctx.act.by)})]


def follow(ctx: Context) -> Outcome:
    """A named colleague follows the ticket while the owner is away; without a name the owner is back (O6)."""
    to = ctx.get("to")
    if to is None:
        return None, [Set({"acting_follower": None}), Save("F13", {"acting_follower": None})]
    person = ctx.person(to)
    if person.user in ctx.ticket.accused:
        raise Refused("accused", person=person.name)
    if not person.roles & OWNING or person.user == ctx.ticket.assignee:
        raise Refused("receiver_unfit", person=person.name)
    return None, [Set({"acting_follower": person.user}), Save("F13", {"acting_follower": person.user, "note": ctx.get("note")}),
                  Tell("followed", people=(person.user,))]


def note(ctx: Context) -> Outcome:
    return None, [Save("F25", {"text": ctx.get("text")})]


def ack_completion(ctx: Context) -> Outcome:
    """The first responder has heard that it is done (O13)."""
    return None, [Save("F25", {"first_responder_ack_at": ctx.now, "by": ctx.act.by}), Set({"first_responder_ack_at": ctx.now})]


def cancel(ctx: Context) -> Outcome:
    """The customer withdrew or it was a mistake: with a reason, never by the handler; whoever waited for it gets a job of their own (T20)."""
    if ctx.act.by in {a.to for a in ctx.ticket.assignments}:
        raise Refused("caller_is_handler")
    waiting_for_it = [ForChildren(Action.LEAVE_INCIDENT, {"reason": ctx.get("reason")})] if ctx.ticket.details.get("incident") else []
    return None, [Save("F25", {"cancelled_by": ctx.act.by, "reason": ctx.get("reason")}), Tell("cancelled", (Role.CUSTOMER,)), *waiting_for_it]


def merge(ctx: Context) -> Outcome:
    """A duplicate goes into another open ticket of the same compound and kind; that one keeps the earliest receipt and all counters (T19)."""
    other = ctx.other
    if other is None:
        raise Refused("unknown_ticket", number=ctx.get("into"))
    if other.id == ctx.ticket.id:
        raise Refused("merge_self")
    if ctx.ticket.details.get("incident"):
        raise Refused("incident_merged")
    other_kind = other.type != ctx.ticket.type or (other.category or ctx.ticket.category) != (ctx.ticket.category or other.category)
    if other.state in ENDED or other.compound != ctx.ticket.compound or other_kind:
        raise Refused("merge_differs")
    return None, [Set({"merged_into": other.number}), Save("F25", {"merged_into": other.number, "reason": ctx.get("reason")}),
                  Tell("merged", (Role.CUSTOMER,), said={"number": other.number})]


def unmerge(ctx: Context) -> Outcome:
    """The merge is undone; both tickets are as they were. The storing service puts the saved state back."""
    if ctx.ticket.merged_into is None:
        raise Refused("not_merged")
    return None, [Save("F25", {"unmerged_from": ctx.ticket.merged_into, "reason": ctx.get("reason")})]


GUARDS: dict[Action, Guard] = {
    Action.ADD_CONTACT: add_contact, Action.URGE: urge, Action.ESCALATE: escalate, Action.ACKNOWLEDGE: acknowledge,
    Action.SUPERVISE: supervise,
    Action.ANSWER_SUPERVISION: answer_supervision, Action.REVIEW: review, Action.RECLASSIFY: reclassify, Action.TRANSFER_OWNER: transfer_owner,
    Action.ACCEPT_OWNERSHIP: accept_ownership, Action.FOLLOW: follow, Action.NOTE: note, Action.ACK_COMPLETION: ack_completion,
    Action.CANCEL: cancel, Action.MERGE: merge, Action.UNMERGE: unmerge,
}
