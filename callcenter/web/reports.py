"""Reports: what waits for whom, each to be read, written on, checked, signed, acknowledged, corrected, printed and taken away."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock, pdf
from callcenter.domain.days import LOCAL, local
from callcenter.domain.report_words import CODES
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Clock, Department, Role, TicketType
from callcenter.services.paper import forms as paper_forms
from callcenter.services.recurring import periods, shifts
from callcenter.services.reports import correcting, drafting, files, listing, showing
from callcenter.services.reports.behind import behind as members_behind
from callcenter.services.reports.showing import Shown
from callcenter.storage import facts
from callcenter.web import forms, sheets
from callcenter.web.acts import hotline, key_of, read_ticket
from callcenter.web.formats import moment
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("reports", __name__)
T = TypeVar("T")


def _date_input(at: datetime) -> str:
    """A moment as an input of type date has it."""
    return local(at).date().isoformat()


def _department_name(code: str) -> str:
    return Department(code).label(language())


def _is_number(cell: str) -> bool:
    """Whether a cell reads as a number and belongs to the right."""
    return cell[:1].isdigit() and not any(c.isalpha() for c in cell) and "-" not in cell


def _number_columns(section: Mapping[str, Any]) -> set[int]:
    """The columns of a report's section behind the first that hold numbers alone, a dash for none of them."""
    return {at for at in range(1, len(section["columns"]))
            if (cells := {row[at] for row in section["rows"]} - {"—"}) and all(map(_is_number, cells))}


def _is_ticket(cell: str) -> bool:
    """Whether a cell names a ticket: the total below a list does not."""
    return "-" in cell and any(c.isdigit() for c in cell)


def _printable(number: str, type_: TicketType) -> list[tuple[str, str]]:
    """The forms of a ticket and the records it has besides: address and title."""
    with hotline().store.reading() as session:
        records = paper_forms.records(hotline(), session, number, language())
    forms_ = [*((form, paper_forms.FORMS[form][1]) for form in paper_forms.of_type(type_)), *records]
    return [(url_for("reports.paper", number=number, form=form), title.label(language())) for form, title in forms_]


blueprint.record_once(lambda state: state.app.add_template_global(_printable, "printable"))
blueprint.record_once(lambda state: state.app.jinja_env.filters.update(
    date_input=_date_input, department_name=_department_name, number_columns=_number_columns, is_ticket=_is_ticket))
OFFICE = (Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.AUDITOR, Role.DEPT_HEAD, Role.GM)
#: whose shifts end with a sheet to be signed
SHIFTS = (Role.AGENT, Role.DISPATCHER)


@blueprint.get("/reports")
@needs(*OFFICE)
def index() -> ResponseReturnValue:
    """What waits for somebody, with its countdown, and what was signed lately; of every kind or of one."""
    kind = request.args.get("kind", "")
    kind = kind if kind in set(CODES) else ""
    with hotline().store.reading() as session:
        waiting, done = listing.lines(hotline(), session, signed_in().user, clock.now(), kind)
    if request.headers.get("X-Partial"):
        return render_template("reports/_waiting.html", waiting=waiting)
    return render_template("reports/list.html", waiting=waiting, done=done, kind=kind, codes=CODES, narrow=not signed_in().may(*listing.OVERSEERS))


@blueprint.get("/reports/shifts")
@needs(*SHIFTS)
def my_shifts() -> ResponseReturnValue:
    """The sheets of one's own shifts, what is to be handed over now, and what was handed over and waits for a signature."""
    return _shifts()


@blueprint.post("/reports/shifts")
@needs(*SHIFTS)
def hand_over() -> ResponseReturnValue:
    """Hands one's open tickets over to a colleague, or signs for what was handed over; refused, the page says why."""
    user, now, key = signed_in().user, clock.now(), key_of(request.form.get("key"))
    try:
        if request.form.get("do") == "sign":
            shifts.sign(hotline(), user, key, now)
        else:
            shifts.hand_over(hotline(), user, request.form.get("to", ""), _notes(), key, now)
    except Refused as no:
        return _shifts(no)
    flash(gettext("已记录"), "ok")
    return redirect(url_for("reports.my_shifts"), 303)


