"""The survey as residents see it, without a sign-in: their own sheet behind its link, and the published results."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.services.surveys import listing, sheets
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.security import limiter, open_to_all
from callcenter.web.surveys import typed_answer, typed_marks

blueprint = Blueprint("survey_public", __name__)
#: published of fewer sheets than that, an answer could be guessed
FEWEST = 5


@blueprint.get("/s/<token>")
@open_to_all
@limiter.limit("120 per minute")
def sheet(token: str) -> ResponseReturnValue:
    """The household's sheet, with what it answered before."""
    return _sheet(token)


@blueprint.post("/s/<token>")
@open_to_all
@limiter.limit("30 per minute")
def answer(token: str) -> ResponseReturnValue:
    """Takes the answer; until the survey closes the same link may change it."""
    try:
        sheets.answer_by_link(hotline(), token, typed_answer(), clock.now())
    except Refused as no:
        return _sheet(token, no)
    return redirect(url_for("survey_public.sheet", token=token, sent="yes"), 303)


def _sheet(token: str, no: Refused | None = None) -> ResponseReturnValue:
    try:
        with hotline().store.reading() as session:
            opened = sheets.by_link(hotline(), session, token, clock.now())
    except Refused as shut:
        page = render_template("surveys/shut.html", why=shut.code, reason=forms.reason(shut))
        return _private(make_response(page, 404 if shut.code == "link_wrong" else 410))
    thanks = request.args.get("sent") == "yes" and opened.answer is not None and no is None
    before = dict(opened.answer.marks) if opened.answer else {}
    page = render_template("surveys/thanks.html" if thanks else "surveys/sheet.html", opened=opened, token=token,
                           values=request.form if no else _given(opened), marks=typed_marks() if no else before,
                           error=forms.reason(no) if no else None)
    return _private(make_response(page, 422 if no else 200))


def _given(opened: sheets.Opened) -> dict[str, Any]:
    """What was answered before, as the form has it."""
    given = opened.answer
    return {"opinion": given.opinion, "request": given.request, "anonymous": given.anonymous} if given else {}


def _private(response: Response) -> Response:
    """A link of somebody's own is not for search engines."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/survey/<compound>/<key>")
@open_to_all
@limiter.limit("120 per minute")
def published(compound: str, key: str) -> ResponseReturnValue:
    """A compound's published results, for everybody; nothing of anybody's."""
    with hotline().store.reading() as session:
        found = listing.published(session, compound, key)
    if found is None:
        return render_template("surveys/shut.html", why="unpublished", reason=""), 404
    survey, name, now, last = found
    return render_template("surveys/published.html", survey=survey, name=name, found=now, last=last, few=now.valid < FEWEST)
