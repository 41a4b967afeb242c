"""What is done in a call: others asked in, handed on, left; the recording paused; notes; supervisors who listen, whisper or join."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from callcenter import clock
from callcenter.config import Settings
from callcenter.domain.telephone import SUPERVISING
from callcenter.domain.ticket import Refused
from callcenter.services.desk import desk_view
from callcenter.services.telephone import call_notes, call_view
from callcenter.services.telephone.conducting import Conductor
from callcenter.services.telephone.softphone import identity_of
from callcenter.services.telephone.supervising import Supervising
from callcenter.telephony.simulated_line import NoLine, Over, SimulatedLine
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.security import needs, signed_in, wants_page

blueprint = Blueprint("talk", __name__, url_prefix="/calls")
AT_DESK = tuple(sorted(desk_view.DESK))
SUPERVISORS = ("lead", "supervisor", "pm", "quality")
#: whose browser may ring
PHONES = ("agent", "lead", "supervisor")
WHO = 40


def conductor() -> Conductor:
    """The hotline and its telephone."""
    return Conductor(hotline(), current_app.extensions["parts"].phone)


def on_line(sid: str) -> bool:
    """Whether this call is on a line that obeys us; pages show what can be done by hand alone when it is not."""
    return conductor().on_line(sid)


def has_window() -> bool:
    """Whether there are lines, and this person's telephone may be a browser's."""
    return bool(current_app.extensions["parts"].phone.live) and signed_in().may(*PHONES) and "softphone" in current_app.blueprints


def pick_up(sid: str) -> None:
    """On a trial whoever answers at the desk has picked up: the simulated telephone beside it stops ringing and talks."""
    settings: Settings = current_app.extensions["parts"].settings
    if not settings.twilio_api:
        return
    try:
        SimulatedLine(settings).pick_up(f"client:{identity_of(signed_in().user)}", sid)
    except (NoLine, Over):
        current_app.logger.info("no simulated telephone to pick up for %s", sid)


@blueprint.post("/<sid>/consult")
@needs(*AT_DESK)
def consult(sid: str) -> ResponseReturnValue:
    """The caller waits while somebody else is asked."""
    return do(lambda now: conductor().consult(sid, signed_in().user, _who(), now), sid, "who")


@blueprint.post("/<sid>/hand-on")
@needs(*AT_DESK)
def hand_on(sid: str) -> ResponseReturnValue:
    """Somebody else takes over as soon as they pick up; the ticket and who answers for it stay where they are."""
    return do(lambda now: conductor().hand_on(sid, signed_in().user, _who(), now), sid, "who")


@blueprint.post("/<sid>/leave")
@needs(*AT_DESK)
def leave(sid: str) -> ResponseReturnValue:
    """The others talk on without me."""
    return do(lambda now: conductor().leave(sid, signed_in().user, now), sid)


@blueprint.post("/<sid>/drop")
@needs(*AT_DESK)
def drop(sid: str) -> ResponseReturnValue:
    """Somebody asked in stops ringing, or is let go."""
    return do(lambda now: conductor().drop(sid, signed_in().user, request.form.get("line", "")[:WHO], now), sid)


@blueprint.post("/<sid>/recording")
@needs(*AT_DESK)
def recording(sid: str) -> ResponseReturnValue:
    """Paused for words that must not be kept, or on again."""
    return do(lambda now: conductor().pause(sid, signed_in().user, request.form.get("pause") == "yes", now), sid)


@blueprint.post("/<sid>/notes")
@needs(*AT_DESK)
def notes(sid: str) -> ResponseReturnValue:
    """A note while we talk; it begins the ticket's content."""
    text = request.form.get("note", "")[: call_notes.NOTE_LENGTH + 1]
    return do(lambda now: call_notes.note(hotline(), sid, signed_in().user, text, now), sid, "note")


@blueprint.get("")
@needs(*SUPERVISORS)
def show() -> str:
    """The calls in progress, for whoever may listen; a fragment of the supervisors' page."""
    now = clock.now()
    with hotline().store.reading() as session:
        found = call_view.in_progress(session, signed_in().user, now)
    page = "talk/page.html" if wants_page() else "talk/_calls.html"
    return render_template(page, calls=found, modes=SUPERVISING, live=current_app.extensions["parts"].phone.live)


@blueprint.post("/<sid>/supervise")
@needs(*SUPERVISORS)
def supervise(sid: str) -> ResponseReturnValue:
    """My telephone rings and takes me into the call, or I take part otherwise than before."""
    return do(lambda now: Supervising(conductor()).take_part(sid, signed_in().user, request.form.get("mode", ""), now), None)


@blueprint.post("/<sid>/stop")
@needs(*SUPERVISORS)
def stop(sid: str) -> ResponseReturnValue:
    """I no longer take part."""
    return do(lambda now: Supervising(conductor()).stop(sid, signed_in().user, now), None)


def _who() -> str:
    return request.form.get("who", "").strip()[:WHO]


def do(act: Callable[[datetime], object], sid: str | None, field: str | None = None) -> ResponseReturnValue:
    """Does it; the page stays where it is and shows the call anew. A refusal is told beside the field, or as a page."""
    try:
        act(clock.now())
    except Refused as no:
        status = 422 if field and no.code in ("bad_value", "unknown_person", "number_not_allowed") else 404 if no.code == "unknown_call" else 409
        if wants_page():
            abort(status, forms.reason(no))
        return jsonify(error=no.code, message=forms.reason(no), fields={field: forms.reason(no)} if status == 422 else {}), status
    if wants_page():
        return redirect(url_for("desk.show", call=sid) if sid else url_for("talk.show"), 303)
    return "", 204
