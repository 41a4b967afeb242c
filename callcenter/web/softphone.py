"""The agent's telephone: the small window that rings, its token, the provider's script from our own house, and which telephone one works with."""

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.config import Settings, softphone_file
from callcenter.domain.telephone import PhoneKind
from callcenter.domain.ticket import Refused
from callcenter.services.desk import desk_view
from callcenter.services.telephone import softphone
from callcenter.telephony.twilio_phone import browser_token
from callcenter.web import forms, talk
from callcenter.web.acts import hotline
from callcenter.web.security import CONTENT_POLICY, limiter, needs, signed_in, wants_page
from callcenter.web.talk import PHONES

blueprint = Blueprint("softphone", __name__, url_prefix="/phone")
#: seconds a token is good for; the page asks for the next one before
TOKEN_LASTS = 3600
YEAR = 365 * 24 * 3600
#: the provider's switchboard, for the window of the telephone alone
SWITCHBOARD = "; connect-src 'self' https://*.twilio.com wss://*.twilio.com; media-src 'self' blob: data:"


def _settings() -> Settings:
    found: Settings = current_app.extensions["parts"].settings
    return found


def _asked_by() -> str:
    return signed_in().user


@blueprint.get("", strict_slashes=False)
@needs(*PHONES)
def show() -> Response:
    """The window: it stays open while the desk's pages come and go, so that no page turned ends a call."""
    user, installed = signed_in().user, softphone_file(_settings().data_dir).is_file()
    with hotline().store.reading() as session:
        kind, address = softphone.chosen(session, user)
    page = Response(render_template("talk/phone.html", kind=kind, address=address, kinds=list(PhoneKind), installed=installed, missing=_missing()))
    if installed:
        page.headers["Content-Security-Policy"] = CONTENT_POLICY + SWITCHBOARD
    return page


def _missing() -> list[str]:
    """The settings a browser telephone needs and does not find."""
    held = _settings()
    needed = {"TWILIO_ACCOUNT_SID": held.twilio_account_sid, "TWILIO_API_KEY_SID": held.twilio_api_key_sid,
              "TWILIO_API_KEY_SECRET": held.twilio_api_key_secret, "TWILIO_APP_SID": held.twilio_app_sid}
    return [name for name, value in needed.items() if not value]


@blueprint.post("/token")
@needs(*PHONES)
@limiter.limit("20 per minute", key_func=_asked_by)
def token() -> ResponseReturnValue:
    """What the browser signs in at the provider with: for this person's own telephone and for an hour."""
    made = browser_token(_settings(), softphone.identity_of(signed_in().user), TOKEN_LASTS)
    if made is None:
        return jsonify(error="not_connected", message=gettext("未接通电话线路：缺少 %(names)s", names=", ".join(_missing()))), 503
    return jsonify(token=made, seconds=TOKEN_LASTS)


@blueprint.get("/sdk/<name>")
@needs(*PHONES)
def sdk(name: str) -> Response:
    """The provider's script, under the name of its version; a browser keeps it for a year."""
    file = softphone_file(_settings().data_dir)
    if name != file.name or not file.is_file():
        abort(404)
    return Response(file.read_bytes(), mimetype="text/javascript", headers={"Cache-Control": f"private, max-age={YEAR}, immutable"})


@blueprint.post("/mine")
@needs(*PHONES)
def mine() -> ResponseReturnValue:
    """Which telephone I work with: this browser, a number of my own, or a SIP address."""
    user = signed_in().user
    try:
        softphone.choose(hotline(), user, request.form.get("kind", ""), request.form.get("address", "")[:300], user, clock.now())
    except Refused as no:
        if wants_page():
            abort(422, forms.reason(no))
        return jsonify(error=no.code, message=forms.reason(no), fields={"address": forms.reason(no)}), 422
    return redirect(url_for("softphone.show"), 303)


@blueprint.post("/hang-up")
@needs(*PHONES)
def hang_up() -> ResponseReturnValue:
    """My telephone was hung up by hand: the call I am in is over, unless I have left it to others before."""
    now, user = clock.now(), signed_in().user
    with hotline().store.reading() as session:
        found = desk_view.desk(session, hotline().rulebook.policy, user, now).mine
    return talk.do(lambda at: talk.conductor().end(found.sid, user, at), None) if found else ("", 204)
