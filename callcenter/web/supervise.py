"""The supervisor's board: running and broken promises with countdowns, escalations, figures and the tickets behind them."""

from datetime import datetime, timedelta

from flask import Blueprint, abort, render_template, request

from callcenter import clock
from callcenter.domain import days
from callcenter.domain.telephone import AgentState
from callcenter.domain.vocabulary import Clock
from callcenter.services import board, board_figures, call_figures, dispatch_view
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in, wants_page

blueprint = Blueprint("supervise", __name__)
ROLES = ("lead", "supervisor", "pm", "quality", "dept_head", "auditor", "gm")
#: how far back the figures look: the word in the address → days; 0: since midnight
PERIODS = {"today": 0, "7d": 7, "30d": 30, "90d": 90}


@blueprint.get("/supervise")
@needs(*ROLES)
def show() -> str:
    """The board; its moving part alone when a script asks for a fragment."""
    now, person = clock.now(), signed_in()
    compound, wish = request.args.get("compound") or None, request.args.get("clock", "")
    only = Clock(wish) if wish in set(Clock) else None
    with hotline().store.reading() as session:
        compounds = dispatch_view.compounds(session, person.compounds)
        compound = compound if compound in compounds else None
        found = board.board(hotline(), session, person.user, now, compound, only)
    page = "supervise/page.html" if wants_page() else "supervise/_board.html"
    return render_template(page, board=found, compounds=compounds, compound=compound, only=only, at=now, period=_period(), periods=PERIODS)


@blueprint.get("/supervise/figures")
@needs(*ROLES)
def figures() -> str:
    """Every figure with numerator, denominator, target and formula."""
    now = clock.now()
    with hotline().store.reading() as session:
        found = board_figures.shown(hotline(), session, now, since(_period(), now))
    page = "supervise/figures.html" if wants_page() else "supervise/_figures.html"
    return render_template(page, figures=found, at=now, period=_period(), periods=PERIODS, english=language() == "en")


@blueprint.get("/supervise/telephone")
@needs(*ROLES)
def telephone() -> str:
    """How the telephone was answered, each figure with its formula, and every agent's time."""
    now = clock.now()
    with hotline().store.reading() as session:
        found = call_figures.telephone(hotline(), session, now, since(_period(), now))
    page = "supervise/telephone.html" if wants_page() else "supervise/_telephone.html"
    return render_template(page, phone=found, lines=found.figures, at=now, period=_period(), periods=PERIODS, states=list(AgentState),
                           english=language() == "en")


@blueprint.get("/supervise/figures/<code>")
@needs(*ROLES)
def figure(code: str) -> str:
    """One figure and the tickets behind it."""
    now = clock.now()
    with hotline().store.reading() as session:
        found = board_figures.one(hotline(), session, signed_in().user, code, now, since(_period(), now))
    if found is None:
        abort(404)
    return render_template("supervise/figure.html", shown=found[0], cases=found[1], at=now, period=_period(), periods=PERIODS)


def _period() -> str:
    wish = request.args.get("period", "")
    return wish if wish in PERIODS else "7d"


def since(period: str, now: datetime) -> datetime:
    """The local midnight a period begins with."""
    return days.midnight(now - timedelta(days=PERIODS[period]))
