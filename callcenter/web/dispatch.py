"""The dispatcher's page: one list of who waits, the best person first, one click to send."""

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import dispatch_view, tickets
from callcenter.storage import facts
from callcenter.web import forms
from callcenter.web.acts import after, hotline, key_of
from callcenter.web.formats import clock_time
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in, wants_page

blueprint = Blueprint("dispatch", __name__)
ROLES = ("dispatcher", "lead", "dept_head", "supervisor", "pm", "agent")


@blueprint.get("/dispatch")
@needs(*ROLES)
def show() -> str:
    """Who waits, who is on the way and who is free; the same lists alone when a script asks for a fragment."""
    now, person, compound = clock.now(), signed_in(), request.args.get("compound") or None
    with hotline().store.reading() as session:
        _admit(dispatch_view.may_enter(facts.staff(session, now), person.user, person.roles))
        compounds = dispatch_view.compounds(session, person.compounds)
        board = dispatch_view.board(hotline(), session, person.user, now, language(), compound if compound in compounds else None)
    page = "dispatch/page.html" if wants_page() else "dispatch/_board.html"
    return render_template(page, board=board, compounds=compounds, compound=compound, at=now)


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
        done = tickets.carry_out(hotline(), number, Act(verb, signed_in().user, fields), key, now)
    except Refused as no:
        return _refused(no, verb, number)
    sent = _winner(done.number)
    flash(gettext("%(number)s 已派给 %(who)s", number=done.number, who=sent[1] if sent else fields["to"]), "ok")
    return redirect(after(done.number), 303)


def _refused(no: Refused, verb: Action, number: str) -> ResponseReturnValue:
    faster = _winner(number) if no.code == "not_next" else None
    if faster is not None:
        abort(409, gettext("%(by)s 已在 %(at)s 派给 %(who)s", by=faster[0], who=faster[1], at=clock_time(faster[2])))
    if not wants_page():
        return forms.refusal(no, verb)
    flash(forms.reason(no), "bad")
    return redirect(url_for("dispatch.show"), 303)


def _winner(number: str) -> tuple[str, str, datetime] | None:
    with hotline().store.reading() as session:
        return dispatch_view.winner(session, number)
