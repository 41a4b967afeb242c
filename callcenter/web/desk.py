"""The agent's desk: calls taken, held, ended and called back; the screen pop; the intake form."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from callcenter import clock
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import USUAL_DISPOSITIONS, Action, Channel, ContactResult, Department, TicketType
from callcenter.services import numbers
from callcenter.services.desk import desk_view
from callcenter.services.intake import drafts, finding, ringing
from callcenter.services.telephone import agents, call_view, calls
from callcenter.services.views import ticket_list
from callcenter.storage import facts
from callcenter.web import desk_intake, forms, intake, talk
from callcenter.web.acts import hotline, key_of
from callcenter.web.formats import day, relation, room_state
from callcenter.web.security import needs, signed_in, wants_page

blueprint = Blueprint("desk", __name__)
AT_DESK = tuple(sorted(desk_view.DESK))
PARTS = {"calls": "desk/_left.html", "matters": "desk/_matters.html", "line": "desk/_line.html", "customer": "desk/_customer.html"}
#: a ringing call has fifteen seconds in all, a held one a minute
SOON_RING, SOON_HOLD = timedelta(seconds=10), timedelta(seconds=15)
#: the longest after-call note
NOTE_LENGTH = 200


@blueprint.get("/desk")
@needs(*AT_DESK)
def show() -> ResponseReturnValue:
    """The desk around the call in progress, or around the one named in the address."""
    part = request.args.get("part", "") if request.headers.get("X-Partial") else None
    if part is not None and part not in PARTS:
        abort(404)
    if part is None:
        agents.sign_on(hotline(), signed_in().user, clock.now())
    return _page(clock.now(), PARTS[part] if part else "desk/desk.html")


def _page(now: datetime, template: str, no: Refused | None = None) -> str:
    """The desk, or a part of it; after a refusal with every typed word and the reasons."""
    user, policy = signed_in().user, hotline().rulebook.policy
    whole = template == "desk/desk.html"
    with hotline().store.reading() as session:
        desk = desk_view.desk(session, policy, user, now)
        sid = request.values.get("call") or (desk.mine.sid if desk.mine else None)
        pop = desk_view.pop(session, policy, sid, user, now) if sid else None
        done = ticket_list.registered_by(session, request.args.get("done", ""), user, now) if request.args.get("done") else None
        panel = call_view.panel(session, sid, user, now) if sid else None
        people = facts.people(session)
        rings = ringing.rings(session, [c.sid for c in desk.ringing], user, now)
        draft, waiting = (drafts.read(session, user, sid or "", now), drafts.waiting(session, user, now)) if whole else (None, [])
    begun = _known(pop) | ({"content": panel.draft} if panel and panel.draft else {}) | desk_intake.restored(draft)
    typed: MultiDict[str, str] = request.form if no else MultiDict(begun)
    read, _ = forms.readable(Action.OPEN_TICKET, typed)
    return render_template(
        template, soon_ring=SOON_RING, soon_hold=SOON_HOLD, desk=desk, rings=rings, pop=pop, panel=panel, done=done, people=people, values=typed,
        policy=policy, read_at=now, on_line=panel is not None and talk.on_line(panel.sid), phone_window=talk.has_window(),
        label=intake.labels(), errors=forms.errors_of(no, Action.OPEN_TICKET) if no else {}, message=forms.reason(no) if no else None,
        tree=intake.tree(policy, now) if whole else [], results=list(ContactResult), channels=list(Channel),
        usual_dispositions=[(d.value, forms.shown_word(d)) for d in USUAL_DISPOSITIONS],
        types=list(TicketType), departments=list(Department), severities=forms.answers("severity"),
        draft=draft, drafts=[d for d in waiting if d.call != (sid or "")], apart=bool(typed.get("apart")),
        advised=desk_intake.advised(read, sid or "", now) if whole and read.keys() & {"category", "room", "place"} else None,
        intake_open=bool(no or draft or request.args.get("new") or (pop and not pop.matters and not pop.registered)))


def _known(pop: desk_view.Pop | None) -> dict[str, str]:
    """What the number tells before anybody has asked: filled in, to be confirmed with the caller."""
    if pop is None:
        return {}
    known = {"contact_phone": pop.card.number or ""} if "*" not in (pop.card.number or "") else {}
    if pop.message_at is not None:
        known |= {"channel": Channel.VOICEMAIL.value, "received_at": forms.typed_moment(pop.message_at)}
    if len(pop.residents) == 1:
        one = pop.residents[0]
        known |= {"customer_name": one.name, "room": one.room, "convenient_time": one.window or ""}
    return known


# ---- calls -----------------------------------------------------------------------------------------------

@blueprint.post("/desk/calls/<sid>/answer")
@needs(*AT_DESK)
def answer(sid: str) -> ResponseReturnValue:
    """Takes a ringing call; of several who try at once one succeeds, the others are told who."""
    def take(now: datetime) -> None:
        with hotline().store.reading() as session:
            ringing.may_take(session, sid, signed_in().user, now)
        calls.answered(hotline(), sid, signed_in().user, now)
        talk.pick_up(sid)

    return _do(take, url_for("desk.show", call=sid))


@blueprint.post("/desk/calls/by-hand")
@needs(*AT_DESK)
def by_hand() -> ResponseReturnValue:
    """A call that came over a telephone we do not see: taken at once, with its number or withheld."""
    key, number = key_of(request.form.get("key")), request.form.get("number", "").strip()
    sid = f"hand-{uuid5(NAMESPACE_URL, key)}"

    def take(now: datetime) -> None:
        held = numbers.checked(number) if number else None
        calls.arrive(hotline(), sid, held, now)
        calls.answered(hotline(), sid, signed_in().user, now)

    return _do(take, url_for("desk.show", call=sid), "number")


@blueprint.post("/desk/calls/<sid>/hold")
@needs(*AT_DESK)
def hold(sid: str) -> ResponseReturnValue:
    """Puts one's caller on hold; every minute of it is counted."""
    return _do(lambda now: talk.conductor().hold(sid, signed_in().user, now), _desk(sid))


