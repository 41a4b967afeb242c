"""The promises of days, weeks, months, surveys and shifts: begun, fired, told about and kept within the transaction of whoever works on them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import days, promises, reaching
from callcenter.domain.policy import PromiseRule, Rung
from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import OPEN, Clock, Condition, Moment, Role
from callcenter.services import calendar, telling
from callcenter.services.hotline import Hotline
from callcenter.storage import facts, ledger, timers
from callcenter.storage.store import wake_later
from callcenter.storage.tables import CompoundRow, DutyRow, MessageRow, PeriodRow, PromiseRow, TicketRow, TimerRow

#: who is asked, one after the other, when nobody in the roles meant can be reached
INSTEAD = (Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY)


def start(session: Session, hotline: Hotline, period: PeriodRow, started_at: datetime, now: datetime) -> PromiseRow | None:
    """Begin the promise of a period that was just opened; its rungs that are past already still speak. None where no rule asks for one."""
    policy = hotline.rulebook.policy
    rule = policy.period_promise(Clock(period.kind))
    if rule is None:
        return None
    if rule.start is Moment.SHIFT_ENDING:
        started_at -= rule.within
    due = due_time(session, hotline, rule, period, started_at)
    row = PromiseRow(period_id=period.id, clock=rule.key, about="", cycle=1, started_at=started_at, due_at=due, first_due_at=due, paused_ms=0)
    session.add(row)
    session.flush()
    timers.arm(session, policy, rule, row, None, now)
    return row


def due_time(session: Session, hotline: Hotline, rule: PromiseRule, period: PeriodRow, started_at: datetime) -> datetime:
    """When it is due: the rule's length after *started_at* or the period's own end, and for office work never on a day off (4.1-7)."""
    due = promises.due_time(hotline.rulebook.policy, rule, started_at, period.until)
    day = days.local(due).date()
    if not rule.workday or calendar.is_workday(day, session)[0]:
        return due
    return due + timedelta(days=(calendar.next_workday(day, session) - day).days)


def fire(session: Session, hotline: Hotline, staff: Staff, timer: TimerRow, now: datetime) -> None:
    """One rung of a period's promise."""
    period = session.get_one(PeriodRow, timer.period_id, populate_existing=True)
    row = session.get_one(PromiseRow, timer.promise_id, populate_existing=True)
    policy = hotline.rulebook.policy
    rule, promise = policy.period_promise(Clock(row.clock)), facts.promise(row)
    if rule is None or not promise.running:
        timer.due_at = None
        return
    due = promises.next_due(policy, rule, promise, None, timer.armed_from, timer.step)
    quiet = _quiet(session, period, rule.ladder.rungs[due.rung])
    late = due.at >= promise.due_at
    key = f"timer:{timer.id}:{timer.gen}:{timer.step}"
    timers.fired(session, timer, due.rung, due.at, now, quiet or "told")
    if quiet and late:
        settle_as_kept(session, period, row, promise.due_at)
        return
    if late:
        row.broken_at = row.broken_at or promise.due_at
    if not quiet:
        told = tell(session, hotline, staff, period, key, _notice(rule, rule.ladder.rungs[due.rung], late), rule.ladder.rungs[due.rung].tell,
                    now, {"due": promise.due_at, "clock": rule.key.value})
        event(session, period, f"timer:{rule.key}", Role.SYSTEM, now, key, {
            "rung": due.rung, "due": due.at, "told": told, "late_ms": max(0, int((now - due.at).total_seconds() * 1000))})
    session.flush()
    timers.set_next(session, policy, rule, row, timer, None)


def _quiet(session: Session, period: PeriodRow, rung: Rung) -> str:
    """Why the rung has nothing to say, or ""."""
    if period.kind == Clock.HANDOVER:
        return _nothing_to_hand_over(session, period)
    if rung.when is Condition.NOT_PLANNED and period.content.get("planned_for") is not None:
        return "planned"
    return ""


def _nothing_to_hand_over(session: Session, period: PeriodRow) -> str:
    """Why nobody need be told that a shift ends: nothing is open, the roster was changed, or the person stays on."""
    user = period.content["user"]
    turns = list(session.scalars(sa.select(DutyRow).where(DutyRow.user == user, DutyRow.start_at <= period.until, DutyRow.end_at >= period.until)))
    if not any(t.end_at == period.until for t in turns):
        return "roster_changed"
    if any(t.end_at > period.until for t in turns):
        return "stays_on"
    return "" if left_open(session, user) else "nothing_open"


def _notice(rule: PromiseRule, rung: Rung, late: bool) -> str:
    if rule.key is Clock.HANDOVER:
        return "handover_overdue" if late else "handover_due"
    if rung.when is Condition.NOT_PLANNED:
        return "period_unplanned"
    return "period_overdue" if late else "period_due"


def tell(session: Session, hotline: Hotline, staff: Staff, period: PeriodRow, key: str, notice: str, roles: tuple[Role, ...], now: datetime,
         said: dict[str, Any], instead: bool = True) -> list[str]:
    """A message about a period to everybody in these roles; with nobody there, and *instead*, to the next level. Returns who was told."""
    people = {u: role for role in reversed(roles) for u in _holders(staff, period, role)}
    if not people and instead:
        people = next((dict.fromkeys(reached, role) for role in INSTEAD if (reached := _holders(staff, period, role))), {})
    return write(session, hotline, staff, period, key, notice, people, now, said)


