"""Who is told of a report: once it is signed, when it is corrected, and again and again while a department has not acknowledged it."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Staff
from callcenter.domain.vocabulary import Clock, Department, Role
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import period_promises
from callcenter.storage import facts
from callcenter.storage.tables import MessageRow, PeriodRow

#: a department that has not acknowledged is reminded this often
REMIND_EVERY = timedelta(days=1)
#: the supervisor is told as well from this reminder on
SUPERVISOR_FROM = 2
#: older reports are nobody's worry any more
REMIND_FOR = timedelta(days=14)


def address(period: PeriodRow) -> str:
    """Where a report is read, as it stands in messages."""
    return f"/reports/{period.kind}/{period.key}{f'?compound={period.compound}' if period.compound else ''}"


def signed(session: Session, hotline: Hotline, staff: Staff, period: PeriodRow, by: str, now: datetime) -> None:
    """Tell everybody the report is for: the departments of a weekly report are asked to acknowledge it."""
    rule = hotline.rulebook.policy.period_promise(Clock(period.kind))
    for role in rule.sent_to if rule else ():
        asked = period.kind == Clock.WEEKLY_REPORT and role is Role.DEPT_HEAD
        period_promises.tell(session, hotline, staff, period, f"period:{period.id}:sent:{role}", "report_sent" if asked else "report_signed", (role,),
                             now, {"clock": period.kind, "who": _name(staff, by), "text": address(period)}, instead=False)


def corrected(session: Session, hotline: Hotline, period: PeriodRow, by: str, why: str, now: datetime) -> None:
    """Tell the same people that something was put right, and why."""
    staff = facts.staff(session, now)
    rule = hotline.rulebook.policy.period_promise(Clock(period.kind))
    roles = rule.sent_to if rule else ()
    if roles:
        period_promises.tell(session, hotline, staff, period, f"period:{period.id}:corrected:{period.chain_seq}", "report_corrected", roles, now,
                             {"clock": period.kind, "who": _name(staff, by), "reason": why[:80], "text": address(period)}, instead=False)


def remind(hotline: Hotline, now: datetime) -> int:
    """Remind every department that has not acknowledged a weekly report, once a day; how many reminders were new."""
    with hotline.store.reading() as session:
        out = list(session.scalars(sa.select(PeriodRow.id).where(
            PeriodRow.kind == Clock.WEEKLY_REPORT, PeriodRow.confirmed_at <= now - REMIND_EVERY, PeriodRow.confirmed_at > now - REMIND_FOR)))
        heads = _heads(facts.staff(session, now))
        waiting = [(id_, d) for id_ in out for d in heads if not _acknowledged(session.get_one(PeriodRow, id_), d)
                   and not _said(session, id_, d, _which(session.get_one(PeriodRow, id_), now))]
    return sum(_remind(hotline, id_, department, now) for id_, department in waiting)


def _remind(hotline: Hotline, id_: int, department: Department, now: datetime) -> bool:
    with hotline.store.transaction() as session:
        period = session.get_one(PeriodRow, id_, with_for_update=True, populate_existing=True)
        staff, time = facts.staff(session, now), _which(period, now)
        if _acknowledged(period, department) or _said(session, id_, department, time):
            return False
        told = [*_heads(staff)[department], *(staff.holders(Role.SUPERVISOR) if time >= SUPERVISOR_FROM else ())]
        period_promises.write(session, hotline, staff, period, _key(id_, department, time), "report_unread", dict.fromkeys(told, Role.DEPT_HEAD), now,
                              {"clock": period.kind, "who": department, "text": address(period)})
    return True


def _which(period: PeriodRow, now: datetime) -> int:
    """The number of the reminder whose turn it is; those a sleeping clock missed are not said one after the other."""
    return (now - (period.confirmed_at or now)) // REMIND_EVERY


def _key(id_: int, department: Department, time: int) -> str:
    return f"period:{id_}:unread:{department}:{time}"


def _said(session: Session, id_: int, department: Department, time: int) -> bool:
    said = MessageRow.key.startswith(_key(id_, department, time) + ":", autoescape=True)
    return session.scalar(sa.select(MessageRow.id).where(said).limit(1)) is not None


def _acknowledged(period: PeriodRow, department: Department) -> bool:
    return department in period.content.get("signed", {})


def _heads(staff: Staff) -> dict[Department, list[str]]:
    """The departments that have somebody to acknowledge for them."""
    found: dict[Department, list[str]] = {}
    for user, person in sorted(staff.people.items()):
        if person.active and Role.DEPT_HEAD in person.roles and person.department is not None:
            found.setdefault(Department(person.department), []).append(user)
    return found


def _name(staff: Staff, user: str) -> str:
    return staff.people[user].name if user in staff.people else user
