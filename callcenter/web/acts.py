"""Acts on a ticket: one address for every form of every page, and the form itself for whoever asks without scripts."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain import reaching
from callcenter.domain.policy import Policy
from callcenter.domain.ticket import Act, Refused, Staff, Ticket
from callcenter.domain.vocabulary import Action
from callcenter.services import permitted, tickets
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import TicketRow
from callcenter.web import forms, phrase_hints
from callcenter.web.devices import device_of
from callcenter.web.languages import language
from callcenter.web.people import local_path
from callcenter.web.security import signed_in, wants_page

blueprint = Blueprint("acts", __name__)
blueprint.record_once(lambda state: forms.init_forms(state.app))  # type: ignore[arg-type]  # typed as any scaffold

#: registering has a form of its own; these two have nobody who would press a button
_NOT_HERE = frozenset({Action.OPEN_TICKET, Action.CLOSE_BY_RULE, Action.CLOSE_UNREACHABLE})


class Read(NamedTuple):
    """A ticket as its reader may see it, with the rules it runs under."""

    policy: Policy
    staff: Staff
    ticket: Ticket


def hotline() -> Hotline:
    """The hotline this application serves."""
    found: Hotline = current_app.extensions["hotline"]
    return found


def key_of(form_key: str | None) -> str:
    """The request's key, in the signed-in person's own name space; 400 when the form carried none."""
    if not form_key or len(form_key) > 200 or not form_key.isprintable():
        abort(400)
    return f"{signed_in().user}:{form_key}"


def seen_of(verb: Action) -> int | None:
    """The dispatch the page showed: a change of handler is made from that one."""
    shown = request.form.get("seen", "")
    return int(shown) if verb is Action.REASSIGN and shown.isascii() and shown.isdigit() and len(shown) < 16 else None


def read_ticket(number: str, now: datetime, verb: Action | None = None) -> Read:
    """The ticket for the signed-in person; 404 when there is none or it is none of theirs, which look the same."""
    with hotline().store.reading() as session:
        row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
        if row is None:
            abort(404, forms.reason(Refused("unknown_ticket", number=number)))
        read = Read(hotline().rulebook.of(session, row.policy_id), facts.staff(session, now), facts.ticket(session, row))
    user = signed_in().user
    if not permitted.may_read(*read, user) and not (verb is Action.ACCEPT and permitted.of_the_trade(*read, user)):
        abort(404, forms.reason(Refused("unknown_ticket", number=number)))
    return read


def action_of(name: str) -> Action:
    """The verb of an address; 404 for a word that is none."""
    if name not in set(Action) or Action(name) in _NOT_HERE:
        abort(404)
    return Action(name)


@blueprint.get("/tickets/<number>/acts/<action>")
def ask(number: str, action: str) -> ResponseReturnValue:
    """The form of one act by itself."""
    now, verb = clock.now(), action_of(action)
    return _page(read_ticket(number, now, verb), verb, {}, None, now, "tickets/act.html" if wants_page() else "tickets/_act_dialog.html")


@blueprint.post("/tickets/<number>/acts/<action>")
def act(number: str, action: str) -> ResponseReturnValue:
    """Carries the act out, or says why not: 422 with the fields to put right, 409 when the ticket does not allow it."""
    now, user, verb, key = clock.now(), signed_in().user, action_of(action), key_of(request.form.get("key"))
    read = read_ticket(number, now, verb)
    if reaching.reads_only(read.staff.people.get(user)):
        abort(403)
    try:
        fields = forms.read_act(verb, request.form, read.ticket)
        phrase_hints.warn(verb, fields, request.form)
        done = tickets.carry_out(hotline(), number, Act(verb, user, fields, device_of(request.form)), key, now, seen=seen_of(verb))
    except Refused as no:
        return refused(no, verb, read, now)
    told = gettext("%(number)s %(action)s：已记录", number=done.number, action=verb.label(language()))
    if request.form.get("stay") and not wants_page():
        return told, {"Content-Type": "text/plain; charset=utf-8"}
    if not request.form.get("quiet"):
        flash(told, "ok")
    return redirect(after(done.number), 303)


def refused(no: Refused, verb: Action, read: Read, now: datetime) -> ResponseReturnValue:
    """The same form with its errors, or, for a form sent by script, the reasons alone: the page has the words still."""
    if not wants_page():
        return forms.refusal(no, verb)
    return _page(read, verb, request.form, no, now), forms.status_of(no, verb)


def after(number: str) -> str:
    """Where the person came from, else the ticket; never another site."""
    return local_path(request.values.get("next"), url_for("tickets.show", number=number))


def _page(read: Read, verb: Action, values: Mapping[str, str], no: Refused | None, now: datetime, template: str = "tickets/act.html") -> str:
    with hotline().store.reading() as session:
        people = permitted.choosable(hotline(), session, read.ticket.number, verb, now)
    return render_template(
        template, action=verb, ticket=read.ticket, values=values, after=after(read.ticket.number),
        fields=forms.inputs(verb, people, read.policy, read.ticket), errors=forms.errors_of(no, verb) if no else {},
        message=forms.reason(no) if no else None, call=request.values.get("call"))
