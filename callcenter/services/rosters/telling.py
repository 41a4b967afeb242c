"""Who is told of what the roster lacks a day ahead, and of certificates about to run out; each thing once (13-24, R038)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import roster
from callcenter.domain.days import local
from callcenter.domain.roster import Gap, Need
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Department, Role, Trade
from callcenter.services import telling
from callcenter.services.hotline import Hotline
from callcenter.services.rosters.weeks import between, leave
from callcenter.storage import facts
from callcenter.storage.store import wake_later
from callcenter.storage.tables import DutyRow, MessageRow

#: a gap is told this long before it begins, or as soon as it is there; somewhat longer than a day, because it is looked for every ten minutes
AHEAD = timedelta(hours=24, minutes=15)
#: a certificate is told so many days before it runs out, and once it has
STEPS = (30, 7, 0)
#: who hears of it when nobody holds the office meant
_INSTEAD = (Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.GM, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Ending:
    """A certificate that runs out soon, or has, and which step of its telling has come (the days of STEPS)."""

    person: Person
    certificate: str
    until: datetime
    step: int


def tell(hotline: Hotline, now: datetime) -> int:
    """Write a message about every gap that begins within a day and every certificate whose step has come; how many messages."""
    with hotline.store.transaction() as session:
        people = facts.people(session)
        told = sum(_tell_gap(session, hotline, people.values(), gap, now) for gap in gaps_ahead(session, hotline, now))
        told += sum(_tell_ending(session, hotline, people.values(), ending, now) for ending in endings(people.values(), now))
        if told:
            wake_later(session, "message")
    return told


def gaps_ahead(session: Session, hotline: Hotline, now: datetime) -> list[Gap]:
    """What is missing now or within the day to come; nothing while nobody keeps a roster at all."""
    if session.scalar(sa.select(DutyRow.id).limit(1)) is None:
        return []
    until = now + AHEAD + AHEAD
    certificate = hotline.rulebook.policy.certificates.get(Trade.ELECTRICIAN)
    found = roster.gaps(between(session, now, until), facts.people(session), leave(session, now, until), certificate, now, until)
    return [gap for gap in found if gap.since <= now + AHEAD]


def endings(people: Iterable[Person], now: datetime) -> list[Ending]:
    """Certificates of people who work here that have run out or will within thirty days, the most urgent first."""
    found = [Ending(p, name, until, next(step for step in reversed(STEPS) if until <= now + timedelta(days=step)))
             for p in people if p.active for name, until in p.certificates.items() if until <= now + timedelta(days=STEPS[0])]
    return sorted(found, key=lambda e: (e.until, e.person.user))


def _tell_gap(session: Session, hotline: Hotline, people: Iterable[Person], gap: Gap, now: datetime) -> int:
    field = gap.need in (Need.WATER, Need.ELECTRIC)
    asked = [*_heads(people, Department.ENGINEERING if field else None), *_holding(people, Role.SUPERVISOR), *_holding(people, Role.LEAD)]
    # a gap that is there already has lost its beginning: it is told once a day
    occasion = f"roster_gap:{gap.need}:" + (f"{int(gap.since.timestamp())}" if gap.since > now else f"{local(now):%Y-%m-%d}")
    return _write(session, hotline, "roster_gap", occasion, asked or _instead(people), now,
                  lambda person: {"when": gap.since, "due": gap.until, "text": gap.need.label(person.language)})


def _tell_ending(session: Session, hotline: Hotline, people: Iterable[Person], ending: Ending, now: datetime) -> int:
    department = Department(ending.person.department) if ending.person.department else None
    heads = _heads(people, department) or _instead(people)
    notice = "certificate_ending" if ending.step else "certificate_over"
    occasion = f"certificate:{ending.person.user}:{ending.certificate}:{int(ending.until.timestamp())}:{ending.step}"
    return _write(session, hotline, notice, occasion, [*heads, ending.person], now,
                  lambda person: {"who": ending.person.name, "text": ending.certificate, "due": ending.until})


def _holding(people: Iterable[Person], role: Role) -> list[Person]:
    return [p for p in people if p.active and role in p.roles]


def _heads(people: Iterable[Person], department: Department | None) -> list[Person]:
    return [p for p in _holding(people, Role.DEPT_HEAD) if p.department == department] if department else []


def _instead(people: Iterable[Person]) -> list[Person]:
    return next((found for role in _INSTEAD if (found := _holding(people, role))), [])


def _write(session: Session, hotline: Hotline, notice: str, occasion: str, people: Iterable[Person], now: datetime, said: Any) -> int:
    """A message to each, once for the occasion however often it is asked for: technicians by text, all others on their own page."""
    told = 0
    for person in {p.user: p for p in people}.values():
        key = f"{occasion}:{person.user}"
        if session.scalar(sa.select(MessageRow.id).where(MessageRow.key == key)) is None:
            text = telling.words(hotline.rulebook.policy, notice, said(person), person.language)
            by_text = bool(person.phone) and (Role.TECHNICIAN in person.roles or not person.can_sign_in)
            session.add(MessageRow(
                key=key, to=person.user, role=next((r for r in Role if r in person.roles), Role.STAFF), phone=person.phone, notice=notice, level=0,
                created_at=now, tries=0, text=text, channel="sms" if by_text else "screen", status="waiting" if by_text else "sent",
                sent_at=None if by_text else now, next_try_at=now))
            told += 1
    return told
