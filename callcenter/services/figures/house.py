"""What the house as a whole is counted by: reports, surveys, corrective actions, hours of the roster, services on offer, repeated faults."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.figures import house
from callcenter.domain.figures.cases import Case, Mark, Ms, to_ms
from callcenter.domain.figures.house import Stretch
from callcenter.domain.figures.promised import Promised
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Clock, Role, TicketType, Trade
from callcenter.services.figures.rows import PROMISE, ms
from callcenter.services.many_tickets import chunks
from callcenter.services.quality import counts
from callcenter.services.surveys import results
from callcenter.storage import facts
from callcenter.storage.action_tables import PhraseHitRow
from callcenter.storage.survey_tables import SurveyRow
from callcenter.storage.tables import CallRow, DutyRow, LeaveRow, PeriodRow, PromiseRow, RoomRow, TicketRow

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_FOR_GOOD: Ms = 1 << 60
REPORTS = (Clock.DAILY_CLOSE, Clock.WEEKLY_REPORT, Clock.MONTHLY_REPORT)


def households(session: Session, at: datetime, compounds: frozenset[str] | None) -> int:
    """Homes handed over and still there at *at*; shops are no households."""
    there = [RoomRow.handed_over_at <= at, RoomRow.building != "商铺", sa.or_(RoomRow.valid_to.is_(None), RoomRow.valid_to > at)]
    if compounds is not None:
        there.append(RoomRow.compound.in_(sorted(compounds)))
    return session.scalar(sa.select(sa.func.count()).select_from(RoomRow).where(*there)) or 0


def reports(session: Session, since: datetime | None, until: datetime | None, now: datetime) -> Iterator[Case]:
    """Days, weeks and months that had to be confirmed (K32)."""
    query = sa.select(PeriodRow.kind, PeriodRow.key, PeriodRow.compound, *PROMISE).join(PromiseRow, PromiseRow.period_id == PeriodRow.id).where(
        PeriodRow.kind.in_(REPORTS), *([sa.or_(PromiseRow.due_at >= since, PromiseRow.kept_at >= since)] if since else []),
        *([PromiseRow.started_at < until] if until else [])).order_by(PromiseRow.id)
    for kind, key, compound, *promise in session.connection().execute(query):
        yield from house.cases_of_report(f"{kind}/{key}", compound, [Promised._make(promise)], to_ms(now))


def surveys(session: Session, since: datetime | None, until: datetime | None, now: datetime) -> Iterator[Case]:
    """
    Sheets that came back, also while their survey is under way (K17), and surveys that were finished (K30). A survey whose sheets
    were counted by hand counts as it was confirmed.
    """
    end = until or now + timedelta(milliseconds=1)
    for sheet in results.sheets(session, since, end):
        yield house.case_of_sheet(f"{Clock.SURVEY}/{sheet.key}", sheet.compound, to_ms(sheet.at), sheet.content)
    for one in results.surveys_finished(session, since, end):
        yield from house.cases_of_coverage(house.Survey(
            f"{Clock.SURVEY}/{one.key}", one.compound, to_ms(one.at), one.households, one.issued, one.returned, one.content))
    yield from _by_hand(session, since, end)


def _by_hand(session: Session, since: datetime | None, until: datetime) -> Iterator[Case]:
    """Surveys on paper that no sheet was issued for here: what was typed at their end is what counts."""
    issued = sa.exists().where(SurveyRow.period_id == PeriodRow.id, SurveyRow.issued_at.is_not(None))
    rows = session.scalars(sa.select(PeriodRow).where(
        PeriodRow.kind == Clock.SURVEY, PeriodRow.confirmed_at.is_not(None), PeriodRow.confirmed_at < until, ~issued,
        *([PeriodRow.confirmed_at >= since] if since else [])).order_by(PeriodRow.id))
    for row in rows:
        sheets = [int(row.content.get(name) or 0) for name in ("issued", "returned", "satisfied")]
        at = row.confirmed_at or row.until
        homes = households(session, at, frozenset({row.compound}) if row.compound else None)
        yield from house.cases_of_survey(house.Survey(f"{row.kind}/{row.key}", row.compound, to_ms(at), homes, *sheets))


def actions(session: Session, since: datetime | None, until: datetime | None, now: datetime) -> Iterator[Case]:
    """Corrective actions that fell due (K31)."""
    for one in counts.actions_due(session, since, until):
        in_time = one.on_time(now)
        if in_time is not None:
            yield Case("K31", to_ms(one.due_at), Mark.HIT if in_time else Mark.MISS, 1, one.number,
                       {"compound": one.compound or "", "department": one.department})


def phrases(session: Session, since: datetime | None, until: datetime | None) -> Iterator[Case]:
    """Forbidden phrases, written to customers or heard in reviewed calls (K35)."""
    found = counts.phrase_hits(session, since, until)
    written = sa.select(PhraseHitRow.ticket_id).where(*([PhraseHitRow.at >= since] if since else []), *([PhraseHitRow.at < until] if until else []))
    numbers = {id_: number for id_, number in session.execute(  # noqa: C416 - a row is no pair to every version of the library's types
        sa.select(TicketRow.id, TicketRow.number).where(TicketRow.id.in_(written)))}
    sids: dict[int, str] = dict(_names(session, CallRow.id, CallRow.sid, {p.call_id for p in found}))
    for one in found:
        about = numbers.get(one.ticket_id or 0) or sids.get(one.call_id or 0, "")
        yield Case("K35", to_ms(one.at), Mark.HIT, 1, about, {"agent": one.by})


def _names(session: Session, id_: Any, name: Any, ids: set[int | None]) -> Iterator[tuple[int, str]]:
    for part in chunks(sorted(i for i in ids if i)):
        yield from ((key, value) for key, value in session.execute(sa.select(id_, name).where(id_.in_(part))))


def hours(session: Session, policy: Policy, since: datetime | None, until: datetime) -> Iterator[Case]:
    """Every hour of the roster: was there somebody for water or electricity, and somebody at the telephone (K33)."""
    begin = since or session.scalar(sa.select(sa.func.min(DutyRow.start_at)))
    if begin is None or begin >= until:
        return
    agents, hands = _there(session, policy, begin, until)
    first, last = to_ms(begin), to_ms(until)
    yield from house.cases_of_hours([*house.uncovered(agents, first, last), *house.uncovered(hands, first, last)], first, last)


def _there(session: Session, policy: Policy, since: datetime, until: datetime) -> tuple[list[Stretch], list[Stretch]]:
    """When agents, and plumbers or electricians, were on duty as `roster` has it: leave taken out, an electrician while the certificate holds.
    A year has some twenty thousand turns, read as plain numbers."""
    agents: list[Stretch] = []
    hands: list[Stretch] = []
    people, away = facts.people(session), _away(session, since, until)
    good = {user: _works_until(person, policy.certificates.get(Trade.ELECTRICIAN)) for user, person in people.items() if person.active}
    for user, text, start, end in session.connection().execute(
            sa.select(DutyRow.user, sa.type_coerce(DutyRow.roles, sa.Text), ms(DutyRow.start_at), ms(DutyRow.end_at)).where(
                DutyRow.start_at < until, DutyRow.end_at > since)):
        roles = _roles(text)
        if user in good and Role.AGENT in roles:
            agents += house.without((start, end), away.get(user, ()))
        if user in good and Role.TECHNICIAN in roles and good[user] > start:
            hands += house.without((start, min(end, good[user])), away.get(user, ()))
    return agents, hands


def _works_until(person: Person, certificate: str | None) -> Ms:
    """Until when a turn of this person is one of somebody who mends water or electricity."""
    if Trade.PLUMBER in person.trades or (Trade.ELECTRICIAN in person.trades and certificate is None):
        return _FOR_GOOD
    until = person.certificates.get(certificate or "") if Trade.ELECTRICIAN in person.trades else None
    return 0 if until is None else to_ms(until)


@lru_cache(maxsize=500)
def _roles(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


def _away(session: Session, since: datetime, until: datetime) -> dict[str, list[Stretch]]:
    found: dict[str, list[Stretch]] = defaultdict(list)
    for user, start, end in session.connection().execute(sa.select(LeaveRow.user, ms(LeaveRow.since), ms(LeaveRow.until)).where(
            LeaveRow.withdrawn_at.is_(None), LeaveRow.since < until, LeaveRow.until > since).order_by(LeaveRow.since)):
        found[user].append((start, end))
    return found


def services(policy: Policy, now: datetime) -> Iterator[Case]:
    """Special services on offer (K27)."""
    for category in policy.categories.values():
        if category.type is TicketType.SPECIAL_SERVICE and not category.retired:
            yield from house.cases_of_service(category.code, category.price is not None, to_ms(now))


def faults(session: Session, since: datetime | None, until: datetime) -> Iterator[Case]:
    """The same fault again and again: one case a cluster, when its last ticket came in (K36)."""
    for one in counts.clusters(session, since or _LONG_AGO, until):
        yield Case("K36", to_ms(one.last_at), Mark.HIT, 1, one.tickets[-1],
                   {"compound": one.compound, "building": f"{one.compound}/{one.place}", "category": one.category})
