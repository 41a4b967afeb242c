"""The page behind a resident's link, without a sign-in: where my matter stands, how it was, a word, a time, asking again."""

from collections.abc import Mapping

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from callcenter import clock
from callcenter.domain import residents
from callcenter.domain.photographs import MOST_OF_CUSTOMER
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Satisfaction
from callcenter.services.residents import opening, picturing, speaking, standing
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.field.base import folder
from callcenter.web.field.doors import drawing
from callcenter.web.field.photos import picture, sent
from callcenter.web.languages import language
from callcenter.web.security import limiter, open_to_all, wants_page

blueprint = Blueprint("resident", __name__)
#: how long personal data is kept, in the reader's language, on every page residents fill in
blueprint.record_once(lambda state: state.app.jinja_env.globals.update(kept_for=lambda: _kept_for()))  # the function stands below
#: what may be done there, and which answer is shown afterwards
DOINGS = ("rate", "say", "time", "urge")


@blueprint.get("/r/<token>")
@open_to_all
@limiter.limit("60 per minute")
def show(token: str) -> ResponseReturnValue:
    """Where the matter stands."""
    return _page(token)


@blueprint.post("/r/<token>/<any(rate, say, time, urge):doing>")
@open_to_all
@limiter.limit("10 per minute; 60 per hour")
def do(token: str, doing: str) -> ResponseReturnValue:
    """Carries it out, or shows why not with every word kept."""
    try:
        done = _carry_out(token, doing, request.form)
    except Refused as no:
        return _page(token, doing, no)
    return redirect(url_for("resident.show", token=token, done=done, _anchor="kept"), 303)


@blueprint.post("/r/<token>/photos")
@open_to_all
@limiter.limit("12 per minute; 60 per hour")
def attach(token: str) -> ResponseReturnValue:
    """Keeps a picture, or says why not: to a script in words, else on the page with everything that was typed."""
    try:
        picturing.attach(hotline(), folder(), token, sent(), _key(request.form.get("key")), clock.now())
    except Refused as no:
        if wants_page():
            return _page(token, "photo", no)
        return private(make_response({"message": forms.reason(no)}, 422))
    return redirect(url_for("resident.show", token=token, done="photo", _anchor="kept"), 303)


@blueprint.get("/r/<token>/photos/<int:photo_id>")
@open_to_all
@limiter.limit("120 per minute")
def photo(token: str, photo_id: int) -> Response:
    """One of the pictures the page shows."""
    try:
        with hotline().store.reading() as session:
            shown = picturing.seen(session, opening.opened(hotline(), session, token, clock.now()))
    except Refused:
        abort(404)
    return private(picture(next((row for row in shown if row.id == photo_id), None)))


def _carry_out(token: str, doing: str, form: Mapping[str, str]) -> str:
    key, now = _key(form.get("key")), clock.now()
    if doing == "rate":
        speaking.rate(hotline(), token, form.get("satisfaction", ""), form.get("reason", ""), key, now)
    elif doing == "urge":
        return "urge" if speaking.urge(hotline(), token, key, now) else "again"
    else:
        speaking.say(hotline(), token, form.get("text", ""), key, now, wish=doing == "time")
    return doing


def _key(given: str | None) -> str:
    """The request's key, by the form it came from; 400 when it carried none."""
    if not given or len(given) > 60 or not given.isascii() or not given.isprintable():
        abort(400)
    return given


def _page(token: str, doing: str = "", no: Refused | None = None) -> ResponseReturnValue:
    now = clock.now()
    try:
        with hotline().store.reading() as session:
            stands = standing.standing(hotline(), session, opening.opened(hotline(), session, token, now), now)
    except Refused as shut:
        page = render_template("resident/shut.html", why=shut.code)
        return private(make_response(page, 404 if shut.code == "link_wrong" else 410))
    done = request.args.get("done", "") if no is None else ""
    page = render_template("resident/show.html", it=stands, token=token, done=done if done in (*DOINGS, "again", "photo") else "",
                           doing=doing, values=request.form if no else {}, error=forms.reason(no) if no else None,
                           scale=list(Satisfaction), longest=residents.LONGEST, drawing=drawing, most_photos=MOST_OF_CUSTOMER)
    return private(make_response(page, 422 if no else 200))


def _kept_for() -> str:
    said = hotline().rulebook.policy.notices["kept_for"]
    return said.zh if language() == "zh" else said.en


def private(response: Response) -> Response:
    """A link of somebody's own is not for search engines, is kept by no browser, and is told to no other site."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
