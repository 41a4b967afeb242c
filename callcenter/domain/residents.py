"""What a resident is told of their own matter: steps, sentences and events in plain words; nothing of the house's own."""

from collections.abc import Mapping

from callcenter.domain.ticket import Ticket
from callcenter.domain.vocabulary import FIELDWORK, Action, State, Word

#: the longest word of their own, and how many a day are taken on one matter
LONGEST, MOST_A_DAY = 500, 10
#: how a time they wish for begins on the ticket's page
WISH = "希望的时间:"


class Step(Word):
    """The steps at the head of the page."""

    REGISTERED = "registered", "已登记", "Logged"
    SENT = "sent", "已安排人", "Sent"
    AT_WORK = "at_work", "正在处理", "In hand"
    DONE = "done", "已处理完", "Done"
    ASKED = "asked", "请您评价", "Opinion"


#: nobody comes to the door for these
OFFICE_STEPS = (Step.REGISTERED, Step.AT_WORK, Step.DONE, Step.ASKED)
FIELD_STEPS = tuple(Step)

_STEP_OF: Mapping[State, Step] = {
    State.NEW: Step.REGISTERED, State.REWORK: Step.REGISTERED, State.DISPATCHED: Step.SENT, State.ACCEPTED: Step.SENT,
    State.ON_SITE: Step.AT_WORK, State.SUSPENDED: Step.AT_WORK, State.COMPLETED: Step.DONE, State.VERIFYING: Step.DONE,
    State.CALLBACK_DUE: Step.ASKED}


class Stand(Word):
    """Where it stands, in one sentence, by the state's own name."""

    NEW = "new", "我们已经登记,正在安排人员。", "It is registered and we are finding somebody for it."
    REWORK = "rework", "正在为您重新安排处理。", "It is being taken up again for you."
    DISPATCHED = "dispatched", "已安排人员,正在确认。", "Somebody has been chosen and is confirming."
    ACCEPTED = "accepted", "处理人员已接单。", "The job has been accepted."
    ON_SITE = "on_site", "处理人员已到场,正在处理。", "Somebody is there and working on it."
    OFFICE = "office", "责任部门正在办理。", "The department responsible is working on it."
    SUSPENDED = "suspended", "暂时无法继续,条件具备后马上接着处理。", "It cannot go on at the moment and continues as soon as it can."
    COMPLETED = "completed", "已经处理完。", "The work is finished."
    VERIFYING = "verifying", "已经处理完,我们正在检查质量。", "The work is finished and being checked."
    CALLBACK_DUE = "callback_due", "已经处理完,等您说满意不满意。", "The work is finished. We would like to hear whether you are satisfied."
    CLOSED = "closed", "已办结。", "It is closed."
    CLOSED_UNSATISFIED = "closed_unsatisfied", "已办结,您的不满意我们如实记录。", "It is closed; that you were not satisfied stays on record."
    CANCELLED = "cancelled", "已按您的要求撤销。", "It was cancelled as you asked."


class Next(Word):
    """What happens next."""

    PERSON = "person", "安排好人员后,会短信告诉您谁来、什么时候来。", "As soon as somebody is chosen you get a text saying who comes and when."
    ARRIVAL = "arrival", "师傅到门口时,请把到场码告诉他。", "When the technician is at the door, please give the arrival code."
    WORK = "work", "处理完会当面向您说明结果。", "When it is done the result is explained to you."
    REPLY = "reply", "有了结果,首问责任人会答复您。", "Once there is a result, whoever is responsible answers you."
    CALL = "call", "我们会打电话回访;您也可以现在就在下面评价。", "We will call you; or give your opinion below right now."
    LATER = "later", "接下来会请您评价。", "You will then be asked for your opinion."
    TOGETHER = "together", "有了结果,我们会告诉您。", "As soon as there is a result you will hear of it."
    AGAIN = "again", "问题又出现了,请拨打热线,我们接着处理。", "If it comes back, call the hotline and we take it up again."
    NOTHING = "nothing", "还需要帮助,请拨打热线。", "If you need more help, call the hotline."