@blueprint.post("/desk/calls/<sid>/resume")
@needs(*AT_DESK)
def resume(sid: str) -> ResponseReturnValue:
    """Back on the line."""
    return _do(lambda now: talk.conductor().resume(sid, signed_in().user, now), _desk(sid))


@blueprint.post("/desk/calls/<sid>/end")
@needs(*AT_DESK)
def end(sid: str) -> ResponseReturnValue:
    """The call is over; without a ticket it still wants a word about what it was."""
    return _do(lambda now: talk.conductor().end(sid, signed_in().user, now), _desk(sid))


@blueprint.post("/desk/calls/<sid>/note")
@needs(*AT_DESK)
def note(sid: str) -> ResponseReturnValue:
    """What the call was about when no ticket comes of it."""
    text = (request.form.get("disposition", "").strip() or request.form.get("usual", "").strip())[: NOTE_LENGTH + 1]
    return _do(lambda now: calls.dispose(hotline(), sid, signed_in().user, text, now), url_for("desk.show"), "disposition")


@blueprint.post("/desk/calls/<sid>/returned")
@needs(*AT_DESK)
def returned(sid: str) -> ResponseReturnValue:
    """A missed caller was called back: the intake form opens around their call when they were reached, else the next return call."""
    result = request.form.get("contact_result", "")
    to = url_for("desk.show", call=sid, new=1) if result == ContactResult.REACHED else url_for("desk.show", back=request.form.get("next"))
    return _do(lambda now: calls.returned(hotline(), sid, signed_in().user, result, now), to, "contact_result")


def _desk(sid: str) -> str:
    return url_for("desk.show", call=sid)


def _do(act: Callable[[datetime], object], to: str, field: str | None = None) -> ResponseReturnValue:
    """Does it and goes on; a refusal is told as JSON beside the field, or as a page."""
    try:
        act(clock.now())
    except Refused as no:
        if no.code == "not_your_call":
            abort(403)
        status = 422 if field and no.code in ("bad_value", "number_invalid") else 404 if no.code == "unknown_call" else 409
        if wants_page():
            abort(status, forms.reason(no))
        return jsonify(error=no.code, message=forms.reason(no), fields={field: forms.reason(no)} if status == 422 else {}), status
    return redirect(to, 303)


# ---- the intake form -------------------------------------------------------------------------------------

@blueprint.get("/desk/rooms")
@needs(*AT_DESK)
def rooms() -> ResponseReturnValue:
    """Rooms for what was typed so far, with their residents' names and warranties; no telephone numbers."""
    now, policy = clock.now(), hotline().rulebook.policy
    with hotline().store.reading() as session:
        found = desk_view.rooms(session, policy, request.args.get("q", "")[:60])
    return jsonify([
        {"room": r.text, "state": room_state(r.state or ""), "handed_over": day(r.handed_over_at),
         "people": [{"name": c.name, "relation": relation(c.relation), "care": c.care_flag, "window": c.preferred_window} for c in held],
         "warranty": intake.warranties(until, now)} for r, held, until in found])


@blueprint.post("/desk/tickets")
@needs(*AT_DESK)
def register() -> ResponseReturnValue:
    """Registers a ticket for the call, or says everything that is missing and keeps every word."""
    now, user, key, sid = clock.now(), signed_in().user, key_of(request.form.get("key")), request.form.get("call") or None
    try:
        fields = intake.read(hotline().rulebook.policy, request.form, *_numbers(sid))
        made = intake.register(hotline(), fields, user, key, now, sid, apart=bool(request.form.get("apart")))
    except Refused as no:
        if not wants_page():
            return forms.refusal(no, Action.OPEN_TICKET)
        return _page(now, "desk/desk.html", no), forms.status_of(no, Action.OPEN_TICKET)
    drafts.drop(hotline(), user, sid or "")
    return redirect(url_for("desk.show", call=sid, done=made.number), 303)


def _numbers(sid: str | None) -> tuple[str | None, str | None]:
    """The number the call came from, and the one on record of whoever was chosen from the list."""
    chosen = request.form.get("customer", "")
    with hotline().store.reading() as session:
        on_record = finding.number_on_record(session, int(chosen), request.form.get("room")) if chosen.isascii() and chosen.isdigit() \
            and len(chosen) < 16 else None
        return (desk_view.number_of(session, sid) if sid else None), on_record


desk_intake.attach(blueprint, *AT_DESK)
