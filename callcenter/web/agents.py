"""An agent's own state in the desk's head, the desk as it stands for whoever oversees it, and numbers not put through."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.telephone import CHOSEN, AgentState
from callcenter.domain.ticket import Refused
from callcenter.services import access, numbers
from callcenter.services.desk import desk_view
from callcenter.services.telephone import agents, agents_view, blocking
from callcenter.storage import facts
from callcenter.telephony import recordings
from callcenter.telephony.port import NotSent, Undeliverable
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.people import local_path
from callcenter.web.security import needs, signed_in, wants_page

blueprint = Blueprint("agents", __name__)
log = logging.getLogger(__name__)
AGENTS = ("agent", "lead")
LISTENERS = ("agent", "lead", "supervisor", "pm", "quality")
AT_DESK = tuple(sorted(desk_view.DESK))
OVERSEERS = ("lead", "supervisor", "pm", "quality", "dept_head", "auditor", "gm")
BLOCKERS = ("lead", "supervisor")
#: keys at the desk: 1 free, 2 break …
KEYS = dict(zip(CHOSEN, "123456", strict=True))
#: how long a number may be blocked, in days
BLOCK_DAYS = (1, 7, 30, 365)


@blueprint.app_context_processor
def what_the_desk_shows() -> dict[str, Callable[..., object]]:
    """For the head of the desk: one's own state, the messages left, the choices."""
    return {"my_state": my_state, "left_messages": left_messages, "state_choices": lambda: [(s, KEYS[s]) for s in CHOSEN]}


def my_state() -> agents_view.Mine | None:
    """None for somebody whose time is not kept, and in an application without a hotline."""
    if "hotline" not in current_app.extensions or not signed_in().may(*AGENTS):
        return None
    with hotline().store.reading() as session:
        return agents_view.mine(session, signed_in().user, clock.now())


def left_messages() -> list[agents_view.Left]:
    """Messages nobody has seen to."""
    with hotline().store.reading() as session:
        return agents_view.messages(session, signed_in().user, clock.now())


@blueprint.get("/desk/state")
@needs(*AT_DESK)
def mine() -> ResponseReturnValue:
    """The head of the desk, as it stands."""
    return render_template("desk/_state.html")


@blueprint.post("/desk/state")
@needs(*AGENTS)
def choose() -> ResponseReturnValue:
    """What the person does from now on; 空闲 also ends after-call work and a missed call."""
    state, reason = request.form.get("state", ""), request.form.get("reason", "")
    return _do(lambda now: agents.choose(hotline(), signed_in().user, state, now, reason), "reason")


@blueprint.post("/desk/calls/<sid>/block")
@needs(*BLOCKERS)
def block(sid: str) -> ResponseReturnValue:
    """The number of this call is not put through for some days; it needs a reason."""
    days = request.form.get("days", "")
    with hotline().store.reading() as session:
        number = desk_view.number_of(session, sid)
    if number is None or days not in map(str, BLOCK_DAYS):
        abort(404 if number is None else 400)

    def act(now: datetime) -> None:
        blocking.block(hotline(), number, request.form.get("reason", ""), now + timedelta(days=int(days)), signed_in().user, now)
        flash(gettext("已拦截，来电将听到忙音。"), "ok")

    return _do(act, "reason")


@blueprint.post("/desk/blocked/<int:rule_id>/end")
@needs(*BLOCKERS)
def unblock(rule_id: int) -> ResponseReturnValue:
    """The number is put through again."""
    return _do(lambda now: blocking.unblock(hotline(), rule_id, signed_in().user, now), None)


# ---- recordings ------------------------------------------------------------------------------------------

@blueprint.get("/desk/recordings/<int:recording_id>")
@needs(*LISTENERS)
def listen(recording_id: int) -> ResponseReturnValue:
    """Plays a recording to whoever may hear it, and writes down who did, when; an administrator hears none (DOMAIN.md 10)."""
    now, user = clock.now(), signed_in().user
    with hotline().store.reading() as session:
        found = agents_view.recording(session, recording_id, user, now)
    if found is None:
        abort(404)
    if not found.may_listen:
        abort(403)
    if found.address is None:
        abort(404, gettext("录音还没有就绪，或已删除。"))
    access.record(hotline(), "recording", user, now, {"call": found.sid, "recording": recording_id})
    try:
        sound = recordings.opened(current_app.extensions["parts"].settings, found.address)
    except (NotSent, Undeliverable) as no:
        log.warning("recording %s was not fetched: %s", recording_id, no)
        abort(502, gettext("电话运营商没有给出录音，请稍后再试。"))
    return Response(sound, mimetype="audio/mpeg")


@blueprint.get("/supervise/desk")
@needs(*OVERSEERS)
def overseen() -> ResponseReturnValue:
    """Who does what at the desk, and who waits in line."""
    now = clock.now()
    with hotline().store.reading() as session:
        shown, blocked = agents_view.desk_now(session, now), [(r, numbers.masked(r.phone_key)) for r in blocking.blocked(session, now)]
        people = facts.people(session)
    page = "supervise/desk.html" if wants_page() else "supervise/_desk.html"
    return render_template(page, people=people, shown=shown, blocked=blocked, at=now, away=AgentState.MISSED,
                           may_unblock=signed_in().may(*BLOCKERS))


def _do(act: Callable[[datetime], object], field: str | None) -> ResponseReturnValue:
    """Does it and goes back; a refusal is told beside the field, or as a page."""
    try:
        act(clock.now())
    except Refused as no:
        status = 422 if field and no.code in ("reason_needed", "bad_value", "number_invalid") else 409
        if wants_page():
            abort(status, forms.reason(no))
        return jsonify(error=no.code, message=forms.reason(no), fields={field: forms.reason(no)} if status == 422 and field else {}), status
    return redirect(local_path(request.form.get("next"), url_for("desk.show")), 303)
