"""The register of people: found, entered, changed, sent on leave, ended; a whole number only with a reason; what each role may do."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from callcenter import clock
from callcenter.domain import duties
from callcenter.domain.registers import LEAVE, PERSON, Register, Standing
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import BADGES, Role
from callcenter.services import accounts, masking
from callcenter.services.registers import directory, lists, staff
from callcenter.services.registers import entries as registers
from callcenter.services.registers.typed import read
from callcenter.services.rosters.telling import STEPS
from callcenter.storage.tables import PersonRow
from callcenter.web import forms
from callcenter.web import registers as shared
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.people import DOORS
from callcenter.web.registers import Asked
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("registers_people", __name__)
READERS = tuple(registers.READERS[Register.PEOPLE])
#: administrators change entries; leads and supervisors enter leave; whoever may, sees a whole number
DOERS = (*registers.EDITORS[Register.PEOPLE], *registers.LEAVE_EDITORS, *registers.UNMASKERS[Register.PEOPLE])


@blueprint.get("/registers/people")
@needs(*READERS)
def index() -> ResponseReturnValue:
    """People by name, user name, number, role, compound and how they stand; how many of those found stand otherwise."""
    wish, now = _wish(), clock.now()
    with hotline().store.reading() as session:
        shown = directory.directory(session, wish, now, shared.page_number())
        compounds = _lists(session)["compounds"]
    asked = {"q": wish.text, "role": wish.role or None, "compound": wish.compound or None,
             "stand": wish.standing if wish.standing is not Standing.HERE else None}
    return render_template("registers/people.html", shown=shown, wish=wish, asked=asked, compounds=compounds, may=_may(), masked=masking.phone,
                           roles=[(r.value, r.label(language())) for r in Role if r in BADGES], standings=list(Standing),
                           ending_by=now + timedelta(days=STEPS[0]))


def _wish() -> directory.Wish:
    """What the address asks for; what is no role or standing asks for nothing."""
    role, stand = request.args.get("role", ""), request.args.get("stand", "")
    return directory.Wish(request.args.get("q", "").strip()[:60], role if role in BADGES else "", request.args.get("compound", "")[:40],
                          Standing(stand) if stand in set(Standing) else Standing.HERE)


@blueprint.get("/registers/roles")
@needs(*READERS)
def roles() -> ResponseReturnValue:
    """Each role in words: what it is for, the pages it opens, what it may do to a ticket, and who holds it."""
    with hotline().store.reading() as session:
        held = directory.holding(session, clock.now())
    policy, badges = hotline().rulebook.policy, [role for role in Role if role in BADGES]
    return render_template("registers/roles.html", badges=badges, held=held, duty=duty_words, acts={r: duties.acts(policy, r) for r in badges},
                           on_theirs={r: duties.acts_on_theirs(policy, r) for r in badges},
                           doors={r: [door for door in DOORS if r in door.roles] for r in badges})


def duty_words(role: Role) -> str:
    """What a role is for, in the reader's language."""
    return duties.DUTIES[role][0 if language() == "zh" else 1]


@blueprint.get("/registers/people/new")
@needs(*registers.EDITORS[Register.PEOPLE])
def blank() -> ResponseReturnValue:
    """The form for a new colleague."""
    return _form(Asked())


def _form(asked: Asked) -> ResponseReturnValue:
    with hotline().store.reading() as session:
        fields = shared.inputs(PERSON, {"can_sign_in": True, "language": "zh"}, asked, _lists(session))
    return render_template("registers/new.html", register=Register.PEOPLE, fields=fields, asked=asked, to=url_for("registers_people.add"),
                           back=url_for("registers_people.index")), asked.status


@blueprint.post("/registers/people/new")
@needs(*registers.EDITORS[Register.PEOPLE])
def add() -> ResponseReturnValue:
    """Enters a new colleague."""
    try:
        values = read(PERSON, shared.typed(PERSON))
        staff.add(hotline(), shared.myself(), values, clock.now(), shared.reason())
    except Refused as no:
        return _form(shared.refused(no))
    enters = bool(values["can_sign_in"])
    flash(gettext("已记录；请生成一次性密码交给本人，第一次登录时换成自己的。") if enters else gettext("已记录"), "ok")
    return redirect(url_for("registers_people.show", user=values["user"], _anchor="password" if enters else None), 303)


