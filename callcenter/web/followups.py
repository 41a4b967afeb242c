"""Follow-up calls: who is to be called now, the words to say, and the customer's answer in one tap."""

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from callcenter import clock
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, ContactResult, Satisfaction
from callcenter.services import permitted, tickets
from callcenter.services.views import followup_view, ticket_view
from callcenter.storage import facts
from callcenter.web import forms
from callcenter.web.acts import hotline, key_of
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in, wants_page

blueprint = Blueprint("followups", __name__)
blueprint.record_once(lambda state: state.app.add_template_filter(contact_result))
CALLERS = tuple(sorted(followup_view.CALLERS))

#: one tap → what it says on the form
TAPS: Mapping[str, Mapping[str, str]] = {
    "content": {"contact_result": ContactResult.REACHED, "satisfaction": Satisfaction.SATISFIED, "solved": "yes", "on_time": "yes"},
    "no_answer": {"contact_result": ContactResult.NO_ANSWER},
    "unhappy": {"contact_result": ContactResult.REACHED, "satisfaction": Satisfaction.DISSATISFIED, "solved": "no"},
}


#: what a call may be recorded as
CALLS = frozenset({Action.RECORD_CALLBACK, Action.RECONTACT, Action.MIDTERM_CALL})


def contact_result(code: str) -> str:
    """How a try ended, in words."""
    return ContactResult(code).label(language()) if code in set(ContactResult) else code


@blueprint.get("/followups")
@needs(*CALLERS)
def index() -> ResponseReturnValue:
    """The calls that are due; the first of them opened."""
    now = clock.now()
    calls = _calls(now)
    if request.headers.get("X-Partial"):
        return render_template("followups/_list.html", calls=calls, chosen=request.args.get("number"), read_at=now)
    return _page(calls, request.args.get("number") or (calls[0].number if calls else None), now)


@blueprint.get("/followups/<number>")
@needs(*CALLERS)
def show(number: str) -> ResponseReturnValue:
    """One call to be made."""
    now = clock.now()
    return _page(_calls(now), number, now)


@blueprint.post("/followups/<number>")
@needs(*CALLERS)
def save(number: str) -> ResponseReturnValue:
    """Writes down what came of the call, then shows the next one; a dissatisfied customer needs a reason."""
    now, user, key = clock.now(), signed_in().user, key_of(request.form.get("key"))
    asked = request.form.get("action", "")
    action = Action(asked) if asked in CALLS else Action.RECORD_CALLBACK
    try:
        fields = forms.read_act(action, _tapped())
        done = tickets.carry_out(hotline(), number, Act(action, user, fields), key, now)
    except Refused as no:
        if not wants_page():
            return forms.refusal(no, action)
        return _page(_calls(now), number, now, no, action), forms.status_of(no, action)
    flash(gettext("%(number)s 回访已记录：%(state)s", number=done.number, state=done.state.label(language())), "ok")
    return redirect(url_for("followups.index"), 303)


def _tapped() -> MultiDict[str, str]:
    """The form as it would be had every field been filled in that the tap stands for."""
    form = MultiDict(request.form)
    for name, value in TAPS.get(request.form.get("tap", ""), {}).items():
        form[name] = str(value)
    return form


def _calls(now: datetime) -> list[followup_view.DueCall]:
    with hotline().store.reading() as session:
        return followup_view.due_calls(session, hotline().rulebook.policy, signed_in().user, now)


def _page(calls: list[followup_view.DueCall], number: str | None, now: datetime, no: Refused | None = None,
          action: Action = Action.RECORD_CALLBACK) -> str:
    call = next((c for c in calls if c.number == number), None)
    if number is not None and call is None and no is None:
        abort(404, forms.reason(Refused("unknown_ticket", number=number)))
    with hotline().store.reading() as session:
        page = ticket_view.page(hotline(), session, call.number, signed_in().user, now, language()) if call else None
        people = facts.people(session)
        visitors = permitted.choosable(hotline(), session, number, action, now) if number else []
    return render_template(
        "followups/followups.html", calls=calls, call=call, page=page, people=people, read_at=now, chosen=number,
        inputs={i.name: i for i in forms.inputs(call.action if call else action, visitors)}, values=request.form if no else {},
        errors=forms.errors_of(no, action) if no else {}, message=forms.reason(no) if no else None)
