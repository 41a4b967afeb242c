"""Texts kept ready: the page where they are kept, and the list that notes and replies put them in from."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from callcenter import clock
from callcenter.domain.macros import LONGEST_BODY, LONGEST_TITLE, Blank, MacroKind
from callcenter.domain.ticket import Refused
from callcenter.services.desk import macros
from callcenter.services.registers.typed import Misfit
from callcenter.storage import facts
from callcenter.web import blanks, forms
from callcenter.web.acts import hotline
from callcenter.web.security import needs, signed_in, wants_page

blueprint = Blueprint("macros", __name__)
USERS = tuple(sorted(macros.USERS))


@blueprint.app_context_processor
def offered() -> dict[str, object]:
    """For forms with notes and replies: where the texts come from, for those who use them."""
    return {"ready_texts": _address} if current_user.is_authenticated and signed_in().may(*USERS) else {}


def _address(kind: str, ticket: str = "", text: int | None = None, call: str | None = None, note: bool = False) -> str:
    """The address of the texts of one kind, for a ticket, a text message, or a call: `note` beside the call, else in its form."""
    return url_for("macros.ready", kind=kind, ticket=ticket or None, text=text, call=call, note="yes" if note else None)


@blueprint.get("/macros")
@needs(*USERS)
def index() -> ResponseReturnValue:
    """Everything one may put in; one of them opened when the address names it."""
    key = request.args.get("edit", "")
    return _page(int(key) if key.isascii() and key.isdigit() and len(key) < 10 else None)


@blueprint.post("/macros")
@needs(*USERS)
def add() -> ResponseReturnValue:
    """Keeps a text ready."""
    me, now = signed_in(), clock.now()
    try:
        macros.add(hotline(), request.form, request.form.get("shared") == "yes", me.user, me.roles, now)
    except Refused as no:
        return _refused(no, None)
    return _done()


@blueprint.post("/macros/<int:key>")
@needs(*USERS)
def change(key: int) -> ResponseReturnValue:
    """Puts a text right, offers it no longer, or again."""
    me, now, do = signed_in(), clock.now(), request.form.get("do", "")
    version = request.form.get("version", "")
    try:
        if do in ("retire", "back"):
            macros.retire(hotline(), key, do == "back", me.user, me.roles, now)
        else:
            macros.change(hotline(), key, request.form, int(version) if version.isdigit() else None, me.user, me.roles, now)
    except Refused as no:
        return _refused(no, key)
    return _done()


@blueprint.get("/macros/ready")
@blueprint.post("/macros/ready")
@needs(*USERS)
def ready() -> ResponseReturnValue:
    """The texts for one field as a script wants them: filled in, also from the form that is sent along, or with what is missing here."""
    kind, now = request.args.get("kind", ""), clock.now()
    if kind not in set(MacroKind):
        abort(400)
    values = blanks.values(now)
    with hotline().store.reading() as session:
        found = macros.ready(session, signed_in().user, MacroKind(kind), values)
    return jsonify([{"title": one.title, "text": one.text, "shared": one.shared,
                     "lacks": gettext("这里没有：%(what)s", what=forms.shown(one.missing)) if one.missing else ""} for one in found])


def _page(key: int | None, no: Refused | None = None) -> str:
    """The texts beside the form; after a refusal with everything that was typed."""
    me = signed_in()
    with hotline().store.reading() as session:
        held = macros.kept(session, me.user, me.roles)
        opened = macros.opened(session, key, me.user, me.roles) if key is not None else None
        people = facts.people(session)
    if key is not None and opened is None:
        abort(404, forms.reason(Refused("unknown_macro")))
    typed: Mapping[str, object] = request.form if no else _typed(opened)
    return render_template(
        "macros/page.html", held=held, opened=opened, people=people, values=typed, errors=_beside(no) if no else {},
        message=forms.reason(no) if no and not isinstance(no, Misfit) else None, kinds=list(MacroKind), blanks=list(Blank),
        keeps_shared=me.may(*macros.KEEPERS), longest_title=LONGEST_TITLE, longest_body=LONGEST_BODY)


def _typed(opened: macros.Opened | None) -> Mapping[str, object]:
    if opened is None:
        return MultiDict()
    one = opened.macro
    return {"title": one.title, "kind": one.kind.value, "body": one.body, "position": one.position or ""}


def _beside(no: Refused) -> dict[str, str]:
    return {name: gettext("必填") if why.code == "missing" else forms.reason(why) for name, why in no.wrong.items()} if isinstance(no, Misfit) else {}


def _refused(no: Refused, key: int | None) -> ResponseReturnValue:
    if no.code == "unknown_macro":
        abort(404, forms.reason(no))
    status = 403 if no.code == "not_allowed" else 422 if isinstance(no, Misfit) else 409
    if wants_page() and status != 403:
        return _page(key, no), status
    if wants_page():
        abort(403, forms.reason(no))
    return jsonify(error=no.code, message=gettext("请按提示改正后再提交。") if status == 422 else forms.reason(no), fields=_beside(no)), status


def _done() -> ResponseReturnValue:
    flash(gettext("已记录"), "ok")
    return redirect(url_for("macros.index"), 303)
