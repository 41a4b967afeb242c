"""Who may open which page: sign-in by default, roles by decorator, forgery tokens, rate limits and strict headers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar, cast

from flask import Flask, Response, abort, current_app, redirect, request, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

P = ParamSpec("P")
R = TypeVar("R")

#: Only our own files, no inline script or style; nobody may frame us; forms post to us alone.
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PERMISSIONS = "camera=(), geolocation=(), microphone=(self), payment=(), usb=()"

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True)
login_manager = LoginManager()


@dataclass(frozen=True)
class SignedIn:
    """A person with a badge, as every page sees them; roles are the words of `domain.vocabulary.Role`."""

    user: str
    name: str
    roles: frozenset[str] = frozenset()
    compounds: frozenset[str] = frozenset()
    #: Raised by a password change or a dismissal: every session opened before then ends at its next request.
    session_version: int = 1
    #: The password is good for one sign-in: nothing else opens until it is changed.
    must_change: bool = False
    is_authenticated: bool = field(default=True, init=False)
    is_active: bool = field(default=True, init=False)
    is_anonymous: bool = field(default=False, init=False)

    def get_id(self) -> str:
        """What the session cookie carries; it names the version, so an old cookie finds nobody."""
        return f"{self.session_version}:{self.user}"

    def may(self, *roles: str) -> bool:
        """True when the person wears one of these badges."""
        return not self.roles.isdisjoint(roles)


class People(Protocol):
    """What `app.extensions["people"]` offers."""

    def find(self, user_name: str) -> SignedIn | None:
        """The person as they stand now; None when unknown or no longer employed."""

    def check(self, user_name: str, password: str, now: datetime) -> SignedIn | None:
        """The person when the password is right; failures are recorded, and an unknown name takes as long as a known one."""


def people() -> People:
    """The register of people this application was given."""
    return cast(People, current_app.extensions["people"])


def signed_in() -> SignedIn:
    """The person at this request; 401 when nobody is signed in."""
    if not current_user.is_authenticated:
        abort(401)
    return cast(SignedIn, current_user._get_current_object())


def needs(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Opens a view to people wearing one of these badges; others get the 403 page, strangers the sign-in page."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not signed_in().may(*roles):
                abort(403)
            return view(*args, **kwargs)

        guarded.needed_roles = frozenset(roles)  # type: ignore[attr-defined]
        return guarded

    return guard


def open_to_all(view: Callable[P, R]) -> Callable[P, R]:
    """Marks a view that needs no sign-in: it carries its own proof (a signature, a token link) or tells nothing."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def open_endpoints(app: Flask) -> frozenset[str]:
    """Every endpoint a stranger can reach; tests compare it with the list we mean."""
    return frozenset(name for name in app.view_functions if _is_open(app, name))


def _is_open(app: Flask, endpoint: str) -> bool:
    return endpoint.endswith("static") or getattr(app.view_functions.get(endpoint), "open_to_all", False)


def _load_person(session_id: str) -> SignedIn | None:
    """The person of a session cookie; None (signed out) once their session version has moved on."""
    _, _, user = session_id.partition(":")
    person = people().find(user)
    return person if person and person.get_id() == session_id else None


def _deny_strangers() -> AnyResponse | None:
    """Runs before every view: nobody sees anything unsigned unless the view says so itself."""
    if request.endpoint is None or _is_open(current_app, request.endpoint) or current_user.is_authenticated:
        return None
    if request.method in {"GET", "HEAD"} and wants_page():
        return redirect(url_for("people.sign_in", next=_asked_path()))
    return abort(401)


def _asked_path() -> str | None:
    path = request.full_path.rstrip("?")
    return None if path == "/" else path


def wants_page() -> bool:
    """True when the asker shows whole pages; fragments and the API get JSON and never a redirect to sign-in."""
    return not (request.headers.get("X-Partial") or request.path.startswith("/api/"))


def _harden(response: Response) -> Response:
    """Every answer carries the headers; pages of this hotline are not kept by a shared desk's browser."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", PERMISSIONS)
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    return response


def init_security(app: Flask) -> None:
    """Wires the guards. PUBLIC_BASE_URL beginning with https makes the cookies secure."""
    secure = str(app.config.get("PUBLIC_BASE_URL") or "").startswith("https://")
    for name, value in {
        "SESSION_COOKIE_NAME": "callcenter_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "WTF_CSRF_TIME_LIMIT": None,  # a form may stay open for a whole shift; the token dies with the session
        "RATELIMIT_STORAGE_URI": "memory://",
        "RATELIMIT_HEADERS_ENABLED": True,
    }.items():
        _prefer(app, name, value)
    login_manager.init_app(app)
    login_manager.user_loader(_load_person)
    app.before_request(_deny_strangers)
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_harden)


def _prefer(app: Flask, name: str, value: object) -> None:
    """Sets ours unless the application was given something: Flask fills some keys with its own defaults first."""
    if app.config.get(name) == app.default_config.get(name):
        app.config[name] = value
