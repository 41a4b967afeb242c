"""Who else has a ticket open: told to the office, on the ticket's page and at the desk; residents and the field are told nothing."""

import re

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from callcenter import clock, presence
from callcenter.services import permitted
from callcenter.web.acts import read_ticket
from callcenter.web.security import signed_in

blueprint = Blueprint("presence", __name__)
blueprint.add_app_template_global(lambda: int(presence.SAID_EVERY.total_seconds()), "said_every")
#: what a page calls itself, so that somebody with two of them is still there when one is closed
_TAB = re.compile(r"[a-z0-9]{1,20}")


@blueprint.post("/tickets/<number>/looking")
def looking(number: str) -> ResponseReturnValue:
    """
    The page of a ticket says that it is open, or closed; who else has it open, in words.

    204: nobody can know. Whoever must not learn of follow-up calls (CB13) is seen but sees nobody, for a name might tell of one.
    """
    now, me, tab = clock.now(), signed_in().user, request.form.get("tab", "")
    read = read_ticket(number, now)
    if not _TAB.fullmatch(tab):
        abort(400)
    redis = current_app.extensions.get("redis")
    if request.form.get("leaves") == "yes":
        presence.leaves(redis, read.ticket.number, me, tab, now)
        return "", 204
    others = presence.looks(redis, read.ticket.number, me, tab, now)
    if others is None:
        return "", 204
    shown = [] if permitted.blind_to_follow_up(read.staff, me) else [read.staff.people[u].name for u in others if u in read.staff.people]
    return render_template("tickets/_lookers.html", names=shown)