def _notes() -> str:
    """What was written for those who come, the state of telephones and machines first."""
    equipment, notes = (request.form.get(name, "").strip()[:1000] for name in ("equipment", "notes"))
    return "\n".join(filter(None, (equipment and gettext("设备、通讯：%(state)s", state=equipment), notes)))


def _shifts(no: Refused | None = None) -> ResponseReturnValue:
    now, user = clock.now(), signed_in().user
    with hotline().store.reading() as session:
        lines = listing.shifts(hotline(), session, user, now)
        mine, staff = shifts.open_tickets(session, user), facts.staff(session, now)
    takers = sorted((p for u, p in staff.people.items() if u != user and p.active and {Role.AGENT, Role.DISPATCHER, Role.LEAD} & p.roles),
                    key=lambda p: (not staff.on_duty(p.user), p.name))
    to_sign = [line for line in lines if line.confirmed_at and "receiver" not in line.signed and line.content.get("user") != user]
    return render_template("reports/shifts.html", lines=lines, mine=mine, takers=takers, staff=staff, to_sign=to_sign,
                           error=forms.reason(no) if no else None, values=request.form if no else {}), 422 if no else 200


@blueprint.get("/reports/<kind>/<key>")
@needs(*OFFICE, *SHIFTS)
def show(kind: str, key: str) -> ResponseReturnValue:
    """One report: as it stands signed, or as its rows count now."""
    return _page(kind, key)


def _read(kind: str, key: str, now: datetime) -> Shown:
    with hotline().store.reading() as session:
        line = listing.line(hotline(), session, signed_in().user, kind, key, request.values.get("compound", ""), now)
        if line is None:
            abort(404, forms.reason(Refused("unknown_period", period=f"{kind} {key}")))
        return _counted(lambda: showing.show(hotline(), session, line, signed_in().user, language(), now, compare="compare" in request.args))


def _counted(report: Callable[[], T]) -> T:
    """What a page shows of a report; a page that says why where its records cannot be counted."""
    try:
        return report()
    except Refused as no:
        abort(503, forms.reason(no))


def _page(kind: str, key: str, no: Refused | None = None) -> ResponseReturnValue:
    shown = _read(kind, key, clock.now())
    return render_template("reports/report.html", shown=shown, line=shown.line, error=forms.reason(no) if no else None, failed=request.form.get("do"),
                           only=request.args.get("only", ""), values=request.form if no else {}), 422 if no else 200


@blueprint.post("/reports/<kind>/<key>")
@needs(*OFFICE)
def decide(kind: str, key: str) -> ResponseReturnValue:
    """Writes on, counts anew, checks, signs, acknowledges or corrects a report, or plans or closes a survey; refused, the page says why."""
    now, user, compound = clock.now(), signed_in().user, request.form.get("compound", "")
    try:
        _decided(kind, key, compound, user, now)
    except Refused as no:
        return _page(kind, key, no)
    flash(gettext("已记录"), "ok")
    return redirect(url_for("reports.show", kind=kind, key=key, compound=compound or None), 303)


def _decided(kind: str, key: str, compound: str, user: str, now: datetime) -> None:
    form = request.form
    match form.get("do"):
        case "sign":
            periods.acknowledge(hotline(), key, form.get("department", ""), user, now)
        case "plan":
            periods.plan_survey(hotline(), key, compound, user, now, _day("planned_for"))
        case "write":
            notes = {name.removeprefix("note-"): text for name, text in form.items() if name.startswith("note-")}
            drafting.write(hotline(), kind, key, compound, user, notes, _whole("version") or 0, now)
        case "refresh":
            drafting.refresh(hotline(), kind, key, compound, user, now)
        case "check":
            drafting.check(hotline(), kind, key, compound, user, now)
        case "recount":
            correcting.recount(hotline(), kind, key, compound, user, form.getlist("about"), form.get("why", ""), now)
        case "rewrite":
            correcting.rewrite(hotline(), kind, key, compound, user, form.get("note", ""), form.get("text", ""), form.get("why", ""), now)
        case _:
            sheets = {n: _whole(n) for n in ("issued", "returned", "satisfied")} if kind == Clock.SURVEY else None
            periods.confirm(hotline(), kind, key, user, now, compound, sheets, form.get("seen") or None)


