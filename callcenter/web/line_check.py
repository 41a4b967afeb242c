"""The page of the telephone's self-check: what is misconfigured, and how to mend it."""

from flask import Blueprint, current_app, render_template, request

from callcenter import clock
from callcenter.services.telephone import line_check
from callcenter.web.security import needs

blueprint = Blueprint("line_check", __name__)
ROLES = ("admin", "supervisor", "pm")


@blueprint.get("/telephone-check")
@needs(*ROLES)
def show() -> str:
    """What is known here at once; the provider is asked when the person asks for it, since that takes a moment."""
    parts, ask = current_app.extensions["parts"], request.args.get("ask") == "1"
    findings = line_check.examine(parts.hotline, parts.settings, parts.phone, clock.now(), ask)
    return render_template("line_check.html", findings=findings, asked=ask, live=parts.phone.live)
