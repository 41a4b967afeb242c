"""What the intake form asks for while somebody is talking: the search box, the advice, and the draft that survives."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.opening_form import OPENING
from callcenter.domain.vocabulary import Action
from callcenter.services.desk import desk_view
from callcenter.services.intake import advice, drafts, finding
from callcenter.services.intake.advice import Advice
from callcenter.services.intake.finding import Hit
from callcenter.services.rules.sentences import PARTS
from callcenter.web import forms
from callcenter.web.acts import hotline, key_of
from callcenter.web.formats import clock_time, day, moment, relation, room_state
from callcenter.web.languages import language
from callcenter.web.security import needs, signed_in

#: what of the form is kept: its fields, and who was chosen from the list
KEPT = (*(f.name for f in OPENING if f.name != "call"), "customer")


def attach(blueprint: Blueprint, *roles: str) -> None:
    """Adds the form's own addresses to the desk's."""
    for path, view, methods in (("/desk/search", search, ["GET"]), ("/desk/advice", advise, ["POST"]), ("/desk/draft", keep, ["POST"]),
                                ("/desk/draft/drop", drop, ["POST"])):
        blueprint.add_url_rule(path, view_func=needs(*roles)(view), methods=methods)


def search() -> ResponseReturnValue:
    """Households, people and common parts for what was typed; numbers masked."""
    with hotline().store.reading() as session:
        found = finding.find(session, request.args.get("q", ""), signed_in().compounds)
    return jsonify([_shown(hit) for hit in found])


def _shown(hit: Hit) -> dict[str, object]:
    marks = [hit.care, gettext("勿电话回访") if hit.do_not_call else "", gettext("恶意来电") if hit.nuisance else ""]
    return {"kind": hit.kind, "place": hit.place, "name": hit.name, "phone": hit.phone, "customer": hit.customer_id, "window": hit.window,
            "relation": relation(hit.relation), "state": room_state(hit.state) if not hit.name else "", "marks": [m for m in marks if m]}


def advise() -> ResponseReturnValue:
    """What to say about the form as it stands; an incomplete form gets what can be told."""
    now = clock.now()
    fields, _ = forms.readable(Action.OPEN_TICKET, request.form)
    return render_template("desk/_intake_advice.html", **advised(fields, request.form.get("call", ""), now), apart=bool(request.form.get("apart")))


def advised(fields: Mapping[str, Any], sid: str, now: datetime) -> dict[str, Any]:
    """The advice about these fields, in words: what `desk/_intake_advice.html` shows."""
    with hotline().store.reading() as session:
        phone = desk_view.number_of(session, sid) if sid else None
        told = advice.advise(session, hotline().rulebook.policy, fields, phone or fields.get("contact_phone"), signed_in().user, now)
    return {"advice": told, "warranty": _warranty_words(told), "arrival": _arrival(told), "read_at": now, "call": sid}


def _warranty_words(told: Advice) -> tuple[str, str] | None:
    """The answer and its basis, in words."""
    held = told.warranty
    if held is None:
        return None
    part = PARTS.get(held.part, (held.part, held.part))[language() == "en"]
    answer = gettext("%(part)s在保修期内，至 %(day)s", part=part, day=day(held.until)) if held.inside else gettext(
        "%(part)s已过保（%(day)s 到期）", part=part, day=day(held.until))
    if held.own:
        return answer, gettext("依据：房屋档案单列的到期日")
    return answer, gettext("依据：%(day)s 交付，%(part)s保修 %(years)s 年", day=day(held.handed_over), part=part, years=held.years)


def _arrival(told: Advice) -> str:
    """When somebody will be there, for the sentence to be read out."""
    if told.arrive_by is not None:
        return moment(told.arrive_by)
    return moment(told.proposals[0].start) if told.proposals else gettext("……")


# ---- the draft -------------------------------------------------------------------------------------------

def keep() -> ResponseReturnValue:
    """Keeps what is typed so far; says when."""
    now = clock.now()
    typed = {name: request.form[name] for name in KEPT if request.form.get(name)}
    kept = drafts.save(hotline(), signed_in().user, request.form.get("call", "")[:200], key_of(request.form.get("key")), typed, now)
    return jsonify(said=gettext("草稿已保存 %(time)s", time=clock_time(now)) if kept else "")


def drop() -> ResponseReturnValue:
    """Throws one's own draft of this call away."""
    call = request.form.get("call", "")[:200]
    drafts.drop(hotline(), signed_in().user, call)
    return redirect(url_for("desk.show", call=call or None, new=1), 303)


def restored(draft: drafts.Draft | None) -> dict[str, str]:
    """The form's values out of a draft, its key without the name space of whoever wrote it: sent again it is the same request."""
    return {**draft.fields, "key": draft.key.removeprefix(f"{signed_in().user}:")} if draft else {}
