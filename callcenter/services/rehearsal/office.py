"""What a rehearsed day knows of the office: the calendar's work, reports confirmed, surveys planned, lists and recordings taken out."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import callbacks
from callcenter.domain.days import local, midnight
from callcenter.domain.reading import PolicyError
from callcenter.domain.ticket import Refused
from callcenter.services import access, figures, reports
from callcenter.services.hotline import Hotline
from callcenter.services.ledgers import catalogue
from callcenter.services.recurring import periods, sampling
from callcenter.services.rehearsal.reading import Unusable
from callcenter.storage import facts
from callcenter.storage.codec import dumps
from callcenter.storage.tables import AccessRow, CallRow, MessageRow, PeriodRow, TimerRow

#: hours of the day at which the calendar looks: when days end and shifts change, and when follow-up calls are topped up
_LOOKS = (*(timedelta(hours=h, seconds=1) for h in (0, 8, 16, 20, 22)), timedelta(hours=9, minutes=5))


def looks(start: datetime, end: datetime) -> Iterator[datetime]:
    """The moments from *start* to *end* at which the calendar does its work."""
    day = midnight(start)
    while day <= end:
        yield from (at for at in sorted(day + look for look in _LOOKS) if start <= at <= end)
        day += timedelta(days=1)


def calendar(hotline: Hotline, now: datetime) -> None:
    """What the clock does by the calendar: opens the days, weeks, months, surveys and handovers that are due, draws what the month lacks."""
    periods.open_due(hotline, now)
    if local(now).hour >= 9:
        sampling.top_up(hotline, now)


def period_named(text: str) -> tuple[str, str, str]:
    """Kind, key and compound of "daily_close 2026-03-10" or "survey 2026H2 QH"."""
    kind, key, compound = (*text.split(), "", "")[:3]
    return kind, key, compound


def find_period(session: Session, text: str) -> PeriodRow | None:
    kind, key, compound = period_named(text)
    return session.scalar(sa.select(PeriodRow).where(PeriodRow.kind == kind, PeriodRow.key == key, PeriodRow.compound == compound))


def act(hotline: Hotline, name: str, by: str, fields: Mapping[str, Any], now: datetime) -> None:
    """
    One act of the office.

    Raises:
        Refused: it is not this person's to do, or makes no sense now.
    """
    match name:
        case "confirm_period":
            kind, key, compound = period_named(fields["period"])
            sheets = {k: fields[k] for k in ("issued", "returned", "satisfied") if k in fields}
            periods.confirm(hotline, kind, key, by, now, compound, sheets)
        case "plan_survey":
            _, key, compound = period_named(fields["period"])
            periods.plan_survey(hotline, key, compound, by, now, fields["planned_for"])
        case "export":
            _export(hotline, by, fields, now)
        case "play_recording":
            _play(hotline, by, fields["call"], now)


def change_rules(hotline: Hotline, where: str, fields: Mapping[str, Any], now: datetime) -> None:
    """From *now* on one passage of a policy file reads differently, as if its editor had also raised the version.

    Raises:
        Unusable: no such file, the passage is not there or there twice, or the rules would be wrong.
    """
    name, old, new = fields["file"], fields["old"].strip(), fields["new"].strip()
    text = hotline.rulebook.texts.get(name)
    if text is None:
        raise Unusable(f"{where}: file {name!r} 不认识;可用 (valid): {', '.join(sorted(hotline.rulebook.texts))}")
    if text.count(old) != 1:
        raise Unusable(f"{where}: old 在 {name} 里出现 {text.count(old)} 次,应恰好一次 (found {text.count(old)} times, should be there once)")
    version = hotline.rulebook.policy.versions[name]
    changed = text.replace(old, new).replace(f"version = {version}", f"version = {version + 1}", 1)
    try:
        hotline.rulebook.revise(hotline.store, {**hotline.rulebook.texts, name: changed}, now)
    except PolicyError as wrong:
        raise Unusable(f"{where}: {wrong}") from None


def _export(hotline: Hotline, by: str, fields: Mapping[str, Any], now: datetime) -> None:
    """A list leaves the house: masked or in full, allowed or not, and written down before its first line."""
    with hotline.store.reading() as session:
        person = facts.people(session)[by]
    unmasked, kind = bool(fields.get("unmasked", False)), fields.get("list", "ledger")
    if kind not in catalogue.KINDS:
        raise Refused("bad_value", field="list", value=kind, valid=", ".join(catalogue.KINDS))
    if not access.may_export(person.roles, unmasked=unmasked):
        raise Refused("not_allowed", action="export", who=sorted(access.UNMASKERS if unmasked else access.EXPORTERS))
    access.record(hotline, "export", by, now, {"list": kind}, unmasked=unmasked, reason=str(fields.get("reason", "")))


def _play(hotline: Hotline, by: str, sid: str, now: datetime) -> None:
    with hotline.store.reading() as session:
        people, call = facts.people(session), session.scalar(sa.select(CallRow).where(CallRow.sid == sid))
    if call is None:
        raise Refused("unknown_call", call=sid)
    if not access.may_play_recording(people[by], people.get(call.answered_by or "")):
        raise Refused("not_allowed", action="play_recording", who=sorted(access.LISTENERS))
    access.record(hotline, "recording", by, now, {"call": sid})


def claims(hotline: Hotline, session: Session, wanted: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, Any, Any, bool]]:
    """Expectations about the whole house: a figure at least so high, what the month's follow-up calls lack, how often data was taken out."""
    for code, floor in wanted.get("at_least", {}).items():
        found = figures.fraction(hotline, session, code, now)
        above, _, below = found.partition("/")
        yield f"at_least.{code}", floor, found, below.isdigit() and int(below) > 0 and float(above) >= floor * int(below)
    if "calls_lacking" in wanted:
        lacking = len(callbacks.to_draw(sampling.month(hotline, session, now), hotline.rulebook.policy.follow_up.floor))
        yield "calls_lacking", wanted["calls_lacking"], lacking, lacking == wanted["calls_lacking"]
    if "access_log" in wanted:
        logged = session.scalar(sa.select(sa.func.count()).select_from(AccessRow))
        yield "access_log", wanted["access_log"], logged, logged == wanted["access_log"]


def about_period(row: PeriodRow) -> dict[str, Any]:
    """What an expectation about a period may ask."""
    return {"confirmed_by": row.confirmed_by, "planned_for": row.content.get("planned_for"),
            "state": "confirmed" if row.confirmed_at is not None else "open"}


def messages_of(session: Session, row: PeriodRow) -> list[MessageRow]:
    """What was said about a period; its messages carry the key of its timer, or its own."""
    timers = session.scalars(sa.select(TimerRow.id).where(TimerRow.period_id == row.id))
    keys = [f"period:{row.id}:", *(f"timer:{id_}:" for id_ in timers)]
    return list(session.scalars(sa.select(MessageRow).where(sa.or_(*(MessageRow.key.startswith(key, autoescape=True) for key in keys)))))


def missing_from(hotline: Hotline, session: Session, row: PeriodRow, wanted: Iterable[str], now: datetime) -> list[str]:
    """What of *wanted* (ticket numbers, user names) the report of a period, as it reads now, does not name."""
    text, people = dumps(reports.plain(reports.build(hotline, session, row, now), "zh")), facts.people(session)
    return [one for one in wanted if (people[one].name if one in people else one) not in text]
