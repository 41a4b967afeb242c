"""Reporting a matter online: urgent ones are told to telephone before anything is kept; a code by text proves the number."""

from collections.abc import Mapping

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.residents import LONGEST
from callcenter.domain.ticket import Refused
from callcenter.services.residents import proving, reporting
from callcenter.services.residents.reporting import Report, Taken
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.resident import private
from callcenter.web.security import limiter, open_to_all

blueprint = Blueprint("report", __name__)
#: the public page then names it
blueprint.record_once(lambda state: state.app.jinja_env.globals.update(report_page=True))
#: what must be filled in, and how much of each field is taken
MUST = ("category", "compound", "where", "content", "name", "phone")
MOST: Mapping[str, int] = {"where": 100, "content": LONGEST, "name": 40, "phone": 30, "when": 100}


@blueprint.get("/report")
@open_to_all
@limiter.limit("60 per minute")
def ask() -> ResponseReturnValue:
    """The form."""
    return _page("form", {}, {})


@blueprint.post("/report")
@open_to_all
@limiter.limit("10 per minute; 40 per hour")
def take() -> ResponseReturnValue:
    """Step by step: what is missing, the warning of an urgent matter, the code, the number. Every word is kept on the way."""
    typed = {name: request.form.get(name, "").strip() for name in (*MUST, "when")}
    if request.form.get("website"):  # no person sees that field
        return _page("form", {}, {})
    errors = {} if request.form.get("change") else _errors(typed)
    if errors or request.form.get("change"):
        return _page("form", typed, errors)
    if reporting.urgent(hotline().rulebook.policy, typed["category"]) and request.form.get("still") != "yes":
        return _page("urgent", typed, {})
    try:
        if not request.form.get("proof") or request.form.get("again"):
            return _page("code", typed, {}, proof=proving.send(hotline(), typed["phone"], language(), clock.now()))
        done = reporting.take(hotline(), Report(**typed), request.form["proof"], request.form.get("code", ""), clock.now())
    except Refused as no:
        return _refused(no, typed)
    return _page("done", typed, {}, done=done)


def _refused(no: Refused, typed: Mapping[str, str]) -> ResponseReturnValue:
    """Back to the step it belongs to."""
    if no.code == "number_mobile":
        return _page("form", typed, {"phone": forms.reason(no)})
    if no.code in ("proof_wrong", "proof_over"):
        return _page("code", typed, {"code": forms.reason(no)}, proof=request.form.get("proof", ""))
    return _page("form", typed, {"": forms.reason(no)})


def _errors(typed: Mapping[str, str]) -> dict[str, str]:
    """Field → what is wrong with it."""
    errors = {name: gettext("必填") for name in MUST if not typed[name]}
    errors |= {name: gettext("最多 %(n)s 字", n=most) for name, most in MOST.items() if len(typed[name]) > most}
    known = {c.code for c in reporting.choices(hotline().rulebook.policy)}
    if typed["category"] and typed["category"] not in known:
        errors["category"] = gettext("请选择")
    return errors


def _page(step: str, typed: Mapping[str, str], errors: Mapping[str, str], *, proof: str = "", done: Taken | None = None) -> ResponseReturnValue:
    with hotline().store.reading() as session:
        compounds = reporting.compounds(session)
    policy = hotline().rulebook.policy
    page = render_template(
        "resident/report.html", step=step, values=typed, errors=errors, proof=proof, done=done, longest=LONGEST,
        still=request.form.get("still") == "yes", compounds=[("", gettext("请选择")), *compounds],
        categories=[("", gettext("请选择")), *((c.code, c.label(language())) for c in reporting.choices(policy))])
    return private(make_response(page, 422 if errors else 200))
