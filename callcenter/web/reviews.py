"""Reviews of calls (F23): the draw, the form, what came of it; and the forbidden phrases that went out."""

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from callcenter import clock
from callcenter.domain.call_review import Item, Mark
from callcenter.domain.phrases import FORBIDDEN, SPOKEN
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import ANSWERING, Action, Role
from callcenter.services.quality import lint, review_view, reviews
from callcenter.services.quality.papers import Printer
from callcenter.storage import facts
from callcenter.web import books, forms, sheets
from callcenter.web import registers as shared
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("reviews", __name__)
#: whoever answers reads the reviews of their own calls
READERS = tuple(sorted(ANSWERING | {Role.PM, Role.QUALITY, Role.GM, Role.AUDITOR}))
REVIEWERS = (Role.LEAD, Role.SUPERVISOR, Role.QUALITY)
OVERSEERS = (Role.LEAD, Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.GM, Role.AUDITOR)
WRITERS = tuple(sorted(ANSWERING | {Role.QUALITY}))


def _month() -> str:
    wish = request.args.get("month", "")
    return wish if review_view.bounds(wish) else review_view.month_of(clock.now())


@blueprint.get("/reviews")
@needs(*READERS)
def index() -> ResponseReturnValue:
    """The reviews of a month; above them, for whoever oversees, the sum per agent."""
    month, agent = _month(), request.args.get("agent", "")
    with hotline().store.reading() as session:
        mine = books.me(session)
        found = review_view.found(session, mine, month, agent, shared.page_number())
        return render_template(
            "reviews/index.html", found=found, asked={"month": month, "agent": agent or None}, names=books.names(session), may=_may(),
            sids=review_view.sids(session, [r.call_id for r in found.rows]), sums=review_view.sums(session, mine, month))


def _may() -> dict[str, bool]:
    return {"draw": signed_in().may(*REVIEWERS), "phrases": signed_in().may(*OVERSEERS)}


@blueprint.get("/reviews/draw")
@needs(*REVIEWERS)
def draw() -> ResponseReturnValue:
    """The calls drawn of one agent's month."""
    month, agent = _month(), request.args.get("agent", "")
    with hotline().store.reading() as session:
        mine = books.me(session)
        sums = [s for s in review_view.sums(session, mine, month) if s.agent != mine.user]
        drawn = review_view.drawn(session, month, agent) if agent in {s.agent for s in sums} else []
        return render_template("reviews/draw.html", drawn=drawn, sums=sums, asked={"month": month, "agent": agent}, names=books.names(session),
                               may=_may())


@blueprint.get("/reviews/phrases")
@needs(*OVERSEERS)
def phrases() -> ResponseReturnValue:
    """The forbidden phrases that went out in a month, who wrote them, and the list itself."""
    month = _month()
    since, until = _bounds(month)
    with hotline().store.reading() as session:
        return render_template("reviews/phrases.html", found=lint.found(session, since, until, shared.page_number()), asked={"month": month},
                               people=lint.by_person(session, since, until), names=books.names(session), may=_may(), forbidden=FORBIDDEN,
                               spoken=SPOKEN, place=_place)


def _bounds(month: str) -> tuple[datetime, datetime]:
    found = review_view.bounds(month)
    if found is None:
        abort(404)
    return found


def _place(code: str) -> str:
    """Where a phrase was written."""
    return Action(code).label(language()) if code in set(Action) else gettext("短信回复")


@blueprint.get("/reviews/<sid>")
@needs(*READERS)
def show(sid: str) -> ResponseReturnValue:
    """One call with its review: the form for a reviewer, the result for the agent."""
    return _page(sid)


def _page(sid: str, no: Refused | None = None) -> ResponseReturnValue:
    with hotline().store.reading() as session:
        sheet = review_view.sheet(session, books.me(session), sid)
        if sheet is None:
            abort(404, forms.reason(Refused("unknown_call", call=sid)))
        return render_template(
            "reviews/review.html", sheet=sheet, items=list(Item), marks=list(Mark), held=_held(sheet), phrases=[*FORBIDDEN, *SPOKEN],
            error=forms.reason(no) if no else None, values=request.form if no else {}, names=books.names(session), no=Mark.NO,
            may=_may(), may_print=bool(sheet.versions)), 422 if no else 200


def _held(sheet: review_view.Sheet) -> dict[str, str]:
    """Item → the mark that is set: as typed, as reviewed, else as the records suggest."""
    if request.method == "POST":
        return {item.value: request.form.get(item.value, "") for item in Item}
    if sheet.versions:
        return {item.value: str(sheet.versions[0].marks.get(item.value, "")) for item in Item}
    return {item.value: mark.value for item, mark in sheet.suggested.items()}


@blueprint.post("/reviews/<sid>")
@needs(*WRITERS)
def decide(sid: str) -> ResponseReturnValue:
    """Reviews or corrects, or lets the agent comment."""
    do, user, now = request.form.get("do", ""), signed_in().user, clock.now()
    with hotline().store.reading() as session:
        if review_view.sheet(session, books.me(session), sid) is None:
            abort(404)
    try:
        if do == "comment":
            reviews.comment(hotline(), user, sid, request.form.get("text", ""), now)
        elif do == "review":
            _reviewed(sid, user, now)
        else:
            abort(400)
    except Refused as no:
        return _page(sid, no)
    flash(gettext("已记录"), "ok")
    return redirect(url_for("reviews.show", sid=sid), 303)


def _reviewed(sid: str, user: str, now: datetime) -> None:
    typed: dict[str, Any] = {name: request.form.get(name, "").strip()[:2000] for name in ("training", "note", "reason")}
    marks = {item: Mark(request.form[item.value]) for item in Item if request.form.get(item.value) in set(Mark)}
    reviews.review(hotline(), user, sid, marks, request.form.getlist("heard"), now=now, seen=shared.version() or 0, **typed)


@blueprint.get("/reviews/<sid>/print")
@needs(*READERS)
def paper(sid: str) -> ResponseReturnValue:
    """F23 on paper."""
    with hotline().store.reading() as session:
        sheet = review_view.sheet(session, books.me(session), sid)
        if sheet is None or not sheet.versions:
            abort(404)
        printer = _printer(session)
    return sheets.sheet("print/form.html", f"F23-{sid[-8:]}", paper=printer.review(sheet), printed_at=clock.now(),
                        back=url_for("reviews.show", sid=sid))


def _printer(session: Session) -> Printer:
    return Printer(language(), facts.people(session), books.names(session))
