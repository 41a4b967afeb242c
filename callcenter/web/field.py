"""The technician's page on the phone: my jobs, the next step as the big button, jobs to grab, slips to return."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, SuspendReason
from callcenter.services import field_view, tickets
from callcenter.web import forms
from callcenter.web.acts import hotline, key_of
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in, wants_page

blueprint = Blueprint("field", __name__)

#: acts that need no more than a press
PLAIN = frozenset({Action.ACCEPT, Action.DEPART, Action.ARRIVE, Action.RESUME})
#: inputs not asked for on the phone: filled in at the desk, or not the handler's to say
LEFT_OUT = frozenset({"initiated_by", "customer_opinion"})
#: inputs asked for beyond what the rules demand, so that the slip tells something
ASKED = {Action.COMPLETE: ("result", "result_explained", "signature", "materials", "fault_cause")}


@blueprint.get("/field")
@needs("technician", "contractor", "dept_head")
def show() -> str:
    """The person's jobs; the same alone when a script asks for a fragment."""
    now, person = clock.now(), signed_in()
    with hotline().store.reading() as session:
        work = field_view.field(hotline(), session, person.user, now, language())
    page = "field/page.html" if wants_page() else "field/_jobs.html"
    return render_template(page, work=work, at=now, asked=asked, plain=PLAIN, big=big, waits=_waits())


@blueprint.post("/field/<number>/ask-to-suspend")
@needs("technician", "contractor", "dept_head")
def ask_to_suspend(number: str) -> ResponseReturnValue:
    """A note to the dispatcher, who alone suspends: what the handler waits for stands beside the job on the dispatch page."""
    now, key = clock.now(), key_of(request.form.get("key"))
    reason, said = request.form.get("reason", ""), request.form.get("text", "").strip()[:500]
    try:
        if reason not in set(SuspendReason):
            raise Refused("reason_needed")
        text = field_view.request_to_suspend(SuspendReason(reason), said)
        tickets.carry_out(hotline(), number, Act(Action.NOTE, signed_in().user, {"text": text}), key, now)
    except Refused as no:
        if not wants_page():
            return forms.refusal(no, Action.SUSPEND)
        abort(409, forms.reason(no))
    flash(gettext("已请派单员挂起 %(number)s", number=number), "ok")
    return redirect(url_for("field.show"), 303)


def asked(action: Action, signature: bool = False) -> tuple[list[forms.Input], list[forms.Input]]:
    """The inputs of an act's form on the phone: those to fill in now, and the rest."""
    found = [_needed(i, signature) for i in forms.inputs(action) if i.name not in LEFT_OUT]
    first = ASKED.get(action)
    now = [i for i in found if (i.name in first if first else i.required or len(found) <= 2)]
    return now, [i for i in found if i not in now]


def _needed(given: forms.Input, signature: bool) -> forms.Input:
    """A paid job is not finished without the customer's signature."""
    must = given.required or (signature and given.name == "signature")
    return forms.Input(given.name, given.label, given.kind, must, given.options)


def _waits() -> list[tuple[str, str]]:
    """What a handler may be waiting for."""
    return [("", gettext("请选择")), *((reason.value, reason.label(language())) for reason in SuspendReason)]


def big(action: Action, mine: bool = True) -> str:
    """What the big button says: what the person does next, not what the form is called."""
    if not mine:
        return str(gettext("我来接"))
    words = {
        Action.ACCEPT: gettext("接单"), Action.DEPART: gettext("我出发了"), Action.ARRIVE: gettext("我到了"),
        Action.COMPLETE: gettext("完工"), Action.RESUME: gettext("继续办理"), Action.RETURN_SLIP: gettext("返单"),
    }
    return str(words.get(action) or action.label(language()))
