"""The paper phone's page: what was said and sent to whom; who may, decides about what could not be sent."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.services.hotline import Hotline
from callcenter.services.messages import outbox
from callcenter.services.telephone import paper_view
from callcenter.services.telephone.paper_view import CHANNELS, Asked
from callcenter.web.people import local_path
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("paper_phone", __name__, url_prefix="/paper-phone")

READERS = ("agent", "lead", "dispatcher", "supervisor", "pm", "quality", "callback", "admin")
DECIDERS = ("lead", "supervisor", "admin")


def _hotline() -> Hotline:
    found: Hotline = current_app.extensions["hotline"]
    return found


@blueprint.get("", strict_slashes=False)
@needs(*READERS)
def show() -> ResponseReturnValue:
    """The papers, newest first; the list alone when a live page asks for it."""
    asked = _asked()
    with _hotline().store.reading() as session:
        papers, stuck = paper_view.papers(session, asked), paper_view.stuck_count(session)
    page = "phone/_papers.html" if request.headers.get("X-Partial") else "phone/page.html"
    return render_template(page, papers=papers, stuck=stuck, asked=asked, address=_address, channels=_channels(), statuses=_statuses(),
                           provider=current_app.extensions["parts"].phone.name,
                           simulated=bool(current_app.extensions["parts"].settings.twilio_api), more=len(papers) == paper_view.PAGE,
                           may_decide=signed_in().may(*DECIDERS))


def _asked() -> Asked:
    """What the address asks for; words nobody knows ask for nothing."""
    given = request.args
    before = given.get("before", "")
    return Asked(to=given.get("to") if given.get("to") in ("customer", "staff") else None,
                 channel=given.get("channel") if given.get("channel") in CHANNELS else None,
                 stuck=given.get("stuck") == "1", before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None)


def _address(**changed: str | int | None) -> str:
    """This page with other filters; from its first paper on, unless told otherwise."""
    asked = _asked()
    kept: dict[str, str | int | None] = {"to": asked.to, "channel": asked.channel, "stuck": 1 if asked.stuck else None, **changed}
    return url_for("paper_phone.show", **{name: value for name, value in kept.items() if value is not None})  # type: ignore[arg-type]


def _channels() -> dict[str, str]:
    return {"sms": gettext("短信"), "call": gettext("电话"), "screen": gettext("屏幕")}


def _statuses() -> dict[str, tuple[str, str]]:
    """Words and colour of every status."""
    return {
        "waiting": (gettext("待发"), "info"), "sending": (gettext("发送中"), "info"), "sent": (gettext("已发出"), "ok"),
        "delivered": (gettext("已送达"), "ok"), "parked": (gettext("发不出，已搁置"), "bad"),
        "unknown": (gettext("不确定是否发出"), "warn"), "dropped": (gettext("不再发送"), "neutral"),
    }


@blueprint.post("/<int:message_id>/<any(release, give_up):decision>")
@needs(*DECIDERS)
def decide(message_id: int, decision: str) -> ResponseReturnValue:
    """Send it again, or leave it; the first decision counts."""
    do = outbox.release if decision == "release" else outbox.give_up
    if not do(_hotline(), message_id, signed_in().user, clock.now()):
        abort(409, gettext("这条消息已有人处理。"))
    flash(gettext("将再次发送。") if decision == "release" else gettext("不再发送。"), "ok")
    return redirect(local_path(request.form.get("next"), url_for("paper_phone.show")), 303)
