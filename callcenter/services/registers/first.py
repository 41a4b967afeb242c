"""The first administrator of a company, entered from the command line."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services import people
from callcenter.services.hotline import Hotline
from callcenter.services.registers import staff
from callcenter.services.registers.entries import CONSOLE
from callcenter.storage import facts
from callcenter.storage.tables import PersonRow


def may_begin(hotline: Hotline, again: bool) -> None:
    """Refuse before a password is asked for.

    Raises:
        Refused: "admin_exists" when somebody keeps the register already, unless *again*.
    """
    with hotline.store.reading() as session:
        _nobody_yet(session, again)


def add_admin(hotline: Hotline, name: str, user: str, password: str, now: datetime, again: bool = False) -> None:
    """Enter an administrator who signs in with *password*; everything or nothing is written.

    Raises:
        Refused: "admin_exists", or "bad_value" for a name that cannot be or a password too short or too long.
    """
    if not people.SHORTEST <= len(password) <= people.LONGEST:
        raise Refused("bad_value", field="password", value="•••", valid=f"{people.SHORTEST}–{people.LONGEST}")
    kept = people.hashed(password)
    with hotline.store.transaction() as session:
        facts.people_changed(session)  # first: of two at once the second waits, and sees the first
        _nobody_yet(session, again)
        staff.enter(session, CONSOLE, {
            "user": user, "name": name, "employee_no": None, "roles": frozenset({Role.ADMIN}), "department": None, "trades": frozenset(),
            "compounds": frozenset(), "phone": None, "language": "zh", "can_sign_in": True, "certificates": {}}, now, "callcenter people add-admin")
        session.get_one(PersonRow, user).password_hash = kept


def _nobody_yet(session: Session, again: bool) -> None:
    rows = session.scalars(sa.select(PersonRow).where(PersonRow.active, PersonRow.can_sign_in))
    admins = [row.name for row in rows if Role.ADMIN in row.roles]
    if admins and not again:
        raise Refused("admin_exists", person=admins)