def write(session: Session, hotline: Hotline, staff: Staff, period: PeriodRow, key: str, notice: str, people: Mapping[str, Role], now: datetime,
          said: dict[str, Any]) -> list[str]:
    """A message about a period to each of *people*, in their language."""
    said = {"where": name(session, period), **_about(session, period, staff), **said}
    for user, role in sorted(people.items()):
        person = staff.people[user]
        text = telling.words(hotline.rulebook.policy, notice, said, person.language)
        session.add(MessageRow(key=f"{key}:{user}", to=user, role=role, phone=person.phone, channel="screen", notice=notice, text=text,
                               level=0, created_at=now, status="sent", sent_at=now, tries=0))
    wake_later(session, "message")
    return sorted(people)


def _holders(staff: Staff, period: PeriodRow, role: Role) -> list[str]:
    if role is Role.OWNER:
        user = str(period.content.get("user", ""))
        return [user] if user in staff.people else []
    where = period.compound or None
    return staff.holders(role, where) or (reaching.standing(staff, role, where) if role in reaching.STANDING else [])


def _about(session: Session, period: PeriodRow, staff: Staff) -> dict[str, Any]:
    user = period.content.get("user")
    if user is None:
        return {}
    return {"who": staff.people[user].name if user in staff.people else user, "count": len(left_open(session, user))}


def name(session: Session, period: PeriodRow) -> str:
    """What the period is called in a message: its key, with the compound where it has one."""
    compound = session.get(CompoundRow, period.compound) if period.compound else None
    return f"{compound.name} {period.key}" if compound else period.key


def left_open(session: Session, user: str) -> list[str]:
    """The open tickets *user* owns and nobody follows: what has to be handed over before leaving (C24)."""
    return list(session.scalars(sa.select(TicketRow.number).where(
        TicketRow.owner == user, TicketRow.acting_follower.is_(None), TicketRow.state.in_(OPEN)).order_by(TicketRow.id)))


def promise_of(session: Session, period: PeriodRow) -> PromiseRow | None:
    """The promise a period runs under."""
    return session.scalar(sa.select(PromiseRow).where(PromiseRow.period_id == period.id).execution_options(populate_existing=True))


def settle(session: Session, hotline: Hotline, period: PeriodRow, now: datetime) -> None:
    """Before anybody confirms: fire what fell due strictly before *now*, so that confirming late silences nothing."""
    while (timer := timers.due_of_period(session, period.id, now)) is not None:
        fire(session, hotline, facts.staff(session, now), timer, now)
        session.flush()


def keep(session: Session, period: PeriodRow, by: str, now: datetime) -> None:
    """The period is confirmed, its promise kept, in time or late, and its timer rests."""
    period.confirmed_at, period.confirmed_by = now, by
    row = promise_of(session, period)
    if row is not None and row.kept_at is None:
        row.kept_at = now
        session.flush()
        timers.rest(session, row)


def settle_as_kept(session: Session, period: PeriodRow, row: PromiseRow, at: datetime) -> None:
    """A shift that ended with nothing open has nothing to hand over."""
    period.confirmed_at, period.confirmed_by, row.kept_at = at, Role.SYSTEM, at
    session.flush()
    timers.rest(session, row)


def handed_over(session: Session, hotline: Hotline, user: str, now: datetime, freeze: Callable[[PeriodRow], str]) -> None:
    """*user* has handed over: the shift that is about to end, or ended without it, is in order; *freeze* keeps its sheet (C24, RP-S)."""
    for period in session.scalars(sa.select(PeriodRow).where(PeriodRow.kind == Clock.HANDOVER, PeriodRow.confirmed_at.is_(None),
                                                             PeriodRow.key.startswith(f"{user}@", autoescape=True), PeriodRow.since <= now)
                                  .with_for_update()):
        settle(session, hotline, period, now)
        sha = freeze(period)
        keep(session, period, user, now)
        event(session, period, "handed_over", user, now, f"period:{period.id}:handed_over", {"report_sha": sha})


def received(session: Session, user: str, by: str, now: datetime) -> None:
    """*by* signs the sheet of the shift *user* handed over last. Again: nothing more."""
    period = session.scalar(sa.select(PeriodRow).where(
        PeriodRow.kind == Clock.HANDOVER, PeriodRow.confirmed_by == user, PeriodRow.key.startswith(f"{user}@", autoescape=True))
        .order_by(PeriodRow.confirmed_at.desc(), PeriodRow.id.desc()).limit(1).with_for_update())
    if period is not None and "receiver" not in period.content.get("signed", {}):
        period.content = {**period.content, "signed": {"receiver": {"by": by, "at": now}}}
        event(session, period, "period_signed", by, now, f"period:{period.id}:signed:receiver", {"receiver": by})


def event(session: Session, period: PeriodRow, action: str, by: str, now: datetime, key: str, data: dict[str, Any]) -> None:
    """Write what happened to a period into its history."""
    state = "confirmed" if period.confirmed_at is not None else "open"
    ledger.append(session, period, key, action, by, now, before=None, after=state, data=data)
    wake_later(session, "promise", period=period.id)
