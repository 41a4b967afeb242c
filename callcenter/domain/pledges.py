"""What everybody may read of what the company promises: which clocks, in plain words; the lengths come from the rules in force."""

from collections.abc import Mapping
from datetime import timedelta

from callcenter.domain.policy import Policy
from callcenter.domain.vocabulary import Clock, TicketType, Word


class Pledge(Word):
    """One line of the public page, before its length."""

    ANSWER = "answer", "电话铃响到接听", "Your call is answered"
    MISSED = "missed", "没接到的来电,给您回电", "A missed call is returned"
    DISPATCH = "dispatch", "维修登记后派出人员", "Somebody is sent once a repair is registered"
    ARRIVE = "arrive", "紧急维修到场", "An urgent repair is attended"
    SAFE = "safe", "紧急维修排除险情", "The danger of an urgent repair is removed"
    COMPLETION = "completion", "一般维修办结(另有约定的按约定)", "An ordinary repair is finished, unless agreed otherwise"
    FEEDBACK = "feedback", "您的诉求有实质答复", "Whatever you ask is answered in substance"
    COMPLAINT = "complaint", "投诉转到责任部门", "A complaint reaches the department responsible"
    QUOTE = "quote", "特约服务报价", "A special service is quoted"


_OF: Mapping[Pledge, tuple[Clock, TicketType | None]] = {
    Pledge.ANSWER: (Clock.ANSWER, None), Pledge.MISSED: (Clock.MISSED_CALL, None), Pledge.DISPATCH: (Clock.DISPATCH, TicketType.DAILY_REPAIR),
    Pledge.ARRIVE: (Clock.ARRIVE_URGENT, TicketType.URGENT_REPAIR), Pledge.SAFE: (Clock.MAKE_SAFE, TicketType.URGENT_REPAIR),
    Pledge.COMPLETION: (Clock.COMPLETION, TicketType.DAILY_REPAIR), Pledge.FEEDBACK: (Clock.FEEDBACK, TicketType.DAILY_REPAIR),
    Pledge.COMPLAINT: (Clock.COMPLAINT_HANDOVER, TicketType.COMPLAINT_SERVICE), Pledge.QUOTE: (Clock.QUOTE, TicketType.SPECIAL_SERVICE)}


def pledges(policy: Policy) -> list[tuple[Pledge, timedelta]]:
    """What is promised and within what time; what the rules do not promise is not said."""
    found = ((pledge, _within(policy, *of)) for pledge, of in _OF.items())
    return [(pledge, within) for pledge, within in found if within is not None]


#: what a price is for: the price list writes it in Chinese
_UNITS = {"个": "piece", "次": "visit", "盏": "lamp", "台": "appliance", "扇": "panel", "小时": "hour"}


def unit(text: str, language: str) -> str:
    """The unit of a price in the reader's language."""
    return _UNITS.get(text, text) if language.startswith("en") else text


def _within(policy: Policy, key: Clock, type_: TicketType | None) -> timedelta | None:
    return next((r.within for r in policy.promises if r.key is key and (type_ is None or type_ in r.types)), None)
