"""The half-yearly survey (F15): its items, its sheets, whom a sample asks, and what a dissatisfied answer is owed."""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import CONTENT, ComplaintKind, Satisfaction, TicketType, Word


class Item(Word):
    """What a household is asked about, each on the five steps of satisfaction."""

    DESK = "desk", "客服", "Customer service"
    REPAIR = "repair", "维修", "Repairs"
    ORDER = "order", "秩序", "Security and order"
    ENVIRONMENT = "environment", "环境", "Cleanliness"
    FACILITIES = "facilities", "设施", "Facilities"
    GREENERY = "greenery", "绿化", "Greenery"
    OVERALL = "overall", "综合", "Overall"


class Way(Word):
    """How a sheet goes to a household, and how it comes back."""

    SMS = "sms", "短信链接", "Text link"
    PAPER = "paper", "纸质", "Paper"
    PHONE = "phone", "电话", "Telephone"
    VISIT = "visit", "上门", "Visit"


class Stage(Word):
    """Where a survey stands."""

    OPEN = "open", "未安排", "Not planned"
    PLANNED = "planned", "已安排", "Planned"
    RUNNING = "running", "征询中", "Under way"
    CLOSED = "closed", "已结束", "Closed"
    PUBLISHED = "published", "已公示", "Published"


class Spoilt(Word):
    """Why a sheet that came back does not count."""

    BLANK = "blank", "空白或未答综合项", "Blank, or nothing said overall"
    NOT_RESIDENT = "not_resident", "非本户填写", "Not filled in by this household"
    TWICE = "twice", "重复填写", "Filled in twice"
    UNREADABLE = "unreadable", "无法辨认", "Cannot be read"


class Tried(Word):
    """How a call about a sheet ended when nobody answered the questions."""

    NO_ANSWER = "no_answer", "无人接听", "No answer"
    LATER = "call_later", "请改时间再打", "Asked to be called later"
    REFUSED = "refused", "不愿答复", "Declined"
    WRONG_NUMBER = "wrong_number", "号码不对", "Wrong number"


#: at least this much of the lived-in homes is asked, and of those asked answers (DOMAIN.md 14, K30)
ISSUE_FLOOR, RETURN_FLOOR = 90, 80
#: at most this much of what comes back is filled in by us on the telephone
PHONE_CEILING = 5
#: the overall satisfaction a company promises (K17)
TARGET = 98
LONGEST_OPINION = 500
UNHAPPY = frozenset(Satisfaction) - CONTENT

#: what an unhappy answer about an item becomes; of several the first counts
_OWED: tuple[tuple[Item, TicketType, ComplaintKind], ...] = (
    (Item.DESK, TicketType.COMPLAINT_SERVICE, ComplaintKind.SERVICE),
    (Item.REPAIR, TicketType.COMPLAINT_SERVICE, ComplaintKind.SERVICE),
    (Item.ORDER, TicketType.COMPLAINT_SERVICE, ComplaintKind.ORDER),
    (Item.ENVIRONMENT, TicketType.COMPLAINT_SERVICE, ComplaintKind.ENVIRONMENT),
    (Item.GREENERY, TicketType.COMPLAINT_SERVICE, ComplaintKind.ENVIRONMENT),
    (Item.FACILITIES, TicketType.COMPLAINT_QUALITY, ComplaintKind.FACILITIES),
    (Item.OVERALL, TicketType.COMPLAINT_SERVICE, ComplaintKind.OTHER),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A filled-in sheet."""

    marks: Mapping[Item, Satisfaction]
    opinion: str = ""
    request: bool = False  #: the opinion asks for something to be done
    anonymous: bool = False

    @property
    def unhappy(self) -> tuple[Item, ...]:
        """The items this household is dissatisfied with, in the sheet's order."""
        return tuple(item for item in Item if self.marks.get(item) in UNHAPPY)


@dataclass(frozen=True, slots=True)
class Owed:
    """The matter a sheet becomes."""

    type: TicketType
    kind: ComplaintKind | None = None


def answer(marks: Mapping[str, str], opinion: str = "", request: bool = False, anonymous: bool = False) -> Answer:
    """
    The sheet as it was filled in; every item but the last may be left out.

    Raises:
        Refused: "no_overall" without an answer to the last item, "bad_value" for a word that is none of the five,
            "too_long" for an opinion beyond what is kept, "nothing_asked" for a request without words.
    """
    read = {item: _step(item, marks[item]) for item in Item if marks.get(item)}
    text = opinion.strip()
    if Item.OVERALL not in read:
        raise Refused("no_overall")
    if len(text) > LONGEST_OPINION:
        raise Refused("opinion_too_long", longest=LONGEST_OPINION)
    if request and not text:
        raise Refused("nothing_asked")
    return Answer(read, text, request, anonymous)


def _step(item: Item, mark: str) -> Satisfaction:
    if mark not in set(Satisfaction):
        raise Refused("bad_value", field=item, value=mark[:40], valid=list(Satisfaction))
    return Satisfaction(mark)


def owed(given: Answer) -> Owed | None:
    """What has to be followed up: any dissatisfied item, else an opinion that asks for something; nothing for the content."""
    for item, type_, kind in _OWED:
        if item in given.unhappy:
            return Owed(type_, kind)
    return Owed(TicketType.SUGGESTION) if given.request else None


def worse(before: Answer | None, given: Answer) -> bool:
    """Whether a later answer of the same household complains of more than the one before it: an item that has come down to dissatisfied or
    further, or other words to a complaint or a request. A name once given stays out of an answer that is to be anonymous."""
    if before is None or owed(given) is None or given.anonymous != before.anonymous:
        return False
    steps = list(Satisfaction)
    lower = any(item not in before.marks or steps.index(given.marks[item]) > steps.index(before.marks[item]) for item in given.unhappy)
    return lower or bool(given.opinion and given.opinion != before.opinion)


@dataclass(frozen=True, slots=True)
class Home:
    """A lived-in home, as the sample sees it."""

    room_id: int
    building: str
    state: str


def drawn(homes: Iterable[Home], share: int, seed: str) -> list[Home]:
    """
    The homes that are asked: *share* percent of every building and way of living, rounded up, at least one of each.

    The same homes, share and seed draw the same sample, whatever order they come in; a larger share only adds to it.
    """
    strata: dict[tuple[str, str], list[Home]] = {}
    for home in homes:
        strata.setdefault((home.building, home.state), []).append(home)
    found = [home for part in strata.values()
             for home in sorted(part, key=lambda h: _lot(seed, h.room_id))[:math.ceil(len(part) * share / 100)]]
    return sorted(found, key=lambda h: h.room_id)


def _lot(seed: str, room_id: int) -> str:
    return hashlib.sha256(f"{seed}:{room_id}".encode()).hexdigest()
