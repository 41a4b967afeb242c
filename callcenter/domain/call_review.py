"""The review of a call (F23): what is looked at, how it is scored, and which calls are drawn, the same ones every time."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta

from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Role, Word

REVIEWERS = frozenset({Role.SUPERVISOR, Role.QUALITY, Role.LEAD})
#: an agent's share of a month; calls that became a complaint come on top
DRAWN = 5
THREE_RINGS = timedelta(seconds=15)
LONGEST = 2000


class Item(Word):
    """What is looked at (F23)."""

    RINGS = "rings", "三声接听", "Answered within three rings"
    POLITE = "polite", "规范用语", "Prescribed wording"
    COMPLETE = "complete", "询问要素齐全", "Asked for name, home, number, matter and time"
    TWO_DAYS = "two_days", "告知二日反馈", "Told: an answer within two days"
    PROMISE = "promise", "承诺时间", "Gave a promised time"
    NO_PHRASES = "no_phrases", "无禁用语", "No forbidden phrases"
    HOLD_TOLD = "hold_told", "保持告知", "Said why the caller is on hold"
    EMPATHY = "empathy", "致歉/共情", "Apology, understanding"
    CLOSING = "closing", "结束语", "Closing words"
    CUSTOMER_FIRST = "customer_first", "待对方先挂", "Let the caller hang up first"


class Mark(Word):
    """What the reviewer found of one item."""

    YES = "yes", "是", "Yes"
    NO = "no", "否", "No"
    NONE = "na", "不适用", "Not applicable"


def score(marks: Mapping[Item, Mark]) -> int:
    """
    Yes as a share of yes and no, in points of a hundred, halves up; what does not apply counts on neither side.

    Raises:
        Refused: "missing" for items without a mark, "nothing_applies" when none applies.
    """
    if unmarked := [item for item in Item if item not in marks]:
        raise Refused("missing", fields=unmarked)
    yes, no = (sum(mark is wanted for mark in marks.values()) for wanted in (Mark.YES, Mark.NO))
    if yes + no == 0:
        raise Refused("nothing_applies")
    return (200 * yes + yes + no) // (2 * (yes + no))


def lot(month: str, agent: str, sid: str) -> str:
    """The lot of a call in its agent's month: as good as random, and the same for everybody who looks."""
    return hashlib.sha256(f"{month}|{agent}|{sid}".encode()).hexdigest()


def draw(month: str, agent: str, sids: Iterable[str], least: int = DRAWN) -> list[str]:
    """The calls drawn of one agent's month, in the order of their lots."""
    return sorted(sids, key=lambda sid: lot(month, agent, sid))[:least]


def may_review(person: Person, agent: Person | None) -> bool:
    """Supervisor, quality, and a lead for their own department; nobody their own calls."""
    if not person.active or not person.roles & REVIEWERS or agent is None or person.user == agent.user:
        return False
    return bool(person.roles & {Role.SUPERVISOR, Role.QUALITY}) or person.department == agent.department


def may_read(person: Person, agent_user: str) -> bool:
    """A review is read by those who oversee, and by the agent it is about."""
    return person.user == agent_user or bool(person.roles & (REVIEWERS | {Role.PM, Role.GM, Role.AUDITOR}))


def suggested(rang: timedelta | None, held: bool, agent_hung_up: bool | None, *, told_two_days: bool | None, promised: bool | None,
              complete: bool | None) -> dict[Item, Mark]:
    """What the records answer by themselves; the rest is for the ear. None: nobody knows, or there is no ticket to look at."""
    found = {item: Mark.NONE if claim is None else Mark.YES if claim else Mark.NO
             for item, claim in ((Item.COMPLETE, complete), (Item.TWO_DAYS, told_two_days), (Item.PROMISE, promised))}
    if rang is not None:
        found[Item.RINGS] = Mark.YES if rang <= THREE_RINGS else Mark.NO
    if not held:
        found[Item.HOLD_TOLD] = Mark.NONE
    if agent_hung_up is not None:
        found[Item.CUSTOMER_FIRST] = Mark.NO if agent_hung_up else Mark.YES
    return found
