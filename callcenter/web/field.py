"""The technician's page on the phone: my jobs, the next step as the big button, jobs to grab, slips to return."""

from dataclasses import replace

from flask import Blueprint, render_template
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.vocabulary import Action
from callcenter.services import field_view
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in, wants_page

blueprint = Blueprint("field", __name__)

#: acts that need no more than a press
PLAIN = frozenset({Action.ACCEPT, Action.DEPART, Action.ARRIVE, Action.RESUME})
#: inputs not asked for on the phone: filled in at the desk, or not the handler's to say
LEFT_OUT = frozenset({"initiated_by", "customer_opinion"})
#: inputs shown at once though nobody has to fill them in
FIRST = {Action.COMPLETE: ("signature", "materials"), Action.ASK_SUSPEND: ("until", "note")}


@blueprint.get("/field")
@needs("technician", "contractor", "dept_head")
def show() -> str:
    """The person's jobs; the same alone when a script asks for a fragment."""
    now, person = clock.now(), signed_in()
    with hotline().store.reading() as session:
        work = field_view.field(hotline(), session, person.user, now, language())
    page = "field/page.html" if wants_page() else "field/_jobs.html"
    return render_template(page, work=work, at=now, asked=asked, plain=PLAIN, big=big)


def asked(action: Action, job: field_view.Job) -> tuple[list[forms.Input], list[forms.Input]]:
    """The inputs of an act's form on the phone: those to fill in now, and the rest."""
    found = [_needed(i, job.signature and action is Action.COMPLETE) for i in forms.inputs(action, ticket=job.ticket) if i.name not in LEFT_OUT]
    now = [i for i in found if i.first or i.name in FIRST.get(action, ()) or len(found) <= 2]
    return now, [i for i in found if i not in now]


def _needed(given: forms.Input, signature: bool) -> forms.Input:
    """A paid job is not finished without the customer's signature."""
    must = given.required or (signature and given.name == "signature")
    return replace(given, required=must)


def big(action: Action, mine: bool = True) -> str:
    """What the big button says: what the person does next, not what the form is called."""
    if not mine:
        return str(gettext("我来接"))
    words = {
        Action.ACCEPT: gettext("接单"), Action.DEPART: gettext("我出发了"), Action.ARRIVE: gettext("我到了"),
        Action.COMPLETE: gettext("完工"), Action.RESUME: gettext("继续办理"), Action.RETURN_SLIP: gettext("返单"),
    }
    return str(words.get(action) or action.label(language()))
