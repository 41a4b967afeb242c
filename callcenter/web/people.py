"""Signing in and out, choosing the language, one's own page, and the door each role starts at."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, lazy_pgettext
from flask_login import current_user, login_user, logout_user

from callcenter import clock
from callcenter.domain.vocabulary import BADGES, Role
from callcenter.services.telephone import agents
from callcenter.web import account, languages
from callcenter.web.security import SignedIn, limiter, open_to_all, people, signed_in

pages = Blueprint("people", __name__)

#: Longer ones are refused unread: hashing them would only cost time.
LONGEST_PASSWORD = 256


@dataclass(frozen=True)
class Door:
    """A page of the navigation: who sees it, who starts there, and the key that opens it after `g`."""

    path: str
    title: Any  # a lazy string: it speaks the language of the page it lands on
    icon: str
    key: str
    roles: frozenset[str]
    home_of: frozenset[str] = frozenset()


def _door(path: str, title: Any, key: str, roles: str, home_of: str = "") -> Door:
    return Door(path, title, path.strip("/"), key, frozenset(roles.split()), frozenset(home_of.split()))


#: In the order of the navigation; a person of several roles starts at the first door that is home to one of them.
DOORS = (
    _door("/desk", lazy_gettext("坐席台"), "1", "agent lead dispatcher supervisor callback", "agent lead"),
    _door("/dispatch", lazy_gettext("派单"), "2", "agent lead dispatcher dept_head supervisor pm", "dispatcher"),
    _door("/field", lazy_gettext("我的任务"), "3", "technician contractor dept_head", "technician contractor"),
    _door(
        "/supervise", lazy_pgettext("menu", "督办看板"), "4", "lead dept_head supervisor pm quality gm auditor",
        "dept_head supervisor pm quality gm auditor",
    ),
    _door("/followups", lazy_gettext("回访"), "5", "agent lead supervisor pm callback", "callback"),
    _door("/tickets", lazy_pgettext("menu", "工单"), "t", "agent lead dispatcher supervisor callback dept_head pm quality auditor"),
    _door("/reports", lazy_gettext("报表"), "8", "lead dept_head supervisor pm quality auditor"),
    _door("/registers", lazy_gettext("名册"), "9", "agent lead dispatcher supervisor callback dept_head pm quality admin auditor"),
    _door("/rules", lazy_gettext("规则"), "6", " ".join(BADGES), "admin"),
    _door("/paper-phone", lazy_gettext("纸面电话"), "7", "agent lead dispatcher supervisor callback pm quality admin"),
)  # fmt: skip


def doors_of(person: SignedIn) -> list[Door]:
    """The doors this person may open, of those this installation has."""
    built = {rule.rule.rstrip("/") for rule in current_app.url_map.iter_rules()}
    return [door for door in DOORS if door.path in built and person.may(*door.roles)]


def home_of(person: SignedIn) -> str:
    """Where the person's work is; their own page when no door is home to them."""
    doors = doors_of(person)
    return next((door.path for door in doors if person.may(*door.home_of)), url_for("people.me"))


def role_words(person: SignedIn) -> list[str]:
    """The person's roles as read, in the vocabulary's order."""
    return [role.label(languages.language()) for role in Role if role in person.roles]


def local_path(wish: str | None, otherwise: str) -> str:
    """The wish when it is a path of this very site, else the other: no link of ours leads a person away."""
    if not wish or not wish.startswith("/") or wish.startswith("//") or "\\" in wish or not wish.isprintable():
        return otherwise
    parts = urlsplit(wish)
    return otherwise if parts.scheme or parts.netloc else wish


def _limited_as() -> str:
    """One person's wrong tries at one place: a colleague behind the same address is not locked out."""
    return f"{request.remote_addr}/{request.form.get('user', '')[:64].casefold()}"


def _refused(response: Response) -> bool:
    return response.status_code == 401


@pages.get("/")
def home() -> ResponseReturnValue:
    """Sends each role to its own desk."""
    return redirect(home_of(signed_in()))


@pages.get("/sign-in")
@open_to_all
def sign_in() -> ResponseReturnValue:
    """The form; whoever is signed in already goes on."""
    after = local_path(request.args.get("next"), "/")
    if current_user.is_authenticated:
        return redirect(after)
    return render_template("people/sign_in.html", after=after, user="", error=None)


@pages.post("/sign-in")
@open_to_all
@limiter.limit("6 per minute; 40 per hour", key_func=_limited_as, deduct_when=_refused)
@limiter.limit("120 per minute", deduct_when=_refused)
def enter() -> ResponseReturnValue:
    """Lets in whoever knows the password; a wrong name and a wrong password get the same answer."""
    user, password = request.form.get("user", "").strip(), request.form.get("password", "")
    after = local_path(request.form.get("next"), "/")
    if len(user) > 64 or len(password) > LONGEST_PASSWORD:
        abort(400)
    person = people().check(user, password, clock.now())
    if person is None:
        error = gettext("用户名或密码不对")
        return render_template("people/sign_in.html", after=after, user=user, error=error), 401
    _begin(person)
    return redirect(after, 303)


def _begin(person: SignedIn) -> None:
    """A fresh session; the forgery token stays, so that a form open in another tab can still be sent."""
    token = session.get("csrf_token")
    session.clear()
    if token:
        session["csrf_token"] = token
    session.permanent = True
    login_user(person)
    account.began(person)


@pages.post("/sign-out")
@open_to_all
def sign_out() -> ResponseReturnValue:
    """Ends this browser's session, whoever asks; an agent is no longer rung."""
    kept = current_app.extensions.get("hotline")
    if kept is not None and current_user.is_authenticated:
        agents.sign_out(kept, signed_in().user, clock.now())
    account.ended()
    logout_user()
    session.clear()
    return redirect(url_for("people.sign_in"), 303)


@pages.get("/me")
def me() -> ResponseReturnValue:
    """Who the hotline thinks one is: name, roles, compounds, and every door one may open."""
    return render_template("people/me.html", person=signed_in())


@pages.post("/language/<code>")
@open_to_all
def speak(code: str) -> ResponseReturnValue:
    """Changes the language of this browser and returns to the page asked from."""
    if code not in languages.LANGUAGES:
        abort(404)
    response = make_response(redirect(local_path(request.form.get("next"), "/"), 303))
    languages.remember(response, code)
    return response


def init_people(app: Flask) -> None:
    """The pages above, and what the header of every page shows."""
    app.register_blueprint(pages)
    app.jinja_env.globals.update(doors_of=doors_of, home_of=home_of, role_words=role_words)
