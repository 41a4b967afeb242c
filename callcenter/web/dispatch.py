"""The dispatcher's pages: who waits beside who can go, the day's appointments, the buildings, and several tickets at once."""

from datetime import date, datetime, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from callcenter import clock
from callcenter.domain import days
from callcenter.domain.forms import fields_of
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import tickets
from callcenter.services.dispatch import board as dispatch_view
from callcenter.services.dispatch import buildings, bulk
from callcenter.services.dispatch import day as one_day
from callcenter.storage import facts
from callcenter.web import forms
from callcenter.web.acts import after, hotline, key_of, seen_of
from callcenter.web.formats import clock_time
from callcenter.web.languages import language
from callcenter.web.people import local_path
from callcenter.web.security import needs, signed_in, wants_page

blueprint = Blueprint("dispatch", __name__)
ROLES = ("dispatcher", "lead", "dept_head", "supervisor", "pm", "agent")


@blueprint.get("/dispatch")
@needs(*ROLES)
def show() -> str:
    """Who waits, who is on the way and who is free; the same lists alone when a script asks for a fragment."""
    now, person = clock.now(), signed_in()
    with hotline().store.reading() as session:
        compounds, compound, building = _entered(session, now)
        board = dispatch_view.board(hotline(), session, person.user, now, language(), compound, building)
    page = "dispatch/page.html" if wants_page() else "dispatch/_board.html"
    return render_template(page, board=board, compounds=compounds, compound=compound, building=building, at=now, bulk_acts=bulk.ACTS)


@blueprint.get("/dispatch/day")
@needs(*ROLES)
def day() -> str:
    """The appointments of one day, a row for every technician; today when no day is asked for."""
    now, person = clock.now(), signed_in()
    asked = _day_asked(request.args.get("date"), now)
    with hotline().store.reading() as session:
        compounds, compound, building = _entered(session, now)
        read = one_day.read(hotline(), session, person.user, asked, now, language(), compound, building)
    page = "dispatch/day.html" if wants_page() else "dispatch/_day.html"
    return render_template(page, day=read, date=asked, before=asked - timedelta(days=1), following=asked + timedelta(days=1),
                           today=days.local(now).date(), compounds=compounds, compound=compound, building=building)


@blueprint.get("/dispatch/buildings")
@needs(*ROLES)
def grid() -> str:
    """Every building with what is open, urgent and overdue in it."""
    now, person = clock.now(), signed_in()
    with hotline().store.reading() as session:
        compounds, compound, _ = _entered(session, now)
        shown = {compound: compounds[compound]} if compound else compounds
        cells = buildings.grid(session, facts.staff(session, now), person.user, now, shown)
    page = "dispatch/buildings.html" if wants_page() else "dispatch/_buildings.html"
    return render_template(page, cells=cells, compounds=compounds, compound=compound, building=None)


def _entered(session: Session, now: datetime) -> tuple[dict[str, str], str | None, str | None]:
    """The compounds the reader may choose from, the one chosen and its building; 403 for an agent while a dispatcher is on duty."""
    person = signed_in()
    _admit(dispatch_view.may_enter(facts.staff(session, now), person.user, person.roles))
    compounds = dispatch_view.compounds(session, person.compounds)
    compound = request.args.get("compound")
    if compound not in compounds:
        return compounds, None, None
    return compounds, compound, request.args.get("building")


def _day_asked(text: str | None, now: datetime) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return days.local(now).date()


def _admit(dispatcher: str | None) -> None:
    """An agent dispatches only while no dispatcher is on duty; else they are told who is."""
    if dispatcher:
        abort(403, gettext("派单员 %(name)s 在岗，请由派单员派单。", name=dispatcher))


@blueprint.post("/dispatch/<number>/<any(dispatch, reassign):action>")
@needs(*ROLES)
def send(number: str, action: str) -> ResponseReturnValue:
    """Sends somebody. Whoever was slower than a colleague is told who sent whom and when; nothing has changed then."""
    now, verb, key = clock.now(), Action(action), key_of(request.form.get("key"))
    try:
        fields = forms.read_act(verb, request.form)
        done = tickets.carry_out(hotline(), number, Act(verb, signed_in().user, fields), key, now, seen=seen_of(verb))
    except Refused as no:
        return _refused(no, verb, number)
    sent = _winner(done.number)
    told = gettext("%(number)s 已派给 %(who)s", number=done.number, who=sent[1] if sent else fields["to"])
    if request.form.get("stay") and not wants_page():
        return told, {"Content-Type": "text/plain; charset=utf-8"}
    flash(told, "ok")
    return redirect(after(done.number), 303)


def _too_slow(number: str) -> None:
    faster = _winner(number)
    if faster is not None:
        abort(409, gettext("%(by)s 已在 %(at)s 派给 %(who)s", by=faster[0], who=faster[1], at=clock_time(faster[2])))


def _refused(no: Refused, verb: Action, number: str) -> ResponseReturnValue:
    if no.code in ("not_next", "sent_meanwhile"):
        _too_slow(number)
    if not wants_page():
        return forms.refusal(no, verb)
    flash(forms.reason(no), "bad")
    return redirect(url_for("dispatch.show"), 303)


def _winner(number: str) -> tuple[str, str, datetime] | None:
    with hotline().store.reading() as session:
        return dispatch_view.winner(session, number)


@blueprint.post("/dispatch/bulk")
@needs(*ROLES)
def at_once() -> ResponseReturnValue:
    """One act with one reason for several tickets; the answer says of each what became of it."""
    now, key = clock.now(), key_of(request.form.get("key"))
    what = request.form.get("what")
    if what not in bulk.ACTS:
        abort(400)
    verb = Action(what)
    try:
        results = bulk.each(hotline(), request.form.getlist("number"), Act(verb, signed_in().user, _with_reason(verb)), key, now)
    except Refused as no:
        if not wants_page():
            return forms.refusal(no, verb)
        flash(forms.reason(no), "bad")
        return redirect(after_list(), 303)
    done = [(r.number, forms.reason(r.refused) if r.refused else None, _winner(r.number) if verb is Action.DISPATCH else None) for r in results]
    page = "dispatch/results.html" if wants_page() else "dispatch/_results.html"
    return render_template(page, results=done, verb=verb, back=after_list())


def _with_reason(verb: Action) -> dict[str, object]:
    """The act's fields; whoever does it to several tickets says why."""
    fields = forms.read_act(verb, request.form)
    if not fields.get("reason"):
        raise Refused("missing", fields=tuple(f for f in fields_of(verb) if f.name == "reason"))
    return fields


def after_list() -> str:
    """The list the person came from; never another site."""
    return local_path(request.form.get("next"), url_for("dispatch.show"))
