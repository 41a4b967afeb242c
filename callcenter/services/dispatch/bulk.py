"""Several tickets at once: every one its own act, in its own transaction, with its own answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.ticket import Act, Refused
from callcenter.domain.vocabulary import Action
from callcenter.services import permitted, tickets
from callcenter.services.hotline import Hotline
from callcenter.storage import facts
from callcenter.storage.tables import TicketRow

#: what may be done to several tickets at once
ACTS = (Action.DISPATCH, Action.OFFER_ALL, Action.ESCALATE)
#: more than this is not looked through by anybody before it is sent
MOST = 30


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one of them."""

    number: str
    refused: Refused | None


def each(hotline: Hotline, numbers: Sequence[str], act: Act, key: str, now: datetime) -> list[Result]:
    """
    The same act on every ticket, in the order given; one that is refused keeps none of the others from being done.

    Sent again with the same *key*, every ticket answers as it did the first time.

    Raises:
        Refused: "nothing_chosen" or "too_many_chosen"; nothing was done.
    """
    chosen = list(dict.fromkeys(numbers))
    if not chosen:
        raise Refused("nothing_chosen")
    if len(chosen) > MOST:
        raise Refused("too_many_chosen", most=MOST)
    return [Result(number, _one(hotline, number, act, f"{key}:{number}", now)) for number in chosen]


def _one(hotline: Hotline, number: str, act: Act, key: str, now: datetime) -> Refused | None:
    try:
        if not _seen_by(hotline, number, act.by, now):
            raise Refused("unknown_ticket", number=number)
        tickets.carry_out(hotline, number, act, key, now)
    except Refused as no:
        return no
    return None


def _seen_by(hotline: Hotline, number: str, user: str, now: datetime) -> bool:
    with hotline.store.reading() as session:
        row = session.scalar(sa.select(TicketRow).where(TicketRow.number == number))
        if row is None:
            return False
        policy = hotline.rulebook.of(session, row.policy_id)
        return permitted.may_read(policy, facts.staff(session, now), facts.ticket(session, row), user)
