"""The duty roster, a week at a time: who is on when, where somebody who must be there is missing, and the turns put right."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.coverage import Level, Post, within
from callcenter.domain.days import local
from callcenter.domain.forms import Field
from callcenter.domain.registers import TURN, Register
from callcenter.domain.roster import Gap, Need
from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import BADGES, Role
from callcenter.services.registers import entries as registers
from callcenter.services.registers import lists as registers_lists
from callcenter.services.registers.typed import read
from callcenter.services.rosters import lacking, weeks
from callcenter.storage import facts
from callcenter.web import registers as shared
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.registers import Asked
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("registers_roster", __name__)
#: who is told on every page that somebody will be missing
TOLD = (Role.SUPERVISOR, Role.LEAD, Role.DEPT_HEAD)
MOVE = (Field("user", "人员", "Person", must=True), *(f for f in TURN if f.name in {"date", "start"}))


@blueprint.get("/registers/roster")
@needs(*registers.READERS[Register.ROSTER])
def show() -> ResponseReturnValue:
    """A week of the roster; this one unless another is asked for."""
    return _page(_monday(request.args.get("week", "")), Asked())


@blueprint.post("/registers/roster")
@needs(*registers.EDITORS[Register.ROSTER])
def decide() -> ResponseReturnValue:
    """Adds, moves or removes a turn, or repeats the week before."""
    first = _monday(request.form.get("week", ""))
    try:
        _done(first)
    except Refused as no:
        return _page(first, shared.refused(no))
    return redirect(url_for("registers_roster.show", week=first.isoformat()), 303)


def _done(first: date) -> None:
    me, now, turn = shared.myself(), clock.now(), request.form.get("turn", 0, int)
    match request.form.get("do"):
        case "add":
            weeks.add(hotline(), me, read(TURN, shared.typed(TURN)), now)
        case "move":
            to = read(MOVE, shared.typed(MOVE))
            weeks.move(hotline(), me, turn, to["date"] + to["start"], to["user"], now)
        case "remove":
            weeks.remove(hotline(), me, turn, now)
        case "copy":
            copied, left_out = weeks.copy_week(hotline(), me, first, now)
            flash(gettext("复制了 %(n)s 个班次，%(m)s 个没有复制（已过去、有班、请假或已离职）", n=copied, m=left_out), "ok" if copied else "warn")
            return
        case _:
            abort(400)
    flash(gettext("已记录"), "ok")


def _monday(wish: str) -> date:
    """The Monday of the day asked for; of today when it is none."""
    return weeks.monday(date.fromisoformat(wish) if _is_day(wish) else local(clock.now()).date())


def _page(first: date, asked: Asked) -> ResponseReturnValue:
    wish = request.values.get("only", "")
    only = frozenset({Role(wish)}) if wish in BADGES else frozenset()
    now = clock.now()
    with hotline().store.reading() as session:
        week = weeks.week(session, hotline().rulebook.policy, first, now, only)
        everybody = [p for p in facts.people(session).values() if p.active]
        lists = {"user": [(p.user, _named(p)) for p in everybody], "compounds": [(c.code, c.name) for c in registers_lists.compounds(session)]}
        history = shared.history(session, Register.ROSTER, weeks.key(weeks.midnight(first)))
        names = shared.names(session)
    return render_template(
        "registers/roster.html", week=week, fields=shared.inputs(TURN, _begun(first, now), asked, lists), asked=asked, now_at=now, only=wish,
        chosen=request.values.get("turn", 0, int), coverage=_coverage(week), leave_days=_leave_days(week),
        before=first - timedelta(days=7), after=first + timedelta(days=7), today=local(now).date(), people=lists["user"], history=history,
        names=names, may_edit=registers.edits(Register.ROSTER, signed_in().roles),
        roles=[(r.value, r.label(language())) for r in Role if r in BADGES]), asked.status


def _begun(first: date, now: datetime) -> dict[str, Any]:
    """What the form for a new turn begins with: whoever and whatever day was clicked."""
    user, day = request.args.get("user", ""), request.args.get("date", "")
    given = date.fromisoformat(day) if _is_day(day) else max(first, local(now).date())
    return {"date": weeks.midnight(given), "user": user}


def _is_day(text: str) -> bool:
    try:
        return re.fullmatch(r"20\d\d-\d\d-\d\d", text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _leave_days(week: weeks.Week) -> dict[str, list[bool]]:
    """User → on leave that day; of people whose line stands in the week."""
    midnights = [weeks.midnight(day) for day in week.days]
    return {a.user: [any(o.since <= at < o.until for o in week.away if o.user == a.user) for at in midnights] for a in week.away}


@dataclass(frozen=True, slots=True)
class Strip:
    """A day of one post: how many are there, from which hour to which."""

    least: int
    #: hours since midnight, length in hours, how many
    bars: list[tuple[float, float, int]]


def _coverage(week: weeks.Week) -> list[tuple[Post, list[Strip], bool]]:
    """Post, its seven days, and whether somebody must be there; trades nobody works in this week are left out."""
    return [(post, [_strip(levels, day) for day in week.days], isinstance(post, Need)) for post, levels in week.levels.items()
            if isinstance(post, Need) or any(level.count for level in levels)]


def _strip(levels: list[Level], day: date) -> Strip:
    since = weeks.midnight(day)
    found = within(levels, since, since + weeks.DAY)
    hour = timedelta(hours=1)
    return Strip(min(level.count for level in found), [((f.since - since) / hour, (f.until - f.since) / hour, f.count) for f in found])


def _named(person: Person) -> str:
    return f"{person.name} · {'/'.join(r.label(language()) for r in Role if r in person.roles)}"


def _hours(start: datetime, end: datetime) -> str:
    """08:00–20:00; an end on a later day says so."""
    until = local(end)
    midnight = until.hour == until.minute == 0 and (until.date() - local(start).date()).days == 1
    later = "" if midnight or until.date() == local(start).date() else "⁺¹"
    return f"{local(start):%H:%M}–{'24:00' if midnight else f'{until:%H:%M}'}{later}"


def _day(at: datetime) -> str:
    """A moment's day, as an input of type date has it."""
    return local(at).date().isoformat()


def alarm() -> list[Gap]:
    """What is missing now or within a day, for whoever must see to it; nothing for all others."""
    if not signed_in().may(*TOLD):
        return []
    with hotline().store.reading() as session:
        return lacking.gaps(session, hotline(), clock.now())


def _date(day: date) -> str:
    return f"{day.month}/{day.day}"


blueprint.record_once(lambda state: state.app.jinja_env.filters.update(short_date=_date, turn_date=_day))
blueprint.record_once(lambda state: state.app.jinja_env.globals.update(turn_hours=_hours, roster_alarm=alarm))
