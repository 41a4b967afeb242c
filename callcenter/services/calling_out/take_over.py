"""Escalations by telephone: a key takes one over or passes it up; when nobody picks up, the next number, person or level at once (E3)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import promises, reaching, refusals
from callcenter.domain.telephone import PhoneKind, Script
from callcenter.domain.ticket import Act, Effect, Promise, Refused, Ticket
from callcenter.domain.vocabulary import Action, Clock, Role, Trigger
from callcenter.services import numbers, telling, tickets
from callcenter.services import timers as firing
from callcenter.services.acting import Writing
from callcenter.services.calling_out.spoken import Spoken
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.store import wake_later
from callcenter.storage.tables import EscalationRow, EventRow, MessageRow, TicketRow
from callcenter.storage.telephone_tables import AgentPhoneRow

#: how often it is said when no key is pressed; a mailbox presses none
REPEATS = 2
#: said again at the listener's wish at most so often
MOST = 6
#: a call that is still to be made, or of which nobody has said how it ended
UNDERWAY = ("waiting", "sending", "sent", "delivered", "unknown")


def raised_by(session: Session, message: MessageRow) -> EscalationRow | None:
    """The escalation a call tells of; None when it tells of something else."""
    if message.ticket_id is None or message.level == 0:
        return None
    if message.key.startswith("escalation:"):
        return session.get(EscalationRow, int(message.key.split(":")[1]))
    return session.scalar(sa.select(EscalationRow).where(
        EscalationRow.ticket_id == message.ticket_id, EscalationRow.level == message.level, EscalationRow.at == message.created_at)
        .order_by(EscalationRow.acknowledged_at.is_not(None), EscalationRow.id).limit(1))


def waits(row: EscalationRow | None) -> bool:
    """Whether somebody still has to take it up."""
    return row is not None and row.ended_at is None and row.acknowledged_at is None


def concerns(session: Session, row: EscalationRow | None) -> bool:
    """Whether it is still to be said: nobody has taken it up, neither here nor on the level it has climbed to. Climbing adds people."""
    if row is None or row.outcome != "climbed":
        return waits(row)
    return session.scalar(sa.select(EscalationRow.id).where(
        EscalationRow.ticket_id == row.ticket_id, EscalationRow.level > row.level, EscalationRow.ended_at.is_(None),
        EscalationRow.acknowledged_at.is_(None)).limit(1)) is not None


def greet(hotline: Hotline, message_id: int, now: datetime) -> Spoken:
    """What whoever picks up hears: what it is about and which keys there are, or that somebody else has it already."""
    with hotline.store.reading() as session:
        return _say(session, hotline, session.get_one(MessageRow, message_id), 1, now)


def heard(hotline: Hotline, message_id: int, step: int, key: str, now: datetime) -> Spoken:
    """A key after it was said for the *step*-th time; "" for none."""
    if key == "1" and _take(hotline, message_id, now):
        return _closing(hotline, message_id, "taken_over")
    if key == "2" and pass_up(hotline, message_id, now):
        return _closing(hotline, message_id, "passed_up")
    with hotline.store.reading() as session:
        spoken = _say(session, hotline, session.get_one(MessageRow, message_id), step + 1, now)
    if spoken.step is not None and step >= (REPEATS if key in ("", "#", "*") else MOST):
        not_reached(hotline, message_id, "no_key", now)
        return _closing(hotline, message_id, "no_key")
    return spoken


def _say(session: Session, hotline: Hotline, message: MessageRow, step: int, now: datetime) -> Spoken:
    row, language = raised_by(session, message), _language(session, message.to)
    ticket_row = session.get_one(TicketRow, message.ticket_id)
    policy, ticket = hotline.rulebook.of(session, ticket_row.policy_id), facts.ticket(session, ticket_row)
    people = facts.people(session)
    if row is None or not concerns(session, row):
        by = people.get(row.acknowledged_by or "") if row else None
        notice = "taken_by_other" if by else "no_longer_open"
        return Spoken((telling.words(policy, notice, {"who": by.name if by else ""}, language),), language)
    late = telling.words(policy, "take_over_late", {"late": length}, language) if (length := _late(ticket, row, now, language)) else ""
    owner = people.get(ticket.owner)
    said = {**telling.about(ticket), "level": row.level, "reason": row.reason, "late": late, "who": owner.name if owner else ticket.owner}
    return Spoken((telling.words(policy, "take_over", said, language), telling.words(policy, "take_over_keys", {}, language)), language, str(step))


def _late(ticket: Ticket, row: EscalationRow, now: datetime, language: str) -> str:
    """How long past its time the promise is that raised it, as one says it; "" when it is not late."""
    promise = ticket.promise(Clock(row.clock)) if row.clock else None
    minutes = int((now - promise.due_at).total_seconds() // 60) if promise else 0
    if minutes < 1:
        return ""
    hours, rest = divmod(minutes, 60)
    if language.startswith("en"):
        return f"{hours} hours {rest} minutes" if hours else f"{rest} minutes"
    return f"{hours}小时{rest}分钟" if hours else f"{rest}分钟"


def _closing(hotline: Hotline, message_id: int, notice: str) -> Spoken:
    with hotline.store.reading() as session:
        language = _language(session, session.get_one(MessageRow, message_id).to)
    return Spoken((telling.words(hotline.rulebook.policy, notice, {}, language),), language)


def _language(session: Session, user: str) -> str:
    person = facts.people(session).get(user)
    return "en" if person and person.language.startswith("en") else "zh"


def _take(hotline: Hotline, message_id: int, now: datetime) -> bool:
    """1: the acknowledgement, as that person's own act. A key that was overtaken by the news of the end takes what climbed meanwhile."""
    with hotline.store.transaction() as session:
        message = session.get_one(MessageRow, message_id)
        number, user = session.get_one(TicketRow, message.ticket_id).number, message.to
        row = raised_by(session, message)
        climbed = session.scalar(sa.select(EscalationRow).where(
            EscalationRow.ticket_id == message.ticket_id, EscalationRow.trigger == Trigger.NOT_PICKED_UP, EscalationRow.ended_at.is_(None),
            EscalationRow.acknowledged_at.is_(None), EscalationRow.level == message.level + 1))
        if row is not None and row.outcome == "climbed" and climbed is not None and user not in climbed.told:
            climbed.told = sorted({*climbed.told, user})
    try:
        tickets.carry_out(hotline, number, Act(Action.ACKNOWLEDGE, user, {"reason": "电话按键 / by telephone"}), f"call:{message_id}:1", now)
    except Refused:
        _came_of_it(hotline, message_id, "too_late")
        return False
    _came_of_it(hotline, message_id, "1")
    return True


