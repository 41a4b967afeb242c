"""Reports: what is due and who confirmed, each to be read, printed and confirmed; lists to take away; a ticket's forms on paper."""

from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.days import LOCAL, local
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Clock, Department, Role, TicketType
from callcenter.services import paper_forms, periods, report_list, reports
from callcenter.storage import facts
from callcenter.storage.tables import PeriodRow
from callcenter.web import forms
from callcenter.web.acts import hotline, read_ticket
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("reports", __name__)


def _date_input(at: datetime) -> str:
    """A moment as an input of type date has it."""
    return local(at).date().isoformat()


def _department_name(code: str) -> str:
    return Department(code).label(language())


def _is_number(cell: str) -> bool:
    """Whether a cell reads as a number and belongs to the right."""
    return cell[:1].isdigit() and not any(c.isalpha() for c in cell) and "-" not in cell


def _printable(number: str, type_: TicketType) -> list[tuple[str, str]]:
    """The forms of a ticket and the records it has besides: address and title."""
    with hotline().store.reading() as session:
        records = paper_forms.records(hotline(), session, number, language())
    forms_ = [*((form, paper_forms.FORMS[form][1]) for form in paper_forms.of_type(type_)), *records]
    return [(url_for("reports.paper", number=number, form=form), title.label(language())) for form, title in forms_]


blueprint.record_once(lambda state: state.app.add_template_global(_printable, "printable"))
blueprint.record_once(lambda state: state.app.jinja_env.filters.update(
    date_input=_date_input, department_name=_department_name, is_number=_is_number))
READERS = (Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.AUDITOR, Role.DEPT_HEAD)


@blueprint.get("/reports")
@needs(*READERS)
def index() -> ResponseReturnValue:
    """What waits for somebody, with its countdown, and what was confirmed lately."""
    with hotline().store.reading() as session:
        waiting, done = report_list.lines(hotline(), session, signed_in().user, clock.now())
    if request.headers.get("X-Partial"):
        return render_template("reports/_waiting.html", waiting=waiting)
    return render_template("reports/list.html", waiting=waiting, done=done)


@blueprint.get("/reports/<kind>/<key>")
@needs(*READERS)
def show(kind: str, key: str) -> ResponseReturnValue:
    """One report: as it was confirmed, or as its rows count now."""
    return _page(kind, key)


def _page(kind: str, key: str, no: Refused | None = None) -> ResponseReturnValue:
    now, user, compound = clock.now(), signed_in().user, request.values.get("compound", "")
    with hotline().store.reading() as session:
        line = report_list.line(session, user, kind, key, compound, now)
        if line is None:
            abort(404, forms.reason(Refused("unknown_period", period=f"{kind} {key}")))
        department = report_list.only_department(facts.staff(session, now), user)
        row = session.scalars(sa.select(PeriodRow).where(
            PeriodRow.kind == kind, PeriodRow.key == key, PeriodRow.compound == compound)).one()
        report = _as_text(row, reports.build(hotline(), session, row, now), department)
        people = facts.people(session)
    return render_template("reports/report.html", line=line, report=report, people=people, error=forms.reason(no) if no else None,
                           values=request.form if no else {}), 422 if no else 200


def _as_text(row: PeriodRow, report: reports.Report, department: str | None) -> dict[str, Any]:
    """What was confirmed stays as it read then; a department sees its own parts."""
    kept = row.content.get("report", {}).get(language()) if row.confirmed_at else None
    text = kept or reports.plain(report, language())
    if department is None:
        return text
    return {**text, "sections": [s for s in text["sections"] if s["department"] == department]}


@blueprint.post("/reports/<kind>/<key>")
@needs(*READERS)
def decide(kind: str, key: str) -> ResponseReturnValue:
    """Confirms, signs for a department, or plans or closes a survey; refused, the page says why."""
    now, user, compound = clock.now(), signed_in().user, request.form.get("compound", "")
    try:
        _decided(kind, key, compound, user, now)
    except Refused as no:
        return _page(kind, key, no)
    flash(gettext("已记录"), "ok")
    return redirect(url_for("reports.show", kind=kind, key=key, compound=compound or None), 303)


def _decided(kind: str, key: str, compound: str, user: str, now: datetime) -> None:
    match request.form.get("do"):
        case "sign":
            periods.acknowledge(hotline(), key, request.form.get("department", ""), user, now)
        case "plan":
            periods.plan_survey(hotline(), key, compound, user, now, _day("planned_for"))
        case _:
            sheets = {n: _whole(n) for n in ("issued", "returned", "satisfied")} if kind == Clock.SURVEY else None
            periods.confirm(hotline(), kind, key, user, now, compound, sheets)


def _whole(name: str) -> int | None:
    typed = request.form.get(name, "").strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None


def _day(name: str) -> datetime:
    """A day of a form, as its local midnight."""
    typed = request.values.get(name, "").strip()
    try:
        return datetime.combine(datetime.strptime(typed, "%Y-%m-%d").replace(tzinfo=LOCAL).date(), time(), LOCAL)
    except ValueError:
        raise Refused("bad_value", field=name, value=typed[:40], valid="2026-03-10") from None


@blueprint.get("/tickets/<number>/print/<form>")
def paper(number: str, form: str) -> ResponseReturnValue:
    """A form of the ticket on paper, the telephone number masked."""
    now = clock.now()
    read_ticket(number, now)
    with hotline().store.reading() as session:
        found = paper_forms.paper(hotline(), session, number, form, language())
    if found is None:
        abort(404)
    return render_template("print/form.html", paper=found, printed_at=now)
