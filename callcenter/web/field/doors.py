"""Checking arrivals: those worth a telephone call, the codes on the doors as posters, and where a compound lies."""

import segno
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.services.field import checks, doors
from callcenter.storage import facts
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.field.base import blueprint
from callcenter.web.security import needs, signed_in

READERS = ("lead", "dispatcher", "dept_head", "supervisor", "pm", "quality")
KEEPERS = ("lead", "dept_head", "supervisor", "pm")


@blueprint.get("/field/checks")
@needs(*READERS)
def arrivals() -> str:
    """The list, and the doors of the compound chosen."""
    return _page()


@blueprint.post("/field/checks/doors")
@needs(*KEEPERS)
def make_codes() -> ResponseReturnValue:
    """New codes for one door, or for every door without one."""
    compound = request.form.get("compound", "")
    try:
        made = doors.make(hotline(), compound, request.form.get("label") or None, signed_in().user, clock.now())
    except Refused as no:
        abort(404, forms.reason(no))
    flash(gettext("已制作 %(count)s 个门牌码", count=made), "ok")
    return redirect(url_for("field.arrivals", compound=compound), 303)


@blueprint.post("/field/checks/site")
@needs(*KEEPERS)
def set_site() -> ResponseReturnValue:
    """Where the compound lies; what was typed stays when it cannot be read."""
    compound = request.form.get("compound", "")
    try:
        doors.place(hotline(), compound, request.form.get("where", ""), request.form.get("far", ""), signed_in().user, clock.now())
    except Refused as no:
        if no.code == "unknown_place":
            abort(404, forms.reason(no))
        return _page(no), 422
    flash(gettext("位置已保存"), "ok")
    return redirect(url_for("field.arrivals", compound=compound), 303)


def _page(no: Refused | None = None) -> str:
    now, person = clock.now(), signed_in()
    with hotline().store.reading() as session:
        found = checks.worth_a_look(session, person.user, now)
        compounds = doors.compounds(session, person.user, now)
        chosen = next((c for c in compounds if c.code == request.values.get("compound")), compounds[0] if compounds else None)
        known = doors.of_compound(session, chosen.code) if chosen else []
        site = doors.site(session, chosen.code) if chosen else None
        names = {user: p.name for user, p in facts.people(session).items()}
    return render_template(
        "field/checks.html", arrivals=found, compounds=[(c.code, c.name) for c in compounds], chosen=chosen, doors=known, site=site,
        names=names, drawing=drawing,
        keeps=person.may(*KEEPERS), error=no, errors={"where" if no.code == "bad_position" else "far": forms.reason(no)} if no else {})


def drawing(code: str, **job: str) -> Markup:
    """The code as a QR drawing (SVG); the telephone that reads it opens the jobs of its owner, at the *job* named."""
    address = url_for("field.at_door", code=code, _external=True, **job)
    return Markup(segno.make(address, error="m", micro=False).svg_inline(scale=4, border=2, svgclass=None, lineclass=None))  # noqa: S704 - digits and paths
