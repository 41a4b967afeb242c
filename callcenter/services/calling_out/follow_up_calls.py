"""Follow-up calls by machine: whom to call, what to ask, and that only the customer's own key counts as reached (DOMAIN.md 7, CB14)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.policy import Policy
from callcenter.domain.telephone import Script
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import CONTENT, Action, Clock, ContactResult, Role, Satisfaction, State, ToldVia
from callcenter.services import telling, tickets
from callcenter.services.calling_out.spoken import Spoken
from callcenter.services.hotline import Hotline
from callcenter.services.views import followup_view
from callcenter.storage import facts
from callcenter.storage.store import wake_later
from callcenter.storage.tables import MatterRow, MessageRow, TicketRow
from callcenter.storage.telephone_tables import MachineTalkRow
from callcenter.telephony.port import Phone

KEYS = dict(zip("12345", Satisfaction, strict=True))
#: the longer words first: 不满意 holds 满意
_SPOKEN = sorted(KEYS.items(), key=lambda held: -len(held[1].zh))
#: drawn by chance: a machine may ask these; all others are for people
_BY_CHANCE = frozenset({"sample", "top_up"})
#: how a call that was not answered counts as an attempt
ATTEMPTS = {"busy": ContactResult.BUSY}
#: candidates looked at in one round
MOST = 50


# ---- whom -------------------------------------------------------------------------------------------------

def begin(hotline: Hotline, phone: Phone, now: datetime) -> str | None:
    """
    Have the next drawn customer called, one at a time; the ticket's number, or None when nobody may be called now.

    Nobody is called unless the company names kinds of work for it, nor outside the calling hours, nor who asked not to be, nor who named
    hours of their own, nor anybody who was ever dissatisfied with the matter.
    """
    policy = hotline.rulebook.policy
    if not policy.follow_up.automatic or not phone.live:
        return None
    with hotline.store.transaction() as session:
        if _underway(session):
            return None
        chosen = next((call for call in _candidates(session, policy, now) if not _asked_before(session, call)), None)
        if chosen is None:
            return None
        row = session.scalars(sa.select(TicketRow).where(TicketRow.number == chosen.number)).one()
        session.add(MessageRow(
            key=_key(chosen), ticket_id=row.id, to="customer", role=Role.CUSTOMER, phone=row.contact_phone, channel="call",
            notice="follow_up_hello", text=_hello(session, policy, row), level=0, created_at=now, next_try_at=now, status="waiting",
            script=Script.FOLLOW_UP))
        wake_later(session, "message")
        return chosen.number


def _underway(session: Session) -> bool:
    newest = session.scalar(sa.select(sa.func.max(MessageRow.id))) or 0
    return session.scalar(sa.select(MessageRow.id).where(
        MessageRow.id > newest - 5000, MessageRow.script == Script.FOLLOW_UP, MessageRow.outcome.is_(None),
        MessageRow.status.in_(["waiting", "sending", "sent", "delivered", "unknown"])).limit(1)) is not None


def _candidates(session: Session, policy: Policy, now: datetime) -> list[followup_view.DueCall]:
    rows = list(session.scalars(sa.select(TicketRow).join(MatterRow, MatterRow.id == TicketRow.matter_id).where(
        TicketRow.state == State.CALLBACK_DUE, TicketRow.type.in_(sorted(policy.follow_up.automatic)), TicketRow.cycle == 1,
        MatterRow.dissatisfied_rounds == 0, TicketRow.contact_phone.is_not(None)).order_by(TicketRow.completed_at, TicketRow.id).limit(MOST)))
    return [call for call in followup_view.calls_for(session, policy, rows, now)
            if call.why in _BY_CHANCE and call.window is None and call.now_is_fine(now)
            and not (call.promise and call.promise.key is Clock.CALLBACK_RETRY and call.promise.about == "wait")]


def _key(call: followup_view.DueCall) -> str:
    return f"follow-up:{call.number}:{len(call.attempts) + 1}"


def _asked_before(session: Session, call: followup_view.DueCall) -> bool:
    """This attempt was made, with whatever result; the next is counted once the attempt is written down."""
    return session.scalar(sa.select(MessageRow.id).where(MessageRow.key == _key(call))) is not None


def _hello(session: Session, policy: Policy, row: TicketRow) -> str:
    return telling.words(policy, "follow_up_hello", telling.about(facts.ticket(session, row)), "zh")


# ---- what is asked ----------------------------------------------------------------------------------------

def greet(hotline: Hotline, message_id: int) -> Spoken:
    """Company, ticket, and the one question that matters most."""
    with hotline.store.reading() as session:
        message = session.get_one(MessageRow, message_id)
        waits = session.get_one(TicketRow, message.ticket_id).state == State.CALLBACK_DUE
    return _ask(hotline, "follow_up_ask", "ask1", message.text, words=True) if waits else _end(hotline, "follow_up_thanks")


def heard(hotline: Hotline, message_id: int, step: str, key: str, said: str, now: datetime) -> Spoken:
    """The answer to one question leads to the next; a dissatisfied one is acted on before anything else is asked."""
    if key == "0":
        return _to_a_person(hotline, message_id)
    if step.startswith("ask"):
        return _satisfaction(hotline, message_id, step, key, said, now)
    if step.startswith("sure"):
        return _taken(hotline, message_id, step[4:], now) if key == "1" else _ask(hotline, "follow_up_ask", "ask2", words=True)
    if step == "solved":
        if key == "2":
            return _sorry(hotline, message_id, now)
        return _ask(hotline, "follow_up_on_time", "on_time")
    if step == "on_time":
        answer(hotline, message_id, now)
        return _end(hotline, "follow_up_thanks")
    return _end(hotline, "follow_up_thanks")


def _satisfaction(hotline: Hotline, message_id: int, step: str, key: str, said: str, now: datetime) -> Spoken:
    if key in KEYS:
        return _taken(hotline, message_id, key, now)
    if meant := understood(said):
        text = telling.words(hotline.rulebook.policy, "follow_up_heard", {"text": KEYS[meant].zh}, "zh")
        return Spoken((text,), step=f"sure{meant}")
    if step == "ask1":
        return _ask(hotline, "follow_up_ask", "ask2", words=True)
    over(hotline, message_id, "no_key", now)
    return _end(hotline, "follow_up_later")


def understood(said: str) -> str | None:
    """The key of the satisfaction in what was recognised; it still has to be confirmed with a key."""
    return next((key for key, word in _SPOKEN if word.zh in said), None)


def _taken(hotline: Hotline, message_id: int, key: str, now: datetime) -> Spoken:
    if KEYS.get(key) in CONTENT:
        return _ask(hotline, "follow_up_solved", "solved")
    return _sorry(hotline, message_id, now)


def _sorry(hotline: Hotline, message_id: int, now: datetime) -> Spoken:
    """Not content, or not solved: the dissatisfied path begins now; a person may be had at once."""
    answer(hotline, message_id, now)
    return _ask(hotline, "follow_up_sorry", "sorry")


def _to_a_person(hotline: Hotline, message_id: int) -> Spoken:
    _came_of_it(hotline, message_id, "0")
    return Spoken((telling.words(hotline.rulebook.policy, "speak_to_person", {}, "zh"),), person=True)


def _ask(hotline: Hotline, notice: str, step: str, before: str = "", words: bool = False) -> Spoken:
    text = telling.words(hotline.rulebook.policy, notice, {}, "zh")
    return Spoken((before, text) if before else (text,), step=step, words=words)


def _end(hotline: Hotline, notice: str) -> Spoken:
    return Spoken((telling.words(hotline.rulebook.policy, notice, {}, "zh"),))


# ---- what came of it --------------------------------------------------------------------------------------

def answer(hotline: Hotline, message_id: int, now: datetime) -> bool:
    """What the customer pressed, as their own answer; False when they pressed nothing that answers, or the ticket has moved on."""
    with hotline.store.reading() as session:
        message = session.get_one(MessageRow, message_id)
        number = session.get_one(TicketRow, message.ticket_id).number
        pressed = {talk.step: str(talk.about["pressed"]) for talk in session.scalars(
            sa.select(MachineTalkRow).where(MachineTalkRow.message_id == message_id).order_by(MachineTalkRow.id))}
    fields = _fields(pressed)
    if fields is None:
        return False
    try:
        tickets.carry_out(hotline, number, Act(Action.CUSTOMER_REPLY, Role.CUSTOMER, fields), f"call:{message_id}:answer", now)
    except Refused:
        return False
    _came_of_it(hotline, message_id, fields["text"])
    return True


def _fields(pressed: dict[str, str]) -> dict[str, object] | None:
    """The customer's answer from the keys alone; a spoken one counts by the key that confirmed it."""
    keys = [held for step, held in pressed.items() if step.startswith("ask") and held in KEYS]
    keys += [step[4:] for step, held in pressed.items() if step.startswith("sure") and held == "1"]
    if not keys or keys[-1] not in KEYS:
        return None
    satisfaction, yes = KEYS[keys[-1]], {"1": True, "2": False}
    fields: dict[str, object] = {"text": satisfaction.zh, "method": ToldVia.PHONE}
    fields |= {name: yes[held] for name in ("solved", "on_time") if (held := pressed.get(name, "")) in yes}
    if satisfaction not in CONTENT or fields.get("solved") is False:
        fields["reason"] = f"电话按键:{satisfaction.zh if satisfaction not in CONTENT else '没有解决'}"
    return fields


def over(hotline: Hotline, message_id: int, outcome: str, now: datetime) -> None:
    """The call is over: what was pressed is the answer; with nothing pressed it was an attempt that reached nobody."""
    with hotline.store.reading() as session:
        message = session.get_one(MessageRow, message_id)
        if message.outcome is not None:
            return
        number = session.get_one(TicketRow, message.ticket_id).number
    if answer(hotline, message_id, now):
        return
    _came_of_it(hotline, message_id, outcome)
    fields = {"contact_result": ATTEMPTS.get(outcome, ContactResult.NO_ANSWER), "method": ToldVia.PHONE}
    try:
        tickets.carry_out(hotline, number, Act(Action.RECORD_CALLBACK, Role.SYSTEM, fields), f"call:{message_id}:attempt", now)
    except Refused:
        return  # a person was faster, or the ticket has moved on: there is nothing to attempt any more


def _came_of_it(hotline: Hotline, message_id: int, outcome: object) -> None:
    with hotline.store.transaction() as session:
        message = session.get_one(MessageRow, message_id, with_for_update=True, populate_existing=True)
        message.outcome = message.outcome or str(outcome)