@blueprint.get("/registers/people/<user>")
@needs(*READERS)
def show(user: str) -> ResponseReturnValue:
    """Somebody's entry with its history."""
    return _page(user, Asked())


@blueprint.post("/registers/people/<user>")
@needs(*DOERS)
def decide(user: str) -> ResponseReturnValue:
    """Changes, ends or takes back an entry, gives a password for one sign-in, enters or withdraws leave, or shows the whole number once."""
    do = request.form.get("do", "")
    try:
        if do == "number":
            return _number(user)
        if do == "password":
            return _page(user, Asked(), once=staff.reset_password(hotline(), shared.myself(), user, clock.now()))
        _done(user, do)
    except Refused as no:
        return _page(user, shared.refused(no), do)
    flash(gettext("已记录"), "ok")
    return redirect(url_for("registers_people.show", user=user), 303)


def _done(user: str, do: str) -> None:
    me, now, house, why = shared.myself(), clock.now(), hotline(), shared.reason()
    match do:
        case "change":
            staff.change(house, me, user, _typed(user), now, why, shared.version())
        case "end":
            staff.deactivate(house, me, user, now, why)
        case "back":
            staff.take_back(house, me, user, now, why)
        case "leave":
            staff.take_leave(house, me, user, read(LEAVE, shared.typed(LEAVE)), now)
        case "withdraw":
            staff.withdraw_leave(house, me, request.form.get("leave", 0, int), now)
        case _:
            abort(400)


def _typed(user: str) -> dict[str, Any]:
    with hotline().store.reading() as session:
        row = _row(session, user)
        return read(PERSON, {**shared.typed(PERSON, {"phone": row.phone}), "user": user})


def _number(user: str) -> ResponseReturnValue:
    with hotline().store.reading() as session:
        _row(session, user)
    registers.unmask(hotline(), Register.PEOPLE, user, shared.myself(), shared.reason(), clock.now())
    return _page(user, Asked(), whole=True)


def _row(session: Session, user: str) -> PersonRow:
    row = session.get(PersonRow, user)
    if row is None:
        abort(404, forms.reason(Refused("unknown_person", person=user)))
    return row


def _lists(session: Session) -> dict[str, list[tuple[str, str]]]:
    return {"compounds": [(c.code, c.name) for c in lists.compounds(session)]}


def _page(user: str, asked: Asked, do: str = "", whole: bool = False, once: str = "") -> ResponseReturnValue:
    now = clock.now()
    with hotline().store.reading() as session:
        row = _row(session, user)
        values = staff.snapshot(row)
        changing = asked if do == "change" else Asked()
        fields = shared.inputs(PERSON[1:], values, changing, _lists(session), {"phone": masking.phone(row.phone)} if row.phone else {})
        leave = shared.inputs(LEAVE, {}, asked if do == "leave" else Asked())
        return render_template(
            "registers/person.html", row=row, fields=fields, values=values, asked=asked, do=do, leave_fields=leave, may=_may(),
            leaves=staff.leaves(session, user, now), history=shared.history(session, Register.PEOPLE, user),
            version=registers.version(session, Register.PEOPLE, user), names=shared.names(session), whole=whole, once=once, masked=masking.phone,
            left=directory.left_open(session, user), turns=directory.turns(session, user, now), duty=duty_words,
            signed_in_at=directory.last_sign_ins(session, [user]).get(user), browsers=accounts.sign_ins(session, user, "", now),
            roles=[role for role in Role if role in row.roles], away=lists.away_now(session, now).get(user),
            ending_by=now + timedelta(days=STEPS[0])), asked.status


def _may() -> dict[str, bool]:
    roles = signed_in().roles
    return {"edit": registers.edits(Register.PEOPLE, roles), "leave": not registers.LEAVE_EDITORS.isdisjoint(roles),
            "tickets": any(door.path == "/tickets" and signed_in().may(*door.roles) for door in DOORS),
            "unmask": not registers.UNMASKERS[Register.PEOPLE].isdisjoint(roles)}
