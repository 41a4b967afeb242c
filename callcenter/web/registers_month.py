"""The roster by months: a shift chosen is given with one click or key to whoever and whichever day; rotations laid out at once."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.days import local
from callcenter.domain.registers import TURN, Register
from callcenter.domain.rotation import GROUPS, Rota, shift_of
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import BADGES, Role
from callcenter.services.registers import entries as registers
from callcenter.services.registers.typed import read
from callcenter.services.rosters import month as months
from callcenter.services.rosters import rotating, weeks
from callcenter.storage import facts
from callcenter.web import registers as shared
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.registers import Asked
from callcenter.web.security import needs

blueprint = Blueprint("registers_month", __name__)
READERS = tuple(registers.READERS[Register.ROSTER])
EDITORS = tuple(registers.EDITORS[Register.ROSTER])
ERASE = "erase"
_CELL = re.compile(r"([a-z][a-z0-9._-]{1,31}):(20\d\d-\d\d-\d\d)")
_KIND = re.compile(r"(\d{1,4})-(\d{1,4})-(.{0,40})")
_ROLES = tuple(r for r in Role if r in BADGES)


@dataclass(frozen=True, slots=True)
class View:
    """Which month, whose."""

    first: date
    role: Role


@blueprint.get("/registers/roster/month")
@needs(*READERS)
def show() -> ResponseReturnValue:
    """A month of one role; this one, and the agents', unless others are asked for."""
    return _page(_view(), Asked())


@blueprint.post("/registers/roster/month")
@needs(*EDITORS)
def give() -> ResponseReturnValue:
    """Gives the chosen shift to somebody on a day, or takes the day's shifts back."""
    view, cell = _view(), _CELL.fullmatch(request.form.get("cell", ""))
    day = cell and _day(cell[2])
    if not cell or not day:
        abort(400)
    try:
        _given(view.role, cell[1], day, request.form.get("kind", ""))
    except Refused as no:
        return _page(view, shared.refused(no))
    return redirect(url_for("registers_month.show", month=f"{view.first:%Y-%m}", role=view.role, kind=request.form["kind"], at=cell[0]), 303)


def _given(role: Role, user: str, day: date, kind: str) -> None:
    me, now = shared.myself(), clock.now()
    if kind == ERASE:
        with hotline().store.reading() as session:
            turns = months.turns_on(session, user, role, day)
        for turn in turns:
            weeks.remove(hotline(), me, turn.id, now)
        return
    chosen = _KIND.fullmatch(kind)
    if not chosen:
        raise Refused("missing", fields=(next(f for f in TURN if f.name == "shift"),))
    start, end = months.Kind(int(chosen[1]), int(chosen[2]), chosen[3]).hours
    weeks.add(hotline(), me, read(TURN, {"user": user, "role": role.value, "date": day.isoformat(), "start": start, "end": end,
                                                    "shift": chosen[3]}), now)


def _view() -> View:
    sent, role = request.values.get("month", ""), request.values.get("role", "")
    first = _day(f"{sent}-01") or local(clock.now()).date()
    return View(months.first_of(first), Role(role) if role in BADGES else Role.AGENT)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"20\d\d-\d\d-\d\d", text) else None
    except ValueError:
        return None


def _page(view: View, asked: Asked) -> ResponseReturnValue:
    with hotline().store.reading() as session:
        found = months.month(session, shared.by(session), view.role, view.first)
        names = shared.names(session)
    kinds = {kind.code for kind in found.kinds} | {ERASE}
    wish = request.values.get("kind", "")
    return render_template(
        "registers/month.html", found=found, view=view, asked=asked, names=names, today=local(clock.now()).date(), erase=ERASE,
        before=months.first_of(view.first - timedelta(days=1)), after=months.after(view.first), shift_of=shift_of,
        kind=wish if wish in kinds else found.kinds[0].code, at=request.values.get("at") or request.form.get("cell", ""),
        may_edit=any(line.may for line in found.lines), roles=_roles(), shifts=sorted({shift_of(t) for row in found.lines for day in row.turns
                                                                                    for t in day}, key=str)), asked.status


def _roles() -> list[tuple[str, str]]:
    return [(r.value, r.label(language())) for r in _ROLES]


@blueprint.get("/registers/roster/rotation")
@needs(*EDITORS)
def rotation() -> ResponseReturnValue:
    """The form that lays out a rotation of four groups."""
    return _rotation(Asked())


@blueprint.post("/registers/roster/rotation")
@needs(*EDITORS)
def lay_out() -> ResponseReturnValue:
    """Lays a rotation out, leaving out what does not fit."""
    try:
        first, (laid, left_out) = _laid()
    except Refused as no:
        return _rotation(shared.refused(no))
    flash(gettext("排好了 %(n)s 个班次，%(m)s 个没有排（已过去、有班或请假）", n=laid, m=left_out), "ok" if laid else "warn")
    return redirect(url_for("registers_month.show", month=f"{first:%Y-%m}", role=request.form["role"]), 303)


def _laid() -> tuple[date, tuple[int, int]]:
    form = request.form
    rota, role = _choice(Rota, "rota"), _choice(Role, "role", _ROLES)
    first, days = _day(form.get("first", "")), form.get("days", "")
    if first is None or not (days.isascii() and days.isdigit() and len(days) < 4):
        raise Refused("bad_value", field=gettext("天数") if first else gettext("从哪天起"), value=(days if first else form.get("first", ""))[:20],
                      valid=f"1–{rotating.LONGEST}" if first else "2026-12-01")
    groups = {name.removeprefix("group-"): int(value) for name, value in form.items()
              if name.startswith("group-") and value in {str(n) for n in range(GROUPS)}}
    return first, rotating.lay_out(hotline(), shared.myself(), rota, role, groups, first, int(days), clock.now())


def _choice(kind: Callable[[str], Any], name: str, among: Any = None) -> Any:
    try:
        chosen = kind(request.form.get(name, ""))
    except ValueError:
        abort(400)
    if among is not None and chosen not in among:
        abort(400)
    return chosen


def _rotation(asked: Asked) -> ResponseReturnValue:
    wish = request.values.get("role", "")
    role = Role(wish) if wish in BADGES else Role.AGENT
    with hotline().store.reading() as session:
        me = shared.by(session)
        people = [p for p in facts.people(session).values() if p.active and role in p.roles and weeks.editable(me, p)]
    return render_template("registers/rotation.html", role=role, roles=_roles(), people=sorted(people, key=lambda p: p.user), asked=asked,
                           rotas=[(r.value, r.label(language())) for r in Rota], start=local(clock.now()).date() + timedelta(days=1),
                           longest=rotating.LONGEST, groups=list(range(GROUPS))), asked.status
