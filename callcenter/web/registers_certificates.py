"""Certificates by their last day: those that have run out or soon will first, for whoever must see to their renewal."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from callcenter import clock
from callcenter.domain.registers import Register
from callcenter.domain.ticket import Person
from callcenter.domain.vocabulary import Role
from callcenter.services.registers import entries as registers
from callcenter.storage import facts
from callcenter.storage.tables import PersonRow
from callcenter.web import registers as shared
from callcenter.web.acts import hotline
from callcenter.web.security import needs

blueprint = Blueprint("registers_certificates", __name__)
#: which of them are shown: code → until how many days from now
SPANS = {"over": 0, "7": 7, "30": 30}


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody's certificate."""

    person: Person
    name: str
    number: str
    until: datetime
    days: int


@blueprint.get("/registers/certificates")
@needs(*registers.CERTIFICATE_READERS)
def index() -> ResponseReturnValue:
    """Every certificate of people who work here, the most urgent first; a department head sees their own department's."""
    now, wish = clock.now(), request.args.get("within", "")
    with hotline().store.reading() as session:
        me = shared.by(session)
        shown = [p for p in facts.people(session).values() if p.active and p.certificates and _sees(me, p)]
        kept = session.execute(sa.select(PersonRow.user, PersonRow.certificate_numbers).where(PersonRow.user.in_([p.user for p in shown])))
        numbers = {user: held or {} for user, held in kept}
    held = sorted((Held(p, name, numbers[p.user].get(name, ""), until, (until - now) // timedelta(days=1))
                   for p in shown for name, until in p.certificates.items()), key=lambda h: (h.until, h.person.user))
    counts = {code: sum(h.until <= now + timedelta(days=days) for h in held) for code, days in SPANS.items()}
    listed = [h for h in held if wish not in SPANS or h.until <= now + timedelta(days=SPANS[wish])]
    needed = hotline().rulebook.policy.certificates
    return render_template("registers/certificates.html", held=listed, wish=wish, counts=counts, total=len(held), at=now,
                           needed=set(needed.values()), may_open=registers.reads(Register.PEOPLE, me.roles))


def _sees(me: Person, person: Person) -> bool:
    """Whoever reads the register of people sees all; a department head their own department."""
    return registers.reads(Register.PEOPLE, me.roles) or (
        Role.DEPT_HEAD in me.roles and me.department is not None and person.department == me.department)
