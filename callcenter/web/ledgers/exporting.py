"""Ledgers taken away: short ones at once, long ones as a job with its progress; who took what out of the house."""

from collections.abc import Iterator
from datetime import datetime

from flask import Response, abort, current_app, redirect, render_template, request, send_file, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from callcenter import clock
from callcenter.domain.days import local
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services import access
from callcenter.services.ledgers import catalogue, jobs, taking
from callcenter.services.ledgers.files import FORMATS
from callcenter.services.ledgers.taking import Wish
from callcenter.storage import facts
from callcenter.storage.ledger_tables import ExportJobRow
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.ledgers.shared import asked, asked_ledger, blueprint, columns_of, folder, picked
from callcenter.web.ledgers.tables import table
from callcenter.web.security import needs, signed_in, wants_page

TAKERS = tuple(sorted(access.EXPORTERS))
#: who reads the log of what was taken out
LOG_READERS = (Role.QUALITY, Role.AUDITOR, Role.SUPERVISOR)
#: a longer list is written in the background, unless the setting says otherwise
AT_ONCE = 20_000


@blueprint.post("/ledgers/<code>/export")
@needs(*TAKERS)
def export(code: str) -> ResponseReturnValue:
    """The list as a file, or, when it is long, a job; that it is taken is written down before its first line leaves."""
    ledger, now = asked_ledger(code), clock.now()
    user, wish = signed_in().user, _wish(code, now)
    if wish.unmasked and not access.may_export(signed_in().roles, unmasked=True):
        abort(403)
    try:
        taking.allowed(wish, signed_in().roles)
        lines = taking.count(hotline(), wish, user, now)
        if lines > current_app.config.get("EXPORT_AT_ONCE", AT_ONCE):
            return redirect(url_for("ledgers.job", key=jobs.ask(hotline(), wish, user, now)), 303)
        taking.write_down(hotline(), wish, user, lines, now)
    except Refused as no:
        return table(ledger, no, request.form)
    return Response(stream_with_context(_written(wish, user, now)), mimetype=FORMATS[wish.ending][1],
                    headers={"Content-Disposition": f'attachment; filename="{_file_name(ledger.code, wish.ending, now)}"'})


def _wish(code: str, now: datetime) -> Wish:
    ledger = asked_ledger(code)
    columns = columns_of(ledger, request.form) or [c.key for c in ledger.chosen(())] if picked("all_columns") == "no" else []
    return Wish(ledger, asked(ledger, request.form, now).filters, tuple(columns), picked("format"), picked("unmasked") == "yes", language(),
                picked("reason"))


def _written(wish: Wish, user: str, now: datetime) -> Iterator[bytes]:
    with hotline().store.reading() as session:
        head, rows = taking.lines(hotline(), session, wish, user, now)
        yield from FORMATS[wish.ending][0](head, rows)


def _file_name(code: str, ending: str, at: datetime) -> str:
    return f"{code}-{local(at):%Y%m%d-%H%M%S}.{ending}"


@blueprint.get("/ledgers/exports")
@needs(*TAKERS, *LOG_READERS)
def exports() -> ResponseReturnValue:
    """One's own exports, and, for those who watch over it, what was taken out of the house."""
    person = signed_in()
    with hotline().store.reading() as session:
        mine = jobs.of(session, person.user)
        taken = access.latest(session) if person.may(*LOG_READERS) else []
        people = facts.people(session)
    return render_template("ledgers/exports.html", jobs=mine, taken=taken, people=people, ledgers=catalogue.LEDGERS, kinds=catalogue.KINDS)


@blueprint.get("/ledgers/exports/<int:key>")
@needs(*TAKERS)
def job(key: int) -> ResponseReturnValue:
    """How far an export has come; its file once it is ready."""
    return _job_page(key)


def _job_page(key: int, no: Refused | None = None) -> ResponseReturnValue:
    found = _mine(key)
    page = "ledgers/export.html" if wants_page() else "ledgers/_export.html"
    return render_template(page, job=found, ledger=catalogue.LEDGERS[found.ledger], error=forms.reason(no) if no else None), 409 if no else 200


def _mine(key: int) -> ExportJobRow:
    with hotline().store.reading() as session:
        try:
            return jobs.one(session, key, signed_in().user)
        except Refused as no:
            abort(404, forms.reason(no))


@blueprint.post("/ledgers/exports/<int:key>/cancel")
@needs(*TAKERS)
def cancel(key: int) -> ResponseReturnValue:
    """Not wanted any more; a finished file is thrown away."""
    _mine(key)
    try:
        jobs.cancel(hotline(), folder(), key, signed_in().user, clock.now())
    except Refused as no:
        return _job_page(key, no)
    return redirect(url_for("ledgers.job", key=key), 303)


@blueprint.get("/ledgers/exports/<int:key>/file")
@needs(*TAKERS)
def file(key: int) -> ResponseReturnValue:
    """The finished file, only for whoever asked for it."""
    _mine(key)
    try:
        path, found = jobs.fetch(hotline(), folder(), key, signed_in().user, signed_in().roles, clock.now())
    except Refused as no:
        return _job_page(key, no)
    return send_file(path, mimetype=FORMATS[found.ending][1], as_attachment=True, max_age=0,
                     download_name=_file_name(found.ledger, found.ending, found.asked_at))
