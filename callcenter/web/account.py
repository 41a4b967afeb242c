"""One's own account: the password changed, the browsers one is signed in with; a password for one sign-in must be changed first."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user, login_user

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.services import accounts
from callcenter.services.hotline import Hotline
from callcenter.web import forms
from callcenter.web.security import SignedIn, limiter, people, signed_in, wants_page

blueprint = Blueprint("account", __name__)
#: what somebody may open before they have changed a password that was good for one sign-in
FIRST = frozenset({"account.show", "account.change", "people.sign_out", "people.speak", "healthz", "static"})
#: a browser is noted down as seen this often, in seconds
NOTED = 600
_BROWSERS = (("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"), ("Linux", "Linux"))


@blueprint.before_app_request
def before_all() -> ResponseReturnValue | None:
    """Whoever came in with a password for one sign-in changes it first; a browser that is used is noted down now and then."""
    if not current_user.is_authenticated:
        return None
    if signed_in().must_change and request.endpoint not in FIRST:
        return redirect(url_for("account.show")) if wants_page() and request.method == "GET" else abort(403)
    now = clock.now()
    if session.get("sign_in") and now.timestamp() - session.get("noted", 0) > NOTED:
        session["noted"] = int(now.timestamp())
        accounts.seen(hotline(), session["sign_in"], now)
    return None


def hotline() -> Hotline:
    """The hotline of this application."""
    found: Hotline = current_app.extensions["hotline"]
    return found


def began(person: SignedIn) -> None:
    """Notes the sign-in of this browser down; where this page is not there, there is nothing to note."""
    if "account" in current_app.blueprints:
        now = clock.now()
        session["sign_in"], session["noted"] = accounts.begin(hotline(), person.user, _browser(), now), int(now.timestamp())


def ended() -> None:
    """Notes down that this browser has signed out."""
    if session.get("sign_in") and "account" in current_app.blueprints:
        accounts.end(hotline(), session["sign_in"], clock.now())


def _browser() -> str:
    agent = request.user_agent.string
    named = [next((name for sign, name in table if sign in agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, named)) or agent[:40]


@blueprint.get("/me/account")
def show() -> ResponseReturnValue:
    """The form for a new password, and where one is signed in."""
    return _page()


@blueprint.post("/me/password")
@limiter.limit("6 per minute; 30 per hour", key_func=lambda: f"password/{signed_in().user}")
def change() -> ResponseReturnValue:
    """Changes one's own password; this browser stays signed in, every other one is signed out."""
    form, user = request.form, signed_in().user
    try:
        accounts.change_password(hotline(), user, form.get("current", ""), (form.get("new", ""), form.get("again", "")), _token(), clock.now())
    except Refused as no:
        return _page(forms.reason(no), 422)
    _stay(user)
    flash(gettext("密码已更改；其他浏览器都已退出。"), "ok")
    return redirect(url_for("people.me"), 303)


@blueprint.post("/me/sign-ins/end")
def end_others() -> ResponseReturnValue:
    """Signs every other browser of one's own out."""
    user = signed_in().user
    accounts.end_others(hotline(), user, _token(), clock.now())
    _stay(user)
    flash(gettext("其他浏览器都已退出。"), "ok")
    return redirect(url_for("account.show"), 303)


def _token() -> str:
    return str(session.get("sign_in", ""))


def _stay(user: str) -> None:
    """This browser goes on under the new session version."""
    person = people().find(user)
    if person is not None:
        login_user(person)


def _page(error: str = "", status: int = 200) -> ResponseReturnValue:
    with hotline().store.reading() as opened:
        found = accounts.sign_ins(opened, signed_in().user, _token(), clock.now())
    return render_template("people/account.html", person=signed_in(), error=error, sign_ins=found, shortest=accounts.SHORTEST,
                           strong=accounts.STRONG), status


def news() -> Any:
    """What the person was told lately that belongs to no ticket."""
    with hotline().store.reading() as opened:
        return accounts.news(opened, signed_in().user, clock.now())


blueprint.record_once(lambda state: state.app.jinja_env.globals.update(my_news=news, account_page=True))