def _whole(name: str) -> int | None:
    typed = request.values.get(name, "").strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None


def _day(name: str) -> datetime:
    """A day of a form, as its local midnight."""
    typed = request.values.get(name, "").strip()
    try:
        return datetime.combine(datetime.strptime(typed, "%Y-%m-%d").replace(tzinfo=LOCAL).date(), time(), LOCAL)
    except ValueError:
        raise Refused("bad_value", field=name, value=typed[:40], valid="2026-03-10") from None


@blueprint.get("/reports/<kind>/<key>/behind")
@needs(*OFFICE, *SHIFTS)
def behind(kind: str, key: str) -> ResponseReturnValue:
    """What one number of a report counts: as kept with what the page shows."""
    now, user, column, at, asked = clock.now(), signed_in().user, _whole("column"), _whole("at"), request.args
    with hotline().store.reading() as session:
        line = listing.line(hotline(), session, user, kind, key, asked.get("compound", ""), now)
        if line is None or column is None:
            abort(404)
        named = asked.get("section", ""), asked.get("row", ""), column
        found = _counted(lambda: members_behind(hotline(), session, line, user, *named, language(), now, at, _whole("page") or 1))
    if found is None:
        abort(404)
    return render_template("reports/behind.html", line=line, found=found, asked={**request.args, "kind": kind, "key": key})


@blueprint.get("/reports/<kind>/<key>/<any(csv, xlsx, pdf):ending>")
@needs(*OFFICE, *SHIFTS)
def take(kind: str, key: str, ending: str) -> ResponseReturnValue:
    """The report as a file: the same numbers as on its page."""
    shown = _read(kind, key, clock.now())
    name = "-".join(filter(None, (shown.code, key.replace("@", "-").replace(":", ""), shown.line.compound)))
    if ending == "pdf":
        return _as_pdf(shown, name)
    head = _head(shown)
    notes = [(f.label(language()), shown.notes[f.name]) for f in shown.fields if shown.notes.get(f.name)]
    rows = files.lines(head, shown.text, notes, {d.value: d.label(language()) for d in Department})
    body, mimetype = (files.as_csv(rows), "text/csv; charset=utf-8") if ending == "csv" else (files.as_xlsx(rows, len(head)), files.XLSX)
    return Response(body, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}.{ending}"'})


def _as_pdf(shown: Shown, name: str) -> Response:
    """The page on paper: what it shows of sections, pictures, notes and signatures."""
    if not pdf.installed():
        abort(404, gettext("这台服务器没有安装 PDF 组件；请用浏览器的打印存为 PDF。"))
    return sheets.as_pdf("reports/report.html", name, shown=shown, line=shown.line, error=None, failed=None,
                         only=request.args.get("only", ""), values={})


def _head(shown: Shown) -> list[tuple[str, str]]:
    """What the file is, of when, and whether it was signed."""
    line = shown.line
    title = " · ".join(filter(None, (f"{shown.code} {line.kind.label(language())}", line.key, line.compound_name, line.who)))
    state = gettext("%(name)s 于 %(when)s 签发", name=line.confirmed_by, when=moment(line.confirmed_at)) if line.confirmed_at else gettext("尚未签发")
    rows = [(title, ""), (f"{moment(line.since)} – {moment(line.until)}", ""), (state, "")]
    if shown.signed:
        rows.append((f"SHA-256 {shown.signed.hash}", gettext("更正 %(n)s 次", n=len(shown.corrections)) if shown.corrections else ""))
    return rows


@blueprint.get("/tickets/<number>/print/<form>")
def paper(number: str, form: str) -> ResponseReturnValue:
    """A form of the ticket on paper, the telephone number masked."""
    now = clock.now()
    read_ticket(number, now)
    with hotline().store.reading() as session:
        found = paper_forms.paper(hotline(), session, number, form, language())
    if found is None:
        abort(404)
    return sheets.sheet("print/form.html", f"{number}-{found.code}", paper=found, printed_at=now)
