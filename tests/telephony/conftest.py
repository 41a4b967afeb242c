"""The whole application on a hotline with the demo company, answering signed webhooks at a time the test says."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask, Response, request

from callcenter import app as application
from callcenter import clock
from callcenter.config import Settings
from callcenter.services.hotline import Hotline
from tests.hotlines import NINE
from tests.telephony.twilio_posts import ACCOUNT, BASE, TOKEN, Line

#: a folder: every TwiML document is left there
SEEN = os.environ.get("TWIML_SEEN", "")


@dataclass
class Watch:
    """The time as the application reads it."""

    now: datetime = NINE

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(clock, "now", lambda: watch.now)
    return watch


def settings_of(hotline: Hotline, folder: Path, **changed: object) -> Settings:
    url = hotline.store.engine.url.render_as_string(hide_password=False)
    given: dict[str, object] = {
        "data_dir": folder, "database_url": url, "redis_url": f"unix://{folder}/nobody.sock", "given_secret_key": "planted for tests",
        "public_base_url": BASE, "twilio_auth_tokens": (TOKEN,), "twilio_account_sid": ACCOUNT}
    return Settings(**{**given, **changed})  # type: ignore[arg-type]


def app_of(settings: Settings) -> Flask:
    made = application.create_app(settings)
    if SEEN:
        made.after_request(_put_aside)
    return made


def _put_aside(answer: Response) -> Response:
    """Leave every TwiML document where scripts/test-twilio checks it: named by the webhook that gave it, and by its content."""
    if answer.mimetype == "text/xml":
        text = answer.get_data()
        (Path(SEEN) / f"{request.path.rpartition('/')[2]}-{sha256(text).hexdigest()[:16]}.xml").write_bytes(text)
    return answer


@pytest.fixture
def app(hotline: Hotline, tmp_path: Path, watch: Watch) -> Flask:
    app = app_of(settings_of(hotline, tmp_path))
    app.testing = True
    yield app
    app.extensions["parts"].hotline.store.engine.dispose()


@pytest.fixture
def line(app: Flask) -> Line:
    return Line(app.test_client())
