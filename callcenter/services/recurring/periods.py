"""Days, weeks, months, quarters, years, surveys and shifts: opened when their time has come, signed by whoever answers for them (C24–C28)."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callcenter.domain.days import LOCAL, local
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Refused, Staff
from callcenter.domain.vocabulary import Clock, Department, Role
from callcenter.services.hotline import Hotline
from callcenter.services.recurring import period_promises
from callcenter.services.reports import drafting, sending, signing
from callcenter.services.reports.locking import found, locked
from callcenter.services.reports.spans import (
    Span,
    days_between,
    halves_between,
    months_between,
    quarters_between,
    weeks_between,
    years_between,
)
from callcenter.services.surveys import closing
from callcenter.storage import facts
from callcenter.storage.codec import dumps
from callcenter.storage.tables import CompoundRow, DutyRow, PeriodRow, PolicyRow

#: what is reported when it is over
_SPANS: tuple[tuple[Clock, Callable[[date, date], Iterable[Span]]], ...] = (
    (Clock.DAILY_CLOSE, days_between), (Clock.WEEKLY_REPORT, weeks_between), (Clock.MONTHLY_REPORT, months_between),
    (Clock.QUARTERLY_REPORT, quarters_between), (Clock.YEARLY_REPORT, years_between))
#: who says when a survey is held
PLANNERS = frozenset({Role.PM, Role.SUPERVISOR})
#: whose shifts end with a handover
HANDING_OVER = frozenset({Role.AGENT, Role.DISPATCHER})
#: a clock that stood still for longer opens no handovers of shifts that nobody remembers
HANDOVERS_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Due:
    """A period whose time has come."""

    kind: Clock
    key: str
    since: datetime
    until: datetime
    started_at: datetime  #: what its promise counts from
    compound: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)


def open_due(hotline: Hotline, now: datetime) -> int:
    """
    Open every period whose time has come by *now*, those missed while no clock ran included; return how many were new. Reports of periods
    that are over are drafted, and departments that have not acknowledged one are reminded.

    Safe to call at any time and by several clocks at once: each period is opened once.
    """
    with hotline.store.reading() as session:
        missing = list(due(session, now))
    opened = sum(open_one(hotline, one, now) for one in missing)
    drafting.draft_due(hotline, now)
    sending.remind(hotline, now)
    return opened


def open_one(hotline: Hotline, one: Due, now: datetime) -> bool:
    """Open one of those that are due; False when another clock was faster."""
    try:
        with hotline.store.transaction() as session:
            row = PeriodRow(kind=one.kind, key=one.key, compound=one.compound, since=one.since, until=one.until, opened_at=now,
                            content=dict(one.content), chain_seq=0, chain_head="")
            session.add(row)
            session.flush()
            period_promises.start(session, hotline, row, one.started_at, now)
            period_promises.event(session, row, "period_opened", Role.SYSTEM, now, f"period:{row.id}:opened", {"kind": one.kind, "key": one.key})
    except IntegrityError:
        return False
    return True


def due(session: Session, now: datetime) -> Iterator[Due]:
    """The periods that should be open by *now* and are not."""
    installed = session.scalar(sa.select(sa.func.min(PolicyRow.stored_at)))
    if installed is None:
        return
    known = {(k, key, c) for k, key, c in session.execute(sa.select(PeriodRow.kind, PeriodRow.key, PeriodRow.compound))}
    for one in (*_reports(installed, now), *_surveys(session, installed, now), *_handovers(session, installed, now)):
        if (one.kind, one.key, one.compound) not in known:
            yield one


def _reports(installed: datetime, now: datetime) -> Iterator[Due]:
    """Every day, week, month, quarter and year that has ended since the hotline was installed."""
    for kind, spans in _SPANS:
        for key, first, after in spans(local(installed).date(), local(now).date()):
            if (until := _midnight(after)) <= now:
                yield Due(kind, key, _midnight(first), until, until)


def _surveys(session: Session, installed: datetime, now: datetime) -> Iterator[Due]:
    """Every compound is asked for its opinion once in every half-year, also in the one the hotline was installed in (C28)."""
    compounds = list(session.scalars(sa.select(CompoundRow.code).order_by(CompoundRow.code)))
    for key, first, after in halves_between(local(installed).date(), local(now).date()):
        since, until = _midnight(first), _midnight(after)
        for code in compounds:
            yield Due(Clock.SURVEY, key, since, until, max(since, installed), code)


def _handovers(session: Session, installed: datetime, now: datetime) -> Iterator[Due]:
    """The turns of agents and dispatchers that have begun; of those long past none (C24)."""
    turns = session.scalars(sa.select(DutyRow).where(
        DutyRow.start_at <= now, DutyRow.end_at > max(installed, now - HANDOVERS_BACK)).order_by(DutyRow.end_at, DutyRow.id))
    seen: set[str] = set()
    for turn in turns:
        key = f"{turn.user}@{local(turn.end_at):%Y-%m-%dT%H:%M}"
        if HANDING_OVER & set(turn.roles) and key not in seen:
            seen.add(key)
            yield Due(Clock.HANDOVER, key, turn.start_at, turn.end_at, turn.end_at,
                      content={"user": turn.user, "shift": turn.shift})


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def confirm(hotline: Hotline, kind: str, key: str, by: str, now: datetime, compound: str = "", result: Mapping[str, Any] | None = None,
            seen: str | None = None) -> None:
    """
    *by* signs a day, a week, a month, a quarter, a year or the end of a survey: it is kept word for word, with its hash, and those it is for are
    told. Again by the same person: nothing more.

    Args:
        result: for a survey held on paper alone `issued`, `returned`, `satisfied` (F15); where sheets were issued, they are counted.
        seen: the hash of what *by* had before their eyes.

    Raises:
        Refused: "unknown_period", "not_a_report", "not_allowed", "period_not_over", "already_confirmed", "report_changed" when it reads
            differently by now.
    """
    report = _counted(hotline, kind, key, compound, by, now)
    with hotline.store.transaction() as session:
        row = locked(session, kind, key, compound)
        staff = facts.staff(session, now)
        _may(hotline, row, staff, by)
        if row.confirmed_at is not None:
            if row.confirmed_by == by:
                return
            raise Refused("already_confirmed", person=_name(staff, row.confirmed_by or ""), when=row.confirmed_at)
        if row.kind != Clock.SURVEY and now < row.until:
            raise Refused("period_not_over", when=row.until)
        period_promises.settle(session, hotline, row, now)
        if row.kind == Clock.SURVEY:
            row.content = {**row.content, **_survey(session, row, result, now)}
        sha = _signed(session, row, report or drafting.in_both(hotline, session, row, now), by, now, seen)
        period_promises.keep(session, row, by, now)
        period_promises.event(session, row, "period_confirmed", by, now, f"period:{row.id}:confirmed", {
            "content_sha": hashlib.sha256(dumps(row.content).encode()).hexdigest(), "report_sha": sha})
        sending.signed(session, hotline, staff, row, by, now)


def _counted(hotline: Hotline, kind: str, key: str, compound: str, by: str, now: datetime) -> dict[str, Any] | None:
    """The report *by* may sign, counted before the transaction that keeps it: a year takes seconds, and nobody's writing has to wait for
    them. None where there is nothing to sign, and for a survey, whose sheets are counted in its closing."""
    with hotline.store.reading() as session:
        row = found(session, kind, key, compound)
        if row.kind == Clock.SURVEY or row.confirmed_at is not None or now < row.until:
            return None
        if not may_confirm(hotline.rulebook.policy, row.kind, facts.staff(session, now), by, row.compound):
            return None
        return drafting.in_both(hotline, session, row, now)


def _signed(session: Session, row: PeriodRow, report: dict[str, Any], by: str, now: datetime, seen: str | None) -> str:
    if seen is not None and seen != signing.digest(report):
        raise Refused("report_changed")
    return signing.freeze(session, row, report, by, now)


def _survey(session: Session, row: PeriodRow, result: Mapping[str, Any] | None, now: datetime) -> dict[str, Any]:
    return closing.close(session, row, now) or _sheets(result or {})


def _sheets(result: Mapping[str, Any]) -> dict[str, Any]:
    """The survey's sheets: none satisfied that was not returned, none returned that was not issued."""
    for name in ("issued", "returned", "satisfied"):
        if not isinstance(result.get(name), int) or result[name] < 0:
            raise Refused("bad_value", field=name, value=result.get(name), valid="0, 1, 2 …")
    if not result["satisfied"] <= result["returned"] <= result["issued"]:
        raise Refused("too_many_returned", returned=result["returned"], issued=result["issued"])
    return {name: result[name] for name in ("issued", "returned", "satisfied")}


