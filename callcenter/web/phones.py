"""The simulated telephones: a person plays caller, agent or colleague in the browser, without any account."""

import re
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter.config import Settings
from callcenter.domain.vocabulary import Role
from callcenter.telephony.simulated_line import DOINGS, RINGING, NoLine, Over, SimulatedLine
from callcenter.web.security import people, signed_in

blueprint = Blueprint("phones", __name__, url_prefix="/phones")

#: how much of what was heard a card shows
BUBBLES = 12
#: keys of a telephone, row by row
KEYS = "123456789*0#"


@blueprint.get("", strict_slashes=False)
def show() -> ResponseReturnValue:
    """Every telephone with what it hears; the telephones alone when a live page asks for them."""
    try:
        shown, gone = _line().telephones(), False
    except NoLine:
        shown, gone = {"number": "", "calls": [], "texts": [], "complaints": []}, True
    page = "phones/_telephones.html" if request.headers.get("X-Partial") else "phones/page.html"
    return render_template(page, groups=_groups(shown["calls"]), texts=[{**t, "at": _moment(t["at"])} for t in shown["texts"][:8]],
                           number=shown["number"], complaints=shown["complaints"], gone=gone, keys=KEYS, phrases=_phrases(), statuses=_statuses())


@blueprint.post(f"/<any({', '.join(DOINGS)}):doing>")
def do(doing: str) -> ResponseReturnValue:
    """Ring, pick up, hang up, press, speak, write."""
    line, form = _line(), request.form
    about = {name: form[name] for name in ("sid", "keys", "words", "body") if form.get(name)}
    if doing in ("call", "text"):
        about["from"] = _number(form.get("from", ""))
    try:
        line.do(doing, **about)
    except NoLine:
        abort(503, gettext("模拟线路没有应答。"))
    except Over:
        abort(409, gettext("这部电话现在不能这样做,可能已经挂断。"))
    return "", 204


def _line() -> SimulatedLine:
    """The simulator; there are no such telephones on a hotline with a real account, and not everybody plays with a live one."""
    settings: Settings = current_app.extensions["parts"].settings
    if not settings.twilio_api:
        abort(404)
    if not settings.demo and not signed_in().may(Role.LEAD, Role.ADMIN):
        abort(403)
    return SimulatedLine(settings)


def _number(given: str) -> str:
    """A Chinese mobile as Twilio writes it; anything else as it is."""
    plain = re.sub(r"[\s-]", "", given)[:64]
    if not plain:
        abort(422, gettext("请填写电话号码。"))
    return f"+86{plain}" if re.fullmatch(r"1\d{10}", plain) else plain


def _groups(calls: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Callers, agents at their browsers, everybody else."""
    shown = [_card(call) for call in calls]
    return [(title, cards) for title, kind in ((gettext("来电客户"), "caller"), (gettext("坐席"), "agent"), (gettext("其他电话"), "other"))
            if (cards := [card for card in shown if card["kind"] == kind])]


def _card(call: dict[str, Any]) -> dict[str, Any]:
    inbound, client = call["direction"] == "inbound", call["at"].startswith("client:")
    heard = [{**h, "at": _moment(h["at"])} for h in _told_once(call["heard"])]
    return {**call, "kind": "caller" if inbound else "agent" if client else "other", "title": _title(call["at"]), "with": _title(call["other"]),
            "heard": heard[-BUBBLES:], "since": _moment(call["since"]), "look": _look(call),
            "rings": call["status"] in RINGING and not inbound}


def _told_once(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the telephone heard; music that goes on is one line, so that the words before it stay in sight."""
    told: list[dict[str, Any]] = []
    for one in heard:
        if one["what"] not in ("over", "ringing", "asked") and not (one["what"] == "music" and told and told[-1]["what"] == "music"):
            told.append(one)
    return told


def _look(call: dict[str, Any]) -> str:
    """The one word for where this telephone stands."""
    if call["over"]:
        return "over"
    if call["talking"]:
        return "talking"
    if call["hold"]:
        return "hold"
    if call["queue"]:
        return "waiting"
    return "connected" if call["status"] == "in-progress" else "ringing"


def _title(address: str) -> str:
    """Whose telephone it is: the name of an agent, else the number."""
    if not address.startswith("client:agent_"):
        return address.removeprefix("client:").removeprefix("+86") if address.startswith(("client:", "+861")) else address
    user = re.sub(r"_([0-9a-f]+)_", lambda found: chr(int(found[1], 16)), address.removeprefix("client:agent_"))
    person = people().find(user)
    return person.name if person else user


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _statuses() -> dict[str, tuple[str, str]]:
    """Words and colour of every look."""
    return {"ringing": (gettext("振铃"), "warn"), "talking": (gettext("通话中"), "ok"), "hold": (gettext("保持中"), "warn"),
            "waiting": (gettext("排队等待"), "warn"), "connected": (gettext("已接通"), "info"), "over": (gettext("已挂断"), "neutral")}


def _phrases() -> list[str]:
    """What can be said with one click, where the hotline listens; spoken in Chinese, as residents speak."""
    return ["满意", "不满意", "没有解决", "转人工"]
