"""The quality books: corrective actions (F16) from the weekly meeting to the look-back, and the lists beside them."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from callcenter import clock
from callcenter.domain import corrective, quality
from callcenter.domain.days import LOCAL
from callcenter.domain.forms import Field
from callcenter.domain.quality import ActionState, Book, Deed, FeedbackState, Origin
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Department, Role, Word
from callcenter.services.quality import action_lists, actions, clusters, feedback, links, notices, origins
from callcenter.services.quality.papers import Printer
from callcenter.services.registers import entries as registers
from callcenter.services.registers.typed import read
from callcenter.storage import facts
from callcenter.storage.action_tables import ActionRow
from callcenter.web import books, sheets
from callcenter.web import registers as shared
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.registers import Asked
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("actions", __name__)
blueprint.record_once(lambda state: books.install(state.app))  # type: ignore[arg-type]  # typed as any scaffold
TABS = ("actions", "feedback", "notices", "orders", "clusters")
KEEPERS = tuple(sorted(corrective.KEEPERS))
DOERS = (Role.DEPT_HEAD, *KEEPERS)
#: which form belongs to which step
FORMS: Mapping[Deed, tuple[Field, ...]] = {
    Deed.BEGUN: quality.MEASURE, Deed.PROGRESS: quality.PROGRESS, Deed.SUBMITTED: quality.PROGRESS, Deed.PASSED: quality.CHECK,
    Deed.RETURNED: quality.RETURN, Deed.HELD: quality.LOOK[1:2], Deed.REOPENED: quality.LOOK[1:], Deed.CHANGED: quality.ACTION}


@blueprint.get("/actions")
@needs(*books.READERS)
def index() -> ResponseReturnValue:
    """One of the five lists."""
    tab, now = request.args.get("tab", ""), clock.now()
    tab = tab if tab in TABS else TABS[0]
    asked = {"tab": tab, "state": request.args.get("state", "open"), "department": request.args.get("department", ""), "q": request.args.get("q", "")}
    if asked["department"] not in set(Department):
        asked["department"] = ""
    if tab in ("notices", "orders"):
        asked |= {name: _day(name) for name in ("since", "until")}
    with hotline().store.reading() as session:
        found = _list(session, tab, asked, now)
        held = links.tickets(session, Book.ACTION, [r.id for r in found.rows]) if tab == "actions" else {}
        return render_template(f"actions/{tab}.html", tab=tab, found=found, asked=asked, names=books.names(session), at=now, tickets=held,
                               states=_states(tab), departments=list(Department), may_open=signed_in().may(*KEEPERS),
                               may_write=signed_in().may(*feedback.WRITERS))


def _day(name: str) -> str:
    """A day of the address as an input has it; nothing where it is none."""
    typed = request.args.get(name, "").strip()
    try:
        return date.fromisoformat(typed).isoformat() if "2000" <= typed[:4] <= "2100" else ""
    except ValueError:
        return ""


def _midnight(day: str, after: int = 0) -> datetime | None:
    return datetime.combine(date.fromisoformat(day) + timedelta(days=after), time(), LOCAL) if day else None


def _list(session: Session, tab: str, asked: Mapping[str, str], now: datetime) -> Any:
    mine, page = books.me(session), shared.page_number()
    match tab:
        case "feedback":
            return feedback.found(session, mine, asked["state"], asked["department"], page)
        case "notices" | "orders":
            kind = notices.NOTICE if tab == "notices" else notices.ORDER
            wish = notices.Wish(asked["state"], asked["department"], _midnight(asked["since"]), _midnight(asked["until"], 1), page)
            return notices.found(session, hotline().rulebook.policy, mine, kind, wish, now)
        case "clusters":
            standing = clusters.standing(session, hotline(), mine, now)
            return clusters.in_pages(standing, page)
    return action_lists.found(session, mine, action_lists.Wish(asked["state"], asked["department"], asked["q"].strip()[:60], page), now)


def _states(tab: str) -> list[tuple[str, str]]:
    """What can be looked for on a tab."""
    words: list[Word] = {"actions": [*ActionState], "feedback": [*FeedbackState]}.get(tab, [])
    more = {"actions": [("overdue", gettext("已超期")), ("recheck", gettext("待回头看"))], "feedback": [],
            "notices": [("overdue", gettext("已超期")), ("answered", gettext("已回复"))],
            "orders": [("overdue", gettext("已超期")), ("answered", gettext("已反馈"))]}.get(tab, [])
    return [("open", gettext("未结")), *more, *((w.value, w.label(language())) for w in words), ("all", gettext("全部"))]


@blueprint.get("/actions/new")
@needs(*KEEPERS)
def blank() -> ResponseReturnValue:
    """The form of a new action, filled in as far as the record it is made from tells."""
    return _form(Asked())


def _form(asked: Asked) -> ResponseReturnValue:
    kind, key, now = request.values.get("from", ""), request.values.get("key", ""), clock.now()
    with hotline().store.reading() as session:
        draft = shared.or_404(lambda: origins.draft(session, hotline(), books.me(session), kind, key, now))
        fields = shared.inputs(quality.ACTION, draft.values, asked, _lists(session))
    return render_template("actions/new.html", fields=fields, asked=asked, kind=kind, key=key, draft=draft, origins=Origin), asked.status


def _lists(session: Session) -> dict[str, list[tuple[str, str]]]:
    mine = books.me(session)
    return {"compound": books.compounds_to_name(session, mine),
            "person": [("", "—"), *action_lists.responsible_people(facts.people(session), mine)]}


@blueprint.post("/actions/new")
@needs(*KEEPERS)
def add() -> ResponseReturnValue:
    """Opens it."""
    now = clock.now()
    try:
        values = read(quality.ACTION, shared.typed(quality.ACTION))
        with hotline().store.reading() as session:
            draft = origins.draft(session, hotline(), books.me(session), request.values.get("from", ""), request.values.get("key", ""), now)
        number = actions.open_action(hotline(), signed_in().user, values, now, draft.made_from)
    except Refused as no:
        return _form(shared.refused(no))
    flash(gettext("%(number)s 已立项", number=number), "ok")
    return redirect(url_for("actions.show", number=number), 303)


@blueprint.get("/actions/<number>")
@needs(*books.READERS)
def show(number: str) -> ResponseReturnValue:
    """One action with its tickets, what may be done next, and its history."""
    return _page(number, Asked())


@blueprint.post("/actions/<number>")
@needs(*DOERS)
def decide(number: str) -> ResponseReturnValue:
    """One step of it."""
    do, now, user = request.form.get("do", ""), clock.now(), signed_in().user
    if do not in FORMS:
        abort(400)
    deed = Deed(do)
    with hotline().store.reading() as session:
        shared.or_404(lambda: action_lists.one(session, books.me(session), number))
    try:
        values = read(FORMS[deed], shared.typed(FORMS[deed]))
        if deed is Deed.CHANGED:
            actions.change(hotline(), user, number, values, now, shared.reason(), shared.version())
        else:
            actions.do(hotline(), user, number, deed, values, now, shared.version())
    except Refused as no:
        return _page(number, shared.refused(no), do)
    flash(gettext("%(number)s %(deed)s：已记录", number=number, deed=deed.label(language())), "ok")
    return redirect(url_for("actions.show", number=number), 303)


def _page(number: str, asked: Asked, do: str = "") -> ResponseReturnValue:
    with hotline().store.reading() as session:
        mine = books.me(session)
        row: ActionRow = shared.or_404(lambda: action_lists.one(session, mine, number))
        possible = [] if signed_in().may(Role.AUDITOR) else corrective.possible(mine, actions.standing(row))
        steps = [(deed, shared.inputs(FORMS[deed], _held(row, deed), asked if do == deed else Asked(), _lists(session))) for deed in possible]
        return render_template(
            "actions/action.html", row=row, steps=steps, asked=asked, do=do, names=books.names(session), at=clock.now(),
            tickets=links.tickets(session, Book.ACTION, [row.id]).get(row.id, []), states=list(ActionState), state=ActionState(row.state),
            history=registers.history(session, Book.ACTION, number, signed_in().roles, 100),
            version=registers.version(session, Book.ACTION, number)), asked.status


def _held(row: ActionRow, deed: Deed) -> dict[str, Any]:
    """What stands in the form of a step already."""
    if deed is Deed.CHANGED:
        return {**{f.name: getattr(row, f.name) for f in quality.ACTION if f.name != "due"}, "due": row.due_at}
    if deed in corrective.DOING:
        return {"measure": row.measure, "progress": row.progress}
    return {"recheck": clock.now() + corrective.LOOK_BACK} if deed is Deed.PASSED else {}


@blueprint.get("/actions/<number>/print")
@needs(*books.READERS)
def paper(number: str) -> ResponseReturnValue:
    """F16 on paper."""
    with hotline().store.reading() as session:
        row = shared.or_404(lambda: action_lists.one(session, books.me(session), number))
        held = links.tickets(session, Book.ACTION, [row.id]).get(row.id, [])
        printer = Printer(language(), facts.people(session), dict(books.names(session)))
    return sheets.sheet("print/form.html", number, paper=printer.action(row, held), printed_at=clock.now(),
                        back=url_for("actions.show", number=number))
