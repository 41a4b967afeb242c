"""Click to call: one button wherever a customer may be rung; the number stays out of the page."""

from flask import Blueprint, abort, current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.services.calling_out import placing
from callcenter.web import forms
from callcenter.web.acts import hotline, key_of
from callcenter.web.people import local_path
from callcenter.web.security import signed_in, wants_page

blueprint = Blueprint("placing", __name__)


@blueprint.app_context_processor
def line() -> dict[str, object]:
    """For the templates: whether there is a line at all, without which nobody is shown the button."""
    parts = current_app.extensions.get("parts")
    return {"line_is_live": bool(parts and parts.phone.live)}


@blueprint.post("/calls/place")
def place() -> ResponseReturnValue:
    """Rings one's own telephone, then whoever the ticket or the missed call is about."""
    now, key, form = clock.now(), key_of(request.form.get("key")), request.form
    purpose, whom = form.get("purpose", "ticket"), form.get("whom", "contact")
    if purpose not in placing.PURPOSES or whom not in placing.WHOM:
        abort(400)
    wish = placing.Wish(purpose, form.get("ticket") or None, form.get("call") or None, whom, form.get("sheet", type=int))
    try:
        if not line()["line_is_live"]:
            raise Refused("no_telephone_line")
        placing.place(hotline(), current_app.extensions["parts"].phone, signed_in().user, wish, key, now)
    except Refused as no:
        status = 404 if no.code in ("unknown_ticket", "unknown_call", "unknown_survey") else 403 if no.code == "may_not_ring" else 409
        if wants_page():
            abort(status, forms.reason(no))
        return jsonify(error=no.code, message=forms.reason(no), fields={}), status
    flash(gettext("正在呼叫您的电话，接起后自动接通对方。"), "ok")
    return redirect(local_path(form.get("next"), url_for("people.home")), 303)
