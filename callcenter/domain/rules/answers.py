"""Rules of matters settled by an answer: complaints, suggestions, inquiries, quotes (DOMAIN.md 3.1, 4)."""

from callcenter.domain.rules import waiting
from callcenter.domain.rules.common import Context, Guard, name_of
from callcenter.domain.ticket import Assign, Effect, Happened, Person, Refused, Save, Set, Staff, Stamp, Tell, Ticket
from callcenter.domain.vocabulary import COMPLAINTS, SETTLED_BY_REPLY, Action, Channel, Clock, Evidence, Moment, Role, State

Outcome = tuple[State | None, list[Effect]]


def hand_over_complaint(ctx: Context) -> Outcome:
    """The superior is told and the department has it, within twenty minutes for a complaint (C14, R051)."""
    department = ctx.get("department")
    if ctx.get("reported_to"):
        ctx.person(ctx.get("reported_to"))
    form = "F05" if ctx.ticket.type in COMPLAINTS else "F06"
    return None, [
        Save(form, {"responsible_dept": department, "reported_at": ctx.now, "reported_by": ctx.act.by,
                    "reported_to": ctx.get("reported_to"), "supporting_depts": ctx.get("supporting"), "due_at": ctx.get("due_at"),
                    "reason": ctx.get("reason")}),
        Set({"department": department}),
        Tell("notice_sent", (Role.SUPERVISOR,), said={"text": ctx.ticket.content, "due": ctx.ticket.promise_at or ctx.now}),
        Tell("notice_sent", (Role.DEPT_HEAD,), said={"text": ctx.ticket.content, "due": ctx.ticket.promise_at or ctx.now})]


def judge_complaint(ctx: Context) -> Outcome:
    """Valid or not is judged above the desk, never by the accused or their department (O8, R054)."""
    if judges_own(ctx.staff, ctx.ticket, ctx.person(ctx.act.by)):
        raise Refused("accused_judges")
    effects: list[Effect] = [Save("F05", {"validity": "valid" if ctx.get("valid") else "invalid", "validity_by": ctx.act.by,
                                          "validity_reason": ctx.get("reason"), "verification": ctx.get("verification"),
                                          "site_verified": ctx.get("site_verified")}),
                             Set({"validity": "valid" if ctx.get("valid") else "invalid"})]
    if ctx.ticket.state is State.CALLBACK_DUE and ctx.ticket.details.get("answer"):
        return State.CLOSED, [*effects, Set({"evidence": Evidence.CALLBACK})]
    return None, effects


def judges_own(staff: Staff, ticket: Ticket, person: Person) -> bool:
    """Whether *person* would judge themselves or their department: a head who leads the night as supervisor is still the head of their own
    people, and with nobody named the complaint is about the department that has it (DOMAIN.md 10, "never own dept")."""
    named = ticket.details.get("accused_dept")
    if person.user in ticket.accused or (person.department is not None and person.department == named):
        return True
    about = {staff.people[u].department for u in ticket.accused if u in staff.people} or ({ticket.department} if named is None else set())
    return Role.DEPT_HEAD in person.roles and person.department in about


def reply(ctx: Context) -> Outcome:
    """A substantive answer to the customer; a suggestion says whether it is adopted (T23, F06). Where somebody has to come it is how
    things stand and what comes next: the two-day feedback is kept, the work is not done by it (C10)."""
    if ctx.ticket.type not in SETTLED_BY_REPLY:
        return None, [Save("F25", {"reply_text": ctx.get("text"), "replied_at": ctx.now, "replied_by": ctx.act.by,
                                   "reply_channel": ctx.get("told_via")}), *_slip_answered(ctx)]
    form = "F05" if ctx.ticket.type in COMPLAINTS else "F06"
    confirmed = bool(ctx.get("signature") or ctx.get("customer_confirmed"))
    return None, [
        Save(form, {"reply_text": ctx.get("text"), "replied_at": ctx.now, "replied_by": ctx.act.by, "adopted": ctx.get("adopted"),
                    "reply_channel": ctx.get("told_via"), "confirmed": confirmed, "measures": ctx.get("measures"), "publish": ctx.get("publish")}),
        *_slip_answered(ctx),
        Set({"signed": confirmed, "completed_at": ctx.now, "completed_by": ctx.act.by}),
        Tell("completed", (Role.FIRST_RESPONDER, Role.OWNER), said={"who": name_of(ctx.staff, ctx.act.by), "text": ctx.get("text")})]


