"""People needed at the telephone in the next seven days, hour by hour, beside the roster; and who is missing round the clock."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services.staffing import plan, sheet
from callcenter.services.staffing.plan import Plan, Wish
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.security import needs

blueprint = Blueprint("staffing", __name__)
READERS = (Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.GM, Role.AUDITOR)
FIELDS = tuple(field.name for field in plan.FIELDS)


@blueprint.get("/staffing")
@needs(*READERS)
def index() -> ResponseReturnValue:
    """The plan for what was asked; what cannot be asked is said beside the form, and the usual is shown."""
    error, asked = None, Wish()
    try:
        asked = _wish()
    except Refused as no:
        error = no
    return render_template("staffing/page.html", plan=_plan(asked), typed=_typed(asked, error), error=forms.reason(error) if error else None,
                           wrong=error.said["field"].name if error else None), 422 if error else 200


@blueprint.get("/staffing/export")
@needs(*READERS)
def export() -> ResponseReturnValue:
    """The same as CSV."""
    try:
        asked = _wish()
    except Refused as no:
        return Response(forms.reason(no), 422, mimetype="text/plain")
    return Response(sheet.as_csv(_plan(asked), language()), mimetype="text/csv",
                    headers={"Content-Disposition": f'attachment; filename="staffing-{clock.now():%Y%m%d}.csv"'})


def _wish() -> Wish:
    return plan.wish(*(request.args.get(name) for name in FIELDS))


def _typed(asked: Wish, error: Refused | None) -> dict[str, str]:
    """What the form shows: as typed where it was wrong, else what holds."""
    held = {"target": f"{asked.target * 100:g}", "seconds": str(asked.seconds), "weeks": str(asked.weeks)}
    return {name: request.args.get(name, held[name]) for name in FIELDS} if error else held


def _plan(asked: Wish) -> Plan:
    with hotline().store.reading() as session:
        return plan.make(session, hotline().rulebook.policy, asked, clock.now())
