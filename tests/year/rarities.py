"""What comes once in a hundred matters and would be missing from a small year: each of these is told once in every year."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random

from callcenter.domain.vocabulary import Action, State, TicketType
from callcenter.services.telephone import calls
from tests.year.playing import Left, Luck, Play
from tests.year.stories import complaint, field, incident


def anew(play: Play) -> None:
    """Done, closed, and some days later registered again from the beginning."""
    play.open(TicketType.DAILY_REPAIR)
    _done(play)
    first = play.ticket
    play.wait(86_400, 86_400 * 9)
    play.open(TicketType.DAILY_REPAIR, category=first.category, room=first.place)
    _done(play)


def _done(play: Play) -> None:
    """The plain way from sending somebody to a content customer."""
    play.wait(30, 170)
    for action, said in ((Action.DISPATCH, {"to": play.whom()}), (Action.ACCEPT, {}), (Action.ARRIVE, {}),
                         (Action.COMPLETE, {"result": "已修好", "result_explained": True, "signature": "周敏"}), (Action.RETURN_SLIP, {})):
        play.do(action, **said)
        play.wait(60, 1500)
    if play.state is State.CALLBACK_DUE:
        play.do(Action.RECORD_CALLBACK, contact_result="reached", satisfaction="satisfied", solved=True)


def with_children(play: Play) -> None:
    """A mass incident with several callers, seen through to the end."""
    play.open(TicketType.URGENT_REPAIR)
    incident(play, TicketType.URGENT_REPAIR)


def about_the_owner(play: Play) -> None:
    """A complaint about whoever took it: the supervisor's from the start."""
    play.open(TicketType.COMPLAINT_SERVICE, by="agent01", accused=["agent01"], accused_dept="customer_service")
    complaint(play, TicketType.COMPLAINT_SERVICE)


def by_nobody(play: Play) -> None:
    """A device reports it: the lead owns it, there is nobody to tell."""
    play.open(TicketType.PUBLIC_REPAIR, by="system", channel="device")
    field(play, TicketType.PUBLIC_REPAIR)


def moved_by_the_customer(play: Play) -> None:
    """The customer asks for a later day: no postponement of ours."""
    play.open(TicketType.DAILY_REPAIR)
    play.wait(600, 7200)
    promised = play.ticket.promise_at or play.now
    play.ring()
    play.do(Action.POSTPONE, new_promise_at=promised + timedelta(hours=20), reason="material", told_at=play.now, told_via="phone",
            attitude="understands", initiated_by="customer", call=play.sid)
    play.hang_up()
    _done(play)


def moved_when_late(play: Play) -> None:
    """Overdue for more than a day, promised once more, and then put off by the customer: from then on nothing is overdue."""
    play.open(TicketType.DAILY_REPAIR)
    play.until((play.ticket.promise_at or play.now) + timedelta(hours=30))
    play.do(Action.RECOVERY_PROMISE, reason="缺配件", new_promise_at=play.now + timedelta(hours=20))
    play.wait(3600, 7200)
    play.ring()
    play.do(Action.POSTPONE, new_promise_at=play.now + timedelta(hours=30), reason="material", told_at=play.now, told_via="phone",
            attitude="understands", initiated_by="customer", call=play.sid)
    play.hang_up()
    play.wait(86_400, 90_000)
    _done(play)


def rudely(play: Play) -> None:
    """What nobody should write to a customer, written all the same."""
    play.open(TicketType.COMPLAINT_SERVICE, accused_dept="environment")
    play.do(Action.HAND_OVER_COMPLAINT, department="environment")
    play.wait(600, 30_000)
    play.do(Action.REPLY, text="这件事跟我们没关系,没办法解决", customer_confirmed=False)
    play.do(Action.JUDGE_COMPLAINT, valid=True, reason="核实")


def would_not_say(play: Play) -> None:
    """Reached, but unwilling to say whether it was done well."""
    play.open(TicketType.URGENT_REPAIR)
    play.wait(30, 170)
    for action, said in ((Action.DISPATCH, {"to": play.whom()}), (Action.ACCEPT, {}), (Action.ARRIVE, {}),
                         (Action.COMPLETE, {"result": "已修好", "result_explained": True}), (Action.RETURN_SLIP, {})):
        play.do(action, **said)
        play.wait(60, 1500)
    play.do(Action.RECORD_CALLBACK, contact_result="refused")


def given_up(play: Play) -> None:
    """Somebody hangs up a millisecond before they count as waiting."""
    play.sid = "CA-short"
    calls.arrive(play.hotline, play.sid, "19000000009", play.now)
    play.until(play.now + timedelta(milliseconds=4999))
    calls.ended(play.hotline, play.sid, play.now, "customer")


ALL: tuple[Callable[[Play], None], ...] = (
    anew, with_children, about_the_owner, by_nobody, moved_by_the_customer, moved_when_late, rudely, would_not_say, given_up)
#: each of them in percent of all matters
SHARE = .4


def tell(which: Callable[[Play], None], some: Random, luck: Luck) -> Play:
    """One of them from its beginning to its end."""
    play = Play(some, luck)
    with suppress(Left):
        which(play)
    play.wait(60, 3600)
    return play
