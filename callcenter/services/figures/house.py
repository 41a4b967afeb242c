"""What the house as a whole is counted by: reports, surveys, corrective actions, hours of the roster, services on offer, repeated faults."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import roster
from callcenter.domain.figures import house
from callcenter.domain.figures.cases import Case, Mark, to_ms
from callcenter.domain.figures.promised import Promised
from callcenter.domain.policy import Policy
from callcenter.domain.roster import Away, Need, Turn
from callcenter.domain.vocabulary import Clock, Role, TicketType, Trade
from callcenter.services.figures.rows import PROMISE
from callcenter.services.many_tickets import chunks
from callcenter.services.quality import counts
from callcenter.services.surveys import results
from callcenter.storage import facts
from callcenter.storage.survey_tables import SurveyRow
from callcenter.storage.tables import CallRow, DutyRow, LeaveRow, PeriodRow, PromiseRow, RoomRow, TicketRow

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
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
    numbers: dict[int, str] = dict(_names(session, TicketRow.id, TicketRow.number, {p.ticket_id for p in found}))
    sids: dict[int, str] = dict(_names(session, CallRow.id, CallRow.sid, {p.call_id for p in found}))
    for one in found:
        about = numbers.get(one.ticket_id or 0) or sids.get(one.call_id or 0, "")
        yield Case("K35", to_ms(one.at), Mark.HIT, 1, about, {"agent": one.by})


def _names(session: Session, id_: Any, name: Any, ids: set[int | None]) -> Iterator[tuple[int, str]]:
    for part in chunks(sorted(i for i in ids if i)):
        yield from ((key, value) for key, value in session.execute(sa.select(id_, name).where(id_.in_(part))))


def hours(session: Session, policy: Policy, since: datetime | None, until: datetime) -> Iterator[Case]:
    """Every hour of the roster: was there somebody for water or electricity, and somebody at the telephone (K33)."""
    first = since or session.scalar(sa.select(sa.func.min(DutyRow.start_at)))
    if first is None or first >= until:
        return
    missing: dict[Need, list[tuple[int, int]]] = defaultdict(list)
    for gap in roster.gaps(_turns(session, first, until), facts.people(session), _away(session, first, until),
                           policy.certificates.get(Trade.ELECTRICIAN), first, until):
        missing[gap.need].append((to_ms(gap.since), to_ms(gap.until)))
    nobody = house.together(missing[Need.WATER], missing[Need.ELECTRIC])
    yield from house.cases_of_hours([*missing[Need.AGENT], *nobody], to_ms(first), to_ms(until))


def _turns(session: Session, since: datetime, until: datetime) -> list[Turn]:
    """A year has some twenty thousand, of a handful of kinds: roles and compounds are read once a kind."""
    roles, compounds = (sa.type_coerce(c, sa.Text) for c in (DutyRow.roles, DutyRow.compounds))
    rows = session.connection().execute(sa.select(DutyRow.id, DutyRow.user, roles, DutyRow.start_at, DutyRow.end_at, DutyRow.shift, compounds).where(
        DutyRow.start_at < until, DutyRow.end_at > since).order_by(DutyRow.start_at, DutyRow.user))
    return [Turn(id_, user, _roles(own), start, end, shift, _names_in(where)) for id_, user, own, start, end, shift, where in rows]


@lru_cache(maxsize=500)
def _names_in(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


@lru_cache(maxsize=500)
def _roles(text: str) -> frozenset[Role]:
    return frozenset(Role(name) for name in _names_in(text))


def _away(session: Session, since: datetime, until: datetime) -> list[Away]:
    return [Away(row.user, row.since, row.until) for row in session.scalars(sa.select(LeaveRow).where(
        LeaveRow.withdrawn_at.is_(None), LeaveRow.since < until, LeaveRow.until > since))]


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
