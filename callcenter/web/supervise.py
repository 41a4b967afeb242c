"""The supervisor's board: running and broken promises with countdowns, escalations, figures and the tickets behind them."""

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from callcenter import clock
from callcenter.domain.figures import Dimension
from callcenter.domain.telephone import AgentState
from callcenter.domain.vocabulary import Clock
from callcenter.services import access
from callcenter.services.dispatch import board as dispatch_view
from callcenter.services.figures import PARTS, Question, scope_of
from callcenter.services.ledgers.files import FORMATS
from callcenter.services.overseeing import board, board_figures, fieldwork, strata
from callcenter.services.overseeing import decisions as deciding
from callcenter.services.overseeing.board_figures import Words
from callcenter.services.pictures.course import courses
from callcenter.services.telephone import call_figures
from callcenter.storage import facts
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in, wants_page
from callcenter.web.spans import NAMES, Span, span
from callcenter.web.sparks import sparks

blueprint = Blueprint("supervise", __name__)
ROLES = ("lead", "supervisor", "pm", "quality", "dept_head", "auditor", "gm")


@blueprint.get("/supervise")
@needs(*ROLES)
def show() -> str:
    """The board; its moving part alone when a script asks for a fragment."""
    now, person = clock.now(), signed_in()
    wish = request.args.get("clock", "")
    only = Clock(wish) if wish in set(Clock) else None
    with hotline().store.reading() as session:
        compounds = dispatch_view.compounds(session, person.compounds)
        compound = _compound(session)
        found = board.board(hotline(), session, person.user, now, compound, only)
        # the page begins with them; afterwards they are a region of their own
        shown = deciding.decisions(hotline(), session, person.user, now, compound) if wants_page() else None
    page = "supervise/page.html" if wants_page() else "supervise/_board.html"
    return render_template(page, board=found, shown=shown, compounds=compounds, compound=compound, only=only, whole="all" in request.args, at=now,
                           period=span(now).name)


@blueprint.get("/supervise/decisions")
@needs(*ROLES)
def decisions() -> str:
    """Complaints to judge, special cases to approve, rounds of dissatisfaction, each with its act."""
    now, user = clock.now(), signed_in()
    with hotline().store.reading() as session:
        shown = deciding.decisions(hotline(), session, user.user, now, _compound(session))
    page = "supervise/part.html" if wants_page() else "supervise/_decisions.html"
    return render_template(page, shown=shown, at=now, title=gettext("待决定"), part="supervise/_decisions.html")


@blueprint.get("/supervise/at-work")
@needs(*ROLES)
def at_work() -> str:
    """Who is at which job, since when and until when; and who is free."""
    now, user = clock.now(), signed_in()
    with hotline().store.reading() as session:
        staff = facts.staff(session, now)
        jobs = fieldwork.at_work(session, staff, dispatch_view.scope(staff, user.user, _compound(session)), now)
    page = "supervise/part.html" if wants_page() else "supervise/_at_work.html"
    return render_template(page, jobs=jobs, at=now, title=gettext("谁在做什么 · 现场"), part="supervise/_at_work.html")


def _compound(session: Session) -> str | None:
    """The compound asked for, when it is one of the reader's."""
    asked = request.args.get("compound") or None
    return asked if asked in dispatch_view.compounds(session, signed_in().compounds) else None


@blueprint.get("/supervise/sample")
@needs(*ROLES)
def sample() -> str:
    """How this month's sample of follow-up calls stands, stratum by stratum."""
    now = clock.now()
    with hotline().store.reading() as session:
        found = strata.sample(hotline(), session, signed_in().user, now, language())
    page = "supervise/part.html" if wants_page() else "supervise/_sample.html"
    return render_template(page, sample=found, title=gettext("回访抽样进度"), part="supervise/_sample.html")


@blueprint.get("/supervise/figures")
@needs(*ROLES)
def figures() -> str:
    """Every figure with numerator, denominator, target and formula, over a period and, if wished, a part of the house."""
    now = clock.now()
    asked = span(now)
    with hotline().store.reading() as session:
        scope = scope_of(facts.staff(session, now), signed_in().user)
        found = board_figures.shown(hotline(), session, now, asked.since, asked.until, asked.where, scope)
        drawn = sparks(courses(session, Question(now, asked.since, asked.until, asked.where, scope)))
        words = Words(hotline(), session, language())
        choices = words.choices(scope)
    page = "supervise/figures.html" if wants_page() else "supervise/_figures.html"
    return render_template(page, sparks=drawn, themes=found, at=now, span=asked, spans=NAMES, words=words, choices=choices, dimensions=Dimension)


@blueprint.get("/supervise/telephone")
@needs(*ROLES)
def telephone() -> str:
    """How the telephone was answered, each figure with its formula, and every agent's time."""
    now = clock.now()
    asked = span(now)
    with hotline().store.reading() as session:
        scope = scope_of(facts.staff(session, now), signed_in().user)
        found = call_figures.telephone(hotline(), session, now, asked.since, asked.until, scope)
    page = "supervise/telephone.html" if wants_page() else "supervise/_telephone.html"
    return render_template(page, phone=found, lines=found.figures, at=now, span=asked, spans=NAMES, states=list(AgentState))


@blueprint.get("/supervise/figures/<code>")
@needs(*ROLES)
def figure(code: str) -> ResponseReturnValue:
    """One figure, the cases behind one of its numbers, and, if wished, the parts it falls into; or the cases as a file."""
    now = clock.now()
    asked, part, by, ending = span(now), request.args.get("part", "missed"), request.args.get("by", ""), request.args.get("as", "")
    if ending in FORMATS:
        return _taken(code, asked, part if part in PARTS else "missed", ending)
    with hotline().store.reading() as session:
        found = board_figures.one(hotline(), session, signed_in().user, code, now, asked.since, asked.until, asked.where,
                                  part if part in PARTS else "missed", by if by in set(Dimension) else None, _page())
        words = Words(hotline(), session, language())
    if found is None:
        abort(404)
    return render_template("supervise/figure.html", found=found, shown=found.shown, at=now, span=asked, spans=NAMES, words=words,
                           may_export=access.may_export(signed_in().roles),
                           part=part if part in PARTS else "missed", by=by if by in set(Dimension) else None, dimensions=Dimension)


def _taken(code: str, asked: Span, part: str, ending: str) -> Response:
    """The whole list as a file, for those who may take lists out; written down before it leaves."""
    now, user = clock.now(), signed_in()
    if not access.may_export(user.roles):
        abort(403)
    with hotline().store.reading() as session:
        found = board_figures.one(hotline(), session, user.user, code, now, asked.since, asked.until, asked.where, part, page=None)
    if found is None:
        abort(404)
    access.record(hotline(), "export", user.user, now, {"list": "figure", "figure": code, "part": part, "lines": found.members.total, **asked.asked})
    title = f"{code} {found.shown.figure.label(language())} {asked.first_day} – {asked.last_day}"
    head, rows = board_figures.as_list(found.shown, found.lines, title, language())
    write, kind = FORMATS[ending]
    return Response(write(head, rows), mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{code}-{asked.first_day}.{ending}"'})


def _page() -> int:
    wish = request.args.get("page", "")
    return int(wish) if wish.isascii() and wish.isdigit() and len(wish) < 7 else 1