def pass_up(hotline: Hotline, message_id: int, now: datetime) -> bool:
    """2: it climbs at once, in the listener's name; False when there is nothing to pass up any more."""
    with hotline.store.transaction() as session:
        row, message = _locked(session, message_id)
        if session.scalar(sa.select(EventRow.id).where(EventRow.key == f"act:call:{message_id}:2")) is not None:
            return True
        if not _climb(session, hotline, row, message, message.to, Trigger.PASSED_UP, f"act:call:{message_id}:2", now):
            return False
        message.outcome = message.outcome or "2"
        return True


def _came_of_it(hotline: Hotline, message_id: int, outcome: str) -> None:
    with hotline.store.transaction() as session:
        message = session.get_one(MessageRow, message_id, with_for_update=True, populate_existing=True)
        message.outcome = message.outcome or outcome


def not_reached(hotline: Hotline, message_id: int, outcome: str, now: datetime) -> None:
    """
    Nobody picked up, or nobody pressed a key: the person's other number, the next on duty, the next level, at once. Told twice, it
    happens once; while another of that level is still being rung it waits for them.
    """
    with hotline.store.reading() as session:
        number = session.scalar(sa.select(TicketRow.number).join(MessageRow, MessageRow.ticket_id == TicketRow.id)
                                .where(MessageRow.id == message_id, MessageRow.outcome.is_(None)))
    if number is None:
        return
    firing.settle(hotline, number, now)
    with hotline.store.transaction() as session:
        row, message = _locked(session, message_id)
        if message.outcome is not None:
            return
        message.outcome = outcome
        escalation = raised_by(session, message)
        if escalation is None or not waits(escalation):
            return
        if _rings_another(session, hotline, row, message, escalation, now) or _underway(session, escalation, message):
            return
        _climb(session, hotline, row, message, Role.SYSTEM, Trigger.NOT_PICKED_UP, f"call:{message_id}:climbs", now)