def _slip_answered(ctx: Context) -> list[Effect]:
    """A government slip goes back with the same answer, or as not ours (F27)."""
    if ctx.ticket.channel is not Channel.GOV_HOTLINE:
        return []
    return [Save("F27", {"reply_text": ctx.get("text"), "replied_at": ctx.now, "returned": ctx.get("slip_returned"),
                         "rating": ctx.get("slip_rating")})]


def answer_inquiry(ctx: Context) -> Outcome:
    """Answered on the call, or by the specialist at the agreed time; the answer call is the follow-up (T22, C13).

    A first responder who did not answer it hears of it (O13).
    """
    at_once = ctx.ticket.state is State.NEW
    told = [Tell("completed", (Role.FIRST_RESPONDER,), said={"who": name_of(ctx.staff, ctx.act.by), "text": ctx.get("answer")})]
    return None, [Save("F07", {"answer": ctx.get("answer"), "replied_at": ctx.now, "replied_by": ctx.act.by, "answered_on_call": at_once,
                               "kb_id": ctx.get("kb_id")}),
                  Set({"evidence": Evidence.ANSWERED, "completed_at": ctx.now, "completed_by": ctx.act.by, "first_contact": at_once}),
                  *(told if ctx.act.by != ctx.ticket.first_responder else ())]


def forward_inquiry(ctx: Context) -> Outcome:
    """A specialist question is written down and answered at the agreed time, never beyond the two-day feedback (C13, R057)."""
    expert, agreed = ctx.person(ctx.get("expert")), ctx.get("agreed_reply_at")
    feedback = ctx.ticket.running(Clock.FEEDBACK)
    if agreed is not None and agreed <= ctx.now:
        raise Refused("promise_in_the_past", when=agreed)
    if agreed is not None and feedback is not None and agreed > feedback.due_at:
        raise Refused("beyond_feedback", when=feedback.due_at)
    return None, [Save("F07", {"expert_id": expert.user, "agreed_reply_at": agreed, "note": ctx.get("note")}),
                  Assign(expert.user, ctx.now, ctx.act.by, reason="expert"), Stamp("accepted_at", ctx.now),
                  Happened(Moment.FORWARDED, ctx.ticket.registered_at, due_at=agreed),
                  Tell("assigned", (Role.HANDLER,), said={"when": agreed or "", "who": expert.name})]


def quote(ctx: Context) -> Outcome:
    """A price before the work; another price later is asked for anew (F08)."""
    return None, [Save("F08", {"quoted_amount": ctx.get("amount"), "quoted_by": ctx.act.by, "note": ctx.get("note")}),
                  Set({"quoted_amount": ctx.get("amount"), "quote_accepted_at": None}),
                  Tell("quote", (Role.CUSTOMER,), said={"amount": ctx.get("amount")})]


def accept_quote(ctx: Context) -> Outcome:
    """The customer agrees to the price; only now the three minutes begin (C04, scenario 25)."""
    quoted = ctx.ticket.details.get("quoted_amount")
    if quoted is None:
        raise Refused("quote_not_accepted")
    amount = ctx.get("amount") if ctx.get("amount") is not None else quoted
    return None, [Save("F08", {"agreed_amount": amount, "quote_accepted_at": ctx.now, "quote_accepted_by": ctx.act.by,
                               "quote_accepted_how": ctx.get("told_via")}),
                  Set({"quote_accepted_at": ctx.now, "quoted_amount": amount}), Happened(Moment.QUOTE_ACCEPTED, ctx.now),
                  *waiting.begins(ctx, details={**ctx.ticket.details, "quote_accepted_at": ctx.now})]


def decline_quote(ctx: Context) -> Outcome:
    """The customer does not want it at that price."""
    return None, [Save("F08", {"declined_at": ctx.now, "reason": ctx.get("reason")})]


GUARDS: dict[Action, Guard] = {
    Action.HAND_OVER_COMPLAINT: hand_over_complaint, Action.JUDGE_COMPLAINT: judge_complaint, Action.REPLY: reply,
    Action.ANSWER_INQUIRY: answer_inquiry, Action.FORWARD_INQUIRY: forward_inquiry, Action.QUOTE: quote,
    Action.ACCEPT_QUOTE: accept_quote, Action.DECLINE_QUOTE: decline_quote,
}
