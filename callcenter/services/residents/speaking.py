"""What a customer may do behind the link to their own matter: say how it was, add a word, ask for a time, ask again."""

from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.days import local
from callcenter.domain.residents import LONGEST, MOST_A_DAY, WISH
from callcenter.domain.ticket import Act, Effect, Refused, Save, Tell
from callcenter.domain.vocabulary import CONTENT, OPEN, Action, Channel, Role, Satisfaction
from callcenter.services import tickets
from callcenter.services.acting import Writing
from callcenter.services.hotline import Hotline
from callcenter.services.residents import opening, standing
from callcenter.services.residents.opening import Opened
from callcenter.services.residents.standing import Standing
from callcenter.storage import facts
from callcenter.storage.tables import EventRow


def rate(hotline: Hotline, token: str, said: str, reason: str, key: str, now: datetime) -> None:
    """
    The customer's opinion; it counts as the follow-up, and whoever is dissatisfied is taken up again.

    Raises:
        Refused: the link does not open, "no_satisfaction", "too_long", "nothing_to_rate" when nobody asks at present.
    """
    opened, stands = _read(hotline, token, now)
    if said not in set(Satisfaction):
        raise Refused("no_satisfaction")
    if not stands.may_rate and not _done_before(hotline, opened, key):
        raise Refused("nothing_to_rate")
    fields: dict[str, object] = {"text": said}
    if Satisfaction(said) not in CONTENT:
        fields["reason"] = _word(reason) or Satisfaction(said).zh
    act = Act(Action.CUSTOMER_REPLY, Role.CUSTOMER, fields)
    tickets.carry_out(hotline, opened.going_on.number, act, _key(opened, key), now)


def urge(hotline: Hotline, token: str, key: str, now: datetime) -> bool:
    """
    Ask again (E6); False when it was asked so lately that it counts as the same and nothing was written.

    Raises:
        Refused: the link does not open, "matter_over".
    """
    opened, stands = _read(hotline, token, now)
    if _done_before(hotline, opened, key):
        return True
    if not stands.may_urge:
        raise Refused("matter_over")
    if stands.urge_again_at is not None:
        return False
    tickets.carry_out(hotline, opened.going_on.number, Act(Action.URGE, Role.CUSTOMER, {"reason": "客户在线催办 / online"}), _key(opened, key), now)
    return True


def say(hotline: Hotline, token: str, text: str, key: str, now: datetime, *, wish: bool = False) -> None:
    """
    A word on the ticket's page in the customer's name, and to its owner; with *wish* it is the time that suits them. It moves no promise.

    Raises:
        Refused: the link does not open, "nothing_said", "too_long", "matter_over", "said_enough".
    """
    opened, stands = _read(hotline, token, now)
    word = _word(text)
    if not word:
        raise Refused("nothing_said")
    if not (stands.may_wish if wish else stands.may_speak):
        raise Refused("matter_over")
    with hotline.store.transaction() as session:
        row = facts.locked_by_id(session, opened.going_on.id)
        held = f"act:{_key(opened, key)}"
        if session.scalar(sa.select(EventRow.id).where(EventRow.key == held)) is not None:
            return
        if row.state not in OPEN:
            raise Refused("matter_over")
        if facts.count(session, f"said:{row.id}:{local(now):%Y%m%d}") > MOST_A_DAY:
            raise Refused("said_enough", most=MOST_A_DAY)
        told = f"{WISH}{word}" if wish else word
        fields = {"text": told, **({"wish": "time"} if wish else {})}
        effects: list[Effect] = [Save("F25", {"text": told, "channel": Channel.WEB_FORM}), Tell("text_in", (Role.OWNER,), said={"text": told[:200]})]
        writing = Writing(session, hotline, row, now)
        writing.apply(effects, writing.state, Action.NOTE, Act(Action.NOTE, Role.CUSTOMER, fields), held)


def _read(hotline: Hotline, token: str, now: datetime) -> tuple[Opened, Standing]:
    with hotline.store.reading() as session:
        opened = opening.opened(hotline, session, token, now)
        return opened, standing.standing(hotline, session, opened, now)


def _key(opened: Opened, key: str) -> str:
    return f"resident:{opened.nonce}:{key}"


def _done_before(hotline: Hotline, opened: Opened, key: str) -> bool:
    with hotline.store.reading() as session:
        return session.scalar(sa.select(EventRow.id).where(EventRow.key == f"act:{_key(opened, key)}")) is not None


def _word(text: str) -> str:
    word = text.replace("\r\n", "\n").strip()
    if len(word) > LONGEST:
        raise Refused("text_too_long", most=LONGEST)
    return word
