"""The wallboard: full screen for a television, for those who oversee, or behind a link that can be taken back; and these links."""

from datetime import datetime

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.services.overseeing import wall, wall_links
from callcenter.storage import facts
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.security import limiter, needs, open_to_all, signed_in, wants_page

blueprint = Blueprint("wall", __name__)
VIEWERS = ("lead", "supervisor", "pm", "auditor")
MAKERS = ("supervisor", "pm")


@blueprint.get("/wall")
@needs(*VIEWERS)
def show() -> ResponseReturnValue:
    """The wall of whoever is signed in."""
    return _wall(signed_in().user, clock.now())


@blueprint.get("/w/<token>")
@open_to_all
@limiter.limit("240 per minute")
def by_link(token: str) -> ResponseReturnValue:
    """The wall behind a link; 404 once it was taken back, 410 when its time is over."""
    now = clock.now()
    try:
        with hotline().store.reading() as session:
            held = wall_links.opened(hotline(), session, token, now)
    except Refused as no:
        page = render_template("wall/shut.html", reason=no.code)
        return _private(make_response(page, 410 if no.code == "link_expired" else 404))
    return _private(make_response(_wall(held.by, now)))


@blueprint.get("/wall/links")
@needs(*MAKERS)
def links() -> str:
    """The links there are, whether each is good, and a form for another."""
    now = clock.now()
    with hotline().store.reading() as session:
        held = wall_links.listed(session)
        people = facts.people(session)
    addresses = {one.key: wall_links.address(hotline(), one) for one in held if one.good(now)}
    return render_template("wall/links.html", links=held, addresses=addresses, people=people, at=now,
                           days=[(d, gettext("%(n)s 天", n=d)) for d in wall_links.DAYS], longest=wall_links.LONGEST_NAME)


@blueprint.post("/wall/links")
@needs(*MAKERS)
def make() -> ResponseReturnValue:
    """A link for one more screen."""
    wish = request.form.get("days", "")
    if wish not in map(str, wall_links.DAYS):
        abort(400)
    wall_links.make(hotline(), signed_in().user, request.form.get("name", ""), int(wish), clock.now())
    flash(gettext("链接已生成，在大屏的浏览器里打开即可。"), "ok")
    return redirect(url_for("wall.links"), 303)


@blueprint.post("/wall/links/<key>/end")
@needs(*MAKERS)
def end(key: str) -> ResponseReturnValue:
    """The link is good no longer."""
    try:
        wall_links.end(hotline(), signed_in().user, key, clock.now())
    except Refused as no:
        abort(404, forms.reason(no))
    flash(gettext("链接已作废，那块大屏下一次刷新就不再显示。"), "ok")
    return redirect(url_for("wall.links"), 303)


def _wall(user: str, now: datetime) -> str:
    with hotline().store.reading() as session:
        shown = wall.wall(hotline(), session, user, now)
    return render_template("wall/wall.html" if wants_page() else "wall/_wall.html", wall=shown, at=now, rows=wall.ROWS,
                           light=request.args.get("look") == "light")


def _private(response: Response) -> Response:
    """Not for search engines, and never handed on as the page somebody came from."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
