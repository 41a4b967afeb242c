"""The matters a year is made of: every kind of ticket, every way they go well or wrong, told act by act."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import FIELDWORK, Action, Clock, State, TicketType
from callcenter.services.telephone import calls
from tests.year.playing import Left, Luck, Play

CONTRACTED = (TicketType.WARRANTY_REPAIR, TicketType.LEGACY_ISSUE)
URGENT = (TicketType.URGENT_REPAIR, TicketType.EMERGENCY_REFERRAL)
DISSATISFIED, CONTENT = ("dissatisfied", "very_dissatisfied"), ("very_satisfied", "satisfied", "satisfied", "fairly")
OPEN_JOB = (State.DISPATCHED, State.ACCEPTED, State.ON_SITE)


def begun(play: Play, type_: TicketType) -> None:
    """The matter comes in: by telephone, at the counter, through the government hotline."""
    more = {}
    if type_ in (TicketType.DAILY_REPAIR, TicketType.WARRANTY_REPAIR) and play.chance(.5):
        more["appointment_start"] = play.now + timedelta(minutes=play.some.choice([40, 90, 200, 400]))
        if play.chance(.5):
            more["appointment_end"] = more["appointment_start"] + timedelta(hours=1)
    if play.chance(.8):
        play.ring()
        if play.chance(.5):
            play.hang_up()
            play.wait(2, 150)
            play.open(type_, **more)
        else:
            play.open(type_, **more)
            play.hang_up()
    else:
        play.open(type_, channel=play.some.choice(["walk_in", "staff_relay", "gov_hotline", "patrol"]), **more)


def field(play: Play, type_: TicketType) -> None:
    """Somebody has to go there."""
    if type_ is TicketType.SPECIAL_SERVICE and not _quoted(play):
        return
    if play.chance(.06):
        play.wait(20, 170)
        play.do(Action.RECORD_CONSENT, explanation="人手不足", consented=play.chance(.9), agreed_at=play.now + timedelta(hours=3))
    for _ in range(3):
        _sent(play)
        _gone(play)
        if not _finished(play, type_):
            return
        if play.state is not State.REWORK:
            break
    if play.state is State.CALLBACK_DUE:
        asked(play, lambda: field_again(play, type_))
    if play.chance(.08) and play.state is State.CLOSED:
        play.wait(3600, 86_400 * 6)
        if play.do(Action.ADD_CONTACT, content="又坏了"):
            field_again(play, type_)
            if play.state is State.CALLBACK_DUE:
                asked(play, lambda: field_again(play, type_))


def field_again(play: Play, type_: TicketType) -> None:
    """Rework: sent, gone, finished once more."""
    _sent(play)
    _gone(play)
    _finished(play, type_)


def _quoted(play: Play) -> bool:
    play.wait(60, 3000)
    play.do(Action.QUOTE, amount=play.some.choice([30, 80, 120]))
    play.aim(Clock.QUOTE, 7200)
    if play.chance(.12):
        play.do(Action.DECLINE_QUOTE)
        return False
    return play.do(Action.ACCEPT_QUOTE)


def _sent(play: Play) -> None:
    """Dispatched in time or late; now and then rejected, not accepted in time, reassigned."""
    for _ in range(4):
        if play.state in (State.NEW, State.REWORK):
            play.aim(Clock.DISPATCH)
            if play.state in (State.NEW, State.REWORK):
                play.do(Action.DISPATCH, to=play.whom())
        if play.state is not State.DISPATCHED:
            return
        if play.chance(.07):
            play.wait(10, 100)
            play.do(Action.REJECT, reason="在忙")
        elif play.chance(.05):
            play.wait(130, 400)
        else:
            play.aim(Clock.ACCEPT, late=.03)
            play.do(Action.ACCEPT)
        if play.state is State.ACCEPTED and play.chance(.04):
            play.do(Action.REASSIGN, to=play.whom(), reason="换人")
        if play.state is State.ACCEPTED:
            return


def _gone(play: Play) -> None:
    """On the way, nobody home, waiting for something, there."""
    clock = Clock.ARRIVE_URGENT if play.due(Clock.ARRIVE_URGENT) else Clock.ARRIVE_APPT
    if play.chance(.5):
        play.do(Action.DEPART)
    if play.chance(.06) and play.do(Action.NO_ACCESS, note_left=True, new_appointment_start=play.now + timedelta(hours=3)):
        play.wait(3600, 7200)
    _waiting(play)
    play.aim(clock, 3600 * 8)
    for _ in range(2):
        if play.state is State.SUSPENDED:
            play.do(Action.RESUME)
        if play.state is State.ACCEPTED:
            play.do(Action.ARRIVE)
    if clock is Clock.ARRIVE_URGENT and play.chance(.5):
        play.aim(Clock.MAKE_SAFE, 7200)
        play.do(Action.MAKE_SAFE, note="已关阀")


def _waiting(play: Play) -> None:
    if play.chance(.08):
        reason = play.some.choice(["customer", "material", "third_party"])
        play.do(Action.SUSPEND, reason=reason, until=play.now + timedelta(hours=play.some.choice([2, 20, 60])), told_customer=True)
        play.wait(1800, 86_400 * 2.5)
        if play.state is State.SUSPENDED:
            play.do(Action.RESUME)
    if play.chance(.08):
        _postponed(play)


def _postponed(play: Play) -> None:
    """The one postponement, told in time; the second is refused; a week is only exceeded with approval; too late is a recovery promise."""
    ticket = play.ticket
    if ticket.promise_at is None:
        return
    if play.chance(.15):
        play.until(ticket.promise_at + timedelta(minutes=play.some.choice([1, 100])))
        play.do(Action.POSTPONE, **_told(play))
        play.do(Action.RECOVERY_PROMISE, reason="超时", new_promise_at=play.now + timedelta(hours=20))
        return
    play.aim(Clock.COMPLETION, 3600 * 40, late=0)
    if play.chance(.2) and play.do(Action.APPROVE_SPECIAL_CASE, reason="等配件", new_promise_at=ticket.received_at + timedelta(days=9)):
        play.do(Action.POSTPONE, **{**_told(play), "new_promise_at": ticket.received_at + timedelta(days=8)})
        return
    play.do(Action.POSTPONE, **_told(play))
    if play.chance(.25):
        play.wait(60, 3600)
        play.do(Action.POSTPONE, **_told(play))


def _told(play: Play) -> dict[str, object]:
    promised = play.ticket.promise_at or play.now
    return {"new_promise_at": promised + timedelta(hours=play.some.choice([5, 30])), "reason": "material", "told_at": play.now,
            "told_via": "phone", "attitude": play.some.choice(["understands", "reluctant", "disagrees"]), "initiated_by": "company"}


def _finished(play: Play, type_: TicketType) -> bool:
    """Completed, then verified or the slip returned. False when it did not come to that."""
    if play.chance(.06):
        play.do(Action.URGE, by="customer")
    if play.chance(.03):
        play.do(Action.ADD_CONTACT, content="还没有人来")
    if play.chance(.03):
        play.do(Action.TRANSFER_OWNER, to=play.some.choice(["agent02", "agent05", "agent06"]), reason="long_leave")
    play.aim(Clock.COMPLETION, 3600 * play.some.choice([2, 2, 6, 60, 200]))
    if play.state is State.SUSPENDED:
        play.do(Action.RESUME)
    if play.state is State.ACCEPTED:
        play.do(Action.ARRIVE)
    signed = {"signature": "周敏"} if play.chance(.7) else {}
    if not play.do(Action.COMPLETE, result="已修好", result_explained=True, **signed):
        return False
    if type_ in CONTRACTED:
        play.aim(Clock.VERIFY)
        play.do(Action.VERIFY, passed=play.chance(.8), note="已看")
    else:
        play.aim(Clock.SLIP_RETURN)
        play.do(Action.RETURN_SLIP)
    if play.chance(.6):
        play.do(Action.ACK_COMPLETION)
    return True


def asked(play: Play, again: Callable[[], None]) -> None:
    """The follow-up call: reached or not, content or not, until it is over."""
    for _ in range(4):
        if play.state is not State.CALLBACK_DUE:
            return
        if play.chance(.18):
            _tried(play)
        play.aim(Clock.CALLBACK if play.due(Clock.CALLBACK) else Clock.CALLBACK_RETRY)
        match play.luck.draw("asked"):
            case x if x < .76:
                play.do(Action.RECORD_CALLBACK, contact_result="reached", satisfaction=play.some.choice(CONTENT), solved=True)
            case x if x < .80:
                play.do(Action.CUSTOMER_REPLY, by="customer", text=play.some.choice(["1", "2", "3"]))
            case x if x < .84:
                play.do(Action.RECORD_CALLBACK, contact_result="refused")
            case _:
                play.do(Action.RECORD_CALLBACK, contact_result="reached", satisfaction=play.some.choice(DISSATISFIED), reason="没有修好")
        if play.state is State.REWORK:
            _won_back(play, again)


def _tried(play: Play) -> None:
    """Nobody picks up; after three tries on two days and three days of silence the ticket closes by itself."""
    for _ in range(play.some.choice([1, 1, 2, 4])):
        play.wait(2 * 3600, 15 * 3600)
        play.do(Action.RECORD_CALLBACK, contact_result=play.some.choice(["no_answer", "busy", "power_off"]))
    if play.chance(.4):
        play.wait(73 * 3600, 90 * 3600)


def _won_back(play: Play, again: Callable[[], None]) -> None:
    """Written notice, the department's answer, the specialist's call, the work done again."""
    if play.chance(.9):
        play.aim(Clock.DISSAT_NOTICE)
        play.do(Action.SEND_NOTICE, department="engineering", problem="客户不满意", due_at=play.now + timedelta(hours=20))
        play.wait(600, 36_000)
        play.do(Action.ANSWER_NOTICE, measure="整改")
    if play.chance(.7):
        play.aim(Clock.RECONTACT)
        happy = play.chance(.6)
        play.do(Action.RECONTACT, contact_result="reached", **({"satisfaction": "satisfied", "solved": True} if happy else
                                                                {"satisfaction": "dissatisfied", "reason": "还是不满意"}))
    if play.chance(.2):
        play.do(Action.CLOSE_UNSATISFIED, reason="协商不成", letter="书面答复")
    if play.state is State.REWORK:
        again()


def complaint(play: Play, type_: TicketType) -> None:
    """Handed over, looked into, judged, answered, asked about."""
    play.aim(Clock.COMPLAINT_HANDOVER)
    play.do(Action.HAND_OVER_COMPLAINT, department=play.some.choice(["engineering", "order", "environment"]))
    if play.chance(.6):
        play.wait(300, 7200)
        play.do(Action.ACCEPT)
    if play.chance(.6):
        play.wait(600, 30_000)
        play.do(Action.JUDGE_COMPLAINT, valid=play.chance(.6), reason="核实")
    if play.chance(.15):
        _postponed(play)
    if play.chance(.3):
        play.do(Action.SEND_NOTICE, department="engineering", problem="投诉", due_at=play.now + timedelta(hours=20))
    play.aim(Clock.COMPLETION, 3600 * play.some.choice([5, 60, 200]))
    play.do(Action.REPLY, text="已处理并致歉", customer_confirmed=play.chance(.5))
    asked(play, lambda: _answered_again(play))
    if play.chance(.7) and play.state is State.CALLBACK_DUE:
        play.do(Action.JUDGE_COMPLAINT, valid=play.chance(.5), reason="核实")


def _answered_again(play: Play) -> None:
    play.wait(600, 20_000)
    play.do(Action.HAND_OVER_COMPLAINT, department="engineering")
    play.aim(Clock.COMPLETION, 3600 * 50)
    play.do(Action.REPLY, text="第二次答复")


def suggestion(play: Play, type_: TicketType) -> None:
    play.wait(600, 20_000)
    if play.chance(.6):
        play.do(Action.HAND_OVER_COMPLAINT, department="environment")
    play.aim(Clock.FEEDBACK, 3600 * 60)
    play.do(Action.REPLY, text="采纳", adopted="采纳", customer_confirmed=play.chance(.6))
    asked(play, lambda: _answered_again(play))


def inquiry(play: Play, type_: TicketType) -> None:
    """Answered on the call, or by a specialist at the agreed time."""
    if play.chance(.3):
        play.do(Action.FORWARD_INQUIRY, expert="supervisor01", agreed_reply_at=play.now + timedelta(hours=5))
        play.aim(Clock.EXPERT_ANSWER)
    play.do(Action.ANSWER_INQUIRY, answer="每月一日至十日")
    if play.chance(.06):
        play.wait(3600, 86_400 * 8)
        play.do(Action.ADD_CONTACT, content="没有听懂")
        play.do(Action.ANSWER_INQUIRY, answer="再说一遍")


def counter(play: Play, type_: TicketType) -> None:
    play.wait(30, 2000)
    play.do(Action.CLOSE)


def withdrawn(play: Play, type_: TicketType) -> None:
    """The customer takes it back, on the way or late."""
    if type_ in FIELDWORK and play.chance(.7):
        _sent(play)
    play.wait(60, 86_400)
    play.do(Action.CANCEL, reason="客户撤回")


def doubled(play: Play, type_: TicketType) -> None:
    """Registered twice, merged, now and then taken apart again; the survivor goes on."""
    first = play.ticket
    play.sid = ""
    play.wait(100, 5000)
    second = play.open(type_, contact_phone="19000000005", room=first.place) if type_ is not TicketType.PUBLIC_REPAIR else \
        play.open(type_, contact_phone="19000000005", place=first.place)
    play.wait(60, 3000)
    into, gone = (first.number, second) if play.chance(.6) else (second, first.number)
    play.do(Action.MERGE, by="supervisor01", number=gone, into=into)
    if play.chance(.2):
        play.wait(60, 3000)
        play.do(Action.UNMERGE, by="supervisor01", number=gone)
    play.number = into
    field(play, type_)


def incident(play: Play, type_: TicketType) -> None:
    """One cause, several callers."""
    parent, room = play.number, play.ticket.place
    if not play.do(Action.DECLARE_INCIDENT, scope="整栋"):
        return
    for _ in range(play.some.choice([1, 2, 3])):
        play.sid = ""
        play.wait(20, 900)
        play.open(type_, contact_phone="19000000006", parent=parent, room=room)
    play.number = parent
    field(play, type_)


def silence(play: Play) -> None:
    """A call without a ticket: given up, withheld, about nothing, or asked about something and written down."""
    match play.luck.draw("silence"):
        case x if x < .45:
            sid = play.ring(answered=False, known=play.chance(.9))
            play.wait(30, 900)
            if play.chance(.7):
                try:
                    calls.returned(play.hotline, sid, "agent03", play.some.choice(["reached", "no_answer"]), play.now)
                except Refused:
                    return
            play.wait(1, 600)
        case _:
            sid = play.ring()
            play.hang_up()
            play.wait(1, 200)
            about = play.some.choice(["inquiry_answered", "wrong_number", "nuisance", "progress_asked"])
            calls.dispose(play.hotline, sid, "agent01", about, play.now)


#: how each kind goes on once it has come in
TOLD: dict[TicketType, Callable[[Play, TicketType], None]] = {
    **dict.fromkeys(sorted(FIELDWORK), field), TicketType.COMPLAINT_QUALITY: complaint, TicketType.COMPLAINT_SERVICE: complaint,
    TicketType.SUGGESTION: suggestion, TicketType.INQUIRY: inquiry, TicketType.PRAISE: counter, TicketType.ITEM_RELEASE: counter,
    TicketType.BUSINESS_CALL: counter}
#: DOMAIN.md 17.2, in percent; what it does not name comes seldom
SHARES = {TicketType.DAILY_REPAIR: 36, TicketType.PUBLIC_REPAIR: 16, TicketType.INQUIRY: 19, TicketType.HELP_ORDER: 10, TicketType.URGENT_REPAIR: 5,
          TicketType.WARRANTY_REPAIR: 4, TicketType.COMPLAINT_SERVICE: 2, TicketType.COMPLAINT_QUALITY: 1, TicketType.SPECIAL_SERVICE: 2,
          TicketType.SUGGESTION: 1, TicketType.LEGACY_ISSUE: 1, TicketType.EMERGENCY_REFERRAL: 1, TicketType.PRAISE: .7,
          TicketType.ITEM_RELEASE: .8, TicketType.BUSINESS_CALL: .5}


def tell(type_: TicketType | None, some: Random, luck: Luck) -> Play:
    """One matter from its beginning to its end, or to where it was left; None is a call that became no ticket."""
    play = Play(some, luck, some.randrange(1, 12) if luck.draw("left") < .1 else None)
    try:
        if type_ is None:
            silence(play)
            return play
        begun(play, type_)
        match luck.draw("told"):
            case x if x < .03:
                withdrawn(play, type_)
            case x if x < .06 and type_ in FIELDWORK and type_ is not TicketType.SPECIAL_SERVICE:
                doubled(play, type_)
            case x if x < .16 and type_ is TicketType.URGENT_REPAIR:
                incident(play, type_)
            case _:
                TOLD[type_](play, type_)
    except Left:
        play.wait(60, 86_400 * 3)
    play.wait(60, 3600)
    return play
