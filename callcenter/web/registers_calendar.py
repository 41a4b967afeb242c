"""The working calendar of a year, put right by hand; the alarm of a plan that is missing."""

from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.days import local
from callcenter.domain.registers import DAY, Register
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services import calendar
from callcenter.services.registers import entries as registers
from callcenter.services.registers import working_days
from callcenter.services.registers.typed import read
from callcenter.web import registers as shared
from callcenter.web.acts import hotline
from callcenter.web.registers import Asked
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("registers_calendar", __name__)
#: who is told that the next year's plan is missing
TOLD = (Role.SUPERVISOR, Role.ADMIN)


@blueprint.get("/registers/calendar")
@needs(*registers.READERS[Register.CALENDAR])
def show() -> ResponseReturnValue:
    """The year's days off and days made up; this year unless another is asked for."""
    return _page(_year(request.args.get("year", "")), Asked())


@blueprint.post("/registers/calendar")
@needs(*registers.EDITORS[Register.CALENDAR])
def decide() -> ResponseReturnValue:
    """Puts a day right, or writes a year from the best source there is."""
    year = _year(request.form.get("year", ""))
    try:
        with hotline().store.transaction() as session:
            me, now = shared.by(session), clock.now()
            if request.form.get("do") == "load":
                working_days.load_year(session, me, year, now)
            else:
                values = read(DAY, shared.typed(DAY))
                year = local(values["date"]).year
                working_days.set_day(session, me, values, now, reason=shared.reason())
    except Refused as no:
        return _page(year, shared.refused(no))
    flash(gettext("已记录"), "ok")
    return redirect(url_for("registers_calendar.show", year=year), 303)


def _year(wish: str) -> int:
    this = local(clock.now()).year
    return int(wish) if wish.isascii() and wish.isdigit() and 2004 <= int(wish) <= this + 10 else this


def _page(year: int, asked: Asked) -> ResponseReturnValue:
    with hotline().store.reading() as session:
        days = calendar.days_of(session, year)
        known = calendar.year_known(year, session)
        history, names = shared.history(session, Register.CALENDAR, str(year)), shared.names(session)
    months = [(month, [(day, *days[day]) for day in group]) for month, group in groupby(sorted(days), key=lambda d: d.month)]
    special = [(day, *said) for day, said in days.items() if said[1] or said[2] in calendar.SET_BY_PEOPLE or said[0] != (day.weekday() < 5)]
    return render_template("registers/calendar.html", year=year, months=months, special=special, known=known, asked=asked, history=history,
                           names=names, fields=shared.inputs(DAY, {}, asked), may_edit=registers.edits(Register.CALENDAR, signed_in().roles),
                           worked=sum(works for works, _, _ in days.values()),
                           sources=sorted({source for _, _, source in days.values()})), asked.status


def alarm() -> int | None:
    """The year whose working days nobody has published to us yet, for whoever must see to it; None for all others."""
    if not signed_in().may(*TOLD):
        return None
    today = local(clock.now()).date()
    if calendar.year_missing(today) is None:
        return None
    with hotline().store.reading() as session:
        return calendar.year_missing(today, session)


blueprint.record_once(lambda state: state.app.jinja_env.globals.update(calendar_alarm=alarm))
