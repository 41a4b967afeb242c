"""The inbox of texts and of what was reported online: what waits for the desk, and a ticket, an answer, an owner or the end of it."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Action
from callcenter.services.desk import desk_view
from callcenter.services.messages import text_inbox
from callcenter.services.residents import claiming
from callcenter.storage import facts
from callcenter.web import forms, phrase_hints
from callcenter.web.acts import hotline, key_of
from callcenter.web.security import needs, signed_in, wants_page

blueprint = Blueprint("texts", __name__)
AT_DESK = tuple(sorted(desk_view.DESK))
#: the fields of a registration that this page asks for
ASKED = ("category", "room", "place", "customer_name", "content")


@blueprint.app_context_processor
def counted() -> dict[str, Callable[[], int]]:
    """For the desk: how many texts wait, asked for where it is shown."""
    return {"texts_waiting": _waiting_count}


def _waiting_count() -> int:
    with hotline().store.reading() as session:
        return text_inbox.waiting_count(session) + len(claiming.unclaimed(hotline(), session, signed_in().user, clock.now()))


@blueprint.get("/texts")
@needs(*AT_DESK)
def show() -> ResponseReturnValue:
    """What waits, and what was seen to lately; the list alone when a script asks for a fragment."""
    policy = hotline().rulebook.policy
    with hotline().store.reading() as session:
        online = claiming.unclaimed(hotline(), session, signed_in().user, clock.now())
        waiting, done, people = text_inbox.waiting(session, hotline()), text_inbox.latest(session, hotline()), facts.people(session)
    inputs = {i.name: i for i in forms.inputs(Action.OPEN_TICKET, (), policy)}
    page = "texts/page.html" if wants_page() else "texts/_list.html"
    return render_template(page, online=online, waiting=waiting, done=done, people=people, inputs=inputs)


@blueprint.post("/texts/online/<number>/claim")
@needs(*AT_DESK)
def claim(number: str) -> ResponseReturnValue:
    """Takes up what was reported online: from now on it is this person's."""
    key = key_of(request.form.get("key"))
    try:
        claiming.claim(hotline(), number, signed_in().user, key, clock.now())
    except Refused as no:
        return _refused(no)
    flash(gettext("%(number)s 由您负责", number=number), "ok")
    return redirect(url_for("tickets.show", number=number), 303)


@blueprint.post("/texts/<int:text_id>/ticket")
@needs(*AT_DESK)
def register(text_id: int) -> ResponseReturnValue:
    """A ticket of it: its clocks count from when the text came."""
    now, user, key = clock.now(), signed_in().user, key_of(request.form.get("key"))
    fields: dict[str, object] = {name: text for name in ASKED if (text := request.form.get(name, "").strip())}
    try:
        number = text_inbox.register(hotline(), text_id, user, fields, key, now)
    except Refused as no:
        return _refused(no)
    flash(gettext("已登记 %(number)s", number=number), "ok")
    return redirect(url_for("tickets.show", number=number), 303)


@blueprint.post("/texts/<int:text_id>/answer")
@needs(*AT_DESK)
def answer(text_id: int) -> ResponseReturnValue:
    """Answers by text."""
    return _do(lambda now: _answered(text_id, now), gettext("已回复。"))


def _answered(text_id: int, now: datetime) -> None:
    text = request.form.get("text", "")
    phrase_hints.warn_of_text(text, request.form)
    text_inbox.answer(hotline(), text_id, signed_in().user, text, now)


@blueprint.post("/texts/<int:text_id>/close")
@needs(*AT_DESK)
def close(text_id: int) -> ResponseReturnValue:
    """Nothing needs to be done about it."""
    return _do(lambda now: text_inbox.close(hotline(), text_id, signed_in().user, now), gettext("已处理。"))


def _do(act: Callable[[datetime], None], said: str) -> ResponseReturnValue:
    key_of(request.form.get("key"))
    try:
        act(clock.now())
    except Refused as no:
        return _refused(no)
    flash(said, "ok")
    return redirect(url_for("texts.show"), 303)


def _refused(no: Refused) -> ResponseReturnValue:
    if no.code in ("unknown_text", "unknown_ticket"):
        abort(404)
    if not wants_page():
        return forms.refusal(no, Action.OPEN_TICKET)
    return abort(forms.status_of(no, Action.OPEN_TICKET), forms.reason(no))
