"""Compounds, rooms and customers: found, entered, put right, ended; numbers masked, care notes for those who may read them."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from callcenter import clock
from callcenter.domain.forms import Field
from callcenter.domain.registers import COMPOUND, CONTACT, CUSTOMER, PHONES, ROOM, Register
from callcenter.domain.ticket import Person, Refused
from callcenter.services import masking
from callcenter.services.registers import archive
from callcenter.services.registers import entries as registers
from callcenter.services.registers import lists as registers_lists
from callcenter.services.registers.typed import read
from callcenter.storage.tables import CustomerRow, RoomRow
from callcenter.web import registers as shared
from callcenter.web.acts import hotline
from callcenter.web.registers import Asked
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("registers_archive", __name__)
READERS = tuple(registers.READERS[Register.ROOMS])
EDITORS = tuple(registers.EDITORS[Register.ROOMS])
#: who may open the form of a customer: all of it, or its contact
CORRECTORS = (*registers.EDITORS[Register.CUSTOMERS], *registers.CORRECTORS)


@blueprint.get("/registers/rooms")
@needs(*READERS)
def index() -> ResponseReturnValue:
    """Rooms by address, or by who lives there."""
    text, compound, building = (request.args.get(name, "")[:60] for name in ("q", "compound", "building"))
    with hotline().store.reading() as session:
        scope = signed_in().compounds
        found = registers_lists.homes(session, text, compound, scope, shared.page_number(), building)
        compounds = registers_lists.compounds(session, scope)
    asked = {"q": text, "compound": compound, "building": building or None}
    return render_template("registers/rooms.html", found=found, compounds=compounds, asked=asked,
                           names={c.code: c.name for c in compounds}, may_edit=_edits(), masked=masking.phone)


@blueprint.get("/registers/rooms/new")
@needs(*EDITORS)
def blank() -> ResponseReturnValue:
    """The form for a new room."""
    return _new_room(Asked())


@blueprint.post("/registers/rooms/new")
@needs(*EDITORS)
def add() -> ResponseReturnValue:
    """Enters a room."""
    try:
        values = read(ROOM, shared.typed(ROOM))
        with hotline().store.transaction() as session:
            room_id = archive.add_room(session, shared.by(session), values, clock.now(), shared.reason()).id
    except Refused as no:
        return _new_room(shared.refused(no))
    flash(gettext("已记录"), "ok")
    return redirect(url_for("registers_archive.room", room_id=room_id), 303)


def _new_room(asked: Asked) -> ResponseReturnValue:
    with hotline().store.reading() as session:
        lists = {"compound": [(c.code, c.name) for c in registers_lists.compounds(session, signed_in().compounds)]}
    return render_template("registers/new.html", register=Register.ROOMS, fields=shared.inputs(ROOM, {}, asked, lists), asked=asked,
                           to=url_for("registers_archive.add"), back=url_for("registers_archive.index")), asked.status


@blueprint.get("/registers/rooms/<int:room_id>")
@needs(*READERS)
def room(room_id: int) -> ResponseReturnValue:
    """A room, who lives and lived there, and its history."""
    return _room_page(room_id, Asked())


@blueprint.post("/registers/rooms/<int:room_id>")
@needs(*EDITORS)
def decide_room(room_id: int) -> ResponseReturnValue:
    """Puts a room right or ends it, or enters somebody who lives there."""
    do = request.form.get("do", "")
    try:
        with hotline().store.transaction() as session:
            me = shared.by(session)
            _room_done(session, me, archive.room_within(session, me, room_id), do)
    except Refused as no:
        return _room_page(room_id, shared.refused(no), do)
    flash(gettext("已记录"), "ok")
    return redirect(url_for("registers_archive.room", room_id=room_id), 303)


def _room_done(session: Session, me: Person, row: RoomRow, do: str) -> None:
    now, why = clock.now(), shared.reason()
    match do:
        case "change":
            registers.not_older(session, Register.ROOMS, str(row.id), shared.version())
            archive.change_room(session, me, row, {**read(ROOM[1:], shared.typed(ROOM[1:])), "compound": row.compound}, now, why)
        case "end":
            archive.end_room(session, me, row, now, why)
        case "customer":
            archive.add_customer(session, me, row, read(CUSTOMER, shared.typed(CUSTOMER)), now, why)
        case _:
            abort(400)


def _room_page(room_id: int, asked: Asked, do: str = "") -> ResponseReturnValue:
    with hotline().store.reading() as session:
        row = shared.or_404(lambda: archive.room_within(session, shared.by(session), room_id, lock=False))
        values = archive.room_snapshot(row)
        return render_template(
            "registers/room.html", row=row, values=values, asked=asked, do=do, may_edit=_edits(), masked=masking.phone,
            fields=shared.inputs(ROOM[1:], values, asked if do == "change" else Asked()),
            customer_fields=shared.inputs(CUSTOMER, {"language": "zh"}, asked if do == "customer" else Asked()),
            living=registers_lists.residents(session, [room_id]).get(room_id, []),
            gone=registers_lists.residents(session, [room_id], ended=True).get(room_id, []),
            history=shared.history(session, Register.ROOMS, str(room_id)), names=shared.names(session),
            version=registers.version(session, Register.ROOMS, str(room_id))), asked.status


@blueprint.get("/registers/customers/<int:customer_id>")
@needs(*READERS)
def customer(customer_id: int) -> ResponseReturnValue:
    """A customer's entry and its history."""
    return _customer_page(customer_id, Asked())


