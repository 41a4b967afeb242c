"""How a page looks in this browser: light, dark or as the system says, roomy or dense; kept in cookies, written into <html> by the server."""

from flask import Blueprint, Flask, Response, abort, current_app, make_response, redirect, request
from flask.typing import ResponseReturnValue

from callcenter.web import style
from callcenter.web.people import local_path

#: cookie → what it may say, the usual first
CHOICES = {"look": ("auto", "dark", "light"), "density": ("roomy", "dense")}

blueprint = Blueprint("looks", __name__)


def chosen(name: str) -> str:
    """What this browser chose; the usual where nothing, or nothing known, was."""
    kept = request.cookies.get(name, "")
    return kept if kept in CHOICES[name] else CHOICES[name][0]


def attributes() -> dict[str, str]:
    """What <html> carries, so that the first paint is right already; nothing where all is as usual."""
    return {name: chosen(name) for name in CHOICES if chosen(name) != CHOICES[name][0]}


@blueprint.post("/look")
def choose() -> ResponseReturnValue:
    """Keeps what was chosen, for a year and on every page of this browser, and returns to the page asked from."""
    asked = {name: request.form[name] for name in CHOICES if name in request.form}
    if not asked or any(value not in CHOICES[name] for name, value in asked.items()):
        abort(400)
    response = make_response(redirect(local_path(request.form.get("next"), "/me"), 303))
    for name, value in asked.items():
        _keep(response, name, value)
    return response


def _keep(response: Response, name: str, value: str) -> None:
    """Readable by scripts: a telephone without network changes its look by itself."""
    response.set_cookie(name, value, max_age=365 * 86400, samesite="Lax", secure=bool(current_app.config["SESSION_COOKIE_SECURE"]))


def init_looks(app: Flask) -> None:
    """The addresses and the words the pages' frame asks for."""
    app.register_blueprint(blueprint)
    app.register_blueprint(style.blueprint)
    app.jinja_env.globals.update(look_attributes=attributes, look_chosen=chosen)
