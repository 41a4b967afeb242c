"""Quality feedback (F21): written from a recurring fault or by hand, answered, closed."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain import quality
from callcenter.domain.quality import Book, Deed, FeedbackState, Origin
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services.quality import feedback, links, origins
from callcenter.services.quality.papers import Printer
from callcenter.services.registers import entries as registers
from callcenter.services.registers.typed import read
from callcenter.storage import facts
from callcenter.storage.action_tables import FeedbackRow
from callcenter.web import books, sheets
from callcenter.web import registers as shared
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.registers import Asked
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("feedbacks", __name__)
WRITERS = tuple(sorted(feedback.WRITERS))
DOERS = (Role.DEPT_HEAD, Role.SUPERVISOR, Role.QUALITY)


@blueprint.get("/actions/feedback/new")
@needs(*WRITERS)
def blank() -> ResponseReturnValue:
    """The form, filled in from a cluster where it is made from one."""
    return _form(Asked())


def _form(asked: Asked) -> ResponseReturnValue:
    cluster = request.values.get("cluster", "")
    with hotline().store.reading() as session:
        mine, values = books.me(session), {}
        if cluster:
            draft = shared.or_404(lambda: origins.draft(session, hotline(), mine, Origin.CLUSTER, cluster, clock.now()))
            values = {**draft.values, "category": cluster.split("/")[2], "tickets": list(draft.made_from.tickets),
                      "phenomenon": draft.values["problem"]}
        lists = {"compound": books.compounds_to_name(session, mine), "category": books.categories()}
        fields = shared.inputs(quality.FEEDBACK, {"submitted_by_department": mine.department, **values}, asked, lists)
    return render_template("actions/new_feedback.html", fields=fields, asked=asked, cluster=cluster), asked.status


@blueprint.post("/actions/feedback/new")
@needs(*WRITERS)
def add() -> ResponseReturnValue:
    """Sends it to the department."""
    try:
        values = read(quality.FEEDBACK, shared.typed(quality.FEEDBACK))
        number = feedback.send(hotline(), signed_in().user, values, clock.now(), request.values.get("cluster", ""))
    except Refused as no:
        return _form(shared.refused(no))
    flash(gettext("%(number)s 已提交", number=number), "ok")
    return redirect(url_for("feedbacks.show", number=number), 303)


@blueprint.get("/actions/feedback/<number>")
@needs(*books.READERS)
def show(number: str) -> ResponseReturnValue:
    """One feedback with its tickets, its answer and its history."""
    return _page(number, Asked())


@blueprint.post("/actions/feedback/<number>")
@needs(*DOERS)
def decide(number: str) -> ResponseReturnValue:
    """Answers or closes it."""
    do, user, now = request.form.get("do", ""), signed_in().user, clock.now()
    with hotline().store.reading() as session:
        shared.or_404(lambda: feedback.one(session, books.me(session), number))
    try:
        if do == Deed.ANSWERED:
            feedback.answer(hotline(), user, number, read(quality.OPINION, shared.typed(quality.OPINION))["opinion"], now)
        elif do == Deed.CLOSED:
            feedback.close(hotline(), user, number, read(quality.CLOSING, shared.typed(quality.CLOSING))["close_note"], now)
        else:
            abort(400)
    except Refused as no:
        return _page(number, shared.refused(no), do)
    flash(gettext("已记录"), "ok")
    return redirect(url_for("feedbacks.show", number=number), 303)


def _page(number: str, asked: Asked, do: str = "") -> ResponseReturnValue:
    with hotline().store.reading() as session:
        mine = books.me(session)
        row: FeedbackRow = shared.or_404(lambda: feedback.one(session, mine, number))
        steps: list[tuple[Deed, Any]] = []
        if feedback.may_answer(mine, row):
            steps.append((Deed.ANSWERED, shared.inputs(quality.OPINION, {}, asked if do == Deed.ANSWERED else Asked())))
        if feedback.may_close(mine, row):
            steps.append((Deed.CLOSED, shared.inputs(quality.CLOSING, {}, asked if do == Deed.CLOSED else Asked())))
        return render_template(
            "actions/one_feedback.html", row=row, steps=steps, asked=asked, do=do, names=books.names(session), at=clock.now(),
            tickets=links.tickets(session, Book.FEEDBACK, [row.id]).get(row.id, []), states=list(FeedbackState), state=FeedbackState(row.state),
            history=registers.history(session, Book.FEEDBACK, number, signed_in().roles, 100)), asked.status


@blueprint.get("/actions/feedback/<number>/print")
@needs(*books.READERS)
def paper(number: str) -> ResponseReturnValue:
    """F21 on paper."""
    with hotline().store.reading() as session:
        row = shared.or_404(lambda: feedback.one(session, books.me(session), number))
        held = links.tickets(session, Book.FEEDBACK, [row.id]).get(row.id, [])
        printer = Printer(language(), facts.people(session), books.names(session))
    return sheets.sheet("print/form.html", number, paper=printer.feedback(row, held, books.category(row.category)), printed_at=clock.now(),
                        back=url_for("feedbacks.show", number=number))
