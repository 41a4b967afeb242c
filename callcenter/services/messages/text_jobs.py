"""Staff out in the compound act on their own job by text: a number or a word, with the ticket's number where they have several."""

import re
import unicodedata
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.domain import refusals
from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action, State
from callcenter.services import telling, tickets
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import TicketRow

#: where a job is still the technician's to move
MINE = (State.DISPATCHED, State.ACCEPTED, State.ON_SITE)
WORDS = {
    "1": Action.ACCEPT, "接单": Action.ACCEPT, "accept": Action.ACCEPT,
    "2": Action.DEPART, "出发": Action.DEPART, "出发了": Action.DEPART, "depart": Action.DEPART,
    "3": Action.ARRIVE, "到了": Action.ARRIVE, "到场": Action.ARRIVE, "已到": Action.ARRIVE, "arrived": Action.ARRIVE,
    "4": Action.COMPLETE, "完工": Action.COMPLETE, "好了": Action.COMPLETE, "done": Action.COMPLETE,
}
_NUMBER = re.compile(r"\s*((?:[A-Za-z]{2,4}-)?[A-Za-z]{2,4}\d{8}-\d{4})[\s:,,、]*")
_WORD = re.compile(rf"({'|'.join(sorted(map(re.escape, WORDS), key=len, reverse=True))})(?![0-9A-Za-z])[\s:.,,。、:]*(.*)", re.DOTALL | re.IGNORECASE)
#: the customer was told what was done: without that nothing is finished
_EXPLAINED = re.compile(r"已说明|已交代|已告知|explained", re.IGNORECASE)


def plain(body: str) -> str:
    """A short message as it is compared: no blanks, no width, no case, no full stop."""
    return unicodedata.normalize("NFKC", body).strip().rstrip("。.! ").lower()


def jobs(session: Session, user: str) -> list[str]:
    """The open jobs of *user*, oldest first."""
    return list(session.scalars(sa.select(TicketRow.number).where(
        TicketRow.assignee == user, TicketRow.state.in_(MINE)).order_by(TicketRow.id)))


def understood(body: str) -> tuple[str | None, Action, str] | None:
    """The ticket named, if one is, what is to be done, and the rest of the words; None when that is not clear."""
    text = unicodedata.normalize("NFKC", body).strip()
    named = _NUMBER.match(text)
    found = _WORD.fullmatch(text[named.end():] if named else text)
    if found is None:
        return None
    action, rest = WORDS[found[1].lower()], found[2].strip()
    if rest and action is not Action.COMPLETE:
        return None
    return (named[1].upper() if named else None), action, rest


def act(hotline: Hotline, text_id: int, user: str, body: str, now: datetime) -> str:
    """Do what the text says on the job it means, in that person's name; what to answer. Unclear: how to say it, and which jobs there are."""
    with hotline.store.reading() as session:
        mine, language = jobs(session, user), facts.people(session)[user].language
    said = understood(body)
    number = None if said is None else said[0] or (mine[0] if len(mine) == 1 else None)
    policy = hotline.rulebook.policy
    if said is None or number is None or number not in mine:
        return telling.words(policy, "text_job_help", {"text": "、".join(mine)}, language)
    _, action, rest = said
    fields = {"result": rest, "result_explained": True} if action is Action.COMPLETE else {}
    try:
        if action is Action.COMPLETE and not (rest and _EXPLAINED.search(rest)):
            raise Refused("not_explained")
        tickets.carry_out(hotline, number, Act(action, user, fields), f"text:{text_id}", now)
    except Refused as no:
        return telling.words(policy, "text_job_refused", {"number": number, "reason": refusals.text(no, language)}, language)
    return telling.words(policy, "text_job_done", {"number": number, "text": action.label(language)}, language)
