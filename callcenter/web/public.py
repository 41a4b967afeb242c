"""The page everybody may open: the hotline's number, what is promised, the price list, this month's figures, how to complain."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from callcenter import clock
from callcenter.domain import pledges
from callcenter.services.residents import publicly
from callcenter.web.acts import hotline
from callcenter.web.security import limiter, open_to_all

blueprint = Blueprint("public", __name__)
#: the sign-in page then names it
blueprint.record_once(lambda state: state.app.jinja_env.globals.update(public_page=True))


@blueprint.get("/public")
@open_to_all
@limiter.limit("60 per minute")
def index() -> ResponseReturnValue:
    """Everything a resident should know before calling; nothing of anybody's."""
    now, policy = clock.now(), hotline().rulebook.policy
    with hotline().store.reading() as session:
        surveys = publicly.surveys(session)
    return render_template("public/index.html", pledges=pledges.pledges(policy), postponements=policy.postponement.times,
                           prices=publicly.prices(policy), month=_month().figures(hotline(), now), few=publicly.few, unit_of=pledges.unit,
                           surveys=surveys)


def _month() -> publicly.Month:
    found: publicly.Month = current_app.extensions.setdefault("public_month", publicly.Month())
    return found
