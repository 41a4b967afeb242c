"""Supervisors in a call: who may listen, that it is written down before a word is heard, and how they take part (DOMAIN.md 10, 18.4)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain.telephone import SUPERVISING, LineRole, LineState, PartMode
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Role
from callcenter.services import access
from callcenter.services.hotline import Hotline
from callcenter.services.telephone import call_promises, lines, softphone
from callcenter.services.telephone.conversation import Invited, agent_sid, in_progress
from callcenter.storage import facts
from callcenter.storage.tables import AccessRow, CallRow
from callcenter.storage.telephone_tables import LineRow

#: who may help in a call of somebody else; a lead in those of their own department
HELPERS = access.LISTENERS | {Role.LEAD}


def supervise(hotline: Hotline, sid: str, user: str, mode: str, now: datetime) -> Invited:
    """
    A supervisor's own telephone rings and takes them into the call; that they listen is written down before they hear a word.

    Raises:
        Refused: "bad_value", "not_your_call", "already_in_call", "call_over".
    """
    if mode not in SUPERVISING:
        raise Refused("bad_value", field="mode", value=mode[:20], valid=", ".join(SUPERVISING))
    with hotline.store.transaction() as session:
        call, staff = lines.locked(session, sid), facts.staff(session, now)
        in_progress(call)
        if user not in staff.people or not may_help(session, call, user, now):
            raise Refused("not_your_call")
        if any(x.user == user for x in lines.live(lines.of_call(session, call.id))):
            raise Refused("already_in_call", person=staff.people[user].name)
        found = softphone.telephone(session, staff, user) or softphone.Telephone("client", softphone.identity_of(user))
        lines.talking_agent(session, call, now)
        line = lines.new(session, call, LineRole.SUPERVISOR, user, now, user=user, mode=PartMode(mode))
        _heard(session, call, user, mode, now)
        return Invited(line.key, found.dialled)


def may_help(session: Session, call: CallRow, user: str, now: datetime) -> bool:
    """Those who may listen to the recording may listen now, but nobody to themselves."""
    people = facts.people(session)
    if call.answered_by is None or user == call.answered_by or user not in people:
        return False
    roles = facts.staff(session, now).roles(user)
    return bool(roles & HELPERS) and access.may_play_recording(people[user], people.get(call.answered_by))


def _heard(session: Session, call: CallRow, user: str, mode: str, now: datetime) -> None:
    session.add(AccessRow(at=now, by=user, what="listening", about={"call": call.sid, "mode": mode}, unmasked=False, reason=""))
    call_promises.event(session, call, "supervised", user, now, {"mode": mode})


def change_mode(hotline: Hotline, sid: str, user: str, mode: str, now: datetime) -> tuple[str, str, str | None]:
    """A supervisor in the call takes part otherwise: their line, how they did before, and the agent's line to whisper to."""
    if mode not in SUPERVISING:
        raise Refused("bad_value", field="mode", value=mode[:20], valid=", ".join(SUPERVISING))
    with hotline.store.transaction() as session:
        call = lines.locked(session, sid)
        line = next((x for x in lines.live(lines.of_call(session, call.id)) if x.user == user and x.role == LineRole.SUPERVISOR), None)
        if line is None or line.sid is None or line.state != LineState.TALKING:
            raise Refused("no_line")
        before, line.mode = line.mode or PartMode.LISTEN, PartMode(mode)
        _heard(session, call, user, mode, now)
        return line.sid, before, agent_sid(session, call)


def listens(hotline: Hotline, sid: str, user: str) -> str | None:
    """The key of the line on which *user* supervises this call; None when they do not."""
    with hotline.store.reading() as session:
        return session.scalar(sa.select(LineRow.key).join(CallRow, CallRow.id == LineRow.call_id).where(
            CallRow.sid == sid, LineRow.user == user, LineRow.role == LineRole.SUPERVISOR, LineRow.state == LineState.TALKING))