def plan_survey(hotline: Hotline, key: str, compound: str, by: str, now: datetime, planned_for: datetime) -> None:
    """Project manager or supervisor say when this half-year's survey of a compound is held; the reminder to plan it then stays silent.

    Raises:
        Refused: "unknown_period", "not_allowed", "already_confirmed", "bad_value" for a day outside the half-year.
    """
    with hotline.store.transaction() as session:
        row = survey_to_plan(session, key, compound, by, now)
        if not row.since <= planned_for < row.until:
            raise Refused("bad_value", field="planned_for", value=planned_for, valid=f"{local(row.since):%Y-%m-%d} … {local(row.until):%Y-%m-%d}")
        planned(session, hotline, row, by, now, planned_for, {})


def survey_to_plan(session: Session, key: str, compound: str, by: str, now: datetime) -> PeriodRow:
    """The period of a survey that *by* may plan, locked.

    Raises:
        Refused: "unknown_period", "not_allowed", "already_confirmed".
    """
    row = locked(session, Clock.SURVEY, key, compound)
    staff = facts.staff(session, now)
    person = staff.people.get(by)
    if person is None or not person.active or staff.roles(by).isdisjoint(PLANNERS) or not person.covers(compound):
        raise Refused("not_allowed", action=Clock.SURVEY, who=sorted(PLANNERS))
    if row.confirmed_at is not None:
        raise Refused("already_confirmed", person=_name(staff, row.confirmed_by or ""), when=row.confirmed_at)
    return row


