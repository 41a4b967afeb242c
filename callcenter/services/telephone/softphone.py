"""Which telephone a person works with: the browser's, a number of their own, or a SIP address."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from callcenter.domain.telephone import PhoneKind
from callcenter.domain.ticket import Refused, Staff
from callcenter.domain.vocabulary import ANSWERING
from callcenter.services import numbers
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.telephone_tables import AgentPhoneRow

#: user@host, as SIP providers write it; no parameters, no headers
SIP = re.compile(r"(?:sips?:)?([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(?::\d{2,5})?)")
E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class Telephone:
    """How somebody is rung: the noun of a <Dial>, and what stands inside it."""

    kind: Literal["client", "number", "sip"]
    address: str

    @property
    def dialled(self) -> str:
        """As the port's `place` wants it."""
        return self.address if self.kind == "number" else f"{self.kind}:{self.address}"


def identity_of(user: str) -> str:
    """The name of a person's browser telephone: letters, digits and underscores only, as the provider wants it."""
    return "agent_" + re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", user)[:115]


def chosen(session: Session, user: str) -> tuple[PhoneKind, str]:
    """What the person has set: the kind, and the number or address (none for the browser)."""
    row = session.get(AgentPhoneRow, user)
    return (PhoneKind(row.kind), row.address or "") if row else (PhoneKind.BROWSER, "")


def telephone(session: Session, staff: Staff, user: str) -> Telephone | None:
    """How *user* is rung: the desk on the telephone it has chosen, everybody else on the number in the register; None without one."""
    kind, address = chosen(session, user)
    if kind is PhoneKind.SIP:
        return Telephone("sip", address)
    if kind is PhoneKind.NUMBER:
        return Telephone("number", address)
    if staff.roles(user) & ANSWERING:
        return Telephone("client", identity_of(user))
    known = numbers.comparable(staff.people[user].phone) if user in staff.people else None
    return Telephone("number", known) if known and E164.fullmatch(known) else None


def choose(hotline: Hotline, user: str, kind: str, address: str, by: str, now: datetime) -> None:
    """
    Set the telephone *user* works with.

    Raises:
        Refused: "bad_value" for an unknown kind, "number_invalid" and "sip_invalid" for an address that cannot be rung.
    """
    if kind not in set(PhoneKind):
        raise Refused("bad_value", field="kind", value=kind[:40], valid=", ".join(PhoneKind))
    held = {PhoneKind.BROWSER: lambda _: None, PhoneKind.NUMBER: _number, PhoneKind.SIP: _sip}[PhoneKind(kind)](address.strip())
    with hotline.store.transaction() as session:
        if user not in facts.people(session):
            raise Refused("unknown_person", person=user)
        row = session.get(AgentPhoneRow, user)
        if row is None:
            row = AgentPhoneRow(user=user, kind=kind, address=held, set_by=by, set_at=now)
            session.add(row)
        row.kind, row.address, row.set_by, row.set_at = kind, held, by, now


def _number(text: str) -> str:
    key = numbers.comparable(text) or ""
    if not E164.fullmatch(key):
        raise Refused("number_invalid", number=text[:40])
    return key


def _sip(text: str) -> str:
    found = SIP.fullmatch(text)
    if found is None:
        raise Refused("sip_invalid", address=text[:60])
    return found[1]
