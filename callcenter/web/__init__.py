"""The doors of the hotline for browsers: pages, live updates, languages and guards, wired by one call."""

from flask import Flask, Response, request

from callcenter.web import data_pages, phrase_hints
from callcenter.web.errors import init_errors
from callcenter.web.formats import init_formats, server_now
from callcenter.web.languages import init_languages
from callcenter.web.live import init_live
from callcenter.web.looks import init_looks
from callcenter.web.people import init_people
from callcenter.web.security import init_security
from callcenter.web.sheets import init_sheets


def init_web(app: Flask) -> None:
    """Makes `app` ready for pages. It reads app.config only: COMPANY_NAME, HOTLINE_NUMBER, PUBLIC_BASE_URL, REDIS_URL,
    WEB_THREADS, TIME_ZONE, RATELIMIT_STORAGE_URI. `app.extensions["people"]` must be set before the first request;
    `app.extensions["redis"]`, when set before this call, is used for live updates instead of REDIS_URL."""
    app.config.setdefault("COMPANY_NAME", "物业服务热线")
    app.config.setdefault("HOTLINE_NUMBER", "")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    init_security(app)
    init_languages(app)
    init_formats(app)
    init_people(app)
    data_pages.install(app)
    phrase_hints.install(app)
    init_live(app)
    init_looks(app)
    init_sheets(app)
    init_errors(app)
    app.after_request(_tell_the_time)
    app.after_request(_tell_where_to_go)


def _tell_the_time(response: Response) -> Response:
    """A fragment carries the server's moment, so that countdowns on a page open all night stay true."""
    if request.headers.get("X-Partial"):
        response.headers["X-Now"] = server_now()
    return response


def _tell_where_to_go(response: Response) -> Response:
    """A form sent by script learns the next page from X-Location: fetch would follow a redirect and eat its messages."""
    if request.method == "POST" and request.headers.get("X-Partial") and response.status_code in {301, 302, 303, 307, 308}:
        response.headers["X-Location"] = response.headers.pop("Location")
        response.status_code = 204
        response.set_data(b"")
    return response
