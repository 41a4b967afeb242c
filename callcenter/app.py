"""The composition root: puts settings, database, rules, telephone and pages together. The only module that knows them all."""

import logging
from datetime import datetime
from importlib import import_module
from pathlib import Path

from flask import Blueprint, Flask, Response, jsonify
from flask_sqlalchemy import SQLAlchemy

from callcenter import __version__, clock, resources
from callcenter.config import Settings
from callcenter.parts import Parts, compose, pool
from callcenter.services import people, rulebook, timers
from callcenter.storage import timers as timer_rows
from callcenter.web import init_web
from callcenter.web.security import SignedIn, open_to_all

log = logging.getLogger(__name__)

#: lends the pages' engine; the tables stand on SQLAlchemy alone, so that a rehearsal need not load Flask
db = SQLAlchemy()

#: the modules of web/ that hold pages; each has a `blueprint`
PAGES = ("line", "placing", "texts", "paper_phone", "phones", "line_check", "agents", "macros", "desk", "talk", "softphone", "tickets", "acts",
         "followups", "presence", "panes", "dispatch", "actions", "feedbacks", "reviews", "field", "supervise", "insight", "reports", "surveys",
         "survey_public", "resident", "public", "report", "staffing", "ledgers", "rules", "registers", "registers_people",
         "registers_archive", "registers_roster", "registers_month", "registers_calendar", "registers_places",
         "registers_certificates", "registers_categories", "account", "wall")

#: a due timer that has waited longer than this is fired by whichever web process notices
BACKSTOP_MS = 2000


class SignInDesk:
    """The register of people as the pages want it."""

    def __init__(self, register: people.People) -> None:
        self._register = register

    def find(self, user_name: str) -> SignedIn | None:
        return _badge(self._register.find(user_name))

    def check(self, user_name: str, password: str, now: datetime) -> SignedIn | None:
        return _badge(self._register.check(user_name, password, now))


def _badge(badge: people.Badge | None) -> SignedIn | None:
    return None if badge is None else SignedIn(badge.user, badge.name, badge.roles, badge.compounds, badge.session_version,
                                                  badge.must_change)


def create_app(settings: Settings | None = None) -> Flask:
    """The web application; the schema must have been brought up to date (`callcenter upgrade`)."""
    settings = settings or Settings.from_environment()
    app = Flask("callcenter", template_folder=str(resources.folder("templates")), static_folder=str(Path(__file__).parent / "static"))
    app.config.update(
        SECRET_KEY=settings.secret_key, SQLALCHEMY_DATABASE_URI=settings.database_url, SQLALCHEMY_ENGINE_OPTIONS=pool(settings),
        PUBLIC_BASE_URL=settings.public_base_url, REDIS_URL=settings.redis_url, WEB_THREADS=settings.web_threads,
        EXPORT_AT_ONCE=settings.export_at_once,
        TIME_ZONE=settings.time_zone, MAX_CONTENT_LENGTH=1_000_000)
    db.init_app(app)
    with app.app_context():
        parts = compose(settings, db.engine)
    policy = parts.hotline.rulebook.policy
    app.config.update(COMPANY_NAME=policy.company[0], HOTLINE_NUMBER=policy.hotline)
    parts.hotline.rulebook.install(parts.hotline.store, clock.now(), rulebook.installer())
    app.extensions.update(hotline=parts.hotline, people=SignInDesk(people.People(parts.hotline.store)), parts=parts,
                          redis=parts.waker.redis)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Flask's own provider has it
    for page in PAGES:
        app.register_blueprint(_blueprint(page))
    app.add_url_rule("/healthz", "healthz", open_to_all(_health(parts)))
    init_web(app)
    return app


def _blueprint(page: str) -> Blueprint:
    module = import_module(f"callcenter.web.{page}")
    found: Blueprint = module.blueprint
    return found


def _health(parts: Parts):  # type: ignore[no-untyped-def]  # a Flask view
    def healthz() -> Response:
        """Alive, and how long the oldest due timer has waited; when nobody fires them, this process does."""
        now = clock.now()
        with parts.hotline.store.reading() as session:
            due = timer_rows.next_due_at(session)
        waited = max(0, int((now - due).total_seconds() * 1000)) if due else 0
        if waited > BACKSTOP_MS:
            timers.fire_due(parts.hotline, now, limit=50, log=log.error)
        return jsonify(ok=True, version=__version__, oldest_due_ms=waited, redis=parts.waker.alive())
    return healthz


