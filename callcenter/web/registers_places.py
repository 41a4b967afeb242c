"""The register of common parts: found, entered, renamed, ended and taken up again."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from callcenter import clock
from callcenter.domain.registers import PLACE, Register
from callcenter.domain.ticket import Person, Refused
from callcenter.services.registers import common_parts, lists
from callcenter.services.registers import entries as registers
from callcenter.services.registers.typed import read
from callcenter.storage.tables import PlaceRow
from callcenter.web import registers as shared
from callcenter.web.acts import hotline
from callcenter.web.registers import Asked
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("registers_places", __name__)
READERS = tuple(registers.READERS[Register.PLACES])
EDITORS = tuple(registers.EDITORS[Register.PLACES])


@blueprint.get("/registers/places")
@needs(*READERS)
def index() -> ResponseReturnValue:
    """Common parts by name and compound; those that have ended apart."""
    return _list(Asked())


@blueprint.post("/registers/places")
@needs(*EDITORS)
def add() -> ResponseReturnValue:
    """Enters a common part."""
    try:
        values = read(PLACE, shared.typed(PLACE))
        with hotline().store.transaction() as session:
            place_id = common_parts.add(session, shared.by(session), values, clock.now(), shared.reason()).id
    except Refused as no:
        return _list(shared.refused(no))
    flash(gettext("已记录"), "ok")
    return redirect(url_for("registers_places.show", place_id=place_id), 303)


def _list(asked: Asked) -> ResponseReturnValue:
    wish: dict[str, Any] = {name: request.args.get(name, "")[:60] for name in ("q", "compound", "gone")}
    with hotline().store.reading() as session:
        scope = signed_in().compounds
        found = common_parts.parts(session, scope, wish["compound"], wish["q"], wish["gone"] == "1")
        compounds = [(c.code, c.name) for c in lists.compounds(session, scope)]
    return render_template("registers/places.html", found=found, compounds=compounds, names=dict(compounds), wish=wish, asked=asked,
                           may_edit=_edits(), fields=shared.inputs(PLACE, {}, asked, {"compound": compounds})), asked.status


@blueprint.get("/registers/places/<int:place_id>")
@needs(*READERS)
def show(place_id: int) -> ResponseReturnValue:
    """A common part and its history."""
    return _page(place_id, Asked())


@blueprint.post("/registers/places/<int:place_id>")
@needs(*EDITORS)
def decide(place_id: int) -> ResponseReturnValue:
    """Renames a common part, ends it, or takes it up again."""
    try:
        with hotline().store.transaction() as session:
            me = shared.by(session)
            row: PlaceRow = shared.or_404(lambda: common_parts.within(session, me, place_id))
            _done(session, me, row, request.form.get("do", ""))
    except Refused as no:
        return _page(place_id, shared.refused(no), request.form.get("do", ""))
    flash(gettext("已记录"), "ok")
    return redirect(url_for("registers_places.show", place_id=place_id), 303)


def _done(session: Session, me: Person, row: PlaceRow, do: str) -> None:
    now, why = clock.now(), shared.reason()
    match do:
        case "change":
            registers.not_older(session, Register.PLACES, str(row.id), shared.version())
            common_parts.change(session, me, row, read(PLACE[1:], shared.typed(PLACE[1:])), now, why)
        case "end":
            common_parts.end(session, me, row, now, why)
        case "back":
            common_parts.take_back(session, me, row, now, why)
        case _:
            abort(400)


def _page(place_id: int, asked: Asked, do: str = "") -> ResponseReturnValue:
    with hotline().store.reading() as session:
        row: PlaceRow = shared.or_404(lambda: common_parts.within(session, shared.by(session), place_id, lock=False))
        fields = shared.inputs(PLACE[1:], common_parts.snapshot(row), asked if do == "change" else Asked())
        return render_template(
            "registers/place.html", row=row, asked=asked, do=do, may_edit=_edits(), fields=fields,
            history=shared.history(session, Register.PLACES, str(place_id)), names=shared.names(session),
            version=registers.version(session, Register.PLACES, str(place_id))), asked.status


def _edits() -> bool:
    return registers.edits(Register.PLACES, signed_in().roles)