class Happening(Word):
    """What happened, as its customer would tell it."""

    REGISTERED = "registered", "您反映的事项已登记", "Your request was registered"
    SENT = "sent", "已安排处理人员", "Somebody was sent"
    ACCEPTED = "accepted", "处理人员已接单", "The job was accepted"
    DEPARTED = "departed", "处理人员已出发", "The technician set out"
    ARRIVED = "arrived", "处理人员已到场", "The technician arrived"
    NO_ACCESS = "no_access", "上门时没有遇到您", "We came and nobody was there"
    SUSPENDED = "suspended", "暂缓处理", "The work was interrupted"
    RESUMED = "resumed", "继续处理", "The work went on"
    SAFE = "safe", "险情已排除", "The danger was removed"
    APPOINTMENT = "appointment", "约定了上门时间", "A time was agreed"
    MOVED = "moved", "完成时间改了一次", "The promised time was moved"
    PROMISED_ANEW = "promised_anew", "重新约定了完成时间", "A new time was promised"
    QUOTED = "quoted", "已报价", "A price was quoted"
    QUOTE_ACCEPTED = "quote_accepted", "您同意了报价", "You accepted the price"
    HANDED_OVER = "handed_over", "已转责任部门办理", "It was passed to the department responsible"
    REPLIED = "replied", "已答复您", "You were answered"
    FINISHED = "finished", "已处理完", "The work was finished"
    CHECKED = "checked", "质量检查通过", "The work passed its check"
    RESTORED = "restored", "已恢复正常", "It works again"
    NEW_OWNER = "new_owner", "换了责任人", "Somebody else became responsible"
    URGED = "urged", "您催办了一次", "You asked again"
    RAISED_AGAIN = "raised_again", "您再次反映", "You raised it again"
    SAID = "said", "您补充了说明", "You added a word"
    WISHED = "wished", "您提出了方便的时间", "You asked for a time"
    RATED = "rated", "您作了评价", "You gave your opinion"
    CALLED = "called", "已电话回访", "We called you"
    MERGED = "merged", "与另一件同样的事合并办理", "It was joined with another request about the same thing"
    CLOSED = "closed", "已办结", "It was closed"
    CANCELLED = "cancelled", "已撤销", "It was cancelled"


#: acts that their customer hears of; everything else is the house's own
TOLD: Mapping[str, Happening] = {
    Action.OPEN_TICKET: Happening.REGISTERED, Action.DISPATCH: Happening.SENT, Action.REASSIGN: Happening.SENT,
    Action.ACCEPT: Happening.ACCEPTED, Action.DEPART: Happening.DEPARTED, Action.ARRIVE: Happening.ARRIVED,
    Action.NO_ACCESS: Happening.NO_ACCESS, Action.SUSPEND: Happening.SUSPENDED, Action.RESUME: Happening.RESUMED,
    Action.MAKE_SAFE: Happening.SAFE, Action.AGREE_APPOINTMENT: Happening.APPOINTMENT, Action.POSTPONE: Happening.MOVED,
    Action.RECOVERY_PROMISE: Happening.PROMISED_ANEW, Action.QUOTE: Happening.QUOTED, Action.ACCEPT_QUOTE: Happening.QUOTE_ACCEPTED,
    Action.HAND_OVER_COMPLAINT: Happening.HANDED_OVER, Action.FORWARD_INQUIRY: Happening.HANDED_OVER, Action.REPLY: Happening.REPLIED,
    Action.ANSWER_INQUIRY: Happening.REPLIED, Action.COMPLETE: Happening.FINISHED, Action.VERIFY: Happening.CHECKED,
    Action.RESTORE: Happening.RESTORED, Action.ACCEPT_OWNERSHIP: Happening.NEW_OWNER, Action.URGE: Happening.URGED,
    Action.ADD_CONTACT: Happening.RAISED_AGAIN, Action.CUSTOMER_REPLY: Happening.RATED, Action.MERGE: Happening.MERGED,
    Action.CLOSE: Happening.CLOSED, Action.CLOSE_BY_RULE: Happening.CLOSED, Action.CLOSE_UNREACHABLE: Happening.CLOSED,
    Action.CLOSE_UNSATISFIED: Happening.CLOSED, Action.CANCEL: Happening.CANCELLED}
#: and these only when the customer was on the telephone
CALLS = frozenset({Action.RECORD_CALLBACK, Action.RECONTACT, Action.MIDTERM_CALL})


def steps(ticket: Ticket) -> list[tuple[Step, str]]:
    """The steps with how far each is: done, now or next."""
    shown = FIELD_STEPS if ticket.type in FIELDWORK else OFFICE_STEPS
    here = _STEP_OF.get(ticket.state)
    if here is Step.SENT and Step.SENT not in shown:
        here = Step.AT_WORK
    at = len(shown) if here is None else shown.index(here)
    return [(step, "done" if n < at else "now" if n == at else "next") for n, step in enumerate(shown)]


def stand(ticket: Ticket) -> Stand:
    """Where it stands."""
    if ticket.type not in FIELDWORK and ticket.state in (State.DISPATCHED, State.ACCEPTED, State.ON_SITE):
        return Stand.OFFICE
    return Stand(ticket.state.value) if ticket.state.value in set(Stand) else Stand.CLOSED


def follows(ticket: Ticket) -> Next:
    """What comes next."""
    if ticket.state in (State.CLOSED, State.CLOSED_UNSATISFIED):
        return Next.AGAIN
    if ticket.state is State.CALLBACK_DUE:
        return Next.CALL
    if ticket.state in (State.COMPLETED, State.VERIFYING):
        return Next.LATER
    if ticket.state in (State.CANCELLED, State.MERGED):
        return Next.NOTHING
    if ticket.type not in FIELDWORK:
        return Next.REPLY
    if ticket.state in (State.DISPATCHED, State.ACCEPTED):
        return Next.ARRIVAL if ticket.contact_phone else Next.WORK
    return Next.WORK if ticket.state in (State.ON_SITE, State.SUSPENDED) else Next.PERSON