@blueprint.post("/registers/customers/<int:customer_id>")
@needs(*CORRECTORS, *registers.UNMASKERS[Register.CUSTOMERS])
def decide_customer(customer_id: int) -> ResponseReturnValue:
    """Puts a customer's entry right, ends it, or shows the whole number once, which is logged."""
    do = request.form.get("do", "")
    try:
        if do == "number":
            return _number(customer_id)
        with hotline().store.transaction() as session:
            me = shared.by(session)
            _customer_done(session, me, archive.customer_within(session, me, customer_id), do)
    except Refused as no:
        return _customer_page(customer_id, shared.refused(no), do)
    flash(gettext("已记录"), "ok")
    return redirect(url_for("registers_archive.customer", customer_id=customer_id), 303)


def _customer_done(session: Session, me: Person, row: CustomerRow, do: str) -> None:
    now, why = clock.now(), shared.reason()
    match do:
        case "change":
            registers.demand(Register.CUSTOMERS, me, frozenset(CORRECTORS))
            registers.not_older(session, Register.CUSTOMERS, str(row.id), shared.version())
            columns = _columns()
            sent = read(columns, shared.typed(columns, {"phone": row.phone, "other_phone": row.other_phone}))
            archive.change_customer(session, me, row, {**archive.snapshot(row), **sent}, now, why)
        case "end":
            registers.demand(Register.CUSTOMERS, me)
            archive.end_customer(session, me, row, now, why)
        case _:
            abort(400)


def _number(customer_id: int) -> ResponseReturnValue:
    with hotline().store.reading() as session:
        me = shared.by(session)
        shared.or_404(lambda: archive.customer_within(session, me, customer_id, lock=False))
    registers.unmask(hotline(), Register.CUSTOMERS, str(customer_id), me, shared.reason(), clock.now())
    return _customer_page(customer_id, Asked(), whole=True)


def _columns() -> tuple[Field, ...]:
    """The fields the person may change."""
    return CUSTOMER if registers.edits(Register.CUSTOMERS, signed_in().roles) else tuple(f for f in CUSTOMER if f.name in CONTACT)


def _customer_page(customer_id: int, asked: Asked, do: str = "", whole: bool = False) -> ResponseReturnValue:
    with hotline().store.reading() as session:
        row: CustomerRow = shared.or_404(lambda: archive.customer_within(session, shared.by(session), customer_id, lock=False))
        values = archive.snapshot(row)
        hidden = {name: masking.phone(values[name]) for name in PHONES if values[name]}
        return render_template(
            "registers/customer.html", row=row, room=session.get_one(RoomRow, row.room_id), asked=asked, do=do, whole=whole, may=_may(),
            shown=_told(values), fields=shared.inputs(_columns(), values, asked if do == "change" else Asked(), masked=hidden),
            history=shared.history(session, Register.CUSTOMERS, str(customer_id)), names=shared.names(session),
            version=registers.version(session, Register.CUSTOMERS, str(customer_id))), asked.status


def _told(values: Mapping[str, Any]) -> list[tuple[Field, Any]]:
    """The entry as its reader may have it."""
    care = not registers.CARE_READERS.isdisjoint(signed_in().roles)
    return [(f, values[f.name]) for f in CUSTOMER if f.name not in PHONES and (care or f.name != "care_flag")]


@blueprint.get("/registers/compounds")
@needs(*registers.READERS[Register.COMPOUNDS])
def compounds() -> ResponseReturnValue:
    """The compounds, with how many rooms each has."""
    return _compounds_page(Asked())


@blueprint.post("/registers/compounds")
@needs(*registers.EDITORS[Register.COMPOUNDS])
def save_compound() -> ResponseReturnValue:
    """Enters a compound, or changes the one of this code."""
    try:
        values = read(COMPOUND, shared.typed(COMPOUND))
        with hotline().store.transaction() as session:
            me = shared.by(session)
            registers.demand(Register.COMPOUNDS, me)
            if not me.covers(values["code"]):
                raise Refused("out_of_reach", place=values["name"])
            archive.save_compound(session, me, values, clock.now(), shared.reason())
    except Refused as no:
        return _compounds_page(shared.refused(no))
    flash(gettext("已记录"), "ok")
    return redirect(url_for("registers_archive.compounds"), 303)


def _compounds_page(asked: Asked) -> ResponseReturnValue:
    chosen = request.args.get("code", "")
    with hotline().store.reading() as session:
        rows = registers_lists.compounds(session, signed_in().compounds)
        row = next((c for c in rows if c.code == chosen), None)
        values = {"code": row.code, "name": row.name, "region": row.region, "handed_over": row.handed_over_at} if row else {}
        return render_template("registers/compounds.html", rows=rows, rooms=registers_lists.rooms_in(session), row=row, asked=asked,
                               buildings=registers_lists.buildings(session, row.code) if row else [],
                               may_rooms=registers.reads(Register.ROOMS, signed_in().roles),
                               fields=shared.inputs(COMPOUND, values, asked), names=shared.names(session),
                               may_edit=registers.edits(Register.COMPOUNDS, signed_in().roles),
                               history=shared.history(session, Register.COMPOUNDS, chosen) if row else []), asked.status


def _edits() -> bool:
    return registers.edits(Register.ROOMS, signed_in().roles)


def _may() -> dict[str, bool]:
    roles = signed_in().roles
    return {"edit": registers.edits(Register.CUSTOMERS, roles), "correct": not roles.isdisjoint(CORRECTORS),
            "unmask": not registers.UNMASKERS[Register.CUSTOMERS].isdisjoint(roles)}