def planned(session: Session, hotline: Hotline, row: PeriodRow, by: str, now: datetime, planned_for: datetime, about: Mapping[str, Any]) -> None:
    """Write down when the survey is held, and *about* it how."""
    period_promises.settle(session, hotline, row, now)
    row.content = {**row.content, "planned_for": planned_for, "planned_by": by}
    period_promises.event(session, row, "survey_planned", by, now, f"period:{row.id}:planned:{row.chain_seq}", {"planned_for": planned_for, **about})


def acknowledge(hotline: Hotline, key: str, department: str, by: str, now: datetime) -> None:
    """A department's head signs for the weekly report once it is out (RP-W). Again: nothing more.

    Raises:
        Refused: "unknown_period", "not_allowed" unless *by* heads that department, "not_a_report" while it is not out.
    """
    with hotline.store.transaction() as session:
        row = locked(session, Clock.WEEKLY_REPORT, key, "")
        person = facts.people(session).get(by)
        if person is None or Role.DEPT_HEAD not in person.roles or person.department != department:
            raise Refused("not_allowed", action=Clock.WEEKLY_REPORT, who=[Role.DEPT_HEAD, Department(department)])
        if row.confirmed_at is None:
            raise Refused("not_a_report", period=row.key)
        signed = dict(row.content.get("signed", {}))
        if department in signed:
            return
        row.content = {**row.content, "signed": {**signed, department: {"by": by, "at": now}}}
        period_promises.event(session, row, "period_signed", by, now, f"period:{row.id}:signed:{department}", {"department": department})


def signers(policy: Policy, kind: str) -> tuple[Role, ...]:
    """Whose signature a period of this kind needs, any one of them; none where nobody signs it here."""
    rule = policy.period_promise(Clock(kind))
    return rule.signed_by if rule else ()


def may_confirm(policy: Policy, kind: str, staff: Staff, user: str, compound: str = "") -> bool:
    """Whether *user* answers for a period of this kind, by badge or by this shift's roster."""
    person = staff.people.get(user)
    wanted = set(signers(policy, kind))
    return person is not None and person.active and bool(wanted & staff.roles(user)) and person.covers(compound or None)


def _may(hotline: Hotline, row: PeriodRow, staff: Staff, by: str) -> None:
    wanted = signers(hotline.rulebook.policy, row.kind)
    if not wanted:
        raise Refused("not_a_report", period=row.key)
    if not may_confirm(hotline.rulebook.policy, row.kind, staff, by, row.compound):
        raise Refused("not_allowed", action=Clock(row.kind), who=sorted(wanted))


def _name(staff: Staff, user: str) -> str:
    return staff.people[user].name if user in staff.people else user
