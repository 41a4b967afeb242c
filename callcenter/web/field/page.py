"""The technician's page on the phone: my jobs, the next step as the big button, jobs to grab, slips to return, what was done today."""

from dataclasses import replace
from urllib.parse import quote

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.arriving import ArrivalProof, tidy
from callcenter.domain.photographs import LARGEST_MB, Photograph
from callcenter.domain.vocabulary import Action
from callcenter.services.field import jobs, today
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.field.base import WORKERS, blueprint
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in, wants_page

#: acts that need no more than a press
PLAIN = frozenset({Action.ACCEPT, Action.DEPART, Action.RESUME})
#: inputs not asked for on the phone: filled in at the desk, not the handler's to say, or kept by taking the pictures
LEFT_OUT = frozenset({"initiated_by", "customer_opinion", "photos_before", "photos_after"})
#: inputs shown at once though nobody has to fill them in
FIRST = {Action.COMPLETE: ("signature", "unsigned_reason", "materials"), Action.ASK_SUSPEND: ("until", "note")}
#: and these where there is something to pay
MONEY = ("labour_fee", "final_amount", "customer_consent")
#: this page alone may use the camera and ask where the telephone is
PERMISSIONS = "camera=(self), geolocation=(self), microphone=(self), payment=(), usb=()"


@blueprint.get("/field")
@needs(*WORKERS)
def show() -> ResponseReturnValue:
    """The person's jobs; the same alone when a script asks for a fragment."""
    now, person = clock.now(), signed_in()
    with hotline().store.reading() as session:
        work = jobs.field(hotline(), session, person.user, now, language())
        done = today.done(session, person.user, now)
    page = "field/page.html" if wants_page() else "field/_jobs.html"
    response = make_response(render_template(
        page, work=work, at=now, done=done, asked=asked, plain=PLAIN, big=big, stages=jobs.stages, proofs=list(ArrivalProof), kinds=Photograph,
        items=today.items(hotline().rulebook.policy, language()), largest=LARGEST_MB))
    response.headers["Permissions-Policy"] = PERMISSIONS
    return response


@blueprint.get("/field/at/<code>")
@needs(*WORKERS)
def at_door(code: str) -> ResponseReturnValue:
    """What a code read with the phone's own camera leads to: one's jobs, with the code filled in where one arrives."""
    job = request.args.get("job", "")[:40]
    return redirect(url_for("field.show", _anchor=f"at={tidy(code)[:12]}" + (f"&job={quote(job, safe='')}" if job else "")))


def asked(action: Action, job: jobs.Job) -> tuple[list[forms.Input], list[forms.Input]]:
    """The inputs of an act's form on the phone: those to fill in now, and the rest."""
    found = [_needed(i, job.signature and action is Action.COMPLETE) for i in forms.inputs(action, ticket=job.ticket) if i.name not in LEFT_OUT]
    shown = (*FIRST.get(action, ()), *(MONEY if action is Action.COMPLETE and job.pays else ()))
    now = [i for i in found if i.first or i.name in shown or len(found) <= 2]
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
