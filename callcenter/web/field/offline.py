"""What the page needs where there is no network: its worker, what installs it, and the state acts kept on the phone are sent with."""

from pathlib import Path

from flask import Response, current_app, jsonify, make_response, url_for
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf

from callcenter import clock
from callcenter.storage.codec import to_ms
from callcenter.web.field.base import WORKERS, blueprint
from callcenter.web.languages import language
from callcenter.web.security import needs, open_to_all, signed_in

_COLOURS = {"background_color": "#0f161d", "theme_color": "#12314d"}


@blueprint.get("/field/worker.js")
@open_to_all
def worker() -> Response:
    """The worker's script, allowed to serve /field itself; browsers ask for it without cookies, and it tells nothing."""
    response = make_response(Path(str(current_app.static_folder), "field-worker.js").read_bytes())
    response.headers.update({"Service-Worker-Allowed": url_for("field.show"), "Cache-Control": "no-cache",
                             "Content-Type": "text/javascript; charset=utf-8"})
    return response


@blueprint.get("/field/manifest.webmanifest")
@needs(*WORKERS)
def manifest() -> Response:
    """What lets a telephone install the page."""
    icons = [{"src": url_for("static", filename=f"field-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png",
              "purpose": "any maskable"} for size in (192, 512)]
    response = jsonify(id=url_for("field.show"), start_url=url_for("field.show"), scope=url_for("field.show"), display="standalone",
                       name=gettext("我的任务") + " · " + str(current_app.config["COMPANY_NAME"]), short_name=gettext("我的任务"),
                       lang="zh-CN" if language() == "zh" else "en", icons=icons, **_COLOURS)
    response.headers["Content-Type"] = "application/manifest+json"
    return response


@blueprint.get("/field/state")
@needs(*WORKERS)
def state() -> Response:
    """Who is signed in, the server's time and a fresh forgery token: with these, kept acts are sent."""
    return jsonify(user=signed_in().user, now=to_ms(clock.now()), token=generate_csrf())