def _locked(session: Session, message_id: int) -> tuple[TicketRow, MessageRow]:
    """Ticket first, as everybody locks."""
    row = facts.locked_by_id(session, session.get_one(MessageRow, message_id).ticket_id or 0)
    return row, session.get_one(MessageRow, message_id, with_for_update=True, populate_existing=True)


def _rings_another(session: Session, hotline: Hotline, row: TicketRow, message: MessageRow, escalation: EscalationRow, now: datetime) -> bool:
    """The person's next number, else somebody of that level who has come on duty since."""
    if number := _next_number(session, escalation, message):
        _ring(session, message, escalation, message.to, number, message.text, now)
        return True
    policy, staff, ticket = hotline.rulebook.of(session, row.policy_id), facts.staff(session, now), facts.ticket(session, row)
    for role in policy.escalation.roles(escalation.level):
        for user in reaching.who(policy, staff, ticket, role, now):
            person = staff.people.get(user)
            if user in escalation.told or person is None or not person.phone:
                continue
            said = {**telling.about(ticket), "level": escalation.level, "reason": telling.named(escalation.reason)}
            escalation.told = sorted({*escalation.told, user})
            _ring(session, message, escalation, user, person.phone, telling.words(policy, "escalated", said, person.language), now, role)
            return True
    return False


def _next_number(session: Session, escalation: EscalationRow, message: MessageRow) -> str | None:
    """A number of the same person at which they were not rung about this yet."""
    tried = {numbers.comparable(phone) for phone in session.scalars(sa.select(MessageRow.phone).where(
        MessageRow.ticket_id == escalation.ticket_id, MessageRow.to == message.to, MessageRow.channel == "call",
        MessageRow.level == escalation.level, MessageRow.created_at >= escalation.at))}
    person, own = facts.people(session).get(message.to), session.get(AgentPhoneRow, message.to)
    known = [person.phone if person else None, own.address if own and own.kind == PhoneKind.NUMBER else None]
    return next((phone for phone in known if phone and numbers.comparable(phone) not in tried), None)


def _ring(session: Session, message: MessageRow, escalation: EscalationRow, user: str, phone: str, text: str, now: datetime,
          role: str | None = None) -> None:
    again = session.scalar(sa.select(sa.func.count()).where(MessageRow.key.like(f"escalation:{escalation.id}:%"))) or 0
    session.add(MessageRow(
        key=f"escalation:{escalation.id}:{again + 1}:{user}", ticket_id=escalation.ticket_id, to=user, role=role or message.role, phone=phone,
        channel="call", notice=message.notice, level=escalation.level, text=text, created_at=now, next_try_at=now, status="waiting",
        script=Script.TAKE_OVER))
    wake_later(session, "message")


def _underway(session: Session, escalation: EscalationRow, message: MessageRow) -> bool:
    """Whether somebody else of this level is still being rung, or to be rung."""
    return session.scalar(sa.select(MessageRow.id).where(
        MessageRow.ticket_id == escalation.ticket_id, MessageRow.channel == "call", MessageRow.level == escalation.level,
        MessageRow.created_at >= escalation.at, MessageRow.id != message.id, MessageRow.outcome.is_(None),
        MessageRow.status.in_(UNDERWAY)).limit(1)) is not None


def _climb(session: Session, hotline: Hotline, row: TicketRow, message: MessageRow, by: str, why: Trigger, key: str, now: datetime) -> bool:
    """The way an escalation climbs that nobody took up, only at once; a person may also pass it to the level the system never names."""
    escalation = raised_by(session, message)
    writing = Writing(session, hotline, row, now)
    ticket, policy = facts.ticket(session, row), writing.policy
    highest = policy.escalation.climb_to if by == Role.SYSTEM else policy.escalation.top
    promise = _acknowledgement(ticket, escalation)
    if escalation is None or not waits(escalation) or promise is None or escalation.level >= highest:
        return False
    effects: list[Effect] = promises.climb(policy, ticket, promise, now, why, highest)
    act = Act(Action.ESCALATE, by, {"reason": refusals.shown(why), "level": min(escalation.level + 1, highest)})
    writing.apply(effects, ticket.state, Action.ESCALATE, act, key)
    return True


def _acknowledgement(ticket: Ticket, escalation: EscalationRow | None) -> Promise | None:
    return next((p for p in ticket.promises if p.key is Clock.ESCALATION_ACK and p.running and escalation is not None
                 and p.about == str(escalation.id)), None)
